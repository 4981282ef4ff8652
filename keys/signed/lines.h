/* SPDX-License-Identifier: ISC */

/*
 * The texts that hosts sign: lines of printable US-ASCII "NAME VALUE", each
 * ended by LF, in a fixed order (DESIGN, section 2).
 *
 * Failure is sticky: after the first one every call does nothing, so a reader
 * reads a whole text and checks once.  Each value has only one form, so that no
 * two texts mean the same.
 */

#ifndef SIGNED_LINES_H
#define SIGNED_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/keystore.h"

#define FLEET_HEX_SIZE	65		/* of SHA-256, NUL included */
#define FLEET_NAME_SIZE	65		/* of a host's name, NUL included */
#define FLEET_MAX_NUMBER (INT64_C(1) << 62)	/* numbers are below */

struct fleet_lines {
	const char	*next;		/* borrowed */
	size_t		 left;
	size_t		 number;	/* of the last line, from 1 */
	const char	*fault;		/* static; NULL: none */
};

void	fleet_lines_init(struct fleet_lines *lines, const void *octets,
	    size_t len);

/* Read a line that must be this text. */
void	fleet_lines_expect(struct fleet_lines *lines, const char *text);

/* Read the line of that name; *value is borrowed, and has no NUL after it. */
void	fleet_lines_value(struct fleet_lines *lines, const char *name,
	    const char **value, size_t *len);

/* Copy the value of that line, which must be shorter than size octets. */
void	fleet_lines_text(struct fleet_lines *lines, const char *name,
	    char *text, size_t size);

/* Whether the next line has that name. */
bool	fleet_lines_is_next(const struct fleet_lines *lines, const char *name);

/* A decimal number from min, below FLEET_MAX_NUMBER; 0 after a failure. */
int64_t	fleet_lines_number(struct fleet_lines *lines, const char *name,
	    int64_t min);

/* 64 hexadecimal digits in lower case, or, if that is allowed, "-". */
void	fleet_lines_hex(struct fleet_lines *lines, const char *name,
	    bool may_be_none, char hex[FLEET_HEX_SIZE]);

/* The name of a host. */
void	fleet_lines_host(struct fleet_lines *lines, const char *name,
	    char host[FLEET_NAME_SIZE]);

/* Record a failure of the last line that was read, unless there is one. */
void	fleet_lines_fail(struct fleet_lines *lines, const char *fault);

/*
 * Whether all lines were read and nothing failed; else the error has the line
 * and the reason.
 */
bool	fleet_lines_end(struct fleet_lines *lines, struct ks_error *error);

/* Set the text of an error, which may be NULL, and return code. */
int	fleet_fail(struct ks_error *error, int code, const char *text);

/* Whether a value of its own is one of these. */
bool	fleet_number_parse(const char *text, size_t len, int64_t min,
	    int64_t *number);
bool	fleet_hex_parse(const char *text, size_t len, char hex[FLEET_HEX_SIZE]);
bool	fleet_host_parse(const char *text, size_t len,
	    char host[FLEET_NAME_SIZE]);

#endif /* SIGNED_LINES_H */
