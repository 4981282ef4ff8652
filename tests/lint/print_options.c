/* SPDX-License-Identifier: ISC */

/*
 * Print the options that the schema of the configuration has, one a line,
 * those of a section behind its name; or, with a file, check that file.
 */

#include <stdio.h>
#include <string.h>

#include "config_private.h"

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

int
main(int argc, char **argv)
{
	struct config *config;
	size_t nfaults;

	if (argc == 1) {
		print_section(config_schema(), "");
		return 0;
	}
	config = config_load(argv[1], stderr, &nfaults);
	if (config == NULL)
		return 1;
	config_unref(config);
	return 0;
}
