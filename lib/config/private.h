/* SPDX-License-Identifier: ISC */

/*
 * What the files of the configuration share; nobody else includes this.
 *
 * A file becomes a configuration step by step, each with a file of its own:
 *
 *	text.c		the text as a whole
 *	scan.c		its tokens: words and strings without comments
 *	cursor.c	the token that the parser is at
 *	outline.c	statements checked against the schema, and
 *	tree.c		    made a tree
 *	preset_file.c	a preset's file is read and checked, and
 *	preset.c	    its factors are put into the tree
 *	values.c	values of the tree go into struct config
 *	source.c	... and those of sources:
 *	hop.c		    factors that prove the path
 *	tenant.c	    factors that prove whose mail it is
 *	header.c	    the rules about header fields
 *	dkim.c		    what a signature must cover
 *	signing.c	    what is done when it is signed
 *	proof.c		a source is judged by what its factors prove
 *	rotation.c	... and those of rotation, for each domain:
 *	rotation_section.c  the options of one section
 *	warning.c	what may be said, but is hardly meant
 *	scalar.c	the one value of an option, for all of these
 *	list.c		lists of values of one kind
 *
 * Each adds its faults to one list, which config.c prints by line.
 */

#ifndef CONFIG_PRIVATE_H
#define CONFIG_PRIVATE_H

#include <sys/queue.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config/config.h"

#define CONFIG_MAX_FILE		1048576	/* octets */
#define CONFIG_MAX_VALUE	4096	/* octets of a word or string */
#define CONFIG_MAX_DEPTH	8	/* braces inside of each other */
#define CONFIG_MAX_FAULTS	200	/* kept; the rest is only counted */

/* -- Faults -------------------------------------------------------------- */

struct config_fault {
	unsigned int	 line;		/* 0: the file as a whole */
	bool		 is_syntax;
	char		*text;
};

struct config_faults {
	struct config_fault *list;
	size_t		 n;		/* in list */
	size_t		 total;
	unsigned int	 syntax_line;	/* of the last syntax error; 0: none */
	bool		 no_memory;
	/* The text may hold a secret, wherever a slip has put it: of what is
	 * not understood nothing is quoted. */
	bool		 has_secrets;
};

/*
 * Add a fault; the text says what is wrong and how to fix it.  A line that
 * has a syntax error gets no further ones: they would be its echo.
 */
void	config_fault(struct config_faults *faults, unsigned int line,
	    const char *format, ...)
	    __attribute__((__format__(printf, 3, 4)));
/* The same of a syntax error, of which a line may have several. */
void	config_vfault_syntax(struct config_faults *faults, unsigned int line,
	    const char *format, va_list ap)
	    __attribute__((__format__(printf, 3, 0)));
bool	config_faults_has_syntax(const struct config_faults *faults,
	    unsigned int line);
/* By line, and within a line in the order in which they were found. */
void	config_faults_sort(struct config_faults *faults);
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
	bool		 is_file;	/* not a text in memory */
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

#define CONFIG_MAX_OPTIONS	64	/* of a section */

struct config_section {
	const char	*title;		/* what the title is; NULL: none */
	bool		 is_multi;
	const struct config_option *options;
	size_t		 noptions;
};

const struct config_section *config_schema(void);
const struct config_section *config_preset_schema(void);
/* That of a source, in config_schema(). */
const struct config_section *config_source_schema(void);
const struct config_option *config_option_find(
	    const struct config_section *section, const char *name,
	    size_t namelen);
/*
 * How to fix a name that is not an option of the section: "; did you mean
 * ...?", "; it belongs into ...", or "".
 */
void	config_suggest(const struct config_section *section, const char *name,
	    char *buf, size_t bufsize);
/* Whether a name that is not NUL-terminated may be that option, misspelt. */
bool	config_is_like(const char *name, size_t namelen, const char *option);

/* -- Text ---------------------------------------------------------------- */

/* The whole file, NUL-terminated; NULL after a fault. */
char	*config_text_read(const char *file, struct config_faults *faults);
/* The same from memory. */
char	*config_text_copy(const char *text, size_t len,
	    struct config_faults *faults);

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
	bool		 is_complete;	/* false: a syntax error is in it */
	struct config_settings settings;
	STAILQ_HEAD(, config_node) nodes;	/* sections in it */
	struct config_node *parent;
};

/*
 * The tree of a text; what is faulty is reported and left out of it.  NULL
 * when out of memory.
 */
struct config_node *config_outline(const char *text,
	    const struct config_section *schema, struct config_faults *faults);
void	config_node_free(struct config_node *node);

/* Grow a tree: NULL and -1 when out of memory. */
struct config_node *config_node_new(struct config_node *parent,
	    const struct config_option *option, const char *title,
	    unsigned int line);
struct config_setting *config_setting_new(struct config_node *node,
	    const struct config_option *option);
int	config_setting_add(struct config_setting *setting, const char *text,
	    unsigned int line);
/* The setting of that name, NULL if there is none. */
const struct config_setting *config_setting(const struct config_node *node,
	    const char *name);
const struct config_node *config_node(const struct config_node *node,
	    const char *name);
/* Sections of that name. */
size_t	config_count_nodes(const struct config_node *node, const char *name);

/* -- Presets ------------------------------------------------------------- */

/* Where presets are, besides preset_dir; the first that has one counts. */
#define CONFIG_PRESETS_LOCAL	"/etc/countersign/presets"

/* Put the factors of each source's preset into the source. */
void	config_merge_presets(struct config_builder *builder,
	    struct config_node *root);

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
/* on_fragile: "warn" is ACTION_PASS. */
#define CONFIG_FRAGILE_ACTIONS	(1u << ACTION_PASS | 1u << ACTION_TEMPFAIL | \
				1u << ACTION_REJECT)
bool	config_parse_bool(struct config_builder *builder,
	    const struct config_setting *setting, bool *value);

/* Whether config_parse_bool() gives true; without a fault. */
bool	config_is_true(const struct config_setting *setting);

/* A number or a duration ("15m") from min to max. */
bool	config_parse_number(struct config_builder *builder,
	    const struct config_setting *setting, long long min,
	    long long max, long long *number);
bool	config_parse_duration(struct config_builder *builder,
	    const struct config_setting *setting, long long min,
	    long long max, const char *range, long long *seconds);
/* The path of a file that a daemon must find whatever its folder is. */
bool	config_parse_path(struct config_builder *builder,
	    const struct config_setting *setting, const char *path);
/* "mode": sign or observe. */
void	config_parse_mode(struct config_builder *builder,
	    const struct config_setting *setting, bool *observe);

/*
 * One value of a list, as it is compared later; NULL after a fault.  what is
 * for the fault.
 */
typedef char	*config_value_fn(struct config_builder *builder,
		    const struct config_value *value, const char *what);

/* All values of a setting into list; the faulty ones are left out. */
void	config_parse_list(struct config_builder *builder,
	    const struct config_setting *setting, const char *what,
	    config_value_fn *parse, struct text_list *list);
/* The same of secrets: no fault quotes one. */
void	config_parse_secrets(struct config_builder *builder,
	    const struct config_setting *setting, config_value_fn *parse,
	    struct text_list *list);
/* The same as config_parse_list() if the node has that setting. */
void	config_parse_list_of(struct config_builder *builder,
	    const struct config_node *node, const char *name,
	    const char *what, config_value_fn *parse, struct text_list *list);

/* Printable, not empty, and no blanks at its ends. */
bool	config_is_text(const char *text);

/* The same as a value; the same without blanks; a pattern of these that
 * is more than "*". */
config_value_fn	config_value_text;
config_value_fn	config_value_word;
config_value_fn	config_value_pattern;
config_value_fn	config_value_text_pattern;
/* A domain, normalized; one or "*." and one; a name that may have "_". */
config_value_fn	config_value_domain;
config_value_fn	config_value_domains;
config_value_fn	config_value_dns_name;
/* ADDRESS or ADDRESS@PORT, as libunbound has it. */
config_value_fn	config_value_server;
/* An organization's id, of 15. */
config_value_fn	config_value_organization;

/* The defaults of sources that stand outside of them. */
struct config_defaults {
	enum action	 on_mismatch, on_no_key, on_fragile, on_fault;
	enum action	 on_unclear_author;
	bool		 says_unclear_author;	/* the file does */
};

void	config_apply_sources(struct config_builder *builder,
	    const struct config_node *root,
	    const struct config_defaults *defaults);

void	config_apply_rotation(struct config_builder *builder,
	    const struct config_node *root);

/* Parts of a source, from its node. */
void	config_apply_hop(struct config_builder *builder,
	    const struct config_node *node, struct source *source);
void	config_apply_tenant(struct config_builder *builder,
	    const struct config_node *node, struct source *source);
void	config_apply_headers(struct config_builder *builder,
	    const struct config_node *node, struct source *source);
void	config_apply_signing(struct config_builder *builder,
	    const struct config_node *node, struct source *source);

/* A fault if the title of a section is no field that may be asked for. */
void	config_check_field_name(struct config_builder *builder,
	    const struct config_node *node);
/* A fault if all sources together name too many SPF records. */
void	config_check_spf(struct config_builder *builder);

/* Whether the factors of the source prove enough, by what is written. */
void	config_judge_source(struct config_builder *builder,
	    const struct config_node *node, const struct source *source);

/* warnings; does nothing after a fault. */
void	config_collect_warnings(struct config_builder *builder,
	    const struct config_node *root);
/* The lists of fields that a rule's signature may leave out. */
void	config_apply_left_out(struct config_builder *builder,
	    const struct config_node *node, struct dkim_rule *rule);
/* What of dkim sections depends on all sources, when these are there. */
void	config_judge_dkims(struct config_builder *builder);

/* header_names and so on, when all sources are there. */
void	config_collect_names(struct config_builder *builder);

/* config_load() from memory, for tests of hostile text. */
struct config *config_load_text(const char *file, const char *text,
	    size_t len, FILE *faults, size_t *nfaults);

#endif /* CONFIG_PRIVATE_H */
