/* SPDX-License-Identifier: ISC */

/*
 * Room doctor: the commands of countersign-doctor.
 *
 * This header has what the commands share.
 */

#ifndef DOCTOR_H
#define DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

/* Exit status: see countersign-doctor(8). */
enum doctor_exit {
	DOCTOR_YES	= 0,
	DOCTOR_NO	= 1,	/* also if the command failed */
	DOCTOR_USAGE	= 2,
	DOCTOR_NOT_YET	= 3	/* DNS has not answered */
};

struct doctor {
	const char	*key_file;	/* these are NULL if not given */
	const char	*dns;
	const char	*config;
	const char	*client, *client_name, *helo;
	const char	*tls, *cert_cn, *cert_issuer;
	const char	*login, *daemon, *sender;
	bool		 sign;
	bool		 json;
	bool		 colours;
	int64_t		 now;		/* seconds since the epoch */
};

/* The commands.  A command that fails prints why. */
int	cmd_explain(struct doctor *doctor);
int	cmd_verify(struct doctor *doctor);

#endif /* DOCTOR_H */
