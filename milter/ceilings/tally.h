/* SPDX-License-Identifier: ISC */

/*
 * What is counted for one source.  Pure: the time and the hashes come from the
 * caller, who also has the lock.
 *
 * Hours: the current minute and the 60 before it are counted as a whole, so an
 * hour's ceiling holds for any 60 minutes.  Days are those of the key, from
 * 00:00 UTC: nobody can compare hashes of two days.  A recipient who gets mail
 * shortly before and after that counts twice in that hour.
 */

#ifndef CEILINGS_TALLY_H
#define CEILINGS_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ceilings/table.h"
#include "config/ceiling.h"

#define TALLY_NAME_SIZE	72	/* a source's name has up to 64 octets */
#define TALLY_MINUTES	61
#define TALLY_WEEK	168	/* hours */
/* The same hour of the last two weeks, and the hours beside it. */
#define TALLY_HOURS	(2 * TALLY_WEEK + 2)

/* Recipients of a day, if no ceiling says how many there may be; bodies. */
#define TALLY_ROOM_RECIPIENTS	100000
#define TALLY_ROOM_BODIES	65536
/* An hour with fewer messages is never unusual. */
#define TALLY_LEAST_UNUSUAL	100
#define TALLY_ALARM_EVERY	3600	/* seconds, for a source and ceiling */

struct tally {
	char		 name[TALLY_NAME_SIZE];
	struct ceilings	 ceilings;	/* the limits */
	bool		 is_begun;
	uint32_t	 minute;	/* the newest that was counted */
	/* By minute % TALLY_MINUTES; recipients by when they were last seen. */
	uint32_t	 messages[TALLY_MINUTES];
	uint32_t	 recipients[TALLY_MINUTES];
	struct table	 today;		/* messages by recipient */
	struct table	 bodies;	/* recipients by body */
	uint32_t	 expired;	/* minute in which today was tidied */
	uint32_t	 first_hour;	/* since when hours are counted */
	uint32_t	 hours[TALLY_HOURS];	/* by hour % TALLY_HOURS */
	int64_t		 alarmed[CEILING_MAX];	/* the last time; 0: never */
};

/* One message, by its hashes. */
struct tally_message {
	const uint64_t	*recipients;	/* distinct */
	size_t		 nrecipients;
	uint64_t	 body;
	bool		 has_body;
};

/* What became of it; sets of 1u << enum ceiling. */
struct tally_result {
	unsigned int	over;		/* all that it exceeds */
	unsigned int	alarms;		/* those to be told now */
	bool		is_refused;	/* nothing was counted */
};

/* Count a message of that time, unless a ceiling defers it. */
void	tally_take(struct tally *tally, const struct tally_message *message,
	    int64_t now, struct tally_result *result);

/* How much of a ceiling of an hour or of all recipients of a day is used. */
uint64_t tally_use(struct tally *tally, enum ceiling ceiling, int64_t now);

/* Take one back that was counted: it was not signed after all. */
void	tally_return(struct tally *tally, const struct tally_message *message);

/* A new day has begun: forget recipients and bodies. */
void	tally_end_day(struct tally *tally);

/* Forget all that was counted, but not the limits. */
void	tally_reset(struct tally *tally);

#endif /* CEILINGS_TALLY_H */
