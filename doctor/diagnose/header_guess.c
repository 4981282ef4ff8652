/* SPDX-License-Identifier: ISC */

/*
 * Make the list of edits: they undo fields that were added, removed or
 * reordered after signing, and every change of a value in header_vary.h.
 *
 * The list has at most HEADER_EDIT_MAX edits, the most likely ones first; more
 * are not tried.  A value is not listed twice for the same field.  This fails
 * only when out of memory.
 */

#include "diagnose/header_guess.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memstream.h"
#include "diagnose/header_vary.h"
#include "text/text.h"

#define NAME_SIZE	128	/* longer names are not varied */

struct maker {
	struct header_edits	*list;
	const struct mailfield	*fields;
	size_t			 nfields, own;
	const struct signed_names *names;
	enum dkimsig_canon	 canon;
	const struct mailfile	*whole;
	bool			 no_memory;
};

/* Add an edit with a copy of text, unless the list is full. */
static void
add(struct maker *m, struct header_edit edit, const char *text, size_t len)
{
	if (m->list->n == HEADER_EDIT_MAX || m->no_memory)
		return;
	if (text != NULL) {
		if ((edit.text = malloc(len + 1)) == NULL) {
			m->no_memory = true;
			return;
		}
		memcpy(edit.text, text, len);
		edit.text[len] = '\0';
		edit.textlen = len;
	}
	m->list->edits[m->list->n++] = edit;
}

/* Whether the list already has an edit of that field to that value. */
static bool
is_known(const struct maker *m, size_t field, const char *text, size_t len)
{
	const struct header_edit *e;
	size_t i;

	for (i = m->list->n; i-- > 0;) {
		e = &m->list->edits[i];
		if (e->kind == EDIT_VALUE && e->field == field &&
		    e->textlen == len && memcmp(e->text, text, len) == 0)
			return true;
	}
	return false;
}

static void
add_value(struct maker *m, size_t field, const char *text, size_t len,
    const char *code, const char *why)
{
	const struct mailfield *f = &m->fields[field];

	if (text_is_all_blank(text, len) || (len == f->valuelen &&
	    memcmp(text, f->value, len) == 0) ||
	    is_known(m, field, text, len))
		return;
	add(m, (struct header_edit){ .kind = EDIT_VALUE, .field = field,
	    .code = code, .why = why }, text, len);
}

/* Whether a field's name is in a comma-separated list: "subject,from". */
static bool
is_listed(const struct mailfield *field, const char *names)
{
	const char *p = names, *comma;
	size_t len;

	for (;; p = comma + 1) {
		comma = strchr(p, ',');
		len = comma == NULL ? strlen(p) : (size_t)(comma - p);
		if (mailfield_is(field, p, len))
			return true;
		if (comma == NULL)
			return false;
	}
}

static void
vary(struct maker *m, size_t field, const struct header_vary *v)
{
	const struct mailfield *f = &m->fields[field];
	char *text;
	size_t k, len;
	FILE *fp;
	bool more = true;

	if (v->simple_only && m->canon != DKIMSIG_CANON_SIMPLE)
		return;
	if (v->names != NULL && !is_listed(f, v->names))
		return;
	for (k = 0; more && k < HEADER_VARY_MAX; k++) {
		text = NULL;
		if ((fp = memstream_open(&text, &len)) == NULL) {
			m->no_memory = true;
			return;
		}
		more = v->vary(f->value, f->valuelen, k, fp);
		if (!memstream_close(fp, &text))
			m->no_memory = true;
		else if (more)
			add_value(m, field, text, len, v->code, v->text);
		free(text);
	}
}

/* The number of times that the name of a field is in h=. */
static size_t
mentions(const struct maker *m, size_t field)
{
	size_t i;

	for (i = 0; i < m->names->n; i++)
		if (mailfield_is(&m->fields[field], m->names->names[i],
		    m->names->lens[i]))
			return m->names->mentions[i];
	return 0;
}

static void
add_structure(struct maker *m)
{
	const struct mailfield *f;
	size_t i, j;

	for (i = 0; i < m->nfields; i++)
		if (i != m->own)
			add(m, (struct header_edit){ .kind = EDIT_REMOVE,
			    .field = i, .code = "field-added" }, NULL, 0);
	for (i = 0; i < m->nfields; i++) {
		f = &m->fields[i];
		if (i == m->own || mentions(m, i) < 2)
			continue;
		add(m, (struct header_edit){ .kind = EDIT_COPY, .field = i,
		    .code = "field-removed" }, NULL, 0);
		for (j = i + 1; j < m->nfields; j++)
			if (j != m->own && mailfield_is(&m->fields[j],
			    f->name, f->namelen))
				add(m, (struct header_edit){
				    .kind = EDIT_SWAP, .field = i,
				    .other = j, .code = "order" }, NULL, 0);
	}
}

/* A list server that replaces From often keeps the original elsewhere. */
static void
add_former_from(struct maker *m)
{
	static const char *const names[] = { "x-original-from",
	    "x-google-original-from", "original-from", "reply-to",
	    "x-original-sender", "sender", "x-mailfrom" };
	const struct mailfield *former;
	size_t i, j, n;

	for (i = 0; i < m->nfields; i++)
		for (j = 0; mailfield_is(&m->fields[i], "from", 4) &&
		    j < sizeof(names) / sizeof(names[0]); j++)
			for (n = 0; (former = mailfile_find(m->whole,
			    names[j], n)) != NULL && n < 4; n++)
				add_value(m, i, former->value,
				    former->valuelen, "from-replaced",
				    "it was replaced, as mailing lists do");
}

static const struct {
	const char	*name, *value;
} guesses[] = {
	{ "MIME-Version", " 1.0" },
	{ "Content-Transfer-Encoding", " 7bit" },
	{ "Content-Transfer-Encoding", " 8bit" },
	{ "Content-Transfer-Encoding", " quoted-printable" },
	{ "Content-Transfer-Encoding", " base64" },
	{ "Content-Type", " text/plain" },
	{ "Content-Type", " text/plain; charset=us-ascii" },
	{ "Content-Type", " text/plain; charset=utf-8" },
	{ "Content-Type", " text/plain; charset=\"utf-8\"" },
	{ "Content-Type", " text/plain; charset=UTF-8" },
	{ "Content-Type", " text/html; charset=utf-8" },
	{ "Subject", "" },
	{ "Subject", " " },
	{ "List-Unsubscribe-Post", " List-Unsubscribe=One-Click" },
	{ "To", " undisclosed-recipients:;" },
	{ "To", " undisclosed-recipients: ;" },
};

/* Guess the value of fields that h= names but the message does not have. */
static void
add_guesses(struct maker *m)
{
	size_t i, j, k;
	bool is_there;

	for (i = 0; i < m->names->n; i++) {
		for (is_there = false, j = 0; j < m->nfields; j++)
			if (mailfield_is(&m->fields[j], m->names->names[i],
			    m->names->lens[i]))
				is_there = true;
		for (k = 0; !is_there && k < sizeof(guesses) /
		    sizeof(guesses[0]); k++)
			if (strlen(guesses[k].name) == m->names->lens[i] &&
			    strncasecmp(guesses[k].name, m->names->names[i],
			    m->names->lens[i]) == 0)
				add(m, (struct header_edit){
				    .kind = EDIT_INSERT, .field = 0,
				    .name = guesses[k].name,
				    .code = "field-removed" },
				    guesses[k].value,
				    strlen(guesses[k].value));
	}
}

static void
add_names(struct maker *m)
{
	const struct mailfield *f;
	const char *name;
	char buf[NAME_SIZE];
	size_t i, k;

	if (m->canon != DKIMSIG_CANON_SIMPLE)
		return;
	for (i = 0; i < m->nfields; i++) {
		f = &m->fields[i];
		for (k = 0; (name = header_vary_name(f->name, f->namelen, k,
		    buf, sizeof(buf))) != NULL; k++)
			if (strlen(name) != f->namelen ||
			    memcmp(name, f->name, f->namelen) != 0)
				add(m, (struct header_edit){
				    .kind = EDIT_NAME, .field = i,
				    .code = "name" }, name, strlen(name));
	}
}

bool
header_edits_make(struct header_edits *list, const struct mailfield *fields,
    size_t nfields, size_t own, const struct signed_names *names,
    enum dkimsig_canon canon, const struct mailfile *whole)
{
	struct maker m = { .list = list, .fields = fields,
	    .nfields = nfields, .own = own, .names = names, .canon = canon,
	    .whole = whole };
	size_t i, j;

	list->n = 0;
	list->edits = calloc(HEADER_EDIT_MAX, sizeof(*list->edits));
	if (list->edits == NULL)
		return false;
	add_structure(&m);
	add_former_from(&m);
	add_guesses(&m);
	for (j = 0; j < header_nvaries; j++)
		for (i = 0; i < nfields; i++)
			vary(&m, i, &header_varies[j]);
	add_names(&m);
	return !m.no_memory;
}

void
header_edits_finish(struct header_edits *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->edits[i].text);
	free(list->edits);
	memset(list, 0, sizeof(*list));
}

/* Apply the edits to field i; false if they remove it. */
static bool
edit_field(const struct mailfield *fields, size_t i,
    const struct header_edit *const *edits, size_t nedits,
    struct mailfield *f)
{
	size_t e;

	*f = fields[i];
	for (e = 0; e < nedits; e++) {
		if (edits[e] == NULL)
			continue;
		if (edits[e]->kind == EDIT_SWAP && edits[e]->other == i)
			*f = fields[edits[e]->field];
		if (edits[e]->field != i)
			continue;
		switch (edits[e]->kind) {
		case EDIT_VALUE:
			f->value = edits[e]->text;
			f->valuelen = edits[e]->textlen;
			break;
		case EDIT_NAME:
			f->name = edits[e]->text;
			f->namelen = edits[e]->textlen;
			break;
		case EDIT_SWAP:
			*f = fields[edits[e]->other];
			break;
		case EDIT_REMOVE:
			return false;
		case EDIT_COPY:
		case EDIT_INSERT:
			break;
		}
	}
	return true;
}

size_t
header_edits_apply(const struct mailfield *fields, size_t nfields,
    const struct header_edit *const *edits, size_t nedits,
    struct mailfield *to, size_t *own)
{
	size_t i, e, n = 0, was = *own;

	for (i = 0; i < nfields; i++) {
		for (e = 0; e < nedits; e++) {
			if (edits[e] == NULL || edits[e]->field != i)
				continue;
			if (edits[e]->kind == EDIT_COPY)
				to[n++] = fields[i];
			else if (edits[e]->kind == EDIT_INSERT)
				to[n++] = (struct mailfield){ edits[e]->name,
				    strlen(edits[e]->name), edits[e]->text,
				    edits[e]->textlen };
		}
		if (i == was)
			*own = n;
		if (edit_field(fields, i, edits, nedits, &to[n]))
			n++;
	}
	return n;
}
