/* SPDX-License-Identifier: ISC */

/*
 * usage: test_decade [WORLDS [SEED [loud]]]
 *
 * Live through ten years in that many worlds, and judge every hour: judge.c
 * says what must be so.  The first world has the seed given, or one by the
 * clock, and each the next one.  Without arguments, this is a test in the Test
 * Anything Protocol: the worlds that once showed a fault, and one by the clock.
 */

#include "decade.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BEGIN		INT64_C(1790000000)
#define STREAM_WORLDS	7	/* one in so many has a stream */
#define YEARS		10	/* that a world lasts */

struct world *decade;

int64_t
decade_random(int64_t limit)
{
	decade->random ^= decade->random << 13;
	decade->random ^= decade->random >> 7;
	decade->random ^= decade->random << 17;
	return limit <= 0 ? 0 : (int64_t)(decade->random >> 1) % limit;
}

bool
decade_chance(unsigned int per_mille)
{
	return decade_random(1000) < (int64_t)per_mille;
}

int64_t
host_clock(const struct keystore *host)
{
	return decade->now + host->ahead;
}

static void
print_time(FILE *file)
{
	const time_t now = (time_t)decade->now;
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL)
		return;
	(void)fprintf(file, "%04d-%02d-%02d %02d:%02d ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
}

void
decade_broken(const char *format, ...)
{
	va_list ap;

	if (decade->broken[0] != '\0')
		return;
	va_start(ap, format);
	(void)vsnprintf(decade->broken, sizeof(decade->broken), format, ap);
	va_end(ap);
}

void
decade_say(const char *format, ...)
{
	va_list ap;

	if (!decade->is_loud)
		return;
	print_time(stdout);
	va_start(ap, format);
	(void)vprintf(format, ap);
	va_end(ap);
	(void)printf("\n");
}

/* -- A world ------------------------------------------------------------- */

static int64_t
one_of(const int64_t *values, int64_t n)
{
	return values[decade_random(n)];
}

static void
make_policy(void)
{
	static const int64_t everies[] = { 60 * DAY, 90 * DAY, 90 * DAY,
	    180 * DAY };
	static const int64_t ttls[] = { 300, HOUR, HOUR, 4 * HOUR, DAY };
	static const int64_t negatives[] = { 300, HOUR, 3 * HOUR };
	struct rotation *rotation = &decade->rotation;

	rotation->automatic = true;
	rotation->rsa_bits = 2048;
	rotation->every = one_of(everies, 4);
	rotation->ttl = one_of(ttls, 5);
	rotation->wants_ed25519 = decade_chance(500);
	rotation->publish = decade_chance(250) ? ROTATION_MANUAL :
	    ROTATION_UPDATE;
	rotation->publish_lead = ROTATION_AUTO;
	rotation->retain = 8 * DAY;
	rotation->revoke_for = 30 * DAY;
	rotation->queue_lifetime = ROTATION_AUTO;
	rotation->signature_lifetime = (1 + decade_random(7)) * DAY;
	rotation->unreachable_after = 3 * DAY;
	rotation->is_closed = true;
	if (decade_chance(200) && rotation->publish == ROTATION_UPDATE) {
		rotation->cname_zone = ZONE;
		rotation->every = 90 * DAY;
	}
	if (decade_chance(300)) {
		decade->resolver = "192.0.2.1";
		rotation->check_resolvers.texts = &decade->resolver;
		rotation->check_resolvers.n = 1;
		rotation->is_closed = false;
	}
	decade->queue_lifetime = (1 + decade_random(5)) * DAY;
	decade->negative = one_of(negatives, 3);
}

static void *
make(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		err(1, "memory");
	return p;
}

static void
make_world(uint64_t seed)
{
	static const struct config_stream streams[] = {
		{ .pattern = DOMAIN, .name = DECADE_STREAM }
	};
	struct keystore *host;
	size_t i;

	memset(decade, 0, sizeof(*decade));
	decade->seed = seed;
	decade->random = seed * 2654435769u + 88172645463325252u;
	decade->now = decade->begin = BEGIN + decade_random(YEAR);
	decade->names = make(NAMES, sizeof(*decade->names));
	decade->truths = make(NAMES, sizeof(*decade->truths));
	decade->hosts = make(HOSTS, sizeof(*decade->hosts));
	decade->backup = make(1, sizeof(*decade->backup));
	decade->nkeys = STRANGER + 1;
	decade->propagation = decade_random(HOUR);
	decade->expire = (7 + decade_random(21)) * DAY;
	decade->mail = decade_chance(200) ? 5 : 900;
	make_policy();
	/* One in eight worlds is quiet. */
	decade->fates = decade_chance(125) ? 0 :
	    (unsigned int)decade_random(FATE_ALL + 1);
	decade->pace = (enum pace)decade_random(PACES);
	if (decade->rotation.cname_zone != NULL)
		decade->alias_from = decade->now + decade_random(20 * DAY);
	decade->config.signature_lifetime =
	    decade->rotation.signature_lifetime;
	decade->config.rotations = &decade->rotation;
	decade->config.nrotations = 1;
	/* Not by chance: worlds without it stay what they were. */
	if (seed % STREAM_WORLDS == 0) {
		decade->config.streams = streams;
		decade->config.nstreams = 1;
	}
	for (i = 0; i < CAUSES; i++)
		decade->causes[i] = KS_NEVER;
	for (i = 0; i < NEEDS; i++)
		decade->needs[i] = KS_NEVER;
	decade->causes[CAUSE_BIRTH] = decade->now;
	decade->next_action = decade->now + DAY + decade_random(50 * DAY);
	for (i = 0; i < HOSTS; i++) {
		host = &decade->hosts[i];
		host->last_forward = host->restored = host->last_run =
		    KS_NEVER;
	}
	decade->hosts[0].exists = decade->hosts[0].has_state = true;
	peers_init();
}

static void
end_world(void)
{
	size_t i;

	for (i = 0; i < HOSTS; i++)
		ks_state_finish(&decade->hosts[i].state);
	ks_state_finish(&decade->backup->state);
	peers_finish();
	free(decade->names);
	free(decade->truths);
	free(decade->hosts);
	free(decade->backup);
}

static int64_t
read_clock(void)
{
	return host_clock(decade->running);
}

/* As the host notes it in each run: when some other server answers. */
static void
count_silences(struct keystore *host)
{
	size_t j, n = 0;

	for (j = 0; j < SERVERS; j++)
		n += decade->servers[j].manner == IS_SILENT;
	if (n == SERVERS || host->net_down_until > decade->now)
		return;
	for (j = 0; j < SERVERS; j++) {
		if (decade->servers[j].manner == IS_SILENT)
			silence_note(&host->silences[j], host_clock(host));
		else
			memset(&host->silences[j], 0,
			    sizeof(host->silences[j]));
	}
}

/* What the timer starts every hour. */
static void
run_host(struct keystore *host)
{
	struct rotation_run run;
	struct domain_report report;

	memset(&run, 0, sizeof(run));
	(void)pthread_mutex_init(&run.mutex, NULL);
	run.ks = host;
	run.config = &decade->config;
	run.clock = read_clock;
	run.queue_lifetime = decade->queue_lifetime;
	decade->running = host;
	outside_observe();
	count_silences(host);
	domain_report_init(&report, DOMAIN);
	rotate_domain(&run, &report);
	judge_run(host);
	judge_report(host, &report);
	people_hear(host, &report);
	domain_report_finish(&report);
	(void)pthread_mutex_destroy(&run.mutex);
	host->last_run = decade->now;
	peers_push(host);
}

static void
live_hour(void)
{
	const int64_t begin = decade->now;
	struct keystore *host;
	size_t i;

	fate_strike();
	outside_observe();
	peers_live();
	for (i = 0; i < HOSTS; i++) {
		host = &decade->hosts[i];
		if (!host->exists || host->down_until > decade->now)
			continue;
		people_act(host);
		decade->now = begin + decade_random(1800);
		outside_observe();
		if (decade_chance(decade->mail))
			judge_mail(host);
		decade->now = begin + 1800;
		if (host->timer_off_until <= decade->now)
			run_host(host);
	}
	judge_hour();
	decade->now = begin + HOUR;
}

/* -- Many worlds --------------------------------------------------------- */

struct sums {
	size_t	nworlds, nyears, nmails, njudged, nrotations, ntold, nexcused,
		ndestroyed, max_lines, max_files;
	size_t	times[NEEDS][400];
};

static void
add(struct sums *sums)
{
	size_t i, j;

	sums->nworlds++;
	sums->nmails += decade->nmails;
	sums->njudged += decade->njudged;
	sums->nrotations += decade->nrotations;
	sums->ntold += decade->ntold;
	sums->nexcused += decade->nexcused;
	sums->ndestroyed += decade->ndestroyed;
	if (decade->max_lines > sums->max_lines)
		sums->max_lines = decade->max_lines;
	if (decade->max_files > sums->max_files)
		sums->max_files = decade->max_files;
	for (i = 0; i < NEEDS; i++)
		for (j = 0; j < 400; j++)
			sums->times[i][j] += decade->times[i][j];
}

/* Live through one world; false if something was wrong. */
static bool
live(uint64_t seed, int years, bool is_loud, struct sums *sums)
{
	bool is_good;
	int64_t end;
	long hours;

	make_world(seed);
	decade->is_loud = is_loud;
	end = decade->begin + years * YEAR;
	decade_say("every %lld d, ttl %lld s, %s%s%s, %zu other hosts, "
	    "pace %d, fates %#x",
	    (long long)(decade->rotation.every / DAY),
	    (long long)decade->rotation.ttl,
	    decade->rotation.publish == ROTATION_MANUAL ? "by hand" : "update",
	    decade->rotation.cname_zone != NULL ? ", CNAMEs" : "",
	    decade->rotation.check_resolvers.n > 0 ? ", seen outside" : "",
	    decade->npeers,
	    decade->pace, decade->fates);
	for (hours = 0; decade->now < end && decade->broken[0] == '\0';
	    hours++) {
		live_hour();
		if (hours % 240 == 0)
			outside_tidy();
	}
	is_good = decade->broken[0] == '\0';
	if (!is_good) {
		(void)printf("# world %llu: ", (unsigned long long)seed);
		print_time(stdout);
		(void)printf("%s\n", decade->broken);
	}
	sums->nyears += (size_t)years;
	add(sums);
	end_world();
	return is_good;
}

static void
print_times(const struct sums *sums, size_t need)
{
	size_t i, n = 0, seen = 0, median = 0, max = 0;

	for (i = 0; i < 400; i++)
		n += sums->times[need][i];
	for (i = 0; i < 400; i++) {
		if (sums->times[need][i] == 0)
			continue;
		if (seen * 2 < n)
			median = i;
		seen += sums->times[need][i];
		max = i;
	}
	(void)printf("#   %-34s %6zu times, told after %zu h, at most %zu h\n",
	    need_name((enum need)need), n, median, max);
}

static void
print_sums(const struct sums *sums)
{
	size_t i;

	(void)printf("# %zu worlds, %zu years: %zu mails signed, their records "
	    "judged %zu times (%zu excused), %zu keys began, %zu destroyed, "
	    "%zu troubles told; at most %zu lines and %zu key files\n",
	    sums->nworlds, sums->nyears, sums->nmails, sums->njudged,
	    sums->nexcused, sums->nrotations, sums->ndestroyed, sums->ntold,
	    sums->max_lines, sums->max_files);
	for (i = 0; i < NEEDS; i++)
		print_times(sums, i);
}

/*
 * Worlds in which a fault was found, and what it was.  The same happens in each
 * of them each time, until the simulation changes: then one may not come to the
 * place of its fault any more.
 */
static const struct {
	uint64_t	 seed;
	int		 years;
	const char	*name;
} known[] = {
	{ 3, 1, "a server that is silent for an hour troubles nobody" },
	{ 2, 1, "by hand, two hosts make keys of the same name" },
	{ 46, 1, "a record was removed by hand while a server is dead" },
	{ 50, 5, "a new key whose file is lost is not to be verified" },
	{ 51, 1, "caches that keep an answer for a day are waited for" },
	{ 2005, 5, "a key that was never published retires by hand" },
	{ 12, 1, "a restored store finds its selectors taken" },
	/* Only to have some with a stream. */
	{ 7, 3, "a stream, and nothing to do for people" },
	{ 14, 3, "a stream, and much trouble" }
};

#define NKNOWN	(sizeof(known) / sizeof(known[0]))

/* Returns the number of worlds that failed. */
static long
test(void)
{
	const uint64_t seed = (uint64_t)time(NULL);
	struct sums sums = { 0 };
	long nfailed = 0;
	bool is_good;
	size_t i;

	(void)printf("1..%zu\n", NKNOWN + 1);
	for (i = 0; i <= NKNOWN; i++) {
		is_good = i < NKNOWN ? live(known[i].seed, known[i].years,
		    false, &sums) : live(seed, YEARS, false, &sums);
		nfailed += !is_good;
		(void)printf("%sok %zu - ", is_good ? "" : "not ", i + 1);
		if (i < NKNOWN)
			(void)printf("world %llu, where this was found: %s\n",
			    (unsigned long long)known[i].seed, known[i].name);
		else
			(void)printf("a new world, seed %llu\n",
			    (unsigned long long)seed);
	}
	print_sums(&sums);
	return nfailed;
}

/* Live through many worlds.  Returns the number of those that failed. */
static long
live_on(long nworlds, uint64_t seed, bool is_loud)
{
	struct sums sums = { 0 };
	long i, nfailed = 0;

	(void)printf("# worlds %llu to %llu\n", (unsigned long long)seed,
	    (unsigned long long)seed + (unsigned long long)nworlds - 1);
	for (i = 0; i < nworlds; i++)
		nfailed += !live(seed + (uint64_t)i, YEARS, is_loud,
		    &sums);
	print_sums(&sums);
	(void)printf("# %ld worlds failed\n", nfailed);
	return nfailed;
}

int
main(int argc, char **argv)
{
	long nfailed;

	decade = make(1, sizeof(*decade));
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 1)
		nfailed = test();
	else
		nfailed = live_on(atol(argv[1]), argc > 2 ? strtoull(argv[2],
		    NULL, 10) : (uint64_t)time(NULL), argc > 3);
	free(decade);
	return nfailed > 0;
}
