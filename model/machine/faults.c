/* SPDX-License-Identifier: MIT */
/* Faults in words, their stats, and which opportunity one happens to. */
#include "model/machine/faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/machine/internal.h"
#include "model/machine/trace_points.h"
#include "model/scenario/units.h"

#define WORD_BYTES 96
#define PERCENT 100u

/* As of the keys' rows in model/scenario/keys.c, and the help of the kinds. */
#define DELAY_DEFAULT "100us"
#define EVERY_DEFAULT "1ms"
#define RUNT_BYTES_DEFAULT     40
#define OVERSIZE_BYTES_DEFAULT 2000
#define SLOW_PERCENT_DEFAULT   50

/* ---- words ---- */

static int take_number(uint64_t *out, const char *text)
{
	bool hex = text[0] == '0' && text[1] == 'x';
	char *end;

	*out = strtoull(text, &end, hex ? 16 : 10);
	return *text >= '0' && *text <= '9' && !*end ? 0 : -1;
}

static int take_time(struct dur *out, const char *text)
{
	struct units_value value;

	if (units_parse(UNITS_TIME, text, &value) != UNITS_OK)
		return -1;
	out->ps = value.value;
	return 0;
}

static int take_kind(struct fault *fault, const char *text)
{
	const struct fault_row *row = fault_row_named(text);

	if (!row)
		return -1;
	fault->kind = FAULT_IRQ_LOST;
	while (fault_row(fault->kind) != row)
		fault->kind++;
	return 0;
}

static int take_access(struct fault *fault, const char *text)
{
	static const char *const words[] = {
		[FAULT_ACCESS_ANY] = "any", [FAULT_ACCESS_READ] = "read",
		[FAULT_ACCESS_WRITE] = "write", [FAULT_ACCESS_REGISTER] = "register",
	};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i], text)) {
			fault->access = (enum fault_access)i;
			return 0;
		}
	return -1;
}

static int take_caller(struct fault *fault, const char *text)
{
	if (strlen(text) >= sizeof(fault->caller))
		return -1;
	snprintf(fault->caller, sizeof(fault->caller), "%s", text);
	return 0;
}

static int take_word(struct fault *fault, const char *key, const char *value)
{
	fault->given |= fault_key(key);
	if (!strcmp(key, "kind"))
		return take_kind(fault, value);
	if (!strcmp(key, "at"))
		return take_time(&fault->at, value);
	if (!strcmp(key, "delay"))
		return take_time(&fault->delay, value);
	if (!strcmp(key, "every"))
		return take_time(&fault->every, value);
	if (!strcmp(key, "after"))
		return take_number(&fault->after, value);
	if (!strcmp(key, "count"))
		return take_number(&fault->count, value);
	if (!strcmp(key, "probability"))
		return take_number(&fault->percent, value);
	if (!strcmp(key, "value"))
		return take_number(&fault->value, value);
	if (!strcmp(key, "register"))
		return take_number(&fault->reg, value);
	if (!strcmp(key, "access"))
		return take_access(fault, value);
	if (!strcmp(key, "caller"))
		return take_caller(fault, value);
	return -1;
}

static uint64_t default_value(enum fault_kind kind)
{
	if (kind == FAULT_FRAME_RUNT)
		return RUNT_BYTES_DEFAULT;
	if (kind == FAULT_FRAME_OVERSIZE)
		return OVERSIZE_BYTES_DEFAULT;
	return kind == FAULT_CORE_SLOW ? SLOW_PERCENT_DEFAULT : 0;
}

/* What is wrong with the words together; NULL: nothing. */
static const char *objection(const struct fault *fault)
{
	const struct fault_row *row = fault_row(fault->kind);

	if (!row)
		return "it has no kind";
	if (!fault->percent || fault->percent > PERCENT)
		return "a probability is 1 to 100";
	if (fault->given & ~row->keys)
		return "a key has no meaning with this kind (doorbell list faults)";
	if (row->keys & FAULT_NEEDS_VALUE && !(fault->given & FAULT_VALUE))
		return "this kind needs a value";
	if (fault->given & FAULT_VALUE && (fault->value < row->least || fault->value > row->most))
		return "the value is out of this kind's range (doorbell list faults)";
	if (row->keys & FAULT_NEEDS_REGISTER && !(fault->given & FAULT_REGISTER))
		return "this kind needs a register";
	if (!fault_access_fits(row, fault->access))
		return "this kind cannot happen to such an access";
	return fault->every.ps ? NULL : "every is at least 1us";
}

static int parse(struct fault *fault, const char *what, char *error, size_t bytes)
{
	char word[WORD_BYTES], *equals;
	const char *why;
	int read = 0;

	while (sscanf(what, "%95s%n", word, &read) == 1) {
		what += read;
		equals = strchr(word, '=');
		if (equals)
			*equals = 0;
		if (!equals || take_word(fault, word, equals + 1)) {
			snprintf(error, bytes, "\"%s\" is not understood", word);
			return -1;
		}
	}
	why = objection(fault);
	if (why) {
		snprintf(error, bytes, "%s", why);
		return -1;
	}
	if (!(fault->given & FAULT_VALUE))
		fault->value = default_value(fault->kind);
	return 0;
}

static bool is_on(const struct machine_device *device, enum fault_on on)
{
	if (on == FAULT_ON_NIC)
		return device->model == SCN_MODEL_82599;
	if (on == FAULT_ON_SSD)
		return device->model == SCN_MODEL_NVME;
	return on == FAULT_ON_DEVICE;
}

/* Where it happens: -1 and `error` if there is no such device or core, or not for this kind. */
static int place(struct machine *machine, struct fault *fault, const char *on, char *error,
		 size_t bytes)
{
	const struct fault_row *row = fault_row(fault->kind);
	int device = rig_device(machine, on), core = fault_core(on);

	if (row->on == FAULT_ON_CORE && core >= 0 && core < (int)machine->cfg->cores.count) {
		fault->core = (unsigned)core;
		fault->devfn = PLAT_NO_DEVICE;
		return 0;
	}
	if (device < 0 || !is_on(&machine->cfg->device[device], row->on)) {
		snprintf(error, bytes, "\"%s\" is not %s", on, fault_on_words(row->on));
		return -1;
	}
	if (row->keys & FAULT_NEEDS_IOMMU && !machine->iommu) {
		snprintf(error, bytes, "iommu.mode is \"off\"");
		return -1;
	}
	fault->device = (unsigned)device;
	fault->devfn = machine->cfg->device[device].devfn;
	return 0;
}

int machine_fault(struct machine *machine, const char *on, const char *what, char *error,
		  size_t error_bytes)
{
	struct fault fault = { .kind = FAULT_KINDS, .count = 1, .percent = PERCENT,
			       .reg = FAULT_ANY_REGISTER };
	struct fault *kept = &machine->fault[machine->faults];
	char stream[48];

	if (machine->faults == FAULTS_MAX) {
		snprintf(error, error_bytes, "there are %u already", FAULTS_MAX);
		return -1;
	}
	take_time(&fault.delay, DELAY_DEFAULT);
	take_time(&fault.every, EVERY_DEFAULT);
	if (parse(&fault, what, error, error_bytes) ||
	    place(machine, &fault, on, error, error_bytes))
		return -1;
	snprintf(stream, sizeof(stream), "fault.%u", machine->faults);
	random_init(&fault.random, machine->sim.seed, stream);
	fault.number = machine->faults++;
	fault.machine = machine;
	*kept = fault;
	machine->faults_armed |= 1ULL << fault.kind;
	if (fault.kind >= FAULT_ALLOC)
		linux_host_arm_faults(true);
	if (fault_row(fault.kind)->keys & FAULT_EVERY) {
		fault_timed_init(machine, kept);
		if (machine->run.ready)
			fault_timed_begin(kept);
	}
	return 0;
}

/* ---- stats ---- */

uint64_t machine_faults(const struct machine *machine)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < machine->faults; i++)
		sum += machine->fault[i].happened;
	return sum;
}

static uint64_t injected(void *ctx)
{
	return machine_faults(ctx);
}

static uint64_t happened(void *ctx)
{
	return ((const struct fault *)ctx)->happened;
}

static uint64_t seen(void *ctx)
{
	return ((const struct fault *)ctx)->seen;
}

void faults_init(struct machine *machine)
{
	struct stats *stats = machine->sim.stats;
	char name[48];

	if (machine->cfg->faults || machine->cfg->test)
		stats_counter_fn(stats, "faults.injected", injected, machine);
	for (unsigned i = 0; i < machine->cfg->faults; i++) {
		snprintf(name, sizeof(name), "fault%u.injected", i);
		stats_counter_fn(stats, name, happened, &machine->fault[i]);
		snprintf(name, sizeof(name), "fault%u.opportunities", i);
		stats_counter_fn(stats, name, seen, &machine->fault[i]);
	}
}

void faults_start(struct machine *machine)
{
	for (unsigned i = 0; i < machine->faults; i++)
		if (fault_row(machine->fault[i].kind)->keys & FAULT_EVERY)
			fault_timed_begin(&machine->fault[i]);
}

void faults_destroy(struct machine *machine)
{
	for (unsigned i = 0; i < machine->faults; i++) {
		if (!(fault_row(machine->fault[i].kind)->keys & FAULT_EVERY))
			continue;
		engine_cancel(machine->sim.engine, &machine->fault[i].begin);
		engine_cancel(machine->sim.engine, &machine->fault[i].end);
	}
}

/* ---- opportunities ---- */

bool fault_happens(struct machine *machine, struct fault *fault)
{
	struct at from = at_add(machine->run.zero, fault->at);

	if (!machine->run.ready || at_before(sim_now(&machine->sim), from) ||
	    (fault->count && fault->happened == fault->count) || fault->seen++ < fault->after ||
	    (fault->percent < PERCENT && !random_chance(&fault->random, fault->percent, PERCENT)))
		return false;
	fault->happened++;
	trace_emit(&machine->trace, MACHINE_FAULT, fault->kind, fault->devfn, fault->happened);
	return true;
}

const struct fault *fault_hits(struct machine *machine, enum fault_kind kind, unsigned devfn)
{
	if (!(machine->faults_armed >> kind & 1))
		return NULL;
	for (unsigned i = 0; i < machine->faults; i++) {
		struct fault *fault = &machine->fault[i];

		if (fault->kind == kind && fault->devfn == devfn && fault_happens(machine, fault))
			return fault;
	}
	return NULL;
}
