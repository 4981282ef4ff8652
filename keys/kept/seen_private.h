/* SPDX-License-Identifier: ISC */

/*
 * The highest change number of each domain: what its files share.
 */

#ifndef KEPT_SEEN_PRIVATE_H
#define KEPT_SEEN_PRIVATE_H

#include "kept/seen.h"

#define SEEN_FIRST_LINE	"countersign-fleet-seen 1\n"
#define SEEN_NAME_SIZE	4

/* A number that is not on disk yet. */
struct seen_held {
	char	domain[DKIMSIG_DOMAIN_SIZE];
	char	name[SEEN_NAME_SIZE];	/* of the file that it belongs to */
	int64_t	change;
};

struct fleet_seen {
	int			 fd;	/* of the folder */
	char			*path;	/* of the folder that it is in */
	/* Of all files; "": not known. */
	char			 digest[FLEET_HEX_SIZE];
	bool			 is_holding;
	struct seen_held	*held;
	size_t			 nheld;
};

/* A file, and the place of a domain in it. */
struct seen_shard {
	char	 name[SEEN_NAME_SIZE];
	char	*text;
	size_t	 len;
	size_t	 begin, end;	/* of the domain's line; equal: none */
	int64_t	 change;	/* 0: none */
};

/* Read the file of that name, all of it; the caller frees shard->text. */
int	seen_read_file(const struct fleet_seen *seen,
	    struct seen_shard *shard, struct ks_error *error);

/* Find a domain or its place; KS_E_DAMAGED if a line is wrong. */
int	seen_find(const struct fleet_seen *seen, struct seen_shard *shard,
	    const char *domain, struct ks_error *error);

/* Set the error to the file's path and what errno says. */
int	seen_fail_errno(const struct fleet_seen *seen, const char *name,
	    struct ks_error *error);

#endif /* KEPT_SEEN_PRIVATE_H */
