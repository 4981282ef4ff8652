/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: sealed key files, the file that opens them, and KEKs.  The first
 * octet says which the rest is.  Nothing opens that was not sealed.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "seal/envelope.h"
#include "seal/sealfile.h"
#include "store/sealed.h"

#define KEK	"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct sealfile own;
static EVP_PKEY *pkey;
static struct kek *kek;

static void
prepare(void)
{
	const struct kek *keks[1];

	if (kek_parse(&kek, KEK, strlen(KEK)) != 0)
		abort();
	keks[0] = kek;
	if (sealfile_make(&own, &pkey, keks, 1) != 0)
		abort();
}

static void
try_key(const char *text, size_t len)
{
	const struct ks_sealed_id id = { "example.com", "s1" };
	const char *body = text;
	size_t bodylen = len, outlen;
	char *out;

	(void)sealed_is(text, len);
	if (sealed_parse(&id, "AAAA", text, len, &body, &bodylen) == NULL &&
	    body + bodylen != text + len)
		abort();
	/* The key of this process is in no input. */
	if (envelope_open(own.cert, pkey, body, bodylen, &out, &outlen) == 0)
		abort();
}

static void
try_file(const char *text, size_t len)
{
	struct sealfile file;
	EVP_PKEY *opened;
	char *printed;
	size_t n;

	if (sealfile_parse(&file, text, len) != 0)
		return;
	if (sealfile_open(&file, kek, &opened) == 0)
		EVP_PKEY_free(opened);
	if (sealfile_print(&file, &printed, &n) != 0)
		abort();
	sealfile_finish(&file);
	if (sealfile_parse(&file, printed, n) != 0)
		abort();
	free(printed);
	sealfile_finish(&file);
}

static void
try_kek(const char *text, size_t len)
{
	struct kek *parsed;

	if (kek_parse(&parsed, text, len) == 0)
		kek_free(parsed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void (*const tries[])(const char *, size_t) = {
		try_key, try_file, try_kek
	};
	char *text;

	if (len == 0)
		return 0;
	if (pkey == NULL)
		prepare();
	/* Texts of files have a NUL at their end. */
	if ((text = calloc(1, len)) == NULL)
		abort();
	memcpy(text, data + 1, len - 1);
	tries[data[0] % 3](text, len - 1);
	free(text);
	return 0;
}
