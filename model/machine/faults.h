/* SPDX-License-Identifier: MIT */
/* Injected faults: what devices, their surroundings and the kernel's allocators do wrong on
 * purpose, at a chosen moment, opportunity or probability. A fault is words, "kind=irq-lost
 * after=3 count=1":
 *
 *     kind         one of those `faults_kind` lists
 *     at           time from the workloads' start before which nothing happens ("1.5ms"); default 0
 *     after        opportunities that pass first; default 0
 *     count        how often it happens; 0 = always from then on; default 1
 *     probability  of each opportunity, in percent; default 100
 *     delay        of the late kinds; default 100us
 *     value        a status, address bits, bytes: see the kind
 *     caller       glob of kernel functions whose calls fail; default: those of the device's driver
 *
 * Not modelled: faults of the IOMMU itself; of the kernel's own data. */
#ifndef DOORBELL_MACHINE_FAULTS_H
#define DOORBELL_MACHINE_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/core/time.h"
#include "model/port/dma.h"

struct frame;
struct machine;

enum fault_kind {
	FAULT_IRQ_LOST,
	FAULT_IRQ_LATE,
	FAULT_IRQ_TWICE,
	FAULT_DMA_LATE,          /* a write of the device: data, descriptors, completions */
	FAULT_DMA_ASTRAY,        /* it goes to the address with `value` XORed into it */
	FAULT_READ_ONES,         /* a register reads as all ones */
	FAULT_READ_GARBAGE,
	FAULT_REMOVED,           /* the device is gone for good: ones, no DMA, no interrupts */
	FAULT_FRAME_BAD,         /* a received frame arrives damaged */
	FAULT_FRAME_LOST,
	FAULT_FRAME_TWICE,
	FAULT_STATUS,            /* an I/O command ends with status `value` */
	FAULT_NO_COMPLETION,
	FAULT_COMPLETION_TWICE,
	FAULT_WRONG_ID,          /* a completion with `value` XORed into its command id */
	FAULT_ALLOC,             /* kernel calls that fail */
	FAULT_DMA_ALLOC,
	FAULT_DMA_MAP,
	FAULT_KINDS,
};

/* Name and explanation; NULL past the end. */
const char *faults_kind(unsigned kind, const char **help);

/* From now on. -1: `error` says why. */
int machine_fault(struct machine *machine, unsigned device, const char *what, char *error,
		  size_t error_bytes);
/* How often faults have happened. */
uint64_t machine_faults(const struct machine *machine);

/* ---- for the machine: does it happen to this opportunity? ---- */
bool fault_hits(struct machine *machine, enum fault_kind kind, unsigned devfn, struct dur *delay,
		uint64_t *value);
/* Interrupts of a device: how many messages leave (0 to 2), and how late. */
unsigned fault_message(struct machine *machine, unsigned devfn, struct dur *delay);
/* A register's value as software sees it. */
uint64_t fault_register(struct machine *machine, unsigned devfn, uint64_t value);
bool fault_removed(struct machine *machine, unsigned devfn);
bool fault_call(struct machine *machine, unsigned call, unsigned devfn, uint64_t caller);

#endif
