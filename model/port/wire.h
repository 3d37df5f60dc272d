/* SPDX-License-Identifier: MIT */
/* Frames on a wire. A frame is bytes from the destination address to the last payload byte, padded
 * to 60; the frame check sequence is not carried as bytes but counted (wire_bytes includes it). */
#ifndef DOORBELL_PORT_WIRE_H
#define DOORBELL_PORT_WIRE_H

#include <stdint.h>

#define FRAME_FCS_BYTES      4u
#define FRAME_OVERHEAD_BYTES 20u    /* preamble 7, SFD 1, inter-packet gap 12 (IEEE 802.3 3.1.1, 4.4.2) */
#define FRAME_BYTES_MIN      60u    /* without FCS */
#define FRAME_BYTES_MAX      16128u

enum {
	FRAME_BAD_FCS = 1 << 0,     /* arrives damaged */
};

struct frame {
	const uint8_t *data;        /* valid for the call that passes the frame */
	uint32_t bytes;             /* without FCS */
	uint32_t flags;
	uint64_t id;                /* correlator, unique per run; 0 = none */
};

static inline uint32_t frame_wire_bytes(const struct frame *frame)
{
	return frame->bytes + FRAME_FCS_BYTES;
}

#endif
