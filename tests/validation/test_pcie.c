/* SPDX-License-Identifier: MIT */
/* The link against closed formulas: the bandwidth that DLLPs leave, goodput for every size, goodput
 * under tags and credits (oracle 10a), bytes per packet of a NIC (10b), alignment waste (8). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/core/random.h"
#include "tests/validation/link_bench.h"
#include "tests/validation/oracles.h"

#define GBPS_TO_BYTES_PER_US 125.0
#define WRITE_HEADER         24.0
#define READ_HEADER          24.0
#define COMPLETION_HEADER    20.0
#define PERIODS              400u
#define RANDOM_SETS          40u
#define TAGS_MAX             256u

/* Goodput of one load on a link of its own, in Gb/s. */
static double goodput(const struct pcie_link_cfg *link, const struct link_load *load, bool writes)
{
	struct link_bench *bench = link_bench_open(link);
	struct link_result result = link_bench_run(bench, load);
	double got = writes ? result.write_gbps : result.read_gbps;

	link_result_free(&result);
	link_bench_close(bench);
	return got;
}

static uint64_t stride_of(uint32_t bytes)
{
	return (bytes + 4095u) / 4096u * 4096u;
}

/* ---- MEASUREMENTS 1.1: what acknowledgements, credits and SKP leave ---- */

static void bandwidth_of_tlps_is_that_of_pcie_bench(void **state)
{
	static const struct { unsigned gen, lanes; double gbps; } links[] = {
		{ 2, 8, 28.68 }, { 3, 4, 29.07 }, { 3, 8, 57.88 },
		{ 3, 16, 113.70 }, { 4, 4, 58.14 }, { 4, 16, 227.40 },
	};
	struct link_load load = { .write = true, .bytes = 256, .requests = 1000 };

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		struct pcie_link_cfg link = link_bench_defaults(links[i].gen, links[i].lanes, 256);
		double got = goodput(&link, &load, true) * (256 + WRITE_HEADER) / 256;

		printf("1.1  gen%u x%-2u tlp_gbps %10.2f %10.2f %8.3f %%\n", links[i].gen,
		       links[i].lanes, links[i].gbps, got, 100 * fabs(got / links[i].gbps - 1));
		assert_true(fabs(got / links[i].gbps - 1) < 5e-4);
	}
}

/* ---- goodput for all sizes, where neither tags nor credits limit ---- */

enum mix { WRITES, READS, BOTH };

/* The closed formula of MEASUREMENTS 1.1; requests share the way of writes. */
static double formula(enum mix mix, double link, double bytes, double mps, double mrrs)
{
	double tlps = ceil(bytes / mps), requests = ceil(bytes / mrrs), whole, rest, back;

	whole = floor(bytes / mrrs);
	rest = bytes - whole * mrrs;
	back = whole * ceil(mrrs / mps) + ceil(rest / mps);
	if (mix == WRITES)
		return link * bytes / (bytes + WRITE_HEADER * tlps);
	if (mix == READS)
		return link * bytes / fmax(bytes + COMPLETION_HEADER * back,
					   READ_HEADER * requests);
	return link * bytes / fmax(bytes + COMPLETION_HEADER * back,
				   bytes + WRITE_HEADER * tlps + READ_HEADER * requests);
}

static void sizes_on(unsigned gen, unsigned lanes, unsigned mps, double link_gbps)
{
	struct pcie_link_cfg link = link_bench_defaults(gen, lanes, mps);
	double worst = 0;

	for (uint32_t bytes = 1; bytes <= 4096; bytes++) {
		for (enum mix mix = WRITES; mix <= BOTH; mix++) {
			struct link_load load = {
				.write = mix != READS, .read = mix != WRITES, .bytes = bytes,
				.stride = 4096, .requests = mix == BOTH ? 60 : 20,
			};
			double want = formula(mix, link_gbps, bytes, mps, link.mrrs);
			double got = goodput(&link, &load, mix != READS);

			worst = fmax(worst, fabs(got / want - 1));
			if (fabs(got / want - 1) >= 0.01)
				fail_msg("gen%u x%u, %u bytes, mix %d: %g, formula %g Gb/s", gen,
					 lanes, bytes, mix, got, want);
		}
	}
	printf("1.1  gen%u x%-2u mps %-4u all sizes 1..4096, write, read, both: worst %.3f %%\n",
	       gen, lanes, mps, 100 * worst);
}

static void goodput_of_every_size_follows_the_formula(void **state)
{
	sizes_on(3, 8, 256, 57.885);
	sizes_on(3, 16, 256, 113.70);
	sizes_on(2, 8, 256, 28.68);
	sizes_on(4, 4, 256, 58.14);
}

/* ---- 10a ---- */

struct set {
	unsigned gen, lanes, mps, mrrs, rcb, tags, headers, data;
	double bytes, dllp, lat, tfc;
};

struct answers {
	double link, write_link, read_link, read_tags, read_goodput, write_credits, write_goodput,
		tags_needed;
};

static double raw_bytes_per_us(const struct set *set)
{
	static const double lane[] = { 0, 250, 500, 8000 / 8 * 128.0 / 130, 16000 / 8 * 128.0 / 130,
				       32000 / 8 * 128.0 / 130 };

	return lane[set->gen] * set->lanes;
}

static double completions(double bytes, double mps)
{
	return ceil(bytes / mps);   /* from a multiple of the boundary */
}

static struct answers theory(const struct set *set)
{
	double b = raw_bytes_per_us(set) * (1 - set->dllp), s = set->bytes;
	double q = fmin(s, set->mrrs), p = fmin(s, set->mps), whole = floor(s / set->mrrs);
	double back = whole * completions(set->mrrs, set->mps) +
		      completions(s - whole * set->mrrs, set->mps);
	double tq = READ_HEADER / b;
	double ts = (q + COMPLETION_HEADER * completions(q, set->mps)) / b;
	double tw = (p + WRITE_HEADER) / b;
	double n = fmin(set->headers, floor(set->data / ceil(p / 16)));
	struct answers a = {
		.link = b,
		.write_link = b * s / (s + WRITE_HEADER * ceil(s / set->mps)),
		.read_link = b * s / (s + COMPLETION_HEADER * back),
		.read_tags = set->tags * q / (tq + set->lat + ts),
		.write_credits = n * p / (tw + set->tfc),
		.tags_needed = ceil((tq + set->lat + ts) / ts - 1e-12),
	};

	a.read_goodput = fmin(a.read_tags, fmin(q / ts, q / tq));
	a.write_goodput = fmin(a.write_credits, p / tw);
	return a;
}

static struct dur us(double time)
{
	return dur_ps((uint64_t)llround(time * (double)PS_PER_US));
}

static struct pcie_link_cfg link_of(const struct set *set)
{
	struct pcie_link_cfg link = link_bench_defaults(set->gen, set->lanes, set->mps);

	link.mrrs = set->mrrs;
	link.rcb = set->rcb;
	link.dllp_ppm = (uint32_t)llround(set->dllp * 1e6);
	link.read_rtt = us(set->lat);
	link.write_latency = dur_ps(0);
	link.credit_return = us(set->tfc);
	link.extended_tags = true;
	return link;
}

static double rate(const struct pcie_link_cfg *link, bool writes, double bytes, unsigned requests)
{
	struct link_load load = {
		.write = writes, .read = !writes, .bytes = (uint32_t)bytes,
		.stride = stride_of((uint32_t)bytes), .requests = requests,
	};

	return goodput(link, &load, writes) * GBPS_TO_BYTES_PER_US;
}

/* Whole periods of what is outstanding, so that the edges of the window cut nothing. */
static double rate_with_tags(const struct set *set, double q, unsigned tags)
{
	struct pcie_link_cfg link = link_of(set);

	link.tags = tags;
	return rate(&link, false, q, PERIODS * tags + 1);
}

static double measured_tags_needed(const struct set *set, double q)
{
	struct pcie_link_cfg link = link_of(set);
	double full = rate(&link, false, q, 2000);
	unsigned tags = 1;

	while (tags <= TAGS_MAX && rate_with_tags(set, q, tags) < full * 0.9999)
		tags++;
	return tags;
}

/* TLPs that credits let out at once: their return is made so long that nothing else counts. */
static double measured_credits(const struct set *set, double p)
{
	struct pcie_link_cfg link = link_of(set);
	double loop = 1000 * set->tfc + (p + WRITE_HEADER) / (raw_bytes_per_us(set) *
							      (1 - set->dllp));

	link.posted = (struct pcie_credits){ set->headers, set->data };
	link.credit_return = us(1000 * set->tfc);
	return round(rate(&link, true, p, PERIODS * set->headers + 1) * loop / p);
}

static double one_read_us(const struct set *set, double q)
{
	struct pcie_link_cfg link = link_of(set);
	struct link_bench *bench = link_bench_open(&link);
	struct link_load load = { .read = true, .bytes = (uint32_t)q, .requests = 1 };
	struct link_result result = link_bench_run(bench, &load);
	double took = (double)result.latency_ps[0] / (double)PS_PER_US;

	link_result_free(&result);
	link_bench_close(bench);
	return took;
}

static struct answers measured(const struct set *set)
{
	double s = set->bytes, q = fmin(s, set->mrrs), p = fmin(s, set->mps);
	struct pcie_link_cfg link = link_of(set), limited = link_of(set);
	double n = measured_credits(set, p), b;
	struct answers a;

	limited.posted = (struct pcie_credits){ set->headers, set->data };
	b = rate(&link, true, p, 1000) * (p + WRITE_HEADER) / p;
	a = (struct answers){
		.link = b,
		.write_link = rate(&link, true, s, 500),
		.read_link = rate(&link, false, s, 500),
		.read_tags = set->tags * q / one_read_us(set, q),
		.read_goodput = rate_with_tags(set, q, set->tags),
		.write_credits = n * p / ((p + WRITE_HEADER) / b + set->tfc),
		.write_goodput = rate(&limited, true, p, (unsigned)(n * PERIODS) + 1),
		.tags_needed = measured_tags_needed(set, q),
	};
	return a;
}

static void goodput_under_tags_and_credits(void **state)
{
	static const char *const names[] = { "V1", "V2", "V3" };

	for (unsigned i = 0; i < 3; i++) {
		struct oracle *o = oracle_open("10a", names[i]);
		struct set set = {
			.gen = (unsigned)oracle_param(o, "gen"),
			.lanes = (unsigned)oracle_param(o, "lanes"),
			.mps = (unsigned)oracle_param(o, "MPS"),
			.mrrs = (unsigned)oracle_param(o, "MRRS"),
			.rcb = (unsigned)oracle_param(o, "RCB"),
			.tags = (unsigned)oracle_param(o, "tags"),
			.headers = (unsigned)oracle_param(o, "PH"),
			.data = (unsigned)oracle_param(o, "PD"),
			.bytes = oracle_param(o, "S"),
			.dllp = oracle_param(o, "dllp"),
			.lat = oracle_param(o, "lat"),
			.tfc = oracle_param(o, "tfc"),
		};
		struct answers got = measured(&set);

		oracle_compare(o, "link", got.link, 1e6);
		oracle_compare(o, "write_link", got.write_link, 1e6);
		oracle_compare(o, "read_link", got.read_link, 1e6);
		oracle_compare(o, "read_tags", got.read_tags, 1e6);
		oracle_compare(o, "read_goodput", got.read_goodput, 1e6);
		oracle_compare(o, "write_credits", got.write_credits, 1e6);
		oracle_compare(o, "write_goodput", got.write_goodput, 1e6);
		oracle_compare(o, "tags_needed", got.tags_needed, 1e6);
		oracle_finish(o);
	}
}

static struct set random_set(struct random *random)
{
	struct set set = {
		.gen = 1 + (unsigned)random_below(random, 5),
		.lanes = 1u << random_below(random, 5),
		.mps = 128u << random_below(random, 4),
		.mrrs = 128u << random_below(random, 6),
		.rcb = 64u << random_below(random, 2),
		.tags = 1 + (unsigned)random_below(random, 64),
		.headers = 1 + (unsigned)random_below(random, 64),
		.bytes = 1 + (double)random_below(random, 8192),
		.dllp = (double)random_below(random, 150) / 1000,
		.lat = 0.1 + (double)random_below(random, 1900) / 1000,
		.tfc = 0.05 + (double)random_below(random, 950) / 1000,
	};

	set.data = set.mps / 16 + (unsigned)random_below(random, 512);
	return set;
}

static void near(const struct set *set, unsigned n, const char *what, double got, double want)
{
	if (fabs(got / want - 1) > 1e-4)
		fail_msg("set %u (gen%u x%u mps %u mrrs %u rcb %u tags %u PH %u PD %u S %g dllp %g "
			 "lat %g tfc %g): %s %.8g, theory %.8g",
			 n, set->gen, set->lanes, set->mps, set->mrrs, set->rcb, set->tags,
			 set->headers, set->data, set->bytes, set->dllp, set->lat, set->tfc, what,
			 got, want);
}

static void goodput_with_random_parameters(void **state)
{
	struct random random;

	random_init(&random, 1, "10a");
	for (unsigned n = 0; n < RANDOM_SETS; n++) {
		struct set set = random_set(&random);
		struct answers want = theory(&set), got = measured(&set);

		near(&set, n, "link", got.link, want.link);
		near(&set, n, "write_link", got.write_link, want.write_link);
		near(&set, n, "read_tags", got.read_tags, want.read_tags);
		near(&set, n, "read_goodput", got.read_goodput, want.read_goodput);
		near(&set, n, "write_credits", got.write_credits, want.write_credits);
		near(&set, n, "write_goodput", got.write_goodput, want.write_goodput);
		/* The formula leaves out that small reads are limited by their requests. */
		if (set.bytes > READ_HEADER - COMPLETION_HEADER) {
			near(&set, n, "read_link", got.read_link, want.read_link);
			if (want.tags_needed <= TAGS_MAX)
				near(&set, n, "tags_needed", got.tags_needed,
				     want.tags_needed);
		}
	}
}

/* ---- 10b ---- */

static void transfer(struct link_bench *bench, bool read, uint32_t bytes)
{
	static const uint8_t data[16384];
	struct dma_req req = {
		.kind = read ? DMA_READ : DMA_WRITE, .bytes = bytes, .data = data,
	};

	pcie_dma(link_bench_device(bench), &req);
}

/* One packet each way. A message is a write of 4 bytes, like the one that rings the doorbell. */
static void packet(struct link_bench *bench, const struct oracle *o, unsigned n)
{
	unsigned nd = (unsigned)oracle_param(o, "nd"), kirq = (unsigned)oracle_param(o, "kirq");

	for (unsigned direction = 0; direction < 2; direction++) {
		if (n % nd == 0) {
			transfer(bench, true, 16 * nd);
			transfer(bench, false, 16 * nd);
		}
		if (n % kirq == 0) {
			transfer(bench, false, 4);
			pcie_bar_write(link_bench_device(bench), 0, 0, 0, 4);
		}
	}
	transfer(bench, false, (uint32_t)oracle_param(o, "S"));
	transfer(bench, true, (uint32_t)oracle_param(o, "S"));
}

static void bytes_per_packet_of_a_nic(void **state)
{
	static const char *const names[] = { "V1", "V2", "V3" };

	for (unsigned i = 0; i < 3; i++) {
		struct oracle *o = oracle_open("10b", names[i]);
		struct pcie_link_cfg link =
			link_bench_defaults((unsigned)oracle_param(o, "gen"),
					    (unsigned)oracle_param(o, "lanes"),
					    (unsigned)oracle_param(o, "MPS"));
		unsigned packets = 4 * (unsigned)(oracle_param(o, "nd") * oracle_param(o, "kirq"));
		struct link_bench *bench;
		double up, down, most, b;

		link.mrrs = (unsigned)oracle_param(o, "MRRS");
		link.rcb = (unsigned)oracle_param(o, "RCB");
		link.dllp_ppm = (uint32_t)llround(oracle_param(o, "dllp") * 1e6);
		b = rate(&link, true, 256, 1000) * (256 + WRITE_HEADER) / 256;
		bench = link_bench_open(&link);
		for (unsigned n = 0; n < packets; n++)
			packet(bench, o, n);
		link_bench_drain(bench);
		up = (double)link_bench_counter(bench, "pcie.dev.up.bytes") / packets;
		link_bench_close(bench);
		bench = link_bench_open(&link);
		for (unsigned n = 0; n < packets; n++)
			packet(bench, o, n);
		link_bench_drain(bench);
		down = (double)link_bench_counter(bench, "pcie.dev.down.bytes") / packets;
		link_bench_close(bench);
		most = fmin(b / up, b / down);
		oracle_compare(o, "up_bytes", up, 1e6);
		oracle_compare(o, "down_bytes", down, 1e6);
		oracle_compare(o, "max_pps_each", most, 1e6);
		oracle_compare(o, "goodput_each", most * oracle_param(o, "S"), 1e6);
		oracle_finish(o);
	}
}

/* ---- 8 ---- */

struct waste {
	double asked, moved, ratios;
};

/* Requests at offsets of g that are uniform in a block, and of uniform length. */
static struct waste waste(const struct oracle *o, bool aligned, unsigned requests)
{
	unsigned block = (unsigned)oracle_param(o, "A"), g = (unsigned)oracle_param(o, "g");
	unsigned least = (unsigned)oracle_param(o, "l1"), most = (unsigned)oracle_param(o, "l2");
	struct pcie_link_cfg link = link_bench_defaults(3, 8, 256);
	struct waste sum = { 0, 0, 0 };
	struct link_bench *bench;
	struct random random;

	link.align = block;
	bench = link_bench_open(&link);
	random_init(&random, 1, "waste");
	for (unsigned n = 0; n < requests; n++) {
		static const uint8_t data[16384];
		struct dma_req req = { .kind = DMA_WRITE, .data = data };
		double moved;

		req.addr = aligned ? 0 : g * random_below(&random, block / g);
		req.bytes = least + (uint32_t)random_below(&random, most - least + 1);
		pcie_dma(link_bench_device(bench), &req);
		link_bench_drain(bench);
		moved = (double)link_bench_counter(bench, "pcie.dev.moved.bytes");
		sum.asked += req.bytes;
		sum.moved += moved;
		sum.ratios += req.bytes / moved;
	}
	link_bench_close(bench);
	return sum;
}

static void alignment_waste(void **state)
{
	static const char *const names[] = { "V1", "V2", "V3" };
	enum { REQUESTS = 100000 };

	for (unsigned i = 0; i < 3; i++) {
		struct oracle *o = oracle_open("8", names[i]);
		struct waste any = waste(o, false, REQUESTS), aligned = waste(o, true, REQUESTS);

		oracle_compare(o, "efficiency", any.asked / any.moved, REQUESTS);
		oracle_compare(o, "efficiency_offset0", aligned.asked / aligned.moved, REQUESTS);
		oracle_compare(o, "mean_bytes", any.moved / REQUESTS, REQUESTS);
		oracle_compare(o, "mean_lines", any.moved / REQUESTS / oracle_param(o, "A"),
			       REQUESTS);
		oracle_compare(o, "mean_of_ratios", any.ratios / REQUESTS, REQUESTS);
		oracle_finish(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bandwidth_of_tlps_is_that_of_pcie_bench),
		cmocka_unit_test(goodput_of_every_size_follows_the_formula),
		cmocka_unit_test(goodput_under_tags_and_credits),
		cmocka_unit_test(goodput_with_random_parameters),
		cmocka_unit_test(bytes_per_packet_of_a_nic),
		cmocka_unit_test(alignment_waste),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
