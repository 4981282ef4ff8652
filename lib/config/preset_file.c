/* SPDX-License-Identifier: ISC */

/*
 * Preset files: see preset_file.h.
 *
 * A preset is the file NAME.conf in the first directory that has one.  Its
 * facts are checked as a whole: if one is missing, the preset proves less
 * than it should, so the file states how many it has.
 *
 * Fails if there is no such file, if the file has an error, and when out of
 * memory.
 */

#include "config/preset_file.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/presets.h"
#include "text/distance.h"

#define MAX_NAME	40	/* octets */
#define MAX_PATH	1024
#define SUFFIX		".conf"

static bool
is_preset_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= MAX_NAME &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

size_t
preset_directories(const char *preset_dir,
    const char *list[PRESETS_MAX_DIRECTORIES])
{
	size_t n = 0;

	if (preset_dir != NULL)
		list[n++] = preset_dir;
	list[n++] = CONFIG_PRESETS_LOCAL;
	list[n++] = CONFIG_PRESETS_INSTALLED;
	return n;
}

static size_t
directories(const struct config_node *root,
    const char *list[PRESETS_MAX_DIRECTORIES])
{
	const struct config_setting *setting;

	setting = config_setting(root, "preset_dir");
	return preset_directories(setting != NULL ? setting->values[0].text :
	    NULL, list);
}

static bool
find_file(const struct config_node *root, const char *name, char *path)
{
	const char *list[PRESETS_MAX_DIRECTORIES];
	size_t n = directories(root, list), i;

	for (i = 0; i < n; i++) {
		(void)snprintf(path, MAX_PATH, "%s/%s" SUFFIX, list[i],
		    name);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

static int
is_preset_file(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, SUFFIX) == 0;
}

void
preset_file_each(const struct config_node *root,
    void (*each)(const char *name, void *arg), void *arg)
{
	const char *list[PRESETS_MAX_DIRECTORIES];
	size_t n = directories(root, list), i;
	struct dirent **entries;
	int nentries, j;

	for (i = 0; i < n; i++) {
		nentries = scandir(list[i], &entries, is_preset_file,
		    alphasort);
		for (j = 0; j < nentries; j++) {
			/* The suffix is the end of the name. */
			*strrchr(entries[j]->d_name, '.') = '\0';
			each(entries[j]->d_name, arg);
			free(entries[j]);
		}
		if (nentries >= 0)
			free(entries);
	}
}

/* A list of names, for a fault, and the one that was meant. */
struct names {
	const char	*wanted;
	char		 buf[1024];
	char		 nearest[MAX_NAME + 1];	/* "": none */
	size_t		 distance;
};

static void
add_name(const char *name, void *arg)
{
	struct names *names = arg;
	size_t distance;

	strlcat(names->buf, names->buf[0] != '\0' ? ", " : "",
	    sizeof(names->buf));
	strlcat(names->buf, name, sizeof(names->buf));
	if (text_nearest(&name, 1, names->wanted) == NULL)
		return;
	distance = text_distance(names->wanted, name);
	if (names->nearest[0] == '\0' || distance < names->distance) {
		(void)strlcpy(names->nearest, name, sizeof(names->nearest));
		names->distance = distance;
	}
}

/* Report each fault of a preset for the line that names the preset. */
static void
report(struct config_builder *builder, const struct config_value *name,
    const char *path, struct config_faults *faults)
{
	struct config_faults *all = &builder->faults;
	size_t i;

	config_faults_sort(faults);
	for (i = 0; i < faults->n; i++) {
		const struct config_fault *fault = &faults->list[i];
		char line[16] = "";

		if (fault->line != 0)
			(void)snprintf(line, sizeof(line), ":%u", fault->line);
		config_fault(all, name->line, "preset \"%s\" cannot be used: "
		    "%s%s: %s", name->text, path, line, fault->text);
	}
	if (faults->total > faults->n)
		config_fault(all, name->line, "preset \"%s\" cannot be used: "
		    "%s: %zu more errors", name->text, path,
		    faults->total - faults->n);
}

bool
preset_file_is_factor(const struct config_setting *setting)
{
	const char *name = setting->option->name;

	return strcmp(name, "date") != 0 && strcmp(name, "grade") != 0 &&
	    strcmp(name, "source") != 0 && strcmp(name, "when") != 0;
}

static bool
has_factor(const struct config_node *fact)
{
	const struct config_setting *setting;

	TAILQ_FOREACH(setting, &fact->settings, entry)
		if (preset_file_is_factor(setting))
			return true;
	return !STAILQ_EMPTY(&fact->nodes);
}

/* Each fact says where it is known from, since when, and how reliably. */
static void
check_fact(struct config_faults *faults, const struct config_node *fact)
{
	static const char *const grades[] = {
		"documented", "reported", "observed",
	};
	const struct config_setting *date = config_setting(fact, "date");
	const struct config_setting *grade = config_setting(fact, "grade");
	size_t i;

	for (i = 0; grade != NULL && i < 3; i++)
		if (strcmp(grade->values[0].text, grades[i]) == 0)
			break;
	if (date != NULL && strlen(date->values[0].text) == 10 &&
	    grade != NULL && i < 3 && config_setting(fact, "source") != NULL)
		return;
	config_fault(faults, fact->line, "fact \"%s\" needs a source, a date "
	    "like 2026-11-23, and a grade: documented, reported or observed",
	    fact->title);
}

/* A file that lost facts is refused: the preset would prove less. */
static void
check_facts(struct config_faults *faults, const struct config_node *file)
{
	const struct config_setting *facts = config_setting(file, "facts");
	const struct config_node *fact;
	size_t n = 0, nfactors = 0;
	const char *error;

	STAILQ_FOREACH(fact, &file->nodes, entry) {
		check_fact(faults, fact);
		n++;
		nfactors += has_factor(fact);
	}
	if (nfactors == 0)
		config_fault(faults, 0, "no fact in it has a factor, so it "
		    "proves nothing; restore the file, or add a fact with a "
		    "factor");
	else if (facts == NULL)
		config_fault(faults, 0, "\"facts\" is missing; if the file is "
		    "complete, add facts = %zu, otherwise restore it", n);
	else if ((size_t)strtonum(facts->values[0].text, 1, CONFIG_MAX_FILE,
	    &error) != n || error != NULL)
		config_fault(faults, facts->values[0].line, "\"facts\" is "
		    "\"%s\", but the file has %zu; if the file is complete, "
		    "write facts = %zu, otherwise restore it",
		    facts->values[0].text, n, n);
}

static struct config_node *
read_file(struct config_builder *builder, const struct config_value *name,
    const char *path)
{
	struct config_faults faults = { 0 };
	struct config_node *file = NULL;
	char *text;

	if ((text = config_text_read(path, 0, &faults)) != NULL)
		file = config_outline(text, config_preset_schema(), &faults);
	free(text);
	if (file != NULL && faults.total == 0)
		check_facts(&faults, file);
	if (faults.no_memory)
		builder->faults.no_memory = true;
	report(builder, name, path, &faults);
	if (faults.total > 0 || faults.no_memory) {
		config_node_free(file);
		file = NULL;
	}
	config_faults_finish(&faults);
	return file;
}

static void
report_unknown(struct config_builder *builder, const struct config_node *root,
    const struct config_value *name)
{
	struct names names = { .wanted = name->text };
	const char *list[PRESETS_MAX_DIRECTORIES];
	size_t n;

	preset_file_each(root, add_name, &names);
	n = directories(root, list);
	if (names.buf[0] == '\0')
		config_fault(&builder->faults, name->line, "unknown preset "
		    "\"%s\"; there are no presets in %s%s%s: install "
		    "countersign again, or name the directory with preset_dir",
		    name->text, list[0], n > 2 ? ", " : " or ",
		    n > 2 ? CONFIG_PRESETS_LOCAL " or "
		    CONFIG_PRESETS_INSTALLED : CONFIG_PRESETS_INSTALLED);
	else if (names.nearest[0] != '\0')
		config_fault(&builder->faults, name->line, "unknown preset "
		    "\"%s\"; did you mean \"%s\"? Known presets: %s",
		    name->text, names.nearest, names.buf);
	else
		config_fault(&builder->faults, name->line, "unknown preset "
		    "\"%s\"; known presets: %s", name->text, names.buf);
}

struct config_node *
preset_file_read(struct config_builder *builder,
    const struct config_node *root, const struct config_value *name)
{
	char path[MAX_PATH];

	if (!is_preset_name(name->text) || !find_file(root, name->text, path)) {
		report_unknown(builder, root, name);
		return NULL;
	}
	if (!config_may_use(builder, CONFIG_READS, path, "preset", path,
	    name->line))
		return NULL;
	return read_file(builder, name, path);
}
