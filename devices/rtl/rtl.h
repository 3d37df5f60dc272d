/* SPDX-License-Identifier: MIT */
/* Blocks in RTL (the .sv files here), Verilated, each behind the port of model/port that the
 * device's own C model of the block has: who has the port cannot tell them apart but by the
 * clock.
 *
 * A block is evaluated when an operation comes, one rising edge each, and never else: a block
 * that is idle costs nothing. Instants count as the next tick of cfg.clock_hz, lengths are
 * rounded up to whole ticks; with 1 THz they are exact. docs/rtl.md has the buses and the
 * timing.
 *
 * Not modelled: the operation's own clock cycles (an answer is used at the operation's
 * instant), power and clock domains, X values. */
#ifndef DOORBELL_RTL_RTL_H
#define DOORBELL_RTL_RTL_H

#include <stdint.h>

#include "model/core/sim.h"
#include "model/port/coalescing.h"
#include "model/port/moderation.h"
#include "model/port/msix.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RTL_MODERATION_VECTORS 64u
#define RTL_MSIX_VECTORS       256u
#define RTL_COALESCING_VECTORS 256u

struct rtl_cfg {
	const char *name;          /* in messages and waveforms */
	uint64_t clock_hz;         /* 1 to 10^12 */
	const char *wave;          /* FST file; NULL: none */
	const char *coverage;      /* file for Verilator's counts, if built for it; NULL: none */
};

struct rtl_moderation_cfg {
	bool batching;             /* count or timeout beside the gap */
	uint32_t count;
	struct dur timeout;        /* 0: none */
};

struct rtl_moderation;
struct rtl_msix;
struct rtl_coalescing;

/* 0 or a negative sim_err; on error *out is NULL and sim holds the reason. Names and paths of cfg
 * outlive the block. *port is filled in and good until the block is destroyed. */
int rtl_moderation_create(struct rtl_moderation **out, struct sim *sim, const struct rtl_cfg *cfg,
			  const struct rtl_moderation_cfg *moderation,
			  struct moderation_port *port);
int rtl_msix_create(struct rtl_msix **out, struct sim *sim, const struct rtl_cfg *cfg,
		    struct msix_port *port);
int rtl_coalescing_create(struct rtl_coalescing **out, struct sim *sim, const struct rtl_cfg *cfg,
			  struct coalescing_port *port);
void rtl_moderation_destroy(struct rtl_moderation *moderation);
void rtl_msix_destroy(struct rtl_msix *msix);
void rtl_coalescing_destroy(struct rtl_coalescing *coalescing);

/* Rising edges so far. */
uint64_t rtl_moderation_clocks(const struct rtl_moderation *moderation);
uint64_t rtl_msix_clocks(const struct rtl_msix *msix);
uint64_t rtl_coalescing_clocks(const struct rtl_coalescing *coalescing);

#ifdef __cplusplus
}
#endif
#endif
