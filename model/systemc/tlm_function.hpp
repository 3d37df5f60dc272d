/* SPDX-License-Identifier: MIT */
/* A device of somebody else, in SystemC, behind a PCIe function of ours, put together in C++: a
 * doorbell::SystemcDevice (include/doorbell/systemc_device.hpp, with the timing contract) whose host
 * is a struct pcie_dev and an engine, not a machine that loads libraries.
 *
 * - Both clocks agree where they meet: the machine is recalled (FunctionHost) as soon as SystemC has
 *   something to do.
 * - An interrupt passes the function's MSI-X table.
 *
 * Not modelled: what systemc_device.hpp does not model. */
#ifndef DOORBELL_SYSTEMC_TLM_FUNCTION_HPP
#define DOORBELL_SYSTEMC_TLM_FUNCTION_HPP

#include <cstdint>

#include "include/doorbell/systemc_device.hpp"

extern "C" {
#include "model/core/sim.h"
#include "model/pcie/pcie.h"
}

namespace doorbell {

/* What runs the simulated cores; a struct cores is behind it in a machine. */
struct FunctionHost {
	/* Come back to SystemC at this time: it has got something to do (cores_recall). */
	void (*recall)(void *ctx);
	/* The running core stalls so long, and SystemC goes on (core_charge, core_sync). */
	void (*stall)(void *ctx, struct dur time);
	void *ctx;
};

class Function : public SystemcDevice {
public:
	Function(const sc_core::sc_module_name &name, struct sim *sim, const FunctionHost &host,
		 uint64_t interrupts_at);

	/* For pcie_dev_create, with the function as dev_ctx; then attach. */
	static const struct mmio_ops bar_ops;
	static const struct pcie_dev_ops dev_ops;
	void attach(struct pcie_dev *pcie)
	{
		pcie_ = pcie;
	}

private:
	/* As struct doorbell_host_ops; a host is a Function. */
	static const struct doorbell_host_ops host_ops;
	static uint64_t now_ps(struct doorbell_host *host);
	static void wake_at(struct doorbell_host *host, uint64_t when_ps);
	static void dma_read(struct doorbell_host *host, uint64_t address, uint32_t bytes,
			     uint64_t tag);
	static void dma_write(struct doorbell_host *host, uint64_t address, const void *data,
			      uint32_t bytes, uint64_t tag);
	static void interrupt(struct doorbell_host *host, unsigned vector);
	static void recall(struct doorbell_host *host);
	static void stall(struct doorbell_host *host, uint64_t ps);
	static void wake(struct doorbell_host *host);

	static uint64_t bar_read(void *ctx, uint64_t offset, unsigned bytes);
	static void bar_write(void *ctx, uint64_t offset, uint64_t value, unsigned bytes);
	static void answered(void *ctx, const struct dma_done *done);
	static void due(void *ctx);

	struct sim *const sim_;
	const FunctionHost owner_;
	struct pcie_dev *pcie_ = nullptr;
	struct event timer_;
};

} // namespace doorbell
#endif
