/* SPDX-License-Identifier: ISC */

/*
 * Milter macros to facts.
 *
 * Postfix: {cert_subject} and {cert_issuer} are common names, sent only if the
 * certificate is trusted.  There is no {verify}.  {daemon_name} must be read
 * when the client connects, because at the end of a message it is that of
 * cleanup(8).  {client_name} is forward-confirmed, else "unknown".
 *
 * Sendmail: {cert_subject} is an encoded distinguished name, sent even if the
 * certificate did not verify; {verify} is "OK" if it did.  The common names are
 * {cn_subject} and {cn_issuer}, in the same encoding ("+20" for a blank).
 * {client_name} is confirmed if {client_resolve} is "OK".
 *
 * The client certificate and the TLS version are read for each message, because
 * STARTTLS may come after the first one, and neither MTA sends them at end of
 * message.  {client_addr} and {mail_addr} are requested although no fact needs
 * them: if no requested macro has a value, the MTA sends none, and libmilter
 * then still has those of the previous message, including its login.
 */

#include "message/mta_facts.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/organization.h"
#include "dkimsig/dkimsig.h"
#include "text/text.h"

const struct mta_macros mta_macros[] = {
	{ MTA_CONNECT,		"v {daemon_name} {daemon_port} {client_name} "
	    "{client_resolve}" },
	{ MTA_MAIL_FROM,	"{auth_authen} {client_addr} {mail_addr} "
	    "{tls_version} {verify} {cn_subject} {cn_issuer} "
	    "{cert_subject} {cert_issuer}" },
	{ MTA_END_OF_HEADER,	"i" },
	{ MTA_END_OF_MESSAGE,	"i" },
};

const size_t mta_nmacros = sizeof(mta_macros) / sizeof(mta_macros[0]);

static bool
has_value(const char *value)
{
	return value != NULL && value[0] != '\0';
}

int
mta_facts_connect(struct facts *facts, const char *name, mta_macro_fn *macro,
    void *arg)
{
	const char *confirmed = macro(arg, "{client_name}");
	const char *resolve = macro(arg, "{client_resolve}");

	if (!has_value(confirmed))
		confirmed = name;
	/*
	 * Unless the MTA confirmed that the name resolves to the address, it
	 * is whatever the owner of the address wrote into DNS.
	 */
	if (!has_value(confirmed) || strcasecmp(confirmed, "unknown") == 0 ||
	    confirmed[0] == '[' || resolve == NULL ||
	    strcmp(resolve, "OK") != 0)
		confirmed = NULL;
	if (facts_set(&facts->client_name, confirmed) != 0 ||
	    facts_set(&facts->daemon_name, macro(arg, "{daemon_name}")) != 0 ||
	    facts_set(&facts->daemon_port, macro(arg, "{daemon_port}")) != 0)
		return -1;
	return 0;
}

static enum tls_version
parse_tls(const char *text)
{
	static const struct {
		const char *name;
		enum tls_version version;
	} versions[] = {
		{ "TLSv1.3",	TLS_1_3 },
		{ "TLSv1.2",	TLS_1_2 },
		{ "TLSv1.1",	TLS_1_1 },
	};
	size_t i;

	if (!has_value(text) || strcasecmp(text, "none") == 0)
		return TLS_NONE;
	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (strcasecmp(text, versions[i].name) == 0)
			return versions[i].version;
	/* An unknown version counts as the oldest. */
	return TLS_1_0;
}

/* xtext allows only capital hex digits. */
static int
hex_digit(char c)
{
	return c >= 'a' ? -1 : text_hex(c);
}

/* Decode xtext (RFC 3461 section 4) in place; false if it is malformed or
 * contains a NUL. */
static bool
decode_xtext(char *text)
{
	const char *in;
	int high, low;

	for (in = text; *in != '\0'; in++) {
		if (*in != '+') {
			*text++ = *in;
			continue;
		}
		if ((high = hex_digit(in[1])) < 0 ||
		    (low = hex_digit(in[2])) < 0 || high + low == 0)
			return false;
		*text++ = (char)(high << 4 | low);
		in += 2;
	}
	*text = '\0';
	return true;
}

static int
set_xtext(char **fact, const char *text)
{
	if (facts_set(fact, text) != 0)
		return -1;
	if (*fact != NULL && !decode_xtext(*fact))
		return facts_set(fact, NULL);
	return 0;
}

/* The names of a certificate that the MTA trusts. */
static int
set_certificate(struct facts *facts, mta_macro_fn *macro, void *arg)
{
	const char *verify = macro(arg, "{verify}"), *mta = macro(arg, "v");

	if (has_value(verify)) {
		if (strcmp(verify, "OK") != 0)
			return 0;
		return set_xtext(&facts->cert_cn,
		    macro(arg, "{cn_subject}")) != 0 ||
		    set_xtext(&facts->cert_issuer,
		    macro(arg, "{cn_issuer}")) != 0 ? -1 : 0;
	}
	/* No other MTA is known to send only trusted certificates. */
	if (mta == NULL || strncmp(mta, "Postfix", 7) != 0)
		return 0;
	return facts_set(&facts->cert_cn, macro(arg, "{cert_subject}")) != 0 ||
	    facts_set(&facts->cert_issuer, macro(arg, "{cert_issuer}")) != 0 ?
	    -1 : 0;
}

/* Store the envelope sender without its angle brackets. */
static int
set_envelope(struct facts *facts, const char *sender)
{
	size_t len;

	if (facts_set(&facts->envelope, sender) != 0)
		return -1;
	if (facts->envelope == NULL || facts->envelope[0] != '<')
		return 0;
	len = strlen(facts->envelope);
	if (facts->envelope[len - 1] == '>')
		len--;
	memmove(facts->envelope, facts->envelope + 1, len - 1);
	facts->envelope[len - 1] = '\0';
	return 0;
}

/* Whether MTAs accept it as a domain, though it may not be one in DNS. */
static bool
is_plain_domain(const char *text, size_t len)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._[]:";

	return len > 0 && len < DKIMSIG_DOMAIN_SIZE && text[0] != '.' &&
	    strspn(text, letters) == strlen(text) &&
	    strstr(text, "..") == NULL && memchr(text, '.', len) != NULL;
}

/*
 * Set the domain that SPF is checked for.  It is only compared, never signed
 * for, so "_" and address literals are accepted.  A name of one label is
 * uncertain, as is a sender without a domain: an MTA may add its own domain.
 */
static int
set_sender_domain(struct facts *facts)
{
	struct fact_domain *domain = &facts->sender_domain;
	const char *at;
	size_t len, i;
	int r;

	facts->sender = SENDER_NULL;
	if (!has_value(facts->envelope))
		return 0;
	facts->sender = SENDER_UNCERTAIN;
	if ((at = strrchr(facts->envelope, '@')) == NULL)
		return 0;
	at++;
	len = strlen(at);
	r = dkimsig_domain_normalize(at, len, domain->name,
	    sizeof(domain->name));
	if (r == DKIMSIG_E_NOMEM)
		return -1;
	if (r != 0) {
		if (len > 0 && at[len - 1] == '.')
			len--;
		if (!is_plain_domain(at, len))
			return 0;
		for (i = 0; i < len; i++)
			domain->name[i] = text_lower(at[i]);
		domain->name[len] = '\0';
	}
	organization_of(domain->name, domain->organization);
	facts->sender = SENDER_DOMAIN;
	return 0;
}

int
mta_facts_message(struct facts *facts, const char *helo, const char *sender,
    mta_macro_fn *macro, void *arg)
{
	facts->tls = parse_tls(macro(arg, "{tls_version}"));
	if (facts_set(&facts->helo, helo) != 0 ||
	    facts_set(&facts->login, macro(arg, "{auth_authen}")) != 0 ||
	    set_certificate(facts, macro, arg) != 0 ||
	    set_envelope(facts, sender) != 0 ||
	    set_sender_domain(facts) != 0)
		return -1;
	return 0;
}
