// SPDX-License-Identifier: GPL-2.0
/* Which core takes a queue's interrupts. ixgbe and others only hint at a core per queue vector and
 * leave the move to irqbalance or an administrator's script: done here, once, after the open. */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/string.h>
#include "workloads.h"

/* Action of the device's vector number `index`; *irq < 0 = no such vector, NULL = not in use. */
static struct irqaction *vector_action(struct kw_netdev *nd, unsigned int index, int *irq)
{
	struct irq_desc *desc;

	*irq = pci_irq_vector(nd->pdev, index);
	if (*irq < 0)
		return NULL;
	desc = irq_to_desc(*irq);
	return desc ? desc->action : NULL;
}

/* Drivers name a queue's vector after interface, kind and number ("eth0-TxRx-0", "eth0-rx-0"), that
 * of other causes after the interface alone or something else. */
static bool is_rx_name(const char *name, const char *dev)
{
	if (!name)
		return false;
	if (str_has_prefix(name, dev))
		name += strlen(dev);
	return strstr(name, "Rx") || strstr(name, "rx");
}

static bool hint_of(int irq, struct cpumask *hint)
{
	struct irq_desc *desc = irq_to_desc(irq);
	unsigned long flags;
	bool one = false;

	raw_spin_lock_irqsave(&desc->lock, flags);
	if (desc->affinity_hint) {
		cpumask_and(hint, desc->affinity_hint, cpu_online_mask);
		/* A hint at all cores says nothing (ixgbe with a single queue). */
		one = cpumask_weight(hint) == 1;
	}
	raw_spin_unlock_irqrestore(&desc->lock, flags);
	return one && !irqd_affinity_is_managed(&desc->irq_data);
}

/* Where the scenario wants the vector, else where the driver hints; false = nowhere in particular. */
static bool wanted_core(const struct kw_netdev *nd, const struct irqaction *action,
			unsigned int *queue, int irq, struct cpumask *wanted)
{
	const struct plat_netdev *plat = nd->plat;
	unsigned int core;

	if (!plat->irq_cores || !is_rx_name(action->name, nd->dev->name))
		return hint_of(irq, wanted);
	core = plat->irq_core[(*queue)++ % plat->irq_cores];
	if (core >= nr_cpu_ids || !cpu_online(core))
		kw_fail("%s: irq_cores: core %u does not exist", nd->dev->name, core);
	cpumask_copy(wanted, cpumask_of(core));
	return true;
}

void kw_irq_place(struct kw_netdev *nd)
{
	unsigned int i, queue = 0;
	struct cpumask wanted;
	int irq, err;

	for (i = 0; ; i++) {
		struct irqaction *action = vector_action(nd, i, &irq);

		if (irq < 0)
			return;
		if (!action || !wanted_core(nd, action, &queue, irq, &wanted))
			continue;
		err = irq_set_affinity(irq, &wanted);
		if (err)
			kw_fail("%s: affinity of vector %u: error %d", nd->dev->name, i, err);
	}
}

/* A hint that was followed counts more than the effective mask, and the mask that was set too: an
 * interrupt chip may apply the move as late as at the next interrupt. */
static unsigned int core_of(const struct kw_netdev *nd, int irq)
{
	const struct cpumask *mask;
	struct cpumask hint;

	if (nd->plat->irq_cores)
		return cpumask_first_and(irq_get_affinity_mask(irq), cpu_online_mask);
	if (hint_of(irq, &hint))
		return cpumask_first(&hint);
	mask = irq_get_effective_affinity_mask(irq);
	return mask ? cpumask_first_and(mask, cpu_online_mask) : nr_cpu_ids;
}

static void add_cores(struct kw_netdev *nd, struct cpumask *cores, bool rx_only)
{
	const char *dev = nd->dev->name;
	unsigned int i, core;
	int irq;

	for (i = 0; ; i++) {
		struct irqaction *action = vector_action(nd, i, &irq);

		if (irq < 0)
			return;
		if (!action || (rx_only && !is_rx_name(action->name, dev)))
			continue;
		core = core_of(nd, irq);
		if (core < nr_cpu_ids)
			cpumask_set_cpu(core, cores);
	}
}

void kw_irq_rx_cores(struct kw_netdev *nd, struct cpumask *cores)
{
	cpumask_clear(cores);
	add_cores(nd, cores, true);
	/* A driver with a single vector names it as it likes. */
	if (cpumask_empty(cores))
		add_cores(nd, cores, false);
	/* A driver that polls has none. */
	if (cpumask_empty(cores))
		cpumask_set_cpu(cpumask_first(cpu_online_mask), cores);
}
