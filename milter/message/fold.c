/* SPDX-License-Identifier: ISC */

/*
 * Line ends of folded header field values, between libmilter and the wire.
 *
 * libmilter gives and expects folds with LF; signatures are made over CRLF.
 * A CR without LF is left as it is.  Fails only when out of memory.
 */

#include "message/fold.h"

#include <stdint.h>
#include <stdlib.h>

char *
fold_to_crlf(const char *value, size_t valuelen, size_t *outlen)
{
	char *out;
	size_t i, n = 0;

	if (valuelen >= SIZE_MAX / 2 ||
	    (out = malloc(2 * valuelen + 1)) == NULL)
		return NULL;
	for (i = 0; i < valuelen; i++) {
		if (value[i] == '\n' && (i == 0 || value[i - 1] != '\r'))
			out[n++] = '\r';
		out[n++] = value[i];
	}
	out[n] = '\0';
	*outlen = n;
	return out;
}

char *
fold_to_lf(const char *value, size_t valuelen)
{
	char *out;
	size_t i, n = 0;

	if ((out = malloc(valuelen + 1)) == NULL)
		return NULL;
	for (i = 0; i < valuelen; i++)
		if (value[i] != '\r' || i + 1 == valuelen ||
		    value[i + 1] != '\n')
			out[n++] = value[i];
	out[n] = '\0';
	return out;
}
