/* SPDX-License-Identifier: ISC */

/*
 * Blobs: see blob.h.
 *
 * After the lines that name the key comes the private key, PKCS#8 in DER, to
 * the end.  The KEK's name in the envelope is the beginning of its check.
 * Secrets are wiped wherever they were; envelope.c returns nothing that was not
 * authenticated as a whole.
 */

#include "epochs/blob.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "seal/envelope.h"
#include "store/replica.h"

#define HEAD_SIZE	(DKIMSIG_DOMAIN_SIZE + KS_SELECTOR_SIZE + \
			FLEET_HEX_SIZE + 128)

static const char head_format[] = "countersign-fleet blob 1\nfleet %s\n"
    "epoch %u\ndomain %s\nselector %s\n";

/* Its length, which a text of that size has room for. */
static size_t
print_head(const struct fleet_row *row, const char *fleet,
    char head[HEAD_SIZE])
{
	return (size_t)snprintf(head, HEAD_SIZE, head_format, fleet,
	    row->epoch, row->domain, row->selector);
}

static void
take_kek(const struct fleet_epoch *epoch, struct kek *kek)
{
	memcpy(kek->octets, epoch->kek, KEK_SIZE);
	memcpy(kek->id, epoch->check, KEK_ID_SIZE);
}

/* Whether the key is that of the row. */
static int
check_key(const struct fleet_row *row, EVP_PKEY *pkey, int code,
    struct ks_error *error)
{
	struct ks_state state;
	const char *fault;
	int r;

	if ((r = fleet_row_key(row, &state, error)) != 0)
		return r;
	fault = state.keys[0].public == NULL ? "the row has no public half" :
	    ks_replica_fault(pkey, &state.keys[0]);
	if (fault != NULL)
		r = fleet_fail(error, code, fault);
	ks_state_finish(&state);
	return r;
}

/* The text that is sealed; the caller wipes and frees it. */
static int
make_text(const struct fleet_row *row, const char *fleet, EVP_PKEY *pkey,
    unsigned char **text, size_t *len)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
	char head[HEAD_SIZE];
	const size_t headlen = print_head(row, fleet, head);
	unsigned char *p;
	int n, r = KS_E_CRYPTO;

	*text = NULL;
	n = info == NULL ? -1 : i2d_PKCS8_PRIV_KEY_INFO(info, NULL);
	if (n > 0) {
		*len = headlen + (size_t)n;
		*text = malloc(*len);
		r = *text == NULL ? KS_E_NOMEM : 0;
	}
	if (r == 0) {
		memcpy(*text, head, headlen);
		p = *text + headlen;
		(void)i2d_PKCS8_PRIV_KEY_INFO(info, &p);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	ERR_clear_error();
	return r;
}

static int
seal(const struct fleet_epoch *epoch, const struct fleet_row *row,
    const char *fleet, EVP_PKEY *pkey, char **blob, size_t *len)
{
	const struct kek *keks[1];
	struct kek kek;
	unsigned char *text;
	size_t textlen;
	int r;

	if ((r = make_text(row, fleet, pkey, &text, &textlen)) != 0)
		return r;
	take_kek(epoch, &kek);
	keks[0] = &kek;
	r = envelope_wrap(keks, 1, text, textlen, blob, len);
	explicit_bzero(&kek, sizeof(kek));
	freezero(text, textlen);
	return r;
}

int
fleet_blob_make(const struct fleet_epochs *epochs, const char *fleet,
    struct fleet_row *row, EVP_PKEY *pkey, char **blob, size_t *len,
    struct ks_error *error)
{
	const struct fleet_epoch *epoch;
	int r;

	*blob = NULL;
	if ((epoch = fleet_epochs_find(epochs, row->epoch)) == NULL)
		return fleet_epoch_unknown(row->epoch, error);
	if ((r = check_key(row, pkey, KS_E_ARG, error)) != 0)
		return r;
	if ((r = seal(epoch, row, fleet, pkey, blob, len)) == 0 &&
	    (r = fleet_digest(*blob, *len, row->blob)) == 0)
		return 0;
	free(*blob);
	*blob = NULL;
	return fleet_fail(error, r, r == KS_E_NOMEM ? "out of memory" :
	    "the crypto library cannot seal a key");
}

/* The key in what was sealed, which must be named as the row is. */
static EVP_PKEY *
take_key(const struct fleet_row *row, const char *fleet, const char *text,
    size_t len)
{
	PKCS8_PRIV_KEY_INFO *info;
	EVP_PKEY *pkey = NULL;
	char head[HEAD_SIZE];
	const size_t headlen = print_head(row, fleet, head);
	const unsigned char *p, *end;

	if (len <= headlen || memcmp(text, head, headlen) != 0)
		return NULL;
	p = (const unsigned char *)text + headlen;
	end = (const unsigned char *)text + len;
	info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)(len - headlen));
	if (info != NULL && p == end)
		pkey = EVP_PKCS82PKEY(info);
	PKCS8_PRIV_KEY_INFO_free(info);
	ERR_clear_error();
	return pkey;
}

/* Only what a member signed is opened. */
static const char *
check_blob(const struct fleet_row *row, const void *blob, size_t len)
{
	char digest[FLEET_HEX_SIZE];

	if (row->kind != FLEET_ROW_KEY || row->epoch == 0)
		return "the row has no private key";
	if (fleet_digest(blob, len, digest) != 0 ||
	    strcmp(digest, row->blob) != 0)
		return "another blob than the one that was signed";
	return NULL;
}

static int
open_text(const struct fleet_epoch *epoch, const void *blob, size_t len,
    char **text, size_t *textlen, struct ks_error *error)
{
	struct kek kek;
	int r;

	take_kek(epoch, &kek);
	r = envelope_unwrap(&kek, blob, len, text, textlen);
	explicit_bzero(&kek, sizeof(kek));
	if (r == 0 || r == KS_E_NOMEM)
		return r == 0 ? 0 : fleet_fail(error, r, "out of memory");
	return fleet_fail(error, KS_E_DAMAGED, r == KS_E_SEALED ?
	    "its private key is sealed under another key than that of its "
	    "epoch" : "its private key cannot be opened");
}

int
fleet_blob_open(const struct fleet_epochs *epochs, const char *fleet,
    const struct fleet_row *row, const void *blob, size_t len,
    EVP_PKEY **pkey, struct ks_error *error)
{
	const struct fleet_epoch *epoch;
	const char *why;
	char *text;
	size_t textlen;
	int r;

	*pkey = NULL;
	if ((why = check_blob(row, blob, len)) != NULL)
		return fleet_fail(error, KS_E_DAMAGED, why);
	if ((epoch = fleet_epochs_find(epochs, row->epoch)) == NULL) {
		if (error != NULL)
			(void)snprintf(error->text, sizeof(error->text),
			    "the key of epoch %u is not known here yet",
			    row->epoch);
		return KS_E_SEALED;
	}
	if ((r = open_text(epoch, blob, len, &text, &textlen, error)) != 0)
		return r;
	*pkey = take_key(row, fleet, text, textlen);
	freezero(text, textlen + 1);
	if (*pkey == NULL)
		return fleet_fail(error, KS_E_DAMAGED, "its private key is of "
		    "another name, or is damaged");
	if ((r = check_key(row, *pkey, KS_E_DAMAGED, error)) != 0) {
		EVP_PKEY_free(*pkey);
		*pkey = NULL;
	}
	return r;
}
