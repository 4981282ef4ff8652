/* SPDX-License-Identifier: ISC */

/*
 * Sources and a message made of octets, any octets, and what must be true of
 * every decision about them.
 */

#ifndef POLICYWORLD_H
#define POLICYWORLD_H

#include <stddef.h>
#include <stdint.h>

#include "policy/policy.h"

#define POLICYWORLD_SOURCES	3
#define POLICYWORLD_TEXTS	3	/* in one list */
#define POLICYWORLD_SIGNATURES	3
#define POLICYWORLD_LISTS	13	/* of texts, in one source */
#define POLICYWORLD_SPF		3	/* domains that are asked about */

struct policyworld {
	const uint8_t	*data;		/* not yet read */
	size_t		 len;

	struct config	 config;
	struct source	 sources[POLICYWORLD_SOURCES];
	const char	*texts[POLICYWORLD_SOURCES][POLICYWORLD_LISTS][
			    POLICYWORLD_TEXTS];
	struct network	 networks[POLICYWORLD_SOURCES][2];
	struct header_rule headers[POLICYWORLD_SOURCES][2];
	struct secret_rule secrets[POLICYWORLD_SOURCES];
	struct dkim_rule dkims[POLICYWORLD_SOURCES][2];

	/* As the MTA tells it, and what DNS answers when it is asked. */
	struct facts	 facts;
	enum fact_answer spf[POLICYWORLD_SPF];
	struct fact_signature signatures[POLICYWORLD_SIGNATURES];
	size_t		 nsignatures;
};

/* The domains that are asked about. */
extern const char *const policyworld_spf[POLICYWORLD_SPF];

/* 0, or -1 when out of memory; finish is for both. */
int	policyworld_init(struct policyworld *world, const uint8_t *data,
	    size_t len);
void	policyworld_finish(struct policyworld *world);

/* NULL, or what is not true; changes the world. */
const char *policyworld_check(struct policyworld *world);

#endif /* POLICYWORLD_H */
