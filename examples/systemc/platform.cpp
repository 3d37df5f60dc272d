/* SPDX-License-Identifier: MIT */
/* Doorbell's NVMe controller in somebody's SystemC platform: a processor (an SC_THREAD) with a
 * driver of its own, a memory and an interrupt controller on a bus. The driver starts the
 * controller, makes a pair of queues, writes blocks, reads them back and compares. Prints what
 * it took in simulated time; exit 1 if anything is wrong. */
#include <cstdio>
#include <stdexcept>
#include <string>

#include "examples/systemc/parts.hpp"
#include "model/systemc/tlm_endpoint.hpp"

extern "C" {
#include "devices/nvme/nvme.h"
}

namespace {

using sc_core::sc_time;

/* Windows of the bus. */
constexpr uint64_t ram = 0 * parts::Bus::window, nvme_at = 1 * parts::Bus::window,
		   interrupts_at = 2 * parts::Bus::window;
/* Layout of the memory. */
constexpr uint64_t queues_at = ram + 0x10000, data_at = ram + 0x100000, back_at = ram + 0x200000;
constexpr unsigned entries = 16, commands = 100;

struct Queue {
	unsigned id, tail, head;
	bool phase;
	uint64_t submissions, completions;
};

Queue queue(unsigned id)
{
	const uint64_t at = queues_at + 0x2000 * id;

	return { id, 0, 0, true, at, at + 0x1000 };
}

class Processor : public sc_core::sc_module {
public:
	SC_HAS_PROCESS(Processor);

	tlm_utils::simple_initiator_socket<Processor> socket;
	bool good = false;
	sc_time per_read;

	Processor(const sc_core::sc_module_name &name, parts::Interrupts &interrupts)
		: sc_module(name), socket("socket"), interrupts_(interrupts)
	{
		SC_THREAD(run);
	}

private:
	template <class Word> void access(tlm::tlm_command command, uint64_t address, Word *word)
	{
		tlm::tlm_generic_payload payload;
		sc_time delay;

		payload.set_command(command);
		payload.set_address(address);
		payload.set_data_ptr(reinterpret_cast<unsigned char *>(word));
		payload.set_data_length(sizeof(*word));
		payload.set_streaming_width(sizeof(*word));
		socket->b_transport(payload, delay);
		if (!payload.is_response_ok())
			throw std::runtime_error(payload.get_response_string());
		wait(delay);
	}

	void write32(uint64_t address, uint32_t value)
	{
		access(tlm::TLM_WRITE_COMMAND, address, &value);
	}

	uint32_t read32(uint64_t address)
	{
		uint32_t value = 0;

		access(tlm::TLM_READ_COMMAND, address, &value);
		return value;
	}

	/* NVM Express 1.4, 4.2 and 4.6: a command of 16 words in, a status out. */
	unsigned command(Queue &q, const uint32_t (&words)[16])
	{
		for (unsigned i = 0; i < 16; i++)
			write32(q.submissions + 64 * q.tail + 4 * i, words[i]);
		q.tail = (q.tail + 1) % entries;
		write32(nvme_at + 0x1000 + 8 * q.id, q.tail);
		for (;;) {
			const uint32_t last = read32(q.completions + 16 * q.head + 12);

			if ((last >> 16 & 1) == q.phase) {
				q.head = (q.head + 1) % entries;
				q.phase ^= q.head == 0;
				write32(nvme_at + 0x1004 + 8 * q.id, q.head);
				return last >> 17;
			}
			wait(interrupts_.raised.default_event());
		}
	}

	void must(unsigned status, const char *what)
	{
		if (status)
			throw std::runtime_error(std::string(what) + " failed");
	}

	void start(Queue &admin)
	{
		write32(nvme_at + 0x24, (entries - 1) << 16 | (entries - 1));
		write32(nvme_at + 0x28, static_cast<uint32_t>(admin.submissions));
		write32(nvme_at + 0x2c, 0);
		write32(nvme_at + 0x30, static_cast<uint32_t>(admin.completions));
		write32(nvme_at + 0x34, 0);
		write32(nvme_at + 0x14, 0x00460001);
		while (!(read32(nvme_at + 0x1c) & 1))
			wait(sc_time(1, sc_core::SC_US));
	}

	void make_queues(Queue &admin, const Queue &io)
	{
		const uint32_t size = (entries - 1) << 16 | io.id;

		must(command(admin, { 5, 0, 0, 0, 0, 0, static_cast<uint32_t>(io.completions), 0, 0,
				      0, size, 1u << 16 | 3 }),
		     "creation of a completion queue");
		must(command(admin, { 1, 0, 0, 0, 0, 0, static_cast<uint32_t>(io.submissions), 0, 0,
				      0, size, io.id << 16 | 1 }),
		     "creation of a submission queue");
	}

	/* Eight blocks of 512 bytes. */
	void transfer(Queue &io, uint32_t opcode, uint32_t lba, uint64_t address)
	{
		must(command(io, { opcode, 1, 0, 0, 0, 0, static_cast<uint32_t>(address), 0, 0, 0,
				   lba, 0, 7 }),
		     "a transfer");
	}

	void work()
	{
		Queue admin = queue(0), io = queue(1);

		start(admin);
		make_queues(admin, io);
		for (uint32_t i = 0; i < commands; i++) {
			for (uint32_t j = 0; j < 1024; j += 256)
				write32(data_at + 4 * j, 0x5eed0000 + i * j);
			transfer(io, 1, 8 * i, data_at);
		}
		const sc_time from = sc_core::sc_time_stamp();

		for (uint32_t i = 0; i < commands; i++) {
			transfer(io, 2, 8 * i, back_at);
			for (uint32_t j = 0; j < 1024; j += 256)
				if (read32(back_at + 4 * j) != 0x5eed0000 + i * j)
					throw std::runtime_error("other data came back");
		}
		per_read = (sc_core::sc_time_stamp() - from) / commands;
		good = true;
	}

	void run()
	{
		try {
			work();
		} catch (const std::exception &error) {
			std::fprintf(stderr, "platform: %s\n", error.what());
		}
		sc_core::sc_stop();
	}

	parts::Interrupts &interrupts_;
};

uint64_t nvme_register_read(void *nvme, uint64_t offset, unsigned bytes)
{
	return nvme_read(static_cast<struct nvme *>(nvme), static_cast<uint32_t>(offset), bytes);
}

void nvme_register_write(void *nvme, uint64_t offset, uint64_t value, unsigned bytes)
{
	nvme_write(static_cast<struct nvme *>(nvme), static_cast<uint32_t>(offset), value, bytes);
}

void nvme_done(void *nvme, const struct dma_done *done)
{
	nvme_dma_done(static_cast<struct nvme *>(nvme), done);
}

const struct mmio_ops register_ops = { nvme_register_read, nvme_register_write };
const struct nvme_ops ops = { doorbell::Endpoint::dma, doorbell::Endpoint::msix, nullptr,
			      nullptr };

struct nvme *make_nvme(doorbell::Endpoint &endpoint)
{
	struct nvme_cfg cfg = {};
	struct nvme *nvme = nullptr;

	cfg.name = "nvme0";
	cfg.capacity_bytes = 1 << 30;
	cfg.io_queues = 4;
	cfg.queue_entries = 1024;
	cfg.vectors = 5;
	cfg.media.name = "example";
	cfg.media.read = dur_us(10);
	cfg.media.write = dur_us(10);
	if (nvme_create(&nvme, endpoint.sim(), &cfg, &ops, &endpoint))
		throw std::runtime_error(endpoint.sim()->error);
	endpoint.attach(&register_ops, nvme_done, nvme);
	return nvme;
}

int simulate()
{
	parts::Memory memory("memory", 4 << 20, sc_time(80, sc_core::SC_NS));
	parts::Interrupts interrupts("interrupts");
	parts::Bus bus("bus");
	Processor processor("processor", interrupts);
	doorbell::Endpoint endpoint("nvme", { NVME_BAR0_BYTES, dur_ns(100), interrupts_at });
	struct nvme *nvme = make_nvme(endpoint);

	processor.socket.bind(bus.from);
	endpoint.memory.bind(bus.from);
	bus.to.bind(memory.socket);
	bus.to.bind(endpoint.registers);
	bus.to.bind(interrupts.socket);
	sc_core::sc_start();
	std::printf("%u writes and reads of 4 KiB, %u interrupts, %llu accesses to memory, "
		    "%.3f us a read\n",
		    commands, interrupts.count, static_cast<unsigned long long>(memory.accesses),
		    processor.per_read.to_seconds() * 1e6);
	nvme_destroy(nvme);
	return processor.good ? 0 : 1;
}

} // namespace

int sc_main(int, char **)
{
	sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
	return simulate();
}
