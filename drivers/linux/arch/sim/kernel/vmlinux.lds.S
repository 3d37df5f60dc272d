/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel is linked by drivers/linux/build/kernel.lds; kbuild wants the file. */
