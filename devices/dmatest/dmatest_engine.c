/* SPDX-License-Identifier: MIT */
/* What the engine takes for a request, from its stages (docs/dmatest.md, "Times"). */
#include "devices/dmatest/dmatest.h"

#define CHUNK_BYTES  128u   /* of the device's memory, fetched at once */
#define BEAT_BYTES   32u    /* of a packet, handed to the link at once: 8 lanes' at 250 MHz */
#define HEADER_BYTES 16u    /* PCIe 2.2.1: of a write with a 64-bit address */
#define MOVE_BYTES   64u

static uint64_t begun(uint32_t bytes, uint32_t most)
{
	return (bytes + most - 1) / most;
}

static uint64_t packet_beats(uint32_t bytes)
{
	return begun(HEADER_BYTES + bytes, BEAT_BYTES);
}

/* Fetching and handing over go on side by side; the next request begins when both are done. */
struct dur dmatest_write_time(const struct dmatest_engine *engine, uint32_t bytes)
{
	uint32_t whole = bytes / engine->mps, rest = bytes % engine->mps;
	uint64_t fetch = begun(bytes, CHUNK_BYTES) * engine->write_chunk.ps;
	uint64_t beats = whole * packet_beats(engine->mps) + (rest ? packet_beats(rest) : 0);
	uint64_t hand = beats * engine->write_beat.ps;

	return dur_ps(engine->write_gap.ps + (fetch > hand ? fetch : hand));
}

struct dur dmatest_move_time(const struct dmatest_engine *engine, uint32_t bytes)
{
	return dur_ps(engine->read_move.ps * bytes / MOVE_BYTES);
}
