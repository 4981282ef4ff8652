/* SPDX-License-Identifier: ISC */

/*
 * One change of a TXT record, published as the configuration of a test says:
 *
 *	publishcase [-a SERVER] [-s SERVER] [-k TSIGKEY | -p HOOK]
 *	    [-c SECONDS] [-l] [-t TTL] DOMAIN NAME FROM TO
 *
 * "-" for FROM or TO is none.  -a is asked for the zone in place of the
 * resolvers, -s takes the update, and -c sets the clock of this process, that
 * of its libraries too.  With -l the change may not begin when it is about
 * to.  Prints the result and its account.
 */

#include <sys/time.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/config.h"
#include "config/user_file.h"
#include "probe/zone.h"
#include "publish/crew.h"
#include "publish/publish.h"

static const char *const results[] = {
	[PUBLISH_DONE] = "changed",
	[PUBLISH_UNCHANGED] = "unchanged",
	[PUBLISH_LATER] = "later",
	[PUBLISH_CONFLICT] = "conflict",
	[PUBLISH_FAILED] = "failed",
};

static time_t clock_offset;	/* seconds */

/* Both in place of those of the C library. */
__attribute__((visibility("default"))) time_t
time(time_t *out)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += clock_offset;
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

__attribute__((visibility("default"))) int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	(void)zone;
	out->tv_sec = time(NULL);
	out->tv_usec = 0;
	return 0;
}

static _Noreturn void
usage(void)
{
	(void)fprintf(stderr, "usage: publishcase [-a SERVER] [-s SERVER] "
	    "[-k TSIGKEY | -p HOOK] [-c SECONDS] [-l] [-t TTL] "
	    "DOMAIN NAME FROM TO\n");
	exit(2);
}

static const char *
value(const char *argument)
{
	return strcmp(argument, "-") == 0 ? NULL : argument;
}

static int64_t
read_clock(void)
{
	return (int64_t)time(NULL);
}

static void
run(const struct rotation *rotation, const struct publish_change *change)
{
	struct publisher *publisher;
	struct dns_resolvers resolvers;
	struct dns_zones *zones;
	struct ks_error error;
	enum publish_result result;
	struct file_user user;
	struct publish_crew crew;
	struct publish_means means = {
		.user = &user, .crew = &crew, .read_clock = read_clock
	};

	user_file_find_user(&user, "", NULL);
	if (dns_resolvers_init(&resolvers, NULL, 0, &error) != 0 ||
	    dns_zones_new(&zones, &resolvers, &error) != 0)
		errx(1, "%s", error.text);
	publish_crew_init(&crew);
	means.zones = zones;
	if (publisher_new(&publisher, rotation, &means, &error) != 0)
		(void)printf("unusable: %s\n", error.text);
	else {
		result = publish_change(publisher, change, &error);
		(void)printf("%s: %s\n", results[result], error.text);
	}
	publisher_free(publisher);
	publish_crew_finish(&crew);
	dns_zones_free(zones);
}

int
main(int argc, char *argv[])
{
	const char *servers[1];
	struct rotation rotation = { .publish = ROTATION_UPDATE };
	struct publish_change change = { .ttl = 60 };
	int option;

	while ((option = getopt(argc, argv, "a:c:k:lp:s:t:")) != -1)
		switch (option) {
		case 'a':
			servers[0] = optarg;
			rotation.servers.texts = servers;
			rotation.servers.n = 1;
			break;
		case 'c':
			clock_offset = (time_t)strtonum(optarg, -86400,
			    86400, NULL);
			break;
		case 'k':
			rotation.tsig_key = optarg;
			break;
		case 'l':
			change.latest_ms = 1;	/* long ago */
			break;
		case 'p':
			rotation.publish = ROTATION_HOOK;
			rotation.hook = optarg;
			break;
		case 's':
			rotation.update_server = optarg;
			break;
		case 't':
			change.ttl = (uint32_t)strtonum(optarg, 0, 86400,
			    NULL);
			break;
		default:
			usage();
		}
	argv += optind;
	if (argc - optind != 4)
		usage();
	change.domain = argv[0];
	change.name = argv[1];
	change.from = value(argv[2]);
	change.to = value(argv[3]);
	run(&rotation, &change);
	return 0;
}
