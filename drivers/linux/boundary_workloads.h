/* SPDX-License-Identifier: MIT */
/* The part of the boundary (boundary.h) that only the workloads in the kernel use
 * (drivers/linux/workloads): what the scenario asks for, and what they report. Built-in C types only.
 * Not modelled: workloads that come and go while the run lasts. */
#ifndef DOORBELL_DRIVERS_LINUX_BOUNDARY_WORKLOADS_H
#define DOORBELL_DRIVERS_LINUX_BOUNDARY_WORKLOADS_H

enum plat_sink { PLAT_SINK_UDP, PLAT_SINK_DROP, PLAT_SINK_ECHO, PLAT_SINK_FORWARD,
		 PLAT_SINK_XDP_DROP, PLAT_SINK_XDP_TX };
enum plat_send_engine { PLAT_SEND_UDP, PLAT_SEND_TCP, PLAT_SEND_PKTGEN };
/* What an administrator does to an interface while the workloads run. */
enum plat_admin_op {
	PLAT_ADMIN_DOWN_UP,            /* ip link set down, and up again */
	PLAT_ADMIN_RING,               /* ethtool -G: half of the ring and back */
	PLAT_ADMIN_COALESCE,           /* ethtool -c and -C: 100 us and back */
	PLAT_ADMIN_STATISTICS,         /* ethtool -S and the 64-bit counters */
	PLAT_ADMIN_TX_TIMEOUT,         /* the watchdog's call into the driver */
	PLAT_ADMIN_SELF_TEST,          /* ethtool -t, offline */
	PLAT_ADMIN_RESET,              /* ethtool -r: negotiation again, a link flap */
};
enum plat_io_op {
	PLAT_IO_READ,
	PLAT_IO_WRITE,
	PLAT_IO_RANDREAD,
	PLAT_IO_RANDWRITE,
	PLAT_IO_RANDRW,
	PLAT_IO_TRACE,                 /* a recorded program: sizes vary, and there are flushes */
};
enum plat_io_what { PLAT_IO_READS, PLAT_IO_WRITES, PLAT_IO_FLUSHES };
enum plat_io_engine { PLAT_IO_SYNC, PLAT_IO_ASYNC, PLAT_IO_POLLED, PLAT_IO_HYBRID, PLAT_IO_AIO,
		      PLAT_IO_PSYNC };

/* The DMA test device: what its memory is to it. */
enum plat_map {
	PLAT_MAP_ONCE,                 /* pages mapped before the start; the device works alone */
	PLAT_MAP_SINGLE,               /* each transfer maps a contiguous buffer, and unmaps it */
	PLAT_MAP_SG,                   /* scattered pages, by one call */
	PLAT_MAP_PAGE,                 /* scattered pages, by one call each */
};
enum plat_stray { PLAT_STRAY_NONE, PLAT_STRAY_OUTSIDE, PLAT_STRAY_STALE };

#define PLAT_ITR_ADAPTIVE 1u           /* as ethtool's rx-usecs of ixgbe: 0 off, 1 adaptive, else us */
#define PLAT_UDP_PORT     9000u        /* sinks and echo listen here; frames are addressed to it */
#define PLAT_PEER_PORT    9001u        /* the peers on the wire listen here, UDP and TCP */
#define PLAT_PEER_HOST    2u           /* hosts of the wire: 10.n.0.2 and up */
/* ethtool -K; bits of plat_netdev.features_on and features_off. */
#define PLAT_FEATURE_TSO  1u
#define PLAT_FEATURE_GRO  2u
#define PLAT_FEATURE_LRO  4u
#define PLAT_FEATURE_SG   8u
#define PLAT_IRQ_CORES    64u

struct plat_netdev {                   /* how an interface is set up before it is opened */
	unsigned devfn;                /* PCI device on bus 0 */
	const char *name;              /* scenario name; the interface gets it */
	unsigned queues;               /* ethtool channels; 0 = the driver's default */
	unsigned ring;                 /* ethtool rx and tx ring; 0 = the driver's default */
	unsigned itr_us;               /* ethtool rx-usecs */
	unsigned mtu;                  /* 0 = the driver's default */
	unsigned sink;                 /* enum plat_sink */
	unsigned char ip[4];           /* own address, /16 */
	unsigned has_traffic;          /* 0 = opened, but no sink is started */
	unsigned long gro_flush_timeout_ns;   /* as sysfs's gro_flush_timeout */
	unsigned napi_defer_hard_irqs; /* as sysfs's */
	unsigned threaded_napi;        /* as sysfs's threaded */
	unsigned napi_weight;          /* 0 = the driver's */
	unsigned busy_poll_us;         /* SO_BUSY_POLL of the workloads' sockets */
	unsigned netdev_budget;        /* of the whole host, as sysctl's; 0 = the kernel's default */
	unsigned features_on, features_off;   /* PLAT_FEATURE_ bits */
	unsigned irq_cores;            /* 0 = where the driver hints */
	unsigned char irq_core[PLAT_IRQ_CORES];   /* of queue vector n: entry n modulo irq_cores */
	unsigned forward_devfn;        /* sink "forward": the interface that frames leave by */
};

struct plat_io_job {                   /* one thread on one core */
	unsigned id;                   /* counts from 0 over all jobs */
	unsigned devfn;
	unsigned nsid;                 /* which disk of the device; 0: its only one */
	unsigned core;
	unsigned op;                   /* enum plat_io_op */
	unsigned engine;               /* enum plat_io_engine */
	unsigned depth;
	unsigned bytes;                /* a multiple of 512; of a trace: the most */
	unsigned verify;               /* data are checked against the pattern */
	unsigned fua;                  /* writes are forced to the medium */
	unsigned batch;                /* aio: submitted and taken by a call */
	unsigned long work_ns;         /* aio: the program's own work for an I/O */
	unsigned long period_ps;       /* rate: distance of submissions of this job; 0 = closed loop */
};

struct plat_send {                     /* one sending thread on one core */
	unsigned id;                   /* counts from 0 over all senders */
	unsigned devfn;
	unsigned core;
	unsigned engine;               /* enum plat_send_engine */
	unsigned bytes;                /* of a datagram or of a write; pktgen: of a datagram */
	unsigned depth;                /* answered: requests outstanding; TCP: connections */
	unsigned flows;                /* destination hosts, round robin */
	unsigned answered;             /* the peer answers; a thread takes the answers */
	unsigned user;                 /* a user task sends from pages of its own */
	unsigned zero_copy;            /* with MSG_ZEROCOPY */
	unsigned reuse_at_once;        /* and writes to the pages again without waiting */
	unsigned long period_ps;       /* rate: distance of two sends; 0 = as fast as it goes */
	unsigned long think_ns;        /* answered, without rate: pause before the next request */
};

struct plat_admin {                    /* one thread on core 0 */
	unsigned id;
	unsigned devfn;
	unsigned op;                   /* enum plat_admin_op */
	unsigned count;                /* so many times */
	unsigned long period_ns;       /* pause before each */
};

struct plat_transfer {                 /* one thread on one core with a channel of a test device */
	unsigned id;                   /* counts from 0 over all threads */
	unsigned devfn;
	unsigned core;
	unsigned channel;
	unsigned map;                  /* enum plat_map */
	unsigned reads, writes;        /* the device's directions; both: in turn */
	unsigned random;               /* order of requests in the window (map once) */
	unsigned bytes;
	unsigned offset;               /* of every address from where it would be (map once) */
	unsigned depth;                /* requests or transfers that the device may have under way */
	unsigned active;               /* of those transfers: how many it works on at a time */
	unsigned long window_bytes;    /* memory used */
	unsigned page_bytes;           /* contiguous pieces of it (map once) */
	unsigned stray;                /* enum plat_stray */
	unsigned stray_every;
	unsigned stray_delay_ns;
};

/* What the threads of a process that exercises memory management do. */
enum plat_mm_op {
	PLAT_MM_MUNMAP,                /* and map and touch again */
	PLAT_MM_MPROTECT,              /* read-only, and back */
	PLAT_MM_DONTNEED,              /* madvise(MADV_DONTNEED) */
	PLAT_MM_FORK,                  /* a child that writes to the pages and ends */
	PLAT_MM_TOUCH,                 /* loads and stores only */
	PLAT_MM_RANDOM,                /* a mix at random, checked against a shadow */
	PLAT_MM_RECEIVE,               /* TCP messages of so many pages */
	PLAT_MM_DIRECT,                /* O_DIRECT reads into the process's memory */
	PLAT_MM_PROGRAM,               /* a program of system calls (workloads/program.h) */
};
enum plat_mm_program {
	PLAT_MM_PROGRAM_ECHO,          /* a server with epoll, and clients, over TCP */
	PLAT_MM_PROGRAM_FUTEX,         /* two threads wake each other in turn */
	PLAT_MM_PROGRAM_URING,         /* batches of O_DIRECT reads by io_uring */
	PLAT_MM_PROGRAM_FILE,          /* a file or a disk through the page cache */
	PLAT_MM_PROGRAM_FORK,          /* a child that changes what it shares, and a pipe to it */
	PLAT_MM_PROGRAM_OWN,           /* a user's (asm/user_program.h) */
	PLAT_MM_PROGRAMS,
};
/* What the other thread does to the memory while a direct read is under way. */
enum plat_mm_direct { PLAT_MM_DIRECT_LOOK, PLAT_MM_DIRECT_UNMAP, PLAT_MM_DIRECT_FORK };
enum plat_mm_pattern { PLAT_MM_SEQUENTIAL, PLAT_MM_RANDOM_PAGES };
enum plat_mm_peers { PLAT_MM_PEERS_BUSY, PLAT_MM_PEERS_IDLE, PLAT_MM_PEERS_IRQ_OFF };

struct plat_mm {                       /* one process */
	unsigned id;                   /* counts from 0 */
	unsigned op;                   /* enum plat_mm_op */
	unsigned pages;                /* 4 KiB each, of one operation */
	unsigned pattern;              /* enum plat_mm_pattern, of op "touch" and of busy peers */
	unsigned huge;                 /* the region asks for huge pages */
	unsigned workers;              /* threads that do it, and the cores they are bound to */
	unsigned char worker[64];
	unsigned peers;                /* threads that share the memory */
	unsigned char peer[64];
	unsigned peer_state;           /* enum plat_mm_peers */
	unsigned peer_pages;           /* a busy peer reads so many in turn, */
	unsigned peer_shares;          /* of the first worker's pages instead of the peers' own */
	unsigned devfn;                /* direct, programs: the disk; PLAT_NO_DEVICE: none */
	unsigned program;              /* enum plat_mm_program */
	const char *name;              /* of a user's program */
	unsigned bytes;                /* program: of a message or an I/O */
	unsigned depth;                /* program: connections of a client, I/Os of a batch */
	unsigned direct_case;          /* enum plat_mm_direct */
	unsigned maps;                 /* receive: pages are mapped instead of copied */
	unsigned unpinned;             /* direct: with references to the pages only */
	unsigned long irq_off_ns;      /* peers that keep interrupts off: for so long at a time */
	unsigned long period_ps;       /* rate: distance of a worker's operations; 0 = closed loop */
	unsigned long count;           /* operations of the process, then it ends; 0 = for ever */
	unsigned long seed;
};

unsigned plat_mms(void);
const struct plat_mm *plat_mm(unsigned index);
enum plat_mm_what { PLAT_MM_OPERATION, PLAT_MM_REQUEST, PLAT_MM_WHATS };
/* Thread `lane` (workers first, then peers) of process `mm` begins and ends an operation; a busy peer,
 * a request: one turn through its pages. */
void plat_mm_begin(unsigned mm, unsigned lane);
void plat_mm_done(unsigned mm, unsigned lane, enum plat_mm_what what, int status);
/* The process has ended; leaked: pages that the kernel has less than before. */
void plat_mm_ended(unsigned mm, long leaked);

unsigned plat_netdevs(void);
const struct plat_netdev *plat_netdev(unsigned index);
unsigned plat_io_jobs(void);
const struct plat_io_job *plat_io_job(unsigned index);
unsigned plat_sends(void);
const struct plat_send *plat_send(unsigned index);
unsigned plat_admins(void);
const struct plat_admin *plat_admin(unsigned index);
unsigned plat_transfers(void);
const struct plat_transfer *plat_transfer(unsigned index);
/* Called once, by the workload's main thread: interfaces are up, carriers on, block devices open,
 * all threads wait at the start line. Returns when the workloads begin (the run's time zero). */
void plat_ready(void);
/* A start-up failure in words ("eth0: open failed: -12"); ends the run. */
__attribute__((noreturn)) void plat_workload_failed(const char *message);

/* A frame reached its sink. id: from the payload; 0 = unknown, then the RSS hash tells the flow and
 * `frames` counts what was merged (GRO). */
void plat_frame_delivered(unsigned devfn, unsigned long id, unsigned hash, unsigned frames);
/* A NAPI poll of the device ended. */
void plat_polled(unsigned devfn);
/* The first 8 payload bytes of a generated frame hold PLAT_FRAME_MAGIC ^ id, little-endian. */
#define PLAT_FRAME_MAGIC 0xd00bbe1100000000UL

/* A sender is about to send: returns the id for the payload (as PLAT_FRAME_MAGIC says); the time is
 * taken now. A stream's writes and pktgen's frames carry none. */
unsigned long plat_send_begin(unsigned sender);
/* What `id` asked for is done: the answer is here, or the stream has taken the bytes. status: 0 or a
 * negative errno. */
void plat_send_done(unsigned sender, unsigned long id, int status, unsigned bytes);
/* The kernel is done with the pages of a user task's send; copied: it copied them after all.
 * status: 0, or the pages are still in use. */
void plat_send_notified(unsigned sender, unsigned long id, int status, int copied);
/* What a user task writes at `offset` of a stream. Simulated time does not pass. */
void plat_send_pattern(unsigned long offset, void *data, unsigned bytes);
/* How many bytes are not those that a TCP peer sent at `offset` of its stream. Simulated time does not
 * pass. */
unsigned plat_stream_wrong(unsigned long offset, const void *data, unsigned bytes);
void plat_admin_done(unsigned admin, int status);

/* A thread begins a transfer: it is about to be mapped. slot 0..depth-1 tells those under way apart. */
void plat_transfer_begin(unsigned transfer, unsigned slot);
/* It is done and unmapped. wrong: pages that do not hold what the device should have written. */
void plat_transfer_done(unsigned transfer, unsigned slot, unsigned wrong);
/* Memory that was not mapped for the device has changed. */
void plat_transfer_overwritten(unsigned transfer);

struct plat_io {
	unsigned what;                 /* enum plat_io_what */
	unsigned bytes;                /* 0 for a flush */
	unsigned long offset;
};
/* Next I/O of a job; it is submitted at once. 0: none before one of the job's I/Os has completed. (A
 * flush waits for all before it, and what follows it for the flush.) */
int plat_io_next(unsigned job, struct plat_io *io);
/* slot 0..depth-1 tells the I/Os of a job apart. status: 0 or a negative errno; bad: mismatches. */
void plat_io_submitted(unsigned job, unsigned slot, unsigned long offset);
void plat_io_completed(unsigned job, unsigned slot, int status, unsigned bad);
/* Fills (write=1) or checks (write=0) `bytes` of `data` as the device's content at `offset`.
 * Simulated time does not pass. Returns the number of wrong 512-byte sectors. */
unsigned plat_io_pattern(unsigned job, unsigned long offset, void *data, unsigned bytes, int write);

/* ---- what a driver test asks for (include/doorbell/test.h): a user at the machine ---- */

#define PLAT_VEC_USER  4u              /* beside enum plat_vector: a request waits for this core */
#define PLAT_USER_PORT 9002u           /* datagrams of PLAT_USER_SEND go to it */
#define PLAT_STEER_DROP 0xffffu         /* in the place of a queue: frames are dropped */
#define PLAT_STEER_NONE 0xfffeu         /* the rule is taken back */
#define PLAT_USER_PER_CORE 3u          /* requests of one core that may be under way at a time */
#define PLAT_USER_IO_MAX (4u << 20)
#define PLAT_USER_IO_OFFSET     0xfffu     /* of data in their first page */
#define PLAT_USER_IO_CONTIGUOUS (1u << 12)
#define PLAT_USER_IO_FUA        (1u << 13)
#define PLAT_USER_FILL 0x5a            /* in a read's buffer before the read */

enum plat_user_op {
	PLAT_USER_OPEN,                /* ip link set up */
	PLAT_USER_CLOSE,
	PLAT_USER_RING,                /* ethtool -G: arg 0 = descriptors */
	PLAT_USER_CHANNELS,            /* ethtool -L: arg 0 = queues */
	PLAT_USER_COALESCE,            /* ethtool -C: arg 0 = microseconds */
	PLAT_USER_MTU,                 /* arg 0 */
	PLAT_USER_COUNTER,             /* ethtool -S: text = name; its value */
	PLAT_USER_SELF_TEST,           /* ethtool -t, offline */
	PLAT_USER_NEGOTIATE,           /* ethtool -r */
	PLAT_USER_TX_TIMEOUT,          /* the watchdog's call into the driver */
	PLAT_USER_CARRIER,             /* value: 1 = the interface has carrier */
	PLAT_USER_AFFINITY,            /* vector arg 0 to core arg 1 */
	PLAT_USER_SEND,                /* arg 0 datagrams of arg 1 bytes; arg 2: 1 = in pages */
	/* disk: offset arg 0, bytes arg 1, arg 2 as PLAT_USER_IO_; value: wrong sectors */
	PLAT_USER_READ,
	PLAT_USER_WRITE,
	PLAT_USER_FLUSH,
	PLAT_USER_FILE,                /* text into the file of sysfs `path` */
	PLAT_USER_UNBIND,              /* the driver leaves the device */
	PLAT_USER_BIND,                /* and comes back; an interface is opened again */
	PLAT_USER_FUNCTION_RESET,      /* sysfs reset: PCI function level reset */
	PLAT_USER_PCI_ERROR,           /* as the bus reports one: arg 0 = enum pci_channel_state */
	PLAT_USER_FILE_READ,           /* sysfs `path`, up to a page: plat_user_data gets it */
	PLAT_USER_STEER,               /* ethtool -N: UDP port arg 0 to queue arg 1 */
	PLAT_USER_DISCARD,             /* disk: offset arg 0, bytes arg 1 */
	PLAT_USER_ZEROES,
	PLAT_USER_OPS,
};

struct plat_user {
	unsigned id, op, devfn, core;
	unsigned long arg[3];
	const char *path, *text;
};

/* Are there driver tests? Threads for them exist only then. */
unsigned plat_users(void);
/* The next request for this core; 0: none waits. */
int plat_user_next(unsigned core, struct plat_user *user);
void plat_user_done(unsigned id, long status, unsigned long value);
/* Fills (write=1) or judges (write=0) data of request `id`: what it writes, sends or has read.
 * Returns the number of wrong sectors. Simulated time does not pass. */
unsigned plat_user_data(unsigned id, void *data, unsigned bytes, int write);
/* A datagram that reached a sink, for the same purpose. */
void plat_frame_data(unsigned devfn, const void *payload, unsigned bytes);

/* ---- calls that a scenario's [[fault]] lets fail (arch/sim/lib/faults.c) ---- */

enum plat_call { PLAT_CALL_ALLOC, PLAT_CALL_DMA_ALLOC, PLAT_CALL_DMA_MAP };
#define PLAT_NO_DEVICE ~0u
extern unsigned plat_faults_armed;     /* 0: nothing is asked */
/* Shall this call, made from the kernel code at `caller`, fail? */
int plat_call_fails(unsigned call, unsigned devfn, unsigned long caller);

#endif
