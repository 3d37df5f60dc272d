/* SPDX-License-Identifier: MIT */
#include "analysis/folded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/memory.h"

static struct folded_node *new_node(const char *name)
{
	struct folded_node *node = mem_zalloc(sizeof(*node));

	node->name = mem_strdup(name);
	return node;
}

void folded_free(struct folded_node *node)
{
	if (!node)
		return;
	for (size_t i = 0; i < node->count; i++)
		folded_free(node->children[i]);
	free(node->children);
	free(node->name);
	free(node);
}

static struct folded_node *child_of(struct folded_node *node, const char *name)
{
	size_t at = 0;

	while (at < node->count && strcmp(node->children[at]->name, name) < 0)
		at++;
	if (at < node->count && !strcmp(node->children[at]->name, name))
		return node->children[at];
	node->children = mem_grow(node->children, node->count, sizeof(*node->children));
	memmove(&node->children[at + 1], &node->children[at],
		(node->count - at) * sizeof(*node->children));
	node->count++;
	return node->children[at] = new_node(name);
}

static void add_chain(struct folded_node *root, char *chain, uint64_t ns, const char *selection)
{
	char *rest = NULL, *core = strtok_r(chain, ";", &rest);
	char *category = core ? strtok_r(NULL, ";", &rest) : NULL, *name;
	struct folded_node *node = root;

	if (!category || (selection && strcmp(core, selection) && strcmp(category, selection)))
		return;
	root->total_ns += ns;
	while ((name = strtok_r(NULL, ";", &rest))) {
		node = child_of(node, name);
		node->total_ns += ns;
	}
	node->self_ns += ns;
}

struct folded_node *folded_read(const char *path, const char *selection)
{
	FILE *file = fopen(path, "r");
	struct folded_node *root;
	char *line = NULL;
	size_t room = 0;

	if (!file)
		return NULL;
	root = new_node(selection ? selection : "all cores");
	while (getline(&line, &room, file) > 0) {
		char *space = strrchr(line, ' ');
		uint64_t ns;

		if (!space || sscanf(space, "%" SCNu64, &ns) != 1)
			continue;
		*space = '\0';
		add_chain(root, line, ns, selection);
	}
	free(line);
	fclose(file);
	return root;
}
