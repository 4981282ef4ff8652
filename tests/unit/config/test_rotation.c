/* SPDX-License-Identifier: ISC */

/*
 * The section "rotation" of countersign.conf: what it gives for a domain, and
 * each fault with its line.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/private.h"

#define DAY	86400

static struct config *
load(const char *text, char *buf, size_t bufsize)
{
	struct config *config;
	size_t nfaults;
	FILE *faults;

	memset(buf, 0, bufsize);
	assert_non_null(faults = fmemopen(buf, bufsize - 1, "w"));
	config = config_load_text("f", text, strlen(text), faults, &nfaults);
	fclose(faults);
	assert_true((config == NULL) == (nfaults > 0));
	return config;
}

static struct config *
load_good(const char *text)
{
	struct config *config;
	char printed[1024];

	if ((config = load(text, printed, sizeof(printed))) == NULL)
		fail_msg("%s\n%s", text, printed);
	return config;
}

static void
defaults(void **state)
{
	static const char *const texts[] = { "", "rotation { }" };
	const struct rotation *r;
	struct config *config;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		config = load_good(texts[i]);
		assert_int_equal(config->nrotations, 1);
		assert_int_equal(config->rotation_parallel, 16);
		assert_null(config->metrics_file);
		assert_null(config->notify_hook);
		assert_int_equal(config->sync_hosts.n, 0);
		assert_string_equal(config->sync_command.texts[0],
		    "/usr/bin/ssh");
		r = config_rotation(config, "example.com");
		assert_ptr_equal(r, config->rotations);
		assert_null(r->domain);
		assert_int_equal(r->every, 90 * DAY);
		assert_int_equal(r->rsa_bits, 2048);
		assert_true(r->wants_ed25519);
		assert_true(r->automatic);
		assert_int_equal(r->publish, ROTATION_MANUAL);
		assert_int_equal(r->publish_lead, ROTATION_AUTO);
		assert_int_equal(r->unreachable_after, 3 * 86400);
		assert_int_equal(r->retain, 8 * DAY);
		assert_int_equal(r->revoke_for, 30 * DAY);
		assert_null(r->disclose);
		assert_int_equal(r->queue_lifetime, ROTATION_AUTO);
		assert_int_equal(r->ttl, 3600);
		assert_null(r->update_server);
		assert_null(r->tsig_key);
		assert_null(r->hook);
		assert_null(r->cname_zone);
		assert_null(r->contact);
		assert_int_equal(r->servers.n, 0);
		assert_int_equal(r->check_resolvers.n, 0);
		assert_false(r->is_closed);
		config_unref(config);
	}
}

static const char whole[] =
    "rotation {\n"
    "  every = 30d algorithm = { rsa3072, ed25519 } automatic = off\n"
    "  publish = update publish_lead = 2h retain = 0s revoke_for = 2w\n"
    "  disclose = \"/srv/old\" queue_lifetime = 36h ttl = 90s\n"
    "  update_server = \"192.0.2.1@5353\" tsig_key = \"/t\"\n"
    "  cname_zone = \"_D.Example.NET\" "
    "servers = { \"192.0.2.1\", \"::1@53\" }\n"
    "  contact = \"dns+1@Example.com\"\n"
    "  check_resolvers = { \"192.0.2.9\", \"192.0.2.9@853#a.example\" }\n"
    "  parallel = 64 metrics_file = \"/m.prom\" notify_hook = \"/n\" "
    "  sync_hosts = { \"b.example\", c } "
    "  sync_command = { \"/bin/sh\", \"-c\", \"x\", \"-c\", HOST }\n"
    "  domain \"by.hook.example\" { publish = hook hook = \"/h\" }\n"
    "  domain \"*.Example.COM\" { every = 60d publish_lead = 0s\n"
    "    algorithm = both check_resolvers = none }\n"
    "  domain example.net {\n"
    "    disclose = no cname_zone = no update_server = auto servers = auto\n"
    "    publish_lead = auto queue_lifetime = auto algorithm = rsa4096\n"
    "    unreachable_after = never\n"
    "    automatic = yes ttl = 1d contact = a@b.example\n"
    "  }\n"
    "}\n";

static void
check_general(const struct rotation *r)
{
	assert_null(r->domain);
	assert_int_equal(r->line, 1);
	assert_int_equal(r->every, 30 * DAY);
	assert_int_equal(r->rsa_bits, 3072);
	assert_true(r->wants_ed25519);
	assert_false(r->automatic);
	assert_int_equal(r->publish, ROTATION_UPDATE);
	assert_int_equal(r->publish_lead, 7200);
	assert_int_equal(r->retain, 0);
	assert_int_equal(r->revoke_for, 14 * DAY);
	assert_string_equal(r->disclose, "/srv/old");
	assert_int_equal(r->queue_lifetime, 36 * 3600);
	assert_int_equal(r->ttl, 90);
	assert_string_equal(r->update_server, "192.0.2.1@5353");
	assert_string_equal(r->tsig_key, "/t");
	assert_null(r->hook);
	assert_string_equal(r->cname_zone, "_d.example.net");
	assert_string_equal(r->contact, "dns+1@Example.com");
	assert_int_equal(r->servers.n, 2);
	assert_string_equal(r->servers.texts[1], "::1@53");
	assert_int_equal(r->check_resolvers.n, 2);
	assert_string_equal(r->check_resolvers.texts[1],
	    "192.0.2.9@853#a.example");
	assert_false(r->is_closed);
}

/* What a section of a domain does not say is as for all. */
static void
whole_section(void **state)
{
	const struct rotation *r;
	struct config *config;

	(void)state;
	config = load_good(whole);
	assert_int_equal(config->nrotations, 4);
	assert_int_equal(config->rotation_parallel, 64);
	assert_int_equal(config->sync_hosts.n, 2);
	assert_string_equal(config->sync_hosts.texts[1], "c");
	assert_int_equal(config->sync_command.n, 5);
	assert_string_equal(config->sync_command.texts[0], "/bin/sh");
	assert_string_equal(config->metrics_file, "/m.prom");
	assert_string_equal(config->notify_hook, "/n");
	assert_int_equal(config->notify_line, 9);
	check_general(config_rotation(config, "example.org"));

	r = config_rotation(config, "a.b.example.com");
	assert_string_equal(r->domain, "*.example.com");
	assert_int_equal(r->line, 11);
	assert_int_equal(r->check_resolvers.n, 0);
	assert_true(r->is_closed);
	assert_int_equal(r->every, 60 * DAY);
	assert_int_equal(r->publish_lead, 0);
	assert_int_equal(r->rsa_bits, 2048);
	assert_int_equal(r->publish, ROTATION_UPDATE);
	assert_string_equal(r->tsig_key, "/t");
	assert_string_equal(r->cname_zone, "_d.example.net");

	r = config_rotation(config, "by.hook.example");
	assert_int_equal(r->publish, ROTATION_HOOK);
	assert_string_equal(r->hook, "/h");
	assert_null(r->tsig_key);
	assert_null(r->update_server);
	assert_int_equal(r->every, 30 * DAY);

	r = config_rotation(config, "example.net");
	assert_null(r->disclose);
	assert_null(r->cname_zone);
	assert_null(r->update_server);
	assert_string_equal(r->tsig_key, "/t");
	assert_int_equal(r->servers.n, 0);
	assert_int_equal(r->publish_lead, ROTATION_AUTO);
	assert_int_equal(r->queue_lifetime, ROTATION_AUTO);
	assert_int_equal(r->unreachable_after, ROTATION_NEVER);
	assert_int_equal(r->rsa_bits, 4096);
	assert_false(r->wants_ed25519);
	assert_true(r->automatic);
	assert_string_equal(r->contact, "a@b.example");
	assert_int_equal(r->ttl, DAY);
	config_unref(config);
}

static void
nearest_section(void **state)
{
	static const struct {
		const char *domain, *want;	/* NULL: that for all */
	} cases[] = {
		{ "example.com",	"example.com" },
		{ "a.example.com",	"*.example.com" },
		{ "b.a.example.com",	"*.a.example.com" },
		{ "c.b.a.example.com",	"*.a.example.com" },
		{ "x.b.example.com",	"*.example.com" },
		{ "mail.example.com",	"mail.example.com" },
		{ "a.mail.example.com",	"*.example.com" },
		{ "xexample.com",	NULL },
		{ "example.org",	NULL },
		{ "a.example.org",	"*.example.org" },
		{ "org",		NULL },
		{ "com",		NULL },
		{ "",			NULL },
		{ ".",			NULL },
	};
	static const char text[] = "rotation {\n"
	    "domain mail.example.com { } domain \"*.example.org\" { }\n"
	    "domain \"*.a.example.com\" { } domain \"*.example.com\" { }\n"
	    "domain example.com { } }\n";
	const struct rotation *r;
	struct config *config;
	char long_name[600];
	size_t i;

	(void)state;
	config = load_good(text);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r = config_rotation(config, cases[i].domain);
		if (cases[i].want == NULL) {
			if (r->domain != NULL)
				fail_msg("%s: %s", cases[i].domain, r->domain);
		} else if (r->domain == NULL ||
		    strcmp(r->domain, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].domain,
			    r->domain == NULL ? "none" : r->domain);
	}
	/* Longer than any name, but for its end. */
	memset(long_name, 'a', sizeof(long_name));
	strlcpy(long_name + 550, ".example.org", sizeof(long_name) - 550);
	long_name[100] = '.';
	assert_string_equal(config_rotation(config, long_name)->domain,
	    "*.example.org");
	config_unref(config);
}

/* Each by itself. */
static void
good_values(void **state)
{
	static const char *const texts[] = {
		"every = 3650d", "every = 1s", "algorithm = both",
		"algorithm = rsa2048", "algorithm = { ed25519, rsa2048 }",
		"algorithm = { rsa4096 }", "publish = manual",
		"publish = hook hook = /usr/bin/x",
		"publish = update tsig_key = /t",
		"publish = update tsig_key = /t update_server = 192.0.2.1",
		"publish = update tsig_key = /t update_server = \"::1@5\"",
		"publish_lead = 0s", "publish_lead = 89d",
		"every = 2s publish_lead = 1s", "queue_lifetime = 0s",
		"unreachable_after = 1h", "unreachable_after = never",
		"ttl = 1s", "ttl = 24h", "cname_zone = dkim.example.net",
		"servers = 192.0.2.1", "parallel = 1", "disclose = /",
		"check_resolvers = none", "check_resolvers = { none }",
		"check_resolvers = { 192.0.2.1, \"2001:db8::1@5353\" }",
		"check_resolvers = \"2620:fe::fe@853#dns.quad9.net\"",
		/* What is said for all may be meant for one. */
		"tsig_key = /t update_server = 192.0.2.1 hook = /h\n"
		    "domain a.example { publish = update }\n"
		    "domain b.example { publish = hook }",
		"publish = update tsig_key = /t domain a.b { automatic = no }",
		"cname_zone = keys.example.com domain example.com { }",
		"cname_zone = example.com domain xexample.com { }",
		"cname_zone = example.com domain \"*.example.com\" { }",
		"every = 1d domain a.example { every = 1h }",
		"cname_zone = d.example every = 4406401s",
		"cname_zone = d.example every = 35s signature_lifetime = 20s "
		    "queue_lifetime = 4s retain = 4s revoke_for = 4s ttl = 1s",
		"every = 1d domain a.example { cname_zone = d.example "
		    "every = 52d }",
	};
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		snprintf(text, sizeof(text), "rotation {\n%s\n}", texts[i]);
		config_unref(load_good(text));
	}
}

/* Each fault as "LINE TEXT", one a line; the text is in the section. */
static const struct {
	const char	*name, *text, *want;
} bad[] = {
	{ "unknown option", "evry = 1d\n", "1 did you mean \"every\"?" },
	{ "unknown in a domain", "\ndomain a.example {\nparallel = 1 }\n",
	    "3 it belongs in a section \"rotation\"" },
	{ "domain without title", "\ndomain { }\n",
	    "2 write domain \"...\" { ... }" },
	{ "list for a value", "every = { 1d, 2d }\n", "1 takes one value" },

	{ "every, no time", "every = 0s\n", "1 from 1s to 3650d" },
	{ "every, long", "every = 3651d\n", "1 from 1s to 3650d" },
	{ "every, no unit", "every = 90\n", "1 from 1s to 3650d" },
	{ "every, auto", "every = auto\n", "1 from 1s to 3650d" },
	{ "unreachable, short", "unreachable_after = 59m\n",
	    "1 from 1h to 3650d, or never" },
	{ "unreachable, no word", "unreachable_after = auto\n",
	    "1 from 1h to 3650d, or never" },
	{ "lead", "publish_lead = never\n", "1 up to 3650d, or auto" },
	{ "queue", "queue_lifetime = -1d\n", "1 up to 3650d, or auto" },
	{ "retain", "retain = 9999999999999999d\n", "1 up to 3650d" },
	{ "retain, negative", "retain = \"-1s\"\n", "1 up to 3650d" },
	{ "revoke_for", "revoke_for = auto\n", "1 up to 3650d" },
	{ "ttl, none", "ttl = 0s\n", "1 from 1s to 1d" },
	{ "ttl, long", "ttl = 25h\n", "1 from 1s to 1d" },

	{ "algorithm", "algorithm = rsa1024\n",
	    "1 both, rsa2048, rsa3072 or rsa4096" },
	{ "ed25519 alone", "\nalgorithm = ed25519\n",
	    "2 many receivers do not verify ed25519" },
	{ "two RSA", "algorithm = { rsa2048,\nrsa4096 }\n",
	    "2 keep one RSA and one ed25519" },
	{ "both and one", "algorithm = { both,\ned25519 }\n",
	    "2 keep one RSA and one ed25519" },
	{ "the same twice", "algorithm = { ed25519,\ned25519 }\n",
	    "2 keep one RSA and one ed25519" },
	{ "automatic", "automatic = maybe\n", "1 must be true or false" },
	{ "publish", "publish = dns\n", "1 manual, update or hook" },
	{ "disclose", "disclose = yes\n", "1 it must be no, or the path" },
	{ "relative paths", "tsig_key = t\nhook = h\nmetrics_file = m\n"
	    "notify_hook = n\n", "1 is relative\n2 is relative\n"
	    "3 is relative\n4 is relative" },
	{ "notify_hook in a domain", "\ndomain a.example {\n"
	    "notify_hook = \"/n\" }\n",
	    "3 it belongs in a section \"rotation\"" },
	{ "server", "update_server = ns.example.com\n",
	    "1 is not a DNS server" },
	{ "server, port", "update_server = \"192.0.2.1@0\"\n",
	    "1 is not a DNS server" },
	{ "servers", "servers = { 192.0.2.1,\nauto,\n192.0.2.1 }\n",
	    "2 is not a DNS server\n3 duplicate" },
	{ "many servers", "servers = { 10.0.0.1, 10.0.0.2, 10.0.0.3, "
	    "10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7, 10.0.0.8, 10.0.0.9, "
	    "10.0.0.10, 10.0.0.11, 10.0.0.12, 10.0.0.13, 10.0.0.14, "
	    "10.0.0.15, 10.0.0.16, 10.0.0.17 }\n", "1 more than 16" },
	{ "resolver", "check_resolvers = dns.example.com\n",
	    "1 is not a resolver" },
	{ "resolver, port", "check_resolvers = \"192.0.2.1@65536\"\n",
	    "1 is not a resolver" },
	{ "resolver over TLS, no port",
	    "check_resolvers = \"9.9.9.9#dns.quad9.net\"\n",
	    "1 address, port and name like \"9.9.9.9@853#dns.quad9.net\"" },
	{ "resolver over TLS, port",
	    "check_resolvers = \"9.9.9.9@x#dns.quad9.net\"\n",
	    "1 is not a resolver" },
	{ "resolver over TLS, no address",
	    "check_resolvers = \"dns.quad9.net@853#dns.quad9.net\"\n",
	    "1 is not a resolver" },
	{ "resolver over TLS, long",
	    "check_resolvers = \"1111:1111:1111:1111:1111:1111:1111:1111:1111:"
	    "1111:1111@853#dns.quad9.net\"\n", "1 address, port and name" },
	{ "resolver over TLS, name", "check_resolvers = \"9.9.9.9@853#\"\n",
	    "1 is not a DNS name" },
	{ "resolver over TLS, two names",
	    "check_resolvers = \"9.9.9.9@853#dns.a.example#b.example\"\n",
	    "1 is not a DNS name" },
	{ "none and a resolver", "check_resolvers = { 9.9.9.9,\nnone }\n",
	    "2 write none alone" },
	{ "resolvers", "check_resolvers = { 192.0.2.1,\n192.0.2.1 }\n",
	    "2 duplicate" },
	{ "many resolvers", "check_resolvers = { 10.0.0.1, 10.0.0.2, "
	    "10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7, 10.0.0.8, "
	    "10.0.0.9 }\n", "1 more than 8 resolvers" },
	{ "zone", "cname_zone = \"a b.example\"\n", "1 not a DNS name" },
	{ "zone, one label", "cname_zone = localhost\n", "1 not a DNS name" },
	{ "contact", "contact = dns\ncontact = a@b\n",
	    "1 one mail address\n2 duplicate" },
	{ "contact, option of a program", "contact = \"-f@example.com\"\n",
	    "1 one mail address" },
	{ "contact, header injection",
	    "contact = \"a@example.com Bcc:b\"\n",
	    "1 one mail address" },
	{ "contact, two", "contact = \"a@example.com,b@example.com\"\n",
	    "1 one mail address" },
	{ "contact, only half", "contact = \"@example.com\"\n",
	    "1 one mail address" },
	{ "contact, other half", "contact = \"dns@\"\n",
	    "1 one mail address" },
	{ "parallel", "parallel = 0\n", "1 a number from 1 to 64" },
	{ "parallel, many", "parallel = 65\n", "1 a number from 1 to 64" },
	{ "a host that is an option", "sync_hosts = \"-oProxyCommand=x\"\n",
	    "1 must be a name of letters" },
	{ "a host twice", "sync_hosts = { a, b, a }\n", "1 duplicate \"a\"" },
	{ "sync_command without a path", "sync_command = { ssh, HOST }\n",
	    "1 must begin with the full path" },
	{ "sync_command without the host", "sync_command = \"/bin/ssh\"\n",
	    "1 does not have the word HOST" },

	{ "update without a key", "\npublish = update\n",
	    "2 needs tsig_key = \"/PATH\"" },
	{ "hook without a program", "publish = hook\n",
	    "1 needs hook = \"/PATH\"" },
	{ "means of another way", "publish = hook hook = /h\ntsig_key = /t\n"
	    "update_server = 192.0.2.1\n",
	    "2 add publish = update\n3 add publish = update" },
	{ "hook by hand", "hook = /h\n", "1 add publish = hook" },
	{ "means of another way in a domain", "publish = update\n"
	    "tsig_key = /t domain a.example {\npublish = manual\n"
	    "tsig_key = /u }\n", "4 add publish = update" },
	{ "domain without a key", "domain a.example {\npublish = update }\n",
	    "2 needs tsig_key" },
	{ "no lead", "every = 1h\npublish_lead = 1h\n",
	    "1 not longer than \"publish_lead\"" },
	{ "no lead, by default", "\npublish_lead = 90d\n",
	    "2 not longer than \"publish_lead\"" },
	{ "no lead, in a domain", "publish_lead = 1h\ndomain a.example {\n"
	    "every = 30m }\ndomain b.example { }\n",
	    "3 not longer than \"publish_lead\"" },
	{ "zone is the domain", "cname_zone = Example.com\n"
	    "domain example.com { }\n", "2 set cname_zone = no" },
	{ "zone is where the CNAMEs are", "domain example.com {\n"
	    "cname_zone = x._domainkey.example.com }\n",
	    "2 hold the CNAMEs of example.com" },
	{ "too few selectors", "cname_zone = d.example\nevery = 50d\n",
	    "2 \"every\" is 4320000s, but behind CNAMEs a selector is in use "
	    "for 4406400s after its key retired: 1036800s until no mail is in "
	    "transit, 2592000s revoked, 691200s until it may be used again, "
	    "and 86400s by which a key may retire early" },
	{ "too few selectors, as keys may retire early",
	    "cname_zone = d.example\nevery = 51d\n",
	    "2 \"every\" is 4406400s, but behind CNAMEs" },
	{ "too few selectors, by the mail in transit", "signature_lifetime = "
	    "90d\ncname_zone = d.example\n", "1 7776000s, but behind CNAMEs" },
	{ "too few selectors, in a domain", "every = 30d\n"
	    "domain a.example {\ncname_zone = d.example }\n",
	    "3 2592000s, but behind CNAMEs" },
	/* What values say together is not judged then. */
	{ "a faulty value", "every = x\npublish = update\n", "1 \"every\"" },

	{ "domain of all", "\ndomain \"*\" { }\n", "2 would mean all domains" },
	{ "no domain", "\ndomain a_b { }\ndomain \"\" { }\n",
	    "2 is not a domain\n3 is not a domain" },
	{ "domain twice", "domain a.example { }\ndomain b.example { }\n"
	    "domain A.Example { }\ndomain \"*.a.example\" { }\n"
	    "domain a.example { }\n",
	    "3 already has a section on line 1\n5 already has a section on "
	    "line 3" },
	{ "cut off", "publish = update\ndomain a.example { ,\n",
	    "1 is never closed\n2 expected the name of an option or \"}\", "
	    "found \",\"" },
};

static void
compare_faults(const char *name, const char *printed, const char *want)
{
	char part[128], head[16];
	const char *text, *end, *line = printed, *line_end, *found;
	char *number_end;
	long number;

	for (; *want != '\0'; want = *end == '\0' ? end : end + 1) {
		number = strtol(want, &number_end, 10);
		text = number_end + 1;
		end = text + strcspn(text, "\n");
		snprintf(part, sizeof(part), "%.*s", (int)(end - text), text);
		snprintf(head, sizeof(head), "f:%ld: ", number);
		line_end = line + strcspn(line, "\n");
		found = strstr(line, part);
		if (strncmp(line, head, strlen(head)) != 0 || found == NULL ||
		    found > line_end)
			fail_msg("%s: wanted %s%s, got %s", name, head, part,
			    line);
		line = *line_end == '\0' ? line_end : line_end + 1;
	}
	if (*line != '\0')
		fail_msg("%s: one fault more: %s", name, line);
}

static void
reports_every_fault(void **state)
{
	char text[1024], printed[4096];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		/* The section begins on the first line of the text. */
		snprintf(text, sizeof(text), "rotation { %s }", bad[i].text);
		if (load(text, printed, sizeof(printed)) != NULL)
			fail_msg("%s: loaded", bad[i].name);
		compare_faults(bad[i].name, printed, bad[i].want);
	}
}

/* Each of many sections is found. */
static void
many_domains(void **state)
{
	struct config *config;
	char *text, name[32];
	size_t len = 0, i, n = 3000, size = 200000;

	(void)state;
	assert_non_null(text = malloc(size));
	len += (size_t)snprintf(text, size, "rotation {\n");
	for (i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, size - len,
		    "domain d%zu.example { every = %zus }\n", i, i + 1);
	snprintf(text + len, size - len, "}\n");
	config = load_good(text);
	assert_int_equal(config->nrotations, n + 1);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "d%zu.example", i);
		assert_int_equal(config_rotation(config, name)->every, i + 1);
	}
	config_unref(config);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(whole_section),
		cmocka_unit_test(nearest_section),
		cmocka_unit_test(good_values),
		cmocka_unit_test(reports_every_fault),
		cmocka_unit_test(many_domains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
