/* SPDX-License-Identifier: ISC */

/*
 * Charts of the page, in SVG: mail over time, and the shares of one row of a
 * table.  All their figures are in a table as well.
 */

#ifndef PAGE_CHART_H
#define PAGE_CHART_H

#include <stdio.h>

#include "page/period.h"

void	chart_period(FILE *fp, const struct period *period);

/* Which colour is which, for all charts of the page. */
void	chart_legend(FILE *fp);

/* A bar as long as the row's part of most, divided by action. */
void	chart_shares(FILE *fp, const unsigned long counts[LOGGED_NACTIONS],
	    unsigned long most);

#endif /* PAGE_CHART_H */
