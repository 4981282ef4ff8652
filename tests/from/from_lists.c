/* SPDX-License-Identifier: ISC */

/*
 * usage: from_lists [-n]
 *
 * Reads values of From from stdin, each preceded by its length and a line
 * end, and prints a line for each: "valid" or "invalid" by the grammar, the
 * authors, the mentions, and "unreadable" or nothing, with tabs between and
 * commas in the lists.
 *
 * With -n the input is raw names, and a line has the domains that each may
 * be.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkimsig/authorname.h"
#include "dkimsig/dkimsig.h"
#include "dkimsig/rfc5322.h"

static void
print_list(const struct dkimsig_authors *a, size_t n,
    const char *(*name)(const struct dkimsig_authors *, size_t))
{
	size_t i;

	putchar('\t');
	for (i = 0; i < n; i++)
		printf("%s%s", i > 0 ? "," : "", name(a, i));
}

static void
print_lists(const char *value, size_t len)
{
	struct dkimsig_authors *a;
	struct rfc5322_from from;

	if (dkimsig_authors_new(&a) != 0 ||
	    dkimsig_authors_field(a, value, len) != 0)
		errx(1, "out of memory");
	printf("%s", rfc5322_mailboxes(view_of(value, len), NULL, NULL,
	    &from) == 0 ? "valid" : "invalid");
	print_list(a, dkimsig_authors_count(a), dkimsig_authors_domain);
	print_list(a, dkimsig_authors_nmentions(a), dkimsig_authors_mention);
	printf("\t%s\n", dkimsig_authors_uncertain(a) ? "unreadable" : "");
	dkimsig_authors_free(a);
}

static void
print_names(const char *raw, size_t len)
{
	struct authorname name;

	if (authorname_read(view_of(raw, len), &name) != 0)
		errx(1, "out of memory");
	printf("%s%s%s\n", name.text[0], name.text[0][0] != '\0' &&
	    name.text[1][0] != '\0' ? "," : "", name.text[1]);
}

int
main(int argc, char *argv[])
{
	bool is_names = argc > 1 && strcmp(argv[1], "-n") == 0;
	char *text, length[32];
	size_t len;

	while (fgets(length, sizeof(length), stdin) != NULL) {
		len = (size_t)strtoul(length, NULL, 10);
		if ((text = malloc(len + 1)) == NULL ||
		    fread(text, 1, len, stdin) != len)
			errx(1, "cannot read %zu octets", len);
		if (is_names)
			print_names(text, len);
		else
			print_lists(text, len);
		free(text);
	}
	return 0;
}
