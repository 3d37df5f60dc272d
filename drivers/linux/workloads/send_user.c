// SPDX-License-Identifier: GPL-2.0
/*
 * Senders that are programs: user tasks that send from pages of their own, by copy or with
 * MSG_ZEROCOPY, each connection a process. What they write is a pattern that the other end of the
 * wire knows. A buffer that went without a copy is written to again when the kernel has told that
 * it is done with it (Documentation/networking/msg_zerocopy.rst); `reuse_at_once` does not wait,
 * as a program with that mistake does.
 */
#include <linux/err.h>
#include <linux/errqueue.h>
#include <linux/hrtimer.h>
#include <linux/in.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/swap.h>
#include <asm/user_task.h>
#include "workloads.h"

/* As many buffers as fit, so that they outlast the round trip at the wire's speed. */
#define BUFFERS		64
#define BUFFERS_MIN	4
#define BUFFER_BYTES	(512 << 10)
#define CONTROL_BYTES	128
#define RELEASE_TRIES	100
/* A datagram's pattern begins at its id times this. */
#define DATAGRAM_SHIFT	16
#define MAP		(MAP_PRIVATE | MAP_ANONYMOUS)

struct buffer {
	unsigned long address;
	unsigned long id;		/* of the send; 0: the kernel is done with it */
	int references;			/* of its last page, before the send */
	bool held;			/* there was one more after it */
};

struct program {
	struct kw_sender sender;
	unsigned int number;		/* of the connection */
	unsigned long argument;		/* a page for what calls take and give */
	int fd;
	u64 offset;			/* in the stream */
	u32 next, done;			/* sends, and those whose end was told, with zero copy */
	unsigned int buffers;
	struct buffer buffer[BUFFERS];
};

static long checked(const struct program *program, const char *what, long result)
{
	if (IS_ERR_VALUE(result))
		kw_fail("sender %u: %s: error %ld", program->sender.plat->id, what, result);
	return result;
}

/* `data` where a call finds it; at most a quarter of the page each. */
static unsigned long argument(struct program *program, unsigned int quarter, const void *data,
			      unsigned int bytes)
{
	unsigned long at = program->argument + quarter * (PAGE_SIZE / 4);

	memcpy(user_page(at, true), data, bytes);
	return at;
}

static void set_option(struct program *program, const char *what, int option, int value)
{
	checked(program, what,
		user_call5(setsockopt, program->fd, SOL_SOCKET, option,
			   argument(program, 0, &value, sizeof(value)), sizeof(value)));
}

static struct sockaddr_in peer_address(const struct program *program, unsigned int flow)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(PLAT_PEER_PORT),
		.sin_addr.s_addr = kw_peer(program->sender.nd, flow),
	};
}

static void open_socket(struct program *program)
{
	const struct plat_send *plat = program->sender.plat;
	const struct plat_netdev *netdev = program->sender.nd->plat;
	bool tcp = plat->engine == PLAT_SEND_TCP;
	struct sockaddr_in own = { .sin_family = AF_INET };
	struct sockaddr_in peer = peer_address(program, program->number % plat->flows);

	program->fd = checked(program, "socket", user_call3(socket, AF_INET,
							    tcp ? SOCK_STREAM : SOCK_DGRAM, 0));
	set_option(program, "binding to the interface", SO_BINDTOIFINDEX,
		   program->sender.nd->dev->ifindex);
	if (plat->zero_copy)
		set_option(program, "SO_ZEROCOPY", SO_ZEROCOPY, 1);
	memcpy(&own.sin_addr, netdev->ip, sizeof(own.sin_addr));
	checked(program, "bind",
		user_call3(bind, program->fd, argument(program, 0, &own, sizeof(own)),
			   sizeof(own)));
	checked(program, "connect",
		user_call3(connect, program->fd, argument(program, 0, &peer, sizeof(peer)),
			   sizeof(peer)));
}

/* New pages wait on a list of their core's for a while, which holds a reference: none is to be
 * left when references are compared. */
static void make_memory(struct program *program)
{
	unsigned long bytes = PAGE_ALIGN(program->sender.plat->bytes), base, at;
	unsigned int i;

	program->argument = checked(program, "mmap",
				    user_call6(mmap, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP,
					       -1, 0));
	program->buffers = clamp(BUFFER_BYTES / bytes, BUFFERS_MIN, BUFFERS);
	base = checked(program, "mmap",
		       user_call6(mmap, 0, program->buffers * bytes, PROT_READ | PROT_WRITE, MAP,
				  -1, 0));
	for (i = 0; i < program->buffers; i++)
		program->buffer[i].address = base + i * bytes;
	for (at = base; at < base + program->buffers * bytes; at += PAGE_SIZE)
		user_store(at, 0);
	lru_add_drain_all();
}

/* ---- the kernel's notifications ---- */

/* The last page is the last one to be acknowledged. */
static int references(const struct program *program, const struct buffer *buffer)
{
	unsigned long last = buffer->address + program->sender.plat->bytes - 1;

	return page_count(virt_to_page(user_page(last & PAGE_MASK, true)));
}

/* skb_release_data() tells first and then lets go of the pages: another core may be in between. */
static bool still_holds(const struct program *program, const struct buffer *buffer)
{
	unsigned int tries;

	for (tries = 0; tries < RELEASE_TRIES; tries++) {
		if (references(program, buffer) <= buffer->references)
			return false;
		user_call1(sched_yield, 0);
	}
	return true;
}

/* Sends first..last are done. A mistake of the kernel's is a page that it still holds, or that it
 * did not hold from the send on. */
static void notified(struct program *program, u32 first, u32 last, bool copied)
{
	u32 n;

	for (n = first; n != last + 1; n++) {
		struct buffer *buffer = &program->buffer[n % program->buffers];
		int status = n - program->done < program->buffers && buffer->id ? 0 : -EIO;

		if (!program->sender.plat->reuse_at_once &&
		    (still_holds(program, buffer) || (!copied && !buffer->held)))
			status = -EIO;
		plat_send_notified(program->sender.plat->id, buffer->id, status, copied);
		buffer->id = 0;
	}
	program->done = last + 1;
}

/* Reads one notification; false: there is none. */
static bool read_notification(struct program *program)
{
	unsigned long control = program->argument + PAGE_SIZE / 2;
	struct user_msghdr header = { .msg_control = (void __user *)control,
				      .msg_controllen = CONTROL_BYTES };
	struct sock_extended_err told;
	long result = user_call3(recvmsg, program->fd,
				 argument(program, 1, &header, sizeof(header)), MSG_ERRQUEUE);

	if (result == -EAGAIN)
		return false;
	checked(program, "recvmsg", result);
	memcpy(&told, user_page(control, false) + CMSG_ALIGN(sizeof(struct cmsghdr)),
	       sizeof(told));
	if (told.ee_origin != SO_EE_ORIGIN_ZEROCOPY)
		checked(program, "a send", -(long)told.ee_errno ?: -EPROTO);
	notified(program, told.ee_info, told.ee_data,
		 told.ee_code & SO_EE_CODE_ZEROCOPY_COPIED);
	return true;
}

/* Until at least one has come. An error queue that is not empty is POLLERR, which is always asked
 * for. */
static void wait_for_notification(struct program *program)
{
	struct pollfd poll = { .fd = program->fd };

	while (!read_notification(program))
		checked(program, "ppoll",
			user_call5(ppoll, argument(program, 1, &poll, sizeof(poll)), 1, 0, 0, 0));
}

/* ---- sending ---- */

static void fill(struct program *program, struct buffer *buffer, u64 offset)
{
	const struct plat_send *plat = program->sender.plat;
	unsigned int at, part;

	for (at = 0; at < plat->bytes; at += part) {
		part = min_t(unsigned int, plat->bytes - at, PAGE_SIZE);
		plat_send_pattern(offset + at, user_page(buffer->address + at, true), part);
	}
}

static long send_buffer(struct program *program, const struct buffer *buffer)
{
	const struct plat_send *plat = program->sender.plat;
	unsigned int flags = plat->zero_copy ? MSG_ZEROCOPY : 0;
	unsigned long to = 0;
	long sent;

	if (plat->engine == PLAT_SEND_UDP && plat->flows > 1) {
		struct sockaddr_in peer = peer_address(program, program->next % plat->flows);

		to = argument(program, 3, &peer, sizeof(peer));
	}
	/* The socket's memory for notifications is used up: some must be read first. */
	while ((sent = user_call6(sendto, program->fd, buffer->address, plat->bytes, flags, to,
				  to ? sizeof(struct sockaddr_in) : 0)) == -ENOBUFS)
		wait_for_notification(program);
	return sent;
}

static void send_one(struct program *program)
{
	const struct plat_send *plat = program->sender.plat;
	struct buffer *buffer = &program->buffer[program->next % program->buffers];
	unsigned long id;
	long sent;

	while (buffer->id && !plat->reuse_at_once)
		wait_for_notification(program);
	while (buffer->id)
		if (!read_notification(program))
			break;
	id = plat_send_begin(plat->id);
	if (plat->engine == PLAT_SEND_UDP)
		program->offset = (u64)id << DATAGRAM_SHIFT;
	fill(program, buffer, program->offset);
	if (plat->engine == PLAT_SEND_UDP)
		*(__le64 *)user_page(buffer->address, true) = cpu_to_le64(PLAT_FRAME_MAGIC ^ id);
	buffer->references = references(program, buffer);
	if (plat->zero_copy)
		buffer->id = id;
	sent = send_buffer(program, buffer);
	if (sent != plat->bytes)
		kw_fail("sender %u: %ld of %u bytes sent", plat->id, sent, plat->bytes);
	buffer->held = references(program, buffer) > buffer->references;
	program->offset += sent;
	program->next++;
	plat_send_done(plat->id, id, 0, sent);
}

static int program_main(void *arg)
{
	struct program *program = arg;

	plat_category(PLAT_CAT_APP);
	set_cpus_allowed_ptr(current, cpumask_of(program->sender.plat->core));
	checked(program, "no address space", user_become());
	make_memory(program);
	open_socket(program);
	program->sender.due = kw_wait_start();
	for (;;) {
		if (program->sender.plat->period_ps) {
			unsigned long category = kw_syscall_enter();

			kw_send_pace(&program->sender);
			kw_syscall_leave(category);
		}
		send_one(program);
		user_step();
	}
	return 0;
}

void kw_send_user_start(struct kw_sender *sender)
{
	const struct plat_send *plat = sender->plat;
	unsigned int i;

	for (i = 0; i < (plat->engine == PLAT_SEND_TCP ? plat->depth : 1); i++) {
		struct program *program = kzalloc(sizeof(*program), GFP_KERNEL);
		pid_t pid;

		if (!program)
			kw_fail("sender %u: out of memory", plat->id);
		program->sender = *sender;
		program->number = i;
		kw_expect(1);
		pid = user_mode_thread(program_main, program, SIGCHLD);
		if (pid < 0)
			kw_fail("sender %u: error %d", plat->id, pid);
	}
}
