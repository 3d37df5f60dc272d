/* SPDX-License-Identifier: MIT */
/* The ideal driver of an 82599, receive only: registers and rings. Register offsets and bits are of
 * the 82599 datasheet, revision 3.3, chapter 8; deliberately its own definitions, so that a slip of
 * the model's shows. */
#include "drivers/ideal/internal.h"

#define REG_EICR       0x00800u
#define REG_EICS       0x00808u
#define REG_EIAC       0x00810u
#define REG_EITR(n)    (0x00820u + 4 * (n))
#define REG_EIMS       0x00880u
#define REG_EIMC       0x00888u
#define REG_GPIE       0x00898u
#define REG_IVAR(n)    (0x00900u + 4 * (n))
#define REG_RDBAL(q)   (0x01000u + 0x40 * (q))
#define REG_RDBAH(q)   (0x01004u + 0x40 * (q))
#define REG_RDLEN(q)   (0x01008u + 0x40 * (q))
#define REG_RDH(q)     (0x01010u + 0x40 * (q))
#define REG_SRRCTL(q)  (0x01014u + 0x40 * (q))
#define REG_RDT(q)     (0x01018u + 0x40 * (q))
#define REG_RXDCTL(q)  (0x01028u + 0x40 * (q))
#define REG_RXCTRL     0x03000u
#define REG_HLREG0     0x04240u
#define REG_MAXFRS     0x04268u
#define REG_AUTOC      0x042a0u
#define REG_LINKS      0x042a4u
#define REG_RXCSUM     0x05000u
#define REG_FCTRL      0x05080u
#define REG_MRQC       0x05818u
#define REG_RETA(n)    (0x05c00u + 4 * (n))
#define REG_RSSRK(n)   (0x05c80u + 4 * (n))

#define GPIE_MSIX      0x80000030u   /* PBA support, one-shot disable, multiple MSI-X */
#define IVAR_VALID     0x80u
#define SRRCTL_ONE_BUF 0x02000000u   /* advanced descriptor, one buffer */
#define SRRCTL_DROP    0x10000000u
#define RXDCTL_ENABLE  0x02000000u
#define RXCTRL_RXEN    1u
#define HLREG0_JUMBO   4u
#define AUTOC_RESTART  0x1000u
#define LINKS_UP       0x40000000u
#define RXCSUM_PCSD    0x00002000u   /* descriptors carry the RSS hash */
#define FCTRL_PROMISC  0x00000700u   /* multicast, unicast, broadcast */
#define MRQC_RSS_IPV4  0x00020001u

#define BUFFER_KIB     10u           /* holds the largest frame */
#define RETA_ENTRIES   128u
#define RSS_KEY_WORDS  10u

int ideal_nic_memory(struct ideal_device *device)
{
	struct ideal *ideal = device->ideal;

	for (unsigned q = 0; q < device->queues; q++) {
		struct ideal_queue *queue = &device->queue[q];

		ideal_queue_init(device, q);
		queue->ring = ideal_take_memory(ideal, 16ULL * device->descriptors);
		queue->buffers = ideal_take_memory(
			ideal, (uint64_t)BUFFER_KIB * 1024 * device->descriptors);
		if (!queue->ring || !queue->buffers)
			return sim_fail(ideal->sim, SIM_ERR_CONFIG,
					"host.memory is too small for the rings");
	}
	return SIM_OK;
}

/* ---- bring-up ---- */

uint64_t *ideal_nic_descriptor(const struct ideal_queue *queue, unsigned index)
{
	struct ideal *ideal = queue->device->ideal;

	return ideal->ops.memory(ideal->ctx, queue->ring + 16ULL * index, 16);
}

uint64_t ideal_nic_buffer(const struct ideal_queue *queue, unsigned index)
{
	return queue->buffers + (uint64_t)BUFFER_KIB * 1024 * index;
}

void ideal_nic_give(struct ideal_queue *queue)
{
	uint64_t *word = ideal_nic_descriptor(queue, queue->tail);

	word[0] = ideal_nic_buffer(queue, queue->tail);
	word[1] = 0;
	queue->tail = queue->tail + 1 == queue->device->descriptors ? 0 : queue->tail + 1;
}

void ideal_nic_post(struct ideal_queue *queue)
{
	ideal_write32(queue->device, REG_RDT(queue->number), queue->tail);
}

void ideal_nic_mask(struct ideal_queue *queue)
{
	ideal_write32(queue->device, REG_EIMC, 1u << queue->number);
}

/* Causes of packets that the poll has served are cleared first. A packet on its way to memory
 * may have set its cause before that; the head has then moved past the descriptors that software
 * knows of, and its cause is set again (the message stays behind the data). */
void ideal_nic_unmask(struct ideal_queue *queue)
{
	struct ideal_device *device = queue->device;
	uint32_t bit = 1u << queue->number, ahead;

	ideal_write32(device, REG_EICR, bit);
	ahead = ideal_read32(device, REG_RDH(queue->number)) + device->descriptors - queue->next;
	if (ahead % device->descriptors > device->leave)
		ideal_write32(device, REG_EICS, bit);
	ideal_write32(device, REG_EIMS, bit);
}

static void enable_queue(struct ideal_device *device, unsigned q)
{
	struct ideal_queue *queue = &device->queue[q];
	unsigned half = q & 1 ? 16 : 0;
	uint32_t ivar = ideal_read32(device, REG_IVAR(q / 2));

	for (unsigned i = 0; i < device->ring; i++)
		ideal_nic_give(queue);
	ideal_write32(device, REG_RDBAL(q), (uint32_t)queue->ring);
	ideal_write32(device, REG_RDBAH(q), (uint32_t)(queue->ring >> 32));
	ideal_write32(device, REG_RDLEN(q), 16 * device->descriptors);
	ideal_write32(device, REG_SRRCTL(q), SRRCTL_ONE_BUF | SRRCTL_DROP | BUFFER_KIB);
	ideal_write32(device, REG_RXDCTL(q), RXDCTL_ENABLE);
	ideal_nic_post(queue);
	ideal_write32(device, REG_IVAR(q / 2),
		      (ivar & ~(0xffu << half)) | (IVAR_VALID | q) << half);
	ideal_write32(device, REG_EITR(q), device->eitr_us / 2 << 3);
	ideal_msix_vector(device, device->msix_table, q, q);
}

/* The key of the specification's examples; it spreads consecutive addresses (7.1.2.8). */
static const uint32_t rss_key[RSS_KEY_WORDS] = {
	0xda565a6d, 0xc20e5b25, 0x3d256741, 0xb08fa343, 0xcb2bcad0,
	0xb4307bae, 0xa32dcb77, 0x0cf23080, 0x3bb7426a, 0xfa01acbe,
};

static void enable_rss(struct ideal_device *device)
{
	for (unsigned n = 0; n < RETA_ENTRIES / 4; n++) {
		uint32_t value = 0;

		for (unsigned i = 0; i < 4; i++)
			value |= (4 * n + i) % device->queues << 8 * i;
		ideal_write32(device, REG_RETA(n), value);
	}
	for (unsigned n = 0; n < RSS_KEY_WORDS; n++)
		ideal_write32(device, REG_RSSRK(n), rss_key[n]);
	ideal_write32(device, REG_MRQC, MRQC_RSS_IPV4);
}

bool ideal_nic_bring_up(struct ideal_device *device)
{
	if (!device->step) {
		ideal_pci_enable(device, 0, device->bar0);
		ideal_pci_enable(device, 4, device->msix_bar);
		device->msix_table = ideal_msix_enable(device);
		ideal_write32(device, REG_AUTOC, ideal_read32(device, REG_AUTOC) | AUTOC_RESTART);
	}
	if (device->step++ == 1) {
		ideal_write32(device, REG_HLREG0, ideal_read32(device, REG_HLREG0) | HLREG0_JUMBO);
		ideal_write32(device, REG_MAXFRS, 9728u << 16);
		ideal_write32(device, REG_FCTRL, FCTRL_PROMISC);
		ideal_write32(device, REG_GPIE, GPIE_MSIX);
		ideal_write32(device, REG_EIAC, 0xffff);
		ideal_write32(device, REG_RXCSUM, RXCSUM_PCSD);
		enable_rss(device);
		for (unsigned q = 0; q < device->queues; q++)
			enable_queue(device, q);
		ideal_write32(device, REG_RXCTRL, RXCTRL_RXEN);
		if (device->ideal->cfg.scheme != IDEAL_TIMER)
			ideal_write32(device, REG_EIMS, (1u << device->queues) - 1);
	}
	return device->step > 2 && ideal_read32(device, REG_LINKS) & LINKS_UP;
}
