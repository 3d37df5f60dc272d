/* SPDX-License-Identifier: MIT */
/* Scenario point and profiles to a machine description. What the schema allows but this version
 * cannot run is refused here, at its place in the file. */
#include "model/machine/config_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/core/random.h"
#include "model/scenario/keys.h"
#include "model/scenario/profile.h"

void config_refuse(struct reading *r, const char *key, const char *what)
{
	scn_error_at(r->point, key, NULL, "%s", what);
	r->failed = true;
}

uint32_t config_optional_u32(const struct reading *r, const char *name, const char *field)
{
	char key[96];

	config_device_key(key, name, field);
	return scn_has(r->point, key) ? (uint32_t)scn_u64(r->point, key) : 0;
}

struct dur config_optional_dur(const struct reading *r, const char *name, const char *field)
{
	char key[96];

	config_device_key(key, name, field);
	return scn_has(r->point, key) ? scn_dur(r->point, key) : dur_ps(0);
}

/* ---- costs ---- */

struct dur config_cost(const struct reading *r, const char *row)
{
	return profile_dur(r->cpu, row, r->hz);
}

static uint64_t ticks(const struct reading *r, const char *row)
{
	unsigned __int128 scaled =
		(unsigned __int128)config_cost(r, row).ps * r->hz * TICKS_PER_CYCLE;

	return (uint64_t)((scaled + PS_PER_S - 1) / PS_PER_S);
}

static void fixed_cost(struct reading *r, enum plat_cost which, const char *row)
{
	r->cfg->cost[which] = (struct linux_cost){ .base_ticks = ticks(r, row), .unit = 1 };
}

static void each_cost(struct reading *r, enum plat_cost which, const char *base, const char *each,
		      unsigned unit)
{
	r->cfg->cost[which] = (struct linux_cost){ .base_ticks = base ? ticks(r, base) : 0,
						   .each_ticks = ticks(r, each),
						   .unit = unit };
}

static void read_insn_costs(struct reading *r)
{
	static const char *const row[INSN_CLASSES] = {
		[INSN_SIMPLE] = "insn.simple",     [INSN_LOAD] = "insn.load",
		[INSN_STORE] = "insn.store",       [INSN_MULTIPLY] = "insn.multiply",
		[INSN_DIVIDE] = "insn.divide",     [INSN_DIVIDE_WIDE] = "insn.divide_wide",
		[INSN_ATOMIC] = "insn.atomic",     [INSN_BRANCH] = "insn.branch",
		[INSN_JUMP] = "insn.jump",         [INSN_CALL] = "insn.call",
		[INSN_STRING] = "insn.string",
	};

	for (unsigned i = 0; i < INSN_CLASSES; i++)
		r->cfg->insn_ticks[i] = (uint16_t)profile_u64(r->cpu, row[i]);
}

static unsigned count_row(const struct reading *r, const char *row)
{
	return (unsigned)profile_u64(r->cpu, row);
}

static struct tlb_shape tlb_shape(const struct reading *r, const char *entries, const char *ways)
{
	return (struct tlb_shape){ count_row(r, entries), count_row(r, ways) };
}

static void read_tlb(struct reading *r)
{
	struct machine_cfg *cfg = r->cfg;

	cfg->tlb = (struct tlb_cfg){
		.cores = cfg->cores.count,
		.small = tlb_shape(r, "tlb.small.entries", "tlb.small.ways"),
		.large = tlb_shape(r, "tlb.large.entries", "tlb.large.ways"),
		.second = tlb_shape(r, "tlb.second.entries", "tlb.second.ways"),
		.walk_cache = { count_row(r, "tlb.walker.entries_2m"),
				count_row(r, "tlb.walker.entries_1g"),
				count_row(r, "tlb.walker.entries_512g") },
		.hit_ticks = profile_u64(r->cpu, "insn.load"),
		.second_ticks = ticks(r, "tlb.second.hit"),
	};
	if (scn_word(r->point, "cpu.tlb_invalidation") == SCN_TLB_BROADCAST) {
		cfg->tlb_broadcast_pages = count_row(r, "tlb.broadcast.pages");
		cfg->tlb_broadcast_ticks = ticks(r, "tlb.broadcast.issue");
		cfg->tlb_broadcast_sync_ticks = ticks(r, "tlb.broadcast.sync");
	}
}

static void read_costs(struct reading *r)
{
	fixed_cost(r, PLAT_COST_IRQ_ENTRY, "irq.entry");
	fixed_cost(r, PLAT_COST_IRQ_EXIT, "irq.exit");
	fixed_cost(r, PLAT_COST_CONTEXT_SWITCH, "context.switch");
	each_cost(r, PLAT_COST_COPY, "copy.base", "copy.per_64b", 64);
	each_cost(r, PLAT_COST_CLEAR, "copy.base", "clear.per_64b", 64);
	each_cost(r, PLAT_COST_USER_COPY, "user_copy.base", "user_copy.per_64b", 64);
	fixed_cost(r, PLAT_COST_SYSCALL, "syscall");
	if (scn_bool(r->point, "cpu.page_table_isolation"))
		r->cfg->cost[PLAT_COST_SYSCALL].base_ticks += ticks(r, "isolation.syscall");
	each_cost(r, PLAT_COST_CLFLUSH, NULL, "clflush", 1);
	each_cost(r, PLAT_COST_IPI_SEND, NULL, "ipi.send", 1);
	each_cost(r, PLAT_COST_INVLPG, NULL, "tlb.invlpg", 1);
	fixed_cost(r, PLAT_COST_TLB_FLUSH, "tlb.flush");
	fixed_cost(r, PLAT_COST_CR3, "tlb.cr3");
	each_cost(r, PLAT_COST_TLB_WALK, NULL, "tlb.walk", 1);
	read_tlb(r);
	fixed_cost(r, PLAT_COST_PAGE_FAULT, "page_fault");
	fixed_cost(r, PLAT_COST_LINE, "line.transfer");
	fixed_cost(r, PLAT_COST_LINE_REMOTE, "line.remote_transfer");
	read_insn_costs(r);
	r->cfg->mmio_write_ticks = ticks(r, "mmio.write.cpu");
	r->cfg->mmio_read = config_cost(r, "mmio.read");
	r->cfg->port_access = config_cost(r, "port.access");
	r->cfg->port_ticks = ticks(r, "port.access");
	r->cfg->msi_latency = config_cost(r, "msi.latency");
	r->cfg->ipi_latency = config_cost(r, "ipi.latency");
	r->cfg->ipi_remote_latency = config_cost(r, "ipi.remote_latency");
	r->cfg->line_transfer = config_cost(r, "line.transfer");
	r->cfg->line_remote_transfer = config_cost(r, "line.remote_transfer");
}

/* off: no state, so leaving a halt takes no time. */
static void read_idle(struct reading *r)
{
	struct cores_cfg *cores = &r->cfg->cores;
	int idle = scn_word(r->point, "cpu.idle");

	cores->idle_states = idle == SCN_IDLE_MENU ? 2 : idle == SCN_IDLE_C1;
	cores->idle_state[0].exit = config_cost(r, "halt.exit");
	cores->idle_state[1].exit = config_cost(r, "idle.deep.exit");
	cores->idle_state[1].residency = config_cost(r, "idle.deep.residency");
}

static void read_cpu(struct reading *r)
{
	const struct scn_point *p = r->point;
	struct cores_cfg *cores = &r->cfg->cores;

	r->hz = scn_is_set(p, "cpu.frequency") ? scn_u64(p, "cpu.frequency")
					       : profile_u64(r->cpu, "frequency");
	cores->count = (unsigned)scn_u64(p, "cpu.cores");
	cores->frequency_hz = r->hz;
	cores->interleave = scn_dur(p, "cpu.interleave");
	cores->relax = config_cost(r, "spin.relax");
	cores->categories = PLAT_CAT_COUNT;
	cores->category_start = PLAT_CAT_SCHED;
	cores->category_idle = PLAT_CAT_IDLE;
	cores->sockets = (unsigned)scn_u64(p, "cpu.sockets");
	read_idle(r);
	if (cores->sockets > 2)
		config_refuse(r, "cpu.sockets", "this version has at most 2 sockets");
	read_costs(r);
}

/* ---- host ---- */

static void read_ideal(struct reading *r)
{
	const struct scn_point *p = r->point;
	struct ideal_cfg *ideal = &r->cfg->ideal;

	ideal->scheme = (enum ideal_scheme)scn_word(p, "ideal.scheme");
	ideal->interrupt = scn_dur(p, "ideal.interrupt");
	ideal->packet = scn_dur(p, "ideal.packet");
	ideal->poll = scn_dur(p, "ideal.poll");
	ideal->application = scn_dur(p, "ideal.application");
	ideal->budget = (unsigned)scn_u64(p, "ideal.budget");
	ideal->submit = scn_dur(p, "ideal.submit");
	ideal->complete = scn_dur(p, "ideal.complete");
	ideal->poll_interval = scn_dur(p, "ideal.poll_interval");
	ideal->think = scn_dur(p, "ideal.think");
	ideal->cores = r->cfg->cores.count;
	/* Its work is `interrupt` and the others; the way of a message is what the scenario says. */
	r->cfg->msi_latency = scn_dur(p, "ideal.delivery");
}

/* ---- memory and caches ---- */

static uint64_t memory_end(const struct machine_cfg *cfg)
{
	return cfg->memory_bytes <= PLAT_RAM_LOW_END
		       ? cfg->memory_bytes
		       : PLAT_RAM_HIGH + cfg->memory_bytes - PLAT_RAM_LOW_END;
}

/* What a core waits for a line; one that is its own costs what the instruction does. */
static void read_places(struct reading *r)
{
	static const char *const row[LLC_PLACES] = {
		[LLC_SHARED] = "llc.hit",
		[LLC_CORE] = "line.transfer",
		[LLC_REMOTE] = "line.remote_transfer",
		[LLC_MEMORY] = "dram.read",
		[LLC_MEMORY_REMOTE] = "dram.remote_read",
	};
	uint64_t warm = ticks(r, "copy.per_64b"), cold = ticks(r, "copy.cold_per_64b");

	for (unsigned i = 0; i < LLC_PLACES; i++)
		r->cfg->place_ticks[i] = row[i] ? ticks(r, row[i]) : 0;
	r->cfg->copy_warm_ticks = warm;
	r->cfg->copy_cold_ticks = cold > warm ? cold - warm : 0;
}

static void read_memory(struct reading *r)
{
	const struct scn_point *p = r->point;
	struct llc_cfg *llc = &r->cfg->llc;

	r->cfg->memory_bytes = scn_u64(p, "host.memory");
	r->cfg->memory_bandwidth = profile_u64(r->cpu, "memory.bandwidth");
	if (scn_is_set(p, "memory.bandwidth"))
		r->cfg->memory_bandwidth = scn_u64(p, "memory.bandwidth") / 8;
	llc->sockets = r->cfg->cores.sockets;
	llc->home = (unsigned)scn_u64(p, "memory.socket");
	llc->bytes = profile_u64(r->cpu, "llc.size");
	llc->ways = (unsigned)profile_u64(r->cpu, "llc.ways");
	llc->ddio_ways = (unsigned)profile_u64(r->cpu, "llc.ddio_ways");
	if (scn_is_set(p, "memory.ddio_ways"))
		llc->ddio_ways = (unsigned)scn_u64(p, "memory.ddio_ways");
	llc->memory_end = memory_end(r->cfg);
	r->cfg->dma_cold = config_cost(r, "dma.cold");
	r->cfg->dma_remote = config_cost(r, "dma.remote");
	read_places(r);
	if (llc->home >= llc->sockets)
		config_refuse(r, "memory.socket",
			      "there is no such socket; cpu.sockets says how many");
	if (llc->ddio_ways > llc->ways)
		config_refuse(r, "memory.ddio_ways", "more than llc.ways of the profile");
}

/* ---- translation and bounce buffers ---- */

#define HOST_BITS 48   /* as the DMAR table of the port says */

static void read_iommu(struct reading *r)
{
	static const enum iommu_replacement replacements[] = { [SCN_LRU] = IOMMU_LRU,
							       [SCN_FIFO] = IOMMU_FIFO,
							       [SCN_RANDOM_ENTRY] = IOMMU_RANDOM };
	struct iommu_cfg *iommu = &r->cfg->iommu;

	r->cfg->has_iommu = scn_word(r->point, "iommu.mode") != SCN_IOMMU_OFF;
	iommu->name = "iommu";
	iommu->host_bits = HOST_BITS;
	iommu->iotlb_entries = (unsigned)scn_u64(r->point, "iommu.iotlb_entries");
	iommu->iotlb_ways = (unsigned)profile_u64(r->cpu, "iommu.iotlb_ways");
	if (scn_has(r->point, "iommu.iotlb_ways"))
		iommu->iotlb_ways = (unsigned)scn_u64(r->point, "iommu.iotlb_ways");
	if (iommu->iotlb_ways && iommu->iotlb_entries % iommu->iotlb_ways)
		config_refuse(r, "iommu.iotlb_entries", "the ways do not divide the entries");
	iommu->replacement = replacements[scn_word(r->point, "iommu.replacement")];
	iommu->spread = scn_word(r->point, "iommu.invalidate_time") == SCN_EXPONENTIAL
				? IOMMU_EXPONENTIAL : IOMMU_CONSTANT;
	iommu->context_entries = (unsigned)profile_u64(r->cpu, "iommu.context_entries");
	iommu->paging_entries = (unsigned)profile_u64(r->cpu, "iommu.paging_entries");
	iommu->interrupt_entries = (unsigned)profile_u64(r->cpu, "iommu.interrupt_entries");
	iommu->walkers = (unsigned)profile_u64(r->cpu, "iommu.walkers");
	r->cfg->iommu_mmio_read = config_cost(r, "iommu.mmio.read");
	if (scn_bool(r->point, "pcie.ideal"))
		return;   /* translation takes no time */
	r->cfg->iommu_write_page = config_cost(r, "iommu.write_page");
	iommu->times = (struct iommu_times){
		.lookup = config_cost(r, "iommu.iotlb_hit"),
		.walk_read = config_cost(r, "iommu.walk_read"),
		.doorbell = config_cost(r, "iommu.invalidate.doorbell"),
		.fetch = config_cost(r, "iommu.invalidate.fetch"),
		.invalidate_context = config_cost(r, "iommu.invalidate.context"),
		.invalidate_pages = config_cost(r, "iommu.invalidate.pages"),
		.invalidate_domain = config_cost(r, "iommu.invalidate.domain"),
		.invalidate_interrupts = config_cost(r, "iommu.invalidate.interrupts"),
		.wait = config_cost(r, "iommu.invalidate.wait"),
	};
}

const char *config_device_key(char key[96], const char *name, const char *field)
{
	return scn_key(key, 96, "device.%s.%s", name, field);
}

/* The driver's parameter is one for all controllers. */
static unsigned poll_queues(struct reading *r)
{
	unsigned asked = 0;
	bool first = true;

	for (size_t d = 0; d < scn_device_count(r->point); d++) {
		const char *name = scn_device(r->point, d);
		unsigned here;
		char key[96];

		if (scn_word(r->point, config_device_key(key, name, "model")) != SCN_MODEL_NVME)
			continue;
		here = (unsigned)scn_u64(r->point, config_device_key(key, name, "poll_queues"));
		if (!first && here != asked && r->cfg->software == MACHINE_LINUX)
			config_refuse(r, key, "all devices of one driver have the same poll_queues");
		asked = here;
		first = false;
	}
	return asked;
}

/* The kernel has no zone of memory below 4 GiB that a narrower device could use. */
static size_t read_limits(struct reading *r, char *text, size_t bytes)
{
	bool translated = scn_word(r->point, "iommu.mode") >= SCN_IOMMU_LAZY;
	size_t length = 0;
	char key[96];

	*text = 0;
	for (unsigned d = 0; d < r->cfg->devices; d++) {
		const struct machine_device *device = &r->cfg->device[d];

		if (device->dma_bits == 64)
			continue;
		if (device->dma_bits < 32 && !translated &&
		    memory_end(r->cfg) > 1ULL << device->dma_bits)
			config_refuse(r, scn_key(key, sizeof(key), "device.%s.dma_bits", device->name),
			       "below 32 bits, memory beyond them needs iommu.mode lazy or strict");
		length += (size_t)snprintf(text + length, bytes - length, "%s%u:%u",
					   length ? "," : "sim_dma_bits=", device->devfn >> 3,
					   device->dma_bits);
	}
	return length;
}

/* A user's driver may know the devices of others, and they its own: then each device is told which
 * may have it. */
static void read_drivers(struct reading *r, char *text, size_t bytes)
{
	static const char *const usual[] = { [SCN_MODEL_82599] = "ixgbe",
					     [SCN_MODEL_NVME] = "nvme",
					     [SCN_MODEL_DMATEST] = "dmatest",
					     [SCN_MODEL_PLUGIN] = "" };
	bool own = false;
	size_t length = 0;
	char key[96];

	*text = 0;
	for (unsigned d = 0; d < r->cfg->devices; d++) {
		const struct machine_device *device = &r->cfg->device[d];
		const char *name = usual[device->model];

		config_device_key(key, device->name, "driver");
		if (scn_has(r->point, key))
			name = scn_text(r->point, key);
		if (strlen(name) >= CONFIG_DRIVER_BYTES)
			config_refuse(r, key, "a driver's name has at most 31 characters");
		if (!*name)
			continue;
		own |= !scn_is_known_driver(name);
		length += (size_t)snprintf(text + length, bytes - length, "%s%u:%.31s",
					   length ? "," : "sim_driver=", device->devfn >> 3, name);
	}
	snprintf(text + length, bytes - length, " ");
	if (!own)
		*text = 0;
}

/* The kernel heeds the last one. */
static bool last_is_on(const char *cmdline, const char *option)
{
	const char *value = "0";

	for (const char *at = cmdline; (at = strstr(at, option)); at = value)
		value = at + strlen(option);
	return *value == '1';
}

/* What the keys mean to the kernel; the scenario's own text comes last and so prevails. */
static void read_cmdline(struct reading *r)
{
	static const char *const modes[] = {
		[SCN_IOMMU_OFF] = "",
		[SCN_IOMMU_PASSTHROUGH] = "intel_iommu=on iommu.passthrough=1 ",
		[SCN_IOMMU_LAZY] = "intel_iommu=on iommu.passthrough=0 iommu.strict=0 ",
		[SCN_IOMMU_STRICT] = "intel_iommu=on iommu.passthrough=0 iommu.strict=1 ",
	};
	int bounce = scn_word(r->point, "dma.bounce"), length;
	char limits[32 + MACHINE_DEVICES_MAX * 8], nvme[32] = "";
	char drivers[32 + MACHINE_DEVICES_MAX * (CONFIG_DRIVER_BYTES + 4)];
	const char *blank = read_limits(r, limits, sizeof(limits)) ? " " : "";
	unsigned polled = poll_queues(r);
	bool remapped = r->cfg->has_iommu &&
			scn_word(r->point, "iommu.interrupts") == SCN_INTERRUPTS_REMAPPED;

	r->cfg->untrusted = bounce == SCN_BOUNCE_UNTRUSTED;
	if (polled)
		snprintf(nvme, sizeof(nvme), "nvme.poll_queues=%u ", polled);
	read_drivers(r, drivers, sizeof(drivers));
	length = snprintf(r->cfg->cmdline, sizeof(r->cfg->cmdline), "%s%s%s%s%s%s%s%s",
			  modes[scn_word(r->point, "iommu.mode")],
			  remapped ? "sim_intremap " : "",
			  bounce == SCN_BOUNCE_FORCE ? "swiotlb=force " : "", nvme, limits, blank,
			  drivers, scn_text(r->point, "host.cmdline"));
	if (length >= (int)sizeof(r->cfg->cmdline))
		config_refuse(r, "host.cmdline", "the kernel's command line is too long");
	r->cfg->iommu_strict = last_is_on(r->cfg->cmdline, "iommu.strict=");
}

static void read_host(struct reading *r)
{
	const struct scn_point *p = r->point;
	int software = scn_word(p, "host.software");

	r->cfg->software = software == SCN_SOFTWARE_IDEAL ? MACHINE_IDEAL : MACHINE_LINUX;
	if (software == SCN_SOFTWARE_BARE)
		config_refuse(r, "host.software", "\"bare\" is not in this version");
	read_memory(r);
	read_iommu(r);
	if (software == SCN_SOFTWARE_IDEAL)
		read_ideal(r);
}

/* ---- devices ---- */

static void read_plugin(struct reading *r, struct machine_device *device)
{
	char key[96];

	config_device_key(key, device->name, "library");
	device->plugin_path = scn_path(r->point, key);
	config_device_key(key, device->name, "options");
	device->plugin_options = scn_text(r->point, key);
}

static void read_devices(struct reading *r)
{
	size_t count = scn_device_count(r->point);

	if (count > MACHINE_DEVICES_MAX) {
		config_refuse(r, scn_device(r->point, MACHINE_DEVICES_MAX), "more than 8 devices");
		count = MACHINE_DEVICES_MAX;
	}
	for (unsigned d = 0; d < count; d++) {
		struct machine_device *device = &r->cfg->device[d];
		char key[96];

		device->name = scn_device(r->point, d);
		device->model = (enum scn_model)scn_word(
			r->point, config_device_key(key, device->name, "model"));
		config_device_key(key, device->name, "driver");
		device->driver = scn_has(r->point, key) ? scn_text(r->point, key) : NULL;
		device->devfn = (d + 1) << 3;
		device->queues =
			(unsigned)scn_u64(r->point, config_device_key(key, device->name, "queues"));
		config_read_link(r, device);
		if (device->model == SCN_MODEL_82599)
			config_read_nic(r, device, d);
		else if (device->model == SCN_MODEL_NVME)
			config_ssd(r, device);
		else if (device->model == SCN_MODEL_PLUGIN)
			read_plugin(r, device);
		else
			machine_config_dmatest(device, r->point, r->cfg->seed);
		config_rtl(r, device);
	}
	r->cfg->devices = (unsigned)count;
}

unsigned config_device_index(const struct reading *r, const char *name)
{
	unsigned d = 0;

	while (d + 1 < r->cfg->devices && strcmp(r->cfg->device[d].name, name))
		d++;
	return d;
}

/* ---- I/O ---- */

static bool is_polling(const struct plat_io_job *job)
{
	return job->engine == SCN_IO_POLLED || job->engine == SCN_IO_HYBRID;
}

/* Each job has its own copy: at most a few, and they may differ. */
static void read_io_trace(struct reading *r, unsigned n, struct plat_io_job *job)
{
	char key[96], error[300];
	struct io_trace *trace;
	uint64_t capacity, first;

	if (r->cfg->software == MACHINE_IDEAL || is_polling(job))
		config_refuse(r, scn_key(key, sizeof(key), "io.%u.engine", n),
		       "a trace is replayed by engines sync and async under linux");
	trace = io_trace_load(scn_path(r->point, scn_key(key, sizeof(key), "io.%u.trace", n)), error,
			      sizeof(error));
	if (!trace) {
		config_refuse(r, key, error);
		return;
	}
	r->cfg->job_trace[job->id] = trace;
	job->bytes = trace->most_bytes;
	for (unsigned d = 0; d < r->cfg->devices; d++) {
		if (r->cfg->device[d].devfn == job->devfn &&
		    nvme_namespace_place(&r->cfg->device[d].nvme, job->nsid ? job->nsid : 1, &first,
					 &capacity) &&
		    trace->end > capacity / trace->files / IO_TRACE_ALIGN * IO_TRACE_ALIGN)
			config_refuse(r, key, "the device is too small for the trace");
	}
}

static void read_io_program(struct reading *r, unsigned n, struct plat_io_job *job)
{
	const struct scn_point *p = r->point;
	char key[96];

	job->fua = scn_bool(p, scn_key(key, sizeof(key), "io.%u.fua", n));
	job->work_ns = scn_dur(p, scn_key(key, sizeof(key), "io.%u.work", n)).ps / PS_PER_NS;
	job->batch = (unsigned)scn_u64(p, scn_key(key, sizeof(key), "io.%u.batch", n));
	if (job->engine == SCN_IO_AIO && job->batch > job->depth)
		config_refuse(r, key, "the batch is larger than the depth");
	if (r->cfg->software == MACHINE_IDEAL &&
	    (job->engine == SCN_IO_AIO || job->engine == SCN_IO_PSYNC ||
	     job->engine == SCN_IO_HYBRID))
		config_refuse(r, scn_key(key, sizeof(key), "io.%u.engine", n),
			      "engines aio, psync and hybrid need software \"linux\"");
	if (r->cfg->software == MACHINE_IDEAL && job->work_ns)
		config_refuse(r, scn_key(key, sizeof(key), "io.%u.work", n),
			      "a program's own work needs software \"linux\"; see ideal.submit");
	if (r->cfg->software == MACHINE_IDEAL && job->fua)
		config_refuse(r, scn_key(key, sizeof(key), "io.%u.fua", n),
			      "forced writes need software \"linux\"");
}

/* Which disk of the device, and whether its blocks fit. */
static void read_io_namespace(struct reading *r, unsigned n, struct plat_io_job *job)
{
	const struct nvme_cfg *nvme = NULL;
	char key[96];
	unsigned nsid;

	for (unsigned d = 0; d < r->cfg->devices; d++)
		if (r->cfg->device[d].devfn == job->devfn)
			nvme = &r->cfg->device[d].nvme;
	if (nvme->block_bytes && job->bytes % nvme->block_bytes && job->op != SCN_OP_TRACE)
		config_refuse(r, scn_key(key, sizeof(key), "io.%u.size", n),
			      "the device has logical blocks of 4KiB");
	nsid = (unsigned)scn_u64(r->point, scn_key(key, sizeof(key), "io.%u.namespace", n));
	if (nsid > 1 && nsid > nvme->namespaces)
		config_refuse(r, key, "the device has fewer namespaces");
	if (nsid > 1 && r->cfg->software == MACHINE_IDEAL)
		config_refuse(r, key, "the ideal host knows namespace 1 only");
	job->nsid = nvme->namespaces > 1 ? nsid : 0;
}

static void add_job(struct reading *r, unsigned n, unsigned core)
{
	struct plat_io_job *job;
	const struct scn_point *p = r->point;
	char key[96];

	scn_key(key, sizeof(key), "io.%u.cores", n);
	if (r->cfg->jobs == MACHINE_JOBS_MAX) {
		config_refuse(r, key, "more than 256 I/O threads");
		return;
	}
	job = &r->cfg->job[r->cfg->jobs];
	job->id = r->cfg->jobs++;
	job->core = core;
	job->devfn = r->cfg->device[config_device_index(
					    r, scn_text(p, scn_key(key, sizeof(key), "io.%u.on", n)))]
			     .devfn;
	job->op = (unsigned)scn_word(p, scn_key(key, sizeof(key), "io.%u.op", n));
	r->cfg->job_table[job->id] = n;
	job->engine = (unsigned)scn_word(p, scn_key(key, sizeof(key), "io.%u.engine", n));
	job->depth = (unsigned)scn_u64(p, scn_key(key, sizeof(key), "io.%u.depth", n));
	job->bytes = (unsigned)scn_u64(p, scn_key(key, sizeof(key), "io.%u.size", n));
	job->verify = scn_bool(p, scn_key(key, sizeof(key), "io.%u.verify", n));
	read_io_program(r, n, job);
	read_io_namespace(r, n, job);
	if (job->op == SCN_OP_TRACE)
		read_io_trace(r, n, job);
	r->cfg->job_flush_every[job->id] =
		(unsigned)scn_u64(p, scn_key(key, sizeof(key), "io.%u.flush_every", n));
	if (r->cfg->job_flush_every[job->id] &&
	    (r->cfg->software == MACHINE_IDEAL || is_polling(job)))
		config_refuse(r, key, "flushes are for engines sync and async under linux");
	scn_key(key, sizeof(key), "io.%u.rate", n);
	if (scn_has(p, key))
		job->period_ps = PS_PER_S * CONFIG_MILLI / scn_rate(p, key).value;
}

static void read_io(struct reading *r)
{
	size_t count = scn_count(r->point, "io");

	for (unsigned n = 0; n < count; n++) {
		size_t cores;
		char key[96];
		const unsigned *core =
			scn_cores(r->point, scn_key(key, sizeof(key), "io.%u.cores", n), &cores);

		for (size_t c = 0; c < cores; c++)
			add_job(r, n, core[c]);
	}
}

static void read_run(struct reading *r)
{
	const struct scn_point *p = r->point;

	r->cfg->warmup = scn_dur(p, "run.warmup");
	if (scn_has(p, "run.interval"))
		r->cfg->interval = scn_dur(p, "run.interval");
	if (scn_has(p, "run.measure.frames"))
		r->cfg->measure_frames = scn_u64(p, "run.measure.frames");
	else if (scn_has(p, "run.measure.ios"))
		r->cfg->measure_ios = scn_u64(p, "run.measure.ios");
	else
		r->cfg->measure = scn_dur(p, "run.measure");
}

int machine_config(struct machine_cfg *cfg, const struct scn_point *point, uint64_t seed,
		   const char *data_dir, struct diag *diag)
{
	struct reading r = { .cfg = cfg, .point = point, .data_dir = data_dir, .diag = diag };

	memset(cfg, 0, sizeof(*cfg));
	cfg->seed = seed;
	if (profile_load(&r.cpu, data_dir, PROFILE_CPU, scn_text(point, "cpu.profile"), diag))
		return -1;
	read_run(&r);
	read_cpu(&r);
	read_host(&r);
	read_devices(&r);
	read_cmdline(&r);
	if (cfg->devices) {
		config_read_all_traffic(&r);
		read_io(&r);
		config_read_sends_and_admins(&r);
		if (machine_config_transfers(cfg, point))
			r.failed = true;
		config_read_faults(&r);
	}
	config_read_mms(&r);
	profile_free(r.cpu);
	if (r.failed)
		machine_config_free(cfg);
	return r.failed ? -1 : 0;
}

void machine_config_free(struct machine_cfg *cfg)
{
	for (unsigned n = 0; n < cfg->traffics; n++)
		pcap_file_free(cfg->traffic[n].pcap);
	for (unsigned j = 0; j < cfg->jobs; j++)
		io_trace_free(cfg->job_trace[j]);
	cfg->traffics = cfg->jobs = 0;
}
