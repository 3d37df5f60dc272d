/* SPDX-License-Identifier: MIT */
/* What cores and devices pay by the caches, and accesses that reach no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/machine/internal.h"

#define WARM  0u
#define HIT   20u
#define DRAM  85u
#define COLD  5u
#define PAGE  4096u
#define FAST  64000000000000ull   /* bytes a second: nothing waits */
#define SLOW  64000000000ull      /* a line a nanosecond, which is a tick */

static struct machine machine;
static struct machine_cfg cfg;
static struct cores cores;
static struct counter memory_wait;

static int set_up(void **state)
{
	struct llc_cfg llc = { .sockets = 1, .ways = 4, .ddio_ways = 1,
			       .bytes = 4 * PAGE, .memory_end = 64 * PAGE };

	(void)state;
	memset(&machine, 0, sizeof(machine));
	memset(&cfg, 0, sizeof(cfg));
	memset(&cores, 0, sizeof(cores));
	memory_wait.value = 0;
	machine.sim.engine = engine_create();
	machine.cores = &cores;
	machine.memory_wait = &memory_wait;
	machine.channel.rate = FAST;
	cores.tick_num = 1000;
	cores.tick_den = 1;
	cores.cfg.count = 2;
	for (unsigned id = 0; id < cores.cfg.count; id++) {
		cores.core[id].id = id;
		cores.core[id].cores = &cores;
	}
	cfg.llc = llc;
	cfg.place_ticks[LLC_SHARED] = HIT;
	cfg.place_ticks[LLC_MEMORY] = DRAM;
	cfg.copy_cold_ticks = COLD;
	cfg.dma_cold = dur_ns(40);
	cfg.port_access = dur_ns(1000);
	machine.cfg = &cfg;
	return llc_create(&machine.llc, &machine.sim, &llc);
}

static int tear_down(void **state)
{
	(void)state;
	llc_destroy(machine.llc);
	engine_destroy(machine.sim.engine);
	return 0;
}

/* The only way for devices of that line's set is taken by another line. */
static void push_out(uint64_t pa)
{
	llc_device_write(machine.llc, 0, pa + PAGE, 64);
}

static void a_load_of_received_data_waits_once(void **state)
{
	struct core *core = &cores.core[0];

	(void)state;
	llc_device_write(machine.llc, 0, 0, 64);
	assert_int_equal(caches_touch(&machine, core, 0, false), HIT);
	assert_int_equal(caches_touch(&machine, core, 0, false), WARM);
	llc_device_write(machine.llc, 0, 128, 64);
	push_out(128);
	assert_int_equal(caches_touch(&machine, core, 2, false), DRAM);
}

static void a_prefetch_takes_from_the_wait_what_has_passed(void **state)
{
	struct core *core = &cores.core[0];

	(void)state;
	llc_device_write(machine.llc, 0, 0, 192);
	core->ticks = 1000;
	assert_int_equal(caches_touch(&machine, core, 0, true), 0);
	assert_int_equal(caches_touch(&machine, core, 1, true), 0);
	core->ticks += HIT - 5;
	assert_int_equal(caches_touch(&machine, core, 0, false), 5);
	core->ticks += 5;
	assert_int_equal(caches_touch(&machine, core, 1, false), 0);
	assert_int_equal(caches_touch(&machine, core, 2, false), HIT);
}

static void a_copy_waits_for_its_first_line_and_streams_the_rest(void **state)
{
	struct core *core = &cores.core[0];
	uint64_t from = PLAT_RAM_BASE, to = PLAT_RAM_BASE + 8 * PAGE;

	(void)state;
	llc_device_write(machine.llc, 0, 0, 256);
	assert_int_equal(caches_copy(&machine, core, to, from, 256), HIT);
	assert_int_equal(caches_copy(&machine, core, to, from, 256), 0);
	llc_device_write(machine.llc, 0, PAGE, 256);
	for (unsigned line = 0; line < 4; line++)
		push_out(PAGE + line * 64);
	assert_int_equal(caches_copy(&machine, core, to, from + PAGE, 256), DRAM + 3 * COLD);
	/* Clearing reads nothing, and what is no RAM is the core's own. */
	llc_device_write(machine.llc, 0, 0, 256);
	assert_int_equal(caches_copy(&machine, core, from, 0, 256), 0);
	assert_int_equal(caches_touch(&machine, core, 0, false), 0);
	assert_int_equal(caches_copy(&machine, core, 1, 2, 256), 0);
}

static void a_device_waits_for_memory_once_a_request(void **state)
{
	struct machine_device device = { .socket = 0 };

	(void)state;
	for (unsigned way = 0; way < 5; way++)
		llc_core_touch(machine.llc, 0, 0, way * PAGE);
	assert_int_equal(caches_dma(&machine, &device, DMA_READ, 0, 512).ps, dur_ns(40).ps);
	assert_int_equal(caches_dma(&machine, &device, DMA_READ, 64, 448).ps, 0);
	assert_int_equal(caches_dma(&machine, &device, DMA_WRITE, 0, 512).ps, 0);
	assert_int_equal(caches_dma(&machine, &device, DMA_READ, 0, 512).ps, 0);
}

/* 8 lines of a read, then one of another: it waits for those. */
static void devices_wait_for_the_bandwidth_of_memory(void **state)
{
	struct machine_device device = { .socket = 0 };

	(void)state;
	machine.channel.rate = SLOW;
	for (unsigned way = 0; way < 5; way++)
		for (unsigned line = 0; line < 8; line++)
			llc_core_touch(machine.llc, 0, 0, way * PAGE + line * 64);
	assert_int_equal(caches_dma(&machine, &device, DMA_READ, 0, 512).ps, dur_ns(40).ps);
	assert_int_equal(caches_dma(&machine, &device, DMA_READ, 0, 64).ps, dur_ns(48).ps);
	assert_int_equal(memory_wait.value, 8);
}

/* 64 lines from memory: the core's own time covers them, unless others are before. */
static void a_copy_waits_for_the_bandwidth_of_memory_if_that_takes_longer(void **state)
{
	struct core *core = &cores.core[0];
	uint64_t from = PLAT_RAM_BASE, to = PLAT_RAM_BASE + 8 * PAGE, own = DRAM + 63 * COLD;

	(void)state;
	machine.channel.rate = SLOW;
	llc_device_write(machine.llc, 0, 0, PAGE);
	llc_device_write(machine.llc, 0, PAGE, PAGE);
	assert_int_equal(caches_copy(&machine, core, to, from, PAGE), own);
	llc_device_write(machine.llc, 0, 2 * PAGE, PAGE);
	llc_device_write(machine.llc, 0, 3 * PAGE, PAGE);
	core->ticks += own;
	channel_take(&machine.channel, core_time(core), 1000 * 64);
	assert_int_equal(caches_copy(&machine, core, to, from + 2 * PAGE, PAGE), 1064);
	assert_int_equal(memory_wait.value, 1064 - own);
}

static void a_port_is_read_in_its_own_time_and_answers_nothing(void **state)
{
	struct dur there, back, behind;

	(void)state;
	address_read_time(&machine, PLAT_PIO_BASE + 0x80, &there, &back);
	assert_int_equal(there.ps + back.ps, dur_ns(1000).ps);
	assert_int_equal(address_read(&machine, PLAT_PIO_BASE + 0x80, 1, &behind), 0xff);
}

int main(void)
{
#define WITH_MACHINE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_MACHINE(a_load_of_received_data_waits_once),
		WITH_MACHINE(a_prefetch_takes_from_the_wait_what_has_passed),
		WITH_MACHINE(a_copy_waits_for_its_first_line_and_streams_the_rest),
		WITH_MACHINE(a_device_waits_for_memory_once_a_request),
		WITH_MACHINE(devices_wait_for_the_bandwidth_of_memory),
		WITH_MACHINE(a_copy_waits_for_the_bandwidth_of_memory_if_that_takes_longer),
		WITH_MACHINE(a_port_is_read_in_its_own_time_and_answers_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
