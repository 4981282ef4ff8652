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
	(void)SHA256((const unsigned char *)text, strlen(text), digest);
	memcpy(&number, digest, sizeof(number));
	return number == 0 ? 1 : number;
}

/* The slot that has the number, or where it belongs. */
static size_t
find(const struct fleet_reported *reported, uint64_t number)
{
	size_t i = (size_t)number & (reported->nslots - 1);

	while (reported->slots[i] != 0 && reported->slots[i] != number)
		i = (i + 1) & (reported->nslots - 1);
	return i;
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
		if (reported->slots[i] != 0)
			larger.slots[find(&larger, reported->slots[i])] =
			    reported->slots[i];
	free(reported->slots);
	*reported = larger;
	return 0;
}

bool
fleet_reported_has(const struct fleet_reported *reported, const char *domain,
    const char *selector)
{
	return reported->nslots > 0 && reported->slots[find(reported,
	    number_of(domain, selector))] != 0;
}

int
fleet_reported_add(struct fleet_reported *reported, const char *domain,
    const char *selector)
{
	const uint64_t number = number_of(domain, selector);
	size_t i;
	int r;

	if (reported->n * 2 >= reported->nslots && (r = grow(reported)) != 0)
		return r;
	i = find(reported, number);
	if (reported->slots[i] == 0)
		reported->n++;
	reported->slots[i] = number;
	return 0;
}

void
fleet_reported_clear(struct fleet_reported *reported)
{
	free(reported->slots);
	memset(reported, 0, sizeof(*reported));
}
