// SPDX-License-Identifier: MIT
/* Asynchronous events, 5.2: requests that wait, events that wait, and the mask that holds back a
 * type of event until the host has read its log page. */
#include "devices/nvme/nvme_internal.h"

static void deliver(struct nvme *nvme)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < nvme->event_count; i++) {
		struct nvme_event event = nvme->events[i];
		struct nvme_cmd *request;

		if (!nvme->aers || nvme->events_masked & 1u << event.type) {
			nvme->events[kept++] = event;
			continue;
		}
		nvme->events_masked |= 1u << event.type;
		request = nvme->aer[0];
		nvme_event_forget(request);
		request->result = (uint32_t)event.log << 16 | (uint32_t)event.info << 8 |
				  event.type;
		nvme_cmd_complete(request, NVME_OK);
	}
	nvme->event_count = kept;
}

/* Parks the request; it is completed by an event. */
uint16_t nvme_event_request(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;

	if (nvme->aers == NVME_AER_MAX)
		return NVME_ERR_AER_LIMIT;
	cmd->phase = NVME_PHASE_PARKED;
	nvme->aer[nvme->aers++] = cmd;
	deliver(nvme);
	return NVME_OK;
}

/* Takes a parked request out, in order of arrival. */
bool nvme_event_forget(struct nvme_cmd *cmd)
{
	struct nvme *nvme = cmd->nvme;
	unsigned kept = 0, before = nvme->aers;

	for (unsigned i = 0; i < before; i++) {
		if (nvme->aer[i] != cmd)
			nvme->aer[kept++] = nvme->aer[i];
	}
	nvme->aers = kept;
	return kept != before;
}

/* An event that already waits is not reported twice. */
void nvme_event_raise(struct nvme *nvme, uint8_t type, uint8_t info, uint8_t log)
{
	nvme_trace(nvme, NVME_TRACE_EVENT, type, info, 0);
	for (unsigned i = 0; i < nvme->event_count; i++) {
		if (nvme->events[i].type == type && nvme->events[i].info == info)
			return;
	}
	if (nvme->event_count == NVME_EVENTS)
		return;
	nvme->events[nvme->event_count++] = (struct nvme_event){ type, info, log };
	deliver(nvme);
}

void nvme_event_log_read(struct nvme *nvme, uint8_t log)
{
	if (log == NVME_LOG_ERROR)
		nvme->events_masked &= ~(1u << NVME_EVENT_ERROR);
	else if (log == NVME_LOG_SMART)
		nvme->events_masked &= ~(1u << NVME_EVENT_SMART);
	else if (log == NVME_LOG_CHANGED_NAMESPACES)
		nvme->events_masked &= ~(1u << NVME_EVENT_NOTICE);
	deliver(nvme);
}

void nvme_event_reset(struct nvme *nvme)
{
	nvme->aers = 0;
	nvme->event_count = 0;
	nvme->events_masked = 0;
}
