/* SPDX-License-Identifier: MIT */
#include "drivers/linux/host/symbols.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Assembly code need not say how long it is. */
#define BYTES_UNKNOWN 4096

struct symbol {
	uintptr_t start;
	uint64_t bytes;
	const char *name;     /* in the table's memory, kept open */
};

/* Sections with code; the linker makes a few, the kernel's have names of their own. */
#define CODE_SECTIONS_MAX 16

struct code_section {
	uintptr_t start;
	size_t bytes;
};

static struct symbol *table;
static size_t count;
static struct code_section code[CODE_SECTIONS_MAX];
static size_t codes;
static int tried;

static int by_start(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void read_section(Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t symbols = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;

	table = data ? calloc(symbols + 1, sizeof(*table)) : NULL;
	if (!table)
		return;
	for (size_t i = 0; i < symbols; i++) {
		GElf_Sym sym;

		if (!gelf_getsym(data, (int)i, &sym) ||
		    GELF_ST_TYPE(sym.st_info) != STT_FUNC || sym.st_shndx == SHN_UNDEF)
			continue;
		table[count].start = sym.st_value;
		table[count].bytes = sym.st_size ? sym.st_size : BYTES_UNKNOWN;
		table[count].name = elf_strptr(elf, header->sh_link, sym.st_name);
		if (table[count].name)
			count++;
	}
	qsort(table, count, sizeof(*table), by_start);
}

static void read_table(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	Elf_Scn *section = NULL;
	Elf *elf;

	tried = 1;
	if (fd < 0 || elf_version(EV_CURRENT) == EV_NONE)
		return;
	elf = elf_begin(fd, ELF_C_READ, NULL);
	while (elf && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;

		if (!gelf_getshdr(section, &header))
			continue;
		if (header.sh_type == SHT_SYMTAB)
			read_section(elf, section, &header);
		else if ((header.sh_flags & SHF_EXECINSTR) && codes < CODE_SECTIONS_MAX)
			code[codes++] = (struct code_section){ header.sh_addr, header.sh_size };
	}
	/* elf stays open: the names point into it. */
	close(fd);
}

bool symbols_is_code(uintptr_t pc)
{
	if (!tried)
		read_table();
	for (size_t i = 0; i < codes; i++)
		if (pc - code[i].start < code[i].bytes)
			return true;
	return false;
}

bool symbols_name(uintptr_t pc, char *text, size_t bytes)
{
	size_t low = 0, high;

	if (!tried)
		read_table();
	high = count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (table[mid].start <= pc)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || !symbols_is_code(pc)) {
		snprintf(text, bytes, "0x%lx", (unsigned long)pc);
		return false;
	}
	snprintf(text, bytes, "%s+0x%lx", table[low - 1].name,
		 (unsigned long)(pc - table[low - 1].start));
	return true;
}
