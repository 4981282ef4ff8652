/* SPDX-License-Identifier: ISC */

/*
 * DNS lookups of SPF, and the reason of a result.
 *
 * All lookups of one check share a deadline and the limit of void lookups
 * (RFC 7208 section 4.6.4).  A name that macros make from a sender or HELO may
 * not be a valid DNS name; then it matches nothing.  The first reason that is
 * given is kept, with "?" for characters that are not printable ASCII.
 */

#include "spf/private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define MAX_LABEL	63	/* octets */

void
spf_say(struct spf_check *check, const char *format, ...)
{
	char *p, *reason = check->answer->reason;
	va_list ap;

	if (check->is_quiet || reason[0] != '\0')
		return;
	va_start(ap, format);
	(void)vsnprintf(reason, sizeof(check->answer->reason), format, ap);
	va_end(ap);
	for (p = reason; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

bool
spf_is_late(const struct spf_check *check)
{
	return monotonic_ms() >= check->deadline;
}

/*
 * Macros put the sender and HELO into names.  A backslash would begin an escape
 * of DNS text and change where labels end.  Octets outside printable ASCII are
 * refused too: RFC 8616 section 4 says that they must not match.
 */
static bool
is_label(const char *label, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (label[i] < ' ' || label[i] > '~' || label[i] == '\\')
			return false;
	return len > 0 && len <= MAX_LABEL;
}

bool
spf_is_name(const char *name)
{
	size_t len = strlen(name), label;

	if (len > 0 && name[len - 1] == '.')
		len--;
	if (len > SPF_MAX_NAME)
		return false;
	for (;;) {
		label = strcspn(name, ".");
		if (!is_label(name, label))
			return false;
		if (name[label] == '\0' || name[label + 1] == '\0')
			return true;
		name += label + 1;
	}
}

enum spf_outcome
spf_look_up(struct spf_check *check, const char *name, enum dns_type type,
    bool counts_void, struct dns_answer *answer)
{
	const struct spf_query *query = check->query;

	memset(answer, 0, sizeof(*answer));
	if (spf_is_late(check)) {
		spf_say(check, "%s: timed out", name);
		return SPF_TEMPORARY;
	}
	/* An invalid name does not exist. */
	if (!spf_is_name(name))
		return SPF_NO_MATCH;
	if (query->lookup(query->arg, name, type, answer) == DNS_TEMPFAIL) {
		spf_say(check, "%s: %s", name, answer->reason[0] != '\0' ?
		    answer->reason : "no answer");
		return SPF_TEMPORARY;
	}
	if (answer->ttl < check->answer->ttl)
		check->answer->ttl = answer->ttl;
	if (answer->n > 0)
		return SPF_MATCH;
	if (counts_void && ++check->answer->voids > SPF_MAX_VOID) {
		spf_say(check, "%s: more than %d lookups without an answer",
		    name, SPF_MAX_VOID);
		return SPF_PERMANENT;
	}
	return SPF_NO_MATCH;
}
