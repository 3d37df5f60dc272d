/* SPDX-License-Identifier: MIT */
/* The whole boundary between the in-process Linux (drivers/linux/arch/sim, GPL-2.0) and the
 * simulator. plat_* is provided by the simulator and called by the kernel; kern_* the other way
 * round. Nothing else crosses: the kernel object exports only the kern_ names (and plat_cpu), and
 * its only undefined symbols are the plat_ names here. Included by kernel code and by ours, so it
 * uses built-in C types only. What the workloads ask for is in boundary_workloads.h, so that a new
 * workload does not mean a new kernel. Not modelled: hot-plug of cores, more than one kernel a process.
 *
 * Register r15: in the instrumented build, host software keeps the running core's local time in
 * r15, in ticks (model/cpu/cores.h). Every plat_ function may move it, and after plat_ctx_switch it
 * is that of the core that runs now. */
#ifndef DOORBELL_DRIVERS_LINUX_BOUNDARY_H
#define DOORBELL_DRIVERS_LINUX_BOUNDARY_H

/* Fixed virtual addresses of a non-PIE process, clear of AddressSanitizer's shadow (up to
 * 0x1000'7fff'8000) and heap (0x6000'...), and of Valgrind; tests/determinism checks them. */
#define PLAT_USER_BASE    0x200000000000UL  /* user windows */
#define PLAT_RAM_BASE     0x300000000000UL  /* simulated RAM, linear: physical 0 is here */
#define PLAT_PIO_BASE     0x380000000000UL  /* port I/O cookies */
#define PLAT_VMALLOC_BASE 0x400000000000UL
#define PLAT_VMALLOC_END  0x440000000000UL

/* Simulated physical addresses. */
#define PLAT_RAM_LOW_END  0xc0000000UL      /* RAM is [0, 3 GiB) and from 4 GiB on */
#define PLAT_RAM_HIGH     0x100000000UL
#define PLAT_MMIO_BASE    0xd0000000UL      /* window for BARs */
#define PLAT_MMIO_END     0xe0000000UL
#define PLAT_ECAM_BASE    0xe0000000UL      /* PCIe configuration space, buses 0..15 */
#define PLAT_ECAM_END     0xe1000000UL
#define PLAT_DMAR_BASE    0xfed90000UL      /* VT-d registers */
#define PLAT_MSI_BASE     0xfee00000UL      /* as on x86: destination << 12, data = vector */

#define PLAT_CPUS_MAX 64

enum plat_vector {
	PLAT_VEC_TIMER = 1,
	PLAT_VEC_RESCHED,
	PLAT_VEC_CALL,
	PLAT_VEC_DEVICE0 = 32,   /* device vectors: 32..255, per core */
	PLAT_VEC_COUNT = 256,
};

/* The live registers of the core that runs now; the simulator swaps them at every core switch. */
struct plat_cpu {
	void *task;              /* current */
	unsigned long irq_off;   /* interrupt flag, inverted */
	unsigned long percpu;    /* offset of this core's per-CPU area */
	int id;
	int irq_pending;         /* a vector waits: call kern_irq_window when enabling */
	unsigned long category;  /* enum plat_category of the time that passes now */
};

/* Where simulated time goes: the keys of cpu.time_ns. Numbers are in the digest. */
enum plat_category {
	PLAT_CAT_SCHED,          /* also boot and whatever has no other category */
	PLAT_CAT_HARDIRQ,
	PLAT_CAT_SOFTIRQ,
	PLAT_CAT_DRIVER,
	PLAT_CAT_STACK,
	PLAT_CAT_DMA,
	PLAT_CAT_INVALIDATE,
	PLAT_CAT_BOUNCE,
	PLAT_CAT_COPY,
	PLAT_CAT_IPI,
	PLAT_CAT_SPIN,
	PLAT_CAT_APP,
	PLAT_CAT_IDLE,
	PLAT_CAT_COUNT,
};

/* Costs that the code does not show; their values are rows of the machine profile. */
enum plat_cost {
	PLAT_COST_IRQ_ENTRY,      /* per interrupt taken */
	PLAT_COST_IRQ_EXIT,
	PLAT_COST_CONTEXT_SWITCH, /* per switch to a task whose state is not held */
	PLAT_COST_COPY,           /* n = bytes copied, kernel memory to kernel memory */
	PLAT_COST_CLEAR,          /* n = bytes set */
	PLAT_COST_USER_COPY,      /* n = bytes to or from user memory */
	PLAT_COST_SYSCALL,        /* n = 1 per entry and exit together */
	PLAT_COST_CLFLUSH,        /* n = cache lines */
	PLAT_COST_IPI_SEND,       /* per target */
	PLAT_COST_INVLPG,         /* per page */
	PLAT_COST_TLB_FLUSH,      /* a whole address space */
	PLAT_COST_CR3,            /* address space switch */
	PLAT_COST_TLB_WALK,       /* n = table reads */
	PLAT_COST_PAGE_FAULT,     /* entry and exit of a fault */
	PLAT_COST_LINE,           /* a cache line comes from another core of the socket */
	PLAT_COST_LINE_REMOTE,    /* from another socket; both by plat_line_transfer */
	PLAT_COST_COUNT,
};

/* What is counted without taking time. */
enum plat_count {
	PLAT_COUNT_DMA_MAP,
	PLAT_COUNT_DMA_UNMAP,
	PLAT_COUNTS,
};

/* Why the kernel ends. */
enum plat_stop {
	PLAT_STOP_PANIC,
	PLAT_STOP_HALT,
	PLAT_STOP_RESTART,
};

/* ---- boot ---- */
struct plat_boot {
	unsigned cpus;
	unsigned long ram_bytes;       /* all RAM; what exceeds 3 GiB lies from 4 GiB on */
	const char *cmdline;           /* appended to the port's own */
	int iommu;                     /* a VT-d unit is at PLAT_DMAR_BASE */
	int iommu_segments_untrusted;  /* devices count as external (dma.bounce = "untrusted") */
};
const struct plat_boot *plat_boot(void);
void kern_start(void *unused);         /* entry of the boot core's context; never returns */

/* ---- console and ends ---- */
void plat_console(const char *text, unsigned len);
__attribute__((noreturn)) void plat_stop(enum plat_stop why, const char *message);
void plat_stack_dump(void);            /* this context's call chain to the console */
/* A WARN, BUG or oops happened: counted; the run reports it. */
void plat_kernel_warning(void);

/* ---- contexts (coroutines) ---- */
/* *sp becomes a context that will call fn(arg) on the given stack; fn never returns. */
void plat_ctx_make(void **sp, void *stack, unsigned long bytes, void (*fn)(void *), void *arg);
/* Saves the running context in *from and goes on with *to. */
void plat_ctx_switch(void **from, void **to);

/* ---- cores ---- */
extern struct plat_cpu plat_cpu;       /* defined by the kernel object */
void plat_cpu_start(unsigned cpu, void **sp);
void plat_cpu_relax(void);             /* spinning: time passes, at least to the next thing that can change */
void plat_cpu_halt(void);              /* returns when an interrupt is pending */
/* Everything due by now has happened: other cores and devices have caught up with this core. */
void plat_sync(void);
void plat_charge(enum plat_cost cost, unsigned long n);
/* As plat_charge, and what it takes longer as the lines at `to` and `from` (may be NULL) are not
 * the core's own. */
void plat_copy(enum plat_cost cost, const void *to, const void *from, unsigned long n);
/* Only the latter, for a copy that plat_charge has charged already: nothing comes in meanwhile. */
void plat_copy_lines(const void *to, const void *from, unsigned long n);
/* Who touched each line of RAM last, by number from physical 0: core + 1, or another value if it
 * was no core or nobody knows. Of no meaning from physical plat_lines_end on. */
extern const unsigned char *plat_lines;
extern unsigned long plat_lines_end;
/* The running core reads (or prefetches) a line that is not its own. */
void plat_touch(unsigned long line, int prefetch);
void plat_count(enum plat_count what);
/* The running core takes a cache line over that core `from` owned. */
void plat_line_transfer(unsigned from);
unsigned long plat_category(unsigned long category);  /* returns the former one */

/* ---- time ---- */
unsigned long plat_now_ns(void);
unsigned long plat_cycles(void);       /* the core's clock (TSC) */
void plat_delay_ns(unsigned long ns);  /* busy; interrupts are taken inside if enabled */
void plat_timer_set(unsigned long ns); /* this core's one-shot timer, absolute; ~0UL = off */

/* ---- interrupts ---- */
void plat_ipi(unsigned cpu, int vector);
int plat_irq_next(void);               /* highest pending vector of this core, taken; -1 = none */
void plat_irq_eoi(int vector);
void kern_irq_window(void);            /* take what is pending; the simulator calls it at a horizon check */

/* ---- hardware access: reached as software does, by physical address ---- */
unsigned long plat_mmio_read(unsigned long pa, unsigned bytes);
void plat_mmio_write(unsigned long pa, unsigned long value, unsigned bytes);
/* Kernel mappings: RAM at `pa` appears at `va` (vmalloc area) as well. */
void plat_kmap(unsigned long va, unsigned long pa, unsigned long bytes);
void plat_kunmap(unsigned long va, unsigned long bytes);

#endif
