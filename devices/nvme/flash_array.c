/* SPDX-License-Identifier: MIT */
#include "devices/nvme/flash_array.h"

#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"

enum die_state {
	DIE_IDLE,
	DIE_COMMAND,       /* its command is on the channel */
	DIE_WORKS,
	DIE_DATA,          /* its data wait for the channel */
};

struct op_list {
	struct flash_op *head, *tail;
};

/* What waits for a die. */
enum { WAIT_READ, WAIT_PROGRAM, WAIT_COLLECT, WAITS };

struct die {
	struct flash_array *array;
	struct channel *channel;
	struct package *package;
	struct event event;
	struct at until;             /* end of the work */
	enum die_state state;
	struct flash_op *active;
	struct flash_op *suspended;
	struct dur left;             /* of the suspended operation */
	struct dur penalty;          /* of suspending, to be added to the next read */
	unsigned to_send;            /* reads whose data are not out */
	unsigned overtaken;          /* reads served while something else waited */
	unsigned programs;           /* waiting */
	bool urgent;
	struct op_list wait[WAITS];
};

struct package {
	unsigned busy;               /* dies */
	unsigned waiting;            /* operations that no die has begun */
};

struct channel {
	struct flash_array *array;
	struct event event;
	bool busy;
	struct flash_op *sending;
	struct die *commanded;
	struct op_list data, collected;   /* reads whose data wait: the host's, collection's */
	unsigned turn;
	unsigned waiting;            /* of all its packages */
	bool touched;                /* while the array is held */
	struct channel *next;        /* of the touched ones */
};

struct flash_array {
	struct sim *sim;
	const struct flash_cfg *cfg;
	struct die *die;
	struct package *package;
	struct channel *channel;
	unsigned dies, packages;
	bool held;
	struct channel *touched, **touched_end;
	uint64_t order;
	struct flash_counts counts;
};

static void push(struct op_list *list, struct flash_op *op)
{
	op->next = NULL;
	if (list->head)
		list->tail->next = op;
	else
		list->head = op;
	list->tail = op;
}

static struct flash_op *pop(struct op_list *list)
{
	struct flash_op *op = list->head;

	if (op)
		list->head = op->next;
	return op;
}

static void kick(struct channel *channel);

/* Operations come to a die's lists (+1) or leave them. Channels and packages without any are passed
 * over when somebody looks for work. */
static void count_waiting(struct die *die, int more)
{
	die->channel->waiting += (unsigned)more;
	die->package->waiting += (unsigned)more;
}

/* ---- which operation is next ---- */

static bool may_suspend(const struct die *die)
{
	const struct flash_cfg *cfg = die->array->cfg;
	bool program;
	struct dur left;

	if (die->state != DIE_WORKS || die->suspended || die->active->kind == FLASH_READ ||
	    die->overtaken >= cfg->reads_first)
		return false;
	program = die->active->kind == FLASH_PROGRAM;
	left = at_since(die->until, sim_now(die->array->sim));
	if (!(program ? cfg->suspend_program : cfg->suspend_erase).ps)
		return false;
	return left.ps >= (program ? cfg->suspend_program_least : cfg->suspend_erase_least).ps;
}

/* The list whose head the die would take now; NULL: none. */
static struct op_list *choose(struct die *die)
{
	struct op_list *reads = &die->wait[WAIT_READ], *programs = &die->wait[WAIT_PROGRAM];
	struct op_list *collect = &die->wait[WAIT_COLLECT];
	bool others_first = die->overtaken >= die->array->cfg->reads_first;

	if (die->suspended || die->state == DIE_WORKS)
		return reads->head ? reads : NULL;
	if (collect->head && (die->urgent || others_first || (!reads->head && !programs->head)))
		return collect;
	if (programs->head && (others_first || !reads->head))
		return programs;
	return reads->head ? reads : NULL;
}

static bool can_take(struct die *die)
{
	struct package *package = die->package;

	if (die->state == DIE_WORKS)
		return die->wait[WAIT_READ].head && may_suspend(die);
	if (die->state != DIE_IDLE || !choose(die))
		return false;
	return die->suspended || package->busy < die->array->cfg->dies_at_once;
}

/* The die of the package that has the oldest command it can take. */
static struct die *ready_die(struct flash_array *array, unsigned package)
{
	struct die *best = NULL;
	uint64_t order = 0;

	for (unsigned n = package; n < array->dies; n += array->packages) {
		struct die *die = &array->die[n];
		uint64_t first;

		if (!can_take(die))
			continue;
		first = choose(die)->head->order;
		if (!best || first < order) {
			best = die;
			order = first;
		}
	}
	return best;
}

/* ---- the channel ---- */

static void use_channel(struct channel *channel, struct dur length)
{
	channel->busy = true;
	engine_schedule_in(channel->array->sim->engine, &channel->event, length);
}

static void suspend(struct die *die)
{
	const struct flash_cfg *cfg = die->array->cfg;

	engine_cancel(die->array->sim->engine, &die->event);
	die->suspended = die->active;
	die->left = at_since(die->until, sim_now(die->array->sim));
	die->penalty = die->active->kind == FLASH_PROGRAM ? cfg->suspend_program
							  : cfg->suspend_erase;
	die->array->counts.suspensions++;
}

/* Further reads of the same row in other planes join the command. */
static unsigned gather(struct op_list *from, struct flash_op *first)
{
	struct op_list rest = { 0 };
	struct flash_op *op, *last = first;
	uint32_t planes = 1u << first->plane;
	unsigned count = 1;

	while ((op = pop(from))) {
		if (op->kind != FLASH_READ || op->row != first->row || planes & 1u << op->plane) {
			push(&rest, op);
			continue;
		}
		planes |= 1u << op->plane;
		last->group = op;
		last = op;
		count++;
	}
	*from = rest;
	last->group = NULL;
	return count;
}

static void start_read(struct channel *channel, struct die *die, struct op_list *from)
{
	struct flash_array *array = channel->array;
	struct flash_op *op = pop(from);
	unsigned count = 1;

	op->group = NULL;
	if (from == &die->wait[WAIT_READ]) {
		if (die->wait[WAIT_PROGRAM].head || die->wait[WAIT_COLLECT].head || die->suspended)
			die->overtaken++;
	} else {
		die->overtaken = 0;
	}
	if (array->cfg->planes > 1 && from->head)
		count = gather(from, op);
	count_waiting(die, -(int)count);
	array->counts.multi_plane_reads += count > 1;
	die->active = op;
	die->to_send = count;
	array->counts.reads += count;
	use_channel(channel, dur_mul(array->cfg->command_read, count));
}

static void start_other(struct channel *channel, struct die *die, struct op_list *from)
{
	const struct flash_cfg *cfg = channel->array->cfg;
	struct flash_op *op = pop(from);
	struct dur length;

	count_waiting(die, -1);
	die->overtaken = 0;
	die->active = op;
	if (op->kind == FLASH_PROGRAM) {
		if (from == &die->wait[WAIT_PROGRAM])
			die->programs--;
		channel->array->counts.programs++;
		length = dur_add(dur_mul(cfg->command_program, op->planes),
				 dur_of_bytes(op->bytes, cfg->channel_bits_per_second));
	} else {
		channel->array->counts.erases++;
		length = dur_mul(cfg->command_erase, op->planes);
	}
	use_channel(channel, length);
}

static void start(struct channel *channel, struct die *die)
{
	struct op_list *from;

	if (die->state == DIE_WORKS)
		suspend(die);
	else if (!die->suspended)
		die->package->busy++;
	from = choose(die);
	die->state = DIE_COMMAND;
	channel->commanded = die;
	if (from->head->kind == FLASH_READ)
		start_read(channel, die, from);
	else
		start_other(channel, die, from);
}

static void kick(struct channel *channel)
{
	struct flash_array *array = channel->array;
	const struct flash_cfg *cfg = array->cfg;
	unsigned number = (unsigned)(channel - array->channel);

	if (array->held && !channel->touched) {
		channel->touched = true;
		channel->next = NULL;
		*array->touched_end = channel;
		array->touched_end = &channel->next;
	}
	if (channel->busy || array->held)
		return;
	channel->sending = pop(&channel->data);
	if (!channel->sending)
		channel->sending = pop(&channel->collected);
	if (channel->sending) {
		use_channel(channel, dur_of_bytes(channel->sending->bytes,
						  cfg->channel_bits_per_second));
		return;
	}
	for (unsigned i = 0; channel->waiting && i < cfg->packages; i++) {
		unsigned package = number + cfg->channels * channel->turn;
		struct die *die = NULL;

		if (array->package[package].waiting)
			die = ready_die(array, package);
		channel->turn = channel->turn + 1 == cfg->packages ? 0 : channel->turn + 1;
		if (die) {
			start(channel, die);
			return;
		}
	}
}

/* ---- what ends ---- */

static void work(struct die *die, struct dur length)
{
	die->state = DIE_WORKS;
	die->until = at_add(sim_now(die->array->sim), length);
	engine_schedule(die->array->sim->engine, &die->event, die->until);
}

static struct dur array_time(struct die *die)
{
	const struct flash_cfg *cfg = die->array->cfg;
	const struct flash_op *op = die->active;
	struct dur length = die->penalty;

	die->penalty = dur_ps(0);
	if (op->kind == FLASH_ERASE)
		return cfg->erase;
	if (op->kind == FLASH_PROGRAM)
		return cfg->program[op->type];
	return dur_add(length, cfg->read[op->type]);
}

/* Nothing is active; a suspended operation goes on unless a read may still go first. */
static void released(struct die *die)
{
	die->state = DIE_IDLE;
	die->active = NULL;
	if (!die->suspended) {
		die->package->busy--;
		return;
	}
	if (die->wait[WAIT_READ].head && die->overtaken < die->array->cfg->reads_first)
		return;
	die->active = die->suspended;
	die->suspended = NULL;
	work(die, die->left);
}

static struct die *die_of(struct flash_array *array, const struct flash_op *op)
{
	return &array->die[op->die];
}

static void channel_free(void *ctx)
{
	struct channel *channel = ctx;
	struct flash_op *sent = channel->sending;
	struct die *die = channel->commanded;

	channel->busy = false;
	channel->sending = NULL;
	channel->commanded = NULL;
	if (die) {
		work(die, array_time(die));
	} else {
		die = die_of(channel->array, sent);
		if (!--die->to_send)
			released(die);
		sent->done(sent->ctx, sent);
	}
	kick(channel);
}

static void die_done(void *ctx)
{
	struct die *die = ctx;
	struct channel *channel = die->channel;
	struct flash_op *op = die->active, *next;

	if (op->kind != FLASH_READ) {
		released(die);
		op->done(op->ctx, op);
		kick(channel);
		return;
	}
	die->state = DIE_DATA;
	for (; op; op = next) {
		next = op->group;
		push(op->collects ? &channel->collected : &channel->data, op);
	}
	kick(channel);
}

void flash_array_submit(struct flash_array *array, struct flash_op *op)
{
	struct die *die = die_of(array, op);

	op->order = array->order++;
	count_waiting(die, 1);
	if (op->collects)
		push(&die->wait[WAIT_COLLECT], op);
	else if (op->kind == FLASH_READ)
		push(&die->wait[WAIT_READ], op);
	else
		push(&die->wait[WAIT_PROGRAM], op);
	if (!op->collects && op->kind == FLASH_PROGRAM)
		die->programs++;
	kick(die->channel);
}

void flash_array_hold(struct flash_array *array)
{
	array->held = true;
}

void flash_array_release(struct flash_array *array)
{
	struct channel *channel = array->touched;

	array->held = false;
	array->touched = NULL;
	array->touched_end = &array->touched;
	while (channel) {
		struct channel *next = channel->next;

		channel->touched = false;
		kick(channel);
		channel = next;
	}
}

void flash_array_stop(struct flash_array *array)
{
	for (unsigned i = 0; i < array->cfg->channels; i++) {
		struct channel *channel = &array->channel[i];

		engine_cancel(array->sim->engine, &channel->event);
		channel->busy = false;
		channel->sending = NULL;
		channel->commanded = NULL;
		channel->waiting = 0;
		channel->data = channel->collected = (struct op_list){ 0 };
	}
	for (unsigned i = 0; i < array->dies; i++) {
		struct die *die = &array->die[i];

		engine_cancel(array->sim->engine, &die->event);
		die->state = DIE_IDLE;
		die->active = die->suspended = NULL;
		die->penalty = dur_ps(0);
		die->to_send = die->overtaken = die->programs = 0;
		die->urgent = false;
		memset(die->wait, 0, sizeof(die->wait));
	}
	for (unsigned i = 0; i < array->packages; i++)
		array->package[i] = (struct package){ 0 };
	array->held = false;
}

unsigned flash_array_programs(const struct flash_array *array, unsigned die)
{
	return array->die[die].programs;
}

void flash_array_urgent(struct flash_array *array, unsigned die, bool urgent)
{
	array->die[die].urgent = urgent;
}

const struct flash_counts *flash_array_counts(const struct flash_array *array)
{
	return &array->counts;
}

struct flash_array *flash_array_create(struct sim *sim, const struct flash_cfg *cfg)
{
	struct flash_array *array = calloc(1, sizeof(*array));

	if (!array)
		return NULL;
	array->sim = sim;
	array->cfg = cfg;
	array->touched_end = &array->touched;
	array->packages = cfg->channels * cfg->packages;
	array->dies = array->packages * cfg->dies;
	array->channel = calloc(cfg->channels, sizeof(*array->channel));
	array->package = calloc(array->packages, sizeof(*array->package));
	array->die = calloc(array->dies, sizeof(*array->die));
	if (!array->channel || !array->package || !array->die) {
		free(array->channel);
		free(array->package);
		free(array->die);
		free(array);
		return NULL;
	}
	for (unsigned i = 0; i < cfg->channels; i++) {
		array->channel[i].array = array;
		event_init(&array->channel[i].event, "flash.channel", PHASE_DEVICE, channel_free,
			   &array->channel[i]);
	}
	for (unsigned i = 0; i < array->dies; i++) {
		/* Channel by channel, then package by package. */
		array->die[i].array = array;
		array->die[i].channel = &array->channel[i % cfg->channels];
		array->die[i].package = &array->package[i % array->packages];
		event_init(&array->die[i].event, "flash.die", PHASE_DEVICE, die_done,
			   &array->die[i]);
	}
	return array;
}

void flash_array_destroy(struct flash_array *array)
{
	if (!array)
		return;
	for (unsigned i = 0; i < array->cfg->channels; i++)
		engine_cancel(array->sim->engine, &array->channel[i].event);
	for (unsigned i = 0; i < array->dies; i++)
		engine_cancel(array->sim->engine, &array->die[i].event);
	free(array->channel);
	free(array->package);
	free(array->die);
	free(array);
}
