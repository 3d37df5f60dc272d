// SPDX-License-Identifier: GPL-2.0
/* A user at the machine, whom a driver test speaks through: on each core a few threads wait for
 * requests, which the simulator announces by a vector of its own, and do them by the calls that ip,
 * ethtool, dd and echo end in. Without driver tests none of this is started. */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>
#include "workloads.h"

static DECLARE_WAIT_QUEUE_HEAD(requests);
static struct vfsmount *sysfs;

void sim_user_vector(void);
void sim_user_vector(void)
{
	wake_up_all(&requests);
}

/* There is no user space to mount sysfs for: it is, at the first use. */
static struct file *open_sysfs(const char *path, int flags)
{
	if (!sysfs)
		sysfs = kern_mount(get_fs_type("sysfs"));
	return IS_ERR(sysfs) ? ERR_CAST(sysfs) : file_open_root_mnt(sysfs, path, flags, 0);
}

long kw_write_sysfs(const char *path, const char *text)
{
	struct file *file = open_sysfs(path, O_WRONLY);
	loff_t at = 0;
	ssize_t bytes;

	if (IS_ERR(file))
		return PTR_ERR(file);
	bytes = kernel_write(file, text, strlen(text), &at);
	fput(file);
	return bytes < 0 ? bytes : 0;
}

static long read_sysfs(const struct plat_user *user)
{
	struct file *file = open_sysfs(user->path, O_RDONLY);
	ssize_t bytes = -ENOMEM;
	loff_t at = 0;
	void *page;

	if (IS_ERR(file))
		return PTR_ERR(file);
	page = (void *)__get_free_page(GFP_KERNEL);
	if (page)
		bytes = kernel_read(file, page, PAGE_SIZE, &at);
	if (bytes >= 0)
		plat_user_data(user->id, page, bytes, 0);
	free_page((unsigned long)page);
	fput(file);
	return bytes < 0 ? bytes : 0;
}

static long serve(const struct plat_user *user, unsigned long *value)
{
	switch (user->op) {
	case PLAT_USER_READ:
	case PLAT_USER_WRITE:
	case PLAT_USER_FLUSH:
	case PLAT_USER_DISCARD:
	case PLAT_USER_ZEROES:
		return kw_user_disk(user, value);
	case PLAT_USER_FILE:
		return kw_write_sysfs(user->path, user->text);
	case PLAT_USER_FILE_READ:
		return read_sysfs(user);
	case PLAT_USER_UNBIND:
	case PLAT_USER_BIND:
	case PLAT_USER_FUNCTION_RESET:
	case PLAT_USER_PCI_ERROR:
		return kw_user_pci(user);
	default:
		return kw_user_net(user, value);
	}
}

static int user_thread(void *arg)
{
	unsigned int core = (unsigned long)arg;
	struct plat_user user;

	plat_category(PLAT_CAT_APP);
	kw_at_start_line();
	for (;;) {
		unsigned long category, value = 0;
		long status;

		wait_event_idle(requests, plat_user_next(core, &user));
		category = kw_syscall_enter();
		status = serve(&user, &value);
		kw_syscall_leave(category);
		plat_user_done(user.id, status, value);
	}
	return 0;
}

void kw_user_start(void)
{
	char name[TASK_COMM_LEN];
	unsigned long core;
	unsigned int i;

	if (!plat_users())
		return;
	for_each_online_cpu(core) {
		for (i = 0; i < PLAT_USER_PER_CORE; i++) {
			snprintf(name, sizeof(name), "user/%lu.%u", core, i);
			kw_thread(user_thread, (void *)core, name, core);
		}
	}
}
