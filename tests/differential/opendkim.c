/* SPDX-License-Identifier: ISC */

/*
 * libopendkim, the library of OpenDKIM, behind the protocol of compare.py.
 *
 * Its handles live for one message.  Fields are given as in a message, without
 * their last CRLF.
 */

#include <sys/types.h>

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <opendkim/dkim.h>

#include "diagnose/mailfile.h"
#include "requests.h"

#define KEY_SIZE	8192
#define FIELD_SIZE	16384	/* octets of a DKIM-Signature */

static DKIM_LIB *library;

static DKIM_STAT
find_key(DKIM *dkim, DKIM_SIGINFO *sig, unsigned char *buf, size_t bufsize)
{
	char name[1024], record[REQUEST_RECORD_SIZE];

	(void)dkim;
	(void)snprintf(name, sizeof(name), "%s._domainkey.%s",
	    (char *)dkim_sig_getselector(sig), (char *)dkim_sig_getdomain(sig));
	if (!request_record(name, record))
		return DKIM_STAT_NOKEY;
	if (strlcpy((char *)buf, record, bufsize) >= bufsize)
		return DKIM_STAT_SYNTAX;
	return DKIM_STAT_OK;
}

/* Give it the message up to its end of the header, or the whole. */
static DKIM_STAT
feed(DKIM *dkim, const struct mailfile *mail)
{
	const struct mailfield *f;
	DKIM_STAT status = DKIM_STAT_OK;
	char *copy;
	size_t i;

	for (i = 0; status == DKIM_STAT_OK && i < mail->nfields; i++) {
		f = &mail->fields[i];
		status = dkim_header(dkim, (unsigned char *)(size_t)f->name,
		    f->namelen + 1 + f->valuelen);
	}
	if (status == DKIM_STAT_OK)
		status = dkim_eoh(dkim);
	if (status != DKIM_STAT_OK || mail->bodylen == 0)
		return status;
	/* It takes a pointer to what it may change. */
	if ((copy = malloc(mail->bodylen)) == NULL)
		err(1, NULL);
	memcpy(copy, mail->body, mail->bodylen);
	status = dkim_body(dkim, (unsigned char *)copy, mail->bodylen);
	free(copy);
	return status;
}

static void
answer(const char *result, DKIM_STAT status)
{
	const char *text = dkim_getresultstr(status);

	request_answer(result, text, strlen(text));
}

static void
verify(const struct mailfile *mail)
{
	DKIM_STAT status;
	DKIM *dkim;

	if ((dkim = dkim_verify(library, (const unsigned char *)"id", NULL,
	    &status)) == NULL)
		errx(1, "no verifier");
	status = feed(dkim, mail);
	if (status == DKIM_STAT_OK)
		status = dkim_eom(dkim, NULL);
	if (status == DKIM_STAT_NOSIG)
		answer("none", status);
	else
		answer(status == DKIM_STAT_OK ? "pass" : "fail", status);
	(void)dkim_free(dkim);
}

static void
read_key(const struct request *request, char key[KEY_SIZE])
{
	size_t n;
	FILE *fp;

	if ((fp = fopen(request->key_file, "r")) == NULL)
		err(1, "%s", request->key_file);
	n = fread(key, 1, KEY_SIZE - 1, fp);
	key[n] = '\0';
	(void)fclose(fp);
}

static void
sign(const struct request *request, const struct mailfile *mail)
{
	/* It leaves out the blank after the colon, which it has signed. */
	unsigned char field[FIELD_SIZE] = " ";
	char key[KEY_SIZE];
	DKIM_STAT status;
	DKIM *dkim;
	bool is_rsa = strcmp(request->algorithm, "rsa-sha256") == 0;

	read_key(request, key);
	dkim = dkim_sign(library, (const unsigned char *)"id", NULL,
	    (dkim_sigkey_t)key, (const unsigned char *)request->selector,
	    (const unsigned char *)REQUEST_DOMAIN,
	    request->header_relaxed ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE,
	    request->body_relaxed ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE,
	    is_rsa ? DKIM_SIGN_RSASHA256 : DKIM_SIGN_ED25519SHA256, -1,
	    &status);
	if (dkim == NULL)
		errx(1, "cannot sign: %s", dkim_getresultstr(status));
	status = feed(dkim, mail);
	if (status == DKIM_STAT_OK)
		status = dkim_eom(dkim, NULL);
	if (status == DKIM_STAT_OK)
		status = dkim_getsighdr(dkim, field + 1, sizeof(field) - 1,
		    strlen("DKIM-Signature: "));
	if (status == DKIM_STAT_OK)
		request_answer("signed", field, strlen((char *)field));
	else
		answer("refused", status);
	(void)dkim_free(dkim);
}

int
main(int argc, char *argv[])
{
	struct request request;
	struct mailfile mail;
	const char *why;

	request_init(argc, argv);
	if ((library = dkim_init(NULL, NULL)) == NULL)
		errx(1, "no library");
	(void)dkim_set_key_lookup(library, find_key);
	while (request_read(&request)) {
		if (!mailfile_parse(&mail, request.text, request.len, &why))
			request_answer("refused", why, strlen(why));
		else if (request.is_signing)
			sign(&request, &mail);
		else
			verify(&mail);
		mailfile_finish(&mail);
	}
	dkim_close(library);
	return 0;
}
