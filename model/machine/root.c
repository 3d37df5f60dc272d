/* SPDX-License-Identifier: MIT */
/* The root complex as devices see it: memory, and message interrupts on their way to the interrupt
 * controller. Without an IOMMU bus addresses are physical. */
#include "model/machine/internal.h"
#include "model/machine/trace_points.h"

#define TRACE_POINT(id, name, a, b, c) { name, { a, b, c } },
const struct trace_point machine_trace_points[MACHINE_TRACE_POINTS] = {
#include "model/machine/trace.def"
};
#undef TRACE_POINT

static enum dma_status access_memory(void *ctx, unsigned devfn, const struct dma_req *req,
				     void *read_to, struct dur *extra)
{
	struct machine *machine = ctx;
	bool done = req->kind == DMA_READ
			    ? mem_read(machine->mem, req->addr, read_to, req->bytes)
			    : mem_write(machine->mem, req->addr, req->data, req->bytes);

	*extra = dur_ps(0);
	return done ? DMA_OK : DMA_UNSUPPORTED;
}

static void message(void *ctx, unsigned devfn, const struct msi_msg *msg)
{
	intc_msi(((struct machine *)ctx)->intc, msg);
}

const struct pcie_root_ops machine_root_ops = { .access = access_memory, .msi = message };
