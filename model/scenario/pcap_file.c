/* SPDX-License-Identifier: MIT */
#include "model/scenario/pcap_file.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX (512u << 20)

struct reader {
	struct pcap_file *file;
	size_t frame_room, bytes_used, bytes_room;
	size_t *offset;          /* of each frame's data, until `bytes` stops moving */
	uint64_t first_ns;
};

static int grow_frames(struct reader *r)
{
	size_t room = r->frame_room ? 2 * r->frame_room : 4096;
	struct pcap_frame *frame = realloc(r->file->frame, room * sizeof(*frame));
	size_t *offset;

	if (!frame)
		return -1;
	r->file->frame = frame;
	offset = realloc(r->offset, room * sizeof(*offset));
	if (!offset)
		return -1;
	r->offset = offset;
	r->frame_room = room;
	return 0;
}

static int grow_bytes(struct reader *r, size_t more)
{
	size_t room = r->bytes_room ? r->bytes_room : 1 << 20;
	uint8_t *bytes;

	while (room - r->bytes_used < more)
		room *= 2;
	if (room == r->bytes_room)
		return 0;
	if (room > BYTES_MAX)
		return -1;
	bytes = realloc(r->file->bytes, room);
	if (!bytes)
		return -1;
	r->file->bytes = bytes;
	r->bytes_room = room;
	return 0;
}

static int add_frame(struct reader *r, const struct pcap_pkthdr *header, const u_char *data)
{
	struct pcap_file *file = r->file;
	/* The handle is opened for nanoseconds: tv_usec holds them. */
	uint64_t ns = (uint64_t)header->ts.tv_sec * 1000000000u + (uint64_t)header->ts.tv_usec;
	struct pcap_frame *frame;

	if (file->frames == r->frame_room && grow_frames(r))
		return -1;
	if (grow_bytes(r, header->caplen))
		return -1;
	if (!file->frames)
		r->first_ns = ns;
	frame = &file->frame[file->frames];
	frame->time_ns = ns > r->first_ns ? ns - r->first_ns : 0;
	if (file->frames && frame->time_ns < frame[-1].time_ns)
		frame->time_ns = frame[-1].time_ns;
	frame->bytes = header->len;
	frame->captured = header->caplen < header->len ? header->caplen : header->len;
	memcpy(file->bytes + r->bytes_used, data, header->caplen);
	r->offset[file->frames++] = r->bytes_used;
	r->bytes_used += header->caplen;
	return 0;
}

static int read_all(struct reader *r, pcap_t *pcap, char *error, size_t error_bytes)
{
	struct pcap_pkthdr *header;
	const u_char *data;
	int got;

	while ((got = pcap_next_ex(pcap, &header, &data)) == 1) {
		if (add_frame(r, header, data)) {
			snprintf(error, error_bytes, "the capture is too large");
			return -1;
		}
	}
	if (got == PCAP_ERROR) {
		snprintf(error, error_bytes, "%s", pcap_geterr(pcap));
		return -1;
	}
	if (!r->file->frames) {
		snprintf(error, error_bytes, "the capture holds no frames");
		return -1;
	}
	for (size_t i = 0; i < r->file->frames; i++)
		r->file->frame[i].data = r->file->bytes + r->offset[i];
	return 0;
}

struct pcap_file *pcap_file_load(const char *path, char *error, size_t error_bytes)
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO,
							       reason);
	struct reader r = { 0 };
	int failed;

	if (!pcap) {
		snprintf(error, error_bytes, "%s", reason);
		return NULL;
	}
	if (pcap_datalink(pcap) != DLT_EN10MB) {
		snprintf(error, error_bytes, "not an Ethernet capture");
		pcap_close(pcap);
		return NULL;
	}
	r.file = calloc(1, sizeof(*r.file));
	if (!r.file)
		snprintf(error, error_bytes, "no memory");
	failed = !r.file || read_all(&r, pcap, error, error_bytes);
	pcap_close(pcap);
	free(r.offset);
	if (failed) {
		pcap_file_free(r.file);
		return NULL;
	}
	return r.file;
}

void pcap_file_free(struct pcap_file *file)
{
	if (!file)
		return;
	free(file->frame);
	free(file->bytes);
	free(file);
}
