/* SPDX-License-Identifier: ISC */

/*
 * A host of a fleet, for tests: has keys of its own, and does what commands on
 * its standard input say.  Prints "alarm ..." lines, and for each command a
 * line "done TEXT" or "failed TEXT".
 *
 *	begin			begin the fleet; the answer is its name
 *	join FLEET
 *	register		for the host that admits this one
 *	admit NAME
 *	expel NAME CHANGE	its rows count up to that; an epoch begins
 *	expel-list NAME		the list of that alone, without a key for it
 *	key DOMAIN TIME		a new key "a" that signs from TIME on, or 0
 *	removed DOMAIN COUNT TIME
 *				so many keys that were removed then; COUNT lines
 *	reserve DOMAIN		a new key "b", verified and in reserve
 *	end DOMAIN TIME		its row again: it retires then; 0: compromised
 *	gone DOMAIN		all its keys are removed
 *	poll			poll and confirm; the answer is the cursor
 *	has NAME DOMAIN CHANGE	whether a host has confirmed the key
 *	report			report last uses; seconds to the next
 *	used DOMAIN		hosts without a report, the first, the last use
 *	clock SECONDS		be off by that
 *	seal			seal the store from now on
 *	rows FIRST COUNT TIME FILE
 *				write rows of many domains for COPY, of a key
 *				that signs from TIME on, and one in reserve,
 *				verified then; the last number
 *
 * usage: hostcase KEYDIR NAME CONNINFO
 */

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "epochs/blob.h"
#include "hostcase.h"
#include "seal/seal.h"
#include "store/fleet_file.h"
#include "store/replica.h"

struct fleet_mirror mirror;
struct fleet_members members;
struct fleet_hostkeys keys;
struct ks_error error;

static struct seal *sealer;
static int64_t clock_off;

static int64_t
read_clock(void)
{
	return (int64_t)time(NULL) + clock_off;
}

static void
print_alarm(void *context, const char *domain, const char *selector,
    int64_t change, const char *why)
{
	(void)context;
	printf("alarm %s %s %lld %s\n", domain, selector, (long long)change,
	    why);
}

void
want(int r)
{
	if (r != 0)
		errx(1, "%d %s", r, error.text);
}

int64_t
run(const char *statement, const struct fleet_value *values, size_t n,
    struct fleet_rows **rows)
{
	struct fleet_db_error why;
	struct fleet_rows *own = NULL;
	int64_t number;

	if (fleet_db_connect(mirror.db, &why) != FLEET_DB_DONE ||
	    fleet_db_run(mirror.db, statement, values, n, &own, &why) !=
	    FLEET_DB_DONE)
		errx(1, "%s", why.text);
	number = fleet_rows_count(own) == 0 ? 0 :
	    fleet_rows_number(own, 0, 0);
	if (rows != NULL)
		*rows = own;
	else
		fleet_rows_free(own);
	return number;
}

int64_t
next_number(void)
{
	return run("SELECT change + 1 FROM countersign.fleet", NULL, 0, NULL);
}

void
sign(const char *octets, size_t len, unsigned char signature[FLEET_SIGNATURE])
{
	want(fleet_sign(keys.sign, octets, len, signature));
}

bool
poll_once(void)
{
	struct fleet_polled polled;
	int r;

	r = fleet_mirror_poll(&mirror, "test", read_clock() * 1000, &polled,
	    &error);
	if (r == 0)
		r = fleet_mirror_confirm(&mirror, &polled, &error);
	return r == 0;
}

/* -- Keys ----------------------------------------------------------------- */

char *
print_line(const struct ks_key *key, size_t *len)
{
	struct ks_state state;
	char *text, *line;

	memset(&state, 0, sizeof(state));
	want(ks_state_append(&state, key));
	want(ks_replica_print(&state, &text, len, &error));
	line = strdup(strchr(text, '\n') + 1);
	if (line == NULL)
		err(1, NULL);
	*len = strcspn(line, "\n");
	line[*len] = '\0';
	free(text);
	ks_state_finish(&state);
	return line;
}

/* Write a row under the lease, in place of that number; 0: a new one. */
static void
write_row_as(const struct fleet_row *row, int64_t replaces, const char *blob,
    size_t bloblen)
{
	unsigned char signature[FLEET_SIGNATURE];
	char token[FLEET_NUMBER_SIZE], before[FLEET_NUMBER_SIZE];
	char number[FLEET_NUMBER_SIZE], *octets;
	struct fleet_value values[8];
	size_t len;

	want(fleet_row_print(row, members.fleet, &octets, &len, &error));
	sign(octets, len, signature);
	values[0] = fleet_number(run("SELECT new_token FROM "
	    "countersign.take_lease(60)", NULL, 0, NULL), token);
	values[1] = fleet_number(replaces, before);
	values[2] = fleet_number(row->change, number);
	values[3] = fleet_text(row->domain);
	values[4] = fleet_text(row->selector);
	values[5] = fleet_octets(octets, len);
	values[6] = fleet_octets(signature, sizeof(signature));
	values[7] = fleet_octets(blob, bloblen);
	(void)run("SELECT countersign.change_key($1, $2, $3, $4, $5, $6, $7, "
	    "$8, $8::bytea IS NULL)", values, 8, NULL);
	(void)run("SELECT countersign.release_lease($1)", values, 1, NULL);
	printf("done %lld\n", (long long)row->change);
	free(octets);
}

void
write_row(const struct fleet_row *row, const char *blob, size_t bloblen)
{
	write_row_as(row, row->before, blob, bloblen);
}

/* A new key; from is when it signs, 0: it is in reserve, -1: just made. */
static void
make_key(const char *domain, const char *selector, int64_t from)
{
	struct fleet_row row = { .kind = FLEET_ROW_KEY,
	    .change = next_number(), .epoch = members.epoch };
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	char public[KS_PUBLIC_SIZE], *blob, *line;
	struct ks_key key;
	size_t len;

	ks_key_init(&key);
	(void)strlcpy(key.selector, selector, sizeof(key.selector));
	(void)strlcpy(row.selector, selector, sizeof(row.selector));
	key.algorithm = DKIMSIG_ED25519_SHA256;
	key.generated = 1000;
	if (from >= 0)
		key.published = key.seen = key.verified = 1000;
	if (from > 0)
		key.active_from = from;
	want(pkey == NULL ? -1 : ks_public_print(pkey, public));
	key.public = public;
	line = print_line(&key, &row.linelen);
	row.line = line;
	(void)strlcpy(row.domain, domain, sizeof(row.domain));
	(void)strlcpy(row.by, mirror.host, sizeof(row.by));
	want(fleet_blob_make(&mirror.epochs, members.fleet, &row, pkey, &blob,
	    &len, &error));
	write_row(&row, blob, len);
	free(blob);
	free(line);
	EVP_PKEY_free(pkey);
}

static void
cmd_key(char *words[])
{
	const int64_t from = atoll(words[2]);

	make_key(words[1], "a", from > 0 ? from : -1);
}

static void
cmd_reserve(char *words[])
{
	make_key(words[1], "b", 0);
}

static void
cmd_end(char *words[])
{
	const int64_t at = atoll(words[2]);
	struct fleet_kept_row *kept;
	struct fleet_kept list;
	struct fleet_row row;
	struct ks_state state;
	char *line;

	want(fleet_kept_read(mirror.taker.ks, words[1], &list, &error));
	if ((kept = fleet_kept_find(&list, "a")) == NULL)
		errx(1, "%s has no key", words[1]);
	want(fleet_row_parse(kept->octets, kept->octetslen, members.fleet,
	    &row, &error));
	want(fleet_row_key(&row, &state, &error));
	if (at == 0)
		state.keys[0].compromised = true;
	else
		state.keys[0].retire_at = at;
	line = print_line(&state.keys[0], &row.linelen);
	row.line = line;
	row.before = row.change;
	row.change = next_number();
	(void)strlcpy(row.by, mirror.host, sizeof(row.by));
	write_row(&row, NULL, 0);
	free(line);
	ks_state_finish(&state);
	fleet_kept_finish(&list);
}

/* The end of a domain: its row says so, and removes the others. */
static void
cmd_gone(char *words[])
{
	struct fleet_row row = { .kind = FLEET_ROW_GONE };
	struct fleet_kept list;

	want(fleet_kept_read(mirror.taker.ks, words[1], &list, &error));
	row.before = fleet_kept_highest(&list);
	row.change = next_number();
	(void)strlcpy(row.domain, words[1], sizeof(row.domain));
	(void)strlcpy(row.selector, FLEET_GONE, sizeof(row.selector));
	(void)strlcpy(row.by, mirror.host, sizeof(row.by));
	write_row_as(&row, 0, NULL, 0);
	fleet_kept_finish(&list);
}

static void
cmd_used(char *words[])
{
	char missing[FLEET_NAME_SIZE];
	struct ks_state state;
	size_t nmissing;
	int64_t last;

	want(ks_state_read(mirror.taker.ks, words[1], &state, &error));
	want(fleet_mirror_used(&mirror, &state, "a", &nmissing, missing,
	    &last, &error));
	printf("done %zu %s %lld\n", nmissing, missing[0] == '\0' ? "-" :
	    missing, (long long)last);
	ks_state_finish(&state);
}

/* -- Commands ------------------------------------------------------------- */

static void
cmd_poll(char *words[])
{
	(void)words;
	if (poll_once())
		printf("done %lld\n", (long long)mirror.marks.cursor);
	else
		printf("failed %s\n", error.text);
}

static void
cmd_has(char *words[])
{
	printf("done %d\n", fleet_confirmed_has(&mirror.confirmed, words[1],
	    words[2], "a", atoll(words[3])));
}

static void
cmd_report(char *words[])
{
	int64_t next;

	(void)words;
	want(fleet_mirror_report(&mirror, &next, &error));
	printf("done %lld\n", next == KS_NEVER ? -1 :
	    (long long)(next - mirror.taker.clock()));
}

static void
cmd_clock(char *words[])
{
	clock_off = atoll(words[1]);
	puts("done");
}

static void
cmd_seal(char *words[])
{
	char keks[SEAL_KEKS_SIZE];
	bool is_changed;

	(void)words;
	want(seal_start(sealer, NULL, &is_changed, keks, &error));
	want(ks_fleet_key_convert(mirror.taker.ks, KS_FLEET_SIGN_KEY, true,
	    &is_changed, &error));
	want(ks_fleet_key_convert(mirror.taker.ks, KS_FLEET_WRAP_KEY, true,
	    &is_changed, &error));
	puts("done");
}

static const struct {
	const char	*name;
	size_t		 nwords;
	void		(*run)(char *words[]);
} commands[] = {
	{ "admit",	2,	cmd_admit },
	{ "begin",	1,	cmd_begin },
	{ "clock",	2,	cmd_clock },
	{ "end",	3,	cmd_end },
	{ "expel",	3,	cmd_expel },
	{ "expel-list",	2,	cmd_expel_list },
	{ "gone",	2,	cmd_gone },
	{ "has",	4,	cmd_has },
	{ "join",	2,	cmd_join },
	{ "key",	3,	cmd_key },
	{ "poll",	1,	cmd_poll },
	{ "register",	1,	cmd_register },
	{ "removed",	4,	cmd_removed },
	{ "report",	1,	cmd_report },
	{ "reserve",	2,	cmd_reserve },
	{ "rows",	5,	cmd_rows },
	{ "seal",	1,	cmd_seal },
	{ "used",	2,	cmd_used },
};

static void
obey(char *line)
{
	char *words[5], *p = line;
	size_t i, n = 0;

	line[strcspn(line, "\n")] = '\0';
	while (n < 5 && p != NULL)
		words[n++] = strsep(&p, " ");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(words[0], commands[i].name) == 0 &&
		    n == commands[i].nwords) {
			commands[i].run(words);
			return;
		}
	errx(2, "usage: see the source");
}

static void
open_seen(const char *keydir)
{
	char path[4096];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", keydir, KS_FLEET_FOLDER);
	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	want(fleet_seen_open(&mirror.taker.seen, fd, path, &error));
	(void)close(fd);
}

static void
start(const char *keydir, const char *name, const char *conninfo)
{
	int r;

	mirror.page = 20;
	mirror.host = name;
	mirror.keys = &keys;
	mirror.list = &members;
	mirror.taker.clock = read_clock;
	mirror.taker.wait_s = 10;
	mirror.taker.alarm = print_alarm;
	want(fleet_db_new(&mirror.db, conninfo, &error));
	want(fleet_hostkeys_make(mirror.taker.ks, name, &keys, &error));
	r = fleet_mirror_load_members(mirror.taker.ks, &members, NULL,
	    &error);
	if (r != KS_E_NOKEY)
		want(r);
	r = fleet_marks_read(mirror.taker.ks, &mirror.marks, &error);
	if (r != KS_E_NOKEY)
		want(r);
	open_seen(keydir);
	want(fleet_mirror_load(&mirror, &error));
}

int
main(int argc, char *argv[])
{
	char line[512];

	if (argc != 4)
		errx(2, "usage: see the source");
	(void)seal_new(&sealer, NULL, NULL);
	want(ks_open(&mirror.taker.ks, argv[1], NULL, &error));
	seal_attach(sealer, mirror.taker.ks);
	start(argv[1], argv[2], argv[3]);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		obey(line);
		(void)fflush(stdout);
	}
	fleet_mirror_finish(&mirror);
	fleet_members_finish(&members);
	fleet_hostkeys_finish(&keys);
	fleet_seen_close(mirror.taker.seen);
	fleet_db_free(mirror.db);
	ks_close(mirror.taker.ks);
	seal_free(sealer);
	return 0;
}
