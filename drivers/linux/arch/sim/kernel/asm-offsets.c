// SPDX-License-Identifier: GPL-2.0
#include <linux/kbuild.h>

/* No assembler file of the port needs offsets; kbuild wants the file. */
int main(void)
{
	return 0;
}
