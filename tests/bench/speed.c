/* SPDX-License-Identifier: ISC */

/*
 * What the library costs, as ratios to what cannot be saved: the operation
 * with the private key for small mail, SHA-256 for big mail.
 *
 * Both sides of a ratio are measured in turns in one run, by the CPU time of
 * this process, and the median of the rounds is printed: what else the machine
 * does, and how fast it is, falls out.
 */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "dkimsig/dkimsig.h"

#define ROUNDS		15		/* odd: a median is one of them */
#define SIGNATURES	200		/* in a round */
#define SMALL_BODY	2048		/* octets */
#define BIG_BODY	(16U << 20)	/* octets */
#define CHUNK		65535		/* octets: as an MTA sends a body */
#define NOW		1790000000

static const struct {
	const char	*name, *value;
} fields[] = {
	{ "Received", " from mta.example.net (mta.example.net [192.0.2.1])\r\n"
	    "\tby relay.example.com (Postfix) "
	    "with ESMTPS id 4Xy1Zk0Q9Cz1abc\r\n"
	    "\tfor <someone@example.org>; Mon, 23 Nov 2026 09:00:00 +0000" },
	{ "Date", " Mon, 23 Nov 2026 09:00:00 +0000 (GMT)" },
	{ "From", " Service <service@example.com>" },
	{ "To", " Someone Else <someone@example.org>" },
	{ "Message-ID", " <1a2b3c.4d5e6f@mta.example.net>" },
	{ "Subject", " Your case 00012345 has been closed" },
	{ "MIME-Version", " 1.0" },
	{ "Content-Type", " text/plain; charset=UTF-8" },
	{ "Content-Transfer-Encoding", " quoted-printable" },
	{ "X-Priority", " 3" },
	{ "X-SFDC-LK", " 00D1U0000013lbu" },
};

/* One side of a ratio, done so many times. */
struct subject {
	void		(*run)(const struct subject *subject);
	unsigned int	 times;
	EVP_PKEY	*pkey;
	enum dkimsig_algorithm algorithm;
	enum dkimsig_canon body_canon;
	const char	*body;
	size_t		 bodylen;
};

static void
must(int r)
{
	if (r != 0)
		errx(1, "libdkimsig: %s", dkimsig_strerror(r));
}

static void
must_crypto(int r)
{
	if (r != 1)
		errx(1, "OpenSSL failed");
}

/* -- What is compared ---------------------------------------------------- */

static struct dkimsig_signer *
feed_signer(const struct subject *subject)
{
	const struct dkimsig_signer_opts opts = {
		.body_canons = 1U << subject->body_canon,
	};
	struct dkimsig_signer *signer;
	size_t at, i, len;

	must(dkimsig_signer_new(&signer, &opts));
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		must(dkimsig_signer_header(signer, fields[i].name,
		    strlen(fields[i].name), fields[i].value,
		    strlen(fields[i].value)));
	must(dkimsig_signer_end_headers(signer));
	for (at = 0; at < subject->bodylen; at += len) {
		len = subject->bodylen - at;
		if (len > CHUNK)
			len = CHUNK;
		must(dkimsig_signer_body(signer, subject->body + at, len));
	}
	must(dkimsig_signer_end(signer));
	return signer;
}

/* All that a signed message costs. */
static void
sign_message(const struct subject *subject)
{
	const struct dkimsig_sigspec spec = {
		.sdid = "example.com",
		.selector = "20261123r1",
		.algorithm = subject->algorithm,
		.header_canon = DKIMSIG_CANON_RELAXED,
		.body_canon = subject->body_canon,
		.timestamp = NOW,
		.lifetime = 604800,
	};
	unsigned char hash[32], sig[DKIMSIG_MAX_SIGVALUE];
	struct dkimsig_signature *signature;
	const unsigned char *tbs;
	const char *value;
	struct dkimsig_signer *signer;
	size_t siglen, tbslen, valuelen;
	EVP_MD_CTX *ctx;

	signer = feed_signer(subject);
	must(dkimsig_signature_new(&signature, signer, &spec));
	tbs = dkimsig_signature_block(signature, &tbslen);
	siglen = sizeof(sig);
	must_crypto((ctx = EVP_MD_CTX_new()) != NULL);
	if (subject->algorithm == DKIMSIG_RSA_SHA256) {
		must_crypto(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL,
		    subject->pkey));
		must_crypto(EVP_DigestSign(ctx, sig, &siglen, tbs, tbslen));
	} else {
		/* RFC 8463 section 3: what is signed is the hash. */
		must_crypto(EVP_Digest(tbs, tbslen, hash, NULL, EVP_sha256(),
		    NULL));
		must_crypto(EVP_DigestSignInit(ctx, NULL, NULL, NULL,
		    subject->pkey));
		must_crypto(EVP_DigestSign(ctx, sig, &siglen, hash,
		    sizeof(hash)));
	}
	EVP_MD_CTX_free(ctx);
	must(dkimsig_signature_field(signature, sig, siglen, &value,
	    &valuelen));
	dkimsig_signature_free(signature);
	dkimsig_signer_free(signer);
}

/* As "openssl speed" signs: a hash, over and over. */
static void
sign_hash_rsa(const struct subject *subject)
{
	static const unsigned char hash[32];
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	EVP_PKEY_CTX *ctx;
	size_t siglen = sizeof(sig);

	must_crypto((ctx = EVP_PKEY_CTX_new(subject->pkey, NULL)) != NULL);
	must_crypto(EVP_PKEY_sign_init(ctx));
	must_crypto(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING));
	must_crypto(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()));
	must_crypto(EVP_PKEY_sign(ctx, sig, &siglen, hash, sizeof(hash)));
	EVP_PKEY_CTX_free(ctx);
}

static void
sign_hash_ed25519(const struct subject *subject)
{
	static const unsigned char hash[32];
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	size_t siglen = sizeof(sig);
	EVP_MD_CTX *ctx;

	must_crypto((ctx = EVP_MD_CTX_new()) != NULL);
	must_crypto(EVP_DigestSignInit(ctx, NULL, NULL, NULL, subject->pkey));
	must_crypto(EVP_DigestSign(ctx, sig, &siglen, hash, sizeof(hash)));
	EVP_MD_CTX_free(ctx);
}

static void
hash_canonical(const struct subject *subject)
{
	dkimsig_signer_free(feed_signer(subject));
}

static void
hash_raw(const struct subject *subject)
{
	unsigned char hash[32];
	EVP_MD_CTX *ctx;
	size_t at, len;

	must_crypto((ctx = EVP_MD_CTX_new()) != NULL);
	must_crypto(EVP_DigestInit_ex(ctx, EVP_sha256(), NULL));
	for (at = 0; at < subject->bodylen; at += len) {
		len = subject->bodylen - at;
		if (len > CHUNK)
			len = CHUNK;
		must_crypto(EVP_DigestUpdate(ctx, subject->body + at, len));
	}
	must_crypto(EVP_DigestFinal_ex(ctx, hash, NULL));
	EVP_MD_CTX_free(ctx);
}

/* -- Measuring ----------------------------------------------------------- */

/* CPU seconds of one time. */
static double
measure(const struct subject *subject)
{
	struct timespec began, ended;
	unsigned int i;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &began);
	for (i = 0; i < subject->times; i++)
		subject->run(subject);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
	return ((double)(ended.tv_sec - began.tv_sec) +
	    (double)(ended.tv_nsec - began.tv_nsec) / 1e9) / subject->times;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double values[ROUNDS])
{
	qsort(values, ROUNDS, sizeof(*values), compare);
	return values[ROUNDS / 2];
}

/* Medians of the time of each, and of the ratio of the rounds. */
static void
compare_subjects(const struct subject *ours, const struct subject *raw,
    double *our_time, double *raw_time, double *ratio)
{
	double a[ROUNDS], b[ROUNDS], ratios[ROUNDS];
	int i;

	/* Once for the caches. */
	ours->run(ours);
	raw->run(raw);
	for (i = 0; i < ROUNDS; i++) {
		a[i] = measure(ours);
		b[i] = measure(raw);
		ratios[i] = a[i] / b[i];
	}
	*our_time = median(a);
	*raw_time = median(b);
	*ratio = median(ratios);
}

static void
bench_signing(const char *name, enum dkimsig_algorithm algorithm,
    EVP_PKEY *pkey, const char *body)
{
	const struct subject ours = { .run = sign_message,
	    .times = SIGNATURES, .pkey = pkey, .algorithm = algorithm,
	    .body_canon = DKIMSIG_CANON_RELAXED, .body = body,
	    .bodylen = SMALL_BODY };
	struct subject raw = ours;
	double our_time, raw_time, ratio;

	raw.run = algorithm == DKIMSIG_RSA_SHA256 ? sign_hash_rsa :
	    sign_hash_ed25519;
	compare_subjects(&ours, &raw, &our_time, &raw_time, &ratio);
	printf("%-34s %9.1f us %9.1f us %7.3f\n", name, our_time * 1e6,
	    raw_time * 1e6, ratio);
}

static void
bench_body(const char *name, enum dkimsig_canon canon, const char *body)
{
	const struct subject ours = { .run = hash_canonical, .times = 1,
	    .body_canon = canon, .body = body, .bodylen = BIG_BODY };
	struct subject raw = ours;
	double our_time, raw_time, ratio;

	raw.run = hash_raw;
	compare_subjects(&ours, &raw, &our_time, &raw_time, &ratio);
	printf("%-34s %7.0f MB/s %7.0f MB/s %7.3f\n", name,
	    BIG_BODY / our_time / 1e6, BIG_BODY / raw_time / 1e6, 1 / ratio);
}

/* A body of this line over and over, cut at its length. */
static char *
make_body(const char *line, size_t len)
{
	size_t i, linelen = strlen(line);
	char *body;

	if ((body = malloc(len)) == NULL)
		err(1, NULL);
	for (i = 0; i < len; i++)
		body[i] = line[i % linelen];
	memcpy(body + len - 2, "\r\n", 2);
	return body;
}

int
main(void)
{
	char *text, *spaced, *base64;
	EVP_PKEY *rsa, *ed25519;

	must_crypto((rsa = EVP_RSA_gen(2048)) != NULL);
	must_crypto((ed25519 = EVP_PKEY_Q_keygen(NULL, NULL,
	    "ED25519")) != NULL);
	text = make_body("The quick brown fox jumps over the lazy dog, and "
	    "nobody was asked before.\r\n", BIG_BODY);
	spaced = make_body("  The  quick brown\tfox  jumps over \t the lazy "
	    "dog;  nobody was asked. \r\n", BIG_BODY);
	base64 = make_body("VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBs"
	    "YXp5IGRvZywgYW5kIG5vYm9k\r\n", BIG_BODY);

	printf("%-34s %12s %12s %7s\n", "one message of 2 KiB, CPU time",
	    "libdkimsig", "sign alone", "times");
	bench_signing("  rsa-sha256, 2048 bits", DKIMSIG_RSA_SHA256, rsa,
	    text);
	bench_signing("  ed25519-sha256", DKIMSIG_ED25519_SHA256, ed25519,
	    text);
	printf("\n%-34s %12s %12s %7s\n", "a body of 16 MiB, CPU time",
	    "libdkimsig", "SHA-256", "share");
	bench_body("  simple, text", DKIMSIG_CANON_SIMPLE, text);
	bench_body("  relaxed, text", DKIMSIG_CANON_RELAXED, text);
	bench_body("  relaxed, base64", DKIMSIG_CANON_RELAXED, base64);
	bench_body("  relaxed, blanks to be changed", DKIMSIG_CANON_RELAXED,
	    spaced);
	free(text);
	free(spaced);
	free(base64);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ed25519);
	return 0;
}
