/* SPDX-License-Identifier: MIT */
/* A capture file, read whole: times and original lengths of its frames, and the bytes that were kept.
 * Snapped frames are padded with zeroes to their length by whoever sends them. Microsecond and
 * nanosecond files, Ethernet only. Not modelled: pcapng interfaces of several link types. */
#ifndef DOORBELL_SCENARIO_PCAP_FILE_H
#define DOORBELL_SCENARIO_PCAP_FILE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pcap_frame {
	uint64_t time_ns;        /* since the first frame; never falls */
	uint32_t bytes;          /* on the wire, without FCS */
	uint32_t captured;       /* of these, kept at `data` */
	const uint8_t *data;
};

struct pcap_file {
	struct pcap_frame *frame;
	size_t frames;
	uint8_t *bytes;
};

/* NULL, and the reason in `error`. */
struct pcap_file *pcap_file_load(const char *path, char *error, size_t error_bytes);
void pcap_file_free(struct pcap_file *file);

#ifdef __cplusplus
}
#endif
#endif
