/* SPDX-License-Identifier: MIT */
/* PCI Express as devices and software meet it: configuration space with capabilities and BARs,
 * MSI-X, and the link with its latency and bandwidth. One root port a device; every device sits on
 * bus 0 as a root-complex-integrated endpoint would, so enumeration finds no bridges.
 * PCI Express Base Specification 3.0; section numbers in the sources are of it.
 *
 * Capabilities lie where the 82599 has them (its driver reads some by number): power management at
 * 0x40, MSI-X at 0x70, PCI Express at 0xa0. A register access that is not naturally aligned, or not
 * in the 4 KiB, reads 0 and writes nothing.
 *
 * Bytes of a request move at one instant: when its last write TLP, or its first read TLP, is at the
 * root complex. Not modelled (the PCIe issue adds them): flow-control credits, tags, RCB splitting
 * of completions, DLLP overhead, AER, switches, hot-plug, I/O space, legacy INTx, power states but
 * D0 and D3hot, the time a reset takes. */
#ifndef DOORBELL_PCIE_PCIE_H
#define DOORBELL_PCIE_PCIE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/core/sim.h"
#include "model/port/dma.h"
#include "model/port/mmio.h"
#include "model/port/msi.h"
#include "model/port/msix.h"

#define PCIE_BARS 6

struct pcie_link_cfg {
	unsigned gen;             /* 1..5 */
	unsigned lanes;           /* 1, 2, 4, 8, 16 */
	unsigned mps;             /* bytes: 128..4096 */
	unsigned mrrs;
	bool ideal;               /* everything takes no time */
	struct dur read_rtt;      /* of a read at the root complex, without serialisation;
				   * write_latency of it, if it is that long, is the way up */
	struct dur write_latency; /* posted write, one way */
	struct dur mmio_read;     /* CPU read of a device register, whole */
	struct dur mmio_write;    /* CPU posted write, arrival at the device */
};

struct pcie_bar_cfg {
	uint64_t bytes;           /* power of two; 0 = not there, or upper half of the one before */
	bool is64, prefetchable;
	const struct mmio_ops *ops;  /* ctx is dev_ctx; NULL: only the MSI-X table lives there */
};

struct pcie_cfg {
	const char *name;         /* scenario name, prefix of stats "pcie.NAME." */
	unsigned devfn;           /* on bus 0 */
	uint16_t vendor, device, subsystem_vendor, subsystem;
	uint32_t class_code;      /* 24 bits */
	uint8_t revision;
	struct pcie_bar_cfg bar[PCIE_BARS];
	unsigned msix_vectors;    /* 0 = no MSI-X */
	unsigned msix_bar;
	uint32_t msix_table, msix_pba;   /* offsets in that BAR */
	struct msix_port msix_block;     /* table and pending bits of another block; step NULL: own */
	struct pcie_link_cfg link;
};

/* What lies above: memory as the root complex reaches it, after translation. */
struct pcie_root_ops {
	/* Translates and moves one request's bytes at this instant. *extra, 0 before the call, is
	 * the time that translation takes: a write is in memory that much later and holds up what
	 * is behind it, a read's answer starts that much later. On an error nothing is moved. */
	enum dma_status (*access)(void *ctx, unsigned devfn, const struct dma_req *req,
				  void *read_to, struct dur *extra);
	/* A message interrupt arrived at the root complex, behind the device's earlier writes. */
	void (*msi)(void *ctx, unsigned devfn, const struct msi_msg *msg);
	/* The driver broke a rule of the specification, in words; may be NULL. */
	void (*mistake)(void *ctx, unsigned devfn, const char *rule, const char *what,
			uint64_t number);
};

struct pcie_dev_ops {
	void (*dma_done)(void *ctx, const struct dma_done *done);
	/* Function level reset; registers of the device as after power-on. Answers to requests it
	 * made before never come. May be NULL. */
	void (*reset)(void *ctx);
};

struct pcie_dev;

/* 0 or a negative sim_err; on error *out is NULL and sim holds the reason. cfg is copied (name must
 * outlive the device), ops are not. */
int pcie_dev_create(struct pcie_dev **out, struct sim *sim, const struct pcie_cfg *cfg,
		    const struct pcie_dev_ops *dev_ops, void *dev_ctx,
		    const struct pcie_root_ops *root_ops, void *root_ctx);
void pcie_dev_destroy(struct pcie_dev *dev);

/* ---- towards software (called by the machine's address decoder, at the core's time) ---- */
/* 1, 2 or 4 bytes of the 4 KiB space. Push posted writes, as reads of registers do. */
uint32_t pcie_config_read(struct pcie_dev *dev, unsigned offset, unsigned bytes);
void pcie_config_write(struct pcie_dev *dev, unsigned offset, uint32_t value, unsigned bytes);
/* BAR number and offset that decode `pa` now (memory space enabled); -1 if none. */
int pcie_decode(const struct pcie_dev *dev, uint64_t pa, uint64_t *offset);
/* The register access itself, at this instant; the caller has charged link time. */
uint64_t pcie_bar_read(struct pcie_dev *dev, int bar, uint64_t offset, unsigned bytes);
/* A posted write: reaches the device mmio_write later, in order, by an event. */
void pcie_bar_write(struct pcie_dev *dev, int bar, uint64_t offset, uint64_t value, unsigned bytes);
/* How long a core stalls for a register read now, posted writes before it included. The request
 * takes its place on the link: call it once a read. */
struct dur pcie_mmio_read_time(struct pcie_dev *dev);
/* Delivers posted writes still under way: a read pushes them (2.4.1). Called at the time the read
 * reaches the device. */
void pcie_flush_writes(struct pcie_dev *dev);
/* How much longer the value of a read that was answered now is under way, because completions do
 * not pass the DMA writes the device posted before (2.4.1); 0 if all have landed. */
struct dur pcie_read_behind_writes(struct pcie_dev *dev);

/* ---- towards the device ---- */
/* Data of a write are copied before the call returns. Refused (DMA_UNSUPPORTED) while the device is
 * no bus master or not in D0. dma_done comes by an event, never from within. */
void pcie_dma(struct pcie_dev *dev, const struct dma_req *req);
/* Raises MSI-X vector n as a posted write behind earlier DMA writes, or sets its pending bit while
 * masked. False if MSI-X is off, the device is no bus master, or there is no such vector: nothing
 * happens. */
bool pcie_msix(struct pcie_dev *dev, unsigned vector);
bool pcie_bus_master(const struct pcie_dev *dev);
unsigned pcie_devfn(const struct pcie_dev *dev);

#endif
