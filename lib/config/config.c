/* SPDX-License-Identifier: ISC */

/*
 * Loading a configuration, and counting references to it.
 *
 * Everything that a configuration points to is in one list of memory blocks,
 * which is freed with the last reference.  The public struct is the first
 * member of the struct that holds the list and the count.
 */

#include "config/private.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/user_file.h"

struct counted_config {
	struct config	 config;
	struct config_blocks blocks;
	atomic_uint	 references;
};

static void
blocks_free(struct counted_config *counted)
{
	struct config_block *block;

	while ((block = SLIST_FIRST(&counted->blocks)) != NULL) {
		SLIST_REMOVE_HEAD(&counted->blocks, entry);
		free(block);
	}
}

static bool
holds_secret(const struct config *config, const struct config_file *file)
{
	size_t i;

	for (i = 0; i < config->nsources; i++)
		if (config->sources[i].nsecrets > 0 &&
		    config_place(config, config->sources[i].line).file ==
		    file->path)
			return true;
	return false;
}

/* A file with secrets must be readable by the front, but by no others. */
static void
check_secrecy(struct config_builder *builder)
{
	const struct config *config = builder->config;
	const struct config_file *file;
	struct file_user user;
	char text[1024];
	size_t i;
	int fd;

	if (!builder->is_file || config->secret_names.n == 0 ||
	    config->user == NULL)
		return;
	user_file_find_user(&user, config->user, NULL);
	for (i = 0; i < config->files.n; i++) {
		file = &config->files.list[i];
		if (!holds_secret(config, file) ||
		    config_draft_of(builder, file->path) != NULL ||
		    (fd = open(file->path, O_RDONLY | O_CLOEXEC)) == -1)
			continue;
		if (!user_file_keeps_secret(file->path, fd, &user, text,
		    sizeof(text)))
			config_fault(&builder->faults, file->before,
			    "holds a secret_header: %s", text);
		(void)close(fd);
	}
}

/* Add the text of the main file, and the files that it includes. */
static void
outline(struct config_builder *builder, struct config_node *root,
    const char *text)
{
	unsigned int seen[CONFIG_MAX_OPTIONS] = { 0 }, lines = 0;
	const char *p;

	config_outline_add(root, text, 0, seen, &builder->faults);
	for (p = text; *p != '\0'; p++)
		lines += *p == '\n';
	if (builder->is_file)
		config_include(builder, root, lines, seen);
}

/* Frees the text. */
static void
build(struct config_builder *builder, char *text)
{
	struct config_node *root;

	root = config_node_new(NULL, NULL, NULL, 1);
	if (root == NULL)
		builder->faults.no_memory = true;
	else
		outline(builder, root, text);
	/*
	 * Without memory, the tree may have settings without values.  Without
	 * a file, it would have faults that are none.
	 */
	if (!builder->faults.no_memory && !builder->is_out)
		config_merge_presets(builder, root);
	if (!builder->faults.no_memory && !builder->is_out) {
		config_apply(builder, root);
		check_secrecy(builder);
		config_collect_warnings(builder, root);
	}
	config_node_free(root);
	free(text);
}

/* Frees the text, which is NULL after a fault. */
static struct config *
load(const char *file, char *text, struct config_builder *builder,
    FILE *faults, size_t *nfaults)
{
	struct counted_config *counted;

	counted = calloc(1, sizeof(*counted));
	if (counted == NULL) {
		builder->faults.no_memory = true;
		free(text);
	} else {
		SLIST_INIT(&builder->blocks);
		builder->config = &counted->config;
		counted->config.file = config_strdup(builder, file);
		if (config_add_file(builder, file, 0, 0) && text != NULL)
			build(builder, text);
		else
			free(text);
		counted->blocks = builder->blocks;
		atomic_init(&counted->references, 1);
	}
	config_faults_print(&builder->faults, file, faults);
	*nfaults = builder->faults.total;
	if (builder->faults.no_memory) {
		(void)fprintf(faults, "%s: out of memory\n", file);
		++*nfaults;
	}
	config_faults_finish(&builder->faults);
	if (*nfaults == 0)
		return &counted->config;
	if (counted != NULL)
		blocks_free(counted);
	free(counted);
	return NULL;
}

struct config *
config_load(const char *file, FILE *faults, size_t *nfaults)
{
	return config_load_drafts(file, NULL, 0, faults, nfaults);
}

struct config *
config_load_within(const char *file, const struct config_bounds *bounds,
    FILE *faults, size_t *nfaults)
{
	struct config_builder builder = { .is_file = true, .bounds = bounds };
	char *text;

	text = config_text_read(file, 0, &builder.faults);
	return load(file, text, &builder, faults, nfaults);
}

struct config *
config_load_drafts(const char *file, const struct config_draft *drafts,
    size_t ndrafts, FILE *faults, size_t *nfaults)
{
	struct config_builder builder = {
		.is_file = true, .drafts = drafts, .ndrafts = ndrafts
	};
	const struct config_draft *draft;
	char *text;

	if ((draft = config_draft_of(&builder, file)) != NULL)
		text = config_text_copy(draft->text, strlen(draft->text), 0,
		    &builder.faults);
	else
		text = config_text_read(file, 0, &builder.faults);
	return load(file, text, &builder, faults, nfaults);
}

struct config *
config_load_text(const char *file, const char *text, size_t len,
    FILE *faults, size_t *nfaults)
{
	struct config_builder builder = { 0 };
	char *copy;

	copy = config_text_copy(text, len, 0, &builder.faults);
	return load(file, copy, &builder, faults, nfaults);
}

struct config *
config_ref(struct config *config)
{
	struct counted_config *counted = (struct counted_config *)config;

	atomic_fetch_add(&counted->references, 1);
	return config;
}

void
config_unref(struct config *config)
{
	struct counted_config *counted = (struct counted_config *)config;

	if (config == NULL ||
	    atomic_fetch_sub(&counted->references, 1) != 1)
		return;
	blocks_free(counted);
	free(counted);
}
