/* SPDX-License-Identifier: ISC */

/*
 * Sign a message with libdkimsig: the example of dkimsig(3).
 *
 * cc -o sign sign.c $(pkg-config --cflags --libs dkimsig libcrypto)
 */

#include <err.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <dkimsig.h>

static void
check(int error)
{
	if (error != 0)
		errx(1, "%s", dkimsig_strerror(error));
}

/* Read a field with its folds; 0 is the empty line. */
static size_t
read_field(char *field, size_t size)
{
	size_t len = 0;
	int c;

	while (len < size && (c = getchar()) != EOF) {
		field[len++] = (char)c;
		if (len < 2 || memcmp(field + len - 2, "\r\n", 2) != 0)
			continue;
		c = ungetc(getchar(), stdin);
		if (len == 2 || (c != ' ' && c != '\t'))
			return len - 2;
	}
	errx(1, "no end of the header, or a field too long");
}

static size_t
sign(const char *keyfile, const unsigned char *block, size_t len,
    unsigned char *sig, size_t siglen)
{
	FILE *fp = fopen(keyfile, "r");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *key;

	if (fp == NULL || ctx == NULL ||
	    (key = PEM_read_PrivateKey(fp, NULL, NULL, NULL)) == NULL ||
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(ctx, sig, &siglen, block, len) != 1)
		errx(1, "%s: cannot sign", keyfile);
	EVP_PKEY_free(key);
	EVP_MD_CTX_free(ctx);
	fclose(fp);
	return siglen;
}

int
main(int argc, char **argv)
{
	static char text[DKIMSIG_MAX_HEADER];
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	struct dkimsig_sigspec spec = { 0 };
	struct dkimsig_signer *signer;
	struct dkimsig_authors *authors;
	struct dkimsig_signature *signature;
	const unsigned char *block;
	const char *colon, *value;
	size_t len, namelen;

	if (argc != 3)
		errx(2, "usage: example selector keyfile <message");
	check(dkimsig_signer_new(&signer, NULL));
	check(dkimsig_authors_new(&authors));

	while ((len = read_field(text, sizeof(text))) > 0) {
		if ((colon = memchr(text, ':', len)) == NULL)
			errx(1, "a field without a colon");
		namelen = (size_t)(colon - text);
		check(dkimsig_signer_header(signer, text, namelen,
		    colon + 1, len - namelen - 1));
		if (namelen == 4 && strncasecmp(text, "From", 4) == 0)
			check(dkimsig_authors_field(authors, colon + 1,
			    len - namelen - 1));
	}
	check(dkimsig_signer_end_headers(signer));
	if (dkimsig_authors_nfields(authors) != 1 ||
	    dkimsig_authors_count(authors) != 1 ||
	    dkimsig_authors_uncertain(authors))
		errx(1, "no certain author domain");

	while ((len = fread(text, 1, sizeof(text), stdin)) > 0)
		check(dkimsig_signer_body(signer, text, len));
	check(dkimsig_signer_end(signer));

	spec.sdid = dkimsig_authors_domain(authors, 0);
	spec.selector = argv[1];
	spec.algorithm = DKIMSIG_RSA_SHA256;
	spec.header_canon = DKIMSIG_CANON_RELAXED;
	spec.body_canon = DKIMSIG_CANON_RELAXED;
	spec.timestamp = time(NULL);
	check(dkimsig_signature_new(&signature, signer, &spec));
	block = dkimsig_signature_block(signature, &len);
	len = sign(argv[2], block, len, sig, sizeof(sig));
	check(dkimsig_signature_field(signature, sig, len, &value, &len));
	printf("DKIM-Signature:%s\r\n", value);

	dkimsig_signature_free(signature);
	dkimsig_authors_free(authors);
	dkimsig_signer_free(signer);
	return 0;
}
