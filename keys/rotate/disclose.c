/* SPDX-License-Identifier: ISC */

/*
 * Disclosing a private key after its record was removed from DNS.
 *
 * The key is written to a temporary file, which is then linked to its final
 * name.  So a file with that name is always complete, and an existing one is
 * never overwritten.  A key is refused if the state does not say that its
 * record was removed.  After an error, which names the path, the caller keeps
 * the key in the store.
 */

#include "rotate/disclose.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

static int
fail_errno(const char *path, struct ks_error *error)
{
	(void)snprintf(error->text, sizeof(error->text),
	    "%.800s: cannot disclose the key: %s", path,
	    errno == EEXIST ? "another file has this name: move it away" :
	    strerror(errno));
	return KS_E_SYSTEM;
}

static int
write_pem(int fd, EVP_PKEY *pkey)
{
	FILE *fp;
	bool is_written;

	if ((fp = fdopen(fd, "w")) == NULL) {
		(void)close(fd);
		return -1;
	}
	is_written = PEM_write_PKCS8PrivateKey(fp, pkey, NULL, NULL, 0, NULL,
	    NULL) == 1 && fflush(fp) == 0 && fchmod(fd, 0444) == 0 &&
	    fsync(fd) == 0;
	if (!is_written && errno == 0)
		errno = EIO;
	if (fclose(fp) == EOF)
		is_written = false;
	return is_written ? 0 : -1;
}

/* Returns the length, or -1 if this is not a regular file or is too large. */
static ssize_t
read_pem(int folder, const char *name, char buf[KS_MAX_PEM])
{
	struct stat st;
	ssize_t n;
	int fd;

	fd = openat(folder, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return -1;
	n = -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= KS_MAX_PEM)
		n = read(fd, buf, KS_MAX_PEM);
	(void)close(fd);
	return n;
}

/* Whether the existing file has this key: then an earlier run was killed. */
static bool
is_same(int folder, const char *temp, const char *name)
{
	char ours[KS_MAX_PEM], theirs[KS_MAX_PEM];
	ssize_t n;
	bool same;

	n = read_pem(folder, temp, ours);
	same = n > 0 && read_pem(folder, name, theirs) == n &&
	    memcmp(ours, theirs, (size_t)n) == 0;
	explicit_bzero(ours, sizeof(ours));
	return same;
}

static int
give_name(int folder, const char *temp, const char *name)
{
	if (linkat(folder, temp, folder, name, 0) == 0)
		return 0;
	if (errno != EEXIST)
		return -1;
	if (is_same(folder, temp, name))
		return 0;
	errno = EEXIST;
	return -1;
}

/* Write the key to a temporary file, and link that to its final name. */
static int
write_file(int folder, const char *name, EVP_PKEY *pkey)
{
	char temp[PATH_MAX];
	int fd, r, saved;

	(void)snprintf(temp, sizeof(temp), ".%.250s", name);
	(void)unlinkat(folder, temp, 0);
	fd = openat(folder, temp,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	if (fd == -1)
		return -1;
	errno = 0;
	r = write_pem(fd, pkey);
	if (r == 0)
		r = give_name(folder, temp, name);
	saved = errno;
	(void)unlinkat(folder, temp, 0);
	errno = saved;
	return r == 0 ? fsync(folder) : r;
}

int
disclose_key(struct keystore *ks, const char *domain,
    const struct ks_key *key, const char *folder, struct ks_error *error)
{
	char name[NAME_MAX + 1], when[32], path[PATH_MAX];
	EVP_PKEY *pkey;
	int fd, n, r;

	if (key->removed == KS_NEVER) {
		(void)snprintf(error->text, sizeof(error->text),
		    "%s: key %s: not disclosed: its record has not been "
		    "removed from DNS", domain, key->selector);
		return KS_E_ARG;
	}
	when[0] = '\0';
	if (key->record[0] != '\0')
		(void)snprintf(when, sizeof(when), ".%lld",
		    (long long)key->generated);
	(void)snprintf(path, sizeof(path), "%s/%s._domainkey.%s%s.pem",
	    folder, key->selector, domain, when);
	n = snprintf(name, sizeof(name), "%s._domainkey.%s%s.pem",
	    key->selector, domain, when);
	if (n < 0 || (size_t)n >= sizeof(name)) {
		errno = ENAMETOOLONG;
		return fail_errno(path, error);
	}
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return fail_errno(path, error);
	if ((r = ks_key_load(ks, domain, key, &pkey, error)) == 0) {
		if (write_file(fd, name, pkey) == -1)
			r = fail_errno(path, error);
		EVP_PKEY_free(pkey);
	}
	(void)close(fd);
	return r;
}
