/* SPDX-License-Identifier: ISC */

/*
 * A decision does not look at more sources if there are more of them.
 *
 * The array of sources is put into pages that cannot be read.  Where policy/
 * reads one, SIGSEGV counts it and makes it readable, so that nothing which
 * looks at a source goes uncounted.  A page has several sources, but which
 * ones depends only on their places.
 */

#include <sys/mman.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/organization.h"
#include "config/private.h"
#include "policy/facts.h"
#include "policy/policy.h"

#define FEW		100
#define MANY		10000
#define SOURCE_SIZE	128	/* octets of a source's text, at most */
#define MOST_PAGES	4	/* a source may be in two */

static struct {
	unsigned char	*start;
	size_t		 size;
	size_t		 page;
	volatile sig_atomic_t ntouched;
} guarded;

static void
touch(int number, siginfo_t *info, void *context)
{
	unsigned char *at = info->si_addr;
	size_t offset;

	(void)number;
	(void)context;
	if (at < guarded.start || at >= guarded.start + guarded.size)
		_exit(99);
	offset = (size_t)(at - guarded.start);
	guarded.ntouched++;
	if (mprotect(guarded.start + offset - offset % guarded.page,
	    guarded.page, PROT_READ) == -1)
		_exit(99);
}

static void
guard(const struct source *sources, size_t nsources)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };

	guarded.page = (size_t)sysconf(_SC_PAGESIZE);
	guarded.size = nsources * sizeof(*sources);
	guarded.size += guarded.page - guarded.size % guarded.page;
	guarded.start = mmap(NULL, guarded.size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(guarded.start != MAP_FAILED);
	memcpy(guarded.start, sources, nsources * sizeof(*sources));
	action.sa_sigaction = touch;
	assert_int_equal(sigaction(SIGSEGV, &action, NULL), 0);
}

static void
forbid_reading(void)
{
	assert_int_equal(mprotect(guarded.start, guarded.size, PROT_NONE), 0);
	guarded.ntouched = 0;
}

static void
unguard(void)
{
	assert_true(signal(SIGSEGV, SIG_DFL) != SIG_ERR);
	assert_int_equal(munmap(guarded.start, guarded.size), 0);
}

/*
 * Tenants of one platform; every third allows its subdomains, too, and every
 * fifth has a login of its own.
 */
static struct config *
load(size_t nsources)
{
	char *text = malloc(nsources * SOURCE_SIZE);
	struct config *config;
	size_t len = 0, nfaults, i;

	assert_non_null(text);
	for (i = 0; i < nsources; i++) {
		len += (size_t)snprintf(text + len, SOURCE_SIZE, "source s%zu"
		    "{networks=192.0.2.0/24 header X-Org{value=o%zu}"
		    "domains={d%zu.example", i, i, i);
		if (i % 3 == 0)
			len += (size_t)snprintf(text + len, SOURCE_SIZE,
			    ",\"*.d%zu.example\"", i);
		len += (size_t)snprintf(text + len, SOURCE_SIZE, "}");
		if (i % 5 == 0)
			len += (size_t)snprintf(text + len, SOURCE_SIZE,
			    "login=l%zu", i);
		len += (size_t)snprintf(text + len, SOURCE_SIZE, "}\n");
	}
	config = config_load_text("many.conf", text, len, stderr, &nfaults);
	assert_non_null(config);
	assert_int_equal(config->nsources, nsources);
	free(text);
	return config;
}

static const struct {
	const char	*name;
	const char	*authors[3], *login, *org, *sender;
	bool		 unreadable, overflow;
	enum action	 action;
	enum policy_reason reason;
	const char	*source;
} cases[] = {
	{ "signed", { "d47.example" }, NULL, "o47", "b.example", false, false,
	    ACTION_SIGN, REASON_MATCH, "s47" },
	{ "signed for a subdomain", { "a.b.d48.example" }, NULL, "o48",
	    "b.example", false, false, ACTION_SIGN, REASON_MATCH, "s48" },
	{ "another tenant", { "d47.example" }, NULL, "o46", "b.example", false,
	    false, ACTION_REJECT, REASON_MISMATCH, "s47" },
	{ "a stranger", { "stranger.test" }, NULL, "o47", "b.example", false,
	    false, ACTION_PASS, REASON_NO_SOURCE, NULL },
	{ "a subdomain that nobody names", { "a.d47.example" }, NULL, "o47",
	    "b.example", false, false, ACTION_PASS, REASON_NO_SOURCE, NULL },
	{ "aligned by MAIL FROM", { "a.d47.example" }, NULL, "o47",
	    "d47.example", false, false, ACTION_REJECT, REASON_ALIGNED,
	    "s47" },
	{ "aligned by the route", { "a.d47.example" }, NULL, "o47", "", false,
	    false, ACTION_REJECT, REASON_ALIGNED, "s47" },
	{ "aligned, with a login", { "a.d47.example" }, "l45", "o47", "",
	    false, false, ACTION_REJECT, REASON_ALIGNED, "s47" },
	{ "two authors", { "d47.example", "d48.example" }, NULL, "o47",
	    "b.example", false, false, ACTION_REJECT, REASON_UNCERTAIN,
	    "s47" },
	{ "too many authors", { "stranger.test" }, NULL, "o47", "b.example",
	    true, true, ACTION_REJECT, REASON_UNCERTAIN, "s0" },
	{ "an unclear author", { NULL }, NULL, "o47", "b.example", true, false,
	    ACTION_REJECT, REASON_UNCLEAR, "s1" },
};

static void
fill(struct facts *facts, const struct config *config, size_t i)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	char organization[DKIMSIG_DOMAIN_SIZE];
	const char *author;
	size_t j;

	facts_reset_message(facts);
	assert_int_equal(inet_pton(AF_INET, "192.0.2.1", &sin.sin_addr), 1);
	facts_set_client(facts, (struct sockaddr *)&sin);
	facts->nfrom = 1;
	facts->unreadable = cases[i].unreadable;
	facts->overflow = cases[i].overflow;
	assert_int_equal(facts_set(&facts->login, cases[i].login), 0);
	assert_int_equal(facts_add_header(facts, config, "X-Org", 5,
	    cases[i].org, strlen(cases[i].org)), 0);
	facts->sender = SENDER_NULL;
	if (cases[i].sender[0] != '\0') {
		facts->sender = SENDER_DOMAIN;
		(void)strlcpy(facts->sender_domain.name, cases[i].sender,
		    sizeof(facts->sender_domain.name));
		organization_of(cases[i].sender,
		    facts->sender_domain.organization);
	}
	for (j = 0; (author = cases[i].authors[j]) != NULL; j++) {
		organization_of(author, organization);
		assert_int_equal(facts_add_author(facts, author,
		    organization), 0);
	}
}

static const char *
name_of(const struct source *source)
{
	return source == NULL ? "none" : source->name;
}

/* Decide each case; the pages that it read go into counts. */
static void
decide(size_t nsources, int counts[])
{
	struct config *config = load(nsources), copy = *config;
	struct facts facts = { 0 };
	struct decision d;
	size_t i;

	guard(config->sources, nsources);
	copy.sources = (const struct source *)(const void *)guarded.start;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fill(&facts, &copy, i);
		forbid_reading();
		policy_decide(&facts, &copy, &d);
		(void)policy_asks_signature(&facts, &copy, "d1.example", "s");
		counts[i] = guarded.ntouched;
		if (d.action != cases[i].action ||
		    d.reason != cases[i].reason || strcmp(name_of(d.source),
		    cases[i].source == NULL ? "none" : cases[i].source) != 0)
			fail_msg("%s: %s, reason %d, of %s", cases[i].name,
			    action_name(d.action), d.reason,
			    name_of(d.source));
	}
	unguard();
	facts_finish(&facts);
	config_unref(config);
}

static void
more_sources_are_not_looked_at(void **state)
{
	int few[sizeof(cases) / sizeof(cases[0])];
	int many[sizeof(cases) / sizeof(cases[0])];
	size_t i;

	(void)state;
	decide(FEW, few);
	decide(MANY, many);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (many[i] != few[i])
			fail_msg("%s: %d pages of %d sources, %d of %d",
			    cases[i].name, few[i], FEW, many[i], MANY);
		if (many[i] > MOST_PAGES)
			fail_msg("%s: %d pages", cases[i].name, many[i]);
	}
}

/* Without the index, all are read: what counts them does count. */
static void
without_an_index_all_are(void **state)
{
	struct config *config = load(FEW), copy = *config;
	struct facts facts = { 0 };
	struct decision d;

	(void)state;
	guard(config->sources, FEW);
	copy.sources = (const struct source *)(const void *)guarded.start;
	copy.index = NULL;
	fill(&facts, &copy, 3);
	forbid_reading();
	policy_decide(&facts, &copy, &d);
	assert_int_equal((size_t)guarded.ntouched,
	    guarded.size / guarded.page);
	unguard();
	facts_finish(&facts);
	config_unref(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_sources_are_not_looked_at),
		cmocka_unit_test(without_an_index_all_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
