/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a body through each path of the scan that this CPU supports, in
 * pieces, compared with a slow reference.  The first two octets say where the
 * body is cut, and how long it was before: blocks begin elsewhere then.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bodypaths.h"

#define PREFIX	128	/* octets of text at most before the body */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bodyshould should;
	const char *path;
	size_t cuts[2], prefix, total;
	char *body;

	if (len < 2)
		return 0;
	prefix = data[1] % PREFIX;
	total = prefix + len - 2;
	if ((body = malloc(total + 1)) == NULL)
		return 0;
	memset(body, 'x', prefix);
	memcpy(body + prefix, data + 2, len - 2);
	cuts[0] = data[0] * total / 255;
	cuts[1] = cuts[0] + (total - cuts[0]) / 2;
	if (bodypaths_init(&should, body, total) &&
	    (!bodypaths_agree(&should, NULL, 0, &path) ||
	    !bodypaths_agree(&should, cuts, 2, &path)))
		abort();
	free(body);
	return 0;
}
