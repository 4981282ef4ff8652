/* SPDX-License-Identifier: ISC */

/*
 * Publishing TXT records: choosing between UPDATE and a hook, and preparing
 * them.
 *
 * The TSIG key is read, or the hook checked, when the publisher is made, so
 * that mistakes in the configuration are found before the first change.  If
 * records are published by hand, there is no publisher (KS_E_ARG).  The TSIG
 * key is wiped when the publisher is freed.
 */

#include "publish/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
prepare(struct publisher *publisher, const struct file_user *user,
    struct ks_error *error)
{
	const struct rotation *rotation = publisher->rotation;

	if (rotation->publish == ROTATION_HOOK)
		return publish_check_hook(rotation->hook, user, error);
	if (rotation->publish != ROTATION_UPDATE) {
		(void)strlcpy(error->text, "records are published by hand",
		    sizeof(error->text));
		return KS_E_ARG;
	}
	if (rotation->update_server != NULL) {
		publisher->has_server = dns_address_parse(
		    rotation->update_server, &publisher->server);
		if (!publisher->has_server) {
			(void)snprintf(error->text, sizeof(error->text),
			    "update_server %s: not ADDRESS[@PORT]",
			    rotation->update_server);
			return KS_E_ARG;
		}
	}
	return tsig_key_read(rotation->tsig_key, user, &publisher->tsig,
	    error);
}

int
publisher_new(struct publisher **out, const struct rotation *rotation,
    const struct publish_means *means, struct ks_error *error)
{
	struct publisher *publisher;
	int r;

	*out = NULL;
	if ((publisher = calloc(1, sizeof(*publisher))) == NULL) {
		(void)strlcpy(error->text, "out of memory",
		    sizeof(error->text));
		return KS_E_NOMEM;
	}
	publisher->rotation = rotation;
	publisher->zones = means->zones;
	publisher->clock = means->read_clock;
	publisher->crew = means->crew;
	hook_batch_init(&publisher->batch, means->crew);
	(void)pthread_mutex_init(&publisher->mutex, NULL);
	memcpy(publisher->pauses_ms, (const unsigned int[])HOOK_PAUSES_MS,
	    sizeof(publisher->pauses_ms));
	if ((r = prepare(publisher, means->user, error)) == 0)
		*out = publisher;
	else
		publisher_free(publisher);
	return r;
}

void
publisher_free(struct publisher *publisher)
{
	if (publisher == NULL)
		return;
	tsig_key_wipe(&publisher->tsig);
	(void)pthread_mutex_destroy(&publisher->mutex);
	hook_batch_finish(&publisher->batch);
	free(publisher);
}

enum publish_result
publish_change(struct publisher *publisher,
    const struct publish_change *change, struct ks_error *error)
{
	error->text[0] = '\0';
	return publisher->rotation->publish == ROTATION_HOOK ?
	    publish_by_hook(publisher, change, error) :
	    publish_by_update(publisher, change, error);
}
