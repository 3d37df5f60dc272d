// SPDX-License-Identifier: GPL-2.0
/* Sinks "udp" and "echo": on each core that takes receive interrupts of the interface, one thread
 * reads its own socket. The sockets share the port (SO_REUSEPORT) and SO_INCOMING_CPU picks the
 * socket of the core that ran the softirq, so a datagram stays on its core. Queues whose interrupts
 * go to the same core share its thread. */
#include <linux/in.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include "workloads.h"

#define DATAGRAM_MAX 65536u
#define RCVBUF_BYTES (4 << 20)

struct sink {
	struct kw_netdev *nd;
	struct socket *sock;
	struct kw_echo *echo;	/* NULL: no answers */
	void *data;
};

/* What a program does with a datagram at the least: it reads all of it. */
static void read_all(const void *data, unsigned int bytes)
{
	const u8 *p = data;
	u64 sum = 0;

	for (; bytes >= sizeof(u64); bytes -= sizeof(u64), p += sizeof(u64))
		sum += *(const u64 *)p;
	for (; bytes; bytes--)
		sum += *p++;
	OPTIMIZER_HIDE_VAR(sum);
}

static int receive(struct sink *sink, struct sockaddr_in *from)
{
	struct kvec vec = { .iov_base = sink->data, .iov_len = DATAGRAM_MAX };
	struct msghdr msg = { .msg_name = sink->echo ? from : NULL };
	unsigned long category = kw_syscall_enter();
	int bytes = kernel_recvmsg(sink->sock, &msg, &vec, 1, DATAGRAM_MAX, 0);

	kw_syscall_leave(category);
	return bytes;
}

static int sink_thread(void *arg)
{
	struct sink *sink = arg;
	struct sockaddr_in from;
	int bytes;

	plat_category(PLAT_CAT_APP);
	/* No frame comes before the start, so the line is the wait for the first one. */
	kw_at_start_line();
	for (;;) {
		bytes = receive(sink, &from);
		if (bytes < 0)
			kw_fail("%s: receive: error %d", sink->nd->dev->name, bytes);
		plat_frame_delivered(sink->nd->plat->devfn, kw_frame_id(sink->data, bytes), 0, 1);
		if (plat_users())
			plat_frame_data(sink->nd->plat->devfn, sink->data, bytes);
		read_all(sink->data, bytes);
		if (sink->echo)
			kw_echo_reply(sink->echo, sink->sock, &from, sink->data, bytes);
	}
	return 0;
}

static int busy_poll(struct sink *sink)
{
	int us = sink->nd->plat->busy_poll_us;

	if (!us)
		return 0;
	return sock_setsockopt(sink->sock, SOL_SOCKET, SO_BUSY_POLL, KERNEL_SOCKPTR(&us),
			       sizeof(us));
}

static int open_socket(struct sink *sink, int core)
{
	struct sockaddr_in any = {
		.sin_family = AF_INET,
		.sin_port = htons(PLAT_UDP_PORT),
		.sin_addr.s_addr = htonl(INADDR_ANY),
	};
	struct sock *sk;
	int err;

	err = sock_create_kern(&init_net, AF_INET, SOCK_DGRAM, IPPROTO_UDP, &sink->sock);
	if (err)
		return err;
	sk = sink->sock->sk;
	/* As SO_RCVBUFFORCE: net.core.rmem_max does not apply. */
	sock_set_rcvbuf(sk, RCVBUF_BYTES);
	sock_set_reuseport(sk);
	/* Each interface has sinks of its own on the same port. */
	err = sock_bindtoindex(sk, sink->nd->dev->ifindex, true);
	if (err)
		return err;
	err = sock_setsockopt(sink->sock, SOL_SOCKET, SO_INCOMING_CPU, KERNEL_SOCKPTR(&core),
			      sizeof(core));
	if (err)
		return err;
	err = busy_poll(sink);
	if (err)
		return err;
	return kernel_bind(sink->sock, (struct sockaddr *)&any, sizeof(any));
}

void kw_sink_udp_start(struct kw_netdev *nd, bool echo)
{
	const char *name = nd->dev->name;
	struct cpumask cores;
	struct sink *sink;
	char thread[TASK_COMM_LEN];
	int core, err;

	kw_irq_rx_cores(nd, &cores);
	for_each_cpu(core, &cores) {
		sink = kzalloc(sizeof(*sink), GFP_KERNEL);
		if (sink)
			sink->data = kmalloc(DATAGRAM_MAX, GFP_KERNEL);
		if (!sink || !sink->data)
			kw_fail("%s: sink: out of memory", name);
		sink->nd = nd;
		sink->echo = echo ? kw_echo_create(nd) : NULL;
		err = open_socket(sink, core);
		if (err)
			kw_fail("%s: sink: socket on core %d: error %d", name, core, err);
		snprintf(thread, sizeof(thread), "sink/%d", core);
		kw_thread(sink_thread, sink, thread, core);
	}
}
