/* SPDX-License-Identifier: ISC */

/*
 * usage: test_others FOLDER [make]
 *
 * Formats outside of the key store, as test_store.c has those inside: the file
 * of counts, the ledger of setup, what is pushed to other hosts, log lines and
 * the audit file.  With "make", write those of this version instead.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ceilings/counts.h"
#include "ceilings/slots.h"
#include "journal/decision.h"
#include "setup/ledger.h"
#include "sync/protocol.h"

#define PATH_SIZE	1024
#define NOW		INT64_C(1795424400)	/* 2026-11-23T09:00:00Z */

static const char *folder;
static char path[PATH_SIZE], why[512];

static const char *
path_of(const char *name)
{
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

/* -- Counts -------------------------------------------------------------- */

static struct source source = { .name = "desk" };
static const struct config config = { .sources = &source, .nsources = 1 };

static struct counts *
new_counts(void)
{
	struct counts *counts;

	source.ceilings.max[CEILING_MESSAGES] = 3;
	source.ceilings.defers = 1u << CEILING_MESSAGES;
	assert_non_null(counts = counts_new());
	assert_int_equal(counts_configure(counts, &config), 0);
	return counts;
}

static struct tally_result
take(struct counts *counts)
{
	const uint64_t hash = counts_recipient(counts, "a@example.com", NOW);
	const struct counts_message message = {
		.source = source.name, .recipients = &hash, .nrecipients = 1
	};
	struct tally_result result;

	counts_take(counts, &message, NOW, &result);
	return result;
}

static void
make_counts(void)
{
	struct counts *counts = new_counts();
	unsigned char *state;
	struct slots slots;
	uint64_t changed;
	size_t len, i;
	int fd;

	for (i = 0; i < 3; i++)
		(void)take(counts);
	assert_non_null(state = counts_write(counts, &len, &changed));
	fd = open(path_of("counts"), O_RDWR | O_CREAT | O_TRUNC, 0644);
	assert_true(fd != -1);
	slots = (struct slots){ .fd = fd };
	assert_int_equal(slots_write(&slots, state, len), 0);
	(void)close(fd);
	free(state);
	counts_free(counts);
}

static void
test_counts(void **unused)
{
	struct counts *counts = new_counts();
	unsigned char *state, *again;
	struct slots slots;
	uint64_t changed;
	size_t len, newlen;
	int fd;

	(void)unused;
	assert_true((fd = open(path_of("counts"), O_RDONLY)) != -1);
	assert_int_equal(slots_open(&slots, fd, &state, &len), SLOTS_OK);
	(void)close(fd);
	assert_int_equal(counts_read(counts, state, len), 0);
	assert_non_null(again = counts_write(counts, &newlen, &changed));
	assert_int_equal(newlen, len);
	assert_memory_equal(again, state, len);
	/* Three of three were counted. */
	assert_true(take(counts).is_refused);
	free(again);
	free(state);
	counts_free(counts);
}

/* A later version's is not read. */
static void
test_later_counts(void **unused)
{
	const unsigned char later[64] = { 0, 0, 0, 2 };
	struct counts *counts = new_counts();

	(void)unused;
	assert_int_equal(counts_read(counts, later, sizeof(later)), -1);
	counts_free(counts);
}

/* -- The ledger of setup ------------------------------------------------- */

static void
make_ledger(void)
{
	static const struct {
		enum change_kind kind;
		const char	*place, *name, *before, *after;
	} changes[] = {
		{ CHANGE_DIRECTORY, "/etc/countersign", NULL, NULL, "" },
		{ CHANGE_FILE, "/etc/countersign/countersign.conf", NULL,
		    "# theirs\n", "mode = observe\n" },
		{ CHANGE_KEYS, "/var/lib/countersign/keys", "example.com",
		    NULL, "" },
		{ CHANGE_UNIT, "countersign-milter.service", NULL, "disabled",
		    "enabled" },
		{ CHANGE_SETTING, "/etc/postfix", "smtpd_milters", "",
		    "unix:countersign/milter.sock" },
	};
	struct change *change;
	struct ledger ledger;
	size_t i;

	(void)unlink(path_of("setup.json"));
	assert_int_equal(ledger_open(&ledger, path, why, sizeof(why)), 0);
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		change = change_new(changes[i].kind, changes[i].place,
		    changes[i].name, changes[i].before, changes[i].after);
		assert_non_null(change);
		assert_int_equal(ledger_record(&ledger, change, why,
		    sizeof(why)), 0);
		change_free(change);
	}
	assert_int_equal(ledger_set_due(&ledger, DUE_POSTFIX, why,
	    sizeof(why)), 0);
	ledger_close(&ledger);
	(void)unlink(path_of("setup.json.lock"));
	assert_int_equal(chmod(path_of("setup.json"), 0644), 0);
}

/* Read a file; its length. */
static size_t
read_file(const char *name, char *text, size_t size)
{
	size_t len;
	FILE *fp;

	assert_non_null(fp = fopen(name, "r"));
	len = fread(text, 1, size - 1, fp);
	(void)fclose(fp);
	text[len] = '\0';
	return len;
}

static void
test_ledger(void **unused)
{
	char copy[] = "/tmp/countersign-formats.XXXXXX", lock[64];
	char want[8192], got[8192];
	const struct change *change;
	struct ledger ledger;
	FILE *fp;

	(void)unused;
	(void)read_file(path_of("setup.json"), want, sizeof(want));
	assert_non_null(fp = fdopen(mkstemp(copy), "w"));
	assert_true(fputs(want, fp) >= 0);
	assert_int_equal(fclose(fp), 0);
	if (ledger_open(&ledger, copy, why, sizeof(why)) != 0)
		fail_msg("%s", why);
	assert_int_equal(ledger.due, DUE_POSTFIX);
	change = ledger_find(&ledger, CHANGE_SETTING, "/etc/postfix",
	    "smtpd_milters");
	assert_non_null(change);
	assert_string_equal(change->before, "");
	/* Written twice, it is what it was. */
	assert_int_equal(ledger_set_due(&ledger, 0, why, sizeof(why)), 0);
	assert_int_equal(ledger_set_due(&ledger, DUE_POSTFIX, why,
	    sizeof(why)), 0);
	ledger_close(&ledger);
	(void)read_file(copy, got, sizeof(got));
	(void)unlink(copy);
	(void)snprintf(lock, sizeof(lock), "%s.lock", copy);
	(void)unlink(lock);
	assert_string_equal(got, want);
}

/* -- Lines --------------------------------------------------------------- */

/* Read each line of a file by a function, which fails the test; how many. */
static size_t
each_line(const char *name, void (*take_line)(char *line, size_t len))
{
	char *line = NULL;
	size_t size = 0, n = 0;
	ssize_t len;
	FILE *fp;

	assert_non_null(fp = fopen(path_of(name), "r"));
	while ((len = getline(&line, &size, fp)) > 0) {
		line[--len] = '\0';
		take_line(line, (size_t)len);
		n++;
	}
	(void)fclose(fp);
	free(line);
	return n;
}

static void
take_sync_line(char *line, size_t len)
{
	char copy[SYNC_MAX_LINE];
	struct sync_message message;
	struct ks_error error;

	assert_true(len < sizeof(copy));
	(void)strlcpy(copy, line, sizeof(copy));
	if (sync_message_parse(copy, &message, &error) != 0)
		fail_msg("%s: %s", line, error.text);
}

static void
test_sync(void **unused)
{
	char later[] = "countersign-sync 2 x";
	struct sync_message message;
	struct ks_error error;

	(void)unused;
	assert_true(each_line("sync", take_sync_line) > 15);
	assert_int_equal(sync_message_parse(later, &message, &error),
	    KS_E_FORMAT);
	assert_non_null(strstr(error.text, "install the same version of "
	    "countersign on all hosts"));
}

#define BODYHASH	"Ba3gj8+xBPQLJTahTfzW6RbWQ/XPgESxkCi2B66PSQg="
#define SENT		"networks:holds,header/X-SFDC-LK:holds"
#define STRAY		"networks:differs,header/X-SFDC-LK:absent"
#define NOT_THEIRS	"source \"sales\": networks: client address is not " \
			"in the source's networks"

/* What the lines of make_logs.py say, in each version; NULL is no such key. */
static const struct {
	const char	*qid, *action, *client, *author, *source, *factors;
	const char	*reason, *cause, *others;
	long long	 hops;
	const char	*list_id, *header_value, *login;
} decisions[] = {
	{ "SIGNED1", "signed", "192.0.2.1", "example.com", "sales", SENT,
	    NULL, NULL, "example.com", 1, NULL, NULL, NULL },
	{ "SIGNED2", "signed", "192.0.2.1", "example.com", "sales", SENT,
	    NULL, NULL, "platform.example", 1, NULL, NULL, NULL },
	{ "SANDBOX", "rejected", "192.0.2.1", "example.com", "sales",
	    "networks:holds,header/X-SFDC-LK:differs",
	    "source \"sales\": header X-SFDC-LK: value does not match the "
	    "source", "factor", "example.com", 1, NULL, "00D3X00000ABCDE",
	    NULL },
	{ "LISTED", "rejected", "198.51.100.1", "example.com", "sales", STRAY,
	    NOT_THEIRS, "factor", NULL, 1, "u.example", NULL, NULL },
	{ "FILTER", "rejected", "127.0.0.1", "example.com", "sales", STRAY,
	    NOT_THEIRS, "factor", NULL, 1, NULL, NULL, NULL },
	{ "CRON", "rejected", "127.0.0.1", "example.com", "sales", STRAY,
	    NOT_THEIRS, "factor", NULL, 0, NULL, NULL, NULL },
	{ "FORM", "rejected", "198.51.100.2", "example.com", "sales", STRAY,
	    NOT_THEIRS, "factor", NULL, 0, NULL, NULL, NULL },
	{ "NOKEY", "tempfailed", "192.0.2.1", "nokey.example", "sales", SENT,
	    "signing for nokey.example: no active key", "no-key", NULL, 1,
	    NULL, NULL, NULL },
	{ "NOBODY", "passed", "198.51.100.3", "other.example", NULL, NULL,
	    "no source for this author domain", "no-source", NULL, 1, NULL,
	    NULL, NULL },
	{ "LOGIN", "rejected", "192.0.2.9", "crm.example", "crm",
	    "login:differs,header/X-Org:differs,secret_header/X-Secret:holds",
	    "source \"crm\": login: login name is not one of the source's",
	    "factor", NULL, 1, NULL, NULL, "mallory" },
};
#define NDECISIONS	(sizeof(decisions) / sizeof(decisions[0]))

static size_t ndecisions;
static bool has_time;

static void
check_text(const char *qid, const char *name, const char *got,
    const char *want)
{
	if (got == NULL ? want != NULL : want == NULL ||
	    strcmp(got, want) != 0)
		fail_msg("%s: %s is %s, want %s", qid, name,
		    got == NULL ? "not there" : got,
		    want == NULL ? "nothing" : want);
}

static void
check_list(const char *qid, const char *name, const struct logged_list *got,
    const char *want)
{
	char joined[512] = "";
	size_t i;

	for (i = 0; i < got->n; i++) {
		(void)strlcat(joined, i == 0 ? "" : ",", sizeof(joined));
		(void)strlcat(joined, got->texts[i], sizeof(joined));
	}
	assert_false(got->is_cut);
	check_text(qid, name, got->n == 0 ? NULL : joined, want);
}

/* The selector has the date of the day on which the lines were made. */
static void
check_signature(const struct logged_decision *d)
{
	unsigned int day, number;
	int end = 0;

	if (!decision_is(d, "signed")) {
		assert_int_equal(d->signatures.n, 0);
		check_text(d->qid, "bh", d->bodyhash, NULL);
		return;
	}
	assert_int_equal(d->signatures.n, 1);
	assert_int_equal(sscanf(d->signatures.texts[0],
	    "example.com/%8ue%u/ed25519-sha256%n", &day, &number, &end), 2);
	assert_int_equal(end, strlen(d->signatures.texts[0]));
	check_text(d->qid, "bh", d->bodyhash, BODYHASH);
}

static void
take_decision(char *line, size_t len)
{
	static struct logged_decision d;
	const char *qid;
	size_t i = ndecisions++;

	if (!decision_parse(&d, line, len))
		fail_msg("not a decision: %s", line);
	assert_true(i < NDECISIONS);
	qid = decisions[i].qid;
	check_text(qid, "qid", d.qid, qid);
	check_text(qid, "action", d.action, decisions[i].action);
	check_text(qid, "client", d.client, decisions[i].client);
	check_text(qid, "author", d.author, decisions[i].author);
	check_text(qid, "source", d.source, decisions[i].source);
	check_list(qid, "factors", &d.factors, decisions[i].factors);
	check_text(qid, "reason", d.reason, decisions[i].reason);
	check_text(qid, "cause", d.cause, decisions[i].cause);
	check_list(qid, "other_signatures", &d.other_signatures,
	    decisions[i].others);
	check_text(qid, "list_id", d.list_id, decisions[i].list_id);
	check_text(qid, "header_value", d.header_value,
	    decisions[i].header_value);
	check_text(qid, "login", d.login, decisions[i].login);
	check_signature(&d);
	assert_int_equal(d.hops, decisions[i].hops);
	assert_in_range(d.elapsed_ms, 0, 60000);
	assert_int_equal(d.time != DECISION_NO_TIME, has_time);
	assert_true(!has_time || d.time > NOW);
}

static void
test_logs(void **unused)
{
	static const char *const names[] = { "log", "log.json", "audit" };
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ndecisions = 0;
		has_time = strcmp(names[i], "audit") == 0;
		assert_int_equal(each_line(names[i], take_decision),
		    NDECISIONS);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_later_counts),
		cmocka_unit_test(test_ledger),
		cmocka_unit_test(test_sync),
		cmocka_unit_test(test_logs)
	};

	if (argc < 2 || argc > 3) {
		(void)fprintf(stderr, "usage: test_others FOLDER [make]\n");
		return 2;
	}
	folder = argv[1];
	if (argc == 2)
		return cmocka_run_group_tests(tests, NULL, NULL);
	make_counts();
	make_ledger();
	return 0;
}
