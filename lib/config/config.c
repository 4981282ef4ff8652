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

/* A file with secrets must be readable by the front, but by no others. */
static void
check_secrecy(struct config_builder *builder)
{
	const struct config *config = builder->config;
	struct file_user user;
	char text[1024];
	int fd;

	if (!builder->is_file || config->secret_names.n == 0 ||
	    config->file == NULL || config->user == NULL)
		return;
	if ((fd = open(config->file, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	user_file_find_user(&user, config->user, NULL);
	if (!user_file_keeps_secret(config->file, fd, &user, text,
	    sizeof(text)))
		config_fault(&builder->faults, 0, "holds a secret_header: %s",
		    text);
	(void)close(fd);
}

/* Frees the text. */
static void
build(struct config_builder *builder, char *text)
{
	struct config_node *root;

	root = config_outline(text, config_schema(), &builder->faults);
	if (root != NULL) {
		config_merge_presets(builder, root);
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
		if (text != NULL)
			build(builder, text);
		counted->blocks = builder->blocks;
		atomic_init(&counted->references, 1);
	}
	config_faults_print(&builder->faults, file, faults);
	*nfaults = builder->faults.total;
	if (builder->faults.no_memory) {
		fprintf(faults, "%s: out of memory\n", file);
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
	struct config_builder builder = { .is_file = true };
	char *text;

	text = config_text_read(file, &builder.faults);
	return load(file, text, &builder, faults, nfaults);
}

struct config *
config_load_text(const char *file, const char *text, size_t len,
    FILE *faults, size_t *nfaults)
{
	struct config_builder builder = { 0 };
	char *copy;

	copy = config_text_copy(text, len, &builder.faults);
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
