/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: what countersign-metrics reads.  The first line is a field
 * Accept, of a client; all after it are octets of the table, as a front that
 * was taken over can write them, at places that they choose themselves.  Each
 * line of the text has a form that Prometheus reads, and no series is there
 * twice in a row.
 */

#include <sys/mman.h>

#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/meters.h"
#include "metrics/accept.h"
#include "metrics/exposition.h"

#define PLACE		4	/* octets that say where the next ones go */
#define PIECE		32	/* octets that go there */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct meters *meters;
static unsigned char *octets;
static size_t size;

static void
make_table(void)
{
	int fd, reader;

	if (meters_make(&fd, &reader) == NULL)
		err(1, "table");
	size = (size_t)lseek(fd, 0, SEEK_END);
	octets = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	meters = meters_map(reader);
	if (octets == MAP_FAILED || meters == NULL)
		err(1, "table");
}

/* Write the pieces, or zeros where they are. */
static void
write_table(const uint8_t *data, size_t len, int is_clearing)
{
	uint32_t place;
	size_t n;

	while (len > PLACE) {
		memcpy(&place, data, PLACE);
		data += PLACE;
		len -= PLACE;
		n = len < PIECE ? len : PIECE;
		place %= (uint32_t)(size - PIECE);
		if (is_clearing)
			memset(octets + place, 0, n);
		else
			memcpy(octets + place, data, n);
		data += n;
		len -= n;
	}
}

static void
check_lines(const char *text, size_t len)
{
	const char *end = text + len, *line = text, *next, *p;
	const char *before = NULL;
	size_t namelen, beforelen = 0;

	if (len == 0 || end[-1] != '\n')
		abort();
	for (; line < end; line = next) {
		next = (const char *)memchr(line, '\n',
		    (size_t)(end - line)) + 1;
		for (p = line; p < next - 1; p++)
			if ((unsigned char)*p < ' ')
				abort();
		if (line[0] == '#')
			continue;
		while (p > line && *p != ' ')
			p--;
		namelen = (size_t)(p - line);
		if (strncmp(line, "countersign_", 12) != 0 ||
		    strspn(p + 1, "0123456789.") !=
		    (size_t)(next - p - 2) ||
		    (namelen == beforelen &&
		    memcmp(line, before, namelen) == 0))
			abort();
		before = line;
		beforelen = namelen;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *table = memchr(data, '\n', len);
	size_t acceptlen = table != NULL ? (size_t)(table - data) : len;
	char *accept, *text;
	size_t textlen;
	bool is_openmetrics;

	if (octets == NULL)
		make_table();
	if ((accept = strndup((const char *)data, acceptlen)) == NULL)
		return 0;
	is_openmetrics = accept_wants_openmetrics(accept);
	free(accept);
	write_table(data + acceptlen, len - acceptlen, 0);
	text = exposition_write(meters, is_openmetrics, &textlen);
	if (text != NULL)
		check_lines(text, textlen);
	free(text);
	write_table(data + acceptlen, len - acceptlen, 1);
	return 0;
}
