/* SPDX-License-Identifier: ISC */

/*
 * An examination, printed for people or programs: countersign-doctor verify.
 */

#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include "doctor.h"
#include "examine.h"

void	report_text(FILE *fp, const struct examination *x,
	    const struct doctor *doctor);
void	report_json(FILE *fp, const struct examination *x,
	    const struct doctor *doctor);

#endif /* REPORT_H */
