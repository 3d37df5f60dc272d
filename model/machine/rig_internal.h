/* SPDX-License-Identifier: MIT */
#ifndef DOORBELL_MACHINE_RIG_INTERNAL_H
#define DOORBELL_MACHINE_RIG_INTERNAL_H

#include "model/machine/internal.h"
#include "model/machine/rig.h"
#include "model/machine/rules.h"

#define RIG_REQUESTS_MAX 4096u
#define RIG_BURSTS_MAX   1024u
#define RIG_LAYOUTS_MAX  64u

enum rig_state { RIG_WAITS = 1, RIG_TAKEN, RIG_DONE };

struct rig_request {
	struct plat_user user;
	unsigned device;
	enum rig_state state;
	long status;
	uint64_t value;
	uint64_t sent;               /* datagrams filled so far */
	uint32_t *before;            /* of a read: the sectors' versions when it began */
	uint32_t version;            /* of a write */
	uint64_t began, ended;       /* of I/O: which comes before which */
	void *answer;                /* of a file that is read */
	unsigned answer_bytes;
};

/* Frames of one size for one interface. */
struct rig_layout {
	struct traffic *traffic;
	struct machine_traffic cfg;
	unsigned device, bytes, flows;
};

struct rig_burst {
	struct event event;
	struct rig *rig;
	struct nic_port *port;
	struct traffic *traffic;     /* NULL: one frame, `data` */
	unsigned device, left, flow;
	bool bad_sum;                /* the datagrams' checksum */
	struct dur gap;
	uint8_t *data;
	uint32_t bytes, flags;
};

/* Versions of a disk's sectors: 0 = never written. */
struct rig_disk {
	uint32_t **leaf;
	uint64_t leaves;
};

struct rig {
	struct machine *machine;
	void (*fn)(void *ctx);
	void *ctx;
	void *stack, *test, *host;
	struct event wake;
	struct rig_request request[RIG_REQUESTS_MAX];
	unsigned requests, first_open, waits_for;
	uint64_t open;
	struct rig_layout layout[RIG_LAYOUTS_MAX];
	unsigned layouts;
	struct rig_burst burst[RIG_BURSTS_MAX];
	unsigned bursts;
	uint64_t bursts_open;
	struct at wire_free[MACHINE_DEVICES_MAX];
	uint8_t *delivered[MACHINE_DEVICES_MAX];  /* a bit per frame id */
	uint64_t delivered_room[MACHINE_DEVICES_MAX];
	uint64_t sent[MACHINE_DEVICES_MAX], received[MACHINE_DEVICES_MAX];
	struct rig_disk disk[MACHINE_DEVICES_MAX];
	uint32_t writes;
	uint64_t order;
};

/* rig_wire.c */
void rig_wire_destroy(struct rig *rig);
unsigned rig_wire_fill(struct rig_request *request, void *data, unsigned bytes);
/* rig_disk.c */
void rig_disk_destroy(struct rig *rig);
void rig_disk_begin(struct rig *rig, struct rig_request *request);
void rig_disk_end(struct rig *rig, struct rig_request *request, long status);
unsigned rig_disk_data(struct rig *rig, struct rig_request *request, void *data, unsigned bytes,
		       bool write);

#endif
