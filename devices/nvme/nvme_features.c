// SPDX-License-Identifier: MIT
/* Set Features and Get Features, 5.21 and 5.9. Nothing is saved across power cycles. */
#include "devices/nvme/nvme_internal.h"

#define COALESCE_STEP_PS    (100 * PS_PER_US) /* 5.21.1.8 */
#define TEMPERATURE_DEFAULT 343u            /* over: WCTEMP; under: 0 */
#define CAPABILITY_CHANGE   (1u << 2)       /* 5.9.1: neither saveable nor per namespace */

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
	};
}

void nvme_features_reset(struct nvme *nvme)
{
	defaults(nvme, &nvme->features);
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

static uint16_t set_feature(struct nvme_cmd *cmd, uint8_t id, uint32_t value)
{
	struct nvme *nvme = cmd->nvme;
	struct nvme_features *features = &nvme->features;

	switch (id) {
	case NVME_FEAT_ARBITRATION:
		features->arbitration = value & 0xffffff07;
		return NVME_OK;
	case NVME_FEAT_POWER:
		return value & 31 ? NVME_ERR_FIELD : NVME_OK;
	case NVME_FEAT_TEMPERATURE:
		return set_temperature(nvme, value);
	case NVME_FEAT_ERROR_RECOVERY:
		/* DULBE needs a namespace that says so (NSFEAT bit 2). */
		if (value & 1u << 16)
			return NVME_ERR_FIELD;
		features->error_recovery = value & 0xffff;
		return NVME_OK;
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
	default:
		features->async_events = value;
		return NVME_OK;
	}
}

static bool known_feature(const struct nvme *nvme, uint8_t id)
{
	if (id == NVME_FEAT_WRITE_CACHE)
		return nvme->cfg.volatile_cache;
	/* 03h, LBA Range Type, is optional and absent. */
	return id >= NVME_FEAT_ARBITRATION && id <= NVME_FEAT_ASYNC_EVENT && id != 0x03;
}

uint16_t nvme_set_features(struct nvme_cmd *cmd)
{
	uint32_t dw10 = sqe_dword(cmd->sqe, 10), nsid = get32(cmd->sqe + 4);
	uint32_t value = sqe_dword(cmd->sqe, 11);
	uint8_t id = (uint8_t)dw10;
	uint16_t status;

	if (!known_feature(cmd->nvme, id))
		return NVME_ERR_FIELD;
	if (dw10 >> 31)
		return NVME_ERR_NOT_SAVEABLE;
	/* Error Recovery belongs to the namespace, the others to the controller. */
	if (nsid && nsid != NVME_NSID_ALL) {
		if (id != NVME_FEAT_ERROR_RECOVERY)
			return NVME_ERR_NOT_NS_SPECIFIC;
		if (nsid != 1)
			return NVME_ERR_NAMESPACE;
	}
	status = set_feature(cmd, id, value);
	if (!status)
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
	case NVME_FEAT_ERROR_RECOVERY:
		return features->error_recovery;
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

uint16_t nvme_get_features(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	uint32_t dw10 = sqe_dword(cmd->sqe, 10), dw11 = sqe_dword(cmd->sqe, 11);
	uint8_t id = (uint8_t)dw10;
	struct nvme_features start;
	uint32_t sensor = dw11 >> 16 & 15;

	if (!known_feature(nvme, id) || (dw10 >> 8 & 7) > SELECT_CAPABILITIES)
		return NVME_ERR_FIELD;
	if (id == NVME_FEAT_TEMPERATURE && (sensor || (dw11 >> 20 & 3) > 1))
		return NVME_ERR_FIELD;
	if (id == NVME_FEAT_VECTOR && (dw11 & 0xffff) >= nvme->cfg.vectors)
		return NVME_ERR_FIELD;
	switch (dw10 >> 8 & 7) {
	case SELECT_CAPABILITIES:
		cmd->result = CAPABILITY_CHANGE;
		return NVME_OK;
	case SELECT_CURRENT:
		cmd->result = feature_value(&nvme->features, id, dw11);
		if (id == NVME_FEAT_VECTOR)
			cmd->result = (uint32_t)nvme->vector[dw11 & 0xffff].no_coalescing << 16 |
				      (dw11 & 0xffff);
		return NVME_OK;
	default:
		/* Nothing can be saved, so the saved value is the default. */
		defaults(nvme, &start);
		cmd->result = feature_value(&start, id, dw11);
		if (id == NVME_FEAT_VECTOR)
			cmd->result = dw11 & 0xffff;
		return NVME_OK;
	}
}
