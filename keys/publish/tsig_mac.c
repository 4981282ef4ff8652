/* SPDX-License-Identifier: ISC */

/*
 * The MAC of a TSIG: see tsig_mac.h.
 *
 * By libcrypto and not by ldns, which believes a MAC of zeros if memory is
 * short while it checks.
 */

#include "publish/tsig_mac.h"

#include <string.h>
#include <strings.h>

#include <openssl/hmac.h>

#define POINTER		0xc0	/* of a compressed name, RFC 1035 4.1.4 */
#define FIXED_SIZE	10	/* type, class, TTL, length */

static const EVP_MD *
find_hash(const char *algorithm)
{
	if (strcasecmp(algorithm, "hmac-sha256.") == 0)
		return EVP_sha256();
	return strcasecmp(algorithm, "hmac-sha512.") == 0 ? EVP_sha512() :
	    NULL;
}

/*
 * The octets of a secret, which is base64, as tsig_key_read() takes no other.
 * Returns how many they are; 0: it is none.
 */
static int
decode(const char *text, uint8_t octets[TSIG_SECRET_SIZE])
{
	const size_t len = strlen(text);
	int n;

	if (len >= TSIG_SECRET_SIZE || (n = EVP_DecodeBlock(octets,
	    (const unsigned char *)text, (int)len)) <= 0)
		return 0;
	/* An octet was counted for each "=". */
	return n - (int)(len - strcspn(text, "="));
}

void
tsig_mac_make(const struct tsig_key *key, const void *octets, size_t len,
    struct tsig_mac *mac)
{
	const EVP_MD *hash = find_hash(key->algorithm);
	uint8_t secret[TSIG_SECRET_SIZE];
	unsigned int maclen;
	int secretlen;

	memset(mac, 0, sizeof(*mac));
	secretlen = decode(key->secret, secret);
	if (hash != NULL && secretlen > 0 && HMAC(hash, secret, secretlen,
	    octets, len, mac->octets, &maclen) != NULL)
		mac->len = maclen;
	explicit_bzero(secret, sizeof(secret));
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
