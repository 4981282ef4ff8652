/* SPDX-License-Identifier: ISC */

/*
 * Key records (RFC 6376 section 3.6.2) from DNS or from a file.  The file is
 * for machines without DNS, for old mail whose keys were removed from DNS, and
 * for tests.
 *
 * keysource_file() and keysource_dns() fail with a text if the file cannot be
 * read or the resolver cannot be set up.  A failed lookup is an answer with a
 * reason.
 */

#include "keysource.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "resolver/resolver.h"

#define TIMEOUT_MS	5000	/* for one lookup */

struct entry {
	char	*name;		/* no final dot */
	char	*txt;
	size_t	 txtlen;
};

struct keysource {
	struct dns_resolver *resolver;	/* NULL: use entries */
	struct entry	*entries;
	size_t		 n;
};

/* Join the quoted strings of a zone file in place; returns the new length. */
static size_t
unquote(char *txt)
{
	char *from = txt, *to = txt;
	bool inside = false;

	for (; *from != '\0'; from++) {
		if (*from == '"')
			inside = !inside;
		else if (inside) {
			if (*from == '\\' && from[1] != '\0')
				from++;
			*to++ = *from;
		}
	}
	*to = '\0';
	return (size_t)(to - txt);
}

/* Add a line without its line end; false when out of memory. */
static bool
add_line(struct keysource *source, char *line)
{
	struct entry *entries, *e;
	size_t len;
	char *txt;

	line += strspn(line, " \t");
	if (*line == '\0' || *line == '#')
		return true;
	len = strcspn(line, " \t");
	txt = line + len + strspn(line + len, " \t");
	if (len > 0 && line[len - 1] == '.')
		len--;
	entries = recallocarray(source->entries, source->n, source->n + 1,
	    sizeof(*entries));
	if (entries == NULL)
		return false;
	source->entries = entries;
	e = &entries[source->n++];
	if ((e->name = strndup(line, len)) == NULL ||
	    (e->txt = strdup(txt)) == NULL)
		return false;
	e->txtlen = *e->txt == '"' ? unquote(e->txt) : strlen(e->txt);
	return true;
}

struct keysource *
keysource_file(const char *path, char *error, size_t errorsize)
{
	struct keysource *source = NULL;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *fp;
	bool ok = true;

	if ((fp = fopen(path, "re")) == NULL ||
	    (source = calloc(1, sizeof(*source))) == NULL) {
		(void)snprintf(error, errorsize, "%s: %s", path,
		    strerror(errno));
		if (fp != NULL)
			(void)fclose(fp);
		return NULL;
	}
	while (ok && (len = getline(&line, &size, fp)) != -1) {
		while (len > 0 && (line[len - 1] == '\n' ||
		    line[len - 1] == '\r'))
			line[--len] = '\0';
		ok = add_line(source, line);
	}
	if (!ok || ferror(fp) != 0) {
		(void)snprintf(error, errorsize, "%s: %s", path,
		    strerror(errno));
		keysource_free(source);
		source = NULL;
	}
	free(line);
	(void)fclose(fp);
	return source;
}

struct keysource *
keysource_dns(const char *server, char *error, size_t errorsize)
{
	const struct dns_options options = { .servers = &server,
	    .nservers = server != NULL, .timeout_ms = TIMEOUT_MS };
	struct keysource *source;

	if ((source = calloc(1, sizeof(*source))) == NULL) {
		(void)strlcpy(error, "out of memory", errorsize);
		return NULL;
	}
	source->resolver = dns_resolver_new(&options, error, errorsize);
	if (source->resolver == NULL) {
		free(source);
		return NULL;
	}
	return source;
}

void
keysource_free(struct keysource *source)
{
	size_t i;

	if (source == NULL)
		return;
	for (i = 0; i < source->n; i++) {
		free(source->entries[i].name);
		free(source->entries[i].txt);
	}
	free(source->entries);
	dns_resolver_free(source->resolver);
	free(source);
}

/* Copy a record into the answer; out of memory makes it a failed answer. */
static void
add_txt(struct keyanswer *answer, const char *txt, size_t len)
{
	char *copy;

	if (answer->ntxts++ >= KEYSOURCE_MAX_TXT)
		return;
	if ((copy = malloc(len + 1)) == NULL) {
		answer->ntxts--;
		answer->status = DKIMSIG_DNS_FAILED;
		(void)strlcpy(answer->error, "out of memory",
		    sizeof(answer->error));
		return;
	}
	memcpy(copy, txt, len);
	copy[len] = '\0';
	answer->txts[answer->ntxts - 1] = copy;
	answer->lens[answer->ntxts - 1] = len;
}

static void
look_in_file(const struct keysource *source, const char *name,
    struct keyanswer *answer)
{
	const struct entry *e;
	size_t i;

	for (i = 0; i < source->n; i++) {
		e = &source->entries[i];
		if (strcasecmp(e->name, name) == 0)
			add_txt(answer, e->txt, e->txtlen);
	}
}

static void
ask_dns(struct keysource *source, const char *name, struct keyanswer *answer)
{
	struct dns_answer found;
	const struct dns_record *record;
	size_t i;

	if (dns_lookup(source->resolver, name, DNS_TXT, &found) ==
	    DNS_TEMPFAIL) {
		answer->status = DKIMSIG_DNS_FAILED;
		(void)strlcpy(answer->error, found.reason,
		    sizeof(answer->error));
	}
	for (i = 0; found.status == DNS_OK && i < found.n; i++) {
		record = &found.records[i];
		add_txt(answer, (const char *)record->data, record->len);
	}
	dns_answer_free(&found);
}

void
keysource_lookup(struct keysource *source, const char *name,
    struct keyanswer *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->status = DKIMSIG_DNS_NONE;
	if (source->resolver != NULL)
		ask_dns(source, name, answer);
	else
		look_in_file(source, name, answer);
	if (answer->status != DKIMSIG_DNS_FAILED && answer->ntxts > 0)
		answer->status = answer->ntxts == 1 ? DKIMSIG_DNS_FOUND :
		    DKIMSIG_DNS_MANY;
}

void
keyanswer_finish(struct keyanswer *answer)
{
	size_t i;

	for (i = 0; i < KEYSOURCE_MAX_TXT; i++)
		free(answer->txts[i]);
	memset(answer, 0, sizeof(*answer));
}
