/* SPDX-License-Identifier: ISC */

/*
 * What the sources need from Postfix: TLS, certificates of clients, logins.
 *
 * A source that requires something that no service can offer never matches.
 * It is enough if one service that has our milter offers it, because others may
 * be for other sources.
 */

#include <stdio.h>
#include <string.h>

#include "chain/postfix_area.h"

static bool
offers_tls(const struct pf *pf, const struct pf_service *s)
{
	const char *level = postfix_service_parameter(pf->postfix, s->service,
	    "smtpd_tls_security_level");

	/* "smtpd_tls_wrappermode", and the names that came before levels. */
	return strcmp(level, "may") == 0 || strcmp(level, "encrypt") == 0 ||
	    (level[0] == '\0' && (postfix_is_yes(postfix_service_parameter(
	    pf->postfix, s->service, "smtpd_use_tls")) ||
	    postfix_is_yes(postfix_service_parameter(pf->postfix, s->service,
	    "smtpd_enforce_tls"))));
}

static bool
has_certificate(const struct pf *pf, const struct pf_service *s)
{
	static const char *const names[] = { "smtpd_tls_chain_files",
	    "smtpd_tls_cert_file", "smtpd_tls_eccert_file" };
	const char *value;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = postfix_service_parameter(pf->postfix, s->service,
		    names[i]);
		if (value[0] != '\0' && strcmp(value, "none") != 0)
			return true;
	}
	return false;
}

static bool
asks_certificate(const struct pf *pf, const struct pf_service *s)
{
	return postfix_is_yes(postfix_service_parameter(pf->postfix,
	    s->service, "smtpd_tls_ask_ccert")) ||
	    postfix_is_yes(postfix_service_parameter(pf->postfix, s->service,
	    "smtpd_tls_req_ccert"));
}

static bool
takes_logins(const struct pf *pf, const struct pf_service *s)
{
	return postfix_is_yes(postfix_service_parameter(pf->postfix,
	    s->service, "smtpd_sasl_auth_enable"));
}

/* Whether a service that has our milter does. */
static bool
any(const struct pf *pf, bool (*does)(const struct pf *,
    const struct pf_service *))
{
	size_t i;

	for (i = 0; i < pf->nservices; i++)
		if (pf_signs(&pf->services[i]) && does(pf, &pf->services[i]))
			return true;
	return false;
}

static void
check_tls(const struct pf *pf, const struct source *source)
{
	char fix[CHAIN_FIX_SIZE];

	if (source == NULL)
		return;
	if (!any(pf, has_certificate))
		findings_add(pf->findings, "tls", FINDING_PROBLEM,
		    POSTFIX_AREA, "smtpd_tls_chain_files", NULL, "Source "
		    "\"%s\" requires TLS, but Postfix has no certificate to "
		    "offer it with. Set smtpd_tls_chain_files to the key and "
		    "the certificates.", source->name);
	else if (!any(pf, offers_tls))
		findings_add(pf->findings, "tls", FINDING_PROBLEM,
		    POSTFIX_AREA, "smtpd_tls_security_level", pf_fix_set(pf,
		    "smtpd_tls_security_level", "may", fix, sizeof(fix)),
		    "Source \"%s\" requires TLS, but no service that has our "
		    "milter offers it.", source->name);
	else
		findings_add(pf->findings, "tls", FINDING_WELL, POSTFIX_AREA,
		    "smtpd_tls_security_level", NULL, "TLS is offered, as "
		    "source \"%s\" requires", source->name);
}

static void
check_certificates(const struct pf *pf, const struct source *source)
{
	char fix[CHAIN_FIX_SIZE];

	if (source == NULL)
		return;
	if (!any(pf, asks_certificate))
		findings_add(pf->findings, "client-certificates",
		    FINDING_PROBLEM, POSTFIX_AREA, "smtpd_tls_ask_ccert",
		    pf_fix_set(pf, "smtpd_tls_ask_ccert", "yes", fix,
		    sizeof(fix)), "Source \"%s\" requires a certificate of "
		    "the client, but Postfix does not ask for one.",
		    source->name);
	else if (postfix_parameter(pf->postfix, "smtpd_tls_CAfile")[0] ==
	    '\0' && postfix_parameter(pf->postfix,
	    "smtpd_tls_CApath")[0] == '\0')
		findings_add(pf->findings, "client-certificates",
		    FINDING_PROBLEM, POSTFIX_AREA, "smtpd_tls_CAfile", NULL,
		    "Source \"%s\" requires a certificate of the client, but "
		    "Postfix trusts no authority that could have issued it. "
		    "Set smtpd_tls_CAfile.", source->name);
	else
		findings_add(pf->findings, "client-certificates",
		    FINDING_WELL, POSTFIX_AREA, "smtpd_tls_ask_ccert", NULL,
		    "certificates are asked for, as source \"%s\" requires",
		    source->name);
}

static void
check_logins(const struct pf *pf, const struct source *source)
{
	if (source == NULL)
		return;
	if (any(pf, takes_logins))
		findings_add(pf->findings, "sasl", FINDING_WELL, POSTFIX_AREA,
		    "smtpd_sasl_auth_enable", NULL, "logins are accepted, as "
		    "source \"%s\" requires", source->name);
	else
		findings_add(pf->findings, "sasl", FINDING_PROBLEM,
		    POSTFIX_AREA, "smtpd_sasl_auth_enable", NULL, "Source "
		    "\"%s\" requires a login, but no service that has our "
		    "milter accepts one. Set up SASL as "
		    "https://www.postfix.org/SASL_README.html describes, with "
		    "smtpd_sasl_auth_enable = yes.", source->name);
}

/* Which addresses a login may use is also a matter of Postfix. */
static void
check_login_maps(const struct pf *pf)
{
	size_t i;

	for (i = 0; i < pf->nservices; i++) {
		if (!pf_signs(&pf->services[i]) ||
		    !takes_logins(pf, &pf->services[i]))
			continue;
		if (postfix_service_parameter(pf->postfix,
		    pf->services[i].service,
		    "smtpd_sender_login_maps")[0] != '\0')
			findings_add(pf->findings, "sender-login-maps",
			    FINDING_WELL, POSTFIX_AREA, pf->services[i].name,
			    NULL, "envelope senders belong to logins");
		else
			findings_add(pf->findings, "sender-login-maps",
			    FINDING_NOTE, POSTFIX_AREA, pf->services[i].name,
			    NULL, "Each login may use any envelope sender. Our "
			    "sources limit the domains of From; to limit the "
			    "envelope, too, set smtpd_sender_login_maps and "
			    "reject_sender_login_mismatch.");
	}
}

void
pf_check_logins(const struct pf *pf)
{
	struct chain_needs needs;

	if (!pf_any_signs(pf))
		return;
	chain_find_needs(pf->chain->config, &needs);
	check_tls(pf, needs.tls);
	check_certificates(pf, needs.certificate);
	check_logins(pf, needs.login);
	check_login_maps(pf);
}
