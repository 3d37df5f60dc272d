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
	uint32_t function;
};

/* Sections with code; the linker makes a few, the kernel's have names of their own. */
#define CODE_SECTIONS_MAX 16

struct code_section {
	uintptr_t start;
	size_t bytes;
};

static struct symbol *table;
static size_t count;
static char **function_name;
static uint32_t functions;
static uintptr_t kernel_start, kernel_end;
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

		if (!gelf_getsym(data, (int)i, &sym) || sym.st_shndx == SHN_UNDEF)
			continue;
		table[count].start = sym.st_value;
		table[count].bytes = sym.st_size ? sym.st_size : BYTES_UNKNOWN;
		table[count].name = elf_strptr(elf, header->sh_link, sym.st_name);
		if (!table[count].name)
			continue;
		if (!strcmp(table[count].name, "_stext"))
			kernel_start = sym.st_value;
		if (!strcmp(table[count].name, "_etext"))
			kernel_end = sym.st_value;
		count += GELF_ST_TYPE(sym.st_info) == STT_FUNC;
	}
	qsort(table, count, sizeof(*table), by_start);
}

static int by_name(const void *a, const void *b)
{
	const struct symbol *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static size_t stem_bytes(const char *name)
{
	return strcspn(name, ".");
}

/* By name, names with one stem stand together: '.' sorts before all that names are made of. */
static void number_functions(void)
{
	struct symbol **order = calloc(count + 1, sizeof(struct symbol *));

	function_name = calloc(count + 1, sizeof(*function_name));
	if (!order || !function_name) {
		count = 0;
		free(order);
		return;
	}
	for (size_t i = 0; i < count; i++)
		order[i] = &table[i];
	qsort(order, count, sizeof(*order), by_name);
	for (size_t i = 0; i < count; i++) {
		size_t bytes = stem_bytes(order[i]->name);

		if (!functions || strncmp(function_name[functions - 1], order[i]->name, bytes) ||
		    function_name[functions - 1][bytes])
			function_name[functions++] = strndup(order[i]->name, bytes);
		order[i]->function = functions - 1;
	}
	free(order);
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
	number_functions();
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

/* The last symbol at or before an address; NULL if there is none. */
static const struct symbol *find(uintptr_t pc)
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
	return low ? &table[low - 1] : NULL;
}

uint32_t symbols_function(uintptr_t pc)
{
	const struct symbol *symbol = find(pc);

	return symbol ? symbol->function : SYMBOL_NONE;
}

uintptr_t symbols_start(uintptr_t pc)
{
	const struct symbol *symbol = find(pc);

	return symbol ? symbol->start : 0;
}

const char *symbols_function_name(uint32_t function)
{
	return function < functions ? function_name[function] : "?";
}

bool symbols_is_kernel(uintptr_t pc)
{
	if (!tried)
		read_table();
	return pc - kernel_start < kernel_end - kernel_start;
}

bool symbols_name(uintptr_t pc, char *text, size_t bytes)
{
	const struct symbol *symbol = find(pc);

	if (!symbol || !symbols_is_code(pc)) {
		snprintf(text, bytes, "0x%lx", (unsigned long)pc);
		return false;
	}
	snprintf(text, bytes, "%s+0x%lx", symbol->name, (unsigned long)(pc - symbol->start));
	return true;
}
