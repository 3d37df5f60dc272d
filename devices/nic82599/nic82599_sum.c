/* SPDX-License-Identifier: MIT */
/* Checksums: the Internet checksum (RFC 1071), CRC-32 of Ethernet, CRC-32C of SCTP (RFC 9260). */
#include "devices/nic82599/nic82599_priv.h"

#include <string.h>

#define CRC32_POLY  0xedb88320u     /* bit-reversed, IEEE 802.3 3.2.9 */
#define CRC32C_POLY 0x82f63b78u     /* bit-reversed, RFC 9260 appendix A */

/* The sum does not depend on byte order (RFC 1071 2B): words are added as the host loads them,
 * eight bytes a step, and turned once at the end. The model runs on little-endian hosts only. */
uint64_t nic_sum(const uint8_t *data, uint32_t bytes, uint64_t sum)
{
	uint64_t native = 0;
	uint64_t word;
	uint16_t last;

	for (; bytes >= sizeof(word); bytes -= sizeof(word), data += sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		native += (word & UINT32_MAX) + (word >> 32);
	}
	for (; bytes >= sizeof(last); bytes -= sizeof(last), data += sizeof(last)) {
		memcpy(&last, data, sizeof(last));
		native += last;
	}
	if (bytes)
		native += *data;
	while (native >> 16)
		native = (native & 0xffff) + (native >> 16);
	return sum + __builtin_bswap16((uint16_t)native);
}

uint16_t nic_sum_fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Bit by bit: used only where software asks for the check sequence, and for SCTP. */
static uint32_t crc(const uint8_t *data, uint32_t bytes, uint32_t poly)
{
	uint32_t value = UINT32_MAX;
	uint32_t i;
	int bit;

	for (i = 0; i < bytes; i++) {
		value ^= data[i];
		for (bit = 0; bit < 8; bit++)
			value = value >> 1 ^ (value & 1 ? poly : 0);
	}
	return ~value;
}

uint32_t nic_crc32(const uint8_t *data, uint32_t bytes)
{
	return crc(data, bytes, CRC32_POLY);
}

uint32_t nic_crc32c(const uint8_t *data, uint32_t bytes)
{
	return crc(data, bytes, CRC32C_POLY);
}
