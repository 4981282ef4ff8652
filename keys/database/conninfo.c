/* SPDX-License-Identifier: ISC */

/*
 * Which connection strings are accepted: see fleet_db_new().
 *
 * What comes from the database is verified, but who can read what goes there,
 * or answer in its place, learns which hosts there are and can keep them from
 * their keys.  So a network is crossed only to a server whose certificate is
 * verified.
 */

#include "database/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STANDARD_PORT	"5432"

/* What the string leaves out; libpq takes the last value of a name. */
static const struct {
	const char	*name, *value;
} defaults[] = {
	{ "application_name",		"countersign-fleet" },
	{ "connect_timeout",		"10" },
	{ "gssencmode",			"disable" },	/* TLS is required */
	{ "keepalives_idle",		"10" },
	{ "keepalives_interval",	"5" },
	{ "keepalives_count",		"3" },
	{ "tcp_user_timeout",		"20000" },
	{ "target_session_attrs",	"read-write" }
};
#define NDEFAULTS	(sizeof(defaults) / sizeof(defaults[0]))

static const char *
option_of(const PQconninfoOption *options, const char *name)
{
	const PQconninfoOption *option;

	for (option = options; option->keyword != NULL; option++)
		if (strcmp(option->keyword, name) == 0)
			return option->val;
	return NULL;
}

/* Whether each host in the list is a socket of this machine. */
static bool
are_sockets(const char *hosts)
{
	const char *p = hosts;

	if (hosts == NULL || *hosts == '\0')
		return true;
	for (;;) {
		if (*p != '/' && *p != '@')
			return false;
		if ((p = strchr(p, ',')) == NULL)
			return true;
		p++;
	}
}

int
fleet_conninfo_check(const PQconninfoOption *options, struct ks_error *error)
{
	const char *sslmode = option_of(options, "sslmode");
	const char *address = option_of(options, "hostaddr");

	if (option_of(options, "service") != NULL)
		(void)strlcpy(error->text, "database: service is not "
		    "supported: write the options here", sizeof(error->text));
	else if ((are_sockets(option_of(options, "host")) &&
	    (address == NULL || *address == '\0')) ||
	    (sslmode != NULL && strcmp(sslmode, "verify-full") == 0))
		return 0;
	else
		(void)strlcpy(error->text, "database: over a network, "
		    "sslmode=verify-full is needed", sizeof(error->text));
	return KS_E_ARG;
}

size_t
fleet_conninfo_files(const PQconninfoOption *options,
    char files[FLEET_DB_MAX_FILES][PATH_MAX])
{
	static const char *const names[] = {
		"passfile", "sslcert", "sslkey", "sslrootcert", "sslcrl",
		"sslcrldir"
	};
	const char *value;
	size_t i, n = 0;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((value = option_of(options, names[i])) != NULL &&
		    value[0] == '/' &&
		    strlcpy(files[n], value, PATH_MAX) < PATH_MAX)
			n++;
	return n;
}

bool
fleet_conninfo_can_read(const PQconninfoOption *options,
    char why[FLEET_CONNINFO_WHY_SIZE])
{
	char files[FLEET_DB_MAX_FILES][PATH_MAX];
	const size_t n = fleet_conninfo_files(options, files);
	FILE *fp;
	size_t i;

	for (i = 0; i < n; i++) {
		fp = fopen(files[i], "re");
		if (fp == NULL && errno != ENOENT) {
			(void)snprintf(why, FLEET_CONNINFO_WHY_SIZE, "%s: %s",
			    files[i], strerror(errno));
			return false;
		}
		if (fp != NULL)
			(void)fclose(fp);
	}
	return true;
}

/* One port for all hosts, or a list with one for each. */
size_t
fleet_conninfo_ports(const PQconninfoOption *options,
    uint16_t ports[FLEET_DB_MAX_PORTS])
{
	const char *value = option_of(options, "port"), *reason;
	char list[256], *rest = list, *text;
	size_t n = 0;
	long long port;

	if (value == NULL || strlcpy(list, value, sizeof(list)) >=
	    sizeof(list))
		(void)strlcpy(list, STANDARD_PORT, sizeof(list));
	while (n < FLEET_DB_MAX_PORTS && (text = strsep(&rest, ",")) != NULL) {
		port = strtonum(*text == '\0' ? STANDARD_PORT : text, 1, 65535,
		    &reason);
		if (reason == NULL)
			ports[n++] = (uint16_t)port;
	}
	return n;
}

void
fleet_conninfo_values(const PQconninfoOption *options,
    const char *names[FLEET_CONNINFO_MAX],
    const char *values[FLEET_CONNINFO_MAX])
{
	const PQconninfoOption *option;
	size_t i, n = 0;

	for (i = 0; i < NDEFAULTS; i++, n++) {
		names[n] = defaults[i].name;
		values[n] = defaults[i].value;
	}
	for (option = options; option->keyword != NULL &&
	    n + 1 < FLEET_CONNINFO_MAX; option++)
		if (option->val != NULL) {
			names[n] = option->keyword;
			values[n++] = option->val;
		}
	names[n] = NULL;
	values[n] = NULL;
}
