/* SPDX-License-Identifier: MIT */
/* A device of one's own behind Doorbell's PCI Express model, as a shared object that a scenario
 * names: model = "plugin", library = "mydevice.so" (docs/own-device.md). Plain C, no other header
 * of Doorbell; for a Verilated module rtl_device.hpp does the rest.
 *
 * The object exports `doorbell_device`, which says what the device is. Everything happens inside
 * the calls below, which never overlap; a call takes no simulated time, and its effects are those
 * of the instant at which it is made. For the same calls the device must do the same: no clock of
 * the host, no threads, no addresses as numbers.
 *
 * The MSI-X table is Doorbell's, in BAR 2; registers are BAR 0. */
#ifndef DOORBELL_DEVICE_H
#define DOORBELL_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DOORBELL_DEVICE_VERSION 1u
#define DOORBELL_DMA_BYTES_MAX  65536u
#define DOORBELL_NEVER          UINT64_MAX

struct doorbell_host;            /* Doorbell's side of one device */

enum doorbell_status {
	DOORBELL_OK,
	DOORBELL_NO_MEMORY,      /* there is nothing at the address; a read gets ones */
	DOORBELL_REFUSED,        /* the IOMMU has blocked it */
};

/* What a device can do. */
struct doorbell_host_ops {
	uint32_t version;
	uint64_t (*now_ps)(struct doorbell_host *host);
	/* One timer: tick() is called then, once. Later calls move it; DOORBELL_NEVER stops it. */
	void (*wake_at)(struct doorbell_host *host, uint64_t when_ps);
	/* By bus addresses, 1 to 65536 bytes. Requests keep their order on the link, writes do not
	 * pass writes, an answer does not pass earlier writes. A read is answered by dma_done(); a
	 * write is posted, and answered when it is in memory if `tag` is not 0. Tags are part of
	 * the trace: no addresses. */
	void (*dma_read)(struct doorbell_host *host, uint64_t address, uint32_t bytes,
			 uint64_t tag);
	void (*dma_write)(struct doorbell_host *host, uint64_t address, const void *data,
			  uint32_t bytes, uint64_t tag);
	/* MSI-X, behind the device's earlier writes. */
	void (*interrupt)(struct doorbell_host *host, unsigned vector);
	/* Depends on the run's seed and the device's name only. */
	uint64_t (*random)(struct doorbell_host *host);
	/* For models that have processes of their own in Doorbell's SystemC kernel, whose time is
	 * not before now_ps() (systemc_device.hpp). recall: they have something to do at now_ps(),
	 * so nothing else goes on before that. stall: within read() only, the reading core waits so
	 * long, and they go on. wake: called by them, as wake_at() may be then too. */
	void (*recall)(struct doorbell_host *host);
	void (*stall)(struct doorbell_host *host, uint64_t ps);
	void (*wake)(struct doorbell_host *host);
};

/* What a device is, and its entry points. reset() and tick() may be NULL. */
struct doorbell_device {
	uint32_t version;        /* DOORBELL_DEVICE_VERSION */
	uint16_t vendor, device;
	uint32_t class_code;     /* 24 bits */
	uint32_t bar_bytes;      /* of the registers: a power of two, 16 to 2^30 */
	uint32_t vectors;        /* 1 to 2048 */
	/* `options` is the scenario's text for it, "" without. NULL: it cannot be made, and `error`
	 * says why. */
	void *(*create)(struct doorbell_host *host, const struct doorbell_host_ops *ops,
			const char *options, char *error, size_t error_bytes);
	void (*destroy)(void *device);
	/* 1, 2, 4 or 8 bytes, naturally aligned. */
	uint64_t (*read)(void *device, uint64_t offset, unsigned bytes);
	void (*write)(void *device, uint64_t offset, uint64_t value, unsigned bytes);
	/* `data` of a read are valid for the call. */
	void (*dma_done)(void *device, uint64_t tag, enum doorbell_status status, const void *data,
			 uint32_t bytes);
	void (*tick)(void *device);
	/* Function level reset; answers to requests made before never come. */
	void (*reset)(void *device);
};

extern const struct doorbell_device doorbell_device;

#ifdef __cplusplus
}
#endif
#endif
