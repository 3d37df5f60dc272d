/* SPDX-License-Identifier: MIT */
#include "analysis/flame.h"

#include <inttypes.h>
#include <string.h>

/* In pixels; widths in the file are exact to a tenth. */
enum { WIDTH = 1200, MARGIN = 10, ROW = 17, TOP = 44, BOTTOM = 26, CHARACTER_TENTHS = 66 };
/* Narrower boxes are left out, in tenths. */
enum { NARROWEST = 3 };

struct flame {
	FILE *out;
	uint64_t total_ns;
	unsigned rows;
};

static void put_text(FILE *out, const char *text, size_t most)
{
	for (size_t i = 0; text[i] && i < most; i++) {
		if (text[i] == '<')
			fputs("&lt;", out);
		else if (text[i] == '>')
			fputs("&gt;", out);
		else if (text[i] == '&')
			fputs("&amp;", out);
		else if (text[i] == '"')
			fputs("&quot;", out);
		else
			fputc(text[i], out);
	}
}

/* Tenths of a pixel that `ns` takes. */
static unsigned tenths(const struct flame *flame, uint64_t ns)
{
	return (unsigned)((unsigned __int128)ns * 10 * (WIDTH - 2 * MARGIN) / flame->total_ns);
}

static unsigned depth_of(const struct flame *flame, const struct folded_node *node)
{
	unsigned deepest = 0;

	for (size_t i = 0; i < node->count; i++)
		if (tenths(flame, node->children[i]->total_ns) >= NARROWEST) {
			unsigned depth = depth_of(flame, node->children[i]);

			deepest = depth > deepest ? depth : deepest;
		}
	return deepest + 1;
}

/* A name has one colour in every graph. Warm ones for code, blue for charges. */
static void put_colour(FILE *out, const char *name)
{
	uint32_t hash = 2166136261u;

	for (const char *c = name; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	if (*name == '[')
		fprintf(out, "rgb(%u,%u,%u)", 130 + hash % 30, 170 + hash / 64 % 30,
			215 + hash / 4096 % 25);
	else
		fprintf(out, "rgb(%u,%u,%u)", 225 + hash % 28, 110 + hash / 64 % 100,
			55 + hash / 4096 % 40);
}

static void put_time(FILE *out, uint64_t ns)
{
	fprintf(out, "%" PRIu64 ".%03" PRIu64 " us", ns / 1000, ns % 1000);
}

static void put_box(const struct flame *flame, const struct folded_node *node, unsigned left,
		    unsigned row)
{
	unsigned width = tenths(flame, node->total_ns);
	unsigned y = TOP + (flame->rows - 1 - row) * ROW;
	size_t fits = width > 60 ? (width - 60) / CHARACTER_TENTHS : 0;
	uint64_t permille = node->total_ns * 1000 / flame->total_ns;

	fputs("<g><title>", flame->out);
	put_text(flame->out, node->name, SIZE_MAX);
	fputs(": ", flame->out);
	put_time(flame->out, node->total_ns);
	fprintf(flame->out, " (%" PRIu64 ".%" PRIu64 " %%), self ", permille / 10, permille % 10);
	put_time(flame->out, node->self_ns);
	fprintf(flame->out,
		"</title><rect x=\"%u.%u\" y=\"%u\" width=\"%u.%u\" height=\"%u\" fill=\"",
		left / 10, left % 10, y, width / 10, width % 10, ROW - 1);
	put_colour(flame->out, node->name);
	fputs("\"/>", flame->out);
	if (fits >= 3) {
		fprintf(flame->out, "<text x=\"%u.%u\" y=\"%u\">", left / 10 + 3, left % 10,
			y + ROW - 5);
		put_text(flame->out, node->name, strlen(node->name) > fits ? fits - 2 : fits);
		fputs(strlen(node->name) > fits ? "..</text>" : "</text>", flame->out);
	}
	fputs("</g>\n", flame->out);
}

static void put_tree(const struct flame *flame, const struct folded_node *node, unsigned left,
		     unsigned row)
{
	uint64_t before = 0;

	put_box(flame, node, left, row);
	for (size_t i = 0; i < node->count; i++) {
		const struct folded_node *child = node->children[i];

		if (tenths(flame, child->total_ns) >= NARROWEST)
			put_tree(flame, child, left + tenths(flame, before), row + 1);
		before += child->total_ns;
	}
}

int flame_write(const struct folded_node *root, const char *title, FILE *out)
{
	struct flame flame = { .out = out, .total_ns = root->total_ns ? root->total_ns : 1 };
	unsigned height;

	flame.rows = depth_of(&flame, root);
	height = TOP + flame.rows * ROW + BOTTOM;
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
		"viewBox=\"0 0 %d %u\" font-family=\"DejaVu Sans Mono, monospace\" "
		"font-size=\"11\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n"
		"<text x=\"%d\" y=\"24\" text-anchor=\"middle\" font-size=\"15\">",
		WIDTH, height, WIDTH, height, WIDTH / 2);
	put_text(out, title, SIZE_MAX);
	fputs("</text>\n", out);
	put_tree(&flame, root, MARGIN * 10, 0);
	fprintf(out, "<text x=\"%d\" y=\"%u\" fill=\"#555555\">busy simulated time: ", MARGIN,
		height - 9);
	put_time(out, root->total_ns);
	fputs("; boxes in brackets are charges: what code does not show</text>\n</svg>\n", out);
	return ferror(out) ? -1 : 0;
}
