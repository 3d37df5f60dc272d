/* SPDX-License-Identifier: MIT */
#include "analysis/plot_flame.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "analysis/flame.h"
#include "analysis/point_file.h"

static const char prefix[] = "flame";

bool plot_flame_is_name(const char *name)
{
	size_t bytes = sizeof(prefix) - 1;

	return !strncmp(name, prefix, bytes) && (!name[bytes] || name[bytes] == '-');
}

static int write_graph(const struct folded_node *root, const char *title, const char *path,
		       char *error, size_t error_bytes)
{
	FILE *file = fopen(path, "w");
	int failed = !file;

	if (file) {
		failed = flame_write(root, title, file) != 0;
		failed |= fclose(file) != 0;
	}
	if (failed)
		snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
	return failed ? -1 : 0;
}

/* 1 if the point has such a graph. */
static int one_point(const char *dir, const struct result *result,
		     const struct result_point *point, const char *name, FILE *names, char *error,
		     size_t error_bytes)
{
	const char *selection = name[sizeof(prefix) - 1] ? name + sizeof(prefix) : NULL;
	char path[4096], folder[64], title[256];
	struct folded_node *root;
	int failed;

	if (!point_file(path, sizeof(path), dir, point, "profile.folded"))
		return 0;
	root = folded_read(path, selection);
	if (!root) {
		snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
		return -1;
	}
	if (!root->total_ns) {
		folded_free(root);
		return 0;
	}
	point_folder(folder, sizeof(folder), dir, point);
	snprintf(title, sizeof(title), "%s: %s: busy time by function", folder, root->name);
	if (result->point_count > 1)
		snprintf(path, sizeof(path), "%s/plots/%s-%s.svg", dir, name, folder);
	else
		snprintf(path, sizeof(path), "%s/plots/%s.svg", dir, name);
	failed = write_graph(root, title, path, error, error_bytes);
	folded_free(root);
	if (!failed && names)
		fprintf(names, "%s\n", path);
	return failed ? -1 : 1;
}

int plot_flame(const char *dir, const struct result *result, const char *name, FILE *names,
	       char *error, size_t error_bytes)
{
	char plots[4096];
	int count = 0;

	snprintf(plots, sizeof(plots), "%s/plots", dir);
	if (mkdir(plots, 0777) && errno != EEXIST) {
		snprintf(error, error_bytes, "%s: %s", plots, strerror(errno));
		return -1;
	}
	for (size_t p = 0; p < result->point_count; p++) {
		int one = one_point(dir, result, &result->points[p], name, names, error,
				    error_bytes);

		if (one < 0)
			return -1;
		count += one;
	}
	if (!count)
		snprintf(error, error_bytes, "no profile for \"%s\": run with --profile; cores "
			 "(flame-cpu0) and time categories (flame-driver) can be chosen", name);
	return count;
}
