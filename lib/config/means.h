/* SPDX-License-Identifier: ISC */

/*
 * Files that programs will need later: see means.c.
 */

#ifndef CONFIG_MEANS_H
#define CONFIG_MEANS_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "config/config.h"

/*
 * Whether the users of the front and of rotation can read all files.  If not,
 * writes that to out, with the commands that fix it.  Unless run by root,
 * always true.
 */
bool	config_can_be_read(const struct config *config, FILE *out);

/*
 * Write a line "FILE:LINE: warning: ..." for each problem that will prevent
 * publication or notices: a TSIG key, hook or notify_hook that is missing, is
 * accessible to others, or cannot be used by keys_user; and an "every" that is
 * too short to verify a key in time.
 */
void	config_warn_of_means(const struct config *config, FILE *out);

/*
 * The domain whose keys sign for an author domain of a source, or for all that
 * a pattern stands for: itself, or the nearest parent that has keys and that
 * the source allows (RFC 6376 section 3.10).  It is part of domain.  NULL if
 * there is none; single subdomains of a pattern may have keys.
 */
const char *config_signing_domain(const struct source *source,
	    const char *keydir, const char *domain);

/*
 * Call each for every domain that a source signs for without a key that does:
 * once for each domain, with the first source that names it; a pattern, only if
 * the source does not name the domain above it.  Left out are sources that only
 * observe.  A directory that cannot be read
 * is taken to have keys.  Stops if each returns non-zero, and returns that.
 */
int	config_each_keyless(const struct config *config, const char *keydir,
	    int (*each)(const struct source *source, const char *domain,
	    void *arg), void *arg);

#define CONFIG_KEYLESS_FIX_SIZE	(512 + PATH_MAX)

/*
 * What to do about such a domain; command is countersign-key and its options.
 * is_mounted: the keys are in a volume.
 */
void	config_keyless_fix(const char *command, bool is_mounted,
	    const char *domain, char *fix, size_t size);

/* Write a warning as above for each such domain, up to CONFIG_MAX_WARNINGS. */
void	config_warn_of_keyless(const struct config *config, FILE *out);

#endif /* CONFIG_MEANS_H */
