/* SPDX-License-Identifier: ISC */

#include "reload.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "log.h"
#include "snapshot.h"

static char *config_file;

/* config_load(), its faults going to the log, a line each. */
static struct config *
load(const char *file)
{
	struct config *config;
	FILE *faults;
	char *text = NULL, *line, *rest;
	size_t len = 0, nfaults = 0;

	if ((faults = open_memstream(&text, &len)) == NULL) {
		log_warn("%s", file);
		return NULL;
	}
	config = config_load(file, faults, &nfaults);
	if (fclose(faults) != 0)
		log_warn("%s: the list of faults", file);
	for (rest = text; (line = strsep(&rest, "\n")) != NULL;)
		if (line[0] != '\0')
			log_warnx("%s", line);
	free(text);
	return config;
}

struct config *
reload_first(const char *file)
{
	if ((config_file = strdup(file)) == NULL) {
		log_warn("%s", file);
		return NULL;
	}
	return load(file);
}

static bool
is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/*
 * Say which new values wait for a restart.  The signers were started with
 * the old expire as their ceiling, so it is kept in force.
 */
static void
keep_restart_options(struct config *config, const struct config *old)
{
	const struct {
		const char	*option;
		bool		 is_kept;
	} options[] = {
		{ "socket",	is_same(config->socket, old->socket) },
		{ "socket_mode", config->socket_mode == old->socket_mode },
		{ "socket_group",
		    is_same(config->socket_group, old->socket_group) },
		{ "keydir",	is_same(config->keydir, old->keydir) },
		{ "user",	is_same(config->user, old->user) },
		{ "keys_user",	is_same(config->keys_user, old->keys_user) },
		{ "signers",	config->signers == old->signers },
		{ "signature expire",	config->expire == old->expire },
	};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (!options[i].is_kept)
			log_warnx("%s: the new value of %s waits for a "
			    "restart", config->file, options[i].option);
	config->expire = old->expire;
}

void
reload_configuration(void)
{
	struct config *config, *old = snapshot_acquire();

	counters_log();
	if ((config = load(config_file)) == NULL)
		log_warnx("%s: the old configuration stays", config_file);
	else {
		if (old != NULL)
			keep_restart_options(config, old);
		snapshot_replace_take(config);
		log_info("%s: configuration read again", config_file);
	}
	config_unref(old);
}
