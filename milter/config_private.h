/* SPDX-License-Identifier: ISC */

/*
 * What the files of the configuration share; nobody else includes this.
 *
 * A file becomes a configuration in four steps, each with a file of its own:
 *
 *	config_text.c		read, comments blanked, strings checked
 *	config_outline.c	statements checked against the schema
 *	config_parse.c		libconfuse reads values into a tree
 *	config_values.c		values of the tree go into struct config
 *	config_source.c		... and those of sources, with what each needs
 *	config_header.c		... and the rules about header fields
 *
 * Each adds its faults to one list, which config.c prints by line.
 */

#ifndef CONFIG_PRIVATE_H
#define CONFIG_PRIVATE_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config.h"

#define CONFIG_MAX_FILE		1048576	/* octets */
#define CONFIG_MAX_FAULTS	200	/* kept; the rest is only counted */

/* -- Faults -------------------------------------------------------------- */

struct config_fault {
	unsigned int	 line;		/* 0: the file as a whole */
	char		*text;
};

struct config_faults {
	struct config_fault *list;
	size_t		 n;		/* in list */
	size_t		 nlexical;	/* first ones, of config_text.c */
	size_t		 total;
	bool		 no_memory;
};

/*
 * Add a fault; the text says what is wrong and how to mend it.  A line that
 * has a fault of its text gets no further ones: they would be its echo.
 */
void	config_fault(struct config_faults *faults, unsigned int line,
	    const char *format, ...)
	    __attribute__((__format__(printf, 3, 4)));
void	config_faults_print(struct config_faults *faults, const char *file,
	    FILE *out);
void	config_faults_finish(struct config_faults *faults);

/* -- Memory of a configuration ------------------------------------------- */

struct config_block {
	SLIST_ENTRY(config_block) entry;
};

SLIST_HEAD(config_blocks, config_block);

/*
 * A configuration being made.  What is allocated here lives as long as the
 * configuration; on failure NULL is returned and faults.no_memory set.
 */
struct config_builder {
	struct config	*config;
	struct config_blocks blocks;
	struct config_faults faults;
};

void	*config_alloc(struct config_builder *builder, size_t n, size_t size);
char	*config_strdup(struct config_builder *builder, const char *text);

/* -- Schema -------------------------------------------------------------- */

struct config_section;

/* An option of a section: a value, a list of values, or a section. */
struct config_option {
	const char	*name;
	bool		 is_list;
	const struct config_section *section;	/* NULL: no section */
};

struct config_section {
	const char	*title;		/* what the title is; NULL: none */
	bool		 is_multi;
	const struct config_option *options;
	size_t		 noptions;
};

const struct config_section *config_schema(void);
const struct config_option *config_option_find(
	    const struct config_section *section, const char *name,
	    size_t namelen);
/*
 * How a name that is no option of the section may be mended: "; did you mean
 * ...?", "; it belongs into ...", or "".
 */
void	config_suggest(const struct config_section *section, const char *name,
	    char *buf, size_t bufsize);

/* -- Text and outline ---------------------------------------------------- */

/* The whole file, NUL-terminated and without comments; NULL after a fault. */
char	*config_text_read(const char *file, struct config_faults *faults);
/* The same from memory. */
char	*config_text_copy(const char *text, size_t len,
	    struct config_faults *faults);

/* Pseudo-options that the outline puts into each section. */
#define CONFIG_MARK_BEGIN	"__begin"	/* value: line of its name */
#define CONFIG_MARK_END		"__end"

/*
 * Check the statements of a text and make the text that libconfuse is given:
 * faulty statements blanked, sections marked.  NULL when out of memory.
 */
char	*config_outline(const char *text, struct config_faults *faults);

/* -- The tree of what the file says -------------------------------------- */

struct config_value {
	char		*text;
	unsigned int	 line;
};

struct config_setting {
	TAILQ_ENTRY(config_setting) entry;
	const struct config_option *option;
	struct config_value *values;	/* at least one */
	size_t		 nvalues;
};

TAILQ_HEAD(config_settings, config_setting);

struct config_node {
	STAILQ_ENTRY(config_node) entry;
	const struct config_option *option;	/* NULL: the root */
	char		*title;			/* NULL: none */
	unsigned int	 line;
	bool		 is_complete;	/* false: a syntax error cut it off */
	struct config_settings settings;
	STAILQ_HEAD(, config_node) nodes;	/* sections in it */
	struct config_node *parent;
};

/* NULL when out of memory; a syntax error is a fault and cuts the tree. */
struct config_node *config_parse(const char *text,
	    struct config_faults *faults);
void	config_node_free(struct config_node *node);
/* The setting of that name, NULL if there is none. */
const struct config_setting *config_setting(const struct config_node *node,
	    const char *name);
const struct config_node *config_node(const struct config_node *node,
	    const char *name);

/* -- Values -------------------------------------------------------------- */

/* All but the sources. */
void	config_apply(struct config_builder *builder,
	    const struct config_node *root);
/* One name of an action; allowed is a set of 1u << enum action. */
bool	config_parse_action(struct config_builder *builder,
	    const struct config_setting *setting, unsigned int allowed,
	    enum action *action);
#define CONFIG_MISMATCH_ACTIONS	(1u << ACTION_PASS | 1u << ACTION_TEMPFAIL | \
				1u << ACTION_QUARANTINE | 1u << ACTION_REJECT)
#define CONFIG_NO_KEY_ACTIONS	(1u << ACTION_PASS | 1u << ACTION_TEMPFAIL)
bool	config_parse_bool(struct config_builder *builder,
	    const struct config_setting *setting, bool *value);

/* The sources; the defaults of on_mismatch and on_no_key are given. */
void	config_apply_sources(struct config_builder *builder,
	    const struct config_node *root, enum action on_mismatch,
	    enum action on_no_key);

/*
 * The header rules of a source: those of its preset with its tenants, and
 * those of its header sections.
 */
void	config_apply_headers(struct config_builder *builder,
	    const struct config_node *node, struct source *source);
/* header_names of the configuration, when all its sources are there. */
void	config_collect_names(struct config_builder *builder);

/* config_load() from memory, for tests of hostile text. */
struct config *config_load_text(const char *file, const char *text,
	    size_t len, FILE *faults, size_t *nfaults);

#endif /* CONFIG_PRIVATE_H */
