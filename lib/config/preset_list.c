/* SPDX-License-Identifier: ISC */

/*
 * All presets: see presets.h.
 *
 * Each file is read as for a source that names it, so a preset that could not
 * be used is reported in the same words, and is not in the list.  Summaries
 * point into the trees of the files, which the list keeps.
 *
 * Fails when out of memory.
 */

#include "config/presets.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/preset_file.h"

struct preset {
	struct preset_summary	 summary;
	char			*name;
	struct config_node	*file;
};

struct preset_list {
	struct preset	 presets[PRESETS_MAX];
	size_t		 n;
};

/* What preset_file_each() needs. */
struct reading {
	struct preset_list	*list;
	struct config_builder	 builder;
	struct config_node	*root;		/* with preset_dir */
};

/* A setting's values as a list; false when out of memory. */
static bool
texts_of(const struct config_node *file, const char *name,
    struct text_list *list)
{
	const struct config_setting *setting = config_setting(file, name);
	const char **texts;
	size_t i;

	memset(list, 0, sizeof(*list));
	if (setting == NULL)
		return true;
	if ((texts = calloc(setting->nvalues, sizeof(*texts))) == NULL)
		return false;
	for (i = 0; i < setting->nvalues; i++)
		texts[i] = setting->values[i].text;
	list->texts = texts;
	list->n = setting->nvalues;
	return true;
}

static void
preset_finish(struct preset *preset)
{
	free((void *)(uintptr_t)preset->summary.tenants.texts);
	free((void *)(uintptr_t)preset->summary.needs.texts);
	config_node_free(preset->file);
	free(preset->name);
	memset(preset, 0, sizeof(*preset));
}

static void
add_preset(const char *name, void *arg)
{
	struct reading *r = arg;
	struct preset *preset = &r->list->presets[r->list->n];
	struct config_value value = { .line = 0 };
	const struct config_setting *title;

	if (r->list->n == PRESETS_MAX ||
	    preset_list_find(r->list, name) != NULL)
		return;
	if ((preset->name = value.text = strdup(name)) == NULL) {
		r->builder.faults.no_memory = true;
		return;
	}
	preset->file = preset_file_read(&r->builder, r->root, &value);
	if (preset->file == NULL || !texts_of(preset->file, "tenant",
	    &preset->summary.tenants) || !texts_of(preset->file, "needs",
	    &preset->summary.needs)) {
		r->builder.faults.no_memory |= preset->file != NULL;
		preset_finish(preset);
		return;
	}
	title = config_setting(preset->file, "title");
	preset->summary.name = preset->name;
	preset->summary.title = title != NULL ? title->values[0].text : "";
	r->list->n++;
}

static int
compare(const void *a, const void *b)
{
	const struct preset *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* A tree that has at most this setting; NULL when out of memory. */
static struct config_node *
root_with(const char *preset_dir)
{
	struct config_node *root = config_node_new(NULL, NULL, NULL, 1);
	struct config_setting *setting;

	if (root == NULL || preset_dir == NULL)
		return root;
	setting = config_setting_new(root, config_option_find(config_schema(),
	    "preset_dir", strlen("preset_dir")));
	if (setting == NULL ||
	    config_setting_add(setting, preset_dir, 1) != 0) {
		config_node_free(root);
		return NULL;
	}
	return root;
}

struct preset_list *
preset_list_read(const char *preset_dir, FILE *faults)
{
	struct reading r = { .list = NULL };

	r.list = calloc(1, sizeof(*r.list));
	r.root = root_with(preset_dir);
	if (r.list != NULL && r.root != NULL) {
		preset_file_each(r.root, add_preset, &r);
		config_faults_print(&r.builder.faults, "presets", faults);
	}
	if (r.list == NULL || r.root == NULL || r.builder.faults.no_memory) {
		preset_list_free(r.list);
		r.list = NULL;
	} else
		qsort(r.list->presets, r.list->n, sizeof(r.list->presets[0]),
		    compare);
	config_faults_finish(&r.builder.faults);
	config_node_free(r.root);
	return r.list;
}

void
preset_list_free(struct preset_list *list)
{
	if (list == NULL)
		return;
	while (list->n > 0)
		preset_finish(&list->presets[--list->n]);
	free(list);
}

size_t
preset_list_count(const struct preset_list *list)
{
	return list->n;
}

const struct preset_summary *
preset_list_at(const struct preset_list *list, size_t i)
{
	return &list->presets[i].summary;
}

const struct preset_summary *
preset_list_find(const struct preset_list *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->presets[i].name, name) == 0)
			return &list->presets[i].summary;
	return NULL;
}
