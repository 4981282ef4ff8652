/* SPDX-License-Identifier: ISC */

/*
 * A domain that another host pushes: see incoming.h.
 *
 * The state is kept as text until all of it is there, and no key is used before
 * it is compared with the public half in the state.
 *
 * Fails for lines that do not fit what "domain" announced, for a state over
 * KS_MAX_STATE, for what is no key or another one, and when out of memory.
 */

#include "base/memstream.h"
#include "sync/incoming.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

static int
fail(struct ks_error *error, int r, const char *text)
{
	(void)strlcpy(error->text, text, sizeof(error->text));
	return r;
}

int
sync_incoming_begin(struct sync_incoming *incoming,
    const struct sync_message *message, struct ks_error *error)
{
	(void)strlcpy(incoming->domain, message->domain,
	    sizeof(incoming->domain));
	incoming->nlines = message->nlines;
	incoming->nkeys = message->nkeys;
	incoming->keys = calloc(message->nkeys + 1, sizeof(*incoming->keys));
	incoming->fp = memstream_open(&incoming->text, &incoming->len);
	if (incoming->keys == NULL || incoming->fp == NULL)
		return fail(error, KS_E_NOMEM, "out of memory");
	return 0;
}

int
sync_incoming_line(struct sync_incoming *incoming,
    const struct sync_message *message, struct ks_error *error)
{
	if (incoming->nlines == 0)
		return fail(error, KS_E_ARG, "line: more lines than the domain "
		    "has");
	incoming->nlines--;
	incoming->size += strlen(message->rest) + 1;
	if (incoming->size > KS_MAX_STATE)
		return fail(error, KS_E_ARG, "line: the state is too large");
	(void)fprintf(incoming->fp, "%s\n", message->rest);
	return 0;
}

/* The private key in base64 of PKCS#8 in DER; NULL if it is none. */
static EVP_PKEY *
decode_key(const char *text)
{
	const size_t len = strlen(text), size = len / 4 * 3 + 1;
	PKCS8_PRIV_KEY_INFO *info = NULL;
	unsigned char *der;
	const unsigned char *p;
	EVP_PKEY *pkey = NULL;
	int n;

	if (len < 4 || (der = malloc(size)) == NULL)
		return NULL;
	n = EVP_DecodeBlock(der, (const unsigned char *)text, (int)len);
	n -= (text[len - 1] == '=') + (text[len - 2] == '=');
	p = der;
	if (n > 0 && (info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, n)) != NULL &&
	    p == der + n)
		pkey = EVP_PKCS82PKEY(info);
	PKCS8_PRIV_KEY_INFO_free(info);
	freezero(der, size);
	ERR_clear_error();
	return pkey;
}

int
sync_incoming_key(struct sync_incoming *incoming,
    const struct sync_message *message, struct ks_error *error)
{
	struct ks_replica_key *key;
	size_t i;

	if (incoming->nkeys == 0)
		return fail(error, KS_E_ARG, "key: more keys than the domain "
		    "has");
	for (i = 0; i < incoming->nread; i++)
		if (strcmp(incoming->keys[i].selector, message->selector) == 0)
			return fail(error, KS_E_ARG, "key: SELECTOR appears "
			    "twice");
	key = &incoming->keys[incoming->nread];
	if ((key->pkey = decode_key(message->rest)) == NULL)
		return fail(error, KS_E_ARG, "key: BASE64 is not a private "
		    "key, PKCS#8 in DER");
	(void)strlcpy(key->selector, message->selector,
	    sizeof(key->selector));
	incoming->nread++;
	incoming->nkeys--;
	return 0;
}

int
sync_incoming_complete(struct sync_incoming *incoming,
    const struct sync_message *message, struct ks_error *error)
{
	bool is_whole;

	if (strcmp(message->domain, incoming->domain) != 0)
		return fail(error, KS_E_ARG, "commit: DOMAIN is another one");
	if (incoming->nlines > 0 || incoming->nkeys > 0)
		return fail(error, KS_E_ARG, "commit: lines or keys of the "
		    "domain are missing");
	is_whole = memstream_close(incoming->fp, &incoming->text);
	incoming->fp = NULL;
	return is_whole ? 0 : fail(error, KS_E_NOMEM, "out of memory");
}

/* Each key must be the one that the state has for its selector. */
static int
check_keys(const struct sync_incoming *incoming, const struct ks_state *state,
    struct ks_error *error)
{
	char public[KS_PUBLIC_SIZE];
	const struct ks_key *key;
	size_t i;

	for (i = 0; i < incoming->nread; i++) {
		key = ks_state_find(state, incoming->keys[i].selector);
		if (key != NULL && key->public != NULL &&
		    ks_public_print(incoming->keys[i].pkey, public) == 0 &&
		    strcmp(public, key->public) == 0)
			continue;
		(void)snprintf(error->text, sizeof(error->text), "key %s is "
		    "not the one in the state that came with it",
		    incoming->keys[i].selector);
		return KS_E_ARG;
	}
	return 0;
}

int
sync_incoming_state(const struct sync_incoming *incoming,
    struct ks_state *state, struct ks_error *error)
{
	int r;

	r = ks_replica_parse(incoming->domain, incoming->text, incoming->len,
	    state, error);
	return r == 0 ? check_keys(incoming, state, error) : r;
}

void
sync_incoming_forget(struct sync_incoming *incoming)
{
	size_t i;

	if (incoming->fp != NULL)
		(void)fclose(incoming->fp);
	free(incoming->text);
	for (i = 0; i < incoming->nread; i++)
		EVP_PKEY_free(incoming->keys[i].pkey);
	free(incoming->keys);
	memset(incoming, 0, sizeof(*incoming));
}
