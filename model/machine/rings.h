/* SPDX-License-Identifier: MIT */
/* Rule "doorbell.missing": work stands in a device's descriptor ring behind the tail that it was
 * told, while all cores are idle: nobody is about to tell. The device will not see it, whatever the
 * driver waits for. Rings are looked at now and then, twice before it is reported, as a doorbell
 * may be on its way.
 *
 * Watched in driver tests and in the checking build, from the workloads' start. Not modelled: rings
 * of plug-in devices and of the DMA test device; rings while a core never halts; new work that has
 * the very bytes of the old in its place. */
#ifndef DOORBELL_MACHINE_RINGS_H
#define DOORBELL_MACHINE_RINGS_H

struct machine;
struct machine_device;
struct rings;

void rings_start(struct machine *machine);
void rings_destroy(struct machine *machine);
/* A core's write has reached a register of the device. */
void rings_register_written(struct machine *machine, const struct machine_device *device);

#endif
