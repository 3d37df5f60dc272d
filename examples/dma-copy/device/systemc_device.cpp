// SPDX-License-Identifier: MIT
/* The same device as a SystemC model of somebody else: examples/systemc/copier.hpp, a module with
 * sockets, an interrupt address and a clock that never stops. Option: its clock in MHz. */
#include <cstdlib>
#include <stdexcept>

#include <doorbell/systemc_device.hpp>

#include "examples/systemc/copier.hpp"

namespace {

sc_core::sc_time period(const char *options)
{
	const long mhz = std::atol(options);

	if (mhz < 1 || mhz > 1000)
		throw std::invalid_argument("options: a clock of 1 to 1000 MHz is due");
	return sc_core::sc_time(1.0 / static_cast<double>(mhz), sc_core::SC_US);
}

class Device : public doorbell::SystemcDevice {
public:
	Device(const sc_core::sc_module_name &name, struct doorbell_host *host,
	       const struct doorbell_host_ops *ops, const char *options)
		: SystemcDevice(name, host, ops),
		  copier_("copier", period(options), interrupt_address)
	{
		registers.bind(copier_.registers);
		copier_.memory.bind(memory);
	}

private:
	Copier copier_;
};

} // namespace

DOORBELL_SYSTEMC_DEVICE(Device, 0xd00b, 0xc0c1, 0x088000, 256, 1);
