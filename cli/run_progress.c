/* SPDX-License-Identifier: MIT */
#include "cli/run_progress.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHOW_EVERY_US = 200000, LOG_TAIL_BYTES = 8000 };

void run_progress_init(struct run_progress *progress, size_t count)
{
	memset(progress, 0, sizeof(*progress));
	progress->count = count;
	progress->terminal = isatty(STDERR_FILENO);
	progress->started_us = run_pool_now_us();
}

void run_progress_clear(const struct run_progress *progress)
{
	if (progress->terminal)
		fputs("\r\033[K", stderr);
}

static void show_line(struct run_progress *progress, const struct run_pool *pool)
{
	uint64_t now_us = run_pool_now_us(), simulated_ns = progress->simulated_ns;
	double share = (double)progress->ended;

	if (now_us - progress->shown_us < SHOW_EVERY_US)
		return;
	progress->shown_us = now_us;
	for (size_t i = 0; i < pool->active_count; i++) {
		const struct point_reader *reader = pool->active[i]->reader;

		simulated_ns += reader->now_ns;
		if (reader->end_ns)
			share += (double)reader->now_ns / (double)reader->end_ns;
	}
	share /= (double)progress->count;
	fprintf(stderr, "\r\033[K%zu of %zu points, %.1f ms simulated", progress->ended,
		progress->count, (double)simulated_ns / 1e6);
	if (share > 0.01 && share < 1)
		fprintf(stderr, ", %.0f %%, about %.0f s left", share * 100,
			(double)(now_us - progress->started_us) / 1e6 * (1 - share) / share);
	fflush(stderr);
}

/* The end of what the child printed: an assertion's report, a panic, the scenario's errors.
 * False if it printed nothing. */
static bool show_log(const struct run_task *task)
{
	char path[PATH_MAX], tail[LOG_TAIL_BYTES];
	ssize_t count;
	off_t size;
	int fd;

	snprintf(path, sizeof(path), "%s/host.log", task->dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	size = lseek(fd, 0, SEEK_END);
	lseek(fd, size > LOG_TAIL_BYTES ? size - LOG_TAIL_BYTES : 0, SEEK_SET);
	count = read(fd, tail, sizeof(tail));
	close(fd);
	if (count <= 0)
		return false;
	fwrite(tail, 1, (size_t)count, stderr);
	if (tail[count - 1] != '\n')
		putc('\n', stderr);
	return true;
}

static void show_failure(const struct run_task *task, const char *params)
{
	bool logged = show_log(task);

	fprintf(stderr, "doorbell: error: %s: point %u%s%s%s seed %" PRIu64 ": %s\n",
		scn_path_of_file(task->scn), task->index, *params ? " (" : "", params,
		*params ? ")" : "", task->seed, task->reason);
	if (task->exit_code != RUN_USAGE)
		fprintf(stderr, "help: look into %s%s\n", task->dir,
			logged ? "/host.log and the other files there" : "");
}

void run_progress_report(struct run_progress *progress, const struct run_pool *pool,
			 const struct run_task *task)
{
	char *params;

	if (!task) {
		if (progress->terminal)
			show_line(progress, pool);
		return;
	}
	progress->ended++;
	progress->simulated_ns += task->result.simulated_ns;
	params = run_task_params(task);
	run_progress_clear(progress);
	if (task->state == RUN_FAILED)
		show_failure(task, params);
	else if (!progress->terminal)
		fprintf(stderr, "[%zu/%zu] %s point %u%s%s seed %" PRIu64
			": %.1f ms simulated in %.1f s\n",
			progress->ended, progress->count, scn_name(task->scn), task->index,
			*params ? " " : "", params, task->seed,
			(double)task->result.simulated_ns / 1e6,
			(double)task->result.host.wall_us / 1e6);
	free(params);
}
