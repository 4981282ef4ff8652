/* SPDX-License-Identifier: ISC */

/*
 * The lines that push a domain: see bundle.h.
 *
 * No lock is taken: the state is read again after the keys, and if it was
 * replaced meanwhile, all is read again after a pause, in which a command may
 * take its last step.  A key file that is damaged or unsafe is left out; the
 * other host keeps its own.  If it only cannot be read now, the domain is not
 * pushed, or its state would be there without its key.
 *
 * Private keys are only in one buffer of known size, which is wiped.
 */

#include "sync/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/clock.h"
#include "sync/protocol.h"

#define ATTEMPTS	50
#define PAUSE_MS	100	/* between two of them */
/* A line "key SELECTOR BASE64" of the largest key. */
#define KEY_LINE_SIZE	(KS_SELECTOR_SIZE + KS_MAX_PEM + 16)

_Static_assert(KS_MAX_PEM <= SYNC_MAX_LINE, "the base64 of a key fits");

/* A buffer that never moves, as it holds private keys. */
struct buffer {
	char	*text;
	size_t	 len, size;
};

static int
fail(struct ks_error *error, int code, const char *text)
{
	(void)strlcpy(error->text, text, sizeof(error->text));
	return code;
}

static int
put(struct buffer *buffer, const char *text, size_t len)
{
	if (buffer->size - buffer->len <= len)
		return KS_E_ARG;
	memcpy(buffer->text + buffer->len, text, len);
	buffer->len += len;
	buffer->text[buffer->len] = '\0';
	return 0;
}

static int
put_text(struct buffer *buffer, const char *text)
{
	return put(buffer, text, strlen(text));
}

/* Each line of the state, as in its file. */
static int
put_state(struct buffer *buffer, const char *text, struct ks_error *error)
{
	const char *line, *end;

	for (line = text; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		if ((size_t)(end - line) > SYNC_MAX_LINE - sizeof("line  \n"))
			return fail(error, KS_E_ARG, "a line of the state is "
			    "too long to be pushed");
		if (put_text(buffer, sync_word(SYNC_LINE)) != 0 ||
		    put_text(buffer, " ") != 0 ||
		    put(buffer, line, (size_t)(end - line) + 1) != 0)
			return fail(error, KS_E_ARG, "the state is too large "
			    "to be pushed");
	}
	return 0;
}

static int
put_key(struct buffer *buffer, const char *selector, EVP_PKEY *pkey,
    struct ks_error *error)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
	unsigned char *der = NULL;
	const size_t begin = buffer->len;
	int len, r = KS_E_CRYPTO;

	len = info == NULL ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	if (len > 0 && put_text(buffer, sync_word(SYNC_KEY)) == 0 &&
	    put_text(buffer, " ") == 0 && put_text(buffer, selector) == 0 &&
	    put_text(buffer, " ") == 0 &&
	    (size_t)len / 3 * 4 + 8 < buffer->size - buffer->len) {
		buffer->len += (size_t)EVP_EncodeBlock((unsigned char *)
		    buffer->text + buffer->len, der, len);
		r = put_text(buffer, "\n");
	}
	if (r == 0 && buffer->len - begin > SYNC_MAX_LINE)
		r = KS_E_ARG;
	OPENSSL_clear_free(der, len > 0 ? (size_t)len : 0);
	PKCS8_PRIV_KEY_INFO_free(info);
	ERR_clear_error();
	return r == 0 ? 0 : fail(error, r,
	    "the crypto library cannot encode a key");
}

/* Whether it is the file that is wrong, so that it will be wrong again. */
static bool
is_of_file(int r)
{
	return r == KS_E_DAMAGED || r == KS_E_UNSAFE || r == KS_E_NOKEY;
}

/* All keys that have usable files; *nkeys of them. */
static int
put_keys(struct buffer *buffer, struct keystore *ks,
    const struct known *known, size_t *nkeys, struct ks_error *error)
{
	const struct ks_key *key;
	EVP_PKEY *pkey;
	size_t i;
	int r = 0;

	*nkeys = 0;
	for (i = 0; i < known->state.nkeys && r == 0; i++) {
		key = &known->state.keys[i];
		if (!known->keys[i].has_file)
			continue;
		r = ks_key_load(ks, known->state.domain, key, &pkey, error);
		if (is_of_file(r)) {
			r = 0;
			continue;
		}
		if (r != 0)
			return r;
		r = put_key(buffer, key->selector, pkey, error);
		EVP_PKEY_free(pkey);
		(*nkeys)++;
	}
	return r;
}

static size_t
count_lines(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* The request; the keys come first, because their number is in its head. */
static int
print(struct keystore *ks, const struct known *known, const char *state,
    const char *digest, struct buffer *buffer, struct ks_error *error)
{
	struct buffer keys = { NULL, 0, 0 };
	char line[DKIMSIG_DOMAIN_SIZE + KS_DIGEST_SIZE + 64];
	size_t nkeys;
	int r;

	keys.size = (known->state.nkeys + 1) * KEY_LINE_SIZE;
	buffer->size = keys.size + strlen(state) +
	    count_lines(state) * sizeof("line ") + 2 * sizeof(line);
	keys.text = calloc(1, keys.size);
	buffer->text = calloc(1, buffer->size);
	if (keys.text == NULL || buffer->text == NULL)
		r = fail(error, KS_E_NOMEM, "out of memory");
	else
		r = put_keys(&keys, ks, known, &nkeys, error);
	if (r == 0) {
		(void)snprintf(line, sizeof(line), "%s %s %zu %zu\n",
		    sync_word(SYNC_DOMAIN), known->state.domain,
		    count_lines(state), nkeys);
		r = put_text(buffer, line);
	}
	if (r == 0 && (r = put_state(buffer, state, error)) == 0) {
		(void)snprintf(line, sizeof(line), "%s %s %s\n",
		    sync_word(SYNC_COMMIT), known->state.domain, digest);
		if ((r = put(buffer, keys.text, keys.len)) != 0 ||
		    (r = put_text(buffer, line)) != 0)
			r = fail(error, r, "the domain is too large");
	}
	if (keys.text != NULL)
		freezero(keys.text, keys.size);
	return r;
}

/* Read and print once; *is_same: nothing changed meanwhile. */
static int
attempt(struct keystore *ks, const char *domain, struct known *known,
    struct buffer *buffer, bool *is_same, struct ks_error *error)
{
	struct ks_stamp before, after;
	char digest[KS_DIGEST_SIZE], *state = NULL;
	size_t len;
	int r;

	if ((r = ks_state_stamp(ks, domain, &before, error)) == 0 &&
	    (r = known_read(known, ks, domain, digest, error)) == 0 &&
	    (r = ks_replica_print(&known->state, &state, &len, error)) == 0 &&
	    (r = print(ks, known, state, digest, buffer, error)) == 0)
		r = ks_state_stamp(ks, domain, &after, error);
	free(state);
	*is_same = r == 0 && before.dev == after.dev &&
	    before.ino == after.ino && before.mtime_ns == after.mtime_ns &&
	    before.ctime_ns == after.ctime_ns;
	return r;
}

int
bundle_print(struct keystore *ks, const char *domain, struct known *known,
    char **text, size_t *len, struct ks_error *error)
{
	struct buffer buffer;
	bool is_same = false;
	int i, r = 0;

	*text = NULL;
	*len = 0;
	for (i = 0; i < ATTEMPTS; i++) {
		if (i > 0)
			sleep_ms(PAUSE_MS);
		known_finish(known);
		memset(&buffer, 0, sizeof(buffer));
		r = attempt(ks, domain, known, &buffer, &is_same, error);
		if (r == 0 && is_same)
			break;
		if (buffer.text != NULL)
			freezero(buffer.text, buffer.size);
		if (r != 0)
			return r;
	}
	if (!is_same)
		return fail(error, KS_E_LOCKED, "its keys are being changed: "
		    "try again");
	*text = buffer.text;
	*len = buffer.len;
	return 0;
}
