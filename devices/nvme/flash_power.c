/* SPDX-License-Identifier: MIT */
/* Loss of power: everything under way ends where it is. */
#include "devices/nvme/flash_internal.h"

void flash_power_cut(struct flash *flash)
{
	flash_array_stop(flash->array);
	flash_gc_stop(flash);
	flash_request_stop(flash);
	flash_buffer_stop(flash);
	for (uint32_t die = 0; die < flash->shape.dies; die++)
		flash_gc_check(flash, die);
}
