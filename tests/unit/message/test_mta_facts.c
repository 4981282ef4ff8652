/* SPDX-License-Identifier: ISC */

/*
 * Macros of Postfix and Sendmail, and what becomes of them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "message/mta_facts.h"

#define POSTFIX	"v=Postfix 3.7.11"
#define SENDMAIL "v=8.17.1.9"

/* The value of a macro in a list of "name=value". */
static const char *
get(void *arg, const char *macro)
{
	const char *const *list = arg;
	size_t len = strlen(macro);

	for (; *list != NULL; list++)
		if (strncmp(*list, macro, len) == 0 && (*list)[len] == '=')
			return *list + len + 1;
	return NULL;
}

static void
assert_text(const char *name, const char *found, const char *wanted)
{
	if (found == NULL ? wanted != NULL : wanted == NULL ||
	    strcmp(found, wanted) != 0)
		fail_msg("%s: %s, not %s", name, found != NULL ? found :
		    "nothing", wanted != NULL ? wanted : "nothing");
}

static const struct {
	const char	*name, *argument;
	const char	*macros[8];
	const char	*client, *daemon, *port;
} connects[] = {
	{ "nothing", NULL, { NULL }, NULL, NULL, NULL },
	{ "Postfix", "mx.example.net", { POSTFIX,
	    "{client_name}=mx.example.net", "{client_resolve}=OK",
	    "{daemon_name}=sfdc", "{daemon_port}=25" },
	    "mx.example.net", "sfdc", "25" },
	{ "unknown", "[192.0.2.1]", { POSTFIX, "{client_name}=unknown",
	    "{client_resolve}=FAIL" }, NULL, NULL, NULL },
	{ "name that does not lead back", "mx.example.net", { SENDMAIL,
	    "{client_name}=mx.example.net", "{client_resolve}=FORGED" },
	    NULL, NULL, NULL },
	{ "no word of the MTA", "mx.example.net", { SENDMAIL,
	    "{client_name}=mx.example.net" }, NULL, NULL, NULL },
	{ "name by the callback alone", "mx.example.net", { SENDMAIL,
	    "{client_resolve}=OK" }, "mx.example.net", NULL, NULL },
	{ "an address is no name", "[192.0.2.1]", { SENDMAIL,
	    "{client_resolve}=OK" }, NULL, NULL, NULL },
};

static void
each_connect(void **state)
{
	struct facts facts = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(connects) / sizeof(connects[0]); i++) {
		assert_int_equal(mta_facts_connect(&facts,
		    connects[i].argument, get,
		    (void *)(uintptr_t)connects[i].macros), 0);
		assert_text(connects[i].name, facts.client_name,
		    connects[i].client);
		assert_text(connects[i].name, facts.daemon_name,
		    connects[i].daemon);
		assert_text(connects[i].name, facts.daemon_port,
		    connects[i].port);
	}
	facts_finish(&facts);
}

static const struct {
	const char	*name, *sender;
	const char	*macros[8];
	enum tls_version tls;
	const char	*cn, *issuer, *login, *envelope;
} messages[] = {
	{ "nothing", NULL, { NULL }, TLS_NONE, NULL, NULL, NULL, NULL },
	{ "senders", "<a@b.example>", { POSTFIX }, TLS_NONE, NULL, NULL, NULL,
	    "a@b.example" },
	{ "no brackets", "a@b.example", { POSTFIX }, TLS_NONE, NULL, NULL,
	    NULL, "a@b.example" },
	{ "the null sender", "<>", { POSTFIX }, TLS_NONE, NULL, NULL, NULL,
	    "" },
	{ "half a bracket", "<", { POSTFIX }, TLS_NONE, NULL, NULL, NULL,
	    "" },
	{ "a login", "<>", { POSTFIX, "{auth_authen}=relay" }, TLS_NONE, NULL,
	    NULL, "relay", "" },
	{ "Postfix names the trusted alone", "<>", { POSTFIX,
	    "{tls_version}=TLSv1.3", "{cert_subject}=mail.example",
	    "{cert_issuer}=A CA" }, TLS_1_3, "mail.example", "A CA", NULL, "" },
	{ "Postfix has no xtext", "<>", { POSTFIX,
	    "{cert_subject}=a+20b" }, TLS_NONE, "a+20b", NULL, NULL, "" },
	{ "Sendmail, verified", "<>", { SENDMAIL, "{verify}=OK",
	    "{tls_version}=TLSv1.2", "{cn_subject}=mail.example",
	    "{cn_issuer}=A+20CA", "{cert_subject}=/CN=x" }, TLS_1_2,
	    "mail.example", "A CA", NULL, "" },
	{ "Sendmail, not verified", "<>", { SENDMAIL, "{verify}=FAIL",
	    "{tls_version}=TLSv1.2", "{cn_subject}=mail.example" }, TLS_1_2,
	    NULL, NULL, NULL, "" },
	{ "Sendmail, no certificate", "<>", { SENDMAIL, "{verify}=NO",
	    "{cert_subject}=mail.example" }, TLS_NONE, NULL, NULL, NULL, "" },
	{ "Sendmail, silent about it", "<>", { SENDMAIL,
	    "{cn_subject}=mail.example", "{cert_subject}=mail.example" },
	    TLS_NONE, NULL, NULL, NULL, "" },
	{ "a hidden NUL", "<>", { SENDMAIL, "{verify}=OK",
	    "{cn_subject}=mail.example+00.evil" }, TLS_NONE, NULL, NULL, NULL,
	    "" },
	{ "no xtext", "<>", { SENDMAIL, "{verify}=OK",
	    "{cn_subject}=mail+2", "{cn_issuer}=a+zz" }, TLS_NONE, NULL, NULL,
	    NULL, "" },
	{ "an old TLS", "<>", { POSTFIX, "{tls_version}=TLSv1.1" }, TLS_1_1,
	    NULL, NULL, NULL, "" },
	{ "an unknown TLS is worth little", "<>", { POSTFIX,
	    "{tls_version}=TLSv9" }, TLS_1_0, NULL, NULL, NULL, "" },
	{ "TLS of no version", "<>", { SENDMAIL, "{tls_version}=NONE" },
	    TLS_NONE, NULL, NULL, NULL, "" },
	{ "another MTA", "<>", { "v=Frobnicate 1",
	    "{cert_subject}=mail.example" }, TLS_NONE, NULL, NULL, NULL, "" },
};

static void
each_message(void **state)
{
	struct facts facts = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		assert_int_equal(mta_facts_message(&facts, "mx.example",
		    messages[i].sender, get,
		    (void *)(uintptr_t)messages[i].macros), 0);
		assert_text(messages[i].name, facts.helo, "mx.example");
		assert_text(messages[i].name, facts.cert_cn, messages[i].cn);
		assert_text(messages[i].name, facts.cert_issuer,
		    messages[i].issuer);
		assert_text(messages[i].name, facts.login, messages[i].login);
		assert_text(messages[i].name, facts.envelope,
		    messages[i].envelope);
		assert_int_equal(facts.tls, messages[i].tls);
		facts_reset_message(&facts);
	}
	facts_finish(&facts);
}

static const struct {
	const char	*sender;	/* as the callback has it */
	enum sender_kind kind;
	const char	*name, *organization;
} senders[] = {
	{ NULL,				SENDER_NULL,	"", "" },
	{ "<>",				SENDER_NULL,	"", "" },
	{ "<b@example.com>",		SENDER_DOMAIN,	"example.com",
	    "example.com" },
	{ "b@example.com",		SENDER_DOMAIN,	"example.com",
	    "example.com" },
	{ "<b@Mail.Example.CO.UK.>",	SENDER_DOMAIN,	"mail.example.co.uk",
	    "example.co.uk" },
	{ "<\"a@example.org\"@example.com>", SENDER_DOMAIN, "example.com",
	    "example.com" },
	{ "<SRS0=1a=2b=example.org=b@example.com>", SENDER_DOMAIN,
	    "example.com", "example.com" },
	{ "<b@b\303\274cher.example>",	SENDER_DOMAIN,
	    "xn--bcher-kva.example", "xn--bcher-kva.example" },
	/* No names of ours, but they are compared. */
	{ "<b@my_host.Example.com>",	SENDER_DOMAIN,	"my_host.example.com",
	    "example.com" },
	{ "<b@[192.0.2.1]>",		SENDER_DOMAIN,	"[192.0.2.1]", NULL },
	/* The MTA may add its own domain, or read one where we do not. */
	{ "<b>",			SENDER_UNCERTAIN, NULL, NULL },
	{ "<example.com!b>",		SENDER_UNCERTAIN, NULL, NULL },
	{ "<b%example.com>",		SENDER_UNCERTAIN, NULL, NULL },
	{ "<b@>",			SENDER_UNCERTAIN, NULL, NULL },
	{ "<b@www>",			SENDER_UNCERTAIN, NULL, NULL },
	{ "<b@www.>",			SENDER_UNCERTAIN, NULL, NULL },
	{ "<b@example..com>",		SENDER_UNCERTAIN, NULL, NULL },
	{ "<b@.example.com>",		SENDER_UNCERTAIN, NULL, NULL },
	{ "<b@example.com..>",		SENDER_UNCERTAIN, NULL, NULL },
	{ "<b@exa mple.com>",		SENDER_UNCERTAIN, NULL, NULL },
	{ "<b@example\343\200\202com>",	SENDER_UNCERTAIN, NULL, NULL },
	{ "<b@\377.example.com>",	SENDER_UNCERTAIN, NULL, NULL },
};

static void
each_sender(void **state)
{
	const char *const none[] = { NULL };
	struct facts facts = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(senders) / sizeof(senders[0]); i++) {
		assert_int_equal(mta_facts_message(&facts, NULL,
		    senders[i].sender, get, (void *)(uintptr_t)none), 0);
		if (facts.sender != senders[i].kind)
			fail_msg("%s: kind %d", senders[i].sender,
			    facts.sender);
		if (senders[i].name != NULL)
			assert_text(senders[i].sender,
			    facts.sender_domain.name, senders[i].name);
		if (senders[i].organization != NULL)
			assert_text(senders[i].sender,
			    facts.sender_domain.organization,
			    senders[i].organization);
		facts_reset_message(&facts);
	}
	facts_finish(&facts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_connect),
		cmocka_unit_test(each_message),
		cmocka_unit_test(each_sender),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
