/* SPDX-License-Identifier: ISC */

/*
 * Texts that are printed into memory: see memstream.h.
 *
 * The stream is one of fopencookie(3), of which glibc says when a write has
 * failed.  Some texts have secrets, so memory that is outgrown is cleared, and
 * the stream has no buffer, which fclose(3) would free as it is.
 */

#include "base/memstream.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE	1024

struct memstream {
	char	**text;
	size_t	 *len;
	size_t	  size;		/* allocated, with the NUL */
};

static bool
grow(struct memstream *stream, size_t needed)
{
	size_t size = stream->size;
	char *text;

	while (size < needed) {
		if (size > SIZE_MAX / 2)
			return false;
		size *= 2;
	}
	if (size == stream->size)
		return true;
	text = recallocarray(*stream->text, stream->size, size, 1);
	if (text == NULL)
		return false;
	*stream->text = text;
	stream->size = size;
	return true;
}

/* As fopencookie(3) wants it: 0 is an error. */
static ssize_t
cb_write(void *cookie, const char *octets, size_t n)
{
	struct memstream *stream = cookie;

	if (n >= SIZE_MAX - *stream->len || !grow(stream, *stream->len + n + 1))
		return 0;
	memcpy(*stream->text + *stream->len, octets, n);
	*stream->len += n;
	(*stream->text)[*stream->len] = '\0';
	return (ssize_t)n;
}

static int
cb_close(void *cookie)
{
	free(cookie);
	return 0;
}

FILE *
memstream_open(char **text, size_t *len)
{
	static const cookie_io_functions_t functions = {
		.write = cb_write, .close = cb_close
	};
	struct memstream *stream = malloc(sizeof(*stream));
	FILE *fp = NULL;

	*text = calloc(1, FIRST_SIZE);
	*len = 0;
	if (stream != NULL && *text != NULL) {
		*stream = (struct memstream){ text, len, FIRST_SIZE };
		fp = fopencookie(stream, "w", functions);
	}
	if (fp != NULL) {
		(void)setvbuf(fp, NULL, _IONBF, 0);
		return fp;
	}
	free(stream);
	free(*text);
	*text = NULL;
	return NULL;
}

bool
memstream_close(FILE *fp, char **text)
{
	const bool has_failed = ferror(fp) != 0;

	if (fclose(fp) == 0 && !has_failed)
		return true;
	free(*text);
	*text = NULL;
	return false;
}
