/* SPDX-License-Identifier: ISC */

/*
 * One instance of Postfix: its parameters and services, as postconf(1) says.
 */

#ifndef POSTFIX_H
#define POSTFIX_H

#include <stdbool.h>
#include <stddef.h>

#define POSTFIX_MAX_SERVICES	1000
#define POSTFIX_MAX_PARAMETERS	10000

struct postfix;

struct postfix_parameter {
	char	*name, *value;
};

/* A line of master.cf. */
struct postfix_service {
	char	*name;		/* "smtp", "127.0.0.1:10025" */
	char	*type;		/* "inet", "unix", "fifo", "pass", ... */
	bool	 is_private;
	bool	 is_chrooted;
	char	*command;	/* "smtpd" */
	char	*arguments;	/* all that follows, as it is there */
	/* What "-o" sets, with $names expanded. */
	struct postfix_parameter *overrides;
	size_t	 noverrides;
};

/*
 * Read an instance.
 *
 * config_dir   of the instance, or NULL for the default one
 * postfix      for postfix_free(); NULL if there is no Postfix on this machine,
 *              which is no failure
 * error        the reason of a failure
 *
 * Returns 0, or -1 if postconf(1) failed.
 */
int	postfix_open(const char *config_dir, struct postfix **postfix,
	    char *error, size_t size);
void	postfix_free(struct postfix *postfix);

/*
 * The same from what postconf(1) printed: parameters of "postconf -x" and
 * "postconf -n", services of "postconf -M" and overrides of "postconf -P -x".
 * Returns NULL with the reason in error.
 */
struct postfix *postfix_read(const char *parameters, const char *set,
	    const char *services, const char *overrides, char *error,
	    size_t size);

/*
 * The value of a parameter, of main.cf or the default, with $names expanded;
 * "" for one that this Postfix does not have.
 */
const char *postfix_parameter(const struct postfix *postfix,
	    const char *name);

/* Whether main.cf sets it, and the value as it is there; NULL if not. */
bool	postfix_is_set(const struct postfix *postfix, const char *name);
const char *postfix_as_set(const struct postfix *postfix, const char *name);

/* What main.cf sets, in the order of its output, as it is there. */
size_t	postfix_nset(const struct postfix *postfix);
const struct postfix_parameter *postfix_set(const struct postfix *postfix,
	    size_t i);

/* "yes", in any case, as Postfix reads it. */
bool	postfix_is_yes(const char *value);

size_t	postfix_nservices(const struct postfix *postfix);
const struct postfix_service *postfix_service(const struct postfix *postfix,
	    size_t i);

/* NULL if master.cf has no such service. */
const struct postfix_service *postfix_find_service(
	    const struct postfix *postfix, const char *name,
	    const char *type);

/* NULL if the service does not override the parameter. */
const char *postfix_override(const struct postfix_service *service,
	    const char *name);

/* What the service uses: its override, or else postfix_parameter(). */
const char *postfix_service_parameter(const struct postfix *postfix,
	    const struct postfix_service *service, const char *name);

/* Parameters that are often asked for. */
const char *postfix_queue_directory(const struct postfix *postfix);
const char *postfix_config_directory(const struct postfix *postfix);
const char *postfix_mail_owner(const struct postfix *postfix);

/* "3.7.11": whether it is that version or a later one. */
bool	postfix_is_at_least(const struct postfix *postfix, unsigned int major,
	    unsigned int minor);

#endif /* POSTFIX_H */
