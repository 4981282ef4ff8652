/* SPDX-License-Identifier: ISC */

/*
 * The option that names a configuration, in commands that messages advise.
 *
 * The same command without it would read another file, so what a message says
 * would not be true of it.  Files are compared by their names as given.
 */

#include "config/config.h"

#include <string.h>

static bool
is_default(const char *file)
{
	return strcmp(file, CONFIG_DEFAULT_FILE) == 0;
}

const char *
config_option(const char *file)
{
	return is_default(file) ? "" : " -c ";
}

const char *
config_option_file(const char *file)
{
	return is_default(file) ? "" : file;
}
