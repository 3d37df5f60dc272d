/* SPDX-License-Identifier: MIT */
#ifndef DOORBELL_DRIVERS_LINUX_HOST_PRIVATE_H
#define DOORBELL_DRIVERS_LINUX_HOST_PRIVATE_H

#include "drivers/linux/host/linux_host.h"
#include "drivers/linux/host/profile.h"
#include "drivers/linux/host/dma_rules.h"
#include "drivers/linux/host/objects.h"
#include "drivers/linux/host/vmap.h"
#include "drivers/linux/host/weak.h"
#include "drivers/linux/host/slices.h"

struct linux_host {
	struct sim *sim;
	struct linux_host_cfg cfg;
	struct linux_host_ops ops;
	void *ctx;
	struct cores *cores;
	struct plat_cpu live[PLAT_CPUS_MAX];  /* of cores that do not run now */
	void *boot_stack, *boot_stack_top;
	void *boot_context;
	enum linux_end end;
	char message[512];
	unsigned end_core;
	unsigned warnings;
	unsigned warning_core;                /* of the first one */
	struct at warning_time;
	uint64_t signs[PLAT_CPUS_MAX];
	uint64_t taken[PLAT_CPUS_MAX];
	struct profile *profile;              /* NULL = off */
	struct slices *slices;                /* NULL = off */
	struct dma_rules *rules;              /* NULL = not the checking build */
	struct objects *objects;
	struct owners *owners;                /* NULL = nobody asks who took what */
	struct weak *weak;                    /* NULL = cores are sequentially consistent */
	struct vmap vmap;                     /* in the checking build */
	uint64_t bounced_bytes;
	uint64_t counted[PLAT_COUNTS];
	uint64_t instructions;
};

/* The one kernel of this process; NULL between machines. */
extern struct linux_host *linux_host;

/* gate.c: entry of the boot core's context, which loads the time register first. */
void linux_gate_boot(void *unused);
/* horizon.S: kernel code begins at a fixed place of its stack. The host's frames above it, at most
 * HOST_FRAMES_BYTES, differ between compilers and with sanitizers. */
#define HOST_FRAMES_BYTES 4096
/* Never returns, but is not declared so: AddressSanitizer minds noreturn calls on stacks that it
 * does not know. */
void linux_enter_at(void *sp, void (*fn)(void *), void *arg);
/* horizon.S: what a horizon check calls; named in instrumented code. */
void plat_horizon_stub(void);
extern uint64_t plat_horizon;
/* The running core's time at which the next sample is due; TICKS_NEVER without a profile. */
extern uint64_t linux_profile_due;
extern uint64_t plat_copy_ticks_base, plat_copy_ticks_per_64;

/* host.c: notes the first end; the caller then leaves the core. */
void linux_host_note_end(enum linux_end end, const char *message);
/* checking.c */
int linux_checking_create(struct linux_host *host);
void linux_checking_destroy(struct linux_host *host);
void linux_checking_dma(struct core *core, const struct plat_dma *dma, const uintptr_t *frame);
void linux_checking_access(struct core *core, uint64_t pa, uint64_t bytes, bool write,
			   const uintptr_t *frame);
void linux_checking_object(struct core *core, uint64_t pa, uint64_t bytes, bool freed,
			   const char *cache, const uintptr_t *frame);
uint64_t linux_checking_pa(const struct linux_host *host, uint64_t distance, uint64_t bytes);
void linux_checking_pages(struct core *core, uint64_t pa, uint64_t bytes, bool freed,
			  const uintptr_t *frame);
/* What the kernel prints is looked through for its checkers' words. */
void linux_checking_console(struct linux_host *host, const char *text, unsigned len);

/* fault.c */
int linux_fault_install(struct sim *sim);
void linux_fault_remove(void);
/* Prints the running context's call chain through ops->console. */
void linux_stack_dump(void);

#endif
