/* SPDX-License-Identifier: ISC */

/*
 * What must be true of every decision, on worlds made of random octets from a
 * fixed seed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policyworld.h"

#define WORLDS		20000
#define OCTETS		160

static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* How the random octets come out: enough worlds of every kind, or the test
 * would prove nothing. */
static void
count(const struct policyworld *world, unsigned int seen[ACTION_SIGN + 1],
    unsigned int reasons[REASON_UNCLEAR + 1], unsigned int *ways)
{
	struct decision decision;

	policy_decide(&world->facts, &world->config, &decision);
	if (decision.observed)
		return;
	seen[decision.action]++;
	reasons[decision.reason]++;
	*ways += decision.by_way;
}

static void
hold_for_random_worlds(void **state)
{
	struct policyworld world;
	unsigned int seen[ACTION_SIGN + 1] = { 0 };
	unsigned int reasons[REASON_UNCLEAR + 1] = { 0 }, ways = 0;
	uint32_t random = 20261123;
	uint8_t octets[OCTETS];
	const char *wrong;
	size_t i, j;

	(void)state;
	for (i = 0; i < WORLDS; i++) {
		for (j = 0; j < OCTETS; j++)
			octets[j] = (uint8_t)(next_random(&random) >> 8);
		/* Every other asks for little, so that sources hold. */
		for (j = 40; i % 2 == 0 && j < OCTETS; j++)
			if (octets[j] % 4 != 0)
				octets[j] |= 0x10;
		assert_int_equal(policyworld_init(&world, octets, OCTETS), 0);
		count(&world, seen, reasons, &ways);
		if ((wrong = policyworld_check(&world)) != NULL)
			fail_msg("world %zu: %s", i, wrong);
		policyworld_finish(&world);
	}
	for (i = 0; i <= ACTION_SIGN; i++)
		if (seen[i] < 20)
			fail_msg("%s only %u times",
			    action_name((enum action)i), seen[i]);
	for (i = 0; i <= REASON_UNCLEAR; i++)
		if (reasons[i] < 20)
			fail_msg("reason %zu only %u times", i, reasons[i]);
	if (ways < 20)
		fail_msg("ways are open only %u times", ways);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hold_for_random_worlds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
