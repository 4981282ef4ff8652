/* SPDX-License-Identifier: ISC */

/*
 * How many messages came to which end, since the front's start; written to
 * the log when it stops and when the configuration is read again.
 */

#ifndef COUNTERS_H
#define COUNTERS_H

enum counter {
	COUNTER_SIGNED,
	COUNTER_SIGNATURES,
	COUNTER_PASSED,
	COUNTER_REJECTED,
	COUNTER_QUARANTINED,
	COUNTER_TEMPFAILED,
	COUNTER_SIGNER_ERRORS,
	COUNTER_ABORTED,
	COUNTER_OBSERVED,	/* of sources that only observe */
	COUNTER_DNS_ERRORS,	/* DNS did not tell: tempfailed */
	COUNTER_RATE_REFUSED,
	COUNTER_REPLAYED,	/* had a signature that was used up */
	COUNTER_FRAGILE,	/* signed, but may not survive */
	COUNTER_MAX		/* how many there are */
};

/* Thread safe, all of them. */
void	counters_add(enum counter counter, unsigned long n);
unsigned long counters_get(enum counter counter);
/* All of them, in one line. */
void	counters_log(void);

#endif /* COUNTERS_H */
