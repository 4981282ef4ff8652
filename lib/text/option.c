/* SPDX-License-Identifier: ISC */

/*
 * What is wrong with an option of the command line.
 *
 * getopt_long(3) tells only by its return value and optopt: ':' if the value is
 * missing; '?' with optopt 0 if a long name is unknown or ambiguous; '?' with
 * the option in optopt if a long one has a value that it does not take, or if
 * a letter is unknown.  A text that does not fit is cut.  Nothing here fails.
 */

#include "text/option.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "text/distance.h"

#define MAX_NAMES	64	/* compared with a name that is misspelled */

/* The options whose names begin with these len octets. */
static size_t
count_beginning(const struct option *options, const char *name, size_t len)
{
	size_t n = 0;

	for (; options->name != NULL; options++)
		n += strncmp(options->name, name, len) == 0;
	return n;
}

static const char *
nearest_to(const struct option *options, const char *name)
{
	const char *names[MAX_NAMES];
	size_t n = 0;

	for (; options->name != NULL && n < MAX_NAMES; options++)
		names[n++] = options->name;
	return text_nearest(names, n, name);
}

/* An unknown long option; the name that was meant, or NULL. */
static const char *
long_fault(char *buf, size_t bufsize, const char *text,
    const struct option *options)
{
	char name[TEXT_DISTANCE_MAX];
	const size_t len = strcspn(text, "=");

	(void)snprintf(name, sizeof(name), "%.*s", (int)len, text);
	if (count_beginning(options, text, len) > 1) {
		(void)snprintf(buf, bufsize, "option --%.*s is ambiguous",
		    (int)len, text);
		return NULL;
	}
	(void)snprintf(buf, bufsize, "unknown option --%.*s", (int)len, text);
	return nearest_to(options, name);
}

/* Whether the text is a long option with a value, and is the one in optopt. */
static bool
has_value(const char *text, const struct option *options)
{
	const size_t len = strcspn(text, "=");

	if (text[len] == '\0')
		return false;
	for (; options->name != NULL; options++)
		if (options->val == optopt &&
		    strncmp(options->name, text, len) == 0)
			return true;
	return false;
}

const char *
text_option_fault(char *buf, size_t bufsize, int returned,
    char *const argv[], const struct option *options, const char *hint)
{
	const char *text = argv[optind - 1], *nearest = NULL;
	const bool is_long = strncmp(text, "--", 2) == 0;
	size_t len;

	if (returned == ':' && is_long)
		(void)snprintf(buf, bufsize, "option %s needs a value", text);
	else if (returned == ':')
		(void)snprintf(buf, bufsize, "option -%c needs a value",
		    optopt);
	else if (optopt == 0)
		nearest = long_fault(buf, bufsize, text + 2, options);
	else if (is_long && has_value(text + 2, options))
		(void)snprintf(buf, bufsize, "option %.*s takes no value",
		    (int)strcspn(text, "="), text);
	else
		(void)snprintf(buf, bufsize, "unknown option -%c", optopt);
	len = strlen(buf);
	if (nearest != NULL)
		(void)snprintf(buf + len, bufsize - len, "; did you mean "
		    "--%s?", nearest);
	else if (hint != NULL)
		(void)snprintf(buf + len, bufsize - len, ": %s", hint);
	return buf;
}
