/* SPDX-License-Identifier: ISC */

/*
 * The file of "fleet watch": see watched.h.
 *
 * It decides only when DNS is asked, so a file that is damaged, or cannot be
 * read, means that it is asked now, from the first domain on.  Version 1.0.0
 * wrote only the time, and reads only the first line.
 */

#include "command/watched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/fleet_file.h"

#define FILE_NAME	"watched"
#define NEXT		"next "

void
watched_read(struct keystore *ks, struct watched *watched)
{
	const char *reason;
	char *text, *rest, *line;
	size_t len;

	memset(watched, 0, sizeof(*watched));
	if (ks_fleet_read(ks, FILE_NAME, &text, &len, NULL) != 0)
		return;
	rest = text;
	line = strsep(&rest, "\n");
	watched->begun = strtonum(line, 0, INT64_MAX, &reason);
	line = rest == NULL ? NULL : strsep(&rest, "\n");
	if (reason != NULL)
		watched->begun = 0;
	else if (line != NULL && strncmp(line, NEXT, strlen(NEXT)) == 0 &&
	    strlcpy(watched->next, line + strlen(NEXT),
	    sizeof(watched->next)) >= sizeof(watched->next))
		watched->next[0] = '\0';
	ks_fleet_free(text, len);
}

int
watched_write(struct keystore *ks, const struct watched *watched,
    struct ks_error *error)
{
	char text[DKIMSIG_DOMAIN_SIZE + 64];
	int n;

	n = watched->next[0] == '\0' ?
	    snprintf(text, sizeof(text), "%lld\n",
	    (long long)watched->begun) :
	    snprintf(text, sizeof(text), "%lld\n" NEXT "%s\n",
	    (long long)watched->begun, watched->next);
	return ks_fleet_write(ks, FILE_NAME, false, text, (size_t)n, error);
}
