/* SPDX-License-Identifier: MIT */
/* What a breach of a rule says: rule, device, function, time, and the mapping's history. */
#include <inttypes.h>
#include <string.h>

#include "drivers/linux/host/dma_rules_internal.h"
#include "drivers/linux/host/symbols.h"

#define TEXT_BYTES 768

/* Functions that do it for others: the report names whoever called them. */
static bool is_helper(const char *name)
{
	static const char *const helper[] = { "debug_dma", "dma_",   "__dma_",  "iommu_dma",
					      "sim_",      "plat_",  "memcpy",  "memmove",
					      "memset",    "__tsan", "__driver", "__wrap_",
					      "kfree",     "kmem_",  "kmalloc", "__kmalloc",
					      "alloc_",    "__alloc_", "free_", "___slab",
					      "__slab",    "__free_", "__memcpy" };

	for (unsigned i = 0; i < sizeof(helper) / sizeof(helper[0]); i++)
		if (!strncmp(name, helper[i], strlen(helper[i])))
			return true;
	return false;
}

/* A retransmission builds its headers anew in data that a frame still waiting in the ring
 * shares (a clone's): known of Linux, and any of the two is a frame that TCP may send. */
static bool may_write_while_sent(const char *name)
{
	static const char *const writer[] = { "tcp_", "__tcp_", "__ip_queue_xmit",
					      "__ip_local_out" };

	for (unsigned i = 0; i < sizeof(writer) / sizeof(writer[0]); i++)
		if (!strncmp(name, writer[i], strlen(writer[i])))
			return true;
	return false;
}

uintptr_t dma_rules_place(const struct dma_rules_where *where)
{
	for (unsigned i = 0; i < where->count; i++) {
		uint32_t function = symbols_function(where->pc[i]);

		if (function != SYMBOL_NONE && !is_helper(symbols_function_name(function)))
			return where->pc[i];
	}
	return where->count ? where->pc[0] : 0;
}

static const char *direction_name(enum plat_dma_direction direction)
{
	return direction == PLAT_DMA_TO_DEVICE     ? "DMA_TO_DEVICE"
	       : direction == PLAT_DMA_FROM_DEVICE ? "DMA_FROM_DEVICE"
						   : "DMA_BIDIRECTIONAL";
}

/* Counts; false if this place was told before. */
static bool is_new(struct dma_rules *rules, enum dma_rule rule, uintptr_t pc, unsigned devfn)
{
	struct place place = { rule, pc, devfn };

	rules->breaches[rule]++;
	for (unsigned i = 0; i < rules->told_count; i++)
		if (rules->told[i].rule == rule && rules->told[i].pc == pc &&
		    rules->told[i].devfn == devfn)
			return false;
	if (rules->told_count == RULES_PLACES)
		return false;
	rules->told[rules->told_count++] = place;
	return true;
}

static void add_where(FILE *out, const struct dma_rules_where *where)
{
	char name[128];

	symbols_name(dma_rules_place(where), name, sizeof(name));
	fprintf(out, "%s at %llu ns on cpu%u", name, where->time.ps / PS_PER_NS, where->core);
}

static void add_history(FILE *out, const struct mapping *mapping)
{
	const struct plat_dma *dma = &mapping->dma;

	fprintf(out, "; %s 0x%lx, %lu bytes, %s by ", direction_name(dma->direction), dma->bus,
		dma->bytes, mapping->coherent ? "allocated" : "mapped");
	add_where(out, &mapping->made);
	if (mapping->last_call == PLAT_DMA_SYNC_FOR_CPU ||
	    mapping->last_call == PLAT_DMA_SYNC_FOR_DEVICE) {
		fprintf(out, ", last synced for the %s by ",
			mapping->last_call == PLAT_DMA_SYNC_FOR_CPU ? "CPU" : "device");
		add_where(out, &mapping->last);
	}
	if (mapping->ended.count) {
		fputs(mapping->coherent ? ", freed by " : ", unmapped by ", out);
		add_where(out, &mapping->ended);
	}
}

static FILE *begin(char *text, enum dma_rule rule)
{
	FILE *out = fmemopen(text, TEXT_BYTES, "w");

	text[0] = '\0';
	if (out)
		fprintf(out, "%s: ", dma_rule_name(rule));
	return out;
}

static void end(struct dma_rules *rules, FILE *out, enum dma_rule rule, char *text)
{
	if (out)
		fclose(out);
	text[TEXT_BYTES - 1] = '\0';
	rules->ops->breach(rules->ctx, rule, text);
}

void dma_rules_report_cpu(struct dma_rules *rules, const struct mapping *mapping, uint64_t offset,
		      bool write, const struct dma_rules_where *where)
{
	char text[TEXT_BYTES];
	FILE *out;

	if (!is_new(rules, RULE_CPU_ACCESS, dma_rules_place(where), mapping->dma.devfn))
		return;
	out = begin(text, RULE_CPU_ACCESS);
	if (out) {
		fprintf(out, "%s: ", mapping->device);
		add_where(out, where);
		fprintf(out, " %s byte %" PRIu64 " of a buffer that the device owns",
			write ? "writes" : "reads", offset);
		add_history(out, mapping);
	}
	end(rules, out, RULE_CPU_ACCESS, text);
}

void dma_rules_report_written(struct dma_rules *rules, const struct mapping *mapping,
			      uint64_t offset,
			  const struct device_access *access)
{
	uintptr_t place = dma_rules_place(&mapping->writer);
	char text[TEXT_BYTES];
	FILE *out;

	if (may_write_while_sent(symbols_function_name(symbols_function(place))) ||
	    !is_new(rules, RULE_CPU_ACCESS, place, mapping->dma.devfn))
		return;
	out = begin(text, RULE_CPU_ACCESS);
	if (out) {
		fprintf(out, "%s: ", mapping->device);
		add_where(out, &mapping->writer);
		fprintf(out,
			" wrote byte %" PRIu64
			" of a buffer that the device owns and read at %llu ns",
			offset, access->time.ps / PS_PER_NS);
		add_history(out, mapping);
	}
	end(rules, out, RULE_CPU_ACCESS, text);
}

void dma_rules_report_taken(struct dma_rules *rules, const struct mapping *mapping,
			    const struct dma_rules_where *where)
{
	char text[TEXT_BYTES];
	FILE *out;

	if (!is_new(rules, RULE_REUSED, dma_rules_place(&mapping->made), mapping->dma.devfn))
		return;
	out = begin(text, RULE_REUSED);
	if (out) {
		fprintf(out, "%s: ", mapping->device);
		add_where(out, where);
		fputs(" is given memory that the device may still write to", out);
		add_history(out, mapping);
	}
	end(rules, out, RULE_REUSED, text);
}

static const char *what_device_did(enum dma_rule rule)
{
	return rule == RULE_NOT_MAPPED    ? "which was never mapped for it"
	       : rule == RULE_AFTER_UNMAP ? "which is not mapped any more"
	       : rule == RULE_DIRECTION   ? "against the direction of its mapping"
					  : "which belongs to the CPU";
}

void dma_rules_report_device(struct dma_rules *rules, enum dma_rule rule,
			     const struct mapping *mapping,
			 const struct device_access *access)
{
	char text[TEXT_BYTES];
	uintptr_t pc = mapping ? dma_rules_place(&mapping->made) : 0;
	FILE *out;

	if (!is_new(rules, rule, pc, access->devfn))
		return;
	out = begin(text, rule);
	if (out) {
		fprintf(out,
			"device %02x:%02x.%x at %llu ns %s 0x%" PRIx64 ", %" PRIu64
			" bytes, %s",
			access->devfn >> 8, access->devfn >> 3 & 31, access->devfn & 7,
			access->time.ps / PS_PER_NS, access->write ? "writes" : "reads",
			access->bus, access->bytes, what_device_did(rule));
		if (mapping)
			add_history(out, mapping);
	}
	end(rules, out, rule, text);
}

void dma_rules_report_call(struct dma_rules *rules, const struct plat_dma *dma,
			   const struct mapping *old,
		       const struct dma_rules_where *where)
{
	char text[TEXT_BYTES];
	bool sync = dma->call == PLAT_DMA_SYNC_FOR_CPU || dma->call == PLAT_DMA_SYNC_FOR_DEVICE;
	FILE *out;

	if (!is_new(rules, RULE_UNMAP, dma_rules_place(where), dma->devfn))
		return;
	out = begin(text, RULE_UNMAP);
	if (out) {
		fprintf(out, "%s: ", dma->device);
		add_where(out, where);
		fprintf(out, " %s 0x%lx, %lu bytes, which is not mapped so",
			sync ? "syncs" : "unmaps", dma->bus, dma->bytes);
		if (old)
			add_history(out, old);
	}
	end(rules, out, RULE_UNMAP, text);
}
