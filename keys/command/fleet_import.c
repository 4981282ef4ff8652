/* SPDX-License-Identifier: ISC */

/*
 * "fleet import": hands the rows of an export (fleet_export.c) to
 * countersign-fleet, domain by domain, on standard input.
 *
 * The daemon believes of it what a member signed, so nothing is checked here
 * but its form.  The member list in it is for people: the one of this host
 * decides. If it is cut off, what came before is taken, and the command fails.
 */

#include "command/fleet_import.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/fleet_export.h"
#include "store/fleet_file.h"
#include "talk/client.h"

#define LINE_SIZE	(DKIMSIG_DOMAIN_SIZE + 64)

struct import {
	struct talk	*talk;
	size_t		 ndomains;
	bool		 has_ended;	/* its last line came */
};

/* A line "WORD [DOMAIN] LENGTH"; false for anything else. */
static bool
read_header(char *line, const char **word, char domain[DKIMSIG_DOMAIN_SIZE],
    size_t *number)
{
	const char *last, *reason;

	line[strcspn(line, "\n")] = '\0';
	*word = strsep(&line, " ");
	domain[0] = '\0';
	if (strcmp(*word, "rows") == 0 && (line == NULL ||
	    dkimsig_domain_normalize(line, strcspn(line, " "), domain,
	    DKIMSIG_DOMAIN_SIZE) != 0 || strsep(&line, " ") == NULL))
		return false;
	last = line;
	if (last == NULL)
		return false;
	*number = (size_t)strtonum(last, 0, KS_MAX_FLEET_ROWS, &reason);
	return reason == NULL;
}

static bool
tell_lines(const struct import *import, char *text, struct ks_error *error)
{
	struct talk_message part = { .kind = TALK_LINE };
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		if (*line == '\0')
			continue;
		if (strlen(line) > TALK_MAX_LINE - 16) {
			(void)strlcpy(error->text, "a row is too long",
			    sizeof(error->text));
			return false;
		}
		part.text = line;
		if (talk_tell(import->talk, &part, error) != 0)
			return false;
	}
	return true;
}

/* Hand over one domain; prints why not, and returns false. */
static bool
import_domain(struct import *import, const char *domain, char *text)
{
	struct talk_message request = { .kind = TALK_IMPORT };
	struct ks_error error;

	(void)strlcpy(request.domain, domain, sizeof(request.domain));
	if (tell_lines(import, text, &error) && talk_ask(import->talk,
	    &request, NULL, NULL, &error) == 0) {
		import->ndomains++;
		return true;
	}
	warnx("fleet import: %s: %s", domain, error.text);
	return false;
}

/* What follows a header. */
static bool
read_part(struct import *import, const char *word, const char *domain,
    size_t number)
{
	bool is_good;
	char *text;

	if (strcmp(word, "end") == 0) {
		import->has_ended = number == import->ndomains;
		return import->has_ended;
	}
	if (strcmp(word, "rows") != 0 && strcmp(word, "members") != 0)
		return false;
	if ((text = malloc(number + 1)) == NULL) {
		warn(NULL);
		return false;
	}
	is_good = fread(text, 1, number, stdin) == number;
	text[number] = '\0';
	if (is_good && domain[0] != '\0')
		is_good = import_domain(import, domain, text);
	free(text);
	return is_good;
}

static int
read_all(struct import *import)
{
	char line[LINE_SIZE], domain[DKIMSIG_DOMAIN_SIZE];
	const char *word;
	size_t number;

	if (fgets(line, sizeof(line), stdin) == NULL ||
	    strcmp(line, FLEET_EXPORT_LINE "\n") != 0) {
		warnx("fleet import: standard input is not what 'fleet "
		    "export' prints");
		return TOOL_FAILED;
	}
	while (!import->has_ended && fgets(line, sizeof(line), stdin) != NULL &&
	    read_header(line, &word, domain, &number) &&
	    read_part(import, word, domain, number))
		;
	(void)printf("%zu domain%s read\n", import->ndomains,
	    import->ndomains == 1 ? "" : "s");
	if (import->has_ended)
		return TOOL_DONE;
	warnx("fleet import: the export is cut off, or cannot be read "
	    "further: what came before was taken");
	return TOOL_FAILED;
}

int
fleet_import_rows(const struct tool *tool)
{
	struct import import = { NULL, 0, false };
	struct talk_message ready;
	struct ks_error error;
	int status;

	if (talk_open(&import.talk, tool->keydir, &ready, &error) != 0) {
		warnx("fleet: %s", error.text);
		return TOOL_FAILED;
	}
	status = read_all(&import);
	talk_close(import.talk);
	return status;
}
