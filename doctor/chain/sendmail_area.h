/* SPDX-License-Identifier: ISC */

/*
 * What the modules of the area Sendmail share: its settings, and commands that
 * change sendmail.mc.
 */

#ifndef CHAIN_SENDMAIL_AREA_H
#define CHAIN_SENDMAIL_AREA_H

#include <stdbool.h>
#include <stddef.h>

#include "chain/chain.h"
#include "chain/private.h"
#include "machine/sendmail.h"
#include "machine/sendmail_mc.h"

#define SENDMAIL_AREA	"Sendmail"

struct sm {
	const struct chain *chain;
	struct findings	*findings;
	const struct sendmail *sendmail;
	size_t		 ours;		/* in the order; norder: missing */
};

/* The line of sendmail.mc that defines a milter. */
enum sendmail_mc sm_find_line(const char *name);

/*
 * Each of these returns fix, or NULL if only a person can do it.
 *
 * Commands that change our line in sendmail.mc, where "%" stands for a pattern
 * that finds it; that define a macro before the mailers; and, after others,
 * that make sendmail.cf and let Sendmail read it.
 */
const char *sm_fix_line(const struct sm *v, const char *format, char *fix,
	    size_t size);
const char *sm_fix_define(const struct sm *v, const char *name,
	    const char *value, char *fix, size_t size);
const char *sm_fix_load(const struct sm *v, char *fix, size_t size);

/* The groups of checks. */
void	sm_check_running(const struct sm *v);
void	sm_check_delivery(const struct sm *v);
void	sm_check_clients(const struct sm *v);

#endif /* CHAIN_SENDMAIL_AREA_H */
