// SPDX-License-Identifier: GPL-2.0
/* The console writes to the simulator; a boot console does so from the first line on. */
#include <linux/console.h>
#include <linux/init.h>
#include <asm/plat.h>
#include "sim.h"

static void console_write(struct console *console, const char *text, unsigned int bytes)
{
	plat_console(text, bytes);
}

static struct console boot_console = {
	.name = "simboot",
	.write = console_write,
	.flags = CON_PRINTBUFFER | CON_ENABLED | CON_ANYTIME | CON_BOOT,
};

static struct console sim_console = {
	.name = "sim",
	.write = console_write,
	.flags = CON_PRINTBUFFER | CON_ENABLED | CON_ANYTIME,
};

void __init sim_early_console(void)
{
	register_console(&boot_console);
}

static int __init register_sim_console(void)
{
	register_console(&sim_console);
	return 0;
}
console_initcall(register_sim_console);
