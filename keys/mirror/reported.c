/* SPDX-License-Identifier: ISC */

/*
 * Keys whose last use was reported: see reported.h.
 *
 * A hash table with open addressing, at most half full; nothing is taken out of
 * it but all.  Only memory can fail.
 */

#include "mirror/reported.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "store/keystore.h"

#define MIN_SLOTS	256

/* 0: SHA-256 failed, for want of memory. */
static uint64_t
number_of(const char *domain, const char *selector)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char text[DKIMSIG_DOMAIN_SIZE + KS_SELECTOR_SIZE];
	uint64_t number;

	/* A space is in neither. */
	(void)strlcpy(text, domain, sizeof(text));
	(void)strlcat(text, " ", sizeof(text));
	(void)strlcat(text, selector, sizeof(text));
	if (SHA256((const unsigned char *)text, strlen(text), digest) == NULL)
		return 0;
	memcpy(&number, digest, sizeof(number));
	return number == 0 ? 1 : number;
}

/* The slot that has the number, or where it belongs. */
static struct fleet_reported_slot *
find(const struct fleet_reported *reported, uint64_t number)
{
	size_t i = (size_t)number & (reported->nslots - 1);

	while (reported->slots[i].number != 0 &&
	    reported->slots[i].number != number)
		i = (i + 1) & (reported->nslots - 1);
	return &reported->slots[i];
}

static int
grow(struct fleet_reported *reported)
{
	struct fleet_reported larger = { .n = reported->n };
	size_t i;

	larger.nslots = reported->nslots == 0 ? MIN_SLOTS :
	    reported->nslots * 2;
	larger.slots = calloc(larger.nslots, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return KS_E_NOMEM;
	for (i = 0; i < reported->nslots; i++)
		if (reported->slots[i].number != 0)
			*find(&larger, reported->slots[i].number) =
			    reported->slots[i];
	free(reported->slots);
	*reported = larger;
	return 0;
}

int64_t
fleet_reported_at(const struct fleet_reported *reported, const char *domain,
    const char *selector)
{
	const uint64_t number = number_of(domain, selector);
	const struct fleet_reported_slot *slot;

	if (reported->nslots == 0 || number == 0)
		return KS_NEVER;
	slot = find(reported, number);
	return slot->number == 0 ? KS_NEVER : slot->at;
}

int
fleet_reported_add(struct fleet_reported *reported, const char *domain,
    const char *selector, int64_t at)
{
	const uint64_t number = number_of(domain, selector);
	struct fleet_reported_slot *slot;
	int r;

	if (number == 0)
		return KS_E_NOMEM;
	if (reported->n * 2 >= reported->nslots && (r = grow(reported)) != 0)
		return r;
	slot = find(reported, number);
	if (slot->number == 0)
		reported->n++;
	slot->number = number;
	slot->at = at;
	return 0;
}

void
fleet_reported_clear(struct fleet_reported *reported)
{
	free(reported->slots);
	memset(reported, 0, sizeof(*reported));
}
