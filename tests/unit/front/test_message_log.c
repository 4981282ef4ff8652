/* SPDX-License-Identifier: ISC */

/*
 * What is said of a message: the line in the log in both forms, the line in
 * the audit file, and the counters.  The message is this program's.
 */

#include <sys/socket.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "front/audit.h"
#include "front/counters.h"
#include "front/message_log.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))
#define SECRET	"never-to-be-told"

static struct message_signature	signatures[MESSAGE_MAX_SIGNATURES];

static struct {
	struct decision	 decision;
	struct removals	 removals;
	struct traces	 traces;
	size_t		 nsignatures;
	bool		 has_bodyhash;
	bool		 is_fragile;
} message;

const struct decision *
message_decision(const struct message *m)
{
	(void)m;
	return &message.decision;
}

const struct removals *
message_removals(const struct message *m)
{
	(void)m;
	return &message.removals;
}

const struct traces *
message_traces(const struct message *m)
{
	(void)m;
	return &message.traces;
}

size_t
message_nsignatures(const struct message *m)
{
	(void)m;
	return message.nsignatures;
}

const struct message_signature *
message_signature(const struct message *m, size_t i)
{
	(void)m;
	return &signatures[i];
}

const unsigned char *
message_bodyhash(const struct message *m)
{
	static const unsigned char hash[32] = { 0xfb, 0xff };

	(void)m;
	return message.has_bodyhash ? hash : NULL;
}

bool
message_is_fragile(const struct message *m)
{
	(void)m;
	return message.is_fragile;
}

static const char *const secrets[] = { SECRET };
static const struct secret_rule secret_rules[] = {
	{ .name = "X-Key", .values = { secrets, 1 } },
};
static const struct source source = {
	.name = "sales \"eu\"",
	.preset = "salesforce",
	.secrets = secret_rules,
	.nsecrets = 1,
};
static const struct source stream_source = {
	.name = "desk", .stream = "desk"
};
static const char *const plain_domains[] = { "example.com" };
static const char *const plain_authors[] = { "support@example.com" };
static const struct source plain_source = {
	.name = "crm",
	.domains = { plain_domains, 1 },
	.authors = { plain_authors, 1 },
};

static const struct factor_result holding[] = {
	{ .factor = FACTOR_NETWORKS, .outcome = OUTCOME_HOLDS },
	{ .factor = FACTOR_LOGIN, .outcome = OUTCOME_HOLDS },
	{ .factor = FACTOR_HEADER, .outcome = OUTCOME_WARNING,
	    .name = "X-SFDC-LK" },
};
static const struct factor_result failing[] = {
	{ .factor = FACTOR_NETWORKS, .outcome = OUTCOME_HOLDS },
	{ .factor = FACTOR_SECRET_HEADER, .outcome = OUTCOME_DIFFERS,
	    .name = "X-Key" },
};
static const struct factor_result replayed[] = {
	{ .factor = FACTOR_DKIM, .outcome = OUTCOME_REPLAYED },
};

static const struct {
	const char	*name;
	struct fate	 fate;
	const char	*queue_id, *author;
	const struct source *source;
	const struct factor_result *results;
	size_t		 nresults, nsignatures, nremoved;
	unsigned int	 faults;
	bool		 has_bodyhash;
	const char	*logfmt, *json;
	enum counter	 counted[4];	/* COUNTER_MAX: no more */
} cases[] = {
	{ "signed", { .action = ACTION_SIGN }, "4XyZ", "example.com",
	    &source, holding, N(holding), 2, 3, 0, true,
	    "qid=4XyZ action=signed client=192.0.2.1 author=example.com "
	    "source=\"sales \\\"eu\\\"\" preset=salesforce "
	    "factors=networks:holds,login:holds,"
	    "header/X-SFDC-LK:absent-optional "
	    "signatures=d1.example/s1/ed25519-sha256,"
	    "d0.example/s0/rsa-sha256 "
	    "bh=\"+/8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\" "
	    "removed_fields=3 elapsed_ms=12 hops=0",
	    "{'qid':'4XyZ','action':'signed','client':'192.0.2.1',"
	    "'author':'example.com','source':'sales \\\"eu\\\"',"
	    "'preset':'salesforce','factors':['networks:holds',"
	    "'login:holds','header/X-SFDC-LK:absent-optional'],'signatures':["
	    "'d1.example/s1/ed25519-sha256','d0.example/s0/rsa-sha256'],"
	    "'bh':'+/8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',"
	    "'removed_fields':3,'elapsed_ms':12,'hops':0}",
	    { COUNTER_SIGNED, COUNTER_SIGNATURES, COUNTER_SIGNATURES,
	    COUNTER_MAX } },
	{ "signed, fragile", { .action = ACTION_SIGN }, "Q", "example.com",
	    &plain_source, holding, 1, 1, 0,
	    DKIMSIG_FAULT_LONG_LINE | DKIMSIG_FAULT_8BIT_BODY, false,
	    "qid=Q action=signed client=192.0.2.1 author=example.com "
	    "source=crm factors=networks:holds "
	    "signatures=d0.example/s0/rsa-sha256 fragile=long-line,8bit "
	    "elapsed_ms=12 hops=0",
	    "{'qid':'Q','action':'signed','client':'192.0.2.1',"
	    "'author':'example.com','source':'crm',"
	    "'factors':['networks:holds'],"
	    "'signatures':['d0.example/s0/rsa-sha256'],"
	    "'fragile':['long-line','8bit'],'elapsed_ms':12,'hops':0}",
	    { COUNTER_SIGNED, COUNTER_SIGNATURES, COUNTER_FRAGILE,
	    COUNTER_MAX } },
	{ "nobody's", { .action = ACTION_PASS,
	    .reason = "no source for this author domain" }, "", "other.example",
	    NULL, NULL, 0, 0, 0, DKIMSIG_FAULT_8BIT_BODY, false,
	    "qid=\"\" action=passed client=192.0.2.1 author=other.example "
	    "reason=\"no source for this author domain\" elapsed_ms=12 hops=0",
	    "{'qid':'','action':'passed','client':'192.0.2.1',"
	    "'author':'other.example',"
	    "'reason':'no source for this author domain',"
	    "'elapsed_ms':12,'hops':0}",
	    { COUNTER_PASSED, COUNTER_MAX } },
	{ "forged", { .action = ACTION_REJECT, .cause = CAUSE_MISMATCH,
	    .reason = "source \"crm\": secret_header X-Key: differs" },
	    "A\" action=signed\r\nx", "example.com",
	    &source, failing, N(failing), 0, 1, 0, true,
	    "qid=\"A\\\" action=signed\\x0d\\x0ax\" action=rejected "
	    "client=192.0.2.1 author=example.com "
	    "source=\"sales \\\"eu\\\"\" preset=salesforce "
	    "factors=networks:holds,secret_header/X-Key:differs "
	    "bh=\"+/8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\" "
	    "reason=\"source \\\"crm\\\": secret_header X-Key: differs\" "
	    "elapsed_ms=12 hops=0",
	    "{'qid':'A\\\" action=signed\\r\\nx','action':'rejected',"
	    "'client':'192.0.2.1','author':'example.com',"
	    "'source':'sales \\\"eu\\\"','preset':'salesforce',"
	    "'factors':['networks:holds','secret_header/X-Key:differs'],"
	    "'bh':'+/8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',"
	    "'reason':'source \\\"crm\\\": secret_header X-Key: differs',"
	    "'elapsed_ms':12,'hops':0}",
	    { COUNTER_REJECTED, COUNTER_MAX } },
	{ "held, secret taken out", { .action = ACTION_QUARANTINE,
	    .cause = CAUSE_MISMATCH, .reason = "r" }, "Q", "a.example",
	    &plain_source, failing, 1, 0, 1, 0, false,
	    "qid=Q action=quarantined client=192.0.2.1 "
	    "authors=a.example,b.example author_uncertain=true "
	    "too_many_addresses=true from_fields=2 "
	    "source=crm factors=networks:holds removed_fields=1 reason=r "
	    "elapsed_ms=12 mentioned=c.example hops=0",
	    "{'qid':'Q','action':'quarantined','client':'192.0.2.1',"
	    "'authors':['a.example','b.example'],'author_uncertain':true,"
	    "'too_many_addresses':true,"
	    "'from_fields':2,'mentioned':['c.example'],'source':'crm',"
	    "'factors':['networks:holds'],"
	    "'removed_fields':1,'reason':'r','elapsed_ms':12,'hops':0}",
	    { COUNTER_QUARANTINED, COUNTER_MAX } },
	{ "signed in vain: the MTA takes no field", { .action = ACTION_TEMPFAIL,
	    .cause = CAUSE_SYSTEM, .reason = "r" }, "Q", "example.com",
	    &plain_source, holding, 1, 2, 3, DKIMSIG_FAULT_LONG_LINE, false,
	    "qid=Q action=tempfailed client=192.0.2.1 author=example.com "
	    "source=crm factors=networks:holds reason=r elapsed_ms=12 "
	    "cause=system hops=0",
	    "{'qid':'Q','action':'tempfailed','client':'192.0.2.1',"
	    "'author':'example.com','source':'crm',"
	    "'factors':['networks:holds'],'reason':'r','elapsed_ms':12,"
	    "'cause':'system','hops':0}",
	    { COUNTER_TEMPFAILED, COUNTER_SIGNER_ERRORS, COUNTER_MAX } },
	{ "would be signed", { .action = ACTION_SIGN, .observed = true },
	    "Q", "example.com", &plain_source, holding, 1, 0, 2, 0, false,
	    "qid=Q action=signed observed=true client=192.0.2.1 "
	    "author=example.com source=crm factors=networks:holds "
	    "removed_fields=2 "
	    "elapsed_ms=12 hops=0",
	    "{'qid':'Q','action':'signed','observed':true,"
	    "'client':'192.0.2.1','author':'example.com','source':'crm',"
	    "'factors':['networks:holds'],'removed_fields':2,'elapsed_ms':12,"
	    "'hops':0}",
	    { COUNTER_OBSERVED, COUNTER_MAX } },
	{ "would be tempfailed", { .action = ACTION_TEMPFAIL,
	    .cause = CAUSE_DNS, .reason = "r", .observed = true }, "Q",
	    "example.com",
	    &plain_source, NULL, 0, 0, 0, 0, false,
	    "qid=Q action=tempfailed observed=true client=192.0.2.1 "
	    "author=example.com source=crm reason=r elapsed_ms=12 cause=dns "
	    "hops=0",
	    "{'qid':'Q','action':'tempfailed','observed':true,"
	    "'client':'192.0.2.1','author':'example.com','source':'crm',"
	    "'reason':'r','elapsed_ms':12,'cause':'dns','hops':0}",
	    { COUNTER_OBSERVED, COUNTER_DNS_ERRORS, COUNTER_MAX } },
	{ "over the number of signatures", { .action = ACTION_TEMPFAIL,
	    .cause = CAUSE_LIMIT, .reason = "r" }, "Q", "example.com",
	    &plain_source, NULL, 0, 0, 0, 0, false,
	    "qid=Q action=tempfailed client=192.0.2.1 author=example.com "
	    "source=crm reason=r elapsed_ms=12 cause=signatures-per-hour "
	    "hops=0",
	    "{'qid':'Q','action':'tempfailed','client':'192.0.2.1',"
	    "'author':'example.com','source':'crm','reason':'r',"
	    "'elapsed_ms':12,'cause':'signatures-per-hour','hops':0}",
	    { COUNTER_TEMPFAILED, COUNTER_LIMITED, COUNTER_MAX } },
	{ "over the ceiling", { .action = ACTION_TEMPFAIL, .cause = CAUSE_RATE,
	    .reason = "r" }, "Q", "example.com",
	    &plain_source, NULL, 0, 0, 0, 0, false,
	    "qid=Q action=tempfailed client=192.0.2.1 author=example.com "
	    "source=crm reason=r elapsed_ms=12 cause=rate hops=0",
	    "{'qid':'Q','action':'tempfailed','client':'192.0.2.1',"
	    "'author':'example.com','source':'crm',"
	    "'reason':'r','elapsed_ms':12,'cause':'rate','hops':0}",
	    { COUNTER_TEMPFAILED, COUNTER_RATE_REFUSED, COUNTER_MAX } },
	{ "replayed", { .action = ACTION_REJECT, .cause = CAUSE_MISMATCH,
	    .reason = "r" }, "Q", "example.com",
	    &plain_source, replayed, 1, 0, 0, 0, false,
	    "qid=Q action=rejected client=192.0.2.1 author=example.com "
	    "source=crm factors=dkim:replayed reason=r elapsed_ms=12 hops=0",
	    "{'qid':'Q','action':'rejected','client':'192.0.2.1',"
	    "'author':'example.com','source':'crm',"
	    "'factors':['dkim:replayed'],'reason':'r','elapsed_ms':12,"
	    "'hops':0}",
	    { COUNTER_REJECTED, COUNTER_REPLAYED, COUNTER_MAX } },
};

/* The line that message_log() writes, without stamp, program and newline. */
static const char *
logged(const struct message_about *about)
{
	static char buf[3 * 4096];
	char *text;
	int fds[2], saved;
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	assert_true((saved = dup(STDERR_FILENO)) != -1);
	assert_true(dup2(fds[1], STDERR_FILENO) != -1);
	(void)close(fds[1]);
	message_log(about);
	assert_true(dup2(saved, STDERR_FILENO) != -1);
	(void)close(saved);
	assert_true((n = read(fds[0], buf, sizeof(buf) - 1)) > 0);
	(void)close(fds[0]);
	buf[n] = '\0';
	assert_null(strstr(buf, SECRET));
	assert_non_null(text = strstr(buf, "]: "));
	assert_ptr_equal(strchr(text, '\n'), buf + n - 1);
	buf[n - 1] = '\0';
	return text + 3;
}

/* The last line of the audit file, its time being right and taken out. */
static json_t *
audited(FILE *fp)
{
	char line[8192];
	const char *text;
	json_t *root, *when;
	int year, month, day, hour, minute, second, ms, end = 0;

	assert_non_null(fgets(line, sizeof(line), fp));
	assert_null(strstr(line, SECRET));
	assert_int_equal(line[strlen(line) - 1], '\n');
	assert_non_null(root = json_loads(line, JSON_REJECT_DUPLICATES,
	    NULL));
	assert_non_null(when = json_object_get(root, "time"));
	text = json_string_value(when);
	assert_int_equal(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n",
	    &year, &month, &day, &hour, &minute, &second, &ms, &end), 7);
	assert_int_equal(end, 24);
	assert_int_equal(text[end], '\0');
	assert_int_equal(json_object_del(root, "time"), 0);
	return root;
}

/* From JSON with ' for ". */
static json_t *
wanted(const char *text)
{
	char json[2048], *p;
	json_t *root;

	assert_true(strlcpy(json, text, sizeof(json)) < sizeof(json));
	for (p = json; (p = strchr(p, '\'')) != NULL;)
		*p = '"';
	assert_non_null(root = json_loads(json, 0, NULL));
	return root;
}

static char audit_path[64];
static FILE *audit;

static int
setup(void **state)
{
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < MESSAGE_MAX_SIGNATURES; i++) {
		(void)snprintf(signatures[i].sdid,
		    sizeof(signatures[i].sdid), "d%zu.example", i);
		(void)snprintf(signatures[i].key.selector,
		    sizeof(signatures[i].key.selector), "s%zu", i);
		signatures[i].key.algorithm = i % 2 == 0 ?
		    DKIMSIG_RSA_SHA256 : DKIMSIG_ED25519_SHA256;
	}
	(void)strlcpy(audit_path, "/tmp/countersign.XXXXXX",
	    sizeof(audit_path));
	if ((fd = mkstemp(audit_path)) == -1 ||
	    (audit = fdopen(fd, "r")) == NULL)
		return -1;
	audit_open(audit_path);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	audit_open(NULL);
	return fclose(audit) != 0 || unlink(audit_path) != 0;
}

static void
begin(struct facts *facts, const char *author)
{
	static struct fact_domain authors[2];
	static char login[] = SECRET, mention[] = "c.example";
	static char *mentions[] = { mention };

	memset(&message, 0, sizeof(message));
	memset(facts, 0, sizeof(*facts));
	facts->client_family = AF_INET;
	memcpy(facts->client_address, "\300\0\2\1", 4);
	facts->login = login;
	facts->authors = authors;
	facts->nfrom = 1;
	facts->nauthors = 1;
	memset(authors, 0, sizeof(authors));
	(void)strlcpy(authors[0].name, author, sizeof(authors[0].name));
	if (strcmp(author, "a.example") != 0)
		return;
	/* All that From may have. */
	facts->nfrom = facts->nauthors = 2;
	(void)strlcpy(authors[1].name, "b.example", sizeof(authors[1].name));
	facts->unreadable = facts->overflow = true;
	facts->mentions = mentions;
	facts->nmentions = 1;
}

static void
check_case(size_t i, bool is_json)
{
	static struct removal removals[4];
	struct config config = {
		.log_json = is_json, .audit_file = audit_path
	};
	struct facts facts;
	const struct message_about about = {
		&config, &facts, NULL, &cases[i].fate, cases[i].queue_id, 12000
	};
	json_t *want, *got;
	const char *line;
	size_t j;

	begin(&facts, cases[i].author);
	facts.faults = cases[i].faults;
	message.decision.source = cases[i].source;
	message.decision.nresults = cases[i].nresults;
	if (cases[i].nresults > 0)
		memcpy(message.decision.results, cases[i].results,
		    cases[i].nresults * sizeof(*cases[i].results));
	message.nsignatures = cases[i].nsignatures;
	message.has_bodyhash = cases[i].has_bodyhash;
	message.removals.list = removals;
	message.removals.n = N(removals);
	for (j = 0; j < N(removals); j++)
		removals[j].is_chosen = j < cases[i].nremoved;

	line = logged(&about);
	want = wanted(cases[i].json);
	if (!is_json && strcmp(line, cases[i].logfmt) != 0)
		fail_msg("%s: %s", cases[i].name, line);
	got = is_json ? json_loads(line, JSON_REJECT_DUPLICATES, NULL) :
	    json_incref(want);
	if (!json_equal(got, want))
		fail_msg("%s: %s", cases[i].name, line);
	json_decref(got);
	got = audited(audit);
	if (!json_equal(got, want))
		fail_msg("%s: in the audit file", cases[i].name);
	json_decref(got);
	json_decref(want);
}

static void
test_lines(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		check_case(i, false);
		check_case(i, true);
	}
}

/* How the counters change with a message. */
static void
test_counters(void **state)
{
	unsigned long want[COUNTER_MAX];
	struct facts facts;
	struct message_about about = { .facts = &facts };
	size_t i, j;

	(void)state;
	for (i = 0; i < N(cases); i++) {
		begin(&facts, cases[i].author);
		message.decision.nresults = cases[i].nresults;
		if (cases[i].nresults > 0)
			memcpy(message.decision.results, cases[i].results,
			    cases[i].nresults * sizeof(*cases[i].results));
		message.nsignatures = cases[i].nsignatures;
		message.is_fragile = cases[i].faults != 0;
		about.fate = &cases[i].fate;
		for (j = 0; j < COUNTER_MAX; j++)
			want[j] = counters_get(j);
		for (j = 0; cases[i].counted[j] != COUNTER_MAX; j++)
			want[cases[i].counted[j]]++;
		message_count(&about);
		for (j = 0; j < COUNTER_MAX; j++)
			if (counters_get(j) != want[j])
				fail_msg("%s: counter %zu", cases[i].name, j);
	}
}

/* The end of the line about a refused message. */
static const char *
tail(const struct message_about *about)
{
	const char *line = logged(about);

	assert_non_null(strstr(line, " elapsed_ms=0 "));
	return strstr(line, " elapsed_ms=0 ") + strlen(" elapsed_ms=0 ");
}

static const char found_value[] = "00D1U0000013lbuUAA";

static const struct {
	const char	*name;
	struct factor_result results[3];
	const char	*tail;
} found[] = {
	{ "a field", { { .factor = FACTOR_HEADER, .name = "X-Org",
	    .outcome = OUTCOME_DIFFERS } },
	    "header_value=00D1U0000013lbuUAA hops=0" },
	{ "a field, twice", { { .factor = FACTOR_HEADER, .name = "X-Twice",
	    .outcome = OUTCOME_DIFFERS } }, "hops=0" },
	{ "a field with bad characters", { { .factor = FACTOR_HEADER,
	    .name = "X-Bad", .outcome = OUTCOME_UNCLEAN } },
	    "header_value=\"a\\x01\" hops=0" },
	{ "a long field", { { .factor = FACTOR_HEADER, .name = "X-Long",
	    .outcome = OUTCOME_DIFFERS } }, NULL },
	{ "the first of two fields", { { .factor = FACTOR_HEADER,
	    .name = "X-Org", .outcome = OUTCOME_DIFFERS },
	    { .factor = FACTOR_HEADER, .name = "X-Bad",
	    .outcome = OUTCOME_UNCLEAN } },
	    "header_value=00D1U0000013lbuUAA hops=0" },
	/* If the first is a secret elsewhere, the second is not taken as it. */
	{ "a field that is a secret of another source", {
	    { .factor = FACTOR_HEADER, .name = "x-other-key",
	    .outcome = OUTCOME_DIFFERS }, { .factor = FACTOR_HEADER,
	    .name = "X-Org", .outcome = OUTCOME_DIFFERS } }, "hops=0" },
	{ "what holds", { { .factor = FACTOR_HEADER, .name = "X-Org" },
	    { .factor = FACTOR_LOGIN }, { .factor = FACTOR_HELO } },
	    "hops=0" },
	{ "what is missing", { { .factor = FACTOR_LOGIN,
	    .outcome = OUTCOME_ABSENT } }, "hops=0" },
	{ "names of the client", { { .factor = FACTOR_PTR,
	    .outcome = OUTCOME_DIFFERS }, { .factor = FACTOR_HELO,
	    .outcome = OUTCOME_DIFFERS }, { .factor = FACTOR_DAEMON,
	    .outcome = OUTCOME_DIFFERS } },
	    "ptr=mail.example helo=helo.example daemon=10025 hops=0" },
	{ "its certificate and login", { { .factor = FACTOR_CERT_CN,
	    .outcome = OUTCOME_DIFFERS }, { .factor = FACTOR_CERT_ISSUER,
	    .outcome = OUTCOME_DIFFERS }, { .factor = FACTOR_LOGIN,
	    .outcome = OUTCOME_DIFFERS } }, "cert_cn=cn.example "
	    "cert_issuer=\"An Issuer\" login=crm hops=0" },
	{ "a login of another source", { { .factor = FACTOR_LOGIN,
	    .outcome = OUTCOME_FORBIDDEN } }, "login=crm hops=0" },
	{ "a field that must be absent", { { .factor = FACTOR_HEADER,
	    .name = "X-Org", .outcome = OUTCOME_FORBIDDEN } }, "hops=0" },
	{ "the envelope, once", { { .factor = FACTOR_ENVELOPE,
	    .outcome = OUTCOME_DIFFERS }, { .factor = FACTOR_BOUNCE,
	    .outcome = OUTCOME_DIFFERS } }, "envelope=a@b.example hops=0" },
	{ "an author", { { .factor = FACTOR_AUTHORS,
	    .outcome = OUTCOME_DIFFERS } },
	    "author_address=ceo@example.com hops=0" },
	{ "authors that hold", { { .factor = FACTOR_AUTHORS } }, "hops=0" },
	{ "no author", { { .factor = FACTOR_LOGIN },
	    { .factor = FACTOR_AUTHORS, .outcome = OUTCOME_ABSENT } },
	    "hops=0" },
	{ "what has no value", { { .factor = FACTOR_NETWORKS,
	    .outcome = OUTCOME_DIFFERS }, { .factor = FACTOR_TLS,
	    .outcome = OUTCOME_DIFFERS }, { .factor = FACTOR_DKIM,
	    .outcome = OUTCOME_INVALID } }, "hops=0" },
};

/* Facts of a client that is not the source's. */
static void
set_found(struct facts *facts)
{
	static char names[][64] = { "mail.example", "helo.example",
	    "cn.example", "An Issuer", "crm", "a@b.example", "10025" };
	static char long_value[400];
	static char org[sizeof(found_value)];
	static struct fact_header headers[6];
	static char locals[][8] = { "support", "ceo" };
	static struct fact_address addresses[] = {
		{ NULL, "example.com" }, { locals[0], "example.com" },
		{ locals[0], "other.example" }, { locals[1], "example.com" },
	};
	static const char *const fields[] = { "X-Org", "X-Twice", "x-twice",
	    "X-Bad", "X-Long", "X-Other-Key" };
	size_t i;

	memcpy(org, found_value, sizeof(org));
	memset(long_value, 'l', sizeof(long_value) - 1);
	for (i = 0; i < N(fields); i++) {
		headers[i].name = (char *)(uintptr_t)fields[i];
		headers[i].value = org;
	}
	headers[3].value = (char *)(uintptr_t)"a\1";
	headers[4].value = long_value;
	headers[5].value = (char *)(uintptr_t)SECRET;
	facts->headers = headers;
	facts->nheaders = N(headers);
	facts->client_name = names[0];
	facts->helo = names[1];
	facts->cert_cn = names[2];
	facts->cert_issuer = names[3];
	facts->login = names[4];
	facts->envelope = names[5];
	facts->daemon_port = names[6];
	facts->addresses = addresses;
	facts->naddresses = N(addresses);
}

static void
test_found(void **state)
{
	static const char *secret_names[] = { "x-other-key" };
	struct config config = {
		.secret_names = { secret_names, N(secret_names) },
	};
	const struct fate fate = { .action = ACTION_REJECT, .reason = "r" };
	struct facts facts;
	const struct message_about about = {
		&config, &facts, NULL, &fate, "Q", 0
	};
	char want[512];
	size_t i;

	(void)state;
	for (i = 0; i < N(found); i++) {
		begin(&facts, "example.com");
		set_found(&facts);
		message.decision.reason = REASON_MISMATCH;
		message.decision.source = &plain_source;
		message.decision.nresults = N(found[i].results);
		memcpy(message.decision.results, found[i].results,
		    sizeof(found[i].results));
		(void)snprintf(want, sizeof(want), "cause=factor %s",
		    found[i].tail != NULL ? found[i].tail : "");
		if (found[i].tail == NULL)
			(void)snprintf(want, sizeof(want), "cause=factor "
			    "header_value=%.*s... hops=0", 252,
			    facts.headers[4].value);
		if (strcmp(tail(&about), want) != 0)
			fail_msg("%s: %s", found[i].name, tail(&about));
	}
	/* A source with a secret shows no field at all. */
	begin(&facts, "example.com");
	set_found(&facts);
	message.decision.source = &source;
	message.decision.nresults = 1;
	message.decision.results[0] = found[0].results[0];
	assert_string_equal(tail(&about), "hops=0");
}

static const struct {
	enum policy_reason reason;
	enum fate_cause	 cause;
	const char	*tail;
} causes[] = {
	{ REASON_MATCH,	CAUSE_NO_KEY,	"cause=no-key hops=0" },
	{ REASON_MATCH,	CAUSE_RATE,	"cause=rate hops=0" },
	{ REASON_MATCH,	CAUSE_LIMIT,	"cause=signatures-per-hour hops=0" },
	{ REASON_MATCH,	CAUSE_FRAGILE,	"cause=fragile hops=0" },
	{ REASON_MATCH,	CAUSE_SIZE,	"cause=size hops=0" },
	{ REASON_MATCH,	CAUSE_SYSTEM,	"cause=system hops=0" },
	{ REASON_UNKNOWN, CAUSE_DNS,	"cause=dns hops=0" },
	{ REASON_UNKNOWN, CAUSE_SYSTEM,	"cause=system hops=0" },
	{ REASON_NO_AUTHOR, CAUSE_NONE,	"cause=no-author hops=0" },
	{ REASON_NO_SOURCE, CAUSE_NONE,	"cause=no-source hops=0" },
	{ REASON_FAULT,	CAUSE_FAULT,	"cause=malformed hops=0" },
	{ REASON_FAULT,	CAUSE_NONE,	"cause=malformed hops=0" },
	{ REASON_MISMATCH, CAUSE_MISMATCH, "cause=factor hops=0" },
	{ REASON_MISMATCH, CAUSE_NONE,	"cause=factor hops=0" },
	{ REASON_UNCERTAIN, CAUSE_MISMATCH, "cause=uncertain-author hops=0" },
	{ REASON_ALIGNED, CAUSE_MISMATCH, "cause=aligned hops=0" },
	{ REASON_UNCLEAR, CAUSE_UNCLEAR, "cause=unclear-author hops=0" },
	{ REASON_MATCH, CAUSE_NONE,	"hops=0" },
};

static void
test_causes(void **state)
{
	struct config config = { .observe = false };
	struct fate fate = { .action = ACTION_PASS, .reason = "r" };
	struct facts facts;
	const struct message_about about = {
		&config, &facts, NULL, &fate, "Q", 0
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(causes); i++) {
		begin(&facts, "example.com");
		message.decision.reason = causes[i].reason;
		fate.cause = causes[i].cause;
		assert_string_equal(tail(&about), causes[i].tail);
	}
}

static void
test_traces(void **state)
{
	struct config config = { .observe = false };
	const struct fate fate = { .action = ACTION_PASS, .reason = "r" };
	struct facts facts;
	const struct message_about about = {
		&config, &facts, NULL, &fate, "Q", 0
	};
	unsigned long before;

	(void)state;
	begin(&facts, "example.com");
	message.traces = (struct traces){
		.nhops = 3, .list_id = "users lists.example",
		.signers = { "example.com", "platform.example" },
		.nsigners = 2,
	};
	assert_string_equal(tail(&about), "other_signatures=example.com,"
	    "platform.example list_id=\"users lists.example\" hops=3");
	message.traces.way = TRACES_WAY_FETCHED;
	assert_string_equal(tail(&about), "other_signatures=example.com,"
	    "platform.example list_id=\"users lists.example\" hops=3 "
	    "way=fetched");
	message.traces = (struct traces){ .way = TRACES_WAY_WEB };
	assert_string_equal(tail(&about), "hops=0 way=web");
	message.traces = (struct traces){ .dkim2 = { .nfields = 2, .hops = 2,
	    .domain = "list.example" } };
	assert_string_equal(tail(&about), "hops=0 dkim2_hops=2 "
	    "dkim2_domain=list.example");
	message.traces = (struct traces){ .dkim2 = { .nfields = 1 } };
	assert_string_equal(tail(&about), "hops=0 dkim2_hops=0");
	before = counters_get(COUNTER_DKIM2);
	message_count(&about);
	assert_int_equal(counters_get(COUNTER_DKIM2), before + 1);
}

/* The stream is named where its keys signed, or would have. */
static void
test_stream(void **state)
{
	static const struct {
		enum action	 action;
		enum fate_cause	 cause;
		const struct source *source;
		const char	*tail;
	} streams[] = {
		{ ACTION_SIGN, CAUSE_NONE, &stream_source,
		    "hops=0 stream=desk" },
		{ ACTION_TEMPFAIL, CAUSE_NO_KEY, &stream_source,
		    "cause=no-key hops=0 stream=desk" },
		{ ACTION_PASS, CAUSE_NO_KEY, &stream_source,
		    "cause=no-key hops=0 stream=desk" },
		{ ACTION_REJECT, CAUSE_MISMATCH, &stream_source, "hops=0" },
		{ ACTION_SIGN, CAUSE_NONE, &plain_source, "hops=0" },
		{ ACTION_TEMPFAIL, CAUSE_NO_KEY, &plain_source,
		    "cause=no-key hops=0" },
	};
	struct config config = { .observe = false };
	struct fate fate = { .reason = "r" };
	struct facts facts;
	const struct message_about about = {
		&config, &facts, NULL, &fate, "Q", 0
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(streams); i++) {
		begin(&facts, "example.com");
		message.decision.reason = REASON_MATCH;
		message.decision.source = streams[i].source;
		fate.action = streams[i].action;
		fate.cause = streams[i].cause;
		assert_string_equal(tail(&about), streams[i].tail);
	}
}

static void
test_clients(void **state)
{
	static const unsigned char address[16] = {
		0x20, 0x01, 0x0d, 0xb8, [15] = 1
	};
	struct config config = { .observe = false };
	const struct fate fate = { .action = ACTION_PASS, .reason = "r" };
	struct facts facts;
	const struct message_about about = {
		&config, &facts, NULL, &fate, "Q", 0
	};

	(void)state;
	begin(&facts, "example.com");
	facts.client_family = AF_INET6;
	memcpy(facts.client_address, address, sizeof(address));
	assert_string_equal(logged(&about), "qid=Q action=passed "
	    "client=2001:db8::1 author=example.com reason=r elapsed_ms=0 "
	    "hops=0");
	facts.client_family = 0;
	assert_string_equal(logged(&about), "qid=Q action=passed "
	    "author=example.com reason=r elapsed_ms=0 hops=0");
	/* Without an audit file in the configuration none is written. */
	clearerr(audit);
	assert_int_equal(fgetc(audit), EOF);
	clearerr(audit);
}

/* As much as there can be: JSON all the same, with what matters most. */
static void
check_most(size_t nauthors, size_t nmentions, bool is_whole)
{
	static struct fact_domain authors[DKIMSIG_MAX_AUTHORS];
	static char *mentions[DKIMSIG_MAX_AUTHORS];
	static char name[1000];
	struct config config = {
		.log_json = true, .audit_file = audit_path
	};
	struct fate fate = { .action = ACTION_SIGN };
	struct facts facts;
	const struct message_about about = {
		&config, &facts, NULL, &fate, "4XyZabcdefghijklmnop", 12000
	};
	json_t *root, *factors;
	size_t i;

	begin(&facts, "");
	facts.authors = authors;
	facts.nauthors = nauthors;
	facts.nmentions = nmentions;
	facts.mentions = mentions;
	for (i = 0; i < DKIMSIG_MAX_AUTHORS; i++) {
		memset(authors[i].name, 'a', DKIMSIG_MAX_DOMAIN);
		mentions[i] = authors[i].name;
	}
	memset(name, 'n', sizeof(name) - 1);
	memset(fate.reason, '"', sizeof(fate.reason) - 1);
	message.decision.source = &source;
	message.decision.nresults = POLICY_MAX_FACTORS;
	for (i = 0; i < POLICY_MAX_FACTORS; i++) {
		message.decision.results[i].factor = FACTOR_SECRET_HEADER;
		message.decision.results[i].outcome = OUTCOME_DIFFERS;
		message.decision.results[i].name = name;
	}
	message.nsignatures = MESSAGE_MAX_SIGNATURES;
	message.has_bodyhash = true;
	root = json_loads(logged(&about), JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_string_equal(json_string_value(json_object_get(root,
	    "action")), "signed");
	assert_int_equal(json_integer_value(json_object_get(root,
	    "elapsed_ms")), 12);
	assert_int_equal(json_object_get(root, "truncated") == NULL,
	    is_whole);
	factors = json_object_get(root, "factors");
	i = json_array_size(factors);
	assert_in_range(i, 8, POLICY_MAX_FACTORS - 1);
	assert_string_equal(json_string_value(json_array_get(factors,
	    i - 1)), "...");
	assert_non_null(strstr(json_string_value(json_array_get(factors,
	    i - 2)), "n:differs"));
	json_decref(root);
	json_decref(audited(audit));
}

static void
test_most(void **state)
{
	(void)state;
	check_most(1, 0, true);
	/* Mentions go first. */
	check_most(1, DKIMSIG_MAX_AUTHORS, false);
	check_most(DKIMSIG_MAX_AUTHORS, DKIMSIG_MAX_AUTHORS, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_causes),
		cmocka_unit_test(test_traces),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_clients),
		cmocka_unit_test(test_most)
	};

	return cmocka_run_group_tests_name("message_log", tests, setup,
	    teardown);
}
