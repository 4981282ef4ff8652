/* SPDX-License-Identifier: ISC */

/*
 * SipHash-2-4: see siphash.h.  Names are those of the paper's section 2.
 *
 * The tests compare it with OpenSSL's and with the values that the paper's
 * authors publish.  Nothing can fail.
 */

#include "ceilings/siphash.h"

static uint64_t
read_le(const unsigned char *p, size_t len)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < len; i++)
		n |= (uint64_t)p[i] << 8 * i;
	return n;
}

static uint64_t
rotate(uint64_t n, unsigned int bits)
{
	return n << bits | n >> (64 - bits);
}

/* So many times SipRound. */
static void
rounds(uint64_t v[4], unsigned int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

static void
compress(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
}

uint64_t
siphash(const unsigned char key[SIPHASH_KEY_SIZE], const void *data, size_t len)
{
	const uint64_t k0 = read_le(key, 8), k1 = read_le(key + 8, 8);
	uint64_t v[4] = {
		k0 ^ UINT64_C(0x736f6d6570736575),
		k1 ^ UINT64_C(0x646f72616e646f6d),
		k0 ^ UINT64_C(0x6c7967656e657261),
		k1 ^ UINT64_C(0x7465646279746573)
	};
	const unsigned char *p = data;
	size_t left;

	for (left = len; left >= 8; left -= 8, p += 8)
		compress(v, read_le(p, 8));
	compress(v, (uint64_t)(len & 0xff) << 56 |
	    (left > 0 ? read_le(p, left) : 0));
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
