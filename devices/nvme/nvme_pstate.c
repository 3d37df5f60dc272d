// SPDX-License-Identifier: MIT
/* Power states (8.4, features 02h and 0Ch): the working state 0 and, if cfg says so, the state 1,
 * which does no I/O. A command for it brings the controller back to state 0. */
#include "devices/nvme/nvme_internal.h"

#define APST_ENTRIES 32u             /* 5.21.1.12 */
#define APST_BYTES   (8u * APST_ENTRIES)

static void set_power(struct nvme *nvme, unsigned state)
{
	nvme_trace(nvme, NVME_TRACE_POWER_STATE, nvme->power.state, state, 0);
	nvme->power.state = state;
}

static void enter_idle_state(struct nvme *nvme)
{
	if (nvme->power.state == 1)
		return;
	set_power(nvme, 1);
	nvme->power.ready = at_add(sim_now(nvme->sim), nvme->cfg.power_entry);
}

/* The way back, of which commands for I/O wait for the end; it begins when the way there is
 * over. */
static void leave_idle_state(struct nvme *nvme)
{
	if (nvme->power.state == 0)
		return;
	set_power(nvme, 0);
	nvme->power.ready = at_add(at_max(nvme->power.ready, sim_now(nvme->sim)),
				   nvme->cfg.power_exit);
}

static void idle_for_long(void *ctx)
{
	enter_idle_state(ctx);
}

void nvme_power_init(struct nvme *nvme)
{
	event_init(&nvme->power.event, "nvme.idle", PHASE_DEVICE, idle_for_long, nvme);
}

void nvme_power_reset(struct nvme *nvme)
{
	engine_cancel(nvme->sim->engine, &nvme->power.event);
	leave_idle_state(nvme);
	nvme->power.busy = 0;
	nvme->power.autonomous = false;
	memset(nvme->power.table, 0, sizeof(nvme->power.table));
}

/* 5.21.1.12, of state 0: dword 0 has the state to go to (ITPS, 7:3) and after how many milliseconds
 * without I/O (ITPT, 31:8), 0 = never. */
static void arm(struct nvme *nvme)
{
	uint32_t entry = get32(nvme->power.table);

	engine_cancel(nvme->sim->engine, &nvme->power.event);
	if (nvme->power.autonomous && !nvme->power.busy && !nvme->power.state && entry >> 8)
		engine_schedule_in(nvme->sim->engine, &nvme->power.event, dur_ms(entry >> 8));
}

/* I/O is about to be fetched: how long it has to wait for the controller. */
struct dur nvme_power_wake(struct nvme *nvme)
{
	struct at now = sim_now(nvme->sim);

	if (!nvme->cfg.power_saving)
		return dur_ps(0);
	engine_cancel(nvme->sim->engine, &nvme->power.event);
	leave_idle_state(nvme);
	return at_before(now, nvme->power.ready) ? at_since(nvme->power.ready, now) : dur_ps(0);
}

void nvme_power_busy(struct nvme *nvme)
{
	nvme->power.busy++;
}

/* The last I/O command is gone when none is left. */
void nvme_power_done(struct nvme *nvme)
{
	if (!--nvme->power.busy && nvme->cfg.power_saving)
		arm(nvme);
}

/* Set Features 02h. WH is a hint about the load; there are no states for it. */
uint16_t nvme_power_set(struct nvme *nvme, uint32_t value)
{
	if ((value & 31) > nvme->cfg.power_saving)
		return NVME_ERR_FIELD;
	if (value & 31)
		enter_idle_state(nvme);
	else
		leave_idle_state(nvme);
	arm(nvme);
	return NVME_OK;
}

uint32_t nvme_power_bytes(void)
{
	return APST_BYTES;
}

/* Set Features 0Ch: only states that do no I/O may be gone to. */
uint16_t nvme_power_take(struct nvme *nvme, bool enabled, const uint8_t *table)
{
	for (unsigned i = 0; i < APST_ENTRIES; i++) {
		uint32_t entry = get32(table + 8 * i);

		if (entry >> 8 && (entry >> 3 & 31) != 1)
			return NVME_ERR_FIELD;
	}
	memcpy(nvme->power.table, table, APST_BYTES);
	nvme->power.autonomous = enabled;
	arm(nvme);
	return NVME_OK;
}

/* Power state descriptors, 5.15.2.2: centiwatts, then entry and exit in microseconds. */
void nvme_power_describe(const struct nvme *nvme, uint8_t *id)
{
	uint8_t *state = id + 2048;

	put16(state, 2500);                             /* 25 W, the slot's */
	if (!nvme->cfg.power_saving)
		return;
	id[263] = 1;                                    /* NPSS */
	id[265] = 1;                                    /* APSTA */
	state += 32;
	put16(state, 1);
	state[3] = 1u << 1;                             /* NOPS */
	put32(state + 4, (uint32_t)(nvme->cfg.power_entry.ps / PS_PER_US));
	put32(state + 8, (uint32_t)(nvme->cfg.power_exit.ps / PS_PER_US));
}
