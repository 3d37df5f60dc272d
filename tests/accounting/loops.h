/* SPDX-License-Identifier: MIT */
#ifndef DOORBELL_TESTS_ACCOUNTING_LOOPS_H
#define DOORBELL_TESTS_ACCOUNTING_LOOPS_H

#include <stdint.h>

#define LOOP_WORDS 64u

/* Of the core that runs: its interrupt flag, inverted; a vector waits. */
extern volatile int latency_irq_off, latency_irq_pending;
/* Interrupts were just enabled with a vector waiting. */
void latency_irq_window(void);

#endif
