/* SPDX-License-Identifier: ISC */

/*
 * How many messages had which outcome since the front started; logged on reload
 * and when the front stops.
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
	COUNTER_OBSERVED,	/* in observe mode: left alone */
	COUNTER_DNS_ERRORS,	/* DNS did not answer: tempfailed */
	COUNTER_RATE_REFUSED,
	COUNTER_LIMITED,	/* over signatures_per_hour: tempfailed */
	COUNTER_REPLAYED,	/* signature used too often before */
	COUNTER_FRAGILE,	/* signed, but may not survive */
	COUNTER_DKIM2,		/* arrived with DKIM2 fields */
	COUNTER_DNS_RESTARTS,	/* not of messages: libunbound was stuck */
	COUNTER_MAX		/* number of counters */
};

/* All functions are thread safe. */
void	counters_add(enum counter counter, unsigned long n);
unsigned long counters_get(enum counter counter);
/* Log all counters, in one line. */
void	counters_log(void);

#endif /* COUNTERS_H */
