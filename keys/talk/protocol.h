/* SPDX-License-Identifier: ISC */

/*
 * Room keys/talk: what countersign-key(8) and countersign-fleet(8) say to each
 * other.  It knows no database.
 *
 * They talk over the Unix socket keydir/.fleet/socket, which only root and the
 * owner of the key directory may use.  Lines of printable US-ASCII, at most
 * TALK_MAX_LINE octets with the newline; fields are separated by one space, and
 * TEXT is the rest of a line.  The requests, each of which is answered before
 * the next one; but up to TALK_MAX_BATCH of "revoked" and "shown" can be sent
 * at once, and are answered in that order:
 *
 *	hello VERSION		the first one; the answer is ready
 *	init DIGEST|- CHANGE	enter the fleet of the database, or begin it.
 *				DIGEST is that of a member list, as a person
 *				told it; needed for a fleet that others began.
 *				A database with a lower number than CHANGE is an
 *				older one.
 *				The answers are host, fleet, done
 *	admit NAME TEXT		admit that host, whose keys have the fingerprint
 *				TEXT.  The answers are host, fleet, done
 *	expel NAME		expel that host, and sign its rows again.  The
 *				answers are host, fleet, any number of exposed,
 *				resigned, done
 *	exposure		the keys that hosts could open which were
 *				expelled.  The answers are any number of
 *				exposed, done
 *	mark DOMAIN SELECTOR	the key is compromised: end it here at once, and
 *				tell the others, when that can be done.  The
 *				answers are marked, done
 *	revoked DOMAIN SELECTOR	DNS shows everywhere that the key is revoked:
 *				end it here.  The answers are marked, done
 *	shown DOMAIN SELECTOR	DNS shows the key again: take back "revoked",
 *				but no mark.  The answers are marked, done
 *	restore			write back to the database what it has lost and
 *				this host has.  The answers are restored, fleet,
 *				done
 *	status			the answers are fleet (not before init),
 *				database, late, any number of host and alarm,
 *				done
 *	keys DOMAIN		what each admitted host has of its keys; the
 *				answers are any number of key, done
 *	lease			take the lease, or keep it.  The answers are any
 *				number of intent and leased; or waits; or held;
 *				then done.  If the lease was lost, the answer is
 *				waits, and the next leased is another lease;
 *				until then the requests under it are refused
 *	settled ID		DNS shows at every server how that intent of
 *				an earlier holder ended.  The answer is done
 *	was TEXT		the record that is there, and the one that is
 *	wanted TEXT		wanted, for the next begin; no answer
 *	begin DOMAIN SELECTOR RECORD MS
 *				a change of DNS is about to begin, at that
 *				name, which may take so many ms.  The answers
 *				are begun, done
 *	end ID OUTCOME		how it ended: done, unchanged, later, conflict
 *				or failed.  The answer is done
 *	line TEXT		a line of the state, for the next state; no
 *				answer
 *	state DOMAIN		change the keys of the domain, whose lock the
 *				client holds, to these lines.  The answers are
 *				taken, done
 *	destroy DOMAIN SELECTOR	the private key of that removed key is about to
 *				be destroyed.  The answers are taken, done
 *	gone DOMAIN		the domain has no keys any more.  The answers
 *				are taken, done
 *	import DOMAIN		take these lines, the file of a domain's rows in
 *				an export, as if they were the database's.  The
 *				answers are taken, done
 *	list DIGEST|-		take these lines, all versions of the member
 *				list in an export.  DIGEST is that of one of
 *				them, as a person compared it; needed on a host
 *				that is in no fleet.  The answers are any number
 *				of host, fleet, and done or refused
 *	wraps			take these lines, the keys of epochs in an
 *				export of this host.  The answer is done
 *	imported		keep how far the export went.  The answer is
 *				done
 *	release			give the lease back.  The answer is done
 *
 * The answers:
 *
 *	ready NAME FLEET|-	this host, and the fleet that it is in
 *	fleet FLEET DIGEST VERSION EPOCH CHANGE CURSOR
 *				the fleet; digest, version and epoch of its
 *				member list; the highest change number that was
 *				seen here, and up to which rows were taken
 *	database used|away|refused TEXT
 *				how the last look at the database ended: its
 *				server, or why it is not used
 *	late MS			it was not used for so long, which is longer
 *				than publish_lead; otherwise there is no such
 *				answer
 *	host NAME STATE CHANGE TEXT
 *				STATE is admitted, expelled or waiting (not
 *				admitted yet); CHANGE is the number that it has
 *				confirmed, or 0; TEXT is its fingerprint
 *	key SELECTOR NAME TAKEN LAST TEXT
 *				TAKEN is yes if the host has confirmed the key,
 *				or no; LAST is when it last signed with it, "-"
 *				for never, or "?" while it has not reported
 *				that; TEXT says what is missing
 *	exposed DOMAIN SELECTOR	a key that an expelled host could open: it must
 *				be rotated
 *	resigned NUMBER		how many rows were signed again
 *	restored NUMBER VERSIONS	how many rows and member lists were
 *				written
 *	marked TAKEN TEXT	TAKEN is yes if the database has the mark, or no
 *	alarm TEXT		a row that is ignored
 *	leased UNTIL		the lease is this client's; no change of DNS may
 *				begin after UNTIL, in ms of CLOCK_MONOTONIC
 *	waits MS TEXT		it is not yet: ask again after so many ms; why.
 *				The answer, with done, to admit, expel, restore,
 *				import, list, wraps and imported, too, while the
 *				mirror is at work: the lines stay
 *	held NAME MS		that host has it, for so many ms from now
 *	intent ID DOMAIN SELECTOR
 *				a change that an earlier holder has begun
 *	begun ID UNTIL		the intent is noted; UNTIL as for leased
 *	taken CHANGE		the fleet's change number; the database has it
 *	refused TEXT		the request was not carried out; ends the answer
 *	done			ends the answer
 *
 * Whoever reads anything else ends the connection.
 */

#ifndef TALK_PROTOCOL_H
#define TALK_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/keystore.h"

#define TALK_VERSION		2
#define TALK_MAX_LINE		16384	/* octets, newline included */
#define TALK_MAX_BATCH		256	/* requests that are sent at once */
#define TALK_NAME_SIZE		65	/* of a host, NUL included */
#define TALK_DIGEST_SIZE	65	/* hexadecimal digits and NUL */
#define TALK_UNKNOWN		INT64_C(-2)	/* in place of a time */

/* After the first fleet restore; countersign-fleet checks it. */
#define TALK_RESTORE_HOLD_MINUTES	15

enum talk_kind {
	TALK_HELLO,
	TALK_INIT,
	TALK_ADMIT,
	TALK_EXPEL,
	TALK_EXPOSURE,
	TALK_RESTORE,
	TALK_MARK,
	TALK_REVOKED,
	TALK_SHOWN,
	TALK_STATUS,
	TALK_KEYS,
	TALK_LEASE,
	TALK_SETTLED,
	TALK_WAS,
	TALK_WANTED,
	TALK_BEGIN,
	TALK_END,
	TALK_LINE,
	TALK_STATE,
	TALK_DESTROY,
	TALK_GONE,
	TALK_IMPORT,
	TALK_LIST,
	TALK_WRAPS,
	TALK_IMPORTED,
	TALK_RELEASE,
	/* Answers. */
	TALK_READY,
	TALK_FLEET,
	TALK_DATABASE,
	TALK_LATE,
	TALK_HOST,
	TALK_KEY,
	TALK_EXPOSED,
	TALK_RESIGNED,
	TALK_RESTORED,
	TALK_MARKED,
	TALK_ALARM,
	TALK_LEASED,
	TALK_WAITS,
	TALK_HELD,
	TALK_INTENT,
	TALK_BEGUN,
	TALK_TAKEN,
	TALK_REFUSED,
	TALK_DONE
};

/* A line that was read; only the members that its kind has are set. */
struct talk_message {
	enum talk_kind	 kind;
	char		 name[TALK_NAME_SIZE];
	char		 fleet[TALK_DIGEST_SIZE];	/* or "-" */
	char		 digest[TALK_DIGEST_SIZE];	/* or "-" */
	char		 domain[DKIMSIG_DOMAIN_SIZE];
	char		 selector[KS_SELECTOR_SIZE];
	char		 record[DKIMSIG_DOMAIN_SIZE];
	int64_t		 version, epoch, change, cursor;
	int64_t		 last;		/* KS_NEVER, or TALK_UNKNOWN */
	bool		 is_taken;
	int64_t		 id, ms;	/* of an intent; a time or span */
	const char	*state;		/* of host, database; outcome; static */
	const char	*text;		/* in the line */
};

/*
 * Read a line without its newline; it is changed, and the message borrows it.
 * Returns 0, KS_E_FORMAT for another version of the protocol, or KS_E_ARG; the
 * error says what is wrong.
 */
int	talk_parse(char *line, struct talk_message *message,
	    struct ks_error *error);

/*
 * Write a line with its newline.  Octets of text that no line can contain
 * become "?", an empty text "-", and what is too long is cut off.  Returns the
 * length.
 */
size_t	talk_print(const struct talk_message *message,
	    char line[TALK_MAX_LINE]);

/* Lines in octets that arrive in pieces. */
struct talk_lines {
	char	text[TALK_MAX_LINE];
	size_t	len;
};

/*
 * Add octets, and call take for each line that is complete, without its
 * newline, which it may change.  Returns 0, KS_E_ARG for a line that is too
 * long or contains other characters, or what take returns, if that is not 0.
 */
int	talk_lines_add(struct talk_lines *lines, const char *chunk,
	    size_t len, int (*take)(void *context, char *line),
	    void *context, struct ks_error *error);

#endif /* TALK_PROTOCOL_H */
