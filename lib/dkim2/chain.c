/* SPDX-License-Identifier: ISC */

/*
 * The chain of DKIM2 signatures, by the numbers of its fields: see chain.h.
 *
 * A chain in good form has the hops 1 to n and the instances 1 to m once each,
 * in any order, and no signature of an instance that is missing.  The tags are
 * read one after the other, as values have no semicolons; all other tags are
 * skipped, so that a change of theirs changes nothing here.
 */

#include "dkim2/chain.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "text/text.h"

_Static_assert(DKIM2_MAX_NUMBER <= 64, "a bit of seen_hops for each number");

enum dkim2_kind
dkim2_kind(const char *name, size_t namelen)
{
	if (namelen == 15 && strncasecmp(name, "dkim2-signature", 15) == 0)
		return DKIM2_SIGNATURE;
	if (namelen == 16 && strncasecmp(name, "message-instance", 16) == 0)
		return DKIM2_INSTANCE;
	return DKIM2_OTHER;
}

/* A number from 1 to DKIM2_MAX_NUMBER without zeros before it; else 0. */
static unsigned int
read_number(const char *text, size_t len)
{
	unsigned int number = 0;
	size_t i;

	if (len == 0 || len > 3 || text[0] == '0')
		return 0;
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		number = number * 10 + (unsigned int)(text[i] - '0');
	}
	return number <= DKIM2_MAX_NUMBER ? number : 0;
}

/* Keep the value of a tag.  False if it is one of ours, and bad or a second
 * one. */
static bool
read_tag(struct dkim2_field *field, enum dkim2_kind kind, const char *name,
    size_t namelen, const char *value, size_t len)
{
	if (namelen != 1)
		return true;
	switch (text_lower(name[0])) {
	case 'm':
		return field->instance == 0 &&
		    (field->instance = read_number(value, len)) != 0;
	case 'i':
		if (kind != DKIM2_SIGNATURE)
			return true;
		return field->hop == 0 &&
		    (field->hop = read_number(value, len)) != 0;
	case 'd':
		if (kind != DKIM2_SIGNATURE)
			return true;
		return field->domain[0] == '\0' && dkimsig_domain_normalize(
		    value, len, field->domain, sizeof(field->domain)) == 0;
	default:
		return true;
	}
}

bool
dkim2_field_read(struct dkim2_field *field, enum dkim2_kind kind,
    const char *value, size_t valuelen)
{
	const char *end = value + valuelen, *semicolon, *equals, *name, *text;
	size_t namelen, len;

	memset(field, 0, sizeof(*field));
	for (; value < end; value = semicolon + 1) {
		if ((semicolon = memchr(value, ';',
		    (size_t)(end - value))) == NULL)
			semicolon = end;
		len = (size_t)(semicolon - value);
		if ((equals = memchr(value, '=', len)) != NULL) {
			namelen = (size_t)(equals - value);
			name = text_trim(value, &namelen);
			len = (size_t)(semicolon - (equals + 1));
			text = text_trim(equals + 1, &len);
			if (!read_tag(field, kind, name, namelen, text, len))
				return false;
		}
		if (semicolon == end)
			break;
	}
	return field->instance != 0 && (kind == DKIM2_INSTANCE ||
	    (field->hop != 0 && field->domain[0] != '\0'));
}

/* Note a number; *twice is set if it was noted before. */
static void
note(uint64_t *seen, unsigned int number, unsigned int *twice)
{
	const uint64_t bit = UINT64_C(1) << (number - 1);

	if ((*seen & bit) != 0 && *twice == 0)
		*twice = number;
	*seen |= bit;
}

void
dkim2_chain_field(struct dkim2_chain *chain, const char *name, size_t namelen,
    const char *value, size_t valuelen)
{
	const enum dkim2_kind kind = dkim2_kind(name, namelen);
	struct dkim2_field field;

	if (kind == DKIM2_OTHER)
		return;
	chain->nfields++;
	if (!dkim2_field_read(&field, kind, value, valuelen)) {
		chain->nmalformed++;
		return;
	}
	if (kind == DKIM2_INSTANCE) {
		note(&chain->seen_instances, field.instance,
		    &chain->instance_twice);
		if (field.instance > chain->instances)
			chain->instances = field.instance;
		return;
	}
	note(&chain->seen_hops, field.hop, &chain->twice);
	if (field.instance > chain->wanted)
		chain->wanted = field.instance;
	if (field.hop <= chain->hops)
		return;
	chain->hops = field.hop;
	memcpy(chain->domain, field.domain, sizeof(chain->domain));
}

/* The first number from 1 to highest that was not noted; 0: none. */
static unsigned int
first_missing(uint64_t seen, unsigned int highest)
{
	unsigned int number;

	for (number = 1; number <= highest; number++)
		if ((seen & UINT64_C(1) << (number - 1)) == 0)
			return number;
	return 0;
}

const char *
dkim2_chain_fault(const struct dkim2_chain *chain, char buf[DKIM2_FAULT_SIZE])
{
	const unsigned int instances = chain->wanted > chain->instances ?
	    chain->wanted : chain->instances;
	unsigned int number;

	buf[0] = '\0';
	if (chain->nfields == 0)
		return buf;
	if (chain->nmalformed > 0)
		(void)snprintf(buf, DKIM2_FAULT_SIZE, "%u malformed field%s",
		    chain->nmalformed, chain->nmalformed == 1 ? "" : "s");
	else if (chain->hops == 0)
		(void)snprintf(buf, DKIM2_FAULT_SIZE, "no DKIM2-Signature");
	else if (chain->twice != 0)
		(void)snprintf(buf, DKIM2_FAULT_SIZE, "more than one "
		    "DKIM2-Signature with i=%u", chain->twice);
	else if ((number = first_missing(chain->seen_hops, chain->hops)) != 0)
		(void)snprintf(buf, DKIM2_FAULT_SIZE, "no DKIM2-Signature "
		    "with i=%u", number);
	else if (chain->instance_twice != 0)
		(void)snprintf(buf, DKIM2_FAULT_SIZE, "more than one "
		    "Message-Instance with m=%u", chain->instance_twice);
	else if ((number = first_missing(chain->seen_instances,
	    instances)) != 0)
		(void)snprintf(buf, DKIM2_FAULT_SIZE, "no Message-Instance "
		    "with m=%u", number);
	return buf;
}
