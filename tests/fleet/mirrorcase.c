/* SPDX-License-Identifier: ISC */

/*
 * The mirror, for tests, and rows for it: signed by a host whose key anybody
 * can know, with blobs that are not sealed.
 *
 *	mirrorcase list
 *		print the fleet, the first member list and its signature
 *	mirrorcase admit CHANGE
 *		print the second member list, for COPY
 *	mirrorcase rows FIRST COUNT CHANGE BEFORE TIME
 *		print COUNT rows of the domains dFIRST.example ..., one key
 *		each, for COPY into the table key; numbers begin at CHANGE, each
 *		replaces the number BEFORE and following, or nothing if that is
 *		0; TIME is when the keys begin to sign, or 0
 *	mirrorcase gone DOMAIN CHANGE BEFORE
 *	mirrorcase poll KEYDIR CONNINFO PAGE
 *		poll at each line of the standard input, and sweep if it says
 *		so; print a line for each alarm and for the result
 */

#include <sys/resource.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "mirror/mirror.h"
#include "store/fleet_file.h"
#include "store/replica.h"

static EVP_PKEY *
make_key(unsigned int number)
{
	unsigned char octets[32];
	EVP_PKEY *pkey;

	memset(octets, 1, sizeof(octets));
	memcpy(octets, &number, sizeof(number));
	pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, octets,
	    sizeof(octets));
	if (pkey == NULL)
		errx(1, "no key");
	return pkey;
}

static void
sign(const char *octets, size_t len, unsigned char signature[FLEET_SIGNATURE])
{
	EVP_PKEY *pkey = make_key(0);

	if (fleet_sign(pkey, octets, len, signature) != 0)
		errx(1, "cannot sign");
	EVP_PKEY_free(pkey);
}

static void
print_hex(const void *octets, size_t len)
{
	const unsigned char *p = octets;

	(void)fputs("\\\\x", stdout);
	while (len-- > 0)
		(void)printf("%02x", *p++);
}

static void
begin(struct fleet_members *members, char **octets, size_t *len,
    unsigned char signature[FLEET_SIGNATURE])
{
	struct fleet_host host = { .name = "relay1" };
	EVP_PKEY *pkey = make_key(0);
	struct ks_error error;

	if (fleet_sign_public(pkey, host.sign) != 0 ||
	    fleet_digest("", 0, host.wrap) != 0 ||
	    fleet_members_begin(&host, octets, len, &error) != 0)
		errx(1, "no member list");
	EVP_PKEY_free(pkey);
	sign(*octets, *len, signature);
	memset(members, 0, sizeof(*members));
	if (fleet_members_take(members, *octets, *len, signature,
	    &error) != 0)
		errx(1, "%s", error.text);
}

/* -- Rows ----------------------------------------------------------------- */

static char *
make_line(EVP_PKEY *pkey, int64_t active_from, size_t *len)
{
	struct ks_state state;
	struct ks_error error;
	struct ks_key key;
	char public[KS_PUBLIC_SIZE], *text, *line, *end;

	memset(&state, 0, sizeof(state));
	ks_key_init(&key);
	(void)strlcpy(key.selector, "a", sizeof(key.selector));
	key.algorithm = DKIMSIG_ED25519_SHA256;
	key.generated = 1000;
	if (active_from > 0)
		key.active_from = active_from;
	if (ks_public_print(pkey, public) != 0)
		errx(1, "no public half");
	key.public = public;
	if (ks_state_append(&state, &key) != 0 ||
	    ks_replica_print(&state, &text, len, &error) != 0)
		errx(1, "no line");
	line = strchr(text, '\n') + 1;
	end = strchr(line, '\n');
	*len = (size_t)(end - line);
	if ((line = strndup(line, *len)) == NULL)
		err(1, NULL);
	free(text);
	ks_state_finish(&state);
	return line;
}

static void
print_row(struct fleet_row *row, const char *fleet, const void *blob,
    size_t bloblen)
{
	unsigned char signature[FLEET_SIGNATURE];
	struct ks_error error;
	char *octets;
	size_t len;

	(void)strlcpy(row->by, "relay1", sizeof(row->by));
	(void)strlcpy(row->blob, "-", sizeof(row->blob));
	if (blob != NULL && fleet_digest(blob, bloblen, row->blob) != 0)
		errx(1, "no digest");
	row->epoch = blob == NULL ? 0 : 1;
	if (fleet_row_print(row, fleet, &octets, &len, &error) != 0)
		errx(1, "%s", error.text);
	sign(octets, len, signature);
	printf("%s\t%s\t%lld\t", row->domain, row->selector,
	    (long long)row->change);
	print_hex(octets, len);
	(void)putchar('\t');
	print_hex(signature, sizeof(signature));
	(void)putchar('\t');
	if (blob == NULL)
		(void)fputs("\\N", stdout);
	else
		print_hex(blob, bloblen);
	(void)putchar('\n');
	free(octets);
}

static void
print_rows(const char *fleet, char *argv[])
{
	const long first = atol(argv[0]), count = atol(argv[1]);
	const int64_t change = atoll(argv[2]), before = atoll(argv[3]);
	unsigned char *der;
	struct fleet_row row;
	EVP_PKEY *pkey;
	char *line;
	long i;
	int len;

	for (i = 0; i < count; i++) {
		pkey = make_key((unsigned int)(first + i + 1));
		memset(&row, 0, sizeof(row));
		row.kind = FLEET_ROW_KEY;
		row.change = change + i;
		row.before = before == 0 ? 0 : before + i;
		(void)snprintf(row.domain, sizeof(row.domain), "d%ld.example",
		    first + i);
		(void)strlcpy(row.selector, "a", sizeof(row.selector));
		line = make_line(pkey, atoll(argv[4]), &row.linelen);
		row.line = line;
		der = NULL;
		if ((len = i2d_PrivateKey(pkey, &der)) <= 0)
			errx(1, "no private half");
		print_row(&row, fleet, der, (size_t)len);
		OPENSSL_free(der);
		free(line);
		EVP_PKEY_free(pkey);
	}
}

static void
print_gone(const char *fleet, char *argv[])
{
	struct fleet_row row;

	memset(&row, 0, sizeof(row));
	row.kind = FLEET_ROW_GONE;
	(void)strlcpy(row.domain, argv[0], sizeof(row.domain));
	(void)strlcpy(row.selector, "-", sizeof(row.selector));
	row.change = atoll(argv[1]);
	row.before = atoll(argv[2]);
	print_row(&row, fleet, NULL, 0);
}

/* The second version, which admits relay2. */
static void
print_admission(const struct fleet_members *members, const char *change)
{
	struct fleet_host host = { .name = "relay2" };
	unsigned char signature[FLEET_SIGNATURE];
	EVP_PKEY *pkey = make_key(1);
	struct ks_error error;
	char *octets;
	size_t len;

	if (fleet_sign_public(pkey, host.sign) != 0 ||
	    fleet_digest("2", 1, host.wrap) != 0 ||
	    fleet_members_follow(members, &host, atoll(change), "relay1",
	    &octets, &len, &error) != 0)
		errx(1, "no member list");
	EVP_PKEY_free(pkey);
	sign(octets, len, signature);
	printf("2\t%s\t{relay1,relay2}\t", change);
	print_hex(octets, len);
	(void)putchar('\t');
	print_hex(signature, sizeof(signature));
	(void)putchar('\n');
	free(octets);
}

/* -- The mirror ----------------------------------------------------------- */

static int
open_blob(void *context, const struct fleet_row *row, const void *blob,
    size_t len, EVP_PKEY **pkey, struct ks_error *error)
{
	const unsigned char *p = blob;

	(void)context;
	(void)row;
	*pkey = d2i_AutoPrivateKey(NULL, &p, (long)len);
	return *pkey != NULL ? 0 : fleet_fail(error, KS_E_DAMAGED,
	    "not a private key");
}

static void
print_alarm(void *context, const char *domain, const char *selector,
    int64_t change, const char *why)
{
	(void)context;
	printf("alarm %s %s %lld %s\n", domain, selector, (long long)change,
	    why);
}

static int64_t
read_clock(void)
{
	return (int64_t)time(NULL);
}

static void
open_seen(struct fleet_mirror *mirror, const char *keydir)
{
	struct ks_error error;
	char path[4096];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", keydir, KS_FLEET_FOLDER);
	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		err(1, "%s", path);
	if (fleet_seen_open(&mirror->taker.seen, fd, path, &error) != 0)
		errx(1, "%s", error.text);
	(void)close(fd);
}

static void
poll_once(struct fleet_mirror *mirror, bool is_sweep)
{
	struct fleet_polled polled;
	struct rusage usage;
	struct ks_error error = { "" };
	int r;

	r = fleet_mirror_poll(mirror, "test", read_clock() * 1000, &polled,
	    &error);
	if (r == 0 && is_sweep)
		r = fleet_mirror_sweep(mirror, &polled, &error);
	if (getrusage(RUSAGE_SELF, &usage) == -1)
		err(1, NULL);
	printf("polled %d %zu %zu %zu %lld %ld %s\n", r, polled.ndomains,
	    polled.nchanged, polled.nrefused,
	    (long long)mirror->marks.cursor, usage.ru_maxrss, error.text);
	(void)fflush(stdout);
}

/* A host has the first version from its administrator. */
static void
load_members(struct keystore *ks, struct fleet_members *members)
{
	struct fleet_members loaded;
	struct ks_error error;
	int r;

	r = fleet_mirror_load_members(ks, &loaded, members->digest, &error);
	if (r == 0) {
		fleet_members_finish(members);
		*members = loaded;
	} else if (r == KS_E_NOKEY)
		fleet_members_finish(members);
	else
		errx(1, "%s", error.text);
}

static void
run_mirror(struct fleet_members *members, const char *keydir,
    const char *conninfo, size_t page, const char *host)
{
	struct fleet_mirror mirror = {
		.host = host, .page = page, .list = members, .taker = {
			.clock = read_clock, .wait_s = 10,
			.open_blob = open_blob, .alarm = print_alarm
		}
	};
	char fleet[FLEET_HEX_SIZE], line[16];
	struct ks_error error;
	int r;

	(void)strlcpy(fleet, members->fleet, sizeof(fleet));
	if (ks_open(&mirror.taker.ks, keydir, NULL, &error) != 0 ||
	    fleet_db_new(&mirror.db, conninfo, &error) != 0)
		errx(1, "%s", error.text);
	load_members(mirror.taker.ks, members);
	r = fleet_marks_read(mirror.taker.ks, &mirror.marks, &error);
	if (r == KS_E_NOKEY) {
		(void)strlcpy(mirror.marks.fleet, fleet,
		    sizeof(mirror.marks.fleet));
		r = fleet_marks_write(mirror.taker.ks, &mirror.marks,
		    &error);
	}
	if (r != 0)
		errx(1, "%s", error.text);
	open_seen(&mirror, keydir);
	while (fgets(line, sizeof(line), stdin) != NULL)
		poll_once(&mirror, strcmp(line, "sweep\n") == 0);
	fleet_reported_clear(&mirror.reported);
	fleet_exceptions_finish(&mirror.exceptions);
	fleet_seen_close(mirror.taker.seen);
	fleet_db_free(mirror.db);
	ks_close(mirror.taker.ks);
}

int
main(int argc, char *argv[])
{
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_members members;
	char *octets;
	size_t len;

	begin(&members, &octets, &len, signature);
	if (argc == 2 && strcmp(argv[1], "list") == 0) {
		printf("%s\t", members.fleet);
		print_hex(octets, len);
		(void)putchar('\t');
		print_hex(signature, sizeof(signature));
		(void)putchar('\n');
	} else if (argc == 3 && strcmp(argv[1], "admit") == 0)
		print_admission(&members, argv[2]);
	else if (argc == 7 && strcmp(argv[1], "rows") == 0)
		print_rows(members.fleet, argv + 2);
	else if (argc == 5 && strcmp(argv[1], "gone") == 0)
		print_gone(members.fleet, argv + 2);
	else if ((argc == 5 || argc == 6) && strcmp(argv[1], "poll") == 0)
		run_mirror(&members, argv[2], argv[3],
		    (size_t)atol(argv[4]), argc == 5 ? NULL : argv[5]);
	else
		errx(2, "usage: see the source");
	fleet_members_finish(&members);
	free(octets);
	return 0;
}
