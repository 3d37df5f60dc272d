/* SPDX-License-Identifier: MIT */
/* Where the latency of each frame and I/O goes, stage by stage. A sink of the trace: it puts
 * together what devices, links, interrupt controller and kernel tell, and changes nothing.
 *
 * Stages of a frame, from the last bit on the wire to its sink:
 *   device    to the descriptor's write-back (filter, packet buffer, payload DMA)
 *   throttle  to the interrupt raised for it
 *   irq       to the core taking that interrupt: message, interrupt controller, masked time
 *   softirq   to the driver's poll
 *   driver    to the driver handing it to the stack, frames before it included
 *   stack     to the end of the softirq that did so, other frames of the same round included
 *   wakeup    to the sink: scheduling, the socket's queue, the system call
 * A frame that the driver found while it was polling has no throttle, irq and softirq.
 *
 * Stages of an I/O, from its submission to its completion by the workload:
 *   submit    to the doorbell: block layer and driver
 *   fetch     to the submission entry in the controller
 *   prepare   to the medium's start: decoding, PRP lists, the data of a write, busy medium
 *   medium    to the completion entry: medium and the data of a read
 *   coalesce  to the interrupt raised for it
 *   irq       to the core taking that interrupt
 *   handler   to the end of that interrupt
 *   wakeup    to the workload; for a polled I/O all from the completion entry on
 *
 * A stage whose end was not seen has length 0; times are cut to their neighbours, so the stages of
 * a request always add up to its latency. Not modelled: frames of a queue that shares its interrupt
 * with another queue are told apart by age only; stages inside the IOMMU. */
#ifndef DOORBELL_MACHINE_SPANS_H
#define DOORBELL_MACHINE_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/core/sim.h"
#include "model/machine/config.h"
#include "model/trace/hist.h"
#include "model/trace/trace.h"

#define SPANS_STAGES_MAX 8

struct span {
	unsigned device;
	uint64_t id;                        /* frame, or I/O in the order of submission */
	uint64_t end_ps, latency_ps;
	unsigned stages;
	uint64_t stage_ps[SPANS_STAGES_MAX];
};

struct spans_ops {
	/* The MSI-X entry that a receive queue's interrupts use; -1 = none. */
	int (*rx_entry)(void *ctx, unsigned device, unsigned queue);
	/* A request is complete. */
	void (*span)(void *ctx, const struct span *span);
	void *ctx;
};

struct spans;

/* NULL without memory. cfg and the devices' names outlive it; trace is where I/Os get their numbers
 * told ("machine.io.started", "machine.io.entry"). */
struct spans *spans_create(const struct machine_cfg *cfg, const struct trace_source *trace,
			   const struct spans_ops *ops);
void spans_destroy(struct spans *spans);
/* To be added to the trace before the first block exists. */
struct trace_sink *spans_sink(struct spans *spans);

void spans_frame_delivered(struct spans *spans, unsigned device, uint64_t id, struct at arrived,
			   struct at now);
/* Returns the I/O's number, from 1. */
uint64_t spans_io_submitted(struct spans *spans, unsigned job, unsigned slot, unsigned device,
			    uint64_t offset, bool write, struct at now);
uint64_t spans_io_completed(struct spans *spans, unsigned job, unsigned slot, struct at now);

/* Names of a device's stages, NULL at the end. */
const char *const *spans_stage_names(const struct machine_cfg *cfg, unsigned device);

#endif
