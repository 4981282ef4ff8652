/* SPDX-License-Identifier: ISC */

/*
 * "fleet import": hands the rows of an export (fleet_export.c) to
 * countersign-fleet, domain by domain, on standard input.
 *
 * The daemon believes of it what a member signed, so nothing is checked here
 * but its form.  A host that is in a fleet takes a member list that continues
 * its own; one that has lost all but its keys takes the one whose digest a
 * person gives, who has compared the fingerprints in it.  If the export is cut
 * off, what came before is taken, and the command fails.  A domain that cannot
 * be taken, as its folder here is damaged, keeps no other one away.
 */

#include "command/fleet_import.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/fleet_ask.h"
#include "command/fleet_export.h"
#include "store/fleet_file.h"
#include "store/rotator.h"
#include "talk/client.h"

#define LINE_SIZE	(DKIMSIG_DOMAIN_SIZE + 64)

struct import {
	const struct tool *tool;
	struct talk	*talk;
	char		 host[TALK_NAME_SIZE];	/* this one */
	bool		 is_member;	/* of a fleet */
	size_t		 ndomains;	/* that were taken */
	size_t		 nrefused;	/* the others; why was printed */
	bool		 has_ended;	/* its last line came */
	bool		 is_part;	/* and says that domains are missing */
	bool		 is_refused;	/* why was printed */
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
	if ((strcmp(*word, "rows") == 0 || strcmp(*word, "ended") == 0) &&
	    (line == NULL || dkimsig_domain_normalize(line, strcspn(line, " "),
	    domain, DKIMSIG_DOMAIN_SIZE) != 0 || strsep(&line, " ") == NULL))
		return false;
	/* The name of a host, which may be printed. */
	if (strcmp(*word, "epochs") == 0 && (line == NULL ||
	    strlcpy(domain, strsep(&line, " "), DKIMSIG_DOMAIN_SIZE) >=
	    DKIMSIG_DOMAIN_SIZE || !ks_host_name_is_valid(domain)))
		return false;
	last = line;
	if (last == NULL)
		return false;
	*number = (size_t)strtonum(last, 0, KS_MAX_FLEET_ROWS, &reason);
	return reason == NULL;
}

/* Returns 0 or KS_E_*. */
static int
tell_lines(const struct import *import, char *text, struct ks_error *error)
{
	struct talk_message part = { .kind = TALK_LINE };
	char *line;
	int r;

	while ((line = strsep(&text, "\n")) != NULL) {
		if (*line == '\0')
			continue;
		if (strlen(line) > TALK_MAX_LINE - 16) {
			(void)strlcpy(error->text, "a row is too long",
			    sizeof(error->text));
			return KS_E_ARG;
		}
		part.text = line;
		if ((r = talk_tell(import->talk, &part, error)) != 0)
			return r;
	}
	return 0;
}

/* What is in a member list, for the person who compares it. */
static void
print_answer(void *context, const struct talk_message *answer)
{
	const struct import *import = context;

	if (import->is_member)
		return;
	if (answer->kind == TALK_HOST)
		(void)printf("%s: %s: %s\n", answer->name, answer->state,
		    answer->text);
	else if (answer->kind == TALK_FLEET)
		(void)printf("fleet %s\nmember list %lld: %s\n",
		    answer->fleet, (long long)answer->version,
		    answer->digest);
}

/*
 * Hand over lines and a request.  Returns 0, or prints why not and returns
 * KS_E_*: KS_E_EXISTS if countersign-fleet refused it and takes another one.
 */
static int
hand_over(struct import *import, const struct talk_message *request,
    char *text, const char *what)
{
	struct ks_error error;
	int r = 0;

	if (text != NULL)
		r = tell_lines(import, text, &error);
	if (r == 0)
		r = fleet_ask(import->tool, import->talk, request,
		    print_answer, import, &error);
	if (r != 0)
		warnx("fleet import: %s: %s", what, error.text);
	return r;
}

/* The same for what has to be taken. */
static bool
ask(struct import *import, const struct talk_message *request, char *text,
    const char *what)
{
	import->is_refused |= hand_over(import, request, text, what) != 0;
	return !import->is_refused;
}

static bool
import_members(struct import *import, char *text)
{
	struct talk_message request = { .kind = TALK_LIST };

	(void)strlcpy(request.digest, import->tool->members == NULL ? "-" :
	    import->tool->members, sizeof(request.digest));
	return ask(import, &request, text, "member list");
}

/* The keys of epochs, if they are those of this host. */
static bool
import_epochs(struct import *import, const char *host, char *text)
{
	const struct talk_message request = { .kind = TALK_WRAPS };

	if (strcmp(host, import->host) == 0)
		return ask(import, &request, text, "keys of epochs");
	if (!import->is_member)
		(void)printf("the keys of epochs in it are sealed for %s, and "
		    "not used here\n", host);
	return true;
}

/* Hand over one domain; false if no other one can be. */
static bool
import_domain(struct import *import, const char *domain, char *text)
{
	struct talk_message request = { .kind = TALK_IMPORT };
	int r;

	(void)strlcpy(request.domain, domain, sizeof(request.domain));
	r = hand_over(import, &request, text, domain);
	import->ndomains += r == 0;
	import->nrefused += r == KS_E_EXISTS;
	import->is_refused |= r != 0 && r != KS_E_EXISTS;
	return !import->is_refused;
}

/* The text after a header. */
static bool
import_text(struct import *import, const char *word, const char *name,
    char *text)
{
	if (strcmp(word, "members") == 0)
		return import_members(import, text);
	if (strcmp(word, "epochs") == 0)
		return import_epochs(import, name, text);
	return import_domain(import, name, text);
}

/* What follows a header. */
static bool
read_part(struct import *import, const char *word, const char *domain,
    size_t number)
{
	bool is_good;
	char *text;

	if (strcmp(word, "end") == 0 || strcmp(word, "part") == 0) {
		import->is_part = strcmp(word, "part") == 0;
		import->has_ended = number ==
		    import->ndomains + import->nrefused;
		return import->has_ended;
	}
	if (strcmp(word, "rows") != 0 && strcmp(word, "ended") != 0 &&
	    strcmp(word, "members") != 0 && strcmp(word, "epochs") != 0)
		return false;
	if ((text = malloc(number + 1)) == NULL) {
		warn(NULL);
		return false;
	}
	is_good = fread(text, 1, number, stdin) == number;
	text[number] = '\0';
	if (is_good)
		is_good = import_text(import, word, domain, text);
	free(text);
	return is_good;
}

/* After the last line. */
static int
finish(struct import *import)
{
	const struct talk_message request = { .kind = TALK_IMPORTED };

	if (!ask(import, &request, NULL, "change number"))
		return TOOL_FAILED;
	if (import->nrefused > 0)
		warnx("fleet import: %zu domain%s not taken, for the reasons "
		    "above: fix what they name, and import it again",
		    import->nrefused, import->nrefused == 1 ? "" : "s");
	if (import->is_part)
		warnx("fleet import: domains are missing that could not be "
		    "read when the export was made");
	return import->nrefused > 0 || import->is_part ? TOOL_FAILED :
	    TOOL_DONE;
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
	(void)printf("%zu domain%s taken\n", import->ndomains,
	    import->ndomains == 1 ? "" : "s");
	if (import->has_ended)
		return finish(import);
	if (!import->is_refused)
		warnx("fleet import: the export is cut off, or cannot be read "
		    "further: what came before was taken");
	return TOOL_FAILED;
}

int
fleet_import_rows(const struct tool *tool)
{
	struct import import = { .tool = tool };
	struct talk_message ready;
	struct ks_error error;
	int status;

	if (talk_open(&import.talk, tool->keydir, TALK_ANSWER_S, &ready,
	    &error) != 0) {
		warnx("fleet: %s", error.text);
		return TOOL_FAILED;
	}
	(void)strlcpy(import.host, ready.name, sizeof(import.host));
	import.is_member = strcmp(ready.fleet, "-") != 0;
	status = read_all(&import);
	talk_close(import.talk);
	return status;
}
