/* SPDX-License-Identifier: ISC */

#include "fleethosts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void
fleethosts_make(struct testhost *host, const char *name, unsigned char number)
{
	unsigned char secret[FLEET_PUBLIC];

	memset(host, 0, sizeof(*host));
	memset(secret, number, sizeof(secret));
	host->pkey = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL,
	    secret, sizeof(secret));
	assert_non_null(host->pkey);
	(void)strlcpy(host->host.name, name, sizeof(host->host.name));
	assert_int_equal(fleet_sign_public(host->pkey, host->host.sign), 0);
	assert_int_equal(fleet_digest(secret, sizeof(secret),
	    host->host.wrap), 0);
}

void
fleethosts_free(struct testhost *host)
{
	EVP_PKEY_free(host->pkey);
}

void
fleethosts_sign(const struct testhost *host, const char *octets, size_t len,
    unsigned char signature[FLEET_SIGNATURE])
{
	assert_int_equal(fleet_sign(host->pkey, octets, len, signature), 0);
}

static void
take(struct fleet_members *members, char *octets, size_t len,
    const struct testhost *by)
{
	unsigned char signature[FLEET_SIGNATURE];
	struct ks_error error;

	fleethosts_sign(by, octets, len, signature);
	error.text[0] = '\0';
	if (fleet_members_take(members, octets, len, signature, &error) != 0)
		fail_msg("%s", error.text);
	free(octets);
}

void
fleethosts_begin(struct fleet_members *members, const struct testhost *first)
{
	struct ks_error error;
	char *octets;
	size_t len;

	memset(members, 0, sizeof(*members));
	assert_int_equal(fleet_members_begin(&first->host, &octets, &len,
	    &error), 0);
	take(members, octets, len, first);
}

void
fleethosts_change(struct fleet_members *members, const struct testhost *host,
    int64_t change, const struct testhost *by)
{
	struct ks_error error;
	char *octets;
	size_t len;

	error.text[0] = '\0';
	if (fleet_members_follow(members, &host->host, change, by->host.name,
	    &octets, &len, &error) != 0)
		fail_msg("%s", error.text);
	take(members, octets, len, by);
}

char *
fleethosts_replace(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	char *result;

	if (at == NULL || strstr(at + 1, old) != NULL)
		fail_msg("\"%s\" is not once in \"%s\"", old, text);
	if (asprintf(&result, "%.*s%s%s", (int)(at - text), text, new,
	    at + strlen(old)) == -1)
		fail();
	return result;
}
