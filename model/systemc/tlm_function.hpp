/* SPDX-License-Identifier: MIT */
/* A device of somebody else, in SystemC, behind a PCIe function of ours: software's register accesses
 * leave by a TLM-2.0 initiator socket, the device's DMA and interrupts come in by a target socket.
 *
 * Timing contract (blocking transport):
 * - Both clocks agree where they meet: the machine is recalled (FunctionHost) as soon as SystemC has
 *   something to do, so `registers` sees every access at sc_time_stamp(), with delay 0.
 * - Targets may call wait(), or return with a delay, which is then waited for. Accesses of one
 *   function are made one after the other. A read's time is added to the core's stall, in steps of
 *   FunctionHost.stall; a write is posted and holds up what comes behind it.
 * - The device calls `memory` from an SC_THREAD; its delay is waited for first. A read returns when
 *   the completion has come back over the link, a write when it was handed to the link (posted).
 * - An interrupt is a write of 4 bytes, the vector's number, to cfg.interrupt_address; it stays behind
 *   the device's earlier writes and passes the function's MSI-X table.
 *
 * Not modelled: byte enables, streaming, DMI, debug transport, function level reset of the device,
 * the non-blocking interface (phases would bring nothing: the link is modelled on our side). */
#ifndef DOORBELL_SYSTEMC_TLM_FUNCTION_HPP
#define DOORBELL_SYSTEMC_TLM_FUNCTION_HPP

#include <cstdint>
#include <deque>
#include <vector>

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

extern "C" {
#include "model/core/sim.h"
#include "model/pcie/pcie.h"
}

namespace doorbell {

/* What runs the simulated cores; a struct cores is behind it in a machine. */
struct FunctionHost {
	/* Come back to SystemC at this time: it has got something to do (cores_recall). */
	void (*recall)(void *ctx);
	/* The running core stalls a little, and SystemC goes on (core_charge, core_sync). */
	void (*stall)(void *ctx);
	void *ctx;
};

class Function : public sc_core::sc_module {
public:
	SC_HAS_PROCESS(Function);

	tlm_utils::simple_initiator_socket<Function> registers;
	tlm_utils::simple_target_socket<Function> memory;

	Function(const sc_core::sc_module_name &name, struct sim *sim, const FunctionHost &host,
		 uint64_t interrupt_address);

	/* For pcie_dev_create, with the function as dev_ctx; then attach. */
	static const struct mmio_ops bar_ops;
	static const struct pcie_dev_ops dev_ops;
	void attach(struct pcie_dev *pcie)
	{
		pcie_ = pcie;
	}

private:
	struct Access {
		bool write;
		uint64_t offset, value;
		unsigned bytes;
		struct at when;
		bool *done;                     /* of a read */
		uint64_t *result;
	};

	struct Request {
		Function *function;
		struct event event;
		struct dma_req req;
		tlm::tlm_generic_payload *payload;
		bool interrupt;
		uint32_t vector;
		enum dma_status status;
		sc_core::sc_event done;
	};

	static uint64_t bar_read(void *ctx, uint64_t offset, unsigned bytes);
	static void bar_write(void *ctx, uint64_t offset, uint64_t value, unsigned bytes);
	static void dma_done(void *ctx, const struct dma_done *done);
	static void issue(void *request);
	void push(const Access &access);
	void access_registers();
	uint64_t transport(const Access &access);
	void b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
	sc_core::sc_time until(struct at when) const;

	struct sim *const sim_;
	const FunctionHost host_;
	const uint64_t interrupt_address_;
	struct pcie_dev *pcie_ = nullptr;
	std::deque<Access> accesses_;
	sc_core::sc_event accessed_;
	std::deque<Request> requests_;
	std::vector<Request *> free_;
};

} // namespace doorbell
#endif
