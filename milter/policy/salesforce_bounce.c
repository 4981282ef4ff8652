/* SPDX-License-Identifier: ISC */

/*
 * Salesforce bounce addresses: see salesforce_bounce.h.
 *
 * The label of our own organization is computed and compared; the label in the
 * address is not decoded.  An id has only one form, and any other is not ours.
 */

#include "policy/salesforce_bounce.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "text/text.h"

#define BOUNCE_DOMAIN	".bnc.salesforce.com"

/* An id of 18 without its 00D, and NUL; shorter if it has zeros. */
#define LABEL_SIZE	(SALESFORCE_ID_LENGTH - 3 + 3 + 1)

/* Beginning and length of the label; NULL if the address has none. */
static const char *
find_label(const char *address, size_t *len)
{
	const char *domain, *end, *dot, *label;
	size_t domainlen;

	if ((domain = strrchr(address, '@')) == NULL)
		return NULL;
	domain++;
	domainlen = strlen(domain);
	if (domainlen > 0 && domain[domainlen - 1] == '.')
		domainlen--;
	if (domainlen <= strlen(BOUNCE_DOMAIN))
		return NULL;
	end = domain + domainlen - strlen(BOUNCE_DOMAIN);
	if (strncasecmp(end, BOUNCE_DOMAIN, strlen(BOUNCE_DOMAIN)) != 0)
		return NULL;
	/* The instance, such as na150, is in between. */
	for (dot = end; dot > domain && dot[-1] != '.'; dot--)
		;
	if (dot == domain || dot == end)
		return NULL;
	dot--;
	for (label = dot; label > domain && label[-1] != '.'; label--)
		;
	*len = (size_t)(dot - label);
	return *len == 0 ? NULL : label;
}

bool
salesforce_bounce_is(const char *address)
{
	const char *domain = strrchr(address, '@');
	size_t len, taillen = strlen(BOUNCE_DOMAIN);

	if (domain == NULL)
		return false;
	len = strlen(domain);
	if (domain[len - 1] == '.')
		len--;
	return len > taillen && strncasecmp(domain + len - taillen,
	    BOUNCE_DOMAIN, taillen) == 0;
}

static void
make_label(const char id[SALESFORCE_ID_SIZE], char label[LABEL_SIZE])
{
	char suffix[SALESFORCE_SUFFIX_SIZE];
	size_t i, run, begin = 0, longest = 0;

	salesforce_id_suffix(id, suffix);
	strlcpy(label, id + 3, LABEL_SIZE);
	strlcat(label, suffix, LABEL_SIZE);
	text_lower_all(label);
	for (i = 0; label[i] != '\0'; i++) {
		for (run = 0; label[i + run] == '0'; run++)
			;
		if (run > longest) {
			longest = run;
			begin = i;
		}
	}
	if (longest == 0)
		return;
	label[begin] = '-';
	memmove(label + begin + 1, label + begin + longest,
	    strlen(label + begin + longest) + 1);
}

bool
salesforce_bounce_names(const char *address, const char id[SALESFORCE_ID_SIZE])
{
	char ours[LABEL_SIZE];
	const char *label;
	size_t len;

	if ((label = find_label(address, &len)) == NULL)
		return false;
	make_label(id, ours);
	return len == strlen(ours) && strncasecmp(label, ours, len) == 0;
}
