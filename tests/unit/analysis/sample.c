/* SPDX-License-Identifier: MIT */
#include "tests/unit/analysis/sample.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/memory.h"
#include "analysis/point_reader.h"
#include "analysis/point_writer.h"

enum { WINDOW_US = 20000, BUCKETS = 200 };

struct shape {
	uint64_t low_ns, width_ns, samples;
};

/* Samples spread evenly over the range. */
static void walk_shape(const void *hist, pw_bucket_fn bucket, void *ctx)
{
	const struct shape *shape = hist;
	uint64_t step = shape->width_ns / BUCKETS + 1;

	for (uint64_t i = 0; i < BUCKETS; i++)
		bucket(ctx, shape->low_ns + i * step, shape->low_ns + (i + 1) * step - 1,
		       shape->samples / BUCKETS);
}

static void put_latency(struct point_writer *pw, const char *name, struct shape shape)
{
	struct pw_dist dist = {
		.count = shape.samples,
		.sum_low = shape.samples * (shape.low_ns + shape.width_ns / 2),
		.min = shape.low_ns,
		.max = shape.low_ns + shape.width_ns,
		.p50 = shape.low_ns + shape.width_ns / 2,
		.p90 = shape.low_ns + shape.width_ns * 90 / 100,
		.p99 = shape.low_ns + shape.width_ns * 99 / 100,
		.p999 = shape.low_ns + shape.width_ns * 999 / 1000,
		.p9999 = shape.low_ns + shape.width_ns * 9999 / 10000,
	};

	pw_dist(pw, name, &dist, walk_shape, &shape);
}

static struct result_point *take(struct result *result, char *text, size_t bytes)
{
	struct result_point *point = result_add_point(result);
	struct point_reader *reader = mem_zalloc(sizeof(*reader));

	point_reader_init(reader, point);
	point_reader_feed(reader, text, bytes);
	if (!point_reader_finish(reader))
		abort();
	free(reader);
	free(text);
	return point;
}

static FILE *begin(struct point_writer *pw, const char *dir, unsigned index, char **text,
		   size_t *bytes)
{
	FILE *stream = mem_check(open_memstream(text, bytes));
	char path[4096];

	if (dir) {
		snprintf(path, sizeof(path), "%s/point%03u", dir, index);
		mkdir(path, 0777);
	}
	if (pw_open(pw, stream, dir ? path : NULL))
		abort();
	pw_begin(pw, "00112233445566778899aabbccddeeff", 30000000);
	pw_int(pw, "run.window_ns", (uint64_t)WINDOW_US * 1000);
	return stream;
}

static void end(struct point_writer *pw, FILE *stream)
{
	pw_end(pw);
	if (pw_close(pw))
		abort();
	fclose(stream);
}

void sample_nic_point(struct result *result, unsigned index, uint64_t seed, unsigned itr_us,
		      unsigned rate_kpps, const char *dir)
{
	uint64_t frames = (uint64_t)rate_kpps * WINDOW_US / 1000 + seed % 7;
	uint64_t irqs = itr_us ? (uint64_t)WINDOW_US / itr_us : frames / 2;
	struct result_point *point;
	struct point_writer pw;
	char *text, value[32], json[40];
	size_t bytes;
	FILE *stream = begin(&pw, dir, index, &text, &bytes);

	pw_int(&pw, "eth0.rx.offered", frames + 3);
	pw_int(&pw, "eth0.rx.delivered", frames);
	pw_int(&pw, "eth0.rx.dropped", 3);
	put_latency(&pw, "eth0.rx.latency_ns",
		    (struct shape){ 2000, 8000 + itr_us * 1000, frames });
	pw_int(&pw, "eth0.irq.count", irqs);
	pw_rate(&pw, "eth0.irq.rate", irqs, (uint64_t)WINDOW_US * 1000000);
	pw_ratio(&pw, "eth0.rx.frames_per_irq", frames, irqs);
	pw_ratio(&pw, "cpu.busy", frames * 300 + irqs * 2000, (uint64_t)WINDOW_US * 1000);
	pw_int(&pw, "cpu.time_ns.hardirq", irqs * 800);
	pw_int(&pw, "cpu.time_ns.softirq", irqs * 1200);
	pw_int(&pw, "cpu.time_ns.stack", frames * 200);
	pw_int(&pw, "cpu.time_ns.app", frames * 100);
	pw_int(&pw, "cpu.time_ns.spin", 0);
	pw_int(&pw, "cpu.time_ns.idle", 80000000 - frames * 300 - irqs * 2000);
	pw_int(&pw, "eth1.rx.offered", 0);
	end(&pw, stream);
	point = take(result, text, bytes);
	point->index = index;
	point->seed = seed;
	point->scenario = mem_strdup("throttle");
	snprintf(value, sizeof(value), itr_us ? "%uus" : "off", itr_us);
	snprintf(json, sizeof(json), "\"%s\"", value);
	result_point_param(point, "device.eth0.itr", value, json);
	snprintf(value, sizeof(value), "%ukpps", rate_kpps);
	snprintf(json, sizeof(json), "\"%s\"", value);
	result_point_param(point, "traffic.0.rate", value, json);
	point->host.cpu_us = 1500000;
	point->host.wall_us = 1600001;
	point->host.peak_rss_bytes = 1 << 20;
}

void sample_sender_point(struct result *result, double wire, double core)
{
	const uint64_t whole = 10000;
	struct result_point *point;
	struct point_writer pw;
	char *text;
	size_t bytes;
	FILE *stream = begin(&pw, NULL, 0, &text, &bytes);

	pw_int(&pw, "eth0.rx.offered", 0);
	pw_int(&pw, "eth0.rx.delivered", 0);
	pw_int(&pw, "eth0.tx.sent", 5000);
	pw_ratio(&pw, "eth0.tx.utilisation", (uint64_t)(wire * (double)whole), whole);
	pw_ratio(&pw, "cpu.busy", 1, 2);
	pw_ratio(&pw, "cpu0.busy", 1, 10);
	pw_ratio(&pw, "cpu1.busy", (uint64_t)(core * (double)whole), whole);
	end(&pw, stream);
	point = take(result, text, bytes);
	point->scenario = mem_strdup("pktgen");
}

void sample_nvme_point(struct result *result, unsigned index, unsigned depth, const char *dir)
{
	uint64_t iops = 100000ull * depth / (1 + depth / 16);
	uint64_t completed = iops * WINDOW_US / 1000000;
	struct result_point *point;
	struct point_writer pw;
	char *text, value[32];
	size_t bytes;
	FILE *stream = begin(&pw, dir, index, &text, &bytes);

	pw_int(&pw, "nvme0.io.completed", completed);
	pw_int(&pw, "nvme0.io.errors", 0);
	pw_rate(&pw, "nvme0.io.iops", completed, (uint64_t)WINDOW_US * 1000000);
	put_latency(&pw, "nvme0.io.latency_ns", (struct shape){ 10000, depth * 500, completed });
	pw_int(&pw, "nvme0.irq.count", completed);
	pw_ratio(&pw, "cpu.busy", depth, 300);
	end(&pw, stream);
	point = take(result, text, bytes);
	point->index = index;
	point->seed = 42;
	point->scenario = mem_strdup("depth");
	snprintf(value, sizeof(value), "%u", depth);
	result_point_param(point, "io.0.depth", value, value);
}

void sample_folder(char *path, size_t bytes)
{
	snprintf(path, bytes, "%s", "doorbell-test-XXXXXX");
	mem_check(mkdtemp(path));
}

void sample_save(const struct result *result, const char *dir)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/result.json", dir);
	file = mem_check(fopen(path, "w"));
	if (result_write_json(result, file))
		abort();
	fclose(file);
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *where)
{
	return remove(path);
}

void sample_remove(const char *dir)
{
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
