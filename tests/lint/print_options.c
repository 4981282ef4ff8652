/* SPDX-License-Identifier: ISC */

/*
 * Print the options in the schema of the configuration, one per line, with the
 * section before the name; or, given a file, check that file.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/private.h"

static void
print_section(const struct config_section *section, const char *prefix)
{
	char path[128];
	size_t i;

	for (i = 0; i < section->noptions; i++) {
		const struct config_option *option = &section->options[i];

		snprintf(path, sizeof(path), "%s%s", prefix, option->name);
		if (option->section == NULL) {
			puts(path);
			continue;
		}
		strlcat(path, "/", sizeof(path));
		print_section(option->section, path);
	}
}

/* Load a file, with the presets of the source tree. */
static struct config *
load_with_presets(const char *file, const char *presets)
{
	struct config_faults faults = { 0 };
	struct config *config = NULL;
	char *text, *whole;
	size_t nfaults;
	int len;

	if ((text = config_text_read(file, 0, &faults)) == NULL)
		return NULL;
	len = asprintf(&whole, "%s\npreset_dir = \"%s\"\n", text, presets);
	if (len != -1) {
		config = config_load_text(file, whole, (size_t)len, stderr,
		    &nfaults);
		free(whole);
	}
	free(text);
	return config;
}

/* Without arguments, print the options; with FILE PRESETS, check FILE. */
int
main(int argc, char **argv)
{
	struct config *config;

	if (argc != 3) {
		print_section(config_schema(), "");
		return 0;
	}
	config = load_with_presets(argv[1], argv[2]);
	if (config == NULL)
		return 1;
	config_unref(config);
	return 0;
}
