/* SPDX-License-Identifier: MIT */
#include "analysis/plot.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/figure.h"
#include "analysis/memory.h"
#include "analysis/plot_flame.h"
#include "analysis/result.h"

#define SCRIPT_HEAD "# Drawn by doorbell plot, mark "
enum { SCRIPT_BYTES_MAX = 1 << 20 };

struct plotting {
	const struct plot_options *options;
	char dir[PATH_MAX];             /* DIR/plots */
	char *error;
	size_t error_bytes;
};

static bool fail(struct plotting *plotting, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool fail(struct plotting *plotting, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(plotting->error, plotting->error_bytes, fmt, args);
	va_end(args);
	return false;
}

/* FNV-1a, 64 bits: tells an edited script from one that we wrote. */
static uint64_t mark_of(const char *text)
{
	uint64_t mark = 0xcbf29ce484222325;

	for (; *text; text++)
		mark = (mark ^ (unsigned char)*text) * 0x100000001b3;
	return mark;
}

/* An existing script that is not as we left it belongs to the user. */
static bool is_edited(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text, *body;
	uint64_t mark;
	bool edited = true;
	size_t bytes;

	if (!file)
		return false;
	text = mem_zalloc(SCRIPT_BYTES_MAX + 1);
	bytes = fread(text, 1, SCRIPT_BYTES_MAX, file);
	fclose(file);
	body = strchr(text, '\n');
	if (bytes < SCRIPT_BYTES_MAX && body &&
	    sscanf(text, SCRIPT_HEAD "%" SCNx64, &mark) == 1)
		edited = mark_of(body + 1) != mark;
	free(text);
	return edited;
}

static bool path_of(struct plotting *plotting, const struct figure *figure, const char *end,
		    char path[PATH_MAX])
{
	if (snprintf(path, PATH_MAX, "%s/%s%s", plotting->dir, figure->name, end) < PATH_MAX)
		return true;
	return fail(plotting, "%s: name too long", plotting->dir);
}

static bool write_data(struct plotting *plotting, const struct figure *figure)
{
	char path[PATH_MAX];
	FILE *file;
	int failed;

	if (!path_of(plotting, figure, ".dat", path))
		return false;
	file = fopen(path, "w");
	if (!file)
		return fail(plotting, "%s: %s", path, strerror(errno));
	figure_write_data(figure, file);
	failed = ferror(file);
	failed |= fclose(file);
	return !failed || fail(plotting, "%s: %s", path, strerror(errno));
}

static bool write_script(struct plotting *plotting, const struct figure *figure)
{
	char path[PATH_MAX], *text = NULL;
	size_t bytes = 0;
	FILE *memory, *file;
	int failed;

	if (!path_of(plotting, figure, ".gp", path))
		return false;
	if (is_edited(path)) {
		fprintf(stderr, "doorbell: %s was edited and is kept\n", path);
		return true;
	}
	memory = mem_check(open_memstream(&text, &bytes));
	figure_write_script(figure, memory);
	fclose(memory);
	file = fopen(path, "w");
	failed = !file;
	if (file) {
		fprintf(file, SCRIPT_HEAD "%016" PRIx64 "; edit at will, it is kept then.\n%s",
			mark_of(text), text);
		failed = ferror(file);
		failed |= fclose(file);
	}
	free(text);
	return !failed || fail(plotting, "%s: %s", path, strerror(errno));
}

static bool draw(struct plotting *plotting, const struct figure *figure)
{
	const char *gnuplot = plotting->options->gnuplot ? plotting->options->gnuplot : "gnuplot";
	char script[PATH_MAX];
	char *argv[] = { (char *)gnuplot, script, NULL };
	posix_spawn_file_actions_t actions;
	int status = 0, error;
	pid_t pid;

	snprintf(script, sizeof(script), "%s.gp", figure->name);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	posix_spawn_file_actions_addchdir_np(&actions, plotting->dir);
	error = posix_spawnp(&pid, gnuplot, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		return fail(plotting, "%s cannot be run (%s): install the package gnuplot-nox; "
			    "%s/%s draws the figure", gnuplot, strerror(error), plotting->dir,
			    script);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	return fail(plotting, "gnuplot failed on %s/%s", plotting->dir, script);
}

static bool make_figure(struct plotting *plotting, const struct figure *figure)
{
	if (!write_data(plotting, figure) || !write_script(plotting, figure) ||
	    !draw(plotting, figure))
		return false;
	if (plotting->options->names)
		fprintf(plotting->options->names, "%s/%s.svg\n", plotting->dir, figure->name);
	return true;
}

static bool wanted(const struct plotting *plotting, const struct figure *figure)
{
	const char *name = plotting->options->name;

	return !name || !strncmp(figure->name, name, strlen(name));
}

static void no_figure(struct plotting *plotting, const struct figures *figures)
{
	size_t at;

	if (!figures->count) {
		fail(plotting, "%s: nothing to draw", plotting->dir);
		return;
	}
	fail(plotting, "no figure \"%s\"; there are:", plotting->options->name);
	for (size_t i = 0; i < figures->count; i++) {
		at = strlen(plotting->error);
		snprintf(plotting->error + at, plotting->error_bytes - at, " %s",
			 figures->all[i].name);
	}
}

static enum plot_status make_all(struct plotting *plotting, const struct figures *figures)
{
	size_t count = 0;

	for (size_t i = 0; i < figures->count; i++)
		count += wanted(plotting, &figures->all[i]);
	if (!count) {
		no_figure(plotting, figures);
		return PLOT_NO_FIGURE;
	}
	if (mkdir(plotting->dir, 0777) && errno != EEXIST) {
		fail(plotting, "%s: %s", plotting->dir, strerror(errno));
		return PLOT_HOST;
	}
	for (size_t i = 0; i < figures->count; i++)
		if (wanted(plotting, &figures->all[i]) && !make_figure(plotting, &figures->all[i]))
			return PLOT_HOST;
	return PLOT_OK;
}

static enum plot_status make_flame(struct plotting *plotting, const struct result *result,
				   const char *dir, const char *name)
{
	int count = plot_flame(dir, result, name, plotting->options->names, plotting->error,
			       plotting->error_bytes);

	return count < 0 ? PLOT_HOST : count ? PLOT_OK : PLOT_NO_FIGURE;
}

enum plot_status plot_folder(const char *dir, const struct plot_options *options, char *error,
			     size_t error_bytes)
{
	struct plotting plotting = {
		.options = options, .error = error, .error_bytes = error_bytes,
	};
	struct figures figures;
	struct result *result;
	char path[PATH_MAX];
	enum plot_status status;

	if (snprintf(path, sizeof(path), "%s/result.json", dir) >= (int)sizeof(path) ||
	    snprintf(plotting.dir, sizeof(plotting.dir), "%s/plots", dir) >= (int)sizeof(path)) {
		fail(&plotting, "%s: name too long", dir);
		return PLOT_NO_RESULT;
	}
	result = result_read_json(path, error, error_bytes);
	if (!result)
		return PLOT_NO_RESULT;
	if (options->name && plot_flame_is_name(options->name)) {
		status = make_flame(&plotting, result, dir, options->name);
	} else {
		figures_derive(&figures, result, dir);
		status = make_all(&plotting, &figures);
		figures_release(&figures);
		/* Every figure that there is: the flame graph too, if there is a profile. */
		if (!options->name && (status == PLOT_OK || status == PLOT_NO_FIGURE) &&
		    plot_flame(dir, result, "flame", options->names, path, sizeof(path)) > 0)
			status = PLOT_OK;
	}
	result_destroy(result);
	return status;
}
