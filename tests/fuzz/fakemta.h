/* SPDX-License-Identifier: ISC */

/*
 * What the callbacks of the front use, for a fuzz target: libmilter, the clock,
 * the log and DNS, all of them this program's.
 */

#ifndef FAKEMTA_H
#define FAKEMTA_H

#include <stdbool.h>
#include <stddef.h>

#include <libmilter/mfapi.h>

#include "message/sign_service.h"

#define FAKEMTA_MACROS	16
#define FAKEMTA_ANSWERS	16

struct fakemta_macro {
	char		*name, *value;
};

/* One session, as the MTA has it; also an SMFICTX. */
struct fakemta {
	struct smfiDesc	 milter;	/* as it was registered */
	void		*session;	/* smfi_setpriv() */
	struct fakemta_macro macros[FAKEMTA_MACROS];
	size_t		 nmacros;
	bool		 refuses;	/* each change of a message */
	bool		 is_ending;	/* in cb_eom, where changes may be */

	/* Of the message under way. */
	size_t		 ninserted, nchanged, nreplies;
	bool		 is_quarantined;
	/* Called with the value of each signature that is inserted. */
	void		(*on_insert)(const char *value);

	/* Answers of DNS, one for each question in turn. */
	char		*answers[FAKEMTA_ANSWERS];
	size_t		 nanswers, nquestions;
	size_t		 nlogged;	/* decisions */
};

extern struct fakemta fakemta;

/* Register the callbacks; signers, which must stay, sign.  Returns whether
 * that was possible. */
bool	fakemta_begin(const struct sign_service *signers);
/* Forget all of it. */
void	fakemta_end(void);

void	fakemta_set_macro(const char *name, const char *value);
const char *fakemta_macro(const char *name);
/* "!" NXDOMAIN, "-" no data, "?" no answer, "k" a key, or the data itself. */
void	fakemta_add_answer(const char *text);

#endif /* FAKEMTA_H */
