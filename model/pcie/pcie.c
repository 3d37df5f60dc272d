/* SPDX-License-Identifier: MIT */
/* The device as a whole: checks of its configuration, creation, statistics, address decoding. */
#include "model/pcie/pcie_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define GEN_MAX        5u
#define LANES_MAX      16u
#define PAYLOAD_MIN    128u
#define PAYLOAD_MAX    4096u
#define BAR_BYTES_MIN  16u
#define TAGS_MAX       256u   /* 2.2.6.2 */

#define TRACE_POINT(id, name, a, b, c) { name, { a, b, c } },
const struct trace_point pcie_trace_points[PCIE_TRACE_COUNT] = {
#include "model/pcie/trace.def"
};
#undef TRACE_POINT

static bool power_of_two(uint64_t n)
{
	return n && (n & (n - 1)) == 0;
}

static int check_link(struct sim *sim, const char *name, const struct pcie_link_cfg *link)
{
	if (link->gen < 1 || link->gen > GEN_MAX)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: pcie gen %u is not 1..5", name,
				link->gen);
	if (!power_of_two(link->lanes) || link->lanes > LANES_MAX)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: pcie lanes %u is none of 1, 2, 4, 8, 16",
				name, link->lanes);
	if (!power_of_two(link->mps) || link->mps < PAYLOAD_MIN || link->mps > PAYLOAD_MAX)
		return sim_fail(sim, SIM_ERR_CONFIG,
				"%s: pcie mps %u is no power of two in 128..4096", name, link->mps);
	if (!power_of_two(link->mrrs) || link->mrrs < PAYLOAD_MIN || link->mrrs > PAYLOAD_MAX)
		return sim_fail(sim, SIM_ERR_CONFIG,
				"%s: pcie mrrs %u is no power of two in 128..4096", name,
				link->mrrs);
	if (link->rcb != 64 && link->rcb != 128)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: pcie rcb %u is neither 64 nor 128", name,
				link->rcb);
	if (!power_of_two(link->align) || link->align > PCIE_PAGE_BYTES)
		return sim_fail(sim, SIM_ERR_CONFIG,
				"%s: pcie align %u is no power of two in 1..4096", name,
				link->align);
	return SIM_OK;
}

static int check_credits(struct sim *sim, const char *name, const struct pcie_link_cfg *link)
{
	if (link->tags > TAGS_MAX)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: %u tags, at most %u", name, link->tags,
				TAGS_MAX);
	if (link->posted.data && link->posted.data < link->mps / PCIE_CREDIT_BYTES)
		return sim_fail(sim, SIM_ERR_CONFIG,
				"%s: %u data credits are less than one packet of %u bytes",
				name, link->posted.data, link->mps);
	return SIM_OK;
}

/* What 0 stands for. */
static struct pcie_link_cfg link_defaults(struct pcie_link_cfg link)
{
	link.rcb = link.rcb ? link.rcb : 64;
	link.align = link.align ? link.align : 1;
	return link;
}

static int check_bars(struct sim *sim, const struct pcie_cfg *cfg)
{
	for (unsigned i = 0; i < PCIE_BARS; i++) {
		const struct pcie_bar_cfg *bar = &cfg->bar[i];

		if (!bar->bytes)
			continue;
		if (!power_of_two(bar->bytes) || bar->bytes < BAR_BYTES_MIN)
			return sim_fail(sim, SIM_ERR_CONFIG,
					"%s: size of BAR %u is no power of two", cfg->name, i);
		if (bar->is64 && (i == PCIE_BARS - 1 || cfg->bar[i + 1].bytes))
			return sim_fail(sim, SIM_ERR_CONFIG,
					"%s: no room for the upper half of BAR %u", cfg->name, i);
		if (!bar->is64 && bar->bytes > 1ULL << 31)
			return sim_fail(sim, SIM_ERR_CONFIG, "%s: BAR %u needs 64 bits", cfg->name,
					i);
	}
	return SIM_OK;
}

static int check_msix(struct sim *sim, const struct pcie_cfg *cfg)
{
	uint64_t table = (uint64_t)cfg->msix_vectors * PCIE_MSIX_ENTRY;
	uint64_t pba = ((uint64_t)cfg->msix_vectors + 63) / 64 * 8;

	if (!cfg->msix_vectors)
		return SIM_OK;
	if (cfg->msix_vectors > PCIE_MSIX_MAX)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: %u MSI-X vectors, at most %u", cfg->name,
				cfg->msix_vectors, PCIE_MSIX_MAX);
	if (cfg->msix_bar >= PCIE_BARS || cfg->msix_table % 8 || cfg->msix_pba % 8 ||
	    cfg->msix_table + table > cfg->bar[cfg->msix_bar].bytes ||
	    cfg->msix_pba + pba > cfg->bar[cfg->msix_bar].bytes)
		return sim_fail(sim, SIM_ERR_CONFIG,
				"%s: the MSI-X table does not fit into its BAR", cfg->name);
	if (cfg->msix_table < cfg->msix_pba + pba && cfg->msix_pba < cfg->msix_table + table)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: MSI-X table and pending bits overlap",
				cfg->name);
	return SIM_OK;
}

static int check(struct sim *sim, const struct pcie_cfg *cfg)
{
	struct pcie_link_cfg link = link_defaults(cfg->link);
	int err = check_link(sim, cfg->name, &link);

	if (!err)
		err = check_credits(sim, cfg->name, &link);
	if (!err && cfg->devfn > 255)
		err = sim_fail(sim, SIM_ERR_CONFIG, "%s: devfn %u is not 0..255", cfg->name,
			       cfg->devfn);
	if (!err)
		err = check_bars(sim, cfg);
	if (!err)
		err = check_msix(sim, cfg);
	return err;
}

static void init_stats(struct pcie_dev *dev)
{
	struct stats *stats = dev->sim->stats;
	const char *name = dev->cfg.name;

	pcie_ser_stats(&dev->up, dev->sim, name, "up");
	pcie_ser_stats(&dev->down, dev->sim, name, "down");
	dev->read_latency = stats_dist(stats, "pcie.%s.read.latency_ns", name);
	dev->asked = stats_counter(stats, "pcie.%s.asked.bytes", name);
	dev->moved = stats_counter(stats, "pcie.%s.moved.bytes", name);
	dev->stalls = stats_counter(stats, "pcie.%s.stalled", name);
	dev->write_stalls = stats_counter(stats, "pcie.%s.mmio.stalled", name);
	dev->write_stall = stats_dist(stats, "pcie.%s.mmio.stall_ns", name);
}

static void ideal_link(struct pcie_link_cfg *link)
{
	link->read_rtt = dur_ps(0);
	link->write_latency = dur_ps(0);
	link->mmio_read = dur_ps(0);
	link->mmio_write = dur_ps(0);
	link->credit_return = dur_ps(0);
	link->posted = link->non_posted = (struct pcie_credits){ 0, 0 };
	link->core_writes = 0;
	link->tags = 0;
	link->jittery = false;
}

static void init_link(struct pcie_dev *dev)
{
	struct pcie_link_cfg *link = &dev->cfg.link;

	dev->way_up =
		link->write_latency.ps < link->read_rtt.ps ? link->write_latency : link->read_rtt;
	dev->up.trace = dev->down.trace = &dev->trace;
	dev->up.point = PCIE_TRACE_UP;
	dev->down.point = PCIE_TRACE_DOWN;
	if (link->jittery)
		random_init(&dev->jitter, link->seed, dev->cfg.name);
	if (dev->cfg.uplink)
		pcie_switch_attach(dev->cfg.uplink, dev);
}

int pcie_dev_create(struct pcie_dev **out, struct sim *sim, const struct pcie_cfg *cfg,
		    const struct pcie_dev_ops *dev_ops, void *dev_ctx,
		    const struct pcie_root_ops *root_ops, void *root_ctx)
{
	struct pcie_dev *dev;
	int err = check(sim, cfg);

	*out = NULL;
	if (err)
		return err;
	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return sim_fail(sim, SIM_ERR_MEMORY, "%s: out of host memory", cfg->name);
	dev->sim = sim;
	dev->cfg = *cfg;
	dev->cfg.link = link_defaults(cfg->link);
	if (cfg->link.ideal)
		ideal_link(&dev->cfg.link);
	dev->dev_ops = dev_ops;
	dev->dev_ctx = dev_ctx;
	dev->root_ops = root_ops;
	dev->root_ctx = root_ctx;
	err = pcie_tlp_create(dev);
	if (!err)
		err = pcie_mmio_create(dev);
	if (!err)
		err = pcie_msix_create(dev);
	if (err) {
		pcie_dev_destroy(dev);
		return err;
	}
	trace_source_init(&dev->trace, sim, cfg->name, pcie_trace_points, PCIE_TRACE_COUNT);
	init_stats(dev);
	init_link(dev);
	pcie_config_init(dev);
	*out = dev;
	return SIM_OK;
}

void pcie_dev_destroy(struct pcie_dev *dev)
{
	if (!dev)
		return;
	engine_cancel(dev->sim->engine, &dev->up_event);
	engine_cancel(dev->sim->engine, &dev->wait_event);
	engine_cancel(dev->sim->engine, &dev->posted_event);
	pcie_pool_destroy(dev);
	pcie_flow_destroy(&dev->tags);
	pcie_flow_destroy(&dev->posted_credits);
	pcie_flow_destroy(&dev->read_credits);
	pcie_flow_destroy(&dev->core_credits);
	free(dev->posted);
	free(dev->msix_table);
	free(dev->msix_pending);
	free(dev);
}

int pcie_decode(const struct pcie_dev *dev, uint64_t pa, uint64_t *offset)
{
	if (!dev->memory_space)
		return -1;
	for (int i = 0; i < PCIE_BARS; i++) {
		if (pa - dev->bar_base[i] < dev->cfg.bar[i].bytes) {
			*offset = pa - dev->bar_base[i];
			return i;
		}
	}
	return -1;
}

bool pcie_bus_master(const struct pcie_dev *dev)
{
	return dev->bus_master;
}

unsigned pcie_devfn(const struct pcie_dev *dev)
{
	return dev->cfg.devfn;
}
