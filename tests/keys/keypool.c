/* SPDX-License-Identifier: ISC */

/*
 * A preloaded library that gives a program RSA keys which were made before,
 * as making them is what takes most of the time in tests of many runs:
 * KEYPOOL names a folder with 0.pem, 1.pem and so on.  Runs at other times
 * are given other ones; all runs are, if a file "next" is there.  Ed25519 keys
 * are made as ever.
 */

#include <sys/file.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#define POOL	16	/* keys */

static atomic_uint ntaken;

static EVP_PKEY *
read_key(const char *pool, unsigned int number)
{
	char path[4096];
	EVP_PKEY *pkey;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%u.pem", pool, number % POOL);
	if ((file = fopen(path, "r")) == NULL)
		return NULL;
	pkey = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	(void)fclose(file);
	return pkey;
}

/* The number in the file, which is one more afterwards. */
static unsigned int
next_number(const char *pool)
{
	unsigned int number = 0, next;
	char path[4096];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/next", pool);
	if ((fd = open(path, O_RDWR | O_CLOEXEC)) == -1)
		return (unsigned int)(time(NULL) / 60) + ntaken++;
	(void)flock(fd, LOCK_EX);
	if (pread(fd, &number, sizeof(number), 0) != sizeof(number))
		number = 0;
	next = number + 1;
	if (pwrite(fd, &next, sizeof(next), 0) != sizeof(next))
		abort();
	(void)close(fd);
	return number;
}

EVP_PKEY *
EVP_PKEY_Q_keygen(OSSL_LIB_CTX *context, const char *query, const char *type,
    ...)
{
	EVP_PKEY *(*make)(OSSL_LIB_CTX *, const char *, const char *, ...);
	const char *curve = NULL, *pool;
	EVP_PKEY *pkey = NULL;
	size_t bits = 0;
	va_list ap;
	void *symbol;

	va_start(ap, type);
	if (strcmp(type, "RSA") == 0)
		bits = va_arg(ap, size_t);
	else if (strcmp(type, "EC") == 0)
		curve = va_arg(ap, const char *);
	va_end(ap);
	/* What may not open files makes its own. */
	if (bits == 2048 && (pool = getenv("KEYPOOL")) != NULL)
		pkey = read_key(pool, next_number(pool));
	if (pkey != NULL)
		return pkey;
	symbol = dlsym(RTLD_NEXT, "EVP_PKEY_Q_keygen");
	memcpy(&make, &symbol, sizeof(make));
	return curve != NULL ? make(context, query, type, curve) :
	    make(context, query, type, bits);
}
