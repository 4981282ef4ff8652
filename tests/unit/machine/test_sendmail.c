/* SPDX-License-Identifier: ISC */

/*
 * sendmail.cf: milters, their order, and options.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/sendmail.h"

static const char text[] =
    "# comment\n"
    "V10/Debian\n"
    "Xone, S=inet:8899@127.0.0.1, F=R\n"
    "Xtwo, F=T, S=unix:/nowhere/two, T=S:30s;R:30s\n"
    "Xthree, S=local:/nowhere/three\n"
    "Xfour\n"
    "O InputMailFilters=three, two\n"
    "O PidFile=/run/sendmail.pid\n"
    "O RunAsUser=smmta:smmsp\n"
    "O DontBlameSendmail=GroupWritableDirPathSafe,x\n"
    "O PidFileOfSomethingElse=/x\n"
    "DMexample.com\n"
    "Kgenerics hash /etc/mail/generics\n"
    "Kaccess hash -T<TMPF> /etc/mail/access\n"
    "FR-o /etc/mail/relay-domains %[^\\#]\n"
    "Fw/etc/mail/local-host-names\n"
    "C{TrustAuthMech}PLAIN LOGIN\n"
    "O SevenBitInput=True\n"
    "O ServerCertFile=/x.pem\n"
    "O CACertPath=/y\n"
    "O DaemonPortOptions=Family=inet,  Name=MTA-v4, Port=smtp\n"
    "O DaemonPortOptions=Port=587, M=Ea, InputMailFilters=two;one\n"
    "O DaemonPortOptions=Family=inet\n"
    "Mlocal,\t\tP=/usr/bin/mail, F=lsDFMAw5:/|@qPn9S,\n"
    "\t\tT=DNS/RFC822/X-Unix,\n"
    "Mesmtp,\t\tP=[IPC], F=mDFMuXa, E=\\r\\n,\n"
    "\t\tL=990,\n"
    "# comment\n"
    "\tP=/nowhere, L=12\n";

static void
reads(void **state)
{
	struct sendmail *s;
	char user[32];

	(void)state;
	assert_non_null(s = sendmail_read(text));
	assert_int_equal(s->nmilters, 4);
	assert_string_equal(s->milters[0].name, "one");
	assert_int_equal(s->milters[0].flag, 'R');
	assert_string_equal(s->milters[1].socket, "unix:/nowhere/two");
	assert_int_equal(s->milters[1].flag, 'T');
	assert_int_equal(s->milters[2].flag, '\0');
	assert_string_equal(s->milters[3].name, "four");
	assert_string_equal(s->milters[3].socket, "");
	assert_int_equal(s->norder, 2);
	assert_int_equal(s->order[0], 2);
	assert_int_equal(s->order[1], 1);
	assert_null(s->missing);
	assert_string_equal(s->pid_file, "/run/sendmail.pid");
	assert_string_equal(s->run_as, "smmta");
	assert_string_equal(s->run_as_group, "smmsp");
	assert_string_equal(sendmail_user(s, user, sizeof(user)),
	    "smmta:smmsp");
	assert_true(s->trusts_writable);
	assert_string_equal(s->masquerade, "example.com");
	assert_true(s->has_generics);
	assert_string_equal(s->milters[1].times, "S:30s;R:30s");
	assert_null(s->milters[0].times);

	/* Only those in use count, in either spelling of the socket. */
	assert_int_equal(sendmail_find(s, "unix:/nowhere/three"), 0);
	assert_int_equal(sendmail_find(s, "unix:/nowhere/two"), 1);
	assert_int_equal(sendmail_find(s, "inet:8899@127.0.0.1"), 2);
	assert_int_equal(sendmail_find(s, "unix:/nowhere/four"), 2);
	assert_ptr_equal(sendmail_milter_on(s, "unix:/nowhere/two"),
	    &s->milters[1]);
	assert_ptr_equal(sendmail_milter_on(s, "inet:8899@127.0.0.1"),
	    &s->milters[0]);
	assert_null(sendmail_milter_on(s, "unix:/nowhere/four"));
	sendmail_free(s);
}

/* Services, mailers, and who may relay. */
static void
services(void **state)
{
	struct sendmail *s;

	(void)state;
	assert_non_null(s = sendmail_read(text));
	assert_int_equal(s->ndaemons, 3);
	assert_string_equal(s->daemons[0].name, "MTA-v4");
	assert_string_equal(s->daemons[0].modifiers, "");
	assert_null(s->daemons[0].filters);
	assert_string_equal(s->daemons[1].name, "587");
	assert_string_equal(s->daemons[1].modifiers, "Ea");
	assert_string_equal(s->daemons[1].filters, "two;one");
	assert_string_equal(s->daemons[2].name, "MTA");

	/* In the order of all milters, or in that of a service. */
	assert_true(sendmail_uses(s, NULL, &s->milters[1]));
	assert_false(sendmail_uses(s, NULL, &s->milters[0]));
	assert_true(sendmail_uses(s, s->daemons[1].filters, &s->milters[0]));
	assert_false(sendmail_uses(s, s->daemons[1].filters, &s->milters[2]));
	assert_false(sendmail_uses(s, "", &s->milters[1]));

	assert_int_equal(s->nmailers, 2);
	assert_string_equal(s->mailers[0].name, "local");
	assert_string_equal(s->mailers[0].program, "/usr/bin/mail");
	assert_int_equal(s->mailers[0].line_limit, 0);
	assert_string_equal(s->mailers[1].program, "[IPC]");
	assert_string_equal(s->mailers[1].flags, "mDFMuXa");
	assert_int_equal(s->mailers[1].line_limit, 990);

	assert_true(s->strips_eighth_bit);
	assert_true(s->trusts_logins);
	assert_true(s->has_certificate);
	assert_true(s->has_authorities);
	assert_string_equal(s->access, "/etc/mail/access");
	assert_string_equal(s->access_type, "hash");
	assert_string_equal(s->relay_domains, "/etc/mail/relay-domains");
	sendmail_free(s);
}

static void
little(void **state)
{
	struct sendmail *s;
	char user[32];

	(void)state;
	assert_non_null(s = sendmail_read("DM\nO InputMailFilters=nobody\n"));
	assert_int_equal(s->nmilters, 0);
	assert_int_equal(s->norder, 0);
	assert_string_equal(s->missing, "nobody");
	assert_null(s->masquerade);
	assert_null(s->pid_file);
	assert_null(s->run_as);
	assert_null(s->run_as_group);
	assert_null(sendmail_user(s, user, sizeof(user)));
	assert_false(s->has_generics);
	assert_false(s->trusts_writable);
	assert_int_equal(sendmail_find(s, "unix:/x"), 0);
	assert_int_equal(s->ndaemons, 0);
	assert_int_equal(s->nmailers, 0);
	assert_false(s->strips_eighth_bit);
	assert_false(s->trusts_logins);
	assert_false(s->has_certificate);
	assert_false(s->has_authorities);
	assert_null(s->access);
	assert_null(s->relay_domains);
	sendmail_free(s);
	assert_non_null(s = sendmail_read("O RunAsUser=smmta\n"));
	assert_null(s->run_as_group);
	assert_string_equal(sendmail_user(s, user, sizeof(user)), "smmta");
	sendmail_free(s);
	/* As Red Hat has it. */
	assert_non_null(s = sendmail_read("Kaccess btree -T<TMPF> -o "
	    "/etc/mail/access.db\n"));
	assert_string_equal(s->access, "/etc/mail/access");
	assert_string_equal(s->access_type, "btree");
	sendmail_free(s);
	assert_non_null(s = sendmail_read(""));
	sendmail_free(s);
}

static void
limits(void **state)
{
	char *many, path[] = "/tmp/countersign-cf.XXXXXX", error[256];
	struct sendmail *s;
	size_t i;
	int fd;

	(void)state;
	assert_non_null(many = calloc(SENDMAIL_MAX_MILTERS + 2, 16));
	for (i = 0; i <= SENDMAIL_MAX_MILTERS; i++)
		(void)strlcat(many, "Xname, S=a\n",
		    (SENDMAIL_MAX_MILTERS + 2) * 16);
	assert_non_null(s = sendmail_read(many));
	assert_int_equal(s->nmilters, SENDMAIL_MAX_MILTERS);
	sendmail_free(s);
	free(many);

	assert_int_equal(sendmail_open("/nowhere/cf", &s, error,
	    sizeof(error)), 0);
	assert_null(s);
	assert_int_not_equal(fd = mkstemp(path), -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(sendmail_open(path, &s, error, sizeof(error)), 0);
	assert_int_equal(s->nmilters, 4);
	sendmail_free(s);
	assert_int_equal(ftruncate(fd, SENDMAIL_MAX_CF + 1), 0);
	assert_int_equal(sendmail_open(path, &s, error, sizeof(error)), -1);
	assert_non_null(strstr(error, ": too long"));
	assert_int_equal(ftruncate(fd, SENDMAIL_MAX_CF), 0);
	assert_int_equal(sendmail_open(path, &s, error, sizeof(error)), 0);
	sendmail_free(s);
	assert_int_equal(sendmail_open("/tmp", &s, error, sizeof(error)),
	    -1);
	assert_null(s);
	close(fd);
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(services),
		cmocka_unit_test(little),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
