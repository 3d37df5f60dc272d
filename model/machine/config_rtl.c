/* SPDX-License-Identifier: MIT */
/* [device.NAME.rtl]: blocks that a device has not are refused, as are kinds that the RTL has
 * not. */
#include "model/machine/config_internal.h"

void config_rtl(struct reading *r, struct machine_device *device)
{
	const struct scn_point *p = r->point;
	enum nic82599_moderation_kind kind = device->nic.moderation.kind;
	bool nic = device->model == SCN_MODEL_82599;
	char key[96];

	device->rtl.clock_hz = scn_u64(p, config_device_key(key, device->name, "rtl.clock"));
	device->rtl.msix = scn_bool(p, config_device_key(key, device->name, "rtl.msix"));
	config_device_key(key, device->name, "rtl.coalescing");
	device->rtl.coalescing = scn_bool(p, key);
	if (device->rtl.coalescing && device->model != SCN_MODEL_NVME)
		config_refuse(r, key, "completion coalescing is a block of NVMe devices");
	config_device_key(key, device->name, "rtl.moderation");
	device->rtl.moderation = scn_bool(p, key);
	if (device->rtl.moderation && !nic)
		config_refuse(r, key, "interrupt moderation is a block of network devices");
	else if (device->rtl.moderation && device->knobs.features_on & PLAT_FEATURE_LRO)
		config_refuse(r, key, "merging by the device (`lro`) needs its own moderation");
	else if (device->rtl.moderation && (kind == NIC82599_MODERATION_PACKET_TIMER ||
					    kind == NIC82599_MODERATION_WATERMARK))
		config_refuse(r, key, "the RTL has the kinds itr and count-timeout");
}
