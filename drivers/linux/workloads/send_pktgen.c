// SPDX-License-Identifier: GPL-2.0
/* The kernel's own packet generator (net/core/pktgen.c), told what to do through its files in /proc,
 * as a script does it. The files take user memory, so the thread that writes them has a page of it. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/netdevice.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>
#include "workloads.h"

#define PAGE_AT      0x10000000UL
#define HEADER_BYTES 42		/* Ethernet, IPv4, UDP */
#define CLONES       1000	/* as the kernel's samples/pktgen do for the highest rate */
#define BURST        8
#define START_MS     120
#define PS_PER_S     1000000000000UL

static struct kw_sender *first;
static struct vfsmount *proc;
static DECLARE_COMPLETION(described);

static void write_file(const char *name, const char *fmt, ...)
{
	char path[64], text[96] = "";
	struct file *file;
	va_list args;
	loff_t at = 0;
	int bytes;

	va_start(args, fmt);
	bytes = vscnprintf(text, sizeof(text) - 1, fmt, args);
	va_end(args);
	/* pktgen takes the last character for the end of the line. */
	text[bytes++] = '\n';
	snprintf(path, sizeof(path), "net/pktgen/%s", name);
	file = file_open_root_mnt(proc, path, O_WRONLY, 0);
	if (IS_ERR(file))
		kw_fail("pktgen: %s: error %ld", path, PTR_ERR(file));
	if (copy_to_user((void __user *)PAGE_AT, text, bytes))
		kw_fail("pktgen: no user memory");
	bytes = vfs_write(file, (const char __user *)PAGE_AT, bytes, &at);
	if (bytes < 0)
		kw_fail("pktgen: %s: \"%s\": error %d", path, strim(text), bytes);
	fput(file);
}

static void open_proc(void)
{
	struct mm_struct *mm = mm_alloc();
	unsigned long at;

	if (!mm)
		kw_fail("pktgen: out of memory");
	kthread_use_mm(mm);
	at = vm_mmap(NULL, PAGE_AT, PAGE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0);
	if (at != PAGE_AT)
		kw_fail("pktgen: no user memory: error %ld", (long)at);
	proc = kern_mount(get_fs_type("proc"));
	if (IS_ERR(proc))
		kw_fail("pktgen: /proc: error %ld", PTR_ERR(proc));
}

/* One device entry a core, as the samples name them: eth0@0. */
static void describe(const struct kw_sender *sender)
{
	const struct plat_send *plat = sender->plat;
	__be32 to = kw_peer(sender->nd, 0), last = kw_peer(sender->nd, plat->flows - 1);
	char file[40];

	snprintf(file, sizeof(file), "kpktgend_%u", plat->core);
	write_file(file, "add_device %s@%u", sender->nd->dev->name, plat->core);
	snprintf(file, sizeof(file), "%s@%u", sender->nd->dev->name, plat->core);
	write_file(file, "count 0");
	write_file(file, "pkt_size %u", plat->bytes + HEADER_BYTES);
	write_file(file, "dst_min %pI4", &to);
	write_file(file, "dst_max %pI4", &last);
	write_file(file, "dst_mac 02:00:00:00:00:01");
	write_file(file, "udp_dst_min %u", PLAT_PEER_PORT);
	write_file(file, "udp_dst_max %u", PLAT_PEER_PORT);
	write_file(file, "flag QUEUE_MAP_CPU");
	if (plat->period_ps) {
		write_file(file, "ratep %lu", PS_PER_S / plat->period_ps);
		return;
	}
	write_file(file, "delay 0");
	write_file(file, "clone_skb %u", CLONES);
	write_file(file, "burst %u", BURST);
}

static int pktgen_thread(void *arg)
{
	unsigned int i;

	open_proc();
	for (i = 0; i < plat_sends(); i++) {
		const struct plat_send *plat = plat_send(i);
		struct kw_sender sender = { .plat = plat, .nd = kw_netdev_find(plat->devfn) };

		if (plat->engine == PLAT_SEND_PKTGEN)
			describe(&sender);
	}
	complete(&described);
	/* Returns when the generators stop. */
	write_file("pgctrl", "start");
	kw_fail("pktgen: the generators stopped");
	return 0;
}

/* pktgen's threads look for orders ten times a second: they run before the run's time zero. */
static int wait_thread(void *arg)
{
	wait_for_completion(&described);
	msleep(START_MS);
	kw_at_start_line();
	return 0;
}

/* All of pktgen's threads are started by one writer. */
void kw_send_pktgen_start(struct kw_sender *sender)
{
	struct task_struct *task;

	if (first)
		return;
	first = sender;
	kw_thread(wait_thread, NULL, "pktgen/wait", sender->plat->core);
	task = kthread_run(pktgen_thread, NULL, "pktgen");
	if (IS_ERR(task))
		kw_fail("pktgen: thread: error %ld", PTR_ERR(task));
}
