/* SPDX-License-Identifier: ISC */

/*
 * countersign-key todo: what waits for a person, by contact and domain, with
 * the lines to enter in DNS.
 *
 * It comes from the troubles that the last run of rotation saved, and from the
 * states: a key whose records are published by hand, and that was never seen,
 * waits for its record even before rotation has run.  DNS is asked only for the
 * CNAMEs of domains in CNAME mode: what it shows now counts, so that a line
 * disappears when it was entered.
 *
 * A domain that cannot be read waits for a person, too.  The command fails
 * only if the domains cannot be listed, or memory runs out.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/domain_list.h"
#include "command/todo_print.h"
#include "command/tool.h"
#include "life/key_phase.h"
#include "rotate/alarms.h"

struct todo {
	const struct tool	*tool;
	struct rotation_run	 run;
	struct todo_print	 print;
	size_t			 nothers;	/* troubles left to rotation */
	/* Of the domain that is worked on: */
	const char		*domain;
	struct domain_view	 view;
	struct alarms		 alarms;
};

/* A domain, and whom to tell of it. */
struct customer {
	const char	*contact;	/* or "" */
	const char	*domain;
};

/* An item about a key. */
static struct todo_item
key_item(const struct todo *todo, const struct ks_key *key,
    const struct alarm *alarm)
{
	struct todo_item item = {
		.action = TODO_ACT, .selector = key->selector,
		.algorithm = key->algorithm,
		.role = entry_role_text(entry_role(&todo->view.state, key,
		    todo->tool->now)),
		.alarm = alarm, .text = "",
		.since = alarm != NULL ? alarm->since : key->generated
	};

	return item;
}

static void
add_item(struct todo *todo, const struct todo_item *item)
{
	todo_print_item(&todo->print, todo->domain, &todo->view, item);
}

/* A fault that keeps an item from being made is one itself. */
static int
add_fault(struct todo *todo, int r, const struct ks_error *error)
{
	return r == KS_E_NOMEM ? r : alarms_add_fault(&todo->alarms,
	    todo->domain, error->text, todo->tool->now);
}

/* -- CNAMEs -------------------------------------------------------------- */

/* The trouble that rotation saw with the CNAME of a selector, or NULL. */
static const struct alarm *
alias_alarm(const struct todo *todo, const char *selector)
{
	const struct alarm *alarm;
	size_t i;

	for (i = 0; i < todo->alarms.n; i++) {
		alarm = &todo->alarms.list[i];
		if (alarm->trouble == TROUBLE_CNAME &&
		    strcmp(alarm->selector, selector) == 0)
			return alarm;
	}
	return NULL;
}

/* Whether no record of the domain was ever seen: its CNAMEs are new, too. */
static bool
is_new_domain(const struct todo *todo)
{
	size_t i;

	for (i = 0; i < todo->view.state.nkeys; i++)
		if (todo->view.state.keys[i].seen != KS_NEVER)
			return false;
	return true;
}

/* Whether a CNAME is to be entered, as far as can be known. */
static bool
is_alias_to_do(const struct todo *todo, const struct view_alias *alias,
    const struct ks_key *key)
{
	if (alias->fault != DNS_ALIAS_UNKNOWN)
		return dns_alias_is_wrong(alias->fault);
	if (alias_alarm(todo, alias->selector) != NULL ||
	    is_new_domain(todo))
		return true;
	return key != NULL && key->seen == KS_NEVER &&
	    key_stays_in_use(key, todo->tool->now);
}

static void
add_alias(struct todo *todo, const struct view_alias *alias)
{
	const struct ks_key *key;
	struct todo_item item = {
		.action = TODO_ADD_CNAME, .selector = alias->selector,
		.algorithm = alias->algorithm
	};
	struct alarm alarm = {
		.trouble = TROUBLE_CNAME, .since = todo->tool->now,
		.severity = trouble_severity_of_cname(&todo->view.state,
		    &todo->view.policy, alias->selector, todo->tool->now)
	};
	struct entry entry;
	char text[ALIAS_TEXT_SIZE];

	key = ks_state_find(&todo->view.state, alias->selector);
	if (key != NULL && key_phase(key, todo->tool->now) == KEY_REMOVED)
		key = NULL;
	if (!is_alias_to_do(todo, alias, key))
		return;
	if (key != NULL)
		item.role = entry_role_text(entry_role(&todo->view.state, key,
		    todo->tool->now));
	item.alarm = alias_alarm(todo, alias->selector);
	if (item.alarm == NULL && alias->fault != DNS_ALIAS_UNKNOWN)
		item.alarm = &alarm;
	item.since = item.alarm != NULL ? item.alarm->since : key != NULL ?
	    key->generated : todo->tool->now;
	(void)snprintf(text, sizeof(text), "%s: %s", alias->fault ==
	    DNS_ALIAS_UNKNOWN ? "unless it exists, which DNS does not tell" :
	    domain_alias_fault_text(alias->fault), alias->evidence == NULL ?
	    "..." : alias->evidence);
	entry_of_alias(&entry, todo->domain, todo->view.rotation, alias->name,
	    alias->target);
	item.entry = &entry;
	item.text = text;
	add_item(todo, &item);
}

static int
add_aliases(struct todo *todo)
{
	struct ks_error error;
	size_t i;
	int r;

	if (todo->view.state.nkeys == 0)
		return 0;
	r = domain_view_look_aliases(&todo->view, todo->tool->now, &error);
	for (i = 0; i < todo->view.naliases && r == 0; i++)
		add_alias(todo, &todo->view.aliases[i]);
	return r;
}

/* -- Records ------------------------------------------------------------- */

/* The trouble with the record of a key, or NULL. */
static const struct alarm *
record_alarm(const struct todo *todo, const struct ks_key *key)
{
	const struct alarm *alarm;
	size_t i;

	for (i = 0; i < todo->alarms.n; i++) {
		alarm = &todo->alarms.list[i];
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
is_new(const struct todo *todo, const struct ks_key *key)
{
	return key->seen == KS_NEVER &&
	    key_stays_in_use(key, todo->tool->now);
}

/* What a person does about the record of a key; TODO_ACT: nothing. */
static enum todo_action
record_action(const struct todo *todo, const struct ks_key *key,
    const struct alarm *alarm)
{
	if (!todo->view.policy.by_hand)
		return TODO_ACT;
	if (alarm == NULL)
		return is_new(todo, key) ? TODO_ADD_RECORD : TODO_ACT;
	if (alarm->trouble == TROUBLE_OLD_RECORD)
		return key_phase(key, todo->tool->now) >= KEY_REVOKED ?
		    TODO_REMOVE : TODO_REVOKE;
	return alarm->trouble == TROUBLE_EXPOSED ? TODO_REVOKE :
	    TODO_ADD_RECORD;
}

static int
add_key(struct todo *todo, const struct ks_key *key)
{
	struct todo_item item = key_item(todo, key, record_alarm(todo, key));
	struct record record;
	struct ks_error error;
	struct entry entry;
	int r;

	item.action = record_action(todo, key, item.alarm);
	if (item.action == TODO_ACT)
		return 0;
	r = record_load(todo->tool->ks, todo->domain, key,
	    item.action == TODO_REVOKE || item.action == TODO_REMOVE, &record,
	    &error);
	if (r != 0)
		return add_fault(todo, r, &error);
	entry_of_record(&entry, todo->domain, todo->view.rotation, &record);
	item.entry = &entry;
	if (item.alarm != NULL)
		item.text = item.alarm->text;
	add_item(todo, &item);
	return 0;
}

/* -- Everything else ----------------------------------------------------- */

/* Whether what was printed for a key or a CNAME says all about a trouble. */
static bool
is_told(const struct todo *todo, const struct alarm *alarm,
    const struct ks_key *key)
{
	if (alarm->trouble == TROUBLE_CNAME)
		return true;
	return key != NULL && record_alarm(todo, key) == alarm &&
	    record_action(todo, key, alarm) != TODO_ACT;
}

static void
add_troubles(struct todo *todo)
{
	const struct alarm *alarm;
	const struct ks_key *key;
	struct todo_item item;
	size_t i;

	for (i = 0; i < todo->alarms.n; i++) {
		alarm = &todo->alarms.list[i];
		key = ks_state_find(&todo->view.state, alarm->selector);
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
		add_item(todo, &item);
	}
}

static int
add_domain(struct todo *todo, const char *domain)
{
	size_t i;
	int r;

	todo->domain = domain;
	r = alarms_add_domain(&todo->alarms, &todo->view, &todo->run, domain,
	    todo->tool->now);
	if (r == 0)
		r = add_aliases(todo);
	for (i = 0; i < todo->view.state.nkeys && r == 0; i++)
		r = add_key(todo, &todo->view.state.keys[i]);
	if (r == 0)
		add_troubles(todo);
	alarms_finish(&todo->alarms);
	domain_view_close(&todo->view);
	return r;
}

/* -- The command --------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	const struct customer *one = a, *other = b;
	int r = strcmp(one->contact, other->contact);

	return r != 0 ? r : strcmp(one->domain, other->domain);
}

/* All domains in the order of their contacts. */
static int
add_all(struct todo *todo, const struct domain_list *list)
{
	struct customer *customers;
	const char *contact;
	size_t i;
	int r = 0;

	if ((customers = calloc(list->n + 1, sizeof(*customers))) == NULL)
		return KS_E_NOMEM;
	for (i = 0; i < list->n; i++) {
		contact = config_rotation(todo->tool->config,
		    list->names[i])->contact;
		customers[i].contact = contact == NULL ? "" : contact;
		customers[i].domain = list->names[i];
	}
	qsort(customers, list->n, sizeof(*customers), compare);
	for (i = 0; i < list->n && r == 0; i++)
		r = add_domain(todo, customers[i].domain);
	free(customers);
	return r;
}

int
cmd_todo(struct tool *tool, int argc, char **argv)
{
	struct todo todo = { .tool = tool, .print = { .tool = tool } };
	struct domain_list list;
	int status;

	status = domain_list_init(&list, tool, argc, argv);
	if (status == TOOL_DONE) {
		if (tool->json)
			(void)printf("[");
		if (!tool_run_init(tool, &todo.run))
			status = TOOL_FAILED;
		else if (add_all(&todo, &list) != 0) {
			warnx("out of memory");
			status = TOOL_FAILED;
		} else if (todo.print.nitems > 0)
			status = TOOL_NOT_YET;
		if (tool->json)
			(void)printf("%s]\n", todo.print.nitems > 0 ? "\n" : "");
		else if (status != TOOL_FAILED)
			todo_print_end(&todo.print, todo.nothers);
		rotation_run_finish(&todo.run);
	}
	domain_list_finish(&list);
	return status;
}
