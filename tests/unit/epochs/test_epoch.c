/* SPDX-License-Identifier: ISC */

/*
 * Epoch keys: only the host for which one was enveloped takes it, only if a
 * member signed it, and only one for each epoch.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

#include <cmocka.h>

#include "epochs/epoch.h"
#include "fleethosts.h"
#include "seal/envelope.h"

/* Hosts with certificates. */
static struct member {
	struct testhost	 host;
	EVP_PKEY	*pkey;
	X509		*cert;
} a, b, c;
static struct fleet_members members;
static struct fleet_epochs epochs;
static struct ks_error error;

static void
make(struct member *member, const char *name, unsigned char number)
{
	fleethosts_make(&member->host, name, number);
	assert_int_equal(fleet_cert_make(name, &member->pkey, &member->cert),
	    0);
	assert_int_equal(fleet_cert_digest(member->cert,
	    member->host.host.wrap), 0);
}

static void
finish(struct member *member)
{
	fleethosts_free(&member->host);
	EVP_PKEY_free(member->pkey);
	X509_free(member->cert);
}

/* a and b are members, c was expelled: epoch 2, whose key a has. */
static int
setup(void **state)
{
	(void)state;
	make(&a, "a.example", 1);
	make(&b, "b.example", 2);
	make(&c, "c.example", 3);
	c.host.host.to = 25;
	fleethosts_begin(&members, &a.host);
	fleethosts_change(&members, &b.host, 10, &a.host);
	fleethosts_change(&members, &c.host, 20, &a.host);
	fleethosts_change(&members, &c.host, 30, &a.host);
	memset(&epochs, 0, sizeof(epochs));
	assert_int_equal(fleet_epoch_make(&epochs, 1, &error), 0);
	assert_int_equal(fleet_epoch_make(&epochs, 2, &error), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fleet_epochs_finish(&epochs);
	fleet_members_finish(&members);
	finish(&a);
	finish(&b);
	finish(&c);
	return 0;
}

static void
wrap_for(struct fleet_wrap *wrap, const struct member *to, unsigned int number)
{
	if (fleet_wrap_make(wrap, &epochs, number, &members,
	    to->host.host.name, to->cert, "a.example", &error) != 0)
		fail_msg("%s", error.text);
}

/* A copy in which the row has another text; free only its octets. */
static struct fleet_wrap
replace(const struct fleet_wrap *wrap, const char *old, const char *new)
{
	struct fleet_wrap changed = *wrap;

	changed.octets = fleethosts_replace(wrap->octets, old, new);
	changed.len = strlen(changed.octets);
	return changed;
}

/* Sign it by a host, and let another one take it. */
static int
take(struct fleet_epochs *into, const struct member *self,
    const struct fleet_wrap *wrap, const struct member *by)
{
	unsigned char signature[FLEET_SIGNATURE];

	fleethosts_sign(&by->host, wrap->octets, wrap->len, signature);
	error.text[0] = '\0';
	return fleet_wrap_take(into, &members, self->host.host.name,
	    self->cert, self->pkey, wrap, signature, &error);
}

static void
test_admitted(void **state)
{
	struct fleet_epochs mine;
	struct fleet_wrap wrap;

	(void)state;
	memset(&mine, 0, sizeof(mine));
	wrap_for(&wrap, &b, 2);
	assert_null(memmem(wrap.blob, wrap.bloblen,
	    fleet_epochs_find(&epochs, 2)->kek, KEK_SIZE));
	assert_int_equal(take(&mine, &b, &wrap, &a), 0);
	assert_int_equal(mine.n, 1);
	assert_memory_equal(fleet_epochs_find(&mine, 2)->kek,
	    fleet_epochs_find(&epochs, 2)->kek, KEK_SIZE);
	assert_string_equal(fleet_epochs_find(&mine, 2)->check,
	    fleet_epochs_find(&epochs, 2)->check);
	/* Again. */
	assert_int_equal(take(&mine, &b, &wrap, &a), 0);
	assert_int_equal(mine.n, 1);
	fleet_wrap_finish(&wrap);
	/* An earlier one. */
	wrap_for(&wrap, &b, 1);
	assert_int_equal(take(&mine, &b, &wrap, &a), 0);
	assert_int_equal(mine.n, 2);
	assert_memory_not_equal(fleet_epochs_find(&mine, 1)->kek,
	    fleet_epochs_find(&mine, 2)->kek, KEK_SIZE);
	fleet_wrap_finish(&wrap);
	fleet_epochs_finish(&mine);
}

static void
refuse(const struct member *self, const struct fleet_wrap *wrap,
    const struct member *by, const char *want)
{
	struct fleet_epochs mine;

	memset(&mine, 0, sizeof(mine));
	assert_int_equal(take(&mine, self, wrap, by), KS_E_DAMAGED);
	if (strstr(error.text, want) == NULL)
		fail_msg("\"%s\", not \"%s\"", error.text, want);
	assert_int_equal(mine.n, 0);
}

static void
test_refused(void **state)
{
	struct fleet_wrap wrap, changed;
	struct member stranger;

	(void)state;
	wrap_for(&wrap, &b, 2);
	make(&stranger, "a.example", 9);
	refuse(&b, &wrap, &stranger, "not signed by");
	refuse(&b, &wrap, &b, "not signed by");
	refuse(&a, &wrap, &a, "it is for another host");
	/* A second machine that claims the name. */
	finish(&stranger);
	make(&stranger, "b.example", 9);
	refuse(&stranger, &wrap, &a, "not admitted with this certificate");
	finish(&stranger);
	/* By the host that was expelled. */
	changed = replace(&wrap, "by a.example", "by c.example");
	refuse(&b, &changed, &c, "not signed by");
	free(changed.octets);
	changed = replace(&wrap, "epoch 2\n", "epoch 3\n");
	refuse(&b, &changed, &a, "that epoch has not begun");
	free(changed.octets);
	changed = replace(&wrap, "epoch 2\n", "epoch 4294967298\n");
	refuse(&b, &changed, &a, "is too high");
	free(changed.octets);
	changed = replace(&wrap, members.fleet, members.digest);
	refuse(&b, &changed, &a, "another fleet");
	free(changed.octets);
	fleet_wrap_finish(&wrap);
}

/* Envelopes that an administrator exchanged, or a member made wrongly. */
static void
test_envelopes(void **state)
{
	struct fleet_wrap one, two, mixed;
	const char *check;

	(void)state;
	wrap_for(&one, &b, 1);
	wrap_for(&two, &b, 2);
	mixed = two;
	mixed.blob = one.blob;
	mixed.bloblen = one.bloblen;
	refuse(&b, &mixed, &a, "another envelope");
	/* The check of another key. */
	check = fleet_epochs_find(&epochs, 1)->check;
	mixed = replace(&two, fleet_epochs_find(&epochs, 2)->check, check);
	refuse(&b, &mixed, &a, "its key is another one");
	free(mixed.octets);
	fleet_wrap_finish(&one);
	fleet_wrap_finish(&two);
}

/* A member envelops more or less than a key. */
static void
test_lengths(void **state)
{
	const size_t lengths[] = { 1, KEK_SIZE - 1, KEK_SIZE + 1 };
	unsigned char text[KEK_SIZE + 1] = { 0 };
	char digest[FLEET_HEX_SIZE], old[FLEET_HEX_SIZE];
	struct fleet_wrap wrap, other;
	size_t i, bloblen;
	char *blob;

	(void)state;
	wrap_for(&wrap, &b, 2);
	assert_int_equal(fleet_digest(wrap.blob, wrap.bloblen, old), 0);
	memcpy(text, fleet_epochs_find(&epochs, 2)->kek, KEK_SIZE);
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		assert_int_equal(envelope_seal(b.cert, text, lengths[i],
		    &other.blob, &other.bloblen), 0);
		assert_int_equal(fleet_digest(other.blob, other.bloblen,
		    digest), 0);
		blob = other.blob;
		bloblen = other.bloblen;
		other = replace(&wrap, old, digest);
		other.blob = blob;
		other.bloblen = bloblen;
		refuse(&b, &other, &a, "its key is another one");
		fleet_wrap_finish(&other);
	}
	fleet_wrap_finish(&wrap);
}

/* There is a highest number of epochs. */
static void
test_full(void **state)
{
	unsigned int number;

	(void)state;
	for (number = 3; number <= FLEET_MAX_EPOCHS; number++)
		assert_int_equal(fleet_epoch_make(&epochs, number, &error), 0);
	assert_int_equal(fleet_epoch_make(&epochs, number, &error), KS_E_ARG);
	assert_string_equal(error.text, "there are too many epochs");
}

/* Each bit of the envelope and of the row counts. */
static void
test_flipped(void **state)
{
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_epochs mine;
	struct fleet_wrap wrap;
	char *octet;
	size_t i;

	(void)state;
	memset(&mine, 0, sizeof(mine));
	wrap_for(&wrap, &b, 2);
	fleethosts_sign(&a.host, wrap.octets, wrap.len, signature);
	for (i = 0; i < 8 * (wrap.len + wrap.bloblen); i++) {
		octet = i / 8 < wrap.len ? wrap.octets + i / 8 :
		    wrap.blob + (i / 8 - wrap.len);
		*octet ^= (char)(1 << i % 8);
		if (fleet_wrap_take(&mine, &members, "b.example", b.cert,
		    b.pkey, &wrap, signature, &error) != KS_E_DAMAGED)
			fail_msg("bit %zu", i);
		*octet ^= (char)(1 << i % 8);
	}
	assert_int_equal(mine.n, 0);
	fleet_wrap_finish(&wrap);
}

/* A second key for an epoch, which another member made at the same time. */
static void
test_two_keys(void **state)
{
	struct fleet_epochs others, mine;
	struct fleet_wrap wrap;

	(void)state;
	memset(&others, 0, sizeof(others));
	memset(&mine, 0, sizeof(mine));
	wrap_for(&wrap, &b, 2);
	assert_int_equal(take(&mine, &b, &wrap, &a), 0);
	fleet_wrap_finish(&wrap);
	assert_int_equal(fleet_epoch_make(&others, 2, &error), 0);
	assert_int_equal(fleet_wrap_make(&wrap, &others, 2, &members,
	    "b.example", b.cert, "a.example", &error), 0);
	assert_int_equal(take(&mine, &b, &wrap, &a), KS_E_EXISTS);
	assert_string_equal(error.text,
	    "epoch 2: another key is known here for it");
	assert_memory_equal(fleet_epochs_find(&mine, 2)->kek,
	    fleet_epochs_find(&epochs, 2)->kek, KEK_SIZE);
	fleet_wrap_finish(&wrap);
	fleet_epochs_finish(&others);
	fleet_epochs_finish(&mine);
}

/* A row counts as a key only if it says so itself, signed by a member. */
static void
test_counts(void **state)
{
	static const struct {
		const char	*name, *old, *new;
		unsigned int	 number;
		const char	*host;
		struct member	*by;
		bool		 counts;
	} cases[] = {
		{ "as it was made", "", "", 2, "b.example", &a, true },
		{ "in another place", "", "", 1, "b.example", &a, false },
		{ "of another host", "", "", 2, "a.example", &a, false },
		{ "signed by another", "", "", 2, "b.example", &b, false },
		{ "no epoch yet", "epoch 2", "epoch 3", 3, "b.example", &a,
		    false },
		{ "expelled", "by a.", "by c.", 2, "b.example", &c, false },
		{ "another text", "wrap 1", "wrap 2", 2, "b.example", &a,
		    false },
		{ "another member", "by a.", "by b.", 2, "b.example", &b,
		    true },
	};
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_wrap wrap, changed;
	size_t i;

	(void)state;
	wrap_for(&wrap, &b, 2);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		changed = cases[i].old[0] == '\0' ? wrap :
		    replace(&wrap, cases[i].old, cases[i].new);
		fleethosts_sign(&cases[i].by->host, changed.octets,
		    changed.len, signature);
		if (fleet_wrap_counts(&members, cases[i].number,
		    cases[i].host, changed.octets, changed.len, signature) !=
		    cases[i].counts)
			fail_msg("%s", cases[i].name);
		if (changed.octets != wrap.octets)
			free(changed.octets);
	}
	fleet_wrap_finish(&wrap);
}

static void
test_not_made(void **state)
{
	struct fleet_wrap wrap;

	(void)state;
	assert_int_equal(fleet_epoch_make(&epochs, 2, &error), KS_E_ARG);
	assert_int_equal(fleet_epoch_make(&epochs, 0, &error), KS_E_ARG);
	/* For the expelled host, with another certificate, of no epoch. */
	assert_int_equal(fleet_wrap_make(&wrap, &epochs, 2, &members,
	    "c.example", c.cert, "a.example", &error), KS_E_ARG);
	assert_int_equal(fleet_wrap_make(&wrap, &epochs, 2, &members,
	    "b.example", c.cert, "a.example", &error), KS_E_ARG);
	assert_int_equal(fleet_wrap_make(&wrap, &epochs, 3, &members,
	    "b.example", b.cert, "a.example", &error), KS_E_ARG);
	assert_null(wrap.octets);
	assert_null(wrap.blob);
	assert_non_null(strstr(error.text, "the key of epoch 3: run "
	    "'countersign-key fleet expel' again"));
}

/* Keys that the expelled host could open must be rotated. */
static void
test_over(void **state)
{
	struct fleet_row row;

	(void)state;
	memset(&row, 0, sizeof(row));
	row.kind = FLEET_ROW_KEY;
	row.epoch = 1;
	assert_true(fleet_epoch_is_over(&members, &row));
	row.epoch = 2;
	assert_false(fleet_epoch_is_over(&members, &row));
	/* Its private half was destroyed. */
	row.epoch = 0;
	assert_false(fleet_epoch_is_over(&members, &row));
	row.kind = FLEET_ROW_GONE;
	row.epoch = 1;
	assert_false(fleet_epoch_is_over(&members, &row));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_admitted, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_envelopes, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_lengths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flipped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_keys, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_made, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_over, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
