/* SPDX-License-Identifier: MIT */
/* Configuration space of a function: PCI Express Base Specification 3.0, chapter 7. The space is
 * data - values, bits software may change, bits a 1 clears - and a few registers have effects. */
#include "model/pcie/pcie_internal.h"

#include <string.h>

/* Where registers are (7.5, 7.6 and PCI Power Management 1.2, 7.7.2 and PCI 3.0 6.8.2, 7.8). */
enum {
	REG_VENDOR = 0x00,
	REG_DEVICE = 0x02,
	REG_COMMAND = 0x04,
	REG_STATUS = 0x06,
	REG_REVISION = 0x08,
	REG_CACHE_LINE = 0x0c,
	REG_BAR0 = 0x10,
	REG_SUBSYSTEM_VENDOR = 0x2c,
	REG_SUBSYSTEM = 0x2e,
	REG_CAPABILITIES = 0x34,
	REG_INTERRUPT_LINE = 0x3c,

	CAP_PM = 0x40,
	REG_PMC = CAP_PM + 2,
	REG_PMCSR = CAP_PM + 4,

	CAP_MSIX = 0x70,
	REG_MSIX_CONTROL = CAP_MSIX + 2,
	REG_MSIX_TABLE = CAP_MSIX + 4,
	REG_MSIX_PBA = CAP_MSIX + 8,

	CAP_EXP = 0xa0,
	REG_EXP_FLAGS = CAP_EXP + 0x02,
	REG_DEVCAP = CAP_EXP + 0x04,
	REG_DEVCTL = CAP_EXP + 0x08,
	REG_DEVSTA = CAP_EXP + 0x0a,
	REG_LNKCAP = CAP_EXP + 0x0c,
	REG_LNKCTL = CAP_EXP + 0x10,
	REG_LNKSTA = CAP_EXP + 0x12,
	REG_DEVCAP2 = CAP_EXP + 0x24,
	REG_DEVCTL2 = CAP_EXP + 0x28,
	REG_LNKCAP2 = CAP_EXP + 0x2c,
	REG_LNKCTL2 = CAP_EXP + 0x30,
};

#define CAP_ID_PM   0x01
#define CAP_ID_MSIX 0x11
#define CAP_ID_EXP  0x10

/* 7.5.1.1 */
#define COMMAND_MEMORY       0x0002u
#define COMMAND_MASTER       0x0004u
#define COMMAND_WRITABLE     0x0546u   /* memory, master, parity, SERR#, INTx disable */
/* 7.5.1.2 */
#define STATUS_CAPABILITIES  0x0010u
#define STATUS_TARGET_ABORT  0x1000u   /* received */
#define STATUS_MASTER_ABORT  0x2000u   /* received */
#define STATUS_W1C           0xf900u
/* PCI 3.0 6.2.5.1 */
#define BAR_64BIT            0x4u
#define BAR_PREFETCHABLE     0x8u
#define BAR_FLAGS            0xfu
/* Power Management 1.2, 3.2.3 and 3.2.4 */
#define PMC_VERSION          0x0003u
#define PMCSR_STATE          0x0003u
#define PMCSR_D3HOT          0x0003u
#define PMCSR_NO_SOFT_RESET  0x0008u
/* PCI 3.0 6.8.2.3 */
#define MSIX_MASKED          0x4000u
#define MSIX_ENABLED         0x8000u
/* 7.8.2 to 7.8.5 */
#define EXP_VERSION          0x0002u   /* type 0: endpoint */
#define DEVCAP_ROLE_ERRORS   0x00008000u
#define DEVCAP_FLR           0x10000000u
#define DEVCAP_EXTENDED_TAGS 0x00000020u
#define DEVCTL_RESET         0x0810u   /* relaxed ordering and no snoop enabled */
#define DEVCTL_WRITABLE      0x78ffu   /* neither phantom functions nor aux power */
#define DEVCTL_RELAXED       0x0010u
#define DEVCTL_EXTENDED_TAGS 0x0100u
#define DEVCTL_MPS_SHIFT     5
#define DEVCTL_MRRS_SHIFT    12
#define DEVCTL_SIZE          0x7u
#define DEVCTL_FLR           0x8000u
#define DEVSTA_ERRORS        0x000fu
#define DEVSTA_PENDING       0x0020u
#define SIZE_0_BYTES         128u      /* of codes 0..5 */
#define SIZE_CODE_MAX        5u
/* 7.8.6 to 7.8.8 */
#define LNK_WIDTH_SHIFT      4
#define LNKCTL_WRITABLE      0x00cbu
#define LNKCTL_RCB_128       0x0008u
#define LNKSTA_SLOT_CLOCK    0x1000u
/* 7.8.15 to 7.8.19 */
#define DEVCAP2_TIMEOUTS     0x001fu   /* ranges A to D, and disabling */
#define DEVCTL2_TIMEOUT      0x000fu
#define DEVCTL2_NO_TIMEOUT   0x0010u
#define DEVCTL2_IDO_REQUESTS 0x0100u
#define DEVCTL2_WRITABLE     0x031fu   /* timeouts, IDO of requests and completions */
#define LNKCTL2_SPEED        0x000fu
/* 7.10 */
#define AER_HEADER           0x00020001u   /* version 2, the last */
#define AER_UNCORRECTABLE    0x0011d000u   /* poisoned, timeout, abort, unexpected, UR */
#define AER_SEVERITY_RESET   0x00462030u
#define AER_CORRECTABLE      0x00002000u   /* advisory non-fatal */
/* Tags of 5 bits, or 8 (2.2.6.2). */
#define TAGS_SHORT           32u

static unsigned get16(const uint8_t *bytes, unsigned at)
{
	return bytes[at] | (unsigned)bytes[at + 1] << 8;
}

static uint32_t get32(const uint8_t *bytes, unsigned at)
{
	return get16(bytes, at) | (uint32_t)get16(bytes, at + 2) << 16;
}

static void put16(uint8_t *bytes, unsigned at, unsigned value)
{
	bytes[at] = (uint8_t)value;
	bytes[at + 1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *bytes, unsigned at, uint32_t value)
{
	put16(bytes, at, value & 0xffff);
	put16(bytes, at + 2, value >> 16);
}

static unsigned size_code(unsigned bytes)
{
	return (unsigned)__builtin_ctz(bytes / SIZE_0_BYTES);
}

static unsigned size_bytes(unsigned code)
{
	return SIZE_0_BYTES << (code < SIZE_CODE_MAX ? code : SIZE_CODE_MAX);
}

static void init_header(struct pcie_dev *dev)
{
	const struct pcie_cfg *cfg = &dev->cfg;
	uint8_t *config = dev->config;

	put16(config, REG_VENDOR, cfg->vendor);
	put16(config, REG_DEVICE, cfg->device);
	put16(dev->writable, REG_COMMAND, COMMAND_WRITABLE);
	put16(config, REG_STATUS, STATUS_CAPABILITIES);
	put16(dev->w1c, REG_STATUS, STATUS_W1C);
	put32(config, REG_REVISION, cfg->class_code << 8 | cfg->revision);
	dev->writable[REG_CACHE_LINE] = 0xff;
	put16(config, REG_SUBSYSTEM_VENDOR, cfg->subsystem_vendor);
	put16(config, REG_SUBSYSTEM, cfg->subsystem);
	config[REG_CAPABILITIES] = CAP_PM;
	dev->writable[REG_INTERRUPT_LINE] = 0xff;
}

/* Software finds a BAR's size by writing ones: address bits below it are read-only zeroes. */
static void init_bars(struct pcie_dev *dev)
{
	for (unsigned i = 0; i < PCIE_BARS; i++) {
		const struct pcie_bar_cfg *bar = &dev->cfg.bar[i];
		uint64_t mask = ~(bar->bytes - 1);
		unsigned at = REG_BAR0 + 4 * i;

		if (!bar->bytes)
			continue;
		put32(dev->config, at, (bar->is64 ? BAR_64BIT : 0) |
				       (bar->prefetchable ? BAR_PREFETCHABLE : 0));
		put32(dev->writable, at, (uint32_t)mask & ~BAR_FLAGS);
		if (bar->is64)
			put32(dev->writable, at + 4, (uint32_t)(mask >> 32));
	}
}

static void init_pm(struct pcie_dev *dev)
{
	dev->config[CAP_PM] = CAP_ID_PM;
	dev->config[CAP_PM + 1] = dev->cfg.msix_vectors ? CAP_MSIX : CAP_EXP;
	put16(dev->config, REG_PMC, PMC_VERSION);
	put16(dev->config, REG_PMCSR, PMCSR_NO_SOFT_RESET);
	put16(dev->writable, REG_PMCSR, PMCSR_STATE);
}

static void init_msix(struct pcie_dev *dev)
{
	const struct pcie_cfg *cfg = &dev->cfg;

	if (!cfg->msix_vectors)
		return;
	dev->config[CAP_MSIX] = CAP_ID_MSIX;
	dev->config[CAP_MSIX + 1] = CAP_EXP;
	put16(dev->config, REG_MSIX_CONTROL, cfg->msix_vectors - 1);
	put16(dev->writable, REG_MSIX_CONTROL, MSIX_ENABLED | MSIX_MASKED);
	put32(dev->config, REG_MSIX_TABLE, cfg->msix_table | cfg->msix_bar);
	put32(dev->config, REG_MSIX_PBA, cfg->msix_pba | cfg->msix_bar);
}

/* Masks, severities and logs are sticky: only power-on resets them (7.4). */
static void init_aer(struct pcie_dev *dev)
{
	put32(dev->config, PCIE_AER, AER_HEADER);
	put32(dev->w1c, PCIE_AER_UNCORRECTABLE, AER_UNCORRECTABLE);
	put32(dev->writable, PCIE_AER_UNCORRECTABLE_MASK, AER_UNCORRECTABLE);
	put32(dev->config, PCIE_AER_SEVERITY, AER_SEVERITY_RESET);
	put32(dev->writable, PCIE_AER_SEVERITY, AER_UNCORRECTABLE);
	put32(dev->w1c, PCIE_AER_CORRECTABLE, AER_CORRECTABLE);
	put32(dev->config, PCIE_AER_CORRECTABLE_MASK, AER_CORRECTABLE);
	put32(dev->writable, PCIE_AER_CORRECTABLE_MASK, AER_CORRECTABLE);
}

/* Device Control and Link Status are as firmware leaves them: sizes and link set up. */
static void init_exp(struct pcie_dev *dev)
{
	const struct pcie_link_cfg *link = &dev->cfg.link;
	uint8_t *config = dev->config;
	unsigned sizes = size_code(link->mps) << DEVCTL_MPS_SHIFT |
			 size_code(link->mrrs) << DEVCTL_MRRS_SHIFT;
	unsigned speed_width = link->gen | link->lanes << LNK_WIDTH_SHIFT;

	config[CAP_EXP] = CAP_ID_EXP;
	put16(config, REG_EXP_FLAGS, EXP_VERSION);
	put32(config, REG_DEVCAP, size_code(link->mps) | DEVCAP_ROLE_ERRORS | DEVCAP_FLR |
				  (link->extended_tags ? DEVCAP_EXTENDED_TAGS : 0));
	put16(config, REG_DEVCTL, DEVCTL_RESET | sizes);
	put16(dev->writable, REG_DEVCTL,
	      DEVCTL_WRITABLE | (link->extended_tags ? DEVCTL_EXTENDED_TAGS : 0));
	put16(dev->w1c, REG_DEVSTA, DEVSTA_ERRORS);
	put32(config, REG_LNKCAP, speed_width);
	put16(config, REG_LNKCTL, link->rcb == 128 ? LNKCTL_RCB_128 : 0);
	put16(dev->writable, REG_LNKCTL, LNKCTL_WRITABLE);
	put16(config, REG_LNKSTA, speed_width | LNKSTA_SLOT_CLOCK);
	put32(config, REG_DEVCAP2, DEVCAP2_TIMEOUTS);
	put16(config, REG_DEVCTL2, link->id_ordering ? DEVCTL2_IDO_REQUESTS : 0);
	put16(dev->writable, REG_DEVCTL2, DEVCTL2_WRITABLE);
	put32(config, REG_LNKCAP2, (2u << link->gen) - 2);   /* bit n: speed n */
	put16(config, REG_LNKCTL2, link->gen);
	put16(dev->writable, REG_LNKCTL2, LNKCTL2_SPEED);
}

static void update_bars(struct pcie_dev *dev)
{
	for (unsigned i = 0; i < PCIE_BARS; i++) {
		const struct pcie_bar_cfg *bar = &dev->cfg.bar[i];
		unsigned at = REG_BAR0 + 4 * i;

		if (!bar->bytes)
			continue;
		dev->bar_base[i] = get32(dev->config, at) & ~BAR_FLAGS;
		if (bar->is64)
			dev->bar_base[i] |= (uint64_t)get32(dev->config, at + 4) << 32;
	}
}

/* The registers as the rest of the model uses them. In D3hot a function answers configuration
 * requests only, and makes none (5.3.1.4.1). */
static void update(struct pcie_dev *dev)
{
	unsigned command = get16(dev->config, REG_COMMAND);
	unsigned devctl = get16(dev->config, REG_DEVCTL);
	unsigned msix = get16(dev->config, REG_MSIX_CONTROL);
	bool d0 = (get16(dev->config, REG_PMCSR) & PMCSR_STATE) == 0;
	unsigned mps = size_bytes(devctl >> DEVCTL_MPS_SHIFT & DEVCTL_SIZE);
	const struct pcie_link_cfg *link = &dev->cfg.link;

	dev->memory_space = d0 && (command & COMMAND_MEMORY);
	dev->bus_master = d0 && (command & COMMAND_MASTER);
	dev->mps = mps < dev->cfg.link.mps ? mps : dev->cfg.link.mps; /* at most what we support */
	dev->mrrs = size_bytes(devctl >> DEVCTL_MRRS_SHIFT & DEVCTL_SIZE);
	dev->rcb = link->rcb;
	dev->up.rate = link->ideal ? 0
				   : pcie_link_rate(link->gen, link->lanes, dev->mps,
						    link->dllp_ppm);
	dev->down.rate = !link->dllp_down_ppm || link->ideal
				 ? dev->up.rate
				 : pcie_link_rate(link->gen, link->lanes, dev->mps,
						  link->dllp_down_ppm);
	dev->tags.headers = link->tags > TAGS_SHORT && !(devctl & DEVCTL_EXTENDED_TAGS)
				    ? TAGS_SHORT
				    : link->tags;
	dev->relaxed_ordering = devctl & DEVCTL_RELAXED;
	dev->id_ordering = get16(dev->config, REG_DEVCTL2) & DEVCTL2_IDO_REQUESTS;
	dev->msix_enabled = dev->cfg.msix_vectors && (msix & MSIX_ENABLED);
	dev->msix_masked = msix & MSIX_MASKED;
	update_bars(dev);
}

void pcie_config_init(struct pcie_dev *dev)
{
	memset(dev->config, 0, sizeof(dev->config));
	memset(dev->writable, 0, sizeof(dev->writable));
	memset(dev->w1c, 0, sizeof(dev->w1c));
	init_header(dev);
	init_bars(dev);
	init_pm(dev);
	init_msix(dev);
	init_exp(dev);
	init_aer(dev);
	update(dev);
	pcie_msix_reset(dev);
}

uint32_t pcie_config_get(const struct pcie_dev *dev, unsigned reg)
{
	return get32(dev->config, reg);
}

void pcie_config_set(struct pcie_dev *dev, unsigned reg, uint32_t value)
{
	put32(dev->config, reg, value);
}

void pcie_config_status(struct pcie_dev *dev, unsigned status, unsigned devsta)
{
	put16(dev->config, REG_STATUS, get16(dev->config, REG_STATUS) | status);
	put16(dev->config, REG_DEVSTA, get16(dev->config, REG_DEVSTA) | devsta);
}

struct at pcie_timeout_at(const struct pcie_dev *dev, struct at from)
{
	unsigned control = get16(dev->config, REG_DEVCTL2);
	struct at now = sim_now(dev->sim);

	/* Disabled: it waits until something else resets it; a day stands for that. */
	if (control & DEVCTL2_NO_TIMEOUT)
		return at_add(now, dur_ps(86400 * PS_PER_S));
	return at_max(now, at_add(from, pcie_timeout(control & DEVCTL2_TIMEOUT)));
}

/* 6.6.2. All but what belongs to the link is reset: Max_Payload_Size and Link Control stay. Posted
 * writes of the function that are under way still land; completions it waits for are discarded. */
static void function_level_reset(struct pcie_dev *dev)
{
	unsigned mps = get16(dev->config, REG_DEVCTL) & DEVCTL_SIZE << DEVCTL_MPS_SHIFT;
	unsigned lnkctl = get16(dev->config, REG_LNKCTL);
	unsigned lnkctl2 = get16(dev->config, REG_LNKCTL2);
	uint8_t sticky[PCIE_AER_END - PCIE_AER];
	unsigned devctl;

	trace_emit(&dev->trace, PCIE_TRACE_FLR, 0, 0, 0);
	dev->generation++;
	dev->reads_pending = 0;
	memcpy(sticky, dev->config + PCIE_AER, sizeof(sticky));
	pcie_config_init(dev);
	memcpy(dev->config + PCIE_AER, sticky, sizeof(sticky));
	devctl = get16(dev->config, REG_DEVCTL) & ~(DEVCTL_SIZE << DEVCTL_MPS_SHIFT);
	put16(dev->config, REG_DEVCTL, devctl | mps);
	put16(dev->config, REG_LNKCTL, lnkctl);
	put16(dev->config, REG_LNKCTL2, lnkctl2);
	update(dev);
	if (dev->dev_ops->reset)
		dev->dev_ops->reset(dev->dev_ctx);
}

static bool access_ok(unsigned offset, unsigned bytes)
{
	return (bytes == 1 || bytes == 2 || bytes == 4) && offset % bytes == 0 &&
	       offset < PCIE_CONFIG_BYTES;
}

uint32_t pcie_config_read(struct pcie_dev *dev, unsigned offset, unsigned bytes)
{
	uint32_t value = 0;

	if (dev->removed)
		return bytes < 4 ? (1u << 8 * bytes) - 1 : UINT32_MAX;
	pcie_flush_writes(dev);
	if (!access_ok(offset, bytes))
		return 0;
	/* Transactions Pending is a state, not a latch (7.8.5). */
	dev->config[REG_DEVSTA] &= (uint8_t)~DEVSTA_PENDING;
	if (dev->reads_pending)
		dev->config[REG_DEVSTA] |= DEVSTA_PENDING;
	for (unsigned i = 0; i < bytes; i++)
		value |= (uint32_t)dev->config[offset + i] << 8 * i;
	return value;
}

static bool touches(unsigned offset, unsigned bytes, unsigned reg)
{
	return offset <= reg && reg < offset + bytes;
}

void pcie_config_write(struct pcie_dev *dev, unsigned offset, uint32_t value, unsigned bytes)
{
	unsigned state = get16(dev->config, REG_PMCSR) & PMCSR_STATE, now;

	if (dev->removed)
		return;
	/* Neither do configuration requests pass posted writes (2.4.1). */
	pcie_flush_writes(dev);
	if (!access_ok(offset, bytes))
		return;
	trace_emit(&dev->trace, PCIE_TRACE_CONFIG_WRITE, offset, value, bytes);
	for (unsigned i = 0; i < bytes; i++) {
		uint8_t *byte = &dev->config[offset + i];
		uint8_t in = (uint8_t)(value >> 8 * i);
		uint8_t mask = dev->writable[offset + i];

		*byte = (uint8_t)((*byte & ~mask) | (in & mask));
		*byte &= (uint8_t)~(in & dev->w1c[offset + i]);
	}
	/* A state that is not there: the write is dropped (Power Management 1.2, 3.2.4). */
	now = get16(dev->config, REG_PMCSR) & PMCSR_STATE;
	if (now != 0 && now != PMCSR_D3HOT)
		dev->config[REG_PMCSR] = (uint8_t)((dev->config[REG_PMCSR] & ~PMCSR_STATE) | state);
	update(dev);
	if (touches(offset, bytes, REG_DEVCTL + 1) &&
	    value >> 8 * (REG_DEVCTL + 1 - offset) & DEVCTL_FLR >> 8)
		function_level_reset(dev);
	else
		pcie_msix_update(dev);
}
