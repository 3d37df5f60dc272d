/* SPDX-License-Identifier: MIT */
/* Scenario files: TOML text to checked, typed values. One table (keys.c) says which keys exist;
 * loading resolves defaults, --set and sweeps into points, checks everything that does not need a
 * machine, and reports all mistakes at once (diag.h). A key is its full path: "cpu.cores",
 * "device.eth0.itr", "traffic.0.rate" (n-th table of an array, from 0).
 *
 * Not modelled: includes, variables, expressions; sweeps of whole tables. */
#ifndef DOORBELL_SCENARIO_SCENARIO_H
#define DOORBELL_SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/core/time.h"
#include "model/scenario/diag.h"

#ifdef __cplusplus
extern "C" {
#endif

struct scn;          /* a loaded file */
struct scn_point;    /* one combination of swept values: every key has its value */

/* A driver that a user built, beside those of the table in keys.c. */
struct scn_driver {
	const char *name;
	const char *model;       /* "82599", "nvme"; "": what it is for is not known */
};

struct scn_options {
	const char *path;        /* scenario file; also what diagnostics print */
	const char *text;        /* NULL: read path; else the content (tests, doorbell init) */
	size_t text_bytes;
	const char *
		data_dir; /* folder that holds scenarios/profiles; NULL: profiles are not checked */
	const char *const *set;  /* "key=value"; a swept key is pinned to the value */
	size_t sets;
	const struct scn_driver *drivers;
	size_t drivers_count;
	bool may_idle;           /* a driver test brings what is to be done */
};

/* 0, or -1: diag holds why and *out is NULL. Options are copied; diag is kept until scn_free. */
int scn_load(struct scn **out, const struct scn_options *options, struct diag *diag);
void scn_free(struct scn *scn);
const char *scn_path_of_file(const struct scn *scn);
/* The file's name without folders and ".toml": names the result folder. */
const char *scn_name(const struct scn *scn);
const char *scn_data_dir(const struct scn *scn);
/* The first comment lines: the question the scenario asks; "" if there is none. */
const char *scn_question(const struct scn *scn);

size_t scn_point_count(const struct scn *scn);
/* Made at first use, owned by scn. The last key of [sweep] varies fastest. */
const struct scn_point *scn_point(struct scn *scn, size_t index);
size_t scn_point_index(const struct scn_point *point);

/* ---- Values. Asking for a key that does not exist, or by the wrong type, is our bug. ---- */

/* True if the key has a value here: given or by default. Keys of other models, and optional keys
 * that are absent, have none. */
bool scn_has(const struct scn_point *point, const char *key);
/* True if file, sweep or --set gave it. */
bool scn_is_set(const struct scn_point *point, const char *key);

bool scn_bool(const struct scn_point *point, const char *key);
/* Integers; sizes in bytes; frequencies in Hz; bandwidths in bits per second. */
uint64_t scn_u64(const struct scn_point *point, const char *key);
struct dur scn_dur(const struct scn_point *point, const char *key);
/* The value as written, without quotes; words, names and strings, but any key will do. */
const char *scn_text(const struct scn_point *point, const char *key);
/* Index in the key's word list: the enums below. For a key that is a time or a word (itr): -1 when
 * it is a time. */
int scn_word(const struct scn_point *point, const char *key);
/* Absolute, or relative to the working directory: the file's folder is already in front. */
const char *scn_path(const struct scn_point *point, const char *key);
/* Decimal numbers (speed, expectations), in millionths. */
int64_t scn_micro(const struct scn_point *point, const char *key);

enum scn_rate_kind { SCN_RATE_FRAMES, SCN_RATE_BITS };
struct scn_rate {
	enum scn_rate_kind kind;
	uint64_t value; /* SCN_RATE_FRAMES: thousandths of a frame (or I/O) per second;
			 * SCN_RATE_BITS: bits per second on the wire, preamble, frame check
			 * sequence and gap counted */
};
struct scn_rate scn_rate(const struct scn_point *point, const char *key);
/* Core lists; the pointer lives as long as the point. */
const unsigned *scn_cores(const struct scn_point *point, const char *key, size_t *count);

/* Devices in file order: scn_device(point, 0) = "eth0"; NULL past the end. */
size_t scn_device_count(const struct scn_point *point);
const char *scn_device(const struct scn_point *point, size_t index);
/* Tables of an array: scn_count(point, "traffic"). */
size_t scn_count(const struct scn_point *point, const char *array);
/* "device.%s.itr" or "traffic.%zu.rate" into a buffer of the caller; returns it. */
char *scn_key(char *buffer, size_t bytes, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Word lists, in the order of the table. */
enum scn_precondition { SCN_FRESH, SCN_SEQUENTIAL, SCN_RANDOM };
enum scn_spread { SCN_CONSTANT, SCN_EXPONENTIAL };
enum scn_idle { SCN_IDLE_OFF, SCN_IDLE_C1, SCN_IDLE_MENU };
enum scn_receive { SCN_RECEIVE_COPY, SCN_RECEIVE_MAP };
enum scn_peer_memory { SCN_PEER_MEMORY_OWN, SCN_PEER_MEMORY_SHARED };
enum scn_tlb_invalidation { SCN_TLB_IPI, SCN_TLB_BROADCAST };
enum scn_software { SCN_SOFTWARE_LINUX, SCN_SOFTWARE_BARE, SCN_SOFTWARE_IDEAL };
enum scn_scheme { SCN_SCHEME_INTERRUPT, SCN_SCHEME_INTERRUPT_DRAIN, SCN_SCHEME_NAPI,
		  SCN_SCHEME_TIMER };
enum scn_iommu { SCN_IOMMU_OFF, SCN_IOMMU_PASSTHROUGH, SCN_IOMMU_LAZY, SCN_IOMMU_STRICT };
enum scn_interrupts { SCN_INTERRUPTS_REMAPPED, SCN_INTERRUPTS_DIRECT };
enum scn_replacement { SCN_LRU, SCN_FIFO, SCN_RANDOM_ENTRY };
enum scn_bounce { SCN_BOUNCE_AUTO, SCN_BOUNCE_FORCE, SCN_BOUNCE_UNTRUSTED };
enum scn_model { SCN_MODEL_82599, SCN_MODEL_NVME, SCN_MODEL_DMATEST, SCN_MODEL_PLUGIN };
enum scn_itr { SCN_ITR_OFF, SCN_ITR_ADAPTIVE };
enum scn_moderation { SCN_MODERATION_ITR, SCN_MODERATION_COUNT_TIMEOUT, SCN_MODERATION_PACKET_TIMER,
		      SCN_MODERATION_WATERMARK };
enum scn_arrival {
	SCN_ARRIVAL_CONSTANT,
	SCN_ARRIVAL_POISSON,
	SCN_ARRIVAL_BURST,
	SCN_ARRIVAL_PCAP,
	SCN_ARRIVAL_CLOSED,
	SCN_ARRIVAL_ON_OFF
};
enum scn_sink { SCN_SINK_UDP, SCN_SINK_DROP, SCN_SINK_ECHO, SCN_SINK_FORWARD,
		SCN_SINK_XDP_DROP, SCN_SINK_XDP_TX };
enum scn_send_engine { SCN_SEND_UDP, SCN_SEND_TCP, SCN_SEND_PKTGEN };
enum scn_peer { SCN_PEER_SINK, SCN_PEER_ECHO };
enum scn_memory { SCN_MEMORY_KERNEL, SCN_MEMORY_USER };
enum scn_reuse { SCN_REUSE_NOTIFIED, SCN_REUSE_AT_ONCE };
/* In the order of enum plat_admin_op. */
enum scn_admin {
	SCN_ADMIN_DOWN_UP,
	SCN_ADMIN_RING,
	SCN_ADMIN_COALESCE,
	SCN_ADMIN_STATISTICS,
	SCN_ADMIN_TX_TIMEOUT,
	SCN_ADMIN_SELF_TEST,
	SCN_ADMIN_RESET
};
enum scn_op {
	SCN_OP_READ,
	SCN_OP_WRITE,
	SCN_OP_RANDREAD,
	SCN_OP_RANDWRITE,
	SCN_OP_RANDRW,
	SCN_OP_TRACE
};
enum scn_transfer_op { SCN_TRANSFER_READ, SCN_TRANSFER_WRITE, SCN_TRANSFER_BOTH };
enum scn_map { SCN_MAP_ONCE, SCN_MAP_SINGLE, SCN_MAP_SG, SCN_MAP_PAGE };
enum scn_order { SCN_ORDER_RANDOM, SCN_ORDER_SEQUENTIAL };
enum scn_stray { SCN_STRAY_NONE, SCN_STRAY_OUTSIDE, SCN_STRAY_STALE };
enum scn_io_engine { SCN_IO_SYNC, SCN_IO_ASYNC, SCN_IO_POLLED, SCN_IO_HYBRID, SCN_IO_AIO,
		     SCN_IO_PSYNC };

/* run.measure is a time; or run.measure.frames or run.measure.ios has a value instead, and
 * scn_has(point, "run.measure") is false. Keys of [pcie] are the defaults of device.NAME.pcie:
 * ask for the latter. */

/* ---- Where a value came from ---- */
enum scn_origin { SCN_FROM_DEFAULT, SCN_FROM_FILE, SCN_FROM_SET, SCN_FROM_SWEEP };
enum scn_origin scn_origin(const struct scn_point *point, const char *key, unsigned *line);

/* The swept keys of a point, in file order. */
struct scn_param {
	const char *key;
	const char *text;        /* as written */
	bool quoted; /* a string in TOML and JSON; else a number, true/false or a list */
};
size_t scn_params(const struct scn_point *point, const struct scn_param **out);

/* Expectations. Bounds in millionths; text as written. */
struct scn_bound {
	bool given;
	int64_t micro;
	const char *text;
};
struct scn_expect {
	const char *stat;        /* may end in ".p99" etc. for a distribution's field */
	struct scn_bound min, max, equal;
};
size_t scn_expect_count(const struct scn *scn);
const struct scn_expect *scn_expect(const struct scn *scn, size_t index);
/* Does its `where` select this point? */
bool scn_expect_applies(const struct scn_point *point, size_t index);

/* Everything filled in, each line with its origin as a comment; loads again to the same values.
 * Paths are made absolute. `seed` replaces the seed's value. Expectations are left out. */
int scn_write_manifest(const struct scn_point *point, uint64_t seed, FILE *out);

/* A mistake that only a later layer can see ("not built yet"), reported at the key's place in the
 * file (or the table's, or line 1, when the key is a default). help may be NULL. Goes into the diag
 * of scn_load, each place and text once; the caller prints it and leaves with 2. */
void scn_error_at(const struct scn_point *point, const char *key, const char *help,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#ifdef __cplusplus
}
#endif
#endif
