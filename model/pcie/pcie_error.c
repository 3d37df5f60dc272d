/* SPDX-License-Identifier: MIT */
/* Errors, on purpose: what the function logs, and a card that is pulled. PCI Express Base
 * Specification 3.0: 6.2 (signalling and logging), 7.10 (advanced error reporting), 2.8 (completion
 * timeout), 2.7.2 (poisoned data). Not modelled: error messages to the root port, which has no
 * configuration space here; ECRC, internal and multicast errors. */
#include "model/pcie/pcie_internal.h"

#include "model/core/assert.h"

/* 7.10.2: uncorrectable errors; 7.10.5: correctable. */
#define UNCORRECTABLE_POISONED 12u
#define UNCORRECTABLE_TIMEOUT  14u
#define UNCORRECTABLE_ABORT    15u
#define UNCORRECTABLE_UR       20u
#define CORRECTABLE_ADVISORY   0x2000u
/* 7.8.5 */
#define DEVSTA_CORRECTABLE     0x0001u
#define DEVSTA_NONFATAL        0x0002u
#define DEVSTA_FATAL           0x0004u
#define DEVSTA_UR              0x0008u
/* 7.5.1.2 */
#define COMMAND_PARITY         0x0040u
#define STATUS_MASTER_PARITY   0x0100u
#define STATUS_SIGNALED_ABORT  0x0800u
#define STATUS_TARGET_ABORT    0x1000u
#define STATUS_MASTER_ABORT    0x2000u
#define STATUS_DETECTED_PARITY 0x8000u

/* 7.8.16: ranges of the completion timeout value, here the least of each. The default's range
 * begins at 50 us, but no timeout is to be shorter than 10 ms if possible. */
static const struct {
	uint64_t us;
	const char *source;
} timeouts[16] = {
	[0x0] = { 10000, "PCIe 7.8.16: default, 10 ms at least recommended" },
	[0x1] = { 50, "PCIe 7.8.16: 50 us to 100 us" },
	[0x2] = { 1000, "PCIe 7.8.16: 1 ms to 10 ms" },
	[0x5] = { 16000, "PCIe 7.8.16: 16 ms to 55 ms" },
	[0x6] = { 65000, "PCIe 7.8.16: 65 ms to 210 ms" },
	[0x9] = { 260000, "PCIe 7.8.16: 260 ms to 900 ms" },
	[0xa] = { 1000000, "PCIe 7.8.16: 1 s to 3.5 s" },
	[0xd] = { 4000000, "PCIe 7.8.16: 4 s to 13 s" },
	[0xe] = { 17000000, "PCIe 7.8.16: 17 s to 64 s" },
};

/* Reserved values count as the default. */
struct dur pcie_timeout(unsigned code)
{
	uint64_t us = timeouts[code & 0xf].us;

	return dur_ps((us ? us : timeouts[0].us) * PS_PER_US);
}

/* 6.2.3.2.4: what another party deals with is an advisory error: logged, and reported as
 * correctable. The first error's bit and header stay until software clears its status (6.2.4.2). */
static void log_uncorrectable(struct pcie_dev *dev, unsigned bit, bool advisory)
{
	uint32_t status = pcie_config_get(dev, PCIE_AER_UNCORRECTABLE);
	uint32_t mask = pcie_config_get(dev, PCIE_AER_UNCORRECTABLE_MASK);
	bool fatal = pcie_config_get(dev, PCIE_AER_SEVERITY) >> bit & 1;

	if (!(status & ~mask) && !(mask >> bit & 1))
		pcie_config_set(dev, PCIE_AER_CONTROL, bit);
	pcie_config_set(dev, PCIE_AER_UNCORRECTABLE, status | 1u << bit);
	if (fatal) {
		pcie_config_status(dev, 0, DEVSTA_FATAL);
	} else if (advisory) {
		uint32_t minor = pcie_config_get(dev, PCIE_AER_CORRECTABLE);

		pcie_config_set(dev, PCIE_AER_CORRECTABLE, minor | CORRECTABLE_ADVISORY);
		pcie_config_status(dev, 0, DEVSTA_CORRECTABLE);
	} else {
		pcie_config_status(dev, 0, DEVSTA_NONFATAL);
	}
	trace_emit(&dev->trace, PCIE_TRACE_ERR_LOGGED, bit, fatal, advisory);
}

/* The function as requester: what a completion said, or that none came (7.5.1.2). */
void pcie_config_error(struct pcie_dev *dev, enum dma_status status)
{
	unsigned command;

	switch (status) {
	case DMA_UNSUPPORTED:
		pcie_config_status(dev, STATUS_MASTER_ABORT, 0);
		break;
	case DMA_ABORTED:
		pcie_config_status(dev, STATUS_TARGET_ABORT, 0);
		break;
	case DMA_TIMEOUT:
		log_uncorrectable(dev, UNCORRECTABLE_TIMEOUT, false);
		break;
	case DMA_POISONED:
		command = pcie_config_get(dev, 0x04) & COMMAND_PARITY;
		pcie_config_status(dev, STATUS_DETECTED_PARITY |
				   (command ? STATUS_MASTER_PARITY : 0), 0);
		log_uncorrectable(dev, UNCORRECTABLE_POISONED, true);
		break;
	case DMA_OK:
		break;
	}
}

void pcie_inject(struct pcie_dev *dev, enum pcie_fault_target target, enum pcie_fault fault,
		 unsigned count)
{
	ASSERT(target < PCIE_FAULT_TARGETS);
	ASSERT(target != PCIE_FAULT_DMA_WRITE || fault == PCIE_FAULT_POISONED);
	dev->faults = true;
	dev->fault[target] = fault;
	dev->fault_count[target] = count;
}

bool pcie_fault_due(struct pcie_dev *dev, enum pcie_fault_target target, enum dma_status *status)
{
	static const enum dma_status as[] = {
		[PCIE_FAULT_UNSUPPORTED] = DMA_UNSUPPORTED,
		[PCIE_FAULT_ABORT] = DMA_ABORTED,
		[PCIE_FAULT_TIMEOUT] = DMA_TIMEOUT,
		[PCIE_FAULT_POISONED] = DMA_POISONED,
	};

	if (!dev->fault_count[target])
		return false;
	dev->fault_count[target]--;
	*status = as[dev->fault[target]];
	return true;
}

/* The function as completer of a register read; false: the read is answered as usual. */
bool pcie_fault_mmio(struct pcie_dev *dev)
{
	enum dma_status status;

	if (!pcie_fault_due(dev, PCIE_FAULT_MMIO_READ, &status))
		return false;
	if (status == DMA_UNSUPPORTED) {
		pcie_config_status(dev, 0, DEVSTA_UR);
		log_uncorrectable(dev, UNCORRECTABLE_UR, true);
	} else if (status == DMA_ABORTED) {
		pcie_config_status(dev, STATUS_SIGNALED_ABORT, 0);
		log_uncorrectable(dev, UNCORRECTABLE_ABORT, true);
	}
	return true;
}

/* A read that nobody answers: the core waits until the root complex gives up. */
bool pcie_fault_silent(const struct pcie_dev *dev)
{
	return dev->fault_count[PCIE_FAULT_MMIO_READ] &&
	       dev->fault[PCIE_FAULT_MMIO_READ] == PCIE_FAULT_TIMEOUT;
}

void pcie_reset_inside(struct pcie_dev *dev)
{
	dev->generation++;
	dev->reads_pending = 0;
	if (dev->dev_ops->reset)
		dev->dev_ops->reset(dev->dev_ctx);
}

void pcie_remove(struct pcie_dev *dev)
{
	if (dev->removed)
		return;
	trace_emit(&dev->trace, PCIE_TRACE_REMOVED, 0, 0, 0);
	dev->removed = true;
	dev->generation++;
	dev->lost_before = dev->generation;
	dev->reads_pending = 0;
	pcie_wait_drop(dev);
	pcie_mmio_drop(dev);
	pcie_config_init(dev);
	if (dev->dev_ops->reset)
		dev->dev_ops->reset(dev->dev_ctx);
}

void pcie_replace(struct pcie_dev *dev)
{
	if (!dev->removed)
		return;
	trace_emit(&dev->trace, PCIE_TRACE_REPLACED, 0, 0, 0);
	dev->removed = false;
	for (unsigned i = 0; i < PCIE_FAULT_TARGETS; i++)
		dev->fault_count[i] = 0;
	pcie_config_init(dev);
	if (dev->dev_ops->reset)
		dev->dev_ops->reset(dev->dev_ctx);
}

bool pcie_removed(const struct pcie_dev *dev)
{
	return dev->removed;
}
