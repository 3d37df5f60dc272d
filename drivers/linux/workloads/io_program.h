/* SPDX-License-Identifier: GPL-2.0 */
/* What programs that do block I/O have in common (engines "aio" and "psync"): a process with memory
 * of its own that has opened the disk with O_DIRECT. Its code stands for a program's and is not
 * counted (drivers/linux/pass/costcc): `work` is the time that the program itself takes for an I/O.
 * Not modelled: the program's instructions, its misses of caches. */
#ifndef DOORBELL_WORKLOADS_IO_PROGRAM_H
#define DOORBELL_WORKLOADS_IO_PROGRAM_H

#include <asm/user_task.h>
#include "io.h"

struct kw_io_program {
	struct kw_job *job;
	unsigned int stride;		/* of buffers: whole pages */
	int fd;
	unsigned long buffer;
};

/* Makes the calling task a process; ends the run if it cannot. */
void kw_io_program_begin(struct kw_io_program *program, struct kw_job *job);
/* `result`, or the run's end with the call's name. */
long kw_io_program_checked(const struct kw_io_program *program, const char *call, long result);
/* Memory that is there, from mmap(). */
unsigned long kw_io_program_memory(const struct kw_io_program *program, unsigned long bytes);
/* The slot's next I/O: its bytes are in the buffer if it writes, and the program's work for it is
 * done. False: there is none before a completion. */
bool kw_io_program_next(struct kw_io_program *program, struct kw_slot *slot);
unsigned long kw_io_program_buffer(const struct kw_io_program *program, const struct kw_slot *slot);
/* What the call or the event says of the slot's I/O: its bytes, or a negative error. */
void kw_io_program_completed(struct kw_io_program *program, struct kw_slot *slot, long result);

/* One object of the program's memory, which lies in one page. */
#define kw_io_program_at(type, address, write) ((type *)user_page(address, write))

#endif
