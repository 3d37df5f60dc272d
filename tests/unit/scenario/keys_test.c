/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "model/scenario/keys.h"
#include "model/scenario/scenario.h"

/* The contract's keys with their defaults (NULL: none). */
static const char *const contract[][2] = {
	{ "format", "1" },
	{ "seed", "42" },
	{ "run.warmup", "2ms" },
	{ "run.measure", "20ms" },
	{ "run.measure.frames", NULL },
	{ "run.measure.ios", NULL },
	{ "cpu.profile", "xeon-skx" },
	{ "cpu.cores", "4" },
	{ "cpu.sockets", "1" },
	{ "cpu.idle", "off" },
	{ "cpu.frequency", "3GHz" },
	{ "cpu.interleave", "100ns" },
	{ "host.software", "linux" },
	{ "host.cmdline", "" },
	{ "host.memory", "256MiB" },
	{ "ideal.scheme", "interrupt" },
	{ "ideal.interrupt", "1us" },
	{ "ideal.packet", "300ns" },
	{ "ideal.poll", "0ns" },
	{ "ideal.application", "0ns" },
	{ "ideal.budget", "64" },
	{ "ideal.submit", "0ns" },
	{ "ideal.complete", "0ns" },
	{ "ideal.poll_interval", "0ns" },
	{ "iommu.mode", "off" },
	{ "iommu.iotlb_entries", "64" },
	{ "dma.bounce", "auto" },
	{ "pcie.gen", "3" },
	{ "pcie.lanes", "8" },
	{ "pcie.mps", "256" },
	{ "pcie.mrrs", "512" },
	{ "pcie.ideal", "false" },
	{ "pcie.rcb", "64" },
	{ "pcie.align", "1" },
	{ "pcie.dllp", NULL },
	{ "pcie.dllp_down", NULL },
	{ "pcie.combine_above", "0" },
	{ "pcie.tags", "32" },
	{ "pcie.extended_tags", "false" },
	{ "pcie.posted_headers", "64" },
	{ "pcie.posted_data", "1024" },
	{ "pcie.read_headers", "64" },
	{ "pcie.core_writes", "16" },
	{ "pcie.credit_return", NULL },
	{ "pcie.jitter", "false" },
	{ "pcie.ido", "false" },
	{ "pcie.uplink", NULL },
	{ "pcie.switch.gen", "3" },
	{ "pcie.switch.lanes", "8" },
	{ "device.x.pcie.tags", NULL },
	{ "device.x.pcie.uplink", NULL },
	{ "device.x.pcie.gen", NULL },
	{ "device.x.pcie.lanes", NULL },
	{ "device.x.pcie.mps", NULL },
	{ "device.x.pcie.mrrs", NULL },
	{ "device.x.model", NULL },
	{ "device.x.driver", NULL },
	{ "device.x.link", "10Gbps" },
	{ "device.x.queues", "4" },
	{ "device.x.ring", "512" },
	{ "device.x.itr", "20us" },
	{ "device.x.media", "p4800x" },
	{ "device.x.capacity", "64GiB" },
	{ "device.x.dma_bits", "64" },
	{ "device.x.poll_queues", "0" },
	{ "device.x.coalesce_time", "0us" },
	{ "device.x.coalesce_threshold", "1" },
	{ "device.x.moderation.kind", NULL },
	{ "device.x.moderation.count", NULL },
	{ "device.x.moderation.timeout", NULL },
	{ "device.x.moderation.gap", NULL },
	{ "device.x.moderation.high", NULL },
	{ "device.x.moderation.low", NULL },
	{ "device.x.rtl.moderation", "false" },
	{ "device.x.rtl.msix", "false" },
	{ "device.x.rtl.coalescing", "false" },
	{ "device.x.rtl.clock", "250MHz" },
	{ "traffic.0.to", NULL },
	{ "traffic.0.frame", "64B" },
	{ "traffic.0.rate", "1Mpps" },
	{ "traffic.0.arrival", "poisson" },
	{ "traffic.0.burst", "32" },
	{ "traffic.0.flows", "64" },
	{ "traffic.0.pcap", NULL },
	{ "traffic.0.speed", "1.0" },
	{ "traffic.0.sink", "udp" },
	{ "io.0.on", NULL },
	{ "io.0.op", NULL },
	{ "io.0.size", "4KiB" },
	{ "io.0.depth", "1" },
	{ "io.0.engine", "async" },
	{ "io.0.cores", "[0]" },
	{ "io.0.rate", NULL },
	{ "io.0.trace", NULL },
	{ "expect.0.stat", NULL },
	{ "expect.0.min", NULL },
	{ "expect.0.max", NULL },
	{ "expect.0.equal", NULL },
	{ "expect.0.where", NULL },
};

static void every_key_of_the_contract_has_its_default(void **state)
{
	for (size_t i = 0; i < sizeof(contract) / sizeof(contract[0]); i++) {
		const struct scn_row *row = scn_row_find(contract[i][0]);

		if (!row)
			fail_msg("no row for %s", contract[i][0]);
		if (!contract[i][1])
			assert_null(row->fallback);
		else
			assert_string_equal(row->fallback, contract[i][1]);
	}
}

static void every_row_is_complete(void **state)
{
	size_t count;
	const struct scn_row *rows = scn_rows(&count);

	for (size_t i = 0; i < count; i++) {
		assert_non_null(rows[i].help);
		assert_int_equal(rows[i].help[strlen(rows[i].help) - 1], '.');
		assert_ptr_equal(scn_row_find(rows[i].path), &rows[i]);   /* no path twice */
		assert_true(rows[i].type != SCN_TYPE_WORD || rows[i].words);
		assert_false(rows[i].required && rows[i].fallback);
		if (rows[i].words && rows[i].fallback && rows[i].type == SCN_TYPE_WORD)
			assert_true(scn_words_index(rows[i].words, rows[i].fallback) >= 0);
		assert_true(strlen(scn_type_name(rows[i].type)) > 0);
	}
}

static void patterns_match_names_and_numbers_only_where_they_stand(void **state)
{
	assert_non_null(scn_row_find("device.eth0.itr"));
	assert_non_null(scn_row_find("traffic.12.rate"));
	assert_null(scn_row_find("traffic.x.rate"));
	assert_null(scn_row_find("traffic..rate"));
	assert_null(scn_row_find("traffic.rate"));
	assert_null(scn_row_find("device.itr"));
	assert_null(scn_row_find("cpu.cores.more"));
	assert_null(scn_row_find("cpu"));
	assert_null(scn_row_find(""));
	assert_true(scn_row_is_table("cpu"));
	assert_true(scn_row_is_table("device.eth0"));
	assert_true(scn_row_is_table("run.measure"));
	assert_false(scn_row_is_table("cpu.cores"));
	assert_false(scn_row_is_table("cp"));
}

static int word(const char *key, const char *text)
{
	return scn_words_index(scn_row_find(key)->words, text);
}

/* Callers switch over the enums: they must be in the order of the words. */
static void enums_are_in_the_order_of_the_words(void **state)
{
	assert_int_equal(word("cpu.idle", "menu"), SCN_IDLE_MENU);
	assert_int_equal(word("host.software", "linux"), SCN_SOFTWARE_LINUX);
	assert_int_equal(word("host.software", "bare"), SCN_SOFTWARE_BARE);
	assert_int_equal(word("host.software", "ideal"), SCN_SOFTWARE_IDEAL);
	assert_int_equal(word("ideal.scheme", "interrupt"), SCN_SCHEME_INTERRUPT);
	assert_int_equal(word("ideal.scheme", "interrupt-drain"), SCN_SCHEME_INTERRUPT_DRAIN);
	assert_int_equal(word("ideal.scheme", "napi"), SCN_SCHEME_NAPI);
	assert_int_equal(word("iommu.mode", "passthrough"), SCN_IOMMU_PASSTHROUGH);
	assert_int_equal(word("iommu.mode", "lazy"), SCN_IOMMU_LAZY);
	assert_int_equal(word("iommu.mode", "strict"), SCN_IOMMU_STRICT);
	assert_int_equal(word("iommu.interrupts", "remapped"), SCN_INTERRUPTS_REMAPPED);
	assert_int_equal(word("iommu.interrupts", "direct"), SCN_INTERRUPTS_DIRECT);
	assert_int_equal(word("iommu.replacement", "lru"), SCN_LRU);
	assert_int_equal(word("iommu.replacement", "fifo"), SCN_FIFO);
	assert_int_equal(word("iommu.replacement", "random"), SCN_RANDOM_ENTRY);
	assert_int_equal(word("iommu.invalidate_time", "constant"), SCN_CONSTANT);
	assert_int_equal(word("iommu.invalidate_time", "exponential"), SCN_EXPONENTIAL);
	assert_int_equal(word("dma.bounce", "force"), SCN_BOUNCE_FORCE);
	assert_int_equal(word("dma.bounce", "untrusted"), SCN_BOUNCE_UNTRUSTED);
	assert_int_equal(word("device.x.model", "82599"), SCN_MODEL_82599);
	assert_int_equal(word("device.x.model", "nvme"), SCN_MODEL_NVME);
	assert_int_equal(word("device.x.model", "dmatest"), SCN_MODEL_DMATEST);
	assert_int_equal(word("transfer.0.op", "read"), SCN_TRANSFER_READ);
	assert_int_equal(word("transfer.0.op", "write"), SCN_TRANSFER_WRITE);
	assert_int_equal(word("transfer.0.op", "both"), SCN_TRANSFER_BOTH);
	assert_int_equal(word("transfer.0.map", "once"), SCN_MAP_ONCE);
	assert_int_equal(word("transfer.0.map", "single"), SCN_MAP_SINGLE);
	assert_int_equal(word("transfer.0.map", "sg"), SCN_MAP_SG);
	assert_int_equal(word("transfer.0.map", "page"), SCN_MAP_PAGE);
	assert_int_equal(word("transfer.0.order", "random"), SCN_ORDER_RANDOM);
	assert_int_equal(word("transfer.0.stray", "none"), SCN_STRAY_NONE);
	assert_int_equal(word("transfer.0.stray", "outside"), SCN_STRAY_OUTSIDE);
	assert_int_equal(word("transfer.0.stray", "stale"), SCN_STRAY_STALE);
	assert_int_equal(word("device.x.itr", "off"), SCN_ITR_OFF);
	assert_int_equal(word("device.x.itr", "adaptive"), SCN_ITR_ADAPTIVE);
	assert_int_equal(word("device.x.moderation.kind", "itr"), SCN_MODERATION_ITR);
	assert_int_equal(word("device.x.moderation.kind", "count-timeout"),
			 SCN_MODERATION_COUNT_TIMEOUT);
	assert_int_equal(word("device.x.moderation.kind", "packet-timer"),
			 SCN_MODERATION_PACKET_TIMER);
	assert_int_equal(word("device.x.moderation.kind", "watermark"), SCN_MODERATION_WATERMARK);
	assert_int_equal(word("traffic.0.arrival", "constant"), SCN_ARRIVAL_CONSTANT);
	assert_int_equal(word("traffic.0.arrival", "poisson"), SCN_ARRIVAL_POISSON);
	assert_int_equal(word("traffic.0.arrival", "burst"), SCN_ARRIVAL_BURST);
	assert_int_equal(word("traffic.0.arrival", "pcap"), SCN_ARRIVAL_PCAP);
	assert_int_equal(word("traffic.0.sink", "drop"), SCN_SINK_DROP);
	assert_int_equal(word("traffic.0.sink", "echo"), SCN_SINK_ECHO);
	assert_int_equal(word("io.0.op", "read"), SCN_OP_READ);
	assert_int_equal(word("io.0.op", "write"), SCN_OP_WRITE);
	assert_int_equal(word("io.0.op", "randread"), SCN_OP_RANDREAD);
	assert_int_equal(word("io.0.op", "randwrite"), SCN_OP_RANDWRITE);
	assert_int_equal(word("io.0.op", "randrw"), SCN_OP_RANDRW);
	assert_int_equal(word("io.0.op", "trace"), SCN_OP_TRACE);
	assert_int_equal(word("io.0.engine", "sync"), SCN_IO_SYNC);
	assert_int_equal(word("io.0.engine", "async"), SCN_IO_ASYNC);
	assert_int_equal(word("io.0.engine", "polled"), SCN_IO_POLLED);
}

static void words_are_whole_words(void **state)
{
	char buffer[16];

	assert_int_equal(scn_words_index("off|c1|menu", "c1"), 1);
	assert_int_equal(scn_words_index("off|c1|menu", "c"), -1);
	assert_int_equal(scn_words_index("off|c1|menu", "off|c1"), -1);
	assert_int_equal(scn_words_index("off|c1|menu", ""), -1);
	assert_string_equal(scn_words_at("off|c1|menu", 2, buffer, sizeof(buffer)), "menu");
	assert_null(scn_words_at("off|c1|menu", 3, buffer, sizeof(buffer)));
}

/* The thirteen parts of the CPU's time are a promise of the contract. */
static void cpu_time_has_thirteen_parts(void **state)
{
	size_t count, parts = 0;
	const struct scn_known_stat *stats = scn_known_stats(&count);

	for (size_t i = 0; i < count; i++)
		parts += !strncmp(stats[i].name, "cpu.time_ns.", 12);
	assert_int_equal(parts, 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_of_the_contract_has_its_default),
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(patterns_match_names_and_numbers_only_where_they_stand),
		cmocka_unit_test(enums_are_in_the_order_of_the_words),
		cmocka_unit_test(words_are_whole_words),
		cmocka_unit_test(cpu_time_has_thirteen_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
