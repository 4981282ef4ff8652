/* SPDX-License-Identifier: ISC */

/*
 * What the policy says to those who verify signatures.
 */

#ifndef ASKED_H
#define ASKED_H

/* Who asks for the key of a signature that a message has. */
enum asked {
	ASKED_BY_NOBODY,
	ASKED_BY_PATTERN,	/* the sender may have chosen the name */
	ASKED_BY_NAME		/* the configuration names it */
};

#endif /* ASKED_H */
