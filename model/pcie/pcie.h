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
 * root complex. Credits are those of the whole way to the root complex. Completions have no limit
 * of credits, as endpoints and root complexes advertise (2.6.1); the function's own credits limit
 * the register writes of cores, which stall.
 *
 * DEVIATION(PCIe 2.2.2): a payload is counted in bytes, as the closed formula of the literature has
 * it, not in DWs; link.align = 4 counts DWs, larger blocks are those of devices that move such.
 *
 * Not modelled: DLLPs one by one (they take a share of the link, as their rates in the
 * specification say), replays, ECRC, virtual channels, the port of the other end in configuration
 * space (so a switch is invisible to software), hot-plug signalling, write combining of register
 * writes, I/O space, legacy INTx, power states but D0 and D3hot, the time a reset takes. */
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

#define PCIE_DLLP_BY_SPEC UINT32_MAX

/* Credits (2.6.1): headers, and data of 16 bytes; 0 = no limit. */
struct pcie_credits {
	unsigned headers, data;
};

/* Variation of read_rtt: what is added at percentiles; between them it is linear. */
struct pcie_jitter {
	struct dur below;         /* the least is the median less this */
	struct dur p95, p999;     /* above the median; beyond 99.9 % no more */
};

struct pcie_link_cfg {
	unsigned gen;             /* 1..5 */
	unsigned lanes;           /* 1, 2, 4, 8, 16 */
	unsigned mps;             /* bytes: 128..4096 */
	unsigned mrrs;
	unsigned rcb;             /* read completion boundary: 64 or 128; 0 = 64 */
	unsigned combine_above;   /* the root complex answers reads of more bytes by completions as
				   * long as MPS lets, shorter ones by one each `rcb` */
	unsigned align;           /* whole aligned blocks of so many bytes move; 0 = 1 */
	uint32_t dllp_ppm;        /* of the link for DLLPs and SKP; or PCIE_DLLP_BY_SPEC */
	uint32_t dllp_down_ppm;   /* of the direction to the device; 0 = as dllp_ppm */
	unsigned tags;            /* reads outstanding, 1..256; 0 = no limit. More than 32 need
				   * extended tags, which software enables */
	bool extended_tags;
	bool id_ordering;         /* firmware enables IDO for the function's requests */
	struct pcie_credits posted, non_posted;   /* of the root complex */
	unsigned core_writes;     /* header credits of the function for register writes; 0 = any */
	struct dur credit_return; /* TLP sent to its credits back, if nothing holds it up */
	bool jittery;
	struct pcie_jitter jitter;
	uint64_t seed;            /* of the jitter */
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
	struct pcie_switch *uplink;      /* NULL: a root port of its own */
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
struct pcie_switch;

/* ---- a switch: several devices share its link to the root complex ---- */

struct pcie_switch_cfg {
	const char *name;         /* prefix of stats "pcie.NAME." */
	unsigned gen, lanes, mps; /* of the shared link */
	uint32_t dllp_ppm;
	uint32_t dllp_down_ppm;   /* 0 = as dllp_ppm */
	struct dur latency;       /* last bit in to first bit out, either way */
};

/* As pcie_dev_create. Destroy the devices first. */
int pcie_switch_create(struct pcie_switch **out, struct sim *sim,
		       const struct pcie_switch_cfg *cfg);
void pcie_switch_destroy(struct pcie_switch *sw);

/* ---- the device ---- */

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
/* How long a core stalls before its register write is taken: the function's credits are used up by
 * writes under way. Call it once a write, at the time of the write; then write that much later. */
struct dur pcie_mmio_write_time(struct pcie_dev *dev);
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

/* ---- errors, on purpose ---- */

enum pcie_fault {
	PCIE_FAULT_UNSUPPORTED,   /* the completer answers UR */
	PCIE_FAULT_ABORT,         /* the completer answers CA */
	PCIE_FAULT_TIMEOUT,       /* nothing comes back */
	PCIE_FAULT_POISONED,      /* data come with the EP bit */
};

enum pcie_fault_target {
	PCIE_FAULT_DMA_READ,      /* the function is the requester */
	PCIE_FAULT_DMA_WRITE,     /* PCIE_FAULT_POISONED only: the root complex drops the data */
	PCIE_FAULT_MMIO_READ,     /* the function is the completer; the core reads all ones */
	PCIE_FAULT_TARGETS,
};

/* The next `count` transactions of the kind end so. What software sees is what hardware gives:
 * status bits, Device Status, the AER capability at 0x100. */
void pcie_inject(struct pcie_dev *dev, enum pcie_fault_target target, enum pcie_fault fault,
		 unsigned count);
/* The device resets itself: its registers, not its configuration space. What it has posted lands;
 * answers to what it has asked for never come. */
void pcie_reset_inside(struct pcie_dev *dev);
/* The card is pulled: every read gives all ones, writes go nowhere, requests of the device and
 * answers to it are lost, the device is reset. */
void pcie_remove(struct pcie_dev *dev);
/* A card is back in the slot, as after power-on. */
void pcie_replace(struct pcie_dev *dev);
bool pcie_removed(const struct pcie_dev *dev);

#endif
