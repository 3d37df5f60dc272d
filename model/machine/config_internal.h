/* SPDX-License-Identifier: MIT */
/* What the readers of a scenario point share. */
#ifndef DOORBELL_MACHINE_CONFIG_INTERNAL_H
#define DOORBELL_MACHINE_CONFIG_INTERNAL_H

#include "model/machine/config.h"

#define CONFIG_DRIVER_BYTES 32  /* of a name, as the port takes it (arch/sim/kernel/pci.c) */
#define CONFIG_MILLI 1000u      /* rates of frames and I/Os are in thousandths */

struct profile;

/* Everything the functions below pass on. */
struct reading {
	struct machine_cfg *cfg;
	const struct scn_point *point;
	const char *data_dir;
	struct diag *diag;
	struct profile *cpu;
	uint64_t hz;
	bool failed;
};

void config_refuse(struct reading *r, const char *key, const char *what);
/* "device.NAME.FIELD" into the caller's buffer; returns it. */
const char *config_device_key(char key[96], const char *name, const char *field);
unsigned config_device_index(const struct reading *r, const char *name);

/* Of a device's field that has no default; 0 without it. */
uint32_t config_optional_u32(const struct reading *r, const char *name, const char *field);
struct dur config_optional_dur(const struct reading *r, const char *name, const char *field);

/* config_ssd.c */
void config_ssd(struct reading *r, struct machine_device *device);

/* config_rtl.c; the device's own keys are read. */
void config_rtl(struct reading *r, struct machine_device *device);

struct dur config_cost(const struct reading *r, const char *row);

/* config_pcie.c */
void config_read_link(struct reading *r, struct machine_device *device);

/* config_network.c */
void config_read_nic(struct reading *r, struct machine_device *device, unsigned number);
void config_read_all_traffic(struct reading *r);
void config_read_sends_and_admins(struct reading *r);

/* config_faults.c */
void config_read_faults(struct reading *r);

/* config_mm.c */
void config_read_mms(struct reading *r);

#endif
