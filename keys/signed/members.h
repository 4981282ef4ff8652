/* SPDX-License-Identifier: ISC */

/*
 * Room keys/signed: the texts that hosts of a fleet sign, and whose signatures
 * count; DESIGN is keys/fleet/DESIGN.
 *
 * The member list: the hosts of the fleet that are believed (DESIGN, section
 * 2.3).
 *
 * Versions are numbered.  The first is signed by its only host, and its digest
 * is the name of the fleet; each further one is signed by a host that is
 * admitted in the version before, names that by its digest, and changes one
 * thing: it admits one host, or expels one and begins an epoch, or only begins
 * an epoch.  So a list has one history, and whoever knows a version knows all
 * that may follow.
 *
 * A host is never forgotten and never admitted again: its name and its keys are
 * not used for another one.
 */

#ifndef SIGNED_MEMBERS_H
#define SIGNED_MEMBERS_H

#include "signed/sign.h"

#define FLEET_MAX_HOSTS		200	/* that there ever were */
#define FLEET_MAX_MEMBERS	65536	/* octets of a version */
#define FLEET_FINGERPRINT_SIZE	80	/* for people, NUL included */

struct fleet_host {
	char		 name[FLEET_NAME_SIZE];
	unsigned char	 sign[FLEET_PUBLIC];
	char		 wrap[FLEET_HEX_SIZE];	/* digest of its certificate */
	bool		 is_expelled;
	/* Its rows count if from < change, and change <= to once expelled. */
	int64_t		 from, to;
};

/* The version in force; zeroed: none. */
struct fleet_members {
	char		 fleet[FLEET_HEX_SIZE];
	char		 digest[FLEET_HEX_SIZE];	/* of this version */
	char		 before[FLEET_HEX_SIZE];	/* "-": none */
	int64_t		 version, change;
	unsigned int	 epoch;
	struct fleet_host *hosts;		/* sorted by name */
	size_t		 nhosts;
	char		 by[FLEET_NAME_SIZE];	/* who signed it */
};

void	fleet_members_finish(struct fleet_members *members);

/*
 * Put the next version in force: version 1 if there is none.  Returns 0,
 * KS_E_NOMEM, KS_E_CRYPTO, or KS_E_DAMAGED if it may not follow; the list in
 * force is then as before, and the error says which rule was broken.
 */
int	fleet_members_take(struct fleet_members *members, const void *octets,
	    size_t len, const unsigned char signature[FLEET_SIGNATURE],
	    struct ks_error *error);

/* The host of that name, admitted or expelled; NULL: none. */
const struct fleet_host *fleet_members_find(
	    const struct fleet_members *members, const char *name);

/* Whether a host is admitted now. */
bool	fleet_members_admits(const struct fleet_members *members,
	    const char *name);

/* Whether what a host signs under that change number counts. */
bool	fleet_members_counts(const struct fleet_members *members,
	    const char *name, int64_t change);

/* Whether octets are signed by that host, and this counts. */
bool	fleet_members_verify(const struct fleet_members *members,
	    const char *name, int64_t change, const void *octets, size_t len,
	    const unsigned char signature[FLEET_SIGNATURE]);

/*
 * The octets of the first version, or of the one that follows this list: it
 * admits host, or, if a host of that name is in the list, expels it: its rows
 * count up to host->to, and an epoch begins.  Without a host (NULL), only that.
 * The caller frees *octets.  Returns 0, KS_E_NOMEM, or KS_E_ARG if
 * fleet_members_take() would refuse them.
 */
int	fleet_members_begin(const struct fleet_host *host, char **octets,
	    size_t *len, struct ks_error *error);
int	fleet_members_follow(const struct fleet_members *members,
	    const struct fleet_host *host, int64_t change, const char *by,
	    char **octets, size_t *len, struct ks_error *error);

/*
 * What a person compares on two screens, or reads aloud, before a host is
 * admitted: 64 digits in groups of four.  Returns 0 or KS_E_CRYPTO.
 */
int	fleet_fingerprint(const struct fleet_host *host,
	    char text[FLEET_FINGERPRINT_SIZE]);

/* Whether a text that a person typed is that; blanks and case are ignored. */
bool	fleet_fingerprint_is(const struct fleet_host *host, const char *text);

#endif /* SIGNED_MEMBERS_H */
