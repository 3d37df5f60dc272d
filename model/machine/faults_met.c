/* SPDX-License-Identifier: MIT */
/* Faults that happen to something: messages, register reads, requests, frames, commands, calls. */
#include <stdio.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/machine/internal.h"
#include "model/trace/trace_text.h"

/* Once gone, gone: it is not another opportunity each time. */
bool fault_removed(struct machine *machine, unsigned devfn)
{
	if (!(machine->faults_armed >> FAULT_REMOVED & 1))
		return false;
	for (unsigned i = 0; i < machine->faults; i++) {
		struct fault *fault = &machine->fault[i];

		if (fault->kind == FAULT_REMOVED && fault->devfn == devfn &&
		    (fault->happened || fault_happens(machine, fault)))
			return true;
	}
	return false;
}

unsigned fault_message(struct machine *machine, unsigned devfn, struct dur *delay)
{
	const struct fault *fault;

	*delay = dur_ps(0);
	if (!machine->faults)
		return 1;
	if (fault_removed(machine, devfn) || fault_hits(machine, FAULT_IRQ_LOST, devfn))
		return 0;
	fault = fault_hits(machine, FAULT_IRQ_LATE, devfn);
	if (fault)
		*delay = fault->delay;
	fault = fault_hits(machine, FAULT_IRQ_TWICE, devfn);
	if (!fault)
		return 1;
	*delay = fault->delay;
	return 2;
}

/* ---- registers ---- */

/* The first read fixes what the register shows. */
static uint64_t misread(struct fault *fault, uint64_t value)
{
	if (fault->kind == FAULT_READ_ONES)
		return UINT64_MAX;
	if (fault->kind == FAULT_READ_GARBAGE)
		return random_u64(&fault->random);
	if (fault->happened == 1)
		fault->held = value;
	return fault->held;
}

uint64_t fault_register(struct machine *machine, unsigned devfn, uint64_t offset, uint64_t value)
{
	if (!machine->faults)
		return value;
	if (fault_removed(machine, devfn))
		return UINT64_MAX;
	for (unsigned i = 0; i < machine->faults; i++) {
		struct fault *fault = &machine->fault[i];
		bool reads = fault->kind == FAULT_READ_ONES || fault->kind == FAULT_READ_GARBAGE ||
			     fault->kind == FAULT_READ_STUCK;

		if (reads && fault->devfn == devfn &&
		    (fault->reg == FAULT_ANY_REGISTER || fault->reg == offset) &&
		    fault_happens(machine, fault))
			return misread(fault, value);
	}
	return value;
}

bool fault_register_write(struct machine *machine, unsigned devfn, uint64_t offset)
{
	for (unsigned i = 0; i < machine->faults; i++) {
		struct fault *fault = &machine->fault[i];

		if (fault->kind == FAULT_WRITE_LOST && fault->devfn == devfn &&
		    (fault->reg == FAULT_ANY_REGISTER || fault->reg == offset) &&
		    fault_happens(machine, fault))
			return true;
	}
	return false;
}

/* ---- requests ---- */

/* Which status a kind of link error ends a request with; DMA_OK: it is none. */
static enum dma_status link_error(const struct fault *fault)
{
	switch (fault->kind) {
	case FAULT_PCIE_UNSUPPORTED:
	case FAULT_IOMMU_FAULT:
		return DMA_UNSUPPORTED;
	case FAULT_PCIE_ABORT:
		return DMA_ABORTED;
	case FAULT_PCIE_TIMEOUT:
		return DMA_TIMEOUT;
	case FAULT_PCIE_POISONED:
		return DMA_POISONED;
	default:
		return DMA_OK;
	}
}

/* A kind that any access would do for may still not happen to every one. */
static bool meets(const struct fault *fault, enum fault_access access)
{
	return (fault->access == FAULT_ACCESS_ANY || fault->access == access) &&
	       fault_access_fits(fault_row(fault->kind), access);
}

static bool any_request_fault(const struct machine *machine)
{
	static const uint64_t kinds = 1ULL << FAULT_DMA_ASTRAY | 1ULL << FAULT_IOMMU_FAULT |
				      1ULL << FAULT_PCIE_UNSUPPORTED | 1ULL << FAULT_PCIE_ABORT |
				      1ULL << FAULT_PCIE_TIMEOUT | 1ULL << FAULT_PCIE_POISONED;

	return machine->faults_armed & kinds;
}

bool fault_register_read(struct machine *machine, unsigned devfn, enum dma_status *how)
{
	for (unsigned i = 0; i < machine->faults && any_request_fault(machine); i++) {
		struct fault *fault = &machine->fault[i];

		*how = link_error(fault);
		if (*how != DMA_OK && fault->devfn == devfn &&
		    meets(fault, FAULT_ACCESS_REGISTER) && fault_happens(machine, fault))
			return true;
	}
	return false;
}

bool fault_request(struct machine *machine, unsigned devfn, struct dma_req *req,
		   enum dma_status *status)
{
	enum fault_access access = req->kind == DMA_READ ? FAULT_ACCESS_READ : FAULT_ACCESS_WRITE;

	for (unsigned i = 0; i < machine->faults && any_request_fault(machine); i++) {
		struct fault *fault = &machine->fault[i];
		bool astray = fault->kind == FAULT_DMA_ASTRAY;

		*status = link_error(fault);
		if ((*status == DMA_OK && !astray) || fault->devfn != devfn ||
		    !meets(fault, access) || !fault_happens(machine, fault))
			continue;
		if (astray) {
			req->addr ^= fault->value;
			continue;
		}
		if (fault->kind == FAULT_IOMMU_FAULT)
			iommu_refuse(machine->iommu, devfn, req->addr, req->kind);
		return true;
	}
	return false;
}

struct dur fault_write_late(struct machine *machine, unsigned devfn, const struct dma_req *req)
{
	const struct fault *fault;
	struct dur late = dur_ps(0);

	if (!machine->faults)
		return late;
	fault = fault_hits(machine, FAULT_DMA_LATE, devfn);
	if (fault)
		late = fault->delay;
	fault = req->flags & DMA_DESCRIPTOR ? fault_hits(machine, FAULT_WRITEBACK_LATE, devfn)
					    : NULL;
	return fault ? dur_add(late, fault->delay) : late;
}

/* ---- frames and commands ---- */

/* The same bytes, and zeroes behind them. */
static void lengthened(struct nic_port *port, const struct frame *frame, uint64_t wire_bytes)
{
	uint8_t *data = port->machine->fault_frame;
	struct frame longer = *frame;

	longer.bytes = (uint32_t)wire_bytes - FRAME_FCS_BYTES;
	ASSERT(longer.bytes <= FRAME_BYTES_MAX);
	if (longer.bytes < frame->bytes)
		longer.bytes = frame->bytes;
	memset(data, 0, longer.bytes);
	memcpy(data, frame->data, frame->bytes);
	longer.data = data;
	nic82599_wire_rx(port->nic, &longer);
}

static void damaged(struct nic_port *port, const struct frame *frame)
{
	struct machine *machine = port->machine;
	unsigned devfn = port->cfg->devfn;
	struct frame arriving = *frame;
	const struct fault *fault;

	if (fault_hits(machine, FAULT_FRAME_BAD, devfn))
		arriving.flags |= FRAME_BAD_FCS;
	fault = fault_hits(machine, FAULT_FRAME_OVERSIZE, devfn);
	if (fault) {
		lengthened(port, &arriving, fault->value);
		return;
	}
	fault = fault_hits(machine, FAULT_FRAME_RUNT, devfn);
	if (fault)
		arriving.bytes = (uint32_t)fault->value - FRAME_FCS_BYTES;
	nic82599_wire_rx(port->nic, &arriving);
}

void fault_frame(struct nic_port *port, const struct frame *frame)
{
	struct machine *machine = port->machine;
	unsigned devfn = port->cfg->devfn;

	if (!machine->faults) {
		nic82599_wire_rx(port->nic, frame);
		return;
	}
	if (fault_hits(machine, FAULT_FRAME_LOST, devfn)) {
		port->dropped->value++;
		frames_dropped(port->frames, frame->id);
		return;
	}
	damaged(port, frame);
	if (fault_hits(machine, FAULT_FRAME_TWICE, devfn)) {
		struct frame again = *frame;

		again.id = 0;
		nic82599_wire_rx(port->nic, &again);
	}
}

unsigned fault_completion(struct machine *machine, unsigned devfn, uint16_t *cid, uint16_t *status,
			  struct dur *late)
{
	const struct fault *fault;

	if (!machine->faults)
		return 1;
	if (fault_hits(machine, FAULT_NO_COMPLETION, devfn))
		return 0;
	fault = fault_hits(machine, FAULT_COMPLETION_LATE, devfn);
	if (fault)
		*late = fault->delay;
	fault = fault_hits(machine, FAULT_STATUS, devfn);
	if (fault)
		*status = (uint16_t)fault->value;
	fault = fault_hits(machine, FAULT_WRONG_ID, devfn);
	if (fault)
		*cid ^= (uint16_t)fault->value;
	return fault_hits(machine, FAULT_COMPLETION_TWICE, devfn) ? 2 : 1;
}

/* ---- calls ---- */

/* A call for a device is one of its driver, whoever makes it for the driver. */
static bool calls(const struct machine *machine, const struct fault *fault, unsigned devfn,
		  uint64_t caller)
{
	const char *driver = machine->cfg->device[fault->device].driver;
	const char *glob = fault->caller;
	char name[96], drivers[48], *plus;

	if (devfn != PLAT_NO_DEVICE && devfn != fault->devfn)
		return false;
	if (!*glob && devfn != PLAT_NO_DEVICE)
		return true;
	linux_host_name(caller, name, sizeof(name));
	plus = strchr(name, '+');
	if (plus)
		*plus = 0;
	/* Functions of a driver begin with its name. */
	snprintf(drivers, sizeof(drivers), "%s*", driver ? driver : "");
	return trace_glob_match(*glob ? glob : drivers, name);
}

bool fault_call(struct machine *machine, unsigned call, unsigned devfn, uint64_t caller)
{
	for (unsigned i = 0; i < machine->faults; i++) {
		struct fault *fault = &machine->fault[i];

		if (fault->kind == FAULT_ALLOC + call && calls(machine, fault, devfn, caller) &&
		    fault_happens(machine, fault))
			return true;
	}
	return false;
}
