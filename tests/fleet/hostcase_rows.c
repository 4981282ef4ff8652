/* SPDX-License-Identifier: ISC */

/*
 * Rows of many domains for hostcase.c, as COPY reads them: each domain has two
 * RSA keys of a small pool, one that signs and one in reserve.  What was
 * written before is remembered, so that the rows of a later step replace it.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "epochs/blob.h"
#include "hostcase.h"
#include "store/replica.h"

#define POOL	8	/* keys for each selector */
#define NKINDS	2

static const struct kind {
	const char	*selector;
	bool		 signs;
} kinds[NKINDS] = {
	{ "1",	true },
	{ "2",	false },
};

struct written {
	int64_t	change;
	char	blob[FLEET_HEX_SIZE];
};

static EVP_PKEY *pool[NKINDS][POOL];
static struct written *written;
static size_t nwritten;

static void
make_pool(void)
{
	size_t i, k;

	if (pool[0][0] != NULL)
		return;
	for (k = 0; k < NKINDS; k++)
		for (i = 0; i < POOL; i++) {
			pool[k][i] = EVP_PKEY_Q_keygen(NULL, NULL, "RSA",
			    (size_t)2048);
			if (pool[k][i] == NULL)
				errx(1, "no key");
		}
}

static struct written *
written_at(size_t i)
{
	if (i >= nwritten) {
		written = recallocarray(written, nwritten, i + 65536,
		    sizeof(*written));
		if (written == NULL)
			err(1, NULL);
		nwritten = i + 65536;
	}
	return &written[i];
}

static void
print_hex(FILE *fp, const void *octets, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = octets;

	(void)fputs("\\\\x", fp);
	for (; len > 0; len--, p++) {
		(void)fputc(digits[*p >> 4], fp);
		(void)fputc(digits[*p & 15], fp);
	}
}

static char *
make_line(const struct kind *kind, EVP_PKEY *pkey, int64_t from, size_t *len)
{
	char public[KS_PUBLIC_SIZE];
	struct ks_key key;

	ks_key_init(&key);
	(void)strlcpy(key.selector, kind->selector, sizeof(key.selector));
	key.algorithm = DKIMSIG_RSA_SHA256;
	key.generated = 1000;
	key.published = key.seen = key.verified = from;
	if (kind->signs)
		key.active_from = from;
	want(ks_public_print(pkey, public));
	key.public = public;
	return print_line(&key, len);
}

/* A row, and its blob if it is the first one of its key. */
static void
write_one(FILE *fp, size_t domain, size_t k, int64_t change, int64_t from)
{
	struct written *before = written_at(domain * NKINDS + k);
	EVP_PKEY *pkey = pool[k][domain % POOL];
	struct fleet_row row = { .kind = FLEET_ROW_KEY, .change = change,
	    .before = before->change, .epoch = members.epoch };
	unsigned char signature[FLEET_SIGNATURE];
	char *blob = NULL, *octets, *line;
	size_t bloblen = 0, len;

	(void)strlcpy(row.selector, kinds[k].selector, sizeof(row.selector));
	(void)snprintf(row.domain, sizeof(row.domain), "d%zu.example.net",
	    domain);
	(void)strlcpy(row.by, mirror.host, sizeof(row.by));
	row.line = line = make_line(&kinds[k], pkey, from, &row.linelen);
	if (before->change == 0)
		want(fleet_blob_make(&mirror.epochs, members.fleet, &row, pkey,
		    &blob, &bloblen, &error));
	else
		(void)strlcpy(row.blob, before->blob, sizeof(row.blob));
	want(fleet_row_print(&row, members.fleet, &octets, &len, &error));
	sign(octets, len, signature);
	(void)fprintf(fp, "%s\t%s\t%lld\t", row.domain, row.selector,
	    (long long)change);
	print_hex(fp, octets, len);
	(void)fputc('\t', fp);
	print_hex(fp, signature, sizeof(signature));
	(void)fputc('\t', fp);
	if (blob == NULL)
		(void)fputs("\\N", fp);
	else
		print_hex(fp, blob, bloblen);
	(void)fputc('\n', fp);
	before->change = change;
	(void)strlcpy(before->blob, row.blob, sizeof(before->blob));
	free(blob);
	free(octets);
	free(line);
}

void
cmd_rows(char *words[])
{
	const size_t first = (size_t)atol(words[1]);
	const size_t count = (size_t)atol(words[2]);
	const int64_t from = atoll(words[3]);
	int64_t change = next_number();
	size_t i, k;
	FILE *fp;

	make_pool();
	if ((fp = fopen(words[4], "w")) == NULL)
		err(1, "%s", words[4]);
	for (i = first; i < first + count; i++)
		for (k = 0; k < NKINDS; k++)
			write_one(fp, i, k, change++, from);
	if (fclose(fp) != 0)
		err(1, "%s", words[4]);
	printf("done %lld\n", (long long)change - 1);
}

/* Keys that have come to their end, with the names that rotation gives. */
void
cmd_removed(char *words[])
{
	const int64_t at = atoll(words[3]);
	struct fleet_row row = { .kind = FLEET_ROW_KEY };
	const int count = atoi(words[2]);
	char public[KS_PUBLIC_SIZE], *line;
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct ks_key key;
	int i;

	want(pkey == NULL ? -1 : ks_public_print(pkey, public));
	EVP_PKEY_free(pkey);
	(void)strlcpy(row.domain, words[1], sizeof(row.domain));
	(void)strlcpy(row.by, mirror.host, sizeof(row.by));
	(void)strlcpy(row.blob, "-", sizeof(row.blob));
	for (i = 0; i < count; i++) {
		ks_key_init(&key);
		(void)snprintf(key.selector, sizeof(key.selector),
		    "%d%02d%02de1", 2000 + i / 300, 1 + i / 25 % 12,
		    1 + i % 25);
		(void)strlcpy(row.selector, key.selector,
		    sizeof(row.selector));
		key.algorithm = DKIMSIG_ED25519_SHA256;
		key.public = public;
		key.generated = 1000;
		key.published = key.seen = key.verified = 1000;
		key.active_from = 2000;
		key.retire_at = 3000;
		key.revoked = at - 1000;
		key.removed = at;
		row.line = line = print_line(&key, &row.linelen);
		row.change = next_number();
		write_row(&row, NULL, 0);
		free(line);
	}
}
