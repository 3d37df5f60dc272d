/* SPDX-License-Identifier: MIT */
/* The tests of a folder: each .c file with a SIM_TEST in it becomes a shared object of its own.
 * It is compiled each time, so that nothing stale is ever run; headers of the folder are found. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/memory.h"
#include "cli/run_out.h"
#include "cli/test.h"
#include "cli/verbs.h"

static bool ends_in_c(const char *name)
{
	size_t length = strlen(name);

	return length > 2 && !strcmp(name + length - 2, ".c");
}

static bool has_tests(const char *path)
{
	char line[1024];
	bool found = false;
	FILE *file = fopen(path, "r");

	while (file && !found && fgets(line, sizeof(line), file))
		found = !strncmp(line, "SIM_TEST(", 9);
	if (file)
		fclose(file);
	return found;
}

static bool compile(const char *source, const char *folder, const char *object)
{
	const char *cc = getenv("CC");
	char include[PATH_MAX], local[PATH_MAX];
	const char *argv[] = { cc && *cc ? cc : "cc", "-std=gnu11", "-O1", "-g", "-Wall", "-fPIC",
			       "-shared", include, local, "-o", object, source, NULL };
	int status = -1;
	pid_t pid;

	snprintf(include, sizeof(include), "-I%s/include", cli_data_dir());
	snprintf(local, sizeof(local), "-I%s", folder);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		dup2(2, 1);
		execvp(argv[0], (char *const *)argv);
		fprintf(stderr, "doorbell: error: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) && !WEXITSTATUS(status);
}

static void add(struct test_suite *suite, struct sim_tests tests, const char *folder)
{
	for (const struct sim_test *const *at = tests.first; at < tests.end; at++) {
		struct test_case *test;

		suite->cases = mem_grow(suite->cases, suite->count, sizeof(*suite->cases));
		test = &suite->cases[suite->count++];
		test->test = *at;
		test->folder = folder;
		snprintf(test->id, sizeof(test->id), "%s.%s", (*at)->suite, (*at)->name);
	}
}

/* The object stays loaded: tests point into it. */
static bool load(struct test_suite *suite, const char *object, const char *source,
		 const char *folder)
{
	void *handle = dlopen(object, RTLD_NOW | RTLD_LOCAL);
	struct sim_tests (*tests)(void);

	if (handle)
		*(void **)&tests = dlsym(handle, "doorbell_find_tests");
	if (!handle || !tests) {
		fprintf(stderr, "doorbell: error: %s: %s\n", source, dlerror());
		return false;
	}
	add(suite, tests(), folder);
	return true;
}

static bool take_file(struct test_suite *suite, const char *folder, const char *name,
		      const char *out)
{
	char source[PATH_MAX], object[PATH_MAX];

	snprintf(source, sizeof(source), "%s/%s", folder, name);
	if (!has_tests(source))
		return true;
	snprintf(object, sizeof(object), "%s/%.*s.so", out, (int)strlen(name) - 2, name);
	if (!compile(source, folder, object)) {
		fprintf(stderr, "doorbell: error: %s does not compile\n", source);
		return false;
	}
	return load(suite, object, source, folder);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct test_case *)a)->id, ((const struct test_case *)b)->id);
}

static int is_source(const struct dirent *entry)
{
	return ends_in_c(entry->d_name);
}

bool test_find(struct test_suite *suite, const char *folder, const char *out)
{
	struct dirent **names;
	char *whole = realpath(folder, NULL);
	int count = whole ? scandir(whole, &names, is_source, alphasort) : -1;
	bool good = true;

	memset(suite, 0, sizeof(*suite));
	if (count < 0) {
		fprintf(stderr, "doorbell: error: %s: %s\n", folder, strerror(errno));
		free(whole);
		return false;
	}
	for (int i = 0; i < count; i++) {
		good = good && take_file(suite, whole, names[i]->d_name, out);
		free(names[i]);
	}
	free(names);
	if (suite->count)
		qsort(suite->cases, suite->count, sizeof(*suite->cases), by_id);
	return good;
}

void test_suite_release(struct test_suite *suite)
{
	free(suite->cases);
	memset(suite, 0, sizeof(*suite));
}
