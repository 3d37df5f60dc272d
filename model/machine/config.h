/* SPDX-License-Identifier: MIT */
/* A machine's description, typed: what a scenario's point and its profiles say. All names point into
 * the scenario, which outlives the machine. */
#ifndef DOORBELL_MACHINE_CONFIG_H
#define DOORBELL_MACHINE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/dmatest/dmatest.h"
#include "devices/nic82599/nic82599.h"
#include "devices/nvme/nvme.h"
#include "drivers/ideal/ideal.h"
#include "drivers/linux/host/linux_host.h"
#include "include/doorbell/device.h"
#include "iommu/iommu.h"
#include "model/cpu/cores.h"
#include "model/mem/llc.h"
#include "model/pcie/pcie.h"
#include "model/scenario/io_trace.h"
#include "model/scenario/pcap_file.h"
#include "model/scenario/scenario.h"

#define MACHINE_DEVICES_MAX 8
#define MACHINE_TRAFFIC_MAX 32
#define MACHINE_JOBS_MAX    256
#define MACHINE_CMDLINE_MAX 1024
#define MACHINE_SENDS_MAX   256
#define MACHINE_ADMINS_MAX  16
#define MACHINE_TRANSFERS_MAX 256
#define MACHINE_MMS_MAX     16
#define MACHINE_FAULTS_MAX  16

enum machine_software {
	MACHINE_LINUX,
	MACHINE_IDEAL,
};

/* Blocks that are taken from RTL. */
struct machine_rtl {
	bool moderation, msix, coalescing;
	uint64_t clock_hz;
};

struct machine_device {
	const char *name, *driver;        /* driver: NULL = it has none */
	enum scn_model model;
	unsigned devfn;
	unsigned socket;                  /* whose root port it is at */
	struct pcie_link_cfg link;
	int uplink;                       /* of the switches; -1: a root port of its own */
	unsigned dma_bits;                /* address bits the device can drive */
	unsigned queues, ring;
	unsigned itr_us;                  /* as struct plat_netdev */
	struct machine_rtl rtl;
	struct nic82599_cfg nic;
	struct nvme_cfg nvme;
	struct dmatest_cfg dmatest;
	const char *plugin_path, *plugin_options;
	const struct doorbell_device *plugin;   /* set by who loads the library */
	unsigned channels;                /* of a test device: in use */
	struct plat_netdev knobs;         /* of it, what scenario keys say by name */
	struct dur peer_delay;            /* of the hosts at the other end, for [[send]] */
	uint32_t peer_tcp_answer;
	bool peer_answers;
	bool peer_streams, peer_verifies;   /* TCP senders; what programs send is checked */
	uint64_t media_seed;              /* of the pattern on never-written sectors */
	struct dur power_cut;             /* after the workloads' start; 0 = never */
};

struct machine_traffic {
	unsigned device;                  /* index */
	enum scn_arrival arrival;
	uint32_t frame_bytes;             /* with FCS */
	uint64_t gap_num, gap_den;        /* mean distance of frames: num/den picoseconds, exact */
	unsigned burst, flows;
	unsigned sink;                    /* enum plat_sink */
	unsigned via;                     /* sink "forward": index of the device */
	unsigned clients;                 /* arrival "closed" */
	struct dur think, timeout;
	struct dur on, off;               /* arrival "on-off": mean lengths */
	struct pcap_file *pcap;
	int64_t speed_micro;
	char stream[32];                  /* name of its random stream */
};

struct machine_fault_cfg {
	const char *on;
	char what[256];                   /* as machine_fault takes it */
};

struct machine_cfg {
	uint64_t seed;
	const char *wave_dir;             /* where RTL blocks draw what they do; NULL: nowhere */
	struct dur warmup, measure;       /* measure 0: counted */
	struct dur interval;              /* of rows over time; 0: none */
	uint64_t measure_frames, measure_ios;
	enum machine_software software;
	struct cores_cfg cores;
	struct dur msi_latency, ipi_latency, ipi_remote_latency, mmio_read, port_access;
	struct dur line_transfer, line_remote_transfer;
	uint16_t insn_ticks[INSN_CLASSES];
	bool reports_errors;              /* a fault that the platform tells the kernel of */
	bool test;                        /* set by driver tests: sinks without [[traffic]], a user */
	bool count_instructions;          /* set by tests: as in struct linux_host_cfg */
	uint64_t memory_bytes;
	struct llc_cfg llc;
	struct dur dma_cold, dma_remote;  /* what a device's read takes longer */
	uint64_t place_ticks[LLC_PLACES]; /* what a core waits for a line there */
	uint64_t copy_warm_ticks;         /* 64 bytes of a copy, from cache */
	uint64_t copy_cold_ticks;         /* what they take longer from memory */
	uint64_t memory_bandwidth;        /* bytes a second */
	char cmdline[MACHINE_CMDLINE_MAX];
	bool has_iommu, untrusted;        /* untrusted: devices count as external */
	bool iommu_strict;                /* unmapping waits for the invalidation */
	struct iommu_cfg iommu;
	struct dur iommu_mmio_read;
	struct dur iommu_write_page;      /* translated writes: for 4 KiB, in their order */
	struct linux_cost cost[PLAT_COST_COUNT];
	uint64_t mmio_write_ticks, port_ticks;
	struct ideal_cfg ideal;
	struct machine_device device[MACHINE_DEVICES_MAX];
	unsigned devices;
	struct pcie_switch_cfg pcie_switch[MACHINE_DEVICES_MAX];
	unsigned switches;
	struct machine_traffic traffic[MACHINE_TRAFFIC_MAX];
	unsigned traffics;
	struct plat_io_job job[MACHINE_JOBS_MAX];
	unsigned job_table[MACHINE_JOBS_MAX];   /* which [[io]] it comes from */
	struct io_trace *job_trace[MACHINE_JOBS_MAX];
	unsigned job_flush_every[MACHINE_JOBS_MAX];
	unsigned jobs;
	struct plat_send send[MACHINE_SENDS_MAX];
	unsigned send_table[MACHINE_SENDS_MAX];   /* of each, its [[send]] */
	unsigned sends, send_tables;
	struct plat_admin admin[MACHINE_ADMINS_MAX];
	unsigned admins;
	struct plat_transfer transfer[MACHINE_TRANSFERS_MAX];
	unsigned transfer_table[MACHINE_TRANSFERS_MAX];
	unsigned transfers, transfer_tables;
	struct plat_mm mm[MACHINE_MMS_MAX];
	unsigned mms;
	struct tlb_cfg tlb;
	unsigned tlb_broadcast_pages;
	uint64_t tlb_broadcast_ticks, tlb_broadcast_sync_ticks;
	struct machine_fault_cfg fault[MACHINE_FAULTS_MAX];
	unsigned faults;
};

/* 0; or -1, and the scenario's diagnostics say what this version cannot run, or which file failed. */
int machine_config(struct machine_cfg *cfg, const struct scn_point *point, uint64_t seed,
		   const char *data_dir, struct diag *diag);
/* config_transfer.c: the parts of machine_config for DMA test devices; 0, or -1 after diagnostics. */
void machine_config_dmatest(struct machine_device *device, const struct scn_point *point,
			    uint64_t seed);
int machine_config_transfers(struct machine_cfg *cfg, const struct scn_point *point);
/* Frees what machine_config loaded (captures). */
void machine_config_free(struct machine_cfg *cfg);

#endif
