/* SPDX-License-Identifier: ISC */

/*
 * The ways that a Received field knows: see received.h.
 *
 * The protocol stands after "with" or "via" (RFC 5321 section 4.4, RFC 3848),
 * outside of comments:
 *
 *	with HTTP, via HTTP		Roundcube, SquirrelMail, Horde
 *	with POP3 (fetchmail-6.4.37)	fetchmail, getmail, mpop
 *	with local			Exim, from its own host
 *	by a (Postfix, from userid 33)	sendmail(1) of Postfix
 *	(from www@localhost) by a	sendmail(1) of Sendmail
 *	(qmail 7 invoked by uid 33)	qmail-inject; "from network" has a
 *					field of its own for the hop
 *	by a (amavis, port 10024)	also "amavisd-new"
 *
 * Anything else counts as a hop.  Nothing fails, and nothing is kept.
 */

#include "message/received.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "text/text.h"

/* A piece of the value that is left. */
struct rest {
	const char	*p, *end;
};

static bool
begins(const char *text, size_t len, const char *with)
{
	return len >= strlen(with) && strncasecmp(text, with,
	    strlen(with)) == 0;
}

static bool
contains(const char *text, size_t len, const char *wanted)
{
	const size_t n = strlen(wanted);

	for (; len >= n; text++, len--)
		if (strncasecmp(text, wanted, n) == 0)
			return true;
	return false;
}

/* The comment at the beginning, with its parentheses, and those in it. */
static size_t
comment_length(const struct rest *rest)
{
	const char *p = rest->p;
	size_t depth = 0;

	for (; p < rest->end; p++) {
		if (*p == '\\' && p + 1 < rest->end)
			p++;
		else if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return (size_t)(p + 1 - rest->p);
	}
	return (size_t)(p - rest->p);
}

static enum received
read_comment(const char *text, size_t len)
{
	return contains(text, len, "from userid ") ? RECEIVED_LOCAL :
	    begins(text, len, "(fetchmail") ? RECEIVED_FETCHED :
	    begins(text, len, "(amavis") ? RECEIVED_FILTER : RECEIVED_HOP;
}

/* A protocol, or the name of a program after "via". */
static enum received
read_protocol(const char *text, size_t len)
{
	return begins(text, len, "HTTP") ? RECEIVED_WEB :
	    begins(text, len, "POP3") || begins(text, len, "IMAP") ||
	    begins(text, len, "getmail") ? RECEIVED_FETCHED :
	    len == 5 && begins(text, len, "local") ? RECEIVED_LOCAL :
	    RECEIVED_HOP;
}

enum received
received_read(const char *value, size_t len)
{
	enum received found = RECEIVED_HOP;
	bool is_protocol = false;
	struct rest rest;
	size_t n;

	rest.p = text_trim(value, &len);
	rest.end = rest.p + len;
	if (begins(rest.p, len, "(from ") || begins(rest.p, len, "(qmail "))
		return RECEIVED_LOCAL;
	/* What follows ";" is the time. */
	for (; found == RECEIVED_HOP && rest.p < rest.end && *rest.p != ';';
	    rest.p += n) {
		n = 1;
		if (*rest.p == '(') {
			n = comment_length(&rest);
			found = read_comment(rest.p, n);
			continue;
		}
		if (text_is_blank(*rest.p))
			continue;
		while (rest.p + n < rest.end && !text_is_blank(rest.p[n]) &&
		    rest.p[n] != '(' && rest.p[n] != ';')
			n++;
		if (is_protocol)
			found = read_protocol(rest.p, n);
		is_protocol = n == 4 ? begins(rest.p, n, "with") :
		    n == 3 && begins(rest.p, n, "via");
	}
	return found;
}
