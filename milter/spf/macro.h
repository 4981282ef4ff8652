/* SPDX-License-Identifier: ISC */

/*
 * Macros of SPF, RFC 7208 section 7; for the evaluator.
 */

#ifndef SPF_MACRO_H
#define SPF_MACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets that an expansion may have; more is a failure. */
#define SPF_MACRO_SIZE	2048

/* What the letters stand for.  Texts are NUL-terminated. */
struct spf_macro_values {
	const char	*sender;	/* s; l and o are its parts */
	const char	*domain;	/* d */
	int		 family;	/* i c v */
	const unsigned char *address;
	const char	*helo;		/* h */
	const char	*receiver;	/* r */
	int64_t		 now;		/* t */
	/* p: asked for only if it is used. */
	const char	*(*client_name)(void *arg);
	void		*arg;
};

/* Whether a text is a macro-string (of a modifier), a domain-spec, or the
 * text of an explanation. */
bool	spf_macro_is_string(const char *text, size_t len);
bool	spf_macro_is_domain_spec(const char *text, size_t len);
bool	spf_macro_is_explanation(const char *text, size_t len);

/*
 * Expand a text that is one of these into buf, NUL-terminated; false if it
 * does not fit into bufsize.
 */
bool	spf_macro_expand(const struct spf_macro_values *values,
	    const char *text, size_t len, char *buf, size_t bufsize);

#endif /* SPF_MACRO_H */
