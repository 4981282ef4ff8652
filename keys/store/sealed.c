/* SPDX-License-Identifier: ISC */

/*
 * The first line of a sealed key file: see sealer.h.
 *
 * Strict: one space between words, and 64 digits in lower case.  What follows
 * is for the sealer; here it is only hashed.
 */

#include "store/sealed.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/hex.h"
#include "store/format.h"

#define WORD		"countersign-sealed "
#define FIRST		WORD "1 "
#define DIGEST_LEN	64			/* hexadecimal digits */
#define LINE_LEN	(sizeof(FIRST) - 1 + DIGEST_LEN + 1)

bool
sealed_is(const char *text, size_t len)
{
	return len >= sizeof(WORD) - 1 &&
	    memcmp(text, WORD, sizeof(WORD) - 1) == 0;
}

static int
digest_of(const struct ks_sealed_id *id, const char *public, const char *body,
    size_t bodylen, char digest[DIGEST_LEN + 1])
{
	unsigned char octets[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx;
	int r = KS_E_CRYPTO;

	if ((ctx = EVP_MD_CTX_new()) != NULL &&
	    EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(ctx, id->domain, strlen(id->domain) + 1) == 1 &&
	    EVP_DigestUpdate(ctx, id->selector, strlen(id->selector) + 1) ==
	    1 && EVP_DigestUpdate(ctx, public, strlen(public) + 1) == 1 &&
	    EVP_DigestUpdate(ctx, body, bodylen) == 1 &&
	    EVP_DigestFinal_ex(ctx, octets, NULL) == 1)
		r = 0;
	EVP_MD_CTX_free(ctx);
	if (r == 0)
		hex_print(octets, DIGEST_LEN / 2, digest);
	return r;
}

int
sealed_print(const struct ks_sealed_id *id, const char *public,
    const char *body, size_t bodylen, char **out, size_t *outlen)
{
	char digest[DIGEST_LEN + 1], *text;
	int r;

	if ((r = digest_of(id, public, body, bodylen, digest)) != 0)
		return r;
	if ((text = malloc(LINE_LEN + bodylen + 1)) == NULL)
		return KS_E_NOMEM;
	memcpy(text, FIRST, sizeof(FIRST) - 1);
	memcpy(text + sizeof(FIRST) - 1, digest, DIGEST_LEN);
	text[LINE_LEN - 1] = '\n';
	memcpy(text + LINE_LEN, body, bodylen);
	text[LINE_LEN + bodylen] = '\0';
	*out = text;
	*outlen = LINE_LEN + bodylen;
	return 0;
}

const char *
sealed_parse(const struct ks_sealed_id *id, const char *public,
    const char *text, size_t len, const char **body, size_t *bodylen)
{
	char digest[DIGEST_LEN + 1];

	if (len < LINE_LEN || memcmp(text, FIRST, sizeof(FIRST) - 1) != 0 ||
	    text[LINE_LEN - 1] != '\n')
		return store_format_is_later(text, len, WORD, 1) ?
		    FORMAT_LATER ": install the later version again" :
		    "not as a sealed key begins: restore it from a backup";
	*body = text + LINE_LEN;
	*bodylen = len - LINE_LEN;
	if (public == NULL)
		return NULL;
	if (digest_of(id, public, *body, *bodylen, digest) != 0)
		return "SHA-256 is unavailable: is there memory "
		    "left?";
	return memcmp(text + sizeof(FIRST) - 1, digest, DIGEST_LEN) == 0 ?
	    NULL : "damaged, or the sealed file of another key: restore it "
	    "from a backup";
}
