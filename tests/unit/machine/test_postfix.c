/* SPDX-License-Identifier: ISC */

/*
 * The output of postconf(1), read, and a postconf that fails.  That a real
 * Postfix is read is checked with the faults of installations in tests/e2e.
 */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/postfix.h"

static const char parameters[] =
    "compatibility_level = 3.6\n"
    "config_directory = /etc/postfix\n"
    "mail_owner = postfix\n"
    "mail_version = 3.7.11\n"
    "mynetworks = 127.0.0.0/8 [::1]/128\n"
    "queue_directory = /var/spool/postfix\n"
    "smtpd_milters = { unix:a/b, default_action=tempfail }\n"
    "smtpd_sasl_auth_enable = no\n";
static const char set[] =
    "compatibility_level = 3.6\n"
    "smtpd_milters = $own_milters\n"
    "virtual_alias_maps =\n";
static const char services[] =
    "smtp       inet  n       -       y       -       -       smtpd\n"
    "submission inet  n       -       n       -       -       smtpd "
    "-o smtpd_milters= -o {milter_macro_daemon_name=a b} -v\n"
    "pickup     unix  -       -       -       60      1       pickup\n"
    "postlog    unix-dgram n  -       n       -       1       postlogd\n"
    "broken     unix  n\n";
static const char overrides[] =
    "submission/inet/milter_macro_daemon_name = a b\n"
    "submission/inet/smtpd_milters =\n"
    "nowhere/inet/smtpd_milters = x\n"
    "submission/inet\n";

static void
reads(void **state)
{
	const struct postfix_service *s;
	struct postfix *p;
	char error[200];

	(void)state;
	p = postfix_read(parameters, set, services, overrides, error,
	    sizeof(error));
	assert_non_null(p);
	assert_string_equal(postfix_queue_directory(p),
	    "/var/spool/postfix");
	assert_string_equal(postfix_config_directory(p), "/etc/postfix");
	assert_string_equal(postfix_mail_owner(p), "postfix");
	assert_string_equal(postfix_parameter(p, "smtpd_milters"),
	    "{ unix:a/b, default_action=tempfail }");
	assert_string_equal(postfix_parameter(p, "no_such_parameter"), "");
	assert_true(postfix_is_set(p, "smtpd_milters"));
	assert_true(postfix_is_set(p, "virtual_alias_maps"));
	assert_false(postfix_is_set(p, "mynetworks"));
	assert_string_equal(postfix_as_set(p, "smtpd_milters"),
	    "$own_milters");
	assert_null(postfix_as_set(p, "mynetworks"));
	assert_int_equal(postfix_nset(p), 3);
	assert_string_equal(postfix_set(p, 2)->name, "virtual_alias_maps");
	assert_string_equal(postfix_set(p, 2)->value, "");

	assert_int_equal(postfix_nservices(p), 4);
	s = postfix_service(p, 1);
	assert_string_equal(s->name, "submission");
	assert_string_equal(s->type, "inet");
	assert_string_equal(s->command, "smtpd");
	assert_string_equal(s->arguments, "-o smtpd_milters= "
	    "-o {milter_macro_daemon_name=a b} -v");
	assert_false(s->is_private);
	assert_false(s->is_chrooted);
	assert_int_equal(s->noverrides, 2);
	assert_string_equal(postfix_override(s, "smtpd_milters"), "");
	assert_null(postfix_override(s, "mynetworks"));
	assert_string_equal(postfix_service_parameter(p, s,
	    "smtpd_milters"), "");
	assert_string_equal(postfix_service_parameter(p, s, "mynetworks"),
	    "127.0.0.0/8 [::1]/128");
	assert_ptr_equal(postfix_find_service(p, "submission", "inet"), s);
	assert_null(postfix_find_service(p, "submission", "unix"));

	s = postfix_find_service(p, "smtp", "inet");
	assert_true(s->is_chrooted);
	assert_string_equal(s->arguments, "");
	assert_string_equal(postfix_service_parameter(p, s,
	    "smtpd_milters"), "{ unix:a/b, default_action=tempfail }");
	s = postfix_find_service(p, "pickup", "unix");
	assert_true(s->is_private);
	assert_false(s->is_chrooted);
	assert_string_equal(postfix_find_service(p, "postlog",
	    "unix-dgram")->command, "postlogd");
	postfix_free(p);
}

/* What "-" means for chroot, and how versions are compared. */
static void
versions(void **state)
{
	static const struct {
		const char	*version, *level;
		bool		 is_chrooted;
	} cases[] = {
		{ "2.11.3", "", true },
		{ "3.0.0", "0", true },
		{ "3.0.0", "1", false },
		{ "3.10.5", "3.6", false },
	};
	char text[200], error[200];
	struct postfix *p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(text, sizeof(text), "mail_version = %s\n"
		    "compatibility_level = %s\nqueue_directory = /q\n",
		    cases[i].version, cases[i].level);
		assert_non_null(p = postfix_read(text, "", services, "",
		    error, sizeof(error)));
		assert_int_equal(postfix_find_service(p, "pickup",
		    "unix")->is_chrooted, cases[i].is_chrooted);
		postfix_free(p);
	}
	assert_non_null(p = postfix_read(text, "", "", "", error,
	    sizeof(error)));
	assert_true(postfix_is_at_least(p, 3, 10));
	assert_true(postfix_is_at_least(p, 3, 9));
	assert_true(postfix_is_at_least(p, 2, 11));
	assert_false(postfix_is_at_least(p, 3, 11));
	assert_false(postfix_is_at_least(p, 4, 0));
	postfix_free(p);
}

static void
limits(void **state)
{
	static const char line[] = "s inet n - n - - smtpd\n";
	char *text, error[200];
	struct postfix *p;
	size_t i;

	(void)state;
	assert_null(postfix_read("", "", "", "", error, sizeof(error)));
	assert_string_equal(error, "postconf: no queue_directory in its "
	    "output");
	text = malloc((POSTFIX_MAX_SERVICES + 1) * strlen(line) + 1);
	assert_non_null(text);
	for (i = 0; i <= POSTFIX_MAX_SERVICES; i++)
		memcpy(text + i * strlen(line), line, sizeof(line));
	assert_non_null(p = postfix_read(parameters, "", text, "", error,
	    sizeof(error)));
	assert_int_equal(postfix_nservices(p), POSTFIX_MAX_SERVICES);
	postfix_free(p);
	free(text);
}

/* A postconf of ours, first in PATH. */
static void
opens(void **state)
{
	static const struct {
		const char	*script, *error;
	} cases[] = {
		{ "[ \"$1 $2\" = '-c /etc/here' ] || exit 9\n"
		    "case $3 in\n"
		    "-x) echo 'queue_directory = /q'; echo 'a = b c'\n"
		    "    echo 'config_directory = /etc/postfix' ;;\n"
		    "-n) echo 'a = b $x' ;;\n"
		    "-M) echo 'smtp inet n - n - - smtpd -o a=d' ;;\n"
		    "-Px) echo 'smtp/inet/a = d' ;;\n"
		    "esac", NULL },
		{ "echo 'postconf: fatal: no main.cf' >&2; exit 1",
		    "postconf: exit status 1: postconf: fatal: no main.cf" },
		{ "true", "postconf: no queue_directory in its output" },
	};
	char folder[] = "/tmp/countersign-postfix.XXXXXX", file[80];
	char error[200];
	struct postfix *p;
	FILE *fp;
	size_t i;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(file, sizeof(file), "%s/postconf", folder);
	assert_int_equal(setenv("PATH", folder, 1), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_non_null(fp = fopen(file, "w"));
		assert_true(fprintf(fp, "#!/bin/sh\n%s\n",
		    cases[i].script) > 0);
		assert_int_equal(fclose(fp), 0);
		assert_int_equal(chmod(file, 0755), 0);
		error[0] = '\0';
		assert_int_equal(postfix_open("/etc/here", &p, error,
		    sizeof(error)), cases[i].error == NULL ? 0 : -1);
		if (cases[i].error != NULL) {
			assert_string_equal(error, cases[i].error);
			assert_null(p);
			continue;
		}
		assert_string_equal(postfix_parameter(p, "a"), "b c");
		assert_string_equal(postfix_config_directory(p), "/etc/here");
		assert_string_equal(postfix_as_set(p, "a"), "b $x");
		assert_string_equal(postfix_service_parameter(p,
		    postfix_service(p, 0), "a"), "d");
		postfix_free(p);
	}
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(versions),
		cmocka_unit_test(limits),
		cmocka_unit_test(opens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
