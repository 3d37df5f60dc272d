/* SPDX-License-Identifier: MIT */
#include "model/systemc/tlm_endpoint.hpp"

#include <cstring>
#include <stdexcept>

extern "C" {
#include "model/trace/stats.h"
#include "model/trace/trace.h"
}

namespace doorbell {

using sc_core::sc_time;
using sc_core::sc_time_stamp;

Endpoint::Endpoint(const sc_core::sc_module_name &name, const EndpointConfig &cfg)
	: sc_module(name), registers("registers"), memory("memory"), cfg_(cfg)
{
	sim_.engine = engine_create();
	sim_.trace = trace_create(sim_.seed);
	sim_.stats = stats_create();
	if (!sim_.engine || !sim_.trace || !sim_.stats)
		throw std::bad_alloc();
	registers.register_b_transport(this, &Endpoint::b_transport);
	SC_METHOD(run);
}

Endpoint::~Endpoint()
{
	stats_destroy(sim_.stats);
	trace_destroy(sim_.trace);
	engine_destroy(sim_.engine);
}

void Endpoint::attach(const struct mmio_ops *ops,
		      void (*dma_done)(void *, const struct dma_done *), void *device)
{
	ops_ = ops;
	dma_done_ = dma_done;
	device_ = device;
}

sc_time Endpoint::ahead() const
{
	const uint64_t now = sc_time_stamp().value(), engine = sim_now(&sim_).ps;

	return sc_time::from_value(engine > now ? engine - now : 0);
}

void Endpoint::catch_up(struct at to)
{
	if (at_before(to, sim_now(&sim_)))
		return;
	engine_run(sim_.engine, to);
	engine_advance(sim_.engine, to);
}

/* Runs what is due, and asks to be called again for what comes next. */
void Endpoint::run()
{
	const uint64_t now = sc_time_stamp().value();
	const struct at next = (catch_up(at_ps(now)), engine_next(sim_.engine));

	if (at_is_never(next))
		next_trigger(wake_);
	else
		next_trigger(sc_time::from_value(next.ps > now ? next.ps - now : 0), wake_);
}

/* ---- registers ---- */

void Endpoint::access_registers(tlm::tlm_generic_payload &access)
{
	const unsigned bytes = access.get_data_length();
	uint64_t value = 0;

	if (access.get_byte_enable_ptr()) {
		access.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
		return;
	}
	if ((bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) ||
	    access.get_address() % bytes || access.get_streaming_width() < bytes) {
		access.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
		return;
	}
	if (access.get_address() >= cfg_.register_bytes) {
		access.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
		return;
	}
	if (access.is_write()) {
		std::memcpy(&value, access.get_data_ptr(), bytes);
		ops_->write(device_, access.get_address(), value, bytes);
	} else if (access.is_read()) {
		value = ops_->read(device_, access.get_address(), bytes);
		std::memcpy(access.get_data_ptr(), &value, bytes);
	}
	access.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Endpoint::b_transport(tlm::tlm_generic_payload &access, sc_time &delay)
{
	catch_up(at_ps((sc_time_stamp() + delay).value()));
	access_registers(access);
	delay = ahead() + sc_time::from_value(cfg_.access.ps);
	wake_.notify(sc_core::SC_ZERO_TIME);
}

/* ---- DMA and interrupts ---- */

Endpoint::Request *Endpoint::take()
{
	if (free_.empty()) {
		requests_.emplace_back();
		requests_.back().endpoint = this;
		event_init(&requests_.back().event, "tlm.answer", PHASE_LINK, answer,
			   &requests_.back());
		free_.push_back(&requests_.back());
	}
	Request *request = free_.back();

	free_.pop_back();
	return request;
}

struct at Endpoint::transport(Request *request, uint64_t address, enum dma_status *status)
{
	tlm::tlm_generic_payload payload;
	sc_time delay = ahead();

	payload.set_command(request->done.kind == DMA_READ ? tlm::TLM_READ_COMMAND
							   : tlm::TLM_WRITE_COMMAND);
	payload.set_address(address);
	payload.set_data_ptr(request->data.data());
	payload.set_data_length(static_cast<unsigned>(request->data.size()));
	payload.set_streaming_width(payload.get_data_length());
	payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
	memory->b_transport(payload, delay);
	if (payload.is_response_ok())
		*status = DMA_OK;
	else
		*status = payload.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE
				  ? DMA_UNSUPPORTED
				  : DMA_ABORTED;
	return at_ps((sc_time_stamp() + delay).value());
}

void Endpoint::dma(void *ctx, const struct dma_req *req)
{
	auto *endpoint = static_cast<Endpoint *>(ctx);
	Request *request = endpoint->take();
	const bool read = req->kind == DMA_READ;

	request->interrupt = false;
	request->silent = !read && !req->want_done;
	request->data.assign(req->bytes, 0);
	request->done = {};
	request->done.tag = req->tag;
	request->done.kind = req->kind;
	request->done.bytes = req->bytes;
	if (!read)
		std::memcpy(request->data.data(), req->data, req->bytes);
	struct at due = endpoint->transport(request, req->addr, &request->done.status);

	/* Posted writes do not pass each other, and answers do not pass writes
	 * (model/port/dma.h). */
	due = at_max(due, endpoint->written_);
	if (!read)
		endpoint->written_ = due;
	if (read && request->done.status != DMA_OK)
		std::memset(request->data.data(), 0xff, req->bytes);
	request->done.data = read ? request->data.data() : nullptr;
	engine_schedule(endpoint->sim_.engine, &request->event, due);
	endpoint->wake_.notify(sc_core::SC_ZERO_TIME);
}

void Endpoint::msix(void *ctx, unsigned vector)
{
	auto *endpoint = static_cast<Endpoint *>(ctx);
	Request *request = endpoint->take();

	request->interrupt = true;
	request->vector = vector;
	engine_schedule(endpoint->sim_.engine, &request->event,
			at_max(sim_now(&endpoint->sim_), endpoint->written_));
	endpoint->wake_.notify(sc_core::SC_ZERO_TIME);
}

/* The answer is there; or an interrupt may go. */
void Endpoint::answer(void *ctx)
{
	auto *request = static_cast<Request *>(ctx);
	Endpoint *endpoint = request->endpoint;

	if (request->interrupt) {
		enum dma_status ignored;

		request->done.kind = DMA_WRITE;
		request->data.resize(sizeof(request->vector));
		std::memcpy(request->data.data(), &request->vector, sizeof(request->vector));
		endpoint->transport(request, endpoint->cfg_.interrupt_address, &ignored);
	} else if (!request->silent) {
		endpoint->dma_done_(endpoint->device_, &request->done);
	}
	endpoint->free_.push_back(request);
}

} // namespace doorbell
