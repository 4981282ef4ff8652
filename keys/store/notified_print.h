/* SPDX-License-Identifier: ISC */

/*
 * The text of the file of what people were told of, and the words in it.
 */

#ifndef NOTIFIED_PRINT_H
#define NOTIFIED_PRINT_H

#include "store/notified.h"

#define NOTIFIED_FIRST_LINE	"countersign-notified 1"
#define NOTIFIED_NONE		"-"
#define NOTIFIED_CRITICAL	"critical"
#define NOTIFIED_WARNING	"warning"

/* Make the text, which the caller frees.  Returns 0 or KS_E_NOMEM. */
int	notified_print(const struct ks_notified *notified, char **text,
	    size_t *len);

#endif /* NOTIFIED_PRINT_H */
