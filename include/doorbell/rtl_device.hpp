/* SPDX-License-Identifier: MIT */
/* A Verilated module as a device of Doorbell: DOORBELL_RTL_DEVICE(Vtop, vendor, device, class code,
 * bytes of registers, vectors) in one C++ file makes the whole library (docs/own-device.md,
 * examples/dma-copy). The module has these ports:
 *
 *   clk, rst_n
 *   registers, AXI4-Lite of 32-bit words:
 *     awvalid awready awaddr wvalid wready wdata bvalid bready arvalid arready araddr rvalid
 *     rready rdata
 *   memory, eight bytes a beat, one request outstanding:
 *     mem_valid mem_ready mem_write mem_address mem_wdata mem_done mem_error mem_rdata
 *   irq    a bit for each vector; a message is sent when it rises
 *   busy   0: no clock is needed until the next register access
 *
 * Edges of clk are at whole multiples of its period; option "clock=250MHz", 100 MHz without. While
 * `busy` is 0 and no answer is due there are none, and the device costs nothing. A register access
 * begins at the first edge that is not before it, and what the module does in the cycles of the
 * handshake is done at that instant; the memory port waits meanwhile. Writes to memory are posted,
 * as PCIe's are: the module gets mem_done in the next cycle, and never an error.
 *
 * Not modelled: WSTRB, bursts, write responses, several clocks, the time that the handshake adds to
 * the reading core's stall. */
#ifndef DOORBELL_RTL_DEVICE_HPP
#define DOORBELL_RTL_DEVICE_HPP

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>

#include <verilated.h>

#include <doorbell/device.h>

namespace doorbell {

constexpr uint64_t rtl_ps_per_us = 1000000;
constexpr unsigned rtl_handshake_max = 1000;   /* cycles after which an access is given up */

template <class Top> class RtlDevice {
public:
	RtlDevice(struct doorbell_host *host, const struct doorbell_host_ops *ops, uint64_t period)
		: host_(host), ops_(ops), period_(period), context_(new VerilatedContext),
		  top_(new Top(context_.get(), "top"))
	{
		reset();
	}

	~RtlDevice()
	{
		top_->final();
	}

	void reset()
	{
		request_++;
		done_ = error_ = waiting_ = false;
		irq_ = 0;
		top_->awvalid = top_->wvalid = top_->arvalid = 0;
		top_->bready = top_->rready = 1;
		top_->rst_n = 0;
		for (unsigned i = 0; i < 4; i++)
			cycle(false);
		top_->rst_n = 1;
		ops_->wake_at(host_, DOORBELL_NEVER);
	}

	/* Ones, as from a bus without an answer, if the module does not take the address. */
	uint32_t read(uint64_t offset)
	{
		unsigned left = rtl_handshake_max;

		begin();
		top_->araddr = offset;
		top_->arvalid = 1;
		top_->eval();
		while (!top_->arready && --left)
			cycle(false);
		cycle(false);
		top_->arvalid = 0;
		top_->eval();
		while (!top_->rvalid && left && --left)
			cycle(false);
		const uint32_t value = left ? top_->rdata : UINT32_MAX;

		cycle(false);
		go_on();
		return value;
	}

	void write(uint64_t offset, uint32_t value)
	{
		unsigned left = rtl_handshake_max;

		begin();
		top_->awaddr = offset;
		top_->wdata = value;
		top_->awvalid = top_->wvalid = 1;
		top_->eval();
		while (!(top_->awready && top_->wready) && --left)
			cycle(false);
		cycle(false);
		top_->awvalid = top_->wvalid = 0;
		top_->eval();
		while (top_->bvalid && left && --left)
			cycle(false);
		go_on();
	}

	void tick()
	{
		cycle(true);
		go_on();
	}

	void answer(uint64_t tag, enum doorbell_status status, const void *data, uint32_t bytes)
	{
		if (tag != request_)
			return;   /* of before a reset */
		waiting_ = false;
		done_ = true;
		error_ = status != DOORBELL_OK;
		std::memcpy(&data_, data, bytes < sizeof(data_) ? bytes : sizeof(data_));
	}

private:
	/* The clock stood still: its next edge is not before now. */
	void begin()
	{
		const uint64_t first = (ops_->now_ps(host_) + period_ - 1) / period_;

		if (edge_ < first)
			edge_ = first;
	}

	void go_on()
	{
		const bool needed = top_->busy || waiting_ || done_;

		ops_->wake_at(host_, needed ? edge_ * period_ : DOORBELL_NEVER);
	}

	/* Both edges; inputs change behind the falling one. */
	void cycle(bool memory)
	{
		const bool take = memory && top_->mem_valid && !waiting_ && !done_;

		top_->mem_ready = take;
		top_->mem_done = memory && done_;
		top_->mem_error = error_;
		top_->mem_rdata = data_;
		if (memory)
			done_ = false;
		if (take)
			ask();
		top_->clk = 1;
		top_->eval();
		top_->clk = 0;
		top_->eval();
		edge_++;
		interrupts();
	}

	void ask()
	{
		const uint64_t data = top_->mem_wdata;

		error_ = false;
		request_++;
		if (top_->mem_write) {
			ops_->dma_write(host_, top_->mem_address, &data, sizeof(data), 0);
			done_ = true;
		} else {
			waiting_ = true;
			ops_->dma_read(host_, top_->mem_address, sizeof(data), request_);
		}
	}

	void interrupts()
	{
		const uint64_t now = top_->irq, rising = now & ~irq_;

		irq_ = now;
		for (unsigned vector = 0; vector < 64; vector++)
			if (rising >> vector & 1)
				ops_->interrupt(host_, vector);
	}

	struct doorbell_host *const host_;
	const struct doorbell_host_ops *const ops_;
	const uint64_t period_;
	const std::unique_ptr<VerilatedContext> context_;
	const std::unique_ptr<Top> top_;
	uint64_t edge_ = 0;        /* the next one, in periods */
	uint64_t request_ = 0, data_ = 0, irq_ = 0;
	bool waiting_ = false;     /* for an answer */
	bool done_ = false, error_ = false;   /* to be told in the next cycle */
};

/* "clock=100MHz", or nothing. 0: refused. */
inline uint64_t rtl_period_ps(const char *options, char *error, size_t error_bytes)
{
	unsigned long long mhz = 100;
	int used = 0;

	if (*options && (std::sscanf(options, "clock=%lluMHz%n", &mhz, &used) != 1 ||
			 options[used]))
		mhz = 0;
	if (mhz && mhz <= rtl_ps_per_us && rtl_ps_per_us % mhz == 0)
		return rtl_ps_per_us / mhz;
	std::snprintf(error, error_bytes,
		      "options \"%s\": clock=<number>MHz is due, of whole picoseconds", options);
	return 0;
}

template <class Top> struct RtlEntry {
	static void *create(struct doorbell_host *host, const struct doorbell_host_ops *ops,
			    const char *options, char *error, size_t error_bytes)
	{
		const uint64_t period = rtl_period_ps(options, error, error_bytes);

		return period ? new RtlDevice<Top>(host, ops, period) : nullptr;
	}

	static RtlDevice<Top> *device(void *of)
	{
		return static_cast<RtlDevice<Top> *>(of);
	}

	static void destroy(void *of)
	{
		delete device(of);
	}

	/* Words; what is smaller is a part of one, what is larger reads as two. */
	static uint64_t read(void *of, uint64_t offset, unsigned bytes)
	{
		uint64_t value = device(of)->read(offset & ~3ull);

		if (bytes == 8)
			value |= static_cast<uint64_t>(device(of)->read(offset + 4)) << 32;
		return value >> 8 * (offset & 3);
	}

	static void write(void *of, uint64_t offset, uint64_t value, unsigned bytes)
	{
		if (bytes < 4)
			return;
		device(of)->write(offset, static_cast<uint32_t>(value));
		if (bytes == 8)
			device(of)->write(offset + 4, static_cast<uint32_t>(value >> 32));
	}

	static void dma_done(void *of, uint64_t tag, enum doorbell_status status, const void *data,
			     uint32_t bytes)
	{
		device(of)->answer(tag, status, data, bytes);
	}

	static void tick(void *of)
	{
		device(of)->tick();
	}

	static void reset(void *of)
	{
		device(of)->reset();
	}
};

} // namespace doorbell

#define DOORBELL_RTL_DEVICE(Top, vendor_, device_, class_, bar_bytes_, vectors_)                  \
	extern "C" __attribute__((visibility("default")))                                         \
	const struct doorbell_device doorbell_device = {                                          \
		DOORBELL_DEVICE_VERSION, vendor_, device_, class_, bar_bytes_, vectors_,          \
		doorbell::RtlEntry<Top>::create, doorbell::RtlEntry<Top>::destroy,                \
		doorbell::RtlEntry<Top>::read, doorbell::RtlEntry<Top>::write,                    \
		doorbell::RtlEntry<Top>::dma_done, doorbell::RtlEntry<Top>::tick,                 \
		doorbell::RtlEntry<Top>::reset,                                                   \
	}

#endif
