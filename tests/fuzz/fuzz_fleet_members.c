/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a member list that should follow the one in force, signed by
 * one of its hosts or by one that was expelled.
 *
 * If it may follow, it forgets nobody, admits nobody again, keeps all keys, and
 * was not signed by the expelled host.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "signed/members.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static EVP_PKEY *keys[3];
static struct fleet_members members;

static void
make_host(struct fleet_host *host, unsigned char number)
{
	unsigned char secret[FLEET_PUBLIC];

	memset(host, 0, sizeof(*host));
	memset(secret, number, sizeof(secret));
	host->name[0] = (char)('a' + number);
	if (keys[number] == NULL)
		keys[number] = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519",
		    NULL, secret, sizeof(secret));
	if (keys[number] == NULL ||
	    fleet_sign_public(keys[number], host->sign) != 0 ||
	    fleet_digest(secret, sizeof(secret), host->wrap) != 0)
		abort();
}

static int
take(struct fleet_members *list, EVP_PKEY *pkey, const void *octets,
    size_t len, struct ks_error *error)
{
	unsigned char signature[FLEET_SIGNATURE];

	if (fleet_sign(pkey, octets, len, signature) != 0)
		abort();
	return fleet_members_take(list, octets, len, signature, error);
}

/* Hosts a, b and c; c is expelled: version 4. */
static void
begin(void)
{
	struct fleet_host host;
	char *octets;
	size_t len;
	int i;

	for (i = 0; i < 4; i++) {
		make_host(&host, (unsigned char)(i < 3 ? i : 2));
		host.to = 25;
		if ((i == 0 ? fleet_members_begin(&host, &octets, &len,
		    NULL) : fleet_members_follow(&members, &host, 10 * i, "a",
		    &octets, &len, NULL)) != 0 ||
		    take(&members, keys[0], octets, len, NULL) != 0)
			abort();
		free(octets);
	}
}

static void
check(const struct fleet_members *old, const struct fleet_members *new)
{
	const struct fleet_host *before, *now;
	size_t i;

	if (new->version != old->version + 1 || new->change <= old->change ||
	    new->nhosts > old->nhosts + 1 || strcmp(new->by, "c") == 0)
		abort();
	for (i = 0; i < old->nhosts; i++) {
		before = &old->hosts[i];
		now = fleet_members_find(new, before->name);
		if (now == NULL || memcmp(before->sign, now->sign,
		    sizeof(now->sign)) != 0 ||
		    strcmp(before->wrap, now->wrap) != 0 ||
		    (before->is_expelled && !now->is_expelled))
			abort();
		if (!before->is_expelled && now->is_expelled &&
		    new->epoch != old->epoch + 1)
			abort();
	}
}

/* Another list like it. */
static void
copy(struct fleet_members *list)
{
	*list = members;
	list->hosts = reallocarray(NULL, members.nhosts,
	    sizeof(*list->hosts));
	if (list->hosts == NULL)
		abort();
	memcpy(list->hosts, members.hosts, members.nhosts *
	    sizeof(*list->hosts));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fleet_members list;
	struct ks_error error;
	size_t i;

	if (members.version == 0)
		begin();
	for (i = 0; i < 3; i++) {
		copy(&list);
		error.text[0] = '\0';
		if (take(&list, keys[i], data, len, &error) == 0)
			check(&members, &list);
		else if (error.text[0] == '\0')
			abort();
		fleet_members_finish(&list);
	}
	return 0;
}
