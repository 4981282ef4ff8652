/* SPDX-License-Identifier: ISC */

/*
 * Texts of configuration files that setup writes.
 */

#ifndef SETUP_CONF_TEXT_H
#define SETUP_CONF_TEXT_H

#include <stdbool.h>

#include "config/presets.h"
#include "setup/setup.h"

/*
 * Whether a text can be put between quotes in countersign.conf(5): it has no
 * quote, backslash, "${" or control character.
 */
bool	conf_text_is_quotable(const char *text);

/* Each returns a text for free(3), or NULL when out of memory. */

/*
 * A source.  secret: the value of the secret header, or NULL.  observe: the
 * source only observes.
 */
char	*conf_text_source(const struct setup_request *request,
	    const struct preset_summary *preset, const char *name,
	    const char *secret, bool observe);

/* Where the MTA finds the milter; group may be NULL. */
char	*conf_text_socket(const char *socket, const char *group);

/* How records are published; tsig_key: the path that is used, or NULL. */
char	*conf_text_rotation(const struct setup_request *request,
	    const char *tsig_key);

/* A main file that has only the include statement, or text (NULL: none) with
 * the statement added. */
char	*conf_text_main(const char *text, const char *pattern);

/*
 * A file without the "mode = observe" of the source that begins on a line, or
 * NULL if it has none; *no_memory tells whether that is why.
 */
char	*conf_text_enforced(const char *text, unsigned int line,
	    bool *no_memory);

/* "update:192.0.2.1": whether publish is the kind, and what follows it. */
bool	conf_text_publish_is(const char *publish, const char *kind,
	    const char **rest);

/* "manual", "update[:SERVER]" or "hook:/PROGRAM". */
bool	conf_text_publish_is_valid(const char *publish);

#endif /* SETUP_CONF_TEXT_H */
