/* SPDX-License-Identifier: ISC */

/*
 * The authors of any octets, as one From field and as two cut at the first
 * NUL: names are in the form that the header describes, none twice, none in
 * both lists; a second reading finds the same; and a field with the same
 * valid one behind it has its authors and that one's.  The local part of an
 * address is UTF-8 without control characters.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dkimsig/dkimsig.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (dot == NULL || dot[1] == '\0' || dot == name ||
	    strlen(name) > DKIMSIG_MAX_DOMAIN ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.?") !=
	    strlen(name))
		abort();
}

static bool
has_author(const struct dkimsig_authors *a, const char *name)
{
	size_t i, n = dkimsig_authors_count(a), found = 0;

	for (i = 0; i < n; i++)
		found += strcmp(dkimsig_authors_domain(a, i), name) == 0;
	if (found > 1)
		abort();
	return found == 1;
}

static void
check_addresses(const struct dkimsig_authors *a)
{
	const char *local;
	size_t i, len;

	if (dkimsig_authors_naddresses(a) > DKIMSIG_MAX_AUTHORS ||
	    (dkimsig_authors_uncertain(a) &&
	    !dkimsig_authors_addresses_uncertain(a)))
		abort();
	for (i = 0; i < dkimsig_authors_naddresses(a); i++) {
		check_name(dkimsig_authors_address_domain(a, i));
		local = dkimsig_authors_address_local(a, i);
		if (local == NULL)
			continue;
		len = strlen(local);
		if (len == 0 || len > DKIMSIG_MAX_LOCAL)
			abort();
		for (; len > 0; len--)
			if ((unsigned char)local[len - 1] < ' ' ||
			    local[len - 1] == 0x7f)
				abort();
	}
}

static void
check_lists(const struct dkimsig_authors *a)
{
	size_t i;

	/* What was not read is not certain. */
	if (dkimsig_authors_overflow(a) && !dkimsig_authors_uncertain(a))
		abort();
	for (i = 0; i < dkimsig_authors_count(a); i++) {
		check_name(dkimsig_authors_domain(a, i));
		if (!has_author(a, dkimsig_authors_domain(a, i)))
			abort();
	}
	check_addresses(a);
	for (i = 0; i < dkimsig_authors_nmentions(a); i++) {
		check_name(dkimsig_authors_mention(a, i));
		if (has_author(a, dkimsig_authors_mention(a, i)))
			abort();
	}
}

static struct dkimsig_authors *
read_field(const uint8_t *data, size_t len)
{
	struct dkimsig_authors *a;

	if (dkimsig_authors_new(&a) != 0)
		abort();
	dkimsig_authors_keep_addresses(a);
	if (dkimsig_authors_field(a, (const char *)data, len) != 0)
		abort();
	check_lists(a);
	return a;
}

/* What one field has, two have. */
static void
check_more(struct dkimsig_authors *a, const uint8_t *data, size_t len)
{
	struct dkimsig_authors *one = read_field(data, len);
	size_t i, n = dkimsig_authors_count(a);

	if (dkimsig_authors_field(a, (const char *)data, len) != 0 ||
	    dkimsig_authors_count(a) != n)
		abort();
	for (i = 0; i < n; i++)
		if (!has_author(one, dkimsig_authors_domain(a, i)))
			abort();
	if (dkimsig_authors_field(a, "x@second.example", 16) != 0 ||
	    (!has_author(a, "second.example") &&
	    !dkimsig_authors_overflow(a)))
		abort();
	check_lists(a);
	dkimsig_authors_free(one);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct dkimsig_authors *a = read_field(data, len);
	const uint8_t *cut;

	check_more(a, data, len);
	dkimsig_authors_free(a);
	if (len > 0 && (cut = memchr(data, '\0', len)) != NULL) {
		a = read_field(data, (size_t)(cut - data));
		if (dkimsig_authors_field(a, (const char *)cut,
		    len - (size_t)(cut - data)) != 0)
			abort();
		check_lists(a);
		dkimsig_authors_free(a);
	}
	return 0;
}
