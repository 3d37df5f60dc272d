/* SPDX-License-Identifier: MIT */
/* A small machine of ours for the examples: one simulated core, memory, a PCIe function, and a
 * driver that runs on the core. Not modelled: an operating system, translation, several
 * devices. */
#ifndef DOORBELL_EXAMPLES_SYSTEMC_HOST_H
#define DOORBELL_EXAMPLES_SYSTEMC_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "model/core/sim.h"
#include "model/pcie/pcie.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HOST_MEMORY_BYTES 0x100000u

struct host;

/* The driver is called once, on the simulated core; when it returns the run is over. */
struct host *host_create(void (*driver)(struct host *host));
void host_destroy(struct host *host);
struct sim *host_sim(struct host *host);
/* Plugs the function in: BAR 0 is `ops`, one MSI-X vector. */
struct pcie_dev *host_plug(struct host *host, const struct mmio_ops *ops,
			   const struct pcie_dev_ops *dev_ops, void *dev_ctx);

/* For the outside: steps as struct systemc_guest wants it; struct FunctionHost's two. */
struct at host_step(void *host, struct at limit);
void host_recall(void *host);
void host_stall(void *host, struct dur time);

/* ---- for the driver ---- */
uint32_t host_read(struct host *host, uint64_t offset);
void host_write(struct host *host, uint64_t offset, uint32_t value);
/* Sleeps until the device's interrupt has come once more. */
void host_wait(struct host *host);
unsigned char *host_memory(struct host *host);
/* The core's time. */
uint64_t host_now_ns(struct host *host);

#ifdef __cplusplus
}
#endif
#endif
