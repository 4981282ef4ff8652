/* SPDX-License-Identifier: ISC */

/*
 * Print an examination, for people or as JSON: countersign-doctor verify.
 */

#ifndef VERIFY_TEXT_H
#define VERIFY_TEXT_H

#include <stdio.h>

#include "doctor.h"
#include "examine.h"

void	report_text(FILE *fp, const struct examination *x,
	    const struct doctor *doctor);
void	report_json(FILE *fp, const struct examination *x,
	    const struct doctor *doctor);

#endif /* VERIFY_TEXT_H */
