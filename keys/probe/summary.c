/* SPDX-License-Identifier: ISC */

/*
 * A line with what all servers show: "ns1.example.net (192.0.2.1) absent,
 * ns2.example.net (192.0.2.2) right".
 *
 * Servers with problems come first; those that do not fit are counted at the
 * end.  The text is for logs, reports and JSON.  Nothing can fail.
 */

#include "probe/look.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ROOM_FOR_REST	32	/* octets of ", and 63 more" */

/* The order in which verdicts are listed. */
static const enum dns_verdict order[] = {
	DNS_WRONG, DNS_SERVFAIL, DNS_LAME, DNS_SILENT, DNS_ABSENT,
	DNS_REVOKED, DNS_RIGHT, DNS_UNASKED
};

struct line {
	char	*text;
	size_t	 size, len;
	size_t	 nitems, nleft;		/* printed, left out */
};

static void
print_server(const struct dns_look *look, char *text, size_t size)
{
	if (!look->has_address || strcmp(look->server,
	    look->address.text) == 0)
		(void)strlcpy(text, look->server, size);
	else
		(void)snprintf(text, size, "%s (%s)", look->server,
		    look->address.text);
}

const char *
dns_look_reason(const struct dns_look *look)
{
	if (look->is_wildcard)
		return "only a wildcard answers";
	switch (look->verdict) {
	case DNS_WRONG:
		if (!look->is_alias)
			return record_fault_name(look->fault);
		return strncmp(look->text, "CNAME ", 6) == 0 ? look->text :
		    "a TXT record where the CNAME should be";
	case DNS_LAME:
	case DNS_SERVFAIL:
		return look->rcode == LDNS_RCODE_NOERROR ||
		    look->rcode == LDNS_RCODE_NXDOMAIN ?
		    look->is_resolver ? "no recursion for this host" :
		    "does not serve the zone" : dns_rcode_name(look->rcode);
	case DNS_SILENT:
		return look->has_address ? dns_query_text(look->status) :
		    "address lookup failed";
	case DNS_UNASKED:
		return look->has_address ? "no route from this host" :
		    "no address";
	default:
		return "";
	}
}

/* The verdict with its reason, if any; else "CNAME" is added for a CNAME. */
static void
print_verdict(const struct dns_look *look, char *text, size_t size)
{
	const char *name = dns_verdict_name(look->verdict);
	const char *reason = dns_look_reason(look);

	if (reason[0] != '\0')
		(void)snprintf(text, size, "%s (%.300s%s)", name, reason,
		    look->is_excepted ? "; no longer waited for" : "");
	else
		(void)snprintf(text, size, "%s%s", look->is_alias ?
		    "CNAME " : "", name);
}

static void
add_look(struct line *line, const struct dns_look *look)
{
	char server[DKIMSIG_DOMAIN_SIZE + DNS_ADDRESS_SIZE + 4];
	char verdict[400];
	size_t need;

	print_server(look, server, sizeof(server));
	print_verdict(look, verdict, sizeof(verdict));
	need = strlen(server) + strlen(verdict) + sizeof(",  ");
	if (line->nleft > 0 || line->len + need + ROOM_FOR_REST >=
	    line->size) {
		line->nleft++;
		return;
	}
	line->len += (size_t)snprintf(line->text + line->len,
	    line->size - line->len, "%s%s %s", line->nitems > 0 ? ", " : "",
	    server, verdict);
	line->nitems++;
}

void
dns_look_summarize(const struct dns_look *looks, size_t nlooks,
    size_t nfollowed, char *text, size_t textsize)
{
	struct line line = { .text = text, .size = textsize };
	size_t i, j;

	text[0] = '\0';
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (j = 0; j < nlooks; j++)
			if (looks[j].verdict == order[i] && (j >= nfollowed ||
			    looks[j].verdict != DNS_RIGHT))
				add_look(&line, &looks[j]);
	if (line.nleft > 0)
		(void)snprintf(text + line.len, textsize - line.len,
		    "%s%zu more", line.nitems > 0 ? ", and " : "",
		    line.nleft);
}
