/* SPDX-License-Identifier: ISC */

/*
 * Names and texts of the library's codes: errors, algorithms, results (RFC
 * 8601 section 2.7.1) and the reasons of a result.
 *
 * Each is a table of static texts.  For a code that is not in its table, the
 * text says so, and the name is NULL; nothing else can fail.
 */

#include "dkimsig/dkimsig.h"
#include "dkimsig/internal.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	int		 error;
	const char	*text;
} errors[] = {
	{ DKIMSIG_OK,		"no error" },
	{ DKIMSIG_E_NOMEM,	"out of memory" },
	{ DKIMSIG_E_STATE,	"called out of order" },
	{ DKIMSIG_E_ARG,	"invalid argument" },
	{ DKIMSIG_E_TOOBIG,	"a limit of the library was exceeded" },
	{ DKIMSIG_E_SYNTAX,	"syntax error" },
	{ DKIMSIG_E_CRYPTO,	"the crypto library failed" },
	{ DKIMSIG_E_NOSPACE,	"the buffer is too small" },
	{ DKIMSIG_E_NOFROM,	"no From field" },
	{ DKIMSIG_E_MANYFROM,	"more than one From field" },
	{ DKIMSIG_E_MANYAUTHORS, "more than one author domain" },
	{ DKIMSIG_E_NODOMAIN,	"no certain author domain" },
	{ DKIMSIG_E_DOMAIN,	"not a valid domain name" },
};

static const char *const algorithms[] = {
	[DKIMSIG_RSA_SHA256]		= "rsa-sha256",
	[DKIMSIG_ED25519_SHA256]	= "ed25519-sha256",
};

static const char *const results[] = {
	[DKIMSIG_RESULT_NONE]		= "none",
	[DKIMSIG_RESULT_PASS]		= "pass",
	[DKIMSIG_RESULT_FAIL]		= "fail",
	[DKIMSIG_RESULT_POLICY]		= "policy",
	[DKIMSIG_RESULT_NEUTRAL]	= "neutral",
	[DKIMSIG_RESULT_TEMPERROR]	= "temperror",
	[DKIMSIG_RESULT_PERMERROR]	= "permerror",
};

static const char *const reasons[] = {
	[DKIMSIG_REASON_NONE]		= "the signature is valid",
	[DKIMSIG_REASON_SYNTAX]	=
	    "the signature field cannot be parsed",
	[DKIMSIG_REASON_VERSION]	= "v= is not 1",
	[DKIMSIG_REASON_MISSING_TAG]	= "a required tag is missing",
	[DKIMSIG_REASON_ALGORITHM]	= "a= is not an acceptable algorithm",
	[DKIMSIG_REASON_CANON]		= "c= is unknown",
	[DKIMSIG_REASON_QUERY]		= "q= does not include dns/txt",
	[DKIMSIG_REASON_FROM_UNSIGNED]	= "h= does not include From",
	[DKIMSIG_REASON_AUID]		= "i= is not within d=",
	[DKIMSIG_REASON_TIMES]		= "x= is not after t=",
	[DKIMSIG_REASON_EXPIRED]	= "the signature has expired",
	[DKIMSIG_REASON_FUTURE]		= "t= is in the future",
	[DKIMSIG_REASON_LIMIT]		= "a limit was exceeded",
	[DKIMSIG_REASON_DNS_TEMPORARY]	= "the key record could not be fetched",
	[DKIMSIG_REASON_NO_KEY]		= "there is no key record",
	[DKIMSIG_REASON_KEY_SYNTAX]	= "the key record cannot be parsed",
	[DKIMSIG_REASON_KEY_MANY]	= "there is more than one key record",
	[DKIMSIG_REASON_KEY_VERSION]	= "v= of the key record is not DKIM1",
	[DKIMSIG_REASON_KEY_REVOKED]	= "the key is revoked",
	[DKIMSIG_REASON_KEY_TYPE]	= "the key type does not match a=",
	[DKIMSIG_REASON_KEY_HASH]	=
	    "the key record does not allow sha256",
	[DKIMSIG_REASON_KEY_SERVICE]	= "the key record does not allow email",
	[DKIMSIG_REASON_KEY_STRICT]	=
	    "the key record does not allow subdomains",
	[DKIMSIG_REASON_KEY_SIZE]	= "the key size is not acceptable",
	[DKIMSIG_REASON_BODY_LENGTH]	= "l= is larger than the body",
	[DKIMSIG_REASON_BODY_HASH]	= "the body was changed",
	[DKIMSIG_REASON_SIGNATURE]	= "the signature does not match",
};

DKIMSIG_API const char *
dkimsig_strerror(int error)
{
	size_t i;

	for (i = 0; i < COUNT(errors); i++)
		if (errors[i].error == error)
			return errors[i].text;
	return "unknown error";
}

DKIMSIG_API const char *
dkimsig_algorithm_name(enum dkimsig_algorithm algorithm)
{
	size_t i = (size_t)algorithm;

	return i < COUNT(algorithms) ? algorithms[i] : NULL;
}

DKIMSIG_API int
dkimsig_algorithm_parse(const char *name, size_t namelen,
    enum dkimsig_algorithm *algorithm)
{
	size_t i;

	for (i = 0; i < COUNT(algorithms); i++)
		if (view_equal_nocase(view_of(name, namelen),
		    view_str(algorithms[i]))) {
			*algorithm = (enum dkimsig_algorithm)i;
			return 0;
		}
	return DKIMSIG_E_SYNTAX;
}

DKIMSIG_API const char *
dkimsig_result_name(enum dkimsig_result result)
{
	size_t i = (size_t)result;

	return i < COUNT(results) ? results[i] : NULL;
}

DKIMSIG_API const char *
dkimsig_reason_text(enum dkimsig_reason reason)
{
	size_t i = (size_t)reason;

	return i < COUNT(reasons) ? reasons[i] : "unknown reason";
}
