// SPDX-License-Identifier: GPL-2.0
/* TCP senders: `depth` connections to a host of the wire, a thread each. Without answers a stream of
 * writes, each done when the socket has taken it; with answers a request and its answer in turn. */
#include <linux/hrtimer.h>
#include <linux/in.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/uio.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp.h>
#include "workloads.h"

#define CONNECT_SECONDS 10

struct connection {
	struct kw_sender sender;
	struct socket *sock;
	void *data;
	unsigned long received;
};

static int write_all(struct connection *tcp)
{
	const struct plat_send *plat = tcp->sender.plat;
	struct kvec vec = { .iov_base = tcp->data, .iov_len = plat->bytes };
	struct msghdr msg = { };
	unsigned long category = kw_syscall_enter();
	int bytes = kernel_sendmsg(tcp->sock, &msg, &vec, 1, plat->bytes);

	kw_syscall_leave(category);
	return bytes;
}

static int read_all(struct connection *tcp)
{
	unsigned int want = tcp->sender.plat->bytes;
	unsigned int have = 0;

	while (have < want) {
		struct kvec vec = { .iov_base = tcp->data, .iov_len = want - have };
		struct msghdr msg = { };
		unsigned long category = kw_syscall_enter();
		int bytes = kernel_recvmsg(tcp->sock, &msg, &vec, 1, want - have, 0);

		kw_syscall_leave(category);
		if (bytes <= 0)
			return bytes ?: -ECONNRESET;
		if (plat_stream_wrong(tcp->received, tcp->data, bytes))
			kw_fail("sender %u: wrong data at byte %lu of a connection",
				tcp->sender.plat->id, tcp->received);
		tcp->received += bytes;
		have += bytes;
	}
	return have;
}

static int tcp_thread(void *arg)
{
	struct connection *tcp = arg;
	const struct plat_send *plat = tcp->sender.plat;

	plat_category(PLAT_CAT_APP);
	tcp->sender.due = kw_wait_start();
	for (;;) {
		unsigned long id;
		int bytes;

		if (plat->period_ps)
			kw_send_pace(&tcp->sender);
		id = plat_send_begin(plat->id);
		bytes = write_all(tcp);
		if (bytes > 0 && plat->answered)
			bytes = read_all(tcp);
		if (bytes <= 0)
			kw_fail("sender %u: the connection broke: error %d", plat->id, bytes);
		plat_send_done(plat->id, id, 0, bytes);
		if (plat->think_ns) {
			ktime_t delay = ns_to_ktime(plat->think_ns);

			set_current_state(TASK_IDLE);
			schedule_hrtimeout(&delay, HRTIMER_MODE_REL);
		}
	}
	return 0;
}

static int connect(struct connection *tcp, unsigned int number)
{
	const struct plat_netdev *netdev = tcp->sender.nd->plat;
	struct sockaddr_in peer = {
		.sin_family = AF_INET,
		.sin_port = htons(PLAT_PEER_PORT),
		.sin_addr.s_addr = kw_peer(tcp->sender.nd, number % tcp->sender.plat->flows),
	};
	struct sockaddr_in own = { .sin_family = AF_INET };
	int err, value = netdev->busy_poll_us;

	err = sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &tcp->sock);
	if (err)
		return err;
	err = sock_bindtoindex(tcp->sock->sk, tcp->sender.nd->dev->ifindex, true);
	if (!err && value)
		err = sock_setsockopt(tcp->sock, SOL_SOCKET, SO_BUSY_POLL, KERNEL_SOCKPTR(&value),
				      sizeof(value));
	if (err)
		return err;
	if (tcp->sender.plat->answered)
		tcp_sock_set_nodelay(tcp->sock->sk);
	memcpy(&own.sin_addr, netdev->ip, sizeof(own.sin_addr));
	err = kernel_bind(tcp->sock, (struct sockaddr *)&own, sizeof(own));
	if (err)
		return err;
	WRITE_ONCE(tcp->sock->sk->sk_sndtimeo, CONNECT_SECONDS * HZ);
	err = kernel_connect(tcp->sock, (struct sockaddr *)&peer, sizeof(peer), 0);
	WRITE_ONCE(tcp->sock->sk->sk_sndtimeo, MAX_SCHEDULE_TIMEOUT);
	return err;
}

void kw_send_tcp_start(struct kw_sender *sender)
{
	const struct plat_send *plat = sender->plat;
	char name[TASK_COMM_LEN];
	unsigned int i;
	int err;

	for (i = 0; i < plat->depth; i++) {
		struct connection *tcp = kzalloc(sizeof(*tcp), GFP_KERNEL);

		if (tcp)
			tcp->data = kzalloc(plat->bytes, GFP_KERNEL);
		if (!tcp || !tcp->data)
			kw_fail("sender %u: out of memory", plat->id);
		tcp->sender = *sender;
		err = connect(tcp, i);
		if (err)
			kw_fail("sender %u: connection %u: error %d", plat->id, i, err);
		snprintf(name, sizeof(name), "tcp/%u/%u", plat->id, i);
		kw_thread(tcp_thread, tcp, name, plat->core);
	}
}
