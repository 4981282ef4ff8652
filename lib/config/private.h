/* SPDX-License-Identifier: ISC */

/*
 * Shared by the files of this room only.
 *
 * A file becomes a configuration in these steps:
 *
 *	text.c		the whole text is read
 *	scan.c		... and split into tokens
 *	cursor.c	the token that the parser is at
 *	outline.c	statements are checked against the schema
 *	outline_value.c	... and their values
 *	tree.c		... and become a tree
 *	include.c	files that the main one includes are added to it
 *	files.c		which line is in which file
 *	draft.c		or a text in the place of a file
 *	preset_file.c	the file of a preset is read and checked
 *	preset_list.c	... or all of them, for who has to choose
 *	preset.c	... and its factors are put into the tree
 *	values.c	the values of the tree are put into struct config
 *	source.c	... those of sources:
 *	hop.c		    factors that prove the route
 *	tenant.c	    factors that prove whose mail it is
 *	header.c	    rules about header fields
 *	dkim.c		    what a signature must cover
 *	ceilings.c	    how much of it there may be
 *	signing.c	    what is done when it is signed
 *	source_index.c	sources can be found by domain and by route
 *	stream.c	    ... and with which keys
 *	expire.c	    ... and for how long
 *	proof.c		sources are judged by what their factors prove
 *	rotation.c	... those of rotation, for each domain:
 *	rotation_section.c  the options of one section
 *	fleet.c		... those about a database of keys
 *	warning.c	probable mistakes are found
 *	scalar.c	options with one value, for all of these
 *	list.c		options with a list of values
 *
 * All faults are added to one list, which config.c prints by line.
 */

#ifndef CONFIG_PRIVATE_H
#define CONFIG_PRIVATE_H

#include <sys/queue.h>

#include <limits.h>
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
	unsigned int	 line;		/* see struct config_file */
	bool		 is_syntax;
	char		*text;
};

struct config_faults {
	struct config_fault *list;
	size_t		 n;		/* in list */
	size_t		 total;
	unsigned int	 syntax_line;	/* of the last syntax error; 0: none */
	bool		 no_memory;
	const struct config_files *files;	/* NULL: a single one */
	/* The text may hold a secret, perhaps at a wrong place: text that is
	 * not understood is not quoted. */
	bool		 has_secrets;
};

/*
 * Add a fault; the text says what is wrong and how to fix it.  Nothing is added
 * to a line that has a syntax error, which would be the real cause.
 */
void	config_fault(struct config_faults *faults, unsigned int line,
	    const char *format, ...)
	    __attribute__((__format__(printf, 3, 4)));
/* The same for a syntax error; a line may have several. */
void	config_vfault_syntax(struct config_faults *faults, unsigned int line,
	    const char *format, va_list ap)
	    __attribute__((__format__(printf, 3, 0)));
bool	config_faults_has_syntax(const struct config_faults *faults,
	    unsigned int line);
/* Sort by line; faults of one line keep the order in which they were found. */
void	config_faults_sort(struct config_faults *faults);
void	config_faults_print(struct config_faults *faults, const char *file,
	    FILE *out);
void	config_faults_finish(struct config_faults *faults);

/* -- Files --------------------------------------------------------------- */

/* Where a line is; in no file if files is NULL. */
struct config_place config_place_in(const struct config_files *files,
	    unsigned int line);

/* Room for "line LINE of FILE". */
#define CONFIG_LINE_SIZE	(PATH_MAX + 32)

/* Write "line LINE", with " of FILE" if it is not the file of line from. */
void	config_print_line(const struct config_files *files, unsigned int line,
	    unsigned int from, char text[CONFIG_LINE_SIZE]);

/* -- Memory of a configuration ------------------------------------------- */

struct config_block {
	SLIST_ENTRY(config_block) entry;
};

SLIST_HEAD(config_blocks, config_block);

/*
 * A configuration that is being built.  What these functions allocate lives as
 * long as the configuration.  When out of memory they return NULL and set
 * faults.no_memory.
 */
struct config_builder {
	struct config	*config;
	struct config_blocks blocks;
	struct config_faults faults;
	bool		 is_file;	/* not a text in memory */
	const struct config_draft *drafts;
	size_t		 ndrafts;
	struct config_file *files;	/* CONFIG_MAX_FILES */
	const char	**folders;	/* CONFIG_MAX_FOLDERS */
	const struct config_bounds *bounds;	/* NULL: none */
	bool		 is_out;	/* something was out of them */
};

/*
 * Whether the process can use a value of an option; if not, that is a fault of
 * the line.  In a fault, the text stands for the value.
 */
bool	config_may_use(struct config_builder *builder, enum config_use use,
	    const char *value, const char *option, const char *text,
	    unsigned int line);

/* The draft of a file; NULL: there is none. */
const struct config_draft *config_draft_of(
	    const struct config_builder *builder, const char *path);

/*
 * Add a file that has so many lines before it to builder->config; false when
 * there are too many, which is a fault of line from, or when out of memory.
 */
bool	config_add_file(struct config_builder *builder, const char *path,
	    unsigned int before, unsigned int from);

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
	const char	*title;		/* describes the title; NULL: none */
	bool		 is_multi;
	const struct config_option *options;
	size_t		 noptions;
};

const struct config_section *config_schema(void);
/* Whether the value of an option follows its name without "=". */
bool	config_is_bare(const struct config_option *option);
const struct config_section *config_preset_schema(void);
/* The section "source" of config_schema(). */
const struct config_section *config_source_schema(void);
const struct config_option *config_option_find(
	    const struct config_section *section, const char *name,
	    size_t namelen);
/*
 * How to fix a name that is not an option of the section: "; did you mean
 * ...?", "; it belongs in ...", or "".
 */
void	config_suggest(const struct config_section *section, const char *name,
	    char *buf, size_t bufsize);
/* Whether a name may be a misspelling of that option. */
bool	config_is_like(const char *name, size_t namelen, const char *option);

/* -- Text ---------------------------------------------------------------- */

/*
 * Read the whole file, NUL-terminated; NULL after a fault.  before is the
 * number of lines before it.
 */
char	*config_text_read(const char *file, unsigned int before,
	    struct config_faults *faults);
/* The same for an open file, which is left open, and a text in memory. */
char	*config_text_read_fd(int fd, unsigned int before,
	    struct config_faults *faults);
char	*config_text_copy(const char *text, size_t len, unsigned int before,
	    struct config_faults *faults);

/* -- The tree of the file's statements ----------------------------------- */

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
	bool		 is_complete;	/* false: it has a syntax error */
	struct config_settings settings;
	STAILQ_HEAD(, config_node) nodes;	/* sections in it */
	struct config_node *parent;
};

/*
 * Parse a text into a tree; faulty statements are reported and left out.  NULL
 * when out of memory.
 */
struct config_node *config_outline(const char *text,
	    const struct config_section *schema, struct config_faults *faults);
/*
 * Add a text of the configuration, before which there are so many lines, to its
 * tree; seen holds the lines of the options that it had before.
 */
void	config_outline_add(struct config_node *root, const char *text,
	    unsigned int before, unsigned int seen[CONFIG_MAX_OPTIONS],
	    struct config_faults *faults);
/*
 * Add the files that the main file includes to the tree, in the order of the
 * statements, and of the names of each.  before is the number of lines of the
 * main file; seen as above.
 */
void	config_include(struct config_builder *builder,
	    struct config_node *root, unsigned int before,
	    unsigned int seen[CONFIG_MAX_OPTIONS]);
void	config_node_free(struct config_node *node);

/* Add to a tree; NULL or -1 when out of memory. */
struct config_node *config_node_new(struct config_node *parent,
	    const struct config_option *option, const char *title,
	    unsigned int line);
struct config_setting *config_setting_new(struct config_node *node,
	    const struct config_option *option);
int	config_setting_add(struct config_setting *setting, const char *text,
	    unsigned int line);
/* The setting or first section of that name; NULL if there is none. */
const struct config_setting *config_setting(const struct config_node *node,
	    const char *name);
const struct config_node *config_node(const struct config_node *node,
	    const char *name);
/* The number of sections of that name. */
size_t	config_count_nodes(const struct config_node *node, const char *name);

/* -- Presets ------------------------------------------------------------- */

/* Searched for presets after preset_dir. */
#define CONFIG_PRESETS_LOCAL	"/etc/countersign/presets"

/* Add the factors of its preset to each source. */
void	config_merge_presets(struct config_builder *builder,
	    struct config_node *root);

/* -- Values -------------------------------------------------------------- */

/* Put all values of the tree into builder->config. */
void	config_apply(struct config_builder *builder,
	    const struct config_node *root);
/* The name of an action; allowed is a set of 1u << enum action. */
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

/* The first value of a setting; each has one. */
static inline const char *
config_text(const struct config_setting *setting)
{
	return setting->values[0].text;
}

/* Report a fault for the line of the value. */
#define FAULT(builder, setting, ...) \
	config_fault(&(builder)->faults, (setting)->values[0].line, __VA_ARGS__)

/* Whether the value means true; reports no fault. */
bool	config_is_true(const struct config_setting *setting);

/* A number or a duration ("15m") from min to max. */
bool	config_parse_number(struct config_builder *builder,
	    const struct config_setting *setting, long long min,
	    long long max, long long *number);
bool	config_parse_duration(struct config_builder *builder,
	    const struct config_setting *setting, long long min,
	    long long max, const char *range, long long *seconds);
/* An absolute path: a daemon has another working directory. */
bool	config_parse_path(struct config_builder *builder,
	    const struct config_setting *setting, const char *path);
/* "mode": sign or observe. */
void	config_parse_mode(struct config_builder *builder,
	    const struct config_setting *setting, bool *observe);

/*
 * Parse one value of a list.  Returns a copy in the form in which it is
 * compared later, or NULL after a fault, which calls the value what.
 */
typedef char	*config_value_fn(struct config_builder *builder,
		    const struct config_value *value, const char *what);

/* Put all values of a setting into list; faulty ones are left out. */
void	config_parse_list(struct config_builder *builder,
	    const struct config_setting *setting, const char *what,
	    config_value_fn *parse, struct text_list *list);
/* The same for secrets: no fault quotes one. */
void	config_parse_secrets(struct config_builder *builder,
	    const struct config_setting *setting, config_value_fn *parse,
	    struct text_list *list);
/* The option "socket", and those about its file, which need a unix socket. */
void	config_apply_socket(struct config_builder *builder,
	    const struct config_setting *setting);
void	config_apply_socket_mode(struct config_builder *builder,
	    const struct config_setting *setting);
void	config_check_socket_file(struct config_builder *builder,
	    const struct config_node *root);
/* The options about other hosts; node may be NULL. */
void	config_apply_sync(struct config_builder *builder,
	    const struct config_node *node);
/* Like config_parse_list(), if the node has that setting. */
void	config_parse_list_of(struct config_builder *builder,
	    const struct config_node *node, const char *name,
	    const char *what, config_value_fn *parse, struct text_list *list);

/* Whether a text is printable ASCII, not empty, and without blanks at its
 * ends. */
bool	config_is_text(const char *text);

/* Such a text; a text without any blanks; and patterns of both that do not
 * match everything. */
config_value_fn	config_value_text;
config_value_fn	config_value_word;
config_value_fn	config_value_pattern;
config_value_fn	config_value_text_pattern;
/* A normalized domain; a domain or "*." and a domain; a DNS name. */
config_value_fn	config_value_domain;
config_value_fn	config_value_domains;
config_value_fn	config_value_dns_name;
/* ADDRESS or ADDRESS@PORT, as for libunbound. */
config_value_fn	config_value_server;
/* The id of a Salesforce organization, as 15 characters. */
config_value_fn	config_value_organization;
/* A pattern of author addresses. */
config_value_fn	config_value_author;

/* Defaults for all sources. */
struct config_defaults {
	enum action	 on_mismatch, on_no_key, on_fragile, on_fault;
	enum action	 on_unclear_author;
	bool		 says_unclear_author;	/* set in the file */
};

void	config_apply_sources(struct config_builder *builder,
	    const struct config_node *root,
	    const struct config_defaults *defaults);

/* Set config->remove and removes_signatures; all sources must be complete. */
void	config_collect_removals(struct config_builder *builder);
/* Set config->index; all sources must be complete. */
void	config_index_sources(struct config_builder *builder);

void	config_apply_metrics(struct config_builder *builder,
	    const struct config_node *root);
void	config_apply_rotation(struct config_builder *builder,
	    const struct config_node *root);
/* The section "fleet"; rotation must be complete. */
void	config_apply_fleet(struct config_builder *builder,
	    const struct config_node *root);
/* An option of rotation: which resolvers check records from outside. */
void	config_apply_check_resolvers(struct config_builder *builder,
	    const struct config_setting *setting, struct rotation *rotation);

/* Put one part of a source's node into the source. */
void	config_apply_hop(struct config_builder *builder,
	    const struct config_node *node, struct source *source);
void	config_apply_tenant(struct config_builder *builder,
	    const struct config_node *node, struct source *source);
void	config_apply_headers(struct config_builder *builder,
	    const struct config_node *node, struct source *source);
void	config_apply_ceilings(struct config_builder *builder,
	    const struct config_node *node, struct source *source);
void	config_apply_signing(struct config_builder *builder,
	    const struct config_node *node, struct source *source);
/* What mail servers keep mail for if they are not told otherwise; seconds. */
#define CONFIG_POSTFIX_QUEUE	INT64_C(432000)
/* "expire" of a source, or of all. */
void	config_parse_expire(struct config_builder *builder,
	    const struct config_setting *setting, int64_t *expire);
/* Set longest_expire and signature_lifetime; all sources must be complete. */
void	config_collect_expire(struct config_builder *builder);
/* How long mail of a source may wait in a queue; "auto" is the default of
 * Postfix.  Rotation must be complete. */
int64_t	config_longest_queue(const struct config *config,
	    const struct source *source);
void	config_apply_stream(struct config_builder *builder,
	    const struct config_node *node, struct source *source);

/* Report a title that is not the name of a field that can prove anything. */
void	config_check_field_name(struct config_builder *builder,
	    const struct config_node *node);
/* Report that all sources together name too many SPF records. */
void	config_check_spf(struct config_builder *builder);

/* Report a source whose factors do not prove whose mail it is. */
void	config_judge_source(struct config_builder *builder,
	    const struct config_node *node, const struct source *source);

/* Set config->warnings; does nothing after a fault. */
void	config_collect_warnings(struct config_builder *builder,
	    const struct config_node *root);
/* Put leaves_out and uncovered of a dkim section into a rule. */
void	config_apply_left_out(struct config_builder *builder,
	    const struct config_node *node, struct dkim_rule *rule);
/* Finish and check the dkim rules; all sources must be complete. */
void	config_judge_dkims(struct config_builder *builder);

/* Set streams; all sources must be complete. */
void	config_collect_streams(struct config_builder *builder);
/* Set header_names and secret_names; all sources must be complete. */
void	config_collect_names(struct config_builder *builder);

/* config_load() from memory, for tests of hostile text. */
struct config *config_load_text(const char *file, const char *text,
	    size_t len, FILE *faults, size_t *nfaults);

#endif /* CONFIG_PRIVATE_H */
