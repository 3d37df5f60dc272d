/* SPDX-License-Identifier: MIT */
/* A SystemC model as a device of Doorbell: a class derived from doorbell::SystemcDevice binds its
 * model to the sockets, and DOORBELL_SYSTEMC_DEVICE makes a library of it (docs/own-device.md).
 * The timing contract:
 *
 * - `registers` sees each access of software at sc_time_stamp(), with delay 0, one after the other.
 *   Targets may call wait() or return with a delay, which is waited for. A read's time is added to
 *   the core's stall, in steps of a nanosecond; writes are posted.
 * - The model calls `memory` from an SC_THREAD; its delay is waited for first. A read returns when
 *   its completion has come back over the link, a write when it was handed to the link.
 * - An interrupt is a write of four bytes, the vector's number, to `interrupt_address`.
 *
 * The device is made before the simulation starts, so modules may be created in its constructor.
 * Not modelled: byte enables, streaming, DMI, debug transport, the non-blocking interface, function
 * level reset of the model. */
#ifndef DOORBELL_SYSTEMC_DEVICE_HPP
#define DOORBELL_SYSTEMC_DEVICE_HPP

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <exception>
#include <map>

#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <doorbell/device.h>

namespace doorbell {

class SystemcDevice : public sc_core::sc_module {
public:
	SC_HAS_PROCESS(SystemcDevice);

	static constexpr uint64_t stall_ps = 1000;     /* steps of a read's time */

	const uint64_t interrupt_address;

	tlm_utils::simple_initiator_socket<SystemcDevice> registers;
	tlm_utils::simple_target_socket<SystemcDevice> memory;

	SystemcDevice(const sc_core::sc_module_name &name, struct doorbell_host *host,
		      const struct doorbell_host_ops *ops,
		      uint64_t interrupts_at = UINT64_MAX & ~uint64_t{ 7 })
		: sc_module(name), interrupt_address(interrupts_at), registers("registers"),
		  memory("memory"), host_(host), ops_(ops)
	{
		memory.register_b_transport(this, &SystemcDevice::b_transport);
		SC_THREAD(access_registers);
	}

	/* ---- called by Doorbell ---- */

	uint64_t read(uint64_t offset, unsigned bytes)
	{
		bool done = false;
		uint64_t result = 0;

		push({ false, offset, 0, bytes, ops_->now_ps(host_), &done, &result });
		while (!done) {
			ops_->recall(host_);
			ops_->stall(host_, stall_ps);
		}
		return result;
	}

	void write(uint64_t offset, uint64_t value, unsigned bytes)
	{
		push({ true, offset, value, bytes, ops_->now_ps(host_), nullptr, nullptr });
	}

	/* What processes have asked for at this time. */
	void tick()
	{
		while (!asked_.empty()) {
			Request *const request = asked_.front();

			asked_.pop_front();
			if (issue(request))
				finish(request);
		}
	}

	void dma_done(uint64_t tag, enum doorbell_status status, const void *data, uint32_t bytes)
	{
		Request *const request = reading_[tag];

		reading_.erase(tag);
		request->status = status;
		std::memcpy(request->payload->get_data_ptr(), data, bytes);
		finish(request);
	}

private:
	struct Access {
		bool write;
		uint64_t offset, value;
		unsigned bytes;
		uint64_t when_ps;
		bool *done;                     /* of a read */
		uint64_t *result;
	};

	struct Request {
		tlm::tlm_generic_payload *payload;
		enum doorbell_status status;
		sc_core::sc_event done;
	};

	sc_core::sc_time until(uint64_t when_ps) const
	{
		const uint64_t now = sc_core::sc_time_stamp().value();

		return sc_core::sc_time::from_value(when_ps > now ? when_ps - now : 0);
	}

	/* The machine is at the access's time; SystemC may be behind it, and is let go on. */
	void push(const Access &access)
	{
		accesses_.push_back(access);
		accessed_.notify(until(access.when_ps));
		ops_->recall(host_);
	}

	uint64_t transport(const Access &access)
	{
		tlm::tlm_generic_payload payload;
		sc_core::sc_time delay;
		uint64_t value = access.value;

		payload.set_command(access.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
		payload.set_address(access.offset);
		payload.set_data_ptr(reinterpret_cast<unsigned char *>(&value));
		payload.set_data_length(access.bytes);
		payload.set_streaming_width(access.bytes);
		payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
		registers->b_transport(payload, delay);
		wait(delay);
		return payload.is_response_ok() ? value : UINT64_MAX;
	}

	/* One access after the other, each at its time. */
	void access_registers()
	{
		for (;;) {
			while (accesses_.empty())
				wait(accessed_);
			const Access access = accesses_.front();

			accesses_.pop_front();
			if (until(access.when_ps) != sc_core::SC_ZERO_TIME)
				wait(until(access.when_ps));
			const uint64_t value = transport(access);

			if (access.write)
				continue;
			*access.result = value;
			*access.done = true;
			ops_->wake(host_);
		}
	}

	/* True: nothing more is to come. */
	bool issue(Request *request)
	{
		tlm::tlm_generic_payload *const payload = request->payload;
		const uint32_t bytes = payload->get_data_length();
		uint32_t vector = 0;

		if (payload->is_read()) {
			reading_[++tag_] = request;
			ops_->dma_read(host_, payload->get_address(), bytes, tag_);
			return false;
		}
		if (payload->get_address() == interrupt_address) {
			std::memcpy(&vector, payload->get_data_ptr(), bytes < 4 ? bytes : 4);
			ops_->interrupt(host_, vector);
		} else {
			ops_->dma_write(host_, payload->get_address(), payload->get_data_ptr(),
					bytes, 0);
		}
		return true;
	}

	void finish(Request *request)
	{
		request->done.notify(until(ops_->now_ps(host_)));
		ops_->recall(host_);
	}

	void b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
	{
		const uint32_t bytes = payload.get_data_length();
		Request request = { &payload, DOORBELL_OK, {} };

		wait(delay);
		delay = sc_core::SC_ZERO_TIME;
		if (!bytes || bytes > DOORBELL_DMA_BYTES_MAX || payload.get_byte_enable_ptr()) {
			payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
			return;
		}
		asked_.push_back(&request);
		ops_->wake_at(host_, sc_core::sc_time_stamp().value());
		ops_->wake(host_);
		wait(request.done);
		payload.set_response_status(request.status == DOORBELL_OK
						    ? tlm::TLM_OK_RESPONSE
					    : request.status == DOORBELL_NO_MEMORY
						    ? tlm::TLM_ADDRESS_ERROR_RESPONSE
						    : tlm::TLM_GENERIC_ERROR_RESPONSE);
	}

	struct doorbell_host *const host_;
	const struct doorbell_host_ops *const ops_;
	std::deque<Access> accesses_;
	sc_core::sc_event accessed_;
	std::deque<Request *> asked_;
	/* Tags are in the trace: addresses would differ from run to run. */
	std::map<uint64_t, Request *> reading_;
	uint64_t tag_ = 0;
};

/* Device(name, host, ops, options); what it throws is the reason why it cannot be made. */
template <class Device> struct SystemcEntry {
	static void *create(struct doorbell_host *host, const struct doorbell_host_ops *ops,
			    const char *options, char *error, size_t error_bytes)
	{
		try {
			return new Device(sc_core::sc_gen_unique_name("device"), host, ops, options);
		} catch (const std::exception &reason) {
			std::snprintf(error, error_bytes, "%s", reason.what());
			return nullptr;
		}
	}

	static Device *device(void *of)
	{
		return static_cast<Device *>(of);
	}

	static void destroy(void *of)
	{
		delete device(of);
	}

	static uint64_t read(void *of, uint64_t offset, unsigned bytes)
	{
		return device(of)->read(offset, bytes);
	}

	static void write(void *of, uint64_t offset, uint64_t value, unsigned bytes)
	{
		device(of)->write(offset, value, bytes);
	}

	static void dma_done(void *of, uint64_t tag, enum doorbell_status status, const void *data,
			     uint32_t bytes)
	{
		device(of)->dma_done(tag, status, data, bytes);
	}

	static void tick(void *of)
	{
		device(of)->tick();
	}
};

} // namespace doorbell

#define DOORBELL_SYSTEMC_DEVICE(Device, vendor_, device_, class_, bar_bytes_, vectors_)           \
	extern "C" __attribute__((visibility("default")))                                         \
	const struct doorbell_device doorbell_device = {                                          \
		DOORBELL_DEVICE_VERSION, vendor_, device_, class_, bar_bytes_, vectors_,          \
		doorbell::SystemcEntry<Device>::create, doorbell::SystemcEntry<Device>::destroy,  \
		doorbell::SystemcEntry<Device>::read, doorbell::SystemcEntry<Device>::write,      \
		doorbell::SystemcEntry<Device>::dma_done, doorbell::SystemcEntry<Device>::tick,   \
		nullptr,                                                                          \
	}

#endif
