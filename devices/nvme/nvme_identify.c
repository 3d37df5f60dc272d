// SPDX-License-Identifier: MIT
/* Identify, 5.15.2. Byte offsets are those of its tables. */
#include <stdio.h>

#include "devices/nvme/nvme_internal.h"

#define ANSWER_BYTES 4096u

enum {
	CNS_NAMESPACE   = 0x00,
	CNS_CONTROLLER  = 0x01,
	CNS_ACTIVE_LIST = 0x02,
	CNS_DESCRIPTORS = 0x03,
	CNS_ALLOCATED_LIST = 0x10,
	CNS_ALLOCATED   = 0x11,
	CNS_ATTACHED_CONTROLLERS = 0x12,
	CNS_CONTROLLERS = 0x13,
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
	put32(id + 516, nvme->namespaces);              /* NN */
	/* ONCS: Compare, Dataset Management, Write Zeroes, Save and Select, Timestamp, Verify. */
	put16(id + 520, 1u << 0 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 6 | 1u << 7);
	id[524] = 1u << 2;                              /* FNA: by namespace; crypto erase */
	/* VWC: present; bits 2:1 = 11b: Flush takes NSID FFFFFFFFh. */
	id[525] = (uint8_t)(3u << 1 | nvme->cfg.volatile_cache);
	put16(id + 526, 0);                             /* AWUN: one block */
	put16(id + 528, 0);                             /* AWUPF */
	/* SGLS: of dwords; bit bucket. */
	put32(id + 536, nvme->cfg.sgl ? 2u | 1u << 16 : 0);
}

static uint64_t unallocated(const struct nvme *nvme)
{
	const struct nvme_namespace *last = &nvme->ns[nvme->namespaces - 1];

	return nvme->cfg.capacity_bytes - last->first - last->bytes;
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
	id[77] = (uint8_t)__builtin_ctz(nvme->cfg.transfer_max / 4096u);   /* MDTS */
	put16(id + 78, 0);                              /* CNTLID */
	put32(id + 80, 0x00010400);                     /* VER */
	put32(id + 92, 1u << 8);                        /* OAES: namespace attributes */
	id[111] = 1;                                    /* CNTRLTYPE: I/O controller */
	put16(id + 256, 1u << 1);                       /* OACS: Format NVM */
	id[258] = NVME_ABORTS - 1;                      /* ACL */
	id[259] = NVME_AER_MAX - 1;                     /* AERL */
	id[260] = 1u << 1 | 1u;                         /* FRMW: one slot, read only */
	/* LPA: health by namespace, effects log, extended data. */
	id[261] = 1u << 0 | 1u << 1 | 1u << 2;
	id[262] = NVME_ERRORS - 1;                      /* ELPE */
	put16(id + 266, 343);                           /* WCTEMP, kelvin */
	put16(id + 268, 353);                           /* CCTEMP */
	put64(id + 280, nvme->cfg.capacity_bytes);      /* TNVMCAP */
	put64(id + 296, unallocated(nvme));             /* UNVMCAP */
	controller_nvm(nvme, id);
	/* 7.9: a unique name for the subsystem. */
	snprintf((char *)id + 768, 256, "nqn.2026-01.org.doorbell:nvme:%016llx",
		 (unsigned long long)unique(nvme));
	nvme_power_describe(nvme, id);
}

static uint64_t unique_namespace(const struct nvme *nvme, const struct nvme_namespace *ns)
{
	return unique(nvme) + (ns->nsid - 1) * 0x9e3779b97f4a7c15ull;
}

static void namespace_data(const struct nvme *nvme, const struct nvme_namespace *ns, uint8_t *id)
{
	put64(id, ns->blocks);                          /* NSZE */
	put64(id + 8, ns->blocks);                      /* NCAP */
	put64(id + 16, ns->blocks);                     /* NUSE: not thinly provisioned */
	id[25] = 1;                                     /* NLBAF: two formats */
	id[26] = ns->shift == 12;                       /* FLBAS */
	/* DLFEAT: deallocated blocks read as zeroes, Write Zeroes may deallocate. */
	id[33] = 1u << 3 | 1u;
	put64(id + 48, ns->bytes);                      /* NVMCAP */
	put64(id + 120, unique_namespace(nvme, ns));    /* EUI64 */
	id[130] = 9;                                    /* LBAF0: no metadata, LBADS */
	id[134] = 12;                                   /* LBAF1 */
}

/* 5.15.2.4: EUI64 (type 1, length 8), then the end. */
static void descriptors(const struct nvme *nvme, const struct nvme_namespace *ns, uint8_t *list)
{
	list[0] = 1;
	list[1] = 8;
	put64(list + 4, unique_namespace(nvme, ns));
}

/* Identifiers above the given one; the last two values are not allowed. */
static uint16_t namespace_list(const struct nvme *nvme, uint32_t after, uint8_t *list)
{
	if (after >= NVME_NSID_ALL - 1)
		return NVME_ERR_NAMESPACE;
	for (uint32_t nsid = after + 1; nsid <= nvme->namespaces; nsid++, list += 4)
		put32(list, nsid);
	return NVME_OK;
}

/* 4.10: this controller, number 0, is the only one. */
static uint16_t controller_list(const uint8_t *sqe, uint8_t *list)
{
	put16(list, sqe_dword(sqe, 10) >> 16 == 0);
	return NVME_OK;
}

/* Of one namespace. */
static uint16_t identify_namespace(struct nvme *nvme, const uint8_t *sqe, uint8_t *answer)
{
	/* FFFFFFFFh is for controllers with namespace management. */
	const struct nvme_namespace *ns = nvme_namespace(nvme, get32(sqe + 4));

	if (!ns)
		return NVME_ERR_NAMESPACE;
	switch (sqe_dword(sqe, 10) & 0xff) {
	case CNS_DESCRIPTORS:
		descriptors(nvme, ns, answer);
		return NVME_OK;
	case CNS_ATTACHED_CONTROLLERS:
		return controller_list(sqe, answer);
	default:
		namespace_data(nvme, ns, answer);
		return NVME_OK;
	}
}

uint16_t nvme_identify(struct nvme *nvme, const uint8_t *sqe, uint8_t *answer)
{
	uint32_t nsid = get32(sqe + 4);

	memset(answer, 0, ANSWER_BYTES);
	switch (sqe_dword(sqe, 10) & 0xff) {
	case CNS_NAMESPACE:
	case CNS_ALLOCATED:
	case CNS_DESCRIPTORS:
	case CNS_ATTACHED_CONTROLLERS:
		return identify_namespace(nvme, sqe, answer);
	case CNS_ACTIVE_LIST:
	case CNS_ALLOCATED_LIST:
		return namespace_list(nvme, nsid, answer);
	/* 4.2: NSID is cleared where it is not used. */
	case CNS_CONTROLLER:
		if (nsid)
			return NVME_ERR_FIELD;
		controller(nvme, answer);
		return NVME_OK;
	case CNS_CONTROLLERS:
		return nsid ? NVME_ERR_FIELD : controller_list(sqe, answer);
	default:
		return NVME_ERR_FIELD;
	}
}
