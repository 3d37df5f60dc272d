/* SPDX-License-Identifier: MIT */
/* What somebody's SystemC platform has: a memory, an interrupt controller, a bus between. They know
 * nothing of Doorbell. All are loosely timed: they annotate, and never wait. */
#ifndef DOORBELL_EXAMPLES_SYSTEMC_PARTS_HPP
#define DOORBELL_EXAMPLES_SYSTEMC_PARTS_HPP

#include <cstdint>
#include <cstring>
#include <vector>

#include <systemc>
#include <tlm>
#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/simple_target_socket.h>

namespace parts {

class Memory : public sc_core::sc_module {
public:
	tlm_utils::simple_target_socket<Memory> socket;
	uint64_t accesses = 0;

	Memory(const sc_core::sc_module_name &name, size_t bytes, const sc_core::sc_time &latency)
		: sc_module(name), socket("socket"), bytes_(bytes), latency_(latency)
	{
		socket.register_b_transport(this, &Memory::b_transport);
	}

private:
	void b_transport(tlm::tlm_generic_payload &access, sc_core::sc_time &delay)
	{
		const uint64_t at = access.get_address(), bytes = access.get_data_length();

		if (at >= bytes_.size() || bytes > bytes_.size() - at) {
			access.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
			return;
		}
		if (access.is_read())
			std::memcpy(access.get_data_ptr(), &bytes_[at], bytes);
		else
			std::memcpy(&bytes_[at], access.get_data_ptr(), bytes);
		delay += latency_;
		accesses++;
		access.set_response_status(tlm::TLM_OK_RESPONSE);
	}

	std::vector<unsigned char> bytes_;
	const sc_core::sc_time latency_;
};

/* A write of a number raises that interrupt, at the time it is annotated with. */
class Interrupts : public sc_core::sc_module {
public:
	tlm_utils::simple_target_socket<Interrupts> socket;
	sc_core::sc_event_queue raised;
	unsigned count = 0;
	uint32_t last = 0;

	explicit Interrupts(const sc_core::sc_module_name &name)
		: sc_module(name), socket("socket"), raised("raised")
	{
		socket.register_b_transport(this, &Interrupts::b_transport);
	}

private:
	void b_transport(tlm::tlm_generic_payload &access, sc_core::sc_time &delay)
	{
		if (!access.is_write() || access.get_data_length() != sizeof(last)) {
			access.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
			return;
		}
		std::memcpy(&last, access.get_data_ptr(), sizeof(last));
		count++;
		raised.notify(delay);
		access.set_response_status(tlm::TLM_OK_RESPONSE);
	}
};

/* Windows of equal size, by number of the target in the order of binding. */
class Bus : public sc_core::sc_module {
public:
	tlm_utils::multi_passthrough_target_socket<Bus> from;
	tlm_utils::multi_passthrough_initiator_socket<Bus> to;
	static constexpr uint64_t window = 1ULL << 28;

	explicit Bus(const sc_core::sc_module_name &name)
		: sc_module(name), from("from"), to("to")
	{
		from.register_b_transport(this, &Bus::b_transport);
	}

private:
	void b_transport(int, tlm::tlm_generic_payload &access, sc_core::sc_time &delay)
	{
		const uint64_t address = access.get_address();

		if (address / window >= to.size()) {
			access.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
			return;
		}
		access.set_address(address % window);
		to[static_cast<unsigned>(address / window)]->b_transport(access, delay);
		access.set_address(address);
	}
};

} // namespace parts
#endif
