/* SPDX-License-Identifier: MIT */
/* An NVMe controller in its slot. Sectors that nobody wrote hold the workloads' pattern, so that
 * every read can be verified. */
#include "model/machine/internal.h"

static void dma(void *ctx, const struct dma_req *req)
{
	pcie_dma(((struct ssd_port *)ctx)->pcie, req);
}

static void msix(void *ctx, unsigned vector)
{
	pcie_msix(((struct ssd_port *)ctx)->pcie, vector);
}

static unsigned completion(void *ctx, uint16_t *cid, uint16_t *status, struct dur *late)
{
	struct ssd_port *port = ctx;

	return fault_completion(port->machine, port->cfg->devfn, cid, status, late);
}

static const struct nvme_ops nvme_ops = { .dma = dma, .msix = msix, .completion = completion };

static void dma_done(void *ctx, const struct dma_done *done)
{
	nvme_dma_done(((struct ssd_port *)ctx)->nvme, done);
}

static void reset(void *ctx)
{
	nvme_reset(((struct ssd_port *)ctx)->nvme);
}

static const struct pcie_dev_ops dev_ops = { .dma_done = dma_done, .reset = reset };

static uint64_t bar_read(void *ctx, uint64_t offset, unsigned bytes)
{
	return nvme_read(((struct ssd_port *)ctx)->nvme, (uint32_t)offset, bytes);
}

static void bar_write(void *ctx, uint64_t offset, uint64_t value, unsigned bytes)
{
	struct ssd_port *port = ctx;

	nvme_write(port->nvme, (uint32_t)offset, value, bytes);
	if (port->machine->rings)
		rings_register_written(port->machine, port->cfg);
}

static const struct mmio_ops bar_ops = { .read = bar_read, .write = bar_write };

static void fill(void *ctx, uint64_t lba, void *data, uint32_t sectors)
{
	io_pattern_fill(((struct ssd_port *)ctx)->cfg->media_seed, lba, data, sectors);
}

static void fill_known(void *ctx, uint64_t lba, void *data, uint32_t sectors)
{
	io_written_fill(((struct ssd_port *)ctx)->cfg->media_seed, lba, data, sectors);
}

static bool is_known(void *ctx, uint64_t lba, const void *data, uint32_t sectors)
{
	return io_written_matches(((struct ssd_port *)ctx)->cfg->media_seed, lba, data, sectors);
}

static int create_pcie(struct ssd_port *port)
{
	struct pcie_cfg cfg = {
		.name = port->cfg->name,
		.devfn = port->cfg->devfn,
		.vendor = NVME_VENDOR,
		.device = NVME_DEVICE,
		.subsystem_vendor = NVME_VENDOR,
		.subsystem = NVME_DEVICE,
		.class_code = NVME_CLASS,
		.bar = { [0] = { .bytes = NVME_BAR0_BYTES, .is64 = true, .ops = &bar_ops } },
		.msix_vectors = port->cfg->nvme.vectors,
		.msix_bar = 0,
		.msix_table = NVME_MSIX_TABLE,
		.msix_pba = NVME_MSIX_PBA,
		.msix_block = port->rtl.msix_port,
		.link = port->cfg->link,
		.uplink = root_uplink(port->machine, port->cfg),
	};

	return pcie_dev_create(&port->pcie, &port->machine->sim, &cfg, &dev_ops, port,
			       &machine_root_ops, port->machine);
}

int ssd_port_create(struct ssd_port *port, struct machine *machine,
		    const struct machine_device *cfg)
{
	struct nvme_cfg nvme = cfg->nvme;
	int err;

	port->machine = machine;
	port->cfg = cfg;
	nvme.media.fill = fill;
	nvme.media.fill_ctx = port;
	nvme.media.is_known = is_known;
	nvme.media.fill_known = fill_known;
	err = rtl_blocks_create(&port->rtl, machine, cfg);
	nvme.block = port->rtl.coalescing_port;
	if (!err)
		err = nvme_create(&port->nvme, &machine->sim, &nvme, &nvme_ops, port);
	if (!err)
		power_init(port);
	return err ? err : create_pcie(port);
}

void ssd_port_destroy(struct ssd_port *port)
{
	if (port->nvme)
		engine_cancel(port->machine->sim.engine, &port->power_cut);
	nvme_destroy(port->nvme);
	pcie_dev_destroy(port->pcie);
	rtl_blocks_destroy(&port->rtl);
}
