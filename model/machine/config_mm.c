/* SPDX-License-Identifier: MIT */
/* [[mm]] tables. */
#include <string.h>

#include "model/machine/config_internal.h"

static unsigned cores_of(const struct reading *r, const char *key, unsigned char out[CORES_MAX])
{
	size_t count = 0;
	const unsigned *core = scn_has(r->point, key) ? scn_cores(r->point, key, &count) : NULL;

	for (size_t c = 0; c < count && c < CORES_MAX; c++)
		out[c] = (unsigned char)core[c];
	return (unsigned)(count < CORES_MAX ? count : CORES_MAX);
}

static bool works_on(const struct plat_mm *mm, unsigned core)
{
	return memchr(mm->worker, (int)core, mm->workers) != NULL;
}

/* The first cores on which nobody works, as many as there are at most. */
static void count_peers(const struct reading *r, struct plat_mm *mm, uint64_t wanted)
{
	for (unsigned core = 0; core < r->cfg->cores.count && mm->peers < wanted; core++)
		if (!works_on(mm, core))
			mm->peer[mm->peers++] = (unsigned char)core;
}

static void read_peers(struct reading *r, unsigned n, struct plat_mm *mm)
{
	const struct scn_point *p = r->point;
	char key[96];

	mm->peers = cores_of(r, scn_key(key, sizeof(key), "mm.%u.peers", n), mm->peer);
	if (scn_has(p, scn_key(key, sizeof(key), "mm.%u.peer_count", n))) {
		if (mm->peers)
			config_refuse(r, key, "either `peers` or `peer_count`");
		mm->peers = 0;
		count_peers(r, mm, scn_u64(p, key));
	}
	mm->peer_state = (unsigned)scn_word(p, scn_key(key, sizeof(key), "mm.%u.peer_state", n));
	mm->peer_pages = (unsigned)scn_u64(p, scn_key(key, sizeof(key), "mm.%u.peer_pages", n));
	mm->peer_shares = scn_word(p, scn_key(key, sizeof(key), "mm.%u.peer_memory", n)) ==
			  SCN_PEER_MEMORY_SHARED;
	if (mm->peer_shares && mm->peer_pages > mm->pages)
		mm->peer_pages = mm->pages;
	if (mm->peer_state == PLAT_MM_PEERS_IRQ_OFF)
		mm->irq_off_ns = scn_dur(p, scn_key(key, sizeof(key), "mm.%u.irq_off", n)).ps /
				 PS_PER_NS;
}

static void read_direct(struct reading *r, unsigned n, struct plat_mm *mm)
{
	const struct scn_point *p = r->point;
	char key[96];

	if (!scn_has(p, scn_key(key, sizeof(key), "mm.%u.on", n))) {
		config_refuse(r, scn_key(key, sizeof(key), "mm.%u.op", n),
			      "op = \"direct\" needs an NVMe device: on = \"NAME\"");
		return;
	}
	mm->devfn = r->cfg->device[config_device_index(r, scn_text(p, key))].devfn;
	mm->direct_case = (unsigned)scn_word(p, scn_key(key, sizeof(key), "mm.%u.during", n));
	mm->unpinned = !scn_bool(p, scn_key(key, sizeof(key), "mm.%u.pin", n));
	if (mm->workers != 1 || mm->peers != 1)
		config_refuse(r, scn_key(key, sizeof(key), "mm.%u.cores", n),
			      "op = \"direct\" has one working core and one peer");
}

static void read_program(struct reading *r, unsigned n, struct plat_mm *mm)
{
	const struct scn_point *p = r->point;
	const uint64_t sector = 512;
	char key[96];

	mm->program = (unsigned)scn_word(p, scn_key(key, sizeof(key), "mm.%u.program", n));
	if (mm->program == PLAT_MM_PROGRAM_FUTEX && mm->workers != 1)
		config_refuse(r, key, "program = \"futex\" has one working core");
	if ((mm->program == PLAT_MM_PROGRAM_FUTEX || mm->program == PLAT_MM_PROGRAM_ECHO) &&
	    !mm->peers)
		config_refuse(r, key, "this program needs a peer: peers = [CORE]");
	if (mm->program == PLAT_MM_PROGRAM_OWN) {
		scn_key(key, sizeof(key), "mm.%u.name", n);
		mm->name = scn_has(p, key) ? scn_text(p, key) : "";
		if (!*mm->name)
			config_refuse(r, key, "program = \"own\" needs a name");
	}
	mm->depth = (unsigned)scn_u64(p, scn_key(key, sizeof(key), "mm.%u.depth", n));
	mm->devfn = PLAT_NO_DEVICE;
	if (scn_has(p, scn_key(key, sizeof(key), "mm.%u.on", n)))
		mm->devfn = r->cfg->device[config_device_index(r, scn_text(p, key))].devfn;
	else if (mm->program == PLAT_MM_PROGRAM_URING)
		config_refuse(r, scn_key(key, sizeof(key), "mm.%u.program", n),
			      "program = \"uring\" needs an NVMe device: on = \"NAME\"");
	mm->bytes = (unsigned)scn_u64(p, scn_key(key, sizeof(key), "mm.%u.size", n));
	if (mm->bytes % sizeof(uint64_t) || (mm->devfn != PLAT_NO_DEVICE && mm->bytes % sector))
		config_refuse(r, key, "the size must be a multiple of 8, of 512 for a disk");
}

static void read_mm(struct reading *r, unsigned n)
{
	const struct scn_point *p = r->point;
	struct plat_mm *mm = &r->cfg->mm[n];
	char key[96];

	scn_key(key, sizeof(key), "mm.%u.op", n);
	if (r->cfg->software == MACHINE_IDEAL)
		config_refuse(r, key, "the ideal host has no address spaces");
	mm->id = n;
	mm->op = (unsigned)scn_word(p, key);
	mm->pages = (unsigned)scn_u64(p, scn_key(key, sizeof(key), "mm.%u.pages", n));
	mm->pattern = (unsigned)scn_word(p, scn_key(key, sizeof(key), "mm.%u.pattern", n));
	mm->huge = scn_bool(p, scn_key(key, sizeof(key), "mm.%u.huge", n));
	mm->workers = cores_of(r, scn_key(key, sizeof(key), "mm.%u.cores", n), mm->worker);
	read_peers(r, n, mm);
	if (mm->op == PLAT_MM_DIRECT)
		read_direct(r, n, mm);
	if (mm->op == PLAT_MM_PROGRAM)
		read_program(r, n, mm);
	if (mm->op == PLAT_MM_RECEIVE)
		mm->maps = scn_word(p, scn_key(key, sizeof(key), "mm.%u.method", n)) ==
			   SCN_RECEIVE_MAP;
	if (scn_has(p, scn_key(key, sizeof(key), "mm.%u.rate", n)))
		mm->period_ps = PS_PER_S * CONFIG_MILLI / scn_rate(p, key).value;
	if (scn_has(p, scn_key(key, sizeof(key), "mm.%u.count", n)))
		mm->count = scn_u64(p, key);
	mm->seed = r->cfg->seed + n + 1;
}

void config_read_mms(struct reading *r)
{
	size_t mms = scn_count(r->point, "mm");

	if (mms > MACHINE_MMS_MAX) {
		config_refuse(r, "mm.16.op", "more than 16 [[mm]] tables");
		mms = MACHINE_MMS_MAX;
	}
	for (unsigned n = 0; n < mms; n++)
		read_mm(r, n);
	r->cfg->mms = (unsigned)mms;
}
