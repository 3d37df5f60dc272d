/* SPDX-License-Identifier: MIT */
#include "cli/strict.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/run_point.h"

static bool has(int argc, char **argv, const char *option)
{
	size_t length = strlen(option);

	for (int i = 2; i < argc && strcmp(argv[i], "--"); i++)
		if (!strncmp(argv[i], option, length) &&
		    (!argv[i][length] || argv[i][length] == '='))
			return true;
	return false;
}

/* --mutants runs executables of its own; --plain keeps to the rules that need no checking build. */
static bool asks(int argc, char **argv)
{
	if (argc < 2 || !has(argc, argv, "--strict"))
		return false;
	if (!strcmp(argv[1], "test"))
		return !has(argc, argv, "--mutants") && !has(argc, argv, "--plain");
	return !strcmp(argv[1], "run");
}

bool strict_hand_over(int argc, char **argv)
{
	static const char suffix[] = "-checking";
	char path[PATH_MAX];
	ssize_t length;

	if (!asks(argc, argv) || run_point_is_checking())
		return true;
	length = readlink("/proc/self/exe", path, sizeof(path) - sizeof(suffix));
	if (length > 0) {
		memcpy(path + length, suffix, sizeof(suffix));
		execv(path, argv);
	}
	fprintf(stderr,
		"doorbell: error: --strict needs doorbell-checking beside this program: %s\n",
		strerror(errno));
	return false;
}
