/* SPDX-License-Identifier: ISC */

/*
 * For how long the MTA keeps mail that it cannot deliver.
 */

#ifndef QUEUE_LIFETIME_H
#define QUEUE_LIFETIME_H

#include <stddef.h>
#include <stdint.h>

/* Seconds; Postfix's own default, and that of Sendmail. */
#define QUEUE_LIFETIME_DEFAULT	(5 * INT64_C(86400))

/*
 * Ask Postfix for its maximal_queue_lifetime, in seconds; this takes at
 * most 5 s.  Without Postfix, or if Postfix does not say, returns the default;
 * in the second case complaint has the reason, otherwise "".
 *
 * postconf   the program; NULL: where systems have it
 */
int64_t	queue_lifetime_ask(const char *postconf, char *complaint,
	    size_t complaintsize);

#endif /* QUEUE_LIFETIME_H */
