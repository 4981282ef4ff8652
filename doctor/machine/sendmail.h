/* SPDX-License-Identifier: ISC */

/*
 * Sendmail: the milters, and other lines of sendmail.cf that matter to signed
 * mail.
 */

#ifndef SENDMAIL_H
#define SENDMAIL_H

#include <stdbool.h>
#include <stddef.h>

#define SENDMAIL_CF		"/etc/mail/sendmail.cf"
#define SENDMAIL_MC		"/etc/mail/sendmail.mc"
/* T= of our milter, which may have to wait for DNS. */
#define SENDMAIL_TIMES		"S:30s;R:2m;E:5m"
#define SENDMAIL_MAX_CF		1048576	/* octets; the usual one has 60,000 */
#define SENDMAIL_MAX_MILTERS	64
#define SENDMAIL_MAX_MAILERS	32
#define SENDMAIL_MAX_DAEMONS	32

/* "Xcountersign, S=unix:/run/x, F=T, T=S:30s;R:30s". */
struct sendmail_milter {
	char	*name;
	char	*socket;	/* "" if there is none */
	char	 flag;		/* T, R, 4 or NUL: mail passes */
	char	*times;		/* "S:30s;R:2m"; NULL: Sendmail's own */
};

/* "Mesmtp, P=[IPC], F=mDFMuXa, L=990": how mail is delivered. */
struct sendmail_mailer {
	char	*name;
	char	*program;	/* "[IPC]": by SMTP */
	char	*flags;
	unsigned int line_limit;	/* octets; 0: none */
};

/* "O DaemonPortOptions=Name=MTA, Port=smtp, M=Ea": a service. */
struct sendmail_daemon {
	char	*name;		/* or its port; never NULL */
	char	*modifiers;	/* "" if there are none */
	char	*filters;	/* milters of its own; NULL: those of all */
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
	char	*run_as_group;	/* its group; NULL: that of the user */
	char	*masquerade;	/* DM; NULL: none */
	bool	 has_generics;	/* the genericstable rewrites addresses */
	bool	 trusts_writable; /* DontBlameSendmail, folders of groups */
	struct sendmail_mailer mailers[SENDMAIL_MAX_MAILERS];
	size_t	 nmailers;
	struct sendmail_daemon daemons[SENDMAIL_MAX_DAEMONS];
	size_t	 ndaemons;
	bool	 strips_eighth_bit;	/* SevenBitInput */
	bool	 trusts_logins;	/* any mechanism of AUTH allows to relay */
	bool	 has_certificate, has_authorities;	/* for STARTTLS */
	char	*access;	/* text of the access table; NULL: none */
	char	*access_type;	/* "hash"; set if access is */
	char	*relay_domains;	/* the file of class R; NULL: none */
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

/*
 * The user that Sendmail is when it connects to a milter, as for become_user(),
 * in buf; NULL: root.
 */
const char *sendmail_user(const struct sendmail *sendmail, char *buf,
	    size_t size);

/* Whether the order of milters has a milter; filters: NULL, or a daemon's. */
bool	sendmail_uses(const struct sendmail *sendmail, const char *filters,
	    const struct sendmail_milter *milter);

/* The milter on that socket, in use or not; NULL: none is defined. */
const struct sendmail_milter *sendmail_milter_on(
	    const struct sendmail *sendmail, const char *socket);

/* Whether Sendmail uses a socket in its folder, and what helps if not. */
enum sendmail_folder {
	SENDMAIL_FOLDER_WELL,	/* or not known, or there is no folder */
	SENDMAIL_FOLDER_OPEN,	/* its owner, the milter's user, can close it */
	SENDMAIL_FOLDER_OTHER	/* of others, such as /tmp: take another one */
};

/*
 * folder gets the folder of a socket of the milter, which runs as that user.
 * Sendmail uses none that others than its owner can write to.
 */
enum sendmail_folder sendmail_check_folder(const struct sendmail *sendmail,
	    const char *socket, const char *user, char *folder, size_t size);

/* Which place in the order has the milter on that socket; norder: none. */
size_t	sendmail_find(const struct sendmail *sendmail, const char *socket);

#endif /* SENDMAIL_H */
