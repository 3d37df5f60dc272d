/* SPDX-License-Identifier: MIT */
/* Driver tests. A test is one C function and a scenario; `doorbell test` finds it in a folder of
 * .c files, compiles it with this header alone and runs it against the simulated machine:
 *
 * 	#include <doorbell/test.h>
 *
 * 	SIM_TEST(mynic, every_frame_of_a_burst_arrives, .scenario = "one-queue.toml")
 * 	{
 * 		rig_wire_burst(rig, (struct at){ 0 }, 64, 64, dur_ns(0));
 * 		rig_run_idle(rig, dur_ms(1));
 * 		EXPECT_EQ(rig, rig_stat(rig, "eth0.rx.delivered"), 64);
 * 	}
 *
 * The function runs outside of the machine, as the world does; simulated time passes only in
 * rig_run and whatever waits. Time zero is when the interfaces are up and the disks open. A test
 * that fails ends at once, and one line says how to run it again exactly.
 *
 * Always checked: no oops, WARN or hang of the kernel; datagrams that reach a socket and sectors
 * that are read are what was sent and written. Not modelled: tests in C++; more than one machine
 * a test. */
#ifndef DOORBELL_TEST_H
#define DOORBELL_TEST_H

#include <stdint.h>

#ifndef DOORBELL_CORE_TIME_H
struct at {
	uint64_t ps;             /* picoseconds from time zero */
};

struct dur {
	uint64_t ps;
};

static inline struct dur dur_ps(uint64_t ps)
{
	return (struct dur){ ps };
}

static inline struct dur dur_ns(uint64_t ns)
{
	return (struct dur){ ns * 1000 };
}

static inline struct dur dur_us(uint64_t us)
{
	return (struct dur){ us * 1000000 };
}

static inline struct dur dur_ms(uint64_t ms)
{
	return (struct dur){ ms * 1000000000 };
}

static inline struct at at_add(struct at t, struct dur d)
{
	return (struct at){ t.ps + d.ps };
}
#endif

/* What a user at the machine can be asked to do; numbers are the simulator's. */
enum rig_op {
	RIG_OPEN, RIG_CLOSE, RIG_RING, RIG_CHANNELS, RIG_COALESCE, RIG_MTU, RIG_COUNTER,
	RIG_SELF_TEST, RIG_NEGOTIATE, RIG_TX_TIMEOUT, RIG_CARRIER, RIG_AFFINITY, RIG_SEND,
	RIG_READ, RIG_WRITE, RIG_FLUSH, RIG_FILE, RIG_UNBIND, RIG_BIND, RIG_FUNCTION_RESET,
	RIG_PCI_ERROR, RIG_FILE_READ, RIG_STEER, RIG_DISCARD, RIG_ZEROES, RIG_OPS,
};

/* How an I/O's data lie in memory, and what else holds for it: the last argument of rig_begin with
 * RIG_READ and RIG_WRITE. The low 12 bits: where they begin in their first page. */
enum {
	RIG_CONTIGUOUS = 1 << 12,
	RIG_FUA = 1 << 13,
};

enum { RIG_BAD_FCS = 1 };            /* flags of rig_wire_frame */

struct rig;

/* What the simulator gives to a test. New functions are added at the end. */
struct rig_ops {
	unsigned version;
	uint64_t (*now)(struct rig *rig);
	void (*run)(struct rig *rig, uint64_t ps);
	uint64_t (*outstanding)(struct rig *rig);
	void (*burst)(struct rig *rig, const char *device, uint64_t at_ps, unsigned count,
		      unsigned bytes, uint64_t gap_ps, unsigned flows);
	void (*frame)(struct rig *rig, const char *device, uint64_t at_ps, const void *data,
		      unsigned bytes, unsigned flags);
	unsigned (*begin)(struct rig *rig, enum rig_op op, const char *device, unsigned core,
			  uint64_t a, uint64_t b, uint64_t c, const char *path, const char *text);
	/* limit_ps 0: only looks. Not done: *done = 0. */
	long (*wait)(struct rig *rig, unsigned ticket, uint64_t limit_ps, uint64_t *value,
		     int *done);
	uint64_t (*stat)(struct rig *rig, const char *name);
	uint64_t (*sent)(struct rig *rig, const char *device);
	int (*log_has)(struct rig *rig, const char *text);
	uint64_t (*events)(struct rig *rig, const char *glob);
	void (*fault)(struct rig *rig, const char *device, const char *what);
	uint64_t (*random)(struct rig *rig);
	void (*fail)(struct rig *rig, const char *file, int line, const char *fmt, ...)
		__attribute__((format(printf, 4, 5), noreturn));
	uint64_t (*received)(struct rig *rig, const char *device);
	/* What the operation read: the bytes there are, of which at most `bytes` are copied. */
	unsigned (*answer)(struct rig *rig, unsigned ticket, void *to, unsigned bytes);
	void (*burst_bad)(struct rig *rig, const char *device, uint64_t at_ps, unsigned count,
			  unsigned bytes, uint64_t gap_ps, unsigned flows);
};

/* The simulator's struct begins like this. */
struct rig {
	const struct rig_ops *ops;
	const char *first_nic, *first_disk;   /* names in the scenario; "" = there is none */
};

struct sim_test {
	const char *suite, *name, *file;
	int line;
	void (*run)(struct rig *rig);
	const char *scenario;        /* a file, relative to the test's folder, else to Doorbell's */
	const char *scenario_text;   /* or the scenario itself */
	const char *set[8];          /* "key=value": overrides, as --set */
	uint64_t seed_first;         /* default: 1 */
	unsigned seed_count;         /* default: 1 */
	unsigned warnings;           /* WARNs of the kernel that are expected, at most */
	const char *allow;           /* a rule that may be broken, or a glob of such ("dma.*") */
	unsigned no_explore;         /* 1: what it expects does not hold under other timings */
};

#define SIM_TEST(suite_, name_, ...)                                                              \
	static void suite_##_##name_(struct rig *rig);                                            \
	static const struct sim_test sim_test_##suite_##_##name_ = {                              \
		.suite = #suite_, .name = #name_, .file = __FILE__, .line = __LINE__,             \
		.run = suite_##_##name_, ##__VA_ARGS__                                            \
	};                                                                                        \
	__attribute__((used, section("doorbell_tests")))                                          \
	static const struct sim_test *const sim_test_at_##suite_##_##name_ =                      \
		&sim_test_##suite_##_##name_;                                                     \
	static void suite_##_##name_(struct rig *rig)

struct sim_tests {
	const struct sim_test *const *first, *const *end;
};

#ifndef DOORBELL_TEST_HOST
/* What `doorbell test` looks for in a compiled file: its tests. */
extern const struct sim_test *const __start_doorbell_tests[] __attribute__((visibility("hidden")));
extern const struct sim_test *const __stop_doorbell_tests[] __attribute__((visibility("hidden")));
struct sim_tests doorbell_find_tests(void);
__attribute__((weak, visibility("default"))) struct sim_tests doorbell_find_tests(void)
{
	return (struct sim_tests){ __start_doorbell_tests, __stop_doorbell_tests };
}
#endif

/* ---- time ---- */

static inline struct at rig_now(struct rig *rig)
{
	return (struct at){ rig->ops->now(rig) };
}

static inline void rig_run(struct rig *rig, struct dur time)
{
	rig->ops->run(rig, time.ps);
}

/* Frames, I/Os and requests under way. */
static inline uint64_t rig_outstanding(struct rig *rig)
{
	return rig->ops->outstanding(rig);
}

/* ---- the wire. Frames are UDP datagrams to the workloads' socket; sizes count the FCS. ---- */

static inline void rig_wire_burst_on(struct rig *rig, const char *device, struct at when,
				     unsigned count, unsigned bytes, struct dur gap)
{
	rig->ops->burst(rig, device, when.ps, count, bytes, gap.ps, 1);
}

/* On the first interface. The first frame's last bit arrives at `when`, the others `gap` apart, but
 * never closer than the wire allows. */
static inline void rig_wire_burst(struct rig *rig, struct at when, unsigned count, unsigned bytes,
				  struct dur gap)
{
	rig_wire_burst_on(rig, rig->first_nic, when, count, bytes, gap);
}

/* From `flows` senders in turn: receive-side scaling spreads them over queues. */
static inline void rig_wire_flows(struct rig *rig, const char *device, struct at when,
				  unsigned count, unsigned bytes, struct dur gap, unsigned flows)
{
	rig->ops->burst(rig, device, when.ps, count, bytes, gap.ps, flows);
}

/* With wrong UDP checksums: no socket may get any of them. */
static inline void rig_wire_bad_sums(struct rig *rig, const char *device, struct at when,
				     unsigned count, unsigned bytes, struct dur gap)
{
	rig->ops->burst_bad(rig, device, when.ps, count, bytes, gap.ps, 1);
}

/* Any bytes, from the destination address on, without FCS. */
static inline void rig_wire_frame(struct rig *rig, const char *device, struct at when,
				  const void *data, unsigned bytes, unsigned flags)
{
	rig->ops->frame(rig, device, when.ps, data, bytes, flags);
}

/* Datagrams of rig_send that left on the wire, whole and right. */
static inline uint64_t rig_sent(struct rig *rig, const char *device)
{
	return rig->ops->sent(rig, device);
}

/* Different frames whose datagrams reached a socket. The stat "eth0.rx.delivered" counts a frame
 * as lost that another one of its flow has overtaken. */
static inline uint64_t rig_received(struct rig *rig, const char *device)
{
	return rig->ops->received(rig, device);
}

/* ---- a user at the machine. Operations return 0 or a negative errno of the kernel. ---- */

/* How long an operation may take before the test fails. */
#define RIG_LIMIT dur_ms(130000)

/* Begins an operation on a core and comes back at once, with a ticket for rig_wait. */
static inline unsigned rig_begin(struct rig *rig, enum rig_op op, const char *device,
				 unsigned core, uint64_t a, uint64_t b, uint64_t c)
{
	return rig->ops->begin(rig, op, device, core, a, b, c, "", "");
}

static inline int rig_done(struct rig *rig, unsigned ticket)
{
	uint64_t value;
	int done;

	rig->ops->wait(rig, ticket, 0, &value, &done);
	return done;
}

/* The operation's result; `value` may be NULL. */
static inline long rig_wait_value(struct rig *rig, unsigned ticket, uint64_t *value)
{
	uint64_t got;
	int done;
	long status = rig->ops->wait(rig, ticket, RIG_LIMIT.ps, &got, &done);

	if (!done)
		rig->ops->fail(rig, "", 0, "operation %u has not come back after %llu ms", ticket,
			       (unsigned long long)(RIG_LIMIT.ps / 1000000000));
	if (value)
		*value = got;
	return status;
}

static inline long rig_wait(struct rig *rig, unsigned ticket)
{
	return rig_wait_value(rig, ticket, 0);
}

static inline long rig_do(struct rig *rig, enum rig_op op, const char *device, uint64_t a,
			  uint64_t b, uint64_t c)
{
	return rig_wait(rig, rig_begin(rig, op, device, 0, a, b, c));
}

static inline long rig_open(struct rig *rig, const char *device)
{
	return rig_do(rig, RIG_OPEN, device, 0, 0, 0);
}

static inline long rig_close(struct rig *rig, const char *device)
{
	return rig_do(rig, RIG_CLOSE, device, 0, 0, 0);
}

static inline long rig_set_ring(struct rig *rig, const char *device, unsigned entries)
{
	return rig_do(rig, RIG_RING, device, entries, 0, 0);
}

static inline long rig_set_channels(struct rig *rig, const char *device, unsigned queues)
{
	return rig_do(rig, RIG_CHANNELS, device, queues, 0, 0);
}

/* 0 = no throttle, 1 = the driver's own algorithm, else microseconds. */
static inline long rig_set_coalesce(struct rig *rig, const char *device, unsigned us)
{
	return rig_do(rig, RIG_COALESCE, device, us, 0, 0);
}

/* ethtool -N: datagrams for a UDP port go to a queue, or nowhere; or the rule is taken back. */
#define RIG_STEER_DROP 0xffffu
#define RIG_STEER_NONE 0xfffeu
static inline long rig_steer(struct rig *rig, const char *device, unsigned port, unsigned queue)
{
	return rig_do(rig, RIG_STEER, device, port, queue, 0);
}

static inline long rig_set_mtu(struct rig *rig, const char *device, unsigned mtu)
{
	return rig_do(rig, RIG_MTU, device, mtu, 0, 0);
}

static inline long rig_negotiate(struct rig *rig, const char *device)
{
	return rig_do(rig, RIG_NEGOTIATE, device, 0, 0, 0);
}

static inline long rig_self_test(struct rig *rig, const char *device)
{
	return rig_do(rig, RIG_SELF_TEST, device, 0, 0, 0);
}

static inline long rig_tx_timeout(struct rig *rig, const char *device)
{
	return rig_do(rig, RIG_TX_TIMEOUT, device, 0, 0, 0);
}

/* 1: the interface is open and has carrier. */
static inline int rig_carrier(struct rig *rig, const char *device)
{
	uint64_t value = 0;
	long err = rig_wait_value(rig, rig_begin(rig, RIG_CARRIER, device, 0, 0, 0, 0), &value);

	return !err && value;
}

/* Waits until the interface has carrier, at most `limit`; 1 = it has. */
static inline int rig_wait_carrier(struct rig *rig, const char *device, struct dur limit)
{
	uint64_t end = rig_now(rig).ps + limit.ps;

	while (!rig_carrier(rig, device)) {
		if (rig_now(rig).ps >= end)
			return 0;
		rig_run(rig, dur_ms(1));
	}
	return 1;
}

/* Moves an interrupt vector of the device to a core. */
static inline long rig_set_affinity(struct rig *rig, const char *device, unsigned vector,
				    unsigned core)
{
	return rig_do(rig, RIG_AFFINITY, device, vector, core, 0);
}

/* A counter of ethtool -S; the test fails if the driver has none of that name. */
static inline uint64_t rig_counter(struct rig *rig, const char *device, const char *name)
{
	uint64_t value = 0;
	unsigned ticket = rig->ops->begin(rig, RIG_COUNTER, device, 0, 0, 0, 0, "", name);

	if (rig_wait_value(rig, ticket, &value))
		rig->ops->fail(rig, "", 0, "%s has no counter \"%s\"", device, name);
	return value;
}

/* `count` datagrams of `bytes` payload (8 to 1472) from a socket. */
static inline long rig_send(struct rig *rig, const char *device, unsigned count, unsigned bytes)
{
	return rig_do(rig, RIG_SEND, device, count, bytes, 0);
}

/* The same as sendfile does it: the pages go to the driver as they are, in two pieces. */
static inline long rig_send_pages(struct rig *rig, const char *device, unsigned count,
				  unsigned bytes)
{
	return rig_do(rig, RIG_SEND, device, count, bytes, 1);
}

/* One I/O of up to 1 MiB in pages that are not contiguous. *wrong: sectors that do not hold what
 * was written there (never written ones have a content of their own); may be NULL. */
static inline long rig_read(struct rig *rig, const char *device, uint64_t offset, unsigned bytes,
			    uint64_t *wrong)
{
	return rig_wait_value(rig, rig_begin(rig, RIG_READ, device, 0, offset, bytes, 0), wrong);
}

static inline long rig_write(struct rig *rig, const char *device, uint64_t offset, unsigned bytes)
{
	return rig_do(rig, RIG_WRITE, device, offset, bytes, 0);
}

/* With RIG_CONTIGUOUS (then up to 4 MiB), RIG_FUA or an offset. */
static inline long rig_read_as(struct rig *rig, const char *device, uint64_t offset,
			       unsigned bytes, unsigned how, uint64_t *wrong)
{
	return rig_wait_value(rig, rig_begin(rig, RIG_READ, device, 0, offset, bytes, how), wrong);
}

static inline long rig_write_as(struct rig *rig, const char *device, uint64_t offset,
				unsigned bytes, unsigned how)
{
	return rig_do(rig, RIG_WRITE, device, offset, bytes, how);
}

/* What was there reads as zeroes afterwards. */
static inline long rig_discard(struct rig *rig, const char *device, uint64_t offset, uint64_t bytes)
{
	return rig_do(rig, RIG_DISCARD, device, offset, bytes, 0);
}

static inline long rig_zeroes(struct rig *rig, const char *device, uint64_t offset, uint64_t bytes)
{
	return rig_do(rig, RIG_ZEROES, device, offset, bytes, 0);
}

static inline long rig_flush(struct rig *rig, const char *device)
{
	return rig_do(rig, RIG_FLUSH, device, 0, 0, 0);
}

/* echo TEXT > /sys/PATH; a disk of the scenario is "block/nvme0n1", a controller
 * "class/nvme/nvme0", numbered in the order of the devices. */
static inline long rig_sysfs(struct rig *rig, const char *path, const char *text)
{
	const char *device = *rig->first_nic ? rig->first_nic : rig->first_disk;

	return rig_wait(rig, rig->ops->begin(rig, RIG_FILE, device, 0, 0, 0, 0, path, text));
}

/* cat /sys/PATH: the number of bytes, of which `text` gets what fits, and a NUL; or the error. */
static inline long rig_sysfs_read(struct rig *rig, const char *path, char *text, unsigned bytes)
{
	const char *device = *rig->first_nic ? rig->first_nic : rig->first_disk;
	unsigned ticket = rig->ops->begin(rig, RIG_FILE_READ, device, 0, 0, 0, 0, path, "");
	long status = rig_wait(rig, ticket);
	unsigned got;

	if (status)
		return status;
	got = rig->ops->answer(rig, ticket, text, bytes - 1);
	text[got < bytes ? got : bytes - 1] = 0;
	return got;
}

static inline unsigned rig_begin_sysfs(struct rig *rig, unsigned core, const char *path,
				       const char *text)
{
	const char *device = *rig->first_nic ? rig->first_nic : rig->first_disk;

	return rig->ops->begin(rig, RIG_FILE, device, core, 0, 0, 0, path, text);
}

/* The driver leaves its device, and comes back; an interface is set up and opened again then. */
static inline long rig_unbind(struct rig *rig, const char *device)
{
	return rig_do(rig, RIG_UNBIND, device, 0, 0, 0);
}

static inline long rig_bind(struct rig *rig, const char *device)
{
	return rig_do(rig, RIG_BIND, device, 0, 0, 0);
}

static inline long rig_function_reset(struct rig *rig, const char *device)
{
	return rig_do(rig, RIG_FUNCTION_RESET, device, 0, 0, 0);
}

/* The bus reports an error: 1 = it can go on, 2 = frozen (reset is offered), 3 = gone for good. */
static inline long rig_pci_error(struct rig *rig, const char *device, unsigned state)
{
	return rig_do(rig, RIG_PCI_ERROR, device, state, 0, 0);
}

/* ---- faults: the keys of a [[fault]] table, e.g. "kind=irq-lost count=1"; `on` is a device or a
 * core, "cpu1". `doorbell list faults` has the kinds. ---- */

static inline void rig_fault(struct rig *rig, const char *device, const char *what)
{
	rig->ops->fault(rig, device, what);
}

/* ---- what is to be seen ---- */

/* A stat so far: a counter, or a distribution's field ("eth0.rx.latency_ns.max"). */
static inline uint64_t rig_stat(struct rig *rig, const char *name)
{
	return rig->ops->stat(rig, name);
}

/* The kernel's log holds the text. */
static inline int rig_log_has(struct rig *rig, const char *text)
{
	return rig->ops->log_has(rig, text);
}

/* Trace events so far, by glob of their names (`doorbell list events`). */
static inline uint64_t rig_events(struct rig *rig, const char *glob)
{
	return rig->ops->events(rig, glob);
}

/* A number that depends on the seed only. */
static inline uint64_t rig_random(struct rig *rig, uint64_t below)
{
	return below ? rig->ops->random(rig) % below : 0;
}

#define RIG_EXPECT_(rig, a, op, b)                                                                \
	do {                                                                                      \
		long long left_ = (long long)(a), right_ = (long long)(b);                        \
		if (!(left_ op right_))                                                           \
			(rig)->ops->fail(rig, __FILE__, __LINE__, "%s is %lld, not %s %lld", #a,  \
					 left_, #op, right_);                                     \
	} while (0)

#define EXPECT_EQ(rig, a, b) RIG_EXPECT_(rig, a, ==, b)
#define EXPECT_NE(rig, a, b) RIG_EXPECT_(rig, a, !=, b)
#define EXPECT_LE(rig, a, b) RIG_EXPECT_(rig, a, <=, b)
#define EXPECT_LT(rig, a, b) RIG_EXPECT_(rig, a, <, b)
#define EXPECT_GE(rig, a, b) RIG_EXPECT_(rig, a, >=, b)
#define EXPECT_GT(rig, a, b) RIG_EXPECT_(rig, a, >, b)
#define EXPECT_TRUE(rig, a) RIG_EXPECT_(rig, !!(a), ==, 1)
#define EXPECT_LOG(rig, text) RIG_EXPECT_(rig, rig_log_has(rig, text), ==, 1)
#define EXPECT_NO_LOG(rig, text) RIG_EXPECT_(rig, rig_log_has(rig, text), ==, 0)

/* Runs for `time` and expects that nothing is under way then. */
static inline void rig_run_idle(struct rig *rig, struct dur time)
{
	rig_run(rig, time);
	if (rig_outstanding(rig))
		rig->ops->fail(rig, "", 0, "%llu frames, I/Os or requests are still under way",
			       (unsigned long long)rig_outstanding(rig));
}

#endif
