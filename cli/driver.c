/* SPDX-License-Identifier: MIT */
#include "cli/driver.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/memory.h"
#include "cli/build_info.h"
#include "cli/run_point.h"
#include "cli/verbs.h"
#include "model/scenario/keys.h"

#define NAME_BYTES 64
#define PATH_BYTES (PATH_MAX + NAME_BYTES)

/* As main() got them, and what was found beside the executable, once a process. */
static struct {
	char **argv;
	char folder[PATH_MAX];       /* of this executable */
	char target[NAME_BYTES];     /* its name there */
	bool looked, own;            /* own: it has a user's driver in it */
	struct scn_driver *list;
	size_t count;
} self;

static bool find_self(void)
{
	ssize_t length;
	char *slash;

	if (*self.folder)
		return true;
	length = readlink("/proc/self/exe", self.folder, sizeof(self.folder) - 1);
	if (length < 0)
		return false;
	self.folder[length] = 0;
	slash = strrchr(self.folder, '/');
	snprintf(self.target, sizeof(self.target), "%s", slash + 1);
	*slash = 0;
	return true;
}

static void add(const char *name)
{
	self.list = mem_grow(self.list, self.count, sizeof(*self.list));
	self.list[self.count++] = (struct scn_driver){ mem_check(strdup(name)), "" };
}

/* A name a line. False: there is no such file. */
static bool read_names(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[NAME_BYTES];

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		add(line);
	}
	if (file)
		fclose(file);
	return file;
}

/* The folder that a driver of this name comes from; false: it is none of a user's, or gone. */
static bool folder_of(const char *name, char *dir, size_t bytes)
{
	char path[PATH_BYTES + NAME_BYTES];
	FILE *file;
	bool good;

	snprintf(path, sizeof(path), "%s/own-drivers/%s", self.folder, name);
	file = fopen(path, "r");
	good = file && fgets(dir, (int)bytes, file);
	if (file)
		fclose(file);
	if (good)
		dir[strcspn(dir, "\n")] = 0;
	return good && !access(dir, R_OK);
}

static int is_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void read_registry(void)
{
	char path[PATH_BYTES], dir[PATH_MAX];
	struct dirent **names;
	int count;

	snprintf(path, sizeof(path), "%s/own-drivers", self.folder);
	count = scandir(path, &names, is_name, alphasort);
	for (int i = 0; i < count; i++) {
		if (folder_of(names[i]->d_name, dir, sizeof(dir)))
			add(names[i]->d_name);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

const struct scn_driver *driver_list(size_t *count)
{
	char path[PATH_BYTES];

	if (!self.looked && find_self()) {
		snprintf(path, sizeof(path), "%s/driver-names", self.folder);
		self.own = read_names(path);
		if (!self.own)
			read_registry();
	}
	self.looked = true;
	*count = self.count;
	return self.list;
}

/* ---- building ---- */

/* The script's only line on stdout is the executable. */
static int run_script(const char *dir, bool checking, char *path, size_t bytes)
{
	char script[PATH_BYTES], line[PATH_BYTES] = "";
	int pipes[2], status = -1;
	FILE *out;
	pid_t pid;

	snprintf(script, sizeof(script), "%s/drivers/linux/build/build-kernel.sh",
		 build_data_dir());
	fflush(NULL);
	if (pipe(pipes) || (pid = fork()) < 0) {
		fprintf(stderr, "doorbell: error: %s: %s\n", script, strerror(errno));
		return RUN_USAGE;
	}
	if (!pid) {
		dup2(pipes[1], 1);
		close(pipes[0]);
		setenv("DOORBELL_COST_MODE", checking ? "checking" : "loop", 1);
		execl(script, script, "--driver", dir, self.folder,
		      checking ? "doorbell-checking" : "doorbell", (char *)NULL);
		_exit(127);
	}
	close(pipes[1]);
	out = fdopen(pipes[0], "r");
	if (out && fgets(line, sizeof(line), out))
		line[strcspn(line, "\n")] = 0;
	if (out)
		fclose(out);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	snprintf(path, bytes, "%s", line);
	if (!WIFEXITED(status) || WEXITSTATUS(status) || !*line)
		return WIFEXITED(status) && WEXITSTATUS(status) == 2 ? RUN_USAGE : RUN_OUR_BUG;
	return 0;
}

static bool note_name(const char *name, const char *dir)
{
	char path[PATH_BYTES + NAME_BYTES];
	FILE *file;

	if (scn_is_known_driver(name)) {
		fprintf(stderr, "doorbell: error: %s: driver \"%s\" comes with Doorbell: another "
			"name is due\n", dir, name);
		return false;
	}
	snprintf(path, sizeof(path), "%s/own-drivers", self.folder);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/own-drivers/%s", self.folder, name);
	file = fopen(path, "w");
	if (!file || fprintf(file, "%s\n", dir) < 0 || fclose(file)) {
		fprintf(stderr, "doorbell: error: %s: %s\n", path, strerror(errno));
		return false;
	}
	return true;
}

/* The names that are beside the built executable. */
static bool note_names(const char *executable, const char *dir)
{
	char path[PATH_BYTES], line[NAME_BYTES];
	bool good = true;
	FILE *file;

	snprintf(path, sizeof(path), "%.*s/driver-names",
		 (int)(strrchr(executable, '/') - executable), executable);
	file = fopen(path, "r");
	while (good && file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		good = note_name(line, dir);
	}
	if (file)
		fclose(file);
	return good;
}

int driver_build(const char *dir, bool checking, char *path, size_t bytes)
{
	char *whole = realpath(dir, NULL);
	size_t count;
	int code = 0;

	driver_list(&count);
	if (!whole)
		code = cli_usage_error("build", "--driver %s: %s", dir, strerror(errno));
	else if (self.own || !*self.folder)
		code = cli_usage_error("build", "this executable has a driver in it already");
	if (!code)
		code = run_script(whole, checking, path, bytes);
	if (!code && !note_names(path, whole))
		code = RUN_USAGE;
	free(whole);
	return code;
}

/* ---- going on ---- */

/* The arguments without --driver. */
static int build_and_go_on(const char *dir)
{
	char path[PATH_BYTES];
	int code = driver_build(dir, run_point_is_checking(), path, sizeof(path)), kept = 0;

	if (code)
		return code;
	for (int i = 0; self.argv[i]; i++) {
		if (!strcmp(self.argv[i], "--driver") && self.argv[i + 1])
			i++;
		else if (strncmp(self.argv[i], "--driver=", 9))
			self.argv[kept++] = self.argv[i];
	}
	self.argv[kept] = NULL;
	fflush(NULL);
	execv(path, self.argv);
	fprintf(stderr, "doorbell: error: %s: %s\n", path, strerror(errno));
	return RUN_OUR_BUG;
}

static int go_on(const char *dir)
{
	for (int i = 0; self.argv[i]; i++)
		if (!strncmp(self.argv[i], "--mutants", 9))
			return cli_usage_error("test", "--mutants takes patches of the kernel: its own "
					       "drivers are judged, not %s", dir);
	return build_and_go_on(dir);
}

int driver_hand_over(int argc, char **argv)
{
	self.argv = argv;
	if (argc < 2 || (strcmp(argv[1], "run") && strcmp(argv[1], "test")))
		return 0;
	for (int i = 2; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strncmp(argv[i], "--driver=", 9))
			return go_on(argv[i] + 9);
		if (strcmp(argv[i], "--driver"))
			continue;
		if (i + 1 == argc)
			return cli_usage_error(argv[1], "--driver needs a folder");
		return go_on(argv[i + 1]);
	}
	return 0;
}

/* The folder of the point's user drivers, added to what others have: they share one. */
static bool add_folders(const struct scn_point *point, char dir[PATH_MAX], char other[PATH_MAX])
{
	char key[PATH_BYTES];

	for (size_t d = 0; d < scn_device_count(point); d++) {
		scn_key(key, sizeof(key), "device.%s.driver", scn_device(point, d));
		if (!scn_has(point, key) || !folder_of(scn_text(point, key), other, PATH_MAX))
			continue;
		if (*dir && strcmp(dir, other))
			return false;
		snprintf(dir, PATH_MAX, "%s", other);
	}
	return true;
}

int driver_hand_over_for(const struct scn *scn)
{
	char dir[PATH_MAX] = "", other[PATH_MAX];
	size_t count;

	driver_list(&count);
	if (self.own || !count)
		return 0;
	for (size_t p = 0; p < scn_point_count(scn); p++)
		if (!add_folders(scn_point((struct scn *)scn, p), dir, other))
			return cli_usage_error(NULL, "%s: its drivers come from %s and %s: one "
					       "folder is due", scn_path_of_file(scn), dir, other);
	return *dir ? go_on(dir) : 0;
}

static bool has_driver(const char *dir)
{
	static const char *const names[] = { "Kbuild", "Makefile" };
	char path[PATH_BYTES], line[1024];
	bool found = false;

	for (size_t i = 0; i < 2 && !found; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		file = fopen(path, "r");
		while (file && !found && fgets(line, sizeof(line), file))
			found = !strncmp(line, "obj-m", 5) && !isalnum((unsigned char)line[5]);
		if (file)
			fclose(file);
	}
	return found;
}

int driver_hand_over_beside(const char *tests)
{
	char dir[PATH_BYTES];
	size_t count;

	driver_list(&count);
	if (self.own)
		return 0;
	if (has_driver(tests))
		return go_on(tests);
	snprintf(dir, sizeof(dir), "%.4000s/..", tests);
	return has_driver(dir) ? go_on(dir) : 0;
}
