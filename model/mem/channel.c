/* SPDX-License-Identifier: MIT */
#include "model/core/assert.h"
#include "model/mem/channel.h"

struct dur channel_take(struct channel *channel, struct at now, uint64_t bytes)
{
	ASSERT(channel->rate);
	channel->free = at_add(at_max(channel->free, now),
			       dur_of_bytes(bytes, 8 * channel->rate));
	return at_since(channel->free, now);
}
