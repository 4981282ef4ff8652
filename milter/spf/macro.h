/* SPDX-License-Identifier: ISC */

/*
 * SPF macros, RFC 7208 section 7.
 */

#ifndef SPF_MACRO_H
#define SPF_MACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets of an expansion, with NUL; a longer one is an error. */
#define SPF_MACRO_SIZE	2048

/* The values of the macro letters. */
struct spf_macro_values {
	const char	*sender;	/* s; l and o are its parts */
	const char	*domain;	/* d */
	int		 family;	/* i c v */
	const unsigned char *address;
	const char	*helo;		/* h */
	const char	*receiver;	/* r */
	int64_t		 now;		/* t */
	/* p: called only if it is used. */
	const char	*(*client_name)(void *arg);
	void		*arg;
};

/* Whether a text is a macro-string (of a modifier), a domain-spec, or the
 * text of an explanation. */
bool	spf_macro_is_string(const char *text, size_t len);
bool	spf_macro_is_domain_spec(const char *text, size_t len);
bool	spf_macro_is_explanation(const char *text, size_t len);

/*
 * Expand a text that one of these functions accepts into buf, NUL-terminated.
 * Returns false if it does not fit into bufsize.
 */
bool	spf_macro_expand(const struct spf_macro_values *values,
	    const char *text, size_t len, char *buf, size_t bufsize);

#endif /* SPF_MACRO_H */
