/* SPDX-License-Identifier: MIT */
#include "examples/systemc/host.h"

#include <stdlib.h>
#include <string.h>

#include "model/cpu/context.h"
#include "model/cpu/cores.h"
#include "model/trace/stats.h"
#include "model/trace/trace.h"

#define STACK_BYTES  (256u << 10)
#define CORE_HZ      3000000000ULL
#define TICKS_PER_NS 48u              /* 3 GHz, 16 ticks a cycle */
#define BAR0         0xd0000000u
#define BAR0_BYTES   0x2000u
#define MSIX_TABLE   0x1000u
#define MSIX_PBA     0x1800u
#define MESSAGE      0xfee00000u

/* Configuration space, as a driver's bus code knows it. */
#define CFG_COMMAND  0x04
#define CFG_BAR0     0x10
#define CFG_MSIX     0x72

struct host {
	struct sim sim;
	struct cores *cores;
	struct pcie_dev *pcie;
	void (*driver)(struct host *host);
	void *stack, *slot;
	unsigned interrupts, seen;
	bool over;
	unsigned char memory[HOST_MEMORY_BYTES];
};

static struct core *self(struct host *host)
{
	return &host->cores->core[0];
}

/* ---- what lies above the link ---- */

static enum dma_status root_access(void *ctx, unsigned devfn, const struct dma_req *req,
				   void *read_to, struct dur *extra)
{
	struct host *host = ctx;

	if (req->addr >= HOST_MEMORY_BYTES || req->bytes > HOST_MEMORY_BYTES - req->addr)
		return DMA_UNSUPPORTED;
	if (req->kind == DMA_READ)
		memcpy(read_to, host->memory + req->addr, req->bytes);
	else
		memcpy(host->memory + req->addr, req->data, req->bytes);
	return DMA_OK;
}

static void root_msi(void *ctx, unsigned devfn, const struct msi_msg *msg)
{
	struct host *host = ctx;

	host->interrupts++;
	core_set_pending(self(host), true);
}

static const struct pcie_root_ops root_ops = { .access = root_access, .msi = root_msi };

struct pcie_dev *host_plug(struct host *host, const struct mmio_ops *ops,
			   const struct pcie_dev_ops *dev_ops, void *dev_ctx)
{
	struct pcie_cfg cfg = {
		.name = "device",
		.devfn = 8,
		.vendor = 0xd00b,
		.device = 0xc0c0,
		.class_code = 0x088000,
		.bar = { [0] = { .bytes = BAR0_BYTES, .ops = ops } },
		.msix_vectors = 1,
		.msix_bar = 0,
		.msix_table = MSIX_TABLE,
		.msix_pba = MSIX_PBA,
		.link = { .gen = 3, .lanes = 4, .mps = 256, .mrrs = 512,
			  .read_rtt = dur_ns(600), .write_latency = dur_ns(200),
			  .mmio_read = dur_ns(700), .mmio_write = dur_ns(250) },
	};

	if (pcie_dev_create(&host->pcie, &host->sim, &cfg, dev_ops, dev_ctx, &root_ops, host))
		return NULL;
	pcie_config_write(host->pcie, CFG_BAR0, BAR0, 4);
	pcie_config_write(host->pcie, CFG_COMMAND, 6, 2);
	pcie_config_write(host->pcie, CFG_MSIX, 0x8000, 2);
	return host->pcie;
}

/* ---- the core ---- */

static void exchange(void *ctx, struct core *core)
{
}

static bool masked(void *ctx, struct core *core)
{
	return false;
}

static void timer(void *ctx, struct core *core)
{
}

static void run_driver(void *ctx)
{
	struct host *host = ctx;

	core_sync(self(host));
	host_write(host, MSIX_TABLE, MESSAGE);
	host_write(host, MSIX_TABLE + 12, 0);
	host->driver(host);
	host->over = true;
	core_leave(self(host));
}

struct host *host_create(void (*driver)(struct host *host))
{
	struct cores_cfg cfg = { .count = 1,
				 .frequency_hz = CORE_HZ,
				 .relax = dur_ns(40),
				 .idle_state = { { .exit = dur_ns(100) } },
				 .idle_states = 1,
				 .categories = 2,
				 .category_idle = 1 };
	struct cores_ops ops = { exchange, exchange, masked, exchange, timer, NULL };
	struct host *host = calloc(1, sizeof(*host));

	if (!host)
		return NULL;
	host->driver = driver;
	host->sim.engine = engine_create();
	host->sim.trace = trace_create(1);
	host->sim.stats = stats_create();
	host->stack = malloc(STACK_BYTES);
	if (cores_create(&host->cores, &host->sim, &cfg, &ops))
		return NULL;
	context_make(&host->slot, host->stack, STACK_BYTES, run_driver, host);
	core_start(host->cores, 0, host->slot);
	return host;
}

void host_destroy(struct host *host)
{
	pcie_dev_destroy(host->pcie);
	cores_destroy(host->cores);
	stats_destroy(host->sim.stats);
	trace_destroy(host->sim.trace);
	engine_destroy(host->sim.engine);
	free(host->stack);
	free(host);
}

struct sim *host_sim(struct host *host)
{
	return &host->sim;
}

/* While the core sleeps and nothing is scheduled, somebody outside may still wake it. */
struct at host_step(void *ctx, struct at limit)
{
	struct host *host = ctx;
	struct at next = cores_run(host->cores, limit);

	if (host->over)
		return AT_NEVER;
	return at_is_never(next) ? at_add(at_max(sim_now(&host->sim), limit.ps == UINT64_MAX
							 ? at_ps(0)
							 : limit), dur_ms(1))
				 : next;
}

void host_recall(void *ctx)
{
	cores_recall(((struct host *)ctx)->cores);
}

void host_stall(void *ctx, struct dur time)
{
	core_charge(self(ctx), time.ps / PS_PER_NS * TICKS_PER_NS);
	core_sync(self(ctx));
}

/* ---- for the driver ---- */

uint32_t host_read(struct host *host, uint64_t offset)
{
	struct dur stall = pcie_mmio_read_time(host->pcie);

	core_charge(self(host), stall.ps / PS_PER_NS * TICKS_PER_NS);
	core_sync(self(host));
	pcie_flush_writes(host->pcie);
	return (uint32_t)pcie_bar_read(host->pcie, 0, offset, 4);
}

void host_write(struct host *host, uint64_t offset, uint32_t value)
{
	core_charge(self(host), TICKS_PER_NS);
	core_sync(self(host));
	pcie_bar_write(host->pcie, 0, offset, value, 4);
}

void host_wait(struct host *host)
{
	while (host->seen == host->interrupts) {
		core_halt(self(host));
		core_set_pending(self(host), false);
	}
	host->seen = host->interrupts;
}

unsigned char *host_memory(struct host *host)
{
	return host->memory;
}

uint64_t host_now_ns(struct host *host)
{
	return core_time(self(host)).ps / PS_PER_NS;
}
