/* SPDX-License-Identifier: ISC */

/*
 * What people were told of: see notified.h.
 *
 * The file is replaced as a whole, under the lock of the key directory, whose
 * temporary name it uses.  A file that cannot be parsed is damaged; a writer
 * replaces it.
 */

#include "store/notified.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rfc3339.h"
#include "store/line_file.h"
#include "store/notified_print.h"
#include "store/private.h"

#define FILE_NAME	"notified"
#define MAX_FIELDS	8

void
ks_notified_init(struct ks_notified *notified)
{
	memset(notified, 0, sizeof(*notified));
	notified->begun = notified->failed_since = KS_NEVER;
}

void
ks_notified_finish(struct ks_notified *notified)
{
	free(notified->contacts);
	free(notified->told);
	ks_notified_init(notified);
}

/* Make room for one more; the size is the next power of two. */
static void *
grow(void *list, size_t n, size_t size)
{
	return (n & (n - 1)) != 0 ? list :
	    reallocarray(list, n == 0 ? 1 : 2 * n, size);
}

int
ks_notified_add_told(struct ks_notified *notified, const struct ks_told *told)
{
	struct ks_told *list;

	if (notified->ntold == KS_MAX_TOLD)
		return KS_E_NOMEM;
	list = grow(notified->told, notified->ntold, sizeof(*list));
	if (list == NULL)
		return KS_E_NOMEM;
	notified->told = list;
	list[notified->ntold++] = *told;
	return 0;
}

struct ks_contact *
ks_notified_find(const struct ks_notified *notified, const char *contact)
{
	size_t i;

	for (i = 0; i < notified->ncontacts; i++)
		if (strcmp(notified->contacts[i].contact, contact) == 0)
			return &notified->contacts[i];
	return NULL;
}

struct ks_contact *
ks_notified_contact(struct ks_notified *notified, const char *contact)
{
	struct ks_contact *list, *found;

	if ((found = ks_notified_find(notified, contact)) != NULL)
		return found;
	if (notified->ncontacts == KS_MAX_CONTACTS)
		return NULL;
	list = grow(notified->contacts, notified->ncontacts, sizeof(*list));
	if (list == NULL)
		return NULL;
	notified->contacts = list;
	found = &list[notified->ncontacts++];
	memset(found, 0, sizeof(*found));
	found->last = found->since = found->tried = KS_NEVER;
	(void)strlcpy(found->contact, contact, sizeof(found->contact));
	return found;
}

/* -- Reading ------------------------------------------------------------- */

/* A time, or KS_NEVER for none. */
static bool
parse_time(const char *text, int64_t *when)
{
	*when = KS_NEVER;
	return strcmp(text, NOTIFIED_NONE) == 0 ||
	    rfc3339_parse(text, strlen(text), when);
}

/* Copy a field, or "" for none; false if it is too long or not printable. */
static bool
copy_field(char *field, size_t size, const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			return false;
	return strlcpy(field, strcmp(text, NOTIFIED_NONE) == 0 ? "" : text,
	    size) < size;
}

static bool
is_domain(const char *text)
{
	char domain[DKIMSIG_DOMAIN_SIZE];

	return text[0] == '\0' || (dkimsig_domain_normalize(text, strlen(text),
	    domain, sizeof(domain)) == 0 && strcmp(domain, text) == 0);
}

static int
parse_hook(char *const fields[], struct ks_notified *notified)
{
	return copy_field(notified->general, sizeof(notified->general),
	    fields[1]) && fields[2][0] == '/' &&
	    strlcpy(notified->hook, fields[2], sizeof(notified->hook)) <
	    sizeof(notified->hook) ? 0 : KS_E_DAMAGED;
}

static int
parse_begun(char *const fields[], struct ks_notified *notified)
{
	return parse_time(fields[1], &notified->begun) ? 0 : KS_E_DAMAGED;
}

static int
parse_failed(char *const fields[], struct ks_notified *notified)
{
	return parse_time(fields[1], &notified->failed_since) &&
	    copy_field(notified->failure, sizeof(notified->failure),
	    fields[2]) ? 0 : KS_E_DAMAGED;
}

static int
parse_contact(char *const fields[], struct ks_notified *notified)
{
	struct ks_contact contact, *found;

	if (!parse_time(fields[1], &contact.last) ||
	    !parse_time(fields[2], &contact.since) ||
	    !parse_time(fields[3], &contact.tried) ||
	    !copy_field(contact.contact, sizeof(contact.contact),
	    fields[4]) || !copy_field(contact.failure,
	    sizeof(contact.failure), fields[5]))
		return KS_E_DAMAGED;
	if (notified->ncontacts == KS_MAX_CONTACTS)
		return KS_E_DAMAGED;
	if ((found = ks_notified_contact(notified, contact.contact)) == NULL)
		return KS_E_NOMEM;
	*found = contact;
	return 0;
}

static int
parse_told(char *const fields[], struct ks_notified *notified)
{
	struct ks_told told = { .is_over = false };

	told.was_critical = strcmp(fields[3], NOTIFIED_CRITICAL) == 0;
	if (!rfc3339_parse(fields[1], strlen(fields[1]), &told.first) ||
	    !rfc3339_parse(fields[2], strlen(fields[2]), &told.last) ||
	    (!told.was_critical && strcmp(fields[3], NOTIFIED_WARNING) != 0) ||
	    !copy_field(told.word, sizeof(told.word), fields[4]) ||
	    !copy_field(told.domain, sizeof(told.domain), fields[5]) ||
	    !is_domain(told.domain) ||
	    strlcpy(told.selector, fields[6], sizeof(told.selector)) >=
	    sizeof(told.selector) ||
	    (strcmp(fields[6], NOTIFIED_NONE) != 0 &&
	    !ks_selector_is_normal(fields[6])) ||
	    !copy_field(told.contact, sizeof(told.contact), fields[7]) ||
	    notified->ntold == KS_MAX_TOLD)
		return KS_E_DAMAGED;
	return ks_notified_add_told(notified, &told);
}

static const struct {
	const char	*word;
	size_t		 nfields;	/* word included; the last may have
					 * spaces, if is_text */
	bool		 is_text;
	int		(*parse)(char *const fields[],
			    struct ks_notified *notified);
} kinds[] = {
	{ "hook",	3, true,	parse_hook },
	{ "begun",	2, false,	parse_begun },
	{ "failed",	3, true,	parse_failed },
	{ "contact",	6, true,	parse_contact },
	{ "told",	8, false,	parse_told },
};

/* Cut a line into so many fields. */
static bool
cut_line(char *line, char *fields[], size_t nfields, bool is_text)
{
	size_t i;

	for (i = 0; i < nfields; i++) {
		fields[i] = i + 1 == nfields && is_text ? line :
		    strsep(&line, " ");
		if (fields[i] == NULL || fields[i][0] == '\0')
			return false;
	}
	return is_text || line == NULL;
}

/* Returns 0, KS_E_NOMEM, or KS_E_DAMAGED. */
static int
take_line(void *context, char *line)
{
	struct ks_notified *notified = context;
	char *fields[MAX_FIELDS];
	size_t i, len;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		len = strlen(kinds[i].word);
		if (strncmp(line, kinds[i].word, len) == 0 &&
		    line[len] == ' ')
			return cut_line(line, fields, kinds[i].nfields,
			    kinds[i].is_text) ?
			    kinds[i].parse(fields, notified) : KS_E_DAMAGED;
	}
	return KS_E_DAMAGED;
}

static struct place
notified_place(struct keystore *ks)
{
	struct place place = { .ks = ks, .name = FILE_NAME, .dirfd = ks->fd };

	return place;
}

int
ks_notified_read(struct keystore *ks, struct ks_notified *notified,
    struct ks_error *error)
{
	struct place place = notified_place(ks);
	struct line_stop stop;
	size_t len;
	char *text;
	int r;

	ks_notified_init(notified);
	r = place_read(&place, KS_LOOSE_FILE, KS_MAX_NOTIFIED_FILE, &text,
	    &len, error);
	if (r != 0)
		return r == KS_E_NOKEY ? 0 : r;
	r = store_take_lines(text, len, NOTIFIED_FIRST_LINE, take_line,
	    notified, &stop);
	place_free_text(text, len);
	if (r == 0)
		return 0;
	ks_notified_finish(notified);
	if (r == KS_E_NOMEM)
		return place_fail(&place, error, r, "out of memory");
	return place_fail(&place, error, r, "line %zu: %s: the next run of "
	    "'%s rotate' writes the file again, and tells everybody again "
	    "what is wrong", stop.number, stop.why, ks_command(ks));
}

/* -- Writing ------------------------------------------------------------- */

int
ks_notified_write(struct keystore *ks, const struct ks_notified *notified,
    struct ks_error *error)
{
	struct place place = notified_place(ks);
	char *text;
	size_t len;
	int fd, r;

	if (notified_print(notified, &text, &len) != 0)
		return place_fail(&place, error, KS_E_NOMEM, "out of memory");
	r = store_wait_keydir(ks, STORE_BRIEFLY_S, &fd, error);
	if (r == 0) {
		r = place_replace(&place, KS_MODE_FILE, text, len, error);
		(void)close(fd);
	}
	free(text);
	return r;
}
