/* SPDX-License-Identifier: MIT */
/* One of our device models inside of somebody's SystemC platform: registers are a TLM-2.0 target
 * socket, DMA and interrupts leave by an initiator socket. The endpoint has an engine of its own and
 * follows SystemC's time.
 *
 * Timing contract (loosely timed, b_transport): an access to `registers` takes place at sc_time_stamp()
 * plus its annotated delay, but not before an earlier access; it comes back with the delay
 * grown by cfg.access. Requests on `memory` go out at the engine's time, annotated as the distance to
 * sc_time_stamp(); the delay that the target adds is when the device sees the answer. Targets must
 * not call wait(): the caller may be an SC_METHOD. An interrupt is a write of 4 bytes, the vector's
 * number, to cfg.interrupt_address, behind all DMA writes that were issued before.
 *
 * Not modelled: PCIe (latency is the platform's), byte enables, streaming, DMI, debug transport. */
#ifndef DOORBELL_SYSTEMC_TLM_ENDPOINT_HPP
#define DOORBELL_SYSTEMC_TLM_ENDPOINT_HPP

#include <cstdint>
#include <deque>
#include <vector>

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

extern "C" {
#include "model/core/sim.h"
#include "model/port/dma.h"
#include "model/port/mmio.h"
}

namespace doorbell {

struct EndpointConfig {
	uint64_t register_bytes;        /* the window that `registers` answers */
	struct dur access;              /* what an access to a register takes */
	uint64_t interrupt_address;
};

class Endpoint : public sc_core::sc_module {
public:
	SC_HAS_PROCESS(Endpoint);

	tlm_utils::simple_target_socket<Endpoint> registers;
	tlm_utils::simple_initiator_socket<Endpoint> memory;

	Endpoint(const sc_core::sc_module_name &name, const EndpointConfig &cfg);
	~Endpoint() override;

	/* What a model's create asks for, and the two functions of its ops, with the endpoint as
	 * ctx. */
	struct sim *sim()
	{
		return &sim_;
	}
	static void dma(void *endpoint, const struct dma_req *req);
	static void msix(void *endpoint, unsigned vector);

	/* Before the simulation starts. */
	void attach(const struct mmio_ops *ops, void (*dma_done)(void *, const struct dma_done *),
		    void *device);

private:
	struct Request {
		Endpoint *endpoint;
		struct event event;
		struct dma_done done;
		std::vector<unsigned char> data;
		bool interrupt;
		bool silent;                /* a write that nobody waits for */
		uint32_t vector;
	};

	void run();
	void b_transport(tlm::tlm_generic_payload &access, sc_core::sc_time &delay);
	void access_registers(tlm::tlm_generic_payload &access);
	/* The engine's time less SystemC's. */
	sc_core::sc_time ahead() const;
	void catch_up(struct at to);
	Request *take();
	/* Moves a request's bytes; when its answer is there. */
	struct at transport(Request *request, uint64_t address, enum dma_status *status);
	static void answer(void *request);

	const EndpointConfig cfg_;
	struct sim sim_ = {};
	const struct mmio_ops *ops_ = nullptr;
	void (*dma_done_)(void *, const struct dma_done *) = nullptr;
	void *device_ = nullptr;
	std::deque<Request> requests_;
	std::vector<Request *> free_;
	struct at written_ = {};            /* all DMA writes so far are in memory */
	sc_core::sc_event wake_;
};

} // namespace doorbell
#endif
