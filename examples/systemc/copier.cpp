/* SPDX-License-Identifier: MIT */
#include "examples/systemc/copier.hpp"

#include <cstring>

/* Verilator's header takes it for global when SystemC is there. */
using sc_core::sc_time_stamp;
#include "Vdma_copy.h"

Copier::Copier(const sc_core::sc_module_name &name, const sc_core::sc_time &period,
	       uint64_t interrupt_address)
	: sc_module(name), registers("registers"), memory("memory"), clock_("clock", period),
	  interrupt_address_(interrupt_address), context_(new VerilatedContext),
	  rtl_((context_->threads(1), new Vdma_copy(context_.get(), "copier")))
{
	registers.register_b_transport(this, &Copier::b_transport);
	rtl_->rst_n = 0;
	for (unsigned edge = 0; edge < 4; edge++) {
		rtl_->clk = edge & 1;
		rtl_->eval();
	}
	rtl_->rst_n = 1;
	SC_METHOD(tick);
	sensitive << clock_;
	dont_initialize();
	SC_THREAD(move);
}

Copier::~Copier() = default;

/* Both edges of its clock; the memory's side is served by move(). */
void Copier::tick()
{
	rtl_->clk = clock_.read();
	if (clock_.posedge()) {
		cycles++;
		rtl_->mem_ready = !done_ && rtl_->mem_valid;
		rtl_->mem_done = done_;
		rtl_->mem_error = error_;
		rtl_->mem_rdata = data_;
		done_ = false;
		if (rtl_->mem_ready)
			asked_.notify();
	}
	rtl_->eval();
	if (rtl_->irq && !raised_)
		asked_.notify();
	raised_ &= rtl_->irq;
}

/* What the memory port asks for, and the interrupt: transactions that take time. */
void Copier::move()
{
	for (;;) {
		wait(asked_);
		tlm::tlm_generic_payload payload;
		sc_core::sc_time delay;
		uint64_t data = 0;
		const bool interrupt = rtl_->irq && !raised_;
		const bool write = interrupt || rtl_->mem_write;

		raised_ |= interrupt;
		data = interrupt ? 0 : rtl_->mem_wdata;
		payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
		payload.set_address(interrupt ? interrupt_address_ : rtl_->mem_address);
		payload.set_data_ptr(reinterpret_cast<unsigned char *>(&data));
		payload.set_data_length(interrupt ? 4 : 8);
		payload.set_streaming_width(payload.get_data_length());
		memory->b_transport(payload, delay);
		wait(delay);
		if (interrupt)
			continue;
		data_ = data;
		error_ = !payload.is_response_ok();
		done_ = true;
	}
}

/* An AXI4-Lite access: takes the clock cycles that the RTL takes. */
void Copier::b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
	uint32_t value = 0;

	if (payload.get_data_length() != 4 || payload.get_address() > 0xfc) {
		payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
		return;
	}
	wait(delay);
	delay = sc_core::SC_ZERO_TIME;
	wait(clock_.negedge_event());
	if (payload.is_write()) {
		std::memcpy(&value, payload.get_data_ptr(), 4);
		rtl_->awvalid = rtl_->wvalid = rtl_->bready = 1;
		rtl_->awaddr = static_cast<uint8_t>(payload.get_address());
		rtl_->wdata = value;
		wait(clock_.negedge_event());
		rtl_->awvalid = rtl_->wvalid = 0;
		while (rtl_->bvalid)
			wait(clock_.negedge_event());
	} else {
		rtl_->arvalid = rtl_->rready = 1;
		rtl_->araddr = static_cast<uint8_t>(payload.get_address());
		wait(clock_.negedge_event());
		rtl_->arvalid = 0;
		while (!rtl_->rvalid)
			wait(clock_.negedge_event());
		value = rtl_->rdata;
		std::memcpy(payload.get_data_ptr(), &value, 4);
		wait(clock_.negedge_event());
	}
	payload.set_response_status(tlm::TLM_OK_RESPONSE);
}
