/* SPDX-License-Identifier: ISC */

/*
 * Mail that passes Postfix twice, and mail that does not come by SMTP.
 *
 * A content filter gives mail back from 127.0.0.1: our milter does not see the
 * real client then, so it must be at the service before the filter only.  Mail
 * of sendmail(1), bounces and notices have milters of their own.
 */

#include <stdio.h>
#include <string.h>

#include "chain/postfix_area.h"

static void
check_reinjection(const struct pf *pf, const struct pf_service *s)
{
	char fix[CHAIN_FIX_SIZE];

	if (!s->is_reinjection)
		return;
	if (!pf_signs(s))
		findings_add(pf->findings, "reinjection", FINDING_WELL,
		    POSTFIX_AREA, s->name, NULL, "mail from the content "
		    "filter does not pass our milter again");
	else
		findings_add(pf->findings, "reinjection", FINDING_PROBLEM,
		    POSTFIX_AREA, s->name, pf_fix_override(pf, s->name,
		    "smtpd_milters", "", fix, sizeof(fix)), "Mail that a "
		    "content filter gives back to this service passes our "
		    "milter again, from another client: it is refused, or "
		    "signed twice.");
}

/*
 * Postfix rewrites addresses in the header of mail from this host, also when it
 * is mail that a filter gives back.
 */
static void
check_reinjected_header(const struct pf *pf, const struct pf_service *s)
{
	static const char *const maps[] = { "canonical_maps",
	    "sender_canonical_maps", "recipient_canonical_maps",
	    "masquerade_domains" };
	char fix[CHAIN_FIX_SIZE];
	const char *clients;
	size_t i;

	if (!s->is_reinjection)
		return;
	clients = postfix_service_parameter(pf->postfix, s->service,
	    "local_header_rewrite_clients");
	for (i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		if (postfix_parameter(pf->postfix, maps[i])[0] != '\0')
			break;
	if (i == sizeof(maps) / sizeof(maps[0]) || clients[0] == '\0' ||
	    pf_list_has(postfix_service_parameter(pf->postfix, s->service,
	    "receive_override_options"), "no_address_mappings"))
		findings_add(pf->findings, "reinjection-rewrites",
		    FINDING_WELL, POSTFIX_AREA, s->name, NULL, "the header of "
		    "mail from the content filter is left alone");
	else
		findings_add(pf->findings, "reinjection-rewrites",
		    FINDING_PROBLEM, POSTFIX_AREA, s->name,
		    pf_fix_override(pf, s->name,
		    "local_header_rewrite_clients", "", fix, sizeof(fix)),
		    "%s rewrites addresses in mail that a content filter gives "
		    "back, after it was signed.", maps[i]);
}

/* Where mail goes before it is delivered. */
static void
check_content_filter(const struct pf *pf)
{
	const struct pf_service *s;
	const char *filter;
	size_t i;

	for (i = 0; i < pf->nservices; i++) {
		s = &pf->services[i];
		filter = postfix_service_parameter(pf->postfix, s->service,
		    "content_filter");
		if (!pf_signs(s) || filter[0] == '\0')
			continue;
		findings_add(pf->findings, "content-filter", FINDING_NOTE,
		    POSTFIX_AREA, s->name, NULL, "Signed mail passes the "
		    "content filter %s. It may add fields, but what it changes "
		    "in Subject, other signed fields or the body breaks the "
		    "signature: make it leave outgoing mail as it is.",
		    filter);
	}
}

/* Whether a list of milters has ours, for a service that may be chrooted. */
static bool
has_ours(const struct pf *pf, const char *value, bool is_chrooted)
{
	struct postfix_milters milters;
	bool has;

	if (postfix_milters_read(value, &milters) == -1)
		return false;
	has = postfix_milters_find(pf->postfix, is_chrooted, &milters,
	    pf->chain->config->socket) < milters.n;
	postfix_milters_finish(&milters);
	return has;
}

static void
check_internal(const struct pf *pf, bool is_signed)
{
	const char *classes = postfix_parameter(pf->postfix,
	    "internal_mail_filter_classes");

	if (classes[0] == '\0')
		findings_add(pf->findings, "internal-mail", FINDING_WELL,
		    POSTFIX_AREA, "internal_mail_filter_classes", NULL,
		    "bounces and notices of Postfix pass no milter, so they "
		    "are not signed, and none is refused");
	else
		findings_add(pf->findings, "internal-mail", FINDING_NOTE,
		    POSTFIX_AREA, "internal_mail_filter_classes", NULL,
		    "%s: these messages of Postfix itself pass "
		    "non_smtpd_milters%s.", classes, is_signed ? ", and so our "
		    "milter: if a source names the domain of their From, "
		    "a source must sign them; otherwise no bounce is sent, "
		    "and mail that should be returned stays in the queue" :
		    "");
}

static void
check_submit_users(const struct pf *pf)
{
	const char *users = postfix_parameter(pf->postfix,
	    "authorized_submit_users");

	if (strcmp(users, "static:anyone") == 0)
		findings_add(pf->findings, "submit-users", FINDING_NOTE,
		    POSTFIX_AREA, "authorized_submit_users", NULL, "Every "
		    "account of this host may send mail with sendmail(1), "
		    "which then comes from 127.0.0.1 and is signed if a source "
		    "allows that address. Name those who need it, or leave "
		    "127.0.0.1 out of the sources.");
	else
		findings_add(pf->findings, "submit-users", FINDING_WELL,
		    POSTFIX_AREA, "authorized_submit_users", NULL, "%s",
		    users);
}

static void
check_local(const struct pf *pf)
{
	const struct postfix_service *cleanup = postfix_find_service(
	    pf->postfix, "cleanup", "unix");
	const bool is_chrooted = cleanup != NULL && cleanup->is_chrooted;
	const char *value = postfix_parameter(pf->postfix,
	    "non_smtpd_milters");
	const bool is_signed = has_ours(pf, value, is_chrooted);
	char fix[CHAIN_FIX_SIZE];

	if (is_signed)
		findings_add(pf->findings, "local-mail", FINDING_WELL,
		    POSTFIX_AREA, "non_smtpd_milters", NULL, "mail of "
		    "sendmail(1) passes our milter, too");
	else if (has_ours(pf, value, !is_chrooted))
		findings_add(pf->findings, "local-mail", FINDING_PROBLEM,
		    POSTFIX_AREA, "non_smtpd_milters", pf_fix_milters(pf,
		    NULL, "non_smtpd_milters", fix, sizeof(fix)), "cleanup "
		    "%s in a chroot, so it looks for our socket elsewhere: "
		    "mail of sendmail(1) is not accepted or not signed.",
		    is_chrooted ? "runs" : "does not run");
	else
		findings_add(pf->findings, "local-mail", FINDING_NOTE,
		    POSTFIX_AREA, "non_smtpd_milters", NULL, "Mail of "
		    "sendmail(1), as of cron and of web pages on this host, "
		    "does not pass our milter, so it is not signed. If it "
		    "should be, write a source with networks = { "
		    "\"127.0.0.1\" }, and then add our milter here.");
	check_internal(pf, is_signed);
	if (is_signed)
		check_submit_users(pf);
}

void
pf_check_filters(const struct pf *pf)
{
	size_t i;

	check_content_filter(pf);
	for (i = 0; i < pf->nservices; i++) {
		check_reinjection(pf, &pf->services[i]);
		check_reinjected_header(pf, &pf->services[i]);
	}
	check_local(pf);
}
