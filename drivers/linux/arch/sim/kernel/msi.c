// SPDX-License-Identifier: GPL-2.0
/* Vectors of the cores' interrupt controllers and message interrupts into them, as on x86: the
 * kernel's own vector matrix, an address that names the core, data that are the vector. The same
 * number may stand for different devices on different cores. With an IOMMU the message names an entry
 * of its table instead (irq_remap.c), which holds core and vector. */
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/msi.h>
#include <linux/pci.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <asm/plat.h>
#include <asm/plat_workloads.h>
#include "sim.h"

#define MSI_CORE_SHIFT	12
#define NO_VECTOR	0

struct place {
	unsigned int core;
	unsigned int vector;	/* NO_VECTOR: none */
};

struct vector_data {
	struct place now;
	/* Stays valid until the new place has been used: messages may be under way. */
	struct place former;
	bool managed;
	int remap;	/* entry in the remapping table, or -1: messages go directly */
	unsigned int sid;
};

static DEFINE_RAW_SPINLOCK(matrix_lock);
static struct irq_matrix *matrix;
static DEFINE_PER_CPU(unsigned int, irq_of_vector[PLAT_VEC_COUNT]);
struct irq_domain *sim_vector_domain;
struct irq_domain *sim_msi_domain;

static void release(struct vector_data *data, struct place *place)
{
	if (place->vector == NO_VECTOR)
		return;
	per_cpu(irq_of_vector, place->core)[place->vector] = 0;
	irq_matrix_free(matrix, place->core, place->vector, data->managed);
	place->vector = NO_VECTOR;
}

static int take_place(struct irq_data *irqd, const struct cpumask *cores)
{
	struct vector_data *data = irqd->chip_data;
	unsigned int core;
	int vector;

	if (data->managed)
		vector = irq_matrix_alloc_managed(matrix, cores, &core);
	else
		vector = irq_matrix_alloc(matrix, cores, false, &core);
	if (vector < 0)
		return vector;
	release(data, &data->former);
	data->former = data->now;
	data->now = (struct place){ core, vector };
	per_cpu(irq_of_vector, core)[vector] = irqd->irq;
	irq_data_update_effective_affinity(irqd, cpumask_of(core));
	return 0;
}

static bool is_placed_in(const struct vector_data *data, const struct cpumask *cores)
{
	return data->now.vector != NO_VECTOR && cpumask_test_cpu(data->now.core, cores);
}

static void tell_unit(const struct vector_data *data)
{
	if (data->remap >= 0)
		sim_remap_set(data->remap, data->sid, data->now.core, data->now.vector);
}

/* A vector that is on one of the cores already stays there, as on x86. */
static int place_irq(struct irq_data *irqd, const struct cpumask *wanted)
{
	struct cpumask cores;
	unsigned long flags;
	bool moves;
	int err = 0;

	cpumask_and(&cores, wanted, cpu_online_mask);
	if (cpumask_empty(&cores))
		return -EINVAL;
	raw_spin_lock_irqsave(&matrix_lock, flags);
	moves = !is_placed_in(irqd->chip_data, &cores);
	if (moves)
		err = take_place(irqd, &cores);
	raw_spin_unlock_irqrestore(&matrix_lock, flags);
	if (moves && !err)
		tell_unit(irqd->chip_data);
	return err;
}

static int vector_set_affinity(struct irq_data *irqd, const struct cpumask *mask, bool force)
{
	struct vector_data *data = irqd->chip_data;
	int err = place_irq(irqd, mask);

	if (err)
		return err;
	/* A remapped interrupt has moved with its entry: the device's message stays. */
	return data->remap >= 0 ? IRQ_SET_MASK_OK_DONE : IRQ_SET_MASK_OK;
}

static void vector_compose_msg(struct irq_data *irqd, struct msi_msg *msg)
{
	struct vector_data *data = irqd->chip_data;

	if (data->remap >= 0) {
		sim_remap_compose(data->remap, msg);
		return;
	}
	msg->address_hi = 0;
	msg->address_lo = PLAT_MSI_BASE | data->now.core << MSI_CORE_SHIFT;
	msg->data = data->now.vector;
}

/* kern_irq_window() has acknowledged the vector; masking is the device's. */
static void vector_nothing(struct irq_data *irqd)
{
}

static struct irq_chip vector_chip = {
	.name = "SIM-VEC",
	.irq_ack = vector_nothing,
	.irq_mask = vector_nothing,
	.irq_unmask = vector_nothing,
	.irq_set_affinity = vector_set_affinity,
	.irq_compose_msi_msg = vector_compose_msg,
};

/* The unit's own message has no descriptor here, and is never remapped (VT-d 5.1). */
static int take_entry(struct vector_data *data, const struct msi_desc *desc)
{
	data->remap = -1;
	if (!sim_remap_enabled() || !desc || !dev_is_pci(desc->dev))
		return 0;
	data->sid = pci_dev_id(to_pci_dev(desc->dev));
	data->remap = sim_remap_alloc();
	return data->remap < 0 ? data->remap : 0;
}

static int vector_alloc_one(struct irq_domain *domain, unsigned int irq,
			    const struct msi_desc *desc)
{
	struct irq_data *irqd = irq_domain_get_irq_data(domain, irq);
	struct vector_data *data = kzalloc(sizeof(*data), GFP_KERNEL);
	unsigned long flags;
	int err = 0;

	if (!data)
		return -ENOMEM;
	data->managed = irqd_affinity_is_managed(irqd);
	err = take_entry(data, desc);
	if (data->managed && !err) {
		raw_spin_lock_irqsave(&matrix_lock, flags);
		err = irq_matrix_reserve_managed(matrix, irq_data_get_affinity_mask(irqd));
		raw_spin_unlock_irqrestore(&matrix_lock, flags);
	}
	if (err) {
		if (data->remap >= 0)
			sim_remap_free(data->remap);
		kfree(data);
		return err;
	}
	irq_domain_set_info(domain, irq, irq, &vector_chip, data, handle_edge_irq, NULL, "edge");
	irqd_set_single_target(irqd);
	return 0;
}

static void vector_free(struct irq_domain *domain, unsigned int irq, unsigned int count)
{
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct irq_data *irqd = irq_domain_get_irq_data(domain, irq + i);
		struct vector_data *data = irqd->chip_data;

		if (!data)
			continue;
		raw_spin_lock_irqsave(&matrix_lock, flags);
		release(data, &data->former);
		release(data, &data->now);
		if (data->managed)
			irq_matrix_remove_managed(matrix, irq_data_get_affinity_mask(irqd));
		raw_spin_unlock_irqrestore(&matrix_lock, flags);
		if (data->remap >= 0)
			sim_remap_free(data->remap);
		irq_domain_reset_irq_data(irqd);
		kfree(data);
	}
}

static int vector_alloc(struct irq_domain *domain, unsigned int irq, unsigned int count, void *arg)
{
	const msi_alloc_info_t *info = arg;
	unsigned int i;
	int err;

	for (i = 0; i < count; i++) {
		err = vector_alloc_one(domain, irq + i, info ? info->desc : NULL);
		if (err) {
			vector_free(domain, irq, i);
			return err;
		}
	}
	return 0;
}

static int vector_activate(struct irq_domain *domain, struct irq_data *irqd, bool reserve)
{
	const struct cpumask *mask = irq_data_get_affinity_mask(irqd);
	int err = place_irq(irqd, mask);

	/* x86 too falls back to any core for what is not managed. */
	if (err && !irqd_affinity_is_managed(irqd))
		err = place_irq(irqd, cpu_online_mask);
	return err;
}

static void vector_deactivate(struct irq_domain *domain, struct irq_data *irqd)
{
	struct vector_data *data = irqd->chip_data;
	unsigned long flags;

	raw_spin_lock_irqsave(&matrix_lock, flags);
	release(data, &data->former);
	release(data, &data->now);
	raw_spin_unlock_irqrestore(&matrix_lock, flags);
	if (data->remap >= 0)
		sim_remap_clear(data->remap);
}

static const struct irq_domain_ops vector_domain_ops = {
	.alloc = vector_alloc,
	.free = vector_free,
	.activate = vector_activate,
	.deactivate = vector_deactivate,
};

/* The first interrupt at the new place proves that no message for the former one follows. */
static void forget_former(struct vector_data *data, int vector)
{
	if (data->former.vector == NO_VECTOR || data->now.vector != vector ||
	    data->now.core != smp_processor_id())
		return;
	raw_spin_lock(&matrix_lock);
	release(data, &data->former);
	raw_spin_unlock(&matrix_lock);
}

void sim_device_vector(int vector)
{
	unsigned int irq = this_cpu_read(irq_of_vector[vector]);
	struct irq_data *irqd;

	if (!irq) {
		if (vector == PLAT_VEC_USER)
			sim_user_vector();
		else
			pr_warn_ratelimited("sim: core %d: no interrupt is at vector %d\n",
					    smp_processor_id(), vector);
		return;
	}
	irqd = irq_domain_get_irq_data(sim_vector_domain, irq);
	forget_former(irqd->chip_data, vector);
	generic_handle_irq(irq);
}

/* Each core calls this for itself when it comes up. */
void sim_vectors_online(void)
{
	raw_spin_lock(&matrix_lock);
	irq_matrix_online(matrix);
	raw_spin_unlock(&matrix_lock);
}

static struct irq_chip msi_chip = {
	.name = "PCI-MSI",
	.irq_ack = irq_chip_ack_parent,
	.irq_mask = pci_msi_mask_irq,
	.irq_unmask = pci_msi_unmask_irq,
};

static struct msi_domain_info msi_info = {
	.flags = MSI_FLAG_USE_DEF_DOM_OPS | MSI_FLAG_USE_DEF_CHIP_OPS | MSI_FLAG_PCI_MSIX |
		 MSI_FLAG_MULTI_PCI_MSI,
	.chip = &msi_chip,
};

void __init init_IRQ(void)
{
	matrix = irq_alloc_matrix(PLAT_VEC_COUNT, PLAT_VEC_DEVICE0, PLAT_VEC_COUNT);
	BUG_ON(!matrix);
	sim_vectors_online();
	sim_vector_domain = irq_domain_create_tree(irq_domain_alloc_named_fwnode("sim-vectors"),
						   &vector_domain_ops, NULL);
	sim_msi_domain = pci_msi_create_irq_domain(irq_domain_alloc_named_fwnode("sim-msi"),
						   &msi_info, sim_vector_domain);
	BUG_ON(!sim_msi_domain);
}
