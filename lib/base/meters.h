/* SPDX-License-Identifier: ISC */

/*
 * What the service counts for its metrics: a table that processes share.
 *
 * The master makes it, in memory without a name (memfd_create(2)), and sends
 * its descriptor to the front (IPC_CTL_METERS), which counts messages there,
 * and one that can only be read to countersign-metrics(8).  The table outlives
 * the front and a reload.  Counting needs no lock; it is exact for each number,
 * but a reader may see a message in one number and not yet in another.
 *
 * A process without a table counts nothing, and each of these calls then does
 * nothing.  Reader: the front is not trusted, so whatever it writes is only
 * text and numbers, and a text is never longer than its place.
 *
 * A source keeps its slot by its name as long as the table exists.  Those for
 * which there is no slot count together, as METERS_OTHER.
 */

#ifndef METERS_H
#define METERS_H

#include <stdbool.h>
#include <stdint.h>

#define METERS_SLOTS		2048	/* a power of two, half of them used */
#define METERS_MAX_SOURCES	1000
#define METERS_NAME_SIZE	65	/* of a source, NUL included */
#define METERS_ACTIONS		6	/* enum action of config/action.h */
#define METERS_CEILINGS		7	/* enum ceiling of config/ceiling.h */
#define METERS_ALGORITHMS	2	/* enum dkimsig_algorithm */

/* Slots besides those that have the name of a source. */
#define METERS_OTHER		METERS_SLOTS
#define METERS_NO_SOURCE	(METERS_SLOTS + 1)
#define METERS_ALL_SLOTS	(METERS_SLOTS + 2)

/*
 * Why a message was not signed: "cause" in the log has the same words, from
 * this list.
 */
#define METERS_REASONS(X) \
	X(METERS_NO_REASON, "none") \
	X(METERS_ALIGNED, "aligned") \
	X(METERS_DNS, "dns") \
	X(METERS_FACTOR, "factor") \
	X(METERS_FRAGILE, "fragile") \
	X(METERS_MALFORMED, "malformed") \
	X(METERS_NO_AUTHOR, "no-author") \
	X(METERS_NO_KEY, "no-key") \
	X(METERS_NOT_OURS, "no-source") \
	X(METERS_RATE, "rate") \
	X(METERS_LIMIT, "signatures-per-hour") \
	X(METERS_SIZE, "size") \
	X(METERS_SYSTEM, "system") \
	X(METERS_UNCERTAIN, "uncertain-author") \
	X(METERS_UNCLEAR, "unclear-author")

#define METERS_ENUM(symbol, name) symbol,
enum meters_reason { METERS_REASONS(METERS_ENUM) METERS_NREASONS };
#undef METERS_ENUM

const char *meters_reason_name(enum meters_reason reason);

enum meters_time {
	METERS_MESSAGE_TIME,	/* from MAIL FROM to the reply */
	METERS_SIGN_TIME,	/* of a request to the signers */
	METERS_DNS_TIME,	/* of lookups that are made together */
	METERS_TIMES
};

enum meters_count {
	METERS_DNS_LOOKUPS,
	METERS_DNS_FAILURES,
	METERS_ABORTED,		/* messages that the MTA gave up */
	METERS_FRONT_RESTARTS,
	METERS_SIGNER_RESTARTS,
	METERS_METRICS_RESTARTS,
	METERS_COUNTS
};

/* What goes up and down; 0 again in each new front. */
enum meters_gauge {
	METERS_CONNECTIONS,	/* of the MTA */
	METERS_WAITING,		/* requests without a socket to a signer */
	METERS_SIGNING,		/* requests that a signer has */
	METERS_GAUGES
};

/* Times: counts up to each of these, and above the last. */
#define METERS_BUCKETS		15

/* What memfd_create(2) calls a table, and what proc(5) then shows. */
#define METERS_MEMFD		"countersign-meters"

struct meters;

/*
 * Make a table.  *fd is its descriptor, and *reader one for reading only, of
 * which its user cannot make another one; both close-on-exec, the caller's.
 * NULL, with errno set, on failure.
 */
struct meters *meters_make(int *fd, int *reader);

/*
 * The same with a table of an earlier process, whose descriptor this is: what
 * was counted stays.  NULL, with errno EINVAL, if it is none of this program's
 * version, or another failure; fd stays open.
 */
struct meters *meters_adopt(int fd, int *reader);

/*
 * Map a table for reading; NULL, with errno set, on failure: EINVAL if it is
 * none of this program's version.
 */
const struct meters *meters_map(int fd);

/* Unmap it.  NULL is allowed. */
void	meters_free(const struct meters *meters);

/* -- Counting, in any thread --------------------------------------------- */

/*
 * From now on, count in this table: all gauges become what they are in this
 * process.  Returns 0, or -1 with errno set.  The descriptor can be closed.
 */
int	meters_use(int fd);

/* The same with one that this process has made; NULL: no more. */
void	meters_use_own(struct meters *meters);

/* Whether this process has a table. */
bool	meters_are_used(void);

/*
 * Give a source a slot, unless most sources have one.  Returns whether it has
 * one now.  One thread at a time.
 */
bool	meters_add_source(const char *name, unsigned int most);

/* source NULL: none was concerned. */
void	meters_message(const char *source, unsigned int action,
	    enum meters_reason reason, bool is_observed);
void	meters_signature(unsigned int algorithm);
void	meters_time(enum meters_time time, int64_t us);
void	meters_count(enum meters_count count, uint64_t n);
void	meters_move(enum meters_gauge gauge, int by);
/* How much of a ceiling is used; limit 0: there is none. */
void	meters_ceiling(const char *source, unsigned int ceiling,
	    uint64_t used, uint64_t limit);
/* From now on, sources that has() does not name have no ceilings. */
void	meters_drop_ceilings(bool (*has)(const char *source));

/* -- Reading ------------------------------------------------------------- */

/* The upper bound of a bucket, in microseconds; index below METERS_BUCKETS. */
int64_t	meters_bound_us(unsigned int bucket);

/* Whether the slot is in use, and the name of its source, NUL-terminated. */
bool	meters_read_source(const struct meters *meters, unsigned int slot,
	    char name[METERS_NAME_SIZE]);
uint64_t meters_read_messages(const struct meters *meters, unsigned int slot,
	    bool is_observed, unsigned int action, enum meters_reason reason);
uint64_t meters_read_signatures(const struct meters *meters,
	    unsigned int algorithm);
/* bucket METERS_BUCKETS: above the last bound. */
uint64_t meters_read_bucket(const struct meters *meters,
	    enum meters_time time, unsigned int bucket);
uint64_t meters_read_sum_us(const struct meters *meters,
	    enum meters_time time);
uint64_t meters_read_count(const struct meters *meters,
	    enum meters_count count);
/* Never below 0. */
int64_t	meters_read_gauge(const struct meters *meters,
	    enum meters_gauge gauge);
/* Returns the limit, 0 if there is none. */
uint64_t meters_read_ceiling(const struct meters *meters, unsigned int slot,
	    unsigned int ceiling, uint64_t *used);

#endif /* METERS_H */
