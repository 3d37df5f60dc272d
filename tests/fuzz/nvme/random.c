// SPDX-License-Identifier: MIT
/* The fuzzing host fed by a random stream: test_nvme_fuzz COMMANDS [SEED]. Seeds count up from SEED
 * (or 1) until so many commands were given; each is a controller of its own. A failure shows its
 * seed, and `test_nvme_fuzz 1 SEED` of the same build repeats it (C leaves the order of some of the
 * host's choices to the compiler). */
#include <stdio.h>
#include <stdlib.h>

#include "model/core/random.h"
#include "tests/fuzz/nvme/host.h"

#define STEPS 400u

static unsigned byte(void *ctx)
{
	return (unsigned)random_below(ctx, 256);
}

static void report(const struct outcome *outcome, unsigned long long first, unsigned long long last)
{
	printf("seeds %llu to %llu: %llu commands, %llu answers, %llu errors, %llu enables, "
	       "%llu fatal, %llu power cuts\nstatus codes seen:",
	       first, last, (unsigned long long)outcome->commands,
	       (unsigned long long)outcome->answers, (unsigned long long)outcome->errors,
	       (unsigned long long)outcome->resets, (unsigned long long)outcome->fatal,
	       (unsigned long long)outcome->cuts);
	for (unsigned code = 0; code < 1024; code++)
		if (outcome->statuses[code / 32] >> code % 32 & 1)
			printf(" %03x", code);
	printf("\n");
}

int main(int argc, char **argv)
{
	unsigned long long want = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
	unsigned long long first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1, seed = first;
	struct outcome outcome = { 0 };

	for (; outcome.commands < want; seed++) {
		struct random random;
		struct choices choices = { byte, &random };

		random_init(&random, seed, "nvme fuzz");
		/* Before the run: it may end the process. */
		fprintf(stderr, "\rseed %llu ", seed);
		host_run(&choices, STEPS, &outcome);
	}
	fprintf(stderr, "\n");
	report(&outcome, first, seed - 1);
	return 0;
}
