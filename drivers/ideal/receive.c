/* SPDX-License-Identifier: MIT */
/* What a receive queue's ideal core does: interrupt, polls, packets, and the application below
 * them. Descriptors: 82599 datasheet, revision 3.3, 7.1.6. */
#include <string.h>

#include "drivers/ideal/internal.h"
#include "drivers/linux/boundary.h"
#include "drivers/linux/boundary_workloads.h"

#define WB_DD     1u            /* write-back status: descriptor done */
#define ID_OFFSET 42u           /* behind Ethernet, IPv4 and UDP headers */

static void work_done(void *ctx);
static void application_done(void *ctx);

void ideal_queue_init(struct ideal_device *device, unsigned q)
{
	struct ideal_queue *queue = &device->queue[q];

	queue->device = device;
	queue->number = q;
	ideal_work_init(&queue->work, "ideal receive", work_done, queue);
	ideal_work_init(&queue->application, "ideal application", application_done, queue);
}

static struct ideal_packet read_packet(const struct ideal_queue *queue, const uint64_t *word)
{
	struct ideal *ideal = queue->device->ideal;
	struct ideal_packet packet = { .hash = (uint32_t)(word[0] >> 32) };
	const uint8_t *data = ideal->ops.memory(
		ideal->ctx, ideal_nic_buffer(queue, queue->next), ID_OFFSET + sizeof(uint64_t));
	uint64_t id;

	memcpy(&id, data + ID_OFFSET, sizeof(id));
	id ^= PLAT_FRAME_MAGIC;
	packet.id = id >> 48 ? 0 : id;
	return packet;
}

/* Descriptors are done in order: the one behind those that may stay tells whether there are
 * more. */
static bool ring_empty(const struct ideal_queue *queue)
{
	const struct ideal_device *device = queue->device;
	unsigned index = (queue->next + device->leave) % device->descriptors;

	return !(ideal_nic_descriptor(queue, index)[1] & WB_DD);
}

/* Takes the next finished descriptor; false if there is none. */
static bool take_packet(struct ideal_queue *queue)
{
	if (ring_empty(queue))
		return false;
	queue->packet = read_packet(queue, ideal_nic_descriptor(queue, queue->next));
	queue->next = queue->next + 1 == queue->device->descriptors ? 0 : queue->next + 1;
	return true;
}

static void deliver(struct ideal_queue *queue, const struct ideal_packet *packet)
{
	struct ideal *ideal = queue->device->ideal;

	ideal->ops.frame_delivered(ideal->ctx, queue->device->devfn, packet->id, packet->hash, 1);
}

/* The buffer is free again only now: the ring's length counts the packet in service. */
static void finish_packet(struct ideal_queue *queue)
{
	ideal_nic_give(queue);
	ideal_nic_post(queue);
	if (!queue->device->ideal->cfg.application.ps) {
		deliver(queue, &queue->packet);
		return;
	}
	if (queue->socket_count == SOCKET_QUEUE)
		return;
	queue->socket[(queue->socket_head + queue->socket_count++) % SOCKET_QUEUE] = queue->packet;
}

static bool at_work(const struct ideal_queue *queue)
{
	return queue->state != QUEUE_IDLE && queue->state != QUEUE_SLEEP;
}

uint64_t ideal_queue_busy_ps(const struct ideal_queue *queue)
{
	return queue->busy_ps +
	       (at_work(queue) ? ideal_work_elapsed(queue->device->ideal, &queue->work) : 0);
}

static void resume_application(struct ideal_queue *queue)
{
	struct ideal *ideal = queue->device->ideal;

	if (at_work(queue) || queue->application_runs || !queue->socket_count)
		return;
	if (!queue->left.ps)
		queue->left = ideal->cfg.application;
	queue->application_runs = true;
	ideal_work_begin(ideal, &queue->application, queue->left);
}

static void finish_application(struct ideal_queue *queue)
{
	deliver(queue, &queue->socket[queue->socket_head]);
	queue->socket_head = (queue->socket_head + 1) % SOCKET_QUEUE;
	queue->socket_count--;
}

/* What it worked is not lost. An interrupt at the very end of a packet's work finds it done. */
static void preempt_application(struct ideal_queue *queue)
{
	struct ideal *ideal = queue->device->ideal;
	uint64_t done = ideal_work_elapsed(ideal, &queue->application);

	if (!queue->application_runs)
		return;
	engine_cancel(ideal->sim->engine, &queue->application.event);
	queue->application_runs = false;
	queue->application_ps += done;
	queue->left.ps -= done;
	if (!queue->left.ps)
		finish_application(queue);
}

static void application_done(void *ctx)
{
	struct ideal_queue *queue = ctx;

	queue->application_ps += queue->application.length.ps;
	queue->application_runs = false;
	queue->left = dur_ps(0);
	finish_application(queue);
	resume_application(queue);
}

static void end_poll(struct ideal_queue *queue)
{
	struct ideal *ideal = queue->device->ideal;

	queue->polled = 0;
	ideal->ops.polled(ideal->ctx, queue->device->devfn);
}

/* What follows the present state: the next one, and how long it takes. */
static enum queue_state next_state(struct ideal_queue *queue, struct dur *length)
{
	const struct ideal_cfg *cfg = &queue->device->ideal->cfg;
	bool napi = cfg->scheme == IDEAL_NAPI;

	*length = dur_ps(0);
	switch (queue->state) {
	case QUEUE_INTERRUPT:
		*length = napi ? cfg->poll : dur_ps(0);
		return napi ? QUEUE_POLL : QUEUE_LOOK;
	case QUEUE_POLL:
		return QUEUE_LOOK;
	case QUEUE_SLEEP:
		*length = cfg->poll;
		return QUEUE_POLL;
	case QUEUE_PACKET:
		finish_packet(queue);
		if (napi && ++queue->polled == cfg->budget) {
			end_poll(queue);
			*length = cfg->poll;
			return QUEUE_POLL;
		}
		return QUEUE_LOOK;
	case QUEUE_LOOK:
	case QUEUE_IDLE:
		break;
	}
	if (take_packet(queue)) {
		*length = cfg->packet;
		if (cfg->scheme == IDEAL_INTERRUPT)
			*length = dur_add(cfg->interrupt, cfg->packet);
		return QUEUE_PACKET;
	}
	if (cfg->scheme != IDEAL_TIMER)
		return QUEUE_IDLE;
	*length = cfg->poll_interval;
	return QUEUE_SLEEP;
}

static void advance(struct ideal_queue *queue)
{
	struct ideal *ideal = queue->device->ideal;
	struct dur length;

	do {
		queue->state = next_state(queue, &length);
		if (queue->state == QUEUE_SLEEP) {
			end_poll(queue);
			ideal_work_begin(ideal, &queue->work, length);
			resume_application(queue);
			return;
		}
		if (queue->state == QUEUE_IDLE) {
			if (ideal->cfg.scheme == IDEAL_NAPI) {
				end_poll(queue);
				ideal_nic_unmask(queue);
			}
			resume_application(queue);
			return;
		}
	} while (!ideal_work_begin(ideal, &queue->work, length));
}

static void work_done(void *ctx)
{
	struct ideal_queue *queue = ctx;

	if (queue->state == QUEUE_SLEEP)
		preempt_application(queue);
	else
		queue->busy_ps += queue->work.length.ps;
	advance(queue);
}

void ideal_nic_sleep(struct ideal_device *device)
{
	for (unsigned q = 0; q < device->queues; q++) {
		struct ideal_queue *queue = &device->queue[q];

		queue->state = QUEUE_SLEEP;
		ideal_work_begin(device->ideal, &queue->work, device->ideal->cfg.poll_interval);
	}
}

void ideal_nic_interrupt(struct ideal_device *device, unsigned q)
{
	struct ideal_queue *queue;
	struct ideal *ideal = device->ideal;

	if (q >= device->queues)
		return;
	queue = &device->queue[q];
	/* While the core works at interrupt level the ring is read again anyway; one that looks by
	 * the clock has no use for interrupts. */
	if (queue->state != QUEUE_IDLE || ideal->cfg.scheme == IDEAL_TIMER)
		return;
	if (ideal->cfg.scheme == IDEAL_INTERRUPT) {
		if (ring_empty(queue))
			return;
		preempt_application(queue);
		queue->state = QUEUE_LOOK;
		advance(queue);
		return;
	}
	preempt_application(queue);
	if (ideal->cfg.scheme == IDEAL_NAPI)
		ideal_nic_mask(queue);
	queue->state = QUEUE_INTERRUPT;
	if (!ideal_work_begin(ideal, &queue->work, ideal->cfg.interrupt))
		advance(queue);
}
