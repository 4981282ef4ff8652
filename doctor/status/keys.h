/* SPDX-License-Identifier: ISC */

/*
 * The keys that are not removed, and the next step of each.
 */

#ifndef STATUS_KEYS_H
#define STATUS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keylist/keylist.h"

#define STATUS_MAX_KEYS	100	/* the rest is counted */

struct status_keys {
	struct keylist_key list[STATUS_MAX_KEYS];
	size_t	 n;
	size_t	 nleft_out;
	size_t	 nsigning, nreserve, nalarms;
};

/*
 * Take the keys that are not removed: first those with an alarm, then by the
 * time that they have left, those that do not sign last.  False if the text is
 * not such a list, or memory is short.
 */
bool	status_keys_read(struct status_keys *keys, const char *json,
	    size_t len);

#define STATUS_STEP_SIZE	128

/* What happens next to a key: "signs 83 days more". */
void	status_key_step(const struct keylist_key *key, int64_t now,
	    char step[STATUS_STEP_SIZE]);

#endif /* STATUS_KEYS_H */
