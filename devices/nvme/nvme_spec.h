/* SPDX-License-Identifier: MIT */
/* Numbers of NVM Express 1.4c that the controller uses: opcodes, status codes, fields. Written from
 * the specification; drivers have their own. */
#ifndef DOORBELL_NVME_SPEC_H
#define DOORBELL_NVME_SPEC_H

#include <stdint.h>
#include <string.h>

#define NVME_SQE_BYTES 64u
#define NVME_CQE_BYTES 16u
#define NVME_IOSQES    6u
#define NVME_IOCQES    4u
#define NVME_NSID_ALL  0xffffffffu

/* 4.2, byte 1 of the entry: FUSE, and how data are described (PSDT). */
#define NVME_FUSE      0x03u
#define NVME_PSDT      0xc0u
#define NVME_PSDT_SGL  0x40u    /* 01b: SGL; 10b needs metadata by SGL, which there is not */

/* 3.1.5 CC */
#define NVME_CC_EN         (1u << 0)
#define NVME_CC_CSS(cc)    ((cc) >> 4 & 7)
#define NVME_CC_MPS(cc)    ((cc) >> 7 & 15)
#define NVME_CC_AMS(cc)    ((cc) >> 11 & 7)
#define NVME_CC_SHN(cc)    ((cc) >> 14 & 3)
#define NVME_CC_IOSQES(cc) ((cc) >> 16 & 15)
#define NVME_CC_IOCQES(cc) ((cc) >> 20 & 15)
#define NVME_CC_RW         0x00fffff1u
#define NVME_CC_FROZEN     0x00003ff0u   /* CSS, MPS, AMS: only while EN = 0 */

/* 3.1.6 CSTS */
#define NVME_CSTS_RDY       (1u << 0)
#define NVME_CSTS_CFS       (1u << 1)
#define NVME_CSTS_SHST_BUSY (1u << 2)
#define NVME_CSTS_SHST_DONE (2u << 2)
#define NVME_CSTS_NSSRO     (1u << 4)

#define NVME_NSSR_MAGIC 0x4e564d65u      /* "NVMe", 3.1.7 */

/* 5 */
enum nvme_admin_opcode {
	NVME_ADMIN_DELETE_SQ    = 0x00,
	NVME_ADMIN_CREATE_SQ    = 0x01,
	NVME_ADMIN_GET_LOG      = 0x02,
	NVME_ADMIN_DELETE_CQ    = 0x04,
	NVME_ADMIN_CREATE_CQ    = 0x05,
	NVME_ADMIN_IDENTIFY     = 0x06,
	NVME_ADMIN_ABORT        = 0x08,
	NVME_ADMIN_SET_FEATURES = 0x09,
	NVME_ADMIN_GET_FEATURES = 0x0a,
	NVME_ADMIN_ASYNC_EVENT  = 0x0c,
	NVME_ADMIN_FORMAT       = 0x80,
};

/* 6 */
enum nvme_io_opcode {
	NVME_IO_FLUSH        = 0x00,
	NVME_IO_WRITE        = 0x01,
	NVME_IO_READ         = 0x02,
	NVME_IO_COMPARE      = 0x05,
	NVME_IO_WRITE_ZEROES = 0x08,
	NVME_IO_DSM          = 0x09,
	NVME_IO_VERIFY       = 0x0c,
};

/* 4.4: descriptor types, bits 7:4 of the last byte; the sub type 0 (an address) below them. */
enum {
	NVME_SGL_DATA         = 0x0,
	NVME_SGL_BIT_BUCKET   = 0x1,
	NVME_SGL_SEGMENT      = 0x2,
	NVME_SGL_LAST_SEGMENT = 0x3,
};
#define NVME_SGL_BYTES    16u

/* 4.6.1.2: type in bits 10:8, code in 7:0; Do Not Retry where the same command must fail again. */
enum nvme_status {
	NVME_OK                   = 0,
	NVME_ERR_OPCODE           = 0x4001,
	NVME_ERR_FIELD            = 0x4002,
	NVME_ERR_CID_CONFLICT     = 0x4003,
	NVME_ERR_DATA_TRANSFER    = 0x0004,
	NVME_ERR_INTERNAL         = 0x0006,
	NVME_ERR_ABORTED          = 0x0007,
	NVME_ERR_SQ_DELETED       = 0x0008,
	NVME_ERR_NAMESPACE        = 0x400b,
	NVME_ERR_SEQUENCE         = 0x400c,
	NVME_ERR_SGL_SEGMENT      = 0x400d,
	NVME_ERR_SGL_COUNT        = 0x400e,
	NVME_ERR_SGL_LENGTH       = 0x400f,
	NVME_ERR_SGL_TYPE         = 0x4011,
	NVME_ERR_PRP_OFFSET       = 0x4013,
	NVME_ERR_SGL_GRANULARITY  = 0x401e,
	NVME_ERR_LBA_RANGE        = 0x4080,
	NVME_ERR_FORMAT_RUNNING   = 0x0084,
	NVME_ERR_CQ_INVALID       = 0x4100,
	NVME_ERR_QID              = 0x4101,
	NVME_ERR_QSIZE            = 0x4102,
	NVME_ERR_ABORT_LIMIT      = 0x4103,
	NVME_ERR_AER_LIMIT        = 0x4105,
	NVME_ERR_VECTOR           = 0x4108,
	NVME_ERR_LOG_PAGE         = 0x4109,
	NVME_ERR_FORMAT           = 0x410a,
	NVME_ERR_QUEUE_DELETION   = 0x410c,
	NVME_ERR_NOT_SAVEABLE     = 0x410d,
	NVME_ERR_NOT_NS_SPECIFIC  = 0x410f,
	NVME_ERR_COMPARE          = 0x4285,
};

/* 5.2.1: type, and what of it. */
enum {
	NVME_EVENT_ERROR             = 0,
	NVME_EVENT_SMART             = 1,
	NVME_EVENT_NOTICE            = 2,
	NVME_EVENT_ERROR_DOORBELL_REGISTER = 0,
	NVME_EVENT_ERROR_DOORBELL_VALUE    = 1,
	NVME_EVENT_SMART_TEMPERATURE = 1,
	NVME_EVENT_NOTICE_NAMESPACE  = 0,
};

/* 5.14.1 */
enum {
	NVME_LOG_ERROR    = 0x01,
	NVME_LOG_SMART    = 0x02,
	NVME_LOG_FIRMWARE = 0x03,
	NVME_LOG_CHANGED_NAMESPACES = 0x04,
	NVME_LOG_EFFECTS  = 0x05,
};

/* 5.21.1 */
enum {
	NVME_FEAT_ARBITRATION    = 0x01,
	NVME_FEAT_POWER          = 0x02,
	NVME_FEAT_TEMPERATURE    = 0x04,
	NVME_FEAT_ERROR_RECOVERY = 0x05,
	NVME_FEAT_WRITE_CACHE    = 0x06,
	NVME_FEAT_QUEUES         = 0x07,
	NVME_FEAT_COALESCING     = 0x08,
	NVME_FEAT_VECTOR         = 0x09,
	NVME_FEAT_ATOMICITY      = 0x0a,
	NVME_FEAT_ASYNC_EVENT    = 0x0b,
	NVME_FEAT_AUTONOMOUS     = 0x0c,
	NVME_FEAT_TIMESTAMP      = 0x0e,
	NVME_FEAT_HOST_BEHAVIOR  = 0x16,
};

static inline uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get32(const uint8_t *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static inline uint64_t get64(const uint8_t *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static inline void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)v);
	put16(p + 2, (uint16_t)(v >> 16));
}

static inline void put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p + 4, (uint32_t)(v >> 32));
}

/* Command dwords 10 to 15. */
static inline uint32_t sqe_dword(const uint8_t *sqe, unsigned n)
{
	return get32(sqe + 4 * n);
}

#endif
