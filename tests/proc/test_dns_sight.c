/* SPDX-License-Identifier: ISC */

/*
 * What is made of DNS servers and their faults: those of dns_world.py, the
 * program named by DNS_WORLD, in a network namespace of our own, where they
 * have port 53.  Where none can be made the tests are left out.
 *
 * All cases are looked at by threads at the same time, as a run over many
 * domains does, and as waiting for the silent ones takes long.
 */

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "asked.h"
#include "probe/sight.h"

#define SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define RIGHT		"v=DKIM1; k=ed25519; h=sha256; " \
    "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define EMPTY		"v=DKIM1; k=ed25519; h=sha256; p="

static const struct {
	const char	*domain;
	const char	*alias, *chosen, *wanted;	/* NULL: none, RIGHT */
	enum lifecycle_view	view;
	/* Where the record is; NULL: at s._domainkey.DOMAIN. */
	const char	*name;
	int64_t		 cache_wait;
	const char	*summary;	/* how it begins */
} cases[] = {
	{ "right.test", NULL, NULL, NULL, LIFECYCLE_RIGHT, NULL, 900,
	    "ns1.example.net (127.0.1.1) right, ns2.example.net (127.0.1.2) "
	    "right" },
	{ "RIGHT.test", NULL, NULL, NULL, LIFECYCLE_RIGHT, NULL, 900, "" },
	{ "blanks.test", NULL, NULL, NULL, LIFECYCLE_RIGHT, NULL, 900, "" },
	{ "strings.test", NULL, NULL, NULL, LIFECYCLE_RIGHT, NULL, 900, "" },
	{ "lax.test", NULL, NULL, NULL, LIFECYCLE_WRONG, NULL, 900,
	    "ns1.example.net (127.0.1.1) wrong (" },
	{ "absent.test", NULL, NULL, NULL, LIFECYCLE_ABSENT, NULL, 900,
	    "ns1.example.net (127.0.1.1) absent, ns2.example.net (127.0.1.2) "
	    "absent" },
	{ "revoked.test", NULL, NULL, NULL, LIFECYCLE_REVOKED, NULL, 900,
	    "ns1.example.net (127.0.1.1) revoked" },
	{ "revoked.test", NULL, NULL, EMPTY, LIFECYCLE_REVOKED, NULL, 900,
	    "" },
	{ "right.test", NULL, NULL, EMPTY, LIFECYCLE_WRONG, NULL, 900, "" },
	{ "other.test", NULL, NULL, NULL, LIFECYCLE_FOREIGN, NULL, 900, "" },
	{ "both.test", NULL, NULL, NULL, LIFECYCLE_WRONG, NULL, 900, "" },
	{ "escape.test", NULL, NULL, NULL, LIFECYCLE_WRONG, NULL, 900, "" },
	{ "wildcard.test", NULL, NULL, NULL, LIFECYCLE_ABSENT, NULL, 900,
	    "" },
	{ "manystrings.test", NULL, NULL, NULL, LIFECYCLE_WRONG, NULL, 900,
	    "" },
	{ "manyrecords.test", NULL, NULL, NULL, LIFECYCLE_WRONG, NULL, 900,
	    "" },
	{ "ttl.test", NULL, NULL, NULL, LIFECYCLE_RIGHT, NULL, 90000, "" },
	/* A label on the way has a zone of its own. */
	{ "delegated.test", NULL, NULL, NULL, LIFECYCLE_RIGHT, NULL, 900,
	    "" },
	/* One server differs. */
	{ "lagging.test", NULL, NULL, NULL, LIFECYCLE_DIFFERENT, NULL, 900,
	    "ns2.example.net (127.0.1.2) absent, ns1.example.net (127.0.1.1) "
	    "right" },
	{ "altered.test", NULL, NULL, NULL, LIFECYCLE_WRONG, NULL, 900,
	    "ns2.example.net (127.0.1.2) wrong (" },
	{ "halfrevoked.test", NULL, NULL, NULL, LIFECYCLE_DIFFERENT, NULL,
	    900, "ns2.example.net (127.0.1.2) revoked, ns1" },
	{ "silentlag.test", NULL, NULL, NULL, LIFECYCLE_DIFFERENT, NULL, 900,
	    "ns3.example.net (127.0.1.3) failing (SERVFAIL), ns2.example.net "
	    "(127.0.1.2) absent, ns1" },
	/* One server gives no answer, or one that does not count. */
	{ "refused.test", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 900,
	    "ns2.example.net (127.0.1.2) lame (REFUSED), ns1.example.net "
	    "(127.0.1.1) right" },
	{ "servfail.test", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 900,
	    "ns2.example.net (127.0.1.2) failing (SERVFAIL), ns1" },
	{ "lame.test", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 900,
	    "ns2.example.net (127.0.1.2) lame (does not serve the zone), "
	    "ns1" },
	{ "garbled.test", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 900,
	    "ns2.example.net (127.0.1.2) silent (malformed answer)" },
	{ "tcpclosed.test", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 900,
	    "ns2.example.net (127.0.1.2) silent (malformed answer)" },
	{ "udponly.test", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 900,
	    "udponly.example.net (127.0.1.9) silent (answer too long for "
	    "UDP, and no answer over TCP: open TCP port 53)" },
	{ "closed.test", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 900,
	    "ns8.example.net (127.0.1.8) silent (unreachable: " },
	{ "silent.test", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 900,
	    "ns2.example.net (127.0.1.2) silent (no answer), ns1" },
	{ "wrongid.test", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 900,
	    "ns3.example.net (127.0.1.3) silent (no answer), ns1" },
	{ "wrongname.test", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 900,
	    "ns4.example.net (127.0.1.4) silent (no answer), ns1" },
	{ "garbage.test", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 900,
	    "ns5.example.net (127.0.1.5) silent (no answer), ns1" },
	{ "unknown.test", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 900,
	    "servfail.example.net silent (address lookup failed), ns1" },
	{ "many.test", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 900,
	    "zone many.test has 80 server addresses, more than the limit of "
	    "64: list those that matter in 'servers'" },
	/* What is odd and no fault. */
	{ "truncated.test", NULL, NULL, NULL, LIFECYCLE_RIGHT, NULL, 900,
	    "" },
	{ "noedns.test", NULL, NULL, NULL, LIFECYCLE_RIGHT, NULL, 900, "" },
	{ "forged.test", NULL, NULL, NULL, LIFECYCLE_RIGHT, NULL, 900, "" },
	{ "nameless.test", NULL, NULL, NULL, LIFECYCLE_RIGHT, NULL, 900,
	    "ns1.example.net (127.0.1.1) right, nameless.example.net "
	    "skipped (no address)" },
	/* IPv6. */
	{ "six.test", NULL, NULL, NULL, LIFECYCLE_RIGHT, NULL, 900,
	    "ns6.example.net (127.0.1.6) right, ns6.example.net (::1) right"
	    },
	{ "sixlag.test", NULL, NULL, NULL, LIFECYCLE_DIFFERENT, NULL, 900,
	    "ns6.example.net (::1) absent" },
	{ "noroute.test", NULL, NULL, NULL, LIFECYCLE_RIGHT, NULL, 900,
	    "noroute.example.net (127.0.1.7) right, noroute.example.net "
	    "(2001:db8::53) skipped (no route from this host)" },
	/* The zone is not found. */
	{ "nowhere.invalid", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 60,
	    "s._domainkey.nowhere.invalid: no zone in DNS" },
	{ "bogus.test", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 60,
	    "s._domainkey.bogus.test SOA: resolver 127.0.0.1: SERVFAIL, "
	    "but only with DNSSEC validation: the zone's signatures, or the "
	    "DS records above it, are wrong or expired" },
	/* Servers of the configuration. */
	{ "lagging.test", NULL, "127.0.1.1@53", NULL, LIFECYCLE_RIGHT, NULL,
	    900, "127.0.1.1 right" },
	{ "lagging.test", NULL, "127.0.1.2", NULL, LIFECYCLE_ABSENT, NULL,
	    900, "127.0.1.2 absent" },
	{ "right.test", NULL, "127.0.1.8", NULL, LIFECYCLE_UNKNOWN, NULL, 60,
	    "s._domainkey.right.test SOA: server 127.0.1.8: "
	    "unreachable: " },
	{ "alias.test", "k.ours.test", "127.0.1.3", NULL, LIFECYCLE_RIGHT,
	    "k.ours.test", 1800, "127.0.1.3 right" },
	/* Nobody answers for a zone on the way, and its parent says so. */
	{ "dead.test", NULL, NULL, NULL, LIFECYCLE_UNKNOWN, NULL, 60,
	    "_domainkey.dead.test is delegated as a zone of its own to name "
	    "servers that do not answer for it (dead1.example.net, "
	    "dead2.example.net, dead3.example.net and 1 more), so nobody sees "
	    "a key: fix these servers, or the NS records at "
	    "_domainkey.dead.test in the zone dead.test" },
	{ "dead.test", NULL, "127.0.1.1", NULL, LIFECYCLE_UNKNOWN, NULL, 60,
	    "_domainkey.dead.test is delegated as a zone of its own" },
	/* CNAMEs that are wanted. */
	{ "alias.test", "k.ours.test", NULL, NULL, LIFECYCLE_RIGHT,
	    "k.ours.test", 1800, "ns1.example.net (127.0.1.1) right" },
	{ "aliaslag.test", "k.ours.test", NULL, NULL, LIFECYCLE_DIFFERENT,
	    NULL, 900, "ns2.example.net (127.0.1.2) CNAME absent, "
	    "ns1.example.net (127.0.1.1) CNAME right" },
	{ "aliasdead.test", "k.ours.test", NULL, NULL, LIFECYCLE_UNKNOWN,
	    "k.ours.test", 900, "ns2.example.net (127.0.1.2) lame (REFUSED), "
	    "ns1.example.net (127.0.1.1) right, ns2" },
	{ "aliaswrong.test", "k.ours.test", NULL, NULL, LIFECYCLE_WRONG,
	    NULL, 900,
	    "ns1.example.net (127.0.1.1) wrong (CNAME k.other.test)" },
	{ "aliastext.test", "k.ours.test", NULL, NULL, LIFECYCLE_WRONG, NULL,
	    900, "ns1.example.net (127.0.1.1) wrong (a TXT record" },
	{ "absent.test", "k.ours.test", NULL, NULL, LIFECYCLE_ABSENT, NULL,
	    900, "ns1.example.net (127.0.1.1) CNAME absent" },
	/* CNAMEs that are not. */
	{ "alias.test", NULL, NULL, NULL, LIFECYCLE_RIGHT, "k.ours.test",
	    1800, "" },
	{ "dangling.test", NULL, NULL, NULL, LIFECYCLE_ABSENT,
	    "none.ours.test", 900, "ns1.example.net (127.0.1.1) absent" },
	{ "loop.test", NULL, NULL, NULL, LIFECYCLE_WRONG, "b.loop.test", 900,
	    "its CNAMEs form a loop: b.loop.test points back to "
	    "s._domainkey.loop.test" },
	{ "ring.test", NULL, NULL, NULL, LIFECYCLE_WRONG, "c.ring.test", 900,
	    "its CNAMEs form a loop: c.ring.test points back to "
	    "b.ring.test" },
	{ "chain.test", NULL, NULL, NULL, LIFECYCLE_WRONG, "c8.chain.test",
	    900, "a chain of more than 8 CNAMEs" },
	{ "eight.test", NULL, NULL, NULL, LIFECYCLE_RIGHT, "c8.eight.test",
	    900, "" },
	{ "split.test", NULL, NULL, NULL, LIFECYCLE_WRONG, NULL, 900,
	    "ns1.example.net (127.0.1.1) wrong (CNAME k.ours.test), "
	    "ns2.example.net (127.0.1.2) right" },
};

static struct dns_zones *zones;
static struct dns_sight sights[SIZE(cases)];

/* Root of a user namespace of our own, so that programs run are it too. */
static bool
become_root(void)
{
	const uid_t uid = getuid();
	FILE *fp;
	int n;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == -1 ||
	    (fp = fopen("/proc/self/uid_map", "w")) == NULL)
		return false;
	n = fprintf(fp, "0 %u 1", (unsigned int)uid);
	return fclose(fp) == 0 && n > 0;
}

static bool
enter_namespace(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	bool is_up;
	int fd;

	if ((unshare(CLONE_NEWNET) == -1 && !become_root()) ||
	    (fd = socket(AF_INET, SOCK_DGRAM, 0)) == -1)
		return false;
	is_up = ioctl(fd, SIOCSIFFLAGS, &ifr) == 0;
	(void)close(fd);
	return is_up;
}

static void *
take_sight(void *arg)
{
	const size_t i = (size_t)((struct dns_sight *)arg - sights);
	const struct dns_sight_wish wish = {
		.domain = cases[i].domain,
		.selector = "s",
		.wanted = cases[i].wanted != NULL ? cases[i].wanted : RIGHT,
		.alias = cases[i].alias,
		.chosen = &cases[i].chosen,
		.nchosen = cases[i].chosen != NULL,
		.ttl = 60,
	};

	return dns_sight_take(zones, &wish, &sights[i], NULL) == 0 ? arg :
	    NULL;
}

static int
setup(void **state)
{
	static const char *const resolver = "127.0.0.1";
	struct dns_resolvers resolvers;
	pthread_t threads[SIZE(cases)];
	void *done;
	size_t i;

	(void)state;
	if (dns_resolvers_init(&resolvers, &resolver, 1, NULL) != 0 ||
	    dns_zones_new(&zones, &resolvers, NULL) != 0)
		return -1;
	for (i = 0; i < SIZE(cases); i++)
		if (pthread_create(&threads[i], NULL, take_sight,
		    &sights[i]) != 0)
			return -1;
	for (i = 0; i < SIZE(cases); i++)
		if (pthread_join(threads[i], &done) != 0 || done == NULL)
			return -1;
	return 0;
}

static int
teardown(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++)
		dns_sight_finish(&sights[i]);
	dns_zones_free(zones);
	return asked_stop() ? 0 : -1;
}

/* Some server shows the record that is wanted. */
static bool
is_shown(size_t i)
{
	const struct dns_look *look;
	size_t j;

	for (j = 0; j < sights[i].nlooks; j++) {
		look = &sights[i].looks[j];
		if (!look->is_alias && look->verdict ==
		    (cases[i].wanted == NULL ? DNS_RIGHT : DNS_REVOKED))
			return true;
	}
	return false;
}

static void
test_views(void **state)
{
	const struct dns_sight *sight;
	char name[DKIMSIG_DOMAIN_SIZE];
	const char *want;
	unsigned int nbad = 0;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++) {
		sight = &sights[i];
		(void)snprintf(name, sizeof(name), "s._domainkey.%s",
		    cases[i].domain);
		want = cases[i].name != NULL ? cases[i].name : name;
		if (sight->view != cases[i].view ||
		    sight->cache_wait != cases[i].cache_wait ||
		    strcmp(sight->name, want) != 0 ||
		    (sight->published != NULL) != is_shown(i) ||
		    strncmp(sight->summary, cases[i].summary,
		    strlen(cases[i].summary)) != 0) {
			print_error("%zu: %s: view %d, name %s, wait %d: "
			    "%s\n", i, cases[i].domain, sight->view,
			    sight->name, (int)sight->cache_wait,
			    sight->summary);
			nbad++;
		}
	}
	assert_int_equal(nbad, 0);
}

/* The sight of the first case of a domain. */
static const struct dns_sight *
sight_of(const char *domain)
{
	size_t i;

	for (i = 0; i < SIZE(cases); i++)
		if (strcmp(cases[i].domain, domain) == 0)
			return &sights[i];
	fail_msg("%s: no case", domain);
	return NULL;
}

/* Some server shows the record, and none that answers anything else. */
static void
test_shown(void **state)
{
	static const struct {
		const char	*domain;
		bool		 is_shown;
	} shown[] = {
		{ "right.test", true },
		{ "absent.test", false },
		{ "lagging.test", false },
		{ "silentlag.test", false },
		{ "refused.test", true },
		{ "silent.test", true },
		{ "many.test", false },
		{ "nowhere.invalid", false },
		{ "aliaslag.test", false },
		{ "split.test", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(shown); i++)
		if (sight_of(shown[i].domain)->is_shown != shown[i].is_shown)
			fail_msg("%s: is_shown %d", shown[i].domain,
			    !shown[i].is_shown);
}

/* The CNAME of somebody else, and the record that it should lead to. */
static void
test_aliases(void **state)
{
	static const struct {
		const char		*domain;
		enum dns_alias_fault	 fault;
		enum lifecycle_view	 alias, record;
		const char		*summary;	/* how it begins */
	} wants[] = {
		{ "right.test", DNS_ALIAS_UNASKED, LIFECYCLE_UNASKED,
		    LIFECYCLE_RIGHT, "ns1.example.net (127.0.1.1) right" },
		{ "absent.test", DNS_ALIAS_UNASKED, LIFECYCLE_UNASKED,
		    LIFECYCLE_ABSENT, "ns1.example.net (127.0.1.1) absent" },
		{ "aliaslag.test", DNS_ALIAS_PARTIAL, LIFECYCLE_DIFFERENT,
		    LIFECYCLE_RIGHT, "ns1.example.net (127.0.1.1) right" },
		{ "aliasdead.test", DNS_ALIAS_UNKNOWN, LIFECYCLE_UNKNOWN,
		    LIFECYCLE_RIGHT, "ns1.example.net (127.0.1.1) right" },
		{ "aliaswrong.test", DNS_ALIAS_TARGET, LIFECYCLE_WRONG,
		    LIFECYCLE_RIGHT, "ns1.example.net (127.0.1.1) right" },
		{ "aliastext.test", DNS_ALIAS_RECORD, LIFECYCLE_WRONG,
		    LIFECYCLE_RIGHT, "ns1.example.net (127.0.1.1) right" },
		{ "dangling.test", DNS_ALIAS_UNASKED, LIFECYCLE_UNASKED,
		    LIFECYCLE_ABSENT, "ns1.example.net (127.0.1.1) absent" },
	};
	const struct dns_sight *sight;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(wants); i++) {
		sight = sight_of(wants[i].domain);
		if (sight->alias_fault != wants[i].fault ||
		    sight->alias_view != wants[i].alias ||
		    sight->record_view != wants[i].record ||
		    strncmp(sight->record_summary, wants[i].summary,
		    strlen(wants[i].summary)) != 0)
			fail_msg("%s: CNAME %s, view %d; record: view %d, %s",
			    wants[i].domain,
			    dns_alias_fault_name(sight->alias_fault),
			    sight->alias_view, sight->record_view,
			    sight->record_summary);
	}
}

/* Only that is told as a dead delegation. */
static void
test_dead(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(cases); i++)
		assert_int_equal(sights[i].dead_delegation[0] != '\0',
		    strcmp(cases[i].domain, "dead.test") == 0);
}

/* Only the CNAME is looked at. */
static void
test_alias_only(void **state)
{
	const struct dns_sight_wish wish = {
		.domain = "alias.test", .selector = "s", .wanted = "",
		.alias = "k.ours.test", .alias_only = true, .ttl = 60
	};
	struct dns_sight sight;

	(void)state;
	assert_int_equal(dns_sight_take(zones, &wish, &sight, NULL), 0);
	assert_int_equal(sight.alias_fault, DNS_ALIAS_RIGHT);
	assert_int_equal(sight.record_view, LIFECYCLE_UNKNOWN);
	assert_int_equal(sight.nlooks, 2);
	assert_string_equal(sight.looks[0].zone, "alias.test");
	dns_sight_finish(&sight);
}

static void
test_text(void **state)
{
	const struct dns_look *look;

	(void)state;
	look = &sight_of("escape.test")->looks[0];
	assert_string_equal(look->text, "\\027]0;evil\\007\\010\\255");
	look = &sight_of("manystrings.test")->looks[0];
	assert_int_equal(look->nrecords, 1);
	assert_int_equal(strspn(look->text, "x") + 3, strlen(look->text));
	assert_string_equal(look->text + strlen(look->text) - 3, "...");
	assert_int_equal(sight_of("manyrecords.test")->looks[0].nrecords,
	    500);
	look = &sight_of("right.test")->looks[0];
	assert_string_equal(look->text, RIGHT);
	assert_int_equal(look->ttl, 600);
	assert_string_equal(sight_of("strings.test")->published, RIGHT);
	look = &sight_of("loop.test")->looks[0];
	assert_true(look->is_alias);
	assert_string_equal(look->text, "CNAME b.loop.test");
}

/* What a cache can have from before. */
static void
test_before(void **state)
{
	static const struct {
		const char	*domain;
		bool		 is_unused, has_other;
	} wants[] = {
		{ "right.test", false, false },
		{ "absent.test", true, false },
		{ "lagging.test", false, false },
		{ "silent.test", false, false },
		{ "revoked.test", false, true },
		{ "halfrevoked.test", false, true },
		{ "other.test", false, true },
		{ "altered.test", false, true },
		{ "wildcard.test", false, true },
		{ "dangling.test", false, true },
		{ "loop.test", false, true },
		{ "nowhere.invalid", false, false },
	};
	const struct dns_sight *sight;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(wants); i++) {
		sight = sight_of(wants[i].domain);
		if (sight->is_unused != wants[i].is_unused ||
		    sight->has_other != wants[i].has_other)
			fail_msg("%s: unused %d, other %d", wants[i].domain,
			    sight->is_unused, sight->has_other);
	}
	assert_int_equal(sight_of("absent.test")->negative_wait, 900);
	/* The smaller of the TTL of the SOA record and its MINIMUM. */
	assert_int_equal(sight_of("ttl.test")->negative_wait, 90000);
}

/* What many want at the same time is asked once. */
static void
test_once(void **state)
{
	(void)state;
	assert_int_equal(asked_count("127.0.0.1 right.test NS"), 1);
	assert_int_equal(asked_count("127.0.0.1 ns1.example.net A"), 1);
	assert_int_equal(asked_count("127.0.0.1 ns1.example.net AAAA"), 1);
	assert_int_equal(asked_count("127.0.1.1 right.test SOA"), 1);
}

static void
test_zone(void **state)
{
	static const char *const bad = "127.0.1.1:53";
	struct dns_zone zone;
	struct ks_error error;

	(void)state;
	assert_int_equal(dns_zones_find(zones, "right.test", NULL, 0, &zone,
	    NULL), 0);
	assert_string_equal(zone.apex, "right.test");
	assert_string_equal(zone.primary, "ns1.example.net");
	assert_int_equal(zone.nprimary, 1);
	assert_string_equal(zone.primary_addresses[0].text, "127.0.1.1");
	assert_int_equal(zone.negative_ttl, 900);
	assert_int_equal(zone.nservers, 2);
	dns_zone_finish(&zone);
	dns_zone_finish(&zone);
	/* The zone of an alias is that of its name. */
	assert_int_equal(dns_zones_find(zones, "s._domainkey.alias.test",
	    NULL, 0, &zone, NULL), 0);
	assert_string_equal(zone.apex, "alias.test");
	dns_zone_finish(&zone);
	assert_int_equal(dns_zones_find(zones, "right.test", &bad, 1, &zone,
	    &error), KS_E_ARG);
	assert_string_equal(error.text, "\"127.0.1.1:53\" is not the address "
	    "of a server: write it as 192.0.2.1 or 127.0.0.1@5353");
	dns_zone_finish(&zone);
}

/* Ask these resolvers, with nothing remembered. */
static int
find_afresh(const struct dns_resolvers *resolvers, const char *name,
    struct dns_zone *zone, struct ks_error *error)
{
	struct dns_zones *fresh;
	int r;

	assert_int_equal(dns_zones_new(&fresh, resolvers, NULL), 0);
	r = dns_zones_find(fresh, name, NULL, 0, zone, error);
	dns_zones_free(fresh);
	return r;
}

/* The next resolver is asked where one fails; errors name all of them. */
static void
test_resolvers(void **state)
{
	static const char *const texts[] = { "127.0.1.8", "127.0.0.1" };
	struct dns_resolvers resolvers;
	struct dns_zone zone;
	struct ks_error error;

	(void)state;
	assert_int_equal(dns_resolvers_init(&resolvers, texts, 2, NULL), 0);
	assert_int_equal(find_afresh(&resolvers, "right.test", &zone, &error),
	    0);
	assert_string_equal(zone.apex, "right.test");
	dns_zone_finish(&zone);
	assert_int_equal(find_afresh(&resolvers, "bogus.test", &zone, &error),
	    KS_E_SYSTEM);
	assert_string_equal(error.text, "bogus.test SOA: resolver 127.0.1.8: "
	    "unreachable: its port is closed, or a firewall blocks it: "
	    "resolver 127.0.0.1: SERVFAIL, but only with DNSSEC "
	    "validation: the zone's signatures, or the DS records above it, "
	    "are wrong or expired");
	dns_zone_finish(&zone);
	/* A server that serves zones, and asks nobody. */
	assert_true(dns_address_parse("127.0.1.1", &resolvers.addresses[0]));
	assert_int_equal(find_afresh(&resolvers, "nowhere.invalid", &zone,
	    &error), KS_E_SYSTEM);
	assert_string_equal(error.text, "nowhere.invalid: no zone in DNS "
	    "contains this name: its domain is not registered or not "
	    "delegated");
}

static void
test_exchange(void **state)
{
	struct dns_address server;
	uint8_t *request, *answer;
	size_t len, answer_len;
	ldns_pkt *packet;

	(void)state;
	assert_int_equal(ldns_pkt_query_new_frm_str(&packet, "right.test",
	    LDNS_RR_TYPE_SOA, LDNS_RR_CLASS_IN, 0), LDNS_STATUS_OK);
	ldns_pkt_set_id(packet, 4711);
	assert_int_equal(ldns_pkt2wire(&request, packet, &len),
	    LDNS_STATUS_OK);
	ldns_pkt_free(packet);
	assert_true(dns_address_parse("127.0.1.1", &server));
	assert_int_equal(dns_exchange(&server, request, len, &answer,
	    &answer_len), DNS_ANSWERED);
	assert_true(answer_len > len);
	assert_memory_equal(answer, request, 2);
	free(answer);
	assert_true(dns_address_parse("127.0.1.8", &server));
	assert_int_equal(dns_exchange(&server, request, len, &answer,
	    &answer_len), DNS_UNREACHABLE);
	assert_null(answer);
	assert_true(dns_address_parse("2001:db8::53", &server));
	assert_int_equal(dns_exchange(&server, request, len, &answer,
	    &answer_len), DNS_NO_ROUTE);
	/* Shorter than a header, and longer than a message may be. */
	assert_int_equal(dns_exchange(&server, request, 11, &answer,
	    &answer_len), DNS_FAILED);
	free(request);
	assert_non_null(request = calloc(1, 65536));
	assert_int_equal(dns_exchange(&server, request, 65536, &answer,
	    &answer_len), DNS_FAILED);
	free(request);
}

/* Answers over TCP that belong to another request. */
static void
test_exchange_wrong(void **state)
{
	static const char *const names[] = { "s._domainkey.wrongid.test",
	    "s._domainkey.garbage.test" };
	static const char *const servers[] = { "127.0.1.3", "127.0.1.5" };
	struct dns_address server;
	uint8_t *request, *answer;
	size_t i, len, answer_len;
	ldns_pkt *packet;

	(void)state;
	for (i = 0; i < SIZE(names); i++) {
		assert_int_equal(ldns_pkt_query_new_frm_str(&packet,
		    names[i], LDNS_RR_TYPE_TXT, LDNS_RR_CLASS_IN, 0),
		    LDNS_STATUS_OK);
		assert_int_equal(ldns_pkt2wire(&request, packet, &len),
		    LDNS_STATUS_OK);
		ldns_pkt_free(packet);
		assert_true(dns_address_parse(servers[i], &server));
		assert_int_equal(dns_exchange(&server, request, len, &answer,
		    &answer_len), DNS_GARBLED);
		assert_null(answer);
		free(request);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_alias_only),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_before),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_zone),
		cmocka_unit_test(test_resolvers),
		cmocka_unit_test(test_exchange),
		cmocka_unit_test(test_exchange_wrong)
	};

	char line[16];

	if (!enter_namespace()) {
		(void)puts("1..0 # SKIP no network namespace can be made");
		return 0;
	}
	if (!asked_start(getenv("DNS_WORLD"), line, sizeof(line)))
		return 1;
	return cmocka_run_group_tests_name("dns_sight", tests, setup,
	    teardown);
}
