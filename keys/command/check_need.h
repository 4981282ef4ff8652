/* SPDX-License-Identifier: ISC */

/*
 * Who has something to do after the check of a domain: a person, or nobody,
 * because rotation and time do the rest.
 */

#ifndef CHECK_NEED_H
#define CHECK_NEED_H

#include "command/domain_check.h"

/*
 * Set need and until of each key and of the domain, and the order of the keys:
 * those that need a person first, then those that wait.
 */
void	check_need(struct domain_check *check);

#endif /* CHECK_NEED_H */
