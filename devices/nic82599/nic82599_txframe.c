/* SPDX-License-Identifier: MIT */
/* From a job's bytes to frames: checksums (7.2.5), segmentation (7.2.4), VLAN insertion, padding.
 * Frames are built when their last bit leaves; nobody can see them before. */
#include "devices/nic82599/nic82599_priv.h"

#include <string.h>

#define IP_CHECKSUM_AT   10u
#define TCP_CHECKSUM_AT  16u
#define UDP_CHECKSUM_AT  6u
#define SCTP_CHECKSUM_AT 8u

struct tx_headers {
	uint32_t mac, ip, l4, mss;
};

static struct tx_headers headers_of(const struct tx_context *context)
{
	return (struct tx_headers){
		.mac = context->vlan_macip >> CTX_MACLEN_SHIFT & CTX_MACLEN,
		.ip = context->vlan_macip & CTX_IPLEN,
		.l4 = context->mss_l4len >> CTX_L4LEN_SHIFT & CTX_L4LEN,
		.mss = context->mss_l4len >> CTX_MSS_SHIFT,
	};
}

static bool segmented(const struct tx_job *job)
{
	return !job->legacy && job->cmd & TXD_TSE;
}

static uint32_t checksum_at(const struct tx_job *job)
{
	switch (job->context.type & CTX_L4T) {
	case CTX_L4T_TCP:
		return TCP_CHECKSUM_AT;
	case CTX_L4T_SCTP:
		return SCTP_CHECKSUM_AT;
	default:
		return UDP_CHECKSUM_AT;
	}
}

static void reject(struct nic82599 *nic, struct tx_job *job, enum nic_guest_error error)
{
	nic_guest_error(nic, error, job->queue, job->bytes);
	job->bad = true;
}

/* 7.2.4.2: what the context must say of a segmentation. */
static void prepare_segments(struct nic82599 *nic, struct tx_job *job)
{
	struct tx_headers h = headers_of(&job->context);
	uint32_t payload, l4_least = UDP_HEADER;

	job->hdr_bytes = h.mac + h.ip + h.l4;
	if ((job->context.type & CTX_L4T) == CTX_L4T_TCP)
		l4_least = TCP_HEADER;
	if (h.mac < ETH_HEADER || h.ip < IPV4_HEADER || h.l4 < l4_least || h.mss == 0 ||
	    job->hdr_bytes > job->bytes || job->hdr_bytes + h.mss + ETH_TAG > FRAME_BYTES_MAX ||
	    (job->context.type & CTX_L4T) == CTX_L4T_SCTP) {
		reject(nic, job, GUEST_TX_CONTEXT);
		return;
	}
	payload = job->bytes - job->hdr_bytes;
	if (payload != job->paylen)
		nic_guest_error(nic, GUEST_TX_LENGTH, job->queue, payload);
	job->segments = payload ? (payload + h.mss - 1) / h.mss : 1;
}

static bool offload_fits(const struct tx_job *job)
{
	struct tx_headers h = headers_of(&job->context);

	if (job->legacy || !(job->olinfo & (TXD_IXSM | TXD_TXSM)))
		return true;
	if (h.mac < ETH_HEADER)
		return false;
	if (job->olinfo & TXD_IXSM && (h.ip < IPV4_HEADER || h.mac + h.ip > job->bytes))
		return false;
	return !(job->olinfo & TXD_TXSM) || h.mac + h.ip + checksum_at(job) + 4 <= job->bytes;
}

void nic_txframe_prepare(struct nic82599 *nic, struct tx_job *job)
{
	job->segments = 1;
	job->hdr_bytes = 0;
	if (job->bytes < ETH_HEADER ||
	    (!segmented(job) && job->bytes + ETH_TAG > FRAME_BYTES_MAX)) {
		reject(nic, job, GUEST_TX_LENGTH);
		return;
	}
	if (segmented(job)) {
		prepare_segments(nic, job);
		return;
	}
	if (!job->legacy && job->bytes != job->paylen)
		nic_guest_error(nic, GUEST_TX_LENGTH, job->queue, job->bytes);
	if (!offload_fits(job))
		reject(nic, job, GUEST_TX_CONTEXT);
	else if (!nic->pad && job->bytes < FRAME_BYTES_MIN)
		nic_guest_error(nic, GUEST_TX_SHORT, job->queue, job->bytes);
}

static uint32_t segment_payload(const struct tx_job *job)
{
	uint32_t mss = headers_of(&job->context).mss;
	uint32_t left = job->bytes - job->hdr_bytes - job->segment * mss;

	return left < mss ? left : mss;
}

uint32_t nic_txframe_bytes(const struct nic82599 *nic, const struct tx_job *job)
{
	uint32_t bytes = segmented(job) ? job->hdr_bytes + segment_payload(job) : job->bytes;

	if (job->cmd & TXD_VLE)
		bytes += ETH_TAG;
	/* Software that does not ask for a check sequence brings one (7.2.3.2.1). */
	if (!(job->cmd & TXD_IFCS) && bytes > FRAME_BYTES_MIN)
		bytes -= FRAME_FCS_BYTES;
	return bytes < FRAME_BYTES_MIN ? FRAME_BYTES_MIN : bytes;
}

/* 7.2.5.1: the field's content is part of the sum, so software writes 0. */
static void insert_ip_sum(uint8_t *ip, uint32_t bytes)
{
	put_be16(ip + IP_CHECKSUM_AT, (uint16_t)~nic_sum_fold(nic_sum(ip, bytes, 0)));
}

/* 7.2.5.2: software puts the sum of the pseudo header into the field; `extra` is the length that it
 * leaves out for a segmentation (7.2.4.5). */
static void insert_l4_sum(uint8_t *l4, uint32_t bytes, uint32_t at, uint32_t extra)
{
	uint16_t sum = (uint16_t)~nic_sum_fold(nic_sum(l4, bytes, extra));

	if (at == UDP_CHECKSUM_AT && sum == 0)
		sum = 0xffff;
	put_be16(l4 + at, sum);
}

static void insert_sums(struct tx_job *job)
{
	struct tx_headers h = headers_of(&job->context);
	uint8_t *l4 = job->data + h.mac + h.ip;
	uint32_t l4_bytes = job->bytes - h.mac - h.ip;

	if (job->olinfo & TXD_IXSM)
		insert_ip_sum(job->data + h.mac, h.ip);
	if (!(job->olinfo & TXD_TXSM))
		return;
	if ((job->context.type & CTX_L4T) == CTX_L4T_SCTP) {
		put_le32(l4 + SCTP_CHECKSUM_AT, 0);
		put_le32(l4 + SCTP_CHECKSUM_AT, nic_crc32c(l4, l4_bytes));
	} else {
		insert_l4_sum(l4, l4_bytes, checksum_at(job), 0);
	}
}

/* 7.2.3.2.1: the legacy checksum runs from CSS to the end and goes to CSO. */
static void insert_legacy_sum(struct tx_job *job)
{
	uint32_t start = job->olinfo >> TXD_CSS_SHIFT & 0xff, at = job->cmd >> TXD_CSO_SHIFT & 0xff;

	if (!(job->cmd & TXD_IC) || start >= job->bytes || at + 2 > job->bytes)
		return;
	put_be16(job->data + at,
		 (uint16_t)~nic_sum_fold(nic_sum(job->data + start, job->bytes - start, 0)));
}

static uint32_t tcp_flag_mask(const struct nic82599 *nic, const struct tx_job *job)
{
	bool first = job->segment == 0, last = job->segment + 1 == job->segments;

	if (first && last)
		return nic->tcp_flags_first | nic->tcp_flags_last;
	return first ? nic->tcp_flags_first : last ? nic->tcp_flags_last : nic->tcp_flags_middle;
}

/* 7.2.4.7: how the headers of segment n differ from the prototype. */
static void fix_segment(const struct nic82599 *nic, const struct tx_job *job, uint8_t *data,
			uint32_t payload)
{
	struct tx_headers h = headers_of(&job->context);
	uint8_t *ip = data + h.mac, *l4 = ip + h.ip;
	uint32_t l4_bytes = h.l4 + payload;

	if (job->context.type & CTX_IPV4) {
		put_be16(ip + 2, h.ip + l4_bytes);
		put_be16(ip + 4, get_be16(ip + 4) + job->segment);
		if (job->olinfo & TXD_IXSM)
			insert_ip_sum(ip, h.ip);
	} else {
		put_be16(ip + 4, h.ip - IPV6_HEADER + l4_bytes);
	}
	if ((job->context.type & CTX_L4T) == CTX_L4T_TCP) {
		uint32_t flags = get_be16(l4 + 12);

		put_be32(l4 + 4, get_be32(l4 + 4) + job->segment * h.mss);
		put_be16(l4 + 12, (flags & 0xf000) | (flags & tcp_flag_mask(nic, job)));
	} else {
		put_be16(l4 + 4, l4_bytes);
	}
	if (job->olinfo & TXD_TXSM)
		insert_l4_sum(l4, l4_bytes, checksum_at(job), l4_bytes);
}

/* The tag goes behind the addresses; `data` has room in front of it. */
static uint8_t *insert_tag(const struct nic82599 *nic, const struct tx_job *job, uint8_t *data)
{
	const uint32_t addresses = ETH_HEADER - 2;
	uint32_t tag = job->legacy ? job->olinfo >> TXD_VLAN_SHIFT
				   : job->context.vlan_macip >> TXD_VLAN_SHIFT;
	uint8_t *to = data - ETH_TAG;

	memmove(to, data, addresses);
	put_be16(to + addresses, nic->tx_vlan_type);
	put_be16(to + addresses + 2, tag);
	return to;
}

struct frame nic_txframe_build(struct nic82599 *nic, struct tx_job *job)
{
	struct frame frame = { .bytes = nic_txframe_bytes(nic, job), .id = job->id };
	uint8_t *data = nic->segment + ETH_TAG;
	uint32_t bytes = job->bytes;

	if (segmented(job)) {
		uint32_t payload = segment_payload(job);
		uint32_t from = job->hdr_bytes + job->segment * headers_of(&job->context).mss;

		bytes = job->hdr_bytes + payload;
		memcpy(data, job->data, job->hdr_bytes);
		memcpy(data + job->hdr_bytes, job->data + from, payload);
		fix_segment(nic, job, data, payload);
	} else {
		if (job->legacy)
			insert_legacy_sum(job);
		else
			insert_sums(job);
		if (job->cmd & TXD_VLE)
			memcpy(data, job->data, bytes);
		else
			data = job->data;
	}
	if (!(job->cmd & TXD_IFCS) && bytes > FRAME_BYTES_MIN &&
	    get_le32(data + bytes - FRAME_FCS_BYTES) != nic_crc32(data, bytes - FRAME_FCS_BYTES))
		frame.flags |= FRAME_BAD_FCS;
	if (bytes < FRAME_BYTES_MIN)
		memset(data + bytes, 0, FRAME_BYTES_MIN - bytes);
	frame.data = job->cmd & TXD_VLE ? insert_tag(nic, job, data) : data;
	return frame;
}
