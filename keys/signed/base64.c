/* SPDX-License-Identifier: ISC */

/*
 * Base64: see base64.h.
 *
 * Strict: no blanks, padding only at the end, and no other bits in the last
 * octet than the padding says.  So no two texts mean the same octets.
 */

#include "signed/base64.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

/* Whether the last four characters are what these octets print as. */
static bool
has_one_form(const char *last, const unsigned char *octets, size_t len)
{
	unsigned char again[5];

	(void)EVP_EncodeBlock(again, octets, (int)len);
	return memcmp(again, last, 4) == 0;
}

unsigned char *
fleet_base64_decode(const char *text, size_t max, size_t *len)
{
	const size_t textlen = strlen(text);
	unsigned char *octets;
	size_t padding;
	int n;

	*len = 0;
	if (textlen == 0 || textlen % 4 != 0 || textlen / 4 * 3 > max + 2 ||
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789+/") + 2 < textlen ||
	    (octets = malloc(textlen / 4 * 3 + 1)) == NULL)
		return NULL;
	padding = text[textlen - 1] != '=' ? 0 :
	    text[textlen - 2] != '=' ? 1 : 2;
	n = EVP_DecodeBlock(octets, (const unsigned char *)text,
	    (int)textlen);
	if (n < 0 || (size_t)n - padding > max || !has_one_form(text +
	    textlen - 4, octets + n - 3, 3 - padding)) {
		free(octets);
		return NULL;
	}
	*len = (size_t)n - padding;
	return octets;
}

bool
fleet_base64_print(FILE *fp, const void *octets, size_t len)
{
	unsigned char *text;
	bool is_good;

	if ((text = malloc((len + 2) / 3 * 4 + 1)) == NULL)
		return false;
	(void)EVP_EncodeBlock(text, octets, (int)len);
	is_good = fprintf(fp, " %s", (const char *)text) > 0;
	free(text);
	return is_good;
}
