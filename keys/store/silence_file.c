/* SPDX-License-Identifier: ISC */

/*
 * The file of the name servers that are silent: see silence_file.h.
 *
 * It is read line by line, and replaced as a whole, under the lock of the key
 * directory, whose temporary name it uses.
 */

#include "store/silence_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memstream.h"
#include "base/rfc3339.h"
#include "store/line_file.h"
#include "store/private.h"

#define FILE_NAME	"servers"
#define FIRST_LINE	"countersign-servers 1"

static struct place
silence_place(struct keystore *ks)
{
	struct place place = { .ks = ks, .name = FILE_NAME, .dirfd = ks->fd };

	return place;
}

/* "ZONE SERVER": two fields of printable octets. */
static bool
is_name(const char *name)
{
	const char *p, *blank = strchr(name, ' ');

	if (blank == NULL || blank == name || blank[1] == '\0' ||
	    strchr(blank + 1, ' ') != NULL ||
	    strlen(name) >= KS_SILENCE_NAME_SIZE)
		return false;
	for (p = name; *p != '\0'; p++)
		if (!isgraph((unsigned char)*p) && p != blank)
			return false;
	return true;
}

/* Read a line, which is changed.  False if it is not one of ours. */
static bool
parse_line(char *line, struct ks_silence *silence)
{
	char *fields[3], *blank;
	const char *reason;
	size_t i;

	for (i = 0; i < 3; i++) {
		fields[i] = line;
		if ((blank = strchr(line, ' ')) == NULL)
			return false;
		*blank = '\0';
		line = blank + 1;
	}
	silence->name = line;
	silence->nlooks = (unsigned int)strtonum(fields[2], 1, KS_MAX_LOOKS,
	    &reason);
	return reason == NULL && is_name(line) &&
	    rfc3339_parse(fields[0], strlen(fields[0]), &silence->since) &&
	    rfc3339_parse(fields[1], strlen(fields[1]), &silence->last) &&
	    silence->since <= silence->last;
}

struct taking {
	ks_silence_add_fn	*add;
	void			*context;
	size_t			 n;
};

static int
take_line(void *context, char *line)
{
	struct taking *taking = context;
	struct ks_silence silence;

	if (++taking->n > KS_MAX_SILENCES || !parse_line(line, &silence))
		return KS_E_DAMAGED;
	return taking->add(taking->context, &silence);
}

int
ks_silences_read(struct keystore *ks, ks_silence_add_fn *add, void *context,
    struct ks_error *error)
{
	struct taking taking = { .add = add, .context = context };
	struct place place = silence_place(ks);
	struct line_stop stop;
	size_t len;
	char *text;
	int r;

	r = place_read(&place, KS_LOOSE_FILE, KS_MAX_SILENCE_FILE, &text,
	    &len, error);
	if (r != 0)
		return r == KS_E_NOKEY ? 0 : r;
	r = store_take_lines(text, len, FIRST_LINE, take_line, &taking,
	    &stop);
	place_free_text(text, len);
	if (r == KS_E_DAMAGED)
		return place_fail(&place, error, r, "line %zu: %s: "
		    "counting of silent name servers starts again",
		    stop.number, stop.why);
	return r == 0 ? 0 : place_fail(&place, error, r, "out of memory");
}

static int
print(const struct ks_silence *silences, size_t nsilences, char **text,
    size_t *len)
{
	char since[RFC3339_SIZE], last[RFC3339_SIZE];
	const struct ks_silence *silence;
	size_t i, n = 0;
	FILE *fp;

	*text = NULL;
	if ((fp = memstream_open(text, len)) == NULL)
		return KS_E_NOMEM;
	(void)fprintf(fp, "%s\n", FIRST_LINE);
	for (i = 0; i < nsilences && n < KS_MAX_SILENCES; i++) {
		silence = &silences[i];
		if (!is_name(silence->name) || silence->nlooks == 0 ||
		    silence->nlooks > KS_MAX_LOOKS ||
		    silence->since > silence->last ||
		    !rfc3339_print(silence->since, since) ||
		    !rfc3339_print(silence->last, last))
			continue;
		(void)fprintf(fp, "%s %s %u %s\n", since, last,
		    silence->nlooks, silence->name);
		n++;
	}
	return memstream_close(fp, text) ? 0 : KS_E_NOMEM;
}

int
ks_silences_write(struct keystore *ks, const struct ks_silence *silences,
    size_t nsilences, struct ks_error *error)
{
	struct place place = silence_place(ks);
	char *text;
	size_t len;
	int fd, r;

	if (nsilences == 0) {
		if (unlinkat(ks->fd, FILE_NAME, 0) == 0 || errno == ENOENT)
			return 0;
		return place_fail_errno(&place, error, "cannot remove");
	}
	if (print(silences, nsilences, &text, &len) != 0)
		return place_fail(&place, error, KS_E_NOMEM, "out of memory");
	r = store_wait_keydir(ks, STORE_BRIEFLY_S, &fd, error);
	if (r == 0) {
		r = place_replace(&place, KS_MODE_FILE, text, len, error);
		(void)close(fd);
	}
	free(text);
	return r;
}
