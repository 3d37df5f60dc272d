/* SPDX-License-Identifier: MIT */
/* One driver test on the real machine: what the functions of struct rig_ops do, and the verdict. */
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/memory.h"
#include "cli/build_info.h"
#include "cli/driver.h"
#include "cli/plugin.h"
#include "cli/run_observe.h"
#include "cli/run_point.h"
#include "cli/test.h"
#include "cli/test_timeline.h"
#include "model/core/assert.h"
#include "model/core/random.h"
#include "model/machine/machine.h"
#include "model/machine/faults.h"
#include "model/machine/perturb.h"
#include "model/machine/rig.h"
#include "model/machine/rules.h"
#include "model/systemc/systemc_host.h"
#include "model/trace/trace_text.h"

#define POINTS_MAX 512u
/* A driver that leaves may wait for commands of its own to time out (nvme: 60 s, twice). */
#define LEAVE_MS   130000u

struct counted {
	const struct trace_point *point;
	const char *source;
	uint64_t count;
};

/* The first two members are what a test sees (struct rig). */
struct run {
	struct rig rig;
	const struct test_case *test;
	struct test_how how;
	struct test_result *result;
	struct machine_cfg cfg;
	struct machine *machine;
	char *log;
	size_t log_bytes;
	FILE *console;
	struct trace_sink counter;
	struct counted counted[POINTS_MAX];
	unsigned points;
	struct random random;
	/* Of several schedules: those, and where their results go. */
	const char *const *schedule;
	size_t schedules;
	struct test_result *results;
	jmp_buf ended;
};

static struct run *the_run;

static struct run *run_of(struct rig *rig)
{
	return (struct run *)rig;
}

static void note(struct test_result *result, enum test_outcome outcome, const char *rule,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The first that is noted stays. */
static void note(struct test_result *result, enum test_outcome outcome, const char *rule,
		 const char *fmt, ...)
{
	va_list args;

	if (result->outcome != TEST_NOT_RUN)
		return;
	result->outcome = outcome;
	snprintf(result->rule, sizeof(result->rule), "%s", rule);
	va_start(args, fmt);
	vsnprintf(result->message, sizeof(result->message), fmt, args);
	va_end(args);
}

/* ---- what a test can do ---- */

static void fail(struct rig *rig, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5), noreturn));

static void fail(struct rig *rig, const char *file, int line, const char *fmt, ...)
{
	struct run *run = run_of(rig);
	char what[400];
	const char *base;
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	if (!*file) {
		file = run->test->test->file;
		line = run->test->test->line;
	}
	base = strrchr(file, '/');
	note(run->result, TEST_FAILED, "expectation", "%s:%d: %s (at %.3f us)",
	     base ? base + 1 : file, line, what, (double)machine_rig_now(run->machine).ps / 1e6);
	longjmp(run->ended, 1);
}

static unsigned device_of(struct rig *rig, const char *name)
{
	int device = rig_device(run_of(rig)->machine, name);

	if (device < 0)
		fail(rig, "", 0, "the scenario has no device \"%s\"", name);
	return (unsigned)device;
}

static unsigned nic_of(struct rig *rig, const char *name)
{
	unsigned device = device_of(rig, name);

	if (!rig_device_is_nic(run_of(rig)->machine, device))
		fail(rig, "", 0, "%s has no wire", name);
	return device;
}

static uint64_t op_now(struct rig *rig)
{
	return machine_rig_now(run_of(rig)->machine).ps;
}

static void op_run(struct rig *rig, uint64_t ps)
{
	machine_rig_run(run_of(rig)->machine, dur_ps(ps));
}

static uint64_t op_outstanding(struct rig *rig)
{
	return machine_rig_outstanding(run_of(rig)->machine);
}

static void burst(struct rig *rig, const char *device, uint64_t at, unsigned count,
		  unsigned bytes, uint64_t gap, unsigned flows, bool bad_sum)
{
	unsigned nic = nic_of(rig, device);

	if (bytes < 64 || bytes > 9728 || !flows || flows > 60000)
		fail(rig, "", 0, "frames of 64 to 9728 bytes from 1 to 60000 flows, not %u from %u",
		     bytes, flows);
	rig_burst(run_of(rig)->machine, nic, at_ps(at), count, bytes, dur_ps(gap), flows, bad_sum);
}

static void op_burst(struct rig *rig, const char *device, uint64_t at, unsigned count,
		     unsigned bytes, uint64_t gap, unsigned flows)
{
	burst(rig, device, at, count, bytes, gap, flows, false);
}

static void op_burst_bad(struct rig *rig, const char *device, uint64_t at, unsigned count,
			 unsigned bytes, uint64_t gap, unsigned flows)
{
	burst(rig, device, at, count, bytes, gap, flows, true);
}

static void op_frame(struct rig *rig, const char *device, uint64_t at, const void *data,
		     unsigned bytes, unsigned flags)
{
	unsigned nic = nic_of(rig, device);

	if (bytes < 14 || bytes > FRAME_BYTES_MAX)
		fail(rig, "", 0, "a frame has 14 to %u bytes, not %u", FRAME_BYTES_MAX, bytes);
	rig_frame(run_of(rig)->machine, nic, at_ps(at), data, bytes, flags);
}

static unsigned op_begin(struct rig *rig, enum rig_op op, const char *device, unsigned core,
			 uint64_t a, uint64_t b, uint64_t c, const char *path, const char *text)
{
	struct plat_user user = { .op = op, .core = core, .arg = { a, b, c }, .path = path,
				  .text = text };
	unsigned ticket = machine_rig_begin(run_of(rig)->machine, &user, device_of(rig, device));

	if (!ticket)
		fail(rig, "", 0, "no core %u, or too many operations", core);
	return ticket;
}

static long op_wait(struct rig *rig, unsigned ticket, uint64_t limit, uint64_t *value, int *done)
{
	long status = 0;

	*value = 0;
	*done = machine_rig_wait(run_of(rig)->machine, ticket, dur_ps(limit), &status, value);
	return status;
}

static uint64_t op_stat(struct rig *rig, const char *name)
{
	uint64_t value;

	if (!machine_rig_stat(run_of(rig)->machine, name, &value))
		fail(rig, "", 0, "no stat \"%s\" ('doorbell list stats')", name);
	return value;
}

static uint64_t op_sent(struct rig *rig, const char *device)
{
	return machine_rig_sent(run_of(rig)->machine, nic_of(rig, device));
}

static uint64_t op_received(struct rig *rig, const char *device)
{
	return rig_received_frames(run_of(rig)->machine, nic_of(rig, device));
}

static int op_log_has(struct rig *rig, const char *text)
{
	const struct run *run = run_of(rig);

	return run->log && memmem(run->log, run->log_bytes, text, strlen(text));
}

static uint64_t op_events(struct rig *rig, const char *glob)
{
	const struct run *run = run_of(rig);
	uint64_t sum = 0;

	for (unsigned i = 0; i < run->points; i++)
		if (trace_glob_wants(glob, run->counted[i].point, run->counted[i].source))
			sum += run->counted[i].count;
	return sum;
}

static void op_fault(struct rig *rig, const char *device, const char *what)
{
	char error[200];

	if (machine_fault(run_of(rig)->machine, device, what, error, sizeof(error)))
		fail(rig, "", 0, "fault \"%s\" of %s: %s", what, device, error);
}

static uint64_t op_random(struct rig *rig)
{
	return random_u64(&run_of(rig)->random);
}

static unsigned op_answer(struct rig *rig, unsigned ticket, void *to, unsigned bytes)
{
	return machine_rig_answer(run_of(rig)->machine, ticket, to, bytes);
}

static const struct rig_ops ops = {
	.version = 1,
	.now = op_now,
	.run = op_run,
	.outstanding = op_outstanding,
	.burst = op_burst,
	.frame = op_frame,
	.begin = op_begin,
	.wait = op_wait,
	.stat = op_stat,
	.sent = op_sent,
	.log_has = op_log_has,
	.events = op_events,
	.fault = op_fault,
	.random = op_random,
	.fail = fail,
	.received = op_received,
	.answer = op_answer,
	.burst_bad = op_burst_bad,
};

/* ---- the machine's hooks ---- */

static void on_console(void *ctx, const char *text, unsigned len)
{
	struct run *run = ctx;

	run->log = mem_check(realloc(run->log, run->log_bytes + len));
	memcpy(run->log + run->log_bytes, text, len);
	run->log_bytes += len;
	if (run->console)
		fwrite(text, 1, len, run->console);
}

static void on_sample(void *ctx, const char *stat, uint64_t time_ps, uint64_t id, uint64_t value)
{
}

static void on_progress(void *ctx, uint64_t now_ns, uint64_t end_ns)
{
}

static void on_event(void *ctx, struct at when, const struct trace_point *point,
		     const char *source, const uint64_t arg[3])
{
	struct run *run = ctx;
	unsigned i = 0;

	while (i < run->points &&
	       (run->counted[i].point != point || run->counted[i].source != source))
		i++;
	if (i == POINTS_MAX)
		return;
	if (i == run->points)
		run->counted[run->points++] = (struct counted){ point, source, 0 };
	run->counted[i].count++;
}

static void on_assert(const char *what, const char *file, int line, const char *func)
{
	fprintf(stderr, "doorbell: internal error: %s at %s:%d in %s\n", what, file, line, func);
	if (the_run)
		note(the_run->result, TEST_OUR_BUG, "assert", "internal error: %s at %s:%d", what,
		     file, line);
	fflush(NULL);
	_Exit(RUN_OUR_BUG);
}

static struct at step(void *ctx, struct at limit)
{
	return machine_step(((struct run *)ctx)->machine, limit);
}

/* ---- the test's stack ---- */

/* In a child of the snapshot: memory of its own, and its schedule. */
static void become(struct run *run, size_t i)
{
	char error[128];

	run->result = &run->results[i];
	run->how.schedule = run->schedule[i];
	if (machine_forked(run->machine, error, sizeof(error))) {
		note(run->result, TEST_OUR_BUG, "fork", "%s", error);
		_Exit(0);
	}
}

static uint64_t cpu_us(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static bool failed_before(const struct run *run, size_t upto)
{
	for (size_t i = 0; i < upto; i++)
		if (run->results[i].outcome > TEST_PASSED)
			return true;
	return false;
}

/* The parent waits for each child, which copies the machine's memory first. */
static void fork_schedules(struct run *run)
{
	uint64_t before = cpu_us(RUSAGE_SELF), after;

	for (size_t i = 0; i < run->schedules && !failed_before(run, i); i++) {
		int status = 0;
		pid_t pid = fork();

		if (!pid) {
			become(run, i);
			return;
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0)
			break;
		if (WIFSIGNALED(status))
			note(&run->results[i], TEST_OUR_BUG, "signal", "killed by signal %d",
			     WTERMSIG(status));
		after = cpu_us(RUSAGE_SELF) + cpu_us(RUSAGE_CHILDREN);
		run->results[i].cpu_us = after - before;
		before = after;
	}
	_Exit(0);
}

/* Socket buffers that may be there after the drivers have left: each core keeps some for later (64
 * in its NAPI cache, as many that are yet to be freed), and sockets what nobody has read. */
#define BUFFERS_PER_CORE 200u

/* kfree_rcu collects for five seconds (KFREE_DRAIN_JIFFIES), and may begin anew once. */
#define FREED_MS 12000u

static unsigned left(struct run *run, unsigned device, char *place, size_t bytes)
{
	unsigned count = machine_rig_left(run->machine, device, place, bytes);

	if (!count)
		return 0;
	machine_rig_run(run->machine, dur_ms(FREED_MS));
	return machine_rig_left(run->machine, device, place, bytes);
}

static void judge_left(struct run *run)
{
	char place[128];

	for (unsigned d = 0; d < run->cfg.devices; d++) {
		unsigned count = left(run, d, place, sizeof(place));

		if (count)
			note(run->result, TEST_DRIVER, "memory.leak",
			     "%u objects that the driver of %s took are left after it, of %s",
			     count, run->cfg.device[d].name, place);
	}
}

/* At the end of a strict test the drivers leave, so that what they did not give back shows: their
 * mappings to the DMA API's own checks, socket buffers here. */
static void farewell(struct run *run, uint64_t buffers)
{
	struct machine *machine = run->machine;

	for (unsigned d = 0; d < run->cfg.devices; d++) {
		struct plat_user user = { .op = RIG_UNBIND, .path = "", .text = "" };
		unsigned ticket = machine_rig_begin(machine, &user, d);
		uint64_t value;
		long status;

		if (ticket && machine_rig_wait(machine, ticket, dur_ms(LEAVE_MS), &status, &value))
			continue;
		note(run->result, TEST_DRIVER, "teardown",
		     "the driver of %s has not left after %u ms", run->cfg.device[d].name,
		     LEAVE_MS);
		return;
	}
	machine_rig_run(machine, dur_ms(1));
	judge_left(run);
	buffers += BUFFERS_PER_CORE * run->cfg.cores.count;
	if (machine_rig_objects(machine, "skbuff") > buffers)
		note(run->result, TEST_DRIVER, "memory.leak",
		     "%" PRIu64 " socket buffers are left after the drivers",
		     machine_rig_objects(machine, "skbuff"));
}

static void body(void *ctx)
{
	struct run *run = ctx;
	uint64_t buffers = machine_rig_objects(run->machine, "skbuff");

	if (run->how.strict)
		machine_rig_watch_owners(run->machine);
	machine_perturb_start(run->machine);
	if (run->schedules)
		fork_schedules(run);
	if (*run->how.schedule && machine_perturb(run->machine, run->how.schedule)) {
		note(run->result, TEST_USAGE, "schedule", "no schedule: %s", run->how.schedule);
		return;
	}
	if (!setjmp(run->ended))
		run->test->test->run(&run->rig);
	for (unsigned core = 0; core < run->cfg.cores.count && core < TEST_CORES; core++)
		run->result->busy_ns[core] = machine_busy_ns(run->machine, core);
	run->result->messages = machine_messages(run->machine);
	/* Workloads of the scenario go on to the end: they need their devices. */
	if (run->how.strict && run->result->outcome == TEST_NOT_RUN && !run->cfg.jobs &&
	    !run->cfg.sends)
		farewell(run, buffers);
}

/* ---- the verdict ---- */

static bool allowed(const struct run *run, const char *rule)
{
	const char *allow = run->test->test->allow;

	return allow && trace_glob_match(allow, rule);
}

static void judge_rules(struct run *run)
{
	const struct breach *breach;

	for (unsigned i = 0; (breach = rules_breach_at(run->machine, i)); i++) {
		bool always = !strncmp(breach->rule, "data.", 5);

		if ((!always && !run->how.strict) || allowed(run, breach->rule))
			continue;
		note(run->result, TEST_DRIVER, breach->rule,
		     "rule %s broken by %s at %.3f us on cpu%u%s%s: %s", breach->rule,
		     *breach->device ? breach->device : "the host", (double)breach->time_ps / 1e6,
		     breach->core, *breach->function ? " in " : "", breach->function, breach->text);
		return;
	}
}

/* What drivers and the kernel say when something stands still, as it must not without a fault. */
static void judge_progress(struct run *run)
{
	static const char *const words[] = {
		"timeout, aborting", "timeout, completion polled", "timeout, reset controller",
		"timeout, disable controller", "Detected Tx Unit Hang", "NETDEV WATCHDOG",
		"blocked for more than",
	};

	if (machine_faults(run->machine) || allowed(run, "progress"))
		return;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (op_log_has(&run->rig, words[i]))
			note(run->result, TEST_DRIVER, "progress",
			     "the kernel's log says \"%s\", and no fault was injected", words[i]);
}

static void judge(struct run *run)
{
	struct sim *sim = machine_sim(run->machine);
	unsigned warnings = machine_kernel_warnings(run->machine);
	struct digest digest = sim->trace->digest;

	digest_text(&digest, run->result->digest);
	run->result->simulated_ns = machine_simulated_ps(run->machine) / PS_PER_NS;
	if (machine_end(run->machine) == MACHINE_SOFTWARE_DIED)
		note(run->result, TEST_DRIVER, "panic", "%s", machine_end_message(run->machine));
	if (machine_end(run->machine) == MACHINE_HUNG)
		note(run->result, TEST_DRIVER, "hung", "%s", machine_end_message(run->machine));
	if (warnings > run->test->test->warnings) {
		char first[64];

		machine_first_warning(run->machine, first, sizeof(first));
		if (run->result->outcome == TEST_FAILED)
			run->result->outcome = TEST_NOT_RUN;   /* the cause comes first */
		note(run->result, TEST_DRIVER, "warning", "the kernel warned, first %s", first);
	}
	if (run->result->outcome <= TEST_PASSED)
		judge_rules(run);
	if (run->result->outcome <= TEST_PASSED)
		judge_progress(run);
	note(run->result, TEST_PASSED, "", "%s", "");
}

/* ---- set-up ---- */

struct scn *test_scenario(const struct test_case *test, struct diag *diag)
{
	const struct sim_test *about = test->test;
	char path[PATH_MAX];
	struct scn_options options = { .data_dir = build_data_dir(), .set = about->set,
				       .may_idle = true, .path = path };
	struct scn *scn;

	options.drivers = driver_list(&options.drivers_count);
	while (options.sets < sizeof(about->set) / sizeof(about->set[0]) &&
	       about->set[options.sets])
		options.sets++;
	snprintf(path, sizeof(path), "%s/%s", test->folder, about->scenario ? about->scenario : "");
	if (about->scenario && access(path, R_OK))
		snprintf(path, sizeof(path), "%s/%s", build_data_dir(), about->scenario);
	if (!about->scenario) {
		snprintf(path, sizeof(path), "%s", about->file);
		options.text = about->scenario_text ? about->scenario_text : "format = 1\n";
		options.text_bytes = strlen(options.text);
	}
	return scn_load(&scn, &options, diag) ? NULL : scn;
}

static void name_devices(struct run *run)
{
	run->rig.ops = &ops;
	run->rig.first_nic = run->rig.first_disk = "";
	for (unsigned d = run->cfg.devices; d-- > 0;) {
		const struct machine_device *device = &run->cfg.device[d];

		if (device->model == SCN_MODEL_82599)
			run->rig.first_nic = device->name;
		else if (device->model == SCN_MODEL_NVME || !*run->rig.first_disk)
			run->rig.first_disk = device->name;
	}
}

static void simulate(struct run *run, struct run_observe *observe, struct test_timeline *timeline)
{
	struct machine_hooks hooks = { .console = on_console, .sample = on_sample,
				       .progress = on_progress, .ctx = run,
				       .wake = systemc_wake };
	struct systemc_guest guest = { step, run };
	char error[256] = "no memory";

	random_init(&run->random, run->how.seed, "test");
	run->counter = (struct trace_sink){ .emit = on_event, .ctx = run };
	if (machine_create(&run->machine, &run->cfg, &hooks, error, sizeof(error)) ||
	    machine_test(run->machine, body, run)) {
		note(run->result, TEST_OUR_BUG, "memory", "%s", error);
		return;
	}
	trace_add_sink(machine_sim(run->machine)->trace, &run->counter);
	if (observe)
		run_observe_attach(observe, run->machine);
	if (timeline)
		test_timeline_attach(timeline, run->machine);
	if (machine_build(run->machine, error, sizeof(error)))
		note(run->result, TEST_USAGE, "scenario", "%s", error);
	else if (systemc_run(&guest, NULL, NULL))
		note(run->result, TEST_OUR_BUG, "systemc", "SystemC failed");
	else
		judge(run);
}

static void run_in_files(struct run *run)
{
	struct run_options options = { .out_dir = run->how.keep, .trace_glob = "*",
				       .trace_formats = RUN_TRACE_ALL,
				       .profile_ns = 1000 };
	struct run_observe *observe = NULL;
	struct test_timeline *timeline = NULL;
	char path[PATH_MAX];

	if (run->how.keep) {
		snprintf(path, sizeof(path), "%s/console.log", run->how.keep);
		run->console = fopen(path, "w");
		observe = run_observe_open(&options, &run->cfg);
	}
	if (run->how.timeline)
		timeline = test_timeline_create(run->how.timeline, run->how.schedule);
	simulate(run, observe, timeline);
	if (observe)
		run_observe_close(observe, run->machine);
	test_timeline_write(timeline);
	if (run->console)
		fclose(run->console);
}

static void run_case(struct run *run)
{
	struct diag *diag = diag_new();
	struct scn *scn = test_scenario(run->test, diag);

	the_run = run;
	assert_set_handler(on_assert);
	if (!scn || machine_config(&run->cfg, scn_point(scn, 0), run->how.seed, build_data_dir(),
				   diag) ||
	    !plugin_load(&run->cfg, scn_point(scn, 0))) {
		diag_print(diag, stderr);
		note(run->result, TEST_USAGE, "scenario", "its scenario cannot be run");
		return;
	}
	if (run->cfg.software != MACHINE_LINUX) {
		note(run->result, TEST_USAGE, "scenario", "host.software must be \"linux\"");
		return;
	}
	run->cfg.test = true;
	name_devices(run);
	run_in_files(run);
}

void test_run(const struct test_case *test, const struct test_how *how,
	      struct test_result *result)
{
	struct run *run = mem_zalloc(sizeof(*run));
	uint64_t before = cpu_us(RUSAGE_SELF);

	run->test = test;
	run->how = *how;
	run->result = result;
	run_case(run);
	result->cpu_us = cpu_us(RUSAGE_SELF) - before;
}

void test_run_schedules(const struct test_case *test, const struct test_how *how,
			const char *const *schedule, size_t count, struct test_result *result)
{
	struct run *run = mem_zalloc(sizeof(*run));

	run->test = test;
	run->how = *how;
	run->result = result;
	run->results = result;
	run->schedule = schedule;
	run->schedules = count;
	run_case(run);
	/* Here are only children, each with its result, and a machine that came to no start. */
	fflush(NULL);
	_Exit(0);
}
