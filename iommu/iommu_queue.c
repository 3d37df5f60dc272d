/* SPDX-License-Identifier: MIT */
/* Queued invalidation (6.5.2): descriptors are fetched by cache lines, carried out one after
 * another, each in its time, and take effect at its end. As one follows another, the fence flag of
 * a wait descriptor asks for nothing more. */
#include "iommu/iommu_internal.h"

#include <stdlib.h>

static unsigned head_of(const struct iommu *iommu)
{
	return (unsigned)(iommu_get(iommu, ROW_IQH) / IOMMU_DESC_BYTES);
}

static unsigned tail_of(const struct iommu *iommu)
{
	return (unsigned)(iommu_get(iommu, ROW_IQT) / IOMMU_DESC_BYTES);
}

static unsigned entries(const struct iommu *iommu)
{
	return 256u << IQA_QS(iommu_get(iommu, ROW_IQA));
}

/* 6.5.2.10: the head stays at the descriptor; nothing is fetched until software clears IQE. */
static void stop(struct iommu *iommu, unsigned info, uint64_t low)
{
	struct iommu_queue *queue = &iommu->queue;

	queue->state = QUEUE_IDLE;
	queue->line_count = queue->line_at = 0;
	trace_emit(&iommu->trace, IOMMU_TRACE_ERR_QUEUE, head_of(iommu), info, low);
	iommu_set(iommu, ROW_IQERCD, info);
	iommu_fault_status(iommu, FSTS_IQE);
}

/* ---- what a descriptor may hold ---- */

static unsigned check(const uint64_t d[2])
{
	static const struct {
		uint64_t low, high;   /* fields that are defined */
	} fields[] = {
		[DESC_CONTEXT] = { BITS(5, 0) | BITS(49, 16), 0 },
		[DESC_IOTLB] = { BITS(7, 0) | BITS(31, 16), BITS(6, 0) | BITS(63, 12) },
		[DESC_IEC] = { BITS(4, 0) | BITS(47, 27), 0 },
		[DESC_WAIT] = { BITS(6, 0) | BITS(63, 32), BITS(63, 2) },
	};
	unsigned type = (unsigned)DESC_TYPE(d[0]);

	if (type >= sizeof(fields) / sizeof(fields[0]) || !fields[type].low)
		return IQEI_TYPE;
	if (d[0] & ~fields[type].low || d[1] & ~fields[type].high)
		return IQEI_RESERVED;
	if ((type == DESC_CONTEXT || type == DESC_IOTLB) && !DESC_G(d[0]))
		return IQEI_RESERVED;
	if (type == DESC_IOTLB && DESC_G(d[0]) == GRANULE_PAGE && IVA_AM(d[1]) > IOMMU_AM_MAX)
		return IQEI_RESERVED;
	return 0;
}

static struct dur mean_time(const struct iommu *iommu, const uint64_t d[2])
{
	const struct iommu_times *times = &iommu->cfg.times;

	switch (DESC_TYPE(d[0])) {
	case DESC_CONTEXT:
		return times->invalidate_context;
	case DESC_IOTLB:
		return DESC_G(d[0]) == GRANULE_PAGE ? times->invalidate_pages
						    : times->invalidate_domain;
	case DESC_IEC:
		return times->invalidate_interrupts;
	default:
		return times->wait;
	}
}

static struct dur time_of(struct iommu *iommu, const uint64_t d[2])
{
	struct dur mean = mean_time(iommu, d);

	if (iommu->cfg.spread == IOMMU_CONSTANT || DESC_TYPE(d[0]) == DESC_WAIT)
		return mean;
	return dur_ps(random_exponential(&iommu->spread, mean.ps));
}

/* ---- what it does ---- */

/* 6.5.2.8, 6.5.2.9. A status address without memory loses the write. */
static void finish_wait(struct iommu *iommu, const uint64_t d[2])
{
	struct dur waited = at_since(sim_now(iommu->sim), iommu->queue.posted[head_of(iommu)]);
	uint32_t data = (uint32_t)DESC_WAIT_DATA(d[0]);
	uint64_t ics = iommu_get(iommu, ROW_ICS);

	if (d[0] & DESC_WAIT_SW)
		iommu->ops->write(iommu->ctx, d[1], &data, sizeof(data));
	stats_sample(iommu->sim->stats, iommu->wait, waited.ps / PS_PER_NS);
	trace_emit(&iommu->trace, IOMMU_TRACE_WAIT_DONE, d[1], data, waited.ps);
	if (!(d[0] & DESC_WAIT_IF))
		return;
	iommu_set(iommu, ROW_ICS, ics | ICS_IWC);
	if (!(ics & ICS_IWC))
		iommu_event_raise(iommu, ROW_IECTL);
}

static void finish(struct iommu *iommu, const uint64_t d[2])
{
	unsigned type = (unsigned)DESC_TYPE(d[0]), did = (unsigned)DESC_DID(d[0]);

	if (type == DESC_WAIT) {
		finish_wait(iommu, d);
		return;
	}
	if (type == DESC_CONTEXT)
		iommu_invalidate_contexts(iommu, (unsigned)DESC_G(d[0]), did,
					  (unsigned)DESC_SID(d[0]), (unsigned)DESC_FM(d[0]));
	else if (type == DESC_IOTLB)
		iommu_invalidate_iotlb(iommu, (unsigned)DESC_G(d[0]), did, d[1] & IVA_ADDR,
				       (unsigned)IVA_AM(d[1]), d[1] & IVA_IH);
	else
		iommu_invalidate_interrupts(iommu, d[0] & DESC_IEC_G, (unsigned)DESC_IIDX(d[0]),
					    (unsigned)DESC_IM(d[0]));
	iommu->invalidations->value++;
	trace_emit(&iommu->trace, IOMMU_TRACE_INVALIDATE, type, d[0], d[1]);
}

/* ---- the course of it ---- */

static void schedule(struct iommu *iommu, enum iommu_queue_state state, struct dur delay)
{
	iommu->queue.state = state;
	engine_schedule_in(iommu->sim->engine, &iommu->queue.step, delay);
}

static void start_next(struct iommu *iommu)
{
	struct iommu_queue *queue = &iommu->queue;
	const uint64_t *d = queue->line[queue->line_at];
	unsigned wrong;

	if (queue->line_at == queue->line_count) {
		queue->state = QUEUE_IDLE;
		if (head_of(iommu) != tail_of(iommu))
			schedule(iommu, QUEUE_FETCHING, iommu->cfg.times.fetch);
		return;
	}
	wrong = check(d);
	if (wrong)
		stop(iommu, wrong, d[0]);
	else
		schedule(iommu, QUEUE_EXECUTING, time_of(iommu, d));
}

static void fetched(struct iommu *iommu)
{
	struct iommu_queue *queue = &iommu->queue;
	unsigned head = head_of(iommu), tail = tail_of(iommu);
	unsigned end = tail > head ? tail : entries(iommu);
	unsigned count = IOMMU_LINE - head % IOMMU_LINE;
	uint64_t base = iommu_get(iommu, ROW_IQA) & PAGE_ADDR;

	if (count > end - head)
		count = end - head;
	queue->line_at = 0;
	queue->line_count = count;
	if (!iommu->ops->read(iommu->ctx, base + (uint64_t)head * IOMMU_DESC_BYTES, queue->line,
			      (size_t)count * IOMMU_DESC_BYTES))
		stop(iommu, IQEI_FETCH, 0);
	else
		start_next(iommu);
}

static void completed(struct iommu *iommu)
{
	iommu->queue.line_at++;
	iommu_set(iommu, ROW_IQH,
		  (uint64_t)((head_of(iommu) + 1) % entries(iommu)) * IOMMU_DESC_BYTES);
	start_next(iommu);
}

/* Drain (DR, DW): requests that were translated before it are done when it is (6.5.4); those that
 * came since do not see what it removed. */
static void executed(struct iommu *iommu)
{
	struct iommu_queue *queue = &iommu->queue;
	const uint64_t *d = queue->line[queue->line_at];
	struct dur left = at_since(iommu->drained, sim_now(iommu->sim));

	finish(iommu, d);
	if (DESC_TYPE(d[0]) == DESC_IOTLB && d[0] & DESC_DRAIN && left.ps)
		schedule(iommu, QUEUE_DRAINING, left);
	else
		completed(iommu);
}

static void step(void *ctx)
{
	struct iommu *iommu = ctx;

	if (iommu->queue.state == QUEUE_FETCHING)
		fetched(iommu);
	else if (iommu->queue.state == QUEUE_EXECUTING)
		executed(iommu);
	else
		completed(iommu);
}

void iommu_queue_init(struct iommu *iommu)
{
	event_init(&iommu->queue.step, "invalidation queue", PHASE_DEVICE, step, iommu);
}

void iommu_queue_reset(struct iommu *iommu)
{
	engine_cancel(iommu->sim->engine, &iommu->queue.step);
	iommu->queue.state = QUEUE_IDLE;
	iommu->queue.line_at = iommu->queue.line_count = 0;
}

void iommu_queue_kick(struct iommu *iommu)
{
	struct iommu_queue *queue = &iommu->queue;

	if (queue->state != QUEUE_IDLE || !(iommu_get(iommu, ROW_GSTS) & GCMD_QIE) ||
	    iommu_get(iommu, ROW_FSTS) & FSTS_IQE || head_of(iommu) == tail_of(iommu))
		return;
	if (tail_of(iommu) >= entries(iommu)) {
		stop(iommu, IQEI_TAIL, tail_of(iommu));
		return;
	}
	schedule(iommu, QUEUE_FETCHING,
		 dur_add(iommu->cfg.times.doorbell, iommu->cfg.times.fetch));
}

/* 6.5.2: what is being carried out is completed before QIES reads 0, then the head is 0. */
void iommu_queue_enable(struct iommu *iommu, bool enable)
{
	struct iommu_queue *queue = &iommu->queue;

	if (!enable && queue->state == QUEUE_EXECUTING)
		finish(iommu, queue->line[queue->line_at]);
	iommu_queue_reset(iommu);
	iommu_set(iommu, ROW_IQH, 0);
	if (enable)
		iommu_queue_kick(iommu);
}

void iommu_queue_tail(struct iommu *iommu, uint64_t old)
{
	unsigned from = (unsigned)(old / IOMMU_DESC_BYTES), to = tail_of(iommu);
	unsigned count = entries(iommu);

	for (unsigned i = from; i != to && from < count && to < count; i = (i + 1) % count)
		iommu->queue.posted[i] = sim_now(iommu->sim);
	iommu_queue_kick(iommu);
}
