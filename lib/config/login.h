/* SPDX-License-Identifier: ISC */

/*
 * Logins that belong to platforms, and so not to a company's own people.
 */

#ifndef CONFIG_LOGIN_H
#define CONFIG_LOGIN_H

#include <stdbool.h>

#include "config/config.h"

/*
 * Whether a list, in the order of login_compare(), names a login.  ASCII case
 * is ignored, and so is the realm, the part from the last @ on, if only one of
 * the two has it: both may be the same account.
 */
bool	login_is_named(const struct text_list *logins, const char *login);

/* The order of names of logins; for qsort(). */
int	login_compare(const void *a, const void *b);

#endif /* CONFIG_LOGIN_H */
