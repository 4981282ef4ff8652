/* SPDX-License-Identifier: ISC */

/*
 * countersign-key fleet init, admit, expel, list and restore: they ask
 * countersign-fleet(8), which alone talks to the database.
 *
 * Answers are printed as they come.  A host that is not admitted yet prints
 * the fingerprint of its keys, which a person compares.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/json.h"
#include "command/fleet_ask.h"
#include "command/fleet_enter.h"
#include "command/fleet_export.h"
#include "command/fleet_import.h"
#include "command/fleet_renew.h"
#include "command/fleet_watch.h"
#include "command/tool.h"
#include "config/config.h"
#include "store/master.h"
#include "store/rotator.h"
#include "talk/client.h"

#define FINGERPRINT_SIZE	128

struct listing {
	const struct tool *tool;
	const char	*array;		/* of JSON, which is open; NULL: none */
};

static void
print_member(const char *name, const char *text)
{
	(void)printf("\"%s\": ", name);
	json_print_string(stdout, text, strlen(text));
}

/* Begin a member that is in no array. */
static void
begin_member(struct listing *listing)
{
	(void)printf("%s,\n  ", listing->array == NULL ? "" : "\n  ]");
	listing->array = NULL;
}

/* Begin an element of an array, in which the others are. */
static void
begin_element(struct listing *listing, const char *array)
{
	if (listing->array != NULL && strcmp(listing->array, array) == 0)
		(void)printf(",\n    ");
	else
		(void)printf("%s,\n  \"%s\": [\n    ",
		    listing->array == NULL ? "" : "\n  ]", array);
	listing->array = array;
}

static void
print_json(void *context, const struct talk_message *answer)
{
	struct listing *listing = context;

	switch (answer->kind) {
	case TALK_FLEET:
		begin_member(listing);
		print_member("fleet", answer->fleet);
		(void)printf(",\n  ");
		print_member("members", answer->digest);
		(void)printf(",\n  \"version\": %lld,\n  \"epoch\": %lld,\n"
		    "  \"change\": %lld,\n  \"cursor\": %lld",
		    (long long)answer->version, (long long)answer->epoch,
		    (long long)answer->change, (long long)answer->cursor);
		break;
	case TALK_DATABASE:
		begin_member(listing);
		print_member("database", answer->state);
		(void)printf(",\n  ");
		print_member("database_text", answer->text);
		break;
	case TALK_LATE:
		begin_member(listing);
		(void)printf("\"late\": %lld",
		    (long long)answer->ms / 1000);
		break;
	case TALK_HOST:
		begin_element(listing, "hosts");
		(void)printf("{ ");
		print_member("host", answer->name);
		(void)printf(", ");
		print_member("state", answer->state);
		(void)printf(", \"confirmed\": %lld, ",
		    (long long)answer->change);
		print_member("fingerprint", answer->text);
		(void)printf(" }");
		break;
	case TALK_EXPOSED:
		begin_element(listing, "exposed");
		(void)printf("{ ");
		print_member("domain", answer->domain);
		(void)printf(", ");
		print_member("selector", answer->selector);
		(void)printf(" }");
		break;
	case TALK_RESIGNED:
		begin_member(listing);
		(void)printf("\"resigned\": %lld",
		    (long long)answer->change);
		break;
	case TALK_RESTORED:
		begin_member(listing);
		(void)printf("\"restored\": %lld,\n  \"member_lists\": "
		    "%lld", (long long)answer->change,
		    (long long)answer->version);
		break;
	case TALK_ALARM:
		begin_element(listing, "ignored");
		json_print_string(stdout, answer->text, strlen(answer->text));
		break;
	default:
		break;
	}
}

static void
print_text(void *context, const struct talk_message *answer)
{
	const struct listing *listing = context;

	switch (answer->kind) {
	case TALK_FLEET:
		(void)printf("fleet %s\nmember list %lld: %s\nepoch %lld, "
		    "change %lld; rows taken up to %lld\n", answer->fleet,
		    (long long)answer->version, answer->digest,
		    (long long)answer->epoch, (long long)answer->change,
		    (long long)answer->cursor);
		break;
	case TALK_DATABASE:
		(void)printf("%s (%s)\n", answer->text, answer->state);
		break;
	case TALK_LATE:
		(void)printf("not used for %lld s, longer than publish_lead\n",
		    (long long)answer->ms / 1000);
		break;
	case TALK_HOST:
		(void)printf("%s: %s: %s", answer->name, answer->state,
		    answer->text);
		if (answer->change > 0)
			(void)printf("; confirmed %lld",
			    (long long)answer->change);
		(void)printf("\n");
		break;
	case TALK_EXPOSED:
		(void)printf("exposed %s %s\n", answer->domain,
		    answer->selector);
		break;
	case TALK_RESIGNED:
		(void)printf("rows signed again: %lld\nkeys that it could "
		    "open are replaced by '%s fleet renew'\n",
		    (long long)answer->change, listing->tool->command);
		break;
	case TALK_RESTORED:
		(void)printf("rows written back: %lld; member lists: %lld\n"
		    "changes of DNS, but for those of 'compromise', wait until "
		    "%d minutes after the first 'fleet restore': run it on "
		    "all hosts by then\n",
		    (long long)answer->change, (long long)answer->version,
		    TALK_RESTORE_HOLD_MINUTES);
		break;
	case TALK_ALARM:
		(void)printf("ignored: %s\n", answer->text);
		break;
	default:
		break;
	}
}

/* Ask, and print what is answered. */
static int
ask(const struct tool *tool, struct talk *talk,
    const struct talk_message *ready, const struct talk_message *request)
{
	struct listing listing = { .tool = tool };
	struct ks_error error;
	int r;

	if (tool->json) {
		(void)printf("{\n  ");
		print_member("host", ready->name);
	}
	r = fleet_ask(tool, talk, request, tool->json ? print_json :
	    print_text, &listing, &error);
	if (tool->json)
		(void)printf("%s\n}\n", listing.array == NULL ? "" :
		    "\n  ]");
	if (r != 0)
		warnx("fleet: %s", error.text);
	return r == 0 ? TOOL_DONE : TOOL_FAILED;
}

static bool
is_digest(const char *text)
{
	return hex_is(text, (TALK_DIGEST_SIZE - 1) / 2);
}

/* The words of a fingerprint, which may be one, without blanks. */
static bool
make_fingerprint(int argc, char **argv, char text[FINGERPRINT_SIZE])
{
	const char *p;
	size_t n = 0;
	int i;

	for (i = 0; i < argc; i++)
		for (p = argv[i]; *p != '\0'; p++) {
			if (n + 1 >= FINGERPRINT_SIZE)
				return false;
			if (*p != ' ')
				text[n++] = *p;
		}
	text[n] = '\0';
	return is_digest(text);
}

static bool
make_admit(int argc, char **argv, struct talk_message *request,
    char fingerprint[FINGERPRINT_SIZE])
{
	if (argc < 2 || !ks_host_name_is_valid(argv[0]) ||
	    strlcpy(request->name, argv[0], sizeof(request->name)) >=
	    sizeof(request->name)) {
		warnx("fleet admit: give the name of a host, and the "
		    "fingerprint that 'countersign-key fleet init' prints "
		    "there");
		return false;
	}
	if (!make_fingerprint(argc - 1, argv + 1, fingerprint)) {
		warnx("fleet admit: not a fingerprint: 64 hexadecimal digits "
		    "in lower case, with or without blanks");
		return false;
	}
	request->kind = TALK_ADMIT;
	request->text = fingerprint;
	return true;
}

static bool
make_expel(int argc, char **argv, struct talk_message *request)
{
	request->kind = TALK_EXPEL;
	if (argc == 1 && ks_host_name_is_valid(argv[0]) &&
	    strlcpy(request->name, argv[0], sizeof(request->name)) <
	    sizeof(request->name))
		return true;
	warnx("fleet expel: give the name of a host");
	return false;
}

static bool
make_init(const struct tool *tool, struct talk_message *request)
{
	const char *reason = NULL;

	if (tool->members != NULL && !is_digest(tool->members)) {
		warnx("--members %s: not the digest of a member list: 64 "
		    "hexadecimal digits", tool->members);
		return false;
	}
	if (tool->change != NULL)
		request->change = strtonum(tool->change, 1, INT64_MAX / 2,
		    &reason);
	if (reason != NULL) {
		warnx("--change %s: not a change number, as '%s fleet list' "
		    "prints it: %s", tool->change, tool->command, reason);
		return false;
	}
	request->kind = TALK_INIT;
	(void)strlcpy(request->digest, tool->members == NULL ? "-" :
	    tool->members, sizeof(request->digest));
	return true;
}

/* Whether the command has no JSON. */
static bool
is_text_only(const char *word)
{
	static const char *const words[] = { "enter", "renew", "watch",
	    "export", "import" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* What the words ask for; prints an error and returns false. */
static bool
make_request(const struct tool *tool, int argc, char **argv,
    struct talk_message *request, char fingerprint[FINGERPRINT_SIZE])
{
	const char *word = argv[0];

	if (strcmp(word, "init") != 0 && (tool->change != NULL ||
	    (tool->members != NULL && (strcmp(word, "import") != 0 ||
	    !is_digest(tool->members))))) {
		warnx("fleet %s: --members DIGEST is for init and import, "
		    "--change for init", word);
		return false;
	}
	if (tool->json && is_text_only(word)) {
		warnx("fleet %s: --json is for init, admit, expel, restore "
		    "and list", word);
		return false;
	}
	if (strcmp(word, "admit") == 0)
		return make_admit(argc - 1, argv + 1, request, fingerprint);
	if (strcmp(word, "expel") == 0)
		return make_expel(argc - 1, argv + 1, request);
	if (argc > 1)
		warnx("fleet %s: too many operands", word);
	else if (strcmp(word, "init") == 0)
		return make_init(tool, request);
	else if (strcmp(word, "restore") == 0) {
		request->kind = TALK_RESTORE;
		return true;
	} else if (strcmp(word, "list") == 0 || is_text_only(word))
		return true;
	else
		warnx("fleet %s: not init, admit, expel, list, "
		    "enter, renew, restore, watch, export or import", word);
	return false;
}

int
cmd_fleet(struct tool *tool, int argc, char **argv)
{
	struct talk_message request = { .kind = TALK_STATUS }, ready;
	struct ks_error error;
	char fingerprint[FINGERPRINT_SIZE];
	struct talk *talk;
	int status;

	if (!make_request(tool, argc, argv, &request, fingerprint))
		return TOOL_USAGE;
	if (tool->config->fleet_database == NULL) {
		warnx("%s: no section \"fleet\": this host is in no fleet",
		    tool->config->file);
		return TOOL_FAILED;
	}
	if (strcmp(argv[0], "export") == 0)
		return fleet_export(tool);
	if (strcmp(argv[0], "enter") == 0)
		return fleet_enter(tool);
	if (strcmp(argv[0], "import") == 0)
		return fleet_import_rows(tool);
	if (strcmp(argv[0], "renew") == 0)
		return fleet_renew(tool);
	if (strcmp(argv[0], "watch") == 0)
		return fleet_watch(tool);
	if (talk_open(&talk, tool->keydir, TALK_ANSWER_S, &ready,
	    &error) != 0) {
		warnx("fleet: %s", error.text);
		return TOOL_FAILED;
	}
	if (request.kind == TALK_STATUS && strcmp(ready.fleet, "-") == 0) {
		warnx("fleet: %s", ks_fleet_absence(tool->ks));
		status = TOOL_NOT_YET;
	} else
		status = ask(tool, talk, &ready, &request);
	talk_close(talk);
	return status;
}
