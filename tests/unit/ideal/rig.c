/* SPDX-License-Identifier: MIT */
/* Offsets: 82599 datasheet 8.2; NVM Express 1.4c 3.1, 4.2, 4.6, 5.3, 5.4; PCI 3.0 6.8.2. */
#include "tests/unit/ideal/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/linux/boundary.h"
#include "drivers/linux/boundary_workloads.h"

#define MEMORY_BYTES (64u << 20)
#define BAR_BYTES    0x80000u
#define NIC_BAR      PLAT_MMIO_BASE
#define NIC_MSIX_BAR (NIC_BAR + BAR_BYTES)
#define SSD_BAR      (NIC_BAR + 2 * BAR_BYTES)
#define SSD_TABLE    0x2000u
#define MSIX_CAP     0x70u
#define PHASE_BIT    1u

static uint32_t get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t get64(const uint8_t *at)
{
	return get32(at) | (uint64_t)get32(at + 4) << 32;
}

static void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

static struct rig_event *new_event(struct rig *rig, void (*fn)(void *ctx))
{
	struct rig_event *event = &rig->event[rig->events++ % RIG_EVENTS];

	assert_false(event_pending(&event->event));
	event_init(&event->event, "rig", PHASE_DEVICE, fn, event);
	event->rig = rig;
	return event;
}

/* A message as the table's entry says: core in address bits 19:12, vector in the data. */
static void message(struct rig *rig, const uint8_t *entry)
{
	assert_int_equal(get32(entry) & 0xfff00fff, PLAT_MSI_BASE);
	assert_int_equal(get32(entry + 12), 0);
	rig->interrupts++;
	ideal_interrupt(rig->ideal, get32(entry) >> 12 & 0xff, get32(entry + 8));
}

/* ---- 82599 ---- */

static void nic_request(struct rig *rig)
{
	uint32_t due = rig->cause & rig->enabled;

	for (unsigned q = 0; q < RIG_QUEUES; q++)
		if (due >> q & 1) {
			rig->cause &= ~(1u << q);
			message(rig, rig->nic_regs + BAR_BYTES + 16 * q);
		}
}

static uint8_t *ring_entry(struct rig *rig, unsigned q, unsigned index)
{
	uint8_t *base = rig->nic_regs + 0x1000 + 0x40 * q;

	return rig->memory + get64(base) + 16 * index;
}

static void nic_data(struct rig *rig, unsigned q, unsigned index, uint64_t id)
{
	uint8_t *entry = ring_entry(rig, q, index);
	uint64_t word = PLAT_FRAME_MAGIC ^ id;

	memcpy(rig->memory + get64(entry) + 42, &word, sizeof(word));
	put32(entry, 0);
	put32(entry + 4, 0x1234);
	put32(entry + 8, 1);
}

static void arrival(void *ctx)
{
	struct rig_event *event = ctx;
	struct rig *rig = event->rig;
	unsigned q = event->queue, count = get32(rig->nic_regs + 0x1008 + 0x40 * q) / 16;
	unsigned tail = get32(rig->nic_regs + 0x1018 + 0x40 * q);

	if (event->kind == ARRIVE_INTERRUPT) {
		rig->cause |= 1u << q;
		nic_request(rig);
		return;
	}
	if (event->kind != ARRIVE_DATA && rig->head[q] == tail) {
		rig->dropped++;
		return;
	}
	if (event->kind == ARRIVE)
		nic_data(rig, q, rig->head[q], event->id);
	if (event->kind == ARRIVE_DATA)
		nic_data(rig, q, (rig->head[q] + count - 1) % count, event->id);
	else
		rig->head[q] = (rig->head[q] + 1) % count;
	if (event->kind != ARRIVE_DATA)
		rig->cause |= 1u << q;
	if (event->kind != ARRIVE_HEAD)
		nic_request(rig);
}

static void requested(void *ctx)
{
	nic_request(((struct rig_event *)ctx)->rig);
}

static void nic_write(struct rig *rig, uint32_t offset, uint32_t value)
{
	put32(rig->nic_regs + offset, value);
	if (offset == 0x800) {
		rig->cause &= ~value;
	} else if (offset == 0x808) {
		rig->cause |= value;
	} else if (offset == 0x880) {
		struct rig_event *event = new_event(rig, requested);

		/* A message never comes within the write that lets it come. */
		rig->enabled |= value;
		engine_schedule_in(rig->sim.engine, &event->event, dur_ps(0));
	} else if (offset == 0x888) {
		rig->enabled &= ~value;
	}
}

static uint32_t nic_read(struct rig *rig, uint32_t offset)
{
	if (offset == 0x42a4)
		return 0x40000000;
	if (offset >= 0x1010 && offset < 0x1010 + 0x40 * RIG_QUEUES && offset % 0x40 == 0x10)
		return rig->head[(offset - 0x1010) / 0x40];
	return get32(rig->nic_regs + offset);
}

/* ---- NVMe ---- */

static void post(struct rig *rig, unsigned q, uint64_t cq, uint16_t cid, uint16_t status,
		 uint32_t result)
{
	uint8_t *entry = rig->memory + cq + 16 * rig->cq_tail[q];

	put32(entry, result);
	put32(entry + 12, cid | (uint32_t)(status << 1 | rig->phase[q]) << 16);
	if (++rig->cq_tail[q] == rig->entries[q]) {
		rig->cq_tail[q] = 0;
		rig->phase[q] ^= PHASE_BIT;
	}
	if (q && rig->irq_enabled[q])
		message(rig, rig->ssd_regs + SSD_TABLE + 16 * rig->vector[q]);
}

static void admin(struct rig *rig, const uint8_t *sqe)
{
	unsigned q = get32(sqe + 40) & 0xffff;
	uint32_t result = 0;

	if (sqe[0] == 5) {
		rig->cq[q] = get64(sqe + 24);
		rig->entries[q] = (get32(sqe + 40) >> 16) + 1;
		rig->irq_enabled[q] = get32(sqe + 44) >> 1 & 1;
		rig->vector[q] = get32(sqe + 44) >> 16;
		rig->phase[q] = PHASE_BIT;
	} else if (sqe[0] == 1) {
		rig->sq[q] = get64(sqe + 24);
		assert_int_equal(get32(sqe + 44) >> 16, q);
	} else if (sqe[0] == 6) {
		assert_int_equal(get32(sqe + 40), 1);
		rig->memory[get64(sqe + 24) + 77] = (uint8_t)rig->mdts;
	} else {
		assert_int_equal(sqe[0], 9);
		result = (rig->granted - 1) << 16 | (rig->granted - 1);
	}
	post(rig, 0, get64(rig->ssd_regs + 0x30), (uint16_t)(get32(sqe) >> 16),
	     rig->refuse_admin ? 2 : 0, result);
}

static void io_done(void *ctx)
{
	struct rig_event *event = ctx;
	struct rig *rig = event->rig;

	post(rig, event->job, rig->cq[event->job], (uint16_t)event->cid, rig->status, 0);
}

static void io(struct rig *rig, unsigned q, const uint8_t *sqe)
{
	struct rig_event *event = new_event(rig, io_done);

	rig->commands++;
	rig->command = (struct rig_command){ sqe[0], (uint16_t)(get32(sqe) >> 16), get32(sqe + 4),
					     get64(sqe + 24), get64(sqe + 32), get64(sqe + 40),
					     get32(sqe + 48) + 1 };
	event->job = q;
	event->cid = rig->command.cid;
	engine_schedule_in(rig->sim.engine, &event->event, rig->medium);
}

static void doorbell(struct rig *rig, unsigned number, uint32_t value)
{
	unsigned q = number / 2;

	if (number % 2) {
		rig->cq_doorbells += q != 0;
		return;
	}
	while (!q && rig->admin_head < value)
		admin(rig, rig->memory + get64(rig->ssd_regs + 0x28) + 64 * rig->admin_head++);
	while (q && rig->sq_head[q] != value) {
		io(rig, q, rig->memory + rig->sq[q] + 64 * rig->sq_head[q]);
		rig->sq_head[q] = (rig->sq_head[q] + 1) % rig->entries[q];
	}
}

static void ssd_write(struct rig *rig, uint32_t offset, uint32_t value)
{
	put32(rig->ssd_regs + offset, value);
	if (offset == 0x14 && value & 1)
		put32(rig->ssd_regs + 0x1c, rig->fatal ? 2 : 1);
	if (offset >= 0x1000 && offset < SSD_TABLE)
		doorbell(rig, (offset - 0x1000) / 8, value);   /* CAP.DSTRD = 1 */
}

/* ---- what the host reaches ---- */

static uint8_t *config(struct rig *rig, uint64_t pa)
{
	unsigned devfn = (unsigned)(pa - PLAT_ECAM_BASE) >> 12;

	assert_true(devfn == NIC_DEVFN || devfn == SSD_DEVFN);
	return rig->config[devfn == SSD_DEVFN] + (pa & 0xfff);
}

static uint64_t mmio_read(void *ctx, uint64_t pa, unsigned bytes)
{
	struct rig *rig = ctx;
	uint32_t value;

	if (pa >= PLAT_ECAM_BASE)
		value = get32(config(rig, pa));
	else
		value = pa >= SSD_BAR ? get32(rig->ssd_regs + (pa - SSD_BAR))
				      : nic_read(rig, (uint32_t)(pa - NIC_BAR));
	return bytes == 4 ? value : value & ((1u << 8 * bytes) - 1);
}

static void mmio_write(void *ctx, uint64_t pa, uint64_t value, unsigned bytes)
{
	struct rig *rig = ctx;

	if (pa >= PLAT_ECAM_BASE)
		memcpy(config(rig, pa), &value, bytes);
	else if (pa >= SSD_BAR)
		ssd_write(rig, (uint32_t)(pa - SSD_BAR), (uint32_t)value);
	else
		nic_write(rig, (uint32_t)(pa - NIC_BAR), (uint32_t)value);
}

static void *memory(void *ctx, uint64_t pa, uint64_t bytes)
{
	return pa + bytes <= MEMORY_BYTES ? ((struct rig *)ctx)->memory + pa : NULL;
}

static uint64_t since_zero(const struct rig *rig)
{
	return at_since(sim_now(&rig->sim), rig->zero).ps;
}

static void frame_delivered(void *ctx, unsigned devfn, uint64_t id, uint32_t hash, unsigned frames)
{
	struct rig *rig = ctx;

	assert_int_equal(devfn, NIC_DEVFN);
	assert_int_equal(hash, 0x1234);
	assert_int_equal(frames, 1);
	rig->delivered[rig->deliveries++ % RIG_LOG] =
		(struct rig_log){ .ps = since_zero(rig), .id = id };
}

static void polled(void *ctx, unsigned devfn)
{
	((struct rig *)ctx)->polls++;
}

static uint64_t io_next(void *ctx, unsigned job, int *write)
{
	struct rig *rig = ctx;

	*write = rig->write;
	rig->next_offset += 4096;
	return rig->next_offset;
}

static void io_submitted(void *ctx, unsigned job, unsigned slot, uint64_t offset)
{
	struct rig *rig = ctx;

	rig->submitted[rig->submissions++ % RIG_LOG] =
		(struct rig_log){ .ps = since_zero(rig), .id = offset, .job = job, .slot = slot };
}

static void io_completed(void *ctx, unsigned job, unsigned slot, int status, unsigned bad)
{
	struct rig *rig = ctx;

	rig->completed[rig->completions++ % RIG_LOG] =
		(struct rig_log){ .ps = since_zero(rig), .job = job, .slot = slot,
				  .status = status, .bad = bad };
}

static unsigned io_pattern(void *ctx, unsigned job, uint64_t offset, void *data, unsigned bytes,
			   int write)
{
	struct rig *rig = ctx;

	rig->patterns++;
	assert_int_equal(write, rig->write);
	if (write)
		memset(data, 0x5a, bytes);
	return rig->bad;
}

static void ready(void *ctx)
{
	struct rig *rig = ctx;

	rig->ready = true;
	rig->zero = sim_now(&rig->sim);
	rig->interrupts = 0;
	/* The test begins in a clean event: nothing else happens at this instant. */
	engine_stop(rig->sim.engine);
}

static void failed(void *ctx, unsigned devfn, const char *why)
{
	struct rig *rig = ctx;

	rig->failed = why;
	rig->failed_devfn = devfn;
}

static const struct ideal_ops ops = {
	.mmio_read = mmio_read,
	.mmio_write = mmio_write,
	.memory = memory,
	.frame_delivered = frame_delivered,
	.io_next = io_next,
	.io_submitted = io_submitted,
	.io_completed = io_completed,
	.io_pattern = io_pattern,
	.polled = polled,
	.failed = failed,
	.ready = ready,
};

/* ---- set-up ---- */

void rig_entries(struct rig *rig, unsigned entries)
{
	put32(rig->ssd_regs, entries - 1);
}

struct rig *rig_new(const struct ideal_cfg *cfg)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	rig->sim.engine = engine_create();
	rig->memory = calloc(1, MEMORY_BYTES);
	rig->nic_regs = calloc(2, BAR_BYTES);
	rig->ssd_regs = calloc(1, BAR_BYTES);
	rig->cfg = *cfg;
	rig->granted = RIG_JOBS;
	rig->medium = dur_us(10);
	rig->entries[0] = 64;
	rig->phase[0] = PHASE_BIT;
	for (unsigned d = 0; d < 2; d++) {
		rig->config[d][0x34] = MSIX_CAP;
		rig->config[d][MSIX_CAP] = 0x11;
		put32(rig->config[d] + MSIX_CAP + 4, d ? SSD_TABLE : 4);
	}
	rig_entries(rig, 1024);
	put32(rig->ssd_regs + 4, 1);
	assert_int_equal(ideal_create(&rig->ideal, &rig->sim, cfg, &ops, rig), SIM_OK);
	return rig;
}

void rig_free(struct rig *rig)
{
	ideal_destroy(rig->ideal);
	engine_destroy(rig->sim.engine);
	free(rig->memory);
	free(rig->nic_regs);
	free(rig->ssd_regs);
	free(rig);
}

void rig_nic(struct rig *rig, unsigned queues, unsigned ring)
{
	struct ideal_nic nic = { .devfn = NIC_DEVFN, .bar0 = NIC_BAR, .msix_bar = NIC_MSIX_BAR,
				 .queues = queues, .ring = ring };

	assert_int_equal(ideal_add_nic(rig->ideal, &nic), SIM_OK);
}

void rig_ssd(struct rig *rig, const struct ideal_job *jobs, unsigned count)
{
	struct ideal_ssd ssd = { .devfn = SSD_DEVFN, .bar0 = SSD_BAR };

	assert_int_equal(ideal_add_ssd(rig->ideal, &ssd, jobs, count), SIM_OK);
}

void rig_up(struct rig *rig)
{
	assert_int_equal(ideal_start(rig->ideal), SIM_OK);
	engine_run(rig->sim.engine, at_ps(PS_PER_MS));
	assert_true(rig->ready);
	engine_resume(rig->sim.engine);
}

void rig_script(struct rig *rig, uint64_t ps, enum rig_arrival kind, unsigned queue, uint64_t id)
{
	struct rig_event *event = new_event(rig, arrival);

	event->kind = kind;
	event->queue = queue;
	event->id = id;
	engine_schedule(rig->sim.engine, &event->event, at_add(rig->zero, dur_ps(ps)));
}

void rig_run(struct rig *rig, uint64_t ps)
{
	struct at until = at_add(rig->zero, dur_ps(ps));

	engine_run(rig->sim.engine, until);
	engine_advance(rig->sim.engine, until);
}
