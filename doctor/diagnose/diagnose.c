/* SPDX-License-Identifier: ISC */

/*
 * The list of findings about one signature: see diagnose.h.
 *
 * A finding too many is dropped, and a text that is too long is cut: its end
 * is text of the mail.  Nothing can fail.
 */

#include "diagnose/diagnose.h"

#include <stdarg.h>
#include <stdio.h>

void
diagnosis_add(struct diagnosis *d, enum diagnose_part part, const char *code,
    const char *format, ...)
{
	struct finding *f;
	va_list ap;

	if (d->nfindings == DIAGNOSE_MAX_FINDINGS)
		return;
	f = &d->findings[d->nfindings++];
	f->part = part;
	f->code = code;
	va_start(ap, format);
	/* Cut when it is too long, as its end is text of the mail. */
	(void)vsnprintf(f->text, sizeof(f->text), format, ap);
	va_end(ap);
}
