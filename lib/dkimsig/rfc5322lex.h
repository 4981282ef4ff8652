/* SPDX-License-Identifier: ISC */

/*
 * The lexical tokens of RFC 5322 section 3.2, with UTF-8 as in RFC 6532.
 *
 * Each function takes its token off the input and returns true, or returns
 * false and leaves the input as it was.
 */

#ifndef RFC5322LEX_H
#define RFC5322LEX_H

#include <stdbool.h>

#include "dkimsig/internal.h"
#include "dkimsig/rfc5322.h"

struct lex_input {
	const char	*p, *end;
	unsigned int	 depth;		/* comments that are open at p */
	bool		 is_deep;	/* nested too deep: parsing fails */
	bool		 takes_8bit;	/* octets over 127 need not be UTF-8 */
	rfc5322_visit	*visit;		/* for each mailbox; or NULL */
	void		*visit_arg;
};

bool	lex_literal(struct lex_input *in, char c);
bool	lex_dtext(struct lex_input *in);
bool	lex_quoted_pair(struct lex_input *in);

/* FWS and CFWS, at least one octet. */
bool	lex_fws(struct lex_input *in);
bool	lex_cfws(struct lex_input *in);

/* An atom or a word; *text is what is between the white space and comments. */
bool	lex_atom(struct lex_input *in, struct view *text);
bool	lex_word(struct lex_input *in, struct view *text);

/* phrase and obs-phrase. */
bool	lex_phrase(struct lex_input *in);

#endif /* RFC5322LEX_H */
