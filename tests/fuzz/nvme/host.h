/* SPDX-License-Identifier: MIT */
/* A host that does to an NVMe controller whatever its input says: commands with plausible and with
 * impossible fields, data pointers of every kind, registers, doorbells, resets, losses of power. It
 * watches what the controller does in return:
 *
 * - each command is answered once, or the controller reports a fatal status (CSTS.CFS);
 * - a status is one that the specification has and this controller gives;
 * - completion entries go to the next place of their queue, with the right phase;
 * - nothing else is written but pages that a command in flight has given for that, and nothing after
 *   the command's completion; between and around all pages are guard bands.
 *
 * A breach ends the process with a line that says which (abort()). Not modelled: what the data are
 * (tests/conformance/nvme looks at them). */
#ifndef TESTS_FUZZ_NVME_HOST_H
#define TESTS_FUZZ_NVME_HOST_H

#include <stddef.h>
#include <stdint.h>

/* Where decisions come from; answers 0 to 255, and something when the input is at its end. */
struct choices {
	unsigned (*byte)(void *ctx);
	void *ctx;
};

struct outcome {
	uint64_t commands, answers, errors, fatal, resets, cuts, doorbells;
	uint32_t statuses[32];               /* bitmap of (type << 8 | code) < 1024 */
};

/* `steps` things done to one controller, then all that is under way is waited for. */
void host_run(const struct choices *choices, unsigned steps, struct outcome *outcome);

#endif
