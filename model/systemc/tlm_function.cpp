/* SPDX-License-Identifier: MIT */
#include "model/systemc/tlm_function.hpp"

#include <cstring>

#include "model/systemc/systemc_host.h"

namespace doorbell {

using sc_core::sc_time;
using sc_core::sc_time_stamp;

const struct mmio_ops Function::bar_ops = { bar_read, bar_write };
const struct pcie_dev_ops Function::dev_ops = { dma_done, nullptr };

Function::Function(const sc_core::sc_module_name &name, struct sim *sim, const FunctionHost &host,
		   uint64_t interrupt_address)
	: sc_module(name), registers("registers"), memory("memory"), sim_(sim), host_(host),
	  interrupt_address_(interrupt_address)
{
	memory.register_b_transport(this, &Function::b_transport);
	SC_THREAD(access_registers);
}

sc_time Function::until(struct at when) const
{
	const uint64_t now = sc_time_stamp().value();

	return sc_time::from_value(when.ps > now ? when.ps - now : 0);
}

/* ---- registers ---- */

/* The machine is at the access's time; SystemC may be behind it, and is let go on. */
void Function::push(const Access &access)
{
	accesses_.push_back(access);
	accessed_.notify(until(access.when));
	host_.recall(host_.ctx);
}

uint64_t Function::bar_read(void *ctx, uint64_t offset, unsigned bytes)
{
	auto *function = static_cast<Function *>(ctx);
	bool done = false;
	uint64_t result = 0;

	function->push({ false, offset, 0, bytes, sim_now(function->sim_), &done, &result });
	while (!done) {
		function->host_.recall(function->host_.ctx);
		function->host_.stall(function->host_.ctx);
	}
	return result;
}

void Function::bar_write(void *ctx, uint64_t offset, uint64_t value, unsigned bytes)
{
	auto *function = static_cast<Function *>(ctx);

	function->push({ true, offset, value, bytes, sim_now(function->sim_), nullptr, nullptr });
}

uint64_t Function::transport(const Access &access)
{
	tlm::tlm_generic_payload payload;
	sc_time delay;
	uint64_t value = access.value;

	payload.set_command(access.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
	payload.set_address(access.offset);
	payload.set_data_ptr(reinterpret_cast<unsigned char *>(&value));
	payload.set_data_length(access.bytes);
	payload.set_streaming_width(access.bytes);
	payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
	registers->b_transport(payload, delay);
	wait(delay);
	/* A read that nobody answers is all ones on PCIe (2.3.2). */
	return payload.is_response_ok() ? value : UINT64_MAX >> (64 - 8 * access.bytes);
}

/* One access after the other, each at its time. */
void Function::access_registers()
{
	for (;;) {
		while (accesses_.empty())
			wait(accessed_);
		const Access access = accesses_.front();

		accesses_.pop_front();
		if (until(access.when) != sc_core::SC_ZERO_TIME)
			wait(until(access.when));
		const uint64_t value = transport(access);

		if (access.write)
			continue;
		*access.result = value;
		*access.done = true;
		systemc_wake();
	}
}

/* ---- DMA and interrupts ---- */

void Function::issue(void *ctx)
{
	auto *request = static_cast<Request *>(ctx);

	if (request->interrupt) {
		pcie_msix(request->function->pcie_, request->vector);
	} else {
		pcie_dma(request->function->pcie_, &request->req);
		if (request->req.kind == DMA_READ)
			return;
	}
	request->done.notify(request->function->until(sim_now(request->function->sim_)));
	request->function->host_.recall(request->function->host_.ctx);
}

void Function::dma_done(void *ctx, const struct dma_done *done)
{
	auto *function = static_cast<Function *>(ctx);
	auto *request = reinterpret_cast<Request *>(done->tag);

	request->status = done->status;
	std::memcpy(request->payload->get_data_ptr(), done->data, done->bytes);
	request->done.notify(function->until(sim_now(function->sim_)));
	function->host_.recall(function->host_.ctx);
}

void Function::b_transport(tlm::tlm_generic_payload &payload, sc_time &delay)
{
	const uint32_t bytes = payload.get_data_length();

	wait(delay);
	delay = sc_core::SC_ZERO_TIME;
	if (!bytes || bytes > 65536 || payload.get_byte_enable_ptr()) {
		payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
		return;
	}
	if (free_.empty()) {
		requests_.emplace_back();
		requests_.back().function = this;
		event_init(&requests_.back().event, "tlm.request", PHASE_DEVICE, issue,
			   &requests_.back());
		free_.push_back(&requests_.back());
	}
	Request *request = free_.back();

	free_.pop_back();
	request->status = DMA_OK;
	request->payload = &payload;
	request->interrupt = payload.is_write() && payload.get_address() == interrupt_address_;
	if (request->interrupt)
		std::memcpy(&request->vector, payload.get_data_ptr(),
			    bytes < sizeof(request->vector) ? bytes : sizeof(request->vector));
	request->req = {};
	request->req.kind = payload.is_read() ? DMA_READ : DMA_WRITE;
	request->req.addr = payload.get_address();
	request->req.bytes = bytes;
	request->req.data = payload.get_data_ptr();
	request->req.tag = reinterpret_cast<uint64_t>(request);
	engine_schedule(sim_->engine, &request->event, systemc_now());
	systemc_wake();
	wait(request->done);
	payload.set_response_status(request->status == DMA_OK ? tlm::TLM_OK_RESPONSE
				    : request->status == DMA_UNSUPPORTED
					    ? tlm::TLM_ADDRESS_ERROR_RESPONSE
					    : tlm::TLM_GENERIC_ERROR_RESPONSE);
	free_.push_back(request);
}

} // namespace doorbell
