/* SPDX-License-Identifier: ISC */

/*
 * The list of findings about one signature.
 *
 * Findings over DIAGNOSE_MAX_FINDINGS are dropped, and long texts are cut.
 * Nothing here can fail.
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
	/* A long text may be cut: it ends with an excerpt of the mail. */
	(void)vsnprintf(f->text, sizeof(f->text), format, ap);
	va_end(ap);
}
