/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of the in-kernel workloads. They stand for user-space programs: threads bound to cores,
 * which charge the entry and exit of each call that a program would make.
 * Not modelled: the crossing of the user's address space (data stay in kernel memory), signals,
 * the end of a workload (a run ends around it). */
#ifndef DOORBELL_WORKLOADS_H
#define DOORBELL_WORKLOADS_H

#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/types.h>
#include <asm/plat.h>
#include <asm/plat_workloads.h>

struct napi_struct;
struct block_device;
struct file;
struct net_device;
struct netlink_ext_ack;
struct pci_dev;
struct sk_buff;
struct sockaddr_in;
struct socket;

/* Bound of every wait for hardware at start-up, in simulated time; the longest seen on real
 * hardware is ixgbe's link of an SFP+ module, some seconds. */
#define KW_WAIT_MS 20000
#define KW_POLL_MS 5

/* ---- main.c ---- */
__printf(1, 2) __noreturn void kw_fail(const char *fmt, ...);
/* Starts a thread that plat_ready() waits for; core must be online. */
void kw_thread(int (*fn)(void *), void *arg, const char *name, unsigned int core);
/* So many more threads will come to the start line. */
void kw_expect(unsigned int threads);
/* The calling thread is ready. */
void kw_at_start_line(void);
/* The calling thread is ready; returns at the start with the workloads' time zero (ktime, ns). */
u64 kw_wait_start(void);
/* Around what a program would do in one system call; pass the result of enter to leave. */
unsigned long kw_syscall_enter(void);
void kw_syscall_leave(unsigned long category);

/* ---- netdev.c: interfaces ---- */
struct kw_netdev {
	const struct plat_netdev *plat;
	struct pci_dev *pdev;
	struct net_device *dev;
	unsigned int ups;	/* how often its neighbours were lost by going down */
	int (*poll)(struct napi_struct *napi, int budget);	/* the driver's */
};

void kw_netdevs_open(void);
struct kw_netdev *kw_netdev_find(unsigned int devfn);
struct kw_netdev *kw_netdev_of(const struct net_device *dev);
/* Under rtnl; 0 = leave the ring as it is. */
int kw_set_ring(struct net_device *dev, unsigned int ring, struct netlink_ext_ack *extack);
/* Under rtnl. itr_us has the meaning of ixgbe's rx-usecs. */
int kw_set_coalesce(struct net_device *dev, unsigned int itr_us, struct netlink_ext_ack *extack);
/* Under rtnl; 0 = leave the channels as they are. */
int kw_set_channels(struct net_device *dev, unsigned int queues);
/* The driver has gone: nobody may use nd->dev any more. */
void kw_netdev_lost(struct kw_netdev *nd);
/* It is back: found, named, set up and opened as at the start, with new sinks. */
int kw_netdev_again(struct kw_netdev *nd);
/* Waits until the interface has carrier and queues; fails the run if it never has. */
void kw_wait_up(struct kw_netdev *nd);
void kw_netdevs_start_sinks(void);

/* ---- netdev_irq.c ---- */
/* Moves the device's interrupts where the scenario says, else where its driver hints, as irqbalance
 * does. */
void kw_irq_place(struct kw_netdev *nd);
/* The cores that take the interrupts of the device's receive queues. */
void kw_irq_rx_cores(struct kw_netdev *nd, struct cpumask *cores);

/* ---- netdev_knobs.c ---- */
void kw_knobs_before_open(struct kw_netdev *nd);
void kw_knobs_after_open(struct kw_netdev *nd);

/* ---- netdev_polls.c ---- */
void kw_polls_count(struct kw_netdev *nd);

/* ---- neighbour.c ---- */
/* Makes a host of the interface's wire a permanent neighbour. */
void kw_neighbour(struct kw_netdev *nd, __be32 addr);
/* Going down takes neighbours, permanent ones as well. */
void kw_neighbours_lost(struct kw_netdev *nd);
/* The address of the wire's host `number`, counted from 0. */
__be32 kw_peer(const struct kw_netdev *nd, unsigned int number);

/* ---- frame.c ---- */
/* Id in the UDP payload of a generated frame; 0 = none. */
unsigned long kw_frame_id(const void *payload, unsigned int bytes);
/* The same from a frame of which skb->data is the network header. */
unsigned long kw_frame_id_skb(const struct sk_buff *skb);

/* ---- sinks ---- */
void kw_sink_drop_start(struct kw_netdev *nd);
void kw_sink_udp_start(struct kw_netdev *nd, bool echo);
void kw_sink_forward_start(struct kw_netdev *nd);
void kw_sink_xdp_attach(struct kw_netdev *nd);

struct kw_echo;
struct kw_echo *kw_echo_create(struct kw_netdev *nd);
void kw_echo_reply(struct kw_echo *echo, struct socket *sock, struct sockaddr_in *to, void *data,
		   unsigned int bytes);

/* ---- send.c: senders; send_tcp.c, send_pktgen.c, send_user.c: of other kinds than UDP ---- */
struct kw_sender {
	const struct plat_send *plat;
	struct kw_netdev *nd;
	u64 due;		/* ktime of the next send, with a rate */
	u64 due_ps;		/* its fraction of a nanosecond */
};

void kw_send_start(void);
/* Makes the hosts that senders of this interface talk to its neighbours. */
void kw_send_neighbours(struct kw_netdev *nd);
/* With a rate: sleeps until the next send falls due. */
void kw_send_pace(struct kw_sender *sender);
void kw_send_tcp_start(struct kw_sender *sender);
void kw_send_pktgen_start(struct kw_sender *sender);
/* Sends from a user task's memory. */
void kw_send_user_start(struct kw_sender *sender);

/* ---- admin.c ---- */
void kw_admin_start(void);

/* ---- transfer.c ---- */
void kw_transfer_start(void);

/* ---- io.c ---- */
void kw_io_start(void);
/* The disk of a PCI device, open for the rest of the run; waits for it. `who` and `id` ask. */
struct block_device *kw_io_open_disk(unsigned int devfn, const char *who, unsigned int id);
/* The disk below a PCI device, opened; an ERR_PTR if there is none now. */
struct file *kw_disk_open(struct pci_dev *pdev);
/* The kernel gives a disk with a single queue an I/O scheduler: jobs are measured without. */
void kw_disk_no_scheduler(struct block_device *bdev);

/* ---- user.c: what a driver test asks for; user_*.c by its kind ---- */
struct plat_user;
void kw_user_start(void);
/* As echo TEXT > /sys/PATH. */
long kw_write_sysfs(const char *path, const char *text);
long kw_user_net(const struct plat_user *user, unsigned long *value);
long kw_user_disk(const struct plat_user *user, unsigned long *value);
long kw_user_pci(const struct plat_user *user);

/* ---- mm.c ---- */
void kw_mm_start(void);

/* ---- selftest.c ---- */
/* Starts what ends the kernel on purpose, if the command line asks for it. */
void kw_selftest_start(void);

#endif
