/* SPDX-License-Identifier: ISC */

/*
 * Which services of Postfix have our milter, where in the list, and what
 * happens when it cannot be reached.
 *
 * Our milter comes last, because what changes a message after it breaks the
 * signature, and its default action is tempfail, because with accept mail would
 * leave unsigned, and with reject it would be lost.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/postfix_area.h"
#include "machine/milter_hello.h"

#define HELLO_MS	10000

/* Whether a service runs in a chroot from where it cannot reach our socket. */
static bool
is_out_of_reach(const struct pf *pf)
{
	char address[1200];
	size_t i;

	pf_our_address(pf, address, sizeof(address));
	if (strncmp(address, "unix:/", 6) != 0)
		return false;
	for (i = 0; i < pf->nservices; i++)
		if (pf->services[i].service->is_chrooted)
			return true;
	return false;
}

/* Whether our milter answers, to Postfix if we may try that. */
static bool
answers(const struct pf *pf)
{
	char why[512];

	return milter_hello(pf->chain->config->socket, pf->chain->is_root ?
	    postfix_mail_owner(pf->postfix) : NULL, HELLO_MS, why,
	    sizeof(why)) == MILTER_HELLO_WELL;
}

/*
 * No service has it: then main.cf gets it, if Postfix can reach it.  Before it
 * answers there, all mail would be deferred.
 */
static void
check_missing(const struct pf *pf)
{
	char fix[CHAIN_FIX_SIZE];
	const char *command = NULL, *more = "", *none = "";

	if (pf_any_signs(pf))
		return;
	if (is_out_of_reach(pf))
		more = " Postfix could not reach it there from its chroot: "
		    "run 'countersign-doctor setup', which moves the socket "
		    "and attaches the milter.";
	else if (!answers(pf))
		more = " First let the milter answer there: without it, mail "
		    "would be deferred.";
	else
		command = pf_fix_milters(pf, NULL, "smtpd_milters", fix,
		    sizeof(fix));
	if (pf->nservices == 0)
		none = " There is no service that receives mail by SMTP "
		    "either.";
	findings_add(pf->findings, "postfix-milter", FINDING_PROBLEM,
	    POSTFIX_AREA, "smtpd_milters", command, "No service of Postfix has "
	    "the milter that listens on %s, so nothing is signed.%s%s",
	    pf->chain->config->socket, more, none);
}

/* Others may be without it, if that is what their override says. */
static void
check_presence(const struct pf *pf, const struct pf_service *s)
{
	if (pf_signs(s))
		findings_add(pf->findings, "postfix-milter", FINDING_WELL,
		    POSTFIX_AREA, s->name, NULL, "has our milter");
	else if (s->is_reinjection)
		findings_add(pf->findings, "postfix-milter", FINDING_WELL,
		    POSTFIX_AREA, s->name, NULL, "takes mail back from a "
		    "content filter, rightly without our milter");
	else
		findings_add(pf->findings, "postfix-milter", FINDING_NOTE,
		    POSTFIX_AREA, s->name, NULL, "This service does not have "
		    "our milter, so mail that arrives there is not signed. If "
		    "it should be, %s in master.cf.",
		    postfix_override(s->service, "smtpd_milters") != NULL ?
		    "add the milter to the service's override smtpd_milters" :
		    "give the service an override smtpd_milters with the "
		    "milter");
}

static void
check_order(const struct pf *pf, const struct pf_service *s)
{
	char fix[CHAIN_FIX_SIZE];

	if (s->ours + 1 == s->milters.n)
		findings_add(pf->findings, "milter-order", FINDING_WELL,
		    POSTFIX_AREA, s->name, NULL, "our milter is the last of "
		    "%zu", s->milters.n);
	else
		findings_add(pf->findings, "milter-order", FINDING_PROBLEM,
		    POSTFIX_AREA, s->name, pf_fix_milters(pf, s,
		    "smtpd_milters", fix, sizeof(fix)), "%s comes after our "
		    "milter: what it changes in a message breaks the "
		    "signature.", s->milters.list[s->ours + 1].address);
}

/* What happens to mail while our milter cannot be reached. */
static const char *
consequence(const char *action)
{
	return strcmp(action, "accept") == 0 ? "mail leaves unsigned, and "
	    "forged mail is not refused" :
	    strcmp(action, "reject") == 0 ? "mail is refused for good" :
	    "mail is not deferred, as it should be";
}

static void
check_default_action(const struct pf *pf, const struct pf_service *s)
{
	const char *action = s->milters.list[s->ours].default_action;
	char fix[CHAIN_FIX_SIZE];

	if (action == NULL)
		action = postfix_service_parameter(pf->postfix, s->service,
		    "milter_default_action");
	if (strcmp(action, "tempfail") == 0)
		findings_add(pf->findings, "milter-default-action",
		    FINDING_WELL, POSTFIX_AREA, s->name, NULL, "tempfail");
	else if (strcmp(action, "quarantine") == 0)
		findings_add(pf->findings, "milter-default-action",
		    FINDING_NOTE, POSTFIX_AREA, s->name, NULL, "While our "
		    "milter cannot be reached, mail goes to the hold queue, "
		    "and is not signed when you release it: use 'postsuper -r' "
		    "for that, which gives it to non_smtpd_milters.");
	else
		findings_add(pf->findings, "milter-default-action",
		    FINDING_PROBLEM, POSTFIX_AREA, s->name,
		    postfix_is_at_least(pf->postfix, 3, 0) ?
		    pf_fix_milters(pf, s, "smtpd_milters", fix, sizeof(fix)) :
		    pf_fix_parameter(pf, s, "milter_default_action",
		    "tempfail", fix, sizeof(fix)), "While our milter cannot "
		    "be reached, %s: the default action is %s.",
		    consequence(action), action);
}

/* Steps that the milter needs are in version 6 of the protocol. */
static void
check_protocol(const struct pf *pf, const struct pf_service *s)
{
	const char *version = postfix_service_parameter(pf->postfix,
	    s->service, "milter_protocol");
	char fix[CHAIN_FIX_SIZE];

	if (strtol(version, NULL, 10) >= 6)
		findings_add(pf->findings, "milter-protocol", FINDING_WELL,
		    POSTFIX_AREA, s->name, NULL, "version %s", version);
	else
		findings_add(pf->findings, "milter-protocol", FINDING_PROBLEM,
		    POSTFIX_AREA, s->name, pf_fix_parameter(pf, s,
		    "milter_protocol", "6", fix, sizeof(fix)), "With version "
		    "%s of the milter protocol, Postfix removes the blank "
		    "after the name of a header field: signatures with simple "
		    "canonicalization are broken.", version);
}

/* "no_milters" makes the list of milters useless. */
static void
check_override(const struct pf *pf, const struct pf_service *s)
{
	const char *value = postfix_service_parameter(pf->postfix, s->service,
	    "receive_override_options");
	char rest[1024], fix[CHAIN_FIX_SIZE];

	if (!pf_list_has(value, "no_milters")) {
		findings_add(pf->findings, "milters-disabled", FINDING_WELL,
		    POSTFIX_AREA, s->name, NULL, "milters are in use");
		return;
	}
	pf_list_without(value, "no_milters", rest, sizeof(rest));
	findings_add(pf->findings, "milters-disabled", FINDING_PROBLEM,
	    POSTFIX_AREA, s->name, pf_fix_parameter(pf, s,
	    "receive_override_options", rest, fix, sizeof(fix)),
	    "receive_override_options has no_milters, so this service does "
	    "not use our milter.");
}

/* With a proxy filter, milters see commands, but no message. */
static void
check_proxy(const struct pf *pf, const struct pf_service *s)
{
	const char *filter = postfix_service_parameter(pf->postfix,
	    s->service, "smtpd_proxy_filter");

	if (filter[0] == '\0')
		findings_add(pf->findings, "proxy-filter", FINDING_WELL,
		    POSTFIX_AREA, s->name, NULL, "no filter before the queue");
	else
		findings_add(pf->findings, "proxy-filter", FINDING_PROBLEM,
		    POSTFIX_AREA, s->name, NULL, "With smtpd_proxy_filter = "
		    "%s, milters of this service see no header and no body, "
		    "so nothing is signed. Receive the mail that is to be "
		    "signed with another service, without this filter.",
		    filter);
}

void
pf_check_milters(const struct pf *pf)
{
	const struct pf_service *s;
	size_t i;

	check_missing(pf);
	if (!pf_any_signs(pf))
		return;
	for (i = 0; i < pf->nservices; i++) {
		s = &pf->services[i];
		check_presence(pf, s);
		if (!pf_signs(s))
			continue;
		check_order(pf, s);
		check_default_action(pf, s);
		check_protocol(pf, s);
		check_override(pf, s);
		check_proxy(pf, s);
	}
}
