/* SPDX-License-Identifier: ISC */

/*
 * The file of a domain's troubles: reading and replacing it.
 *
 * It is written as a whole, like the state, and compared with what is there
 * first, because most runs find what the run before found.  A file that cannot
 * be parsed is damaged for readers; a writer replaces it.
 */

#include "store/trouble_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memstream.h"
#include "base/rfc3339.h"
#include "store/line_file.h"
#include "store/private.h"

#define FILE_NAME	"troubles"
#define FIRST_LINE	"countersign-troubles 1"
#define BY_PERSON	"person"
#define BY_ROTATION	"rotation"
#define NO_SELECTOR	"-"

void
ks_troubles_finish(struct ks_troubles *troubles)
{
	size_t i;

	for (i = 0; i < troubles->n; i++)
		free(troubles->list[i].text);
	free(troubles->list);
	memset(troubles, 0, sizeof(*troubles));
}

int
ks_troubles_add(struct ks_troubles *troubles, int64_t since,
    bool needs_person, const char *word, const char *selector,
    const char *text)
{
	struct ks_trouble *list, *trouble;
	char *copy, *p;

	if ((copy = strdup(text)) == NULL)
		return KS_E_NOMEM;
	for (p = copy; *p != '\0'; p++)
		if (iscntrl((unsigned char)*p))
			*p = ' ';
	list = recallocarray(troubles->list, troubles->n, troubles->n + 1,
	    sizeof(*list));
	if (list == NULL) {
		free(copy);
		return KS_E_NOMEM;
	}
	troubles->list = list;
	trouble = &list[troubles->n++];
	trouble->since = since;
	trouble->needs_person = needs_person;
	(void)strlcpy(trouble->word, word, sizeof(trouble->word));
	(void)strlcpy(trouble->selector, selector, sizeof(trouble->selector));
	trouble->text = copy;
	return 0;
}

const struct ks_trouble *
ks_troubles_find(const struct ks_troubles *troubles, const char *word,
    const char *selector)
{
	size_t i;

	for (i = 0; i < troubles->n; i++)
		if (strcmp(troubles->list[i].word, word) == 0 &&
		    strcmp(troubles->list[i].selector, selector) == 0)
			return &troubles->list[i];
	return NULL;
}

/* -- Reading ------------------------------------------------------------- */

/* The next field of a line, which gets a NUL; NULL if there is none. */
static char *
next_field(char **line)
{
	char *field, *blank;

	field = *line;
	if ((blank = strchr(field, ' ')) == NULL || blank == field)
		return NULL;
	*blank = '\0';
	*line = blank + 1;
	return field;
}

/* Returns 0, KS_E_NOMEM, or KS_E_DAMAGED. */
static int
take_line(void *context, char *line)
{
	struct ks_troubles *troubles = context;
	const char *since, *by, *word, *selector;
	int64_t when;

	if ((since = next_field(&line)) == NULL ||
	    (by = next_field(&line)) == NULL ||
	    (word = next_field(&line)) == NULL ||
	    (selector = next_field(&line)) == NULL || *line == '\0' ||
	    !rfc3339_parse(since, strlen(since), &when) ||
	    (strcmp(by, BY_PERSON) != 0 && strcmp(by, BY_ROTATION) != 0) ||
	    strlen(word) >= KS_TROUBLE_WORD_SIZE ||
	    (strcmp(selector, NO_SELECTOR) != 0 &&
	    !ks_selector_is_normal(selector)) ||
	    troubles->n == KS_MAX_TROUBLES)
		return KS_E_DAMAGED;
	return ks_troubles_add(troubles, when, strcmp(by, BY_PERSON) == 0,
	    word, selector, line);
}

static struct place
trouble_place(struct keystore *ks, const char *domain, int dirfd)
{
	struct place place = {
		.ks = ks, .domain = domain, .name = FILE_NAME, .dirfd = dirfd
	};

	return place;
}

int
ks_troubles_read(struct keystore *ks, const char *domain,
    struct ks_troubles *troubles, struct ks_error *error)
{
	struct place place;
	struct line_stop stop;
	size_t len;
	char *text;
	int dirfd, r;

	memset(troubles, 0, sizeof(*troubles));
	if ((r = store_open_domain(ks, domain, &dirfd, error)) != 0)
		return r;
	place = trouble_place(ks, domain, dirfd);
	r = place_read(&place, KS_LOOSE_FILE, KS_MAX_TROUBLE_FILE, &text,
	    &len, error);
	(void)close(dirfd);
	if (r != 0)
		return r == KS_E_NOKEY ? 0 : r;
	r = store_take_lines(text, len, FIRST_LINE, take_line, troubles,
	    &stop);
	place_free_text(text, len);
	if (r == 0)
		return 0;
	ks_troubles_finish(troubles);
	if (r == KS_E_NOMEM)
		return place_fail(&place, error, r, "out of memory");
	return place_fail(&place, error, r, "line %zu: %s: remove "
	    "the file, the next run of '%s rotate' writes it again",
	    stop.number, stop.why, ks_command(ks));
}

/* -- Writing ------------------------------------------------------------- */

static int
print(const struct ks_troubles *troubles, char **text, size_t *len)
{
	const struct ks_trouble *trouble;
	char since[RFC3339_SIZE];
	FILE *fp;
	size_t i;

	*text = NULL;
	if ((fp = memstream_open(text, len)) == NULL)
		return KS_E_NOMEM;
	(void)fprintf(fp, "%s\n", FIRST_LINE);
	for (i = 0; i < troubles->n && i < KS_MAX_TROUBLES; i++) {
		trouble = &troubles->list[i];
		if (!rfc3339_print(trouble->since, since))
			(void)rfc3339_print(0, since);
		(void)fprintf(fp, "%s %s %s %s %.*s\n", since,
		    trouble->needs_person ? BY_PERSON : BY_ROTATION,
		    trouble->word, trouble->selector, KS_MAX_LOG_LINE,
		    trouble->text[0] == '\0' ? "-" : trouble->text);
	}
	return memstream_close(fp, text) ? 0 : KS_E_NOMEM;
}

/* Whether the file has that text, and is as it should be. */
static bool
is_unchanged(const struct place *place, const char *text, size_t len)
{
	size_t oldlen;
	bool is_same;
	char *old;

	if (place_read(place, KS_LOOSE_FILE, KS_MAX_TROUBLE_FILE, &old,
	    &oldlen, NULL) != 0)
		return false;
	is_same = oldlen == len && memcmp(old, text, len) == 0;
	place_free_text(old, oldlen);
	return is_same;
}

int
ks_troubles_write(struct ks_lock *lock, const struct ks_troubles *troubles,
    struct ks_error *error)
{
	struct place place = trouble_place(lock->ks, lock->domain,
	    lock->dirfd);
	char *text;
	size_t len;
	int r = 0;

	if (troubles->n == 0) {
		if (unlinkat(lock->dirfd, FILE_NAME, 0) == 0 ||
		    errno == ENOENT)
			return 0;
		return place_fail_errno(&place, error, "cannot remove");
	}
	if (print(troubles, &text, &len) != 0)
		return place_fail(&place, error, KS_E_NOMEM, "out of memory");
	if (!is_unchanged(&place, text, len))
		r = place_replace(&place, KS_MODE_FILE, text, len, error);
	free(text);
	return r;
}
