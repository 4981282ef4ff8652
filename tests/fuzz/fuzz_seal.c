/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: sealed key files, the file that opens them, and KEKs.  The first
 * octet says which the rest is.  Nothing opens that was not sealed.
 *
 * Or the rest is how an envelope is changed that this process has made, for the
 * certificate or for the KEK: an octet that says for which, then groups of
 * four: two octets with a place in its DER, one with how many octets are
 * replaced there, or are removed, and one with their value.  It opens to what
 * was sealed, or not at all.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "seal/envelope.h"
#include "seal/sealfile.h"
#include "store/sealed.h"

#define KEK	"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
#define SECRET	"what nobody may read or change"
#define REMOVE	0x80	/* instead of replacing */

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

/* -- Changed envelopes ---------------------------------------------------- */

struct envelope {
	unsigned char	*der;
	long		 len;
};

/* Read what was made here. */
static void
read_pem(const char *text, size_t len, struct envelope *envelope)
{
	char *name, *header;
	BIO *bio = BIO_new_mem_buf(text, (int)len);

	if (bio == NULL || PEM_read_bio(bio, &name, &header, &envelope->der,
	    &envelope->len) != 1)
		abort();
	OPENSSL_free(name);
	OPENSSL_free(header);
	BIO_free(bio);
}

/* The two envelopes: [0] for the certificate, [1] for the KEK. */
static void
make_envelopes(struct envelope envelopes[2])
{
	const struct kek *keks[1] = { kek };
	size_t len;
	char *text;

	if (envelope_seal(own.cert, SECRET, strlen(SECRET), &text, &len) != 0)
		abort();
	read_pem(text, len, &envelopes[0]);
	free(text);
	if (envelope_wrap(keks, 1, SECRET, strlen(SECRET), &text, &len) != 0)
		abort();
	read_pem(text, len, &envelopes[1]);
	free(text);
}

/* Make the changes; the number of octets then. */
static size_t
change(unsigned char *der, size_t len, const uint8_t *changes, size_t n)
{
	size_t at, count;

	for (; n >= 4; changes += 4, n -= 4) {
		at = ((size_t)changes[0] << 8 | changes[1]) % (len + 1);
		count = changes[2] % REMOVE;
		if (count > len - at)
			count = len - at;
		if ((changes[2] & REMOVE) == 0)
			memset(der + at, changes[3], count);
		else {
			memmove(der + at, der + at + count, len - at - count);
			len -= count;
		}
	}
	return len;
}

static void
try_changed(const char *text, size_t len)
{
	static struct envelope envelopes[2];
	const struct envelope *envelope;
	unsigned char *der;
	size_t derlen, outlen;
	char *pem, *out;
	BIO *bio;
	long n;
	int r;

	if (len == 0)
		return;
	if (envelopes[0].der == NULL)
		make_envelopes(envelopes);
	envelope = &envelopes[text[0] & 1];
	der = OPENSSL_memdup(envelope->der, (size_t)envelope->len);
	if (der == NULL || (bio = BIO_new(BIO_s_mem())) == NULL)
		abort();
	derlen = change(der, (size_t)envelope->len, (const uint8_t *)text + 1,
	    len - 1);
	if (derlen > 0 && PEM_write_bio(bio, "CMS", "", der, (long)derlen) <=
	    0)
		abort();
	n = BIO_get_mem_data(bio, &pem);
	r = envelope == &envelopes[0] ? envelope_open(own.cert, pkey, pem,
	    (size_t)n, &out, &outlen) : envelope_unwrap(kek, pem, (size_t)n,
	    &out, &outlen);
	if (r == 0 && (outlen != strlen(SECRET) || memcmp(out, SECRET,
	    outlen) != 0))
		abort();
	if (r == 0)
		freezero(out, outlen + 1);
	OPENSSL_free(der);
	BIO_free(bio);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static void (*const tries[])(const char *, size_t) = {
		try_key, try_file, try_kek, try_changed
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
	tries[data[0] % 4](text, len - 1);
	free(text);
	return 0;
}
