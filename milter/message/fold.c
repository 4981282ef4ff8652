/* SPDX-License-Identifier: ISC */

/*
 * Line ends of folded header field values, between libmilter and the wire.
 *
 * libmilter hands over folds with LF and wants them so; a signature is made
 * over CRLF.  A CR alone is left as it is.  Only a lack of memory can fail.
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
