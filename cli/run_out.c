/* SPDX-License-Identifier: MIT */
#include "cli/run_out.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/memory.h"

static bool complain(const char *path)
{
	fprintf(stderr, "doorbell: error: %s: %s\n", path, strerror(errno));
	return false;
}

static bool join(char path[PATH_MAX], const char *dir, const char *name)
{
	if ((size_t)snprintf(path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX)
		return true;
	errno = ENAMETOOLONG;
	return complain(dir);
}

static bool make_dirs(const char *dir)
{
	char path[PATH_MAX];

	if (strlen(dir) >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return complain(dir);
	}
	strcpy(path, dir);
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0777) && errno != EEXIST)
			return complain(path);
		*p = '/';
	}
	if (mkdir(path, 0777) && errno != EEXIST)
		return complain(path);
	return true;
}

/* "point012", "point012-seed7": names that this file gives. */
static bool is_point_name(const char *name)
{
	size_t digits;

	if (strncmp(name, "point", 5))
		return false;
	digits = strspn(name + 5, "0123456789");
	if (digits < 3)
		return false;
	name += 5 + digits;
	if (!*name)
		return true;
	return !strncmp(name, "-seed", 5) && name[5] && !name[5 + strspn(name + 5, "0123456789")];
}

/* Plain files of one folder, then the folder. A folder inside it is none of ours: it all stays. */
static void remove_point(const char *dir)
{
	DIR *list = opendir(dir);
	struct dirent *entry;
	char path[PATH_MAX];

	if (!list)
		return;
	while ((entry = readdir(list)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    join(path, dir, entry->d_name))
			unlink(path);
	closedir(list);
	rmdir(dir);
}

static void remove_old(const char *dir)
{
	DIR *list = opendir(dir);
	struct dirent *entry;
	char path[PATH_MAX];

	if (!list)
		return;
	while ((entry = readdir(list)))
		if (is_point_name(entry->d_name) && join(path, dir, entry->d_name))
			remove_point(path);
	closedir(list);
}

bool run_out_prepare(const char *dir)
{
	static const char *const files[] = { "result.json", "result.csv", "points.csv" };
	char path[PATH_MAX];

	if (!make_dirs(dir))
		return false;
	remove_old(dir);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (!join(path, dir, files[i]))
			return false;
		if (unlink(path) && errno != ENOENT)
			return complain(path);
	}
	return true;
}

bool run_out_point(struct run_task *task, const char *dir, bool seeds)
{
	char name[64], path[PATH_MAX];
	FILE *manifest;
	int failed;

	if (seeds)
		snprintf(name, sizeof(name), "point%03u-seed%" PRIu64, task->index, task->seed);
	else
		snprintf(name, sizeof(name), "point%03u", task->index);
	if (!join(path, dir, name))
		return false;
	task->dir = mem_strdup(path);
	if (mkdir(task->dir, 0777) && errno != EEXIST)
		return complain(task->dir);
	if (!join(path, task->dir, "manifest.toml"))
		return false;
	manifest = fopen(path, "w");
	if (!manifest)
		return complain(path);
	failed = scn_write_manifest(task->point, task->seed, manifest);
	failed |= fclose(manifest);
	return failed ? complain(path) : true;
}

/* Under a temporary name first: who reads a result.json gets a whole one. */
static FILE *open_new(char path[PATH_MAX], char part[PATH_MAX + 8], const char *dir,
		      const char *name)
{
	FILE *file;

	if (!join(path, dir, name))
		return NULL;
	snprintf(part, PATH_MAX + 8, "%s.part", path);
	file = fopen(part, "w");
	if (!file)
		complain(part);
	return file;
}

static bool close_new(FILE *file, const char *path, const char *part, int failed)
{
	failed |= fclose(file);
	if (failed || rename(part, path)) {
		complain(path);
		unlink(part);
		return false;
	}
	return true;
}

static bool write_one(const char *dir, const char *name, const struct result *result,
		      int (*write)(const struct result *result, FILE *out))
{
	char path[PATH_MAX], part[PATH_MAX + 8];
	FILE *file = open_new(path, part, dir, name);

	return file && close_new(file, path, part, write(result, file));
}

bool run_out_result(const char *dir, const struct result *result)
{
	return write_one(dir, "result.csv", result, result_write_csv) &&
	       write_one(dir, "points.csv", result, result_write_points_csv) &&
	       write_one(dir, "result.json", result, result_write_json);
}

bool run_out_point_result(const char *dir, const struct result *result, size_t point)
{
	char path[PATH_MAX], part[PATH_MAX + 8];
	FILE *file = open_new(path, part, dir, "result.json");

	return file && close_new(file, path, part, result_write_point_json(result, point, file));
}
