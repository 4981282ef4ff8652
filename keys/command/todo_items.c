/* SPDX-License-Identifier: ISC */

/*
 * What waits for a person in one domain: see todo_items.h.
 *
 * A trouble that is about a record is told with the record, and only once.  The
 * list of troubles may grow meanwhile, so no pointer into it is kept.  Fails
 * only if memory is short.
 */

#include "command/todo_items.h"

#include <stdio.h>
#include <string.h>

#include "life/key_phase.h"
#include "life/newkey.h"

/* An item about a key. */
static struct todo_item
key_item(const struct todo_domain *todo, const struct ks_key *key,
    const struct alarm *alarm)
{
	struct todo_item item = {
		.action = TODO_ACT, .selector = key->selector,
		.stream = key->stream, .algorithm = key->algorithm,
		.role = entry_role_text(entry_role(&todo->view->state, key,
		    todo->now)),
		.alarm = alarm, .text = "",
		.since = alarm != NULL ? alarm->since : key->generated
	};

	return item;
}

/* A fault that keeps an item from being made is one itself. */
static int
add_fault(struct todo_domain *todo, int r, const struct ks_error *error)
{
	return r == KS_E_NOMEM ? r : alarms_add_fault(todo->alarms,
	    todo->domain, error->text, todo->now);
}

/* -- CNAMEs -------------------------------------------------------------- */

/* The trouble that rotation saw with the CNAME of a selector, or NULL. */
static const struct alarm *
alias_alarm(const struct todo_domain *todo, const char *selector)
{
	const struct alarm *alarm;
	size_t i;

	for (i = todo->first; i < todo->alarms->n; i++) {
		alarm = &todo->alarms->list[i];
		if (alarm->trouble == TROUBLE_CNAME &&
		    strcmp(alarm->selector, selector) == 0)
			return alarm;
	}
	return NULL;
}

/* Whether no record of the domain was ever seen: its CNAMEs are new, too. */
static bool
is_new_domain(const struct todo_domain *todo)
{
	size_t i;

	for (i = 0; i < todo->view->state.nkeys; i++)
		if (todo->view->state.keys[i].seen != KS_NEVER)
			return false;
	return true;
}

/* Whether a CNAME is to be entered, as far as can be known. */
static bool
is_alias_to_do(const struct todo_domain *todo, const struct view_alias *alias,
    const struct ks_key *key)
{
	if (alias->fault != DNS_ALIAS_UNKNOWN)
		return dns_alias_is_wrong(alias->fault);
	if (alias_alarm(todo, alias->selector) != NULL ||
	    is_new_domain(todo))
		return true;
	return key != NULL && key->seen == KS_NEVER &&
	    key_stays_in_use(key, todo->now);
}

static void
add_alias(struct todo_domain *todo, const struct view_alias *alias)
{
	const struct ks_key *key;
	struct todo_item item = {
		.action = TODO_ADD_CNAME, .selector = alias->selector,
		.algorithm = alias->algorithm
	};
	struct alarm alarm = {
		.trouble = TROUBLE_CNAME, .since = todo->now,
		.severity = trouble_severity_of_cname(&todo->view->state,
		    &todo->view->policy, alias->selector, todo->now)
	};
	struct entry entry;
	char stream[KS_STREAM_SIZE], text[ALIAS_TEXT_SIZE];

	key = ks_state_find(&todo->view->state, alias->selector);
	if (key != NULL && key_phase(key, todo->now) == KEY_REMOVED)
		key = NULL;
	if (!is_alias_to_do(todo, alias, key))
		return;
	if (key != NULL)
		item.stream = key->stream;
	else if (newkey_stream(alias->selector, stream))
		item.stream = stream;
	if (key != NULL)
		item.role = entry_role_text(entry_role(&todo->view->state, key,
		    todo->now));
	item.alarm = alias_alarm(todo, alias->selector);
	if (item.alarm == NULL && alias->fault != DNS_ALIAS_UNKNOWN)
		item.alarm = &alarm;
	item.since = item.alarm != NULL ? item.alarm->since : key != NULL ?
	    key->generated : todo->now;
	(void)snprintf(text, sizeof(text), "%s: %s", alias->fault ==
	    DNS_ALIAS_UNKNOWN ? "unless it exists, which DNS does not tell" :
	    domain_alias_fault_text(alias->fault), alias->evidence == NULL ?
	    "..." : alias->evidence);
	entry_of_alias(&entry, todo->domain, todo->view->rotation, alias->name,
	    alias->target);
	item.entry = &entry;
	item.text = text;
	todo->add(todo->context, &item);
}

static int
add_aliases(struct todo_domain *todo)
{
	struct ks_error error;
	size_t i;
	int r;

	if (todo->view->state.nkeys == 0)
		return 0;
	r = domain_view_look_aliases(todo->view, todo->now, &error);
	for (i = 0; i < todo->view->naliases && r == 0; i++)
		add_alias(todo, &todo->view->aliases[i]);
	return r;
}

/* -- Records ------------------------------------------------------------- */

/* The trouble with the record of a key, or NULL. */
static const struct alarm *
record_alarm(const struct todo_domain *todo, const struct ks_key *key)
{
	const struct alarm *alarm;
	size_t i;

	for (i = todo->first; i < todo->alarms->n; i++) {
		alarm = &todo->alarms->list[i];
		if (strcmp(alarm->selector, key->selector) == 0 &&
		    (alarm->trouble == TROUBLE_RECORD ||
		    alarm->trouble == TROUBLE_NEW_RECORD ||
		    alarm->trouble == TROUBLE_OLD_RECORD ||
		    alarm->trouble == TROUBLE_EXPOSED))
			return alarm;
	}
	return NULL;
}

/* A key whose record nobody has seen yet. */
static bool
is_new(const struct todo_domain *todo, const struct ks_key *key)
{
	return key->seen == KS_NEVER &&
	    key_stays_in_use(key, todo->now);
}

/* What a person does about the record of a key; TODO_ACT: nothing. */
static enum todo_action
record_action(const struct todo_domain *todo, const struct ks_key *key,
    const struct alarm *alarm)
{
	if (!todo->view->policy.by_hand)
		return TODO_ACT;
	if (alarm == NULL)
		return is_new(todo, key) ? TODO_ADD_RECORD : TODO_ACT;
	if (alarm->trouble == TROUBLE_OLD_RECORD)
		return key_phase(key, todo->now) >= KEY_REVOKED ?
		    TODO_REMOVE : TODO_REVOKE;
	return alarm->trouble == TROUBLE_EXPOSED ? TODO_REVOKE :
	    TODO_ADD_RECORD;
}

static int
add_key(struct todo_domain *todo, const struct ks_key *key)
{
	struct todo_item item = key_item(todo, key, record_alarm(todo, key));
	struct record record;
	struct ks_error error;
	struct entry entry;
	int r;

	item.action = record_action(todo, key, item.alarm);
	if (item.action == TODO_ACT)
		return 0;
	r = record_load(todo->view->run->ks, todo->domain, key,
	    item.action == TODO_REVOKE || item.action == TODO_REMOVE, &record,
	    &error);
	if (r != 0)
		return add_fault(todo, r, &error);
	entry_of_record(&entry, todo->domain, todo->view->rotation, &record);
	item.entry = &entry;
	if (item.alarm != NULL)
		item.text = item.alarm->text;
	todo->add(todo->context, &item);
	return 0;
}

/* -- Everything else ----------------------------------------------------- */

/* Whether what was printed for a key or a CNAME says all about a trouble. */
static bool
is_told(const struct todo_domain *todo, const struct alarm *alarm,
    const struct ks_key *key)
{
	if (alarm->trouble == TROUBLE_CNAME)
		return true;
	return key != NULL && record_alarm(todo, key) == alarm &&
	    record_action(todo, key, alarm) != TODO_ACT;
}

static void
add_troubles(struct todo_domain *todo)
{
	const struct alarm *alarm;
	const struct ks_key *key;
	struct todo_item item;
	size_t i;

	for (i = todo->first; i < todo->alarms->n; i++) {
		alarm = &todo->alarms->list[i];
		key = ks_state_find(&todo->view->state, alarm->selector);
		if (is_told(todo, alarm, key))
			continue;
		if (!alarm->needs_person) {
			todo->nothers++;
			continue;
		}
		memset(&item, 0, sizeof(item));
		if (key != NULL)
			item = key_item(todo, key, alarm);
		item.action = TODO_ACT;
		item.alarm = alarm;
		item.since = alarm->since;
		item.text = alarm->text;
		todo->add(todo->context, &item);
	}
}

int
todo_items_find(struct todo_domain *todo)
{
	size_t i;
	int r;

	r = add_aliases(todo);
	for (i = 0; i < todo->view->state.nkeys && r == 0; i++)
		r = add_key(todo, &todo->view->state.keys[i]);
	if (r == 0)
		add_troubles(todo);
	return r;
}
