/* SPDX-License-Identifier: ISC */

/*
 * Sendmail: the milters and a few other lines of sendmail.cf.
 */

#ifndef SENDMAIL_H
#define SENDMAIL_H

#include <stdbool.h>
#include <stddef.h>

#define SENDMAIL_CF		"/etc/mail/sendmail.cf"
#define SENDMAIL_MC		"/etc/mail/sendmail.mc"
#define SENDMAIL_MAX_CF		1048576	/* octets; the usual one has 60,000 */
#define SENDMAIL_MAX_MILTERS	64

/* "Xcountersign, S=unix:/run/x, F=T, T=S:30s;R:30s". */
struct sendmail_milter {
	char	*name;
	char	*socket;	/* "" if there is none */
	char	 flag;		/* T, R, 4 or NUL: mail passes */
};

struct sendmail {
	struct sendmail_milter milters[SENDMAIL_MAX_MILTERS];
	size_t	 nmilters;
	/* Which are in use, by index, in their order: InputMailFilters. */
	size_t	 order[SENDMAIL_MAX_MILTERS];
	size_t	 norder;
	char	*missing;	/* a name in InputMailFilters that is none */
	char	*pid_file;	/* NULL: not given */
	char	*run_as;	/* RunAsUser, without its group; NULL: root */
	char	*masquerade;	/* DM; NULL: none */
	bool	 has_generics;	/* the genericstable rewrites addresses */
	bool	 trusts_writable; /* DontBlameSendmail, folders of groups */
};

/*
 * Read a file.  *sendmail is for sendmail_free(), and NULL if there is no such
 * file, which is no failure.  Returns 0, or -1 with the reason in error.
 */
int	sendmail_open(const char *file, struct sendmail **sendmail,
	    char *error, size_t size);
void	sendmail_free(struct sendmail *sendmail);

/* The same from the text of a file; NULL if out of memory. */
struct sendmail *sendmail_read(const char *text);

/* Which place in the order has the milter on that socket; norder: none. */
size_t	sendmail_find(const struct sendmail *sendmail, const char *socket);

#endif /* SENDMAIL_H */
