/* SPDX-License-Identifier: MIT */
/* A Verilated device (examples/rtl/dma_copy.sv) as somebody would bring it: an SC_MODULE with a clock
 * of its own, registers behind a TLM-2.0 target socket, memory through an initiator socket. It knows
 * nothing of Doorbell. Not modelled: its reset by the system. */
#ifndef DOORBELL_EXAMPLES_SYSTEMC_COPIER_HPP
#define DOORBELL_EXAMPLES_SYSTEMC_COPIER_HPP

#include <cstdint>
#include <memory>

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

class Vdma_copy;
class VerilatedContext;

class Copier : public sc_core::sc_module {
public:
	SC_HAS_PROCESS(Copier);

	tlm_utils::simple_target_socket<Copier> registers;
	tlm_utils::simple_initiator_socket<Copier> memory;
	uint64_t cycles = 0;

	/* Its interrupt is a write of 0 to `interrupt_address`. */
	Copier(const sc_core::sc_module_name &name, const sc_core::sc_time &period,
	       uint64_t interrupt_address);
	~Copier() override;

private:
	void b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
	void tick();
	void move();

	sc_core::sc_clock clock_;
	const uint64_t interrupt_address_;
	const std::unique_ptr<VerilatedContext> context_;
	const std::unique_ptr<Vdma_copy> rtl_;
	sc_core::sc_event asked_;
	bool done_ = false, error_ = false, raised_ = false;
	uint64_t data_ = 0;
};

#endif
