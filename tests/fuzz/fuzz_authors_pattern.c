/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: patterns of author addresses.  The input is an address, and then
 * a pattern on each line.
 *
 * A pattern that was read reads as itself.  A list allows an address if each
 * exclusion, alone, allows it, and if another pattern alone does or there is no
 * other; the order does not matter; and two lists that allow the same address
 * meet.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/address_pattern.h"

#define MOST	8	/* patterns */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct patterns {
	char		 texts[MOST][ADDRESS_PATTERN_SIZE];
	const char	*pointers[MOST];
	struct text_list list;
};

/* What was read is in its final form, unless quotes were around it. */
static void
check_form(const char *pattern)
{
	char again[ADDRESS_PATTERN_SIZE];
	const char *domain = address_pattern_domain(pattern);

	if (domain <= pattern || strlen(pattern) >= ADDRESS_PATTERN_SIZE)
		abort();
	if (strpbrk(pattern, "\"\\ ") == NULL &&
	    (address_pattern_parse(pattern, again) != ADDRESS_PATTERN_OK ||
	    strcmp(again, pattern) != 0))
		abort();
}

static void
read_patterns(struct patterns *p, char *text)
{
	char *line;

	p->list.texts = p->pointers;
	p->list.n = 0;
	while ((line = strsep(&text, "\n")) != NULL && p->list.n < MOST) {
		if (address_pattern_parse(line, p->texts[p->list.n]) !=
		    ADDRESS_PATTERN_OK)
			continue;
		check_form(p->texts[p->list.n]);
		p->pointers[p->list.n] = p->texts[p->list.n];
		p->list.n++;
	}
}

static bool
allows_alone(const char *pattern, const char *local, const char *domain)
{
	const struct text_list list = { &pattern, 1 };

	return address_pattern_list_allows(&list, local, domain);
}

/* The same, worked out from the patterns one by one, backwards. */
static bool
allows(const struct text_list *list, const char *local, const char *domain)
{
	bool is_excluded = false, is_named = false, has_names = false;
	size_t i;

	for (i = list->n; i-- > 0;)
		if (list->texts[i][0] == '!')
			is_excluded |= !allows_alone(list->texts[i], local,
			    domain);
		else {
			has_names = true;
			is_named |= allows_alone(list->texts[i], local,
			    domain);
		}
	return !is_excluded && (is_named || !has_names);
}

static void
check_address(const struct text_list *list, const char *local,
    const char *domain)
{
	const struct text_list first = { list->texts, list->n / 2 };
	const struct text_list second = { list->texts + list->n / 2,
	    list->n - list->n / 2 };

	if (address_pattern_list_allows(list, local, domain) !=
	    allows(list, local, domain))
		abort();
	if (address_pattern_list_allows(&first, local, domain) &&
	    address_pattern_list_allows(&second, local, domain) &&
	    !address_pattern_lists_meet(&first, &second))
		abort();
	(void)address_pattern_list_is_closed(list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char name[DKIMSIG_DOMAIN_SIZE], *text, *at, *rest, *local;
	struct patterns patterns;

	if ((text = strndup((const char *)data, len)) == NULL)
		return 0;
	rest = text;
	(void)strsep(&rest, "\n");
	read_patterns(&patterns, rest);
	if ((at = strrchr(text, '@')) != NULL) {
		*at++ = '\0';
		local = address_local_copy(text);
		if (local != NULL && dkimsig_domain_normalize(at, strlen(at),
		    name, sizeof(name)) == 0)
			check_address(&patterns.list, local, name);
		free(local);
	}
	free(text);
	return 0;
}
