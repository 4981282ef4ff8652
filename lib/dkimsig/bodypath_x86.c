/* SPDX-License-Identifier: ISC */

/*
 * The paths of the body scan on x86-64, and which of them this CPU supports.
 * The compiler's library asks the CPU once, when the program begins; it also
 * asks whether the system saves the wide registers.  Nothing here fails.
 */

#include "dkimsig/bodypath.h"

static bool
has_avx512(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512vbmi2") &&
	    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}

static bool
has_avx2(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
}

static bool
always(void)
{
	return true;
}

static const struct bodypath paths[] = {
	{ "avx512", has_avx512, bodypath_avx512, bodypath_avx512_copy },
	{ "avx2", has_avx2, bodypath_avx2, bodypath_avx2_copy },
	{ "sse2", always, bodypath_sse2, bodypath_sse2_copy },
	{ "portable", always, bodypath_portable, bodypath_portable_copy },
};

const struct bodypath *
bodypath_list(size_t *n)
{
	*n = sizeof(paths) / sizeof(paths[0]);
	return paths;
}
