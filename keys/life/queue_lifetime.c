/* SPDX-License-Identifier: ISC */

/*
 * The queue lifetime of Postfix: how long a message may wait for delivery.
 * Its signature must verify for that long.
 *
 * postconf(1) prints maximal_queue_lifetime: a number with a unit, or without
 * one for days.  If postconf is not installed, the default of Postfix is used
 * silently; if it fails, the default is used with a complaint for the
 * administrator.
 */

#include "life/queue_lifetime.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"

#define LIMIT_MS	5000
#define LONGEST		(3650 * INT64_C(86400))

static const char *
find_postconf(void)
{
	static const char *const places[] = {
		"/usr/sbin/postconf", "/usr/bin/postconf",
		"/usr/local/sbin/postconf", "/sbin/postconf",
	};
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], X_OK) == 0)
			return places[i];
	return NULL;
}

/* Parse "5d\n".  Changes the text. */
static bool
parse(char *text, int64_t *seconds)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = {
		{ 'd', 86400 }, { 's', 1 }, { 'm', 60 }, { 'h', 3600 },
		{ 'w', 604800 },
	};
	const char *error;
	size_t len, unit = 0, i;

	len = strcspn(text, "\n");
	if (text[len] != '\n' || text[len + 1] != '\0')
		return false;
	text[len] = '\0';
	for (i = 0; len > 0 && i < sizeof(units) / sizeof(units[0]); i++)
		if (text[len - 1] == units[i].letter) {
			text[len - 1] = '\0';
			unit = i;
			break;
		}
	if (text[0] < '0' || text[0] > '9')
		return false;
	*seconds = strtonum(text, 0, LONGEST / units[unit].seconds, &error) *
	    units[unit].seconds;
	return error == NULL;
}

int64_t
queue_lifetime_ask(const char *postconf, char *complaint,
    size_t complaintsize)
{
	static const char *const environment[] = {
		PROGRAM_PATH, "LC_ALL=C", NULL
	};
	const char *argv[] = {
		postconf, "-x", "-h", "maximal_queue_lifetime", NULL
	};
	struct program_result result;
	const char *why = NULL;
	int64_t seconds = QUEUE_LIFETIME_DEFAULT;

	complaint[0] = '\0';
	if (argv[0] == NULL && (argv[0] = find_postconf()) == NULL)
		return QUEUE_LIFETIME_DEFAULT;
	program_run(argv, environment, LIMIT_MS, &result);
	if (result.end == PROGRAM_NOT_RUN)
		why = strerror(result.code);
	else if (result.end == PROGRAM_LATE)
		why = "no answer within 5 s";
	else if (result.end == PROGRAM_KILLED || result.code != 0)
		why = result.complaint[0] != '\0' ? result.complaint :
		    "failed (no output)";
	else if (!parse(result.output, &seconds))
		why = "its output is not a time";
	if (why == NULL)
		return seconds;
	(void)snprintf(complaint, complaintsize,
	    "%s -h maximal_queue_lifetime: %s; using 5d; fix it, or set "
	    "queue_lifetime in the section \"rotation\"", argv[0], why);
	return QUEUE_LIFETIME_DEFAULT;
}
