/* SPDX-License-Identifier: ISC */

/*
 * How long the MTA keeps mail that it cannot deliver.
 */

#ifndef QUEUE_LIFETIME_H
#define QUEUE_LIFETIME_H

#include <stddef.h>
#include <stdint.h>

/* Seconds; Postfix's own default, and that of Sendmail. */
#define QUEUE_LIFETIME_DEFAULT	(5 * INT64_C(86400))

/*
 * Ask Postfix for its maximal_queue_lifetime, in seconds; this takes at
 * most 5 s.  Returns the default if Postfix is not installed, or if it gives
 * no answer.  In the second case complaint is set to the reason, otherwise to
 * "".
 *
 * postconf   path of the program; NULL: look in the usual places
 */
int64_t	queue_lifetime_ask(const char *postconf, char *complaint,
	    size_t complaintsize);

#endif /* QUEUE_LIFETIME_H */
