/* SPDX-License-Identifier: ISC */

/*
 * Counters of the outcomes of messages since the front started.
 *
 * They are atomic but independent of each other, so a log line may have counted
 * a message in one counter and not yet in another.  They are never reset while
 * the front runs.  Nothing can fail.
 */

#include "front/counters.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/log.h"

static atomic_ulong counts[COUNTER_MAX];

static const char *const names[COUNTER_MAX] = {
	[COUNTER_SIGNED]	= "signed",
	[COUNTER_SIGNATURES]	= "signatures",
	[COUNTER_PASSED]	= "passed",
	[COUNTER_REJECTED]	= "rejected",
	[COUNTER_QUARANTINED]	= "quarantined",
	[COUNTER_TEMPFAILED]	= "tempfailed",
	[COUNTER_SIGNER_ERRORS]	= "signer_errors",
	[COUNTER_ABORTED]	= "aborted",
	[COUNTER_OBSERVED]	= "observed",
	[COUNTER_DNS_ERRORS]	= "dns_errors",
	[COUNTER_RATE_REFUSED]	= "rate_refused",
	[COUNTER_LIMITED]	= "over_signatures_per_hour",
	[COUNTER_REPLAYED]	= "replayed",
	[COUNTER_FRAGILE]	= "fragile",
	[COUNTER_DKIM2]		= "dkim2",
	[COUNTER_DNS_RESTARTS]	= "dns_restarts",
};

void
counters_add(enum counter counter, unsigned long n)
{
	atomic_fetch_add_explicit(&counts[counter], n, memory_order_relaxed);
}

unsigned long
counters_get(enum counter counter)
{
	return atomic_load_explicit(&counts[counter], memory_order_relaxed);
}

void
counters_log(void)
{
	char line[COUNTER_MAX * 40];
	size_t i, len = 0;
	int n;

	for (i = 0; i < COUNTER_MAX; i++) {
		n = snprintf(line + len, sizeof(line) - len, " %s=%lu",
		    names[i], counters_get(i));
		if (n < 0 || (size_t)n >= sizeof(line) - len)
			break;
		len += (size_t)n;
	}
	log_info(M_COUNTERS, "counters%s", line);
}
