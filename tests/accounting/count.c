/* SPDX-License-Identifier: MIT */
/* count SCENARIO count|free: runs the first point of a scenario with code that takes no simulated
 * time, so that a kernel without the pass behaves alike, and prints what was executed.
 *   count   instructions are counted by the kernel's own blocks (a kernel without the pass counts 0)
 *   free    the blocks count nothing: what the host's CPU time is compared by */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/machine/machine.h"

static struct machine_cfg cfg;

static void ignore_console(void *ctx, const char *text, unsigned len)
{
}

static void ignore_sample(void *ctx, const char *stat, uint64_t time_ps, uint64_t id,
			  uint64_t value)
{
}

static void ignore_progress(void *ctx, uint64_t now_ns, uint64_t end_ns)
{
}

static int configure(const char *path, bool count)
{
	struct scn_options options = { .path = path, .data_dir = DATA_DIR };
	struct diag *diag = diag_new();
	struct scn *scn;

	/* Names in cfg point into the scenario: it stays until the process ends. */
	if (scn_load(&scn, &options, diag) ||
	    machine_config(&cfg, scn_point(scn, 0), scn_u64(scn_point(scn, 0), "seed"), DATA_DIR,
			   diag)) {
		diag_print(diag, stderr);
		return -1;
	}
	cfg.count_instructions = count;
	memset(cfg.insn_ticks, 0, sizeof(cfg.insn_ticks));
	return 0;
}

static void print_stat(struct machine *machine, const char *name)
{
	struct stat_value value;

	if (stats_find(machine_sim(machine)->stats, name, &value))
		printf("%s %" PRIu64 "\n", name, value.num);
}

int main(int argc, char **argv)
{
	struct machine_hooks hooks = { .console = ignore_console, .sample = ignore_sample,
				       .progress = ignore_progress };
	struct machine *machine;
	char error[256] = "";
	clock_t start;

	if (argc != 3 || configure(argv[1], !strcmp(argv[2], "count")))
		return 2;
	if (machine_create(&machine, &cfg, &hooks, error, sizeof(error)) ||
	    machine_build(machine, error, sizeof(error))) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	start = clock();
	while (!at_is_never(machine_step(machine, at_ps(UINT64_MAX - 1))))
		;
	printf("cpu_us %ld\n", (long)(clock() - start) * 1000000 / CLOCKS_PER_SEC);
	printf("instructions %" PRIu64 "\n", machine_instructions(machine));
	print_stat(machine, "eth0.rx.delivered");
	print_stat(machine, "nvme0.io.completed");
	print_stat(machine, "nvme0.io.errors");
	if (machine_end(machine) == MACHINE_DONE && !machine_kernel_warnings(machine))
		return 0;
	fprintf(stderr, "%s\n", machine_end_message(machine));
	return 1;
}
