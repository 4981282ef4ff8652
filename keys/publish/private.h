/* SPDX-License-Identifier: ISC */

/*
 * What the ways of publishing share.
 */

#ifndef PUBLISH_PRIVATE_H
#define PUBLISH_PRIVATE_H

#include "config/config.h"
#include "probe/zone.h"
#include "publish/publish.h"
#include "publish/tsig.h"

struct publisher {
	const struct rotation		*rotation;	/* borrowed */
	struct dns_zones		*zones;		/* borrowed */
	int64_t				 (*clock)(void); /* since 1970 */
	struct tsig_key			 tsig;		/* for UPDATE */
	struct dns_address		 server;	/* if has_server */
	bool				 has_server;	/* update_server */
};

/* Set the text of error.  Returns result. */
enum publish_result publish_end(enum publish_result result,
	    struct ks_error *error, const char *format, ...)
	    __attribute__((format(printf, 3, 4)));

enum publish_result publish_by_update(const struct publisher *publisher,
	    const struct publish_change *change, struct ks_error *error);
enum publish_result publish_by_hook(const struct publisher *publisher,
	    const struct publish_change *change, struct ks_error *error);

/* Check that the user can run the hook, and that nobody else can change it. */
int	publish_check_hook(const char *hook, const struct file_user *user,
	    struct ks_error *error);

#endif /* PUBLISH_PRIVATE_H */
