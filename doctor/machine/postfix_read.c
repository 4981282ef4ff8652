/* SPDX-License-Identifier: ISC */

/*
 * The output of postconf(1): see postfix.h.
 *
 * "NAME = VALUE" is a parameter, and after "SERVICE/TYPE/" what a service
 * overrides.  A service has seven words and then its command:
 *
 *   smtp       inet  n       -       y       -       -       smtpd -o ...
 *
 * "-" stands for a default: private is yes; chroot is no, but yes for a Postfix
 * older than 3.0, or whose compatibility_level is 0.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/postfix_private.h"
#include "text/text.h"

enum { NAME, TYPE, PRIVATE, UNPRIVILEGED, CHROOT, WAKEUP, MAXPROC, COMMAND,
	NWORDS };

/* A piece of text, not terminated. */
struct piece {
	const char	*text;
	size_t		 len;
};

static struct piece
trimmed(const char *text, size_t len)
{
	struct piece piece = { NULL, len };

	piece.text = text_trim(text, &piece.len);
	return piece;
}

/* The next line of a text; false at its end. */
static bool
next_line(const char **text, struct piece *line)
{
	if (**text == '\0')
		return false;
	line->text = *text;
	line->len = strcspn(*text, "\n");
	*text += line->len + ((*text)[line->len] == '\n');
	return true;
}

/* The next word of a line; false if there is none. */
static bool
next_word(struct piece *line, struct piece *word)
{
	size_t n = 0;

	while (line->len > 0 && text_is_wsp(line->text[0])) {
		line->text++;
		line->len--;
	}
	while (n < line->len && !text_is_wsp(line->text[n]))
		n++;
	word->text = line->text;
	word->len = n;
	line->text += n;
	line->len -= n;
	return n > 0;
}

static bool
is_text(struct piece piece, const char *text)
{
	return piece.len == strlen(text) &&
	    memcmp(piece.text, text, piece.len) == 0;
}

/* Add "NAME = VALUE"; a line of another form is none.  -1: no memory. */
static int
add_parameter(struct postfix_parameter **list, size_t *n, struct piece line)
{
	const char *equals = memchr(line.text, '=', line.len);
	struct postfix_parameter *grown, *p;
	struct piece name, value;

	if (equals == NULL || *n == POSTFIX_MAX_PARAMETERS)
		return 0;
	name = trimmed(line.text, (size_t)(equals - line.text));
	value = trimmed(equals + 1,
	    line.len - (size_t)(equals - line.text) - 1);
	if ((grown = recallocarray(*list, *n, *n + 1, sizeof(**list))) ==
	    NULL)
		return -1;
	*list = grown;
	p = &grown[(*n)++];
	p->name = strndup(name.text, name.len);
	p->value = strndup(value.text, value.len);
	return p->name != NULL && p->value != NULL ? 0 : -1;
}

static int
read_parameters(const char *text, struct postfix_parameters *parameters)
{
	struct piece line;

	while (next_line(&text, &line))
		if (add_parameter(&parameters->list, &parameters->n, line) ==
		    -1)
			return -1;
	return 0;
}

static bool
is_chrooted_by_default(const struct postfix *postfix)
{
	return !postfix_is_at_least(postfix, 3, 0) ||
	    strcmp(postfix_parameter(postfix, "compatibility_level"),
	    "0") == 0;
}

static int
add_service(struct postfix *postfix, struct piece line)
{
	struct postfix_service *grown, *s;
	struct piece words[NWORDS], rest;
	size_t i;

	for (i = 0; i < NWORDS; i++)
		if (!next_word(&line, &words[i]))
			return 0;
	if (postfix->nservices == POSTFIX_MAX_SERVICES)
		return 0;
	if ((grown = recallocarray(postfix->services, postfix->nservices,
	    postfix->nservices + 1, sizeof(*grown))) == NULL)
		return -1;
	postfix->services = grown;
	s = &grown[postfix->nservices++];
	rest = trimmed(line.text, line.len);
	s->name = strndup(words[NAME].text, words[NAME].len);
	s->type = strndup(words[TYPE].text, words[TYPE].len);
	s->command = strndup(words[COMMAND].text, words[COMMAND].len);
	s->arguments = strndup(rest.text, rest.len);
	s->is_private = !is_text(words[PRIVATE], "n");
	s->is_chrooted = is_text(words[CHROOT], "-") ?
	    is_chrooted_by_default(postfix) : is_text(words[CHROOT], "y");
	return s->name != NULL && s->type != NULL && s->command != NULL &&
	    s->arguments != NULL ? 0 : -1;
}

/* If the line begins with the name of the service, what follows it. */
static bool
is_of_service(const struct postfix_service *service, struct piece line,
    struct piece *rest)
{
	const size_t namelen = strlen(service->name);
	const size_t typelen = strlen(service->type);
	const size_t len = namelen + 1 + typelen + 1;

	if (line.len <= len ||
	    memcmp(line.text, service->name, namelen) != 0 ||
	    line.text[namelen] != '/' ||
	    memcmp(line.text + namelen + 1, service->type, typelen) != 0 ||
	    line.text[len - 1] != '/')
		return false;
	rest->text = line.text + len;
	rest->len = line.len - len;
	return true;
}

static int
add_override(struct postfix *postfix, struct piece line)
{
	struct postfix_service *s;
	struct piece rest;
	size_t i;

	for (i = 0; i < postfix->nservices; i++) {
		s = &postfix->services[i];
		if (is_of_service(s, line, &rest))
			return add_parameter(&s->overrides, &s->noverrides,
			    rest);
	}
	return 0;
}

struct postfix *
postfix_read(const char *parameters, const char *set, const char *services,
    const char *overrides, char *error, size_t size)
{
	struct postfix *postfix;
	struct piece line;
	int r = 0;

	if ((postfix = calloc(1, sizeof(*postfix))) == NULL ||
	    read_parameters(parameters, &postfix->all) == -1 ||
	    read_parameters(set, &postfix->set) == -1)
		r = -1;
	while (r == 0 && next_line(&services, &line))
		r = add_service(postfix, line);
	while (r == 0 && next_line(&overrides, &line))
		r = add_override(postfix, line);
	if (r == -1)
		(void)snprintf(error, size, "out of memory");
	else if (postfix_parameter(postfix, "queue_directory")[0] != '/') {
		(void)snprintf(error, size, "postconf: no queue_directory in "
		    "its output");
		r = -1;
	}
	if (r == 0)
		return postfix;
	postfix_free(postfix);
	return NULL;
}

static void
free_parameters(struct postfix_parameter *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(list[i].name);
		free(list[i].value);
	}
	free(list);
}

void
postfix_free(struct postfix *postfix)
{
	struct postfix_service *s;
	size_t i;

	if (postfix == NULL)
		return;
	free_parameters(postfix->all.list, postfix->all.n);
	free_parameters(postfix->set.list, postfix->set.n);
	for (i = 0; i < postfix->nservices; i++) {
		s = &postfix->services[i];
		free(s->name);
		free(s->type);
		free(s->command);
		free(s->arguments);
		free_parameters(s->overrides, s->noverrides);
	}
	free(postfix->services);
	free(postfix->config_dir);
	free(postfix);
}
