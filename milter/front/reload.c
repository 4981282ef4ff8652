/* SPDX-License-Identifier: ISC */

/*
 * Read the configuration in the front, at its start and on reload.
 *
 * What it names outside of the process is collected at the start, for the cell;
 * a reload must do with that (bounds.h).  A configuration and its resolver
 * replace the current ones together, and only if there is no error.  Errors are
 * logged, one a line, and the old configuration is kept.  Messages in progress
 * keep the snapshot that they began with (snapshot.h).
 */

#include "front/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memstream.h"
#include "front/audit.h"
#include "front/bounds.h"
#include "front/counters.h"
#include "front/counting.h"
#include "front/host_dns.h"
#include "front/metering.h"
#include "front/snapshot.h"

static char *config_file;

/* config_load_within(), but log the errors, one a line. */
static struct config *
load(const char *file)
{
	struct config *config;
	FILE *faults;
	char *text = NULL, *line, *rest;
	size_t len = 0, nfaults = 0;

	if ((faults = memstream_open(&text, &len)) == NULL) {
		log_warn(M_CONFIG_UNREADABLE, "%s: cannot be loaded", file);
		return NULL;
	}
	config = config_load_within(file, bounds_of_config(), faults,
	    &nfaults);
	if (!memstream_close(faults, &text))
		log_warnx(M_CONFIG_UNREADABLE, "%s: cannot list its errors: "
		    "out of memory", file);
	for (rest = text; (line = strsep(&rest, "\n")) != NULL;)
		if (line[0] != '\0')
			log_warnx(M_CONFIG_ERROR, "%s", line);
	free(text);
	return config;
}

/* Make config the current one.  Takes over the reference, also on failure. */
static int
use_take(struct config *config)
{
	struct dns_resolver *resolver;
	char error[256];

	if (host_dns_open(config, &resolver, error, sizeof(error)) != 0) {
		log_warnx(M_DNS_SETUP_FAILED, "%s: dns: %s", config->file,
		    error);
		config_unref(config);
		return -1;
	}
	config_ref(config);
	if (snapshot_replace_take(config, resolver) != 0) {
		log_warnx(M_OUT_OF_MEMORY,
		    "out of memory: cannot load the configuration");
		config_unref(config);
		return -1;
	}
	counting_configure(config);
	metering_configure(config);
	config_unref(config);
	return 0;
}

struct config *
front_config_load(const char *file)
{
	if (counting_init() != 0 || (config_file = strdup(file)) == NULL) {
		log_warn(M_CONFIG_UNREADABLE, "%s: cannot be loaded", file);
		return NULL;
	}
	return load(file);
}

int
front_config_use(struct config *config)
{
	return use_take(config_ref(config));
}

bool
front_config_reload(unsigned int *restart_line)
{
	struct config *config;

	counters_log();
	config = load(config_file);
	*restart_line = bounds_refused();
	if (config == NULL || use_take(config_ref(config)) != 0) {
		log_warnx(M_CONFIG_KEPT, "%s: keeping the old configuration",
		    config_file);
		config_unref(config);
		return false;
	}
	audit_open(config->audit_file);
	counting_open(config);
	log_info(M_CONFIG_RELOADED, "%s: configuration reloaded: %zu source%s",
	    config_file, config->nsources, config->nsources == 0 ?
	    "s, so nothing is signed" : config->nsources == 1 ? "" : "s");
	config_unref(config);
	return true;
}
