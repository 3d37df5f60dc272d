/* SPDX-License-Identifier: MIT */
/* Queue entries as an NVMe driver sees them: NVM Express Base Specification 1.4c, 4.2 and 4.6. The
 * ideal driver's own, not the model's. Not modelled: SGLs, metadata. */
#ifndef DOORBELL_DRIVERS_IDEAL_NVME_H
#define DOORBELL_DRIVERS_IDEAL_NVME_H

#include <assert.h>
#include <stdint.h>

#define SQE_BYTES      64u
#define CQE_BYTES      16u
#define CQE_PHASE      1u
#define PAGE_SHIFT     12u        /* CC.MPS = 0 */
#define PAGE_BYTES     (1u << PAGE_SHIFT)
#define PRP_LIST_BYTES 2048u
#define TRANSFER_SHIFT 20u        /* 1 MiB is the largest I/O */
#define TRANSFER_MAX   (1u << TRANSFER_SHIFT)
#define LBA_BYTES      512u

struct nvme_command {
	uint8_t opcode, flags;
	uint16_t cid;
	uint32_t nsid;
	uint64_t reserved, metadata, prp1, prp2;
	uint32_t dw[6];           /* command dwords 10 to 15 */
};

struct nvme_completion {
	uint32_t result, reserved;
	uint16_t sq_head, sq_id, cid;
	uint16_t status;          /* bit 0: phase */
};

static_assert(sizeof(struct nvme_command) == SQE_BYTES, "a command is 64 bytes");
static_assert(sizeof(struct nvme_completion) == CQE_BYTES, "a completion is 16 bytes");

#endif
