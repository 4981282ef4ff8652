/* SPDX-License-Identifier: ISC */

/*
 * policy_decide() on one source: each factor that needs no DNS, with what
 * matches, what does not, and what is absent, repeated or malformed.
 */

#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policycase.h"

#define RUN(table)	policycase_run(table, sizeof(table) / sizeof(table[0]))

#define V4(a, b, c, d, bits, not)	{ .family = AF_INET, \
	    .address = { a, b, c, d }, .prefix_length = bits, .excluded = not }
#define V6(last, bits, not)	{ .family = AF_INET6, .address = { \
	    0x20, 0x01, 0x0d, 0xb8, [15] = last }, .prefix_length = bits, \
	    .excluded = not }
#define NETWORKS(...)	.networks = (const struct network[]){ __VA_ARGS__ }, \
	    .nnetworks = sizeof((const struct network[]){ __VA_ARGS__ }) / \
	    sizeof(struct network)

static const struct source in_networks = SOURCE(NETWORKS(
    V4(192, 0, 2, 0, 24, false), V4(192, 0, 2, 64, 26, true),
    V4(203, 0, 113, 7, 32, false), V6(0, 32, false), V6(9, 128, true)));
static const struct source in_all = SOURCE(NETWORKS(V4(0, 0, 0, 0, 0,
    false)));
static const struct source not_there = SOURCE(NETWORKS(
    V4(192, 0, 2, 0, 24, true)));

static const struct policycase networks[] = {
	{ "in", &in_networks, { .client = "192.0.2.1" }, SIGNS },
	{ "first", &in_networks, { .client = "192.0.2.0" }, SIGNS },
	{ "last", &in_networks, { .client = "192.0.2.255" }, SIGNS },
	{ "before", &in_networks, { .client = "192.0.1.255" },
	    FAILS(NETWORKS, DIFFERS) },
	{ "behind", &in_networks, { .client = "192.0.3.0" },
	    FAILS(NETWORKS, DIFFERS) },
	{ "excluded", &in_networks, { .client = "192.0.2.64" },
	    FAILS(NETWORKS, DIFFERS) },
	{ "last excluded", &in_networks, { .client = "192.0.2.127" },
	    FAILS(NETWORKS, DIFFERS) },
	{ "behind excluded", &in_networks, { .client = "192.0.2.128" },
	    SIGNS },
	{ "one address", &in_networks, { .client = "203.0.113.7" }, SIGNS },
	{ "beside it", &in_networks, { .client = "203.0.113.6" },
	    FAILS(NETWORKS, DIFFERS) },
	{ "mapped", &in_networks, { .client = "::ffff:192.0.2.1" }, SIGNS },
	{ "mapped, excluded", &in_networks,
	    { .client = "::ffff:192.0.2.65" }, FAILS(NETWORKS, DIFFERS) },
	{ "compatible is not mapped", &in_networks,
	    { .client = "::192.0.2.1" }, FAILS(NETWORKS, DIFFERS) },
	{ "NAT64 is not mapped", &in_networks,
	    { .client = "64:ff9b::192.0.2.1" }, FAILS(NETWORKS, DIFFERS) },
	{ "IPv6", &in_networks, { .client = "2001:db8:1::25" }, SIGNS },
	{ "IPv6, excluded", &in_networks, { .client = "2001:db8::9" },
	    FAILS(NETWORKS, DIFFERS) },
	{ "IPv6, out", &in_networks, { .client = "2001:db9::1" },
	    FAILS(NETWORKS, DIFFERS) },
	{ "IPv4 octets as IPv6", &in_networks, { .client = "c000:201::" },
	    FAILS(NETWORKS, DIFFERS) },
	{ "absent", &in_networks, { .client = NULL },
	    FAILS(NETWORKS, ABSENT) },
	{ "name is no address", &in_networks, { .ptr = "192.0.2.1",
	    .helo = "192.0.2.1" }, FAILS(NETWORKS, ABSENT) },
	{ "all of IPv4", &in_all, { .client = "198.51.100.1" }, SIGNS },
	{ "all of IPv4, IPv6", &in_all, { .client = "2001:db8::1" },
	    FAILS(NETWORKS, DIFFERS) },
	{ "anywhere but", &not_there, { .client = "198.51.100.1" }, SIGNS },
	{ "anywhere but there", &not_there, { .client = "192.0.2.9" },
	    FAILS(NETWORKS, DIFFERS) },
	{ "anywhere but, absent", &not_there, { .client = NULL },
	    FAILS(NETWORKS, ABSENT) },
};

static const struct source by_ptr = SOURCE(.ptr =
    TEXTS("*.mx.example.net", "out.example.net"));
static const struct source by_helo = SOURCE(.helo =
    TEXTS("mx*.example.net", "[192.0.2.1]"));
static const struct source by_tls = SOURCE(.tls = TLS_1_2);
static const struct source by_old_tls = SOURCE(.tls = TLS_1_0);
static const struct source by_cn = SOURCE(.cert_cn =
    TEXTS("*.example.net", "mx.example.org"));
static const struct source by_issuer = SOURCE(.cert_issuer =
    TEXTS("Example CA 1", "Example * Root"));

static const struct policycase hops[] = {
	{ "ptr", &by_ptr, { .ptr = "a.mx.example.net" }, SIGNS },
	{ "ptr, two labels", &by_ptr, { .ptr = "a.b.mx.example.net" },
	    SIGNS },
	{ "ptr, second", &by_ptr, { .ptr = "OUT.example.net." }, SIGNS },
	{ "ptr, parent", &by_ptr, { .ptr = "mx.example.net" },
	    FAILS(PTR, DIFFERS) },
	{ "ptr, look-alike", &by_ptr, { .ptr = "amx.example.net" },
	    FAILS(PTR, DIFFERS) },
	{ "ptr, in front", &by_ptr,
	    { .ptr = "a.mx.example.net.evil.example" },
	    FAILS(PTR, DIFFERS) },
	{ "ptr, malformed", &by_ptr, { .ptr = "a..mx.example.net" },
	    FAILS(PTR, DIFFERS) },
	{ "ptr, empty", &by_ptr, { .ptr = "" }, FAILS(PTR, ABSENT) },
	{ "ptr, absent", &by_ptr, { .helo = "a.mx.example.net" },
	    FAILS(PTR, ABSENT) },

	{ "helo", &by_helo, { .helo = "mx1.example.net" }, SIGNS },
	{ "helo, case", &by_helo, { .helo = "MX.EXAMPLE.NET" }, SIGNS },
	{ "helo, literal", &by_helo, { .helo = "[192.0.2.1]" }, SIGNS },
	{ "helo, other literal", &by_helo, { .helo = "[192.0.2.2]" },
	    FAILS(HELO, DIFFERS) },
	{ "helo, a label more", &by_helo, { .helo = "mx.1.example.net" },
	    FAILS(HELO, DIFFERS) },
	{ "helo, malformed", &by_helo, { .helo = "mx1.example.net\t" },
	    FAILS(HELO, DIFFERS) },
	{ "helo, two dots", &by_helo, { .helo = "mx1.example.net.." },
	    FAILS(HELO, DIFFERS) },
	{ "helo, a dot", &by_helo, { .helo = "." }, FAILS(HELO, DIFFERS) },
	{ "helo, empty", &by_helo, { .helo = "" }, FAILS(HELO, ABSENT) },
	{ "helo, absent", &by_helo, { .ptr = "mx1.example.net" },
	    FAILS(HELO, ABSENT) },

	{ "tls", &by_tls, { .tls = TLS_1_2 }, SIGNS },
	{ "tls, newer", &by_tls, { .tls = TLS_1_3 }, SIGNS },
	{ "tls, older", &by_tls, { .tls = TLS_1_1 }, FAILS(TLS, DIFFERS) },
	{ "tls, oldest", &by_tls, { .tls = TLS_1_0 }, FAILS(TLS, DIFFERS) },
	{ "tls, absent", &by_tls, { .cn = "a" }, FAILS(TLS, ABSENT) },
	{ "tls, any", &by_old_tls, { .tls = TLS_1_0 }, SIGNS },
	{ "tls, any, absent", &by_old_tls, { .tls = TLS_NONE },
	    FAILS(TLS, ABSENT) },

	{ "cert_cn", &by_cn, { .cn = "a.example.net" }, SIGNS },
	{ "cert_cn, a wildcard itself", &by_cn, { .cn = "*.example.net" },
	    SIGNS },
	{ "cert_cn, second", &by_cn, { .cn = "Mx.Example.Org" }, SIGNS },
	{ "cert_cn, wider wildcard", &by_cn, { .cn = "*.net" },
	    FAILS(CERT_CN, DIFFERS) },
	{ "cert_cn, differs", &by_cn, { .cn = "example.net" },
	    FAILS(CERT_CN, DIFFERS) },
	{ "cert_cn, two names", &by_cn,
	    { .cn = "a.example.net,CN=evil.example" },
	    FAILS(CERT_CN, DIFFERS) },
	{ "cert_cn, malformed", &by_cn, { .cn = "a.example.net\n" },
	    FAILS(CERT_CN, DIFFERS) },
	{ "cert_cn, empty", &by_cn, { .cn = "" }, FAILS(CERT_CN, ABSENT) },
	{ "cert_cn, absent", &by_cn, { .issuer = "a.example.net",
	    .tls = TLS_1_3 }, FAILS(CERT_CN, ABSENT) },

	{ "cert_issuer", &by_issuer, { .issuer = "Example CA 1" }, SIGNS },
	{ "cert_issuer, pattern", &by_issuer,
	    { .issuer = "example x. y Root" }, SIGNS },
	{ "cert_issuer, differs", &by_issuer, { .issuer = "Example CA 2" },
	    FAILS(CERT_ISSUER, DIFFERS) },
	{ "cert_issuer, more", &by_issuer, { .issuer = "Example CA 1x" },
	    FAILS(CERT_ISSUER, DIFFERS) },
	{ "cert_issuer, malformed", &by_issuer,
	    { .issuer = "Example\x01" "CA 1" },
	    FAILS(CERT_ISSUER, DIFFERS) },
	{ "cert_issuer, empty", &by_issuer, { .issuer = "" },
	    FAILS(CERT_ISSUER, ABSENT) },
	{ "cert_issuer, absent", &by_issuer, { .cn = "Example CA 1" },
	    FAILS(CERT_ISSUER, ABSENT) },
};

static const struct source by_login = SOURCE(.login = TEXTS("one", "two"));
static const struct source by_any_login = SOURCE(.any_login = true,
    .platform_logins = TEXTS("one", "two@relay.example"));
static const struct source by_any_login_alone = SOURCE(.any_login = true);
static const struct source by_daemon = SOURCE(.daemon =
    TEXTS("relay-in", "10025"));
static const struct source by_envelope = SOURCE(.envelope =
    TEXTS("*@bounce.example.com", "app@example.com"));
static const struct source by_envelope_or_null = SOURCE(.envelope =
    TEXTS("<>", "*@bounce.example.com"));

static const struct policycase sessions[] = {
	{ "login", &by_login, { .login = "one" }, SIGNS },
	{ "login, second", &by_login, { .login = "two" }, SIGNS },
	{ "login, case", &by_login, { .login = "One" },
	    FAILS(LOGIN, DIFFERS) },
	{ "login, more", &by_login, { .login = "one@example.com" },
	    FAILS(LOGIN, DIFFERS) },
	{ "login, cut", &by_login, { .login = "on" },
	    FAILS(LOGIN, DIFFERS) },
	{ "login, star", &by_login, { .login = "*" },
	    FAILS(LOGIN, DIFFERS) },
	{ "login, malformed", &by_login, { .login = "one\r" },
	    FAILS(LOGIN, DIFFERS) },
	{ "login, both", &by_login, { .login = "one two" },
	    FAILS(LOGIN, DIFFERS) },
	{ "login, empty", &by_login, { .login = "" }, FAILS(LOGIN, ABSENT) },
	{ "login, absent", &by_login, { .client = "127.0.0.1" },
	    FAILS(LOGIN, ABSENT) },

	{ "any login", &by_any_login, { .login = "alice" }, SIGNS },
	{ "any login, other realm", &by_any_login,
	    { .login = "two@example.com" }, SIGNS },
	{ "any login, a platform's", &by_any_login, { .login = "one" },
	    FAILS(LOGIN, FORBIDDEN) },
	{ "any login, a platform's in other case", &by_any_login,
	    { .login = "ONE" }, FAILS(LOGIN, FORBIDDEN) },
	{ "any login, a platform's with a realm", &by_any_login,
	    { .login = "one@relay.example" }, FAILS(LOGIN, FORBIDDEN) },
	{ "any login, a platform's without it", &by_any_login,
	    { .login = "two" }, FAILS(LOGIN, FORBIDDEN) },
	{ "any login, empty", &by_any_login, { .login = "" },
	    FAILS(LOGIN, ABSENT) },
	{ "any login, absent", &by_any_login, { .client = "127.0.0.1" },
	    FAILS(LOGIN, ABSENT) },
	{ "any login, no platform", &by_any_login_alone,
	    { .login = "one" }, SIGNS },
	{ "any login, no platform, absent", &by_any_login_alone,
	    { .client = "127.0.0.1" }, FAILS(LOGIN, ABSENT) },

	{ "daemon, name", &by_daemon, { .daemon = "relay-in",
	    .port = "25" }, SIGNS },
	{ "daemon, port", &by_daemon, { .daemon = "smtpd",
	    .port = "10025" }, SIGNS },
	{ "daemon, port alone", &by_daemon, { .port = "10025" }, SIGNS },
	{ "daemon, name alone", &by_daemon, { .daemon = "relay-in" },
	    SIGNS },
	{ "daemon, name of the port", &by_daemon, { .daemon = "10025",
	    .port = "25" }, FAILS(DAEMON, DIFFERS) },
	{ "daemon, port of the name", &by_daemon, { .daemon = "smtpd",
	    .port = "relay-in" }, FAILS(DAEMON, DIFFERS) },
	{ "daemon, both differ", &by_daemon, { .daemon = "smtpd",
	    .port = "25" }, FAILS(DAEMON, DIFFERS) },
	{ "daemon, case", &by_daemon, { .daemon = "Relay-In" },
	    FAILS(DAEMON, DIFFERS) },
	{ "daemon, port with zeros", &by_daemon, { .port = "010025" },
	    FAILS(DAEMON, DIFFERS) },
	{ "daemon, malformed", &by_daemon, { .port = "10025 " },
	    FAILS(DAEMON, DIFFERS) },
	{ "daemon, empty", &by_daemon, { .daemon = "", .port = "" },
	    FAILS(DAEMON, ABSENT) },
	{ "daemon, absent", &by_daemon, { .helo = "relay-in" },
	    FAILS(DAEMON, ABSENT) },

	{ "envelope", &by_envelope, { .envelope = "x@bounce.example.com" },
	    SIGNS },
	{ "envelope, second", &by_envelope,
	    { .envelope = "App@Example.COM" }, SIGNS },
	{ "envelope, differs", &by_envelope,
	    { .envelope = "x@example.com" }, FAILS(ENVELOPE, DIFFERS) },
	{ "envelope, look-alike", &by_envelope,
	    { .envelope = "x@bounce.example.com.evil.example" },
	    FAILS(ENVELOPE, DIFFERS) },
	{ "envelope, brackets", &by_envelope,
	    { .envelope = "<app@example.com>" }, FAILS(ENVELOPE, DIFFERS) },
	{ "envelope, no @", &by_envelope,
	    { .envelope = "bounce.example.com" },
	    FAILS(ENVELOPE, DIFFERS) },
	{ "envelope, null", &by_envelope, { .envelope = "" },
	    FAILS(ENVELOPE, ABSENT) },
	{ "envelope, absent", &by_envelope, { .login = "x" },
	    FAILS(ENVELOPE, ABSENT) },
	{ "envelope, null allowed", &by_envelope_or_null,
	    { .envelope = "" }, SIGNS },
	{ "envelope, null allowed, absent", &by_envelope_or_null,
	    { .envelope = NULL }, FAILS(ENVELOPE, ABSENT) },
	{ "envelope, null allowed, brackets", &by_envelope_or_null,
	    { .envelope = "x@y" }, FAILS(ENVELOPE, DIFFERS) },
};

static const struct source by_authors = SOURCE(.authors =
    TEXTS("support@example.com", "*@desk.example.com"));
static const struct source by_other_authors = SOURCE(.authors =
    TEXTS("!ceo@example.com"));
static const struct source by_login_and_authors = SOURCE(.login =
    TEXTS("one"), .authors = TEXTS("support@example.com"));

#define FROM(...)	.addresses = { __VA_ARGS__ }
#define SUPPORT		{ "support", "example.com" }
#define CEO		{ "ceo", "example.com" }

static const struct policycase authors[] = {
	{ "authors", &by_authors, { FROM(SUPPORT) }, SIGNS },
	{ "authors, case", &by_authors,
	    { FROM({ "Support", "example.com" }) }, SIGNS },
	{ "authors, another", &by_authors, { FROM(CEO) },
	    FAILS(AUTHORS, DIFFERS) },
	{ "authors, both", &by_authors, { FROM(SUPPORT, CEO) },
	    FAILS(AUTHORS, DIFFERS) },
	{ "authors, both, turned", &by_authors, { FROM(CEO, SUPPORT) },
	    FAILS(AUTHORS, DIFFERS) },
	{ "authors, and one of a stranger", &by_authors,
	    { FROM(SUPPORT, { "jane", "customer.example" }) }, SIGNS },
	{ "authors, and an uncertain one of a stranger", &by_authors,
	    { FROM(SUPPORT, { NULL, "customer.example" }) }, SIGNS },
	/* The source does not sign for desk.example.com. */
	{ "authors, outside of domains", &by_authors,
	    { FROM(SUPPORT, { "x", "desk.example.com" }) }, SIGNS },
	{ "authors, only a stranger", &by_authors,
	    { FROM({ "support", "customer.example" }) },
	    FAILS(AUTHORS, ABSENT) },
	{ "authors, none", &by_authors, { .login = "x" },
	    FAILS(AUTHORS, ABSENT) },
	{ "authors, uncertain", &by_authors,
	    { FROM({ NULL, "example.com" }) }, FAILS(AUTHORS, UNCLEAN) },
	{ "authors, one uncertain", &by_authors,
	    { FROM(SUPPORT, { NULL, "example.com" }) },
	    FAILS(AUTHORS, UNCLEAN) },
	{ "authors, more than are known", &by_authors,
	    { FROM(SUPPORT), .more_addresses = true },
	    FAILS(AUTHORS, UNCLEAN) },
	{ "authors, refused and uncertain", &by_authors,
	    { FROM({ NULL, "example.com" }, CEO), .more_addresses = true },
	    FAILS(AUTHORS, DIFFERS) },
	{ "authors, all but one", &by_other_authors, { FROM(SUPPORT) },
	    SIGNS },
	{ "authors, this one", &by_other_authors, { FROM(CEO) },
	    FAILS(AUTHORS, DIFFERS) },
	{ "authors, this one mentioned", &by_other_authors,
	    { FROM(SUPPORT, CEO) }, FAILS(AUTHORS, DIFFERS) },
	{ "authors, uncertain which", &by_other_authors,
	    { FROM({ NULL, "example.com" }) }, FAILS(AUTHORS, UNCLEAN) },
	{ "authors and login", &by_login_and_authors,
	    { .login = "one", FROM(SUPPORT) }, SIGNS },
	{ "authors without login", &by_login_and_authors,
	    { .login = "two", FROM(SUPPORT) }, FAILS(LOGIN, DIFFERS) },
	{ "login without authors", &by_login_and_authors,
	    { .login = "one", FROM(CEO) }, FAILS(AUTHORS, DIFFERS) },
};

#define ORG	"00D4x000004z0H4"
#define ORG2	"00D8d000003TRx3"
#define BNC	".bnc.salesforce.com"
static const struct source by_bounce = SOURCE(.bounce = BOUNCE_REQUIRED,
    .bounce_ids = TEXTS(ORG, ORG2));
static const struct source by_bounce_if_any = SOURCE(
    .bounce = BOUNCE_OPTIONAL, .bounce_ids = TEXTS(ORG));

static const struct policycase bounces[] = {
	{ "bounce", &by_bounce, { .envelope =
	    "u=example.com__t@r.4x-4z0h4eai.na150" BNC }, SIGNS },
	{ "bounce, second", &by_bounce, { .envelope =
	    "u=example.com__t@r.8d-3trx3eag.um8" BNC }, SIGNS },
	{ "bounce, other organization", &by_bounce, { .envelope =
	    "u=example.com__t@r.a-hu5amac.na63" BNC },
	    FAILS(BOUNCE, DIFFERS) },
	{ "bounce, id in other case", &by_bounce, { .envelope =
	    "u@r.4x-4z0h4eaa.na150" BNC }, FAILS(BOUNCE, DIFFERS) },
	{ "bounce, two labels", &by_bounce, { .envelope =
	    "u@4x-4z0h4eai.a-hu5amac.na63" BNC }, FAILS(BOUNCE, DIFFERS) },
	{ "bounce, no instance", &by_bounce, { .envelope =
	    "u@4x-4z0h4eai" BNC }, FAILS(BOUNCE, DIFFERS) },
	{ "bounce, malformed", &by_bounce, { .envelope =
	    "u@r.4x-4z0h4eai..na150" BNC }, FAILS(BOUNCE, DIFFERS) },
	{ "bounce, look-alike", &by_bounce, { .envelope =
	    "u@r.4x-4z0h4eai.na150" BNC ".evil.example" },
	    FAILS(BOUNCE, ABSENT) },
	{ "bounce, another sender", &by_bounce,
	    { .envelope = "u@example.com" }, FAILS(BOUNCE, ABSENT) },
	{ "bounce, null", &by_bounce, { .envelope = "" },
	    FAILS(BOUNCE, ABSENT) },
	{ "bounce, absent", &by_bounce, { .login = "u" },
	    FAILS(BOUNCE, ABSENT) },
	{ "bounce if any", &by_bounce_if_any, { .envelope =
	    "u@r.4x-4z0h4eai.na150" BNC }, SIGNS },
	{ "bounce if any, another sender", &by_bounce_if_any,
	    { .envelope = "u@example.com" }, SIGNS },
	{ "bounce if any, null", &by_bounce_if_any, { .envelope = "" },
	    SIGNS },
	{ "bounce if any, other organization", &by_bounce_if_any,
	    { .envelope = "u@r.8d-3trx3eag.um8" BNC },
	    FAILS(BOUNCE, DIFFERS) },
	{ "bounce if any, malformed", &by_bounce_if_any,
	    { .envelope = "u@na150" BNC }, FAILS(BOUNCE, DIFFERS) },
};

static void
decides_by_networks(void **state)
{
	(void)state;
	RUN(networks);
}

static void
decides_by_hops(void **state)
{
	(void)state;
	RUN(hops);
}

static void
decides_by_sessions(void **state)
{
	(void)state;
	RUN(sessions);
	RUN(authors);
}

static void
decides_by_bounces(void **state)
{
	(void)state;
	RUN(bounces);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_by_networks),
		cmocka_unit_test(decides_by_hops),
		cmocka_unit_test(decides_by_sessions),
		cmocka_unit_test(decides_by_bounces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
