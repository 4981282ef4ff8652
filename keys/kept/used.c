/* SPDX-License-Identifier: ISC */

/*
 * The database that this host used last, and when: see used.h.
 *
 * The clock may have been set in either direction since the file was written,
 * so a time in it is a hint: one in the future is taken for unknown, and is
 * replaced as soon as the database is used.
 */

#include "kept/used.h"

#include <stdio.h>
#include <string.h>

#include "signed/lines.h"
#include "store/fleet_file.h"

#define FILE_NAME	"database"
#define FIRST_LINE	"countersign-fleet-database 1"

void
fleet_used_read(struct keystore *ks, struct fleet_used *used)
{
	struct fleet_lines lines;
	struct ks_error error;
	size_t len;
	char *text;

	memset(used, 0, sizeof(*used));
	if (ks_fleet_read(ks, FILE_NAME, &text, &len, &error) != 0)
		return;
	fleet_lines_init(&lines, text, len);
	fleet_lines_expect(&lines, FIRST_LINE);
	fleet_lines_text(&lines, "server", used->server,
	    sizeof(used->server));
	used->at = fleet_lines_number(&lines, "used", 0);
	if (!fleet_lines_end(&lines, &error))
		memset(used, 0, sizeof(*used));
	ks_fleet_free(text, len);
}

/* Keep what a line can have; a path of a socket may have more. */
static void
copy_server(char to[FLEET_SERVER_SIZE], const char *server)
{
	size_t i;

	(void)strlcpy(to, server, FLEET_SERVER_SIZE);
	for (i = 0; to[i] != '\0'; i++)
		if (to[i] < ' ' || to[i] > '~')
			to[i] = '?';
}

int
fleet_used_note(struct keystore *ks, struct fleet_used *used,
    const char *server, int64_t now, struct ks_error *error)
{
	struct fleet_used new = { .at = now };
	char text[FLEET_SERVER_SIZE + 128];
	int n, r;

	copy_server(new.server, server);
	if (strcmp(new.server, used->server) == 0 &&
	    now - used->at < FLEET_USED_S && used->at - now < FLEET_USED_S)
		return 0;
	n = snprintf(text, sizeof(text), FIRST_LINE "\nserver %s\nused %lld\n",
	    new.server, (long long)new.at);
	r = ks_fleet_write(ks, FILE_NAME, false, text, (size_t)n, error);
	if (r == 0)
		*used = new;
	return r;
}

int64_t
fleet_used_ago(const struct fleet_used *used, int64_t now)
{
	return used->at == 0 || now < used->at ? 0 : now - used->at;
}
