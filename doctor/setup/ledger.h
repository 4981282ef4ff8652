/* SPDX-License-Identifier: ISC */

/*
 * What setup has changed on this host, for later runs and for --undo.
 *
 * Each change is recorded, with what was there before, before it is made.  So
 * after a crash at any moment, what is there now is what was before, or what
 * was to be; both are in the ledger, and the next run goes on or undoes.
 */

#ifndef SETUP_LEDGER_H
#define SETUP_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

#include "setup/plan.h"

#define LEDGER_DEFAULT	"/var/lib/countersign/setup.json"

/* What must still be done after changes that were made. */
enum ledger_due {
	DUE_RELOAD	= 0x1,	/* of the milter */
	DUE_RESTART	= 0x2,
	DUE_POSTFIX	= 0x4	/* Postfix reloads, and is tested */
};

struct ledger {
	char		*path;
	int		 lock;		/* descriptor; -1: none */
	struct changes	 changes;	/* in the order of the first runs */
	unsigned int	 due;		/* enum ledger_due */
};

/*
 * Read the ledger, and keep other runs out until it is closed.  A file that
 * does not exist is empty.  Returns 0, or -1 with the reason; ledger_close()
 * may be called in any case.
 */
int	ledger_open(struct ledger *ledger, const char *path, char *why,
	    size_t size);
void	ledger_close(struct ledger *ledger);

/*
 * Record a change that is about to be made.  What was there before all changes
 * by setup is kept, unless somebody else has changed it since; of a unit it is
 * always kept.  Returns 0, or -1 with the reason: then the change must not be
 * made.
 */
int	ledger_record(struct ledger *ledger, const struct change *change,
	    char *why, size_t size);

/* Forget a change that was undone. */
int	ledger_forget(struct ledger *ledger, const struct change *change,
	    char *why, size_t size);

/* Note what is due, or no longer. */
int	ledger_set_due(struct ledger *ledger, unsigned int due, char *why,
	    size_t size);

/* The recorded change of the same kind, place and name; NULL: none. */
struct change *ledger_find(const struct ledger *ledger,
	    enum change_kind kind, const char *place, const char *name);

/* Whether a text is what setup has put there, by a recorded change. */
bool	ledger_is_ours(const struct change *change, const char *text);

#endif /* SETUP_LEDGER_H */
