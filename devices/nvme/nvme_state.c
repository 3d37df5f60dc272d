// SPDX-License-Identifier: MIT
/* The controller's states (7.6): disabled, ready, shutting down, shut down, failed. */
#include "devices/nvme/nvme_internal.h"

static void set_state(struct nvme *nvme, enum nvme_state to)
{
	enum nvme_state from = nvme->state;
	uint32_t csts = nvme_reg_get(nvme, NVME_ROW_CSTS) & NVME_CSTS_NSSRO;

	/* A controller that fails while it is being enabled has never been ready. */
	if (nvme_reg_get(nvme, NVME_ROW_CC) & NVME_CC_EN &&
	    !(to == NVME_STATE_FAILED && from == NVME_STATE_DISABLED))
		csts |= NVME_CSTS_RDY;
	if (to == NVME_STATE_SHUTTING_DOWN)
		csts |= NVME_CSTS_SHST_BUSY;
	if (to == NVME_STATE_SHUT_DOWN)
		csts |= NVME_CSTS_SHST_DONE;
	if (to == NVME_STATE_FAILED)
		csts |= NVME_CSTS_CFS;
	nvme->state = to;
	nvme_reg_set(nvme, NVME_ROW_CSTS, csts);
	nvme_trace(nvme, NVME_TRACE_STATE, from, to, csts);
}

static void shutdown_over(void *ctx)
{
	struct nvme *nvme = ctx;

	nvme->shutdown_flush = NULL;
	nvme->was_ready = false;
	set_state(nvme, NVME_STATE_SHUT_DOWN);
}

void nvme_state_init(struct nvme *nvme)
{
	event_init(&nvme->shutdown_event, "nvme.shutdown", PHASE_DEVICE, shutdown_over, nvme);
}

static void cancel_shutdown(struct nvme *nvme)
{
	engine_cancel(nvme->sim->engine, &nvme->shutdown_event);
	if (nvme->shutdown_flush)
		flash_forget(nvme->shutdown_flush);
	nvme->shutdown_flush = NULL;
}

/* 7.3.2: queues are gone, features have their defaults. AQA, ASQ and ACQ stay, as does NSSRO. */
void nvme_controller_reset(struct nvme *nvme)
{
	cancel_shutdown(nvme);
	nvme_queues_reset(nvme);
	nvme_event_reset(nvme);
	nvme_features_reset(nvme);
	nvme_power_reset(nvme);
	nvme_reg_set(nvme, NVME_ROW_INTMS, 0);
	set_state(nvme, NVME_STATE_DISABLED);
}

void nvme_fatal(struct nvme *nvme, enum nvme_fatal what, uint64_t where)
{
	nvme_trace(nvme, NVME_TRACE_FATAL, what, where, 0);
	cancel_shutdown(nvme);
	nvme_queues_reset(nvme);
	nvme_event_reset(nvme);
	set_state(nvme, NVME_STATE_FAILED);
}

/* 7.6.1. IOSQES and IOCQES may still be 0 here; Create I/O Queue looks at them. */
void nvme_enable(struct nvme *nvme, uint32_t cc)
{
	uint32_t aqa = (uint32_t)nvme_reg_get(nvme, NVME_ROW_AQA);
	uint32_t sq_entries = (aqa & 0xfff) + 1, cq_entries = (aqa >> 16 & 0xfff) + 1;

	/* Only the NVM command set, round robin, and pages up to CAP.MPSMAX are offered. */
	if (NVME_CC_CSS(cc) || NVME_CC_AMS(cc) || NVME_CC_MPS(cc) > NVME_MPSMAX) {
		nvme_fatal(nvme, NVME_FATAL_CONFIGURATION, cc);
		return;
	}
	nvme->page_bytes = 4096u << NVME_CC_MPS(cc);
	/* 3.1.8: at least two entries. 3.1.9, 3.1.10: bases are aligned to the page in use. */
	if (sq_entries < 2 || cq_entries < 2 ||
	    (nvme_reg_get(nvme, NVME_ROW_ASQ) | nvme_reg_get(nvme, NVME_ROW_ACQ)) &
	    (nvme->page_bytes - 1)) {
		nvme_fatal(nvme, NVME_FATAL_ADMIN_QUEUE, aqa);
		return;
	}
	nvme_cq_open(nvme, 0, nvme_reg_get(nvme, NVME_ROW_ACQ), cq_entries, 0, true);
	nvme_sq_open(nvme, 0, nvme_reg_get(nvme, NVME_ROW_ASQ), sq_entries, 0);
	nvme->was_ready = true;
	set_state(nvme, NVME_STATE_READY);
}

/* 7.6.2: normal and abrupt shutdown alike write back the volatile cache. */
void nvme_shutdown(struct nvme *nvme)
{
	if (nvme->state == NVME_STATE_FAILED)
		return;
	if (nvme->state == NVME_STATE_SHUTTING_DOWN)
		return;
	if (nvme->state == NVME_STATE_READY && nvme->cfg.volatile_cache && nvme->flash) {
		set_state(nvme, NVME_STATE_SHUTTING_DOWN);
		nvme->shutdown_flush = flash_start(nvme->flash, FLASH_REQUEST_FLUSH, 0, 0, true,
						   shutdown_over, nvme);
		return;
	}
	if (nvme->state == NVME_STATE_READY && nvme->cfg.volatile_cache &&
	    nvme->cfg.media.flush.ps) {
		set_state(nvme, NVME_STATE_SHUTTING_DOWN);
		engine_schedule_in(nvme->sim->engine, &nvme->shutdown_event,
				   nvme->cfg.media.flush);
		return;
	}
	shutdown_over(nvme);
}
