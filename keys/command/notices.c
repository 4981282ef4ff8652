/* SPDX-License-Identifier: ISC */

/*
 * Notices around a run of rotation: see notices.h.
 *
 * The records that somebody has to enter are those that "todo" prints.  A file
 * of what was told that cannot be read counts as empty and is replaced; if it
 * cannot be written, people are told less often: see notify/notify.h.
 */

#include "command/notices.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memstream.h"
#include "base/rfc3339.h"
#include "command/gathering.h"
#include "command/todo_items.h"
#include "config/config.h"
#include "notify/notify.h"

/* -- What is wrong ------------------------------------------------------- */

/* What is to do about a trouble: JSON objects, from "todo". */
struct remedy {
	char	*todo;		/* or NULL */
	bool	 is_by_hand;
};

struct remedies {
	struct gathering	*gathering;
	struct remedy		*list;		/* one for each alarm */
	size_t			 n;
	bool			 no_memory;
};

static int
extend(struct remedies *remedies)
{
	const size_t n = remedies->gathering->alarms.n;
	struct remedy *list;

	list = recallocarray(remedies->list, remedies->n, n + 1,
	    sizeof(*list));
	if (list == NULL)
		return KS_E_NOMEM;
	remedies->list = list;
	remedies->n = n;
	return 0;
}

/* An item of "todo" about a trouble. */
static void
add_item(void *context, const struct todo_item *item)
{
	struct remedies *remedies = context;
	const struct alarms *alarms = &remedies->gathering->alarms;
	struct remedy *remedy;
	char *text = NULL;
	size_t i, len;
	FILE *fp;

	/* Something that the last run did not see is not told yet. */
	for (i = 0; i < alarms->n && &alarms->list[i] != item->alarm; i++)
		;
	if (i == alarms->n || item->entry == NULL || remedies->no_memory)
		return;
	if (extend(remedies) != 0 ||
	    (fp = memstream_open(&text, &len)) == NULL) {
		remedies->no_memory = true;
		return;
	}
	remedy = &remedies->list[i];
	if (remedy->todo != NULL)
		(void)fprintf(fp, "%s, ", remedy->todo);
	(void)fprintf(fp, "{\"action\": \"%s\", \"record\": ",
	    todo_action_word(item->action));
	entry_write_json(fp, item->entry);
	(void)fprintf(fp, "}");
	if (!memstream_close(fp, &text)) {
		remedies->no_memory = true;
		return;
	}
	free(remedy->todo);
	remedy->todo = text;
	remedy->is_by_hand = true;
}

static int
add_domain(struct gathering *gathering, struct domain_view *view,
    const char *domain, size_t first)
{
	struct remedies *remedies = gathering->context;
	struct todo_domain items = {
		.domain = domain, .view = view, .first = first,
		.alarms = &gathering->alarms, .now = gathering->tool->now,
		.add = add_item, .context = remedies
	};

	/* A domain without troubles need not be looked at. */
	if (gathering->alarms.n == first)
		return 0;
	return todo_items_find(&items) != 0 || remedies->no_memory ?
	    KS_E_NOMEM : 0;
}

static void
remedies_finish(struct remedies *remedies)
{
	size_t i;

	for (i = 0; i < remedies->n; i++)
		free(remedies->list[i].todo);
	free(remedies->list);
}

/* The troubles and what is to do, in the form that notices want. */
static struct notify_trouble *
make_troubles(const struct remedies *remedies)
{
	const struct alarms *alarms = &remedies->gathering->alarms;
	struct notify_trouble *troubles;
	size_t i;

	troubles = calloc(alarms->n + 1, sizeof(*troubles));
	for (i = 0; troubles != NULL && i < alarms->n; i++) {
		troubles[i].alarm = &alarms->list[i];
		troubles[i].is_by_hand =
		    alarms->list[i].trouble == TROUBLE_CNAME;
		if (i >= remedies->n)
			continue;
		troubles[i].is_by_hand |= remedies->list[i].is_by_hand;
		troubles[i].todo = remedies->list[i].todo;
	}
	return troubles;
}

/* -- Telling ------------------------------------------------------------- */

static void
say(bool is_failure, const char *text)
{
	if (is_failure)
		warnx("%s", text);
	else
		(void)printf("%s\n", text);
}

static int
finish(const struct tool *tool, const struct notify_result *result, int status)
{
	if (result->ntold > 0 && !tool->json && !tool->dry_run)
		(void)printf("notices: %zu sent\n", result->ntold);
	if (result->nlater > 0)
		warnx("notices: %zu failed, %zu left for the next run",
		    result->nfailed, result->nlater);
	return result->nfailed > 0 ? TOOL_FAILED : status;
}

/* Check that what is told can be written.  Prints an error. */
static int
try_to_write(const struct tool *tool, struct notify_run *notify)
{
	struct ks_error error;
	int r = 0;

	if (tool->ks == NULL) {
		notify->is_forgetful = true;
		return TOOL_FAILED;
	}
	if (!tool->dry_run)
		r = ks_notified_write(tool->ks, notify->notified, &error);
	if (r == 0)
		return TOOL_DONE;
	warnx("%s", error.text);
	notify->is_forgetful = true;
	return TOOL_FAILED;
}

/* Read what was told; nothing, after printing an error, if that fails. */
static void
read_notified(const struct tool *tool, struct ks_notified *notified)
{
	struct ks_error error;

	ks_notified_init(notified);
	if (tool->ks != NULL &&
	    ks_notified_read(tool->ks, notified, &error) != 0)
		warnx("%s", error.text);
}

static const char *
general_contact(const struct config *config)
{
	const char *contact = config->rotations[0].contact;

	return contact == NULL ? "" : contact;
}

/* Tell people of all that is wrong.  notified is what they know. */
static int
tell(const struct tool *tool, struct rotation_run *run,
    struct ks_notified *notified)
{
	struct gathering gathering;
	struct remedies remedies = { .gathering = &gathering };
	struct notify_trouble *troubles = NULL;
	struct notify_result result = { .ntold = 0 };
	struct notify_run notify = {
		.ks = tool->ks, .hook = tool->config->notify_hook,
		.user = &run->user, .notified = notified,
		.dry_run = tool->dry_run, .say = say, .facts = {
			.config = tool->config, .now = tool->now,
			.general = general_contact(tool->config)
		}
	};
	struct ks_error error;
	int status;

	status = try_to_write(tool, &notify);
	gathering_init(&gathering, tool, run);
	/* If it cannot be written, why it cannot be read is told, too. */
	gathering.notified = status == TOOL_DONE ? notified : NULL;
	gathering.add_domain = add_domain;
	gathering.context = &remedies;
	if (gathering_run(&gathering, NULL, &error) == 0) {
		(void)strlcpy(error.text, "out of memory",
		    sizeof(error.text));
		troubles = make_troubles(&remedies);
	}
	notify.facts.troubles = troubles;
	notify.facts.ntroubles = gathering.alarms.n;
	if (troubles == NULL ||
	    notify_people(&notify, &result, &error) != 0) {
		warnx("notices: %s", error.text);
		status = TOOL_FAILED;
	}
	free(troubles);
	remedies_finish(&remedies);
	gathering_finish(&gathering);
	return finish(tool, &result, status);
}

/* -- Around a run -------------------------------------------------------- */

/* The last run has a mark: it did not get to its end. */
static void
note_broken_run(struct ks_notified *notified)
{
	char begun[RFC3339_SIZE];

	if (notified->begun == KS_NEVER)
		return;
	(void)rfc3339_print(notified->begun, begun);
	if (notified->failed_since == KS_NEVER)
		notified->failed_since = notified->begun;
	(void)snprintf(notified->failure, sizeof(notified->failure),
	    "the run of 'countersign-key rotate' that began at %s did not get "
	    "to its end: see 'journalctl -u countersign-rotate'", begun);
	notified->begun = KS_NEVER;
}

bool
notices_begin(const struct tool *tool)
{
	struct ks_notified notified;
	struct ks_error error;
	int r;

	if (tool->config->notify_hook == NULL || tool->dry_run)
		return true;
	read_notified(tool, &notified);
	notified.begun = tool->now;
	if ((r = ks_notified_write(tool->ks, &notified, &error)) != 0)
		warnx("%s", error.text);
	ks_notified_finish(&notified);
	return r == 0;
}

int
notices_end(const struct tool *tool, struct rotation_run *run,
    const char *failure)
{
	struct ks_notified notified;
	struct tool now = *tool;
	int status;

	if (tool->config->notify_hook == NULL)
		return TOOL_DONE;
	now.now = tool->clock();
	read_notified(tool, &notified);
	notified.begun = KS_NEVER;
	if (failure == NULL)
		notified.failed_since = KS_NEVER;
	else {
		if (notified.failed_since == KS_NEVER)
			notified.failed_since = now.now;
		(void)strlcpy(notified.failure, failure,
		    sizeof(notified.failure));
	}
	status = tell(&now, run, &notified);
	ks_notified_finish(&notified);
	return status;
}

int
notices_catch_up(const struct tool *tool, struct rotation_run *run)
{
	struct ks_notified notified;
	int status;

	read_notified(tool, &notified);
	note_broken_run(&notified);
	status = tell(tool, run, &notified);
	ks_notified_finish(&notified);
	return status;
}

int
notices_of_fleet(const struct tool *tool, struct rotation_run *run)
{
	const char *word = trouble_word(TROUBLE_FLEET);
	struct ks_notified notified;
	int status = TOOL_DONE;
	size_t i;

	if (tool->config->notify_hook == NULL)
		return status;
	read_notified(tool, &notified);
	for (i = 0; i < notified.ntold; i++)
		if (strcmp(notified.told[i].word, word) == 0)
			break;
	if (i < notified.ntold)
		status = tell(tool, run, &notified);
	ks_notified_finish(&notified);
	return status;
}

int
notices_test(const struct tool *tool, struct rotation_run *run)
{
	const struct notify_run notify = {
		.hook = tool->config->notify_hook, .user = &run->user,
		.facts = { .now = tool->now }
	};
	const char *contact = general_contact(tool->config);
	struct ks_error error;

	if (!notify_test(&notify, contact, &error)) {
		warnx("%s", error.text);
		return TOOL_FAILED;
	}
	(void)printf("%s: took a notice for %s\n", notify.hook,
	    contact[0] == '\0' ? "no contact" : contact);
	return TOOL_DONE;
}

int
notices_tell_fault(const struct tool *tool, enum trouble kind,
    const char *text)
{
	struct alarm alarm = {
		.selector = "-", .trouble = kind,
		.severity = TROUBLE_CRITICAL, .needs_person = true,
		.since = tool->now
	};
	const struct notify_trouble trouble = { .alarm = &alarm };
	struct notify_result result = { .ntold = 0 };
	struct ks_notified notified;
	struct file_user user;
	struct notify_run notify = {
		.ks = tool->ks, .user = &user, .notified = &notified,
		.dry_run = tool->dry_run, .say = say, .facts = {
			.troubles = &trouble, .ntroubles = 1,
			.config = tool->config, .now = tool->now,
			.is_partial = true
		}
	};
	struct ks_error error;
	char *copy, hook[KS_HOOK_SIZE], general[KS_CONTACT_SIZE];
	int status = TOOL_NOT_YET;

	if ((copy = strdup(text)) == NULL)
		return TOOL_FAILED;
	alarm.text = copy;
	read_notified(tool, &notified);
	(void)strlcpy(hook, tool->config == NULL ? notified.hook :
	    tool->config->notify_hook == NULL ? "" :
	    tool->config->notify_hook, sizeof(hook));
	(void)strlcpy(general, tool->config == NULL ? notified.general :
	    general_contact(tool->config), sizeof(general));
	notify.hook = hook;
	notify.facts.general = general;
	user_file_find_user(&user, tool->config == NULL ? "" :
	    tool->config->keys_user, NULL);
	if (hook[0] != '\0') {
		status = try_to_write(tool, &notify);
		if (notify_people(&notify, &result, &error) != 0) {
			warnx("notices: %s", error.text);
			status = TOOL_FAILED;
		}
	}
	ks_notified_finish(&notified);
	free(copy);
	return finish(tool, &result, status);
}
