/* SPDX-License-Identifier: MIT */
/* The part of the boundary (boundary.h) that only the workloads in the kernel use
 * (drivers/linux/workloads): what the scenario asks for, and what they report. Built-in C types only.
 * Not modelled: workloads that come and go while the run lasts. */
#ifndef DOORBELL_DRIVERS_LINUX_BOUNDARY_WORKLOADS_H
#define DOORBELL_DRIVERS_LINUX_BOUNDARY_WORKLOADS_H

enum plat_sink { PLAT_SINK_UDP, PLAT_SINK_DROP, PLAT_SINK_ECHO };
enum plat_io_op {
	PLAT_IO_READ,
	PLAT_IO_WRITE,
	PLAT_IO_RANDREAD,
	PLAT_IO_RANDWRITE,
	PLAT_IO_RANDRW,
	PLAT_IO_TRACE,                 /* a recorded program: sizes vary, and there are flushes */
};
enum plat_io_what { PLAT_IO_READS, PLAT_IO_WRITES, PLAT_IO_FLUSHES };
enum plat_io_engine { PLAT_IO_SYNC, PLAT_IO_ASYNC, PLAT_IO_POLLED };

#define PLAT_ITR_ADAPTIVE 1u           /* as ethtool's rx-usecs of ixgbe: 0 off, 1 adaptive, else us */
#define PLAT_UDP_PORT     9000u        /* sinks and echo listen here; frames are addressed to it */

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
};

struct plat_io_job {                   /* one thread on one core */
	unsigned id;                   /* counts from 0 over all jobs */
	unsigned devfn;
	unsigned core;
	unsigned op;                   /* enum plat_io_op */
	unsigned engine;               /* enum plat_io_engine */
	unsigned depth;
	unsigned bytes;                /* a multiple of 512; of a trace: the most */
	unsigned verify;               /* data are checked against the pattern */
	unsigned long period_ps;       /* rate: distance of submissions of this job; 0 = closed loop */
};

unsigned plat_netdevs(void);
const struct plat_netdev *plat_netdev(unsigned index);
unsigned plat_io_jobs(void);
const struct plat_io_job *plat_io_job(unsigned index);
/* Called once, by the workload's main thread: interfaces are up, carriers on, block devices open,
 * all threads wait at the start line. Returns when the workloads begin (the run's time zero). */
void plat_ready(void);
/* A start-up failure in words ("eth0: open failed: -12"); ends the run. */
__attribute__((noreturn)) void plat_workload_failed(const char *message);

/* A frame reached its sink. id: from the payload; 0 = unknown, then the RSS hash tells the flow and
 * `frames` counts what was merged (GRO). */
void plat_frame_delivered(unsigned devfn, unsigned long id, unsigned hash, unsigned frames);
/* The first 8 payload bytes of a generated frame hold PLAT_FRAME_MAGIC ^ id, little-endian. */
#define PLAT_FRAME_MAGIC 0xd00bbe1100000000UL

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

#endif
