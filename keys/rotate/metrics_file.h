/* SPDX-License-Identifier: ISC */

/*
 * Writing the result of a run over all domains in the Prometheus text format,
 * for the textfile collector of its node exporter or any other reader.
 */

#ifndef METRICS_FILE_H
#define METRICS_FILE_H

#include <stdio.h>

#include "rotate/all.h"
#include "rotate/report.h"

/*
 * Most domains with lines of their own: those that failed; and all, if there
 * are no more of them.  The others are only counted.
 */
#define METRICS_FILE_DOMAINS	100
#define METRICS_FILE_TROUBLES	(TROUBLE_CEILING + 1)

struct metrics_domain {
	char		 name[DKIMSIG_DOMAIN_SIZE];
	struct key_counts keys;
	bool		 has[METRICS_FILE_TROUBLES];
};

struct metrics_file {
	int64_t	 begun;		/* seconds since 1970 */
	size_t	 troubles[METRICS_FILE_TROUBLES];	/* of all domains */
	struct key_counts keys;	/* of all domains */
	size_t	 ndomains;	/* that were counted */
	struct metrics_domain *domains;	/* the first of them; NULL: no memory */
	size_t	 nlines;
	FILE	*fp;		/* writes to text; NULL: out of memory */
	char	*text;		/* lines about domains that failed */
	size_t	 len;
};

/* Begin, with the time at which the run begins: seconds since 1970. */
void	metrics_file_begin(struct metrics_file *metrics, int64_t now);
/* Add the result of one domain. */
void	metrics_file_count(struct metrics_file *metrics,
	    const struct domain_report *report);

/*
 * Replace the file, mode 0644; now is the end of the run.  Returns 0 or KS_E_*.
 */
int	metrics_file_write(struct metrics_file *metrics, const char *path,
	    const struct rotate_tally *tally, int64_t now,
	    struct ks_error *error);
void	metrics_file_finish(struct metrics_file *metrics);

#endif /* METRICS_FILE_H */
