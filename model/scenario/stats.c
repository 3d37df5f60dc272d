/* SPDX-License-Identifier: MIT */
/* The stats every run has: a table for `doorbell list stats` and for checking expectations. */
#include "model/scenario/keys.h"

#define NIC "82599"
#define SSD "nvme"

static const struct scn_known_stat stats[] = {
	{ "DEV.rx.offered", "frames", NIC, false, "Frames that arrived on the wire." },
	{ "DEV.rx.delivered", "frames", NIC, false, "Frames handed to the sink." },
	{ "DEV.rx.dropped", "frames", NIC, false, "Frames lost, for any reason." },
	{ "DEV.rx.dropped.ring", "frames", NIC, false, "Lost because no descriptor was free." },
	{ "DEV.rx.dropped.buffer", "frames", NIC, false,
	  "Lost because the packet buffer was full." },
	{ "DEV.rx.dropped.host", "frames", NIC, false, "Lost in the host software." },
	{ "DEV.rx.latency_ns", "ns", NIC, true, "Last bit on the wire to sink." },
	{ "DEV.rx.moderation_ns", "ns", NIC, true,
	  "Arrival in the ring to the interrupt raised for it." },
	{ "DEV.rx.frames_per_irq", "frames", NIC, false, "Batching by interrupts." },
	{ "DEV.rx.frames_per_poll", "frames", NIC, false, "Batching by polls." },
	{ "DEV.tx.sent", "frames", NIC, false, "Frames put on the wire." },
	{ "DEV.irq.count", "interrupts", NULL, false, "Interrupts raised by the device." },
	{ "DEV.irq.timeouts", "interrupts", NIC, false,
	  "Interrupts raised because `moderation.timeout` was over." },
	{ "DEV.irq.rate", "1/s", NULL, false, "Interrupts per simulated second." },
	{ "DEV.io.completed", "I/Os", SSD, false, "I/Os completed." },
	{ "DEV.io.iops", "1/s", SSD, false, "I/Os per simulated second." },
	{ "DEV.io.latency_ns", "ns", SSD, true,
	  "Submission call to the completion seen by the workload." },
	{ "DEV.io.errors", "I/Os", SSD, false, "I/Os that ended with an error." },
	{ "DEV.device.latency_ns", "ns", SSD, true, "Doorbell to completion entry written." },
	{ "cpuN.busy", "share", NULL, false, "Share of time in which core N is not idle, 0 to 1." },
	{ "cpu.busy", "share", NULL, false, "Mean of all cores." },
	{ "cpu.time_ns.hardirq", "ns", NULL, false, "CPU time in hard interrupts." },
	{ "cpu.time_ns.softirq", "ns", NULL, false, "CPU time in softirqs and NAPI." },
	{ "cpu.time_ns.driver", "ns", NULL, false, "CPU time in drivers." },
	{ "cpu.time_ns.stack", "ns", NULL, false, "CPU time in the network or block stack." },
	{ "cpu.time_ns.dma", "ns", NULL, false, "CPU time in mapping and unmapping." },
	{ "cpu.time_ns.invalidate", "ns", NULL, false,
	  "CPU time waiting for IOTLB invalidations." },
	{ "cpu.time_ns.bounce", "ns", NULL, false, "CPU time in bounce copies." },
	{ "cpu.time_ns.copy", "ns", NULL, false, "CPU time in other copies." },
	{ "cpu.time_ns.ipi", "ns", NULL, false, "CPU time in interrupts between cores." },
	{ "cpu.time_ns.spin", "ns", NULL, false, "CPU time spinning." },
	{ "cpu.time_ns.sched", "ns", NULL, false, "CPU time in the scheduler." },
	{ "cpu.time_ns.app", "ns", NULL, false, "CPU time in the workload." },
	{ "cpu.time_ns.idle", "ns", NULL, false,
	  "Idle time. The thirteen sum to cores times window exactly." },
	{ "iommu.iotlb.hits", "", NULL, false, "Translations found in the IOTLB." },
	{ "iommu.iotlb.misses", "", NULL, false, "Translations not found there." },
	{ "iommu.walks", "", NULL, false, "Page walks." },
	{ "iommu.invalidations", "", NULL, false, "Invalidation descriptors carried out." },
	{ "iommu.invalidate.wait_ns", "ns", NULL, true, "Wait for the invalidation to be done." },
	{ "iommu.faults", "", NULL, false, "Translation faults." },
	{ "dma.maps", "", NULL, false, "Mappings made." },
	{ "dma.unmaps", "", NULL, false, "Mappings removed." },
	{ "dma.bounced_bytes", "B", NULL, false, "Bytes copied by bounce buffers." },
	{ "pcie.DEV.up.bytes", "B", NULL, false, "Bytes of packets from the device." },
	{ "pcie.DEV.down.bytes", "B", NULL, false, "Bytes of packets to the device." },
	{ "pcie.DEV.up.utilisation", "share", NULL, false, "Share of the link's time, 0 to 1." },
	{ "pcie.DEV.down.utilisation", "share", NULL, false, "Share of the link's time, 0 to 1." },
	{ "pcie.DEV.read.latency_ns", "ns", NULL, true, "Read request to its last completion." },
	{ "ipi.count", "", NULL, false, "Interrupts between cores." },
	{ "tlb.shootdowns", "", NULL, false, "TLB shootdowns that reached other cores." },
	{ "tlb.shootdown.latency_ns", "ns", NULL, true, "Shootdown from start to last answer." },
	{ "tlb.misses", "", NULL, false, "TLB misses of user accesses." },
};

const struct scn_known_stat *scn_known_stats(size_t *count)
{
	*count = sizeof(stats) / sizeof(stats[0]);
	return stats;
}
