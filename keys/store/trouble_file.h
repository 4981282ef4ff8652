/* SPDX-License-Identifier: ISC */

/*
 * The troubles of a domain as the last rotation saw them:
 *
 *	keydir/example.com/troubles
 *
 * Monitoring reads them, so that it need not ask DNS itself.  The first line
 * is "countersign-troubles 1"; then there is a line for each trouble, with one
 * space between its fields:
 *
 *	SINCE BY WORD SELECTOR TEXT
 *
 * SINCE is the time of the first run that saw it (RFC 3339 in UTC), BY is
 * "person" if only a person can help and "rotation" if rotation tries again,
 * WORD is the kind of trouble, SELECTOR is "-" if it concerns the whole
 * domain, and TEXT is the rest of the line.
 *
 * Rotation replaces the file when a trouble comes or goes, and removes it when
 * there are none.  Nothing else depends on it: if it is lost, the next run
 * writes it again, with later times.
 */

#ifndef TROUBLE_FILE_H
#define TROUBLE_FILE_H

#include "store/keystore.h"

#define KS_MAX_TROUBLES		400	/* lines of one file */
#define KS_MAX_TROUBLE_FILE	1048576	/* octets */
#define KS_TROUBLE_WORD_SIZE	24	/* octets, NUL included */

struct ks_trouble {
	int64_t	 since;
	bool	 needs_person;
	char	 word[KS_TROUBLE_WORD_SIZE];
	char	 selector[KS_SELECTOR_SIZE];	/* or "-" */
	char	*text;		/* owned by the list */
};

struct ks_troubles {
	struct ks_trouble	*list;
	size_t			 n;
};

/*
 * Read the troubles of a domain; none if there is no file.
 * ks_troubles_finish() frees them; a zeroed list is allowed there.
 *
 * Returns 0, KS_E_NODOMAIN, KS_E_UNSAFE, KS_E_SYSTEM, KS_E_NOMEM, or
 * KS_E_DAMAGED: error names the line.  On failure the list is empty.
 */
int	ks_troubles_read(struct keystore *ks, const char *domain,
	    struct ks_troubles *troubles, struct ks_error *error);
void	ks_troubles_finish(struct ks_troubles *troubles);

/* Add one; control characters in the text become blanks.  0 or KS_E_NOMEM. */
int	ks_troubles_add(struct ks_troubles *troubles, int64_t since,
	    bool needs_person, const char *word, const char *selector,
	    const char *text);

/* The trouble of that word and selector, or NULL. */
const struct ks_trouble *ks_troubles_find(const struct ks_troubles *troubles,
	    const char *word, const char *selector);

/*
 * Replace the file, or remove it if there are no troubles.  Nothing is written
 * if nothing has changed.  What is beyond KS_MAX_TROUBLES is left out.
 * Returns 0 or KS_E_*.
 */
int	ks_troubles_write(struct ks_lock *lock,
	    const struct ks_troubles *troubles, struct ks_error *error);

#endif /* TROUBLE_FILE_H */
