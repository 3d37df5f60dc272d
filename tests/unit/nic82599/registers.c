/* SPDX-License-Identifier: MIT */
/* Registers as a driver meets them: table, reset, EEPROM, semaphores, link. */
#include "rig.h"

#include "model/reg/reg.h"
#include "model/reg/reg_walk.h"

static uint64_t walk_read(void *ctx, uint32_t offset, unsigned bytes)
{
	return rig_rd(ctx, offset);
}

static void walk_write(void *ctx, uint32_t offset, unsigned bytes, uint64_t value)
{
	rig_wr(ctx, offset, (uint32_t)value);
}

static void walk_reset(void *ctx)
{
	nic82599_reset(((struct rig *)ctx)->nic);
}

/* SWSM changes by being read; DCA_RXCTRL_ALIAS shows what DCA_RXCTRL has. What reset gives must
 * hold for every row but those that the EEPROM fills and statistics. */
static unsigned walk_skip(void *ctx, const struct reg *row)
{
	unsigned skip = 0;

	if (row->on_read && (strncmp(row->name, "RA", 2) == 0 || !strcmp(row->name, "SWSM") ||
			     !strcmp(row->name, "FRTIMER") ||
			     !strcmp(row->name, "DCA_RXCTRL_ALIAS")))
		return REG_WALK_SKIP_READ | REG_WALK_SKIP_WRITE | REG_WALK_SKIP_RESET;
	if (row->on_write)
		skip |= REG_WALK_SKIP_WRITE;
	return skip;
}

static void walk_fail(void *ctx, const char *name, const char *check, uint64_t expected,
		      uint64_t found)
{
	print_error("%s: %s: expected %llx, found %llx\n", name, check,
		    (unsigned long long)expected, (unsigned long long)found);
}

static void every_register_has_reset_value_and_masks(void **state)
{
	struct rig *rig = rig_new(NULL);
	struct reg_walk walk = {
		.read = walk_read, .write = walk_write, .reset = walk_reset, .skip = walk_skip,
		.fail = walk_fail, .ctx = rig,
	};

	walk.table = nic82599_regs_table(&walk.rows);
	assert_true(walk.rows > 200);
	assert_int_equal(reg_walk(&walk), 0);
	rig_free(rig);
}

static void rows_name_their_section(void **state)
{
	size_t rows, i;
	const struct reg *table = nic82599_regs_table(&rows);

	for (i = 0; i < rows; i++) {
		assert_int_equal(strncmp(table[i].spec, "8.2.3", 5), 0);
		assert_true(strlen(table[i].help) > 3);
	}
}

static uint32_t eeprom_word(struct rig *rig, uint32_t word)
{
	uint32_t value;

	rig_wr(rig, EERD, word << 2 | 1);
	value = rig_rd(rig, EERD);
	assert_int_equal(value & 2, 2);
	assert_int_equal(value >> 2 & 0x3fff, word);
	return value >> 16;
}

static void eeprom_checksum_is_baba(void **state)
{
	struct rig *rig = rig_new(NULL);
	uint16_t sum = 0;
	uint32_t i;

	for (i = 0; i <= 0x3f; i++)
		sum = (uint16_t)(sum + eeprom_word(rig, i));
	assert_int_equal(sum, 0xbaba);
	for (i = 3; i <= 0xf; i++)
		assert_int_equal(eeprom_word(rig, i), 0xffff);
	rig_free(rig);
}

static void eeprom_read_waits_for_start(void **state)
{
	struct rig *rig = rig_new(NULL);

	rig_wr(rig, EERD, 0x15 << 2);
	assert_int_equal(rig_rd(rig, EERD) & 2, 0);
	rig_free(rig);
}

static void station_address_is_loaded_by_reset(void **state)
{
	struct rig *rig = rig_new(NULL);

	rig_wr(rig, RAL(0), 0);
	rig_wr(rig, RAH(0), 0);
	assert_int_equal(rig_rd(rig, 0x5404), 0);
	rig_wr(rig, CTRL, 1u << 26);
	assert_int_equal(rig_rd(rig, CTRL), 0);
	assert_int_equal(rig_rd(rig, RAL(0)), 0x33221102);
	assert_int_equal(rig_rd(rig, RAH(0)), 0x80005544);
	assert_int_equal(rig_rd(rig, 0x5400), 0x33221102);
	rig_free(rig);
}

static void semaphore_is_taken_by_the_read_that_sees_it_free(void **state)
{
	struct rig *rig = rig_new(NULL);

	assert_int_equal(rig_rd(rig, SWSM) & 1, 0);
	assert_int_equal(rig_rd(rig, SWSM) & 1, 1);
	rig_wr(rig, SWSM, 3);
	assert_int_equal(rig_rd(rig, SWSM) & 2, 2);
	rig_wr(rig, SWSM, 0);
	assert_int_equal(rig_rd(rig, SWSM) & 3, 0);
	rig_free(rig);
}

static void unknown_register_reads_zero_and_is_counted(void **state)
{
	struct rig *rig = rig_new(NULL);

	assert_int_equal(rig_rd(rig, 0x7fff8), 0);
	rig_wr(rig, 0x7fff8, 1);
	assert_int_equal(rig_rd(rig, 0x100000), 0);
	assert_int_equal(rig_stat(rig, "eth0.error.unknown_register"), 3);
	assert_int_equal(rig_rd(rig, 2), 0);
	assert_int_equal(rig_stat(rig, "eth0.error.guest"), 1);
	rig_free(rig);
}

static void link_comes_up_after_restart_and_raises_lsc(void **state)
{
	struct nic82599_cfg cfg;
	struct rig *rig;

	rig_cfg(&cfg);
	cfg.link_up = dur_us(50);
	rig = rig_new(&cfg);
	assert_int_equal(rig_rd(rig, LINKS), 0);
	rig_wr(rig, AUTOC, rig_rd(rig, AUTOC) | 0x1000);
	assert_int_equal(rig_rd(rig, AUTOC) & 0x1000, 0);
	assert_int_not_equal(rig_rd(rig, 0x42b0) & 0xf0000, 0);
	rig_run(rig, dur_us(49));
	assert_int_equal(rig_rd(rig, LINKS) & 0x40000000, 0);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig_rd(rig, LINKS) & 0xf0000000, 0xf0000000);
	assert_int_equal(rig_rd(rig, EICS) & 0x100000, 0x100000);
	assert_int_equal(rig_rd(rig, EICR) & 0x100000, 0x100000);
	assert_int_equal(rig_rd(rig, EICR), 0);
	rig_wr(rig, AUTOC2, 0x70000000);
	assert_int_equal(rig_rd(rig, LINKS), 0);
	assert_int_equal(rig_rd(rig, EICR), 0x100000);
	rig_free(rig);
}

static void software_reset_keeps_the_link_and_link_reset_drops_it(void **state)
{
	struct rig *rig = rig_new(NULL);

	rig_up(rig);
	rig_wr(rig, CTRL, 1u << 26);
	assert_int_equal(rig_rd(rig, LINKS) & 0x40000000, 0x40000000);
	assert_int_equal(rig_rd(rig, RXCTRL), 0);
	rig_wr(rig, CTRL, 1u << 3);
	assert_int_equal(rig_rd(rig, LINKS), 0);
	rig_free(rig);
}

static void link_speed_is_reported(void **state)
{
	struct nic82599_cfg cfg;
	struct rig *rig;

	rig_cfg(&cfg);
	cfg.link_bps = 1000000000;
	rig = rig_new(&cfg);
	rig_up(rig);
	assert_int_equal(rig_rd(rig, LINKS) & 0x30000000, 0x20000000);
	rig_free(rig);
}

static void master_disable_waits_for_reads_under_way(void **state)
{
	struct rig *rig = rig_new(NULL);

	rig_up(rig);
	rig_rx_ring(rig, 0, 64, 1, 2);
	assert_int_equal(rig_rd(rig, STATUS) & 0x80000, 0x80000);
	rig_wr(rig, RDT(0), 20);
	rig_wr(rig, CTRL, 4);
	assert_int_equal(rig_rd(rig, CTRL), 4);
	assert_int_equal(rig_rd(rig, STATUS) & 0x80000, 0x80000);
	rig_run(rig, dur_us(1));
	assert_int_equal(rig_rd(rig, STATUS) & 0x80000, 0);
	rig_free(rig);
}

static void bad_configurations_are_refused(void **state)
{
	static struct nic82599 *nic;
	struct rig *rig = rig_new(NULL);
	struct nic82599_cfg cfg[8];
	unsigned i;

	for (i = 0; i < 8; i++)
		rig_cfg(&cfg[i]);
	cfg[0].link_bps = 0;
	cfg[1].mac[0] = 1;
	cfg[2].rx_buffer_bytes = 1000;
	cfg[3].rx_prefetch = 0;
	cfg[4].rx_prefetch = 65;
	cfg[5].tx_prefetch = 0;
	cfg[6].rx_writeback_batch = 0;
	cfg[7].name = NULL;
	for (i = 0; i < 8; i++) {
		rig->sim.error[0] = 0;
		assert_int_equal(nic82599_create(&nic, &rig->sim, &cfg[i], NULL, NULL),
				 SIM_ERR_CONFIG);
		assert_null(nic);
		assert_int_not_equal(rig->sim.error[0], 0);
	}
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_register_has_reset_value_and_masks),
		cmocka_unit_test(rows_name_their_section),
		cmocka_unit_test(eeprom_checksum_is_baba),
		cmocka_unit_test(eeprom_read_waits_for_start),
		cmocka_unit_test(station_address_is_loaded_by_reset),
		cmocka_unit_test(semaphore_is_taken_by_the_read_that_sees_it_free),
		cmocka_unit_test(unknown_register_reads_zero_and_is_counted),
		cmocka_unit_test(link_comes_up_after_restart_and_raises_lsc),
		cmocka_unit_test(software_reset_keeps_the_link_and_link_reset_drops_it),
		cmocka_unit_test(link_speed_is_reported),
		cmocka_unit_test(master_disable_waits_for_reads_under_way),
		cmocka_unit_test(bad_configurations_are_refused),
	};

	return cmocka_run_group_tests_name("nic82599.registers", tests, NULL, NULL);
}
