/* SPDX-License-Identifier: ISC */

/*
 * The highest change number of each domain: see seen.h; seen_write.c writes the
 * files.
 *
 * Lines are kept in order, and compared as a whole, so one pass finds a domain
 * or its place.  Numbers that are not on disk yet are in a list, which is as
 * short as a page of the mirror.
 */

#include "kept/seen_private.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/read_all.h"
#include "kept/marks.h"
#include "signed/sign.h"

#define NFILES		4096

static int
fail(const struct fleet_seen *seen, const char *name, struct ks_error *error,
    int code, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Name the file, then say what is wrong with it. */
static int
fail(const struct fleet_seen *seen, const char *name, struct ks_error *error,
    int code, const char *format, ...)
{
	char reason[768];
	va_list ap;

	if (error == NULL)
		return code;
	va_start(ap, format);
	(void)vsnprintf(reason, sizeof(reason), format, ap);
	va_end(ap);
	(void)snprintf(error->text, sizeof(error->text), "%.200s/"
	    FLEET_SEEN_FOLDER "/%s: %s", seen->path, name, reason);
	return code;
}

int
seen_fail_errno(const struct fleet_seen *seen, const char *name,
    struct ks_error *error)
{
	/* A link in its place: not the disk's fault, so only its domains'. */
	if (errno == ELOOP || errno == EISDIR)
		return fail(seen, name, error, KS_E_DAMAGED, "%s: remove it",
		    strerror(errno));
	return fail(seen, name, error, KS_E_SYSTEM, "%s", strerror(errno));
}

int
fleet_seen_open(struct fleet_seen **seen, int dirfd, const char *path,
    struct ks_error *error)
{
	struct fleet_seen *new;
	int r;

	*seen = NULL;
	if ((new = calloc(1, sizeof(*new))) == NULL ||
	    (new->path = strdup(path)) == NULL) {
		free(new);
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	}
	new->fd = -1;
	if ((mkdirat(dirfd, FLEET_SEEN_FOLDER, 0700) == 0 &&
	    fsync(dirfd) == -1) || (new->fd = openat(dirfd, FLEET_SEEN_FOLDER,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) == -1) {
		r = seen_fail_errno(new, "", error);
		fleet_seen_close(new);
		return r;
	}
	*seen = new;
	return 0;
}

void
fleet_seen_close(struct fleet_seen *seen)
{
	if (seen == NULL)
		return;
	if (seen->fd != -1)
		(void)close(seen->fd);
	free(seen->held);
	free(seen->path);
	free(seen);
}

/* Read a whole file; one that does not exist has only the first line. */
int
seen_read_file(const struct fleet_seen *seen, struct seen_shard *shard,
    struct ks_error *error)
{
	struct stat st;
	ssize_t n = -1;
	int fd;

	/* A pipe in its place is not waited for. */
	fd = openat(seen->fd, shard->name,
	    O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT) {
		if ((shard->text = strdup(SEEN_FIRST_LINE)) == NULL)
			return fleet_fail(error, KS_E_NOMEM, "out of memory");
		shard->len = strlen(SEEN_FIRST_LINE);
		return 0;
	}
	if (fd == -1 || fstat(fd, &st) == -1)
		n = -1;
	else if (st.st_size > FLEET_MAX_SEEN_FILE || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return fail(seen, shard->name, error, KS_E_DAMAGED,
		    "not a file of at most %d octets", FLEET_MAX_SEEN_FILE);
	} else if ((shard->text = malloc((size_t)st.st_size + 1)) == NULL) {
		(void)close(fd);
		return fleet_fail(error, KS_E_NOMEM, "out of memory");
	} else
		n = read_all(fd, shard->text, (size_t)st.st_size);
	if (n == -1) {
		(void)seen_fail_errno(seen, shard->name, error);
		if (fd != -1)
			(void)close(fd);
		return KS_E_SYSTEM;
	}
	(void)close(fd);
	shard->len = (size_t)n;
	shard->text[n] = '\0';
	return 0;
}

/* A line "DOMAIN NUMBER". */
struct line {
	const char	*domain;
	size_t		 len;		/* of the domain */
	int64_t		 change;
};

/* Read the line at that place, and go to the next; false if it is damaged. */
static bool
read_line(const struct seen_shard *shard, size_t *at, struct line *line)
{
	const char *end, *blank;

	line->domain = shard->text + *at;
	end = memchr(line->domain, '\n', shard->len - *at);
	blank = end == NULL ? NULL : memchr(line->domain, ' ',
	    (size_t)(end - line->domain));
	if (blank == NULL || blank == line->domain)
		return false;
	line->len = (size_t)(blank - line->domain);
	*at = (size_t)(end + 1 - shard->text);
	return line->len < DKIMSIG_DOMAIN_SIZE && fleet_number_parse(blank + 1,
	    (size_t)(end - blank) - 1, 1, &line->change);
}

static int
compare(const struct line *a, const struct line *b)
{
	const int r = memcmp(a->domain, b->domain, a->len < b->len ? a->len :
	    b->len);

	return r != 0 ? r : (a->len > b->len) - (a->len < b->len);
}

/*
 * Check all lines, and find the domain or its place.  Returns the number of the
 * first bad line, or 0.
 */
static size_t
find_line(struct seen_shard *shard, const char *domain)
{
	const struct line wanted = { domain, strlen(domain), 0 };
	struct line line, last = { "", 0, 0 };
	size_t at = strlen(SEEN_FIRST_LINE), begin, number;
	int order;

	if (shard->len < at || memcmp(shard->text, SEEN_FIRST_LINE, at) != 0)
		return 1;
	shard->begin = shard->end = at;
	for (number = 2; at < shard->len; number++) {
		begin = at;
		if (!read_line(shard, &at, &line) ||
		    compare(&last, &line) >= 0)
			return number;
		last = line;
		order = compare(&wanted, &line);
		if (order > 0)
			shard->begin = shard->end = at;
		else if (order == 0) {
			shard->begin = begin;
			shard->end = at;
			shard->change = line.change;
		}
	}
	return 0;
}

int
seen_find(const struct fleet_seen *seen, struct seen_shard *shard,
    const char *domain, struct ks_error *error)
{
	size_t number;

	shard->change = 0;
	if ((number = find_line(shard, domain)) == 0)
		return 0;
	return fail(seen, shard->name, error, KS_E_DAMAGED, "line %zu "
	    "is damaged: stop countersign-fleet, remove this file and "
	    ".fleet/marks, " FLEET_ENTER_AGAIN, number);
}

/* Read the file of a domain.  The caller frees shard->text in either case. */
static int
read_shard(const struct fleet_seen *seen, const char *domain,
    struct seen_shard *shard, struct ks_error *error)
{
	char hex[FLEET_HEX_SIZE];
	size_t i;
	int r;

	memset(shard, 0, sizeof(*shard));
	if (fleet_digest(domain, strlen(domain), hex) != 0)
		return fleet_fail(error, KS_E_CRYPTO, "SHA-256 is unavailable");
	memcpy(shard->name, hex, SEEN_NAME_SIZE - 1);
	if ((r = seen_read_file(seen, shard, error)) != 0 ||
	    (r = seen_find(seen, shard, domain, error)) != 0)
		return r;
	for (i = 0; i < seen->nheld; i++)
		if (strcmp(seen->held[i].domain, domain) == 0)
			shard->change = seen->held[i].change;
	return 0;
}

int
fleet_seen_get(struct fleet_seen *seen, const char *domain, int64_t *change,
    struct ks_error *error)
{
	struct seen_shard shard;
	int r;

	r = read_shard(seen, domain, &shard, error);
	*change = r == 0 ? shard.change : 0;
	free(shard.text);
	return r;
}

static int
hold(struct fleet_seen *seen, const struct seen_shard *shard,
    const char *domain, int64_t change)
{
	struct seen_held *held;
	size_t i;

	for (i = 0; i < seen->nheld; i++)
		if (strcmp(seen->held[i].domain, domain) == 0) {
			seen->held[i].change = change;
			return 0;
		}
	held = recallocarray(seen->held, seen->nheld, seen->nheld + 1,
	    sizeof(*held));
	if (held == NULL)
		return KS_E_NOMEM;
	seen->held = held;
	held += seen->nheld++;
	(void)strlcpy(held->domain, domain, sizeof(held->domain));
	memcpy(held->name, shard->name, sizeof(held->name));
	held->change = change;
	return 0;
}

int
fleet_seen_raise(struct fleet_seen *seen, const char *domain, int64_t change,
    struct ks_error *error)
{
	char normal[DKIMSIG_DOMAIN_SIZE];
	struct seen_shard shard;
	int r;

	if (change < 1 || change >= FLEET_MAX_NUMBER ||
	    dkimsig_domain_normalize(domain, strlen(domain), normal,
	    sizeof(normal)) != 0 || strcmp(domain, normal) != 0)
		return fleet_fail(error, KS_E_ARG, "not a domain and its "
		    "change number");
	if ((r = read_shard(seen, domain, &shard, error)) == 0 &&
	    change < shard.change)
		r = fail(seen, shard.name, error, KS_E_EXISTS, "%s has change "
		    "number %lld now, but %lld was seen: the database was "
		    "restored from a backup, or somebody put old rows back",
		    domain, (long long)change, (long long)shard.change);
	if (r == 0 && change > shard.change &&
	    (r = hold(seen, &shard, domain, change)) != 0)
		r = fleet_fail(error, r, "out of memory");
	free(shard.text);
	return r != 0 || seen->is_holding ? r : fleet_seen_flush(seen, error);
}

void
fleet_seen_hold(struct fleet_seen *seen)
{
	seen->is_holding = true;
}

/* All files in order; each begins with its first line, so none runs over. */
static int
digest_files(struct fleet_seen *seen, EVP_MD_CTX *ctx, struct ks_error *error)
{
	struct seen_shard shard;
	unsigned int i;
	int r = 0;

	for (i = 0; i < NFILES && r == 0; i++) {
		memset(&shard, 0, sizeof(shard));
		(void)snprintf(shard.name, sizeof(shard.name), "%03x",
		    i % NFILES);
		r = seen_read_file(seen, &shard, error);
		if (r == 0 && EVP_DigestUpdate(ctx, shard.text, shard.len) !=
		    1)
			r = fleet_fail(error, KS_E_CRYPTO, "SHA-256 failed");
		free(shard.text);
	}
	return r;
}

int
fleet_seen_digest(struct fleet_seen *seen, char hex[FLEET_HEX_SIZE],
    struct ks_error *error)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx;
	unsigned int n;
	int r;

	(void)strlcpy(hex, seen->digest, FLEET_HEX_SIZE);
	if (hex[0] != '\0')
		return 0;
	ctx = EVP_MD_CTX_new();
	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		r = fleet_fail(error, KS_E_CRYPTO, "SHA-256 is unavailable");
	else if ((r = digest_files(seen, ctx, error)) == 0 &&
	    EVP_DigestFinal_ex(ctx, digest, &n) != 1)
		r = fleet_fail(error, KS_E_CRYPTO, "SHA-256 failed");
	EVP_MD_CTX_free(ctx);
	/* The digest of a digest is as good, and has the form of the others. */
	if (r == 0 && fleet_digest(digest, n, hex) != 0)
		r = fleet_fail(error, KS_E_CRYPTO, "SHA-256 is unavailable");
	if (r == 0)
		(void)strlcpy(seen->digest, hex, sizeof(seen->digest));
	return r;
}
