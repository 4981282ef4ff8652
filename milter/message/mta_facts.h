/* SPDX-License-Identifier: ISC */

/*
 * What the MTA says about a connection and a message, as facts.  Only this file
 * knows how the macros of Postfix and Sendmail differ.
 */

#ifndef MTA_FACTS_H
#define MTA_FACTS_H

#include "policy/facts.h"

/* The value of a macro such as "{auth_authen}"; NULL if there is none. */
typedef const char *mta_macro_fn(void *arg, const char *macro);

enum mta_stage {
	MTA_CONNECT,
	MTA_MAIL_FROM,
	MTA_END_OF_HEADER,
	MTA_END_OF_MESSAGE
};

/* A stage of the session, and the macros that are requested for it. */
struct mta_macros {
	enum mta_stage	 stage;
	const char	*names;
};

extern const struct mta_macros mta_macros[];
extern const size_t mta_nmacros;

/*
 * mta_facts_connect(): the client has connected; name is its host name as the
 * MTA gives it.  mta_facts_message(): a message begins; helo and sender are
 * what the client sent (sender with or without <>, NULL if unknown).
 *
 * Both return 0, or -1 when out of memory.
 */
int	mta_facts_connect(struct facts *facts, const char *name,
	    mta_macro_fn *macro, void *arg);
int	mta_facts_message(struct facts *facts, const char *helo,
	    const char *sender, mta_macro_fn *macro, void *arg);

#endif /* MTA_FACTS_H */
