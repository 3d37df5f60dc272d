/* SPDX-License-Identifier: MIT */
/* The arena: one memory file whose offsets are physical addresses, mapped once at mem->base. The
 * file is sparse, so that neither untouched pages nor the MMIO hole take host memory. */
#include "model/mem/mem_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int mem_check(struct sim *sim, const struct mem_cfg *cfg)
{
	uint64_t all = cfg->bytes | cfg->base | cfg->low_end | cfg->high;

	if (all % MEM_PAGE_BYTES)
		return sim_fail(sim, SIM_ERR_CONFIG,
				"memory: sizes and addresses must be multiples of %llu",
				MEM_PAGE_BYTES);
	if (!cfg->bytes)
		return sim_fail(sim, SIM_ERR_CONFIG, "memory: no RAM");
	if (cfg->bytes > cfg->low_end &&
	    (cfg->high < cfg->low_end || cfg->high > (1ULL << 46) ||
	     cfg->bytes - cfg->low_end > (1ULL << 46)))
		return sim_fail(sim, SIM_ERR_CONFIG,
				"memory: RAM above the hole lies out of range");
	return SIM_OK;
}

static void mem_layout(struct mem *mem, const struct mem_cfg *cfg)
{
	if (cfg->bytes <= cfg->low_end || cfg->high == cfg->low_end) {
		mem->low_bytes = cfg->bytes;
		mem->high = cfg->bytes;
	} else {
		mem->low_bytes = cfg->low_end;
		mem->high = cfg->high;
		mem->high_bytes = cfg->bytes - cfg->low_end;
	}
	mem->span_bytes = mem->high + mem->high_bytes;
}

static int mem_map_range(struct mem *mem, uint64_t pa, uint64_t bytes)
{
	void *at = mem->base + pa;

	if (!bytes)
		return SIM_OK;
	if (mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, mem->fd,
		 (off_t)pa) != at)
		return sim_fail(mem->sim, SIM_ERR_HOST, "memory: cannot map RAM: %s",
				strerror(errno));
	return SIM_OK;
}

int mem_map_all(struct mem *mem)
{
	int err = mem_map_range(mem, 0, mem->low_bytes);

	if (!err)
		err = mem_map_range(mem, mem->high, mem->high_bytes);
	if (!err)
		err = mem_map_aliases(mem);
	return err;
}

/* Address space first, without access: a stray access to the hole faults, and nothing else can
 * settle there. */
static int mem_reserve(struct mem *mem, uint64_t base)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (base ? MAP_FIXED_NOREPLACE : 0);
	void *at = mmap((void *)base, mem->span_bytes, PROT_NONE, flags, -1, 0);

	if (at == MAP_FAILED)
		return sim_fail(mem->sim, SIM_ERR_HOST,
				"memory: cannot reserve %llu bytes at 0x%llx: %s",
				(unsigned long long)mem->span_bytes, (unsigned long long)base,
				strerror(errno));
	mem->base = at;
	if (base && (uint64_t)at != base)   /* a host kernel older than MAP_FIXED_NOREPLACE */
		return sim_fail(mem->sim, SIM_ERR_HOST, "memory: address 0x%llx is in use",
				(unsigned long long)base);
	return SIM_OK;
}

static int mem_file(struct sim *sim, uint64_t bytes, int *fd)
{
	*fd = memfd_create("doorbell-ram", MFD_CLOEXEC);
	if (*fd < 0 || ftruncate(*fd, (off_t)bytes))
		return sim_fail(sim, SIM_ERR_HOST, "memory: cannot make a file of %llu bytes: %s",
				(unsigned long long)bytes, strerror(errno));
	return SIM_OK;
}

int mem_create(struct mem **out, struct sim *sim, const struct mem_cfg *cfg)
{
	struct mem *mem;
	int err = mem_check(sim, cfg);

	*out = NULL;
	if (err)
		return err;
	mem = calloc(1, sizeof(*mem));
	if (!mem)
		return sim_fail(sim, SIM_ERR_MEMORY, "memory: out of host memory");
	mem->sim = sim;
	mem->fd = -1;
	mem_layout(mem, cfg);
	err = mem_reserve(mem, cfg->base);
	if (!err)
		err = mem_file(sim, mem->span_bytes, &mem->fd);
	if (!err)
		err = mem_map_all(mem);
	if (err) {
		mem_destroy(mem);
		return err;
	}
	*out = mem;
	return SIM_OK;
}

void mem_destroy(struct mem *mem)
{
	if (!mem)
		return;
	for (size_t i = 0; i < mem->map_count; i++)
		munmap((void *)mem->maps[i].va, mem->maps[i].bytes);
	free(mem->maps);
	if (mem->base)
		munmap(mem->base, mem->span_bytes);
	if (mem->fd >= 0)
		close(mem->fd);
	free(mem);
}

void *mem_at(struct mem *mem, uint64_t pa, size_t bytes)
{
	uint64_t above = pa - mem->high;

	if (pa < mem->low_bytes && bytes <= mem->low_bytes - pa)
		return mem->base + pa;
	/* Below `high` the difference wraps to more than any size of RAM. */
	if (above < mem->high_bytes && bytes <= mem->high_bytes - above)
		return mem->base + pa;
	return NULL;
}

/* Descriptors and queue entries come in a few sizes: a constant length is a load and a store, where
 * a variable one is a call. */
static inline void mem_move(void *to, const void *from, size_t bytes)
{
	switch (bytes) {
	case 4:
		memcpy(to, from, 4);
		break;
	case 8:
		memcpy(to, from, 8);
		break;
	case 16:
		memcpy(to, from, 16);
		break;
	case 64:
		memcpy(to, from, 64);
		break;
	default:
		memcpy(to, from, bytes);
	}
}

bool mem_read(struct mem *mem, uint64_t pa, void *to, size_t bytes)
{
	const void *from = mem_at(mem, pa, bytes);

	if (!from)
		return false;
	mem_move(to, from, bytes);
	return true;
}

bool mem_write(struct mem *mem, uint64_t pa, const void *from, size_t bytes)
{
	void *to = mem_at(mem, pa, bytes);

	if (!to)
		return false;
	mem_move(to, from, bytes);
	return true;
}

uint64_t mem_bytes(const struct mem *mem)
{
	return mem->low_bytes + mem->high_bytes;
}

/* Reads the data extents of `from` straight into a mapping of the new file: one copy, and what the
 * parent never touched stays untouched in the child. */
static int mem_copy_extents(struct mem *mem, int from, uint8_t *to)
{
	off_t at = 0, end;

	while ((at = lseek(from, at, SEEK_DATA)) >= 0) {
		end = lseek(from, at, SEEK_HOLE);
		if (end < 0)
			break;
		while (at < end) {
			ssize_t got = pread(from, to + at, (size_t)(end - at), at);

			if (got <= 0)
				return sim_fail(mem->sim, SIM_ERR_HOST,
						"memory: cannot copy RAM: %s", strerror(errno));
			at += got;
		}
	}
	if (errno != ENXIO)   /* ENXIO: no data beyond */
		return sim_fail(mem->sim, SIM_ERR_HOST, "memory: cannot copy RAM: %s",
				strerror(errno));
	return SIM_OK;
}

int mem_after_fork(struct mem *mem)
{
	int fd = -1, err = mem_file(mem->sim, mem->span_bytes, &fd);
	void *to = MAP_FAILED;

	if (!err) {
		to = mmap(NULL, mem->span_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
			  fd, 0);
		if (to == MAP_FAILED)
			err = sim_fail(mem->sim, SIM_ERR_HOST, "memory: cannot map a copy: %s",
				       strerror(errno));
	}
	if (!err)
		err = mem_copy_extents(mem, mem->fd, to);
	if (to != MAP_FAILED)
		munmap(to, mem->span_bytes);
	if (err) {
		if (fd >= 0)
			close(fd);
		return err;
	}
	close(mem->fd);
	mem->fd = fd;
	return mem_map_all(mem);
}
