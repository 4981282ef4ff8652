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
#include "chain/private.h"
#include "machine/process.h"

#define AREA		"services"

/*
 * Each connection of the MTA takes a descriptor, and Postfix has 100 processes
 * for each service unless it is told otherwise.
 */
#define OPEN_FILES_LEAST	1024

struct seen {
	size_t			 n, nreplaced;
	pid_t			 pid;		/* of one that is replaced */
	unsigned long long	 open_files;	/* the lowest limit; 0: none */
};

static void
see(void *arg, const struct machine_process *process)
{
	struct seen *seen = arg;

	seen->n++;
	if (process->is_replaced) {
		seen->nreplaced++;
		seen->pid = process->pid;
	}
	if (process->open_files != 0 && (seen->open_files == 0 ||
	    process->open_files < seen->open_files))
		seen->open_files = process->open_files;
}

/* How the processes of a program are replaced, if systemd started them. */
static const char *
fix_restart(pid_t pid, const char *unit, char *fix, size_t size)
{
	char path[64], line[1024];
	bool is_of_unit = false;
	FILE *fp;

	if (pid == 0)
		return NULL;
	(void)snprintf(path, sizeof(path), "/proc/%ld/cgroup", (long)pid);
	if ((fp = fopen(path, "re")) == NULL)
		return NULL;
	while (fgets(line, sizeof(line), fp) != NULL)
		is_of_unit = is_of_unit || strstr(line, unit) != NULL;
	(void)fclose(fp);
	if (!is_of_unit)
		return NULL;
	(void)snprintf(fix, size, "systemctl restart %s", unit);
	return fix;
}

void
chain_programs(struct chain *chain, struct findings *findings)
{
	static const struct {
		const char	*name, *unit;
	} programs[] = {
		{ "countersign-front",	"countersign-milter.service" },
		{ "countersign-milter",	"countersign-milter.service" },
		{ "countersign-signer",	"countersign-signer.service" },
	};
	char fix[CHAIN_FIX_SIZE], path[PATH_MAX + 32];
	const char *command;
	struct seen seen;
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", chain->programs,
		    programs[i].name);
		memset(&seen, 0, sizeof(seen));
		machine_each_process(path, see, &seen);
		if (seen.n == 0)
			continue;
		command = fix_restart(seen.pid, programs[i].unit, fix,
		    sizeof(fix));
		/* Without units of their own, signers are the master's. */
		if (command == NULL)
			command = fix_restart(seen.pid, programs[0].unit, fix,
			    sizeof(fix));
		if (seen.nreplaced > 0)
			findings_add(findings, "old-program", FINDING_PROBLEM,
			    AREA, path, command, "%zu of %zu processes still "
			    "run the program as it was before an upgrade: "
			    "restart the milter.", seen.nreplaced, seen.n);
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
