/* SPDX-License-Identifier: ISC */

/* What holds of all that is read from answers of name servers. */

#ifndef DNSCHECKS_H
#define DNSCHECKS_H

#include "advice/advice.h"

#define DNSCHECKS_NAME	"s._domainkey.example.com"

/* As a look at the key of that name reads an answer. */
void	check_look(const ldns_pkt *answer);

/* As the advice for example.com reads all answers. */
void	check_advice(const struct advice_resolver *resolver);

#endif /* DNSCHECKS_H */
