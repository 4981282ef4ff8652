/* SPDX-License-Identifier: ISC */

/*
 * Shared by outline.c, which parses statements and sections, and
 * outline_value.c, which parses values and lists.
 */

#ifndef CONFIG_OUTLINE_H
#define CONFIG_OUTLINE_H

#include "config/cursor.h"

struct outline {
	struct cursor	 at;
	unsigned int	 depth;		/* of braces; 1 outside of all */
	long		 excess;	/* unpaired "{" not reported yet */
};

/* A section that is being read. */
struct level {
	const struct level *outer;	/* NULL: this is the file */
	const struct config_section *section;	/* NULL: any options */
	struct config_node *node;	/* NULL: its statements are dropped */
	unsigned int	 line;
	unsigned int	*seen;		/* lines of its options; 0: none */
};

/* A statement whose name was read. */
struct statement {
	const struct config_option *option;	/* NULL: unknown */
	struct config_node *node;	/* its section; NULL: dropped */
	unsigned int	 line;
	bool		 is_reported;	/* as not allowed here */
};

bool	outline_is_end(const struct outline *o);
/* Whether the current token is a word or a string. */
bool	outline_is_text(const struct outline *o);
/* Skip to where a statement may begin, or to the end of the section. */
void	outline_resume(struct outline *o, const struct level *level);
/* Parse a list or a section from "{" to "}", only to check its syntax. */
void	outline_braces(struct outline *o, const struct level *level);

/* Report a statement that is not allowed, once. */
void	outline_refuse(struct outline *o, struct statement *s,
	    const char *format, ...)
	    __attribute__((__format__(printf, 3, 4)));
/* Report that an option is not used as what it is: a value or a section. */
void	outline_refuse_shape(struct outline *o, struct statement *s);

/* Add the current token, a value, to the statement's option. */
void	outline_take(struct outline *o, const struct statement *s);
/* Parse from "=" or "+=" to the end of the value or list. */
void	outline_value(struct outline *o, const struct level *level,
	    struct statement *s);
/* Parse a list from "{" to "}"; returns the number of its values. */
size_t	outline_list(struct outline *o, const struct level *level,
	    const struct statement *s);

#endif /* CONFIG_OUTLINE_H */
