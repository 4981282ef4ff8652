/* SPDX-License-Identifier: ISC */

/*
 * Tag lists, RFC 6376 section 3.2, one function for each production:
 *
 *	tag-list  = tag-spec *( ";" tag-spec ) [ ";" ]
 *	tag-spec  = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
 *	tag-name  = ALPHA *ALNUMPUNC
 *	tag-value = [ tval *( 1*(WSP / FWS) tval ) ]
 *
 * Octets over 127 are accepted: RFC 8616 allows UTF-8 in values.  Fails on a
 * syntax error or over a limit.
 */

#include "dkimsig/taglist.h"

size_t
taglist_skip_fws(struct view text)
{
	size_t i = 0;

	for (;;) {
		if (i < text.len && is_wsp(text.ptr[i]))
			i++;
		else if (text.len - i > 2 && text.ptr[i] == '\r' &&
		    text.ptr[i + 1] == '\n' && is_wsp(text.ptr[i + 2]))
			i += 3;
		else
			return i;
	}
}

static void
advance(struct view *text, size_t n)
{
	text->ptr += n;
	text->len -= n;
}

struct view
taglist_trim(struct view text)
{
	advance(&text, taglist_skip_fws(text));
	for (;;) {
		text = view_rtrim(text);
		if (text.len < 2 || text.ptr[text.len - 1] != '\n' ||
		    text.ptr[text.len - 2] != '\r')
			return text;
		text.len -= 2;
	}
}

static bool
is_alpha(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static size_t
tag_name(struct view text)
{
	size_t i;

	if (text.len == 0 || !is_alpha(text.ptr[0]))
		return 0;
	for (i = 1; i < text.len; i++)
		if (!is_alpha(text.ptr[i]) && text.ptr[i] != '_' &&
		    (text.ptr[i] < '0' || text.ptr[i] > '9'))
			break;
	return i;
}

/* A tag-value, up to the ";": 0 or an error. */
static int
tag_value(struct view text, size_t *len)
{
	size_t i = 0, n;

	while (i < text.len && text.ptr[i] != ';') {
		n = taglist_skip_fws(view_of(text.ptr + i, text.len - i));
		if (n == 0) {
			/* In practice, a CRLF occurs at the end of a field,
			 * though the grammar does not allow it. */
			if (text.len - i == 2 && text.ptr[i] == '\r' &&
			    text.ptr[i + 1] == '\n')
				n = 2;
			else if ((text.ptr[i] >= 0 && text.ptr[i] < '!') ||
			    text.ptr[i] == 127)
				return DKIMSIG_E_SYNTAX;
			else
				n = 1;
		}
		i += n;
	}
	*len = i;
	return 0;
}

static int
tag_spec(struct taglist *list, struct view *text)
{
	struct tag tag;
	size_t n;
	int r;

	advance(text, taglist_skip_fws(*text));
	if ((n = tag_name(*text)) == 0)
		return DKIMSIG_E_SYNTAX;
	tag.name = view_of(text->ptr, n);
	advance(text, n);
	advance(text, taglist_skip_fws(*text));
	if (text->len == 0 || text->ptr[0] != '=')
		return DKIMSIG_E_SYNTAX;
	advance(text, 1);
	if ((r = tag_value(*text, &n)) != 0)
		return r;
	tag.raw = view_of(text->ptr, n);
	tag.value = taglist_trim(tag.raw);
	advance(text, n);
	if (list->ntags == DKIMSIG_MAX_TAGS)
		return DKIMSIG_E_TOOBIG;
	for (n = 0; n < list->ntags; n++)
		if (view_equal(list->tags[n].name, tag.name))
			return DKIMSIG_E_SYNTAX;
	list->tags[list->ntags++] = tag;
	return 0;
}

int
taglist_parse(struct taglist *list, struct view text)
{
	int r;

	list->ntags = 0;
	if (text.len > DKIMSIG_MAX_TAGLIST)
		return DKIMSIG_E_TOOBIG;
	for (;;) {
		if ((r = tag_spec(list, &text)) != 0)
			return r;
		if (text.len == 0)
			return 0;
		advance(&text, 1);
		if (taglist_trim(text).len == 0)
			return 0;
	}
}

const struct tag *
taglist_find(const struct taglist *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->ntags; i++)
		if (view_equal(list->tags[i].name, view_str(name)))
			return &list->tags[i];
	return NULL;
}

void
tagpieces_init(struct tagpieces *p, struct view text, char separator)
{
	p->rest = text;
	p->separator = separator;
	p->is_done = false;
}

bool
tagpieces_next(struct tagpieces *p, struct view *piece)
{
	const char *end = NULL;

	if (p->is_done)
		return false;
	if (p->rest.len > 0)
		end = memchr(p->rest.ptr, p->separator, p->rest.len);
	if (end == NULL) {
		*piece = taglist_trim(p->rest);
		p->is_done = true;
	} else {
		*piece = taglist_trim(view_of(p->rest.ptr,
		    (size_t)(end - p->rest.ptr)));
		advance(&p->rest, (size_t)(end - p->rest.ptr) + 1);
	}
	return true;
}
