/* SPDX-License-Identifier: MIT */
/* The short form of the fuzzer: a fixed number of mutations of the seeds, the same in every run.
 * usage: test_scenario_mutation COUNT GOOD_FOLDER FOLDER... */
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/scenario/file.h"
#include "tests/fuzz/scenario/check_input.h"

#define SEEDS_MAX 512
#define BYTES_MAX 16384

struct seed {
	char *text;
	size_t bytes;
};

static struct seed seeds[SEEDS_MAX];
static size_t seed_count, good_count;   /* the first folder's are good */
static uint64_t state = 0x9e3779b97f4a7c15;

/* xorshift64*: the sequence is part of the test. */
static uint64_t draw(uint64_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL >> 16) % below;
}

static void read_folder(const char *folder)
{
	char pattern[4096];
	glob_t files;

	snprintf(pattern, sizeof(pattern), "%s/*.toml", folder);
	if (glob(pattern, 0, NULL, &files))
		return;
	for (size_t i = 0; i < files.gl_pathc && seed_count < SEEDS_MAX; i++) {
		struct seed *seed = &seeds[seed_count];

		seed->text = file_read(files.gl_pathv[i], &seed->bytes);
		if (seed->text && seed->bytes && seed->bytes < BYTES_MAX / 2)
			seed_count++;
	}
	globfree(&files);
}

/* A line of any seed. */
static size_t some_line(const char **line)
{
	const struct seed *seed = &seeds[draw(seed_count)];
	size_t at = draw(seed->bytes), end;

	while (at && seed->text[at - 1] != '\n')
		at--;
	for (end = at; end < seed->bytes && seed->text[end] != '\n'; end++)
		;
	*line = seed->text + at;
	return end - at + (end < seed->bytes);
}

static size_t insert(char *text, size_t bytes, size_t at, const char *what, size_t n)
{
	if (bytes + n > BYTES_MAX)
		return bytes;
	memmove(text + at + n, text + at, bytes - at);
	memcpy(text + at, what, n);
	return bytes + n;
}

static size_t mutate(char *text, size_t bytes)
{
	static const char marks[] = "[]{}\"'=.,#\\\n 0123456789-+_eusMGKB\x01\x80\xff";
	size_t at = bytes ? draw(bytes) : 0, n;
	const char *line;
	char c;

	switch (draw(6)) {
	case 0:
		if (bytes)
			text[at] ^= (char)(1u << draw(8));
		return bytes;
	case 1:
		c = marks[draw(sizeof(marks))];
		return insert(text, bytes, at, &c, 1);
	case 2:
		n = bytes ? 1 + draw(bytes - at < 16 ? bytes - at : 16) : 0;
		memmove(text + at, text + at + n, bytes - at - n);
		return bytes - n;
	case 3:
		while (at && text[at - 1] != '\n')
			at--;
		n = some_line(&line);
		return insert(text, bytes, at, line, n);
	case 4:
		while (at && text[at - 1] != '\n')
			at--;
		for (n = 0; at + n < bytes && text[at + n] != '\n'; n++)
			;
		n += at + n < bytes;
		memmove(text + at, text + at + n, bytes - at - n);
		return bytes - n;
	default:
		if (bytes)
			text[at] = marks[draw(sizeof(marks))];
		return bytes;
	}
}

int main(int argc, char **argv)
{
	static char text[BYTES_MAX];
	unsigned long count = argc > 2 ? strtoul(argv[1], NULL, 10) : 0, accepted = 0;

	for (int i = 2; i < argc; i++) {
		read_folder(argv[i]);
		good_count = good_count ? good_count : seed_count;
	}
	if (!count || !seed_count) {
		fputs("usage: test_scenario_mutation COUNT GOOD_FOLDER FOLDER...\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < seed_count; i++)
		accepted += check_input(seeds[i].text, seeds[i].bytes);
	for (unsigned long i = 0; i < count; i++) {
		const struct seed *seed = &seeds[draw(draw(4) ? good_count : seed_count)];
		size_t bytes = seed->bytes;

		memcpy(text, seed->text, bytes);
		for (uint64_t n = 1 + draw(4); n; n--)
			bytes = mutate(text, bytes);
		accepted += check_input(text, bytes);
	}
	for (size_t i = 0; i < seed_count; i++)
		free(seeds[i].text);
	printf("%lu inputs and %zu seeds, %lu accepted\n", count, seed_count, accepted);
	/* Mutants that are all refused at once would test only the first error. */
	return accepted * 20 < count;
}
