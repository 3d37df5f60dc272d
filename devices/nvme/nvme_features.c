// SPDX-License-Identifier: MIT
/* Set Features and Get Features, 5.21 and 5.13. Saved values come back at a reset and at power-
 * on. */
#include "devices/nvme/nvme_internal.h"

#define COALESCE_STEP_PS    (100 * PS_PER_US) /* 5.21.1.8 */
#define TEMPERATURE_DEFAULT 343u            /* over: WCTEMP; under: 0 */
#define ASYNC_EVENTS        0x1ffu          /* critical warnings, namespace attributes */
#define TIMESTAMP_BYTES     8u
#define TIMESTAMP_MAX       0xffffffffffffull
#define HOST_BEHAVIOR_BYTES 512u

/* 5.13.1: what Get Features says of a feature. */
#define CAPABILITY_SAVE      (1u << 0)
#define CAPABILITY_NAMESPACE (1u << 1)
#define CAPABILITY_CHANGE    (1u << 2)

enum {
	SELECT_CURRENT,
	SELECT_DEFAULT,
	SELECT_SAVED,
	SELECT_CAPABILITIES,
};

static uint32_t coalescing_default(const struct nvme *nvme)
{
	uint64_t steps = (nvme->cfg.coalesce_time.ps + COALESCE_STEP_PS - 1) / COALESCE_STEP_PS;
	uint32_t entries = nvme->cfg.coalesce_threshold;

	return (uint32_t)(steps > 255 ? 255 : steps) << 8 | (entries ? entries - 1 : 0);
}

static void defaults(const struct nvme *nvme, struct nvme_features *features)
{
	*features = (struct nvme_features){
		.arbitration = 3,                   /* as RAB: bursts of 8 */
		.over = TEMPERATURE_DEFAULT,
		.write_cache = nvme->cfg.volatile_cache && !nvme->cfg.cache_off,
		.coalescing = coalescing_default(nvme),
		.coalesce_time = nvme->cfg.coalesce_time,
		.coalesce_entries = nvme->cfg.coalesce_threshold,
		.queues_sq = nvme->cfg.io_queues,
		.queues_cq = nvme->cfg.io_queues,
		.timestamp_at = sim_now(nvme->sim),
	};
}

static bool saveable(uint8_t id)
{
	switch (id) {
	case NVME_FEAT_ARBITRATION:
	case NVME_FEAT_TEMPERATURE:
	case NVME_FEAT_ERROR_RECOVERY:
	case NVME_FEAT_WRITE_CACHE:
	case NVME_FEAT_COALESCING:
	case NVME_FEAT_ATOMICITY:
		return true;
	default:
		return false;
	}
}

/* What is saveable, from one set to another. */
static void copy_saveable(struct nvme_features *to, const struct nvme_features *from)
{
	to->arbitration = from->arbitration;
	to->over = from->over;
	to->under = from->under;
	to->write_cache = from->write_cache;
	to->coalescing = from->coalescing;
	to->coalesce_time = from->coalesce_time;
	to->coalesce_entries = from->coalesce_entries;
	to->atomicity = from->atomicity;
}

/* The saved value of one feature becomes its current one. */
static void save(struct nvme *nvme, uint8_t id)
{
	const struct nvme_features *now = &nvme->features;
	struct nvme_features kept = nvme->saved;

	copy_saveable(&nvme->saved, now);
	if (id != NVME_FEAT_ARBITRATION)
		nvme->saved.arbitration = kept.arbitration;
	if (id != NVME_FEAT_TEMPERATURE) {
		nvme->saved.over = kept.over;
		nvme->saved.under = kept.under;
	}
	if (id != NVME_FEAT_WRITE_CACHE)
		nvme->saved.write_cache = kept.write_cache;
	if (id != NVME_FEAT_COALESCING) {
		nvme->saved.coalescing = kept.coalescing;
		nvme->saved.coalesce_time = kept.coalesce_time;
		nvme->saved.coalesce_entries = kept.coalesce_entries;
	}
	if (id != NVME_FEAT_ATOMICITY)
		nvme->saved.atomicity = kept.atomicity;
	for (unsigned i = 0; id == NVME_FEAT_ERROR_RECOVERY && i < nvme->namespaces; i++)
		nvme->ns[i].error_recovery_saved = nvme->ns[i].error_recovery;
}

void nvme_features_init(struct nvme *nvme)
{
	defaults(nvme, &nvme->saved);
}

void nvme_features_reset(struct nvme *nvme)
{
	defaults(nvme, &nvme->features);
	copy_saveable(&nvme->features, &nvme->saved);
	for (unsigned i = 0; i < nvme->namespaces; i++)
		nvme->ns[i].error_recovery = nvme->ns[i].error_recovery_saved;
	for (unsigned i = 0; i < nvme->cfg.vectors; i++)
		nvme->vector[i].no_coalescing = false;
}

static bool any_io_queue(const struct nvme *nvme)
{
	for (unsigned i = 1; i <= nvme->cfg.io_queues; i++) {
		if (nvme->sq[i].live || nvme->cq[i].live)
			return true;
	}
	return false;
}

static unsigned granted(uint32_t asked, unsigned most)
{
	return asked + 1 < most ? asked + 1 : most;
}

/* 5.21.1.7: once, before the first I/O queue. */
static uint16_t set_queues(struct nvme_cmd *cmd, uint32_t value)
{
	struct nvme *nvme = cmd->nvme;
	struct nvme_features *features = &nvme->features;

	if ((value & 0xffff) == 0xffff || value >> 16 == 0xffff)
		return NVME_ERR_FIELD;
	if (any_io_queue(nvme))
		return NVME_ERR_SEQUENCE;
	features->queues_sq = granted(value & 0xffff, nvme->cfg.io_queues);
	features->queues_cq = granted(value >> 16, nvme->cfg.io_queues);
	cmd->result = (features->queues_cq - 1) << 16 | (features->queues_sq - 1);
	return NVME_OK;
}

/* 5.21.1.4: only the composite temperature has thresholds; there are no further sensors. */
static uint16_t set_temperature(struct nvme *nvme, uint32_t value)
{
	uint32_t sensor = value >> 16 & 15, kind = value >> 20 & 3;

	if ((sensor != 0 && sensor != 15) || kind > 1)
		return NVME_ERR_FIELD;
	if (kind == 0)
		nvme->features.over = (uint16_t)value;
	else
		nvme->features.under = (uint16_t)value;
	/* 5.21.1.11, bit 1: temperature. */
	if (nvme_temperature_warning(nvme) && nvme->features.async_events & 1u << 1)
		nvme_event_raise(nvme, NVME_EVENT_SMART, NVME_EVENT_SMART_TEMPERATURE,
				 NVME_LOG_SMART);
	return NVME_OK;
}

static void set_coalescing(struct nvme_features *features, uint32_t value)
{
	features->coalescing = value & 0xffff;
	features->coalesce_entries = (value & 0xff) + 1;
	features->coalesce_time = dur_ps((value >> 8 & 0xff) * COALESCE_STEP_PS);
}

static uint16_t set_vector(struct nvme *nvme, uint32_t value)
{
	if ((value & 0xffff) >= nvme->cfg.vectors)
		return NVME_ERR_FIELD;
	nvme->vector[value & 0xffff].no_coalescing = value >> 16 & 1;
	return NVME_OK;
}

/* 5.21.1.5, of one namespace or of all. DULBE needs a namespace that says so (NSFEAT bit 2). */
static uint16_t set_error_recovery(struct nvme_cmd *cmd, uint32_t value)
{
	uint32_t nsid = get32(cmd->sqe + 4);

	if (value & 1u << 16)
		return NVME_ERR_FIELD;
	for (unsigned i = 0; i < cmd->nvme->namespaces; i++)
		if (nsid == NVME_NSID_ALL || nsid == i + 1)
			cmd->nvme->ns[i].error_recovery = (uint16_t)value;
	return NVME_OK;
}

static uint16_t set_feature(struct nvme_cmd *cmd, uint8_t id, uint32_t value)
{
	struct nvme *nvme = cmd->nvme;
	struct nvme_features *features = &nvme->features;

	switch (id) {
	case NVME_FEAT_ARBITRATION:
		features->arbitration = value & 0xffffff07;
		return NVME_OK;
	case NVME_FEAT_POWER:
		return nvme_power_set(nvme, value);
	case NVME_FEAT_TEMPERATURE:
		return set_temperature(nvme, value);
	case NVME_FEAT_ERROR_RECOVERY:
		return set_error_recovery(cmd, value);
	case NVME_FEAT_WRITE_CACHE:
		features->write_cache = value & 1;
		return NVME_OK;
	case NVME_FEAT_QUEUES:
		return set_queues(cmd, value);
	case NVME_FEAT_COALESCING:
		set_coalescing(features, value);
		return NVME_OK;
	case NVME_FEAT_VECTOR:
		return set_vector(nvme, value);
	case NVME_FEAT_ATOMICITY:
		features->atomicity = value & 1;
		return NVME_OK;
	case NVME_FEAT_ASYNC_EVENT:
		features->async_events = value & ASYNC_EVENTS;
		return NVME_OK;
	default:
		/* Comes with data. */
		return NVME_OK;
	}
}

static bool known_feature(const struct nvme *nvme, uint8_t id)
{
	if (id == NVME_FEAT_WRITE_CACHE)
		return nvme->cfg.volatile_cache;
	if (id == NVME_FEAT_AUTONOMOUS)
		return nvme->cfg.power_saving;
	if (id == NVME_FEAT_TIMESTAMP || id == NVME_FEAT_HOST_BEHAVIOR)
		return true;
	/* 03h, LBA Range Type, is optional and absent. */
	return id >= NVME_FEAT_ARBITRATION && id <= NVME_FEAT_ASYNC_EVENT && id != 0x03;
}

/* Error Recovery belongs to the namespace, the others to the controller (5.21.1). */
static uint16_t check_namespace(struct nvme_cmd *cmd, uint8_t id, bool set)
{
	uint32_t nsid = get32(cmd->sqe + 4);

	if (id != NVME_FEAT_ERROR_RECOVERY)
		return set && nsid && nsid != NVME_NSID_ALL ? NVME_ERR_NOT_NS_SPECIFIC : NVME_OK;
	if (nvme_namespace(cmd->nvme, nsid) || (set && nsid == NVME_NSID_ALL))
		return NVME_OK;
	return NVME_ERR_NAMESPACE;
}

uint16_t nvme_set_features(struct nvme_cmd *cmd)
{
	uint32_t dw10 = sqe_dword(cmd->sqe, 10);
	uint32_t value = sqe_dword(cmd->sqe, 11);
	uint8_t id = (uint8_t)dw10;
	uint16_t status;

	if (!known_feature(cmd->nvme, id))
		return NVME_ERR_FIELD;
	if (dw10 >> 31 && !saveable(id))
		return NVME_ERR_NOT_SAVEABLE;
	status = check_namespace(cmd, id, true);
	if (!status)
		status = set_feature(cmd, id, value);
	if (status)
		return status;
	if (dw10 >> 31)
		save(cmd->nvme, id);
	nvme_trace(cmd->nvme, NVME_TRACE_FEATURE, id, value, 0);
	return status;
}

static uint32_t feature_value(const struct nvme_features *features, uint8_t id, uint32_t dw11)
{
	switch (id) {
	case NVME_FEAT_ARBITRATION:
		return features->arbitration;
	case NVME_FEAT_TEMPERATURE:
		return (dw11 >> 20 & 3) == 0 ? features->over : features->under;
	case NVME_FEAT_WRITE_CACHE:
		return features->write_cache;
	case NVME_FEAT_QUEUES:
		return (features->queues_cq - 1) << 16 | (features->queues_sq - 1);
	case NVME_FEAT_COALESCING:
		return features->coalescing;
	case NVME_FEAT_ATOMICITY:
		return features->atomicity;
	case NVME_FEAT_ASYNC_EVENT:
		return features->async_events;
	default:
		return 0;
	}
}

static uint32_t capabilities(uint8_t id)
{
	return CAPABILITY_CHANGE | (saveable(id) ? CAPABILITY_SAVE : 0) |
	       (id == NVME_FEAT_ERROR_RECOVERY ? CAPABILITY_NAMESPACE : 0);
}

/* Values that are not in struct nvme_features. */
static bool kept_elsewhere(struct nvme_cmd *cmd, uint8_t id, unsigned select)
{
	struct nvme *nvme = cmd->nvme;
	uint32_t vector = sqe_dword(cmd->sqe, 11) & 0xffff;
	const struct nvme_namespace *ns;

	if (id == NVME_FEAT_VECTOR) {
		cmd->result = vector;
		if (select == SELECT_CURRENT)
			cmd->result |= (uint32_t)nvme->vector[vector].no_coalescing << 16;
		return true;
	}
	if (id != NVME_FEAT_ERROR_RECOVERY)
		return false;
	ns = nvme_namespace(nvme, get32(cmd->sqe + 4));
	cmd->result = select == SELECT_CURRENT ? ns->error_recovery :
		      select == SELECT_SAVED ? ns->error_recovery_saved : 0;
	return true;
}

uint16_t nvme_get_features(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint32_t dw10 = sqe_dword(cmd->sqe, 10), dw11 = sqe_dword(cmd->sqe, 11);
	unsigned select = dw10 >> 8 & 7;
	uint8_t id = (uint8_t)dw10;
	struct nvme_features start;
	uint16_t status;

	if (!known_feature(nvme, id) || select > SELECT_CAPABILITIES)
		return NVME_ERR_FIELD;
	if (id == NVME_FEAT_TEMPERATURE && ((dw11 >> 16 & 15) || (dw11 >> 20 & 3) > 1))
		return NVME_ERR_FIELD;
	if (id == NVME_FEAT_VECTOR && (dw11 & 0xffff) >= nvme->cfg.vectors)
		return NVME_ERR_FIELD;
	if (select == SELECT_CAPABILITIES) {
		cmd->result = capabilities(id);
		return NVME_OK;
	}
	status = check_namespace(cmd, id, false);
	if (status || kept_elsewhere(cmd, id, select))
		return status;
	if (select == SELECT_CURRENT && id == NVME_FEAT_POWER)
		cmd->result = nvme->power.state;
	if (select == SELECT_CURRENT && id == NVME_FEAT_AUTONOMOUS)
		cmd->result = nvme->power.autonomous;
	if (id == NVME_FEAT_POWER || id == NVME_FEAT_AUTONOMOUS)
		return NVME_OK;
	/* What was never saved, or cannot be, has its default as its saved value. */
	defaults(nvme, &start);
	if (select == SELECT_SAVED)
		copy_saveable(&start, &nvme->saved);
	if (select == SELECT_CURRENT)
		start = nvme->features;
	cmd->result = feature_value(&start, id, dw11);
	return NVME_OK;
}

/* ---- features that come with data ---- */

uint32_t nvme_feature_bytes(const uint8_t *sqe)
{
	switch (sqe_dword(sqe, 10) & 0xff) {
	case NVME_FEAT_AUTONOMOUS:
		return nvme_power_bytes();
	case NVME_FEAT_TIMESTAMP:
		return TIMESTAMP_BYTES;
	case NVME_FEAT_HOST_BEHAVIOR:
		return HOST_BEHAVIOR_BYTES;
	default:
		return 0;
	}
}

/* 5.21.1.14 and 5.21.1.22. Advanced Command Retry has no effect: no delay is ever asked for
 * (CRDT1 to CRDT3 are 0). */
uint16_t nvme_feature_take(struct nvme_cmd *cmd, const uint8_t *data)
{
	struct nvme_features *features = &cmd->nvme->features;

	if ((sqe_dword(cmd->sqe, 10) & 0xff) == NVME_FEAT_TIMESTAMP) {
		features->timestamp = get64(data) & TIMESTAMP_MAX;
		features->timestamp_at = sim_now(cmd->nvme->sim);
		features->timestamp_set = true;
		return NVME_OK;
	}
	if ((sqe_dword(cmd->sqe, 10) & 0xff) == NVME_FEAT_AUTONOMOUS)
		return nvme_power_take(cmd->nvme, sqe_dword(cmd->sqe, 11) & 1, data);
	if (data[0] > 1)
		return NVME_ERR_FIELD;
	features->host_behavior = data[0];
	return NVME_OK;
}

/* The time counts on from what was set (origin 001b), or from the reset (000b), without a stop. */
void nvme_feature_give(struct nvme_cmd *cmd, uint8_t *data)
{
	const struct nvme_features *features = &cmd->nvme->features;
	bool current = (sqe_dword(cmd->sqe, 10) >> 8 & 7) == SELECT_CURRENT;
	uint64_t passed = at_since(sim_now(cmd->nvme->sim), features->timestamp_at).ps / PS_PER_MS;

	if (!current)
		return;
	if ((sqe_dword(cmd->sqe, 10) & 0xff) == NVME_FEAT_AUTONOMOUS) {
		memcpy(data, cmd->nvme->power.table, nvme_power_bytes());
		return;
	}
	if ((sqe_dword(cmd->sqe, 10) & 0xff) == NVME_FEAT_HOST_BEHAVIOR) {
		data[0] = features->host_behavior;
		return;
	}
	put64(data, (features->timestamp + passed) & TIMESTAMP_MAX);
	data[6] = (uint8_t)(features->timestamp_set << 1);
}
