/* SPDX-License-Identifier: ISC */

/*
 * JSON values, RFC 8259.  All that the helper prints is ASCII by nature;
 * octets beyond it are escaped as if Latin-1, so that the output is JSON
 * whatever comes.
 */

#include "base/json.h"

#include <string.h>

#include "base/rfc3339.h"

void
json_string(FILE *fp, const char *text, size_t len)
{
	unsigned char c;
	size_t i;

	(void)putc('"', fp);
	for (i = 0; i < len; i++) {
		c = (unsigned char)text[i];
		if (c == '"' || c == '\\')
			(void)fprintf(fp, "\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			(void)fprintf(fp, "\\u%04x", c);
		else
			(void)putc(c, fp);
	}
	(void)putc('"', fp);
}

void
json_time(FILE *fp, int64_t seconds)
{
	char buf[RFC3339_SIZE];

	if (!rfc3339_print(seconds, buf))
		(void)fputs("null", fp);
	else
		json_string(fp, buf, strlen(buf));
}
