/* SPDX-License-Identifier: MIT */
#ifndef DOORBELL_MACHINE_INTERNAL_H
#define DOORBELL_MACHINE_INTERNAL_H

#include "devices/intc/intc.h"
#include "devices/rtl/rtl.h"
#include "model/machine/faults.h"
#include "model/machine/frames.h"
#include "model/machine/io_jobs.h"
#include "model/machine/machine.h"
#include "model/machine/mm.h"
#include "model/machine/peer.h"
#include "model/machine/rig.h"
#include "model/machine/rings.h"
#include "model/machine/rules.h"
#include "model/machine/sends.h"
#include "model/machine/spans.h"
#include "model/machine/traffic.h"
#include "model/core/random.h"
#include "model/mem/channel.h"
#include "model/mem/llc.h"
#include "model/machine/transfers.h"
#include "model/mem/mem.h"
#include "model/port/wire.h"

enum rtl_block {
	RTL_BLOCK_MODERATION,
	RTL_BLOCK_MSIX,
	RTL_BLOCK_COALESCING,
	RTL_BLOCKS,
};

/* Those that a device has not stay NULL, and their ports empty. */
struct rtl_blocks {
	struct rtl_moderation *moderation;
	struct rtl_msix *msix;
	struct rtl_coalescing *coalescing;
	struct moderation_port moderation_port;
	struct msix_port msix_port;
	struct coalescing_port coalescing_port;
	char name[RTL_BLOCKS][96];
	char wave[RTL_BLOCKS][4096];
};

int rtl_blocks_create(struct rtl_blocks *blocks, struct machine *machine,
		      const struct machine_device *device);
void rtl_blocks_destroy(struct rtl_blocks *blocks);

struct nic_port {
	struct machine *machine;
	const struct machine_device *cfg;
	struct pcie_dev *pcie;
	struct rtl_blocks rtl;
	struct nic82599 *nic;
	struct frames *frames;
	struct peer *peer;
	struct nic_port *forwards_for; /* the interface whose frames leave here */
	struct trace_source trace;
	struct counter *offered, *delivered, *dropped, *dropped_host, *polls;
	struct hist *latency, *moderation, *rtt;
	struct counter *peer_bytes, *peer_wrong;
	char latency_name[96];
};

/* Sectors at the loss of power. */
struct ssd_power {
	uint64_t written, promised, kept, broken;
};

struct ssd_port {
	struct machine *machine;
	const struct machine_device *cfg;
	struct pcie_dev *pcie;
	struct rtl_blocks rtl;
	struct nvme *nvme;
	struct event power_cut;
	struct ssd_power power;
};

struct dma_port {
	struct machine *machine;
	const struct machine_device *cfg;
	struct pcie_dev *pcie;
	struct rtl_blocks rtl;
	struct dmatest *dmatest;
};

struct plugin_port {
	struct machine *machine;
	const struct machine_device *cfg;
	struct pcie_dev *pcie;
	struct rtl_blocks rtl;
	void *device;
	struct event timer;
	struct random random;
	struct counter *interrupts, *reads, *writes;
};

struct machine_device_slot {
	struct nic_port nic;     /* by model: one of the four is in use */
	struct ssd_port ssd;
	struct dma_port dma;
	struct plugin_port plugin;
	struct pcie_dev *pcie;
	char latency_name[96];
};

/* Since when a core has taken no interrupt although one waits, and shown no sign of getting on. */
struct core_watch {
	uint64_t taken, signs, signs_at_window;
	struct at taken_since, signs_since;
};

/* Phases of a run: boot, warm-up, window, then perhaps waiting for what hangs. */
enum { SERIES_STATS = 4 };       /* of a device, over time */

struct run_state {
	struct event warmup_end, window_end, watchdog;
	bool ready, window_open, over;
	bool late;                     /* something completed behind the window */
	struct at zero, window_from, window_to;
	uint64_t frames, ios;          /* delivered and completed since time zero */
	uint64_t sends;                /* done, and administrators' actions */
	uint64_t window_frames, window_ios;
	uint64_t watched_progress;
	struct at progress_since;
	struct core_watch watch[CORES_MAX];
	uint64_t spent_from[CORES_MAX][CORE_CATEGORIES];
	uint64_t category_ns[CORE_CATEGORIES];
	uint64_t busy_ps[CORES_MAX];
	struct event series_event;
	struct at series_from;
	uint64_t series[MACHINE_DEVICES_MAX][SERIES_STATS][2];   /* value and count so far */
};

struct rules {
	uint64_t count;
	struct breach kept[RULES_KEPT];
};

#define PERTURB_MAX 8

#define FAULTS_MAX 32

#define FAULT_ANY_REGISTER UINT64_MAX

/* See faults.h. */
struct fault {
	struct machine *machine;
	enum fault_kind kind;
	unsigned number, given;        /* given: keys, as bits */
	unsigned device, devfn, core;
	struct dur at, delay, every;
	uint64_t after, count, percent, value;
	uint64_t reg;
	enum fault_access access;
	uint64_t seen, happened;
	uint64_t held;                 /* what a stuck register shows */
	unsigned reports;              /* that the kernel has not taken yet */
	bool reported;
	struct event begin, end;       /* of the timed kinds */
	struct at until;
	struct random random;
	char caller[48];
};

/* See perturb.h. */
struct perturb {
	bool on;
	uint64_t messages;       /* so far, from time zero */
	unsigned late;
	struct { uint64_t number; struct dur delay; } message[PERTURB_MAX];
	struct dur jitter;
	struct random random;
};

/* Prefetches under way of a core: as many as it has line fill buffers. */
#define FETCHES_MAX 12u

struct core_fetches {
	uint64_t line[FETCHES_MAX];
	uint64_t ready[FETCHES_MAX];     /* ticks */
	unsigned next;
};

/* Context of a stat that is one of several: a core's or a category's number. */
struct measure_share {
	struct machine *machine;
	unsigned index;
};

struct machine {
	struct sim sim;
	const struct machine_cfg *cfg;
	struct machine_hooks hooks;
	struct mem *mem;
	struct llc *llc;         /* NULL: the ideal host, whose memory costs nothing */
	struct channel channel;  /* to the memory */
	struct counter *memory_wait;
	struct core_fetches fetches[CORES_MAX];
	struct intc *intc;
	struct iommu *iommu;     /* NULL: iommu.mode = "off" */
	struct pcie_switch *pcie_switch[MACHINE_DEVICES_MAX];
	struct cores *cores;
	struct linux_host *linux_host;
	struct ideal *ideal;
	struct io_jobs *io_jobs;
	struct sends *sends;
	struct transfers *transfers;
	struct mm *mm;
	struct counter *admin_done[MACHINE_ADMINS_MAX], *admin_failed[MACHINE_ADMINS_MAX];
	struct trace_source trace;
	struct machine_device_slot device[MACHINE_DEVICES_MAX];
	struct traffic *traffic[MACHINE_TRAFFIC_MAX];
	struct plat_netdev netdev[MACHINE_DEVICES_MAX];
	unsigned netdevs;
	struct run_state run;
	struct counter *ipis;
	struct hist *irq_delay;
	struct measure_share share[CORES_MAX];
	struct machine_observe observe;
	struct spans *spans;           /* NULL = nobody follows requests */
	struct rules rules;
	struct rings *rings;           /* NULL = nobody watches */
	struct perturb perturb;
	struct fault fault[FAULTS_MAX];
	unsigned faults;
	uint64_t faults_armed;         /* a bit for each kind that there is */
	uint8_t fault_frame[FRAME_BYTES_MAX];   /* too large for a stack: one that was made longer */
	struct rig *rig;               /* NULL = no driver test */
	enum machine_end end;
	char message[640];
};

/* nic_port.c, ssd_port.c: a device with its link, wired to the machine. */
int nic_port_create(struct nic_port *port, struct machine *machine,
		    const struct machine_device *cfg);
void nic_port_destroy(struct nic_port *port);
/* nic_wire.c: the other end of its wire. */
int nic_wire_create(struct nic_port *port);
void nic_wire_sent(struct nic_port *port, const struct frame *frame);
int ssd_port_create(struct ssd_port *port, struct machine *machine,
		    const struct machine_device *cfg);
void ssd_port_destroy(struct ssd_port *port);
/* dma_port.c */
int dma_port_create(struct dma_port *port, struct machine *machine,
		    const struct machine_device *cfg);
void dma_port_destroy(struct dma_port *port);
/* plugin_port.c */
int plugin_port_create(struct plugin_port *port, struct machine *machine,
		       const struct machine_device *cfg);
void plugin_port_destroy(struct plugin_port *port);

/* root.c: what devices reach above their links. */
extern const struct pcie_root_ops machine_root_ops;
int root_create(struct machine *machine);
/* What the kernel asked of the DMA API, in the checking build; ctx is the machine. */
void root_dma_call(void *ctx, const struct plat_dma *dma);
/* After the devices. */
void root_destroy(struct machine *machine);
/* The switch above a device; NULL: it has a root port of its own. */
struct pcie_switch *root_uplink(const struct machine *machine, const struct machine_device *cfg);

/* caches.c: what DMA meets in the caches, and their stats. */
int caches_create(struct machine *machine);
/* [pa, pa + bytes) has been moved; what it takes longer because of where its lines were. */
struct dur caches_dma(struct machine *machine, const struct machine_device *device,
		      enum dma_kind kind, uint64_t pa, uint32_t bytes);

/* A core touches (prefetches) a line; copies: in ticks, as struct linux_host_ops says. */
uint64_t caches_touch(void *ctx, const struct core *core, uint64_t line, bool prefetch);
uint64_t caches_copy(void *ctx, const struct core *core, uint64_t to, uint64_t from,
		     uint64_t bytes);

/* address.c: what software reaches by physical address. */
void address_read_time(void *ctx, uint64_t pa, struct dur *there, struct dur *back);
uint64_t address_read(void *ctx, uint64_t pa, unsigned bytes, struct dur *behind);
/* 0, or the device has no credit: nothing is written, and the core comes again so much later. */
struct dur address_write(void *ctx, uint64_t pa, uint64_t value, unsigned bytes);
void address_write_now(void *ctx, uint64_t pa, uint64_t value, unsigned bytes);

/* software.c: the two hosts. */
int software_create(struct machine *machine);
int software_start(struct machine *machine);
void software_destroy(struct machine *machine);

/* run.c */
void run_init(struct machine *machine);
void run_ready(struct machine *machine);
void run_stop(struct machine *machine);
void run_frame_delivered(struct machine *machine);
void run_io_completed(struct machine *machine);
void run_end(struct machine *machine, enum machine_end end, const char *message);
void run_tell_progress(struct machine *machine);
/* The driver test has come to its end: so does the run. */
void run_test_over(struct machine *machine);

/* series.c: rows over time */
void series_init(struct machine *machine);
void series_begin(struct machine *machine);
void series_end(struct machine *machine);

/* power.c */
void power_init(struct ssd_port *port);
void power_start(struct machine *machine);

/* watch.c: what ends a run that gets nowhere. */
void watch_init(struct machine *machine);
void watch_window_begin(struct machine *machine);
/* Frames and I/Os. */
uint64_t watch_outstanding(const struct machine *machine);
/* Nothing completed in the window or behind it, and something is outstanding. */
bool watch_nothing_came(const struct machine *machine);
/* A core has shown no sign since the window's begin. */
bool watch_core_missing(const struct machine *machine);

/* measure.c: the shares of CPU time. */
void measure_register(struct machine *machine);
void measure_window_begin(struct machine *machine);
void measure_window_end(struct machine *machine);

extern const char *const machine_category_name[PLAT_CAT_COUNT];

/* observe.c */
int observe_build(struct machine *machine);
void observe_ready(struct machine *machine);
void observe_window(struct machine *machine, bool open);
void observe_destroy(struct machine *machine);
void observe_frame(struct nic_port *port, uint64_t id, struct at arrived);
void observe_io_submitted(struct machine *machine, unsigned job, unsigned slot, uint64_t offset);
void observe_io_completed(struct machine *machine, unsigned job, unsigned slot);
/* The core whose software runs now; 0 with the ideal host. */
unsigned observe_core(const struct machine *machine);

struct nic_port *machine_nic(struct machine *machine, unsigned devfn);
/* machine.c: the wire's end at an interface (ctx: its struct nic_port). */
uint64_t machine_frame_arrived(void *ctx);
void machine_frame_to_nic(void *ctx, const struct frame *frame);
const struct plat_netdev *machine_netdev(const struct machine *machine,
					 const struct nic_port *port);

#endif
