/* SPDX-License-Identifier: ISC */

/*
 * Judging the CNAME in the zone of a domain: see alias.h.
 *
 * A server that shows something else says more than one that shows nothing, and
 * a target with a zone appended is the most frequent mistake: a name without
 * its final dot in a zone file or in a provider's form.
 */

#include "probe/alias.h"

#include <string.h>

#include "probe/sight.h"

static const char prefix[] = "CNAME ";

/* The target of the CNAME in a look; NULL: there is none. */
static const char *
target_of(const struct dns_look *look)
{
	return strncmp(look->text, prefix, strlen(prefix)) == 0 ?
	    look->text + strlen(prefix) : NULL;
}

void
dns_alias_judge_looks(struct dns_look *looks, size_t nlooks,
    const char *target)
{
	struct dns_look *look;
	size_t i;

	for (i = 0; i < nlooks; i++) {
		look = &looks[i];
		if (look->verdict <= DNS_WRONG &&
		    look->verdict != DNS_ABSENT) {
			look->verdict = look->is_alias &&
			    strcasecmp(target_of(look), target) == 0 ?
			    DNS_RIGHT : DNS_WRONG;
			look->fault = RECORD_FAULT_NONE;
		}
		look->is_alias = true;
	}
}

/* Which fault a look with the verdict DNS_WRONG shows. */
static enum dns_alias_fault
fault_of(const struct dns_look *look, const char *target)
{
	const char *shown = target_of(look);
	const size_t len = strlen(target);

	if (shown == NULL)
		return DNS_ALIAS_RECORD;
	return strncasecmp(shown, target, len) == 0 && shown[len] == '.' ?
	    DNS_ALIAS_DOUBLED : DNS_ALIAS_TARGET;
}

enum dns_alias_fault
dns_alias_find_fault(const struct dns_look *looks, size_t nlooks,
    const char *target)
{
	size_t counts[DNS_UNASKED + 1] = { 0 };
	size_t i;

	for (i = 0; i < nlooks; i++) {
		if (looks[i].is_excepted)
			continue;
		counts[looks[i].verdict]++;
		if (looks[i].verdict == DNS_WRONG)
			return fault_of(&looks[i], target);
	}
	if (counts[DNS_ABSENT] > 0)
		return counts[DNS_RIGHT] > 0 ? DNS_ALIAS_PARTIAL :
		    DNS_ALIAS_ABSENT;
	return counts[DNS_RIGHT] > 0 && counts[DNS_LAME] +
	    counts[DNS_SERVFAIL] + counts[DNS_SILENT] == 0 ?
	    DNS_ALIAS_RIGHT : DNS_ALIAS_UNKNOWN;
}

bool
dns_alias_is_wrong(enum dns_alias_fault fault)
{
	return fault > DNS_ALIAS_UNKNOWN;
}

const char *
dns_alias_fault_name(enum dns_alias_fault fault)
{
	static const char *const names[] = {
		[DNS_ALIAS_UNASKED]	= "not asked",
		[DNS_ALIAS_RIGHT]	= "right",
		[DNS_ALIAS_UNKNOWN]	= "unknown",
		[DNS_ALIAS_ABSENT]	= "absent",
		[DNS_ALIAS_PARTIAL]	= "not at every server",
		[DNS_ALIAS_DOUBLED]	= "zone appended to its target",
		[DNS_ALIAS_TARGET]	= "other target",
		[DNS_ALIAS_RECORD]	= "other record"
	};

	return names[fault];
}
