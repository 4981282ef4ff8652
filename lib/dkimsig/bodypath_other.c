/* SPDX-License-Identifier: ISC */

/*
 * The paths of the body scan on machines that have only the portable one.
 * Compiled instead of bodypath_x86.c, also with the build option simd=false.
 * Nothing here fails.
 */

#include "dkimsig/bodypath.h"

static bool
always(void)
{
	return true;
}

static const struct bodypath paths[] = {
	{ "portable", always, bodypath_portable, bodypath_portable_copy },
};

const struct bodypath *
bodypath_list(size_t *n)
{
	*n = sizeof(paths) / sizeof(paths[0]);
	return paths;
}
