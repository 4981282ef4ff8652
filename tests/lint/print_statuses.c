/* SPDX-License-Identifier: ISC */

/*
 * Print the word for each status that a key can have, one per line.
 */

#include <stdio.h>

#include "life/key_phase.h"

#define NOW	10

int
main(void)
{
	static const size_t times[] = {
		offsetof(struct ks_key, published),
		offsetof(struct ks_key, seen),
		offsetof(struct ks_key, verified),
		offsetof(struct ks_key, active_from),
		offsetof(struct ks_key, retire_at),
		offsetof(struct ks_key, revoked),
		offsetof(struct ks_key, removed)
	};
	struct ks_key key;
	size_t i;

	ks_key_init(&key);
	(void)puts(key_status(&key, NOW));
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		*(int64_t *)((char *)&key + times[i]) = NOW + 1;
		if (key_phase(&key, NOW) == KEY_SCHEDULED)
			(void)puts(key_status(&key, NOW));
		*(int64_t *)((char *)&key + times[i]) = NOW;
		(void)puts(key_status(&key, NOW));
		if (key_phase(&key, NOW) == KEY_RETIRED) {
			key.compromised = true;
			(void)puts(key_status(&key, NOW));
		}
	}
	return 0;
}
