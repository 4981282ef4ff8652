/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: the file with the keys of epochs of a host, and the base64 in
 * it.
 *
 * Nothing here is signed by the host of the list, so no key ever comes out; a
 * text that is decoded has only this base64.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "epochs/file.h"
#include "signed/base64.h"

#define DIGEST	"00112233445566778899aabbccddeeff" \
		"00112233445566778899aabbccddeeff"
#define MAX	4096

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct fleet_hostkeys keys;
static struct fleet_members members;

/* A fleet of one host, whose signing key nobody has. */
static void
begin(void)
{
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_host host;
	EVP_PKEY *pkey;
	char *octets;
	size_t len;

	keys.sign = pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (pkey == NULL || fleet_cert_make("a", &keys.wrap, &keys.cert) !=
	    0 || fleet_hostkeys_host(&keys, "a", &host) != 0 ||
	    fleet_members_begin(&host, &octets, &len, NULL) != 0 ||
	    fleet_sign(pkey, octets, len, signature) != 0 ||
	    fleet_members_take(&members, octets, len, signature, NULL) != 0)
		abort();
	free(octets);
	/* Any fleet: inputs name this one. */
	(void)strlcpy(members.fleet, DIGEST, sizeof(members.fleet));
}

static void
try_base64(const uint8_t *data, size_t len)
{
	unsigned char *octets;
	char *text, *again;
	size_t n, againlen;
	FILE *fp;

	if ((text = strndup((const char *)data, len)) == NULL)
		return;
	if ((octets = fleet_base64_decode(text, MAX, &n)) != NULL) {
		if (n == 0 || n > MAX ||
		    (fp = open_memstream(&again, &againlen)) == NULL ||
		    !fleet_base64_print(fp, octets, n) || fclose(fp) != 0 ||
		    strcmp(again + 1, text) != 0)
			abort();
		free(again);
	}
	free(octets);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fleet_epochs epochs;
	struct ks_error error = { "" };
	int r;

	if (keys.sign == NULL)
		begin();
	try_base64(data, len);
	r = fleet_epochs_load(&epochs, (const char *)data, len, &members, "a",
	    &keys, &error);
	if (epochs.n != 0 || (r != 0 && error.text[0] == '\0'))
		abort();
	/* Only a file without any can be right. */
	if (r == 0 && memchr(data, '\n', len) != data + len - 1)
		abort();
	return 0;
}
