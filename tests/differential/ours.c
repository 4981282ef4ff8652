/* SPDX-License-Identifier: ISC */

/*
 * The signer and verifier of libdkimsig behind the protocol of compare.py, to
 * be compared with those of others.
 *
 * Whatever the library refuses is an answer, "refused"; what should never fail
 * ends the program.
 */

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/pem.h>

#include "diagnose/mailfile.h"
#include "dkimsig/dkimsig.h"
#include "requests.h"
#include "testkeys.h"

static struct dkimsig_signer *
feed_signer(const struct mailfile *mail)
{
	const struct dkimsig_signer_opts opts = { .body_canons = 3 };
	const struct mailfield *f;
	struct dkimsig_signer *signer;
	size_t i;
	int r;

	if (dkimsig_signer_new(&signer, &opts) != 0)
		errx(1, "no signer");
	for (r = 0, i = 0; r == 0 && i < mail->nfields; i++) {
		f = &mail->fields[i];
		r = dkimsig_signer_header(signer, f->name, f->namelen,
		    f->value, f->valuelen);
	}
	if (r != 0 || dkimsig_signer_end_headers(signer) != 0 ||
	    dkimsig_signer_body(signer, mail->body, mail->bodylen) != 0 ||
	    dkimsig_signer_end(signer) != 0) {
		dkimsig_signer_free(signer);
		return NULL;
	}
	return signer;
}

static EVP_PKEY *
read_key(const struct request *request)
{
	EVP_PKEY *key;
	FILE *fp;

	if ((fp = fopen(request->key_file, "r")) == NULL)
		err(1, "%s", request->key_file);
	if ((key = PEM_read_PrivateKey(fp, NULL, NULL, NULL)) == NULL)
		errx(1, "%s: not a key", request->key_file);
	(void)fclose(fp);
	return key;
}

static void
answer_signature(struct dkimsig_signature *signature, EVP_PKEY *key,
    enum dkimsig_algorithm algorithm)
{
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	const unsigned char *block;
	const char *value;
	size_t len, siglen;

	block = dkimsig_signature_block(signature, &len);
	siglen = testkeys_sign(key, algorithm, block, len, sig);
	if (dkimsig_signature_field(signature, sig, siglen, &value, &len) != 0)
		errx(1, "no field");
	request_answer("signed", value, len);
}

static void
sign(const struct request *request, const struct mailfile *mail)
{
	struct dkimsig_sigspec spec = {
		.sdid = REQUEST_DOMAIN,
		.selector = request->selector,
		.header_canon = request->header_relaxed ?
		    DKIMSIG_CANON_RELAXED : DKIMSIG_CANON_SIMPLE,
		.body_canon = request->body_relaxed ?
		    DKIMSIG_CANON_RELAXED : DKIMSIG_CANON_SIMPLE,
		.timestamp = time(NULL),
	};
	struct dkimsig_signature *signature = NULL;
	struct dkimsig_signer *signer;
	EVP_PKEY *key;
	int r;

	if (dkimsig_algorithm_parse(request->algorithm,
	    strlen(request->algorithm), &spec.algorithm) != 0)
		errx(1, "%s: no such algorithm", request->algorithm);
	if ((signer = feed_signer(mail)) == NULL) {
		request_answer("refused", "", 0);
		return;
	}
	if ((r = dkimsig_signature_new(&signature, signer, &spec)) != 0) {
		request_answer("refused", dkimsig_strerror(r),
		    strlen(dkimsig_strerror(r)));
	} else {
		key = read_key(request);
		answer_signature(signature, key, spec.algorithm);
		EVP_PKEY_free(key);
	}
	dkimsig_signature_free(signature);
	dkimsig_signer_free(signer);
}

/* The key record of the one signature, from its file. */
static void
give_key(struct dkimsig_verifier *verifier, const char *name)
{
	char record[REQUEST_RECORD_SIZE];
	enum dkimsig_dns dns = DKIMSIG_DNS_NONE;

	record[0] = '\0';
	if (request_record(name, record))
		dns = DKIMSIG_DNS_FOUND;
	if (dkimsig_verifier_key(verifier, 0, dns, record,
	    strlen(record)) != 0)
		errx(1, "the key is not taken");
}

static void
answer_verdict(struct dkimsig_verifier *verifier)
{
	struct dkimsig_verdict verdict;
	const char *name, *text;

	if (dkimsig_verifier_count(verifier) == 0) {
		request_answer("none", "", 0);
		return;
	}
	if (dkimsig_verifier_query(verifier, 0, &name) != 0)
		errx(1, "no query");
	if (name != NULL)
		give_key(verifier, name);
	if (dkimsig_verifier_result(verifier, 0, &verdict) != 0)
		errx(1, "no verdict");
	text = dkimsig_reason_text(verdict.reason);
	request_answer(verdict.result == DKIMSIG_RESULT_PASS ? "pass" : "fail",
	    text, strlen(text));
}

static void
verify(const struct mailfile *mail)
{
	/* Clocks of processes differ by a tick. */
	const struct dkimsig_verifier_opts opts = { .now = time(NULL),
	    .clock_skew = 5 };
	const struct mailfield *f;
	struct dkimsig_verifier *verifier;
	size_t i;
	int r;

	if (dkimsig_verifier_new(&verifier, &opts) != 0)
		errx(1, "no verifier");
	for (r = 0, i = 0; r == 0 && i < mail->nfields; i++) {
		f = &mail->fields[i];
		r = dkimsig_verifier_header(verifier, f->name, f->namelen,
		    f->value, f->valuelen);
	}
	if (r != 0 || dkimsig_verifier_end_headers(verifier) != 0 ||
	    dkimsig_verifier_body(verifier, mail->body, mail->bodylen) != 0 ||
	    dkimsig_verifier_end(verifier) != 0)
		request_answer("refused", "", 0);
	else
		answer_verdict(verifier);
	dkimsig_verifier_free(verifier);
}

int
main(int argc, char *argv[])
{
	struct request request;
	struct mailfile mail;
	const char *why;

	request_init(argc, argv);
	while (request_read(&request)) {
		if (!mailfile_parse(&mail, request.text, request.len, &why))
			request_answer("refused", why, strlen(why));
		else if (request.is_signing)
			sign(&request, &mail);
		else
			verify(&mail);
		mailfile_finish(&mail);
	}
	return 0;
}
