/* SPDX-License-Identifier: MIT */
/* The scenarios that come with Doorbell. Each begins with a comment whose first sentence is the
 * question that it answers. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verbs.h"

#define SENTENCE_BYTES 400

/* The rest of the comment is of lines that begin with "# ". */
static void print_question(FILE *file)
{
	char text[SENTENCE_BYTES] = "";
	size_t used = 0, end;
	int c, before = '\n';

	while (used + 1 < sizeof(text) && (c = getc(file)) != EOF) {
		if (before == '\n' && c != '#')
			break;
		before = c;
		if (c == '#' || (c == ' ' && (!used || text[used - 1] == ' ')))
			continue;
		text[used++] = c == '\n' ? ' ' : (char)c;
		text[used] = 0;
		if (used > 1 && text[used - 1] == ' ' && strchr("?.", text[used - 2]))
			break;
	}
	end = strlen(text);
	while (end && text[end - 1] == ' ')
		text[--end] = 0;
	printf("%s\n", text);
}

static int is_scenario(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 5 && !strcmp(entry->d_name + length - 5, ".toml");
}

static bool list_folder(const char *folder)
{
	char path[PATH_MAX + 320];
	struct dirent **entries;
	int count;

	snprintf(path, sizeof(path), "%s/scenarios/%s", cli_data_dir(), folder);
	count = scandir(path, &entries, is_scenario, alphasort);
	for (int i = 0; i < count; i++) {
		char name[320];
		FILE *file;

		snprintf(name, sizeof(name), "scenarios/%s/%s", folder, entries[i]->d_name);
		snprintf(path, sizeof(path), "%s/%s", cli_data_dir(), name);
		file = fopen(path, "r");
		if (file) {
			printf("%-46s ", name);
			print_question(file);
			fclose(file);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return count > 0;
}

bool list_scenarios(void)
{
	static const char *const folders[] = { "net", "nvme", "iommu", "mm", "rtl", "bench" };
	bool good = true;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		good &= list_folder(folders[i]);
	return good;
}
