/* SPDX-License-Identifier: MIT */
/* I/O jobs: costs to the picosecond, data and PRPs, queues that wrap, bring-up that fails. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/ideal/rig.h"

static const struct ideal_cfg costs = { .budget = 1, .cores = 1, .interrupt = { 1000 * NS },
					.submit = { 500 * NS }, .complete = { 250 * NS },
					.poll_interval = { 1000 * NS } };

static const struct ideal_job one = { .id = 3, .devfn = SSD_DEVFN, .depth = 1, .bytes = 4096 };

static struct rig *with_job(const struct ideal_job *job)
{
	struct rig *rig = rig_new(&costs);

	rig_ssd(rig, job, 1);
	rig_up(rig);
	return rig;
}

static void depth_1_pays_submit_interrupt_and_complete(void **state)
{
	struct rig *rig = with_job(&one);

	rig_run(rig, 12000 * NS);
	assert_int_equal(rig->submitted[0].ps, 0);
	assert_int_equal(rig->submitted[0].job, 3);
	assert_int_equal(rig->completed[0].ps, 11750 * NS);
	assert_int_equal(rig->completed[0].job, 3);
	assert_int_equal(rig->completed[0].status, 0);
	assert_int_equal(rig->submitted[1].ps, 11750 * NS);
	assert_int_equal(ideal_busy_ps(rig->ideal, 0), 2000 * NS);
	rig_run(rig, 23500 * NS);
	assert_int_equal(rig->completed[1].ps, 23500 * NS);
	assert_int_equal(rig->interrupts, 2);
	assert_int_equal(rig->cq_doorbells, 2);
	rig_free(rig);
}

/* Both completions come within one interrupt's work: paid once, and the head told once. */
static void completion_during_the_interrupt_is_taken_with_it(void **state)
{
	struct ideal_job job = one;
	struct rig *rig;

	job.depth = 2;
	rig = with_job(&job);
	rig_run(rig, 12100 * NS);
	assert_int_equal(rig->submitted[1].ps, 500 * NS);
	assert_int_equal(rig->completed[0].ps, 11750 * NS);
	assert_int_equal(rig->completed[1].ps, 12000 * NS);
	assert_int_equal(rig->interrupts, 2);
	assert_int_equal(rig->cq_doorbells, 1);
	assert_int_equal(rig->submitted[2].ps, 12000 * NS);
	rig_free(rig);
}

static void interrupt_during_a_submission_is_taken_after_it(void **state)
{
	struct ideal_job job = one;
	struct rig *rig;

	job.depth = 8;
	rig = rig_new(&costs);
	rig->medium = dur_ns(200);
	rig_ssd(rig, &job, 1);
	rig_up(rig);
	rig_run(rig, 2600 * NS);
	/* First command out at 500, its interrupt at 700 while the second is submitted until
	 * 1000. */
	assert_int_equal(rig->completed[0].ps, 2250 * NS);
	assert_int_equal(rig->completed[1].ps, 2500 * NS);
	rig_free(rig);
}

static void polled_job_sees_a_completion_at_the_next_look(void **state)
{
	struct ideal_job job = one;
	struct rig *rig = rig_new(&costs);

	job.polled = true;
	rig->medium = dur_ns(4700);
	rig_ssd(rig, &job, 1);
	rig_up(rig);
	rig_run(rig, 6000 * NS);
	assert_int_equal(rig->completed[0].ps, 5750 * NS);
	assert_int_equal(rig->interrupts, 0);
	assert_int_equal(rig->cq_doorbells, 1);
	assert_int_equal(ideal_busy_ps(rig->ideal, 0), 6000 * NS);
	rig_free(rig);
}

static void polled_job_sees_a_completion_at_the_very_look(void **state)
{
	struct ideal_job job = one;
	struct rig *rig = rig_new(&costs);

	job.polled = true;
	rig->medium = dur_us(5);
	rig_ssd(rig, &job, 1);
	rig_up(rig);
	rig_run(rig, 6000 * NS);
	assert_int_equal(rig->completed[0].ps, 5750 * NS);
	rig_free(rig);
}

static void paced_job_submits_at_multiples_of_the_period(void **state)
{
	struct ideal_job job = one;
	struct rig *rig;

	job.period = dur_us(20);
	rig = with_job(&job);
	rig_run(rig, 70000 * NS);
	assert_int_equal(rig->submissions, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(rig->submitted[i].ps, i * 20000 * NS);
	rig_free(rig);
}

static void paced_job_waits_for_a_slot(void **state)
{
	struct ideal_job job = one;
	struct rig *rig;

	job.period = dur_us(8);
	rig = with_job(&job);
	rig_run(rig, 40000 * NS);
	assert_int_equal(rig->submitted[1].ps, 11750 * NS);
	assert_int_equal(rig->submitted[2].ps, 23500 * NS);
	rig_free(rig);
}

static void queues_wrap(void **state)
{
	struct ideal_job job = one;
	struct rig *rig;
	bool slot_seen[3] = { false };

	job.depth = 3;
	rig = with_job(&job);
	rig_run(rig, 500000 * NS);
	assert_true(rig->completions > 50);
	assert_true(rig->submissions - rig->completions <= 3);
	for (unsigned i = 0; i < 50; i++) {
		assert_true(rig->completed[i].slot < 3);
		slot_seen[rig->completed[i].slot] = true;
	}
	assert_true(slot_seen[0] && slot_seen[1] && slot_seen[2]);
	rig_free(rig);
}

static void queue_of_the_controllers_size_is_never_full(void **state)
{
	struct ideal_job job = one;
	struct rig *rig = rig_new(&costs);

	job.depth = 8;
	rig_entries(rig, 4);
	rig_ssd(rig, &job, 1);
	rig_up(rig);
	rig_run(rig, 11000 * NS);
	assert_int_equal(rig->submissions, 3);
	rig_run(rig, 500000 * NS);
	assert_true(rig->completions > 50);
	assert_true(rig->submissions - rig->completions <= 3);
	rig_free(rig);
}

static void command_names_offset_length_and_namespace(void **state)
{
	struct rig *rig = with_job(&one);

	rig_run(rig, 600 * NS);
	assert_int_equal(rig->command.opcode, 2);
	assert_int_equal(rig->command.nsid, 1);
	assert_int_equal(rig->command.lba, 4096 / 512);
	assert_int_equal(rig->command.blocks, 8);
	rig_free(rig);
}

static struct rig_command command_of(unsigned bytes, uint64_t **list)
{
	struct ideal_job job = one;
	struct rig *rig;
	struct rig_command command;
	static uint64_t copy[256];

	job.bytes = bytes;
	rig = with_job(&job);
	rig_run(rig, 600 * NS);
	command = rig->command;
	if (command.prp2)
		memcpy(copy, rig->memory + command.prp2, sizeof(copy));
	*list = copy;
	rig_free(rig);
	return command;
}

static void prps_cover_the_buffer(void **state)
{
	uint64_t *list;
	struct rig_command command = command_of(512, &list);

	assert_int_equal(command.prp1 % 4096, 0);
	assert_int_equal(command.prp2, 0);
	command = command_of(4096, &list);
	assert_int_equal(command.prp2, 0);
	command = command_of(4608, &list);
	assert_int_equal(command.prp2, command.prp1 + 4096);
	command = command_of(8192, &list);
	assert_int_equal(command.prp2, command.prp1 + 4096);
	command = command_of(1 << 20, &list);
	assert_int_equal(command.blocks, 2048);
	for (unsigned page = 1; page < 256; page++)
		assert_int_equal(list[page - 1], command.prp1 + 4096 * page);
	assert_int_equal(list[255], 0);
}

/* MDTS 5: 32 pages, 128 KiB a command. */
static void large_io_takes_several_commands(void **state)
{
	struct ideal_job job = one;
	struct rig *rig = rig_new(&costs);

	rig->mdts = 5;
	job.bytes = 320 << 10;
	job.depth = 2;
	rig_ssd(rig, &job, 1);
	rig_up(rig);
	rig_run(rig, 600 * NS);
	assert_int_equal(rig->commands, 3);
	assert_int_equal(rig->command.blocks, 128);
	assert_int_equal(rig->command.lba, (4096 + (256 << 10)) / 512);
	assert_int_equal(rig->command.cid, 2);
	for (unsigned page = 1; page < 16; page++) {
		uint64_t entry;

		memcpy(&entry, rig->memory + rig->command.prp2 + 8 * (page - 1), sizeof(entry));
		assert_int_equal(entry, rig->command.prp1 + 4096 * page);
	}
	rig_run(rig, 500000 * NS);
	/* One submit and one complete each, as for small I/O. */
	assert_int_equal(rig->completed[0].ps, 11750 * NS);
	assert_int_equal(rig->completed[1].ps, 12000 * NS);
	assert_int_equal(rig->completed[2].slot, 1);
	assert_true(rig->completions >= 50);
	assert_int_equal(rig->completed[40].status, 0);
	rig_free(rig);
}

static void writes_carry_the_pattern(void **state)
{
	struct rig *rig = rig_new(&costs);

	rig->write = 1;
	rig_ssd(rig, &one, 1);
	rig_up(rig);
	rig_run(rig, 600 * NS);
	assert_int_equal(rig->command.opcode, 1);
	assert_int_equal(rig->memory[rig->command.prp1], 0x5a);
	assert_int_equal(rig->memory[rig->command.prp1 + 4095], 0x5a);
	assert_int_equal(rig->patterns, 1);
	rig_run(rig, 11750 * NS);
	assert_int_equal(rig->completions, 1);
	assert_int_equal(rig->patterns, 1);
	rig_free(rig);
}

static void reads_are_checked_when_asked(void **state)
{
	struct ideal_job job = one;
	struct rig *rig = rig_new(&costs);

	job.verify = true;
	rig->bad = 7;
	rig_ssd(rig, &job, 1);
	rig_up(rig);
	rig_run(rig, 11750 * NS);
	assert_int_equal(rig->completed[0].bad, 7);
	rig_free(rig);
	rig = with_job(&one);
	rig_run(rig, 11750 * NS);
	assert_int_equal(rig->patterns, 0);
	rig_free(rig);
}

static void error_status_is_an_io_error(void **state)
{
	struct ideal_job job = one;
	struct rig *rig = rig_new(&costs);

	job.verify = true;
	rig->status = 0x80;
	rig_ssd(rig, &job, 1);
	rig_up(rig);
	rig_run(rig, 11750 * NS);
	assert_int_equal(rig->completed[0].status, -EIO);
	assert_int_equal(rig->patterns, 0);
	rig_free(rig);
}

static void jobs_have_their_own_queues_and_cores(void **state)
{
	struct ideal_job jobs[3] = { one, one, one };
	struct ideal_cfg cfg = costs;
	struct rig *rig;

	cfg.cores = 2;
	jobs[1].id = 4;
	jobs[2].id = 5;
	rig = rig_new(&cfg);
	rig_ssd(rig, jobs, 3);
	rig_up(rig);
	rig_run(rig, 11750 * NS);
	assert_int_equal(rig->completions, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(rig->completed[i].ps, 11750 * NS);
	assert_int_equal(ideal_busy_ps(rig->ideal, 0), 2 * 1750 * NS);
	assert_int_equal(ideal_busy_ps(rig->ideal, 1), 1750 * NS);
	rig_free(rig);
}

static void fail_to_start(struct rig *rig, const char *word)
{
	assert_int_equal(ideal_start(rig->ideal), SIM_OK);
	engine_run(rig->sim.engine, at_ps(100 * PS_PER_US));
	assert_false(rig->ready);
	assert_non_null(rig->failed);
	assert_int_equal(rig->failed_devfn, SSD_DEVFN);
	if (!strstr(rig->failed, word))
		fail_msg("\"%s\" does not say %s", rig->failed, word);
	rig_free(rig);
}

static void bring_up_tells_why_it_fails(void **state)
{
	struct ideal_job jobs[2] = { one, one };
	struct rig *rig = rig_new(&costs);

	rig->granted = 1;
	rig_ssd(rig, jobs, 2);
	fail_to_start(rig, "queue of its own");
	rig = rig_new(&costs);
	rig->fatal = true;
	rig_ssd(rig, jobs, 1);
	fail_to_start(rig, "failed");
	rig = rig_new(&costs);
	rig->refuse_admin = true;
	rig_ssd(rig, jobs, 1);
	fail_to_start(rig, "refused");
	rig = rig_new(&costs);
	rig->mdts = 1;
	rig_entries(rig, 2);
	jobs[0].bytes = 64 << 10;
	rig_ssd(rig, jobs, 1);
	fail_to_start(rig, "entries");
}

static void refuse(struct ideal_job job, struct dur interval, const char *word)
{
	struct ideal_cfg cfg = costs;
	struct ideal_ssd ssd = { .devfn = SSD_DEVFN };
	struct rig *rig;

	cfg.poll_interval = interval;
	rig = rig_new(&cfg);
	assert_int_equal(ideal_add_ssd(rig->ideal, &ssd, &job, 1), SIM_ERR_CONFIG);
	if (!strstr(rig->sim.error, word))
		fail_msg("\"%s\" does not name %s", rig->sim.error, word);
	rig_free(rig);
}

static void impossible_jobs_are_refused(void **state)
{
	struct ideal_job jobs[17] = { one };
	struct ideal_ssd ssd = { .devfn = SSD_DEVFN };
	struct rig *rig = rig_new(&costs);

	refuse((struct ideal_job){ .depth = 0, .bytes = 512 }, dur_us(1), "depth");
	refuse((struct ideal_job){ .depth = 1025, .bytes = 512 }, dur_us(1), "depth");
	refuse((struct ideal_job){ .depth = 1, .bytes = 0 }, dur_us(1), "512");
	refuse((struct ideal_job){ .depth = 1, .bytes = 1000 }, dur_us(1), "512");
	refuse((struct ideal_job){ .depth = 1, .bytes = (1 << 20) + 512 }, dur_us(1), "1 MiB");
	refuse((struct ideal_job){ .depth = 1, .bytes = 512, .polled = true }, dur_ps(0),
	       "poll_interval");
	refuse((struct ideal_job){ .depth = 1024, .bytes = 1 << 20 }, dur_us(1), "memory");
	assert_int_equal(ideal_add_ssd(rig->ideal, &ssd, jobs, 17), SIM_ERR_CONFIG);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(depth_1_pays_submit_interrupt_and_complete),
		cmocka_unit_test(completion_during_the_interrupt_is_taken_with_it),
		cmocka_unit_test(interrupt_during_a_submission_is_taken_after_it),
		cmocka_unit_test(polled_job_sees_a_completion_at_the_next_look),
		cmocka_unit_test(polled_job_sees_a_completion_at_the_very_look),
		cmocka_unit_test(paced_job_submits_at_multiples_of_the_period),
		cmocka_unit_test(paced_job_waits_for_a_slot),
		cmocka_unit_test(queues_wrap),
		cmocka_unit_test(queue_of_the_controllers_size_is_never_full),
		cmocka_unit_test(command_names_offset_length_and_namespace),
		cmocka_unit_test(prps_cover_the_buffer),
		cmocka_unit_test(large_io_takes_several_commands),
		cmocka_unit_test(writes_carry_the_pattern),
		cmocka_unit_test(reads_are_checked_when_asked),
		cmocka_unit_test(error_status_is_an_io_error),
		cmocka_unit_test(jobs_have_their_own_queues_and_cores),
		cmocka_unit_test(bring_up_tells_why_it_fails),
		cmocka_unit_test(impossible_jobs_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
