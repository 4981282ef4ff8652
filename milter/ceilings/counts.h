/* SPDX-License-Identifier: ISC */

/*
 * Room milter/ceilings: how much each source sends, so that an account that is
 * abused is noticed before somebody complains.
 *
 * Messages, distinct recipients and bodies are counted exactly, for each source
 * that has ceilings: countersign.conf(5).  Recipients and bodies are kept only
 * as 64-bit hashes under a random key, which is replaced at 00:00 UTC.  Only
 * messages that are signed count.
 *
 * The clock may jump.  Forward, counts expire.  Backward by up to an hour, time
 * stands still until the clock is there again; by more, all counts begin at 0,
 * because they would otherwise never expire.
 *
 * The time comes from the caller: seconds since the epoch.  All functions are
 * thread safe.
 */

#ifndef CEILINGS_COUNTS_H
#define CEILINGS_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ceilings/tally.h"
#include "config/config.h"

#define COUNTS_BACKWARD	3600	/* seconds; see above */
#define COUNTS_MAX_STATE	((size_t)1 << 30)	/* octets, written */

struct counts;

/* NULL when out of memory. */
struct counts *counts_new(void);
void	counts_free(struct counts *counts);

/*
 * Count for the sources of this configuration that have ceilings.  A source
 * that was there before, by its name, keeps its counts.  Returns 0, or -1 when
 * out of memory: then nothing has changed.
 */
int	counts_configure(struct counts *counts, const struct config *config);

/* Whether a source of that name is counted. */
bool	counts_has(struct counts *counts, const char *source);

/*
 * The hash of a recipient, as in RCPT TO.  Case, angle brackets and what stands
 * after a "+" in the local part do not count: VICTIM+1 is VICTIM.
 */
uint64_t counts_recipient(struct counts *counts, const char *address,
	    int64_t now);

/* One message that is about to be signed; all is borrowed. */
struct counts_message {
	const char		*source;
	const uint64_t		*recipients;	/* sorted, distinct */
	size_t			 nrecipients;
	const unsigned char	*bodyhash;	/* NULL: none */
	size_t			 bodyhashlen;
};

/* Count it, unless a ceiling defers it; a source without ceilings has none. */
void	counts_take(struct counts *counts,
	    const struct counts_message *message, int64_t now,
	    struct tally_result *result);

/* Take one back that was counted. */
void	counts_return(struct counts *counts,
	    const struct counts_message *message);

/*
 * Call fn for each source and ceiling of which one number says how much is
 * used: messages and recipients of the hour, and recipients of the day.  fn
 * must not call a function of this header.
 */
void	counts_each_use(struct counts *counts, int64_t now,
	    void (*fn)(const char *source, enum ceiling ceiling,
	    uint64_t used, uint64_t limit, void *arg), void *arg);

/* Whether one of these ceilings is such a one. */
bool	counts_shows(const struct ceilings *ceilings);

/* Whether the clock went back so far that counts began at 0; true once. */
bool	counts_were_reset(struct counts *counts);

/*
 * All that is counted as octets, to be read again after a restart; the caller
 * frees it.  NULL when out of memory or above COUNTS_MAX_STATE.
 * *changed is a number that differs if something has changed since.
 */
unsigned char *counts_write(struct counts *counts, size_t *len,
	    uint64_t *changed);
uint64_t counts_changed(struct counts *counts);

/*
 * Use the counts of a state for the configured sources, unless messages have
 * been counted: those are newer, and the state is only checked.  Returns 0, or
 * -1 if it is malformed or memory is short: then nothing has changed.
 */
int	counts_read(struct counts *counts, const unsigned char *state,
	    size_t len);

#endif /* CEILINGS_COUNTS_H */
