/* SPDX-License-Identifier: ISC */

/*
 * The epoch keys of this host: see file.h.
 *
 * The form of a line is strict; what is in it is for epoch.c, which opens an
 * envelope only after its row was verified.  Pure functions but for that.
 */

#include "epochs/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memstream.h"
#include "signed/base64.h"

#define FIRST_LINE	"countersign-fleet-epochs 1"
#define NFIELDS		4

/* A line, decoded. */
struct entry {
	struct fleet_wrap	 wrap;
	unsigned char		 signature[FLEET_SIGNATURE];
};

static bool
parse_entry(char *line, struct entry *entry)
{
	unsigned char *signature;
	char *fields[NFIELDS], *p = line;
	size_t i, len;

	for (i = 0; i < NFIELDS; i++)
		if ((fields[i] = strsep(&p, " ")) == NULL)
			return false;
	if (p != NULL || strcmp(fields[0], "wrap") != 0)
		return false;
	entry->wrap.octets = (char *)fleet_base64_decode(fields[1],
	    FLEET_MAX_WRAP, &entry->wrap.len);
	entry->wrap.blob = (char *)fleet_base64_decode(fields[3],
	    FLEET_MAX_WRAP, &entry->wrap.bloblen);
	signature = fleet_base64_decode(fields[2], FLEET_SIGNATURE, &len);
	if (signature != NULL && len == FLEET_SIGNATURE)
		memcpy(entry->signature, signature, len);
	free(signature);
	return signature != NULL && len == FLEET_SIGNATURE &&
	    entry->wrap.octets != NULL && entry->wrap.blob != NULL;
}

static int
load_line(struct fleet_epochs *epochs, char *line,
    const struct fleet_members *members, const char *host,
    const struct fleet_hostkeys *keys, struct ks_error *why)
{
	struct entry entry;
	int r;

	memset(&entry, 0, sizeof(entry));
	if (parse_entry(line, &entry))
		r = fleet_wrap_retake(epochs, members, host, keys->cert,
		    keys->wrap, &entry.wrap, entry.signature, why);
	else
		r = fleet_fail(why, KS_E_DAMAGED, "not a row");
	fleet_wrap_finish(&entry.wrap);
	return r;
}

/* The lines of a copy, which is cut at its line ends. */
static int
load_lines(struct fleet_epochs *epochs, char *text,
    const struct fleet_members *members, const char *host,
    const struct fleet_hostkeys *keys, struct ks_error *error)
{
	struct ks_error why;
	size_t number = 1;
	char *line, *p = text;
	int r = 0;

	if (strcmp(strsep(&p, "\n"), FIRST_LINE) != 0)
		return fleet_fail(error, KS_E_DAMAGED, "epochs: a file of "
		    "another version");
	while (r == 0 && (line = strsep(&p, "\n")) != NULL) {
		number++;
		r = load_line(epochs, line, members, host, keys, &why);
	}
	if (r == 0)
		return 0;
	if (error != NULL)
		(void)snprintf(error->text, sizeof(error->text),
		    "epochs: line %zu: %.700s", number, why.text);
	return r == KS_E_NOMEM ? r : KS_E_DAMAGED;
}

int
fleet_epochs_load(struct fleet_epochs *epochs, const char *text, size_t len,
    const struct fleet_members *members, const char *host,
    const struct fleet_hostkeys *keys, struct ks_error *error)
{
	char *copy;
	int r;

	memset(epochs, 0, sizeof(*epochs));
	if (len == 0 || memchr(text, '\0', len) != NULL ||
	    text[len - 1] != '\n')
		return fleet_fail(error, KS_E_DAMAGED, "epochs: cut off");
	if ((copy = strndup(text, len - 1)) == NULL)
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	r = load_lines(epochs, copy, members, host, keys, error);
	free(copy);
	if (r != 0)
		fleet_epochs_finish(epochs);
	return r;
}

int
fleet_epochs_add(char **text, size_t *len, const struct fleet_wrap *wrap,
    const unsigned char signature[FLEET_SIGNATURE])
{
	char *new = NULL;
	size_t newlen = 0;
	bool is_good;
	FILE *fp;

	if ((fp = memstream_open(&new, &newlen)) == NULL)
		return KS_E_NOMEM;
	if (*text == NULL)
		is_good = fputs(FIRST_LINE "\n", fp) != EOF;
	else
		is_good = fwrite(*text, 1, *len, fp) == *len;
	is_good = is_good && fputs("wrap", fp) != EOF &&
	    fleet_base64_print(fp, wrap->octets, wrap->len) &&
	    fleet_base64_print(fp, signature, FLEET_SIGNATURE) &&
	    fleet_base64_print(fp, wrap->blob, wrap->bloblen) &&
	    fputc('\n', fp) != EOF;
	if (!memstream_close(fp, &new) || !is_good) {
		free(new);
		return KS_E_NOMEM;
	}
	free(*text);
	*text = new;
	*len = newlen;
	return 0;
}
