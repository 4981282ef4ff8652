/* SPDX-License-Identifier: ISC */

/*
 * usage: body [--json]
 *
 * What scanning, canonicalizing and hashing a body costs, by kind of body,
 * canonicalization and path of the scan, as a share of raw SHA-256.
 *
 * In each round, raw SHA-256 and all else are measured in turns over the same
 * body, by the CPU time of this process; medians of the rounds are printed, and
 * the quartiles of the share.
 */

#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bodytext.h"
#include "dkimsig/bodypath.h"
#include "dkimsig/canon.h"

#define ROUNDS		15		/* odd: a median is one of them */
#define BODY		(10U << 20)	/* octets */
#define CHUNK		65535		/* octets: as an MTA sends a body */
#define NWAYS		3
#define MAX_PATHS	8

/* Canonicalizations in one scan. */
static const struct {
	const char	*name;
	enum dkimsig_canon canons[2];
	size_t		 n;
} ways[NWAYS] = {
	{ "simple",	{ DKIMSIG_CANON_SIMPLE },	1 },
	{ "relaxed",	{ DKIMSIG_CANON_RELAXED },	1 },
	{ "both",	{ DKIMSIG_CANON_SIMPLE, DKIMSIG_CANON_RELAXED }, 2 },
};

/* CPU seconds of the rounds. */
struct series {
	double		 seconds[ROUNDS];
};

struct figures {
	double		 raw, ours;		/* MB/s */
	double		 share, low, high;	/* quartiles */
	double		 seconds;
};

static double
cpu_time(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
must(int r)
{
	if (r != 0)
		errx(1, "libdkimsig: %s", dkimsig_strerror(r));
}

static double
measure_raw(const char *body)
{
	unsigned char hash[DIGEST_SIZE];
	struct digest d;
	double began = cpu_time();
	size_t at, n;

	must(digest_init(&d));
	for (at = 0; at < BODY; at += n) {
		n = BODY - at < CHUNK ? BODY - at : CHUNK;
		must(digest_update(&d, body + at, n));
	}
	must(digest_final(&d, hash));
	digest_finish(&d);
	return cpu_time() - began;
}

static double
measure(const char *body, int way, const struct bodypath *path)
{
	static struct canon_body bodies[2];
	struct canon_body *list[2] = { &bodies[0], &bodies[1] };
	unsigned char hash[DIGEST_SIZE];
	struct bodyscan scan;
	double began = cpu_time();
	size_t at, i, n;

	bodyscan_init(&scan);
	scan.path = path;
	for (i = 0; i < ways[way].n; i++)
		must(canon_body_init(list[i], ways[way].canons[i],
		    CANON_BODY_ALL));
	for (at = 0; at < BODY; at += n) {
		n = BODY - at < CHUNK ? BODY - at : CHUNK;
		must(canon_bodies_update(&scan, list, ways[way].n, body + at,
		    n));
	}
	bodyscan_end(&scan);
	for (i = 0; i < ways[way].n; i++) {
		must(canon_body_end(list[i], hash));
		canon_body_finish(list[i]);
	}
	return cpu_time() - began;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The value of which so many quarters of the rounds are below. */
static double
quartile(const double values[ROUNDS], int quarters)
{
	double sorted[ROUNDS];

	memcpy(sorted, values, sizeof(sorted));
	qsort(sorted, ROUNDS, sizeof(sorted[0]), compare);
	return sorted[(ROUNDS - 1) * quarters / 4];
}

/* Two canonicalizations hash twice: so does what they are compared with. */
static void
compute(const struct series *raw, const struct series *ours, size_t hashes,
    struct figures *f)
{
	double shares[ROUNDS];
	int i;

	for (i = 0; i < ROUNDS; i++)
		shares[i] = raw->seconds[i] * (double)hashes /
		    ours->seconds[i];
	f->share = quartile(shares, 2);
	f->low = quartile(shares, 1);
	f->high = quartile(shares, 3);
	f->seconds = quartile(ours->seconds, 2);
	f->ours = BODY / f->seconds / 1e6;
	f->raw = BODY / quartile(raw->seconds, 2) / (double)hashes / 1e6;
}

static void
print_text(const char *kind, const char *way, const char *path,
    const struct figures *f, double times)
{
	printf("%-24s %-8s %-9s %6.0f %8.0f  %5.3f (%.3f to %.3f) %8.2f\n",
	    kind, way, path, f->ours, f->raw, f->share, f->low, f->high,
	    times);
}

static void
print_json(const char *kind, const char *way, const char *path,
    const struct figures *f, double times)
{
	static bool is_next;

	printf("%s{\"kind\": \"%s\", \"canonicalization\": \"%s\", "
	    "\"path\": \"%s\",\n  \"mb_per_s\": %.1f, "
	    "\"sha256_mb_per_s\": %.1f, \"share\": %.4f,\n"
	    "  \"share_quartiles\": [%.4f, %.4f], "
	    "\"times_base64\": %.3f}", is_next ? ",\n" : "", kind, way, path,
	    f->ours, f->raw, f->share, f->low, f->high, times);
	is_next = true;
}

/* Measure one body; base64 holds the times of the first kind, which sets it. */
static void
bench(const struct bodytext *text, char *body, bool is_json,
    double base64[NWAYS][MAX_PATHS])
{
	static struct series series[NWAYS][MAX_PATHS], raw;
	const struct bodypath *paths;
	struct figures f;
	size_t npaths, p;
	int round, way;

	paths = bodypath_list(&npaths);
	bodytext_fill(text, body, BODY);
	/* Once for the caches. */
	(void)measure(body, 0, &paths[npaths - 1]);
	for (round = 0; round < ROUNDS; round++) {
		raw.seconds[round] = measure_raw(body);
		for (way = 0; way < NWAYS; way++)
			for (p = 0; p < npaths; p++)
				if (paths[p].is_supported())
					series[way][p].seconds[round] =
					    measure(body, way, &paths[p]);
	}
	for (way = 0; way < NWAYS; way++)
		for (p = 0; p < npaths; p++) {
			if (!paths[p].is_supported())
				continue;
			compute(&raw, &series[way][p], ways[way].n, &f);
			if (base64[way][p] == 0)
				base64[way][p] = f.seconds;
			(is_json ? print_json : print_text)(text->name,
			    ways[way].name, paths[p].name, &f,
			    f.seconds / base64[way][p]);
		}
}

int
main(int argc, char **argv)
{
	double base64[NWAYS][MAX_PATHS] = { 0 };
	bool is_json = argc == 2 && strcmp(argv[1], "--json") == 0;
	const struct bodytext *texts;
	size_t i, n;
	char *body;

	if (argc > 1 && !is_json)
		errx(2, "usage: body [--json]");
	if ((body = malloc(BODY)) == NULL)
		err(1, NULL);
	(void)bodypath_list(&n);
	if (n > MAX_PATHS)
		errx(1, "more paths than MAX_PATHS");
	texts = bodytext_list(&n);
	if (is_json)
		printf("{\"octets\": %u, \"chunk\": %d, \"rounds\": %d, "
		    "\"bodies\": [\n", BODY, CHUNK, ROUNDS);
	else
		printf("%-24s %-8s %-9s %6s %8s  %-22s %8s\n",
		    "10 MiB, CPU time", "", "", "MB/s", "SHA-256",
		    "share (quartiles)", "x base64");
	for (i = 0; i < n; i++) {
		bench(&texts[i], body, is_json, base64);
		(void)fflush(stdout);
	}
	if (is_json)
		printf("\n]}\n");
	free(body);
	return 0;
}
