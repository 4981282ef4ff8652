/* SPDX-License-Identifier: ISC */

/*
 * The command line of countersign-key.  Options may appear anywhere on it; a
 * subcommand refuses options that it does not have.
 */

#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "command/tool.h"

struct subcommand {
	const char	*name;
	int		(*run)(struct tool *, int, char **);
	int		 min, max;	/* operands; max -1: any number */
	unsigned int	 options;	/* OPT_* that it accepts */
	unsigned int	 needs;		/* NEEDS_* */
	const char	*synopsis;
};

#define OPT_ALGORITHM	0x0001u
#define OPT_ALL		0x0002u
#define OPT_AT		0x0004u
#define OPT_DRY_RUN	0x0008u
#define OPT_FORCE	0x0010u
#define OPT_JSON	0x0020u
#define OPT_MONITOR	0x0040u
#define OPT_NO_PROGRESS	0x0080u
#define OPT_OUTPUT	0x0100u
#define OPT_SELECTOR	0x0200u
#define OPT_STRICT	0x0400u
#define OPT_WAIT	0x0800u
#define OPT_FORMAT	0x1000u
#define OPT_REMOVED	0x2000u
#define OPT_KEEP	0x4000u
#define OPT_YES		0x8000u
#define OPT_PROBLEMS	0x10000u
#define OPT_STATUS	0x20000u
#define OPT_TEST	0x40000u
#define OPT_STREAM	0x80000u
#define OPT_NEW_KEK	0x100000u
#define OPT_MEMBERS	0x200000u
#define OPT_FLEET	0x400000u
#define OPT_WITHOUT	0x800000u
#define OPT_CHANGE	0x1000000u
#define OPT_COUNT	25

#define NEEDS_CONFIG	0x1u	/* even if -k names the key directory */
#define MAKES_KEYDIR	0x2u	/* if it does not exist */
#define NEEDS_UNFORCED	0x4u	/* NEEDS_CONFIG, but not with --force */
#define CHANGES_KEYS	0x8u	/* only the host that rotates them may */
#define PUSHES_KEYS	0x10u	/* the same, but not with --status */
#define TELLS_REFUSAL	0x20u	/* tells people if this host may not */
#define TELLS_FAULTS	0x40u	/* and if configuration or store are bad */
#define SPREADS_CHANGES	0x80u	/* at its end, to the hosts of sync_hosts */
#define NEEDS_ROOT	0x100u	/* reads or writes files of others: stays root,
				 * or gives it up itself */

struct options {
	const char	*config, *keydir;
	unsigned int	 given;		/* OPT_* bits */
	const char	*names[OPT_COUNT];	/* by number of the bit */
	bool		 help, version;
};

/*
 * Returns false, after printing an error, if an option is unknown or its value
 * is invalid.
 */
bool	options_read(int argc, char **argv, struct tool *tool,
	    struct options *options);

/*
 * Check that the subcommand takes these options and this number of operands;
 * prints an error and returns false if it does not.
 */
bool	options_check(const struct subcommand *sub,
	    const struct options *options, int noperands);

#endif /* OPTIONS_H */
