/* SPDX-License-Identifier: ISC */

/*
 * Base64 by OpenSSL's block codec.  The codec does not accept inner white space
 * and does not tell how much padding there was, so both are handled here.  The
 * bits that padding leaves unused must be zero.
 */

#include "dkimsig/base64.h"

#include <stdbool.h>

#include <openssl/evp.h>

#include "dkimsig/dkimsig.h"

/* Octets encoded by one call of the codec; a multiple of three. */
#define ENCODE_PIECE	3072

void
base64_encode(struct buf *out, const void *data, size_t len)
{
	unsigned char text[ENCODE_PIECE / 3 * 4 + 1];
	const unsigned char *p = data;
	size_t n;

	for (; len > 0; p += n, len -= n) {
		n = len < ENCODE_PIECE ? len : ENCODE_PIECE;
		buf_put(out, text,
		    (size_t)EVP_EncodeBlock(text, p, (int)n));
	}
}

static bool
is_skipped(char c)
{
	return is_wsp(c) || c == '\r' || c == '\n';
}

static bool
is_base64_octet(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/* Decode a group of four characters, npad of which were "=". */
static int
decode_group(struct buf *out, const unsigned char group[4], size_t npad)
{
	static const unsigned char zero[2];
	unsigned char octets[3];

	if (EVP_DecodeBlock(octets, group, 4) != 3 ||
	    memcmp(octets + 3 - npad, zero, npad) != 0)
		return DKIMSIG_E_SYNTAX;
	buf_put(out, octets, 3 - npad);
	return out->error;
}

int
base64_decode(struct buf *out, struct view text)
{
	unsigned char group[4];
	size_t i, n = 0, npad = 0;
	bool ended = false;
	int r;

	for (i = 0; i < text.len; i++) {
		if (is_skipped(text.ptr[i]))
			continue;
		if (ended)
			return DKIMSIG_E_SYNTAX;
		if (text.ptr[i] == '=') {
			/* To the codec, "A" is six zero bits. */
			if (n < 2 || ++npad > 2)
				return DKIMSIG_E_SYNTAX;
			group[n++] = 'A';
		} else if (npad > 0 || !is_base64_octet(text.ptr[i]))
			return DKIMSIG_E_SYNTAX;
		else
			group[n++] = (unsigned char)text.ptr[i];
		if (n < 4)
			continue;
		if ((r = decode_group(out, group, npad)) != 0)
			return r;
		ended = npad > 0;
		n = 0;
	}
	return n == 0 ? 0 : DKIMSIG_E_SYNTAX;
}
