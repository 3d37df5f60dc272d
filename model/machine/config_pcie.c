/* SPDX-License-Identifier: MIT */
/* A device's link, and the switch it may share. */
#include "model/machine/config_internal.h"

#include <string.h>

#include "model/scenario/profile.h"

#define KEY_BYTES 96

static uint64_t u64_key(const struct reading *r, const struct machine_device *device,
			const char *field)
{
	char key[KEY_BYTES];

	return scn_u64(r->point, config_device_key(key, device->name, field));
}

static unsigned uint_key(const struct reading *r, const struct machine_device *device,
			 const char *field)
{
	return (unsigned)u64_key(r, device, field);
}

static bool bool_key(const struct reading *r, const struct machine_device *device,
		     const char *field)
{
	char key[KEY_BYTES];

	return scn_bool(r->point, config_device_key(key, device->name, field));
}

static void read_limits(struct reading *r, const struct machine_device *device,
			struct pcie_link_cfg *link)
{
	char key[KEY_BYTES];

	link->tags = uint_key(r, device, "pcie.tags");
	link->extended_tags = bool_key(r, device, "pcie.extended_tags");
	link->posted.headers = uint_key(r, device, "pcie.posted_headers");
	link->posted.data = uint_key(r, device, "pcie.posted_data");
	link->non_posted.headers = uint_key(r, device, "pcie.read_headers");
	link->core_writes = uint_key(r, device, "pcie.core_writes");
	config_device_key(key, device->name, "pcie.credit_return");
	link->credit_return = scn_has(r->point, key) ? scn_dur(r->point, key)
						     : config_cost(r, "dma.credit_return");
	/* A request that can never go would wait for ever (2.6.1: at least one packet's). */
	if (link->posted.data && link->posted.data * 16 < link->mps)
		config_refuse(r, config_device_key(key, device->name, "pcie.posted_data"),
			      "the data credits are less than one packet of pcie.mps");
	if (link->tags > 32 && !link->extended_tags)
		config_refuse(r, config_device_key(key, device->name, "pcie.tags"),
			      "more than 32 tags need pcie.extended_tags = true");
}

/* Switches are numbered in the order in which devices name them. */
static void read_uplink(struct reading *r, struct machine_device *device)
{
	struct machine_cfg *cfg = r->cfg;
	char key[KEY_BYTES];
	const char *name;
	unsigned n = 0;

	device->uplink = -1;
	config_device_key(key, device->name, "pcie.uplink");
	if (!scn_has(r->point, key) || device->link.ideal)
		return;
	name = scn_text(r->point, key);
	for (size_t d = 0; d < scn_device_count(r->point); d++)
		if (!strcmp(scn_device(r->point, d), name))
			config_refuse(r, key, "a switch has a name of its own, not a device's");
	while (n < cfg->switches && strcmp(cfg->pcie_switch[n].name, name) != 0)
		n++;
	device->uplink = (int)n;
	if (n < cfg->switches) {
		if (cfg->pcie_switch[n].mps != device->link.mps)
			config_refuse(r, key, "devices behind one switch have one pcie.mps");
		return;
	}
	cfg->switches++;
	cfg->pcie_switch[n] = (struct pcie_switch_cfg){
		.name = name,
		.gen = (unsigned)scn_u64(r->point, "pcie.switch.gen"),
		.lanes = (unsigned)scn_u64(r->point, "pcie.switch.lanes"),
		.mps = device->link.mps,
		.dllp_ppm = device->link.dllp_ppm,
		.dllp_down_ppm = device->link.dllp_down_ppm,
		.latency = config_cost(r, "pcie.switch"),
	};
}

void config_read_link(struct reading *r, struct machine_device *device)
{
	struct pcie_link_cfg *link = &device->link;
	char key[KEY_BYTES];

	link->gen = uint_key(r, device, "pcie.gen");
	link->lanes = uint_key(r, device, "pcie.lanes");
	link->mps = uint_key(r, device, "pcie.mps");
	link->mrrs = uint_key(r, device, "pcie.mrrs");
	link->rcb = uint_key(r, device, "pcie.rcb");
	link->combine_above = uint_key(r, device, "pcie.combine_above");
	link->align = uint_key(r, device, "pcie.align");
	config_device_key(key, device->name, "pcie.dllp");
	link->dllp_ppm = scn_has(r->point, key) ? (uint32_t)scn_micro(r->point, key)
						: PCIE_DLLP_BY_SPEC;
	config_device_key(key, device->name, "pcie.dllp_down");
	if (scn_has(r->point, key))
		link->dllp_down_ppm = (uint32_t)scn_micro(r->point, key);
	link->ideal = bool_key(r, device, "pcie.ideal");
	link->id_ordering = bool_key(r, device, "pcie.ido");
	read_limits(r, device, link);
	link->read_rtt = config_cost(r, "dma.read_rtt");
	link->write_latency = config_cost(r, "dma.write_latency");
	link->mmio_read = config_cost(r, "mmio.read");
	link->mmio_write = config_cost(r, "mmio.write.latency");
	link->jittery = bool_key(r, device, "pcie.jitter");
	link->jitter = (struct pcie_jitter){ config_cost(r, "dma.jitter.below"),
					     config_cost(r, "dma.jitter.p95"),
					     config_cost(r, "dma.jitter.p999") };
	link->seed = r->cfg->seed;
	device->dma_bits = uint_key(r, device, "dma_bits");
	device->socket = uint_key(r, device, "socket");
	if (device->socket >= r->cfg->cores.sockets)
		config_refuse(r, config_device_key(key, device->name, "socket"),
			      "there is no such socket; cpu.sockets says how many");
	read_uplink(r, device);
}
