/* SPDX-License-Identifier: MIT */
/* A foreign SystemC device in our machine: a Verilated copying engine with a clock of its own
 * (copier.hpp) behind a PCIe function of ours, driven by code on a simulated core. Copies blocks of
 * several sizes, compares, asks for memory that is not there. Exit 1 if anything is wrong. */
#include <cstdio>
#include <cstring>
#include <memory>

#include "examples/systemc/copier.hpp"
#include "examples/systemc/host.h"
#include "model/systemc/systemc_host.h"
#include "model/systemc/tlm_function.hpp"

namespace {

constexpr uint64_t interrupt_address = 0xffff0000;
constexpr uint32_t source = 0x10000, target = 0x40000;

struct Example {
	struct host *host;
	std::unique_ptr<doorbell::Function> function;
	std::unique_ptr<Copier> copier;
	unsigned wrong;
} example;

uint32_t copy(struct host *host, uint64_t from, uint32_t to, uint32_t bytes)
{
	host_write(host, 0x00, static_cast<uint32_t>(from));
	host_write(host, 0x04, static_cast<uint32_t>(from >> 32));
	host_write(host, 0x08, to);
	host_write(host, 0x0c, 0);
	host_write(host, 0x10, bytes);
	host_write(host, 0x14, 1);
	host_wait(host);
	const uint32_t status = host_read(host, 0x18);

	host_write(host, 0x18, 2);
	return status;
}

void must(bool good, const char *what)
{
	if (good)
		return;
	std::fprintf(stderr, "device: %s\n", what);
	example.wrong++;
}

void driver(struct host *host)
{
	unsigned char *memory = host_memory(host);

	must(host_read(host, 0x1c) == 0xd0c09001, "another identity");
	for (uint32_t bytes = 8; bytes <= 1024; bytes *= 2) {
		const uint64_t from = host_now_ns(host);

		for (uint32_t i = 0; i < bytes; i++)
			memory[source + i] = static_cast<unsigned char>(i * 7 + bytes);
		must(copy(host, source, target, bytes) == 2, "no success");
		must(!std::memcmp(memory + source, memory + target, bytes), "other data");
		must(memory[target + bytes] == 0, "too much was copied");
		std::printf("%4u bytes: %llu ns\n", bytes,
			    static_cast<unsigned long long>(host_now_ns(host) - from));
		std::memset(memory + target, 0, bytes);
	}
	must(copy(host, 0x900000000ULL, target, 64) == 6, "no error for memory that is not there");
}

void make_modules(void *)
{
	const doorbell::FunctionHost host = { host_recall, host_stall, example.host };

	example.function = std::make_unique<doorbell::Function>(
		"function", host_sim(example.host), host, interrupt_address);
	example.copier = std::make_unique<Copier>(
		"copier", sc_core::sc_time(10, sc_core::SC_NS), interrupt_address);
	example.function->registers.bind(example.copier->registers);
	example.copier->memory.bind(example.function->memory);
	example.function->attach(host_plug(example.host, &doorbell::Function::bar_ops,
					   &doorbell::Function::dev_ops, example.function.get()));
}

} // namespace

int main()
{
	example.host = host_create(driver);
	const struct systemc_guest guest = { host_step, example.host };
	const int err = systemc_run(&guest, make_modules, nullptr);

	std::printf("%llu cycles of the device's clock, %u wrong\n",
		    static_cast<unsigned long long>(example.copier->cycles), example.wrong);
	host_destroy(example.host);
	example.function.reset();
	example.copier.reset();
	return err || example.wrong ? 1 : 0;
}
