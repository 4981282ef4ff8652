/* SPDX-License-Identifier: ISC */

/*
 * Describe a factor: what the source requires, and what was found.
 *
 * Values of secret fields are never written, whether they come from the
 * configuration or from the message, and whatever rule names the field.
 */

#include "explain.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memstream.h"
#include "config/names.h"
#include "config/network.h"
#include "config/relation.h"

static void
put_list(FILE *fp, const struct text_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		(void)fprintf(fp, "%s%s", i == 0 ? "" : " or ",
		    list->texts[i]);
}

static void
put_names(FILE *fp, const char *const *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		(void)fprintf(fp, "%s%s", i == 0 ? "" : " ", names[i]);
}

static const char *
tls_name(enum tls_version version)
{
	switch (version) {
	case TLS_1_0:
		return "TLSv1";
	case TLS_1_1:
		return "TLSv1.1";
	case TLS_1_2:
		return "TLSv1.2";
	case TLS_1_3:
		return "TLSv1.3";
	case TLS_NONE:
		break;
	}
	return "none";
}

/* The number of results of the same factor before the i-th. */
static size_t
number_of(const struct explained_source *s, size_t i)
{
	size_t j, n = 0;

	for (j = 0; j < i; j++)
		n += s->results[j].factor == s->results[i].factor;
	return n;
}

static bool
is_secret(const struct explanation *x, const char *name)
{
	const struct text_list *secrets = &x->config->secret_names;

	return names_find(secrets, name, strlen(name)) < secrets->n;
}

/* -- What is required */

static void
required_networks(FILE *fp, const struct source *source)
{
	char text[NETWORK_TEXT_SIZE];
	size_t i;

	for (i = 0; i < source->nnetworks; i++) {
		network_print(&source->networks[i], text);
		if (source->networks[i].excluded)
			(void)fprintf(fp, "%snot %s", i == 0 ? "" : ", but ",
			    text);
		else
			(void)fprintf(fp, "%s%s", i == 0 ? "" : " or ", text);
	}
}

static void
required_authors(FILE *fp, const struct text_list *authors)
{
	bool is_excluded;
	size_t i;

	(void)fputs("only addresses like ", fp);
	for (i = 0; i < authors->n; i++) {
		is_excluded = authors->texts[i][0] == '!';
		(void)fprintf(fp, "%s%s%s", i == 0 ? "" : ", ",
		    is_excluded ? "not " : "",
		    authors->texts[i] + is_excluded);
	}
}

static void
required_header(FILE *fp, const struct explanation *x,
    const struct header_rule *rule)
{
	if (rule->compare == HEADER_ABSENT)
		(void)fputs("no such field", fp);
	else if (is_secret(x, rule->name))
		(void)fputs("a value that is not shown", fp);
	else
		put_list(fp, &rule->values);
	if (rule->compare != HEADER_ABSENT)
		(void)fputs(rule->optional ? ", at most once" :
		    ", exactly once", fp);
}

static void
required_dkim(FILE *fp, const struct dkim_rule *rule)
{
	(void)fputs("a valid signature of ", fp);
	put_list(fp, &rule->sdids);
	if (rule->selectors.n > 0) {
		(void)fputs(", selector ", fp);
		put_list(fp, &rule->selectors);
	}
	(void)fputs(", that covers ", fp);
	put_names(fp, rule->fields.texts, rule->fields.n);
	(void)fprintf(fp, "%s field that is signed here",
	    rule->fields.n > 0 ? " and every other" : "every");
	if (rule->leaves_out.n + rule->uncovered.n > 0) {
		(void)fputs(", except ", fp);
		put_names(fp, rule->leaves_out.texts, rule->leaves_out.n);
		(void)fputs(rule->leaves_out.n > 0 && rule->uncovered.n > 0 ?
		    " " : "", fp);
		put_names(fp, rule->uncovered.texts, rule->uncovered.n);
	}
	(void)fprintf(fp, "; at most %lld seconds old",
	    (long long)rule->max_age);
}

static void
put_required(FILE *fp, const struct explanation *x,
    const struct explained_source *s, size_t i)
{
	const struct source *source = s->source;

	switch (s->results[i].factor) {
	case FACTOR_NETWORKS:
		required_networks(fp, source);
		break;
	case FACTOR_PTR:
		put_list(fp, &source->ptr);
		break;
	case FACTOR_HELO:
		put_list(fp, &source->helo);
		break;
	case FACTOR_TLS:
		(void)fprintf(fp, "%s or later", tls_name(source->tls));
		break;
	case FACTOR_CERT_CN:
		put_list(fp, &source->cert_cn);
		break;
	case FACTOR_CERT_ISSUER:
		put_list(fp, &source->cert_issuer);
		break;
	case FACTOR_LOGIN:
		if (source->any_login)
			(void)fputs("any login that no source names", fp);
		put_list(fp, &source->login);
		break;
	case FACTOR_DAEMON:
		put_list(fp, &source->daemon);
		break;
	case FACTOR_ENVELOPE:
		put_list(fp, &source->envelope);
		break;
	case FACTOR_AUTHORS:
		required_authors(fp, &source->authors);
		break;
	case FACTOR_BOUNCE:
		(void)fputs("a bounce address of ", fp);
		put_list(fp, &source->bounce_ids);
		if (source->bounce != BOUNCE_REQUIRED)
			(void)fputs(", or no bounce address", fp);
		break;
	case FACTOR_HEADER:
		required_header(fp, x, &source->headers[number_of(s, i)]);
		break;
	case FACTOR_SECRET_HEADER:
		(void)fputs("the secret, exactly once", fp);
		break;
	case FACTOR_SPF:
		(void)fputs("an address in the SPF record of ", fp);
		put_list(fp, &source->spf);
		break;
	case FACTOR_DKIM:
		required_dkim(fp, s->results[i].dkim);
		break;
	}
}

/* -- What was found */

static void
put_text(FILE *fp, const char *text)
{
	(void)fputs(text == NULL ? "none" : *text == '\0' ? "<>" : text, fp);
}

static void
found_client(FILE *fp, const struct facts *facts)
{
	char text[INET6_ADDRSTRLEN];

	put_text(fp, facts->client_family == 0 ? NULL :
	    inet_ntop(facts->client_family, facts->client_address, text,
	    sizeof(text)));
}

/* The addresses that are judged. */
static void
found_authors(FILE *fp, const struct facts *facts, const struct source *source)
{
	const struct fact_address *address;
	size_t i, n = 0;

	for (i = 0; i < facts->naddresses; i++) {
		address = &facts->addresses[i];
		if (!source_allows(source, address->domain))
			continue;
		(void)fprintf(fp, "%s%s@%s", n++ == 0 ? "" : " and ",
		    address->local != NULL ? address->local :
		    "(uncertain)", address->domain);
	}
	if (facts->more_addresses)
		(void)fprintf(fp, "%sothers that readers may find", n == 0 ?
		    "" : ", and ");
	else if (n == 0)
		(void)fputs("none", fp);
}

/* Show all fields of that name, as there must be only one. */
static void
found_headers(FILE *fp, const struct explanation *x, const char *name)
{
	const struct facts *facts = x->facts;
	size_t i, n = 0;

	for (i = 0; i < facts->nheaders; i++) {
		if (strcasecmp(facts->headers[i].name, name) != 0)
			continue;
		if (!is_secret(x, name))
			(void)fprintf(fp, "%s\"%s\"", n > 0 ? " and " : "",
			    facts->headers[i].value);
		n++;
	}
	if (n == 0)
		(void)fputs("none", fp);
	else if (is_secret(x, name))
		(void)fprintf(fp, "%zu field%s, not shown", n,
		    n == 1 ? "" : "s");
}

static void
found_spf(FILE *fp, const struct facts *facts, const struct source *source)
{
	const struct fact_spf *spf;
	size_t i;

	if (facts->client_family == 0)
		(void)fputs("no client address to look up", fp);
	for (i = 0; facts->client_family != 0 && i < source->spf.n; i++) {
		spf = facts_spf(facts, source->spf.texts[i]);
		(void)fprintf(fp, "%s%s: %s", i == 0 ? "" : ", ",
		    source->spf.texts[i], spf == NULL ? "not checked" :
		    spf->text);
	}
}

static void
found_dkim(FILE *fp, const struct facts *facts)
{
	const struct fact_signature *s;
	size_t i;

	for (i = 0; i < facts->nsignatures; i++) {
		s = &facts->signatures[i];
		(void)fprintf(fp, "%sd=%s s=%s: %s", i == 0 ? "" : ", ",
		    s->sdid, s->selector, s->text);
		if (s->timestamp >= 0)
			(void)fprintf(fp, ", %lld seconds old",
			    (long long)(facts->now - s->timestamp));
		if (s->nleft_out > 0) {
			(void)fputs(", does not cover ", fp);
			put_names(fp, s->left_out, s->nleft_out);
		}
	}
	if (facts->nsignatures == 0)
		(void)fputs("no such signature", fp);
	if (facts->nskipped > 0)
		(void)fprintf(fp, ", and %zu that no source for this domain "
		    "accepts", facts->nskipped);
}

static void
put_found(FILE *fp, const struct explanation *x,
    const struct explained_source *s, size_t i)
{
	const struct facts *facts = x->facts;

	switch (s->results[i].factor) {
	case FACTOR_NETWORKS:
		found_client(fp, facts);
		break;
	case FACTOR_PTR:
		put_text(fp, facts->client_name);
		break;
	case FACTOR_HELO:
		put_text(fp, facts->helo);
		break;
	case FACTOR_TLS:
		(void)fputs(tls_name(facts->tls), fp);
		break;
	case FACTOR_CERT_CN:
		put_text(fp, facts->cert_cn);
		break;
	case FACTOR_CERT_ISSUER:
		put_text(fp, facts->cert_issuer);
		break;
	case FACTOR_LOGIN:
		put_text(fp, facts->login);
		break;
	case FACTOR_DAEMON:
		put_text(fp, facts->daemon_name != NULL ?
		    facts->daemon_name : facts->daemon_port);
		break;
	case FACTOR_ENVELOPE:
	case FACTOR_BOUNCE:
		put_text(fp, facts->envelope);
		break;
	case FACTOR_AUTHORS:
		found_authors(fp, facts, s->source);
		break;
	case FACTOR_HEADER:
	case FACTOR_SECRET_HEADER:
		found_headers(fp, x, s->results[i].name);
		break;
	case FACTOR_SPF:
		found_spf(fp, facts, s->source);
		break;
	case FACTOR_DKIM:
		found_dkim(fp, facts);
		break;
	}
}

const char *
explain_missing_option(const struct explanation *x,
    const struct factor_result *result)
{
	static const char *const options[] = {
		[FACTOR_NETWORKS]	= "--client",
		[FACTOR_PTR]		= "--client-name",
		[FACTOR_HELO]		= "--helo",
		[FACTOR_TLS]		= "--tls",
		[FACTOR_CERT_CN]	= "--cert-cn",
		[FACTOR_CERT_ISSUER]	= "--cert-issuer",
		[FACTOR_SPF]		= "--client",
		[FACTOR_LOGIN]		= "--login",
		[FACTOR_DAEMON]		= "--daemon",
		[FACTOR_ENVELOPE]	= "--from",
		[FACTOR_BOUNCE]		= "--from",
	};
	const size_t noptions = sizeof(options) / sizeof(options[0]);

	if (policy_outcome_is_good(result->outcome) ||
	    (x->not_given & 1u << result->factor) == 0 ||
	    (size_t)result->factor >= noptions)
		return NULL;
	return options[result->factor];
}

void
explain_why(const struct explanation *x, char *buf, size_t bufsize)
{
	const struct decision *decision = message_decision(x->message);
	const struct factor_result *failed;
	const char *option;

	policy_explain(decision, x->facts, buf, bufsize);
	if ((decision->reason != REASON_MISMATCH &&
	    decision->reason != REASON_UNKNOWN) ||
	    decision->failed >= decision->nresults)
		return;
	failed = &decision->results[decision->failed];
	if ((option = explain_missing_option(x, failed)) != NULL)
		(void)snprintf(buf, bufsize, "source \"%s\": %s: not given: "
		    "%s", decision->source->name,
		    policy_factor_name(failed->factor), option);
}

static char *
to_text(void (*write)(FILE *, const struct explanation *,
    const struct explained_source *, size_t), const struct explanation *x,
    const struct explained_source *s, size_t i)
{
	char *text = NULL;
	size_t len;
	FILE *fp;

	if ((fp = memstream_open(&text, &len)) == NULL)
		return NULL;
	write(fp, x, s, i);
	(void)memstream_close(fp, &text);
	return text;
}

char *
explain_required(const struct explanation *x, const struct explained_source *s,
    size_t i)
{
	return to_text(put_required, x, s, i);
}

char *
explain_found(const struct explanation *x, const struct explained_source *s,
    size_t i)
{
	return to_text(put_found, x, s, i);
}
