/* SPDX-License-Identifier: MIT */
#include "model/scenario/keys.h"

#include <stdio.h>
#include <string.h>

#include "model/scenario/fault_kinds.h"
#include "model/scenario/units.h"

/* "|irq-lost|irq-late..." */
#define FAULT_KIND(id, name, ...) "|" name
static const char fault_words[] =
#include "model/scenario/faults.def"
	;
#undef FAULT_KIND

#define IDEAL "/host.software=ideal"
#define NIC   "model=82599"
#define SSD   "model=nvme"
#define STATIONS "kind=constant|exponential"
#define ENGINE "model=dmatest"
#define PLUGIN "model=plugin"

static const struct scn_row rows[] = {
	{ "format", SCN_TYPE_INTEGER, "1", "1", .help = "Version of the scenario format." },
	{ "seed", SCN_TYPE_INTEGER, "42", "0..9223372036854775807",
	  .help = "Root of all random streams; the same seed gives the same run." },
	{ "run.warmup", SCN_TYPE_TIME, "2ms", "0ns..1000s",
	  .help = "From the start of the workloads to the start of the measuring window." },
	{ "run.measure", SCN_TYPE_TIME, "20ms", "1ns..1000s",
	  .help = "Length of the measuring window; or { frames = N } or { ios = N }." },
	{ "run.interval", SCN_TYPE_TIME, NULL, "1us..1000s",
	  .help = "Counters and latencies of each such interval of the window go to series.csv." },
	{ "run.measure.frames", SCN_TYPE_INTEGER, NULL, "1..1000000000000",
	  .help = "The window ends at the n-th delivered frame, counted over all devices." },
	{ "run.measure.ios", SCN_TYPE_INTEGER, NULL, "1..1000000000000",
	  .help = "The window ends at the n-th completed I/O, counted over all devices." },

	{ "cpu.profile", SCN_TYPE_NAME, "xeon-skx",
	  .help = "Machine profile: costs of interrupts, copies, system calls; scenarios/profiles." },
	{ "cpu.cores", SCN_TYPE_INTEGER, "4", "1..64", .help = "Simulated cores." },
	{ "cpu.sockets", SCN_TYPE_INTEGER, "1", "1..8",
	  .help = "Sockets; the cores are shared out evenly." },
	{ "cpu.idle", SCN_TYPE_WORD, "off", .words = "off|c1|menu",
	  .help = "Idle states: none, halt only, or the kernel's menu governor." },
	{ "cpu.frequency", SCN_TYPE_FREQUENCY, "3GHz", "100MHz..10GHz",
	  .help = "Clock of all cores. Without it: the frequency of the profile." },
	{ "cpu.page_table_isolation", SCN_TYPE_BOOL, "false",
	  .help = "The kernel isolates its page tables: system calls cost more." },
	{ "cpu.tlb_invalidation", SCN_TYPE_WORD, "ipi", .words = "ipi|broadcast",
	  .help = "How other cores' TLBs are invalidated: by interrupting them, or by hardware (INVLPGB)." },
	{ "cpu.interleave", SCN_TYPE_TIME, "100ns", "0ns..1ms",
	  .help = "How far a core may run ahead of another; 0ns is exact." },

	{ "host.software", SCN_TYPE_WORD, "linux", .words = "linux|bare|ideal",
	  .help = "What runs on the cores: the Linux kernel, poll-mode software, or constant costs." },
	{ "host.cmdline", SCN_TYPE_TEXT, "", .help = "Appended to the kernel's command line." },
	{ "host.memory", SCN_TYPE_SIZE, "256MiB", "64MiB..64GiB", .help = "Simulated RAM." },
	{ "host.netdev_budget", SCN_TYPE_INTEGER, "300", "1..1000000",
	  .help = "Frames of a softirq before NAPI yields; sysctl net.core.netdev_budget." },

	{ "memory.socket", SCN_TYPE_INTEGER, "0", "0..7",
	  .help = "Socket whose memory is all of RAM." },
	{ "memory.ddio_ways", SCN_TYPE_INTEGER, NULL, "0..32",
	  .help = "Ways of the cache that DMA writes may take; 0: memory. Without it: the profile's." },
	{ "memory.bandwidth", SCN_TYPE_BANDWIDTH, NULL, "1Gbps..100000Gbps",
	  .help = "What passes to and from memory a second. Without it: the profile's." },

	{ "ideal.scheme", SCN_TYPE_WORD, "interrupt", .words = "interrupt|interrupt-drain|napi|timer",
	  .needs = IDEAL,
	  .help = "One packet an interrupt; the ring at interrupt level; masked polling; looks by the clock." },
	{ "ideal.interrupt", SCN_TYPE_TIME, "1us", "0ns..1s", .needs = IDEAL,
	  .help = "Cost of an interrupt." },
	{ "ideal.packet", SCN_TYPE_TIME, "300ns", "0ns..1s", .needs = IDEAL,
	  .help = "Cost of a packet." },
	{ "ideal.poll", SCN_TYPE_TIME, "0ns", "0ns..1s", .needs = IDEAL,
	  .help = "Cost of a poll." },
	{ "ideal.application", SCN_TYPE_TIME, "0ns", "0ns..1s", .needs = IDEAL,
	  .help = "Cost of a packet at low priority, after delivery." },
	{ "ideal.budget", SCN_TYPE_INTEGER, "64", "1..65536", .needs = IDEAL,
	  .help = "Packets a poll takes at most (scheme napi)." },
	{ "ideal.submit", SCN_TYPE_TIME, "0ns", "0ns..1s", .needs = IDEAL,
	  .help = "Cost of submitting an I/O." },
	{ "ideal.complete", SCN_TYPE_TIME, "0ns", "0ns..1s", .needs = IDEAL,
	  .help = "Cost of completing an I/O." },
	{ "ideal.poll_interval", SCN_TYPE_TIME, "0ns", "0ns..1s", .needs = IDEAL,
	  .help = "Time between two looks: at completions (engine polled), at an empty ring (scheme timer)." },
	{ "ideal.think", SCN_TYPE_TIME, "0ns", "0ns..1s", .needs = IDEAL,
	  .help = "Pause of a closed loop between an I/O's completion and the next submission." },
	{ "ideal.delivery", SCN_TYPE_TIME, "0ns", "0ns..1s", .needs = IDEAL,
	  .help = "From a device's interrupt to its service, while the core is idle." },

	{ "iommu.mode", SCN_TYPE_WORD, "off", .words = "off|passthrough|lazy|strict",
	  .help = "Address translation for devices, and when the kernel invalidates." },
	{ "iommu.interrupts", SCN_TYPE_WORD, "remapped", .words = "remapped|direct",
	  .help = "Devices' interrupts name an entry of the IOMMU's table, or core and vector." },
	{ "iommu.iotlb_entries", SCN_TYPE_INTEGER, "64", "1..65536",
	  .help = "Entries of the IOMMU's translation cache." },

	{ "iommu.iotlb_ways", SCN_TYPE_INTEGER, NULL, "0..65536",
	  .help = "Its ways; 0 is fully associative. Without it: the profile's." },
	{ "iommu.replacement", SCN_TYPE_WORD, "lru", .words = "lru|fifo|random",
	  .help = "Which entry of a full set gives way." },
	{ "iommu.invalidate_time", SCN_TYPE_WORD, "constant", .words = "constant|exponential",
	  .help = "Queued invalidations take the profile's time, or vary around it." },

	{ "dma.bounce", SCN_TYPE_WORD, "auto", .words = "auto|force|untrusted",
	  .help = "Bounce buffers: where the kernel needs them, always, or for untrusted devices." },

	{ "pcie.gen", SCN_TYPE_INTEGER, "3", "1..5", .help = "Generation of every link." },
	{ "pcie.lanes", SCN_TYPE_INTEGER, "8", "1,2,4,8,16", .help = "Lanes of every link." },
	{ "pcie.mps", SCN_TYPE_INTEGER, "256", "128,256,512,1024,2048,4096",
	  .help = "Largest payload of a packet, in bytes." },
	{ "pcie.mrrs", SCN_TYPE_INTEGER, "512", "128,256,512,1024,2048,4096",
	  .help = "Largest read request, in bytes." },
	{ "pcie.rcb", SCN_TYPE_INTEGER, "64", "64,128",
	  .help = "Read completion boundary of the root complex, in bytes." },
	{ "pcie.combine_above", SCN_TYPE_INTEGER, "0", "0..4096",
	  .help = "Reads of so many bytes and less are answered by a packet for each pcie.rcb." },
	{ "pcie.align", SCN_TYPE_INTEGER, "1", "1,2,4,8,16,32,64,128,256,512,1024,2048,4096",
	  .help = "Devices move whole aligned blocks of so many bytes; 4: DWs, as specified." },
	{ "pcie.dllp", SCN_TYPE_NUMBER, NULL, "0..0.5",
	  .help = "Share of a link for DLLPs and SKP; without it: by the specification." },
	{ "pcie.dllp_down", SCN_TYPE_NUMBER, NULL, "0.000001..0.5",
	  .help = "The same of the direction to the device; without it: as pcie.dllp." },
	{ "pcie.tags", SCN_TYPE_INTEGER, "32", "0..256",
	  .help = "Reads a device has outstanding; over 32 need extended_tags; 0 = no limit." },
	{ "pcie.extended_tags", SCN_TYPE_BOOL, "false",
	  .help = "Devices have tags of 8 bits, which software enables." },
	{ "pcie.posted_headers", SCN_TYPE_INTEGER, "64", "0..127",
	  .help = "The root complex's header credits for writes; 0 = no limit." },
	{ "pcie.posted_data", SCN_TYPE_INTEGER, "1024", "0..2047",
	  .help = "Its data credits for writes, of 16 bytes; 0 = no limit." },
	{ "pcie.read_headers", SCN_TYPE_INTEGER, "64", "0..127",
	  .help = "Its header credits for reads; 0 = no limit." },
	{ "pcie.core_writes", SCN_TYPE_INTEGER, "16", "0..127",
	  .help = "A device's credits for register writes; then cores stall; 0 = no limit." },
	{ "pcie.credit_return", SCN_TYPE_TIME, NULL, "0ns..100us",
	  .help = "A packet sent until its credits are back; without it: dma.credit_return." },
	{ "pcie.jitter", SCN_TYPE_BOOL, "false",
	  .help = "The time of a device's reads varies as the profile's dma.jitter rows say." },
	{ "pcie.ido", SCN_TYPE_BOOL, "false",
	  .help = "Devices' requests may pass those of others (ID-based ordering)." },
	{ "pcie.uplink", SCN_TYPE_NAME, NULL,
	  .help = "Switch whose link the devices share. Without it: a root port each." },
	{ "pcie.ideal", SCN_TYPE_BOOL, "false",
	  .help = "Links, memory, translation and the devices' own pipelines take no time." },
	{ "pcie.switch.gen", SCN_TYPE_INTEGER, "3", "1..5",
	  .help = "Generation of a switch's link to the root complex." },
	{ "pcie.switch.lanes", SCN_TYPE_INTEGER, "8", "1,2,4,8,16", .help = "Lanes of that link." },

	{ "device.*.model", SCN_TYPE_WORD, NULL, .words = "82599|nvme|dmatest|plugin",
	  .required = true,
	  .help = "What the device is." },
	{ "device.*.driver", SCN_TYPE_NAME, NULL,
	  .help = "Its driver; without it: ixgbe, nvme or dmatest under linux, pmd under bare, none under ideal." },
	{ "device.*.queues", SCN_TYPE_INTEGER, "4", "1..64",
	  .help = "Queue pairs that the driver may use, one vector each." },
	{ "device.*.dma_bits", SCN_TYPE_INTEGER, "64", "24..64",
	  .help = "Address bits the device can drive." },
	{ "device.*.socket", SCN_TYPE_INTEGER, "0", "0..7",
	  .help = "Socket that the device is attached to." },
	{ "device.*.link", SCN_TYPE_BANDWIDTH, "10Gbps", "1Mbps..400Gbps", .needs = NIC,
	  .help = "Speed of the wire." },
	{ "device.*.ring", SCN_TYPE_INTEGER, "512", "1..4096", .needs = NIC,
	  .help = "Descriptors of a ring; under linux at least 64 and a multiple of 8." },
	{ "device.*.itr", SCN_TYPE_TIME_OR_WORD, "20us", "2us..1022us", "off|adaptive", NIC,
	  .help = "Interrupt throttle: least time between two interrupts, the driver's own algorithm, or none." },
	{ "device.*.gro_flush_timeout", SCN_TYPE_TIME, "0ns", "0ns..1s", .needs = NIC,
	  .help = "NAPI: with deferred interrupts, time to the next poll; sysfs gro_flush_timeout." },
	{ "device.*.napi_defer_hard_irqs", SCN_TYPE_INTEGER, "0", "0..1000000", .needs = NIC,
	  .help = "NAPI: empty polls by timer before interrupts are let on again; as in sysfs." },
	{ "device.*.threaded_napi", SCN_TYPE_BOOL, "false", .needs = NIC,
	  .help = "NAPI polls in threads of their own instead of softirqs; sysfs threaded." },
	{ "device.*.napi_weight", SCN_TYPE_INTEGER, NULL, "1..64", .needs = NIC,
	  .help = "NAPI: frames of a poll; without it: the driver's." },
	{ "device.*.busy_poll", SCN_TYPE_TIME, "0us", "0us..1s", .needs = NIC,
	  .help = "Sockets poll the device so long before they sleep; SO_BUSY_POLL." },
	{ "device.*.irq_cores", SCN_TYPE_CORES, NULL, .needs = NIC,
	  .help = "Cores that take the queues' interrupts, in turn; without it: where the driver hints." },
	{ "device.*.pause", SCN_TYPE_BOOL, "false", .needs = NIC,
	  .help = "The other end of the wire knows pause frames: [[traffic]] waits when told to." },
	{ "device.*.tso", SCN_TYPE_BOOL, "true", .needs = NIC,
	  .help = "Segmentation by the device; ethtool -K tso." },
	{ "device.*.sg", SCN_TYPE_BOOL, "true", .needs = NIC,
	  .help = "Frames may lie in several pieces; ethtool -K sg." },
	{ "device.*.gro", SCN_TYPE_BOOL, "true", .needs = NIC,
	  .help = "Received segments are merged by the kernel; ethtool -K gro." },
	{ "device.*.lro", SCN_TYPE_BOOL, "false", .needs = NIC,
	  .help = "Received segments are merged by the device; ethtool -K lro." },
	{ "device.*.media", SCN_TYPE_NAME, "p4800x", .needs = SSD,
	  .help = "Profile of the medium; scenarios/profiles/media." },
	{ "device.*.capacity", SCN_TYPE_SIZE, "64GiB", "1MiB..16TiB", .needs = SSD,
	  .help = "Size of the medium, all namespaces together; a multiple of 4KiB." },
	{ "device.*.namespaces", SCN_TYPE_INTEGER, "1", "1..32", .needs = SSD,
	  .help = "Namespaces; they share the capacity in equal parts. Linux has a disk for each." },
	{ "device.*.block", SCN_TYPE_WORD, "512B", .words = "512B|4KiB", .needs = SSD,
	  .help = "Logical blocks that the namespaces are shipped with; under linux." },
	{ "device.*.max_transfer", SCN_TYPE_SIZE, "128KiB", "4KiB..4MiB", .needs = SSD,
	  .help = "The longest transfer of a command (MDTS); a power of two." },
	{ "device.*.sgl", SCN_TYPE_BOOL, "false", .needs = SSD,
	  .help = "The controller takes scatter gather lists; most disks of the profiles do not." },
	{ "device.*.precondition", SCN_TYPE_WORD, "sequential", .words = "fresh|sequential|random",
	  .needs = SSD,
	  .help = "What flash holds at the start: nothing, all in order, or as random writes leave it." },
	{ "device.*.poll_queues", SCN_TYPE_INTEGER, "0", "0..63", .needs = SSD,
	  .help = "Queues without interrupts, beside `queues`." },
	{ "device.*.coalesce_time", SCN_TYPE_TIME, "0us", "0us..25500us", .needs = SSD,
	  .help = "Interrupt coalescing time at power-on; 0us is off. Drivers set steps of 100us." },
	{ "device.*.coalesce_threshold", SCN_TYPE_INTEGER, "1", "1..256", .needs = SSD,
	  .help = "Completions that raise an interrupt before the coalescing time is over." },
	{ "device.*.coalesce_rearm", SCN_TYPE_BOOL, "false", .needs = SSD,
	  .help = "The coalescing time starts anew at each completion, as calibrated interrupts have it." },
	{ "device.*.outstanding", SCN_TYPE_INTEGER, "256", "1..3840", .needs = ENGINE,
	  .help = "Requests that the test device may have in flight." },
	{ "device.*.burst", SCN_TYPE_SIZE, "4KiB", "64B..64KiB", .needs = ENGINE,
	  .help = "Bytes requested of a transfer before another has its turn; a power of two." },
	{ "device.*.setup", SCN_TYPE_TIME, "0ns", "0ns..1ms", .needs = ENGINE,
	  .help = "What the test device's engine takes before a request goes out." },
	{ "device.*.read_gap", SCN_TYPE_TIME, "0ns", "0ns..1ms", .needs = ENGINE,
	  .help = "Least distance of two read requests of the test device." },
	{ "device.*.write_gap", SCN_TYPE_TIME, "0ns", "0ns..1ms", .needs = ENGINE,
	  .help = "Least distance of two write requests of the test device." },
	{ "device.*.write_chunk", SCN_TYPE_TIME, "0ns", "0ns..1ms", .needs = ENGINE,
	  .help = "What each 128 bytes begun of a write add to that distance." },
	{ "device.*.write_beat", SCN_TYPE_TIME, "0ns", "0ns..1ms", .needs = ENGINE,
	  .help = "What each 32 bytes begun of a write's packets add to it, if that is more." },
	{ "device.*.read_move", SCN_TYPE_TIME, "0ns", "0ns..1ms", .needs = ENGINE,
	  .help = "What the test device takes to move on 64 bytes that it has read." },
	{ "device.*.read_slots", SCN_TYPE_INTEGER, "0", "0..3840", .needs = ENGINE,
	  .help = "Its reads on the link or being moved on; 0 = no limit but the link's tags." },
	{ "device.*.library", SCN_TYPE_PATH, NULL, .needs = PLUGIN,
	  .help = "Shared object that holds the device (docs/own-device.md)." },
	{ "device.*.options", SCN_TYPE_TEXT, "", .needs = PLUGIN,
	  .help = "Text that the library gets." },
	{ "device.*.write_cache", SCN_TYPE_BOOL, "true", .needs = SSD,
	  .help = "A volatile write cache, if the medium has one, is on; off forces every write." },
	{ "device.*.power.entry", SCN_TYPE_TIME, NULL, "0us..1000000us", .needs = SSD,
	  .help = "There is a power state without I/O, which a driver may choose: way there." },
	{ "device.*.power.exit", SCN_TYPE_TIME, NULL, "0us..1000000us", .needs = SSD,
	  .help = "Way back from the power state without I/O; the command that comes first waits for it." },
	{ "device.*.power_cut", SCN_TYPE_TIME, NULL, "1ns..1000s", .needs = SSD,
	  .help = "The device loses power so long after the workloads' start, and the run ends." },
	{ "device.*.moderation.kind", SCN_TYPE_WORD, NULL,
	  .words = "itr|count-timeout|packet-timer|watermark",
	  .help = "Interrupt moderation of another kind than the device's own." },
	{ "device.*.moderation.count", SCN_TYPE_INTEGER, NULL, "1..1000000",
	  .needs = "kind=count-timeout", .help = "Packets that raise an interrupt at once." },
	{ "device.*.moderation.timeout", SCN_TYPE_TIME, NULL, "0ns..1s",
	  .needs = "kind=count-timeout|packet-timer|watermark",
	  .help = "Longest wait of the first packet (packet-timer: the absolute timer)." },
	{ "device.*.moderation.gap", SCN_TYPE_TIME, NULL, "0ns..1s",
	  .needs = "kind=itr|packet-timer",
	  .help = "Least distance of two interrupts (packet-timer: the timer each packet starts anew)." },
	{ "device.*.moderation.high", SCN_TYPE_INTEGER, NULL, "1..1000000",
	  .needs = "kind=watermark", .help = "Frames in the ring that raise an interrupt." },
	{ "device.*.moderation.low", SCN_TYPE_INTEGER, NULL, "0..1000000",
	  .needs = "kind=watermark",
	  .help = "Frames left in the ring with which the next interrupt may come." },
	{ "device.*.stations.kind", SCN_TYPE_WORD, NULL, .words = "constant|exponential",
	  .help = "A medium of theory instead of `media`: dies and a channel, first come, first served." },
	{ "device.*.stations.dies", SCN_TYPE_INTEGER, NULL, "0..4096", .needs = STATIONS,
	  .help = "Dies, chosen by the address (4KiB after 4KiB); 0 or none: nobody waits." },
	{ "device.*.stations.service", SCN_TYPE_TIME, NULL, "0ns..1s", .needs = STATIONS,
	  .help = "Time in the die, or its mean." },
	{ "device.*.stations.transfer", SCN_TYPE_TIME, NULL, "0ns..1s", .needs = STATIONS,
	  .help = "Then time on the channel that all dies share, or its mean." },
	{ "device.*.rtl.moderation", SCN_TYPE_BOOL, "false",
	  .help = "Take the interrupt moderation from RTL." },
	{ "device.*.rtl.msix", SCN_TYPE_BOOL, "false", .help = "Take the MSI-X table from RTL." },
	{ "device.*.rtl.coalescing", SCN_TYPE_BOOL, "false",
	  .help = "Take the completion coalescing from RTL." },
	{ "device.*.rtl.clock", SCN_TYPE_FREQUENCY, "250MHz", "1MHz..1000GHz",
	  .help = "Clock that the RTL blocks count time in; 1000GHz is exact." },
	{ "device.*.pcie.gen", SCN_TYPE_INTEGER, NULL, "1..5",
	  .help = "Generation of this device's link; without it: [pcie]." },
	{ "device.*.pcie.lanes", SCN_TYPE_INTEGER, NULL, "1,2,4,8,16",
	  .help = "Lanes of this device's link; without it: [pcie]." },
	{ "device.*.pcie.mps", SCN_TYPE_INTEGER, NULL, "128,256,512,1024,2048,4096",
	  .help = "Largest payload of a packet, in bytes; without it: [pcie]." },
	{ "device.*.pcie.mrrs", SCN_TYPE_INTEGER, NULL, "128,256,512,1024,2048,4096",
	  .help = "Largest read request, in bytes; without it: [pcie]." },
	{ "device.*.pcie.rcb", SCN_TYPE_INTEGER, NULL, "64,128",
	  .help = "Read completion boundary of this device's root port; without it: [pcie]." },
	{ "device.*.pcie.combine_above", SCN_TYPE_INTEGER, NULL, "0..4096",
	  .help = "Its reads up to this get a packet each pcie.rcb; without it: [pcie]." },
	{ "device.*.pcie.align", SCN_TYPE_INTEGER, NULL,
	  "1,2,4,8,16,32,64,128,256,512,1024,2048,4096",
	  .help = "It moves whole aligned blocks of so many bytes; without it: [pcie]." },
	{ "device.*.pcie.dllp", SCN_TYPE_NUMBER, NULL, "0..0.5",
	  .help = "Share of its link for acknowledgements, credits and SKP; without it: [pcie]." },
	{ "device.*.pcie.dllp_down", SCN_TYPE_NUMBER, NULL, "0.000001..0.5",
	  .help = "The same of the direction to it; without it: [pcie]." },
	{ "device.*.pcie.tags", SCN_TYPE_INTEGER, NULL, "0..256",
	  .help = "Reads that it has outstanding; 0 = no limit; without it: [pcie]." },
	{ "device.*.pcie.extended_tags", SCN_TYPE_BOOL, NULL,
	  .help = "It has tags of 8 bits, which software enables; without it: [pcie]." },
	{ "device.*.pcie.posted_headers", SCN_TYPE_INTEGER, NULL, "0..127",
	  .help = "Header credits for its writes; 0 = no limit; without it: [pcie]." },
	{ "device.*.pcie.posted_data", SCN_TYPE_INTEGER, NULL, "0..2047",
	  .help = "Data credits for its writes, of 16 bytes; 0 = no limit; without it: [pcie]." },
	{ "device.*.pcie.read_headers", SCN_TYPE_INTEGER, NULL, "0..127",
	  .help = "Header credits for its reads; 0 = no limit; without it: [pcie]." },
	{ "device.*.pcie.core_writes", SCN_TYPE_INTEGER, NULL, "0..127",
	  .help = "Its header credits for register writes; 0 = no limit; without it: [pcie]." },
	{ "device.*.pcie.credit_return", SCN_TYPE_TIME, NULL, "0ns..100us",
	  .help = "A packet sent until its credits are back; without it: [pcie]." },
	{ "device.*.pcie.jitter", SCN_TYPE_BOOL, NULL,
	  .help = "The time of its reads varies; without it: [pcie]." },
	{ "device.*.pcie.ido", SCN_TYPE_BOOL, NULL,
	  .help = "Its requests may pass those of others; without it: [pcie]." },
	{ "device.*.pcie.uplink", SCN_TYPE_NAME, NULL,
	  .help = "Switch behind which it is; without it: [pcie]." },
	{ "device.*.pcie.ideal", SCN_TYPE_BOOL, NULL,
	  .help = "This device's link and pipelines take no time; without it: [pcie]." },

	{ "traffic.#.to", SCN_TYPE_NAME, NULL, .required = true,
	  .help = "Network device at whose wire the frames arrive." },
	{ "traffic.#.frame", SCN_TYPE_SIZE, "64B", "64B..9728B",
	  .needs = "arrival=constant|poisson|burst|closed|on-off",
	  .help = "Length of a frame with its check sequence." },
	{ "traffic.#.rate", SCN_TYPE_RATE, "1Mpps", .needs = "arrival=constant|poisson|burst|on-off",
	  .help = "Mean rate: frames a second, or bits a second of the wire with preamble and gap." },
	{ "traffic.#.arrival", SCN_TYPE_WORD, "poisson",
	  .words = "constant|poisson|burst|pcap|closed|on-off",
	  .help = "How frames are spaced; closed: clients that wait for answers; on-off: Poisson with pauses." },
	{ "traffic.#.burst", SCN_TYPE_INTEGER, "32", "1..65536", .needs = "arrival=burst",
	  .help = "Frames of a burst, back to back at the speed of the wire." },
	{ "traffic.#.on", SCN_TYPE_TIME, "20us", "1ns..1000s", .needs = "arrival=on-off",
	  .help = "Mean length of a period with frames, exponential; `rate` is over both kinds." },
	{ "traffic.#.off", SCN_TYPE_TIME, "30us", "1ns..1000s", .needs = "arrival=on-off",
	  .help = "Mean length of a period without frames, exponential." },
	{ "traffic.#.flows", SCN_TYPE_INTEGER, "64", "1..65536",
	  .help = "Distinct source addresses and ports, assigned round robin." },
	{ "traffic.#.pcap", SCN_TYPE_PATH, NULL, .needs = "arrival=pcap",
	  .help = "Capture file that gives times and lengths." },
	{ "traffic.#.speed", SCN_TYPE_NUMBER, "1.0", "0.000001..1000000", .needs = "arrival=pcap",
	  .help = "The capture is played so many times as fast." },
	{ "traffic.#.sink", SCN_TYPE_WORD, "udp", .words = "udp|drop|echo|forward|xdp-drop|xdp-tx",
	  .help = "A socket; freed at once; sent back; routed to `via`; dropped or sent back in the driver." },
	{ "traffic.#.via", SCN_TYPE_NAME, NULL, .needs = "sink=forward",
	  .help = "Network device that forwarded frames leave by." },
	{ "traffic.#.clients", SCN_TYPE_INTEGER, "1", "1..65536", .needs = "arrival=closed",
	  .help = "Clients with one request outstanding each." },
	{ "traffic.#.think", SCN_TYPE_TIME, "0us", "0us..10s", .needs = "arrival=closed",
	  .help = "Pause of a client between an answer and its next request." },
	{ "traffic.#.timeout", SCN_TYPE_TIME, "10ms", "1us..10s", .needs = "arrival=closed",
	  .help = "After so long without an answer a client sends another request." },

	{ "send.#.from", SCN_TYPE_NAME, NULL, .required = true,
	  .help = "Network device that the host sends by." },
	{ "send.#.engine", SCN_TYPE_WORD, "udp", .words = "udp|tcp|pktgen",
	  .help = "Datagrams or streams of sockets, or the kernel's own packet generator." },
	{ "send.#.size", SCN_TYPE_SIZE, "18B", "8B..1MiB",
	  .help = "Bytes of a datagram or of a write; 18B of UDP are a frame of 64B." },
	{ "send.#.rate", SCN_TYPE_RATE, NULL,
	  .help = "Sends a second on each core; without it: as fast as it goes, or a closed loop." },
	{ "send.#.peer", SCN_TYPE_WORD, "sink", .words = "sink|echo", .needs = "engine=udp|tcp",
	  .help = "What the other end of the wire does: it takes, or it answers with as many bytes." },
	{ "send.#.peer_delay", SCN_TYPE_TIME, "0us", "0us..1s", .needs = "peer=echo",
	  .help = "Last bit of a request at the peer to the first bit of its answer." },
	{ "send.#.depth", SCN_TYPE_INTEGER, "1", "1..1024", .needs = "engine=udp|tcp",
	  .help = "On each core: requests outstanding (udp), connections (tcp)." },
	{ "send.#.think", SCN_TYPE_TIME, "0us", "0us..10s", .needs = "peer=echo",
	  .help = "Pause between an answer and the next request." },
	{ "send.#.flows", SCN_TYPE_INTEGER, "1", "1..4096",
	  .help = "Hosts at the other end, in turn." },
	{ "send.#.memory", SCN_TYPE_WORD, "kernel", .words = "kernel|user",
	  .needs = "engine=udp|tcp",
	  .help = "Kernel threads send, or a program from pages of its own; the peer compares." },
	{ "send.#.zero_copy", SCN_TYPE_BOOL, "false", .needs = "engine=udp|tcp",
	  .help = "A program (memory = \"user\") sends with MSG_ZEROCOPY, buffers in turn." },
	{ "send.#.reuse", SCN_TYPE_WORD, "notified", .words = "notified|at-once",
	  .needs = "engine=udp|tcp",
	  .help = "Zero copy: buffers are written to again when the kernel is done, or at once." },
	{ "send.#.cores", SCN_TYPE_CORES, "[0]", .help = "Cores that run a sender each." },

	{ "admin.#.on", SCN_TYPE_NAME, NULL, .required = true,
	  .help = "Network device that an administrator works on while traffic runs." },
	{ "admin.#.action", SCN_TYPE_WORD, NULL, .required = true,
	  .words = "down-up|ring|coalesce|statistics|tx-timeout|self-test|reset",
	  .help = "What is done, through the calls that ip and ethtool end in." },
	{ "admin.#.every", SCN_TYPE_TIME, "1ms", "0us..10s", .help = "Pause before each time." },
	{ "admin.#.count", SCN_TYPE_INTEGER, "1", "1..1000000", .help = "How many times." },

	{ "transfer.#.on", SCN_TYPE_NAME, NULL, .required = true,
	  .help = "DMA test device." },
	{ "transfer.#.op", SCN_TYPE_WORD, "read", .words = "read|write|both",
	  .help = "What the device does with memory; both: in turn." },
	{ "transfer.#.size", SCN_TYPE_SIZE, "4KiB", "1B..1MiB",
	  .help = "Bytes of a transfer; with map = \"once\" of a request." },
	{ "transfer.#.map", SCN_TYPE_WORD, "single", .words = "once|single|sg|page",
	  .help = "Mapped once, and the device works alone; or for each transfer: a contiguous "
		  "buffer, scattered pages by one call, or page by page." },
	{ "transfer.#.depth", SCN_TYPE_INTEGER, "32", "1..4096",
	  .help = "On each core: transfers under way; with map = \"once\" requests in flight." },
	{ "transfer.#.active", SCN_TYPE_INTEGER, "16", "1..256", .needs = "map=single|sg|page",
	  .help = "Of those, how many the device works on at a time, a burst each." },
	{ "transfer.#.window", SCN_TYPE_SIZE, "256KiB", "64B..16GiB",
	  .help = "Memory of each core's transfers; at least `depth` buffers, or a `page`." },
	{ "transfer.#.page", SCN_TYPE_SIZE, "4KiB", "4KiB..4MiB", .needs = "map=once",
	  .help = "The window's contiguous pieces, mapped by themselves; a power of two." },
	{ "transfer.#.order", SCN_TYPE_WORD, "random", .words = "random|sequential",
	  .needs = "map=once", .help = "Addresses of the requests in the window." },
	{ "transfer.#.offset", SCN_TYPE_SIZE, "0B", "0B..1MiB", .needs = "map=once",
	  .help = "Added to every address: unaligned requests." },
	{ "transfer.#.cores", SCN_TYPE_CORES, "[0]",
	  .help = "Cores that run a thread each; every thread has a channel of the device." },
	{ "transfer.#.stray", SCN_TYPE_WORD, "none", .words = "none|outside|stale",
	  .help = "The device misbehaves: accesses outside of its mappings, or writes once more after unmapping." },
	{ "transfer.#.stray_every", SCN_TYPE_INTEGER, "1000", "1..16777215",
	  .needs = "stray=outside|stale",
	  .help = "With every how many requests (outside) or transfers (stale)." },
	{ "transfer.#.stray_delay", SCN_TYPE_TIME, "5us", "0us..1s", .needs = "stray=stale",
	  .help = "From a transfer's completion to its repeated write." },
	{ "mm.#.op", SCN_TYPE_WORD, NULL,
	  .words = "munmap|mprotect|dontneed|fork|touch|random|receive|direct|program",
	  .required = true,
	  .help = "What the threads of a process do with their memory, by system calls and accesses." },
	{ "mm.#.pages", SCN_TYPE_INTEGER, "1", "1..65536", .help = "4 KiB pages of an operation." },
	{ "mm.#.pattern", SCN_TYPE_WORD, "sequential", .words = "sequential|random",
	  .help = "Order in which pages are accessed (op touch, and busy peers)." },
	{ "mm.#.huge", SCN_TYPE_BOOL, "false",
	  .help = "The memory asks for huge pages, madvise(MADV_HUGEPAGE); the host needs 512 MiB." },
	{ "mm.#.cores", SCN_TYPE_CORES, "[0]", .help = "Cores that run a working thread each." },
	{ "mm.#.peers", SCN_TYPE_CORES, NULL,
	  .help = "Cores that run another thread of the process each." },
	{ "mm.#.peer_count", SCN_TYPE_INTEGER, NULL, "0..63",
	  .help = "Instead of `peers`: the first so many cores that do not work, or all of these." },
	{ "mm.#.peer_state", SCN_TYPE_WORD, "busy", .words = "busy|idle|irq-off",
	  .help = "Peers read the process's memory, sleep, or spend their time with interrupts off." },
	{ "mm.#.peer_pages", SCN_TYPE_INTEGER, "16", "1..65536",
	  .help = "A busy peer's request reads so many pages in turn." },
	{ "mm.#.peer_memory", SCN_TYPE_WORD, "own", .words = "own|shared",
	  .help = "Busy peers read pages of their own, or those that the first worker works on." },
	{ "mm.#.irq_off", SCN_TYPE_TIME, "5us", "10ns..1ms", .needs = "peer_state=irq-off",
	  .help = "Peers keep interrupts off for so long at a time." },
	{ "mm.#.on", SCN_TYPE_NAME, NULL, .needs = "op=direct|program",
	  .help = "NVMe device; of program = \"uring\", and of \"file\" if it is to use a disk." },
	{ "mm.#.program", SCN_TYPE_WORD, "echo", .words = "echo|futex|uring|file|fork|own",
	  .needs = "op=program",
	  .help = "Which program of system calls (docs/memory.md); an operation is a turn." },
	{ "mm.#.name", SCN_TYPE_NAME, NULL, .needs = "program=own",
	  .help = "Name by which a program of your own has registered itself (docs/memory.md)." },
	{ "mm.#.size", SCN_TYPE_SIZE, "4KiB", "8B..16KiB", .needs = "op=program",
	  .help = "Bytes of a message or of an I/O; a multiple of 8, and of 512 for a disk." },
	{ "mm.#.depth", SCN_TYPE_INTEGER, "8", "1..256", .needs = "op=program",
	  .help = "Connections of each client (echo), reads of a batch (uring)." },
	{ "mm.#.during", SCN_TYPE_WORD, "look", .words = "look|unmap|fork", .needs = "op=direct",
	  .help = "What a peer does to the memory while a read into it is under way." },
	{ "mm.#.pin", SCN_TYPE_BOOL, "true", .needs = "op=direct",
	  .help = "Pages are pinned for the device; false: referenced only, as before Linux 5.6." },
	{ "mm.#.method", SCN_TYPE_WORD, "copy", .words = "copy|map", .needs = "op=receive",
	  .help = "A message's bytes are copied (read), or its pages mapped (TCP_ZEROCOPY_RECEIVE)." },
	{ "mm.#.rate", SCN_TYPE_IO_RATE, NULL,
	  .help = "Operations a second of each working thread; without it: a closed loop." },
	{ "mm.#.count", SCN_TYPE_INTEGER, NULL, "1..1000000000000",
	  .help = "The process ends after so many operations; without it: never." },

	{ "fault.#.on", SCN_TYPE_NAME, NULL, .required = true,
	  .help = "Device that misbehaves, or whose driver's calls fail; or a core, \"cpu1\"." },
	{ "fault.#.kind", SCN_TYPE_WORD, NULL, .required = true, .words = &fault_words[1],
	  .help = "What happens (doorbell list faults)." },
	{ "fault.#.at", SCN_TYPE_TIME, "0us", "0us..1000s",
	  .help = "From the workloads' start, before which nothing happens." },
	{ "fault.#.after", SCN_TYPE_INTEGER, "0", "0..1000000000",
	  .help = "Opportunities that pass first." },
	{ "fault.#.count", SCN_TYPE_INTEGER, "1", "0..1000000000",
	  .help = "How often it happens; 0 = always from then on." },
	{ "fault.#.probability", SCN_TYPE_INTEGER, "100", "1..100",
	  .help = "Of each opportunity, in percent." },
	{ "fault.#.every", SCN_TYPE_TIME, "1ms", "1us..1000s",
	  .help = "Of kinds that need no access, frame or command to meet: from one opportunity to "
		  "the next." },
	{ "fault.#.delay", SCN_TYPE_TIME, "100us", "0us..10s",
	  .help = "Of the late kinds, and how long a link or a core is away." },
	{ "fault.#.value", SCN_TYPE_INTEGER, NULL, "0..9223372036854775807",
	  .help = "Status, bits that are turned, bytes, vector or percent, see the kind." },
	{ "fault.#.access", SCN_TYPE_WORD, "any", .words = "any|read|write|register",
	  .help = "What it may meet: the device's reads or writes of memory, cores' reads of its "
		  "registers." },
	{ "fault.#.register", SCN_TYPE_INTEGER, NULL, "0..4294967292",
	  .help = "Offset of the register that reads wrongly; without it: any." },
	{ "fault.#.caller", SCN_TYPE_NAME, NULL,
	  .help = "Functions of the kernel whose calls fail: those whose names begin so; default: "
		  "the driver's." },

	{ "io.#.on", SCN_TYPE_NAME, NULL, .required = true, .help = "NVMe device." },
	{ "io.#.namespace", SCN_TYPE_INTEGER, "1", "1..32",
	  .help = "Namespace of the device, by its identifier; under linux." },
	{ "io.#.op", SCN_TYPE_WORD, NULL, .words = "read|write|randread|randwrite|randrw|trace",
	  .required = true, .help = "What the workload does." },
	{ "io.#.size", SCN_TYPE_SIZE, "4KiB", "512B..16MiB",
	  .needs = "op=read|write|randread|randwrite|randrw",
	  .help = "Bytes of an I/O; a multiple of 512B." },
	{ "io.#.depth", SCN_TYPE_INTEGER, "1", "1..65535",
	  .help = "I/Os outstanding on each core of `cores`." },
	{ "io.#.engine", SCN_TYPE_WORD, "async", .words = "sync|async|polled|hybrid|aio|psync",
	  .help = "How the workload waits for completions; aio, psync: programs that make the system "
		  "calls of libaio, and pread and pwrite." },
	{ "io.#.batch", SCN_TYPE_INTEGER, "1", "1..256", .needs = "engine=aio",
	  .help = "I/Os that the program submits by a call, and waits for by one." },
	{ "io.#.work", SCN_TYPE_TIME, "0ns", "0ns..1s",
	  .help = "The program's own CPU time for each I/O; under linux." },
	{ "io.#.cores", SCN_TYPE_CORES, "[0]", .help = "Cores that run a workload thread each." },
	{ "io.#.rate", SCN_TYPE_IO_RATE, NULL,
	  .help = "I/Os a second; without it: a closed loop." },
	{ "io.#.verify", SCN_TYPE_BOOL, "false",
	  .help = "Every byte read is compared with what must be there; a mismatch is an error." },
	{ "io.#.flush_every", SCN_TYPE_INTEGER, "0", "0..1000000",
	  .help = "After so many writes the job waits for all of them and flushes; 0 = never." },
	{ "io.#.fua", SCN_TYPE_BOOL, "false",
	  .help = "Writes are forced to the medium (REQ_FUA; a program's RWF_DSYNC)." },
	{ "io.#.trace", SCN_TYPE_PATH, NULL, .needs = "op=trace",
	  .help = "CSV file: time_ns, op, file, offset_bytes, length_bytes." },

	{ "expect.#.stat", SCN_TYPE_TEXT, NULL, .required = true,
	  .help = "Stat that is compared; for a distribution with a field, as in eth0.rx.latency_ns.p99." },
	{ "expect.#.min", SCN_TYPE_NUMBER, NULL, .help = "Least good value." },
	{ "expect.#.max", SCN_TYPE_NUMBER, NULL, .help = "Greatest good value." },
	{ "expect.#.equal", SCN_TYPE_NUMBER, NULL, .help = "The only good value." },
	{ "expect.#.where", SCN_TYPE_TABLE, NULL,
	  .help = "Swept keys and values: limits the expectation to those points." },
};

static const struct scn_known_driver drivers[] = {
	{ "ixgbe", "82599", "linux", "drivers/net/ethernet/intel/ixgbe of the kernel, unmodified" },
	{ "nvme", "nvme", "linux", "drivers/nvme/host of the kernel, unmodified" },
	{ "dmatest", "dmatest", "linux", "our driver of the DMA test device" },
	{ "pmd", "82599", "bare", "poll-mode driver in user space" },
	{ "irq", "82599", "bare", "interrupt-driven driver in user space" },
	{ "pmd", "nvme", "bare", "poll-mode driver in user space" },
	{ "irq", "nvme", "bare", "interrupt-driven driver in user space" },
};

static const struct scn_known_model models[] = {
	{ "82599", "Intel 82599 10 GbE network controller" },
	{ "nvme", "NVM Express solid-state drive" },
	{ "dmatest", "DMA engine that measures the way to memory (docs/dmatest.md)" },
	{ "plugin", "device of your own, in a library: C, Verilog, SystemC (docs/own-device.md)" },
};

const struct scn_row *scn_rows(size_t *count)
{
	*count = sizeof(rows) / sizeof(rows[0]);
	return rows;
}

const struct scn_known_driver *scn_known_drivers(size_t *count)
{
	*count = sizeof(drivers) / sizeof(drivers[0]);
	return drivers;
}

bool scn_is_known_driver(const char *name)
{
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (!strcmp(drivers[i].name, name))
			return true;
	return false;
}

const struct scn_known_model *scn_known_models(size_t *count)
{
	*count = sizeof(models) / sizeof(models[0]);
	return models;
}

static bool is_number(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return bytes != 0;
}

/* Does `path` match the pattern as a whole (0), name a table above it (1), or neither (-1)? */
static int match(const char *pattern, const char *path)
{
	for (;;) {
		size_t p = strcspn(pattern, "."), n = strcspn(path, ".");
		bool same = p == n && !memcmp(pattern, path, n);

		if (!same && !(p == 1 && *pattern == '*' && n) &&
		    !(p == 1 && *pattern == '#' && is_number(path, n)))
			return -1;
		pattern += p;
		path += n;
		if (!*path)
			return *pattern ? 1 : 0;
		if (!*pattern)
			return -1;
		pattern++;
		path++;
	}
}

const struct scn_row *scn_row_find(const char *path)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (match(rows[i].path, path) == 0)
			return &rows[i];
	return NULL;
}

bool scn_row_is_table(const char *path)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (match(rows[i].path, path) == 1)
			return true;
	return false;
}

int scn_words_index(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (int i = 0; words; i++) {
		size_t n = strcspn(words, "|");

		if (n == length && !memcmp(words, word, n))
			return i;
		words = words[n] ? words + n + 1 : NULL;
	}
	return -1;
}

const char *scn_words_at(const char *words, size_t index, char *buffer, size_t bytes)
{
	for (; words; index--) {
		size_t n = strcspn(words, "|");

		if (!index) {
			snprintf(buffer, bytes, "%.*s", (int)n, words);
			return buffer;
		}
		words = words[n] ? words + n + 1 : NULL;
	}
	return NULL;
}

static const struct {
	const char *name;
	int units;               /* enum units_set, or -1 */
} types[] = {
	[SCN_TYPE_BOOL] = { "true or false", -1 },
	[SCN_TYPE_INTEGER] = { "integer", -1 },
	[SCN_TYPE_NUMBER] = { "number", -1 },
	[SCN_TYPE_WORD] = { "word", -1 },
	[SCN_TYPE_TEXT] = { "text", -1 },
	[SCN_TYPE_NAME] = { "name", -1 },
	[SCN_TYPE_PATH] = { "path", -1 },
	[SCN_TYPE_TIME] = { "time", UNITS_TIME },
	[SCN_TYPE_TIME_OR_WORD] = { "time or word", UNITS_TIME },
	[SCN_TYPE_RATE] = { "rate", UNITS_RATE },
	[SCN_TYPE_IO_RATE] = { "I/O rate", UNITS_IO_RATE },
	[SCN_TYPE_SIZE] = { "size", UNITS_SIZE },
	[SCN_TYPE_FREQUENCY] = { "frequency", UNITS_FREQUENCY },
	[SCN_TYPE_BANDWIDTH] = { "bandwidth", UNITS_BANDWIDTH },
	[SCN_TYPE_CORES] = { "list of cores", -1 },
	[SCN_TYPE_TABLE] = { "table", -1 },
};

const char *scn_type_name(enum scn_type type)
{
	return types[type].name;
}

const char *scn_type_units(enum scn_type type)
{
	return types[type].units < 0 ? "" : units_list((enum units_set)types[type].units);
}
