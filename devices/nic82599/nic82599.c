/* SPDX-License-Identifier: MIT */
/* A port's life, its registers and its DMA. Sections are of the 82599 datasheet, rev. 3.3. */
#include "devices/nic82599/nic82599_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct trace_point nic_trace_points[] = {
#define TRACE_POINT(id, text, a, b, c) { .name = text, .arg = { a, b, c } },
#include "devices/nic82599/trace.def"
#undef TRACE_POINT
};

#define RX_BUFFER_BYTES_MAX (64u << 20)
#define RX_FRAME_BYTES_MIN  64u          /* the shortest frame with its check sequence */

static int check_cfg(struct sim *sim, const struct nic82599_cfg *cfg)
{
	if (!cfg->name)
		return sim_fail(sim, SIM_ERR_CONFIG, "82599: no name");
	if (cfg->link_bps == 0)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: link speed is 0", cfg->name);
	if (cfg->mac[0] & 1)
		return sim_fail(sim, SIM_ERR_CONFIG, "%s: a group address cannot be its own",
				cfg->name);
	if (cfg->rx_buffer_bytes < FRAME_BYTES_MAX || cfg->rx_buffer_bytes > RX_BUFFER_BYTES_MAX)
		return sim_fail(sim, SIM_ERR_CONFIG,
				"%s: packet buffer of %u bytes; %u to %u are possible", cfg->name,
				cfg->rx_buffer_bytes, FRAME_BYTES_MAX, RX_BUFFER_BYTES_MAX);
	if (cfg->rx_prefetch < 1 || cfg->rx_prefetch > RX_CACHE)
		return sim_fail(sim, SIM_ERR_CONFIG,
				"%s: receive prefetch of %u; 1 to %u are possible", cfg->name,
				cfg->rx_prefetch, RX_CACHE);
	if (cfg->tx_prefetch < 1 || cfg->tx_prefetch > TX_CACHE)
		return sim_fail(sim, SIM_ERR_CONFIG,
				"%s: transmit prefetch of %u; 1 to %u are possible", cfg->name,
				cfg->tx_prefetch, TX_CACHE);
	if (cfg->rx_writeback_batch < 1 || cfg->rx_writeback_batch > WB_MAX)
		return sim_fail(sim, SIM_ERR_CONFIG,
				"%s: write-back of %u descriptors; 1 to %u are possible", cfg->name,
				cfg->rx_writeback_batch, WB_MAX);
	return 0;
}

/* Bits that frames took of the wire, of those that it could have carried. */
static void tx_utilisation(void *ctx, uint64_t *num, uint64_t *den)
{
	const struct nic82599 *nic = ctx;
	unsigned __int128 bits = nic->cfg.link_bps;

	*num = 8 * (nic->stat.tx_bytes->value + FRAME_OVERHEAD_BYTES * nic->stat.sent->value);
	*den = (uint64_t)(bits * sim_now(nic->sim).ps / PS_PER_S);
}

static void register_stats(struct nic82599 *nic)
{
	struct stats *stats = nic->sim->stats;
	const char *name = nic->cfg.name;
	char text[96];

	nic->stat.irq = stats_counter(stats, "%s.irq.count", name);
	nic->stat.irq_timeout = stats_counter(stats, "%s.irq.timeouts", name);
	nic->stat.pauses = stats_counter(stats, "%s.tx.pauses", name);
	nic->stat.sent = stats_counter(stats, "%s.tx.sent", name);
	nic->stat.tx_bytes = stats_counter(stats, "%s.tx.bytes", name);
	snprintf(text, sizeof(text), "%s.tx.utilisation", name);
	stats_ratio_fn(stats, text, tx_utilisation, nic);
	nic->stat.frames = stats_counter(stats, "%s.rx.frames", name);
	nic->stat.bytes = stats_counter(stats, "%s.rx.bytes", name);
	nic->stat.rsc_packets = stats_counter(stats, "%s.rx.rsc.packets", name);
	nic->stat.rsc_receives = stats_counter(stats, "%s.rx.rsc.receives", name);
	nic->stat.drop[NIC82599_DROP_RING] = stats_counter(stats, "%s.rx.dropped.ring", name);
	nic->stat.drop[NIC82599_DROP_BUFFER] = stats_counter(stats, "%s.rx.dropped.buffer", name);
	nic->stat.drop[NIC82599_DROP_FILTER] = stats_counter(stats, "%s.rx.dropped.filter", name);
	nic->stat.guest = stats_counter(stats, "%s.error.guest", name);
	nic->stat.unknown = stats_counter(stats, "%s.error.unknown_register", name);
	nic->stat.dma_errors = stats_counter(stats, "%s.error.dma", name);
	nic->stat.resets = stats_counter(stats, "%s.resets", name);
}

static int take_memory(struct nic82599 *nic)
{
	const struct reg *table;
	size_t rows;

	table = nic82599_regs_table(&rows);
	nic->bank = reg_bank_create(table, rows, NIC82599_BAR0_BYTES, nic);
	/* A frame never wraps: the end of the memory that does not fit one is left out, so there is
	 * room for more than the buffer holds. */
	nic->rx_memory_bytes = nic->cfg.rx_buffer_bytes + 2 * FRAME_BYTES_MAX;
	nic->rx_memory = malloc(nic->rx_memory_bytes);
	nic->rx_frame_slots = nic->cfg.rx_buffer_bytes / RX_FRAME_BYTES_MIN + 1;
	nic->rx_frames = calloc(nic->rx_frame_slots, sizeof(*nic->rx_frames));
	nic->tx_memory = malloc((size_t)TX_JOBS * TX_JOB_BYTES +
				(size_t)TX_BIG_JOBS * TX_BIG_BYTES);
	if (!nic->bank || !nic->rx_memory || !nic->rx_frames || !nic->tx_memory)
		return sim_fail(nic->sim, SIM_ERR_MEMORY, "%s: no memory", nic->cfg.name);
	return 0;
}

int nic82599_create(struct nic82599 **out, struct sim *sim, const struct nic82599_cfg *cfg,
		    const struct nic82599_ops *ops, void *ctx)
{
	struct nic82599 *nic;
	int err = check_cfg(sim, cfg);

	*out = NULL;
	if (err)
		return err;
	nic = calloc(1, sizeof(*nic));
	if (!nic)
		return sim_fail(sim, SIM_ERR_MEMORY, "%s: no memory", cfg->name);
	nic->sim = sim;
	nic->cfg = *cfg;
	nic->ops = ops;
	nic->ctx = ctx;
	if (cfg->ideal)
		nic->cfg.rx_pipeline = nic->cfg.tx_pipeline = dur_ps(0);
	err = take_memory(nic);
	if (err) {
		nic82599_destroy(nic);
		return err;
	}
	trace_source_init(&nic->trace, sim, cfg->name, nic_trace_points, TP_COUNT);
	register_stats(nic);
	nic_link_init(nic);
	nic_irq_init(nic);
	nic_rx_init(nic);
	nic_tx_init(nic);
	nic_wire_init(nic);
	nic_pause_init(nic);
	nic_eeprom_fill(nic);
	nic_reset_state(nic);
	*out = nic;
	return 0;
}

void nic82599_destroy(struct nic82599 *nic)
{
	if (!nic)
		return;
	if (nic->vector[0].nic)
		nic_reset_state(nic);      /* takes all events out of the engine */
	reg_bank_destroy(nic->bank);
	free(nic->rx_memory);
	free(nic->rx_frames);
	free(nic->tx_memory);
	free(nic);
}

struct nic82599_drops nic82599_drops(const struct nic82599 *nic)
{
	return (struct nic82599_drops){
		.ring = nic->stat.drop[NIC82599_DROP_RING]->value,
		.buffer = nic->stat.drop[NIC82599_DROP_BUFFER]->value,
		.filter = nic->stat.drop[NIC82599_DROP_FILTER]->value,
	};
}

uint32_t nic82599_read(struct nic82599 *nic, uint32_t offset)
{
	uint64_t value = 0;
	enum reg_result result = reg_read(nic->bank, offset, 4, &value);

	if (__builtin_expect(result == REG_OK, 1))
		return (uint32_t)value;
	if (result == REG_MISALIGNED) {
		nic_guest_error(nic, GUEST_ACCESS, offset, 0);
		return 0;
	}
	nic->stat.unknown->value++;
	trace_emit(&nic->trace, TP_UNKNOWN, offset, 0, 0);
	return 0;
}

void nic82599_write(struct nic82599 *nic, uint32_t offset, uint32_t value)
{
	enum reg_result result = reg_write(nic->bank, offset, 4, value);

	if (__builtin_expect(result == REG_OK, 1))
		return;
	if (result == REG_MISALIGNED) {
		nic_guest_error(nic, GUEST_ACCESS, offset, value);
		return;
	}
	nic->stat.unknown->value++;
	trace_emit(&nic->trace, TP_UNKNOWN, offset, 1, value);
}

void nic_guest_error(struct nic82599 *nic, enum nic_guest_error error, uint64_t where,
		     uint64_t value)
{
	nic->stat.guest->value++;
	trace_emit(&nic->trace, TP_GUEST, error, where, value);
}

void nic_dma_read(struct nic82599 *nic, uint64_t addr, uint32_t bytes, uint64_t tag)
{
	struct dma_req req = { .kind = DMA_READ, .addr = addr, .bytes = bytes, .tag = tag };

	nic->reads++;
	nic->ops->dma(nic->ctx, &req);
}

static void write_to(struct nic82599 *nic, uint64_t addr, const void *data, uint32_t bytes,
		     unsigned flags)
{
	struct dma_req req = {
		.kind = DMA_WRITE, .flags = flags, .addr = addr, .bytes = bytes, .data = data,
		.tag = nic_tag(nic, TAG_WRITE, 0, 0),
	};

	nic->ops->dma(nic->ctx, &req);
}

void nic_dma_write(struct nic82599 *nic, uint64_t addr, const void *data, uint32_t bytes)
{
	write_to(nic, addr, data, bytes, 0);
}

void nic_dma_write_back(struct nic82599 *nic, uint64_t addr, const void *data, uint32_t bytes)
{
	write_to(nic, addr, data, bytes, DMA_DESCRIPTOR);
}

/* Registers 0 to 15 have the addresses of the 82598 too (8.2.3.11.1). */
void nic_dca_rxctrl_alias_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	reg_set(((struct nic82599 *)ctx)->bank, R_DCA_RXCTRL, index, value);
}

uint64_t nic_dca_rxctrl_alias_read(void *ctx, unsigned index)
{
	return nic_reg(ctx, R_DCA_RXCTRL, index);
}

/* 8.2.3.11.1 and .2: a kind of write is relaxed if its queue says so, and (8.2.3.1.3) the port does
 * not say no. */
static unsigned relaxed(const struct nic82599 *nic, uint32_t control, uint32_t bit)
{
	if (!(control & bit) || nic_reg(nic, R_CTRL_EXT, 0) & CTRL_EXT_RO_DIS)
		return 0;
	return DMA_RELAXED;
}

void nic_dma_write_data(struct nic82599 *nic, unsigned queue, uint64_t addr, const void *data,
			uint32_t bytes)
{
	enum nic_row row = queue < 64 ? R_DCA_RXCTRL : R_DCA_RXCTRL_64;

	write_to(nic, addr, data, bytes,
		 relaxed(nic, nic_reg(nic, row, queue), DCA_RXCTRL_DATA_RO));
}

void nic_dma_write_sent(struct nic82599 *nic, unsigned queue, uint64_t addr, const void *data,
			uint32_t bytes)
{
	uint32_t control = nic_reg(nic, R_DCA_TXCTRL, queue);

	write_to(nic, addr, data, bytes,
		 DMA_DESCRIPTOR | relaxed(nic, control, DCA_TXCTRL_DONE_RO));
}

/* 3.1.1.12: an error completion is reported as a PCI exception; what it was for is lost. */
static void dma_failed(struct nic82599 *nic, const struct dma_done *done, unsigned kind,
		       unsigned which)
{
	nic->stat.dma_errors->value++;
	trace_emit(&nic->trace, TP_DMA_ERROR, done->status, kind, which);
	nic_cause_other(nic, EICR_PCI);
}

void nic82599_dma_done(struct nic82599 *nic, const struct dma_done *done)
{
	unsigned kind = done->tag >> 44 & 0xf;
	unsigned which = done->tag >> 32 & 0xfff;
	uint32_t detail = (uint32_t)done->tag;

	/* An answer to something before the last reset. */
	if (done->tag >> 48 != nic->generation || kind == TAG_WRITE)
		return;
	nic->reads--;
	if (done->status != DMA_OK)
		dma_failed(nic, done, kind, which);
	switch (kind) {
	case TAG_RX_FETCH:
		nic_rx_fetched(nic, which, detail, done);
		break;
	case TAG_TX_FETCH:
		nic_tx_fetched(nic, which, detail, done);
		break;
	default:
		nic_tx_data(nic, which, detail, done);
		break;
	}
}
