/* SPDX-License-Identifier: ISC */

/*
 * Which line of a configuration is in which file.
 *
 * Each file gets a range of numbers: the first stands for the file as a whole,
 * the others for its lines.  The range of the main file begins with 0, so that
 * its lines are what they seem.
 *
 * Fails if there are too many files, and when out of memory.
 */

#include "config/private.h"

struct config_place
config_place_in(const struct config_files *files, unsigned int line)
{
	struct config_place place = { NULL, line };
	size_t i;

	for (i = 0; files != NULL && i < files->n &&
	    files->list[i].before <= line; i++) {
		place.file = files->list[i].path;
		place.line = line - files->list[i].before;
	}
	return place;
}

struct config_place
config_place(const struct config *config, unsigned int line)
{
	return config_place_in(&config->files, line);
}

void
config_print_line(const struct config_files *files, unsigned int line,
    unsigned int from, char text[CONFIG_LINE_SIZE])
{
	struct config_place place = config_place_in(files, line);

	if (place.file == config_place_in(files, from).file)
		(void)snprintf(text, CONFIG_LINE_SIZE, "line %u", place.line);
	else
		(void)snprintf(text, CONFIG_LINE_SIZE, "line %u of %s",
		    place.line, place.file);
}

bool
config_add_file(struct config_builder *builder, const char *path,
    unsigned int before, unsigned int from)
{
	struct config_files *files = &builder->config->files;
	struct config_file *file;

	if (builder->files == NULL)
		builder->files = config_alloc(builder, CONFIG_MAX_FILES,
		    sizeof(*builder->files));
	if (builder->files == NULL)
		return false;
	if (files->n == CONFIG_MAX_FILES) {
		config_fault(&builder->faults, from, "more than %d files with "
		    "the main one; put more into one file", CONFIG_MAX_FILES);
		return false;
	}
	file = &builder->files[files->n];
	file->path = config_strdup(builder, path);
	file->before = before;
	if (file->path == NULL)
		return false;
	files->list = builder->files;
	files->n++;
	builder->faults.files = files;
	return true;
}
