/* SPDX-License-Identifier: MIT */
#include "model/machine/faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/machine/internal.h"
#include "model/machine/trace_points.h"
#include "model/scenario/units.h"
#include "model/trace/trace_text.h"

#define WORD_BYTES 96
#define DELAY_DEFAULT "100us"   /* as of the key's row in model/scenario/keys.c */
#define PERCENT 100u

static const struct { const char *name, *help; } kinds[FAULT_KINDS] = {
	[FAULT_IRQ_LOST] = { "irq-lost", "a message interrupt never arrives" },
	[FAULT_IRQ_LATE] = { "irq-late", "a message interrupt comes `delay` later" },
	[FAULT_IRQ_TWICE] = { "irq-twice", "a message interrupt comes again after `delay`" },
	[FAULT_DMA_LATE] = { "dma-late", "a write of the device lands `delay` later" },
	[FAULT_DMA_ASTRAY] = { "dma-astray", "a request goes to its address XOR `value`" },
	[FAULT_READ_ONES] = { "read-ones", "a register reads as all ones" },
	[FAULT_READ_GARBAGE] = { "read-garbage", "a register reads as a random number" },
	[FAULT_REMOVED] = { "removed", "the device is gone: ones, no DMA, no interrupts" },
	[FAULT_FRAME_BAD] = { "frame-bad", "a received frame has a bad check sequence" },
	[FAULT_FRAME_LOST] = { "frame-lost", "a frame is lost on its way to the interface" },
	[FAULT_FRAME_TWICE] = { "frame-twice", "a frame arrives twice" },
	[FAULT_STATUS] = { "status", "an I/O command ends with status `value`" },
	[FAULT_NO_COMPLETION] = { "no-completion", "an I/O command never completes" },
	[FAULT_COMPLETION_TWICE] = { "completion-twice", "a completion entry is posted twice" },
	[FAULT_WRONG_ID] = { "wrong-id", "a completion's command id is XORed with `value`" },
	[FAULT_ALLOC] = { "alloc", "an allocation of `caller` fails" },
	[FAULT_DMA_ALLOC] = { "dma-alloc", "an allocation of DMA memory by `caller` fails" },
	[FAULT_DMA_MAP] = { "dma-map", "a DMA mapping for the device fails" },
};

const char *faults_kind(unsigned kind, const char **help)
{
	if (kind >= FAULT_KINDS)
		return NULL;
	*help = kinds[kind].help;
	return kinds[kind].name;
}

/* ---- words ---- */

static int take_kind(struct fault *fault, const char *text)
{
	for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
		if (!strcmp(text, kinds[kind].name)) {
			fault->kind = kind;
			return 0;
		}
	return -1;
}

static int take_number(uint64_t *out, const char *text)
{
	char *end;

	*out = strtoull(text, &end, 0);
	return *text && !*end ? 0 : -1;
}

static int take_time(struct dur *out, const char *text)
{
	struct units_value value;

	if (units_parse(UNITS_TIME, text, &value) != UNITS_OK)
		return -1;
	out->ps = value.value;
	return 0;
}

static int take_word(struct fault *fault, const char *key, const char *value)
{
	if (!strcmp(key, "kind"))
		return take_kind(fault, value);
	if (!strcmp(key, "at"))
		return take_time(&fault->at, value);
	if (!strcmp(key, "delay"))
		return take_time(&fault->delay, value);
	if (!strcmp(key, "after"))
		return take_number(&fault->after, value);
	if (!strcmp(key, "count"))
		return take_number(&fault->count, value);
	if (!strcmp(key, "probability"))
		return take_number(&fault->percent, value);
	if (!strcmp(key, "value"))
		return take_number(&fault->value, value);
	if (strcmp(key, "caller") || strlen(value) >= sizeof(fault->caller))
		return -1;
	snprintf(fault->caller, sizeof(fault->caller), "%s", value);
	return 0;
}

static int parse(struct fault *fault, const char *what, char *error, size_t bytes)
{
	char word[WORD_BYTES], *equals;
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
	if (fault->kind == FAULT_KINDS || fault->percent > PERCENT) {
		snprintf(error, bytes, "it has no kind, or a probability above 100");
		return -1;
	}
	return 0;
}

/* Functions of a driver begin with its name; the models' drivers are these. */
static const char *driver_glob(const struct machine_device *device)
{
	return device->model == SCN_MODEL_82599 ? "ixgbe*" : "nvme*";
}

int machine_fault(struct machine *machine, unsigned device, const char *what, char *error,
		  size_t error_bytes)
{
	struct fault fault = { .kind = FAULT_KINDS, .count = 1, .percent = PERCENT };
	const struct machine_device *cfg = &machine->cfg->device[device];
	char stream[48];

	if (machine->faults == FAULTS_MAX) {
		snprintf(error, error_bytes, "there are %u already", FAULTS_MAX);
		return -1;
	}
	take_time(&fault.delay, DELAY_DEFAULT);
	if (parse(&fault, what, error, error_bytes))
		return -1;
	fault.devfn = cfg->devfn;
	if (!*fault.caller)
		snprintf(fault.caller, sizeof(fault.caller), "%s", driver_glob(cfg));
	snprintf(stream, sizeof(stream), "fault.%u", machine->faults);
	random_init(&fault.random, machine->sim.seed, stream);
	machine->fault[machine->faults++] = fault;
	if (fault.kind >= FAULT_ALLOC)
		linux_host_arm_faults(true);
	return 0;
}

uint64_t machine_faults(const struct machine *machine)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < machine->faults; i++)
		sum += machine->fault[i].happened;
	return sum;
}

/* ---- opportunities ---- */

static bool happens(struct machine *machine, struct fault *fault)
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

bool fault_hits(struct machine *machine, enum fault_kind kind, unsigned devfn, struct dur *delay,
		uint64_t *value)
{
	for (unsigned i = 0; i < machine->faults; i++) {
		struct fault *fault = &machine->fault[i];

		if (fault->kind != kind || fault->devfn != devfn || !happens(machine, fault))
			continue;
		*delay = fault->delay;
		*value = fault->value;
		return true;
	}
	return false;
}

/* Once gone, gone: it is not another opportunity each time. */
bool fault_removed(struct machine *machine, unsigned devfn)
{
	for (unsigned i = 0; i < machine->faults; i++) {
		struct fault *fault = &machine->fault[i];

		if (fault->kind == FAULT_REMOVED && fault->devfn == devfn &&
		    (fault->happened || happens(machine, fault)))
			return true;
	}
	return false;
}

unsigned fault_message(struct machine *machine, unsigned devfn, struct dur *delay)
{
	uint64_t value;
	struct dur again;

	*delay = dur_ps(0);
	if (!machine->faults)
		return 1;
	if (fault_removed(machine, devfn) ||
	    fault_hits(machine, FAULT_IRQ_LOST, devfn, &again, &value))
		return 0;
	fault_hits(machine, FAULT_IRQ_LATE, devfn, delay, &value);
	if (!fault_hits(machine, FAULT_IRQ_TWICE, devfn, &again, &value))
		return 1;
	*delay = again;
	return 2;
}

uint64_t fault_register(struct machine *machine, unsigned devfn, uint64_t value)
{
	struct dur delay;
	uint64_t unused;

	if (!machine->faults)
		return value;
	if (fault_removed(machine, devfn) ||
	    fault_hits(machine, FAULT_READ_ONES, devfn, &delay, &unused))
		return UINT64_MAX;
	for (unsigned i = 0; i < machine->faults; i++) {
		struct fault *fault = &machine->fault[i];

		if (fault->kind == FAULT_READ_GARBAGE && fault->devfn == devfn &&
		    happens(machine, fault))
			return random_u64(&fault->random);
	}
	return value;
}

bool fault_call(struct machine *machine, unsigned call, unsigned devfn, uint64_t caller)
{
	for (unsigned i = 0; i < machine->faults; i++) {
		struct fault *fault = &machine->fault[i];
		char name[96], *plus;

		if (fault->kind != FAULT_ALLOC + call ||
		    (devfn != PLAT_NO_DEVICE && devfn != fault->devfn))
			continue;
		linux_host_name(caller, name, sizeof(name));
		plus = strchr(name, '+');
		if (plus)
			*plus = 0;
		if ((devfn != PLAT_NO_DEVICE || trace_glob_match(fault->caller, name)) &&
		    happens(machine, fault))
			return true;
	}
	return false;
}
