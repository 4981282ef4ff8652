/* SPDX-License-Identifier: ISC */

/*
 * State as octets: what was counted is counted after it is read again, by the
 * same key; cut or changed, it is refused or harmless.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ceilings/counts.h"

#define HOUR	INT64_C(3600)
#define START	(20000 * 24 * HOUR + HOUR)

static struct source source;
static struct config config = { .sources = &source, .nsources = 1 };

static struct counts *
begin(const char *name)
{
	struct counts *counts = counts_new();

	assert_non_null(counts);
	source.name = name;
	source.ceilings.max[CEILING_MESSAGES] = 3;
	source.ceilings.max[CEILING_PER_RECIPIENT] = 2;
	source.ceilings.max[CEILING_PER_BODY] = 100;
	source.ceilings.defers = 1u << CEILING_MESSAGES |
	    1u << CEILING_PER_RECIPIENT;
	assert_int_equal(counts_configure(counts, &config), 0);
	return counts;
}

/* Send to one address; what it is over, or told. */
static struct tally_result
take(struct counts *counts, const char *address, int64_t now)
{
	const uint64_t hash = counts_recipient(counts, address, now);
	const unsigned char body[32] = { 5 };
	const struct counts_message message = {
		.source = source.name, .recipients = &hash, .nrecipients = 1,
		.bodyhash = body, .bodyhashlen = sizeof(body)
	};
	struct tally_result result;

	counts_take(counts, &message, now, &result);
	return result;
}

/* Start with a state, and send to one address. */
static struct tally_result
resume(const char *name, const unsigned char *text, size_t len, int64_t now)
{
	struct counts *counts = begin(name);
	struct tally_result result;

	assert_int_equal(counts_read(counts, text, len), 0);
	result = take(counts, "a@example.com", now);
	assert_int_equal(counts_were_reset(counts), now < START);
	counts_free(counts);
	return result;
}

static void
test_restart(void **state)
{
	struct counts *counts = begin("desk");
	unsigned char *text;
	uint64_t changed;
	size_t len;

	(void)state;
	assert_int_equal(take(counts, "a@example.com", START).over, 0);
	assert_int_equal(take(counts, "a@example.com", START).over, 0);
	assert_int_not_equal(take(counts, "a@example.com", START).alarms, 0);
	text = counts_write(counts, &len, &changed);
	assert_non_null(text);
	assert_true(changed == counts_changed(counts));
	assert_int_equal(take(counts, "b@example.com", START).over, 0);
	assert_false(changed == counts_changed(counts));
	counts_free(counts);

	counts = begin("desk");
	assert_int_equal(counts_read(counts, text, len), 0);
	/* The same recipient, and no second alarm in the hour. */
	assert_true(take(counts, "a@example.com", START + 60).is_refused);
	assert_int_equal(take(counts, "a@example.com", START + 60).alarms, 0);
	assert_int_equal(take(counts, "c@example.com", START + 60).over, 0);
	assert_int_equal(take(counts, "d@example.com", START + 60).over,
	    1u << CEILING_MESSAGES);
	counts_free(counts);

	/* Long after, and before: as for a clock that jumps. */
	assert_int_equal(resume("desk", text, len, START + 48 * HOUR).over, 0);
	assert_int_equal(resume("desk", text, len, START - 48 * HOUR).over, 0);
	/* A source that the state does not have. */
	assert_int_equal(resume("other", text, len, START).over, 0);
	free(text);
}

/* The file was busy at the start, and is read at a reload: what was counted
 * since is not replaced by what was counted before. */
static void
test_late(void **state)
{
	struct counts *counts = begin("desk");
	unsigned char *text;
	uint64_t changed;
	size_t len;

	(void)state;
	(void)take(counts, "a@example.com", START);
	text = counts_write(counts, &len, &changed);
	assert_non_null(text);
	counts_free(counts);

	counts = begin("desk");
	(void)take(counts, "b@example.com", START + 60);
	(void)take(counts, "b@example.com", START + 60);
	assert_int_equal(counts_read(counts, text, len), 0);
	assert_true(take(counts, "b@example.com", START + 60).is_refused);
	assert_int_equal(counts_read(counts, text, len - 1), -1);
	counts_free(counts);
	free(text);
}

static void
test_damage(void **state)
{
	struct counts *counts = begin("desk");
	unsigned char *text, *copy;
	uint64_t changed;
	size_t len, i;

	(void)state;
	(void)take(counts, "a@example.com", START);
	text = counts_write(counts, &len, &changed);
	assert_non_null(text);
	counts_free(counts);
	for (i = 0; i < len; i++) {
		counts = begin("desk");
		/* Of its own size, so that reading beyond is seen. */
		copy = malloc(i + (i == 0));
		assert_non_null(copy);
		memcpy(copy, text, i);
		assert_int_equal(counts_read(counts, copy, i), -1);
		assert_int_equal(take(counts, "a@example.com", START).over, 0);
		free(copy);
		counts_free(counts);
	}
	for (i = 0; i < len; i++) {
		counts = begin("desk");
		text[i] ^= 0xff;
		(void)counts_read(counts, text, len);
		(void)take(counts, "a@example.com", START);
		text[i] ^= 0xff;
		counts_free(counts);
	}
	/* Octets behind the end. */
	counts = begin("desk");
	copy = calloc(1, len + 1);
	assert_non_null(copy);
	memcpy(copy, text, len);
	assert_int_equal(counts_read(counts, copy, len + 1), -1);
	assert_int_equal(counts_read(counts, copy, len), 0);
	counts_free(counts);
	free(copy);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_damage)
	};

	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
