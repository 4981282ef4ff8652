/* SPDX-License-Identifier: ISC */

/*
 * Looking at many domains at once: the order of what is handed over, and where
 * a crew that was stopped has come to.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "command/look_crew.h"

#define NTHREADS	4
#define FOR_EVER	INT64_MAX

/* Domains that are begun with, and the one that is waited for. */
struct world {
	pthread_mutex_t	 mutex;
	pthread_cond_t	 changed;
	size_t		 nbegun;
	size_t		 wanted;	/* before the first one is looked at */
	bool		 is_held;	/* no domain is looked at */
};

static void
world_init(struct world *world)
{
	memset(world, 0, sizeof(*world));
	assert_int_equal(pthread_mutex_init(&world->mutex, NULL), 0);
	assert_int_equal(pthread_cond_init(&world->changed, NULL), 0);
}

static void
world_finish(struct world *world)
{
	(void)pthread_cond_destroy(&world->changed);
	(void)pthread_mutex_destroy(&world->mutex);
}

static void
release(struct world *world)
{
	(void)pthread_mutex_lock(&world->mutex);
	world->is_held = false;
	(void)pthread_cond_broadcast(&world->changed);
	(void)pthread_mutex_unlock(&world->mutex);
}

/* Wait until so many domains were begun with. */
static void
await(struct world *world, size_t n)
{
	(void)pthread_mutex_lock(&world->mutex);
	while (world->nbegun < n)
		(void)pthread_cond_wait(&world->changed, &world->mutex);
	(void)pthread_mutex_unlock(&world->mutex);
}

static void
look(void *context, struct fleet_look *found)
{
	struct world *world = context;

	(void)pthread_mutex_lock(&world->mutex);
	world->nbegun++;
	(void)pthread_cond_broadcast(&world->changed);
	while (world->is_held || (strcmp(found->domain, "d0") == 0 &&
	    world->nbegun < world->wanted))
		(void)pthread_cond_wait(&world->changed, &world->mutex);
	(void)pthread_mutex_unlock(&world->mutex);
	found->list = calloc(1, sizeof(*found->list));
	assert_non_null(found->list);
	found->n = found->size = 1;
	(void)strlcpy(found->list[0].selector, found->domain,
	    sizeof(found->list[0].selector));
}

static const char *
name_of(size_t i)
{
	static char name[32];

	(void)snprintf(name, sizeof(name), "d%zu", i);
	return name;
}

static void
takes(struct look_crew *crew, size_t i)
{
	struct fleet_look found;

	assert_string_equal(look_crew_next(crew), name_of(i));
	assert_true(look_crew_take(crew, true, &found));
	assert_string_equal(found.domain, name_of(i));
	assert_int_equal(found.n, 1);
	assert_string_equal(found.list[0].selector, name_of(i));
	fleet_look_finish(&found);
}

static void
takes_nothing(struct look_crew *crew, bool waits)
{
	struct fleet_look found;

	assert_false(look_crew_take(crew, waits, &found));
}

static struct look_crew *
begin(struct world *world, int64_t until_ms)
{
	struct look_crew *crew;
	struct ks_error error;

	assert_int_equal(look_crew_new(&crew, NTHREADS, until_ms, look, world,
	    &error), 0);
	return crew;
}

/* The first domain is looked at last, and handed over first. */
static void
keeps_the_order(void **state)
{
	struct look_crew *crew;
	struct world world;
	size_t i;

	(void)state;
	world_init(&world);
	world.wanted = LOOK_CREW_SIZE;
	crew = begin(&world, FOR_EVER);
	for (i = 0; i < LOOK_CREW_SIZE; i++) {
		takes_nothing(crew, false);
		assert_true(look_crew_put(crew, name_of(i)));
	}
	for (i = 0; i < LOOK_CREW_SIZE; i++)
		takes(crew, i);
	takes_nothing(crew, true);
	assert_null(look_crew_next(crew));
	look_crew_free(crew);
	world_finish(&world);
}

/* Only so many wait; what is taken makes room. */
static void
has_a_limit(void **state)
{
	struct look_crew *crew;
	struct world world;
	size_t i;

	(void)state;
	world_init(&world);
	world.is_held = true;
	crew = begin(&world, FOR_EVER);
	for (i = 0; i < LOOK_CREW_SIZE; i++)
		assert_true(look_crew_put(crew, name_of(i)));
	assert_false(look_crew_put(crew, "beyond"));
	await(&world, NTHREADS);
	takes_nothing(crew, false);
	release(&world);
	takes(crew, 0);
	assert_true(look_crew_put(crew, name_of(LOOK_CREW_SIZE)));
	assert_false(look_crew_put(crew, "beyond"));
	for (i = 1; i <= LOOK_CREW_SIZE; i++)
		takes(crew, i);
	look_crew_free(crew);
	world_finish(&world);
}

/* What was begun with is handed over, and the next one is known. */
static void
stops(void **state)
{
	struct look_crew *crew;
	struct world world;
	size_t i;

	(void)state;
	world_init(&world);
	world.is_held = true;
	crew = begin(&world, FOR_EVER);
	for (i = 0; i < 2 * NTHREADS; i++)
		assert_true(look_crew_put(crew, name_of(i)));
	await(&world, NTHREADS);
	look_crew_stop(crew);
	release(&world);
	for (i = 0; i < NTHREADS; i++)
		takes(crew, i);
	takes_nothing(crew, true);
	assert_string_equal(look_crew_next(crew), name_of(NTHREADS));
	assert_int_equal(world.nbegun, NTHREADS);
	look_crew_free(crew);
	world_finish(&world);
}

/* The time is over: the first one is looked at, and no other. */
static void
ends_by_the_time(void **state)
{
	struct look_crew *crew;
	struct world world;
	size_t i;

	(void)state;
	world_init(&world);
	crew = begin(&world, monotonic_ms());
	for (i = 0; i < 3; i++)
		assert_true(look_crew_put(crew, name_of(i)));
	takes(crew, 0);
	takes_nothing(crew, true);
	assert_string_equal(look_crew_next(crew), name_of(1));
	look_crew_free(crew);
	assert_int_equal(world.nbegun, 1);
	world_finish(&world);
}

/* With domains that nobody takes. */
static void
is_freed(void **state)
{
	struct look_crew *crew;
	struct world world;
	size_t i;

	(void)state;
	world_init(&world);
	crew = begin(&world, FOR_EVER);
	for (i = 0; i < LOOK_CREW_SIZE; i++)
		assert_true(look_crew_put(crew, name_of(i)));
	await(&world, 1);
	look_crew_free(crew);
	look_crew_free(NULL);
	world_finish(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_order),
		cmocka_unit_test(has_a_limit),
		cmocka_unit_test(stops),
		cmocka_unit_test(ends_by_the_time),
		cmocka_unit_test(is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
