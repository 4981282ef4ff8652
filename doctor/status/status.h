/* SPDX-License-Identifier: ISC */

/*
 * Room doctor/status: what the milter counts, for a person who looks at it.
 *
 * The numbers come from the table of the master (base/meters.h), which a
 * picture or JSON shows together with the keys, and with what is wrong and the
 * command that fixes it.  Names in the table are foreign text.
 */

#ifndef STATUS_H
#define STATUS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "chain/finding.h"
#include "status/choices.h"
#include "status/keys.h"
#include "status/numbers.h"
#include "status/trouble.h"

#define STATUS_WHY_SIZE		512
#define STATUS_SAMPLES		60	/* of the curve */

/* All that is shown; nothing is owned. */
struct status {
	const char	*host;
	int64_t		 now;
	pid_t		 pid;		/* of the master; 0: none was found */
	char		 why[STATUS_WHY_SIZE];	/* then */
	struct choices	 choices;	/* then, if several run */
	const struct numbers *total;	/* NULL: there are none */
	/* What was added in the last seconds; NULL: not known yet. */
	const struct numbers *recent;
	unsigned int	 seconds;	/* of recent */
	/* Signed messages a second, the newest last. */
	double		 curve[STATUS_SAMPLES];
	size_t		 ncurve;
	const struct status_keys *keys;	/* NULL: see keys_why */
	/* Why there are none, or not all of them; "": they are complete. */
	char		 keys_why[STATUS_WHY_SIZE];
	const struct findings *findings;	/* of the chain */
	const struct troubles *troubles;	/* by the numbers */
};

/* Of recent, if there was any mail; else in all. */
const struct numbers *status_shown(const struct status *status);

/* Whether something is wrong that somebody should fix. */
bool	status_is_wrong(const struct status *status);

struct status_style {
	unsigned int	 columns;
	unsigned int	 rows;		/* 0: as many as are needed */
	bool		 colours;
	bool		 is_utf8;	/* bars of blocks */
	bool		 is_screen;	/* lines end as on a screen */
	unsigned int	 every;		/* seconds; 0: it is shown once */
};

void	status_print_text(FILE *fp, const struct status *status,
	    const struct status_style *style);
void	status_print_json(FILE *fp, const struct status *status);

#endif /* STATUS_H */
