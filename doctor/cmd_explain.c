/* SPDX-License-Identifier: ISC */

/*
 * countersign-doctor explain: what the milter would do with the message on
 * standard input if it arrived as the options say.
 *
 * The options become facts in the way that Postfix's macros do; the rest is
 * the milter's own code.  With --sign, the process reads private keys, so it
 * first disables core dumps and tracing; then it prints the signed message.
 *
 * If the configuration or the message cannot be read, the command prints why
 * and exits with DOCTOR_NO.  It sends no mail and does not change the key
 * store.
 */

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "diagnose/mailfile.h"
#include "doctor.h"
#include "explain.h"
#include "message/answers.h"
#include "message/message.h"
#include "message/mta_facts.h"
#include "policy/facts.h"
#include "resolver/resolver.h"
#include "storepool.h"

struct explain_options {
	/* NULL if not given */
	const char	*client, *client_name, *helo;
	const char	*tls, *cert_cn, *cert_issuer;
	const char	*login, *daemon, *sender;
	bool		 sign;
};

enum { OPTION_CERT_CN = OPTION_OWN, OPTION_CERT_ISSUER, OPTION_CLIENT,
	OPTION_CLIENT_NAME, OPTION_DAEMON, OPTION_FROM, OPTION_HELO,
	OPTION_LOGIN, OPTION_SIGN, OPTION_TLS };

static const struct option options[] = {
	{ "cert-cn",	required_argument,	NULL, OPTION_CERT_CN },
	{ "cert-issuer", required_argument,	NULL, OPTION_CERT_ISSUER },
	{ "client",	required_argument,	NULL, OPTION_CLIENT },
	{ "client-name", required_argument,	NULL, OPTION_CLIENT_NAME },
	{ "config",	required_argument,	NULL, OPTION_CONFIG },
	{ "daemon",	required_argument,	NULL, OPTION_DAEMON },
	{ "dns",	required_argument,	NULL, OPTION_DNS },
	{ "from",	required_argument,	NULL, OPTION_FROM },
	{ "helo",	required_argument,	NULL, OPTION_HELO },
	{ "json",	optional_argument,	NULL, OPTION_JSON },
	{ "login",	required_argument,	NULL, OPTION_LOGIN },
	{ "no-color",	no_argument,		NULL, OPTION_NO_COLOR },
	{ "sign",	no_argument,		NULL, OPTION_SIGN },
	{ "tls",	required_argument,	NULL, OPTION_TLS },
	{ NULL,		0,			NULL, 0 }
};

/* Where to store the value of an option. */
static const char **
value_of(struct explain_options *given, int option)
{
	switch (option) {
	case OPTION_CERT_CN:
		return &given->cert_cn;
	case OPTION_CERT_ISSUER:
		return &given->cert_issuer;
	case OPTION_CLIENT:
		return &given->client;
	case OPTION_CLIENT_NAME:
		return &given->client_name;
	case OPTION_DAEMON:
		return &given->daemon;
	case OPTION_FROM:
		return &given->sender;
	case OPTION_HELO:
		return &given->helo;
	case OPTION_LOGIN:
		return &given->login;
	default:
		return &given->tls;
	}
}

static bool
read_options(struct explain_options *given, struct doctor *doctor, int argc,
    char **argv)
{
	int option;

	memset(given, 0, sizeof(*given));
	while ((option = doctor_next_option(doctor, &command_explain, argc,
	    argv)) != -1)
		if (option == OPTION_SIGN)
			given->sign = true;
		else
			*value_of(given, option) = optarg;
	if (!doctor_takes_message(&command_explain, argc))
		return false;
	if (given->sign && doctor->json) {
		warnx("explain: use --sign or --json, not both");
		return false;
	}
	return true;
}

/* Return the macro that Postfix would send; it trusts the certificate. */
static const char *
macro(void *arg, const char *name)
{
	const struct explain_options *given = arg;
	const struct {
		const char	*name, *value;
	} macros[] = {
		{ "v",			"Postfix" },
		{ "{client_name}",	given->client_name },
		{ "{client_resolve}",	"OK" },
		{ "{daemon_name}",	given->daemon },
		{ "{daemon_port}",	given->daemon },
		{ "{auth_authen}",	given->login },
		{ "{tls_version}",	given->tls },
		{ "{cert_subject}",	given->cert_cn },
		{ "{cert_issuer}",	given->cert_issuer },
	};
	size_t i;

	for (i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
		if (strcmp(macros[i].name, name) == 0)
			return macros[i].value;
	return NULL;
}

/* Set the client address; if it cannot be parsed, print why. */
static bool
set_client(struct facts *facts, const char *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	if (address == NULL)
		return true;
	if (inet_pton(AF_INET, address, &in.sin_addr) == 1)
		facts_set_client(facts, (struct sockaddr *)&in);
	else if (inet_pton(AF_INET6, address, &in6.sin6_addr) == 1)
		facts_set_client(facts, (struct sockaddr *)&in6);
	else {
		warnx("--client %s: not an IP address", address);
		return false;
	}
	return true;
}

static bool
check_tls_version(const char *tls)
{
	static const char *const versions[] = { "none", "TLSv1", "TLSv1.1",
	    "TLSv1.2", "TLSv1.3" };
	size_t i;

	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (tls == NULL || strcmp(tls, versions[i]) == 0)
			return true;
	warnx("--tls %s: not a TLS version: use TLSv1, TLSv1.1, TLSv1.2, "
	    "TLSv1.3 or none", tls);
	return false;
}

static int
make_facts(struct facts *facts, struct explain_options *given)
{
	if (!set_client(facts, given->client) ||
	    !check_tls_version(given->tls))
		return DOCTOR_USAGE;
	if (mta_facts_connect(facts, NULL, macro, given) != 0 ||
	    mta_facts_message(facts, given->helo, given->sender, macro,
	    given) != 0) {
		warnx("out of memory");
		return DOCTOR_NO;
	}
	return DOCTOR_YES;
}

/* Disable core dumps and tracing, as this process reads private keys. */
static bool
harden(void)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) == 0 &&
	    prctl(PR_SET_DUMPABLE, 0) == 0)
		return true;
	warn("cannot disable core dumps and tracing");
	return false;
}

/* Write text whose lines end with CRLF, with the line ends of the input. */
static void
write_lines(const struct mailfile *mail, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (mail->ends != MAILFILE_LF || text[i] != '\r' ||
		    i + 1 == len || text[i + 1] != '\n')
			(void)putchar(text[i]);
}

static void
write_field(const struct mailfile *mail, const char *name, size_t namelen,
    const char *value, size_t valuelen)
{
	(void)fwrite(name, 1, namelen, stdout);
	(void)putchar(':');
	write_lines(mail, value, valuelen);
	write_lines(mail, "\r\n", 2);
}

/* The lines of a signature's value end with LF alone. */
static void
write_signature(const struct mailfile *mail, const char *value)
{
	(void)fputs("DKIM-Signature:", stdout);
	for (; *value != '\0'; value++)
		if (*value == '\n')
			write_lines(mail, "\r\n", 2);
		else
			(void)putchar(*value);
	write_lines(mail, "\r\n", 2);
}

static bool
is_removed(const struct removals *removals, size_t field)
{
	size_t i;

	for (i = 0; i < removals->n; i++)
		if (removals->list[i].field == field)
			return removals->list[i].is_chosen;
	return false;
}

/* Write the message as the milter would pass it on. */
static void
write_signed(const struct explanation *x)
{
	const struct mailfile *mail = x->mail;
	const struct mailfield *f;
	size_t i;

	for (i = message_nsignatures(x->message); i-- > 0;)
		write_signature(mail, message_signature(x->message,
		    i)->value);
	for (i = 0; i < mail->nfields; i++) {
		f = &mail->fields[i];
		if (!is_removed(message_removals(x->message), i))
			write_field(mail, f->name, f->namelen, f->value,
			    f->valuelen);
	}
	write_lines(mail, "\r\n", 2);
	write_lines(mail, mail->body, mail->bodylen);
}

static void
say_why_not(const struct explanation *x)
{
	char why[MESSAGE_REASON_SIZE];

	explain_why(x, why, sizeof(why));
	if (x->fate.cause == CAUSE_SYSTEM &&
	    storepool_fault(x->pool) != NULL)
		warnx("not signed: %s", storepool_fault(x->pool));
	else if (x->fate.observed)
		warnx("not signed: mode = observe (%s)", why);
	else if (x->fate.cause == CAUSE_MISMATCH ||
	    x->fate.reason[0] == '\0')
		warnx("not signed: %s", why);
	else
		warnx("not signed: %s", x->fate.reason);
}

/* The factors whose option was not given, as a set of bits. */
static unsigned int
not_given(const struct explain_options *given)
{
	const struct {
		enum factor	 factor;
		const char	*value;
	} values[] = {
		{ FACTOR_NETWORKS,	given->client },
		{ FACTOR_PTR,		given->client_name },
		{ FACTOR_HELO,		given->helo },
		{ FACTOR_TLS,		given->tls },
		{ FACTOR_CERT_CN,	given->cert_cn },
		{ FACTOR_CERT_ISSUER,	given->cert_issuer },
		{ FACTOR_SPF,		given->client },
		{ FACTOR_LOGIN,		given->login },
		{ FACTOR_DAEMON,	given->daemon },
		{ FACTOR_ENVELOPE,	given->sender },
		{ FACTOR_BOUNCE,	given->sender },
	};
	unsigned int set = 0;
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (values[i].value == NULL)
			set |= 1u << values[i].factor;
	return set;
}

static int
report(struct explanation *x, const struct doctor *doctor,
    const struct explain_options *given)
{
	bool signs = explanation_signs(x);

	x->not_given = not_given(given);
	if (doctor->json)
		explain_print_json(stdout, x);
	else if (!given->sign)
		explain_print_text(stdout, x, doctor->colours);
	else if (signs)
		write_signed(x);
	else
		say_why_not(x);
	if (signs)
		return DOCTOR_YES;
	return explanation_awaits_dns(x) ? DOCTOR_NOT_YET : DOCTOR_NO;
}

static int
explain_mail(const struct config *config, struct facts *facts,
    const struct mailfile *mail, const struct doctor *doctor,
    const struct explain_options *given)
{
	const struct storepool_options store = {
		.keydir = config->keydir,
		.state_dir = config->state_dir,
		.keys_user = config->keys_user,
		.kek_file = config->kek_file,
		.expire = config->longest_expire,
		.sign = given->sign,
	};
	struct explanation x;
	struct dns_resolver *resolver;
	struct storepool *pool;
	char error[256];
	int status = DOCTOR_NO;

	if (answers_resolver_new(config, &doctor->dns, doctor->dns != NULL,
	    &resolver, error, sizeof(error)) != 0) {
		warnx("dns: %s", error);
		return DOCTOR_NO;
	}
	memset(&x, 0, sizeof(x));
	if ((pool = storepool_new(&store)) != NULL &&
	    explain(&x, config, facts, mail, pool, resolver))
		status = report(&x, doctor, given);
	else
		warnx("out of memory");
	explanation_finish(&x);
	storepool_free(pool);
	dns_resolver_free(resolver);
	return status;
}

static int
run(struct doctor *doctor, int argc, char **argv)
{
	struct explain_options given;
	const char *file, *why;
	struct config *config;
	struct facts facts;
	struct mailfile mail;
	size_t nfaults;
	int status;

	if (!read_options(&given, doctor, argc, argv))
		return DOCTOR_USAGE;
	file = doctor->config != NULL ? doctor->config : CONFIG_DEFAULT_FILE;
	memset(&facts, 0, sizeof(facts));
	if ((status = make_facts(&facts, &given)) != DOCTOR_YES) {
		facts_finish(&facts);
		return status;
	}
	status = DOCTOR_NO;
	if (given.sign && !harden())
		config = NULL;
	else if ((config = config_load(file, stderr, &nfaults)) == NULL)
		warnx("%s: %zu error%s", file, nfaults,
		    nfaults == 1 ? "" : "s");
	else if (!mailfile_read(&mail, stdin, &why))
		warnx("the message on standard input: %s", why);
	else {
		status = explain_mail(config, &facts, &mail, doctor, &given);
		mailfile_finish(&mail);
	}
	config_unref(config);
	facts_finish(&facts);
	return status;
}

const struct command command_explain = {
	.name = "explain",
	.synopsis = "explain [-c FILE] [--client ADDRESS] "
	    "[--client-name NAME] [--helo NAME] [--tls VERSION] "
	    "[--cert-cn NAME] [--cert-issuer NAME] [--login NAME] "
	    "[--daemon NAME] [--from SENDER] [--dns SERVER[@PORT]] "
	    "[--json | --sign] [--no-color] < MESSAGE",
	.options = options,
	.run = run,
};
