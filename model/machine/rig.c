/* SPDX-License-Identifier: MIT */
/* The test's coroutine, and what it asks of the user at the machine and of time. An event
 * resumes it; it goes back to whoever ran the event when it waits. */
#include "model/machine/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/cpu/context.h"
#include "model/machine/rig_internal.h"

#define STACK_BYTES (256u << 10)

static void resume(void *ctx)
{
	struct rig *rig = ctx;

	context_switch(&rig->host, &rig->test);
}

static void park(struct rig *rig)
{
	context_switch(&rig->test, &rig->host);
}

static void body(void *ctx)
{
	struct rig *rig = ctx;

	rig->fn(rig->ctx);
	rig_end(rig->machine);
}

int machine_test(struct machine *machine, void (*fn)(void *ctx), void *ctx)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	if (!rig)
		return -1;
	machine->rig = rig;
	rig->machine = machine;
	rig->fn = fn;
	rig->ctx = ctx;
	rig->stack = malloc(STACK_BYTES);
	if (!rig->stack)
		return -1;
	context_make(&rig->test, rig->stack, STACK_BYTES, body, rig);
	event_init(&rig->wake, "driver test", PHASE_CONTROL, resume, rig);
	return 0;
}

void rig_start(struct machine *machine)
{
	engine_schedule(machine->sim.engine, &machine->rig->wake, sim_now(&machine->sim));
}

void rig_destroy(struct machine *machine)
{
	struct rig *rig = machine->rig;

	if (!rig)
		return;
	rig_wire_destroy(rig);
	rig_disk_destroy(rig);
	for (unsigned i = 0; i < rig->requests; i++) {
		free((void *)rig->request[i].user.path);
		free((void *)rig->request[i].user.text);
		free(rig->request[i].answer);
	}
	free(rig->stack);
	free(rig);
}

/* ---- time ---- */

struct at machine_rig_now(struct machine *machine)
{
	return at_ps(at_since(sim_now(&machine->sim), machine->run.zero).ps);
}

void machine_rig_run(struct machine *machine, struct dur time)
{
	engine_reschedule(machine->sim.engine, &machine->rig->wake,
			  at_add(sim_now(&machine->sim), time));
	park(machine->rig);
}

void rig_end(struct machine *machine)
{
	run_test_over(machine);
	for (;;)
		park(machine->rig);
}

/* ---- requests ---- */

int rig_device(struct machine *machine, const char *name)
{
	for (unsigned d = 0; d < machine->cfg->devices; d++)
		if (!strcmp(machine->cfg->device[d].name, name))
			return (int)d;
	return -1;
}

uint64_t machine_rig_objects(const struct machine *machine, const char *caches)
{
	return machine->linux_host ? linux_host_objects(machine->linux_host, caches) : 0;
}

void machine_rig_watch_owners(struct machine *machine)
{
	if (machine->linux_host)
		linux_host_watch_owners(machine->linux_host);
}

/* A driver's functions begin with its name. */
unsigned machine_rig_left(const struct machine *machine, unsigned device, char *place,
			  size_t bytes)
{
	const char *driver = machine->cfg->device[device].driver;
	char prefix[64];

	*place = '\0';
	if (!machine->linux_host || !driver)
		return 0;
	snprintf(prefix, sizeof(prefix), "%s_", driver);
	for (char *at = prefix; *at; at++)
		if (*at == '-')
			*at = '_';
	return linux_host_left(machine->linux_host, prefix, place, bytes);
}

bool rig_device_is_nic(struct machine *machine, unsigned device)
{
	return machine->cfg->device[device].model == SCN_MODEL_82599;
}

static char *copy(const char *text)
{
	char *to = strdup(text ? text : "");

	ASSERT(to);
	return to;
}

unsigned machine_rig_begin(struct machine *machine, const struct plat_user *what, unsigned device)
{
	struct rig *rig = machine->rig;
	struct rig_request *request = &rig->request[rig->requests];

	if (rig->requests == RIG_REQUESTS_MAX || what->core >= machine->cfg->cores.count)
		return 0;
	request->user = *what;
	request->user.id = ++rig->requests;
	request->user.devfn = machine->cfg->device[device].devfn;
	request->user.path = copy(what->path);
	request->user.text = copy(what->text);
	request->device = device;
	request->state = RIG_WAITS;
	rig->open++;
	intc_raise(machine->intc, what->core, PLAT_VEC_USER, dur_ps(0));
	return request->user.id;
}

bool machine_rig_wait(struct machine *machine, unsigned request, struct dur limit, long *status,
	      uint64_t *value)
{
	struct rig *rig = machine->rig;
	const struct rig_request *asked = &rig->request[request - 1];

	ASSERT(request && request <= rig->requests);
	if (asked->state != RIG_DONE) {
		rig->waits_for = request;
		machine_rig_run(machine, limit);
		rig->waits_for = 0;
	}
	*status = asked->status;
	*value = asked->value;
	return asked->state == RIG_DONE;
}

unsigned machine_rig_answer(struct machine *machine, unsigned request, void *to, unsigned bytes)
{
	const struct rig_request *asked = &machine->rig->request[request - 1];

	ASSERT(request && request <= machine->rig->requests);
	if (asked->answer_bytes)
		memcpy(to, asked->answer,
		       bytes < asked->answer_bytes ? bytes : asked->answer_bytes);
	return asked->answer_bytes;
}

bool rig_user_next(struct machine *machine, unsigned core, struct plat_user *user)
{
	struct rig *rig = machine->rig;

	for (unsigned i = rig->first_open; i < rig->requests; i++) {
		struct rig_request *request = &rig->request[i];

		if (request->state != RIG_WAITS || request->user.core != core)
			continue;
		request->state = RIG_TAKEN;
		rig_disk_begin(rig, request);
		*user = request->user;
		return true;
	}
	return false;
}

void rig_user_done(struct machine *machine, unsigned id, long status, uint64_t value)
{
	struct rig *rig = machine->rig;
	struct rig_request *request = &rig->request[id - 1];

	rig_disk_end(rig, request, status);
	request->status = status;
	request->value = value;
	request->state = RIG_DONE;
	rig->open--;
	machine->run.sends++;   /* progress, for the watchdog */
	while (rig->first_open < rig->requests &&
	       rig->request[rig->first_open].state == RIG_DONE)
		rig->first_open++;
	if (rig->waits_for == id)
		engine_reschedule(machine->sim.engine, &rig->wake, sim_now(&machine->sim));
}

uint64_t machine_rig_outstanding(struct machine *machine)
{
	return watch_outstanding(machine) + machine->rig->open + machine->rig->bursts_open;
}

/* ---- stats ---- */

static bool field_of(const struct hist *hist, const char *field, uint64_t *value)
{
	static const struct { const char *name; uint64_t num, den; } quantile[] = {
		{ "p50", 50, 100 }, { "p90", 90, 100 }, { "p99", 99, 100 }, { "p999", 999, 1000 },
		{ "p9999", 9999, 10000 },
	};

	for (size_t i = 0; i < sizeof(quantile) / sizeof(quantile[0]); i++)
		if (!strcmp(field, quantile[i].name)) {
			*value = hist_quantile(hist, quantile[i].num, quantile[i].den);
			return true;
		}
	if (!strcmp(field, "count"))
		*value = hist_count(hist);
	else if (!strcmp(field, "min"))
		*value = hist_min(hist);
	else if (!strcmp(field, "max"))
		*value = hist_max(hist);
	else if (!strcmp(field, "mean"))
		*value = hist_mean(hist);
	else
		return false;
	return true;
}

bool machine_rig_stat(struct machine *machine, const char *name, uint64_t *value)
{
	const char *field = strrchr(name, '.');
	const struct hist *hist;
	char whole[128];

	if (stats_in_window(machine->sim.stats, name, value, &hist))
		return true;
	if (!field || (size_t)(field - name) >= sizeof(whole))
		return false;
	memcpy(whole, name, (size_t)(field - name));
	whole[field - name] = 0;
	return stats_in_window(machine->sim.stats, whole, value, &hist) && hist &&
	       field_of(hist, field + 1, value);
}
