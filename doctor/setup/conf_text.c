/* SPDX-License-Identifier: ISC */

/*
 * Texts of configuration files: see conf_text.h.
 *
 * What a person gave is quoted; whether it is valid, the parser of the
 * configuration judges.
 */

#include "setup/conf_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memstream.h"
#include "text/text.h"

#define WRITTEN	"# Written by \"countersign-doctor setup\"; see " \
		"countersign.conf(5).\n"

bool
conf_text_is_quotable(const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f || *p == '"' ||
		    *p == '\\')
			return false;
	return text[0] != '\0' && strstr(text, "${") == NULL;
}

/* Close a text that memstream_open() made. */
static char *
finish(FILE *out, char **text)
{
	(void)memstream_close(out, text);
	return *text;
}

static void
print_list(FILE *out, const char *indent, const char *name,
    const struct setup_words *words)
{
	size_t i;

	if (words->n == 0)
		return;
	(void)fprintf(out, "%s%-7s = { ", indent, name);
	for (i = 0; i < words->n; i++)
		(void)fprintf(out, "%s\"%s\"", i > 0 ? ", " : "",
		    words->list[i]);
	(void)fprintf(out, " }\n");
}

char *
conf_text_source(const struct setup_request *request,
    const struct preset_summary *preset, const char *name, const char *secret,
    bool observe)
{
	char *text = NULL;
	size_t len;
	FILE *out;

	if ((out = memstream_open(&text, &len)) == NULL)
		return NULL;
	/* A title with a newline would be more than a comment. */
	if (conf_text_is_quotable(preset->title))
		(void)fprintf(out, "# %s.\n", preset->title);
	(void)fprintf(out, WRITTEN "source \"%s\" {\n", name);
	if (observe)
		(void)fprintf(out, "    # Only log what would be done; "
		    "\"countersign-doctor setup --enforce\" removes this.\n"
		    "    mode    = observe\n");
	(void)fprintf(out, "    preset  = \"%s\"\n", preset->name);
	print_list(out, "    ", "tenant", &request->tenants);
	print_list(out, "    ", "login", &request->logins);
	print_list(out, "    ", "daemon", &request->daemons);
	if (secret != NULL)
		(void)fprintf(out, "    secret_header \"%s\" {\n"
		    "        value = \"%s\"\n    }\n", request->secret_header,
		    secret);
	if (request->selectors.n > 0) {
		(void)fprintf(out, "    dkim {\n");
		print_list(out, "        ", "selectors", &request->selectors);
		(void)fprintf(out, "    }\n");
	}
	print_list(out, "    ", "domains", &request->domains);
	(void)fprintf(out, "}\n");
	return finish(out, &text);
}

char *
conf_text_socket(const char *socket, const char *group)
{
	char *text = NULL;
	size_t len;
	FILE *out;

	if ((out = memstream_open(&text, &len)) == NULL)
		return NULL;
	(void)fprintf(out, "# Where Postfix finds the milter, in its chroot, "
	    "too.\n" WRITTEN "socket       = \"%s\"\n", socket);
	if (group != NULL)
		(void)fprintf(out, "socket_group = \"%s\"\n", group);
	return finish(out, &text);
}

bool
conf_text_publish_is(const char *publish, const char *kind, const char **rest)
{
	size_t len = strlen(kind);

	if (strncmp(publish, kind, len) != 0 || (publish[len] != '\0' &&
	    publish[len] != ':'))
		return false;
	*rest = publish[len] == ':' ? publish + len + 1 : "";
	return true;
}

bool
conf_text_publish_is_valid(const char *publish)
{
	const char *rest;

	return strcmp(publish, "manual") == 0 ||
	    strcmp(publish, "update") == 0 ||
	    (conf_text_publish_is(publish, "update", &rest) &&
	    rest[0] != '\0') ||
	    (conf_text_publish_is(publish, "hook", &rest) && rest[0] == '/');
}

char *
conf_text_rotation(const struct setup_request *request, const char *tsig_key)
{
	char *text = NULL;
	const char *rest;
	size_t len;
	FILE *out;

	if ((out = memstream_open(&text, &len)) == NULL)
		return NULL;
	(void)fprintf(out, "# How the records of keys are published.\n" WRITTEN
	    "rotation {\n");
	if (conf_text_publish_is(request->publish, "update", &rest)) {
		(void)fprintf(out, "    publish  = update\n");
		if (rest[0] != '\0')
			(void)fprintf(out, "    update_server = \"%s\"\n",
			    rest);
		if (tsig_key != NULL)
			(void)fprintf(out, "    tsig_key = \"%s\"\n",
			    tsig_key);
	} else if (conf_text_publish_is(request->publish, "hook", &rest))
		(void)fprintf(out, "    publish  = hook\n"
		    "    hook     = \"%s\"\n", rest);
	else
		(void)fprintf(out, "    publish  = manual\n");
	if (request->check_resolvers.n == 1 && strcmp(
	    request->check_resolvers.list[0], "none") == 0)
		(void)fprintf(out, "    check_resolvers = none\n");
	else
		print_list(out, "    ", "check_resolvers",
		    &request->check_resolvers);
	(void)fprintf(out, "}\n");
	return finish(out, &text);
}

char *
conf_text_main(const char *text, const char *pattern)
{
	char *new;

	return asprintf(&new, "%s%s# Files for single platforms.\n"
	    "include \"%s\"\n", text != NULL ? text : WRITTEN,
	    text != NULL ? "\n" : "", pattern) == -1 ? NULL : new;
}

/* Whether a line is "mode = observe", perhaps with a comment after it. */
static bool
is_observe(const char *line)
{
	static const char *const tokens[] = { "mode", "=", "observe" };
	size_t i;

	for (i = 0; i < 3; i++) {
		line += strspn(line, " \t");
		if (strncmp(line, tokens[i], strlen(tokens[i])) != 0)
			return false;
		line += strlen(tokens[i]);
	}
	line += strspn(line, " \t\r");
	return *line == '\n' || *line == '\0' || *line == '#';
}

/* Whether a line is the comment that conf_text_source() puts before it. */
static bool
is_our_comment(const char *line)
{
	line += strspn(line, " \t");
	return strncmp(line, "# Only log what would be done; ", 31) == 0;
}

char *
conf_text_enforced(const char *text, unsigned int line, bool *no_memory)
{
	const char *p = text, *comment = NULL, *next = text;
	unsigned int n = 1;
	char *new;

	*no_memory = false;
	for (; *p != '\0'; p = next, n++) {
		next = p + strcspn(p, "\n");
		next += *next == '\n';
		if (n < line)
			continue;
		if (is_observe(p))
			break;
		/* The section's end begins a line. */
		if (*p == '}')
			return NULL;
		comment = is_our_comment(p) ? p : NULL;
	}
	if (*p == '\0')
		return NULL;
	if (comment != NULL)
		p = comment;
	if (asprintf(&new, "%.*s%s", (int)(p - text), text, next) == -1) {
		*no_memory = true;
		return NULL;
	}
	return new;
}
