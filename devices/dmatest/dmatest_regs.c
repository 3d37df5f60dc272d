/* SPDX-License-Identifier: MIT */
/* The registers (docs/dmatest.md). */
#include "devices/dmatest/dmatest_internal.h"

#define ID_VALUE  0x00010d3au      /* revision 1 of the interface */
#define SPEC      "docs/dmatest.md"
#define STRIDE    0x80u
#define CHANNEL   0x1000u

static void ctrl_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	struct dmatest *dev = ctx;
	struct channel *channel = &dev->channel[index];
	bool enable = value & CTRL_ENABLE;

	if (enable == channel->running)
		return;
	channel->running = enable;
	channel->window = value & CTRL_WINDOW;
	channel->until_stray = (uint32_t)dmatest_get(dev, ROW_STRAY, index) & STRAY_EVERY;
	if (!enable)
		return;
	if (index >= dev->used)
		dev->used = index + 1;
	if (channel->window)
		dmatest_window_start(channel);
	else
		dmatest_ring_start(channel);
	dmatest_kick(dev);
}

static uint64_t state_read(void *ctx, unsigned index)
{
	return ((struct dmatest *)ctx)->channel[index].running;
}

static void tail_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	dmatest_ring_tail(&((struct dmatest *)ctx)->channel[index]);
}

static void seen_write(void *ctx, unsigned index, uint64_t old, uint64_t value)
{
	dmatest_ring_seen(&((struct dmatest *)ctx)->channel[index]);
}

#define EACH(name, at, bytes) name, CHANNEL + (at), 0, DMATEST_CHANNELS, STRIDE, bytes
#define ALL32 0xffffffffu
#define ALL64 UINT64_MAX

static const struct reg rows[] = {
	{ "ID", 0x0, 0, 1, 0, 4, ID_VALUE, 0, 0, 0, SPEC, NULL, NULL, "Revision and device" },
	{ "CHANNELS", 0x4, 0, 1, 0, 4, DMATEST_CHANNELS, 0, 0, 0, SPEC, NULL, NULL,
	  "Number of channels" },
	{ EACH("CTRL", 0x00, 4), 0, CTRL_DEFINED, 0, 0, SPEC, ctrl_write, NULL,
	  "Enable, kind, directions, order" },
	{ EACH("STATE", 0x04, 4), 0, 0, 0, 0, SPEC, NULL, state_read,
	  "1 while it runs; 0 after an error" },
	{ EACH("LIST", 0x08, 8), 0, ALL64, 0, 0, SPEC, NULL, NULL,
	  "Bus address of the ring, or of the list of pages" },
	{ EACH("STATUS", 0x10, 8), 0, ALL64, 0, 0, SPEC, NULL, NULL,
	  "Bus address that the count of completed transfers is written to" },
	{ EACH("COUNT", 0x18, 4), 0, ALL32, 0, 0, SPEC, NULL, NULL,
	  "Descriptors of the ring (a power of two), or pages of the list" },
	{ EACH("TAIL", 0x1c, 4), 0, ALL32, 0, 0, SPEC, tail_write, NULL,
	  "Descriptors given so far; counts on beyond the ring" },
	{ EACH("SEEN", 0x20, 4), 0, ALL32, 0, 0, SPEC, seen_write, NULL,
	  "Completions seen by software; asks for a message with the next" },
	{ EACH("BYTES", 0x24, 4), 0, ALL32, 0, 0, SPEC, NULL, NULL,
	  "Window: length of a request" },
	{ EACH("OFFSET", 0x28, 4), 0, ALL32, 0, 0, SPEC, NULL, NULL,
	  "Window: added to every address" },
	{ EACH("DEPTH", 0x2c, 4), 0, ALL32, 0, 0, SPEC, NULL, NULL,
	  "Requests in flight of a window, transfers under work of a ring" },
	{ EACH("PAGE", 0x30, 4), 12, ALL32, 0, 0, SPEC, NULL, NULL,
	  "Window: binary logarithm of a page's length" },
	{ EACH("STRAY", 0x34, 4), 0, ALL32, 0, 0, SPEC, NULL, NULL,
	  "Misbehaviour: kind, and every how many times" },
	{ EACH("STRAY_ADDR", 0x38, 8), 0, ALL64, 0, 0, SPEC, NULL, NULL,
	  "Misbehaviour: address outside of the mapping" },
	{ EACH("STRAY_DELAY", 0x40, 4), 0, ALL32, 0, 0, SPEC, NULL, NULL,
	  "Misbehaviour: nanoseconds from completion to the repeated write" },
};

int dmatest_regs_create(struct dmatest *dev)
{
	dev->regs = reg_bank_create(rows, sizeof(rows) / sizeof(rows[0]), DMATEST_BAR0_USED, dev);
	return dev->regs ? SIM_OK : SIM_ERR_MEMORY;
}

uint64_t dmatest_read(struct dmatest *dev, uint32_t offset, unsigned bytes)
{
	uint64_t value = 0;

	reg_read(dev->regs, offset, bytes, &value);
	return value;
}

void dmatest_write(struct dmatest *dev, uint32_t offset, uint64_t value, unsigned bytes)
{
	trace_emit(&dev->trace, DMATEST_TRACE_MMIO_WRITE, offset, value, bytes);
	if (reg_write(dev->regs, offset, bytes, value) != REG_OK)
		trace_emit(&dev->trace, DMATEST_TRACE_ERR_REGISTER, offset, value, 0);
}
