/* SPDX-License-Identifier: ISC */

/*
 * The result of a run over all domains, in the text format of Prometheus, for
 * the textfile collector of its node exporter or anything else that reads it.
 */

#ifndef METRICS_FILE_H
#define METRICS_FILE_H

#include <stdio.h>

#include "rotate/all.h"
#include "rotate/report.h"

struct metrics_file {
	int64_t	 begun;		/* seconds since 1970 */
	FILE	*fp;		/* lines on domains that failed */
	char	*text;
	size_t	 len;
};

/* now is when the run begins: seconds since 1970. */
void	metrics_file_begin(struct metrics_file *metrics, int64_t now);
void	metrics_file_count(struct metrics_file *metrics,
	    const struct domain_report *report);

/* Replace the file, mode 0644; the run ends now.  Returns 0 or KS_E_*. */
int	metrics_file_write(struct metrics_file *metrics, const char *path,
	    const struct rotate_tally *tally, int64_t now,
	    struct ks_error *error);
void	metrics_file_finish(struct metrics_file *metrics);

#endif /* METRICS_FILE_H */
