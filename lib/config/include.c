/* SPDX-License-Identifier: ISC */

/*
 * Files that the main file of a configuration includes.
 *
 * Each is parsed by itself, so that a brace that is missing in one does no harm
 * in the next, and its statements are added to the tree of the main file.  What
 * may appear once may appear once in all files.  Drafts take the place of
 * files.
 *
 * Whoever can change such a file decides whose mail is signed.  So the file and
 * its directory must belong to root or to the owner of the main file, and
 * nobody else may change them.
 *
 * Fails if a directory or file cannot be read or others may change it, if there
 * are too many files or octets, and when out of memory.
 */

#include "config/private.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/user_name.h"

struct include {
	struct config_builder	*builder;
	struct config_node	*root;
	unsigned int		*seen;
	unsigned int		 before;	/* lines so far */
	size_t			 octets;	/* so far */
	uid_t			 owner;		/* of the main file */
};

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A directory that is not there has no files; others must be readable. */
static int
is_unreadable(const char *path, int error)
{
	(void)path;
	return error != ENOENT && error != ENOTDIR;
}

/*
 * Report, as a fault of a line, whoever else may change a file or directory;
 * what comes before the text.
 */
static bool
check_owner(struct include *include, const char *what, const char *path,
    const struct stat *st, unsigned int line)
{
	char name[USER_NAME_SIZE];

	if (st->st_uid != 0 && st->st_uid != include->owner) {
		user_name(st->st_uid, name);
		config_fault(&include->builder->faults, line, "%sowner %s "
		    "could have any mail signed: chown root %s", what, name,
		    path);
		return false;
	}
	if ((st->st_mode & 0022) != 0) {
		config_fault(&include->builder->faults, line, "%smode %04o "
		    "lets others have any mail signed: chmod go-w %s", what,
		    (unsigned int)st->st_mode & 07777, path);
		return false;
	}
	return true;
}

static bool
check_folder(struct include *include, const char *path, unsigned int line)
{
	char what[PATH_MAX + 16], folder[PATH_MAX];
	int len = (int)(strrchr(path, '/') - path);
	struct stat st;

	(void)snprintf(folder, sizeof(folder), "%.*s", len == 0 ? 1 : len,
	    path);
	(void)snprintf(what, sizeof(what), "directory %s: ", folder);
	if (stat(folder, &st) != -1)
		return check_owner(include, what, folder, &st, line);
	config_fault(&include->builder->faults, line, "%s%s", what,
	    strerror(errno));
	return false;
}

/* The text of a file; NULL after a fault. */
static char *
read_file(struct include *include, const char *path)
{
	struct config_faults *faults = &include->builder->faults;
	const struct config_draft *draft;
	char *text = NULL;
	struct stat st;
	int fd;

	if ((draft = config_draft_of(include->builder, path)) != NULL)
		return config_text_copy(draft->text, strlen(draft->text),
		    include->before, faults);
	/* O_NONBLOCK: do not wait for a writer if it is a FIFO. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1)
		config_fault(faults, include->before, "cannot be read: %s",
		    strerror(errno));
	else if (check_owner(include, "", path, &st, include->before))
		text = config_text_read_fd(fd, include->before, faults);
	if (fd != -1)
		(void)close(fd);
	return text;
}

static unsigned int
count_lines(const char *text)
{
	unsigned int n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* Add a file; false if there are too many, or too large ones. */
static bool
add_file(struct include *include, const char *path, unsigned int line)
{
	struct config_builder *builder = include->builder;
	char *text;

	if (!config_add_file(builder, path, include->before, line))
		return false;
	if ((text = read_file(include, path)) == NULL) {
		include->before++;
		return true;
	}
	include->octets += strlen(text);
	if (include->octets > CONFIG_MAX_OCTETS)
		config_fault(&builder->faults, include->before, "with this "
		    "file, the configuration is larger than %d octets",
		    CONFIG_MAX_OCTETS);
	else
		config_outline_add(include->root, text, include->before,
		    include->seen, &builder->faults);
	include->before += count_lines(text) + 2;
	free(text);
	return include->octets <= CONFIG_MAX_OCTETS;
}

/*
 * Add the drafts of files that a pattern would find to those that it found, in
 * the order of their octets, so that the language of the system does not
 * matter.  Returns their number; *paths is for free(3), and NULL when out of
 * memory.
 */
static size_t
with_drafts(struct include *include, const char *pattern, const glob_t *found,
    const char ***paths)
{
	const struct config_builder *builder = include->builder;
	size_t i, n;

	n = found->gl_pathc;
	*paths = calloc(n + builder->ndrafts + 1, sizeof(**paths));
	if (*paths == NULL) {
		include->builder->faults.no_memory = true;
		return 0;
	}
	for (i = 0; i < n; i++)
		(*paths)[i] = found->gl_pathv[i];
	for (i = 0; i < builder->ndrafts; i++)
		if (fnmatch(pattern, builder->drafts[i].path,
		    FNM_PATHNAME | FNM_PERIOD) == 0 &&
		    access(builder->drafts[i].path, F_OK) == -1)
			(*paths)[n++] = builder->drafts[i].path;
	qsort(*paths, n, sizeof(**paths), compare);
	return n;
}

/* Report why a pattern found nothing, if that is a fault. */
static void
report_glob(struct include *include, const struct config_value *pattern,
    int r)
{
	struct config_faults *faults = &include->builder->faults;

	if (r == GLOB_NOMATCH && strpbrk(pattern->text, "*?[") == NULL &&
	    config_draft_of(include->builder, pattern->text) == NULL)
		config_fault(faults, pattern->line, "include: there is no "
		    "file %s", pattern->text);
	else if (r == GLOB_NOSPACE)
		faults->no_memory = true;
	else if (r != 0 && r != GLOB_NOMATCH)
		config_fault(faults, pattern->line, "include: the directory "
		    "of %s cannot be read: %s", pattern->text,
		    strerror(errno));
}

/*
 * Remember the directory that a pattern searches, if it is a single one: who
 * reads the configuration must be able to read it.  Beyond the limit, and when
 * out of memory, it is not checked.
 */
static void
remember_folder(struct config_builder *builder, const char *pattern)
{
	struct text_list *folders = &builder->config->folders;
	const char *slash = strrchr(pattern, '/');
	char folder[PATH_MAX];
	int len = (int)(slash - pattern);

	if (strpbrk(slash, "*?[") == NULL || len >= PATH_MAX ||
	    folders->n == CONFIG_MAX_FOLDERS)
		return;
	(void)snprintf(folder, sizeof(folder), "%.*s", len == 0 ? 1 : len,
	    pattern);
	if (strpbrk(folder, "*?[") != NULL || text_list_has(folders, folder))
		return;
	if (builder->folders == NULL)
		builder->folders = config_alloc(builder, CONFIG_MAX_FOLDERS,
		    sizeof(*builder->folders));
	if (builder->folders == NULL)
		return;
	folders->texts = builder->folders;
	builder->folders[folders->n] = config_strdup(builder, folder);
	if (builder->folders[folders->n] != NULL)
		folders->n++;
}

/* The directory below which all files of a pattern are. */
static bool
may_search(struct include *include, const struct config_value *pattern)
{
	char folder[PATH_MAX];
	size_t len;

	len = strcspn(pattern->text, "*?[");
	while (len > 1 && pattern->text[len - 1] != '/')
		len--;
	if (len >= sizeof(folder))
		return true;
	memcpy(folder, pattern->text, len);
	folder[len] = '\0';
	return config_may_use(include->builder, CONFIG_SEARCHES, folder,
	    "include", pattern->text, pattern->line);
}

/* Add all files of one pattern. */
static bool
add_pattern(struct include *include, const struct config_value *pattern)
{
	struct config_faults *faults = &include->builder->faults;
	bool goes_on = true;
	const char **paths;
	glob_t found;
	size_t i, n;
	int r;

	if (pattern->text[0] != '/') {
		config_fault(faults, pattern->line, "include: \"%s\" does not "
		    "begin with \"/\"; write the whole path", pattern->text);
		return true;
	}
	remember_folder(include->builder, pattern->text);
	if (!may_search(include, pattern))
		return true;
	r = glob(pattern->text, GLOB_NOSORT, is_unreadable, &found);
	report_glob(include, pattern, r);
	if (r == GLOB_NOMATCH)
		memset(&found, 0, sizeof(found));
	else if (r != 0)
		return true;
	n = with_drafts(include, pattern->text, &found, &paths);
	for (i = 0; i < n && goes_on && !faults->no_memory; i++)
		if (config_draft_of(include->builder, paths[i]) != NULL ||
		    (check_folder(include, paths[i], pattern->line) &&
		    config_may_use(include->builder, CONFIG_READS, paths[i],
		    "include", paths[i], pattern->line)))
			goes_on = add_file(include, paths[i], pattern->line);
	free(paths);
	if (r == 0)
		globfree(&found);
	return goes_on;
}

/* Only the main file, which ends before a line, may include others. */
static void
refuse_nested(struct include *include, unsigned int end)
{
	const struct config_setting *setting;

	TAILQ_FOREACH(setting, &include->root->settings, entry)
		if (config_is_bare(setting->option) &&
		    setting->values[0].line > end)
			config_fault(&include->builder->faults,
			    setting->values[0].line, "only the main file, %s, "
			    "can include others; do it there",
			    include->builder->config->file);
}

void
config_include(struct config_builder *builder, struct config_node *root,
    unsigned int before, unsigned int seen[CONFIG_MAX_OPTIONS])
{
	struct include include = {
		.builder = builder, .root = root, .seen = seen,
		.before = before + 2, .owner = geteuid()
	};
	const struct config_setting *setting;
	struct stat st;

	if (stat(builder->config->file, &st) == 0)
		include.owner = st.st_uid;
	TAILQ_FOREACH(setting, &root->settings, entry)
		if (config_is_bare(setting->option) &&
		    setting->values[0].line <= before &&
		    !add_pattern(&include, &setting->values[0]))
			break;
	refuse_nested(&include, before);
}
