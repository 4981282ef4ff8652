/* SPDX-License-Identifier: ISC */

/*
 * What all steps of one run share: the store, the configuration, the resolvers,
 * the results of lookups, and the publishers.
 *
 * A publisher is made when the first domain needs it, and shared by all
 * threads.  If it cannot be made, the next domain that needs it tries again.
 */

#include "rotate/context.h"

#include <stdlib.h>
#include <string.h>

#include "talk/client.h"

int
rotation_run_init(struct rotation_run *run, struct keystore *ks,
    const struct config *config, int64_t (*read_clock)(void),
    struct ks_error *error)
{
	int r;

	memset(run, 0, sizeof(*run));
	(void)pthread_mutex_init(&run->mutex, NULL);
	publish_crew_init(&run->crew);
	run->ks = ks;
	run->config = config;
	run->clock = read_clock;
	user_file_find_user(&run->user, config->keys_user, config->user);
	run->publishers = calloc(config->nrotations,
	    sizeof(*run->publishers));
	if (run->publishers == NULL) {
		(void)strlcpy(error->text, "out of memory",
		    sizeof(error->text));
		return KS_E_NOMEM;
	}
	r = dns_resolvers_init(&run->resolvers, config->dns.servers.texts,
	    config->dns.servers.n, error);
	if (r != 0)
		return r;
	if ((run->silents = dns_silents_new(read_clock)) == NULL) {
		(void)strlcpy(error->text, "out of memory",
		    sizeof(error->text));
		return KS_E_NOMEM;
	}
	return rotation_run_forget(run, error);
}

int
rotation_run_forget(struct rotation_run *run, struct ks_error *error)
{
	dns_zones_free(run->zones);
	run->zones = NULL;
	if (dns_zones_new(&run->zones, &run->resolvers, error) != 0)
		return KS_E_NOMEM;
	dns_zones_know(run->zones, run->silents);
	return 0;
}

void
rotation_run_finish(struct rotation_run *run)
{
	size_t i;

	if (run->publishers != NULL)
		for (i = 0; i < run->config->nrotations; i++)
			publisher_free(run->publishers[i]);
	free(run->publishers);
	run->publishers = NULL;
	dns_zones_free(run->zones);
	run->zones = NULL;
	publish_crew_finish(&run->crew);
	ks_hosts_finish(&run->hosts);
	talk_close(run->asker);
	run->asker = NULL;
	dns_silents_free(run->silents);
	run->silents = NULL;
	(void)pthread_mutex_destroy(&run->mutex);
}

int
rotation_run_publisher(struct rotation_run *run,
    const struct rotation *rotation, struct publisher **publisher,
    struct ks_error *error)
{
	const struct publish_means means = {
		.user = &run->user, .zones = run->zones, .crew = &run->crew,
		.read_clock = run->clock
	};
	struct publisher **slot;
	int r;

	*publisher = NULL;
	if (rotation->publish == ROTATION_MANUAL)
		return 0;
	slot = &run->publishers[rotation - run->config->rotations];
	r = 0;
	(void)pthread_mutex_lock(&run->mutex);
	if (*slot == NULL)
		r = publisher_new(slot, rotation, &means, error);
	*publisher = *slot;
	(void)pthread_mutex_unlock(&run->mutex);
	return r;
}
