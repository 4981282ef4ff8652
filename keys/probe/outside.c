/* SPDX-License-Identifier: ISC */

/*
 * What resolvers outside show for the record of one key: see outside.h.
 *
 * Each resolver is queried in a thread of its own, over UDP, TCP or TLS, with
 * RD set (RFC 1035) and CD clear (RFC 4035), so that it validates if it can.
 * Nothing is cached here.  Signals are blocked in the threads: they are for the
 * thread that waits, and SIGPIPE is an error of a socket.  A resolver for which
 * there is no thread or no memory counts as silent.
 */

#include "probe/outside.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "probe/look.h"
#include "probe/private.h"
#include "probe/transport.h"

#define MAX_HOPS	16	/* CNAMEs in one answer */

/* A query to one resolver. */
struct asking {
	struct dns_zones		*zones;
	const struct dns_outside_wish	*wish;
	struct dns_look			*look;
	const char			*tls_name;	/* NULL: not TLS */
	pthread_t			 thread;
	bool				 has_thread;
	bool				 no_memory;
};

/* Follow the CNAMEs in an answer to the name at their end. */
static void
follow(const ldns_pkt *answer, const char *name,
    char target[DKIMSIG_DOMAIN_SIZE])
{
	const ldns_rr *rr;
	size_t n, i;

	(void)strlcpy(target, name, DKIMSIG_DOMAIN_SIZE);
	for (n = 0; n < MAX_HOPS; n++) {
		i = 0;
		rr = dns_next_rr(ldns_pkt_answer(answer), target,
		    LDNS_RR_TYPE_CNAME, &i);
		if (rr == NULL || ldns_rr_rd_count(rr) != 1 ||
		    !dns_name_text(ldns_rr_rdf(rr, 0), target))
			return;
	}
}

int
dns_outside_read(const ldns_pkt *answer, const char *name,
    const char *wanted, struct dns_look *look)
{
	struct dns_seen seen = { .published = NULL };
	char target[DKIMSIG_DOMAIN_SIZE];
	int r;

	look->rcode = (int)ldns_pkt_get_rcode(answer);
	if (look->rcode == LDNS_RCODE_SERVFAIL) {
		look->verdict = DNS_SERVFAIL;
		return 0;
	}
	/* Without recursion it only says what it happens to know. */
	if ((look->rcode != LDNS_RCODE_NOERROR &&
	    look->rcode != LDNS_RCODE_NXDOMAIN) ||
	    (!ldns_pkt_ra(answer) && !ldns_pkt_aa(answer))) {
		look->verdict = DNS_LAME;
		return 0;
	}
	follow(answer, name, target);
	r = dns_look_read_texts(answer, target, wanted, look, &seen);
	free(seen.published);
	return r;
}

enum lifecycle_outside
dns_outside_judge(const struct dns_look *looks, size_t nlooks)
{
	enum lifecycle_outside view = LIFECYCLE_OUTSIDE_UNKNOWN;
	size_t i;

	for (i = 0; i < nlooks; i++)
		switch (looks[i].verdict) {
		case DNS_RIGHT:
			view = LIFECYCLE_OUTSIDE_RIGHT;
			break;
		case DNS_ABSENT:
		case DNS_REVOKED:
		case DNS_WRONG:
		case DNS_SERVFAIL:
			return LIFECYCLE_OUTSIDE_CONTRADICTS;
		case DNS_LAME:
		case DNS_SILENT:
		case DNS_UNASKED:
			break;
		}
	return view;
}

/* Query the resolver, waiting for less if it was silent before. */
static enum dns_query_status
ask_server(const struct asking *asking, const struct dns_question *question,
    ldns_pkt **answer)
{
	const struct dns_address *server = &asking->look->address;
	struct dns_zones *zones = asking->zones;
	enum dns_query_status status;

	if (asking->tls_name == NULL)
		return dns_ask_server(zones, server, question, answer);
	status = dns_query_tls(server, zones->tls, asking->tls_name, question,
	    dns_health_patience(zones->health, server), answer);
	dns_health_note(zones->health, server, status);
	return status;
}

static void *
ask(void *arg)
{
	struct asking *asking = arg;
	struct dns_look *look = asking->look;
	const struct dns_question question = {
		asking->wish->name, LDNS_RR_TYPE_TXT, true, false
	};
	ldns_pkt *answer;

	look->status = ask_server(asking, &question, &answer);
	if (look->status != DNS_ANSWERED) {
		look->verdict = look->status == DNS_NO_ROUTE ? DNS_UNASKED :
		    DNS_SILENT;
		return NULL;
	}
	asking->no_memory = dns_outside_read(answer, question.name,
	    asking->wish->wanted, look) != 0;
	ldns_pkt_free(answer);
	return NULL;
}

/* Start all threads, with all signals blocked. */
static void
start(struct asking *askings, size_t n)
{
	sigset_t all, before;
	size_t i;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	for (i = 0; i < n; i++) {
		askings[i].look->verdict = DNS_SILENT;
		askings[i].look->status = DNS_FAILED;
		askings[i].has_thread = pthread_create(&askings[i].thread,
		    NULL, ask, &askings[i]) == 0;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Read ADDRESS[@PORT[#NAME]]; false if it is malformed. */
static bool
parse(struct asking *asking, const char *text)
{
	const char *hash = strchr(text, '#');
	size_t len = hash != NULL ? (size_t)(hash - text) : strlen(text);
	struct dns_look *look = asking->look;
	char address[DNS_ADDRESS_SIZE];

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!dns_address_parse(address, &look->address))
		return false;
	look->has_address = look->is_resolver = true;
	asking->tls_name = hash != NULL ? hash + 1 : NULL;
	(void)strlcpy(look->server, hash != NULL ? hash + 1 :
	    look->address.text, sizeof(look->server));
	return true;
}

int
dns_outside_take(struct dns_zones *zones, const struct dns_outside_wish *wish,
    struct dns_outside *outside, struct ks_error *error)
{
	struct asking askings[DNS_OUTSIDE_MAX] = { { 0 } };
	size_t i, n = wish->nresolvers;
	int r = 0;

	memset(outside, 0, sizeof(*outside));
	if (n > DNS_OUTSIDE_MAX)
		return dns_fail(error, KS_E_ARG, "more than %d resolvers",
		    DNS_OUTSIDE_MAX);
	if ((outside->looks = calloc(n + 1, sizeof(*outside->looks))) == NULL)
		return dns_fail(error, KS_E_NOMEM, "out of memory");
	outside->nlooks = n;
	for (i = 0; i < n; i++) {
		askings[i].zones = zones;
		askings[i].wish = wish;
		askings[i].look = &outside->looks[i];
		if (parse(&askings[i], wish->resolvers[i]))
			continue;
		r = dns_fail(error, KS_E_ARG, "\"%s\" is not a resolver",
		    wish->resolvers[i]);
		dns_outside_finish(outside);
		return r;
	}
	start(askings, n);
	for (i = 0; i < n; i++) {
		if (askings[i].has_thread)
			(void)pthread_join(askings[i].thread, NULL);
		if (askings[i].no_memory)
			r = KS_E_NOMEM;
	}
	if (r != 0) {
		dns_outside_finish(outside);
		return dns_fail(error, r, "out of memory");
	}
	outside->view = dns_outside_judge(outside->looks, n);
	dns_look_summarize(outside->looks, n, 0, outside->summary,
	    sizeof(outside->summary));
	return 0;
}

void
dns_outside_finish(struct dns_outside *outside)
{
	free(outside->looks);
	memset(outside, 0, sizeof(*outside));
}
