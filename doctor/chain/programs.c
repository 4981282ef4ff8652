/* SPDX-License-Identifier: ISC */

/*
 * The processes of the milter: whether they run the programs that are on disk,
 * or those of before an upgrade, and how many files they may open.
 *
 * Only root sees the processes of other users.
 */

#include <stdio.h>
#include <string.h>

#include "chain/chain.h"
#include "machine/process.h"

#define AREA		"services"

/*
 * Each connection of the MTA takes a descriptor, and Postfix has 100 processes
 * for each service unless it is told otherwise.
 */
#define OPEN_FILES_LEAST	1024

struct seen {
	size_t			 n, nreplaced;
	unsigned long long	 open_files;	/* the lowest limit; 0: none */
};

static void
see(void *arg, const struct machine_process *process)
{
	struct seen *seen = arg;

	seen->n++;
	seen->nreplaced += process->is_replaced;
	if (process->open_files != 0 && (seen->open_files == 0 ||
	    process->open_files < seen->open_files))
		seen->open_files = process->open_files;
}

void
chain_programs(struct chain *chain, struct findings *findings)
{
	static const char milter[] = "systemctl restart "
	    "countersign-milter.service";
	static const char signer[] = "systemctl restart "
	    "countersign-signer.service";
	/* How each is started again; signers without a unit by the master. */
	const struct {
		const char	*name, *fix;
	} programs[] = {
		{ "countersign-front", chain->has_milter_unit ? milter : NULL },
		{ "countersign-metrics", chain->has_milter_unit ? milter :
		    NULL },
		{ "countersign-milter", chain->has_milter_unit ? milter :
		    NULL },
		{ "countersign-signer",	chain->has_signer_unit ? signer :
		    chain->has_milter_unit ? milter : NULL },
	};
	char path[PATH_MAX + 32];
	struct seen seen;
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", chain->programs,
		    programs[i].name);
		memset(&seen, 0, sizeof(seen));
		machine_each_process(path, see, &seen);
		if (seen.n == 0)
			continue;
		if (seen.nreplaced > 0)
			findings_add(findings, "old-program", FINDING_PROBLEM,
			    AREA, path, programs[i].fix, "%zu of %zu processes "
			    "still run the program as it was before an "
			    "upgrade: restart the milter.", seen.nreplaced,
			    seen.n);
		else
			findings_add(findings, "old-program", FINDING_WELL,
			    AREA, path, NULL, "the program on disk is the one "
			    "that runs");
		if (i > 0 || seen.open_files == 0)
			continue;
		findings_add(findings, "open-files", seen.open_files <
		    OPEN_FILES_LEAST ? FINDING_PROBLEM : FINDING_WELL, AREA,
		    path, NULL, "%s%llu files (LimitNOFILE= of a unit, or "
		    "'ulimit -n').", seen.open_files < OPEN_FILES_LEAST ?
		    "Each connection of the MTA takes a descriptor, but the "
		    "milter may open only " : "the milter may open ",
		    seen.open_files);
	}
}
