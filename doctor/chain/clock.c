/* SPDX-License-Identifier: ISC */

/*
 * The clock: signatures have a time and expire, and keys begin and end to sign
 * by it.
 *
 * The kernel knows whether a program such as chrony synchronizes it.  Files
 * that were changed in the future show that it has been set back, or was wrong
 * before; times in the key store are examined with the keys.
 */

#include <sys/stat.h>
#include <sys/timex.h>

#include <stdio.h>

#include "chain/chain.h"

#define AREA		"clock"

/* The kernel adds 500 us a second; this is what timedatectl(1) takes, too. */
#define MAX_ERROR_US	16000000
/* What file systems of other hosts may be ahead: seconds. */
#define MAX_AHEAD	3600

static void
check_synchronized(struct findings *findings)
{
	struct timex timex = { .modes = 0 };

	if (adjtimex(&timex) != -1 && timex.maxerror < MAX_ERROR_US)
		findings_add(findings, "clock-synchronized", FINDING_WELL,
		    AREA, "kernel", NULL, "the clock is synchronized");
	else
		findings_add(findings, "clock-synchronized", FINDING_NOTE,
		    AREA, "kernel", NULL, "No program synchronizes the clock. "
		    "If it is wrong by minutes, receivers may refuse "
		    "signatures, and hosts with the same keys change them at "
		    "different times. Install chrony or systemd-timesyncd; in "
		    "a container or virtual machine, the host may do it.");
}

/* Whether a file was changed after what the clock says is now. */
static bool
is_ahead(const char *path, int64_t now)
{
	struct stat st;

	return stat(path, &st) == 0 && (int64_t)st.st_mtime > now + MAX_AHEAD;
}

void
chain_clock(struct chain *chain, struct findings *findings)
{
	char program[PATH_MAX + 32];
	const char *paths[3] = { program, chain->config_file, NULL };
	size_t i, n = 2;

	(void)snprintf(program, sizeof(program), "%s/countersign-milter",
	    chain->programs);
	if (chain->config != NULL)
		paths[n++] = chain->config->keydir;
	check_synchronized(findings);
	for (i = 0; i < n; i++)
		if (is_ahead(paths[i], chain->now)) {
			findings_add(findings, "clock-behind",
			    FINDING_PROBLEM, AREA, paths[i], NULL, "This file "
			    "was changed in the future. If the clock is wrong, "
			    "keys sign at the wrong time, and receivers refuse "
			    "signatures: set it. If it is right, 'touch' the "
			    "file.");
			return;
		}
	findings_add(findings, "clock-behind", FINDING_WELL, AREA, "-", NULL,
	    "no file was changed in the future");
}
