/* SPDX-License-Identifier: ISC */

/*
 * All versions of the member list: see versions.h.
 *
 * No line of a version begins with "signature", so that line ends it.  What is
 * between is taken as it is: signed/members_text.c and the signature say
 * whether it is a version.  Pure functions.
 */

#include "kept/versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "text/text.h"

#define FIRST_LINE	"countersign-fleet-members 1\n"
#define MARK		"\nsignature "
#define HEX_LEN		((size_t)2 * FLEET_SIGNATURE)

static bool
parse_hex(const char *text, unsigned char signature[FLEET_SIGNATURE])
{
	int high, low;
	size_t i;

	for (i = 0; i < FLEET_SIGNATURE; i++) {
		high = text_hex(text[2 * i]);
		low = text_hex(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		signature[i] = (unsigned char)(high * 16 + low);
	}
	return true;
}

/* The next version and its signature; false if the text is damaged. */
static bool
next(const char **text, size_t *left, const char **octets, size_t *len,
    unsigned char signature[FLEET_SIGNATURE])
{
	const char *mark = memmem(*text, *left, MARK, strlen(MARK));
	size_t rest;

	if (mark == NULL)
		return false;
	*octets = *text;
	*len = (size_t)(mark + 1 - *text);
	mark += strlen(MARK);
	rest = *left - (size_t)(mark - *text);
	if (rest <= HEX_LEN || mark[HEX_LEN] != '\n' ||
	    !parse_hex(mark, signature))
		return false;
	*text = mark + HEX_LEN + 1;
	*left = rest - HEX_LEN - 1;
	return true;
}

/* What is done with each version in turn. */
struct walk {
	const char	*anchor;	/* NULL: none */
	bool		 is_known;	/* a version had that digest */
	int		 (*each)(void *, const struct fleet_members *,
			    const void *, size_t, const unsigned char *);
	void		*context;
	int		 result;	/* of each */
};

/* Put the next version in force; 0 or KS_E_*. */
static int
take_next(struct fleet_members *members, struct walk *walk,
    const char **text, size_t *len, struct ks_error *why)
{
	unsigned char signature[FLEET_SIGNATURE];
	const char *octets;
	size_t n;
	int r;

	if (!next(text, len, &octets, &n, signature))
		return fleet_fail(why, KS_E_DAMAGED, "a version that is cut "
		    "off");
	if ((r = fleet_members_take(members, octets, n, signature,
	    why)) != 0)
		return r;
	walk->is_known = walk->is_known || walk->anchor == NULL ||
	    strcmp(members->digest, walk->anchor) == 0;
	if (walk->each != NULL)
		walk->result = walk->each(walk->context, members, octets, n,
		    signature);
	return 0;
}

static int
load(struct fleet_members *members, const char *text, size_t len,
    struct walk *walk, struct ks_error *error)
{
	struct ks_error why;
	int r;

	memset(members, 0, sizeof(*members));
	if (len <= strlen(FIRST_LINE) || memcmp(text, FIRST_LINE,
	    strlen(FIRST_LINE)) != 0)
		return fleet_fail(error, KS_E_DAMAGED, "not a file of member "
		    "lists");
	text += strlen(FIRST_LINE);
	len -= strlen(FIRST_LINE);
	do
		r = take_next(members, walk, &text, &len, &why);
	while (r == 0 && walk->result == 0 && len > 0);
	if (r == 0 && walk->result == 0 && !walk->is_known)
		r = fleet_fail(&why, KS_E_DAMAGED, "no version has the digest "
		    "that this host was told: another fleet, or another "
		    "history");
	if (r == 0)
		return walk->result;
	if (error != NULL)
		(void)snprintf(error->text, sizeof(error->text), "member list "
		    "after version %lld: %.900s", (long long)members->version,
		    why.text);
	fleet_members_finish(members);
	return r;
}

int
fleet_members_load(struct fleet_members *members, const char *text,
    size_t len, const char *anchor, struct ks_error *error)
{
	struct walk walk = { .anchor = anchor };

	return load(members, text, len, &walk, error);
}

int
fleet_members_walk(struct fleet_members *members, const char *text,
    size_t len, int (*each)(void *, const struct fleet_members *,
    const void *, size_t, const unsigned char *), void *context,
    struct ks_error *error)
{
	struct walk walk = { .each = each, .context = context };

	return load(members, text, len, &walk, error);
}

int
fleet_members_add(char **text, size_t *len, const void *octets,
    size_t octetslen, const unsigned char signature[FLEET_SIGNATURE])
{
	const char *first = *text == NULL ? FIRST_LINE : "";
	const size_t old = *text == NULL ? 0 : *len;
	const size_t size = old + strlen(first) + octetslen + strlen(MARK) +
	    HEX_LEN + 1;
	char *new, *p;

	if ((new = realloc(*text, size)) == NULL)
		return KS_E_NOMEM;
	p = new + old;
	memcpy(p, first, strlen(first));
	p += strlen(first);
	memcpy(p, octets, octetslen);
	p += octetslen;
	/* The LF of the mark is that of the last line. */
	memcpy(p, &MARK[1], strlen(MARK) - 1);
	p += strlen(MARK) - 1;
	/* The LF takes the place of the NUL. */
	hex_print(signature, FLEET_SIGNATURE, p);
	p += HEX_LEN;
	*p++ = '\n';
	*text = new;
	*len = (size_t)(p - new);
	return 0;
}
