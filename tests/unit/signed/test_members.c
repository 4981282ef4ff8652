/* SPDX-License-Identifier: ISC */

/*
 * The member list: which version may follow which, and whose signatures count.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fleethosts.h"

#define SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static struct testhost a, b, c, d;
static struct fleet_members members;
static struct ks_error error;

/*
 * a begins with change 1, admits b with 10 and d with 20, and expels d with
 * 30: version 4, epoch 2.
 */
static int
setup(void **state)
{
	(void)state;
	fleethosts_make(&a, "a.example", 1);
	fleethosts_make(&b, "b.example", 2);
	fleethosts_make(&c, "c.example", 3);
	fleethosts_make(&d, "d.example", 4);
	fleethosts_begin(&members, &a);
	fleethosts_change(&members, &b, 10, &a);
	fleethosts_change(&members, &d, 20, &b);
	d.host.to = 25;
	fleethosts_change(&members, &d, 30, &a);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fleet_members_finish(&members);
	fleethosts_free(&a);
	fleethosts_free(&b);
	fleethosts_free(&c);
	fleethosts_free(&d);
	return 0;
}

/* Sign a text by a host, and try to put it in force.  Frees the text. */
static int
take(struct fleet_members *list, char *text, const struct testhost *by)
{
	unsigned char signature[FLEET_SIGNATURE];
	int r;

	fleethosts_sign(by, text, strlen(text), signature);
	error.text[0] = '\0';
	r = fleet_members_take(list, text, strlen(text), signature, &error);
	free(text);
	return r;
}

/* A version 5 that admits c, as a signs it. */
static char *
next_version(void)
{
	char *text;
	size_t len;

	assert_int_equal(fleet_members_follow(&members, &c.host, 40,
	    "a.example", &text, &len, &error), 0);
	assert_int_equal(strlen(text), len);
	return text;
}

/* The line of a host in the text; the caller frees it. */
static char *
line_of(const char *text, const char *name)
{
	char *begin, *line;

	if (asprintf(&line, "host %s ", name) == -1)
		fail();
	begin = strstr(text, line);
	free(line);
	assert_non_null(begin);
	line = strndup(begin, (size_t)(strchr(begin, '\n') + 1 - begin));
	assert_non_null(line);
	return line;
}

static void
test_history(void **state)
{
	(void)state;
	assert_int_equal(members.version, 4);
	assert_int_equal(members.epoch, 2);
	assert_int_equal(members.change, 30);
	assert_int_equal(members.nhosts, 3);
	assert_string_not_equal(members.fleet, members.digest);
	assert_int_equal(take(&members, next_version(), &a), 0);
	assert_int_equal(members.version, 5);
	assert_int_equal(members.epoch, 2);
	assert_true(fleet_members_admits(&members, "c.example"));
}

static const struct {
	const char	*host;
	int64_t		 change;
	bool		 counts;
} counts[] = {
	{ "a.example", 1, true },
	{ "a.example", 99, true },
	{ "b.example", 9, false },
	{ "b.example", 10, false },
	{ "b.example", 11, true },
	{ "b.example", 99, true },
	{ "d.example", 20, false },
	{ "d.example", 21, true },
	{ "d.example", 25, true },
	{ "d.example", 26, false },
	{ "d.example", 31, false },
	{ "c.example", 11, false },
	{ "b.exampl", 11, false },
};

static void
test_counts(void **state)
{
	unsigned char signature[FLEET_SIGNATURE];
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(counts); i++)
		if (fleet_members_counts(&members, counts[i].host,
		    counts[i].change) != counts[i].counts)
			fail_msg("%s %d", counts[i].host,
			    (int)counts[i].change);
	fleethosts_sign(&b, "x", 1, signature);
	assert_true(fleet_members_verify(&members, "b.example", 11, "x", 1,
	    signature));
	assert_false(fleet_members_verify(&members, "b.example", 10, "x", 1,
	    signature));
	assert_false(fleet_members_verify(&members, "a.example", 11, "x", 1,
	    signature));
	assert_false(fleet_members_verify(&members, "c.example", 11, "x", 1,
	    signature));
	assert_true(fleet_members_admits(&members, "b.example"));
	assert_false(fleet_members_admits(&members, "c.example"));
	assert_false(fleet_members_admits(&members, "d.example"));
}

/* Who may sign the next version. */
static void
test_signers(void **state)
{
	const struct {
		const struct testhost	*by;
		bool			 may;
	} signers[] = { { &c, false }, { &d, false }, { &b, true } };
	char *text, *by;
	size_t i;

	(void)state;
	/* In the name of another. */
	assert_int_equal(take(&members, next_version(), &b), KS_E_DAMAGED);
	for (i = 0; i < SIZE(signers); i++) {
		text = next_version();
		by = fleethosts_replace(text, "by a.example",
		    i == 0 ? "by c.example" : i == 1 ? "by d.example" :
		    "by b.example");
		free(text);
		assert_int_equal(take(&members, by, signers[i].by),
		    signers[i].may ? 0 : KS_E_DAMAGED);
		assert_int_equal(members.version, signers[i].may ? 5 : 4);
	}
}

/* The expelled host is named, so that the reason is not the signature. */
static void
test_expelled_signer(void **state)
{
	char *text, *by;

	(void)state;
	text = next_version();
	by = fleethosts_replace(text, "by a.example", "by d.example");
	free(text);
	assert_int_equal(take(&members, by, &d), KS_E_DAMAGED);
	assert_string_equal(error.text,
	    "it is signed by a host that is not admitted");
}

/* In a right version 5, old is replaced by new; a signs it all the same. */
static const struct {
	const char	*name, *old, *new, *want;
} bad[] = {
	{ "same version", "version 5", "version 4", "it is not the next" },
	{ "left out", "version 5", "version 6", "it is not the next" },
	{ "first again", "version 5", "version 1", "line 3 does not fit" },
	{ "number", "version 5", "version 05", "line 3 has no number" },
	{ "change", "change 40", "change 30", "its change number" },
	{ "epoch", "epoch 2", "epoch 3", "an epoch begins" },
	{ "epoch, old", "epoch 2", "epoch 1", "an epoch begins" },
	{ "epoch 0", "epoch 2", "epoch 0", "line 6 has no number" },
	{ "from", " 40 -\n", " 41 -\n", "a new host's rows" },
	{ "from, early", " 40 -\n", " 9 -\n", "a new host's rows" },
	{ "readmitted", "host d.example expelled", "host d.example admitted",
	    "line 10 is not the line" },
	{ "to", " 20 25\n", " 20 26\n", "it changes what an expelled" },
	{ "from of another", " 10 -\n", " 11 -\n", "it changes the keys" },
	{ "state", "host b.example admitted", "host b.example member",
	    "line 8 is not the line" },
	{ "order", "host a.example", "host b.example.a",
	    "line 8 is not in the order" },
	{ "twice", "host a.example", "host b.example",
	    "line 8 is not in the order" },
	{ "renamed", "host d.example", "host e.example", "it forgets a host" },
	{ "a name that is none", "host d.example", "host d/example",
	    "line 10 is not the line" },
	{ "blanks", "host d.example ", "host d.example  ",
	    "line 10 is not the line" },
	{ "no signer", "by a.example", "by ", "line 11 has no name" },
};

static void
test_refused(void **state)
{
	char *text, *changed;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(bad); i++) {
		text = next_version();
		changed = fleethosts_replace(text, bad[i].old, bad[i].new);
		free(text);
		if (take(&members, changed, &a) != KS_E_DAMAGED ||
		    strncmp(error.text, bad[i].want, strlen(bad[i].want)) !=
		    0)
			fail_msg("%s: \"%s\"", bad[i].name, error.text);
		assert_int_equal(members.version, 4);
	}
}

/* No host is forgotten, and no key has two hosts. */
static void
test_hosts(void **state)
{
	char *text, *line, *changed;
	const char *const names[] = { "a.example", "b.example", "d.example" };
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(names); i++) {
		text = next_version();
		line = line_of(text, names[i]);
		changed = fleethosts_replace(text, line, "");
		assert_int_equal(take(&members, changed, &a), KS_E_DAMAGED);
		assert_string_equal(error.text, "it forgets a host");
		free(line);
		free(text);
	}
	/* A new host with the keys of another one. */
	memcpy(c.host.sign, b.host.sign, sizeof(c.host.sign));
	assert_int_equal(fleet_members_follow(&members, &c.host, 40,
	    "a.example", &text, &i, &error), KS_E_ARG);
	assert_string_equal(error.text, "two hosts have the same key");
	fleethosts_free(&c);
	fleethosts_make(&c, "c.example", 3);
	memcpy(c.host.wrap, d.host.wrap, sizeof(c.host.wrap));
	assert_int_equal(fleet_members_follow(&members, &c.host, 40,
	    "a.example", &text, &i, &error), KS_E_ARG);
	assert_string_equal(error.text, "two hosts have the same key");
}

/* In the line of a host, another octet; in words, where. */
static const struct {
	const char	*name, *host;
	size_t		 at;		/* behind "host NAME admitted " */
	char		 octet;
	const char	*want;
} octets[] = {
	{ "signing key", "b.example", 0, 'A',
	    "it changes the keys of a host" },
	{ "certificate", "b.example", 45, 'f',
	    "it changes the keys of a host" },
	/* The last digit but "=" has two bits that do not count. */
	{ "two texts for a key", "b.example", 42, 'Q',
	    "the list is not in its normal form" },
	{ "no padding", "b.example", 43, 'A',
	    "the list is not in its normal form" },
};

static void
test_changed_key(void **state)
{
	char *text, *line, *wrong, *octet;
	size_t i;

	(void)state;
	for (i = 0; i < SIZE(octets); i++) {
		text = next_version();
		line = line_of(text, octets[i].host);
		wrong = strdup(line);
		assert_non_null(wrong);
		octet = wrong + strlen("host b.example admitted ") +
		    octets[i].at;
		if (octets[i].at == 42)
			*octet = (char)(*octet + 1);
		else
			*octet = octets[i].octet;
		assert_string_not_equal(wrong, line);
		assert_int_equal(take(&members, fleethosts_replace(text, line,
		    wrong), &a), KS_E_DAMAGED);
		if (strcmp(error.text, octets[i].want) != 0)
			fail_msg("%s: %s", octets[i].name, error.text);
		free(wrong);
		free(line);
		free(text);
	}
}

/* Lines of hosts that the list cannot have got. */
static void
test_states(void **state)
{
	char *text, *line, *wrong, *again;

	(void)state;
	/* d is admitted again. */
	text = next_version();
	line = line_of(text, "d.example");
	wrong = fleethosts_replace(line, "expelled", "admitted");
	again = fleethosts_replace(wrong, " 20 25\n", " 20 -\n");
	assert_int_equal(take(&members, fleethosts_replace(text, line,
	    again), &a), KS_E_DAMAGED);
	assert_string_equal(error.text,
	    "it admits a host that was expelled");
	free(again);
	free(wrong);
	free(line);
	/* c is expelled before it was admitted. */
	line = line_of(text, "c.example");
	wrong = fleethosts_replace(line, "admitted", "expelled");
	again = fleethosts_replace(wrong, " 40 -\n", " 40 40\n");
	assert_int_equal(take(&members, fleethosts_replace(text, line,
	    again), &a), KS_E_DAMAGED);
	assert_string_equal(error.text,
	    "it expels a host that it does not have");
	free(again);
	free(wrong);
	free(line);
	/* Another fleet with the same hosts. */
	wrong = fleethosts_replace(text, members.fleet, b.host.wrap);
	free(text);
	assert_int_equal(take(&members, wrong, &a), KS_E_DAMAGED);
}

/* Two hosts admit others at the same time: only one of the two counts. */
static void
test_fork(void **state)
{
	struct fleet_members other;
	struct testhost e;
	size_t len;
	char *text;

	(void)state;
	/* The same list, on another host. */
	fleethosts_begin(&other, &a);
	fleethosts_change(&other, &b, 10, &a);
	fleethosts_change(&other, &d, 20, &b);
	fleethosts_change(&other, &d, 30, &a);
	assert_string_equal(other.digest, members.digest);
	fleethosts_make(&e, "e.example", 5);
	assert_int_equal(take(&members, next_version(), &a), 0);
	assert_int_equal(fleet_members_follow(&other, &e.host, 40,
	    "b.example", &text, &len, &error), 0);
	assert_int_equal(take(&members, strdup(text), &b), KS_E_DAMAGED);
	assert_string_equal(error.text, "it is not the next version");
	assert_int_equal(take(&other, text, &b), 0);
	/* What follows one of them does not follow the other. */
	assert_int_equal(fleet_members_follow(&other, &c.host, 50,
	    "b.example", &text, &len, &error), 0);
	assert_int_equal(take(&members, text, &b), KS_E_DAMAGED);
	assert_string_equal(error.text,
	    "it follows another list: the fleet has two histories");
	fleet_members_finish(&other);
	fleethosts_free(&e);
}

/* What an expulsion may say, and that it cannot be taken back. */
static void
test_expel(void **state)
{
	size_t len;
	char *text, *changed;

	(void)state;
	b.host.to = 40;
	assert_int_equal(fleet_members_follow(&members, &b.host, 40,
	    "a.example", &text, &len, &error), KS_E_ARG);
	assert_string_equal(error.text, "an expelled host's rows count longer "
	    "than it was a member");
	b.host.to = 9;
	assert_int_equal(fleet_members_follow(&members, &b.host, 40,
	    "a.example", &text, &len, &error), KS_E_ARG);
	b.host.to = 39;
	assert_int_equal(fleet_members_follow(&members, &b.host, 40,
	    "a.example", &text, &len, &error), 0);
	/* Without a new epoch, b could still open what comes. */
	changed = fleethosts_replace(text, "epoch 3", "epoch 2");
	assert_int_equal(take(&members, changed, &a), KS_E_DAMAGED);
	assert_int_equal(take(&members, text, &a), 0);
	assert_int_equal(members.epoch, 3);
	assert_false(fleet_members_admits(&members, "b.example"));
	/* An epoch that begins by itself. */
	assert_int_equal(fleet_members_follow(&members, NULL, 45,
	    "a.example", &text, &len, &error), 0);
	assert_int_equal(take(&members, text, &a), 0);
	assert_int_equal(members.epoch, 4);
	assert_int_equal(members.nhosts, 3);
	/* b is stolen: it signs what follows. */
	assert_int_equal(fleet_members_follow(&members, &c.host, 50,
	    "b.example", &text, &len, &error), KS_E_ARG);
	assert_string_equal(error.text,
	    "it is signed by a host that is not admitted");
	/* The last one stays. */
	a.host.to = 45;
	assert_int_equal(fleet_members_follow(&members, &a.host, 50,
	    "a.example", &text, &len, &error), KS_E_ARG);
	assert_string_equal(error.text, "it expels the last host");
	/* Not again. */
	b.host.to = 38;
	assert_int_equal(fleet_members_follow(&members, &b.host, 50,
	    "a.example", &text, &len, &error), KS_E_ARG);
}

/* A version changes one host. */
static void
test_one_change(void **state)
{
	struct testhost e;
	size_t len;
	char *text, *line, *both, *at;

	(void)state;
	fleethosts_make(&e, "e.example", 5);
	assert_int_equal(fleet_members_follow(&members, &e.host, 40,
	    "a.example", &text, &len, &error), 0);
	line = line_of(text, "e.example");
	free(text);
	text = next_version();
	at = strstr(text, "by a.example");
	assert_non_null(at);
	if (asprintf(&both, "%.*s%s%s", (int)(at - text), text, line, at) ==
	    -1)
		fail();
	assert_int_equal(take(&members, both, &a), KS_E_DAMAGED);
	assert_string_equal(error.text, "it changes more than one host");
	free(text);
	free(line);
	fleethosts_free(&e);
}

/* The first version is that of its host. */
static void
test_first(void **state)
{
	struct fleet_members none;
	char *text, *changed, *next, *line;
	char before[FLEET_HEX_SIZE + 16];
	size_t len;

	(void)state;
	memset(&none, 0, sizeof(none));
	assert_int_equal(take(&none, next_version(), &a), KS_E_DAMAGED);
	assert_int_equal(fleet_members_begin(&a.host, &text, &len, &error), 0);
	assert_int_equal(take(&none, strdup(text), &b), KS_E_DAMAGED);
	changed = fleethosts_replace(text, "epoch 1", "epoch 2");
	assert_int_equal(take(&none, changed, &a), KS_E_DAMAGED);
	(void)snprintf(before, sizeof(before), "before %s", members.digest);
	changed = fleethosts_replace(text, "before -", before);
	assert_int_equal(take(&none, changed, &a), KS_E_DAMAGED);
	assert_string_equal(error.text, "it is not the first version");
	/* A second host, which nobody admitted. */
	next = next_version();
	line = line_of(next, "b.example");
	(void)snprintf(before, sizeof(before), "by a.example\n");
	free(next);
	if (asprintf(&next, "%s%s", line, before) == -1)
		fail();
	changed = fleethosts_replace(text, before, next);
	assert_int_equal(take(&none, changed, &a), KS_E_DAMAGED);
	assert_string_equal(error.text, "the first version must have one "
	    "host, which signs it");
	free(next);
	free(line);
	assert_int_equal(none.version, 0);
	assert_int_equal(take(&none, text, &a), 0);
	assert_string_equal(none.fleet, none.digest);
	/* It is not put in force twice. */
	assert_int_equal(fleet_members_begin(&a.host, &text, &len, &error), 0);
	assert_int_equal(take(&none, text, &a), KS_E_DAMAGED);
	fleet_members_finish(&none);
}

/* Each bit counts. */
static void
test_flipped(void **state)
{
	unsigned char signature[FLEET_SIGNATURE];
	char *text = next_version();
	const size_t len = strlen(text);
	size_t i;

	(void)state;
	fleethosts_sign(&a, text, len, signature);
	for (i = 0; i < 8 * len; i++) {
		text[i / 8] ^= (char)(1 << i % 8);
		if (fleet_members_take(&members, text, len, signature,
		    &error) != KS_E_DAMAGED)
			fail_msg("bit %zu", i);
		text[i / 8] ^= (char)(1 << i % 8);
	}
	assert_int_equal(fleet_members_take(&members, text, len, signature,
	    &error), 0);
	free(text);
}

/* What a person reads aloud. */
static void
test_fingerprint(void **state)
{
	char text[FLEET_FINGERPRINT_SIZE], other[FLEET_FINGERPRINT_SIZE];
	size_t i;

	(void)state;
	assert_int_equal(fleet_fingerprint(&a.host, text), 0);
	assert_int_equal(strlen(text), FLEET_FINGERPRINT_SIZE - 1);
	assert_true(fleet_fingerprint_is(&a.host, text));
	assert_false(fleet_fingerprint_is(&b.host, text));
	assert_false(fleet_fingerprint_is(&a.host, ""));
	for (i = 0; text[i] != '\0'; i++)
		if (text[i] >= 'a')
			text[i] = (char)(text[i] - 'a' + 'A');
	assert_true(fleet_fingerprint_is(&a.host, text));
	(void)strlcpy(other, text, sizeof(other));
	other[strlen(other) - 1] = '\0';
	assert_false(fleet_fingerprint_is(&a.host, other));
	(void)strlcpy(other, text, sizeof(other));
	other[0] = other[0] == '0' ? '1' : '0';
	assert_false(fleet_fingerprint_is(&a.host, other));
	/* It depends on the name and on both keys. */
	b.host = a.host;
	(void)strlcpy(b.host.name, "b.example", sizeof(b.host.name));
	assert_false(fleet_fingerprint_is(&b.host, text));
	b.host = a.host;
	b.host.sign[31] ^= 1;
	assert_false(fleet_fingerprint_is(&b.host, text));
	b.host = a.host;
	b.host.wrap[63] = b.host.wrap[63] == '0' ? '1' : '0';
	assert_false(fleet_fingerprint_is(&b.host, text));
}

/* There is a highest number of hosts. */
static void
test_full(void **state)
{
	struct testhost host;
	char name[FLEET_NAME_SIZE], *text;
	size_t len;
	int i;

	(void)state;
	for (i = 3; i < FLEET_MAX_HOSTS; i++) {
		(void)snprintf(name, sizeof(name), "h%d.example", i);
		fleethosts_make(&host, name, (unsigned char)(i + 10));
		fleethosts_change(&members, &host, 40 + i, &a);
		fleethosts_free(&host);
	}
	assert_int_equal(members.nhosts, FLEET_MAX_HOSTS);
	assert_int_equal(fleet_members_follow(&members, &c.host, 999,
	    "a.example", &text, &len, &error), KS_E_ARG);
	assert_non_null(strstr(error.text, "is one host too many"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_history, setup, teardown),
		cmocka_unit_test_setup_teardown(test_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_signers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_expelled_signer, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hosts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changed_key, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_states, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fork, setup, teardown),
		cmocka_unit_test_setup_teardown(test_expel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_change, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flipped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fingerprint, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
