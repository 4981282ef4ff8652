/* SPDX-License-Identifier: ISC */

/*
 * Texts that are printed to open_memstream(3).
 *
 * If memory is short while glibc's fclose(3) gives the text its final size, it
 * returns 0 all the same, and there is no text.
 */

#include "base/memstream.h"

#include <stdlib.h>

bool
memstream_close(FILE *fp, char **text)
{
	bool failed = ferror(fp) != 0;

	if (fclose(fp) == 0 && !failed && *text != NULL)
		return true;
	free(*text);
	*text = NULL;
	return false;
}
