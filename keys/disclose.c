/* SPDX-License-Identifier: ISC */

/*
 * Disclosing the private key of a record that is gone from DNS.
 */

#include "disclose.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

static int
fail_errno(const char *path, struct ks_error *error)
{
	(void)snprintf(error->text, sizeof(error->text),
	    "%.800s: cannot disclose a key there: %s", path,
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

/* Under a temporary name first, so that a name stands for a whole key. */
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
	if (r == 0 && linkat(folder, temp, folder, name, 0) == -1 &&
	    errno != EEXIST)
		r = -1;
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
		    "%s: key %s: its record is not removed from DNS: not "
		    "disclosed", domain, key->selector);
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
