/* SPDX-License-Identifier: MIT */
#include "model/scenario/profile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/core/assert.h"
#include "model/scenario/file.h"
#include "model/scenario/toml_reader.h"
#include "model/scenario/units.h"

static const struct profile_row rows[] = {
	{ "frequency", PROFILE_CPU, PROFILE_FREQUENCY,
	  "Clock of the cores unless the scenario says otherwise." },
	{ "insn.simple", PROFILE_CPU, PROFILE_TICKS, "An operation between registers." },
	{ "insn.load", PROFILE_CPU, PROFILE_TICKS, "A read from memory that is in the first cache." },
	{ "insn.store", PROFILE_CPU, PROFILE_TICKS, "A write to memory." },
	{ "insn.multiply", PROFILE_CPU, PROFILE_TICKS, "A multiplication or a bit scan." },
	{ "insn.divide", PROFILE_CPU, PROFILE_TICKS, "A division of 32 bits." },
	{ "insn.divide_wide", PROFILE_CPU, PROFILE_TICKS, "A division of 64 bits." },
	{ "insn.atomic", PROFILE_CPU, PROFILE_TICKS, "A locked instruction or a full barrier." },
	{ "insn.branch", PROFILE_CPU, PROFILE_TICKS, "A conditional branch." },
	{ "insn.jump", PROFILE_CPU, PROFILE_TICKS, "A jump, and the jump of a return." },
	{ "insn.call", PROFILE_CPU, PROFILE_TICKS, "A call with its push." },
	{ "insn.string", PROFILE_CPU, PROFILE_TICKS,
	  "Start of a repeated string instruction; then 16 bytes a cycle." },
	{ "irq.entry", PROFILE_CPU, PROFILE_COST,
	  "Interrupt taken to first instruction of the handler." },
	{ "irq.exit", PROFILE_CPU, PROFILE_COST, "Return from an interrupt." },
	{ "page_fault", PROFILE_CPU, PROFILE_COST,
	  "Exception entry and return, without the kernel's code." },
	{ "syscall", PROFILE_CPU, PROFILE_COST,
	  "System call entry and return, without the kernel's code." },
	{ "isolation.syscall", PROFILE_CPU, PROFILE_COST,
	  "What page-table isolation adds to a system call." },
	{ "context.switch", PROFILE_CPU, PROFILE_COST,
	  "Switch to another thread beyond the instructions counted: state, cold caches. None to "
	  "the idle task, and none back from it." },
	{ "halt.exit", PROFILE_CPU, PROFILE_COST, "Leaving the C1 state." },
	{ "idle.deep.exit", PROFILE_CPU, PROFILE_COST, "Leaving the deep idle state (C6)." },
	{ "idle.deep.residency", PROFILE_CPU, PROFILE_COST,
	  "Predicted idle time from which the deep state is taken." },
	{ "spin.relax", PROFILE_CPU, PROFILE_COST, "One PAUSE instruction." },
	{ "ipi.send", PROFILE_CPU, PROFILE_COST, "Writing the interrupt command register." },
	{ "ipi.latency", PROFILE_CPU, PROFILE_COST,
	  "Sent to pending at a core of the same socket." },
	{ "ipi.remote_latency", PROFILE_CPU, PROFILE_COST,
	  "Sent to pending at a core of another socket." },
	{ "line.transfer", PROFILE_CPU, PROFILE_COST,
	  "A lock's cache line from another core of the socket." },
	{ "line.remote_transfer", PROFILE_CPU, PROFILE_COST,
	  "A lock's cache line from a core of another socket." },
	{ "msi.latency", PROFILE_CPU, PROFILE_COST,
	  "Message at the root complex to pending at the core." },
	{ "copy.base", PROFILE_CPU, PROFILE_COST, "Memory copy: start." },
	{ "copy.per_64b", PROFILE_CPU, PROFILE_COST, "Memory copy: 64 bytes, in cache." },
	{ "copy.cold_per_64b", PROFILE_CPU, PROFILE_COST, "Memory copy: 64 bytes, not in cache." },
	{ "clear.per_64b", PROFILE_CPU, PROFILE_COST, "Clearing memory: 64 bytes." },
	{ "user_copy.base", PROFILE_CPU, PROFILE_COST, "Copy to or from user memory: start." },
	{ "user_copy.per_64b", PROFILE_CPU, PROFILE_COST,
	  "Copy to or from user memory: 64 bytes." },
	{ "clflush", PROFILE_CPU, PROFILE_COST, "Writing one cache line back." },
	{ "mmio.read", PROFILE_CPU, PROFILE_COST,
	  "A core reads a device register: the whole stall." },
	{ "mmio.write.cpu", PROFILE_CPU, PROFILE_COST,
	  "A posted register write: what it costs the core." },
	{ "mmio.write.latency", PROFILE_CPU, PROFILE_COST,
	  "A posted register write: arrival at the device." },
	{ "port.access", PROFILE_CPU, PROFILE_COST,
	  "IN or OUT of a core: the whole stall, as neither is posted." },
	{ "dma.read_rtt", PROFILE_CPU, PROFILE_COST,
	  "A device's read: round trip through the root complex without serialisation." },
	{ "dma.write_latency", PROFILE_CPU, PROFILE_COST, "A device's write: one way." },
	{ "dma.cold", PROFILE_CPU, PROFILE_COST,
	  "What a device's read takes longer if a line of it comes from memory, not from a cache." },
	{ "dma.remote", PROFILE_CPU, PROFILE_COST,
	  "What a device's read takes longer if a line of it comes from the other socket." },
	{ "llc.hit", PROFILE_CPU, PROFILE_COST,
	  "A core reads a line that a device wrote into the last-level cache." },
	{ "dram.read", PROFILE_CPU, PROFILE_COST, "A core reads a line from memory." },
	{ "dram.remote_read", PROFILE_CPU, PROFILE_COST,
	  "A core reads a line from memory of another socket." },
	{ "memory.bandwidth", PROFILE_CPU, PROFILE_BANDWIDTH,
	  "Of the memory of one socket; what DMA and copies take of it, others wait for." },
	{ "llc.size", PROFILE_CPU, PROFILE_SIZE, "Last-level cache of a socket." },
	{ "llc.ways", PROFILE_CPU, PROFILE_COUNT, "Its ways, 1 to 32." },
	{ "llc.ddio_ways", PROFILE_CPU, PROFILE_COUNT,
	  "Ways of it that writes of devices may take; 0: these go to memory." },
	{ "dma.credit_return", PROFILE_CPU, PROFILE_COST,
	  "A packet sent until its flow-control credits are back at the sender." },
	{ "dma.jitter.below", PROFILE_CPU, PROFILE_COST,
	  "pcie.jitter: the shortest round trip of a read below the median." },
	{ "dma.jitter.p95", PROFILE_CPU, PROFILE_COST, "The 95th percentile above the median." },
	{ "dma.jitter.p999", PROFILE_CPU, PROFILE_COST, "The 99.9th percentile above the median." },
	{ "pcie.switch", PROFILE_CPU, PROFILE_COST, "Way through a PCIe switch, without links." },
	{ "iommu.iotlb_hit", PROFILE_CPU, PROFILE_COST,
	  "Every translation: the caches are asked." },
	{ "iommu.walk_read", PROFILE_CPU, PROFILE_COST,
	  "One read of a table in a page walk, root and context tables too." },
	{ "iommu.write_page", PROFILE_CPU, PROFILE_COST,
	  "Of a translated write: 4 KiB into memory, in order." },
	{ "iommu.walkers", PROFILE_CPU, PROFILE_COUNT, "Page walks at once." },
	{ "iommu.iotlb_ways", PROFILE_CPU, PROFILE_COUNT,
	  "Ways of the IOTLB; 0 = fully associative." },
	{ "iommu.paging_entries", PROFILE_CPU, PROFILE_COUNT,
	  "Entries of the paging-structure cache of each level." },
	{ "iommu.context_entries", PROFILE_CPU, PROFILE_COUNT, "Entries of the context cache." },
	{ "iommu.interrupt_entries", PROFILE_CPU, PROFILE_COUNT,
	  "Entries of the interrupt entry cache." },
	{ "iommu.mmio.read", PROFILE_CPU, PROFILE_COST,
	  "A core reads a register of the IOMMU: the whole stall." },
	{ "iommu.invalidate.doorbell", PROFILE_CPU, PROFILE_COST,
	  "Tail register written to the queue being read." },
	{ "iommu.invalidate.fetch", PROFILE_CPU, PROFILE_COST,
	  "Reading 64 bytes of the invalidation queue." },
	{ "iommu.invalidate.context", PROFILE_CPU, PROFILE_COST, "A context-cache invalidation." },
	{ "iommu.invalidate.pages", PROFILE_CPU, PROFILE_COST,
	  "A page-selective IOTLB invalidation." },
	{ "iommu.invalidate.domain", PROFILE_CPU, PROFILE_COST,
	  "A domain-selective or global IOTLB invalidation." },
	{ "iommu.invalidate.interrupts", PROFILE_CPU, PROFILE_COST,
	  "An interrupt entry cache invalidation." },
	{ "iommu.invalidate.wait", PROFILE_CPU, PROFILE_COST,
	  "A wait descriptor: until its status is in memory." },
	{ "tlb.invlpg", PROFILE_CPU, PROFILE_COST, "Invalidating one page." },
	{ "tlb.flush", PROFILE_CPU, PROFILE_COST, "Flushing the whole TLB." },
	{ "tlb.cr3", PROFILE_CPU, PROFILE_COST, "Switching the address space." },
	{ "tlb.walk", PROFILE_CPU, PROFILE_COST, "A TLB miss: each read of a table." },
	{ "tlb.walker.entries_2m", PROFILE_CPU, PROFILE_COUNT,
	  "Entries of the walker's cache that map 2 MiB." },
	{ "tlb.walker.entries_1g", PROFILE_CPU, PROFILE_COUNT, "Those that map 1 GiB." },
	{ "tlb.walker.entries_512g", PROFILE_CPU, PROFILE_COUNT, "Those that map 512 GiB." },
	{ "tlb.small.entries", PROFILE_CPU, PROFILE_COUNT, "First level, 4 KiB pages." },
	{ "tlb.small.ways", PROFILE_CPU, PROFILE_COUNT, "Its ways." },
	{ "tlb.large.entries", PROFILE_CPU, PROFILE_COUNT, "First level, 2 MiB pages." },
	{ "tlb.large.ways", PROFILE_CPU, PROFILE_COUNT, "Its ways." },
	{ "tlb.second.entries", PROFILE_CPU, PROFILE_COUNT, "Second level, both sizes." },
	{ "tlb.second.ways", PROFILE_CPU, PROFILE_COUNT, "Its ways." },
	{ "tlb.second.hit", PROFILE_CPU, PROFILE_COST, "A hit there, in addition." },
	{ "tlb.broadcast.issue", PROFILE_CPU, PROFILE_COST, "One broadcast invalidation." },
	{ "tlb.broadcast.pages", PROFILE_CPU, PROFILE_COUNT, "Pages of one." },
	{ "tlb.broadcast.sync", PROFILE_CPU, PROFILE_COST,
	  "Wait until all cores have obeyed." },

	{ "read", PROFILE_SERVERS, PROFILE_COST, "Read command: until the first byte is there." },
	{ "write", PROFILE_SERVERS, PROFILE_COST, "Write command: until it may be completed." },
	{ "flush", PROFILE_SERVERS, PROFILE_COST, "Flush command." },
	{ "parallelism", PROFILE_SERVERS, PROFILE_COUNT, "Commands served at once; 0 = unlimited." },
	{ "by_address", PROFILE_SERVERS, PROFILE_COUNT,
	  "1: each address has its server (striped by 4 KiB); 0: any free one." },
	{ "jitter", PROFILE_SERVERS, PROFILE_COST,
	  "Part of read and write that varies: exponential, with this mean." },
	{ "bandwidth.read", PROFILE_SERVERS, PROFILE_BANDWIDTH,
	  "Transfer of reads; 0B/s = unlimited." },
	{ "bandwidth.write", PROFILE_SERVERS, PROFILE_BANDWIDTH,
	  "Transfer of writes; 0B/s = unlimited." },
	{ "channels", PROFILE_FLASH, PROFILE_COUNT, "Flash channels." },
	{ "packages", PROFILE_FLASH, PROFILE_COUNT, "Packages of a channel." },
	{ "dies", PROFILE_FLASH, PROFILE_COUNT, "Dies of a package." },
	{ "planes", PROFILE_FLASH, PROFILE_COUNT, "Planes of a die." },
	{ "dies_at_once", PROFILE_FLASH, PROFILE_COUNT,
	  "Dies of a package that may work at the same time." },
	{ "block.pages", PROFILE_FLASH, PROFILE_COUNT,
	  "Pages of a block; small capacities get shorter blocks." },
	{ "page.bytes", PROFILE_FLASH, PROFILE_SIZE, "A page." },
	{ "page.unit", PROFILE_FLASH, PROFILE_SIZE, "What one entry of the mapping table maps." },
	{ "cell.bits", PROFILE_FLASH, PROFILE_COUNT, "Bits of a cell, so kinds of pages: 1 to 3." },
	{ "read.lsb", PROFILE_FLASH, PROFILE_COST, "tR of the first page of a row of cells." },
	{ "read.csb", PROFILE_FLASH, PROFILE_COST, "tR of the second page." },
	{ "read.msb", PROFILE_FLASH, PROFILE_COST, "tR of the third page." },
	{ "program.lsb", PROFILE_FLASH, PROFILE_COST, "tPROG of the first page of a row of cells." },
	{ "program.csb", PROFILE_FLASH, PROFILE_COST, "tPROG of the second page." },
	{ "program.msb", PROFILE_FLASH, PROFILE_COST, "tPROG of the third page." },
	{ "program.one_shot", PROFILE_FLASH, PROFILE_COUNT,
	  "1: all pages of a row of cells at once, in the time of the last; 0: page by page." },
	{ "erase", PROFILE_FLASH, PROFILE_COST, "tBERS." },
	{ "channel.rate", PROFILE_FLASH, PROFILE_BANDWIDTH, "Transfers a second times the width." },
	{ "channel.read_command", PROFILE_FLASH, PROFILE_COST,
	  "Command and address cycles of a read, for each plane." },
	{ "channel.program_command", PROFILE_FLASH, PROFILE_COST,
	  "Command and address cycles of a program, for each plane." },
	{ "channel.erase_command", PROFILE_FLASH, PROFILE_COST,
	  "Command and address cycles of an erase, for each plane." },
	{ "suspend.program", PROFILE_FLASH, PROFILE_COST,
	  "Suspending a program for a read; 0ns = it cannot be." },
	{ "suspend.program_least", PROFILE_FLASH, PROFILE_COST,
	  "A program that has less than this to go is not suspended." },
	{ "suspend.erase", PROFILE_FLASH, PROFILE_COST,
	  "Suspending an erase for a read; 0ns = it cannot be." },
	{ "suspend.erase_least", PROFILE_FLASH, PROFILE_COST,
	  "An erase that has less than this to go is not suspended." },
	{ "reads_first", PROFILE_FLASH, PROFILE_COUNT,
	  "Reads that may overtake what else waits for a die." },
	{ "spare", PROFILE_FLASH, PROFILE_COUNT, "Over-provisioning, per cent of the capacity." },
	{ "gc.blocks", PROFILE_FLASH, PROFILE_COUNT,
	  "Free blocks of a die below which garbage is collected." },
	{ "buffer.bytes", PROFILE_FLASH, PROFILE_SIZE, "Write buffer." },
	{ "buffer.protected", PROFILE_FLASH, PROFILE_COUNT,
	  "1: the write buffer survives the loss of power; 0: it is a volatile cache." },
	{ "buffer.access", PROFILE_FLASH, PROFILE_COST, "Command served by the write buffer." },
	{ "map.cache", PROFILE_FLASH, PROFILE_SIZE,
	  "Part of the mapping table in the controller's memory; 0B = all of it." },
	{ "controller.read", PROFILE_FLASH, PROFILE_COST, "Firmware: a read command." },
	{ "controller.write", PROFILE_FLASH, PROFILE_COST, "Firmware: any other command." },
	{ "interface.rate", PROFILE_FLASH, PROFILE_BANDWIDTH,
	  "The controller's own link to the host, before the slot's; 0B/s = none." },
	{ "interface.payload", PROFILE_FLASH, PROFILE_SIZE, "Its largest packet." },
	{ "interface.overhead", PROFILE_FLASH, PROFILE_SIZE, "What a packet carries besides." },
	{ "controller.fetch", PROFILE_MEDIA, PROFILE_COST,
	  "Doorbell seen to submission entry requested." },
	{ "controller.decode", PROFILE_MEDIA, PROFILE_COST,
	  "Submission entry there to medium asked." },

	{ "rx.pipeline", PROFILE_NIC, PROFILE_COST,
	  "Last bit on the wire to the frame's first DMA." },
	{ "tx.pipeline", PROFILE_NIC, PROFILE_COST, "Last byte fetched to first bit on the wire." },
	{ "rx.buffer", PROFILE_NIC, PROFILE_SIZE, "Receive packet buffer." },
	{ "rx.writeback_batch", PROFILE_NIC, PROFILE_COUNT,
	  "Receive descriptors written back together." },
	{ "rx.prefetch", PROFILE_NIC, PROFILE_COUNT, "Receive descriptors fetched ahead at most." },
	{ "tx.prefetch", PROFILE_NIC, PROFILE_COUNT,
	  "Transmit descriptors fetched ahead at most." },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const char *const statuses[] = { "datasheet", "paper", "measured", "guess" };

struct entry {
	bool given;
	uint64_t value;
	bool cycles;
	char *source;
	enum profile_status status;
};

struct profile {
	char *name, *title;
	enum profile_kind variant;      /* PROFILE_SERVERS, PROFILE_FLASH, or as kind */
	enum profile_kind kind;
	struct entry entries[ROWS];
};

struct reader {
	struct profile *profile;
	struct diag *diag;
	unsigned source;
};

const struct profile_row *profile_rows(size_t *count)
{
	*count = ROWS;
	return rows;
}

static struct diag_place place_of(const struct reader *reader, struct toml_spot spot)
{
	return (struct diag_place){ reader->source, spot.line, spot.column };
}

static bool has_row(const struct profile *profile, size_t i)
{
	return rows[i].kind == profile->kind || rows[i].kind == profile->variant;
}

static int row_index(const struct profile *profile, const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (has_row(profile, i) && !strcmp(rows[i].name, name))
			return (int)i;
	return -1;
}

static void unknown_row(const struct reader *reader, const char *path, const struct toml_node *node)
{
	const char *names[ROWS], *near;
	size_t count = 0;
	char help[100];

	for (size_t i = 0; i < ROWS; i++)
		if (has_row(reader->profile, i))
			names[count++] = rows[i].name;
	near = diag_nearest(path, names, count);
	if (near)
		snprintf(help, sizeof(help), "did you mean \"%s\"?", near);
	diag_error(reader->diag, place_of(reader, node->key_at), near ? help : NULL,
		   "unknown row \"%.60s\"", path);
}

static void read_number(const struct reader *reader, const struct profile_row *row,
			const struct toml_node *node, struct entry *entry)
{
	static const enum units_set sets[] = {
		[PROFILE_COST] = UNITS_COST, [PROFILE_FREQUENCY] = UNITS_FREQUENCY,
		[PROFILE_BANDWIDTH] = UNITS_THROUGHPUT, [PROFILE_SIZE] = UNITS_SIZE,
		[PROFILE_TICKS] = UNITS_CYCLES,
	};
	struct units_value value;
	char help[160];

	if (row->unit == PROFILE_COUNT) {
		if (node->kind != TOML_KIND_INTEGER || node->integer < 0)
			diag_error(reader->diag, place_of(reader, node->at), NULL,
				   "an integer is due");
		else
			entry->value = (uint64_t)node->integer;
		return;
	}
	snprintf(help, sizeof(help), "write it as text with its unit (%s), such as \"%s\"",
		 units_list(sets[row->unit]), units_example(sets[row->unit]));
	if (node->kind != TOML_KIND_STRING ||
	    units_parse(sets[row->unit], node->text, &value) != UNITS_OK ||
	    (row->unit == PROFILE_FREQUENCY && !value.value)) {
		diag_error(reader->diag, place_of(reader, node->at), help, "%s is due",
			   units_name(sets[row->unit]));
		return;
	}
	entry->value = value.value;
	entry->cycles = value.kind == UNITS_OTHER;
}

static void read_row(const struct reader *reader, const char *path, const struct toml_node *table)
{
	int index = row_index(reader->profile, path);
	const struct toml_node *value = toml_find(table, "value"),
			       *source = toml_find(table, "source");
	const struct toml_node *status = toml_find(table, "status");
	struct entry *entry;
	int found = -1;

	if (index < 0) {
		unknown_row(reader, path, table);
		return;
	}
	entry = &reader->profile->entries[index];
	entry->given = true;
	read_number(reader, &rows[index], value, entry);
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->child[i]->key, "value") &&
		    strcmp(table->child[i]->key, "source") &&
		    strcmp(table->child[i]->key, "status") && strcmp(table->child[i]->key, "note"))
			diag_error(reader->diag, place_of(reader, table->child[i]->key_at),
				   "a row has value, status, source and note",
				   "unknown key \"%.60s\"", table->child[i]->key);
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (status && status->kind == TOML_KIND_STRING &&
		    !strcmp(status->text, statuses[i]))
			found = (int)i;
	if (found < 0)
		diag_error(reader->diag, place_of(reader, status ? status->at : table->key_at),
			   "one of: datasheet, paper, measured, guess", "row \"%s\" needs a status",
			   path);
	else
		entry->status = (enum profile_status)found;
	if (!source || source->kind != TOML_KIND_STRING || !*source->text)
		diag_error(reader->diag, place_of(reader, table->key_at), NULL,
			   "row \"%s\" needs a source: where the number comes from", path);
	else if (!entry->source)
		entry->source = strdup(source->text);
}

static bool is_head(const struct profile *profile, const char *key)
{
	return !strcmp(key, "format") || !strcmp(key, "title") ||
	       (profile->kind == PROFILE_MEDIA && !strcmp(key, "kind"));
}

/* A table with `value` is a row; any other holds rows. */
static void read_rows(const struct reader *reader, const struct toml_node *table,
		      const char *prefix)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct toml_node *node = table->child[i];
		char path[200];

		if (!*prefix && is_head(reader->profile, node->key))
			continue;
		snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "", node->key);
		if (node->kind != TOML_KIND_TABLE)
			diag_error(
				reader->diag, place_of(reader, node->key_at),
				"write { value = \"90ns\", status = \"guess\", source = \"...\" }",
				"\"%.60s\" is not a row", path);
		else if (toml_find(node, "value"))
			read_row(reader, path, node);
		else
			read_rows(reader, node, path);
	}
}

/* Before the rows: it says which there are. */
static void read_variant(const struct reader *reader, const struct toml_node *root)
{
	const struct toml_node *kind = toml_find(root, "kind");
	const char *text = kind && kind->kind == TOML_KIND_STRING ? kind->text : "";

	reader->profile->variant = reader->profile->kind;
	if (reader->profile->kind != PROFILE_MEDIA)
		return;
	reader->profile->variant = PROFILE_SERVERS;
	if (!strcmp(text, "flash"))
		reader->profile->variant = PROFILE_FLASH;
	else if (kind && strcmp(text, "servers"))
		diag_error(reader->diag, place_of(reader, kind->at), "one of: servers, flash",
			   "not a kind of medium");
}

static void read_head(const struct reader *reader, const struct toml_node *root)
{
	const struct toml_node *format = toml_find(root, "format"),
			       *title = toml_find(root, "title");
	const struct diag_place top = place_of(reader, (struct toml_spot){ 0, 0 });

	if (!format || format->kind != TOML_KIND_INTEGER || format->integer != 1)
		diag_error(reader->diag, format ? place_of(reader, format->at) : top, NULL,
			   "a profile says format = 1");
	if (!title || title->kind != TOML_KIND_STRING)
		diag_error(reader->diag, title ? place_of(reader, title->at) : top, NULL,
			   "a profile has a title");
	else
		reader->profile->title = strdup(title->text);
	for (size_t i = 0; i < ROWS; i++)
		if (has_row(reader->profile, i) && !reader->profile->entries[i].given)
			diag_error(reader->diag, top, rows[i].help, "row \"%s\" is missing",
				   rows[i].name);
}

static void profile_folder(char *out, size_t bytes, const char *data_dir, enum profile_kind kind)
{
	static const char *const folders[] = {
		[PROFILE_CPU] = "", [PROFILE_MEDIA] = "/media", [PROFILE_NIC] = "/nic",
	};

	snprintf(out, bytes, "%s/scenarios/profiles%s", data_dir, folders[kind]);
}

static void parse(struct reader *reader, const char *path, const char *text, size_t bytes)
{
	struct toml_error error;
	struct toml_node *root;

	reader->source = diag_source(reader->diag, path, text, bytes);
	root = toml_read(text, bytes, &error);
	if (!root) {
		diag_error(reader->diag, place_of(reader, error.at), NULL, "%s", error.what);
		return;
	}
	read_variant(reader, root);
	read_rows(reader, root, "");
	read_head(reader, root);
	toml_free(root);
}

int profile_load(struct profile **out, const char *data_dir, enum profile_kind kind,
		 const char *name, struct diag *diag)
{
	struct profile *profile = calloc(1, sizeof(*profile));
	struct reader reader = { profile, diag, 0 };
	char folder[4096], path[4200];
	size_t before = diag_count(diag), bytes;
	char *text;

	ASSERT(profile);
	*out = NULL;
	profile->name = strdup(name);
	profile->kind = kind;
	profile_folder(folder, sizeof(folder), data_dir, kind);
	snprintf(path, sizeof(path), "%s/%s.toml", folder, name);
	text = file_read(path, &bytes);
	if (text)
		parse(&reader, path, text, bytes);
	else
		diag_error(diag, (struct diag_place){ diag_source(diag, path, NULL, 0), 0, 0 },
			   NULL, "cannot read the profile: %s", strerror(errno));
	free(text);
	if (diag_count(diag) != before) {
		profile_free(profile);
		return -1;
	}
	*out = profile;
	return 0;
}

void profile_free(struct profile *profile)
{
	if (!profile)
		return;
	for (size_t i = 0; i < ROWS; i++)
		free(profile->entries[i].source);
	free(profile->name);
	free(profile->title);
	free(profile);
}

const char *profile_name(const struct profile *profile)
{
	return profile->name;
}

const char *profile_title(const struct profile *profile)
{
	return profile->title;
}

enum profile_kind profile_variant(const struct profile *profile)
{
	return profile->variant;
}

static const struct entry *entry_of(const struct profile *profile, const char *row, size_t *index)
{
	int found = row_index(profile, row);

	ASSERT(found >= 0);
	*index = (size_t)found;
	return &profile->entries[found];
}

static uint64_t scale_up(uint64_t value, uint64_t by, uint64_t over)
{
	return (uint64_t)(((unsigned __int128)value * by + over - 1) / over);
}

struct dur profile_dur(const struct profile *profile, const char *row, uint64_t hz)
{
	size_t index;
	const struct entry *entry = entry_of(profile, row, &index);

	ASSERT(rows[index].unit == PROFILE_COST && hz);
	return dur_ps(entry->cycles ? scale_up(entry->value, PS_PER_S, hz) : entry->value);
}

uint64_t profile_cycles(const struct profile *profile, const char *row, uint64_t hz)
{
	size_t index;
	const struct entry *entry = entry_of(profile, row, &index);

	ASSERT(rows[index].unit == PROFILE_COST && hz);
	return entry->cycles ? entry->value : scale_up(entry->value, hz, PS_PER_S);
}

uint64_t profile_u64(const struct profile *profile, const char *row)
{
	size_t index;
	const struct entry *entry = entry_of(profile, row, &index);

	ASSERT(rows[index].unit != PROFILE_COST);
	return entry->value;
}

const char *profile_source(const struct profile *profile, const char *row,
			   enum profile_status *status)
{
	size_t index;
	const struct entry *entry = entry_of(profile, row, &index);

	if (status)
		*status = entry->status;
	return entry->source;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **profile_names(const char *data_dir, enum profile_kind kind, size_t *count)
{
	char folder[4096];
	char **names = calloc(1, sizeof(*names));
	struct dirent *entry;
	DIR *dir;

	ASSERT(names);
	*count = 0;
	profile_folder(folder, sizeof(folder), data_dir, kind);
	dir = opendir(folder);
	while (dir && (entry = readdir(dir))) {
		size_t n = strlen(entry->d_name);

		if (n <= 5 || strcmp(entry->d_name + n - 5, ".toml"))
			continue;
		names = realloc(names, (*count + 1) * sizeof(*names));
		ASSERT(names);
		names[(*count)++] = strndup(entry->d_name, n - 5);
	}
	if (dir)
		closedir(dir);
	qsort(names, *count, sizeof(*names), by_name);
	return names;
}

void profile_names_free(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}
