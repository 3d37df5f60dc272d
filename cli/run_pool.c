/* SPDX-License-Identifier: MIT */
#include "cli/run_pool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "analysis/memory.h"

enum { TICK_MS = 250, READ_BYTES = 16384 };

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
}

uint64_t run_pool_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* The machine, kernel and SystemC may print what they like: it goes to a log in the point's
 * folder. */
static void redirect_output(const struct run_task *task)
{
	char path[PATH_MAX];
	int log, null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	snprintf(path, sizeof(path), "%s/host.log", task->dir);
	log = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
	if (null < 0 || log < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
		_exit(RUN_OUR_BUG);
}

/* The child leaves by _exit, where LeakSanitizer does not look. */
static bool leaks(void)
{
#ifdef __SANITIZE_ADDRESS__
	return __lsan_do_recoverable_leak_check();
#else
	return false;
#endif
}

static _Noreturn void child(const struct run_pool *pool, const struct run_task *task, int fd,
			    const sigset_t *mask)
{
	struct run_options options = { .out_dir = task->dir,
				       .trace_glob = pool->args->trace_glob,
				       .trace_formats = pool->args->trace_formats,
				       .profile_ns = pool->args->profile_ns,
				       .spans = pool->args->spans,
				       .wave = pool->args->wave,
				       .strict = pool->args->strict };
	struct point_writer pw;
	FILE *stream;
	int code;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);        /* a terminal sends it to all: the parent decides */
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	redirect_output(task);
	for (size_t i = 0; i < pool->active_count; i++)
		close(pool->active[i]->fd);
	stream = fdopen(fd, "w");
	if (!stream)
		_exit(RUN_OUR_BUG);
	if (pw_open(&pw, stream, task->dir)) {
		fprintf(stream, "error %s: %s\n", task->dir, strerror(errno));
		code = RUN_USAGE;
	} else {
		code = run_point(task->point, task->seed, &options, &pw);
		if (code == RUN_USAGE && diag_count(task->diag))
			diag_print(task->diag, stderr);
		if (leaks()) {
			pw_error(&pw, "%s: memory was not freed", task->dir);
			code = RUN_OUR_BUG;
		}
		if (pw_close(&pw) && code == RUN_GOOD) {
			pw_error(&pw, "%s: results could not be written", task->dir);
			code = RUN_USAGE;
		}
	}
	fflush(NULL);
	_exit(code);
}

/* False if the host has no process or pipe left. */
static bool start(struct run_pool *pool, struct run_task *task, const sigset_t *mask)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC))
		return false;
	fflush(NULL);
	task->started_us = run_pool_now_us();
	task->pid = fork();
	if (task->pid < 0) {
		close(fd[0]);
		close(fd[1]);
		return false;
	}
	if (!task->pid) {
		close(fd[0]);
		child(pool, task, fd[1], mask);
	}
	close(fd[1]);
	task->fd = fd[0];
	task->state = RUN_RUNNING;
	task->reader = mem_zalloc(sizeof(*task->reader));
	point_reader_init(task->reader, &task->result);
	pool->active[pool->active_count++] = task;
	return true;
}

static const char *default_reason(int code)
{
	switch (code) {
	case RUN_USAGE:
		return "the scenario cannot be run";
	case RUN_DRIVER:
		return "the driver under test failed";
	default:
		return "internal error";
	}
}

static void set_reason(struct run_task *task, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void set_reason(struct run_task *task, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&task->reason, fmt, args) < 0)
		task->reason = mem_strdup("out of memory");
	va_end(args);
}

static void judge(struct run_task *task, int status)
{
	const struct point_reader *reader = task->reader;
	bool whole = point_reader_finish(task->reader);

	task->has_result = whole && !WIFSIGNALED(status);
	task->state = RUN_FAILED;
	task->exit_code = RUN_OUR_BUG;
	if (WIFSIGNALED(status)) {
		set_reason(task, "killed by signal %d (%s) after %.3f ms simulated%s%s",
			   WTERMSIG(status), strsignal(WTERMSIG(status)),
			   (double)reader->now_ns / 1e6, *reader->error ? ": " : "", reader->error);
		return;
	}
	if (WEXITSTATUS(status) == RUN_GOOD && whole) {
		task->state = RUN_FINISHED;
		task->exit_code = RUN_GOOD;
		return;
	}
	if (WEXITSTATUS(status) == RUN_GOOD) {
		set_reason(task, "ended without a whole result");
		return;
	}
	if (WEXITSTATUS(status) == RUN_USAGE || WEXITSTATUS(status) == RUN_DRIVER)
		task->exit_code = WEXITSTATUS(status);
	set_reason(task, "%s", *reader->error ? reader->error : default_reason(task->exit_code));
}

/* Most machines have nothing to say: no empty log is left behind. */
static void drop_empty_log(const struct run_task *task)
{
	char path[PATH_MAX];
	struct stat about;

	snprintf(path, sizeof(path), "%s/host.log", task->dir);
	if (!stat(path, &about) && !about.st_size)
		unlink(path);
}

static void forget(struct run_pool *pool, struct run_task *task)
{
	size_t i = 0;

	while (pool->active[i] != task)
		i++;
	pool->active[i] = pool->active[--pool->active_count];
	close(task->fd);
	free(task->reader);
	task->reader = NULL;
}

/* The pipe is at its end: the child has gone or is about to. */
static void finish(struct run_pool *pool, struct run_task *task)
{
	struct rusage usage = { 0 };
	int status = 0;

	while (wait4(task->pid, &status, 0, &usage) < 0 && errno == EINTR)
		;
	task->result.host.wall_us = run_pool_now_us() - task->started_us;
	task->result.host.cpu_us =
		(uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
		(uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	task->result.host.peak_rss_bytes = (uint64_t)usage.ru_maxrss * 1024;
	judge(task, status);
	drop_empty_log(task);
	forget(pool, task);
}

/* True if the task has ended. */
static bool drain(struct run_pool *pool, struct run_task *task)
{
	char bytes[READ_BYTES];
	ssize_t count = read(task->fd, bytes, sizeof(bytes));

	if (count > 0) {
		point_reader_feed(task->reader, bytes, (size_t)count);
		return false;
	}
	if (count < 0 && (errno == EINTR || errno == EAGAIN))
		return false;
	finish(pool, task);
	return true;
}

static void kill_all(struct run_pool *pool)
{
	while (pool->active_count) {
		struct run_task *task = pool->active[0];

		kill(task->pid, SIGKILL);
		while (waitpid(task->pid, NULL, 0) < 0 && errno == EINTR)
			;
		forget(pool, task);
		task->state = RUN_WAITING;
		result_point_release(&task->result);
	}
}

/* Starts waiting tasks while there are free jobs; *next is the first that was not started. */
static void start_more(struct run_pool *pool, size_t *next, const sigset_t *mask)
{
	while (*next < pool->count && pool->active_count < pool->jobs) {
		struct run_task *task = &pool->tasks[*next];

		if (!start(pool, task, mask)) {
			if (pool->active_count)
				return;         /* again when one has ended */
			task->state = RUN_FAILED;
			task->exit_code = RUN_OUR_BUG;
			set_reason(task, "no process: %s", strerror(errno));
			pool->report(pool->ctx, pool, task);
		}
		++*next;
	}
}

/* Waits for any of the running tasks, or a while. */
static void wait_some(struct run_pool *pool, struct pollfd *polls, size_t *next,
		      const sigset_t *mask)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
	size_t count = pool->active_count;

	for (size_t i = 0; i < count; i++)
		polls[i] = (struct pollfd){ .fd = pool->active[i]->fd, .events = POLLIN };
	if (ppoll(polls, count, &tick, mask) < 0)
		return;
	/* From the end: a task that ends is replaced by the last one, which has had its turn. */
	for (size_t i = count; i-- > 0;) {
		struct run_task *task = pool->active[i];

		if (!polls[i].revents || !drain(pool, task))
			continue;
		pool->report(pool->ctx, pool, task);
		if (task->exit_code == RUN_USAGE)
			*next = pool->count;
	}
	pool->report(pool->ctx, pool, NULL);
}

static void loop(struct run_pool *pool, const sigset_t *mask)
{
	struct pollfd *polls = mem_zalloc(pool->jobs * sizeof(*polls));
	size_t next = 0;

	pool->active = mem_zalloc(pool->jobs * sizeof(struct run_task *));
	while (!interrupted) {
		start_more(pool, &next, mask);
		if (!pool->active_count)
			break;
		wait_some(pool, polls, &next, mask);
	}
	kill_all(pool);
	free(pool->active);
	free(polls);
}

bool run_pool_run(struct run_pool *pool)
{
	struct sigaction action = { .sa_handler = on_signal }, old_int, old_term;
	sigset_t blocked, mask;

	interrupted = 0;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	/* Signals arrive only inside ppoll, so none is lost between the test and the wait. */
	sigprocmask(SIG_BLOCK, &blocked, &mask);
	sigaction(SIGINT, &action, &old_int);
	sigaction(SIGTERM, &action, &old_term);
	loop(pool, &mask);
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGTERM, &old_term, NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return !interrupted;
}
