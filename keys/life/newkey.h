/* SPDX-License-Identifier: ISC */

/*
 * A new key: its selector, its file, its line in the log and in the state.
 *
 * The selector is the date in UTC, a letter for the algorithm, and a counter:
 * 20261123r1, or desk-20261123r1 in the stream "desk".  In CNAME mode it is one
 * of NEWKEY_SLOTS fixed ones for each algorithm and stream, countersign-r1 and
 * countersign-desk-r1 and so on, whose CNAMEs the owner of the domain
 * has set up once; the TXT record is in our own zone.  There, names are
 * reused: a slot is free again when the record of its old key has been gone
 * for long enough, and the old key's line in the state is replaced.  Three are
 * enough: one key signs, one is in reserve, and one ends while the first of
 * them signs.  A fourth slot is used as long as the state has a key in it.
 */

#ifndef NEWKEY_H
#define NEWKEY_H

#include "life/keygen.h"
#include "store/keystore.h"

#define NEWKEY_SLOTS		3	/* selectors of a line of keys */
#define NEWKEY_OLD_SLOTS	4	/* older domains have one more CNAME */
#define NEWKEY_MAX_COUNTER	9999	/* of a selector with a date */
/* The longest selectors with a date, after which a stream's name is missing. */
#define NEWKEY_LONGEST		"20261123r9999"
#define NEWKEY_LONGEST_END	"-" NEWKEY_LONGEST

/*
 * In a state with more lines than this, the lines of keys that were removed
 * that long ago are deleted.
 */
#define NEWKEY_MANY_LINES	500
#define NEWKEY_FORGET		(INT64_C(366) * 86400)	/* seconds */

struct newkey_wish {
	const char	*stream;	/* NULL: a default key; borrowed */
	const char	*selector;	/* NULL: generate one, as above */
	const char	*cname_zone;	/* NULL: no CNAME mode */
	int64_t		 slot_rest;	/* seconds from removed to free */
	/*
	 * A reserve is needed soon: a slot is free as soon as its record is
	 * removed, if it was revoked at least that many seconds ago, because no
	 * cache can then have the old key.  KS_NEVER: not so.
	 */
	int64_t		 revoked_for;
	int64_t		 now;
	bool		 strict;
};

/* Kind and pkey remain the caller's; key is set when the key is stored. */
struct newkey {
	const struct keygen_kind	*kind;
	EVP_PKEY			*pkey;
	struct ks_key			 key;
};

#define NEWKEY_MAX		2	/* stored at once */

/*
 * Store keys of different algorithms: all of them or none, as
 * ks_keys_store() does.
 *
 * Returns 0, KS_E_EXISTS (the selector was used before, or no slot is free:
 * error says when one will be), KS_E_ARG (its record's name would be too
 * long), or another KS_E_*.
 */
int	newkey_store(struct keystore *ks, struct ks_lock *lock,
	    struct ks_state *state, const struct newkey_wish *wish,
	    struct newkey *new, size_t nnew, struct ks_error *error);

/* The selector of slot 1 to NEWKEY_SLOTS of a kind in a stream. */
void	newkey_slot(const struct keygen_kind *kind, const char *stream,
	    unsigned int slot, char selector[KS_SELECTOR_SIZE]);

/*
 * The stream of a generated selector, with a date or of a slot; false if it is
 * not one of a stream.
 */
bool	newkey_stream(const char *selector, char stream[KS_STREAM_SIZE]);

/*
 * Where the TXT record of a selector is in CNAME mode.  Returns 0, or
 * KS_E_ARG if the name would be too long.
 */
int	newkey_alias(const char *domain, const char *selector,
	    const char *cname_zone, char name[DKIMSIG_DOMAIN_SIZE]);

#endif /* NEWKEY_H */
