/* SPDX-License-Identifier: ISC */

/*
 * Room doctor/chain: examine everything that the signing of mail depends on.
 *
 * The chain is checked link by link: the configuration, the key store, DNS, the
 * MTA, the services, the clock, and what became of the mail of the last day.
 * Each link is an area with a function and a file of its own, which adds
 * findings (finding.h).  Nothing is changed.
 *
 * What reads DNS, mail or logs runs as another user than root: it is a program
 * that is started as that user (machine/run.h).
 */

#ifndef CHAIN_H
#define CHAIN_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "chain/finding.h"
#include "config/config.h"

struct postfix;
struct sendmail;

struct chain {
	/* Set by the caller. */
	const char	*config_file;
	const char	*dns;		/* resolver, or NULL */
	int64_t		 now;		/* seconds since the epoch */
	bool		 is_root;
	bool		 loops;		/* send a message through the MTA */
	/* Where countersign-key and the other programs are. */
	char		 programs[PATH_MAX];

	/* Set by the areas, for those after them. */
	struct config	*config;	/* NULL: missing, or has errors */
	bool		 has_user;	/* of the milter */
	bool		 has_keys;	/* the key store can be read */
	size_t		 ndomains;	/* with keys */
	bool		 has_units;	/* of systemd are installed */
	bool		 has_milter_unit, has_signer_unit;	/* they run */
	struct postfix	*postfix;	/* NULL: there is none */
	struct sendmail	*sendmail;	/* NULL: none, or there is Postfix */
	bool		 mta_has_milter;
};

/*
 * The areas, in this order.  The first reads the configuration; the others do
 * what they can if there is none.
 */
void	chain_config(struct chain *chain, struct findings *findings);
void	chain_keydir(struct chain *chain, struct findings *findings);
void	chain_keyless(struct chain *chain, struct findings *findings);
void	chain_keys(struct chain *chain, struct findings *findings);
void	chain_dns(struct chain *chain, struct findings *findings);
void	chain_postfix(struct chain *chain, struct findings *findings);
void	chain_sendmail(struct chain *chain, struct findings *findings);
void	chain_loop(struct chain *chain, struct findings *findings);
void	chain_spf(struct chain *chain, struct findings *findings);
void	chain_services(struct chain *chain, struct findings *findings);
void	chain_units(struct chain *chain, struct findings *findings);
void	chain_programs(struct chain *chain, struct findings *findings);
void	chain_storage(struct chain *chain, struct findings *findings);
void	chain_clock(struct chain *chain, struct findings *findings);
void	chain_refusals(struct chain *chain, struct findings *findings);

/* All areas. */
void	chain_run(struct chain *chain, struct findings *findings);
/* Free what the areas have set. */
void	chain_finish(struct chain *chain);

/* How findings are printed. */
struct chain_style {
	bool	colours;
	bool	only_problems;
};

void	chain_print_text(FILE *fp, const struct findings *findings,
	    const struct chain_style *style);
void	chain_print_json(FILE *fp, const struct findings *findings,
	    const struct chain_style *style);

#endif /* CHAIN_H */
