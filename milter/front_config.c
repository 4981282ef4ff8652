/* SPDX-License-Identifier: ISC */

#include "front_config.h"

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
front_config_load(const char *file)
{
	struct config *config;

	if ((config_file = strdup(file)) == NULL) {
		log_warn("%s", file);
		return NULL;
	}
	if ((config = load(file)) != NULL)
		snapshot_replace_take(config_ref(config));
	return config;
}

void
front_config_reload(void)
{
	struct config *config;

	counters_log();
	if ((config = load(config_file)) == NULL) {
		log_warnx("%s: the old configuration stays", config_file);
		return;
	}
	snapshot_replace_take(config);
	log_info("%s: configuration read again", config_file);
}
