/* SPDX-License-Identifier: ISC */

/*
 * The troubles of all domains and of rotation itself: see gathering.h.
 *
 * A domain that cannot be read is a trouble of its own and does not hide the
 * others.  Fails if the domains cannot be listed, or memory is short.
 */

#include "command/gathering.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"
#include "command/ceiling_alarms.h"
#include "command/holder.h"
#include "config/config.h"
#include "config/means.h"
#include "store/generation.h"
#include "store/last_run.h"
#include "store/master.h"
#include "talk/client.h"

void
gathering_init(struct gathering *gathering, const struct tool *tool,
    struct rotation_run *run)
{
	memset(gathering, 0, sizeof(*gathering));
	gathering->tool = tool;
	gathering->run = run;
	gathering->oldest = tool->now;
	gathering->last_run = KS_NEVER;
}

void
gathering_finish(struct gathering *gathering)
{
	alarms_finish(&gathering->alarms);
}

/* Remember how long the timer could have run for a domain. */
static void
note_automatic(struct gathering *gathering, const struct domain_view *view)
{
	size_t i;

	if (!view->rotation->automatic)
		return;
	gathering->is_automatic = true;
	for (i = 0; i < view->state.nkeys; i++)
		if (view->state.keys[i].generated != KS_NEVER &&
		    view->state.keys[i].generated < gathering->oldest)
			gathering->oldest = view->state.keys[i].generated;
}

static int
gather_domain(const char *domain, void *arg)
{
	struct gathering *gathering = arg;
	const size_t first = gathering->alarms.n;
	struct domain_view view;
	int r;

	gathering->ndomains++;
	r = alarms_add_domain(&gathering->alarms, &view, gathering->run, domain,
	    gathering->tool->now);
	if (view.state.nkeys > 0)
		note_automatic(gathering, &view);
	if (r == 0 && gathering->add_domain != NULL)
		r = gathering->add_domain(gathering, &view, domain, first);
	domain_view_close(&view);
	return r;
}

/* A domain that has keys, whatever is wrong with them, is not one without. */
static int
gather_keyless(const struct source *source, const char *domain, void *arg)
{
	struct gathering *gathering = arg;
	struct alarm alarm = {
		.selector = "-", .trouble = TROUBLE_NO_KEYS,
		.severity = trouble_severity(TROUBLE_NO_KEYS),
		.needs_person = true, .since = gathering->tool->now
	};
	struct config_place place;
	char text[PATH_MAX + CONFIG_KEYLESS_FIX_SIZE + 512];
	char fix[CONFIG_KEYLESS_FIX_SIZE];
	size_t i;

	for (i = 0; i < gathering->alarms.n; i++)
		if (strcmp(gathering->alarms.list[i].domain, domain) == 0)
			return 0;
	(void)strlcpy(alarm.domain, domain, sizeof(alarm.domain));
	place = config_place(gathering->tool->config, source->line);
	config_keyless_fix(gathering->tool->command,
	    tool_keydir_is_mounted(gathering->tool), domain, fix, sizeof(fix));
	(void)snprintf(text, sizeof(text), "source \"%.100s\" on line %u of "
	    "%s names it, but it has no keys, so its mail is "
	    "not signed: %s", source->name, place.line, place.file, fix);
	return alarms_add(&gathering->alarms, &alarm, text);
}

/* Another host rotates the keys, and this one is not meant to follow it. */
static int
gather_holder(struct gathering *gathering)
{
	struct alarm alarm = {
		.selector = "-", .trouble = TROUBLE_OTHER_HOST,
		.severity = TROUBLE_CRITICAL, .needs_person = true,
		.since = gathering->tool->now
	};
	struct ks_error text;

	return holder_trouble(gathering->tool, &text) ?
	    alarms_add(&gathering->alarms, &alarm, text.text) : 0;
}

/* On a host that follows: whether keys are still pushed to it. */
static int
gather_push(struct gathering *gathering, int64_t silent)
{
	struct ks_generation generation;
	struct ks_error error;
	struct alarm alarm = {
		.selector = "-", .trouble = TROUBLE_HOST,
		.severity = silent >= GATHERING_RUN_CRITICAL ?
		    TROUBLE_CRITICAL : TROUBLE_WARNING,
		.needs_person = true, .since = gathering->last_run
	};

	if (ks_generation_read(gathering->tool->ks, &generation, &error) != 0)
		return alarms_add_fault(&gathering->alarms, "", error.text,
		    gathering->tool->now);
	/* Copied in another way. */
	if (generation.term == 0 || gathering->last_run == KS_NEVER)
		return 0;
	return alarms_add(&gathering->alarms, &alarm, "no keys were pushed to "
	    "this host: see 'countersign-key sync --status' on the host that "
	    "rotates them");
}

/* Rotation over all domains has not run for too long. */
/* What countersign-fleet says of the database. */
struct lateness {
	char	why[512];
	int64_t	ms;
};

static void
take_status(void *context, const struct talk_message *answer)
{
	struct lateness *late = context;

	if (answer->kind == TALK_DATABASE)
		(void)strlcpy(late->why, answer->text, sizeof(late->why));
	else if (answer->kind == TALK_LATE)
		late->ms = answer->ms;
}

/*
 * The database of the fleet.  If its daemon does not run, no run of rotation
 * succeeds, which gather_timer() finds.
 */
static int
gather_fleet(struct gathering *gathering)
{
	const struct tool *tool = gathering->tool;
	const struct talk_message request = { .kind = TALK_STATUS };
	struct alarm alarm = {
		.selector = "-", .trouble = TROUBLE_FLEET,
		.severity = trouble_severity(TROUBLE_FLEET),
		.needs_person = true
	};
	struct lateness late = {
		"countersign-fleet has begun to look at it", 0
	};
	struct talk_message ready;
	struct ks_error error;
	struct talk *talk;
	char text[1024];

	if (tool->config->fleet_database == NULL || !ks_is_in_fleet(tool->ks) ||
	    talk_open(&talk, tool->keydir, TALK_ANSWER_S, &ready,
	    &error) != 0)
		return 0;
	if (talk_ask(talk, &request, take_status, &late, &error) != 0)
		late.ms = 0;
	talk_close(talk);
	if (late.ms == 0)
		return 0;
	alarm.since = tool->now - late.ms / 1000;
	(void)snprintf(text, sizeof(text), "this host has not used the "
	    "database of its fleet for %lld s, longer than publish_lead: keys "
	    "of other hosts may sign already that it does not have, and no "
	    "keys are rotated here: %s", (long long)late.ms / 1000, late.why);
	return alarms_add(&gathering->alarms, &alarm, text);
}

static int
gather_timer(struct gathering *gathering)
{
	struct alarm alarm = {
		.selector = "-", .trouble = TROUBLE_ROTATION,
		.needs_person = true
	};
	char text[PATH_MAX + 256], when[RFC3339_SIZE];
	struct ks_error error;
	int64_t silent;

	if (ks_last_run_read(gathering->tool->ks, &gathering->last_run,
	    &error) != 0)
		return alarms_add_fault(&gathering->alarms, "", error.text,
		    gathering->tool->now);
	alarm.since = gathering->last_run != KS_NEVER ? gathering->last_run :
	    gathering->oldest;
	silent = gathering->tool->now - alarm.since;
	if (!gathering->is_automatic || silent < GATHERING_RUN_WARNING)
		return 0;
	if (holder_follows(gathering->tool))
		return gather_push(gathering, silent);
	if (silent >= GATHERING_RUN_CRITICAL)
		alarm.severity = TROUBLE_CRITICAL;
	(void)rfc3339_print(gathering->last_run, when);
	(void)snprintf(text, sizeof(text), "'%s rotate' %s%s for all domains: "
	    "see 'systemctl status countersign-rotate.timer', or run it by "
	    "hand and read what it says", gathering->tool->command,
	    gathering->last_run == KS_NEVER ? "has never run" : "last ran at ",
	    when);
	return alarms_add(&gathering->alarms, &alarm, text);
}

/* A host of sync_hosts to which no keys can be pushed. */
static int
gather_host(struct gathering *gathering, const char *host)
{
	const struct ks_host_record *record;
	struct alarm alarm = {
		.selector = "-", .trouble = TROUBLE_HOST,
		.severity = trouble_severity(TROUBLE_HOST),
		.needs_person = true
	};
	char text[KS_HOST_NAME_SIZE + KS_HOST_FAULT_SIZE + PATH_MAX + 128];

	record = ks_hosts_find(&gathering->run->hosts, host);
	if (record != NULL && record->failing == KS_NEVER)
		return 0;
	alarm.since = record != NULL ? record->failing : gathering->tool->now;
	if (record == NULL)
		(void)snprintf(text, sizeof(text), "%s of sync_hosts: no keys "
		    "were pushed to it yet: run '%s sync %s'", host,
		    gathering->tool->command, host);
	else
		(void)snprintf(text, sizeof(text), "%s of sync_hosts: keys "
		    "cannot be pushed to it, so new keys may have to wait: %s",
		    host, record->fault);
	return alarms_add(&gathering->alarms, &alarm, text);
}

static int
gather_hosts(struct gathering *gathering)
{
	const struct text_list *hosts = &gathering->tool->config->sync_hosts;
	size_t i;
	int r = 0;

	for (i = 0; i < hosts->n && r == 0; i++)
		if (!holder_follows(gathering->tool))
			r = gather_host(gathering, hosts->texts[i]);
	return r;
}

/* -- Notices ------------------------------------------------------------- */

static int
add_general(struct gathering *gathering, enum trouble trouble, int64_t since,
    const char *text)
{
	struct alarm alarm = {
		.selector = "-", .trouble = trouble, .needs_person = true,
		.since = since, .severity = trouble_severity(trouble)
	};

	if (gathering->tool->now - since >= GATHERING_RUN_CRITICAL)
		alarm.severity = TROUBLE_CRITICAL;
	return alarms_add(&gathering->alarms, &alarm, text);
}

/* Contacts that cannot be told, as one trouble. */
static int
add_failures(struct gathering *gathering, const struct ks_notified *notified)
{
	const struct ks_contact *contact, *first = NULL;
	char text[KS_CONTACT_SIZE + KS_FAILURE_SIZE + 64], more[48] = "";
	size_t i, n = 0;

	for (i = 0; i < notified->ncontacts; i++) {
		contact = &notified->contacts[i];
		if (contact->since == KS_NEVER)
			continue;
		n++;
		if (first == NULL || contact->since < first->since)
			first = contact;
	}
	if (n == 0)
		return 0;
	if (n > 1)
		(void)snprintf(more, sizeof(more), " and %zu more", n - 1);
	(void)snprintf(text, sizeof(text), "people cannot be told of problems: "
	    "%s%s: %s", first->contact[0] == '\0' ? "no contact" :
	    first->contact, more, first->failure);
	return add_general(gathering, TROUBLE_NOTIFICATION, first->since,
	    text);
}

/* Whether people can be told, and what runs of rotation left for them. */
static int
gather_notices(struct gathering *gathering)
{
	const char *hook = gathering->tool->config->notify_hook;
	const int64_t now = gathering->tool->now;
	const struct ks_notified *notified = gathering->notified;
	struct ks_notified own;
	char text[1300], why[1024];
	struct ks_error error;
	int r;

	if (hook == NULL)
		return 0;
	if (!user_file_is_program(hook, &gathering->run->user, why,
	    sizeof(why))) {
		(void)snprintf(text, sizeof(text), "people cannot be told of "
		    "problems: notify_hook %.150s: %s", hook, why);
		return add_general(gathering, TROUBLE_NOTIFICATION, now, text);
	}
	ks_notified_init(&own);
	if (notified == NULL) {
		r = ks_notified_read(gathering->tool->ks, &own, &error);
		/* The next run replaces a damaged file. */
		if (r != 0 && r != KS_E_DAMAGED)
			return add_general(gathering, TROUBLE_NOTIFICATION,
			    now, error.text);
		notified = &own;
	}
	r = notified->failed_since == KS_NEVER ? 0 : add_general(gathering,
	    TROUBLE_ROTATION, notified->failed_since, notified->failure);
	if (r == 0)
		r = add_failures(gathering, notified);
	ks_notified_finish(&own);
	return r;
}

int
gathering_run(struct gathering *gathering, const char *domain,
    struct ks_error *error)
{
	int r;

	(void)strlcpy(error->text, "out of memory", sizeof(error->text));
	r = domain != NULL ? gather_domain(domain, gathering) :
	    ks_each_domain(gathering->tool->ks, gather_domain, gathering,
	    error);
	if (r == 0 && domain == NULL)
		r = config_each_keyless(gathering->tool->config,
		    gathering->tool->keydir, gather_keyless, gathering);
	if (r == 0)
		r = gather_holder(gathering);
	if (r == 0)
		r = gather_hosts(gathering);
	if (r == 0)
		r = gather_fleet(gathering);
	if (r == 0)
		r = gather_timer(gathering);
	if (r == 0 && domain == NULL)
		r = ceiling_alarms_gather(gathering);
	return r == 0 && domain == NULL ? gather_notices(gathering) : r;
}
