/* SPDX-License-Identifier: MIT */
/* MSI-X: the table and the pending bits in the function's memory space, and what masks do.
 * PCI Express Base Specification 3.0, 6.1.4; PCI Local Bus Specification 3.0, 6.8.2 and 6.8.3. */
#include "model/pcie/pcie_internal.h"

#include <stdlib.h>
#include <string.h>

#define ENTRY_WORDS  4u
#define WORD_ADDR_LO 0u
#define WORD_ADDR_HI 1u
#define WORD_DATA    2u
#define WORD_CONTROL 3u
#define ADDR_LO_MASK 0xfffffffcu   /* messages are aligned to a DW (6.8.2.7) */
#define CONTROL_MASK 1u            /* Mask bit; the rest is reserved (6.8.2.9) */

static unsigned pending_words(const struct pcie_dev *dev)
{
	return (dev->cfg.msix_vectors + 63) / 64;
}

/* ---- table and pending bits of another block (cfg.msix_block) ---- */

static bool has_block(const struct pcie_dev *dev)
{
	return dev->cfg.msix_block.step != NULL;
}

static struct msix_answer block_do(const struct pcie_dev *dev, struct msix_op op)
{
	struct msix_answer answer;

	op.enable = dev->msix_enabled && dev->bus_master;
	op.masked = dev->msix_masked;
	dev->cfg.msix_block.step(dev->cfg.msix_block.ctx, &op, &answer);
	return answer;
}

static struct msix_answer block_send(struct pcie_dev *dev, struct msix_op op)
{
	struct msix_answer answer = block_do(dev, op);

	if (answer.send)
		pcie_send_msi(dev, answer.address, answer.data, answer.vector);
	return answer;
}

static void block_reset(struct pcie_dev *dev)
{
	for (unsigned i = 0; i < dev->cfg.msix_vectors; i++)
		block_do(dev, (struct msix_op){ .what = MSIX_RESET, .vector = i });
}

static void block_update(struct pcie_dev *dev)
{
	for (unsigned i = 0; i < dev->cfg.msix_vectors; i += 64) {
		struct msix_op op = { .what = MSIX_RELEASE, .vector = i };

		while (block_send(dev, op).more)
			;
	}
}

/* An access of up to 8 bytes within two words. */
static uint64_t part_of(uint64_t two_words, uint64_t offset, unsigned bytes)
{
	uint64_t value = two_words >> offset % 8 * 8;

	return bytes == 8 ? value : value & ((1ULL << bytes * 8) - 1);
}

/* ---- own ---- */

int pcie_msix_create(struct pcie_dev *dev)
{
	if (!dev->cfg.msix_vectors || has_block(dev))
		return SIM_OK;
	dev->msix_table = calloc(dev->cfg.msix_vectors, PCIE_MSIX_ENTRY);
	dev->msix_pending = calloc(pending_words(dev), sizeof(uint64_t));
	if (!dev->msix_table || !dev->msix_pending)
		return sim_fail(dev->sim, SIM_ERR_MEMORY, "%s: out of host memory", dev->cfg.name);
	return SIM_OK;
}

/* After reset every vector is masked (6.8.2.9) and nothing waits. */
void pcie_msix_reset(struct pcie_dev *dev)
{
	if (!dev->cfg.msix_vectors)
		return;
	if (has_block(dev)) {
		block_reset(dev);
		return;
	}
	memset(dev->msix_table, 0, (size_t)dev->cfg.msix_vectors * PCIE_MSIX_ENTRY);
	for (unsigned i = 0; i < dev->cfg.msix_vectors; i++)
		dev->msix_table[i * ENTRY_WORDS + WORD_CONTROL] = CONTROL_MASK;
	memset(dev->msix_pending, 0, pending_words(dev) * sizeof(uint64_t));
}

static bool in_table(const struct pcie_dev *dev, uint64_t offset)
{
	return offset - dev->cfg.msix_table < (uint64_t)dev->cfg.msix_vectors * PCIE_MSIX_ENTRY;
}

static uint64_t block_read(const struct pcie_dev *dev, uint64_t offset, unsigned bytes)
{
	struct msix_op op = { .what = MSIX_READ_PENDING };

	if (in_table(dev, offset)) {
		offset -= dev->cfg.msix_table;
		op.what = MSIX_READ;
		op.vector = (unsigned)(offset / PCIE_MSIX_ENTRY);
		op.word = (unsigned)(offset / 8 % 2 * 2);
	} else {
		offset -= dev->cfg.msix_pba;
		op.vector = (unsigned)(offset / 8 * 64);
	}
	return part_of(block_do(dev, op).value, offset, bytes);
}

static bool in_pending(const struct pcie_dev *dev, uint64_t offset)
{
	return offset - dev->cfg.msix_pba < (uint64_t)pending_words(dev) * 8;
}

bool pcie_msix_owns(const struct pcie_dev *dev, int bar, uint64_t offset)
{
	if (!dev->cfg.msix_vectors || (unsigned)bar != dev->cfg.msix_bar)
		return false;
	return in_table(dev, offset) || in_pending(dev, offset);
}

uint64_t pcie_msix_read(const struct pcie_dev *dev, uint64_t offset, unsigned bytes)
{
	uint64_t value = 0;

	if (has_block(dev))
		return block_read(dev, offset, bytes);
	/* Natural alignment keeps an access of 8 bytes within either array. */
	if (in_table(dev, offset))
		memcpy(&value, (const uint8_t *)dev->msix_table + (offset - dev->cfg.msix_table),
		       bytes);
	else
		memcpy(&value, (const uint8_t *)dev->msix_pending + (offset - dev->cfg.msix_pba),
		       bytes);
	return value;
}

static bool vector_masked(const struct pcie_dev *dev, unsigned vector)
{
	return dev->msix_masked ||
	       (dev->msix_table[vector * ENTRY_WORDS + WORD_CONTROL] & CONTROL_MASK);
}

static void vector_send(struct pcie_dev *dev, unsigned vector)
{
	const uint32_t *entry = &dev->msix_table[vector * ENTRY_WORDS];

	dev->msix_pending[vector / 64] &= ~(1ULL << vector % 64);
	pcie_send_msi(dev, (uint64_t)entry[WORD_ADDR_HI] << 32 | entry[WORD_ADDR_LO],
		      entry[WORD_DATA], vector);
}

static bool may_send(const struct pcie_dev *dev)
{
	return dev->msix_enabled && dev->bus_master;
}

/* A pending bit whose vector is no longer masked is sent and cleared (6.8.3.5). */
static void vector_update(struct pcie_dev *dev, unsigned vector)
{
	bool waits = dev->msix_pending[vector / 64] >> vector % 64 & 1;

	if (waits && may_send(dev) && !vector_masked(dev, vector))
		vector_send(dev, vector);
}

void pcie_msix_update(struct pcie_dev *dev)
{
	if (!dev->cfg.msix_vectors || !may_send(dev) || dev->msix_masked)
		return;
	if (has_block(dev)) {
		block_update(dev);
		return;
	}
	for (unsigned i = 0; i < pending_words(dev); i++) {
		uint64_t waits = dev->msix_pending[i];

		for (; waits; waits &= waits - 1)
			vector_update(dev, i * 64 + (unsigned)__builtin_ctzll(waits));
	}
}

/* Software must not change address or data of an entry while it is unmasked (6.8.2.7, 6.8.2.8): the
 * function may have cached the old ones, or use new and old together. */
static void check_masked(struct pcie_dev *dev, unsigned vector)
{
	if (dev->msix_enabled && !vector_masked(dev, vector) && dev->root_ops->mistake)
		dev->root_ops->mistake(dev->root_ctx, dev->cfg.devfn, "msix.update",
				       "address or data changed while not masked: entry", vector);
}

static void word_write(struct pcie_dev *dev, uint64_t offset, uint32_t value)
{
	unsigned word = (unsigned)(offset - dev->cfg.msix_table) / 4;

	if (has_block(dev)) {
		block_send(dev, (struct msix_op){ .what = MSIX_WRITE,
						  .vector = word / ENTRY_WORDS,
						  .word = word % ENTRY_WORDS,
						  .value = value });
		return;
	}
	if (word % ENTRY_WORDS == WORD_ADDR_LO)
		value &= ADDR_LO_MASK;
	if (word % ENTRY_WORDS == WORD_CONTROL)
		value &= CONTROL_MASK;
	else if (value != dev->msix_table[word])
		check_masked(dev, word / ENTRY_WORDS);
	dev->msix_table[word] = value;
	if (word % ENTRY_WORDS == WORD_CONTROL)
		vector_update(dev, word / ENTRY_WORDS);
}

void pcie_msix_write(struct pcie_dev *dev, uint64_t offset, uint64_t value, unsigned bytes)
{
	/* Only DW and QW accesses are defined; pending bits are not written (6.8.2.10). */
	if (bytes < 4 || !in_table(dev, offset)) {
		trace_emit(&dev->trace, PCIE_TRACE_ERR_MSIX_ACCESS, offset, bytes, 0);
		return;
	}
	word_write(dev, offset, (uint32_t)value);
	if (bytes == 8)
		word_write(dev, offset + 4, (uint32_t)(value >> 32));
}

bool pcie_msix(struct pcie_dev *dev, unsigned vector)
{
	if (!may_send(dev))
		return false;
	if (vector >= dev->cfg.msix_vectors) {
		trace_emit(&dev->trace, PCIE_TRACE_ERR_MSIX_VECTOR, vector, 0, 0);
		return false;
	}
	if (has_block(dev))
		block_send(dev, (struct msix_op){ .what = MSIX_RAISE, .vector = vector });
	else if (vector_masked(dev, vector))
		dev->msix_pending[vector / 64] |= 1ULL << vector % 64;
	else
		vector_send(dev, vector);
	return true;
}
