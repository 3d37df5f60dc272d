/* SPDX-License-Identifier: MIT */
/* A PCIe device between a fake device model and a fake root complex with a little memory; all that
 * reaches either side is logged with its time. */
#ifndef DOORBELL_TESTS_UNIT_PCIE_RIG_H
#define DOORBELL_TESTS_UNIT_PCIE_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/pcie/pcie.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"

#define RIG_LOG        4096
#define RIG_MEMORY     (256 * 1024u)   /* bus addresses 0.. */
#define RIG_ABORT_ADDR 0x80000000ULL   /* the root complex refuses (CA) */
#define RIG_DEVFN      0x18
#define RIG_VECTORS    70              /* more than one word of pending bits */
#define RIG_BAR0_BYTES 0x20000u
#define RIG_MSIX_BAR   4
#define RIG_MSIX_TABLE 0x1000u
#define RIG_MSIX_PBA   0x3000u
#define RIG_BAR0_AT    0xd0000000ULL
#define RIG_BAR4_AT    0x900000000ULL

#define READ_RTT_NS      400
#define WRITE_LATENCY_NS 150
#define MMIO_READ_NS     700
#define MMIO_WRITE_NS    250

/* Registers (PCI 3.0, PCIe 3.0 chapter 7), as a driver knows them. */
#define CFG_COMMAND   0x04
#define CFG_STATUS    0x06
#define CFG_BAR0      0x10
#define CFG_BAR4      0x20
#define CFG_PMCSR     0x44
#define CFG_MSIX_CTRL 0x72
#define CFG_DEVCTL    0xa8
#define CFG_DEVSTA    0xaa

enum rig_what {
	RIG_ACCESS_READ,
	RIG_ACCESS_WRITE,
	RIG_MSI,
	RIG_DONE,
	RIG_REG_WRITE,
	RIG_REG_READ,
	RIG_RESET,
};

struct rig_entry {
	enum rig_what what;
	uint64_t ps;
	uint64_t addr;            /* bus address, or register offset */
	uint64_t value;           /* message data, register value, first data byte */
	uint64_t tag;
	uint8_t last;             /* last data byte */
	uint32_t bytes;
	enum dma_status status;
};

struct rig {
	struct sim sim;
	struct pcie_dev *dev;
	uint8_t memory[RIG_MEMORY];
	struct dur extra;         /* what the root complex adds to each access */
	struct rig_entry log[RIG_LOG];
	size_t logged;
	/* Called in dma_done: a device that goes on from there. */
	void (*on_done)(struct rig *rig, const struct dma_done *done);
	bool inside;              /* in a call to the device: dma_done must not come now */
};

/* cmocka setup and teardown: an enabled device on a Gen3 x8 link, MPS 256, MRRS 512. */
int rig_setup(void **state);
int rig_setup_ideal(void **state);
int rig_teardown(void **state);
struct pcie_cfg rig_cfg(const char *name);
/* Replaces the device by one of another configuration. */
void rig_recreate(struct rig *rig, const struct pcie_cfg *cfg);
/* Both devices anew, on the engine, trace and stats of `rig`; the caller destroys other->dev. */
void rig_share(struct rig *other, struct rig *rig, const struct pcie_cfg *other_cfg,
	       const struct pcie_cfg *cfg);
/* The same in two steps, so that a switch can be made between them. */
void rig_share_begin(struct rig *other, struct rig *rig);
void rig_share_end(struct rig *other, struct rig *rig, const struct pcie_cfg *other_cfg,
		   const struct pcie_cfg *cfg);
void rig_enable(struct rig *rig);
void rig_run(struct rig *rig);
void rig_run_ns(struct rig *rig, uint64_t ns);
void rig_read(struct rig *rig, uint64_t addr, uint32_t bytes, uint64_t tag);
void rig_write(struct rig *rig, uint64_t addr, uint32_t bytes, uint8_t fill, uint64_t tag,
	       int want_done);
/* The n-th entry of a kind; fails the test if there is none. */
const struct rig_entry *rig_find(struct rig *rig, enum rig_what what, size_t n);
size_t rig_count(const struct rig *rig, enum rig_what what);
/* Position in the log of the n-th entry of a kind. */
size_t rig_position(struct rig *rig, enum rig_what what, size_t n);
void rig_vector(struct rig *rig, unsigned vector, uint64_t addr, uint32_t data, bool masked);
void rig_msix_control(struct rig *rig, bool enable, bool mask);
/* Register write or read through the link, all the way. */
void rig_bar_write(struct rig *rig, int bar, uint64_t offset, uint64_t value, unsigned bytes);
uint64_t rig_pba(struct rig *rig, unsigned word);
struct stat_value rig_stat(struct rig *rig, const char *name);
uint64_t rig_now_ps(const struct rig *rig);
/* Time of bytes on the rig's link, Gen3 x8: 130/128 ns a byte and lane. */
uint64_t rig_wire_ps(uint64_t bytes);

#endif
