/* SPDX-License-Identifier: MIT */
/* The TCP half of the peers (peer.h). */
#ifndef DOORBELL_MACHINE_PEER_TCP_H
#define DOORBELL_MACHINE_PEER_TCP_H

#include "model/machine/peer.h"

struct peer_tcp;

struct peer_tcp *peer_tcp_create(struct sim *sim, struct peer *peer, const struct peer_cfg *cfg);
void peer_tcp_destroy(struct peer_tcp *tcp);
void peer_tcp_segment(struct peer_tcp *tcp, const struct frame *frame);

#endif
