/* SPDX-License-Identifier: ISC */

/*
 * The value of smtpd_milters in main.cf, as it is written there, with an item
 * added or taken out.
 */

#ifndef SETUP_SETTING_H
#define SETUP_SETTING_H

#include <stdbool.h>

/*
 * The value (NULL: not set) with the item after all others.  For free(3); NULL
 * when out of memory.
 */
char	*setting_with(const char *value, const char *item);

/* Whether it has the item, written like this; blanks do not count. */
bool	setting_has(const char *value, const char *item);

/*
 * The value without that item; the others are kept as they are, but are
 * separated by commas.  "" if no other is there.  For free(3); NULL when out of
 * memory, and if the value cannot be read.
 */
char	*setting_without(const char *value, const char *item);

/* The last item, for free(3); NULL if there is none or it cannot be read. */
char	*setting_last(const char *value);

/*
 * The same value without blanks, which "postconf -P" does not take: commas do
 * the same in a list of milters.  For free(3); NULL when out of memory.
 */
char	*setting_packed(const char *value);

#endif /* SETUP_SETTING_H */
