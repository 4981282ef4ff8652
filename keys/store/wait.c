/* SPDX-License-Identifier: ISC */

/*
 * Waiting for the lock of a domain.
 *
 * No system call waits for a file lock for a limited time, so the lock is
 * tried every POLL_MS until the time is over; then KS_E_LOCKED is returned.
 * Any other failure is returned at once.
 */

#include "store/wait.h"


#include "base/clock.h"

#define POLL_MS	20	/* between two attempts */

int
ks_lock_wait(struct keystore *ks, const char *domain, bool create,
    unsigned int seconds, struct ks_lock **lock, struct ks_error *error)
{
	int64_t end_ms;
	int r;

	end_ms = monotonic_ms() + (int64_t)seconds * 1000;
	while ((r = ks_lock(ks, domain, create, lock, error)) ==
	    KS_E_LOCKED && monotonic_ms() < end_ms)
		sleep_ms(POLL_MS);
	return r;
}
