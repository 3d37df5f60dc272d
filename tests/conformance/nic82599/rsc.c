/* SPDX-License-Identifier: MIT */
/* Receive side coalescing (7.11) rule by rule, as software and the wire see it: segments go in, and
 * descriptors, buffers and interrupts tell what became of them. */
#include <stdlib.h>

#include "tests/unit/nic82599/rig.h"

#define RSCCTL(q) (0x102c + 0x40 * (q))
#define RDRXCTL 0x2f00
#define RSCDBU 0x3028
#define RFCTL 0x5008
#define RSCACKC 0x02000000u
#define RSCACKDIS 0x80u
#define RSC_DIS 0x20u
#define RSCEN 1u
#define MAXDESC_16 0xcu
#define HEADERS 54u
#define FIN 0x01u
#define SYN 0x02u
#define RST 0x04u
#define PSH 0x08u
#define ACK 0x10u
#define URG 0x20u
#define ECE 0x40u
#define CWR 0x80u
/* Reasons of nic82599.rsc.end. */
enum { NOT, NO_CANDIDATE, HEADER, SEQUENCE, ACK_BIT, SIZE, DESCRIPTORS, COUNT, TIMER, STARVED };

struct bench {
	struct rig *rig;
	struct trace_sink sink;
	unsigned ends;
	struct { unsigned reason, packets; } end[128];
	uint8_t f[1600];
	uint32_t bytes;
	uint32_t sequence;
};

static void watch(void *ctx, struct at when, const struct trace_point *point, const char *source,
		  const uint64_t arg[3])
{
	struct bench *b = ctx;

	if (strcmp(point->name, "nic82599.rsc.end"))
		return;
	b->end[b->ends].reason = (unsigned)arg[1];
	b->end[b->ends++].packets = (unsigned)arg[2];
}

/* The throttle counter far from 0, so that nothing ends by it soon. */
static void load_counter(struct bench *b)
{
	rig_wr(b->rig, EITR(0), 500u << 3 | 100u << 21);
}

static struct bench *bench_new(uint32_t kib, uint32_t maxdesc)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->rig = rig_new(NULL);
	b->sink = (struct trace_sink){ .emit = watch, .ctx = b };
	trace_add_sink(b->rig->sim.trace, &b->sink);
	rig_up(b->rig);
	rig_rx_ring(b->rig, 0, 128, 120, kib);
	rig_wr(b->rig, RSCCTL(0), RSCEN | maxdesc);
	rig_wr(b->rig, RDRXCTL, RSCACKC);
	rig_wr(b->rig, RSCDBU, rig_rd(b->rig, RSCDBU) | RSCACKDIS);
	load_counter(b);
	return b;
}

static void bench_free(struct bench *b)
{
	assert_int_equal(rig_stat(b->rig, "eth0.error.guest"), 0);
	rig_free(b->rig);
	free(b);
}

static void good_sums(struct bench *b)
{
	uint8_t *ip = b->f + 14, *tcp = ip + (ip[0] & 15) * 4;
	uint32_t bytes = be16(ip + 2) - (ip[0] & 15) * 4u;

	set_be16(ip + 10, 0);
	set_be16(ip + 10, (uint16_t)~plain_sum(ip, (ip[0] & 15) * 4u, 0));
	set_be16(tcp + 16, 0);
	set_be16(tcp + 16, (uint16_t)~plain_sum(tcp, bytes, pseudo4(ip, 6, bytes)));
}

/* The next segment of a connection of port `port`, not sent yet. */
static void make(struct bench *b, uint16_t port, uint32_t payload, uint8_t flags)
{
	static const uint8_t from[4] = { 10, 0, 0, 1 }, to[4] = { 10, 0, 0, 2 };
	uint8_t *tcp = b->f + 34;
	uint32_t i;

	b->bytes = frame_ip4(b->f, from, to, 6, port, 80, payload);
	set_be16(tcp + 4, (uint16_t)(b->sequence >> 16));
	set_be16(tcp + 6, (uint16_t)b->sequence);
	set_be16(tcp + 10, (uint16_t)(1000 + b->sequence));
	set_be16(tcp + 14, (uint16_t)(2000 + b->sequence));
	tcp[13] = flags;
	for (i = 0; i < payload; i++)
		b->f[HEADERS + i] = (uint8_t)(b->sequence + i);
	good_sums(b);
}

static void send(struct bench *b)
{
	rig_rx(b->rig, b->f, b->bytes);
	rig_run(b->rig, dur_us(2));
}

static void segment(struct bench *b, uint32_t payload)
{
	make(b, 5000, payload, ACK);
	send(b);
	b->sequence += payload;
}

static uint32_t status(struct bench *b, uint32_t i)
{
	return rig_rxd(b->rig, 0, i, 2);
}

/* RSCCNT: one more than the segments that begin in the descriptor; 0 outside of RSC. */
static uint32_t rsccnt(struct bench *b, uint32_t i)
{
	return rig_rxd(b->rig, 0, i, 0) >> 17 & 15;
}

static uint32_t nextp(struct bench *b, uint32_t i)
{
	return status(b, i) >> 4 & 0xffff;
}

static uint32_t length(struct bench *b, uint32_t i)
{
	return rig_rxd(b->rig, 0, i, 3) & 0xffff;
}

static bool done(struct bench *b, uint32_t i)
{
	return status(b, i) & RX_DD;
}

static bool last(struct bench *b, uint32_t i)
{
	return (status(b, i) & (RX_DD | RX_EOP)) == (RX_DD | RX_EOP);
}

/* The counter gets to 0. */
static void age(struct bench *b)
{
	rig_run(b->rig, dur_ms(2));
}

/* What came of two segments of which the second differs: its own descriptor, and why. */
static void ended(struct bench *b, unsigned reason)
{
	assert_int_equal(b->ends, 1);
	assert_int_equal(b->end[0].reason, reason);
	assert_int_equal(b->end[0].packets, 1);
	assert_true(last(b, 0));
}

/* ---- 7.11.5: what a large receive looks like ---- */

static void check_data(struct bench *b, uint32_t bytes)
{
	uint32_t i;

	for (i = 0; i < bytes; i++) {
		uint32_t at = HEADERS + i;

		assert_int_equal(b->rig->memory[RX_BUFFER(at / 2048) + at % 2048], (uint8_t)i);
	}
}

static void segments_in_sequence_become_one_large_receive(void **state)
{
	struct bench *b = bench_new(2, MAXDESC_16);
	const uint8_t *ip = b->rig->memory + RX_BUFFER(0) + 14;

	segment(b, 900);
	segment(b, 900);
	assert_false(done(b, 0));
	segment(b, 900);
	/* The second buffer was begun, so the first is known in full. */
	assert_int_equal(status(b, 0) & (RX_DD | RX_EOP), RX_DD);
	assert_int_equal(nextp(b, 0), 1);
	assert_int_equal(rsccnt(b, 0), 4);
	assert_int_equal(length(b, 0), 2048);
	assert_false(done(b, 1));
	assert_int_equal(b->rig->irqs, 0);
	age(b);
	assert_true(last(b, 1));
	assert_int_equal(rsccnt(b, 1), 1);
	assert_int_equal(length(b, 1), HEADERS + 2700 - 2048);
	assert_int_equal(status(b, 1) & (RX_L4CS | RX_IPCS | RX_L4E | RX_IPE), RX_L4CS | RX_IPCS);
	assert_int_equal(b->rig->irqs, 1);
	assert_int_equal(b->rig->rings, 3);
	check_data(b, 2700);
	/* 7.11.5.3 */
	assert_int_equal(be16(ip + 2), 40 + 2700);
	assert_int_equal(plain_sum(ip, 20, 0), 0xffff);
	assert_int_equal(be16(ip + 20 + 6), 0);
	assert_int_equal(be16(ip + 20 + 10), 1000 + 1800);
	assert_int_equal(be16(ip + 20 + 14), 2000 + 1800);
	assert_int_equal(rig_stat(b->rig, "eth0.rx.rsc.packets"), 3);
	bench_free(b);
}

/* NEXTP leads over the descriptors of others. */
static void large_receives_of_two_connections_interleave(void **state)
{
	struct bench *b = bench_new(2, MAXDESC_16);
	uint32_t i;

	for (i = 0; i < 4; i++) {
		make(b, 5000, 1000, ACK);
		send(b);
		make(b, 5001, 1000, ACK);
		send(b);
		b->sequence += 1000;
	}
	assert_int_equal(nextp(b, 0), 2);
	assert_int_equal(nextp(b, 1), 3);
	age(b);
	assert_true(last(b, 2));
	assert_true(last(b, 3));
	assert_int_equal(b->rig->rings, 8);
	bench_free(b);
}

static void time_stamps_are_taken_along(void **state)
{
	struct bench *b = bench_new(2, MAXDESC_16);
	uint8_t *tcp = b->f + 34;
	const uint8_t *seen = b->rig->memory + RX_BUFFER(0) + 34;
	uint32_t i;

	for (i = 0; i < 2; i++) {
		make(b, 5000, 12 + 500, ACK);
		tcp[12] = 0x80;
		set_be16(tcp + 20, 0x0101);
		set_be16(tcp + 22, 0x080a);
		set_be16(tcp + 26, (uint16_t)(77 + i));
		good_sums(b);
		send(b);
		b->sequence += 500;
	}
	age(b);
	assert_int_equal(b->rig->rings, 2);
	assert_int_equal(length(b, 0), HEADERS + 12 + 1000);
	assert_int_equal(be16(seen + 26), 78);
	bench_free(b);
}

/* ---- 7.11.1: candidates ---- */

static void segments_with_other_flags_are_alone(void **state)
{
	static const uint8_t flags[] = { FIN, SYN, RST, PSH, URG, ECE, CWR };
	unsigned i;

	for (i = 0; i < sizeof(flags); i++) {
		struct bench *b = bench_new(2, MAXDESC_16);

		segment(b, 500);
		make(b, 5000, 500, ACK | flags[i]);
		send(b);
		ended(b, NO_CANDIDATE);
		assert_true(last(b, 1));
		assert_int_equal(rsccnt(b, 1), 0);
		assert_int_equal(length(b, 1), HEADERS + 500);
		bench_free(b);
	}
}

/* What a second segment is changed to; each must end the large receive of the first. */
static void is_alone(void (*change)(struct bench *b))
{
	struct bench *b = bench_new(2, MAXDESC_16);

	segment(b, 500);
	make(b, 5000, 500, ACK);
	change(b);
	send(b);
	ended(b, NO_CANDIDATE);
	assert_true(last(b, 1));
	assert_int_equal(rsccnt(b, 1), 0);
	bench_free(b);
}

static void reserved_flag(struct bench *b)
{
	b->f[34 + 12] |= 1;
	good_sums(b);
}

static void congestion(struct bench *b)
{
	b->f[15] |= 3;
	good_sums(b);
}

static void bad_checksum(struct bench *b)
{
	b->f[HEADERS] ^= 1;
}

static void padding(struct bench *b)
{
	b->bytes += 4;
}

static void other_option(struct bench *b)
{
	b->f[34 + 12] = 0x60;
	set_be16(b->f + 34 + 20, 0x0204);
	good_sums(b);
}

static void ip_option(struct bench *b)
{
	memmove(b->f + 38, b->f + 34, 520);
	memset(b->f + 34, 1, 4);
	b->f[14] = 0x46;
	set_be16(b->f + 16, (uint16_t)(be16(b->f + 16) + 4));
	b->bytes += 4;
	good_sums(b);
}

static void no_payload(struct bench *b)
{
	b->bytes = 54;
	set_be16(b->f + 16, 40);
	good_sums(b);
	b->bytes = 60;
}

static void what_is_no_candidate_is_alone(void **state)
{
	is_alone(reserved_flag);
	is_alone(congestion);
	is_alone(bad_checksum);
	is_alone(padding);
	is_alone(other_option);
	is_alone(ip_option);
	is_alone(no_payload);
}

static void never_coalesces(uint32_t offset, uint32_t clear, uint32_t set)
{
	struct bench *b = bench_new(2, MAXDESC_16);

	rig_wr(b->rig, offset, (rig_rd(b->rig, offset) & ~clear) | set);
	segment(b, 500);
	segment(b, 500);
	assert_true(last(b, 0) && last(b, 1));
	assert_int_equal(rsccnt(b, 0), 0);
	assert_int_equal(b->ends, 0);
	bench_free(b);
}

/* RSCCTL.RSCEN, RFCTL.RSC_DIS, a header buffer below the header, IVAR, the check sequence kept. */
static void every_switch_turns_it_off(void **state)
{
	never_coalesces(RSCCTL(0), RSCEN, 0);
	never_coalesces(RFCTL, 0, RSC_DIS);
	never_coalesces(SRRCTL(0), 0x3f00, 0);
	never_coalesces(IVAR(0), 0x80, 0);
	never_coalesces(HLREG0, 2, 0);
}

/* RDRXCTL.RSCFRSTSIZE, in units of 16 bytes. */
static void a_small_segment_opens_nothing(void **state)
{
	struct bench *b = bench_new(2, MAXDESC_16);

	rig_wr(b->rig, RDRXCTL, RSCACKC | 16u << 17);
	segment(b, 256 - HEADERS - 1);
	assert_true(last(b, 0));
	assert_int_equal(rsccnt(b, 0), 0);
	segment(b, 256 - HEADERS);
	segment(b, 10);
	assert_false(done(b, 1));
	age(b);
	assert_int_equal(rsccnt(b, 1), 3);
	bench_free(b);
}

/* ---- 7.11.4: what continues it ---- */

static void a_gap_begins_a_new_one(void **state)
{
	struct bench *b = bench_new(2, MAXDESC_16);

	segment(b, 500);
	b->sequence += 1;
	segment(b, 500);
	ended(b, SEQUENCE);
	assert_false(done(b, 1));
	age(b);
	assert_int_equal(rsccnt(b, 1), 2);
	bench_free(b);
}

static void a_repeated_segment_begins_a_new_one(void **state)
{
	struct bench *b = bench_new(2, MAXDESC_16);

	segment(b, 500);
	b->sequence -= 500;
	segment(b, 500);
	ended(b, SEQUENCE);
	bench_free(b);
}

/* RDRXCTL.RSCACKC */
static void a_changed_ack_bit_ends_it_if_asked(void **state)
{
	struct bench *b = bench_new(2, MAXDESC_16);

	segment(b, 500);
	make(b, 5000, 500, 0);
	send(b);
	ended(b, ACK_BIT);
	bench_free(b);
	b = bench_new(2, MAXDESC_16);
	rig_wr(b->rig, RDRXCTL, 0);
	segment(b, 500);
	make(b, 5000, 500, 0);
	send(b);
	assert_int_equal(b->ends, 0);
	bench_free(b);
}

static void another_tag_ends_it(void **state)
{
	struct bench *b = bench_new(2, MAXDESC_16);
	uint16_t tag;

	rig_wr(b->rig, RXDCTL(0), 0x42000000);
	for (tag = 1; tag <= 2; tag++) {
		make(b, 5000, 500, ACK);
		memmove(b->f + 16, b->f + 12, b->bytes - 12);
		set_be16(b->f + 12, 0x8100);
		set_be16(b->f + 14, tag);
		b->bytes += 4;
		send(b);
		b->sequence += 500;
	}
	ended(b, HEADER);
	bench_free(b);
}

/* ---- 7.11.6: limits ---- */

static void the_descriptors_of_maxdesc_are_not_exceeded(void **state)
{
	static const uint32_t most[] = { 1, 4, 8, 16 };
	uint32_t n, i;

	for (n = 0; n < 4; n++) {
		struct bench *b = bench_new(2, n << 2);

		for (i = 0; b->ends == 0; i++)
			segment(b, 1400);
		assert_int_equal(b->end[0].reason, DESCRIPTORS);
		assert_int_equal(b->end[0].packets, (most[n] * 2048 - HEADERS) / 1400);
		assert_true(last(b, most[n] - 1));
		bench_free(b);
	}
}

/* RSCCNT has room for 14. */
static void fourteen_segments_in_a_buffer_are_the_most(void **state)
{
	struct bench *b = bench_new(2, MAXDESC_16);
	uint32_t i;

	for (i = 0; i < 14; i++) {
		assert_int_equal(b->ends, 0);
		segment(b, 20);
	}
	assert_int_equal(b->ends, 1);
	assert_int_equal(b->end[0].reason, COUNT);
	assert_int_equal(b->end[0].packets, 14);
	assert_int_equal(rsccnt(b, 0), 15);
	bench_free(b);
}

/* The IPv4 length of the large receive has 16 bits. */
static void sixty_four_kilobytes_are_the_most(void **state)
{
	struct bench *b = bench_new(5, MAXDESC_16);

	while (b->ends == 0)
		segment(b, 1460);
	assert_int_equal(b->end[0].reason, SIZE);
	assert_int_equal(b->end[0].packets, (65535 - 40) / 1460);
	bench_free(b);
}

static void thirty_two_connections_have_a_context(void **state)
{
	struct bench *b = bench_new(2, MAXDESC_16);
	uint16_t i;

	for (i = 0; i < 33; i++) {
		make(b, (uint16_t)(5000 + i), 500, ACK);
		send(b);
	}
	assert_int_equal(b->ends, 0);
	assert_false(done(b, 31));
	assert_true(last(b, 32));
	assert_int_equal(rsccnt(b, 32), 0);
	bench_free(b);
}

/* Without descriptors nothing more can come, and software must get what there is. */
static void an_empty_ring_completes_it(void **state)
{
	struct bench *b = bench_new(2, MAXDESC_16);

	rig_wr(b->rig, RXDCTL(0), 0);
	rig_rx_ring(b->rig, 0, 128, 1, 2);
	segment(b, 1400);
	segment(b, 1400);
	ended(b, STARVED);
	rig_wr(b->rig, RDT(0), 10);
	rig_run(b->rig, dur_us(5));
	age(b);
	assert_int_equal(b->rig->rings, 2);
	bench_free(b);
}

static void a_disabled_queue_takes_it_along(void **state)
{
	struct bench *b = bench_new(2, MAXDESC_16);

	segment(b, 500);
	rig_wr(b->rig, RXDCTL(0), 0);
	age(b);
	assert_false(done(b, 0));
	assert_int_equal(b->rig->irqs, 0);
	bench_free(b);
}

/* ---- 7.11.6, 8.2.3.5.18: time ---- */

static void an_isolated_segment_waits_for_the_delay_only(void **state)
{
	uint32_t delay;

	for (delay = 0; delay < 8; delay++) {
		struct bench *b = bench_new(2, MAXDESC_16);
		struct at sent;

		rig_wr(b->rig, GPIE, rig_rd(b->rig, GPIE) | delay << 11);
		rig_wr(b->rig, EITR(0), 500u << 3);
		rig_run(b->rig, dur_ms(2));
		sent = sim_now(&b->rig->sim);
		segment(b, 500);
		assert_true(last(b, 0));
		rig_run(b->rig, dur_us(100));
		assert_int_equal(b->rig->irqs, 1);
		assert_int_equal(at_since(b->rig->irq[0].at, sent).ps,
				 (delay + 1) * 4 * PS_PER_US);
		bench_free(b);
	}
}

/* Segments 20 us apart at an interval of 200 us: each interrupt brings those of an interval. */
static void the_throttle_ends_what_came_in_an_interval(void **state)
{
	struct bench *b = bench_new(2, MAXDESC_16);
	uint32_t i;

	rig_wr(b->rig, EITR(0), 100u << 3);
	rig_wr(b->rig, EIAM_EX(0), 0);
	for (i = 0; i < 100; i++) {
		segment(b, 100);
		rig_run(b->rig, dur_us(18));
	}
	assert_int_equal(b->end[0].packets, 1);
	for (i = 1; i < b->ends; i++) {
		assert_int_equal(b->end[i].reason, TIMER);
		assert_in_range(b->end[i].packets, 10, 11);
	}
	for (i = 2; i < b->rig->irqs; i++)
		assert_int_equal(b->rig->irq[i].at.ps - b->rig->irq[i - 1].at.ps,
				 204 * PS_PER_US);
	bench_free(b);
}

/* A driver that polls with the vector masked finds completed ones, an interval apart. */
static void a_masked_vector_ages_too(void **state)
{
	struct bench *b = bench_new(2, MAXDESC_16);
	uint32_t i;

	rig_wr(b->rig, EITR(0), 100u << 3);
	rig_wr(b->rig, EIMC, 1);
	for (i = 0; i < 100; i++) {
		segment(b, 100);
		rig_run(b->rig, dur_us(18));
	}
	assert_int_equal(b->rig->irqs, 0);
	assert_in_range(b->ends, 9, 11);
	bench_free(b);
}

/* ---- all together ---- */

#define RING 64u
#define FLOWS 40u           /* more than contexts */
#define BUFFERS (12 * RING)

/* A driver that follows NEXTP as ixgbe does: what it has of a large receive waits at its next
 * descriptor. The header is read at the end, until when the device may write it, and a place of the
 * ring gets another buffer each time. */
struct reader {
	struct bench *b;
	uint32_t next, frames;
	uint32_t buffer[RING], header[RING];
	int first[RING];            /* whose data the descriptor continues, -1: its own */
	uint32_t used[RING];
	uint8_t data[RING][65536];
};

/* The header tells the length, and every byte is where its sequence number says. */
static void check_receive(const uint8_t *f, uint32_t bytes)
{
	const uint8_t *tcp = f + 34;
	uint32_t length = be16(f + 16), i;
	uint32_t sequence = (uint32_t)be16(tcp + 4) << 16 | be16(tcp + 6);

	assert_in_range(bytes, 14 + length, 14 + length + 46);
	assert_int_equal(plain_sum(f + 14, 20, 0), 0xffff);
	for (i = 0; i < length - 40; i++)
		assert_int_equal(f[HEADERS + i], (uint8_t)(sequence + i));
}

static void take_descriptor(struct reader *r)
{
	struct bench *b = r->b;
	uint32_t i = r->next, bytes = length(b, i), began = rsccnt(b, i);
	int first = r->first[i] < 0 ? (int)i : r->first[i];
	uint32_t after = began ? nextp(b, i) : (i + 1) % RING;

	if (first == (int)i)
		r->header[i] = RX_BUFFER(r->buffer[i]);
	memcpy(r->data[first] + r->used[first], b->rig->memory + RX_BUFFER(r->buffer[i]), bytes);
	r->used[first] += bytes;
	r->frames += began ? began - 1 : last(b, i);
	r->first[i] = -1;
	if (last(b, i)) {
		memcpy(r->data[first], b->rig->memory + r->header[first], HEADERS);
		check_receive(r->data[first], r->used[first]);
		r->used[first] = 0;
	} else {
		assert_in_range(after, 0, RING - 1);
		assert_int_equal(r->first[after], -1);
		r->first[after] = first;
	}
	r->buffer[i] = (r->buffer[i] + RING) % BUFFERS;
	memset(b->rig->memory + RX_RING(0) + 16 * i, 0, 16);
	memcpy(b->rig->memory + RX_RING(0) + 16 * i, &(uint32_t){ RX_BUFFER(r->buffer[i]) }, 4);
	r->next = (i + 1) % RING;
	rig_wr(b->rig, RDT(0), (i + RING - 1) % RING);
}

static void read_ring(struct reader *r)
{
	while (done(r->b, r->next))
		take_descriptor(r);
	rig_run(r->b->rig, dur_us(1));
}

static void random_step(struct reader *r, uint32_t sequence[FLOWS], uint32_t random)
{
	struct bench *b = r->b;
	uint32_t flow = random % FLOWS, payload = (random >> 8) % 1401;

	b->sequence = sequence[flow] + (random >> 20 & 15 ? 0 : 7);
	make(b, (uint16_t)(5000 + flow), payload, random >> 24 & 7 ? ACK : ACK | PSH);
	rig_rx(b->rig, b->f, b->bytes);
	sequence[flow] = b->sequence + payload;
	rig_run(b->rig, dur_ns(random >> 17 & 0x7ff));
	if (!(random >> 27 & 3))
		read_ring(r);
	if (!(random >> 5 & 31))
		rig_wr(b->rig, EITR(0), (random >> 10 & 63) << 3 | 0x80000000u);
	if (!(random >> 6 & 31))
		rig_wr(b->rig, random >> 11 & 1 ? EIMC : EIMS, 1);
}

static void random_courses_lose_and_change_nothing(void **state)
{
	uint32_t seed, i;

	for (seed = 1; seed <= 6; seed++) {
		struct reader *r = calloc(1, sizeof(*r));
		uint32_t random = seed * 2654435761u, sequence[FLOWS] = { 0 }, sent = 0, told = 0;

		r->b = bench_new(2, (seed % 4) << 2);
		rig_wr(r->b->rig, RXDCTL(0), 0);
		rig_rx_ring(r->b->rig, 0, RING, RING - 1, 2);
		memset(r->first, 0xff, sizeof(r->first));
		for (i = 0; i < RING; i++)
			r->buffer[i] = i;
		for (i = 0; i < 1500; i++, sent++) {
			random = random * 1664525u + 1013904223u;
			random_step(r, sequence, random ^ random >> 15);
			r->b->ends = r->b->rig->irqs = 0;
			told += r->b->rig->rings;
			r->b->rig->rings = 0;
		}
		for (i = 0; i < 40; i++) {
			rig_run(r->b->rig, dur_us(500));
			read_ring(r);
		}
		assert_int_equal(r->frames, sent);
		assert_int_equal(told + r->b->rig->rings, sent);
		bench_free(r->b);
		free(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_in_sequence_become_one_large_receive),
		cmocka_unit_test(large_receives_of_two_connections_interleave),
		cmocka_unit_test(time_stamps_are_taken_along),
		cmocka_unit_test(segments_with_other_flags_are_alone),
		cmocka_unit_test(what_is_no_candidate_is_alone),
		cmocka_unit_test(every_switch_turns_it_off),
		cmocka_unit_test(a_small_segment_opens_nothing),
		cmocka_unit_test(a_gap_begins_a_new_one),
		cmocka_unit_test(a_repeated_segment_begins_a_new_one),
		cmocka_unit_test(a_changed_ack_bit_ends_it_if_asked),
		cmocka_unit_test(another_tag_ends_it),
		cmocka_unit_test(the_descriptors_of_maxdesc_are_not_exceeded),
		cmocka_unit_test(fourteen_segments_in_a_buffer_are_the_most),
		cmocka_unit_test(sixty_four_kilobytes_are_the_most),
		cmocka_unit_test(thirty_two_connections_have_a_context),
		cmocka_unit_test(an_empty_ring_completes_it),
		cmocka_unit_test(a_disabled_queue_takes_it_along),
		cmocka_unit_test(an_isolated_segment_waits_for_the_delay_only),
		cmocka_unit_test(the_throttle_ends_what_came_in_an_interval),
		cmocka_unit_test(a_masked_vector_ages_too),
		cmocka_unit_test(random_courses_lose_and_change_nothing),
	};

	return cmocka_run_group_tests_name("nic82599.rsc", tests, NULL, NULL);
}
