/* SPDX-License-Identifier: MIT */
#include "model/systemc/tlm_function.hpp"

#include "model/systemc/systemc_host.h"

namespace doorbell {

const struct mmio_ops Function::bar_ops = { bar_read, bar_write };
const struct pcie_dev_ops Function::dev_ops = { answered, nullptr };
const struct doorbell_host_ops Function::host_ops = {
	DOORBELL_DEVICE_VERSION, now_ps, wake_at, dma_read, dma_write, interrupt, nullptr, recall,
	stall, wake,
};

static Function *function_of(struct doorbell_host *host)
{
	return reinterpret_cast<Function *>(host);
}

Function::Function(const sc_core::sc_module_name &name, struct sim *sim, const FunctionHost &host,
		   uint64_t interrupts_at)
	: SystemcDevice(name, reinterpret_cast<struct doorbell_host *>(this), &host_ops,
			interrupts_at),
	  sim_(sim), owner_(host)
{
	event_init(&timer_, "tlm.request", PHASE_DEVICE, due, this);
}

/* ---- what the device asks for ---- */

uint64_t Function::now_ps(struct doorbell_host *host)
{
	return sim_now(function_of(host)->sim_).ps;
}

void Function::wake_at(struct doorbell_host *host, uint64_t when_ps)
{
	Function *const function = function_of(host);

	engine_reschedule(function->sim_->engine, &function->timer_,
			  at_max(at_ps(when_ps), sim_now(function->sim_)));
}

void Function::dma_read(struct doorbell_host *host, uint64_t address, uint32_t bytes, uint64_t tag)
{
	struct dma_req req = {};

	req.kind = DMA_READ;
	req.addr = address;
	req.bytes = bytes;
	req.tag = tag;
	pcie_dma(function_of(host)->pcie_, &req);
}

void Function::dma_write(struct doorbell_host *host, uint64_t address, const void *data,
			 uint32_t bytes, uint64_t)
{
	struct dma_req req = {};

	req.kind = DMA_WRITE;
	req.addr = address;
	req.bytes = bytes;
	req.data = data;
	pcie_dma(function_of(host)->pcie_, &req);
}

void Function::interrupt(struct doorbell_host *host, unsigned vector)
{
	pcie_msix(function_of(host)->pcie_, vector);
}

void Function::recall(struct doorbell_host *host)
{
	const FunctionHost &owner = function_of(host)->owner_;

	owner.recall(owner.ctx);
}

void Function::stall(struct doorbell_host *host, uint64_t ps)
{
	const FunctionHost &owner = function_of(host)->owner_;

	owner.stall(owner.ctx, dur_ps(ps));
}

void Function::wake(struct doorbell_host *)
{
	systemc_wake();
}

/* ---- what is asked of the device ---- */

void Function::due(void *ctx)
{
	static_cast<Function *>(ctx)->tick();
}

uint64_t Function::bar_read(void *ctx, uint64_t offset, unsigned bytes)
{
	/* Ones of all widths, as a read that nobody answers has on PCIe (2.3.2). */
	return static_cast<Function *>(ctx)->read(offset, bytes) &
	       UINT64_MAX >> (64 - 8 * bytes);
}

void Function::bar_write(void *ctx, uint64_t offset, uint64_t value, unsigned bytes)
{
	static_cast<Function *>(ctx)->write(offset, value, bytes);
}

void Function::answered(void *ctx, const struct dma_done *done)
{
	enum doorbell_status status = DOORBELL_OK;

	if (done->status != DMA_OK)
		status = done->status == DMA_UNSUPPORTED ? DOORBELL_NO_MEMORY : DOORBELL_REFUSED;
	static_cast<Function *>(ctx)->dma_done(done->tag, status, done->data, done->bytes);
}

} // namespace doorbell
