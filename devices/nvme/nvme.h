/* SPDX-License-Identifier: MIT */
/* An NVMe controller with namespaces and a medium. NVM Express Base Specification 1.4 (and the NVM
 * command set in it); section numbers in nvme*.c are of revision 1.4c.
 *
 * Namespaces lie one behind another on the medium, in blocks of 512 or 4096 bytes as Format NVM
 * says. Interrupts are MSI-X: INTMS and INTMC keep their bits and have no effect, as 3.1.3 leaves
 * open.
 *
 * Not modelled: metadata and protection information, controller memory buffer, persistent memory
 * region, boot partitions, zoned namespaces, weighted round robin, reservations, directives,
 * namespace management, firmware update, security, sanitize, self-test, telemetry, keep alive,
 * fused commands, write uncorrectable, errors of deallocated blocks (DULBE), power states in
 * which I/O is slower, the time a controller needs to become ready, the time that erasing all blocks takes when
 * a namespace is formatted (it is that of a deallocation).
 *
 * A write's data are there for reads when the last of them have arrived, before the medium's time
 * has passed; only its completion waits. Commands in flight have no order among each other (6.3), so no
 * driver can rely on anything else. What a loss of power takes back is another matter
 * (nvme_power_cut): with flash, a write is durable when its units are programmed, or when they are in
 * a protected buffer; without flash, when it is completed. Zeroes and deallocation are durable when
 * they are completed.
 *
 * Stats under cfg.name: irq.count, device.latency_ns (I/O commands: doorbell write seen ->
 * completion entry sent), guest_errors (registers and doorbells misused; a command answered with an
 * error is not one), cmd.read, cmd.write, cmd.flush, cmd.other (I/O), cmd.admin, cmd.errors, resets (by
 * the host),
 * media.bytes (host memory the data take). */
#ifndef DOORBELL_NVME_NVME_H
#define DOORBELL_NVME_NVME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/nvme/flash.h"
#include "model/core/sim.h"
#include "model/port/coalescing.h"
#include "model/port/dma.h"

#define NVME_QUEUES_MAX   65            /* admin and 64 I/O queue pairs */
#define NVME_BAR0_BYTES   0x4000u
#define NVME_MSIX_TABLE   0x2000u       /* in BAR 0, behind registers and doorbells */
#define NVME_MSIX_PBA     0x3000u
#define NVME_VENDOR       0x1b36
#define NVME_DEVICE       0x0010
#define NVME_CLASS        0x010802
#define NVME_BLOCK_BYTES  512u          /* unit of the medium, and of LBA format 0 */
#define NVME_NAMESPACES_MAX 32u
#define NVME_VECTORS_MAX  256u          /* what the table's window holds */

/* Status of a completion: bits 14:0 of its status field, without the phase tag (4.6.1). */
#define NVME_STATUS(type, code) ((uint16_t)((type) << 8 | (code)))
#define NVME_STATUS_MORE  0x2000u       /* M: the error log has more */
#define NVME_STATUS_DNR   0x4000u       /* do not retry */

/* The medium decides when data are there and keeps them. Sparse: untouched blocks read as zeroes or
 * as the pattern below. */
enum nvme_media_kind {
	NVME_MEDIA_SERVERS,            /* first order: latency, parallelism, bandwidth */
	NVME_MEDIA_FLASH,
};

struct nvme_media_cfg {
	const char *name;
	enum nvme_media_kind kind;
	struct flash_cfg flash;        /* FLASH */
	/* SERVERS: */
	struct dur read;               /* per command, first byte */
	struct dur write;
	struct dur flush;
	unsigned parallelism;          /* commands served at once; 0 = unlimited */
	/* Each address has its server (striped by 4 KiB), which is free again when its latency is
	 * over; else a command takes any free server and keeps it during its transfer. */
	bool by_address;
	struct dur jitter;             /* of read and write: an exponential part of this mean */
	bool exponential;              /* read, write and transfer are means of exponential times */
	struct dur transfer;           /* per command on the channel, instead of a rate */
	/* Internal transfer, one command at a time whatever its direction; 0 = unlimited. */
	uint64_t read_bytes_per_second;
	uint64_t write_bytes_per_second;
	/* Content of sectors never written; NULL = zeroes. May be asked for up to 7 sectors behind
	 * the end. Deallocated and zeroed sectors read as zeroes (DLFEAT 001b) all the same. */
	void (*fill)(void *fill_ctx, uint64_t lba, void *sector_data, uint32_t sectors);
	void *fill_ctx;
	/* NULL, or: is this what `fill_known` makes? Such data take no memory. */
	bool (*is_known)(void *fill_ctx, uint64_t lba, const void *sector_data, uint32_t sectors);
	void (*fill_known)(void *fill_ctx, uint64_t lba, void *sector_data, uint32_t sectors);
};

struct nvme_cfg {
	const char *name;              /* prefix of stats and trace events */
	uint64_t capacity_bytes;
	unsigned namespaces;           /* 1..32; 0 = 1 */
	/* Of each; 0 = an equal share of what those with a size leave. Multiples of 4096. */
	uint64_t namespace_bytes[NVME_NAMESPACES_MAX];
	unsigned block_bytes;          /* as shipped: 512 or 4096; 0 = 512 */
	uint32_t transfer_max;         /* bytes: a power of two, 4 KiB to 4 MiB; 0 = 128 KiB */
	bool sgl;                      /* takes scatter gather lists (4.4) */
	/* There is a second power state (8.4), which does no I/O: what it takes to get there and
	 * back. The host chooses it, or lets the controller after a time without I/O. */
	bool power_saving;
	struct dur power_entry, power_exit;
	unsigned io_queues;            /* 1..64: what Number of Queues grants at most */
	unsigned queue_entries;        /* MQES + 1: up to 65536 */
	unsigned vectors;              /* MSI-X vectors */
	struct dur command_fetch;      /* doorbell seen -> submission entry requested */
	struct dur command_decode;     /* entry arrived -> medium asked */
	struct nvme_media_cfg media;
	bool ideal;                    /* the controller's own pipeline takes no time */
	bool power_cuts;               /* what is not durable is remembered, for nvme_power_cut */
	bool volatile_cache;
	bool cache_off;                /* Volatile Write Cache (5.21.1.6) is off at power-on */
	unsigned outstanding;          /* commands in the controller at once, 16..32768; 0 = 1024 */
	/* Power-on value of Interrupt Coalescing (5.21.1.8) for drivers that never set it. Used
	 * exactly; Get Features rounds the time up to its 100 us. 0 = none. */
	struct dur coalesce_time;
	unsigned coalesce_threshold;   /* entries, 0..256 */
	/* The time starts anew at each entry, so that a burst is signalled at its end or at the
	 * threshold (Tai et al., OSDI 2021, "adaptive"). 5.21.1.8 leaves the start open; without
	 * this it is the first entry that waits. */
	bool coalesce_rearm;
	struct coalescing_port block;  /* coalescing by another block; step NULL: own */
};

/* A call never re-enters the model: its result is a later event. */
struct nvme_ops {
	void (*dma)(void *ctx, const struct dma_req *req);   /* answered by nvme_dma_done */
	/* Called behind the completion entry's DMA write: a posted write that must not pass it. */
	void (*msix)(void *ctx, unsigned vector);
	/* Observation; may be NULL. */
	void (*command_done)(void *ctx, unsigned sqid, uint16_t cid, uint16_t status);
	/* Fault injection; may be NULL: what the completion of an I/O command shall say, how many
	 * entries are posted for it (0 to 2), and how much later than now (0 before the call). */
	unsigned (*completion)(void *ctx, uint16_t *cid, uint16_t *status, struct dur *late);
};

struct nvme;
struct reg;
struct ring_view;

/* 0 or a negative sim_err; on error *out is NULL and sim->error says why. cfg is copied, the names
 * in it and ops are not. */
int  nvme_create(struct nvme **out, struct sim *sim, const struct nvme_cfg *cfg,
		 const struct nvme_ops *ops, void *ctx);
void nvme_destroy(struct nvme *nvme);
/* Power-on: registers and queues; the medium keeps its data. */
void nvme_reset(struct nvme *nvme);
/* On purpose: the controller fails (CSTS.CFS, 9.5) and does nothing more until it is reset. */
void nvme_fail(struct nvme *nvme);
/* Power is lost and comes back at once: what was not durable is gone, commands in flight have
 * happened or not, block by block (AWUPF is one block) without flash and unit by unit with it;
 * then as nvme_reset. cfg.power_cuts must be set. */
void nvme_power_cut(struct nvme *nvme);
uint64_t nvme_read(struct nvme *nvme, uint32_t offset, unsigned bytes);
void nvme_write(struct nvme *nvme, uint32_t offset, uint64_t value, unsigned bytes);
void nvme_dma_done(struct nvme *nvme, const struct dma_done *done);

/* Where a namespace lies on the medium, in bytes. False: there is no such one, or what cfg says of
 * namespaces cannot be. */
bool nvme_namespace_place(const struct nvme_cfg *cfg, unsigned nsid, uint64_t *first,
			  uint64_t *bytes);

/* A submission queue (0: admin) for an observer. False: no such number. */
bool nvme_ring(const struct nvme *nvme, unsigned number, struct ring_view *view);

/* Looking at the medium from outside (tests, verification): 512-byte sectors of all namespaces, one
 * behind another. False: the range leaves the medium, or the host is out of memory. */
bool nvme_media_peek(struct nvme *nvme, uint64_t lba, void *to, uint32_t sectors);
bool nvme_media_poke(struct nvme *nvme, uint64_t lba, const void *from, uint32_t sectors);
const struct reg *nvme_regs_table(size_t *rows);

#endif
