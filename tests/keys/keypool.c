/* SPDX-License-Identifier: ISC */

/*
 * A preloaded library that gives a program RSA keys which were made before,
 * as making them is what takes most of the time in tests of many runs:
 * KEYPOOL names a folder with 0.pem, 1.pem and so on.  Runs at other times
 * are given other ones.  Ed25519 keys are made as ever.
 */

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

EVP_PKEY *
EVP_PKEY_Q_keygen(OSSL_LIB_CTX *context, const char *query, const char *type,
    ...)
{
	EVP_PKEY *(*make)(OSSL_LIB_CTX *, const char *, const char *);
	const char *pool;
	void *symbol;

	if (strcmp(type, "RSA") == 0 && (pool = getenv("KEYPOOL")) != NULL)
		return read_key(pool, (unsigned int)(time(NULL) / 60) +
		    ntaken++);
	symbol = dlsym(RTLD_NEXT, "EVP_PKEY_Q_keygen");
	memcpy(&make, &symbol, sizeof(make));
	return make(context, query, type);
}
