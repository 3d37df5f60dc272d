/* SPDX-License-Identifier: MIT */
/* The kinds of injected faults: one row each, for the parser, `doorbell list faults`, the checks of
 * a scenario and those of a driver test's rig_fault. What they do is in model/machine. */
#ifndef DOORBELL_SCENARIO_FAULT_KINDS_H
#define DOORBELL_SCENARIO_FAULT_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FAULT_KIND(id, ...) FAULT_##id,
enum fault_kind {
#include "model/scenario/faults.def"
	FAULT_KINDS,
};
#undef FAULT_KIND

/* What a kind is on. */
enum fault_on { FAULT_ON_DEVICE, FAULT_ON_NIC, FAULT_ON_SSD, FAULT_ON_CORE };

/* Keys that a kind takes beside at, after, count and probability, and what it needs. */
enum {
	FAULT_DELAY = 1 << 0,
	FAULT_VALUE = 1 << 1,
	FAULT_EVERY = 1 << 2,         /* it is timed: its opportunities are `every` apart */
	FAULT_CALLER = 1 << 3,
	FAULT_REGISTER = 1 << 4,
	FAULT_ACCESS = 1 << 5,
	FAULT_NEEDS_VALUE = 1 << 6,
	FAULT_NEEDS_REGISTER = 1 << 7,
	FAULT_NEEDS_IOMMU = 1 << 8,
	FAULT_REGISTERS = 1 << 9,     /* `access` may be a core's read of a register */
	FAULT_NO_WRITES = 1 << 10,    /* and no write, which has no completion */
};

/* `access`, in the order of its words. */
enum fault_access {
	FAULT_ACCESS_ANY,
	FAULT_ACCESS_READ,
	FAULT_ACCESS_WRITE,
	FAULT_ACCESS_REGISTER,
};

struct fault_row {
	const char *name;
	enum fault_on on;
	unsigned keys;
	uint64_t least, most;         /* of `value` */
	const char *help;
};

/* NULL past the end; of a name: NULL if there is none. */
const struct fault_row *fault_row(unsigned kind);
const struct fault_row *fault_row_named(const char *name);
/* "a network device", "a core" ...; the model's name, NULL: any device or none. */
const char *fault_on_words(enum fault_on on);
const char *fault_on_model(enum fault_on on);
/* The core of "cpu3"; -1: the name is of no core. */
int fault_core(const char *name);
/* A key by name, as a bit; 0: all kinds take it, or there is no such key. */
unsigned fault_key(const char *name);
/* May this kind meet such an access? */
bool fault_access_fits(const struct fault_row *row, enum fault_access access);

#ifdef __cplusplus
}
#endif
#endif
