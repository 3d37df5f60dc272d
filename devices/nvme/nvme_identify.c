// SPDX-License-Identifier: MIT
/* Identify, 5.15.2. Byte offsets are those of its tables. */
#include <stdio.h>

#include "devices/nvme/nvme_internal.h"

#define ANSWER_BYTES 4096u
#define ELBA_SHIFT   9u             /* 512-byte blocks */

enum {
	CNS_NAMESPACE   = 0x00,
	CNS_CONTROLLER  = 0x01,
	CNS_ACTIVE_LIST = 0x02,
	CNS_DESCRIPTORS = 0x03,
};

/* An identifier that differs between devices and not between runs: FNV-1a of the name. */
static uint64_t unique(const struct nvme *nvme)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (const char *c = nvme->cfg.name; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 0x100000001b3ull;
	return hash;
}

static void put_padded(uint8_t *to, size_t bytes, const char *text)
{
	size_t length = strlen(text);

	memset(to, ' ', bytes);
	memcpy(to, text, length < bytes ? length : bytes);
}

/* 5.15.2.2, NVM command set part. */
static void controller_nvm(const struct nvme *nvme, uint8_t *id)
{
	id[512] = NVME_IOSQES << 4 | NVME_IOSQES;       /* SQES: maximum, required */
	id[513] = NVME_IOCQES << 4 | NVME_IOCQES;       /* CQES */
	put16(id + 514, 0);                             /* MAXCMD: no limit below the queues */
	put32(id + 516, 1);                             /* NN */
	/* ONCS: Compare, Dataset Management, Write Zeroes, Select, Verify. */
	put16(id + 520, 1u << 0 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 7);
	/* VWC: present; bits 2:1 = 11b: Flush takes NSID FFFFFFFFh. */
	id[525] = (uint8_t)(3u << 1 | nvme->cfg.volatile_cache);
	put16(id + 526, 0);                             /* AWUN: one block */
	put16(id + 528, 0);                             /* AWUPF */
}

static void controller(const struct nvme *nvme, uint8_t *id)
{
	char text[64];

	put16(id, NVME_VENDOR);
	put16(id + 2, NVME_VENDOR);
	snprintf(text, sizeof(text), "%016llX", (unsigned long long)unique(nvme));
	put_padded(id + 4, 20, text);                   /* SN */
	put_padded(id + 24, 40, "Doorbell NVMe SSD");   /* MN */
	put_padded(id + 64, 8, "1.0");                  /* FR */
	id[72] = 3;                                     /* RAB: bursts of 8 */
	id[77] = NVME_MDTS;
	put16(id + 78, 0);                              /* CNTLID */
	put32(id + 80, 0x00010400);                     /* VER */
	put32(id + 92, 0);                              /* OAES: errors and health need no bit */
	id[111] = 1;                                    /* CNTRLTYPE: I/O controller */
	put16(id + 256, 0);                             /* OACS: no optional admin command */
	id[258] = NVME_ABORTS - 1;                      /* ACL */
	id[259] = NVME_AER_MAX - 1;                     /* AERL */
	id[260] = 1u << 1 | 1u;                         /* FRMW: one slot, read only */
	id[261] = 1u << 1 | 1u << 2;                    /* LPA: effects log, extended data */
	id[262] = NVME_ERRORS - 1;                      /* ELPE */
	id[263] = 0;                                    /* NPSS: one power state */
	put16(id + 266, 343);                           /* WCTEMP, kelvin */
	put16(id + 268, 353);                           /* CCTEMP */
	put64(id + 280, nvme->cfg.capacity_bytes);      /* TNVMCAP */
	controller_nvm(nvme, id);
	/* 7.9: a unique name for the subsystem. */
	snprintf((char *)id + 768, 256, "nqn.2026-01.org.doorbell:nvme:%016llx",
		 (unsigned long long)unique(nvme));
	put16(id + 2048, 2500);                         /* PSD0, MP: 25 W */
}

static void namespace_data(const struct nvme *nvme, uint8_t *id)
{
	put64(id, nvme->blocks);                        /* NSZE */
	put64(id + 8, nvme->blocks);                    /* NCAP */
	put64(id + 16, nvme->blocks);                   /* NUSE: not thinly provisioned */
	id[25] = 0;                                     /* NLBAF: one format */
	/* DLFEAT: deallocated blocks read as zeroes, Write Zeroes may deallocate. */
	id[33] = 1u << 3 | 1u;
	put64(id + 48, nvme->cfg.capacity_bytes);       /* NVMCAP */
	put64(id + 120, unique(nvme));                  /* EUI64 */
	id[130] = ELBA_SHIFT;                           /* LBAF0: no metadata, LBADS */
}

/* 5.15.2.4: EUI64 (type 1, length 8), then the end. */
static void descriptors(const struct nvme *nvme, uint8_t *list)
{
	list[0] = 1;
	list[1] = 8;
	put64(list + 4, unique(nvme));
}

uint16_t nvme_identify(struct nvme *nvme, const uint8_t *sqe, uint8_t *answer)
{
	uint32_t nsid = get32(sqe + 4);

	memset(answer, 0, ANSWER_BYTES);
	switch (sqe_dword(sqe, 10) & 0xff) {
	case CNS_NAMESPACE:
		/* FFFFFFFFh is for controllers with namespace management. */
		if (nsid != 1)
			return NVME_ERR_NAMESPACE;
		namespace_data(nvme, answer);
		return NVME_OK;
	case CNS_CONTROLLER:
		controller(nvme, answer);
		return NVME_OK;
	case CNS_ACTIVE_LIST:
		/* Identifiers above the given one; the last two values are not allowed. */
		if (nsid >= NVME_NSID_ALL - 1)
			return NVME_ERR_NAMESPACE;
		if (nsid < 1)
			put32(answer, 1);
		return NVME_OK;
	case CNS_DESCRIPTORS:
		if (nsid != 1)
			return NVME_ERR_NAMESPACE;
		descriptors(nvme, answer);
		return NVME_OK;
	default:
		return NVME_ERR_FIELD;
	}
}
