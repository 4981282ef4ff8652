/* SPDX-License-Identifier: ISC */

/*
 * Which signatures the policy wants verified.
 */

#ifndef ASKED_H
#define ASKED_H

/* Why to look up the key of a signature that a message has. */
enum asked {
	ASKED_BY_NOBODY,
	ASKED_BY_PATTERN,	/* the sender may have chosen the name */
	ASKED_BY_NAME		/* the configuration names it */
};

#endif /* ASKED_H */
