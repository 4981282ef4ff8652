/* SPDX-License-Identifier: ISC */

/*
 * What can be wrong with a key, a domain, the rotation or a source, so that a
 * person should know: the kinds of trouble, and how severe each is.
 *
 * Whoever finds a trouble reports it with its kind and a sentence.  All that
 * look for troubles read these reports: rotation, the monitoring check, the
 * list of what waits for a person, and notifications.
 */

#ifndef TROUBLE_H
#define TROUBLE_H

#include <stdbool.h>

#include "life/lifecycle.h"

enum trouble {
	TROUBLE_NONE,
	TROUBLE_KEY_FILE,	/* of a key that signs: missing, damaged */
	TROUBLE_SPARE_FILE,	/* of a key that does not sign yet */
	TROUBLE_KEY_STORE,	/* several such files, or a damaged state */
	TROUBLE_RECORD,		/* of a key that signs: wrong or gone */
	TROUBLE_VANISHED,	/* the same: was gone, and is published again */
	TROUBLE_INVISIBLE,	/* of a key that signs: not seen outside */
	TROUBLE_NEW_RECORD,	/* of a key that does not sign yet */
	TROUBLE_OLD_RECORD,	/* must be revoked or removed */
	TROUBLE_DELEGATION,	/* to servers that do not answer for it */
	TROUBLE_CNAME,		/* in the domain's zone: missing or wrong */
	TROUBLE_OUTSIDE,	/* resolvers outside do not show a record */
	TROUBLE_PRIVATE_SERVERS, /* nobody knows what they would show */
	TROUBLE_PUBLICATION,	/* an update or a hook failed */
	TROUBLE_LOOKUP,		/* DNS could not be asked */
	TROUBLE_EXPOSED,	/* compromised and not revoked */
	TROUBLE_OVERDUE,	/* signs for longer than it should */
	TROUBLE_CLOCK,		/* a recorded time lies in the future */
	TROUBLE_GENERATION,	/* no new key can be made */
	TROUBLE_NOT_SIGNED,	/* no key signs */
	TROUBLE_NO_RESERVE,	/* no verified key is in reserve */
	TROUBLE_STRAY_FILE,	/* a key file that the state does not know */
	TROUBLE_NO_KEYS,	/* a source's domain has none */
	TROUBLE_SERVER,		/* a name server does not answer */
	TROUBLE_ROTATION,	/* does not run, or failed for the domain */
	TROUBLE_HOST,		/* of sync_hosts: lacks keys */
	TROUBLE_OTHER_HOST,	/* another host rotates these keys, too */
	TROUBLE_NOTIFICATION,	/* people cannot be told of troubles */
	TROUBLE_STREAM,		/* with keys, but no source names it */
	TROUBLE_CEILING,	/* of a source: it sends too much */
	TROUBLE_FLEET		/* its database is away for long */
};

enum trouble_severity { TROUBLE_WARNING, TROUBLE_CRITICAL };

/* How long the making of a key may take before its absence is a trouble. */
#define TROUBLE_GRACE		86400		/* seconds */
/* Near the end of a signing key a missing successor is critical. */
#define TROUBLE_NEAR_END	(7 * 86400)	/* seconds */

/* The word for programs: "key-file", ...; static. */
const char *trouble_word(enum trouble trouble);

/* The trouble of that word, or TROUBLE_NONE. */
enum trouble trouble_find(const char *word);

/*
 * Whether the trouble can be seen in state and key files alone, without
 * asking DNS or trying the step again.
 */
bool	trouble_is_local(enum trouble trouble);

/*
 * Whether the trouble is an event: each time it happens it is told, and it has
 * no end.
 */
bool	trouble_is_event(enum trouble trouble);

/*
 * Whether a command in the text of a trouble fixes it whenever the text is
 * printed.  Some texts name a command for only one of several situations, and
 * others quote what another host, a hook or a DNS provider said, which might be
 * a command for root to run.
 */
bool	trouble_has_fix(enum trouble trouble);

/*
 * How severe a trouble is by itself: critical if mail fails, or forged mail
 * passes, now.
 */
enum trouble_severity trouble_severity(enum trouble trouble);

/*
 * How severe a trouble with the CNAME of a selector is: critical if its key
 * signs, or is to sign within TROUBLE_NEAR_END.
 */
enum trouble_severity trouble_severity_of_cname(const struct ks_state *state,
	    const struct lifecycle_policy *policy, const char *selector,
	    int64_t now);

/*
 * Whether all troubles of a domain are critical: the end of a key that signs
 * is less than TROUBLE_NEAR_END away, and no verified key of its algorithm and
 * stream is in reserve.
 */
bool	trouble_is_near_end(const struct ks_state *state,
	    const struct lifecycle_policy *policy, int64_t now);

/*
 * What a domain lacks of a line of keys that the policy wants:
 * TROUBLE_NOT_SIGNED, TROUBLE_NO_RESERVE or TROUBLE_NONE.  While a key is in
 * the making, nothing is lacking for up to TROUBLE_GRACE after it was
 * generated, or after no cache can be without the record that was seen; but a
 * domain that has signed before and does not sign any more is a trouble at
 * once.
 */
enum trouble trouble_of_line(const struct ks_state *state,
	    const struct lifecycle_policy *policy,
	    const struct lifecycle_line *line, int64_t now);

#endif /* TROUBLE_H */
