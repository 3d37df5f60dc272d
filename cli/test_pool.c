/* SPDX-License-Identifier: MIT */
/* Processes of `doorbell test`: so many at a time, each does one thing and leaves its result in
 * shared memory. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/memory.h"
#include "cli/run_point.h"
#include "cli/test.h"

struct place {
	pid_t pid;
	void (*done)(void *ctx, int status, uint64_t cpu_us);
	void *ctx;
};

struct test_pool {
	struct place *place;
	unsigned jobs, busy;
};

struct test_pool *test_pool_create(unsigned jobs)
{
	struct test_pool *pool = mem_zalloc(sizeof(*pool));

	pool->place = mem_zalloc(jobs * sizeof(*pool->place));
	pool->jobs = jobs;
	return pool;
}

void test_pool_destroy(struct test_pool *pool)
{
	test_pool_wait(pool);
	free(pool->place);
	free(pool);
}

static void reap(struct test_pool *pool)
{
	struct rusage usage = { 0 };
	int status = 0;
	pid_t pid = wait4(-1, &status, 0, &usage);

	for (unsigned i = 0; pid > 0 && i < pool->jobs; i++) {
		struct place place = pool->place[i];

		if (place.pid != pid)
			continue;
		pool->place[i].pid = 0;
		pool->busy--;
		if (place.done)
			place.done(place.ctx, status,
				   (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) *
						   1000000 +
					   (uint64_t)(usage.ru_utime.tv_usec +
						      usage.ru_stime.tv_usec));
		return;
	}
}

void test_pool_start(struct test_pool *pool, void (*fn)(void *ctx),
		     void (*done)(void *ctx, int status, uint64_t cpu_us), void *ctx)
{
	unsigned i = 0;
	pid_t pid;

	while (pool->busy == pool->jobs)
		reap(pool);
	fflush(NULL);
	while ((pid = fork()) < 0 && pool->busy)
		reap(pool);
	if (pid < 0) {
		if (done)
			done(ctx, 0x100 * RUN_OUR_BUG, 0);
		return;
	}
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fn(ctx);
		fflush(NULL);
		_exit(0);
	}
	while (pool->place[i].pid)
		i++;
	pool->place[i] = (struct place){ pid, done, ctx };
	pool->busy++;
}

void test_pool_wait(struct test_pool *pool)
{
	while (pool->busy)
		reap(pool);
}

void *test_shared(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void test_shared_free(void *memory, size_t bytes)
{
	if (memory)
		munmap(memory, bytes);
}
