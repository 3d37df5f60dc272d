/* SPDX-License-Identifier: MIT */
/* A driver test's hand in the machine (include/doorbell/test.h is what a test sees of it). The
 * test is a function on a stack of its own that begins at the workloads' start and acts between
 * events, as the world outside does: frames on the wire, requests to a user at the machine,
 * time. While it waits the machine runs. Its end is the run's.
 *
 * What reaches a sink or comes back from a disk is compared with what was sent or written; a
 * difference is a breach of rule "data" (rules.h). Not modelled: tests of the ideal host. */
#ifndef DOORBELL_MACHINE_RIG_H
#define DOORBELL_MACHINE_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/linux/boundary_workloads.h"
#include "model/core/time.h"

struct machine;
struct frame;
struct nic_port;
struct rig;

/* Between machine_create and machine_build: fn(ctx) is the test. 0 or -1 (no memory). */
int machine_test(struct machine *machine, void (*fn)(void *ctx), void *ctx);

/* ---- called by the test, on its stack ---- */

struct at machine_rig_now(struct machine *machine);            /* from the workloads' start */
void machine_rig_run(struct machine *machine, struct dur time);
/* Ends the test; never returns. */
void rig_end(struct machine *machine) __attribute__((noreturn));

/* -1: there is no such device. */
int rig_device(struct machine *machine, const char *name);
bool rig_device_is_nic(struct machine *machine, unsigned device);
/* Starts a request; its number, or 0 if there is no room for another one. path and text are
 * copied. */
unsigned machine_rig_begin(struct machine *machine, const struct plat_user *what, unsigned device);
/* Waits until the request is done, at most `limit`. */
bool machine_rig_wait(struct machine *machine, unsigned request, struct dur limit, long *status,
	      uint64_t *value);
/* What a request read: how many bytes there are, of which at most `bytes` are copied. */
unsigned machine_rig_answer(struct machine *machine, unsigned request, void *to, unsigned bytes);
/* Objects of the kernel's slab caches with such names; 0 but in the checking build. */
uint64_t machine_rig_objects(const struct machine *machine, const char *caches);
/* Objects that a device's driver took since machine_rig_watch_owners and has not given back, with
 * one of the places where it did; 0 but in the checking build. */
void machine_rig_watch_owners(struct machine *machine);
unsigned machine_rig_left(const struct machine *machine, unsigned device, char *place,
			  size_t bytes);
/* `count` UDP frames of `bytes` (with FCS), the first one's last bit at `when` (from the workloads'
 * start), the others `gap` apart, but never closer than the wire allows. */
void rig_burst(struct machine *machine, unsigned device, struct at when, unsigned count,
	       unsigned bytes, struct dur gap, unsigned flows, bool bad_sum);
/* A frame as given, without FCS; flags as of struct frame. */
void rig_frame(struct machine *machine, unsigned device, struct at when, const void *data,
	       unsigned bytes, uint32_t flags);
/* Frames and I/Os under way, and requests. */
uint64_t machine_rig_outstanding(struct machine *machine);
/* A counter or level so far, or a field of a distribution ("eth0.rx.latency_ns.max"). */
bool machine_rig_stat(struct machine *machine, const char *name, uint64_t *value);
/* Datagrams of PLAT_USER_SEND that left on this interface's wire, whole and right. */
uint64_t machine_rig_sent(struct machine *machine, unsigned device);

/* Different frames that reached a socket. */
uint64_t rig_received_frames(struct machine *machine, unsigned device);

/* ---- called by the machine ---- */

void rig_start(struct machine *machine);
void rig_destroy(struct machine *machine);
bool rig_user_next(struct machine *machine, unsigned core, struct plat_user *user);
void rig_user_done(struct machine *machine, unsigned id, long status, uint64_t value);
unsigned rig_user_data(struct machine *machine, unsigned id, void *data, unsigned bytes,
		       bool write);
void rig_frame_data(struct machine *machine, struct nic_port *port, const void *payload,
		    unsigned bytes);
/* A datagram to PLAT_USER_PORT left; payload without headers. */
void rig_frame_sent(struct nic_port *port, const uint8_t *payload, unsigned bytes);

#endif
