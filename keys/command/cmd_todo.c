/* SPDX-License-Identifier: ISC */

/*
 * countersign-key todo: what waits for a person, by contact and domain, with
 * the lines to enter in DNS.
 *
 * The items are found in todo_items.c.
 *
 * A domain that cannot be read waits for a person, too.  The command fails
 * only if the domains cannot be listed, or memory runs out.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/domain_list.h"
#include "command/todo_items.h"
#include "command/tool.h"

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

static void
add_item(void *context, const struct todo_item *item)
{
	struct todo *todo = context;

	todo_print_item(&todo->print, todo->domain, &todo->view, item);
}

static int
add_domain(struct todo *todo, const char *domain)
{
	struct todo_domain items = {
		.domain = domain, .view = &todo->view,
		.alarms = &todo->alarms, .now = todo->tool->now,
		.add = add_item, .context = todo
	};
	int r;

	todo->domain = domain;
	r = alarms_add_domain(&todo->alarms, &todo->view, &todo->run, domain,
	    todo->tool->now);
	if (r == 0)
		r = todo_items_find(&items);
	todo->nothers += items.nothers;
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
			(void)printf("%s]\n",
			    todo.print.nitems > 0 ? "\n" : "");
		else if (status != TOOL_FAILED)
			todo_print_end(&todo.print, todo.nothers);
		rotation_run_finish(&todo.run);
	}
	domain_list_finish(&list);
	return status;
}
