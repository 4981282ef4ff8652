/* SPDX-License-Identifier: ISC */

/*
 * Messages signed with the library and damaged afterwards, for tests of
 * diagnoses.
 *
 * Signatures are of s=s and, unless the caller says otherwise, d=example.com,
 * at one fixed time.  Whatever fails ends the test program.
 */

#include "signedmail.h"

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW	1790000000

static struct dkimsig_signer *
feed_signer(const struct mailfile *mail)
{
	const struct dkimsig_signer_opts opts = { .body_canons = 3 };
	const struct mailfield *f;
	struct dkimsig_signer *s;
	size_t i;
	int r;

	r = dkimsig_signer_new(&s, &opts);
	for (i = 0; r == 0 && i < mail->nfields; i++) {
		f = &mail->fields[i];
		r = dkimsig_signer_header(s, f->name, f->namelen, f->value,
		    f->valuelen);
	}
	if (r != 0 || dkimsig_signer_end_headers(s) != 0 ||
	    dkimsig_signer_body(s, mail->body, mail->bodylen) != 0 ||
	    dkimsig_signer_end(s) != 0)
		errx(1, "cannot feed the signer");
	return s;
}

struct signedmail
signedmail_make(const char *header, const char *body,
    const struct dkimsig_sigspec *given, EVP_PKEY *key)
{
	struct dkimsig_sigspec spec = *given;
	unsigned char sig[DKIMSIG_MAX_SIGVALUE];
	const unsigned char *tbs;
	struct dkimsig_signature *signature;
	struct dkimsig_signer *s;
	struct mailfile mail;
	struct signedmail result;
	const char *why, *value;
	char *text;
	size_t len, siglen;
	int n;

	if (spec.sdid == NULL)
		spec.sdid = "example.com";
	spec.selector = "s";
	spec.timestamp = NOW;
	if ((n = asprintf(&text, "%s\r\n%s", header, body)) == -1 ||
	    !mailfile_parse(&mail, text, (size_t)n, &why))
		errx(1, "no message");
	s = feed_signer(&mail);
	if (dkimsig_signature_new(&signature, s, &spec) != 0)
		errx(1, "no block");
	tbs = dkimsig_signature_block(signature, &len);
	siglen = testkeys_sign(key, spec.algorithm, tbs, len, sig);
	if (dkimsig_signature_field(signature, sig, siglen, &value,
	    &len) != 0 ||
	    (n = asprintf(&result.text, "DKIM-Signature:%s\r\n%s", value,
	    text)) == -1)
		errx(1, "no field");
	result.len = (size_t)n;
	dkimsig_signature_free(signature);
	dkimsig_signer_free(s);
	mailfile_finish(&mail);
	free(text);
	return result;
}

void
signedmail_replace(struct signedmail *mail, const char *from, const char *to)
{
	size_t n = strlen(from), len;
	char *text, *out;
	const char *p;
	FILE *fp;

	if ((fp = open_memstream(&out, &len)) == NULL)
		err(1, NULL);
	for (p = mail->text; *p != '\0';)
		if (strncmp(p, from, n) == 0) {
			(void)fputs(to, fp);
			p += n;
		} else
			(void)putc(*p++, fp);
	if (fclose(fp) == EOF || (text = strdup(out)) == NULL)
		err(1, NULL);
	free(out);
	free(mail->text);
	mail->text = text;
	mail->len = len;
}

struct dkimsig_verdict
signedmail_verify(const struct mailfile *mail, const char *record,
    struct dkimsig_verifier **v)
{
	const struct dkimsig_verifier_opts opts = { .now = NOW };
	const struct mailfield *f;
	struct dkimsig_verdict verdict;
	size_t i;
	int r;

	r = dkimsig_verifier_new(v, &opts);
	for (i = 0; r == 0 && i < mail->nfields; i++) {
		f = &mail->fields[i];
		r = dkimsig_verifier_header(*v, f->name, f->namelen,
		    f->value, f->valuelen);
	}
	if (r != 0 || dkimsig_verifier_end_headers(*v) != 0 ||
	    dkimsig_verifier_body(*v, mail->body, mail->bodylen) != 0 ||
	    dkimsig_verifier_end(*v) != 0 ||
	    dkimsig_verifier_key(*v, 0, DKIMSIG_DNS_FOUND, record,
	    strlen(record)) != 0 ||
	    dkimsig_verifier_result(*v, 0, &verdict) != 0)
		errx(1, "cannot verify");
	return verdict;
}
