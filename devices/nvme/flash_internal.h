/* SPDX-License-Identifier: MIT */
/* What the flash source files share. Not modelled: see flash.h. */
#ifndef DOORBELL_NVME_FLASH_INTERNAL_H
#define DOORBELL_NVME_FLASH_INTERNAL_H

#include "devices/nvme/flash.h"
#include "devices/nvme/flash_array.h"
#include "devices/nvme/flash_cache.h"
#include "devices/nvme/flash_layout.h"
#include "devices/nvme/flash_map.h"
#include "model/trace/stats.h"

#define FLASH_NO_UNIT UINT32_MAX

enum flash_stream { FLASH_STREAM_HOST, FLASH_STREAM_COLLECT, FLASH_STREAMS };

enum flash_block_state { FLASH_BLOCK_FREE, FLASH_BLOCK_OPEN, FLASH_BLOCK_FULL };

struct flash_block {
	uint32_t valid, erases;
	uint32_t *unit;             /* by position; NULL: free, or as the layout says */
	uint16_t pending;           /* programs under way */
	uint8_t state;
	bool initial;               /* content is the layout's */
};

struct flash_open {
	bool open;
	uint32_t block, next;       /* number in the die; next position */
};

struct flash_gc_read {
	struct flash_op op;
	struct flash_gc *gc;
};

/* Collection of one die: reads of as many valid units as one program holds, the program, again;
 * then the erase. */
struct flash_gc {
	struct flash *flash;
	uint32_t die;
	bool running;
	uint32_t victim, scan;      /* number in the die; next position */
	unsigned gathered, reading;
	uint32_t *unit, *from;      /* program_units each */
	struct flash_gc_read *read;
	struct flash_op op;         /* program or erase */
	uint32_t to;                /* place of the program */
	bool programming;
};

struct flash_die {
	uint32_t free_blocks;
	int64_t owed;               /* units used by the host, less dead ones passed by collection */
	struct flash_open open[FLASH_STREAMS];
	struct flash_gc gc;
};

/* A program of buffered units. */
struct flash_program {
	struct flash_op op;
	struct flash_program *next;
	struct flash *flash;
	uint32_t place;
	unsigned count;             /* 0: free */
	uint32_t slot[];
};

enum flash_slot_state { FLASH_SLOT_FREE, FLASH_SLOT_WAITS, FLASH_SLOT_PROGRAMMED };

struct flash_slot {
	uint32_t unit;
	uint32_t newer, older;      /* slots in use, in order of arrival */
	uint64_t order, version;
	uint8_t state;
};

struct flash_buffer {
	struct flash_slot *slot;
	uint32_t slots, used;
	uint32_t *free;             /* a stack; slots - used of them */
	uint32_t *waits;            /* ring of slots to be programmed, in order */
	uint32_t waits_head, waits_count;
	uint32_t oldest, newest;    /* in use */
	uint64_t order;
	uint64_t durable_wanted;    /* someone waits until everything up to this order is programmed */
	unsigned turn;              /* die that is looked at next */
	struct flash_program *programs;   /* free ones */
	void *memory;
	size_t program_bytes;       /* of one entry of it */
	struct flash_request *room_head, *room_tail;       /* writes that wait for slots */
	struct flash_request *durable_head, *durable_tail;
};

enum flash_step {
	FLASH_STEP_FREE,
	FLASH_STEP_LINK_IN,
	FLASH_STEP_CONTROLLER,
	FLASH_STEP_MAP,
	FLASH_STEP_ROOM,
	FLASH_STEP_FLASH,
	FLASH_STEP_BUFFER,
	FLASH_STEP_DURABLE,
	FLASH_STEP_LINK_OUT,
};

struct flash_request {
	struct flash *flash;
	struct flash_request *next;
	struct flash_request *known;       /* all there are */
	struct event event;
	enum flash_request_kind kind;
	enum flash_step step;
	bool forced;
	uint64_t offset, bytes;
	unsigned left;              /* operations under way */
	uint64_t order;             /* DURABLE: up to which slot */
	uint64_t version;
	void (*done)(void *ctx);
	void *ctx;
};

struct flash_read {
	struct flash_op op;
	struct flash_read *next;
	struct flash_read *known;   /* all there are */
	struct flash_request *request;
};

struct flash_slab {
	struct flash_slab *next;
	max_align_t memory[];
};

struct flash {
	struct sim *sim;
	struct flash_cfg cfg;
	struct flash_shape shape;
	struct flash_array *array;
	struct flash_map *map;
	struct flash_layout *layout;
	struct flash_cache *cache;
	struct flash_block *block;  /* of all dies */
	struct flash_die *die;
	struct flash_buffer buffer;
	struct flash_request *requests;    /* free ones */
	struct flash_request *known;
	struct flash_read *reads, *known_reads;
	struct flash_slab *slabs;
	struct at link_in_free, link_out_free;
	uint64_t tables_bytes;
	uint64_t collected_blocks, collected_units, buffer_hits, buffer_units;
};

/* flash_blocks.c: blocks, places and what is valid in them */
struct flash_block *flash_block_at(struct flash *flash, uint32_t place);
void flash_blocks_init(struct flash *flash);
/* A place, a slot (FLASH_PLACES + number) or FLASH_NOWHERE. */
uint32_t flash_where(struct flash *flash, uint32_t unit);
/* The unit whose data a place holds, valid or not. */
uint32_t flash_owner(struct flash *flash, uint32_t place);
/* The unit's data in flash, if any, are dead. */
void flash_drop(struct flash *flash, uint32_t unit);
void flash_settle(struct flash *flash, uint32_t unit, uint32_t place);
void flash_set(struct flash *flash, uint32_t unit, uint32_t value);
/* program_units places in a row; false: the stream gets no block now. */
bool flash_take(struct flash *flash, uint32_t die, enum flash_stream stream, uint32_t *place);
void flash_program_op(struct flash *flash, struct flash_op *op, uint32_t place);
void flash_read_op(struct flash *flash, struct flash_op *op, uint32_t place, uint32_t bytes);
uint64_t flash_most_worn(void *flash);

/* flash_gc.c */
void flash_gc_stop(struct flash *flash);
int flash_gc_init(struct flash *flash);
void flash_gc_free(struct flash *flash);
void flash_gc_check(struct flash *flash, uint32_t die);

/* flash_buffer.c */
int flash_buffer_init(struct flash *flash);
void flash_buffer_free(struct flash *flash);
/* False: no room; the request will be woken by flash_request_room. */
bool flash_buffer_write(struct flash *flash, struct flash_request *request);
/* False: nothing to wait for; else flash_request_durable will be called. */
bool flash_buffer_wait(struct flash *flash, struct flash_request *request);
void flash_buffer_drain(struct flash *flash);
/* What is under way to a die is lost, and all slots with it. */
void flash_buffer_stop(struct flash *flash);

/* flash_request.c */
void flash_request_room(struct flash_request *request);
void flash_request_durable(struct flash_request *request);
void flash_request_cancel(struct flash *flash);
void flash_request_stop(struct flash *flash);
void *flash_slab_take(struct flash *flash, size_t bytes);

#endif
