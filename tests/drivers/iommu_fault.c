/* SPDX-License-Identifier: MIT */
/* A device that writes where nothing is mapped for it, under the unmodified intel-iommu driver:
 * blocked by the unit, signalled by its message, reported by the kernel's dmar_fault; nothing else
 * is harmed. The writes are put on the NIC's link beside what the NIC does itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/machine/internal.h"

#define UNMAPPED 0x12345000ULL   /* the kernel hands out IOVAs from 4 GiB downwards */
#define STEP     dur_us(20)

static const char scenario[] =
	"format = 1\n"
	"run = { warmup = \"200us\", measure = \"1ms\" }\n"
	"[cpu]\ncores = 1\n"
	"[iommu]\nmode = \"strict\"\n"
	"[device.eth0]\nmodel = \"82599\"\nqueues = 1\n"
	"[[traffic]]\nto = \"eth0\"\nframe = \"256B\"\nrate = \"100kpps\"\n"
	"arrival = \"constant\"\nsink = \"echo\"\n";

struct rig {
	struct machine *machine;
	struct machine_cfg cfg;
	char console[1 << 20];
	size_t length;
	unsigned writes;         /* to make, once the run is ready */
};

static void console(void *ctx, const char *text, unsigned len)
{
	struct rig *rig = ctx;

	if (rig->length + len < sizeof(rig->console)) {
		memcpy(rig->console + rig->length, text, len);
		rig->length += len;
	}
}

static void sample(void *ctx, const char *stat, uint64_t time_ps, uint64_t id, uint64_t value)
{
}

static void progress(void *ctx, uint64_t now_ns, uint64_t end_ns)
{
}

static void stray_write(struct rig *rig, unsigned n)
{
	static const uint8_t data[64];
	struct dma_req req = { .kind = DMA_WRITE,
			       .addr = UNMAPPED + 4096ULL * n,
			       .bytes = sizeof(data),
			       .data = data };

	pcie_dma(rig->machine->device[0].pcie, &req);
}

static void run(struct rig *rig)
{
	struct at limit = at_add(sim_now(machine_sim(rig->machine)), STEP);

	while (!at_is_never(machine_step(rig->machine, limit))) {
		if (rig->machine->run.window_open)
			for (; rig->writes; rig->writes--)
				stray_write(rig, rig->writes - 1);
		limit = at_add(limit, STEP);
	}
	assert_int_equal(machine_end(rig->machine), MACHINE_DONE);
	assert_int_equal(machine_kernel_warnings(rig->machine), 0);
}

static uint64_t stat(struct rig *rig, const char *name)
{
	struct stat_value value;

	assert_true(stats_find(machine_sim(rig->machine)->stats, name, &value));
	return value.num;
}

/* One kernel a process, so one run a process: the whole story in one test. */
static void a_stray_device_is_blocked_and_reported(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct diag *diag = diag_new();
	struct scn_options options = { .path = "stray.toml",
				       .text = scenario,
				       .text_bytes = sizeof(scenario) - 1,
				       .data_dir = DATA_DIR };
	struct machine_hooks hooks = { .console = console, .sample = sample,
				       .progress = progress, .ctx = rig };
	struct scn *scn;
	char error[256];

	assert_int_equal(scn_load(&scn, &options, diag), 0);
	assert_int_equal(machine_config(&rig->cfg, scn_point(scn, 0), 1, DATA_DIR, diag), 0);
	assert_int_equal(machine_create(&rig->machine, &rig->cfg, &hooks, error, sizeof(error)), 0);
	assert_int_equal(machine_build(rig->machine, error, sizeof(error)), 0);
	rig->writes = 3;
	run(rig);
	/* The kernel's words: dmar_fault_do_one. */
	assert_non_null(strstr(rig->console, "DMAR: DRHD: handling fault status reg 2"));
	assert_non_null(strstr(rig->console, "DMAR: [DMA Write NO_PASID] Request device [00:01.0] "
					     "fault addr 0x12345000 [fault reason 0x05] "
					     "PTE Write access is not set"));
	assert_non_null(strstr(rig->console, "fault addr 0x12347000 [fault reason 0x05]"));
	assert_int_equal(stat(rig, "iommu.faults"), 3);
	assert_in_range(stat(rig, "eth0.rx.offered"), 99, 101);
	assert_int_equal(stat(rig, "eth0.rx.dropped"), 0);
	assert_in_range(stat(rig, "eth0.tx.sent"), 98, 102);
	machine_destroy(rig->machine);
	machine_config_free(&rig->cfg);
	scn_free(scn);
	diag_free(diag);
	free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stray_device_is_blocked_and_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
