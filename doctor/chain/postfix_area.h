/* SPDX-License-Identifier: ISC */

/*
 * What the modules of the area Postfix share: one instance, its services that
 * receive mail by SMTP, and commands that change its settings.
 */

#ifndef CHAIN_POSTFIX_AREA_H
#define CHAIN_POSTFIX_AREA_H

#include <stdbool.h>
#include <stddef.h>

#include "chain/chain.h"
#include "chain/private.h"
#include "machine/postfix.h"
#include "machine/postfix_milters.h"

#define POSTFIX_AREA	"Postfix"

/* A service that runs smtpd(8). */
struct pf_service {
	const struct postfix_service *service;
	char	 name[128];		/* "smtp/inet" */
	const char *value;		/* smtpd_milters */
	struct postfix_milters milters;
	size_t	 ours;			/* milters.n if ours is not there */
	/* Ours is there, but in or out of a chroot its path leads elsewhere. */
	bool	 is_lost;
	/* A content filter gives mail back to it. */
	bool	 is_reinjection;
};

struct pf {
	const struct chain *chain;
	struct findings	*findings;
	const struct postfix *postfix;
	char	 option[512];		/* " -c DIR", or "" */
	bool	 is_running;
	struct pf_service *services;
	size_t	 nservices;
};

/* Whether the service has our milter. */
bool	pf_signs(const struct pf_service *service);

/* Whether smtpd_milters of any service has our milter. */
bool	pf_any_signs(const struct pf *pf);

/* Whether a list of words, divided by commas and blanks, has a word. */
bool	pf_list_has(const char *list, const char *word);

/* The list without that word, divided by commas. */
void	pf_list_without(const char *list, const char *word, char *rest,
	    size_t size);

/*
 * Commands that set a parameter in main.cf, or the override of a service, and
 * make a running Postfix read it.  Each returns fix, or NULL if the value
 * cannot be given on a command line.
 */
const char *pf_fix_set(const struct pf *pf, const char *name,
	    const char *value, char *fix, size_t size);
const char *pf_fix_override(const struct pf *pf, const char *service,
	    const char *name, const char *value, char *fix, size_t size);
/* That for an override if the service has one, else that for main.cf. */
const char *pf_fix_parameter(const struct pf *pf,
	    const struct pf_service *service, const char *name,
	    const char *value, char *fix, size_t size);
/* Take a service out of the chroot. */
const char *pf_fix_chroot(const struct pf *pf, const char *service,
	    char *fix, size_t size);

/*
 * The command that gives main.cf (service NULL) or a service our milter, as the
 * last one, with a default action of tempfail, in smtpd_milters or
 * non_smtpd_milters.
 */
const char *pf_fix_milters(const struct pf *pf,
	    const struct pf_service *service, const char *name, char *fix,
	    size_t size);

/* Our socket, in Postfix's spelling. */
void	pf_our_address(const struct pf *pf, char *address, size_t size);

/* The groups of checks. */
void	pf_check_milters(const struct pf *pf);
void	pf_check_filters(const struct pf *pf);
void	pf_check_socket(const struct pf *pf);
void	pf_check_rewriting(const struct pf *pf);
void	pf_check_delivery(const struct pf *pf);
void	pf_check_clients(const struct pf *pf);
void	pf_check_networks(const struct pf *pf);
void	pf_check_logins(const struct pf *pf);

#endif /* CHAIN_POSTFIX_AREA_H */
