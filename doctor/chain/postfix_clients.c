/* SPDX-License-Identifier: ISC */

/*
 * Whom Postfix trusts: hosts that may claim another client, mail that is
 * smuggled into another message, and clients that postscreen(8) defers.
 * postfix_networks.c is about mynetworks.
 */

#include <stdio.h>
#include <string.h>

#include "chain/postfix_area.h"

/* Hosts that may claim another client, each by another command. */
static void
check_claims(const struct pf *pf, struct findings *findings, const char *id,
    const char *name, enum finding_state state, const char *text)
{
	const char *value = postfix_parameter(pf->postfix, name);
	char fix[CHAIN_FIX_SIZE];
	size_t i, n = 0;

	if (value[0] != '\0' && ++n > 0)
		findings_add(findings, id, state, POSTFIX_AREA, name,
		    state == FINDING_PROBLEM ? pf_fix_set(pf, name, "", fix,
		    sizeof(fix)) : NULL, "%s: %s", value, text);
	for (i = 0; i < pf->nservices; i++) {
		value = postfix_override(pf->services[i].service, name);
		if (value == NULL || value[0] == '\0' ||
		    !pf_signs(&pf->services[i]))
			continue;
		findings_add(findings, id, state, POSTFIX_AREA,
		    pf->services[i].name, state == FINDING_PROBLEM ?
		    pf_fix_override(pf, pf->services[i].name, name, "", fix,
		    sizeof(fix)) : NULL, "%s: %s", value, text);
		n++;
	}
	if (n == 0)
		findings_add(findings, id, FINDING_WELL, POSTFIX_AREA, name,
		    NULL, "no host");
}

/* Mail in mail: SMTP smuggling, by line ends that servers read differently. */
static void
check_newlines(const struct pf *pf)
{
	static const char name[] = "smtpd_forbid_bare_newline";
	const char *value = postfix_parameter(pf->postfix, name);
	/* It came with the value "normalize", which refuses no old client. */
	const bool normalizes = postfix_parameter(pf->postfix,
	    "smtpd_forbid_bare_newline_reject_code")[0] != '\0';
	char fix[CHAIN_FIX_SIZE];

	if (value[0] == '\0')
		findings_add(pf->findings, "bare-newline", FINDING_PROBLEM,
		    POSTFIX_AREA, name, NULL, "This Postfix is too old to "
		    "prevent that one message is smuggled inside of another "
		    "one, past all checks (CVE-2023-51764). Upgrade it.");
	else if (strcmp(value, "no") == 0)
		findings_add(pf->findings, "bare-newline", FINDING_PROBLEM,
		    POSTFIX_AREA, name, pf_fix_set(pf, name, normalizes ?
		    "normalize" : "yes", fix, sizeof(fix)), "A client can "
		    "smuggle one message inside of another one, past all "
		    "checks (CVE-2023-51764).");
	else
		findings_add(pf->findings, "bare-newline", FINDING_WELL,
		    POSTFIX_AREA, name, NULL, "%s", value);
}

static void
check_postscreen(const struct pf *pf)
{
	const struct postfix_service *s;
	bool is_deep = false;
	size_t i;

	for (i = 0; i < postfix_nservices(pf->postfix); i++) {
		s = postfix_service(pf->postfix, i);
		if (strcmp(s->command, "postscreen") != 0)
			continue;
		is_deep = postfix_is_yes(postfix_service_parameter(
		    pf->postfix, s, "postscreen_bare_newline_enable")) ||
		    postfix_is_yes(postfix_service_parameter(pf->postfix, s,
		    "postscreen_non_smtp_command_enable")) ||
		    postfix_is_yes(postfix_service_parameter(pf->postfix, s,
		    "postscreen_pipelining_enable"));
		findings_add(pf->findings, "postscreen", is_deep ?
		    FINDING_NOTE : FINDING_WELL, POSTFIX_AREA, s->name, NULL,
		    "%s", is_deep ? "The tests of postscreen after the "
		    "greeting defer the first mail of each address, and a "
		    "platform sends from many. Permit its networks in "
		    "postscreen_access_list." : "no tests that defer mail of a "
		    "new address");
	}
}

void
pf_check_clients(const struct pf *pf)
{
	pf_check_networks(pf);
	check_claims(pf, pf->findings, "xclient-hosts",
	    "smtpd_authorized_xclient_hosts", FINDING_PROBLEM, "By XCLIENT, "
	    "whoever has an account there can claim any client address and "
	    "login, and so have any mail signed. Only a test may need this.");
	check_claims(pf, pf->findings, "xforward-hosts",
	    "smtpd_authorized_xforward_hosts", FINDING_NOTE, "By XFORWARD, "
	    "these hosts can claim another client in the log of Postfix. The "
	    "milter does not see that claim.");
	check_newlines(pf);
	check_postscreen(pf);
}
