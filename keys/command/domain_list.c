/* SPDX-License-Identifier: ISC */

/*
 * The domains that a command works on: those named, each once, or all in the
 * key store.
 *
 * An operand that is not a domain is a usage error.  If the store cannot be
 * read, or memory runs out, the command fails.  Either is printed.
 */

#include "command/domain_list.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE	64	/* names; doubled when full */

struct collection {
	struct domain_list	*list;
	size_t			 size;
};

static int
add_name(const char *domain, void *arg)
{
	struct collection *collection = arg;
	struct domain_list *list = collection->list;
	size_t size;
	char **names;

	if (list->n == collection->size) {
		size = list->n == 0 ? FIRST_SIZE : list->n * 2;
		names = reallocarray(list->names, size, sizeof(*names));
		if (names == NULL)
			return KS_E_NOMEM;
		list->names = names;
		collection->size = size;
	}
	if ((list->names[list->n] = strdup(domain)) == NULL)
		return KS_E_NOMEM;
	list->n++;
	return 0;
}

static bool
has_name(const struct domain_list *list, const char *domain)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->names[i], domain) == 0)
			return true;
	return false;
}

int
domain_list_init(struct domain_list *list, const struct tool *tool, int argc,
    char **argv)
{
	struct collection collection = { .list = list };
	char domain[DKIMSIG_DOMAIN_SIZE];
	struct ks_error error;
	int i, r;

	memset(list, 0, sizeof(*list));
	(void)strlcpy(error.text, "out of memory", sizeof(error.text));
	r = 0;
	if (argc == 0)
		r = ks_each_domain(tool->ks, add_name, &collection, &error);
	for (i = 0; i < argc && r == 0; i++) {
		if (!tool_domain(argv[i], domain))
			return TOOL_USAGE;
		if (!has_name(list, domain))
			r = add_name(domain, &collection);
	}
	if (r == 0)
		return TOOL_DONE;
	warnx("%s", error.text);
	return TOOL_FAILED;
}

void
domain_list_finish(struct domain_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->names[i]);
	free(list->names);
}
