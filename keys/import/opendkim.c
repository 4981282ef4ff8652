/* SPDX-License-Identifier: ISC */

/*
 * Read the tables of OpenDKIM, opendkim.conf(5), which rspamd reads as well.
 *
 *	KeyTable	NAME DOMAIN:SELECTOR:KEY
 *	SigningTable	PATTERN NAME[:IDENTITY]
 *
 * KEY is a path if it begins with "/", "./" or "../", otherwise the key itself.
 * DOMAIN may be "%", and a path may contain "%": either stands for the domain
 * of the sender.  NAME in the SigningTable may be "%", too.  Such a row of the
 * KeyTable yields one key for each PATTERN that is a single domain.
 *
 * A SigningTable can be of type file or refile.  They need not be told apart: a
 * pattern that is valid in both means the same in both.  But only in a refile,
 * and in rspamd's table, does the order of lines decide which one is used; in a
 * file, the line with more of the address is.  IDENTITY is ignored, because
 * signatures made here have no i=.
 */

#include "import/opendkim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/address.h"
#include "import/lines.h"

#define MAX_PATH	4096	/* octets, NUL included */

struct row {
	struct import_place	 place;
	char			*line;		/* name, NUL, and the rest */
	char			*domain, *key;
	const char		*selector;
	size_t			 index;		/* of its key in the plan */
	bool			 is_template;	/* depends on the sender */
	bool			 is_used;
};

struct tables {
	struct import_plan		*plan;
	const struct import_opendkim	*given;
	struct row			*rows;	/* sorted by name and place */
	size_t				 nrows;
};

static int
compare(const void *a, const void *b)
{
	const struct row *left = a, *right = b;
	int r;

	if ((r = strcmp(left->line, right->line)) != 0)
		return r;
	return left->place.line < right->place.line ? -1 :
	    left->place.line > right->place.line;
}

/* The first row of that name, which OpenDKIM would use, or NULL. */
static struct row *
find_row(const struct tables *tables, const char *name)
{
	size_t low, high, middle;

	low = 0;
	high = tables->nrows;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(tables->rows[middle].line, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < tables->nrows &&
	    strcmp(tables->rows[low].line, name) == 0)
		return &tables->rows[low];
	return NULL;
}

/* Replace each "%" in text by the domain; false if that is too long. */
static bool
substitute(const char *text, const char *domain, char *buf, size_t size)
{
	size_t len;
	int n;

	for (len = 0; *text != '\0'; text++) {
		n = *text == '%' ? snprintf(buf + len, size - len, "%s",
		    domain) : snprintf(buf + len, size - len, "%c", *text);
		if (n < 0 || (size_t)n >= size - len)
			return false;
		len += (size_t)n;
	}
	buf[len] = '\0';
	return true;
}

static bool
make_path(const struct tables *tables, const char *key, const char *domain,
    char path[MAX_PATH])
{
	const char *folder, *slash;
	size_t len;

	folder = tables->given->folder != NULL ? tables->given->folder :
	    tables->given->keytable.file;
	slash = strrchr(folder, '/');
	len = key[0] == '/' || slash == NULL ? 0 :
	    (size_t)(slash - folder) + 1;
	if (len >= MAX_PATH)
		return false;
	memcpy(path, folder, len);
	return substitute(key, domain, path + len, MAX_PATH - len);
}

static bool
is_path(const char *key)
{
	return key[0] == '/' || strncmp(key, "./", 2) == 0 ||
	    strncmp(key, "../", 3) == 0;
}

/*
 * Add the key of a row; "%" stands for sender.  Returns its index in the plan,
 * or IMPORT_NO_KEY.
 */
static size_t
add_key(struct tables *tables, struct row *row, const char *sender)
{
	char path[MAX_PATH];
	const char *domain;

	row->is_used = true;
	domain = strcmp(row->domain, "%") == 0 ? sender : row->domain;
	if (!is_path(row->key))
		return import_plan_key(tables->plan, row->place, domain,
		    row->selector, NULL, row->key);
	if (make_path(tables, row->key, sender, path))
		return import_plan_key(tables->plan, row->place, domain,
		    row->selector, path, NULL);
	import_plan_note(tables->plan, row->place, true,
	    "the path of the key is over %d octets", MAX_PATH - 1);
	return IMPORT_NO_KEY;
}

/*
 * Split DOMAIN:SELECTOR:KEY, or DOMAIN:KEY if there is a selector for all, in
 * place; false if a part is missing.
 */
static bool
cut_row(const struct tables *tables, struct row *row, char *value)
{
	row->domain = value;
	if ((value = strchr(value, ':')) == NULL)
		return false;
	*value++ = '\0';
	row->key = value;
	if ((value = strchr(value, ':')) == NULL) {
		if (tables->given->selector == NULL)
			return false;
		row->selector = tables->given->selector;
	} else {
		*value++ = '\0';
		row->selector = row->key;
		row->key = value;
	}
	row->is_template = strcmp(row->domain, "%") == 0 ||
	    (is_path(row->key) && strchr(row->key, '%') != NULL);
	return *row->domain != '\0' && *row->selector != '\0' &&
	    *row->key != '\0';
}

static void
read_row(struct tables *tables, struct import_lines *lines, size_t *size)
{
	struct row row = { .place = lines->place }, *rows;
	size_t len;
	char *value;

	/* The row keeps a copy of the line, with a NUL after the name. */
	len = strlen(lines->line);
	value = import_lines_cut(lines->line);
	if (*value == '\0') {
		import_plan_note(tables->plan, row.place, true,
		    "expected a name and DOMAIN:SELECTOR:KEY");
		return;
	}
	if (tables->nrows == *size) {
		rows = *size >= IMPORT_MAX_ROWS ? NULL :
		    recallocarray(tables->rows, *size, *size * 2 + 16,
		    sizeof(*rows));
		if (rows == NULL) {
			tables->plan->is_cut = true;
			return;
		}
		tables->rows = rows;
		*size = *size * 2 + 16;
	}
	if ((row.line = malloc(len + 1)) == NULL) {
		tables->plan->is_cut = true;
		return;
	}
	memcpy(row.line, lines->line, len + 1);
	if (cut_row(tables, &row, row.line + (value - lines->line))) {
		tables->rows[tables->nrows++] = row;
		return;
	}
	freezero(row.line, len + 1);
	import_plan_note(tables->plan, row.place, true,
	    "expected a name and DOMAIN:SELECTOR:KEY");
}

static void
init_lines(struct import_lines *lines, struct import_plan *plan,
    const struct import_table *table)
{
	import_lines_init(lines, plan, import_plan_file(plan, table->file),
	    table->text, table->len);
	lines->is_option = table->line != 0;
	lines->place.line = table->line;
}

static void
read_keytable(struct tables *tables)
{
	const struct import_table *keytable = &tables->given->keytable;
	struct import_lines *lines;
	struct row *row;
	size_t i, size;

	if ((lines = malloc(sizeof(*lines))) == NULL) {
		tables->plan->is_cut = true;
		return;
	}
	init_lines(lines, tables->plan, keytable);
	size = 0;
	while (import_lines_next(lines))
		read_row(tables, lines, &size);
	import_lines_finish(lines);
	free(lines);
	/* Rows that do not depend on the sender, in the order of the file. */
	for (i = 0; i < tables->nrows; i++) {
		row = &tables->rows[i];
		if (!row->is_template)
			row->index = add_key(tables, row, row->domain);
	}
	if (tables->nrows > 0)
		qsort(tables->rows, tables->nrows, sizeof(*tables->rows),
		    compare);
}

/*
 * The key that signs for a pattern of senders: its index in the plan, or
 * IMPORT_NO_KEY, with a note.
 */
static size_t
find_key(struct tables *tables, struct import_place place,
    const char *pattern, const char *name)
{
	const bool is_domain = strncmp(pattern, "*.", 2) != 0;
	struct row *row;

	if (strcmp(name, "%") == 0 && is_domain)
		name = pattern;
	row = strcmp(name, "%") == 0 ? NULL : find_row(tables, name);
	if (row != NULL && !row->is_template) {
		row->is_used = true;
		return row->index;
	}
	if (row != NULL && is_domain)
		return add_key(tables, row, pattern);
	if (row != NULL || strcmp(name, "%") == 0)
		import_plan_note(tables->plan, place, false, "senders %s: "
		    "their key depends on their domain (%%): write one source "
		    "for each domain", pattern);
	else
		import_plan_note(tables->plan, place, false, "key %s is not "
		    "in the KeyTable: no source is proposed for senders %s",
		    name, pattern);
	return IMPORT_NO_KEY;
}

/* Note senders of domains that a source cannot name. */
static void
note_anywhere(struct tables *tables, struct import_place place,
    const char *pattern, const char *name)
{
	struct import_plan *plan = tables->plan;
	const char *at = strrchr(pattern, '@');
	struct row *row;

	if (at != NULL && strspn(pattern, "*") != (size_t)(at - pattern))
		import_plan_note(plan, place, false, "senders %s: in authors "
		    "of a source, these are %.*s@DOMAIN", pattern,
		    (int)(at - pattern), pattern);
	row = strcmp(name, "%") == 0 ? NULL : find_row(tables, name);
	if (row == NULL || row->is_template) {
		import_plan_note(plan, place, false, "senders %s: a source "
		    "cannot have such a pattern: write one source for each "
		    "domain", pattern);
		return;
	}
	row->is_used = true;
	import_plan_note(plan, place, false, "senders %s: a source cannot "
	    "have such a pattern: write one source for each domain, with "
	    "also_sign = \"%s\" for those of other domains that %s has to "
	    "sign, too", pattern, row->domain, row->domain);
}

/* Add the senders, and perhaps a key, of a line of the SigningTable. */
static void
read_sender(struct tables *tables, struct import_place place,
    const char *pattern, char *name)
{
	struct import_address address;
	struct import_sender *sender;
	enum import_address_kind kind;
	size_t key;

	name[strcspn(name, ":")] = '\0';
	kind = import_address_read(pattern, &address);
	if (kind == IMPORT_ADDRESS_ANYWHERE) {
		note_anywhere(tables, place, pattern, name);
		return;
	}
	key = find_key(tables, place, address.domain, name);
	if (kind == IMPORT_ADDRESS_REGEX || kind == IMPORT_ADDRESS_ODD) {
		import_plan_note(tables->plan, place, false, "senders %s: %s: "
		    "no source is proposed for them: if no other line stands "
		    "for these addresses, add them to authors of a source of "
		    "%s", pattern, kind == IMPORT_ADDRESS_REGEX ? "a regular "
		    "expression" : "not a pattern that authors of a source "
		    "can have", address.domain);
		return;
	}
	sender = import_plan_sender(tables->plan, place, address.domain,
	    kind == IMPORT_ADDRESS_SOME ? address.local : NULL, key);
	if (sender != NULL)
		sender->is_glob = strchr(pattern, '@') != NULL;
}

static void
read_signingtable(struct tables *tables)
{
	struct import_lines *lines;
	char *name;

	tables->plan->has_senders = true;
	if ((lines = malloc(sizeof(*lines))) == NULL) {
		tables->plan->is_cut = true;
		return;
	}
	init_lines(lines, tables->plan, &tables->given->signingtable);
	while (import_lines_next(lines)) {
		name = import_lines_cut(lines->line);
		if (*name == '\0')
			import_plan_note(tables->plan, lines->place, false,
			    "expected a pattern and the name of a key");
		else
			read_sender(tables, lines->place, lines->line, name);
	}
	import_lines_finish(lines);
	free(lines);
}

/* Add a note for each row that depends on the sender and yielded no key. */
static void
note_unused(const struct tables *tables)
{
	const struct row *row;
	size_t i;

	for (i = 0; i < tables->nrows; i++) {
		row = &tables->rows[i];
		if (row->is_template && !row->is_used)
			import_plan_note(tables->plan, row->place, true,
			    "key %s depends on the domain of the sender (%%), "
			    "and %simport its key with 'import pem'", row->line,
			    tables->plan->has_senders ? "no sender that uses "
			    "it in the SigningTable is a single domain: " :
			    "the SigningTable is not given: give it, too, "
			    "or ");
	}
}

void
import_opendkim(struct import_plan *plan, const struct import_opendkim *given)
{
	struct tables tables = { .plan = plan, .given = given };
	size_t i;

	read_keytable(&tables);
	if (given->signingtable.text != NULL)
		read_signingtable(&tables);
	note_unused(&tables);
	for (i = 0; i < tables.nrows; i++) {
		explicit_bzero(tables.rows[i].key,
		    strlen(tables.rows[i].key));
		free(tables.rows[i].line);
	}
	free(tables.rows);
}

const char *
import_opendkim_path(const char *operand)
{
	const char *colon;

	if (strncmp(operand, "file:", 5) == 0)
		return operand + 5;
	if (strncmp(operand, "refile:", 7) == 0)
		return operand + 7;
	colon = strchr(operand, ':');
	if (colon != NULL && strcspn(operand, "/.") >
	    (size_t)(colon - operand))
		return NULL;
	return operand;
}
