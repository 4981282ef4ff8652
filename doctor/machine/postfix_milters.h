/* SPDX-License-Identifier: ISC */

/*
 * The value of smtpd_milters or non_smtpd_milters.
 */

#ifndef POSTFIX_MILTERS_H
#define POSTFIX_MILTERS_H

#include "machine/milter_socket.h"
#include "machine/postfix.h"

#define POSTFIX_MAX_MILTERS	64

/* "unix:a/b", or "{ unix:a/b, default_action=tempfail }". */
struct postfix_milter {
	char	*text;			/* the whole item, as it is there */
	char	*address;		/* "unix:a/b" */
	char	*default_action;	/* NULL: not given here */
};

struct postfix_milters {
	struct postfix_milter list[POSTFIX_MAX_MILTERS];
	size_t	 n;
};

/*
 * Read a value.  Returns -1 if it has an error (braces that do not match, too
 * many milters) or memory is out; nothing is kept then.
 */
int	postfix_milters_read(const char *value,
	    struct postfix_milters *milters);
void	postfix_milters_finish(struct postfix_milters *milters);

/*
 * The path of a unix socket as seen from outside of the chroot in which a
 * service may be: relative ones are below the queue directory.
 */
void	postfix_outer_path(const struct postfix *postfix, bool is_chrooted,
	    const char *path, char *outer, size_t size);

/*
 * The socket of a milter, with its path as seen from outside.  Returns false if
 * the address is not a valid one.
 */
bool	postfix_milter_socket(const struct postfix *postfix, bool is_chrooted,
	    const struct postfix_milter *milter, struct milter_socket *socket);

/*
 * Which of the milters is the one that listens on a socket, named as in
 * countersign.conf; n if none is.
 */
size_t	postfix_milters_find(const struct postfix *postfix, bool is_chrooted,
	    const struct postfix_milters *milters, const char *ours);

/* Remove the milter with that index, if there is one. */
void	postfix_milters_remove(struct postfix_milters *milters, size_t which);

/* The value that has these milters, for free(3); NULL when out of memory. */
char	*postfix_milters_text(const struct postfix_milters *milters);

#endif /* POSTFIX_MILTERS_H */
