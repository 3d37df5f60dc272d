/* SPDX-License-Identifier: MIT */
/* Channels, packages and dies: who works when. A read is a command on the channel, tR in the die and
 * the data on the channel; the die is busy until its data are out. Waiting data go before commands;
 * a package whose turn it is sends the oldest command that one of its dies can take. Reads go first,
 * except that after `reads_first` of them something else gets its turn; they suspend a program or an
 * erase where the medium can. Reads of one row in different planes share their tR.
 *
 * Not modelled: cache reads, independent plane reads, several suspended operations of one die. */
#ifndef DOORBELL_NVME_FLASH_ARRAY_H
#define DOORBELL_NVME_FLASH_ARRAY_H

#include "devices/nvme/flash.h"
#include "model/core/sim.h"

enum flash_kind { FLASH_READ, FLASH_PROGRAM, FLASH_ERASE };

/* One command to one die. The owner keeps it until done is called. */
struct flash_op {
	struct flash_op *next;       /* queue */
	struct flash_op *group;      /* further reads of one multi-plane command */
	enum flash_kind kind;
	bool collects;               /* of garbage collection: waits behind the host's */
	uint16_t die;
	uint8_t plane;               /* reads */
	uint8_t planes;              /* programs and erases */
	uint8_t type;                /* of the page: 0 = LSB */
	uint32_t row;                /* reads: block and page; equal ones can share their tR */
	uint32_t bytes;              /* that cross the channel */
	uint64_t order;              /* of arrival */
	void (*done)(void *ctx, struct flash_op *op);
	void *ctx;
};

struct flash_counts {
	uint64_t reads, programs, erases, suspensions, multi_plane_reads;
};

struct flash_array;

/* NULL when memory is short. cfg must outlive it. */
struct flash_array *flash_array_create(struct sim *sim, const struct flash_cfg *cfg);
void flash_array_destroy(struct flash_array *array);
void flash_array_submit(struct flash_array *array, struct flash_op *op);
/* Between the two nothing starts, so that what is submitted can be combined. */
void flash_array_hold(struct flash_array *array);
void flash_array_release(struct flash_array *array);
/* Forgets everything that waits or is under way. */
void flash_array_stop(struct flash_array *array);
/* Host programs that wait for a die. */
unsigned flash_array_programs(const struct flash_array *array, unsigned die);
/* The die's collection goes before the host. */
void flash_array_urgent(struct flash_array *array, unsigned die, bool urgent);
const struct flash_counts *flash_array_counts(const struct flash_array *array);

#endif
