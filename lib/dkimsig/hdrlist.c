/* SPDX-License-Identifier: ISC */

/*
 * The header fields of a message, RFC 5322 sections 2.2 and 3.6.
 *
 * Each field is copied into one allocation, the name as written and the value
 * with its folds; the colon and CRLF count towards the limits.  Fields are
 * chained from the bottom by a hash of their names, so that a header of 1,000
 * fields is not searched once for each name of h=.  What makes a message
 * ambiguous (a bare CR or LF, NUL, a second From) is recorded in faults and is
 * not an error: the caller decides.
 *
 * Fails with DKIMSIG_E_SYNTAX if the input is not a field, with
 * DKIMSIG_E_TOOBIG over a limit, and if memory runs out.  authors.c finds the
 * author.
 */

#include "dkimsig/hdrlist.h"

#include <stdlib.h>

#include "dkimsig/dkimsig.h"

#define FIRST_FIELDS	32
#define MAX_LINE	998	/* octets without CRLF, RFC 5322 2.1.1 */

/*
 * RFC 5322 section 3.6: at most one of each.  In-Reply-To, References and
 * MIME-Version (RFC 2045 section 4) are not listed, because some software sends
 * them twice and a second one does not change what a reader is shown.
 */
static const char *const once_only[] = {
	"bcc", "cc", "date", "from", "message-id", "reply-to", "sender",
	"subject", "to",
	/* RFC 2045 section 3 does not define what a second one means. */
	"content-transfer-encoding", "content-type",
};

int
hdrlist_init(struct hdrlist *list, size_t max_total, size_t max_fields)
{
	memset(list, 0, sizeof(*list));
	if (max_total > DKIMSIG_MAX_HEADER || max_fields > DKIMSIG_MAX_FIELDS)
		return DKIMSIG_E_ARG;
	list->max_total = max_total != 0 ? max_total : DKIMSIG_MAX_HEADER;
	list->max_fields = max_fields != 0 ? max_fields : DKIMSIG_MAX_FIELDS;
	return 0;
}

void
hdrlist_finish(struct hdrlist *list)
{
	size_t i;

	for (i = 0; i < list->nfields; i++)
		free(list->fields[i].text);
	free(list->fields);
	memset(list, 0, sizeof(*list));
}

static bool
is_control(char c)
{
	return (c > '\0' && c < ' ' && c != '\t') || c == 0x7f;
}

/*
 * Record the faults of a value, and check that each line except the first
 * begins with a blank.
 */
static int
check_value(struct hdrlist *list, struct view v, size_t column)
{
	size_t i;

	for (i = 0; i < v.len; i++) {
		if (v.ptr[i] == '\r' && v.len - i > 1 &&
		    v.ptr[i + 1] == '\n') {
			i++;
			if (i + 1 == v.len || !is_wsp(v.ptr[i + 1]))
				return DKIMSIG_E_SYNTAX;
			column = 0;
			continue;
		}
		if (v.ptr[i] == '\r')
			list->faults |= DKIMSIG_FAULT_BARE_CR;
		else if (v.ptr[i] == '\n')
			list->faults |= DKIMSIG_FAULT_BARE_LF;
		else if (v.ptr[i] == '\0')
			list->faults |= DKIMSIG_FAULT_NUL;
		else if (is_control(v.ptr[i]))
			list->faults |= DKIMSIG_FAULT_CONTROL;
		if (++column > MAX_LINE)
			list->faults |= DKIMSIG_FAULT_LONG_LINE;
	}
	return 0;
}

/* FNV-1a of a field name in lower case. */
static uint32_t
hash_of(struct view name)
{
	uint32_t hash = 0x811c9dc5U;
	size_t i;

	for (i = 0; i < name.len; i++)
		hash = (hash ^ ((unsigned char)name.ptr[i] | 0x20)) *
		    0x01000193U;
	return hash;
}

static size_t
bucket_of(uint32_t hash)
{
	return (hash ^ hash >> 16) % HDRLIST_BUCKETS;
}

static void
check_repeated(struct hdrlist *list, struct view key)
{
	size_t i;

	for (i = 0; i < sizeof(once_only) / sizeof(once_only[0]); i++)
		if (view_equal_nocase(key, view_str(once_only[i])) &&
		    hdrlist_count(list, key) > 1)
			list->faults |= DKIMSIG_FAULT_REPEATED;
}

static int
grow(struct hdrlist *list)
{
	struct hdrfield *fields;
	size_t size;

	if (list->nfields < list->size)
		return 0;
	size = list->size != 0 ? 2 * list->size : FIRST_FIELDS;
	fields = recallocarray(list->fields, list->size, size,
	    sizeof(*fields));
	if (fields == NULL)
		return DKIMSIG_E_NOMEM;
	list->fields = fields;
	list->size = size;
	return 0;
}

int
hdrlist_add(struct hdrlist *list, struct view name, struct view value)
{
	struct hdrfield *field;
	struct view key = view_rtrim(name);
	size_t left = list->max_total - list->total;
	char *text;
	int r;

	if (!view_is_field_name(key))
		return DKIMSIG_E_SYNTAX;
	/* 3: the colon and CRLF. */
	if (list->nfields == list->max_fields || left < 3 ||
	    name.len > left - 3 || value.len > left - 3 - name.len)
		return DKIMSIG_E_TOOBIG;
	if ((r = check_value(list, value, name.len + 1)) != 0 ||
	    (r = grow(list)) != 0)
		return r;
	if ((text = malloc(name.len + value.len)) == NULL)
		return DKIMSIG_E_NOMEM;
	memcpy(text, name.ptr, name.len);
	if (value.len > 0)
		memcpy(text + name.len, value.ptr, value.len);

	field = &list->fields[list->nfields++];
	field->text = text;
	field->name = view_of(text, name.len);
	field->key = view_of(text, key.len);
	field->value = view_of(text + name.len, value.len);
	field->hash = hash_of(field->key);
	field->above = list->lowest[bucket_of(field->hash)];
	list->lowest[bucket_of(field->hash)] = list->nfields;
	list->total += name.len + value.len + 3;
	check_repeated(list, field->key);
	return 0;
}

size_t
hdrlist_count(const struct hdrlist *list, struct view name)
{
	const struct hdrfield *field = NULL;
	size_t n = 0;

	while ((field = hdrlist_above(list, name, field, NULL)) != NULL)
		n++;
	return n;
}

const struct hdrfield *
hdrlist_above(const struct hdrlist *list, struct view name,
    const struct hdrfield *field, const struct hdrfield *except)
{
	const uint32_t hash = hash_of(name);
	size_t next;

	next = field != NULL ? field->above : list->lowest[bucket_of(hash)];
	for (; next != 0; next = field->above) {
		field = &list->fields[next - 1];
		if (field->hash == hash && field != except &&
		    !field->omitted && view_equal_nocase(field->key, name))
			return field;
	}
	return NULL;
}

/* The only author, if it is certain; otherwise DKIMSIG_E_* says why not. */
static int
only_author(const struct dkimsig_authors *authors, char *domain,
    size_t domainsize)
{
	if (dkimsig_authors_nfields(authors) == 0)
		return DKIMSIG_E_NOFROM;
	if (dkimsig_authors_nfields(authors) > 1)
		return DKIMSIG_E_MANYFROM;
	if (dkimsig_authors_count(authors) > 1)
		return DKIMSIG_E_MANYAUTHORS;
	if (dkimsig_authors_count(authors) == 0 ||
	    dkimsig_authors_uncertain(authors))
		return DKIMSIG_E_NODOMAIN;
	if (strlcpy(domain, dkimsig_authors_domain(authors, 0),
	    domainsize) < domainsize)
		return 0;
	if (domainsize > 0)
		domain[0] = '\0';
	return DKIMSIG_E_NOSPACE;
}

int
hdrlist_author(const struct hdrlist *list, char *domain, size_t domainsize)
{
	struct dkimsig_authors *authors;
	const struct view from = view_str("from");
	size_t i;
	int r;

	if (domainsize > 0)
		domain[0] = '\0';
	if ((r = dkimsig_authors_new(&authors)) != 0)
		return r;
	for (i = 0; r == 0 && i < list->nfields; i++)
		if (view_equal_nocase(list->fields[i].key, from))
			r = dkimsig_authors_field(authors,
			    list->fields[i].value.ptr,
			    list->fields[i].value.len);
	if (r == 0)
		r = only_author(authors, domain, domainsize);
	dkimsig_authors_free(authors);
	return r;
}
