/* SPDX-License-Identifier: ISC */

/*
 * Which signatures policy allows: written down again, simply, from what
 * keys/signer/request.h promises and RFC 6376 says, with none of the product's
 * parsers.
 */

#include "hostile.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_TEXT	65536
#define SLACK		60	/* seconds that this test may be late */

/* The value of a tag, without blanks around it; -1: there is not just one. */
static int
find_tag(const char *field, const char *name, char *value, size_t size)
{
	const char *p, *end, *equal, *first, *last;
	int n = 0;

	for (p = field; p != NULL; p = *end == ';' ? end + 1 : NULL) {
		if ((end = strchr(p, ';')) == NULL)
			end = p + strlen(p);
		while (p < end && isspace((unsigned char)*p))
			p++;
		equal = memchr(p, '=', (size_t)(end - p));
		if (equal == NULL)
			continue;
		for (last = equal; last > p &&
		    isspace((unsigned char)last[-1]); last--)
			;
		if ((size_t)(last - p) != strlen(name) ||
		    strncmp(p, name, strlen(name)) != 0)
			continue;
		n++;
		for (first = equal + 1; first < end &&
		    isspace((unsigned char)*first); first++)
			;
		for (last = end; last > first &&
		    isspace((unsigned char)last[-1]); last--)
			;
		if ((size_t)(last - first) >= size)
			return -1;
		memcpy(value, first, (size_t)(last - first));
		value[last - first] = '\0';
	}
	return n == 1 ? 0 : n == 0 ? -2 : -1;
}

static long long
number(const char *text)
{
	if (text[0] == '\0' || strlen(text) > 12 ||
	    text[strspn(text, "0123456789")] != '\0')
		return -1;
	return atoll(text);
}

/* How often "from" is in a list of names. */
static size_t
count_from(const char *names)
{
	size_t n = 0, len;
	const char *p, *end;

	for (p = names; p != NULL; p = *end == ':' ? end + 1 : NULL) {
		if ((end = strchr(p, ':')) == NULL)
			end = p + strlen(p);
		while (p < end && isspace((unsigned char)*p))
			p++;
		len = (size_t)(end - p);
		while (len > 0 && isspace((unsigned char)p[len - 1]))
			len--;
		n += len == 4 && strncasecmp(p, "from", 4) == 0;
	}
	return n;
}

/* Go through the fields: count From, and return where the last one begins. */
static char *
last_field(char *text, size_t *nfrom)
{
	char *p, *next, *found = text;

	*nfrom = 0;
	for (p = text; p != NULL && *p != '\0'; p = next) {
		next = strstr(p, "\r\n");
		if (next != NULL)
			next += 2;
		if (*p == ' ' || *p == '\t')
			continue;
		found = p;
		*nfrom += strncasecmp(p, "from", 4) == 0 &&
		    p[4 + strspn(p + 4, " \t")] == ':';
	}
	return found;
}

static bool
is_below(const char *domain, const char *above)
{
	const size_t len = strlen(domain), abovelen = strlen(above);

	return len >= abovelen &&
	    strcasecmp(domain + len - abovelen, above) == 0 &&
	    (len == abovelen || domain[len - abovelen - 1] == '.');
}

static const char *
check_identity(const char *field, const struct asked *asked)
{
	const size_t len = strlen(asked->domain);
	char value[1024];
	const char *at;
	int r;

	if (find_tag(field, "v", value, sizeof(value)) != 0 ||
	    strcmp(value, "1") != 0)
		return "v=";
	/* In capitals, or with a dot at its end, it is the same name. */
	if (find_tag(field, "d", value, sizeof(value)) != 0 ||
	    strncasecmp(value, asked->domain, len) != 0 ||
	    (value[len] != '\0' && strcmp(value + len, ".") != 0))
		return "d= is another domain";
	if (find_tag(field, "s", value, sizeof(value)) != 0 ||
	    strcasecmp(value, asked->selector) != 0)
		return "s= is another selector";
	if (find_tag(field, "a", value, sizeof(value)) != 0 ||
	    strcmp(value, asked->algorithm == DKIMSIG_RSA_SHA256 ?
	    "rsa-sha256" : "ed25519-sha256") != 0)
		return "a= is another algorithm";
	if (find_tag(field, "b", value, sizeof(value)) != 0 ||
	    value[0] != '\0')
		return "b= is not empty";
	r = find_tag(field, "i", value, sizeof(value));
	if (r != -2 && (r != 0 || (at = strrchr(value, '@')) == NULL ||
	    !is_below(at + 1, asked->domain)))
		return "i= is of another domain";
	return NULL;
}

static const char *
check_field(const char *field, size_t nfrom, const struct asked *asked,
    int64_t now)
{
	static char value[MAX_TEXT];
	const char *why;
	long long t, x;

	if ((why = check_identity(field, asked)) != NULL)
		return why;
	if (find_tag(field, "l", value, sizeof(value)) != -2)
		return "l= is there";
	if (find_tag(field, "t", value, sizeof(value)) != 0 ||
	    (t = number(value)) < 0 || t < now - 300 - SLACK ||
	    t > now + 300 + SLACK)
		return "t= is not now";
	if (find_tag(field, "x", value, sizeof(value)) != 0 ||
	    (x = number(value)) <= t || x - t > HOSTILE_CEILING)
		return "x= is not below the ceiling";
	if (find_tag(field, "h", value, sizeof(value)) != 0 || nfrom < 1 ||
	    count_from(value) <= nfrom)
		return "From is not oversigned";
	return NULL;
}

static bool
is_key(const struct asked *asked)
{
	size_t i;

	for (i = 0; i < ntargets; i++)
		if (targets[i].may_sign &&
		    strcmp(targets[i].domain, asked->domain) == 0 &&
		    strcmp(targets[i].stream, asked->stream) == 0 &&
		    strcmp(targets[i].selector, asked->selector) == 0 &&
		    (uint8_t)targets[i].algorithm == asked->algorithm)
			return true;
	return false;
}

bool
oracle_allows(const struct asked *asked, int64_t now, const char **why)
{
	static char text[HOSTILE_MAX_WIRE + 1];
	static const char name[] = "dkim-signature";
	size_t nfrom;
	char *field;

	*why = NULL;
	if (!is_key(asked)) {
		*why = "no active key of that domain and stream";
		return false;
	}
	if (memchr(asked->tbs, '\0', asked->tbslen) != NULL) {
		*why = "NUL in the block";
		return false;
	}
	memcpy(text, asked->tbs, asked->tbslen);
	text[asked->tbslen] = '\0';
	field = last_field(text, &nfrom);
	if (strncasecmp(field, name, strlen(name)) != 0 ||
	    field[strlen(name) + strspn(field + strlen(name), " \t")] != ':') {
		*why = "the last field is no signature";
		return false;
	}
	*why = check_field(strchr(field, ':') + 1, nfrom, asked, now);
	return *why == NULL;
}
