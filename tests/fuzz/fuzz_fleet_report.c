/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: what another host says of itself, as the database has it: a
 * confirmation, followed by its exceptions; a use; or exceptions alone.
 *
 * Each that can be read has only this text.  What is believed is signed by that
 * host, of this fleet, and a use is later than the end of the key.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "signed/report.h"

#define DIGEST	"00112233445566778899aabbccddeeff" \
		"00112233445566778899aabbccddeeff"
#define END	5000

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static EVP_PKEY *pkey;
static struct fleet_members members;

/* A fleet of one host. */
static void
begin(void)
{
	const unsigned char secret[FLEET_PUBLIC] = { 1 };
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_host host = { .name = "a", .wrap = DIGEST };
	char *octets;
	size_t len;

	pkey = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, secret,
	    sizeof(secret));
	if (pkey == NULL || fleet_sign_public(pkey, host.sign) != 0 ||
	    fleet_members_begin(&host, &octets, &len, NULL) != 0 ||
	    fleet_sign(pkey, octets, len, signature) != 0 ||
	    fleet_members_take(&members, octets, len, signature, NULL) != 0)
		abort();
	free(octets);
	/* Any fleet: inputs name this one. */
	(void)strlcpy(members.fleet, DIGEST, sizeof(members.fleet));
}

/* Exceptions print as they were read. */
static void
check_exceptions(const struct fleet_exceptions *exceptions,
    const uint8_t *data, size_t len)
{
	size_t again;
	char *text;

	if (fleet_exceptions_print(exceptions, &text, &again, NULL) != 0 ||
	    again != len || memcmp(text, data, len) != 0)
		abort();
	free(text);
}

static void
try_exceptions(const uint8_t *data, size_t len)
{
	struct fleet_exceptions exceptions;
	struct ks_error error = { "" };

	if (fleet_exceptions_parse(&exceptions, data, len, &error) == 0)
		check_exceptions(&exceptions, data, len);
	else if (error.text[0] == '\0')
		abort();
	fleet_exceptions_finish(&exceptions);
}

static void
try_confirmation(const uint8_t *data, size_t len)
{
	const uint8_t *end = memmem(data, len, "\nexcept ", 8);
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_found_confirmation found = { .host = "a",
	    .octets = data, .signature = signature,
	    .signaturelen = sizeof(signature) };
	struct fleet_confirmation confirmation;
	struct fleet_exceptions exceptions;
	struct ks_error error = { "" };
	size_t again;
	char *octets;

	if (end == NULL || (end = memchr(end + 1, '\n',
	    len - (size_t)(end + 1 - data))) == NULL)
		return;
	found.len = (size_t)(end + 1 - data);
	found.exceptions = end + 1;
	found.exceptionslen = len - found.len;
	if (fleet_sign(pkey, data, found.len, signature) != 0)
		abort();
	/* The column has the number that the text has. */
	found.change = 7;
	if (fleet_confirmation_verify(&members, &found, &confirmation,
	    &exceptions, &error) != 0) {
		if (error.text[0] == '\0')
			abort();
		return;
	}
	if (confirmation.change != 7 || strcmp(confirmation.host, "a") != 0 ||
	    confirmation.nexceptions != exceptions.n)
		abort();
	check_exceptions(&exceptions, found.exceptions, found.exceptionslen);
	if (fleet_confirmation_make(&confirmation, members.fleet, &exceptions,
	    found.exceptions, found.exceptionslen, &octets, &again, NULL) !=
	    0 || again != found.len || memcmp(octets, data, again) != 0)
		abort();
	free(octets);
	fleet_exceptions_finish(&exceptions);
	signature[0] ^= 1;
	if (fleet_confirmation_verify(&members, &found, &confirmation,
	    &exceptions, &error) == 0)
		abort();
}

static void
try_use(const uint8_t *data, size_t len)
{
	unsigned char signature[FLEET_SIGNATURE];
	const struct fleet_found_use found = { .host = "a",
	    .domain = "d.example", .selector = "s1", .octets = data,
	    .len = len, .signature = signature,
	    .signaturelen = sizeof(signature) };
	struct ks_error error = { "" };
	struct fleet_use use;
	struct ks_key key;
	size_t again;
	char *octets;

	ks_key_init(&key);
	(void)strlcpy(key.selector, "s1", sizeof(key.selector));
	key.retire_at = END;
	if (fleet_sign(pkey, data, len, signature) != 0)
		abort();
	if (fleet_use_verify(&members, &found, &key, &use, &error) != 0) {
		if (error.text[0] == '\0')
			abort();
		return;
	}
	if (use.at <= END + KS_HANDOVER || use.last > use.at ||
	    strcmp(use.host, "a") != 0)
		abort();
	if (fleet_use_make(&use, members.fleet, &octets, &again, NULL) != 0 ||
	    again != len || memcmp(octets, data, len) != 0)
		abort();
	free(octets);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (pkey == NULL)
		begin();
	try_exceptions(data, len);
	try_confirmation(data, len);
	try_use(data, len);
	return 0;
}
