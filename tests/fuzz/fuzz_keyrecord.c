/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a key record.  What is accepted can be loaded or not, and
 * what can be printed is parsed to the same.
 */

#include <stdint.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "dkimsig/internal.h"
#include "dkimsig/pubkey.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct dkimsig_keyrecord record, again;
	static char text[DKIMSIG_KEYRECORD_SIZE];
	static char quoted[2 * DKIMSIG_KEYRECORD_SIZE];
	enum dkimsig_reason reason;
	unsigned int bits;
	EVP_PKEY *pkey;

	if (dkimsig_keyrecord_parse((const char *)data, len, &record,
	    &reason) != 0)
		return 0;
	if (pubkey_load(&record, record.type == DKIMSIG_KEYTYPE_RSA ?
	    DKIMSIG_RSA_SHA256 : DKIMSIG_ED25519_SHA256, &pkey, &bits,
	    &reason) == 0)
		EVP_PKEY_free(pkey);
	if (dkimsig_keyrecord_print(&record, text, sizeof(text)) != 0)
		return 0;
	if (dkimsig_txt_quote(text, quoted, sizeof(quoted)) != 0)
		abort();
	/* Escapes of n= may make it longer than what was parsed. */
	if (strlen(text) > DKIMSIG_MAX_KEYRECORD)
		return 0;
	if (dkimsig_keyrecord_parse(text, strlen(text), &again, NULL) != 0 ||
	    again.type != record.type || again.keylen != record.keylen ||
	    memcmp(again.key, record.key, record.keylen) != 0 ||
	    strcmp(again.notes, record.notes) != 0 ||
	    again.testing != record.testing || again.strict != record.strict)
		abort();
	return 0;
}
