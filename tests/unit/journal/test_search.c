/* SPDX-License-Identifier: ISC */

/*
 * Searching places: files with their rotated and compressed ones, the journal
 * by a program that stands for journalctl, and places that cannot be read.
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

#include "journal/logs.h"

static char folder[] = "/tmp/test_search.XXXXXX";
static char audit[64], journalctl[64];	/* paths in it */

/* 2026-11-27T04:00:00Z. */
static const int64_t now = 1795752000;

static char *
path_of(const char *name)
{
	static char paths[4][128];
	static size_t n;
	char *path = paths[n++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

/* A file that was last written age seconds ago. */
static void
write_file(const char *name, const char *text, int64_t age)
{
	const char *path = path_of(name);
	struct timespec times[2] = { { .tv_sec = (time_t)(now - age) },
	    { .tv_sec = (time_t)(now - age) } };
	FILE *fp = fopen(path, "w");

	assert_non_null(fp);
	assert_int_not_equal(fputs(text, fp), EOF);
	assert_int_equal(fclose(fp), 0);
	assert_int_equal(chmod(path, 0700), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
compress_file(const char *name)
{
	char command[256];

	(void)snprintf(command, sizeof(command), "gzip -f '%s'",
	    path_of(name));
	assert_int_equal(system(command), 0);
}

static int
begin(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(audit, sizeof(audit), "%s/audit", folder);
	(void)snprintf(journalctl, sizeof(journalctl), "%s/journalctl",
	    folder);
	return 0;
}

static int
clean(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'/*", folder);
	return system(command);
}

static int
end(void **state)
{
	(void)clean(state);
	return rmdir(folder);
}

struct found {
	char		 ids[256];
	const char	*wanted;	/* NULL: all */
};

static bool
take(void *arg, const struct logged_decision *d)
{
	struct found *f = arg;

	if (f->wanted != NULL && strcmp(f->wanted, d->qid) != 0)
		return false;
	(void)strlcat(f->ids, d->qid, sizeof(f->ids));
	(void)strlcat(f->ids, " ", sizeof(f->ids));
	return true;
}

static struct logs *
open_with(struct logs_options *options)
{
	options->user = "nobody";
	options->log_folder = folder;
	options->now = now;
	if (options->until == 0)
		options->until = now;
	if (options->journalctl == NULL)
		options->journalctl = "";
	return logs_open(options);
}

/* Which decisions are found, by their ids. */
static void
check(struct logs_options *options, const char *wanted, const char *ids)
{
	struct found f = { .wanted = wanted };
	struct logs *j = open_with(options);

	assert_non_null(j);
	(void)logs_search(j, take, &f);
	logs_close(j);
	assert_string_equal(f.ids, ids);
}

#define AUDIT(qid, day)	"{\"time\":\"2026-11-" day "T12:00:00.000Z\"," \
			"\"qid\":\"" qid "\",\"action\":\"passed\"}\n"
#define SYSLOG(qid, day) "2026-11-" day "T12:00:00+00:00 relay " \
			"countersign-milter[1]: qid=" qid " action=passed\n"

static void
test_rotated(void **state)
{
	struct logs_options options = { .audit_file = audit };

	(void)state;
	write_file("audit", AUDIT("D", "26") "half a li", 0);
	write_file("audit.1", AUDIT("C", "25"), 100000);
	write_file("audit.2", AUDIT("B", "24"), 200000);
	compress_file("audit.2");
	write_file("audit-20261123", AUDIT("A", "23"), 300000);
	write_file("audit.bak", AUDIT("X", "23"), 300000);
	write_file("audits", AUDIT("Y", "23"), 300000);
	check(&options, NULL, "A B C D ");
	/* By time; a file that was last written before is not even opened. */
	options.since = now - 150000;
	check(&options, NULL, "C D ");
	options.since = 0;
	options.until = 1795608000;		/* 25 November, noon */
	check(&options, NULL, "A B C ");
}

/* What glob(3) does not take as it stands. */
static void
test_odd_names(void **state)
{
	static const char *const names[] = { "[log]", "a*b?", "back\\slash" };
	struct logs_options options = { .user = NULL };
	char rotated[64];
	size_t i;

	(void)state;
	write_file("l.1", AUDIT("X", "23"), 300000);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(rotated, sizeof(rotated), "%s.1", names[i]);
		write_file(rotated, AUDIT("A", "25"), 100000);
		write_file(names[i], AUDIT("B", "26"), 0);
		options.audit_file = path_of(names[i]);
		check(&options, NULL, "A B ");
	}
}

/* Lines of 100 MB would show a buffer that grows. */
static void
test_long_line(void **state)
{
	struct logs_options options = { .audit_file = audit };
	struct logs *j;
	struct found f = { .wanted = NULL };
	int fd;

	(void)state;
	write_file("audit", AUDIT("A", "23"), 0);
	fd = open(path_of("audit"), O_WRONLY | O_APPEND);
	assert_int_not_equal(fd, -1);
	assert_int_equal(ftruncate(fd, 100 * 1000 * 1000), 0);
	assert_int_equal(write(fd, "\n" AUDIT("B", "24"),
	    strlen("\n" AUDIT("B", "24"))), strlen("\n" AUDIT("B", "24")));
	(void)close(fd);
	j = open_with(&options);
	assert_non_null(j);
	assert_int_equal(logs_search(j, take, &f), 2);
	assert_string_equal(f.ids, "A B ");
	assert_int_equal(j->places[0].nskipped, 1);
	assert_int_equal(j->places[0].ndecisions, 2);
	logs_close(j);
}

/* Writes an entry if it is asked with the right arguments. */
static const char fake_journalctl[] = "#!/bin/sh\n"
    "case \" $* \" in\n"
    "*' --output=json '*' SYSLOG_IDENTIFIER=countersign-milter '*) ;;\n"
    "*) exit 1 ;;\n"
    "esac\n"
    "echo '{\"__REALTIME_TIMESTAMP\":\"1795700000000000\",\"MESSAGE\":"
    "\"qid=J action=passed\"}'\n";

/* The first kind of place that has what is looked for is enough. */
static void
test_order(void **state)
{
	struct logs_options options = { .audit_file = audit,
	    .journalctl = journalctl };

	(void)state;
	write_file("audit", AUDIT("A", "23"), 0);
	write_file("journalctl", fake_journalctl, 0);
	write_file("mail.log.1", SYSLOG("L", "22"), 100);
	write_file("mail.log", SYSLOG("L", "23") SYSLOG("M", "23"), 0);
	write_file("syslog", SYSLOG("L", "23"), 0);
	check(&options, NULL, "A ");
	check(&options, "A", "A ");
	check(&options, "J", "J ");
	check(&options, "L", "L L ");
	check(&options, "M", "M ");
	check(&options, "N", "");
}

static void
test_failures(void **state)
{
	struct logs_options options = { .audit_file = audit,
	    .journalctl = journalctl };
	struct found f = { .wanted = NULL };
	struct logs *j;

	(void)state;
	write_file("journalctl", "#!/bin/sh\necho 'no journal' >&2\nexit 1\n",
	    0);
	write_file("mail.log.1.gz", "not compressed", 1);
	assert_int_equal(symlink("/etc/passwd", path_of("mail.log")), 0);
	assert_int_equal(mkdir(path_of("maillog"), 0700), 0);
	write_file("messages", SYSLOG("M", "23"), 0);
	write_file("messages.1.gz", "not compressed", 1);
	j = open_with(&options);
	assert_non_null(j);
	assert_int_equal(logs_search(j, take, &f), 1);
	assert_int_equal(j->nplaces, 4);
	assert_string_equal(j->places[0].name, path_of("audit"));
	assert_int_equal(j->places[0].state, LOGS_MISSING);
	assert_int_equal(j->places[1].state, LOGS_FAILED);
	assert_non_null(strstr(j->places[1].error, "no journal"));
	assert_string_equal(j->places[2].name, path_of("messages.1.gz"));
	assert_int_equal(j->places[2].state, LOGS_FAILED);
	assert_non_null(strstr(j->places[2].error, "not in gzip format"));
	assert_int_equal(j->places[3].state, LOGS_READABLE);
	logs_close(j);
}

static void
test_no_file(void **state)
{
	struct logs_options options = { .audit_file = NULL };
	struct logs *j = open_with(&options);

	(void)state;
	assert_non_null(j);
	assert_int_equal(j->nplaces, 2);
	assert_int_equal(j->places[0].kind, LOGS_SYSTEMD);
	assert_int_equal(j->places[0].state, LOGS_MISSING);
	assert_string_equal(j->places[1].name, path_of("mail.log"));
	assert_int_equal(j->places[1].state, LOGS_MISSING);
	logs_close(j);
}

/* A file that a person names may be a link, and no other place is read. */
static void
test_given(void **state)
{
	const char *given[2];
	struct logs_options options = { .audit_file = audit,
	    .given = given, .ngiven = 2 };

	(void)state;
	write_file("audit", AUDIT("A", "23"), 0);
	write_file("other", SYSLOG("O", "23") AUDIT("P", "23"), 0);
	assert_int_equal(symlink(path_of("other"), path_of("link")), 0);
	given[0] = path_of("link");
	given[1] = path_of("missing");
	check(&options, NULL, "O P ");
}

/* The newest files count. */
static void
test_limit(void **state)
{
	struct logs_options options = { .audit_file = audit };
	struct logs *j;
	char name[32];
	int i;

	(void)state;
	for (i = 1; i <= LOGS_MAX_FILES; i++) {
		(void)snprintf(name, sizeof(name), "audit.%d", i);
		write_file(name, "", i);
	}
	write_file("audit", "", 0);
	j = open_with(&options);
	assert_non_null(j);
	assert_int_equal(j->nleft_out, 1);
	assert_string_equal(j->places[0].name, path_of("audit.255"));
	assert_string_equal(j->places[LOGS_MAX_FILES - 1].name,
	    path_of("audit"));
	logs_close(j);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_rotated, clean),
		cmocka_unit_test_teardown(test_odd_names, clean),
		cmocka_unit_test_teardown(test_long_line, clean),
		cmocka_unit_test_teardown(test_order, clean),
		cmocka_unit_test_teardown(test_failures, clean),
		cmocka_unit_test_teardown(test_no_file, clean),
		cmocka_unit_test_teardown(test_given, clean),
		cmocka_unit_test_teardown(test_limit, clean),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
