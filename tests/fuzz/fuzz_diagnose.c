/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: a message as a file has it, every change of body and header
 * undone, and its first field's value as a key record.  What was parsed and
 * is written again is parsed to the same.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnose/body_undo.h"
#include "diagnose/diagnose.h"
#include "diagnose/header_vary.h"
#include "diagnose/mailfile.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* How much longer a change may make a text: encoded words are the worst. */
#define MAX_GROWTH(len)	(16 * (len) + 256)

static char	*text;
static size_t	 textlen;

static FILE *
begin(void)
{
	FILE *fp;

	text = NULL;
	if ((fp = open_memstream(&text, &textlen)) == NULL)
		abort();
	return fp;
}

static void
end(FILE *fp, size_t max)
{
	if (fclose(fp) == EOF || textlen > max)
		abort();
	free(text);
}

static void
undo_bodies(const struct mailfile *mail)
{
	FILE *fp;
	size_t i;

	for (i = 0; i < body_nundos; i++) {
		fp = begin();
		(void)body_undos[i].undo(mail, fp);
		end(fp, MAX_GROWTH(mail->bodylen));
	}
}

static void
vary_field(const struct mailfield *f)
{
	char buf[64];
	size_t i, k;
	FILE *fp;
	bool more;

	for (i = 0; i < header_nvaries; i++)
		for (k = 0, more = true; more && k < HEADER_VARY_MAX; k++) {
			fp = begin();
			more = header_varies[i].vary(f->value, f->valuelen,
			    k, fp);
			end(fp, MAX_GROWTH(f->valuelen));
		}
	for (k = 0; header_vary_name(f->name, f->namelen, k, buf,
	    sizeof(buf)) != NULL; k++)
		if (k > 64)
			abort();
}

static void
check_again(const struct mailfile *mail)
{
	const struct mailfield *f;
	struct mailfile again;
	const char *why;
	size_t i;
	FILE *fp;

	/* A body that began without an empty line is not written so. */
	if (mail->bad_line != 0 || mail->unix_from)
		return;
	fp = begin();
	for (i = 0; i < mail->nfields; i++) {
		f = &mail->fields[i];
		(void)fprintf(fp, "%.*s:", (int)f->namelen, f->name);
		(void)fwrite(f->value, 1, f->valuelen, fp);
		(void)fputs("\r\n", fp);
	}
	(void)fputs("\r\n", fp);
	(void)fwrite(mail->body, 1, mail->bodylen, fp);
	if (fclose(fp) == EOF || !mailfile_parse(&again, text, textlen,
	    &why) || again.nfields != mail->nfields ||
	    again.bodylen != mail->bodylen ||
	    memcmp(again.body, mail->body, mail->bodylen) != 0)
		abort();
	for (i = 0; i < mail->nfields; i++)
		if (again.fields[i].valuelen != mail->fields[i].valuelen)
			abort();
	mailfile_finish(&again);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct diagnosis d;
	struct mailfile mail;
	const char *why;
	size_t i;

	if (!mailfile_parse(&mail, (const char *)data, len, &why))
		abort();
	undo_bodies(&mail);
	for (i = 0; i < mail.nfields && i < 8; i++)
		vary_field(&mail.fields[i]);
	for (i = 0; mail.nfields > 0 && i <= DKIMSIG_REASON_SIGNATURE; i++) {
		memset(&d, 0, sizeof(d));
		diagnose_key(mail.fields[0].value, mail.fields[0].valuelen,
		    (enum dkimsig_reason)i, &d);
		if (d.nfindings > 1)
			abort();
	}
	check_again(&mail);
	mailfile_finish(&mail);
	return 0;
}
