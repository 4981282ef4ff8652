/* SPDX-License-Identifier: ISC */

/*
 * The file of the other hosts of a store: see hosts_file.h.
 *
 * It is read line by line, and replaced as a whole, under the lock of the key
 * directory, whose temporary name it uses.
 */

#include "store/hosts_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memstream.h"
#include "base/rfc3339.h"
#include "store/line_file.h"
#include "store/private.h"

#define FILE_NAME	"hosts"
#define FIRST_LINE	"countersign-hosts 1"
#define KEY_FIELDS	8	/* of a line of a key, with the first word */
#define HOST_FIELDS	5	/* of a line of a host; the last is the rest */

static struct place
hosts_place(struct keystore *ks)
{
	struct place place = { .ks = ks, .name = FILE_NAME, .dirfd = ks->fd };

	return place;
}

static void
finish_record(struct ks_host_record *record)
{
	size_t i;

	for (i = 0; i < record->nkeys; i++)
		free(record->keys[i].name);
	free(record->keys);
	record->keys = NULL;
	record->nkeys = 0;
}

void
ks_hosts_finish(struct ks_hosts *hosts)
{
	size_t i;

	for (i = 0; i < hosts->n; i++)
		finish_record(&hosts->list[i]);
	free(hosts->list);
	memset(hosts, 0, sizeof(*hosts));
}

struct ks_host_record *
ks_hosts_find(const struct ks_hosts *hosts, const char *host)
{
	size_t i;

	for (i = 0; i < hosts->n; i++)
		if (strcmp(hosts->list[i].host, host) == 0)
			return &hosts->list[i];
	return NULL;
}

struct ks_host_record *
ks_hosts_get(struct ks_hosts *hosts, const char *host)
{
	struct ks_host_record *record, *list;

	if ((record = ks_hosts_find(hosts, host)) != NULL)
		return record;
	list = recallocarray(hosts->list, hosts->n, hosts->n + 1,
	    sizeof(*list));
	if (list == NULL)
		return NULL;
	hosts->list = list;
	record = &list[hosts->n++];
	(void)strlcpy(record->host, host, sizeof(record->host));
	record->reached = record->failing = KS_NEVER;
	return record;
}

static int
compare(const void *a, const void *b)
{
	const struct ks_host_key *one = a, *other = b;

	return strcmp(one->name, other->name);
}

const struct ks_host_key *
ks_host_key(const struct ks_host_record *record, const char *domain,
    const struct ks_key *key)
{
	char name[DKIMSIG_DOMAIN_SIZE + KS_SELECTOR_SIZE];
	struct ks_host_key wanted = { .name = name };
	const struct ks_host_key *found;

	if (record == NULL || record->nkeys == 0)
		return NULL;
	(void)snprintf(name, sizeof(name), "%s %s", domain, key->selector);
	found = bsearch(&wanted, record->keys, record->nkeys,
	    sizeof(*record->keys), compare);
	return found != NULL && found->generated == key->generated ? found :
	    NULL;
}

void
ks_host_take_keys(struct ks_host_record *record, struct ks_host_key *keys,
    size_t nkeys)
{
	finish_record(record);
	if (nkeys > 1)
		qsort(keys, nkeys, sizeof(*keys), compare);
	record->keys = keys;
	record->nkeys = nkeys;
}

/* -- Reading ------------------------------------------------------------- */

static bool
parse_time(const char *text, int64_t *when)
{
	*when = KS_NEVER;
	return strcmp(text, "-") == 0 ||
	    rfc3339_parse(text, strlen(text), when);
}

/* Cut a line at its blanks; the last field may have more of them. */
static bool
split(char *line, char **fields, size_t n)
{
	char *blank;
	size_t i;

	for (i = 0; i < n; i++) {
		fields[i] = line;
		if (i + 1 == n)
			break;
		if ((blank = strchr(line, ' ')) == NULL)
			return false;
		*blank = '\0';
		line = blank + 1;
	}
	return true;
}

static int
parse_host(struct ks_hosts *hosts, char *line)
{
	struct ks_host_record *record;
	char *fields[HOST_FIELDS];

	if (!split(line, fields, HOST_FIELDS) ||
	    !ks_host_name_is_valid(fields[1]) || hosts->n == KS_MAX_HOSTS ||
	    ks_hosts_find(hosts, fields[1]) != NULL)
		return KS_E_DAMAGED;
	if ((record = ks_hosts_get(hosts, fields[1])) == NULL)
		return KS_E_NOMEM;
	if (!parse_time(fields[2], &record->reached) ||
	    !parse_time(fields[3], &record->failing) ||
	    strlcpy(record->fault, strcmp(fields[4], "-") == 0 ? "" :
	    fields[4], sizeof(record->fault)) >= sizeof(record->fault))
		return KS_E_DAMAGED;
	return 0;
}

/* Grows by half, as there may be many. */
static struct ks_host_key *
append_key(struct ks_host_record *record, size_t *size)
{
	struct ks_host_key *keys;
	size_t more;

	if (record->nkeys == *size) {
		more = *size + *size / 2 + 16;
		keys = recallocarray(record->keys, *size, more, sizeof(*keys));
		if (keys == NULL)
			return NULL;
		record->keys = keys;
		*size = more;
	}
	return &record->keys[record->nkeys];
}

static int
parse_key(struct ks_host_record *record, char *line, size_t *size)
{
	char *fields[KEY_FIELDS], selector[KS_SELECTOR_SIZE];
	struct ks_host_key *key;

	if (!split(line, fields, KEY_FIELDS) ||
	    !ks_selector_normalize(fields[2], selector) ||
	    strlen(fields[1]) >= DKIMSIG_DOMAIN_SIZE)
		return KS_E_DAMAGED;
	if ((key = append_key(record, size)) == NULL)
		return KS_E_NOMEM;
	key->is_final = strcmp(fields[7], "-") != 0;
	key->used = KS_NEVER;
	if (!parse_time(fields[3], &key->generated) ||
	    !parse_time(fields[4], &key->taken) ||
	    !parse_time(fields[5], &key->until) ||
	    !parse_time(fields[6], &key->since) ||
	    (strcmp(fields[7], "never") != 0 &&
	    !parse_time(fields[7], &key->used)))
		return KS_E_DAMAGED;
	if (asprintf(&key->name, "%s %s", fields[1], selector) == -1) {
		key->name = NULL;
		return KS_E_NOMEM;
	}
	record->nkeys++;
	if (record->nkeys > 1 && strcmp(record->keys[record->nkeys - 2].name,
	    key->name) >= 0)
		return KS_E_DAMAGED;
	return 0;
}

struct taking {
	struct ks_hosts	*hosts;
	size_t		 size;		/* see parse_key() */
};

static int
take_line(void *context, char *line)
{
	struct taking *taking = context;
	struct ks_hosts *hosts = taking->hosts;

	if (strncmp(line, "host ", 5) == 0) {
		taking->size = 0;
		return parse_host(hosts, line);
	}
	if (strncmp(line, "key ", 4) == 0 && hosts->n > 0)
		return parse_key(&hosts->list[hosts->n - 1], line,
		    &taking->size);
	return KS_E_DAMAGED;
}

int
ks_hosts_read(struct keystore *ks, struct ks_hosts *hosts,
    struct ks_error *error)
{
	struct taking taking = { .hosts = hosts };
	struct place place = hosts_place(ks);
	struct line_stop stop;
	size_t len;
	char *text;
	int r;

	memset(hosts, 0, sizeof(*hosts));
	r = place_read(&place, KS_LOOSE_FILE, KS_MAX_HOSTS_FILE, &text, &len,
	    error);
	if (r != 0)
		return r == KS_E_NOKEY ? 0 : r;
	r = store_take_lines(text, len, FIRST_LINE, take_line, &taking,
	    &stop);
	place_free_text(text, len);
	if (r == 0)
		return 0;
	ks_hosts_finish(hosts);
	if (r == KS_E_DAMAGED)
		return place_fail(&place, error, r, "line %zu: %s: all "
		    "keys are pushed to the other hosts again", stop.number,
		    stop.why);
	return place_fail(&place, error, r, "out of memory");
}

/* -- Writing ------------------------------------------------------------- */

static const char *
print_time(int64_t when, char buf[RFC3339_SIZE])
{
	return when != KS_NEVER && rfc3339_print(when, buf) ? buf : "-";
}

static void
print_record(FILE *fp, const struct ks_host_record *record)
{
	char a[RFC3339_SIZE], b[RFC3339_SIZE], c[RFC3339_SIZE],
	    d[RFC3339_SIZE], e[RFC3339_SIZE];
	const struct ks_host_key *key;
	const char *p;
	size_t i;

	(void)fprintf(fp, "host %s %s %s ", record->host,
	    print_time(record->reached, a), print_time(record->failing, b));
	for (p = record->fault[0] == '\0' ? "-" : record->fault; *p != '\0';
	    p++)
		(void)fputc(iscntrl((unsigned char)*p) ? ' ' : *p, fp);
	(void)fputc('\n', fp);
	for (i = 0; i < record->nkeys; i++) {
		key = &record->keys[i];
		(void)fprintf(fp, "key %s %s %s %s %s %s\n", key->name,
		    print_time(key->generated, a), print_time(key->taken, b),
		    print_time(key->until, c), print_time(key->since, d),
		    !key->is_final ? "-" : key->used == KS_NEVER ? "never" :
		    print_time(key->used, e));
	}
}

int
ks_hosts_write(struct keystore *ks, const struct ks_hosts *hosts,
    unsigned int wait_s, struct ks_error *error)
{
	struct place place = hosts_place(ks);
	char *text = NULL;
	size_t i, len;
	FILE *fp;
	int fd, r;

	if ((fp = memstream_open(&text, &len)) == NULL)
		return place_fail(&place, error, KS_E_NOMEM, "out of memory");
	(void)fprintf(fp, "%s\n", FIRST_LINE);
	for (i = 0; i < hosts->n; i++)
		print_record(fp, &hosts->list[i]);
	if (!memstream_close(fp, &text))
		r = place_fail(&place, error, KS_E_NOMEM, "out of memory");
	else if (len > KS_MAX_HOSTS_FILE)
		r = place_fail(&place, error, KS_E_ARG, "would be larger than "
		    "%d octets: fewer domains or hosts are needed",
		    KS_MAX_HOSTS_FILE);
	else if ((r = store_wait_keydir(ks, wait_s, &fd, error)) == 0) {
		r = place_replace(&place, KS_MODE_FILE, text, len, error);
		(void)close(fd);
	}
	free(text);
	return r;
}
