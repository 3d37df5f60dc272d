/* SPDX-License-Identifier: MIT */
/* A DMA test device in its slot. */
#include "model/machine/internal.h"

static void dma(void *ctx, const struct dma_req *req)
{
	pcie_dma(((struct dma_port *)ctx)->pcie, req);
}

static void msix(void *ctx, unsigned vector)
{
	pcie_msix(((struct dma_port *)ctx)->pcie, vector);
}

static const struct dmatest_ops dmatest_ops = { .dma = dma, .msix = msix };

static void dma_done(void *ctx, const struct dma_done *done)
{
	dmatest_dma_done(((struct dma_port *)ctx)->dmatest, done);
}

static void reset(void *ctx)
{
	dmatest_reset(((struct dma_port *)ctx)->dmatest);
}

static const struct pcie_dev_ops dev_ops = { .dma_done = dma_done, .reset = reset };

static uint64_t bar_read(void *ctx, uint64_t offset, unsigned bytes)
{
	return dmatest_read(((struct dma_port *)ctx)->dmatest, (uint32_t)offset, bytes);
}

static void bar_write(void *ctx, uint64_t offset, uint64_t value, unsigned bytes)
{
	dmatest_write(((struct dma_port *)ctx)->dmatest, (uint32_t)offset, value, bytes);
}

static const struct mmio_ops bar_ops = { .read = bar_read, .write = bar_write };

static int create_pcie(struct dma_port *port)
{
	struct pcie_cfg cfg = {
		.name = port->cfg->name,
		.devfn = port->cfg->devfn,
		.vendor = DMATEST_VENDOR,
		.device = DMATEST_DEVICE,
		.subsystem_vendor = DMATEST_VENDOR,
		.subsystem = DMATEST_DEVICE,
		.class_code = DMATEST_CLASS,
		.bar = { [0] = { .bytes = DMATEST_BAR0_BYTES, .is64 = true, .ops = &bar_ops } },
		.msix_vectors = DMATEST_CHANNELS,
		.msix_bar = 0,
		.msix_table = DMATEST_MSIX_TABLE,
		.msix_pba = DMATEST_MSIX_PBA,
		.msix_block = port->rtl.msix_port,
		.link = port->cfg->link,
		.uplink = root_uplink(port->machine, port->cfg),
	};

	return pcie_dev_create(&port->pcie, &port->machine->sim, &cfg, &dev_ops, port,
			       &machine_root_ops, port->machine);
}

int dma_port_create(struct dma_port *port, struct machine *machine,
		    const struct machine_device *cfg)
{
	int err;

	port->machine = machine;
	port->cfg = cfg;
	err = rtl_blocks_create(&port->rtl, machine, cfg);
	if (!err)
		err = dmatest_create(&port->dmatest, &machine->sim, &cfg->dmatest, &dmatest_ops,
				     port);
	return err ? err : create_pcie(port);
}

void dma_port_destroy(struct dma_port *port)
{
	dmatest_destroy(port->dmatest);
	pcie_dev_destroy(port->pcie);
	rtl_blocks_destroy(&port->rtl);
}
