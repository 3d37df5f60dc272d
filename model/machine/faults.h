/* SPDX-License-Identifier: MIT */
/* Injected faults: what devices, their surroundings, cores and the kernel's allocators do wrong on
 * purpose, at a chosen moment, opportunity or probability. A fault is words, "kind=irq-lost
 * after=3 count=1", with the keys of a [[fault]] table; model/scenario/faults.def has the kinds and
 * which keys each takes.
 *
 * Opportunities are what the kind can happen to: an interrupt, a request, a frame, a command, a
 * call; of the timed kinds (those that take `every`) moments of time. From `at` on the first
 * `after` of them pass, then it happens to each with the given probability until it has happened
 * `count` times.
 *
 * Not modelled: faults of memory and of the kernel's own data; frames that take longer on the wire
 * because a fault has made them longer. */
#ifndef DOORBELL_MACHINE_FAULTS_H
#define DOORBELL_MACHINE_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/core/time.h"
#include "model/port/dma.h"
#include "model/scenario/fault_kinds.h"

struct fault;
struct frame;
struct machine;
struct nic_port;
struct plat_user;

/* From now on; `on` is a device's name, or "cpu1". -1: `error` says why. */
int machine_fault(struct machine *machine, const char *on, const char *what, char *error,
		  size_t error_bytes);
/* How often faults have happened. */
uint64_t machine_faults(const struct machine *machine);

/* ---- for the machine ---- */
/* Stats; those of a scenario's [[fault]] tables follow by machine_fault. */
void faults_init(struct machine *machine);
/* Time zero: the timed kinds begin. */
void faults_start(struct machine *machine);
void faults_destroy(struct machine *machine);

/* An opportunity: the fault that happens to it, or NULL. */
const struct fault *fault_hits(struct machine *machine, enum fault_kind kind, unsigned devfn);
/* The same of one fault. */
bool fault_happens(struct machine *machine, struct fault *fault);

/* Interrupts of a device: how many messages leave (0 to 2), and how late the last is. */
unsigned fault_message(struct machine *machine, unsigned devfn, struct dur *delay);
/* A register's value as software sees it. */
uint64_t fault_register(struct machine *machine, unsigned devfn, uint64_t offset, uint64_t value);
/* A core writes to a register; true: it gets lost. */
bool fault_register_write(struct machine *machine, unsigned devfn, uint64_t offset);
/* A core is about to read a register; true: *how it ends instead. */
bool fault_register_read(struct machine *machine, unsigned devfn, enum dma_status *how);
bool fault_removed(struct machine *machine, unsigned devfn);
/* A request of a device at the root complex: its address may change; true: it ends with *status. */
bool fault_request(struct machine *machine, unsigned devfn, struct dma_req *req,
		   enum dma_status *status);
/* What a write of a device takes longer. */
struct dur fault_write_late(struct machine *machine, unsigned devfn, const struct dma_req *req);
/* The frame reaches the interface, as it is or otherwise. */
void fault_frame(struct nic_port *port, const struct frame *frame);
/* The completion of an I/O command: how many entries are posted, what they say, how late. */
unsigned fault_completion(struct machine *machine, unsigned devfn, uint16_t *cid, uint16_t *status,
			  struct dur *late);
bool fault_call(struct machine *machine, unsigned call, unsigned devfn, uint64_t caller);

/* faults_timed.c */
void fault_timed_init(struct machine *machine, struct fault *fault);
void fault_timed_begin(struct fault *fault);
/* What the platform tells the kernel: requests with id 0 beside those of a driver test. Not
 * modelled: the kernel's own AER service; a report waits while a driver test keeps every thread of
 * its user busy. */
bool fault_user_next(struct machine *machine, struct plat_user *user);

#endif
