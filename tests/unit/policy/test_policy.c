/* SPDX-License-Identifier: ISC */

/*
 * policy_decide() on messages of every kind: what is decided, and the line
 * that explains it, from which source, factor and outcome can be read.
 */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/private.h"
#include "policy/policy.h"

/* Ids: ours, ours in 18, ours in other case (another organization), theirs. */
#define OURS	"00D5f000001AbCd"
#define OURS18	"00D5f000001AbCdEAK"
#define CASED	"00D5f000001abcd"
#define THEIRS	"00D8d000009XyZw"
#define LK(id)	"X-SFDC-LK: " id "\n"
#define RELAY(id) "X-SFDCOrgRelay: " id "\n"
#define BLOCK(id) LK(id) RELAY(id)
#define RULES(ids) \
	" header X-SFDC-LK { value = { " ids " } compare = salesforce-id }" \
	" header X-SFDCOrgRelay { value = { " ids " } optional = true" \
	" compare = salesforce-id }" \
	" header X-SFDC-TLS-NoRelay { compare = absent }"

enum { HEADER, AUTH, BOTH, MANY, GENERIC, NCONFIGS };

static const char *const texts[NCONFIGS] = {
	[HEADER] =
	    "source \"sf\" {" RULES(OURS18)
	    " networks = { 192.0.2.0/24, \"2001:db8:1::/48\" }"
	    " domains = { example.com, \"*.example.com\" } }",
	[AUTH] =
	    "source \"sf\" { login = { sfdc-relay, sfdc-two }"
	    RULES(OURS ", " THEIRS)
	    " domains = example.com }",
	[BOTH] =
	    "source \"sf\" { login = sfdc-relay" RULES(OURS)
	    " networks = 192.0.2.0/24"
	    " domains = example.com }",
	[MANY] =
	    "source \"prod\" {" RULES(OURS)
	    " networks = 192.0.2.0/24 domains = { example.com, example.org,"
	    " example.net } on_mismatch = tempfail }\n"
	    "source \"servers\" { networks = 10.0.0.0/8 trust_network = yes"
	    " domains = { example.com, example.edu }"
	    " on_mismatch = quarantine }\n"
	    "source \"sandbox\" { login = box domains = { example.com,"
	    " example.info } on_mismatch = reject }\n"
	    "source \"lax\" { login = lax domains = { example.org, "
	    "example.name } on_mismatch = pass }\n",
	[GENERIC] =
	    "source \"g\" { login = app"
	    " header \"X-Tenant\" { value = { abc, \"d e\" } }"
	    " header \"X-Guid\" { value = A1-B2 compare = nocase }"
	    " header \"X-Org\" { value = " OURS " compare = salesforce-id }"
	    " header \"X-Anonymous\" { compare = absent }"
	    " domains = example.com }",
};

#define SIGNED		ACTION_SIGN, "source \"sf\""
#define LENIENT		ACTION_SIGN, "source \"sf\", although header " \
			"X-SFDCOrgRelay is missing"
#define REFUSED(why)	ACTION_REJECT, "source \"sf\": " why
#define NOBODY		ACTION_PASS, "no source for this author domain"
#define REPEATED	": appears more than once"
#define ABSENT		": is missing"
#define DIFFERS		": value does not match the source"
#define NOT_IN		"networks: client address is not in the source's " \
			"networks"
#define NO_CLIENT	"networks: client address is unknown"
#define NO_LOGIN	"login: client did not log in"
#define OTHER_LOGIN	"login: login name is not one of the source's"
#define UNCLEAN		": contains characters that it cannot contain"
#define FORBIDDEN	": must not be present"
#define IN		"192.0.2.7"	/* an address of the networks */
#define OUT		"203.0.113.7"
#define GOOD		"X-Tenant: abc\nX-Guid: a1-b2\nX-Org: " OURS "\n"

static const struct {
	const char	*name;
	int		 config;
	const char	*client, *login, *headers, *domain;
	enum action	 action;
	const char	*why;
} cases[] = {
	/* The network. */
	{ "our block, our network", HEADER, IN, NULL, BLOCK(OURS),
	    "example.com", SIGNED },
	{ "first address", HEADER, "192.0.2.0", NULL, BLOCK(OURS),
	    "example.com", SIGNED },
	{ "last address", HEADER, "192.0.2.255", NULL, BLOCK(OURS),
	    "example.com", SIGNED },
	{ "address before", HEADER, "192.0.1.255", NULL, BLOCK(OURS),
	    "example.com", REFUSED(NOT_IN) },
	{ "address behind", HEADER, "192.0.3.0", NULL, BLOCK(OURS),
	    "example.com", REFUSED(NOT_IN) },
	{ "other network", HEADER, OUT, NULL, BLOCK(OURS),
	    "example.com", REFUSED(NOT_IN) },
	{ "no client address", HEADER, NULL, NULL, BLOCK(OURS),
	    "example.com", REFUSED(NO_CLIENT) },
	{ "IPv6 in", HEADER, "2001:db8:1::25", NULL, BLOCK(OURS),
	    "example.com", SIGNED },
	{ "IPv6 out", HEADER, "2001:db8:2::25", NULL, BLOCK(OURS),
	    "example.com", REFUSED(NOT_IN) },
	{ "IPv4-mapped in", HEADER, "::ffff:192.0.2.7", NULL, BLOCK(OURS),
	    "example.com", SIGNED },
	{ "IPv4-mapped out", HEADER, "::ffff:203.0.113.7", NULL, BLOCK(OURS),
	    "example.com", REFUSED(NOT_IN) },
	{ "IPv4-compatible is not mapped", HEADER, "::192.0.2.7", NULL,
	    BLOCK(OURS), "example.com", REFUSED(NOT_IN) },
	{ "loopback is no trust", HEADER, "127.0.0.1", NULL, BLOCK(OURS),
	    "example.com", REFUSED(NOT_IN) },
	{ "login does not replace network", HEADER, OUT, "sfdc-relay",
	    BLOCK(OURS), "example.com", REFUSED(NOT_IN) },

	/* The author domain. */
	{ "subdomain by wildcard", HEADER, IN, NULL, BLOCK(OURS),
	    "a.b.example.com", SIGNED },
	{ "look-alike behind", HEADER, IN, NULL, BLOCK(OURS),
	    "notexample.com", NOBODY },
	{ "look-alike before", HEADER, IN, NULL, BLOCK(OURS),
	    "example.com.example.net", NOBODY },
	{ "parent", HEADER, IN, NULL, BLOCK(OURS), "com", NOBODY },
	{ "nobody's domain", HEADER, IN, NULL, BLOCK(OURS), "example.org",
	    NOBODY },
	{ "nobody's domain, nothing else", HEADER, OUT, NULL, "",
	    "example.org", NOBODY },
	{ "no wildcard: subdomain", AUTH, NULL, "sfdc-relay", BLOCK(OURS),
	    "sub.example.com", NOBODY },

	/* The organization id. */
	{ "no X-SFDC-LK", HEADER, IN, NULL, "", "example.com",
	    REFUSED("header X-SFDC-LK" ABSENT) },
	{ "relay field only", HEADER, IN, NULL, RELAY(OURS), "example.com",
	    REFUSED("header X-SFDC-LK" ABSENT) },
	{ "another organization", HEADER, IN, NULL, BLOCK(THEIRS),
	    "example.com", REFUSED("header X-SFDC-LK" DIFFERS) },
	{ "id in other case", HEADER, IN, NULL, BLOCK(CASED),
	    "example.com", REFUSED("header X-SFDC-LK" DIFFERS) },
	{ "id in 18", HEADER, IN, NULL, BLOCK(OURS18), "example.com",
	    SIGNED },
	{ "id in 18, wrong suffix", HEADER, IN, NULL,
	    BLOCK("00D5f000001AbCdEAA"), "example.com",
	    REFUSED("header X-SFDC-LK" DIFFERS) },
	{ "id in 18, suffix in lower case", HEADER, IN, NULL,
	    BLOCK("00D5f000001AbCdeak"), "example.com",
	    REFUSED("header X-SFDC-LK" DIFFERS) },
	{ "id in 18 of other case", HEADER, IN, NULL,
	    BLOCK("00D5f000001abcdEAK"), "example.com",
	    REFUSED("header X-SFDC-LK" DIFFERS) },
	{ "15 and 18 together", HEADER, IN, NULL, LK(OURS) RELAY(OURS18),
	    "example.com", SIGNED },
	{ "id cut", HEADER, IN, NULL, BLOCK("00D5f000001AbC"),
	    "example.com", REFUSED("header X-SFDC-LK" DIFFERS) },
	{ "id and more", HEADER, IN, NULL, BLOCK("00D5f000001AbCd1"),
	    "example.com", REFUSED("header X-SFDC-LK" DIFFERS) },
	{ "two ids in a value", HEADER, IN, NULL,
	    LK("00D5f000001AbCd, 00D8d000009XyZw"), "example.com",
	    REFUSED("header X-SFDC-LK" DIFFERS) },
	{ "id with a comment", HEADER, IN, NULL,
	    LK("00D5f000001AbCd (ours)"), "example.com",
	    REFUSED("header X-SFDC-LK" DIFFERS) },
	{ "id in quotes", HEADER, IN, NULL, LK("\"00D5f000001AbCd\""),
	    "example.com", REFUSED("header X-SFDC-LK" DIFFERS) },
	{ "empty value", HEADER, IN, NULL, LK(""), "example.com",
	    REFUSED("header X-SFDC-LK" DIFFERS) },
	{ "blanks around", HEADER, IN, NULL, LK("  \t" OURS "\t ")
	    RELAY(OURS), "example.com", SIGNED },
	{ "folded before the value", HEADER, IN, NULL, LK("\r\n " OURS)
	    RELAY(OURS), "example.com", SIGNED },
	{ "folded inside the value", HEADER, IN, NULL,
	    LK("00D5f000\r\n 001AbCd"), "example.com",
	    REFUSED("header X-SFDC-LK" DIFFERS) },
	{ "8-bit octet", HEADER, IN, NULL, LK("00D5f000001AbC\xe9"),
	    "example.com", REFUSED("header X-SFDC-LK" UNCLEAN) },
	{ "full-width letters", HEADER, IN, NULL,
	    LK("\xef\xbc\x90\xef\xbc\x90" "D5f000001AbCd"), "example.com",
	    REFUSED("header X-SFDC-LK" UNCLEAN) },
	{ "control behind the id", HEADER, IN, NULL, LK(OURS "\x01"),
	    "example.com", REFUSED("header X-SFDC-LK" UNCLEAN) },
	{ "DEL behind the id", HEADER, IN, NULL, LK(OURS "\x7f"),
	    "example.com", REFUSED("header X-SFDC-LK" UNCLEAN) },
	{ "bare CR in the value", HEADER, IN, NULL, LK(OURS "\rx"),
	    "example.com", REFUSED("header X-SFDC-LK" UNCLEAN) },

	/* Names. */
	{ "name in other case", HEADER, IN, NULL,
	    "x-sfdc-lk: " OURS "\n" RELAY(OURS), "example.com", SIGNED },
	{ "name as re-cased", HEADER, IN, NULL,
	    "X-Sfdc-Lk: " OURS "\n" RELAY(OURS), "example.com", SIGNED },
	{ "blank before the colon", HEADER, IN, NULL,
	    "X-SFDC-LK \t: " OURS "\n" RELAY(OURS), "example.com", SIGNED },
	{ "template author's decoy", HEADER, IN, NULL,
	    "X-SFDC-X-LK: " OURS "\n", "example.com",
	    REFUSED("header X-SFDC-LK" ABSENT) },
	{ "decoy beside theirs", HEADER, IN, NULL,
	    "X-SFDC-X-LK: " OURS "\n" BLOCK(THEIRS), "example.com",
	    REFUSED("header X-SFDC-LK" DIFFERS) },
	{ "decoy beside ours", HEADER, IN, NULL,
	    BLOCK(OURS) "X-SFDC-X-LK: " THEIRS "\n", "example.com",
	    SIGNED },
	{ "longer name", HEADER, IN, NULL, "X-SFDC-LKX: " OURS "\n",
	    "example.com", REFUSED("header X-SFDC-LK" ABSENT) },
	{ "shorter name", HEADER, IN, NULL, "X-SFDC-L: " OURS "\n",
	    "example.com", REFUSED("header X-SFDC-LK" ABSENT) },
	{ "underscore", HEADER, IN, NULL, "X_SFDC_LK: " OURS "\n",
	    "example.com", REFUSED("header X-SFDC-LK" ABSENT) },
	{ "other fields of the block", HEADER, IN, NULL,
	    BLOCK(OURS) "X-SFDC-User: 0055f000002AbCd\nX-SFDCTLS: 0\n",
	    "example.com", SIGNED },
	{ "binding is no tenant", HEADER, IN, NULL,
	    "X-SFDC-Binding: " OURS "\n", "example.com",
	    REFUSED("header X-SFDC-LK" ABSENT) },

	/* Instances. */
	{ "twice, equal", HEADER, IN, NULL, LK(OURS) BLOCK(OURS),
	    "example.com", REFUSED("header X-SFDC-LK" REPEATED) },
	{ "twice, theirs first", HEADER, IN, NULL, LK(THEIRS) BLOCK(OURS),
	    "example.com", REFUSED("header X-SFDC-LK" REPEATED) },
	{ "twice, theirs last", HEADER, IN, NULL, BLOCK(OURS) LK(THEIRS),
	    "example.com", REFUSED("header X-SFDC-LK" REPEATED) },
	{ "twice, names of other case", HEADER, IN, NULL,
	    BLOCK(OURS) "x-sfdc-lk: " OURS "\n", "example.com",
	    REFUSED("header X-SFDC-LK" REPEATED) },
	{ "twice, one with a blank", HEADER, IN, NULL,
	    BLOCK(OURS) "X-SFDC-LK : " OURS "\n", "example.com",
	    REFUSED("header X-SFDC-LK" REPEATED) },
	{ "twice, one empty", HEADER, IN, NULL, BLOCK(OURS) LK(""),
	    "example.com", REFUSED("header X-SFDC-LK" REPEATED) },
	{ "twice, 15 and 18", HEADER, IN, NULL, BLOCK(OURS) LK(OURS18),
	    "example.com", REFUSED("header X-SFDC-LK" REPEATED) },
	{ "three times", HEADER, IN, NULL, LK(OURS) LK(OURS) BLOCK(OURS),
	    "example.com", REFUSED("header X-SFDC-LK" REPEATED) },

	/* The relay field, and the mark of mail that was for no relay. */
	{ "no relay field", HEADER, IN, NULL, LK(OURS), "example.com",
	    LENIENT },
	{ "relay field of another", HEADER, IN, NULL,
	    LK(OURS) RELAY(THEIRS), "example.com",
	    REFUSED("header X-SFDCOrgRelay" DIFFERS) },
	{ "relay field in other case", HEADER, IN, NULL,
	    LK(OURS) RELAY(CASED), "example.com",
	    REFUSED("header X-SFDCOrgRelay" DIFFERS) },
	{ "relay field twice", HEADER, IN, NULL, BLOCK(OURS) RELAY(OURS),
	    "example.com", REFUSED("header X-SFDCOrgRelay" REPEATED) },
	{ "relay field empty", HEADER, IN, NULL, LK(OURS) RELAY(""),
	    "example.com", REFUSED("header X-SFDCOrgRelay" DIFFERS) },
	{ "relay field unclean", HEADER, IN, NULL,
	    LK(OURS) RELAY(OURS "\xff"), "example.com",
	    REFUSED("header X-SFDCOrgRelay" UNCLEAN) },
	{ "not for a relay", HEADER, IN, NULL,
	    BLOCK(OURS) "X-SFDC-TLS-NoRelay: 1\n", "example.com",
	    REFUSED("header X-SFDC-TLS-NoRelay" FORBIDDEN) },
	{ "not for a relay, empty", HEADER, IN, NULL,
	    BLOCK(OURS) "x-sfdc-tls-norelay:\n", "example.com",
	    REFUSED("header X-SFDC-TLS-NoRelay" FORBIDDEN) },
	{ "not for a relay, twice", HEADER, IN, NULL,
	    LK(OURS) "X-SFDC-TLS-NoRelay: 1\nX-SFDC-TLS-NoRelay: 1\n",
	    "example.com", REFUSED("header X-SFDC-TLS-NoRelay" FORBIDDEN) },

	/* The login. */
	{ "login", AUTH, OUT, "sfdc-relay", BLOCK(OURS), "example.com",
	    SIGNED },
	{ "second login", AUTH, OUT, "sfdc-two", BLOCK(OURS),
	    "example.com", SIGNED },
	{ "second tenant", AUTH, OUT, "sfdc-two", BLOCK(THEIRS),
	    "example.com", SIGNED },
	{ "two tenants mixed", AUTH, OUT, "sfdc-two",
	    LK(OURS) RELAY(CASED), "example.com",
	    REFUSED("header X-SFDCOrgRelay" DIFFERS) },
	{ "login without address", AUTH, NULL, "sfdc-relay", BLOCK(OURS),
	    "example.com", SIGNED },
	{ "no login", AUTH, IN, NULL, BLOCK(OURS), "example.com",
	    REFUSED(NO_LOGIN) },
	{ "empty login", AUTH, IN, "", BLOCK(OURS), "example.com",
	    REFUSED(NO_LOGIN) },
	{ "login in other case", AUTH, IN, "SFDC-Relay", BLOCK(OURS),
	    "example.com", REFUSED(OTHER_LOGIN) },
	{ "login with more", AUTH, IN, "sfdc-relay@example.com",
	    BLOCK(OURS), "example.com", REFUSED(OTHER_LOGIN) },
	{ "login cut", AUTH, IN, "sfdc-rela", BLOCK(OURS), "example.com",
	    REFUSED(OTHER_LOGIN) },
	{ "login with a blank", AUTH, IN, "sfdc-relay ", BLOCK(OURS),
	    "example.com", REFUSED(OTHER_LOGIN) },
	{ "our login, nobody's id", AUTH, IN, "sfdc-relay", BLOCK(CASED),
	    "example.com", REFUSED("header X-SFDC-LK" DIFFERS) },
	{ "our login, no id", AUTH, IN, "sfdc-relay", "", "example.com",
	    REFUSED("header X-SFDC-LK" ABSENT) },

	/* All factors together. */
	{ "all hold", BOTH, IN, "sfdc-relay", BLOCK(OURS), "example.com",
	    SIGNED },
	{ "login and id, other network", BOTH, OUT, "sfdc-relay",
	    BLOCK(OURS), "example.com", REFUSED(NOT_IN) },
	{ "network and id, no login", BOTH, IN, NULL, BLOCK(OURS),
	    "example.com", REFUSED(NO_LOGIN) },
	{ "network and id, other login", BOTH, IN, "mallory", BLOCK(OURS),
	    "example.com", REFUSED(OTHER_LOGIN) },
	{ "our login, id of another", BOTH, IN, "sfdc-relay",
	    BLOCK(THEIRS), "example.com",
	    REFUSED("header X-SFDC-LK" DIFFERS) },
	{ "all differ", BOTH, OUT, "mallory", BLOCK(THEIRS), "example.com",
	    REFUSED(NOT_IN) },

	/* Several candidates. */
	{ "first candidate signs", MANY, IN, NULL, BLOCK(OURS),
	    "example.com", ACTION_SIGN, "source \"prod\"" },
	{ "second candidate signs", MANY, "10.1.2.3", NULL, "",
	    "example.com", ACTION_SIGN, "source \"servers\"" },
	{ "third candidate signs", MANY, OUT, "box", "", "example.com",
	    ACTION_SIGN, "source \"sandbox\"" },
	{ "first of two that hold", MANY, "10.1.2.3", "box", "",
	    "example.com", ACTION_SIGN, "source \"servers\"" },
	{ "none: strictest is reject", MANY, OUT, NULL, BLOCK(OURS),
	    "example.com", ACTION_REJECT,
	    "source \"prod\": " NOT_IN },
	{ "none: tempfail over pass", MANY, OUT, NULL, "", "example.org",
	    ACTION_TEMPFAIL, "source \"prod\": " NOT_IN },
	{ "one candidate: quarantine", MANY, OUT, NULL, "", "example.edu",
	    ACTION_QUARANTINE, "source \"servers\": " NOT_IN },
	{ "one candidate: tempfail", MANY, IN, NULL, LK(THEIRS),
	    "example.net", ACTION_TEMPFAIL,
	    "source \"prod\": header X-SFDC-LK" DIFFERS },
	{ "one candidate: pass", MANY, IN, NULL, "", "example.name",
	    ACTION_PASS, "source \"lax\": " NO_LOGIN },
	{ "a source of another domain", MANY, "10.1.2.3", NULL, "",
	    "example.info", ACTION_REJECT,
	    "source \"sandbox\": " NO_LOGIN },
	{ "second of two, pass is not asked", MANY, IN, "lax", "",
	    "example.org", ACTION_SIGN, "source \"lax\"" },
	{ "trusted network, forged id", MANY, "10.1.2.3", NULL,
	    BLOCK(THEIRS), "example.com", ACTION_SIGN,
	    "source \"servers\"" },

	/* Rules of the file itself. */
	{ "generic: all hold", GENERIC, OUT, "app", GOOD, "example.com",
	    ACTION_SIGN, "source \"g\"" },
	{ "generic: second value", GENERIC, OUT, "app",
	    "X-Tenant: d e\nX-Guid: A1-b2\nX-Org: " OURS18 "\n",
	    "example.com", ACTION_SIGN, "source \"g\"" },
	{ "generic: exact is exact", GENERIC, OUT, "app",
	    "X-Tenant: ABC\nX-Guid: A1-b2\nX-Org: " OURS "\n",
	    "example.com", ACTION_REJECT,
	    "source \"g\": header X-Tenant" DIFFERS },
	{ "generic: inner blanks count", GENERIC, OUT, "app",
	    "X-Tenant: d  e\nX-Guid: A1-b2\nX-Org: " OURS "\n",
	    "example.com", ACTION_REJECT,
	    "source \"g\": header X-Tenant" DIFFERS },
	{ "generic: nocase differs", GENERIC, OUT, "app",
	    "X-Tenant: abc\nX-Guid: A1-b3\nX-Org: " OURS "\n",
	    "example.com", ACTION_REJECT,
	    "source \"g\": header X-Guid" DIFFERS },
	{ "generic: absent one", GENERIC, OUT, "app",
	    "X-Tenant: abc\nX-Org: " OURS "\n", "example.com",
	    ACTION_REJECT, "source \"g\": header X-Guid" ABSENT },
	{ "generic: twice", GENERIC, OUT, "app", GOOD "X-Guid: a1-b2\n",
	    "example.com", ACTION_REJECT,
	    "source \"g\": header X-Guid" REPEATED },
	{ "generic: id of other case", GENERIC, OUT, "app",
	    "X-Tenant: abc\nX-Guid: A1-b2\nX-Org: " CASED "\n",
	    "example.com", ACTION_REJECT,
	    "source \"g\": header X-Org" DIFFERS },
	{ "generic: forbidden field", GENERIC, OUT, "app",
	    GOOD "X-Anonymous: yes\n", "example.com", ACTION_REJECT,
	    "source \"g\": header X-Anonymous" FORBIDDEN },
};

static struct config *configs[NCONFIGS];

static void
set_client(struct facts *facts, const char *text)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };

	if (text == NULL)
		facts_set_client(facts, NULL);
	else if (inet_pton(AF_INET, text, &sin.sin_addr) == 1)
		facts_set_client(facts, (struct sockaddr *)&sin);
	else {
		assert_int_equal(inet_pton(AF_INET6, text, &sin6.sin6_addr),
		    1);
		facts_set_client(facts, (struct sockaddr *)&sin6);
	}
}

/* Fields, one a line; CR LF blank goes on. */
static void
add_headers(struct facts *facts, const struct config *config,
    const char *headers)
{
	const char *colon, *end;

	while (*headers != '\0') {
		end = strchr(headers, '\n');
		while (end[-1] == '\r' && end[1] == ' ')
			end = strchr(end + 1, '\n');
		colon = strchr(headers, ':');
		assert_int_equal(facts_add_header(facts, config, headers,
		    (size_t)(colon - headers), colon + 1,
		    (size_t)(end - colon - 1)), 0);
		headers = end + 1;
	}
}

static void
set_author(struct facts *facts, const char *domain)
{
	facts->nfrom = 1;
	assert_int_equal(facts_add_author(facts, domain, domain), 0);
	/* Of nobody here: test_policy_claim.c has those that are. */
	facts->sender = SENDER_DOMAIN;
	strlcpy(facts->sender_domain.name, "bounce.example",
	    sizeof(facts->sender_domain.name));
	strlcpy(facts->sender_domain.organization, "bounce.example",
	    sizeof(facts->sender_domain.organization));
}

static void
decides(void **state)
{
	struct facts facts = { 0 };
	struct decision decision;
	char why[256];
	size_t n = sizeof(cases) / sizeof(cases[0]), i;

	(void)state;
	assert_true(n >= 100);
	for (i = 0; i < n; i++) {
		const struct config *config = configs[cases[i].config];

		facts_reset_message(&facts);
		set_client(&facts, cases[i].client);
		facts_set(&facts.login, cases[i].login);
		add_headers(&facts, config, cases[i].headers);
		set_author(&facts, cases[i].domain);
		policy_decide(&facts, config, &decision);
		policy_explain(&decision, &facts, why, sizeof(why));
		if (decision.action != cases[i].action ||
		    strcmp(why, cases[i].why) != 0)
			fail_msg("%s: %s, %s; wanted %s, %s", cases[i].name,
			    action_name(decision.action), why,
			    action_name(cases[i].action),
			    cases[i].why);
	}
	facts_finish(&facts);
}

/* What is proven and cannot be signed gets what its source says. */
static void
proven_faults_get_on_fault(void **state)
{
	static const struct {
		unsigned int faults;
		bool malformed;
		const char *why;
	} whole[] = {
		{ DKIMSIG_FAULT_BARE_CR, false, "a CR without LF" },
		{ DKIMSIG_FAULT_BARE_LF, false, "an LF without CR" },
		{ DKIMSIG_FAULT_NUL, false, "a NUL octet" },
		{ DKIMSIG_FAULT_CONTROL, false,
		    "a control character in the header" },
		{ DKIMSIG_FAULT_REPEATED, false,
		    "a header field that may appear once appears twice" },
		{ DKIMSIG_FAULT_BARE_LF | DKIMSIG_FAULT_LONG_LINE, false,
		    "an LF without CR" },
		{ 0, true, "a malformed header field" },
	};
	struct source source = configs[HEADER]->sources[0];
	const struct config config = { .sources = &source, .nsources = 1 };
	struct facts facts = { 0 };
	struct decision decision;
	char why[256], wanted[256];
	size_t i;

	(void)state;
	assert_int_equal(source.on_fault, ACTION_REJECT);
	for (i = 0; i < 4 * sizeof(whole) / sizeof(whole[0]); i++) {
		facts_reset_message(&facts);
		set_client(&facts, IN);
		add_headers(&facts, configs[HEADER], BLOCK(OURS));
		set_author(&facts, "example.com");
		facts.faults = whole[i / 4].faults;
		facts.malformed = whole[i / 4].malformed;
		source.on_fault = (enum action)(ACTION_PASS + i % 4);
		policy_decide(&facts, &config, &decision);
		policy_explain(&decision, &facts, why, sizeof(why));
		snprintf(wanted, sizeof(wanted), "not safe to sign: %s",
		    whole[i / 4].why);
		assert_int_equal(decision.action, source.on_fault);
		assert_int_equal(decision.reason, REASON_FAULT);
		assert_string_equal(why, wanted);
		/* A forgery gets no better for a fault. */
		set_client(&facts, OUT);
		policy_decide(&facts, &config, &decision);
		assert_int_equal(decision.action, ACTION_REJECT);
		assert_int_equal(decision.reason, REASON_MISMATCH);
	}
	facts_finish(&facts);
}

/* Nobody reads a domain there, so nobody is deceived. */
static void
no_author_passes(void **state)
{
	struct facts facts = { 0 };
	struct decision decision;
	char why[256];

	(void)state;
	set_client(&facts, IN);
	add_headers(&facts, configs[HEADER], BLOCK(OURS));
	policy_decide(&facts, configs[HEADER], &decision);
	policy_explain(&decision, &facts, why, sizeof(why));
	assert_int_equal(decision.action, ACTION_PASS);
	assert_string_equal(why, "no author: no From field");
	facts.nfrom = 1;
	policy_decide(&facts, configs[HEADER], &decision);
	policy_explain(&decision, &facts, why, sizeof(why));
	assert_int_equal(decision.action, ACTION_PASS);
	assert_string_equal(why, "no author: no address in From");
	facts_finish(&facts);
}

/* What is only fragile is signed. */
static void
fragile_mail_is_signed(void **state)
{
	struct facts facts = { 0 };
	struct decision decision;

	(void)state;
	set_client(&facts, IN);
	add_headers(&facts, configs[HEADER], BLOCK(OURS));
	set_author(&facts, "example.com");
	facts.faults = DKIMSIG_FAULT_LONG_LINE | DKIMSIG_FAULT_8BIT_BODY;
	policy_decide(&facts, configs[HEADER], &decision);
	assert_int_equal(decision.action, ACTION_SIGN);
	facts_finish(&facts);
}

/* Fields beyond those that are kept refuse, whatever they are. */
static void
overflow_refuses(void **state)
{
	struct facts facts = { 0 };
	struct decision decision;
	int i;

	(void)state;
	set_client(&facts, IN);
	add_headers(&facts, configs[HEADER], BLOCK(OURS));
	for (i = 2; i <= FACTS_MAX_HEADERS; i++)
		add_headers(&facts, configs[HEADER], RELAY(OURS));
	set_author(&facts, "example.com");
	policy_decide(&facts, configs[HEADER], &decision);
	assert_int_equal(decision.action, ACTION_REJECT);
	assert_int_equal(decision.reason, REASON_MISMATCH);
	assert_int_equal(decision.results[decision.failed].outcome,
	    OUTCOME_REPEATED);
	facts_finish(&facts);
}

/* The same id lost between two messages of one session. */
static void
second_message_starts_anew(void **state)
{
	struct facts facts = { 0 };
	struct decision decision;

	(void)state;
	set_client(&facts, IN);
	facts_set(&facts.login, "sfdc-relay");
	add_headers(&facts, configs[BOTH], BLOCK(OURS));
	set_author(&facts, "example.com");
	policy_decide(&facts, configs[BOTH], &decision);
	assert_int_equal(decision.action, ACTION_SIGN);

	facts_reset_message(&facts);
	facts_set(&facts.login, "sfdc-relay");
	add_headers(&facts, configs[BOTH], BLOCK(THEIRS));
	set_author(&facts, "example.com");
	policy_decide(&facts, configs[BOTH], &decision);
	assert_int_equal(decision.action, ACTION_REJECT);
	assert_int_equal(decision.results[decision.failed].outcome,
	    OUTCOME_DIFFERS);

	facts_reset_message(&facts);
	add_headers(&facts, configs[BOTH], BLOCK(OURS));
	set_author(&facts, "example.com");
	policy_decide(&facts, configs[BOTH], &decision);
	assert_int_equal(decision.results[decision.failed].factor,
	    FACTOR_LOGIN);
	assert_int_equal(decision.results[decision.failed].outcome,
	    OUTCOME_ABSENT);

	facts_reset_message(&facts);
	policy_decide(&facts, configs[BOTH], &decision);
	assert_int_equal(decision.reason, REASON_NO_AUTHOR);
	facts_finish(&facts);
}

static void
source_without_factors_never_signs(void **state)
{
	static const char *const domains[] = { "example.com" };
	const struct source source = {
		.name = "none", .domains = { domains, 1 },
		.on_mismatch = ACTION_REJECT
	};
	const struct config config = { .sources = &source, .nsources = 1 };
	struct facts facts = { 0 };
	struct decision decision;

	(void)state;
	set_author(&facts, "example.com");
	policy_decide(&facts, &config, &decision);
	assert_int_equal(decision.action, ACTION_REJECT);
	facts_finish(&facts);
}

static int
load_configs(void **state)
{
	size_t nfaults, i;

	(void)state;
	for (i = 0; i < NCONFIGS; i++) {
		configs[i] = config_load_text("test", texts[i],
		    strlen(texts[i]), stderr, &nfaults);
		if (configs[i] == NULL)
			return -1;
	}
	return 0;
}

static int
free_configs(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NCONFIGS; i++)
		config_unref(configs[i]);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides),
		cmocka_unit_test(proven_faults_get_on_fault),
		cmocka_unit_test(no_author_passes),
		cmocka_unit_test(fragile_mail_is_signed),
		cmocka_unit_test(overflow_refuses),
		cmocka_unit_test(second_message_starts_anew),
		cmocka_unit_test(source_without_factors_never_signs),
	};

	return cmocka_run_group_tests(tests, load_configs, free_configs);
}
