// SPDX-License-Identifier: GPL-2.0
/* Senders: threads bound to cores that send datagrams to hosts of the wire, at a rate or as fast as
 * the socket takes them; or requests, of which so many are outstanding until their answers are here.
 * With a rate and answers a second thread on the same core takes the answers. */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/in.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/time64.h>
#include <linux/uio.h>
#include <linux/unaligned.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "workloads.h"

#define DATAGRAM_MAX 65536u
#define RCVBUF_BYTES (4 << 20)
/* Of a request that gets no answer: it counts as failed, and another is sent. */
#define ANSWER_MS    50
#define PS_PER_NS    1000u

struct udp_sender {
	struct kw_sender sender;
	struct socket *sock;
	void *out, *in;
	unsigned int flow;
};

void kw_send_pace(struct kw_sender *sender)
{
	u64 step = sender->due_ps + sender->plat->period_ps;
	ktime_t until;

	while (ktime_get_ns() < sender->due) {
		until = ns_to_ktime(sender->due);
		set_current_state(TASK_IDLE);
		schedule_hrtimeout(&until, HRTIMER_MODE_ABS);
	}
	sender->due += step / PS_PER_NS;
	sender->due_ps = step % PS_PER_NS;
}

static void send_one(struct udp_sender *udp)
{
	const struct plat_send *plat = udp->sender.plat;
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(PLAT_PEER_PORT),
		.sin_addr.s_addr = kw_peer(udp->sender.nd, udp->flow),
	};
	struct kvec vec = { .iov_base = udp->out, .iov_len = plat->bytes };
	struct msghdr msg = { .msg_name = &to, .msg_namelen = sizeof(to) };
	unsigned long id = plat_send_begin(plat->id);
	unsigned long category;
	int bytes;

	udp->flow = udp->flow + 1 == plat->flows ? 0 : udp->flow + 1;
	put_unaligned_le64(PLAT_FRAME_MAGIC ^ id, udp->out);
	category = kw_syscall_enter();
	bytes = kernel_sendmsg(udp->sock, &msg, &vec, 1, plat->bytes);
	kw_syscall_leave(category);
	if (bytes < 0)
		plat_send_done(plat->id, id, bytes, 0);
	else if (!plat->answered)
		plat_send_done(plat->id, id, 0, bytes);
}

/* False: no answer came in time. */
static bool take_answer(struct udp_sender *udp)
{
	const struct plat_send *plat = udp->sender.plat;
	struct kvec vec = { .iov_base = udp->in, .iov_len = DATAGRAM_MAX };
	struct msghdr msg = { };
	unsigned long category = kw_syscall_enter();
	int bytes = kernel_recvmsg(udp->sock, &msg, &vec, 1, DATAGRAM_MAX, 0);

	kw_syscall_leave(category);
	if (bytes == -EAGAIN)
		return false;
	if (bytes < 0)
		kw_fail("sender %u: receive: error %d", plat->id, bytes);
	plat_send_done(plat->id, kw_frame_id(udp->in, bytes), 0, bytes);
	return true;
}

static void pause_ns(u64 ns)
{
	ktime_t delay = ns_to_ktime(ns);

	if (!ns)
		return;
	set_current_state(TASK_IDLE);
	schedule_hrtimeout(&delay, HRTIMER_MODE_REL);
}

static int sender_thread(void *arg)
{
	struct udp_sender *udp = arg;
	const struct plat_send *plat = udp->sender.plat;
	unsigned int i;

	plat_category(PLAT_CAT_APP);
	udp->sender.due = kw_wait_start();
	if (plat->answered && !plat->period_ps) {
		for (i = 0; i < plat->depth; i++)
			send_one(udp);
		for (;;) {
			if (!take_answer(udp))
				plat_send_done(plat->id, 0, -ETIMEDOUT, 0);
			pause_ns(plat->think_ns);
			send_one(udp);
		}
	}
	for (;;) {
		if (plat->period_ps)
			kw_send_pace(&udp->sender);
		send_one(udp);
	}
	return 0;
}

static int answer_thread(void *arg)
{
	struct udp_sender *udp = arg;

	plat_category(PLAT_CAT_APP);
	kw_at_start_line();
	for (;;)
		take_answer(udp);
	return 0;
}

static int set_option(struct socket *sock, int option, int value)
{
	return sock_setsockopt(sock, SOL_SOCKET, option, KERNEL_SOCKPTR(&value), sizeof(value));
}

static int open_socket(struct udp_sender *udp)
{
	const struct plat_netdev *netdev = udp->sender.nd->plat;
	struct sockaddr_in own = { .sin_family = AF_INET };
	struct sock *sk;
	int err;

	err = sock_create_kern(&init_net, AF_INET, SOCK_DGRAM, IPPROTO_UDP, &udp->sock);
	if (err)
		return err;
	sk = udp->sock->sk;
	sock_set_rcvbuf(sk, RCVBUF_BYTES);
	err = sock_bindtoindex(sk, udp->sender.nd->dev->ifindex, true);
	if (!err && netdev->busy_poll_us)
		err = set_option(udp->sock, SO_BUSY_POLL, netdev->busy_poll_us);
	if (err)
		return err;
	if (udp->sender.plat->answered && !udp->sender.plat->period_ps)
		WRITE_ONCE(sk->sk_rcvtimeo, msecs_to_jiffies(ANSWER_MS));
	memcpy(&own.sin_addr, netdev->ip, sizeof(own.sin_addr));
	return kernel_bind(udp->sock, (struct sockaddr *)&own, sizeof(own));
}

static void start_udp(struct kw_sender *sender)
{
	struct udp_sender *udp = container_of(sender, struct udp_sender, sender);
	const struct plat_send *plat = sender->plat;
	char name[TASK_COMM_LEN];
	int err;

	udp->out = kzalloc(DATAGRAM_MAX, GFP_KERNEL);
	udp->in = kzalloc(DATAGRAM_MAX, GFP_KERNEL);
	if (!udp->out || !udp->in)
		kw_fail("sender %u: out of memory", plat->id);
	err = open_socket(udp);
	if (err)
		kw_fail("sender %u: socket: error %d", plat->id, err);
	snprintf(name, sizeof(name), "send/%u", plat->id);
	kw_thread(sender_thread, udp, name, plat->core);
	if (!plat->answered || !plat->period_ps)
		return;
	snprintf(name, sizeof(name), "answer/%u", plat->id);
	kw_thread(answer_thread, udp, name, plat->core);
}

void kw_send_neighbours(struct kw_netdev *nd)
{
	unsigned int i, flow;

	for (i = 0; i < plat_sends(); i++) {
		if (plat_send(i)->devfn != nd->plat->devfn)
			continue;
		for (flow = 0; flow < plat_send(i)->flows; flow++)
			kw_neighbour(nd, kw_peer(nd, flow));
	}
}

static void start(const struct plat_send *plat)
{
	struct udp_sender *udp = kzalloc(sizeof(*udp), GFP_KERNEL);

	if (!udp)
		kw_fail("sender %u: out of memory", plat->id);
	udp->sender.plat = plat;
	udp->sender.nd = kw_netdev_find(plat->devfn);
	kw_send_neighbours(udp->sender.nd);
	if (plat->user) {
		kw_send_user_start(&udp->sender);
		kfree(udp);
		return;
	}
	switch (plat->engine) {
	case PLAT_SEND_UDP:
		start_udp(&udp->sender);
		break;
	case PLAT_SEND_TCP:
		kw_send_tcp_start(&udp->sender);
		break;
	case PLAT_SEND_PKTGEN:
		kw_send_pktgen_start(&udp->sender);
		break;
	default:
		kw_fail("sender %u: unknown engine %u", plat->id, plat->engine);
	}
}

void kw_send_start(void)
{
	unsigned int i;

	for (i = 0; i < plat_sends(); i++)
		start(plat_send(i));
}
