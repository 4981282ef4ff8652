/* SPDX-License-Identifier: ISC */

/*
 * The faults of a configuration, and memory for one that is being built.
 *
 * Faults are found in several passes, but printed in the order of lines.
 * Control characters in them are replaced, because a fault that quotes the file
 * must not send escape sequences to a terminal.
 */

#include "config/private.h"

#include <stdlib.h>
#include <string.h>

bool
config_faults_has_syntax(const struct config_faults *faults,
    unsigned int line)
{
	size_t i;

	for (i = 0; i < faults->n; i++)
		if (faults->list[i].is_syntax && faults->list[i].line == line)
			return true;
	/* It may not be in the list, which is limited. */
	return line != 0 && line == faults->syntax_line;
}

static void	add(struct config_faults *faults, unsigned int line,
		    bool is_syntax, const char *format, va_list ap)
		    __attribute__((__format__(printf, 4, 0)));

static void
add(struct config_faults *faults, unsigned int line, bool is_syntax,
    const char *format, va_list ap)
{
	struct config_fault *list;
	char *text, *p;

	faults->total++;
	if (faults->n == CONFIG_MAX_FAULTS)
		return;
	if (vasprintf(&text, format, ap) == -1) {
		faults->no_memory = true;
		return;
	}
	for (p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	list = recallocarray(faults->list, faults->n, faults->n + 1,
	    sizeof(*list));
	if (list == NULL) {
		free(text);
		faults->no_memory = true;
		return;
	}
	faults->list = list;
	list[faults->n].line = line;
	list[faults->n].is_syntax = is_syntax;
	list[faults->n].text = text;
	faults->n++;
}

void
config_fault(struct config_faults *faults, unsigned int line,
    const char *format, ...)
{
	va_list ap;

	if (config_faults_has_syntax(faults, line))
		return;
	va_start(ap, format);
	add(faults, line, false, format, ap);
	va_end(ap);
}

void
config_vfault_syntax(struct config_faults *faults, unsigned int line,
    const char *format, va_list ap)
{
	add(faults, line, true, format, ap);
	faults->syntax_line = line;
}

void
config_faults_sort(struct config_faults *faults)
{
	struct config_fault *list = faults->list, fault;
	size_t i, j;

	for (i = 1; i < faults->n; i++) {
		fault = list[i];
		for (j = i; j > 0 && list[j - 1].line > fault.line; j--)
			list[j] = list[j - 1];
		list[j] = fault;
	}
}

void
config_faults_print(struct config_faults *faults, const char *file, FILE *out)
{
	struct config_place place;
	size_t i;

	config_faults_sort(faults);
	for (i = 0; i < faults->n; i++) {
		place = config_place_in(faults->files, faults->list[i].line);
		(void)fprintf(out, "%s",
		    place.file != NULL ? place.file : file);
		if (place.line != 0)
			(void)fprintf(out, ":%u", place.line);
		(void)fprintf(out, ": %s\n", faults->list[i].text);
	}
	if (faults->total > faults->n)
		(void)fprintf(out, "%s: %zu more errors\n", file,
		    faults->total - faults->n);
}

void
config_faults_finish(struct config_faults *faults)
{
	size_t i;

	for (i = 0; i < faults->n; i++)
		free(faults->list[i].text);
	free(faults->list);
	faults->list = NULL;
	faults->n = 0;
}

void *
config_alloc(struct config_builder *builder, size_t n, size_t size)
{
	struct config_block *block;

	if (size != 0 && n > (SIZE_MAX - sizeof(max_align_t) * 2) / size)
		block = NULL;
	else
		block = calloc(1, sizeof(max_align_t) + n * size);
	if (block == NULL) {
		builder->faults.no_memory = true;
		return NULL;
	}
	SLIST_INSERT_HEAD(&builder->blocks, block, entry);
	return (char *)block + sizeof(max_align_t);
}

char *
config_strdup(struct config_builder *builder, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy;

	if ((copy = config_alloc(builder, 1, size)) != NULL)
		memcpy(copy, text, size);
	return copy;
}
