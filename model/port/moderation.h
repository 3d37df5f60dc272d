/* SPDX-License-Identifier: MIT */
/* Interrupt moderation as a block of its own beside a network device: the device keeps causes
 * and masks, the block decides when a vector's message goes out. One operation touches one
 * vector; its answer says what to do at once and which timer the device runs for the vector.
 * The block may count time in ticks of its own: an instant counts as the next tick, a length is
 * rounded up.
 *
 * Not modelled: packet timers and watermarks. */
#ifndef DOORBELL_PORT_MODERATION_H
#define DOORBELL_PORT_MODERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "model/core/time.h"

enum moderation_what {
	MODERATION_RESET,      /* interval; the gap is over, the batch empty */
	/* Interval, and with load_counter what is left of the gap; interval 0 ends the gap. */
	MODERATION_LOAD,
	MODERATION_REQUEST,    /* a cause was set or unmasked */
	MODERATION_EXPIRE,     /* the vector's timer is due */
	MODERATION_PACKETS,    /* so many more stand in the ring */
	MODERATION_AT_ONCE,    /* the batch does not wait */
	MODERATION_CLEAR,      /* software took the cause, and the batch with it */
	MODERATION_RELEASE,    /* the gap ends now */
};

enum moderation_ripe {
	MODERATION_RIPE_NOT,
	MODERATION_RIPE_COUNT,
	MODERATION_RIPE_TIMEOUT,
	MODERATION_RIPE_AT_ONCE,
};

struct moderation_op {
	enum moderation_what what;
	unsigned vector;
	bool active;           /* REQUEST, EXPIRE, PACKETS: a message may be sent */
	bool load_counter;
	uint32_t packets;
	struct dur interval, counter;
};

struct moderation_answer {
	bool send;             /* the vector's message, now */
	bool timed_out;        /* with send: what it signals was ripe by the timeout */
	bool held;             /* a message waits until `due` from now on */
	bool ripened;          /* the batch, by `ripe` */
	enum moderation_ripe ripe;   /* before `send` */
	uint32_t batch;        /* packets; before `send` */
	bool timer_set, timer_clear;
	struct at timer, due;  /* due: the gap ends */
};

struct moderation_port {
	void (*step)(void *ctx, const struct moderation_op *op, struct moderation_answer *answer);
	void *ctx;
};

#endif
