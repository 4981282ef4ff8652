/* SPDX-License-Identifier: ISC */

/*
 * policy_decide() on one source: what is in the message, its fields and
 * signatures, and SPF.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policycase.h"

#define RUN(table)	policycase_run(table, sizeof(table) / sizeof(table[0]))
#define HEADERS(...)	.headers = (const struct header_rule[]){ __VA_ARGS__ \
	    }, .nheaders = sizeof((const struct header_rule[]){ \
	    __VA_ARGS__ }) / sizeof(struct header_rule)

#define ORG	"00D5f000001AbCd"
static const struct source exact = SOURCE(HEADERS(
    { .name = "X-Tenant", .values = TEXTS("abc", "d e") }));
static const struct source nocase = SOURCE(HEADERS(
    { .name = "X-Guid", .compare = HEADER_NOCASE,
    .values = TEXTS("0A1b-2C3d", "ffff") }));
static const struct source org = SOURCE(HEADERS(
    { .name = "X-Org", .compare = HEADER_SALESFORCE_ID,
    .values = TEXTS(ORG, "00D8d000003TRx3") }));
static const struct source absent = SOURCE(HEADERS(
    { .name = "X-Absent", .compare = HEADER_ABSENT },
    { .name = "X-Tenant", .values = TEXTS("abc") }));
static const struct source optional = SOURCE(HEADERS(
    { .name = "X-Tenant", .values = TEXTS("abc"), .optional = true }));
static const struct source both = SOURCE(HEADERS(
    { .name = "X-Tenant", .values = TEXTS("abc") },
    { .name = "X-Tenant", .values = TEXTS("abc", "x") },
    { .name = "X-Guid", .values = TEXTS("g") }));

static const struct policycase headers[] = {
	{ "exact", &exact, { .headers = "X-Tenant: abc\n" }, SIGNS },
	{ "exact, second", &exact, { .headers = "X-Tenant: d e\n" }, SIGNS },
	{ "exact, name", &exact, { .headers = "x-TENANT \t:abc \t\n" },
	    SIGNS },
	{ "exact, folded", &exact, { .headers = "X-Tenant:\r\n abc\n" },
	    SIGNS },
	{ "exact, case", &exact, { .headers = "X-Tenant: ABC\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "exact, both values", &exact, { .headers = "X-Tenant: abc, d e\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "exact, prefix", &exact, { .headers = "X-Tenant: ab\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "exact, longer", &exact, { .headers = "X-Tenant: abcd\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "exact, comment", &exact, { .headers = "X-Tenant: abc (a)\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "exact, star", &exact, { .headers = "X-Tenant: *\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "exact, empty", &exact, { .headers = "X-Tenant:\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "exact, absent", &exact, { .headers = "X-Other: abc\n" },
	    FAILS(HEADER, ABSENT) },
	{ "exact, twice", &exact,
	    { .headers = "X-Tenant: abc\nX-Tenant: abc\n" },
	    FAILS(HEADER, REPEATED) },
	{ "exact, twice, one wrong", &exact,
	    { .headers = "X-Tenant: abc\nx-tenant: x\n" },
	    FAILS(HEADER, REPEATED) },
	{ "exact, both values, one each", &exact,
	    { .headers = "X-Tenant: abc\nX-Tenant: d e\n" },
	    FAILS(HEADER, REPEATED) },
	{ "exact, 8 bits", &exact, { .headers = "X-Tenant: abc\xc2\xa0\n" },
	    FAILS(HEADER, UNCLEAN) },
	{ "exact, control", &exact, { .headers = "X-Tenant: \babc\n" },
	    FAILS(HEADER, UNCLEAN) },
	{ "exact, bare CR", &exact, { .headers = "X-Tenant: x\rabc\n" },
	    FAILS(HEADER, UNCLEAN) },

	{ "nocase", &nocase, { .headers = "X-Guid: 0a1B-2c3D\n" }, SIGNS },
	{ "nocase, second", &nocase, { .headers = "X-Guid: FFFF\n" }, SIGNS },
	{ "nocase, differs", &nocase, { .headers = "X-Guid: 0a1b-2c3e\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "nocase, braces", &nocase, { .headers = "X-Guid: {ffff}\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "nocase, absent", &nocase, { .headers = "" },
	    FAILS(HEADER, ABSENT) },
	{ "nocase, twice", &nocase,
	    { .headers = "X-Guid: ffff\nX-Guid: FFFF\n" },
	    FAILS(HEADER, REPEATED) },
	{ "nocase, unclean", &nocase, { .headers = "X-Guid: ffff\x7f\n" },
	    FAILS(HEADER, UNCLEAN) },

	{ "id of 15", &org, { .headers = "X-Org: " ORG "\n" }, SIGNS },
	{ "id of 18", &org, { .headers = "X-Org: " ORG "EAK\n" }, SIGNS },
	{ "id, second", &org, { .headers = "X-Org: 00D8d000003TRx3EAG\n" },
	    SIGNS },
	{ "id, case", &org, { .headers = "X-Org: 00D5f000001abcd\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "id of 18, case", &org, { .headers = "X-Org: 00D5f000001abcdEAA\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "id, wrong suffix", &org, { .headers = "X-Org: " ORG "EAA\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "id of 16", &org, { .headers = "X-Org: " ORG "E\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "id of 14", &org, { .headers = "X-Org: 00D5f000001AbC\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "id, malformed", &org, { .headers = "X-Org: 00D5f00000-AbCd\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "id, absent", &org, { .headers = NULL }, FAILS(HEADER, ABSENT) },
	{ "id, twice in both forms", &org,
	    { .headers = "X-Org: " ORG "\nX-Org: " ORG "EAK\n" },
	    FAILS(HEADER, REPEATED) },
	{ "id, unclean", &org, { .headers = "X-Org: " ORG "\xa0\n" },
	    FAILS(HEADER, UNCLEAN) },

	{ "must be absent, is", &absent, { .headers = "X-Tenant: abc\n" },
	    SIGNS },
	{ "must be absent, empty", &absent,
	    { .headers = "X-Tenant: abc\nX-Absent:\n" },
	    FAILS(HEADER, FORBIDDEN) },
	{ "must be absent, twice", &absent,
	    { .headers = "X-Absent: 1\nX-Tenant: abc\nX-Absent: 1\n" },
	    FAILS(HEADER, FORBIDDEN) },
	{ "must be absent, unclean", &absent,
	    { .headers = "X-Tenant: abc\nX-Absent: \x80\n" },
	    FAILS(HEADER, FORBIDDEN) },
	{ "must be absent, is not the only rule", &absent,
	    { .headers = "" }, FAILS(HEADER, ABSENT) },

	{ "optional, there", &optional, { .headers = "X-Tenant: abc\n" },
	    SIGNS },
	{ "optional, absent", &optional, { .headers = "" }, SIGNS_WARNING },
	{ "optional, differs", &optional, { .headers = "X-Tenant: x\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "optional, empty", &optional, { .headers = "X-Tenant:\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "optional, twice", &optional,
	    { .headers = "X-Tenant: abc\nX-Tenant: abc\n" },
	    FAILS(HEADER, REPEATED) },
	{ "optional, unclean", &optional, { .headers = "X-Tenant: \xff\n" },
	    FAILS(HEADER, UNCLEAN) },

	{ "all rules", &both, { .headers = "X-Tenant: abc\nX-Guid: g\n" },
	    SIGNS },
	{ "all but one", &both, { .headers = "X-Tenant: x\nX-Guid: g\n" },
	    FAILS(HEADER, DIFFERS) },
	{ "all but the last", &both, { .headers = "X-Tenant: abc\n" },
	    FAILS(HEADER, ABSENT) },
};

#define SECRETS(...)	.secrets = (const struct secret_rule[]){ __VA_ARGS__ \
	    }, .nsecrets = sizeof((const struct secret_rule[]){ \
	    __VA_ARGS__ }) / sizeof(struct secret_rule)
static const struct source one_secret = SOURCE(SECRETS(
    { .name = "X-Secret", .values = TEXTS("abababababababab") }));
static const struct source two_secrets = SOURCE(SECRETS(
    { .name = "X-Secret", .values = TEXTS("old-0123456789", "new-99") }));
static const struct source each_secret = SOURCE(SECRETS(
    { .name = "X-Secret", .values = TEXTS("abababababababab") },
    { .name = "X-Other", .values = TEXTS("cdcdcdcdcdcdcdcd") }));

static const struct policycase secrets[] = {
	{ "secret", &one_secret, { .headers =
	    "X-Secret: abababababababab\n" }, SIGNS },
	{ "secret, blanks", &one_secret, { .headers =
	    "x-secret :\r\n\tabababababababab \n" }, SIGNS },
	{ "secret, first differs", &one_secret, { .headers =
	    "X-Secret: xbababababababab\n" }, FAILS(SECRET_HEADER, DIFFERS) },
	{ "secret, last differs", &one_secret, { .headers =
	    "X-Secret: abababababababax\n" }, FAILS(SECRET_HEADER, DIFFERS) },
	{ "secret, case", &one_secret, { .headers =
	    "X-Secret: Abababababababab\n" }, FAILS(SECRET_HEADER, DIFFERS) },
	{ "secret, half", &one_secret, { .headers =
	    "X-Secret: abababab\n" }, FAILS(SECRET_HEADER, DIFFERS) },
	{ "secret, twice in the value", &one_secret, { .headers =
	    "X-Secret: abababababababababababababababab\n" },
	    FAILS(SECRET_HEADER, DIFFERS) },
	{ "secret, empty", &one_secret, { .headers = "X-Secret:\n" },
	    FAILS(SECRET_HEADER, DIFFERS) },
	{ "secret, absent", &one_secret, { .headers =
	    "X-Other: abababababababab\n" }, FAILS(SECRET_HEADER, ABSENT) },
	{ "secret, twice", &one_secret, { .headers =
	    "X-Secret: abababababababab\nX-Secret: abababababababab\n" },
	    FAILS(SECRET_HEADER, REPEATED) },
	{ "secret, twice, one wrong", &one_secret, { .headers =
	    "X-Secret: x\nX-Secret: abababababababab\n" },
	    FAILS(SECRET_HEADER, REPEATED) },
	{ "secret, unclean", &one_secret, { .headers =
	    "X-Secret: abababababababab\x01\n" },
	    FAILS(SECRET_HEADER, UNCLEAN) },
	{ "two values, old", &two_secrets, { .headers =
	    "X-Secret: old-0123456789\n" }, SIGNS },
	{ "two values, new", &two_secrets, { .headers =
	    "X-Secret: new-99\n" }, SIGNS },
	{ "two values, both", &two_secrets, { .headers =
	    "X-Secret: old-0123456789\nX-Secret: new-99\n" },
	    FAILS(SECRET_HEADER, REPEATED) },
	{ "two values, joined", &two_secrets, { .headers =
	    "X-Secret: old-0123456789new-99\n" },
	    FAILS(SECRET_HEADER, DIFFERS) },
	{ "two values, neither", &two_secrets, { .headers =
	    "X-Secret: new-98\n" }, FAILS(SECRET_HEADER, DIFFERS) },
	{ "two values, absent", &two_secrets, { .headers = NULL },
	    FAILS(SECRET_HEADER, ABSENT) },
	{ "two fields", &each_secret, { .headers =
	    "X-Secret: abababababababab\nX-Other: cdcdcdcdcdcdcdcd\n" },
	    SIGNS },
	{ "two fields, first differs", &each_secret, { .headers =
	    "X-Secret: x\nX-Other: cdcdcdcdcdcdcdcd\n" },
	    FAILS(SECRET_HEADER, DIFFERS) },
	{ "two fields, last differs", &each_secret, { .headers =
	    "X-Secret: abababababababab\nX-Other: x\n" },
	    FAILS(SECRET_HEADER, DIFFERS) },
	{ "two fields, last absent", &each_secret, { .headers =
	    "X-Secret: abababababababab\n" },
	    FAILS(SECRET_HEADER, ABSENT) },
	{ "two fields, exchanged", &each_secret, { .headers =
	    "X-Other: abababababababab\nX-Secret: cdcdcdcdcdcdcdcd\n" },
	    FAILS(SECRET_HEADER, DIFFERS) },
};

static const struct source by_spf = SOURCE(.spf = TEXTS("a.example",
    "b.example"));
static const struct source by_spf_and_login = SOURCE(
    .spf = TEXTS("a.example"), .login = TEXTS("one"));
#define FROM(...)	{ .client = "192.0.2.1", .spf = { __VA_ARGS__ } }

static const struct policycase spfs[] = {
	{ "spf, not asked", &by_spf, { .client = "192.0.2.1" }, ASKS(SPF) },
	{ "spf, first", &by_spf, FROM({ "a.example", FACT_YES }), SIGNS },
	{ "spf, second", &by_spf, FROM({ "a.example", FACT_NO },
	    { "b.example", FACT_YES }), SIGNS },
	{ "spf, second alone", &by_spf, FROM({ "b.example", FACT_YES }),
	    SIGNS },
	{ "spf, one not", &by_spf, FROM({ "a.example", FACT_NO }),
	    ASKS(SPF) },
	{ "spf, neither", &by_spf, FROM({ "a.example", FACT_NO },
	    { "b.example", FACT_NO }), FAILS(SPF, DIFFERS) },
	{ "spf, one late", &by_spf, FROM({ "a.example", FACT_TEMPFAIL },
	    { "b.example", FACT_NO }), LATE(SPF) },
	{ "spf, one late, one open", &by_spf,
	    FROM({ "a.example", FACT_TEMPFAIL }), ASKS(SPF) },
	{ "spf, one late, one holds", &by_spf,
	    FROM({ "a.example", FACT_TEMPFAIL }, { "b.example", FACT_YES }),
	    SIGNS },
	{ "spf, another domain's", &by_spf, FROM({ "c.example", FACT_YES }),
	    ASKS(SPF) },
	{ "spf, unknown", &by_spf, FROM({ "a.example", FACT_UNKNOWN },
	    { "b.example", FACT_NO }), ASKS(SPF) },
	{ "spf, no client", &by_spf, { .spf = {
	    { "a.example", FACT_YES } } }, FAILS(SPF, ABSENT) },
	{ "spf and login", &by_spf_and_login, { .client = "192.0.2.1",
	    .login = "one", .spf = { { "a.example", FACT_YES } } }, SIGNS },
	{ "spf late, login differs", &by_spf_and_login,
	    { .client = "192.0.2.1", .login = "x",
	    .spf = { { "a.example", FACT_TEMPFAIL } } },
	    FAILS(LOGIN, DIFFERS) },
	{ "spf open, login differs", &by_spf_and_login,
	    { .client = "192.0.2.1", .login = "x" }, FAILS(LOGIN, DIFFERS) },
	{ "spf open, login absent", &by_spf_and_login,
	    { .client = "192.0.2.1" }, FAILS(LOGIN, ABSENT) },
};

#define DKIMS(...)	.dkims = (const struct dkim_rule[]){ __VA_ARGS__ }, \
	    .ndkims = sizeof((const struct dkim_rule[]){ __VA_ARGS__ }) / \
	    sizeof(struct dkim_rule)
static const struct source by_dkim = SOURCE(DKIMS(
    { .sdids = TEXTS("tenant.example", "*.sub.tenant.example"),
    .max_age = 900, .max_uses = 1 }));
static const struct source by_selector = SOURCE(DKIMS(
    { .sdids = TEXTS("tenant-*.example"), .selectors = TEXTS("s1", "k*"),
    .fields = TEXTS("To", "Subject"), .max_age = 900, .max_uses = 1 }));
static const struct source by_names = SOURCE(DKIMS(
    { .sdids = TEXTS("tenant.example", "*.tenant.example"),
    .selectors = TEXTS("s1", "k*") },
    { .sdids = TEXTS("other.example") },
    { .sdids = TEXTS("other.example"), .selectors = TEXTS("s2") }));
static const struct source by_cover = SOURCE(DKIMS(
    { .sdids = TEXTS("tenant.example"), .must_cover = TEXTS("Reply-To",
    "content-type"), .max_age = 900, .max_uses = 1 }));
static const struct source by_two_dkims = SOURCE(DKIMS(
    { .sdids = TEXTS("tenant.example"), .max_age = 900, .max_uses = 1 },
    { .sdids = TEXTS("other.example"), .max_age = 60, .max_uses = 1 }));
static const struct source by_spf_and_dkim = SOURCE(
    .spf = TEXTS("a.example"), DKIMS({ .sdids = TEXTS("tenant.example"),
    .max_age = 900, .max_uses = 1 }));

static const char *const fields[] = { "from", "to", "subject", "to" };
#define SIGNATURE(d, s, is, t, ...)	{ .sdid = d, .selector = s, \
	    .valid = FACT_ ## is, .timestamp = POLICYCASE_NOW + (t), \
	    .fields = fields, .own = FACT_NO, __VA_ARGS__ }
#define KEY(is)			{ .sdid = "tenant.example", .selector = "s", \
	    .valid = FACT_YES, .timestamp = POLICYCASE_NOW, .fields = fields, \
	    .nfields = 4, .own = FACT_ ## is }
#define GOOD		SIGNATURE("tenant.example", "s", YES, -1, .nfields = 4)
#define BAD(is, t)	SIGNATURE("tenant.example", "s", is, t, .nfields = 4)
#define OF(d, s, n)	SIGNATURE(d, s, YES, 0, .nfields = n)
#define UNDATED		BAD(YES, -1 - POLICYCASE_NOW)
#define USED		SIGNATURE("tenant.example", "s", YES, -1, \
			.nfields = 4, .used_up = true)
#define LEFT_OUT(...)	SIGNATURE("tenant.example", "s", YES, 0, \
			.nfields = 4, .left_out = (const char *const[]) \
			{ __VA_ARGS__ }, .nleft_out = \
			sizeof((const char *const[]){ __VA_ARGS__ }) / \
			sizeof(char *))
#define SIGNED(...)	{ .client = "192.0.2.1", .signatures = \
	    (const struct fact_signature[]){ __VA_ARGS__ }, .nsignatures = \
	    sizeof((const struct fact_signature[]){ __VA_ARGS__ }) / \
	    sizeof(struct fact_signature) }

static const struct policycase dkims[] = {
	{ "dkim, not asked", &by_dkim, { .client = NULL }, ASKS(DKIM) },
	{ "dkim", &by_dkim, SIGNED(GOOD), SIGNS },
	{ "dkim, none", &by_dkim, { .dkim_known = true },
	    FAILS(DKIM, ABSENT) },
	{ "dkim, case", &by_dkim, SIGNED(OF("Tenant.Example", "s", 1)),
	    SIGNS },
	{ "dkim, subdomain", &by_dkim,
	    SIGNED(OF("a.sub.tenant.example", "s", 1)), SIGNS },
	{ "dkim, no subdomain", &by_dkim,
	    SIGNED(OF("a.tenant.example", "s", 1)), FAILS(DKIM, ABSENT) },
	{ "dkim, another domain", &by_dkim,
	    SIGNED(OF("evil.example", "s", 4)), FAILS(DKIM, ABSENT) },
	{ "dkim, look-alike", &by_dkim,
	    SIGNED(OF("tenant.example.evil.example", "s", 4)),
	    FAILS(DKIM, ABSENT) },
	{ "dkim, malformed", &by_dkim, SIGNED(OF("", "", 0)),
	    FAILS(DKIM, ABSENT) },
	{ "dkim, nothing of it known", &by_dkim, SIGNED({ .valid = FACT_NO }),
	    FAILS(DKIM, ABSENT) },
	{ "dkim, invalid", &by_dkim, SIGNED(BAD(NO, -1)),
	    FAILS(DKIM, INVALID) },
	{ "dkim, not judged", &by_dkim, SIGNED(BAD(UNKNOWN, -1)),
	    FAILS(DKIM, INVALID) },
	{ "dkim, late", &by_dkim, SIGNED(BAD(TEMPFAIL, -1)), LATE(DKIM) },
	{ "dkim, another domain late", &by_dkim, SIGNED(SIGNATURE(
	    "evil.example", "s", TEMPFAIL, 0, .nfields = 0)),
	    FAILS(DKIM, ABSENT) },
	{ "dkim, as old as may be", &by_dkim, SIGNED(BAD(YES, -900)),
	    SIGNS },
	{ "dkim, too old", &by_dkim, SIGNED(BAD(YES, -901)),
	    FAILS(DKIM, TOO_OLD) },
	{ "dkim, clock ahead", &by_dkim, SIGNED(BAD(YES, 300)), SIGNS },
	{ "dkim, future", &by_dkim, SIGNED(BAD(YES, 301)),
	    FAILS(DKIM, TOO_OLD) },
	{ "dkim, undated", &by_dkim, SIGNED(UNDATED), FAILS(DKIM, TOO_OLD) },
	{ "dkim, used up", &by_dkim, SIGNED(USED), FAILS(DKIM, REPLAYED) },

	{ "dkim, selector", &by_selector,
	    SIGNED(OF("tenant-1.example", "s1", 3)), SIGNS },
	{ "dkim, selector pattern", &by_selector,
	    SIGNED(OF("tenant-.example", "K2", 4)), SIGNS },
	{ "dkim, other selector", &by_selector,
	    SIGNED(OF("tenant-1.example", "s12", 4)), FAILS(DKIM, ABSENT) },
	{ "dkim, selector of two labels", &by_selector,
	    SIGNED(OF("tenant-1.example", "k.s1", 4)), FAILS(DKIM, ABSENT) },
	{ "dkim, empty selector", &by_selector,
	    SIGNED(OF("tenant-1.example", "", 4)), FAILS(DKIM, ABSENT) },
	{ "dkim, domain over labels", &by_selector,
	    SIGNED(OF("tenant-a.b.example", "s1", 4)), FAILS(DKIM, ABSENT) },
	{ "dkim, a field left out", &by_selector,
	    SIGNED(OF("tenant-1.example", "s1", 2)),
	    FAILS(DKIM, INCOMPLETE) },
	{ "dkim, all fields left out", &by_selector,
	    SIGNED(OF("tenant-1.example", "s1", 0)),
	    FAILS(DKIM, INCOMPLETE) },

	{ "dkim, by a key of ours", &by_dkim, SIGNED(KEY(YES)),
	    FAILS(DKIM, OWN) },
	{ "dkim, no signer answers whose key", &by_dkim,
	    SIGNED(KEY(TEMPFAIL)), LATE_BY(DKIM, NO_SIGNER) },
	{ "dkim, nobody asked whose key", &by_dkim, SIGNED(KEY(UNKNOWN)),
	    LATE_BY(DKIM, NO_SIGNER) },
	{ "dkim, ours and invalid", &by_dkim, SIGNED(SIGNATURE(
	    "tenant.example", "s", NO, 0, .nfields = 4)),
	    FAILS(DKIM, INVALID) },
	{ "several, one of them ours", &by_dkim, SIGNED(KEY(YES), GOOD),
	    SIGNS },
	{ "several, ours is told", &by_dkim, SIGNED(BAD(NO, 0), KEY(YES)),
	    FAILS(DKIM, OWN) },

	{ "dkim, leaves a field out that it must cover", &by_cover,
	    SIGNED(LEFT_OUT("cc", "reply-to")), FAILS(DKIM, INCOMPLETE) },
	{ "dkim, leaves out what it may", &by_cover,
	    SIGNED(LEFT_OUT("cc", "to")), SIGNS },
	{ "dkim, another source's field", &by_dkim,
	    SIGNED(LEFT_OUT("reply-to")), SIGNS },
	{ "several, the complete one holds", &by_cover,
	    SIGNED(LEFT_OUT("reply-to"), GOOD), SIGNS },
	{ "several, the incomplete one is told", &by_cover,
	    SIGNED(BAD(NO, 0), LEFT_OUT("content-type"), KEY(YES)),
	    FAILS(DKIM, INCOMPLETE) },

	{ "several, first holds", &by_dkim, SIGNED(GOOD, BAD(NO, 0)),
	    SIGNS },
	{ "several, last holds", &by_dkim, SIGNED(BAD(NO, 0), USED, UNDATED,
	    OF("evil.example", "s", 4), BAD(TEMPFAIL, 0), GOOD), SIGNS },
	{ "several, equal", &by_dkim, SIGNED(GOOD, GOOD), SIGNS },
	{ "several, one late", &by_dkim, SIGNED(BAD(NO, 0),
	    BAD(TEMPFAIL, 0)), LATE(DKIM) },
	{ "several, the replayed one is told", &by_dkim,
	    SIGNED(USED, BAD(NO, 0), UNDATED), FAILS(DKIM, REPLAYED) },
	{ "several, the old one is told", &by_dkim,
	    SIGNED(BAD(YES, -1000), BAD(NO, 0)), FAILS(DKIM, TOO_OLD) },
	{ "several, the broken one is told", &by_dkim,
	    SIGNED(BAD(NO, 0), OF("evil.example", "s", 4)),
	    FAILS(DKIM, INVALID) },

	{ "two rules", &by_two_dkims, SIGNED(GOOD,
	    OF("other.example", "s", 1)), SIGNS },
	{ "two rules, one signature", &by_two_dkims, SIGNED(GOOD, GOOD),
	    FAILS(DKIM, ABSENT) },
	{ "two rules, one late, one fails", &by_two_dkims,
	    SIGNED(BAD(TEMPFAIL, 0)), FAILS(DKIM, ABSENT) },

	{ "spf before dkim", &by_spf_and_dkim, { .client = "192.0.2.1" },
	    ASKS(SPF) },
	{ "spf no, dkim is not asked", &by_spf_and_dkim,
	    FROM({ "a.example", FACT_NO }), FAILS(SPF, DIFFERS) },
	{ "spf late, dkim is not asked", &by_spf_and_dkim,
	    FROM({ "a.example", FACT_TEMPFAIL }), LATE(SPF) },
	{ "spf yes, dkim open", &by_spf_and_dkim,
	    FROM({ "a.example", FACT_YES }), ASKS(DKIM) },
	{ "spf open, dkim known and bad", &by_spf_and_dkim,
	    SIGNED(BAD(NO, 0)), FAILS(DKIM, INVALID) },
	{ "spf open, dkim late", &by_spf_and_dkim,
	    SIGNED(BAD(TEMPFAIL, 0)), LATE(DKIM) },
};

/* What is worth a lookup: a rule of a source for the author could take it. */
static void
asks_for_signatures(void **state)
{
	static const struct {
		const struct source *source;
		const char	*author, *sdid, *selector;
		enum asked	 asked;
	} cases[] = {
		{ &by_dkim, "example.com", "tenant.example", "any",
		    ASKED_BY_PATTERN },
		{ &by_dkim, "example.com", "a.sub.tenant.example", "any",
		    ASKED_BY_PATTERN },
		{ &by_dkim, "example.com", "attacker.test", "any",
		    ASKED_BY_NOBODY },
		{ &by_dkim, "example.net", "tenant.example", "any",
		    ASKED_BY_NOBODY },
		{ &by_dkim, NULL, "tenant.example", "any", ASKED_BY_NOBODY },
		{ &by_selector, "example.com", "tenant-1.example", "k9",
		    ASKED_BY_PATTERN },
		{ &by_selector, "example.com", "tenant-1.example", "s1",
		    ASKED_BY_PATTERN },
		{ &by_selector, "example.com", "tenant-1.example", "a9",
		    ASKED_BY_NOBODY },
		{ &by_two_dkims, "example.com", "other.example", "any",
		    ASKED_BY_PATTERN },
		{ &by_names, "example.com", "tenant.example", "s1",
		    ASKED_BY_NAME },
		{ &by_names, "example.com", "Tenant.example", "S1",
		    ASKED_BY_NAME },
		{ &by_names, "example.com", "tenant.example", "k1",
		    ASKED_BY_PATTERN },
		{ &by_names, "example.com", "a.tenant.example", "s1",
		    ASKED_BY_PATTERN },
		{ &by_names, "example.com", "other.example", "s1",
		    ASKED_BY_PATTERN },
		/* One rule asks by a pattern, another by name. */
		{ &by_names, "example.com", "other.example", "s2",
		    ASKED_BY_NAME },
		{ &by_names, "example.com", "tenant.example", "s2",
		    ASKED_BY_NOBODY },
	};
	struct config config = { .nsources = 1 };
	struct fact_domain author = { .name = "" };
	struct facts facts = { .authors = &author };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		config.sources = cases[i].source;
		facts.nauthors = cases[i].author != NULL;
		if (cases[i].author != NULL)
			(void)strlcpy(author.name, cases[i].author,
			    sizeof(author.name));
		if (policy_asks_signature(&facts, &config, cases[i].sdid,
		    cases[i].selector) != cases[i].asked)
			fail_msg("case %zu", i);
	}
}

static void
decides_by_headers(void **state)
{
	(void)state;
	RUN(headers);
}

static void
decides_by_secrets(void **state)
{
	(void)state;
	RUN(secrets);
}

static void
decides_by_spf(void **state)
{
	(void)state;
	RUN(spfs);
}

static void
decides_by_dkim(void **state)
{
	(void)state;
	RUN(dkims);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_by_headers),
		cmocka_unit_test(decides_by_secrets),
		cmocka_unit_test(decides_by_spf),
		cmocka_unit_test(decides_by_dkim),
		cmocka_unit_test(asks_for_signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
