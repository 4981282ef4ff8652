/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: decisions.  The input is sources, a message and what DNS says;
 * what must be true of every decision about them is.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "policyworld.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct policyworld world;
	const char *wrong;

	if (policyworld_init(&world, data, len) == 0 &&
	    (wrong = policyworld_check(&world)) != NULL) {
		(void)fprintf(stderr, "%s\n", wrong);
		abort();
	}
	policyworld_finish(&world);
	return 0;
}
