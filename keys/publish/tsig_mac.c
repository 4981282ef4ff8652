/* SPDX-License-Identifier: ISC */

/*
 * The MAC of a TSIG: see tsig_mac.h.
 *
 * HMAC from the two hashes that a key may have, so that this room includes no
 * header of OpenSSL with which a private key could be used.
 */

#include "publish/tsig_mac.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/sha.h>

#define MAX_BLOCK	SHA512_CBLOCK	/* octets */
#define INNER_PAD	0x36
#define OUTER_PAD	0x5c

#define POINTER		0xc0	/* of a compressed name, RFC 1035 4.1.4 */
#define FIXED_SIZE	10	/* type, class, TTL, length */

struct hash {
	const char	*algorithm;
	size_t		 block, size;	/* octets */
	unsigned char	*(*digest)(const unsigned char *, size_t,
			    unsigned char *);
};

static const struct hash hashes[] = {
	{ "hmac-sha256.", SHA256_CBLOCK, SHA256_DIGEST_LENGTH, SHA256 },
	{ "hmac-sha512.", SHA512_CBLOCK, SHA512_DIGEST_LENGTH, SHA512 },
};

static const struct hash *
find_hash(const char *algorithm)
{
	size_t i;

	for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (strcasecmp(hashes[i].algorithm, algorithm) == 0)
			return &hashes[i];
	return NULL;
}

/*
 * The octets of a secret, which is base64, as tsig_key_read() takes no other.
 * Returns how many they are, at most size.
 */
static size_t
decode(const char *text, uint8_t *octets, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *digit;
	unsigned int bits = 0, nbits = 0;
	size_t len = 0;

	for (; *text != '\0' && (digit = strchr(digits, *text)) != NULL;
	    text++) {
		bits = (bits << 6 | (unsigned int)(digit - digits)) & 0xffff;
		nbits += 6;
		if (nbits < 8)
			continue;
		nbits -= 8;
		if (len < size)
			octets[len++] = (uint8_t)(bits >> nbits);
	}
	return len;
}

/* The key of HMAC: a block of octets; false if memory is short. */
static bool
make_block(const struct hash *hash, const char *secret,
    uint8_t block[MAX_BLOCK])
{
	uint8_t octets[TSIG_SECRET_SIZE];
	bool is_good = true;
	size_t len;

	memset(block, 0, MAX_BLOCK);
	len = decode(secret, octets, sizeof(octets));
	if (len <= hash->block)
		memcpy(block, octets, len);
	else
		is_good = hash->digest(octets, len, block) != NULL;
	explicit_bzero(octets, sizeof(octets));
	return is_good;
}

/* The hash of a padded key and octets; false if memory is short. */
static bool
add_hash(const struct hash *hash, const uint8_t block[MAX_BLOCK], uint8_t pad,
    const void *octets, size_t len, uint8_t *digest)
{
	uint8_t *text;
	bool is_good;
	size_t i;

	if (len > SIZE_MAX - hash->block ||
	    (text = malloc(hash->block + len)) == NULL)
		return false;
	for (i = 0; i < hash->block; i++)
		text[i] = block[i] ^ pad;
	memcpy(text + hash->block, octets, len);
	is_good = hash->digest(text, hash->block + len, digest) != NULL;
	freezero(text, hash->block + len);
	return is_good;
}

void
tsig_mac_make(const struct tsig_key *key, const void *octets, size_t len,
    struct tsig_mac *mac)
{
	const struct hash *hash = find_hash(key->algorithm);
	uint8_t block[MAX_BLOCK], inner[TSIG_MAX_MAC];

	memset(mac, 0, sizeof(*mac));
	if (hash != NULL && make_block(hash, key->secret, block) &&
	    add_hash(hash, block, INNER_PAD, octets, len, inner) &&
	    add_hash(hash, block, OUTER_PAD, inner, hash->size, mac->octets))
		mac->len = hash->size;
	explicit_bzero(block, sizeof(block));
}

/* What is behind a name; NULL if it is cut. */
static const uint8_t *
skip_name(const uint8_t *p, const uint8_t *end)
{
	while (p < end && *p != 0) {
		if (*p >= POINTER)
			return end - p < 2 ? NULL : p + 2;
		if ((size_t)(end - p) <= (size_t)*p + 1)
			return NULL;
		p += *p + 1;
	}
	return p == end ? NULL : p + 1;
}

/* What is behind a record; NULL if it is cut. */
static const uint8_t *
skip_record(const uint8_t *p, const uint8_t *end)
{
	size_t len;

	if ((p = skip_name(p, end)) == NULL || end - p < FIXED_SIZE)
		return NULL;
	len = (size_t)p[FIXED_SIZE - 2] << 8 | p[FIXED_SIZE - 1];
	p += FIXED_SIZE;
	return len > (size_t)(end - p) ? NULL : p + len;
}

size_t
tsig_mac_last_record(const uint8_t *wire, size_t len)
{
	const uint8_t *end = wire + len, *last = NULL, *p;
	unsigned int n, nrecords;

	if (len < PACKET_HEADER_SIZE)
		return 0;
	p = wire + PACKET_HEADER_SIZE;
	for (n = (unsigned int)wire[4] << 8 | wire[5]; n > 0; n--) {
		if ((p = skip_name(p, end)) == NULL || end - p < 4)
			return 0;
		p += 4;		/* type and class */
	}
	nrecords = ((unsigned int)wire[6] << 8 | wire[7]) +
	    ((unsigned int)wire[8] << 8 | wire[9]) +
	    ((unsigned int)wire[10] << 8 | wire[11]);
	/* A signed message has a record in the last section. */
	if (wire[10] == 0 && wire[11] == 0)
		return 0;
	while (nrecords-- > 0) {
		last = p;
		if ((p = skip_record(p, end)) == NULL)
			return 0;
	}
	return (size_t)(last - wire);
}
