/* SPDX-License-Identifier: ISC */

/*
 * Where the milter may write, under systemd.
 *
 * Its unit knows the folder of the socket in Postfix's usual queue directory.
 * With any other, or a socket elsewhere, the milter could not create its
 * socket: a file beside the unit, which setup writes, adds the folder.  A path
 * that a unit cannot name without quotes is left to a person.
 */

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/run.h"
#include "setup/private.h"

#define MILTER	"countersign-milter.service"
#define FOLDER	"/etc/systemd/system/" MILTER ".d"
#define FILE_NAME FOLDER "/setup.conf"

bool
dropin_is(const char *path)
{
	return strcmp(path, FILE_NAME) == 0;
}

/* Whether a folder is the other one, or below it. */
static bool
is_below(const char *folder, const char *other)
{
	size_t len = strlen(other);

	return strncmp(folder, other, len) == 0 && (folder[len] == '\0' ||
	    folder[len] == '/');
}

/* Whether the unit, with what is beside it, may write to a folder. */
static bool
may_write(const char *folder)
{
	const char *const argv[] = {
		"systemctl", "show", "--property=ReadWritePaths", "--value",
		MILTER, NULL
	};
	struct machine_output out;
	char *rest, *word;
	bool may;

	/* Its RuntimeDirectory. */
	may = is_below(folder, "/run/countersign");
	if (machine_run(NULL, argv, SETUP_PROGRAM_MS, &out) == 0) {
		rest = out.text;
		while (!may && (word = strsep(&rest, " \n")) != NULL) {
			word += strspn(word, "-+");
			may = word[0] == '/' && is_below(folder, word);
		}
	}
	machine_output_finish(&out);
	return may;
}

/* Characters that mean something in a unit are left out. */
static bool
can_be_named(const char *path)
{
	return path[strspn(path, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+,:@-")] == '\0';
}

static void
plan(struct setup *setup, const char *folder)
{
	char text[2 * PATH_MAX], why[SETUP_WHY_SIZE], *now;
	struct change *change;

	(void)snprintf(text, sizeof(text), "# Written by "
	    "\"countersign-doctor setup\": the folder of the milter's socket.\n"
	    "[Service]\nReadWritePaths=-%s\n", folder);
	if (file_read(FILE_NAME, &now, NULL, why, sizeof(why)) == -1) {
		setup_note(setup, "%s", why);
		return;
	}
	change = plan_add(&setup->plan, CHANGE_DIRECTORY, FOLDER, NULL,
	    access(FOLDER, F_OK) == 0 ? "" : NULL, "");
	if (change != NULL)
		change->access = (struct change_access){ 0, 0, 0755 };
	change = plan_add(&setup->plan, CHANGE_FILE, FILE_NAME, NULL, now,
	    text);
	if (change != NULL)
		change->access = (struct change_access){ 0, 0, 0644 };
	free(now);
}

int
dropin_plan(struct setup *setup)
{
	char folder[PATH_MAX], why[SETUP_WHY_SIZE], *state;

	if (!units_can_be_used() || strncmp(setup->draft->socket, "unix:",
	    5) != 0)
		return 0;
	if (units_state(MILTER, &state, why, sizeof(why)) == -1)
		return setup_fail("%s", why);
	if (state == NULL)
		return 0;
	free(state);
	(void)strlcpy(folder, setup->draft->socket + 5, sizeof(folder));
	(void)dirname(folder);
	if (may_write(folder))
		return 0;
	if (can_be_named(folder))
		plan(setup, folder);
	else
		setup_note(setup, "let the milter create its socket: "
		    "systemctl edit countersign-milter, and add\n"
		    "    [Service]\n    ReadWritePaths=-%s\n"
		    "  with blanks, quotes and \"%%\" as systemd.exec(5) wants "
		    "them, then run setup again", folder);
	return 0;
}
