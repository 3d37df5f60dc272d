/* SPDX-License-Identifier: MIT */
/* What a disk must hold: each write of a test has a version of its own, which stands in each of
 * its sectors. A read must show, sector by sector, what had been written when it began or
 * something that was written while it ran; or, where the device transferred less than it was
 * asked for, what stood in the buffer before. Not modelled: torn sectors; data of [[io]]
 * workloads (they look after theirs). */
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/machine/rig_internal.h"

#define SECTOR      512u
#define WORDS       (SECTOR / 8)
#define LEAF        4096u    /* sectors */
#define ZEROES      UINT32_MAX /* the version of sectors that were cleared */
/* Versions of tests, apart from the workloads' (0 = fill of the medium, 1 = their writes). */
#define STEP        0xd1342543de82ef95ULL

static uint32_t *version_at(struct rig *rig, unsigned device, uint64_t sector)
{
	uint64_t capacity = rig->machine->cfg->device[device].nvme.capacity_bytes;
	struct rig_disk *disk = &rig->disk[device];
	uint64_t leaf = sector / LEAF;

	if (!disk->leaf) {
		disk->leaves = capacity / SECTOR / LEAF + 1;
		disk->leaf = calloc(disk->leaves, sizeof(*disk->leaf));
		ASSERT(disk->leaf);
	}
	ASSERT(leaf < disk->leaves);
	if (!disk->leaf[leaf])
		disk->leaf[leaf] = calloc(LEAF, sizeof(uint32_t));
	ASSERT(disk->leaf[leaf]);
	return &disk->leaf[leaf][sector % LEAF];
}

void rig_disk_destroy(struct rig *rig)
{
	for (unsigned d = 0; d < MACHINE_DEVICES_MAX; d++) {
		for (uint64_t i = 0; i < rig->disk[d].leaves; i++)
			free(rig->disk[d].leaf[i]);
		free(rig->disk[d].leaf);
	}
	for (unsigned i = 0; i < rig->requests; i++)
		free(rig->request[i].before);
}

static void fill(const struct rig *rig, unsigned device, uint64_t sector, uint32_t version,
		 uint64_t word[WORDS])
{
	uint64_t seed = rig->machine->cfg->device[device].media_seed;

	if (!version) {
		io_pattern_fill(seed, sector, word, 1);
		return;
	}
	for (unsigned i = 0; i < WORDS; i++)
		word[i] = version == ZEROES
				  ? 0
				  : seed + sector * STEP + ((uint64_t)version << 32) + i;
}

static bool changes(const struct plat_user *user)
{
	return user->op == PLAT_USER_WRITE || user->op == PLAT_USER_DISCARD ||
	       user->op == PLAT_USER_ZEROES;
}

void rig_disk_begin(struct rig *rig, struct rig_request *request)
{
	const struct plat_user *user = &request->user;
	uint64_t first = user->arg[0] / SECTOR, count = user->arg[1] / SECTOR;
	uint64_t capacity = rig->machine->cfg->device[request->device].nvme.capacity_bytes;

	request->began = ++rig->order;
	if (changes(user))
		request->version = user->op == PLAT_USER_WRITE ? ++rig->writes : ZEROES;
	if (user->op != PLAT_USER_READ || user->arg[0] + user->arg[1] > capacity)
		return;
	request->before = calloc(count ? count : 1, sizeof(*request->before));
	ASSERT(request->before);
	for (uint64_t s = 0; s < count; s++)
		request->before[s] = *version_at(rig, request->device, first + s);
}

void rig_disk_end(struct rig *rig, struct rig_request *request, long status)
{
	const struct plat_user *user = &request->user;
	uint64_t first = user->arg[0] / SECTOR;

	request->ended = ++rig->order;
	if (!changes(user) || status)
		return;
	for (uint64_t s = 0; s < user->arg[1] / SECTOR; s++)
		*version_at(rig, request->device, first + s) = request->version;
}

static bool covers(const struct rig_request *write, unsigned device, uint64_t sector)
{
	uint64_t first = write->user.arg[0] / SECTOR;

	return changes(&write->user) && write->device == device && sector >= first &&
	       sector < first + write->user.arg[1] / SECTOR;
}

/* A write that is done can be seen no more if it was over before the read began, and before the
 * one began whose version the sector has now: of two at a time the device may do either last. */
static bool is_past(struct rig *rig, const struct rig_request *read,
		    const struct rig_request *write, uint64_t sector)
{
	uint32_t version = *version_at(rig, read->device, sector);

	if (write->state != RIG_DONE || write->status || version == write->version ||
	    write->ended > read->began)
		return false;
	for (unsigned i = 0; i < rig->requests; i++)
		if (rig->request[i].version == version && rig->request[i].state == RIG_DONE &&
		    covers(&rig->request[i], read->device, sector) &&
		    write->ended > rig->request[i].began)
			return false;
	return true;
}

/* Written by the test and not yet done, or failed, or done while the read ran: may be there or
 * not. */
static bool may_be(struct rig *rig, const struct rig_request *read, uint64_t sector,
		   const uint64_t *data)
{
	uint64_t word[WORDS];

	for (unsigned i = 0; i < rig->requests; i++) {
		const struct rig_request *write = &rig->request[i];

		if (!covers(write, read->device, sector) || is_past(rig, read, write, sector))
			continue;
		fill(rig, read->device, sector, write->version, word);
		if (!memcmp(word, data, SECTOR))
			return true;
	}
	return false;
}

static bool untouched(const uint64_t *data)
{
	const uint8_t *byte = (const uint8_t *)data;

	return byte[0] == PLAT_USER_FILL && !memcmp(byte, byte + 1, SECTOR - 1);
}

static unsigned judge(struct rig *rig, struct rig_request *request, uint64_t *data, unsigned count)
{
	uint64_t first = request->user.arg[0] / SECTOR, word[WORDS];
	const char *name = rig->machine->cfg->device[request->device].name;
	unsigned bad = 0;

	for (unsigned s = 0; s < count; s++, data += WORDS) {
		fill(rig, request->device, first + s, request->before[s], word);
		if (!memcmp(word, data, SECTOR) || may_be(rig, request, first + s, data))
			continue;
		if (!bad++ && !untouched(data))
			rules_breach(rig->machine, "data.read", name,
				     "sector %llu holds what nobody wrote there: %016llx",
				     (unsigned long long)(first + s), (unsigned long long)data[0]);
	}
	return bad;
}

unsigned rig_disk_data(struct rig *rig, struct rig_request *request, void *data, unsigned bytes,
		       bool write)
{
	uint64_t first = request->user.arg[0] / SECTOR;

	if (!write)
		return request->before ? judge(rig, request, data, bytes / SECTOR) : 0;
	for (unsigned s = 0; s < bytes / SECTOR; s++)
		fill(rig, request->device, first + s, request->version,
		     (uint64_t *)data + s * WORDS);
	return 0;
}
