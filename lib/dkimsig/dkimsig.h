/* SPDX-License-Identifier: ISC */

/*
 * libdkimsig: streaming DKIM signatures, RFC 6376, 8301, 8463 and 8616.
 *
 * The library turns a message, fed as header fields and body chunks, into
 * to-be-signed blocks and finished DKIM-Signature fields (the signer), or
 * judges the DKIM-Signature fields that a message has (the verifier).  It
 * parses and prints key records, and finds the author domains of a message.
 *
 * It does no input or output, makes no DNS queries, reads no clock, logs
 * nothing and never holds a private key: the caller signs the to-be-signed
 * block, and the caller fetches the TXT records that the verifier names.  It
 * does not interpret MIME.
 *
 * Calls of one signer, and of one verifier, come in this order:
 *
 *	signer:    new -> header* -> end_headers -> body* -> end
 *	               -> signature_new*                         -> free
 *	signature: signature_new -> block -> field -> free
 *	verifier:  new -> header* -> end_headers -> body* -> end
 *	               -> result*                                -> free
 *	           query* and key* anywhere between end_headers and result,
 *	           set_now anywhere before result
 *
 * dkimsig_verifier_author() may be called any time after end_headers.  A call
 * out of order returns DKIMSIG_E_STATE and changes nothing.  After any other
 * error from header, end_headers, body or end the object is unusable: each
 * later call except free returns the same error, so a caller may check once at
 * the end of a stream.  Errors of signature_new, query and key leave the object
 * unchanged; so do those of field, except DKIMSIG_E_NOMEM.
 *
 * Objects are independent of each other; two threads must not use the same
 * object at the same time.  There is no global state.
 *
 * A body is scanned with AVX-512, AVX2 or SSE2 if the CPU has them, with the
 * same results, and mostly hashed where it stands: large chunks, such as the 64
 * KiB of milters, cost least.
 *
 * Memory: a signer or verifier holds the header fields, a verifier also a
 * fixed amount for each signature, and a signature its block.  The body is
 * never stored.  Pointers passed in are borrowed for the call unless said
 * otherwise.
 *
 * Sizes are octets unless said otherwise; times are seconds since
 * 1970-01-01 00:00:00 UTC.
 *
 * Limits (a larger input is DKIMSIG_E_TOOBIG, or, for a limit on a signature,
 * a permanent error of that signature; the last three never fail, see
 * dkimsig_authors_overflow()):
 *
 *	DKIMSIG_MAX_HEADER	262144	all header fields of a message
 *	DKIMSIG_MAX_FIELDS	  1000	header fields of a message
 *	DKIMSIG_MAX_SIGNATURES	    32	signature fields examined; 8 by default
 *	DKIMSIG_MAX_HNAMES	   256	names in one h= tag
 *	DKIMSIG_MAX_TAGS	    64	tags in one tag list
 *	DKIMSIG_MAX_TAGLIST	 65536	one tag list
 *	DKIMSIG_MAX_KEYRECORD	  8192	one key record
 *	DKIMSIG_MAX_DOMAIN	   253	a domain name, without final dot
 *	DKIMSIG_MAX_SIGVALUE	  1024	a raw signature (RSA-8192)
 *	DKIMSIG_MAX_AUTHORS	   256	author domains of a message; mentions;
 *					addresses
 *	DKIMSIG_MAX_LOCAL	   256	a local part that is certain
 *	DKIMSIG_MAX_ADDRSPECS	  4096	"@" examined for authors; for mentions
 */

#ifndef DKIMSIG_H
#define DKIMSIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DKIMSIG_MAX_HEADER	262144	/* octets */
#define DKIMSIG_MAX_FIELDS	1000
#define DKIMSIG_MAX_SIGNATURES	32
#define DKIMSIG_DEFAULT_SIGNATURES 8
#define DKIMSIG_MAX_HNAMES	256
#define DKIMSIG_MAX_TAGS	64
#define DKIMSIG_MAX_TAGLIST	65536	/* octets */
#define DKIMSIG_MAX_KEYRECORD	8192	/* octets */
#define DKIMSIG_MAX_DOMAIN	253	/* octets */
#define DKIMSIG_MAX_SIGVALUE	1024	/* octets */
#define DKIMSIG_MAX_AUTHORS	256
#define DKIMSIG_MAX_LOCAL	256	/* octets */
#define DKIMSIG_MAX_ADDRSPECS	4096

#define DKIMSIG_HASH_SIZE	32	/* octets of a SHA-256 */

/* Room for the longest domain name and its NUL. */
#define DKIMSIG_DOMAIN_SIZE	(DKIMSIG_MAX_DOMAIN + 1)

/*
 * Errors.  Every int function returns 0 or one of these.  A signature that
 * does not verify is not an error: see enum dkimsig_result.
 */
enum dkimsig_error {
	DKIMSIG_OK		= 0,
	DKIMSIG_E_NOMEM		= -1,	/* out of memory */
	DKIMSIG_E_STATE		= -2,	/* called out of order */
	DKIMSIG_E_ARG		= -3,	/* invalid argument */
	DKIMSIG_E_TOOBIG	= -4,	/* over one of the limits above */
	DKIMSIG_E_SYNTAX	= -5,	/* input violates its grammar */
	DKIMSIG_E_CRYPTO	= -6,	/* the crypto library failed */
	DKIMSIG_E_NOSPACE	= -7,	/* the caller's buffer is too small */

	/* Why a message has no author domain: dkimsig_verifier_author(). */
	DKIMSIG_E_NOFROM	= -20,	/* no From field */
	DKIMSIG_E_MANYFROM	= -21,	/* more than one From field */
	DKIMSIG_E_MANYAUTHORS	= -22,	/* more than one author domain */
	DKIMSIG_E_NODOMAIN	= -24,	/* no certain author domain */
	DKIMSIG_E_DOMAIN	= -26	/* not a valid domain name or IDN */
};

/*
 * A short English text for an error: static, never NULL, without a final dot.
 */
const char *dkimsig_strerror(int error);

/* Canonicalization, RFC 6376 section 3.4. */
enum dkimsig_canon {
	DKIMSIG_CANON_SIMPLE,
	DKIMSIG_CANON_RELAXED
};

/* Signing algorithms, RFC 6376 section 3.3, RFC 8301, RFC 8463. */
enum dkimsig_algorithm {
	DKIMSIG_RSA_SHA256,
	DKIMSIG_ED25519_SHA256
};

/* "rsa-sha256" or "ed25519-sha256"; static, NULL for any other value. */
const char *dkimsig_algorithm_name(enum dkimsig_algorithm algorithm);

/*
 * The algorithm with this name, compared without case.
 * Returns 0, or DKIMSIG_E_SYNTAX for any other name (rsa-sha1 included).
 */
int	dkimsig_algorithm_parse(const char *name, size_t namelen,
	    enum dkimsig_algorithm *algorithm);

/*
 * Properties of a message that make a signature unsafe or fragile; a bit
 * set.  They are found while the message streams and never fail a call:
 * whether to sign is the caller's decision.  RFC 5321 section 2.3.8, RFC
 * 5322 sections 2.1.1, 2.2 and 3.6.
 */
#define DKIMSIG_FAULT_BARE_CR		0x01u	/* CR without LF, anywhere */
#define DKIMSIG_FAULT_BARE_LF		0x02u	/* LF without CR, anywhere */
#define DKIMSIG_FAULT_NUL		0x04u	/* a NUL octet, anywhere */
#define DKIMSIG_FAULT_REPEATED		0x08u	/* repeated once-only field */
#define DKIMSIG_FAULT_LONG_LINE		0x10u	/* a line over 998 octets */
#define DKIMSIG_FAULT_8BIT_BODY		0x20u	/* an octet over 127 in body */
#define DKIMSIG_FAULT_CONTROL		0x40u	/* header: a control character
						 * not HTAB, CR, LF or NUL */

/* -- Signer -------------------------------------------------------------- */

struct dkimsig_signer;

/*
 * Options of a signer.  Zero it, then set what differs from the defaults.
 */
struct dkimsig_signer_opts {
	/*
	 * Body canonicalizations that signatures of this message may use: a
	 * set of 1u << enum dkimsig_canon.  Each one costs a digest of the
	 * body.  0 is the default: relaxed only.
	 */
	unsigned int	 body_canons;

	/*
	 * Limits, in octets and in fields.  0 means the default, which is
	 * also the maximum: DKIMSIG_MAX_HEADER, DKIMSIG_MAX_FIELDS.
	 */
	size_t		 max_header;
	size_t		 max_fields;
};

/*
 * The contents of one signature.  Zero it, then set what differs from the
 * defaults.
 */
struct dkimsig_sigspec {
	/* d=, s=: A-labels, NUL-terminated; required. */
	const char	*sdid;
	const char	*selector;

	/* i=: NULL (the default) omits it.  "@" and a domain that is the
	 * SDID or below it; a local part is never written. */
	const char	*auid;

	enum dkimsig_algorithm	algorithm;	/* default rsa-sha256 */
	enum dkimsig_canon	header_canon;	/* default simple */
	enum dkimsig_canon	body_canon;	/* default simple */

	/* t=: required, 1 to 999999999999. */
	int64_t		 timestamp;
	/* x=: seconds after timestamp, 0 (the default) for none. */
	int64_t		 lifetime;

	/*
	 * Names of the fields to sign: nsign names, NUL-terminated; all
	 * instances of each are signed.  NULL with nsign 0 is the default
	 * list, dkimsig_default_signed().  From is always signed.
	 */
	const char *const *sign;
	size_t		 nsign;

	/*
	 * Names that h= lists once more than there are fields, so that no
	 * further one can be added (RFC 6376 section 8.15).  Names without
	 * a field in the message are omitted, because a later hop may
	 * legitimately add one.  NULL with noversign 0 is the default,
	 * dkimsig_default_oversigned().
	 */
	const char *const *oversign;
	size_t		 noversign;

	/*
	 * Names that h= lists once more than there are fields, even if
	 * there are none.  NULL with nguard 0 is the default,
	 * dkimsig_default_guarded().
	 */
	const char *const *guard;
	size_t		 nguard;

	/* Ignore oversign and guard. */
	bool		 no_oversign;
};

/*
 * The default lists: static arrays of *n names in lower case.  RFC 6376
 * section 5.4.1, RFC 8058 section 4.
 */
const char *const *dkimsig_default_signed(size_t *n);
const char *const *dkimsig_default_oversigned(size_t *n);
const char *const *dkimsig_default_guarded(size_t *n);

/*
 * Create a signer for one message.  opts may be NULL for the defaults; it is
 * copied.  The caller owns *signer and frees it with dkimsig_signer_free().
 *
 * Returns 0, or
 *   DKIMSIG_E_NOMEM	out of memory
 *   DKIMSIG_E_ARG	unknown bit in body_canons, a limit over the maximum
 *   DKIMSIG_E_CRYPTO	SHA-256 is unavailable
 */
int	dkimsig_signer_new(struct dkimsig_signer **signer,
	    const struct dkimsig_signer_opts *opts);

/* Free a signer, at any time.  NULL is allowed. */
void	dkimsig_signer_free(struct dkimsig_signer *signer);

/*
 * Add the next header field, in message order, top first.
 *
 * Called when: after new, until end_headers.
 *
 * name, namelen    everything before the colon, including blanks.
 * value, valuelen  everything after the colon, including the first blank and
 *                  CRLF-folded lines, without the final CRLF.  value may be
 *                  NULL if valuelen is 0.
 * Both are copied.
 *
 * Returns 0, or
 *   DKIMSIG_E_STATE	called too late
 *   DKIMSIG_E_SYNTAX	the name is empty, or contains a colon or an octet
 *			outside 33 to 126 (trailing blanks are allowed); or
 *			the value has a line that does not begin with a blank
 *   DKIMSIG_E_TOOBIG	over max_header or max_fields
 *   DKIMSIG_E_NOMEM	out of memory
 *
 * RFC 5322 section 2.2, RFC 6376 section 3.4.
 */
int	dkimsig_signer_header(struct dkimsig_signer *signer,
	    const char *name, size_t namelen,
	    const char *value, size_t valuelen);

/*
 * End the header.
 *
 * Returns 0, or DKIMSIG_E_STATE if it has already ended.
 */
int	dkimsig_signer_end_headers(struct dkimsig_signer *signer);

/*
 * Omit a field from all signatures, as if it did not exist: the caller removes
 * it from the message.  The faults do not change.
 *
 * Called when: after end_headers; changes nothing in signatures that exist.
 *
 * index        the field's number, from 0, in the order of the calls of
 *              dkimsig_signer_header().
 *
 * Returns 0, DKIMSIG_E_STATE, or DKIMSIG_E_ARG if there is no such field.
 */
int	dkimsig_signer_omit(struct dkimsig_signer *signer, size_t index);

/*
 * Add the next piece of the body.
 *
 * Called when: after end_headers, any number of times, until end.
 *
 * chunk, len   len octets, cut anywhere, even between CR and LF; if len is 0,
 *              chunk may be NULL.  Not kept.
 *
 * Returns 0, or
 *   DKIMSIG_E_STATE	called too early or too late
 *   DKIMSIG_E_CRYPTO	the digest failed
 *
 * RFC 6376 section 3.7.
 */
int	dkimsig_signer_body(struct dkimsig_signer *signer,
	    const void *chunk, size_t len);

/*
 * End the body.  A message without a body needs no call of
 * dkimsig_signer_body().
 *
 * Returns 0, DKIMSIG_E_STATE or DKIMSIG_E_CRYPTO.
 */
int	dkimsig_signer_end(struct dkimsig_signer *signer);

/*
 * The faults found so far: a set of DKIMSIG_FAULT_*.  May be called at any
 * time; complete for the header after end_headers, for the message after end.
 */
unsigned int dkimsig_signer_faults(const struct dkimsig_signer *signer);

/*
 * The canonicalized body's SHA-256, 32 octets; for the log.
 *
 * Called when: after end.  *bodyhash is borrowed until free.
 *
 * Returns 0, DKIMSIG_E_STATE, or DKIMSIG_E_ARG if that canonicalization was
 * not in opts.body_canons.
 */
int	dkimsig_signer_bodyhash(const struct dkimsig_signer *signer,
	    enum dkimsig_canon canon, const unsigned char **bodyhash);

/* A signature of a message, from its block to its field. */
struct dkimsig_signature;

/*
 * Begin a signature: create its DKIM-Signature field with an empty b=, and the
 * block to sign.  Several may exist at a time, so that all blocks of a message
 * can be signed together.
 *
 * Called when: after end; again for each further signature.
 *
 * *signature   the caller frees it with dkimsig_signature_free(), before or
 *              after the signer.  NULL after an error.
 *
 * Returns 0, or
 *   DKIMSIG_E_STATE	called before end
 *   DKIMSIG_E_ARG	missing or invalid SDID or selector, auid not within
 *			the SDID, timestamp or lifetime out of range, a name
 *			in the lists that is not a field name or is
 *			DKIM-Signature, body_canon not in opts.body_canons
 *   DKIMSIG_E_NOFROM	the message has no From field
 *   DKIMSIG_E_TOOBIG	more than DKIMSIG_MAX_HNAMES names for h=
 *   DKIMSIG_E_NOMEM	out of memory
 *
 * RFC 6376 sections 3.5, 3.7, 5.4 and 5.5.
 */
int	dkimsig_signature_new(struct dkimsig_signature **signature,
	    struct dkimsig_signer *signer, const struct dkimsig_sigspec *spec);

/* Free a signature, at any time.  NULL is allowed. */
void	dkimsig_signature_free(struct dkimsig_signature *signature);

/*
 * The block to sign: the canonicalized fields of h= in order, each with its
 * CRLF, then the new field without its final CRLF.  *len octets, borrowed until
 * free.
 *
 * For rsa-sha256 sign the block with RSASSA-PKCS1-v1_5 and SHA-256; for
 * ed25519-sha256 sign the block's SHA-256 with PureEdDSA (RFC 8463 section
 * 3).
 *
 * Called when: any time.
 *
 * RFC 6376 section 3.7.
 */
const unsigned char *dkimsig_signature_block(
	    const struct dkimsig_signature *signature, size_t *len);

/*
 * Finish the field.
 *
 * Called when: once.
 *
 * raw, rawlen  the raw signature.
 * *value, *valuelen  everything after "DKIM-Signature:" in the message,
 *              including the first blank, folded with CRLF HTAB to lines of
 *              at most 78 octets, without the final CRLF, followed by a NUL.
 *              Borrowed until free.
 *
 * Returns 0, or
 *   DKIMSIG_E_STATE	the field is finished already
 *   DKIMSIG_E_ARG	rawlen is 0 or over DKIMSIG_MAX_SIGVALUE
 *   DKIMSIG_E_NOMEM	out of memory: then free it
 *
 * RFC 6376 section 3.5.
 */
int	dkimsig_signature_field(struct dkimsig_signature *signature,
	    const void *raw, size_t rawlen, const char **value,
	    size_t *valuelen);

/* -- To-be-signed block, for the holder of the key ----------------------- */

/*
 * The contents of a to-be-signed block.  For a process that holds private keys
 * and receives blocks from a process that it does not trust.
 */
struct dkimsig_tbs {
	char		 sdid[DKIMSIG_DOMAIN_SIZE];
	char		 selector[DKIMSIG_DOMAIN_SIZE];
	enum dkimsig_algorithm	algorithm;
	int64_t		 timestamp;	/* -1: no t= */
	int64_t		 expires;	/* -1: no x= */
	bool		 covers_from;	/* From in h= and in the block */
	bool		 oversigns_from; /* covered, and h= names it once more
					 * than the block has it */
	bool		 has_length;	/* an l= tag */
	unsigned char	 bodyhash[DKIMSIG_HASH_SIZE];	/* bh=; for the log */
};

/*
 * Parse a to-be-signed block.  A block is accepted only if its last field is
 * one DKIM-Signature field with v=1, an empty b= and all required tags, if h=
 * does not name DKIM-Signature, and if the block has no NUL, bare CR or bare
 * LF.  Blocks from dkimsig_signature_block() are accepted, in either header
 * canonicalization, if the header has no such faults.
 *
 * Returns 0, or
 *   DKIMSIG_E_SYNTAX	the block is not accepted
 *   DKIMSIG_E_TOOBIG	over DKIMSIG_MAX_HEADER + DKIMSIG_MAX_TAGLIST
 *   DKIMSIG_E_NOMEM	out of memory
 *
 * RFC 6376 section 3.7.
 */
int	dkimsig_tbs_parse(const void *tbs, size_t tbslen,
	    struct dkimsig_tbs *parsed);

/* -- Verifier ------------------------------------------------------------ */

struct dkimsig_verifier;

/* Verdicts, RFC 8601 section 2.7.1. */
enum dkimsig_result {
	DKIMSIG_RESULT_NONE,		/* the message has no signature */
	DKIMSIG_RESULT_PASS,
	DKIMSIG_RESULT_FAIL,		/* body or header was changed */
	DKIMSIG_RESULT_POLICY,		/* valid, but not acceptable */
	DKIMSIG_RESULT_NEUTRAL,		/* cannot be interpreted */
	DKIMSIG_RESULT_TEMPERROR,	/* may succeed later: DNS */
	DKIMSIG_RESULT_PERMERROR	/* can never succeed */
};

/* Why a signature does not pass. */
enum dkimsig_reason {
	DKIMSIG_REASON_NONE,		/* it passes */
	DKIMSIG_REASON_SYNTAX,		/* not a tag list, duplicate tag, or
					 * invalid value */
	DKIMSIG_REASON_VERSION,		/* v= is not 1 */
	DKIMSIG_REASON_MISSING_TAG,	/* v a b bh d h or s */
	DKIMSIG_REASON_ALGORITHM,	/* a= unknown, rsa-sha1 included */
	DKIMSIG_REASON_CANON,		/* c= unknown */
	DKIMSIG_REASON_QUERY,		/* q= without dns/txt */
	DKIMSIG_REASON_FROM_UNSIGNED,	/* From is not in h= */
	DKIMSIG_REASON_AUID,		/* i= is not within d= */
	DKIMSIG_REASON_TIMES,		/* x= is not after t= */
	DKIMSIG_REASON_EXPIRED,		/* x= is in the past */
	DKIMSIG_REASON_FUTURE,		/* t= is in the future */
	DKIMSIG_REASON_LIMIT,		/* over a limit of this library */
	DKIMSIG_REASON_DNS_TEMPORARY,	/* the key could not be fetched now */
	DKIMSIG_REASON_NO_KEY,		/* no key record */
	DKIMSIG_REASON_KEY_SYNTAX,	/* key record cannot be parsed */
	DKIMSIG_REASON_KEY_MANY,	/* more than one key record */
	DKIMSIG_REASON_KEY_VERSION,	/* v= is not DKIM1 */
	DKIMSIG_REASON_KEY_REVOKED,	/* p= is empty */
	DKIMSIG_REASON_KEY_TYPE,	/* k= unknown, or not the type of a= */
	DKIMSIG_REASON_KEY_HASH,	/* h= without sha256 */
	DKIMSIG_REASON_KEY_SERVICE,	/* s= without email */
	DKIMSIG_REASON_KEY_STRICT,	/* t=s, and i= is a subdomain */
	DKIMSIG_REASON_KEY_SIZE,	/* RSA under 1024 or over 8192 bits;
					 * the latter shows in b=, too */
	DKIMSIG_REASON_BODY_LENGTH,	/* l= is larger than the body */
	DKIMSIG_REASON_BODY_HASH,	/* bh= does not match */
	DKIMSIG_REASON_SIGNATURE	/* b= does not match */
};

/* "pass", "fail", ... as in RFC 8601; static, NULL for any other value. */
const char *dkimsig_result_name(enum dkimsig_result result);
/* A short English text; static, never NULL. */
const char *dkimsig_reason_text(enum dkimsig_reason reason);

struct dkimsig_verdict;

/* Options of a verifier.  Zero it, then set what differs from the defaults. */
struct dkimsig_verifier_opts {
	/* Required: the time of judgement; see dkimsig_verifier_set_now(). */
	int64_t		 now;
	int64_t		 clock_skew;	/* seconds, default 0; for t= and x= */
	/* At most DKIMSIG_MAX_SIGNATURES; 0: DKIMSIG_DEFAULT_SIGNATURES. */
	size_t		 max_signatures;
	size_t		 max_header;	/* as for the signer */
	size_t		 max_fields;
	/*
	 * Whether to verify a signature, judging by its field; result, reason
	 * and the key are not known yet.  NULL: verify all.  Otherwise,
	 * signatures that are not wanted, that cannot be parsed or that are
	 * over max_signatures are skipped: they have no number, are not
	 * counted, and cost no pass over the body.
	 */
	bool		(*wants)(void *arg,
			    const struct dkimsig_verdict *claim);
	void		*wants_arg;
};

/* What is known about one signature.  Strings are borrowed until free. */
struct dkimsig_verdict {
	enum dkimsig_result	result;
	enum dkimsig_reason	reason;
	/* A-labels; "" if it could not be parsed.  These, and the domain of
	 * auid, may contain "_", because some signers use it. */
	const char	*sdid;
	const char	*selector;
	const char	*auid;		/* i= as decoded, or "@" and d= */
	enum dkimsig_algorithm	algorithm;
	enum dkimsig_canon	header_canon, body_canon;
	int64_t		 timestamp;	/* -1: no t= */
	int64_t		 expires;	/* -1: no x= */
	int64_t		 body_length;	/* l=; -1: none */
	uint64_t	 body_unsigned;	/* canonical octets beyond l= */
	unsigned int	 keybits;	/* 0 until known */
	bool		 key_testing;	/* t=y in the key record */
	size_t		 field;		/* index of the field, 0 is the top */
	const char	*b_prefix;	/* first 8 characters of b= */

	/* bh=, b= and the number of names in h=; NULL and 0 if the field
	 * could not be parsed. */
	const unsigned char	*bodyhash;	/* DKIMSIG_HASH_SIZE octets */
	const unsigned char	*sig;
	size_t		 siglen;
	size_t		 nsigned;	/* see dkimsig_verifier_signs() */
};

/*
 * Create a verifier for one message.  opts is copied.
 *
 * Returns 0, or
 *   DKIMSIG_E_NOMEM	out of memory
 *   DKIMSIG_E_ARG	opts is NULL, opts.now below 1, opts.clock_skew below
 *			0 or too large to be added, a limit over the maximum
 */
int	dkimsig_verifier_new(struct dkimsig_verifier **verifier,
	    const struct dkimsig_verifier_opts *opts);

/*
 * Set the time of judgement again, for a message that took long to arrive.  t=
 * and x= are compared with the time that was set last.
 *
 * Called when: after new, until the first result.
 *
 * Returns 0, or
 *   DKIMSIG_E_STATE	called too late
 *   DKIMSIG_E_ARG	now is below 1, or too large for opts.clock_skew
 */
int	dkimsig_verifier_set_now(struct dkimsig_verifier *verifier,
	    int64_t now);

/* Free a verifier, at any time.  NULL is allowed. */
void	dkimsig_verifier_free(struct dkimsig_verifier *verifier);

/* As dkimsig_signer_header(). */
int	dkimsig_verifier_header(struct dkimsig_verifier *verifier,
	    const char *name, size_t namelen,
	    const char *value, size_t valuelen);

/*
 * End the header, and parse the signature fields, top first.  A field that
 * cannot be parsed results in a verdict, not an error; fields over
 * opts.max_signatures are counted and get DKIMSIG_REASON_LIMIT.  If opts.wants
 * is set, it is called now for each field that can be parsed, until
 * max_signatures are wanted, and only the wanted ones count as signatures.
 *
 * Returns 0, DKIMSIG_E_STATE, DKIMSIG_E_NOMEM or DKIMSIG_E_CRYPTO.
 */
int	dkimsig_verifier_end_headers(struct dkimsig_verifier *verifier);

/*
 * The author domain of the message, as dkimsig_authors_domain() finds it in all
 * From fields, if there is only one and it is certain.
 *
 * Called when: after dkimsig_verifier_end_headers().
 *
 * domain, domainsize  gets the domain and a NUL; DKIMSIG_DOMAIN_SIZE is
 *                     enough.
 *
 * Returns 0, or
 *   DKIMSIG_E_STATE		called before end_headers
 *   DKIMSIG_E_NOFROM		no From field
 *   DKIMSIG_E_MANYFROM		more than one
 *   DKIMSIG_E_MANYAUTHORS	more than one domain
 *   DKIMSIG_E_NODOMAIN		no domain, or none that is certain
 *   DKIMSIG_E_NOSPACE		domainsize is too small
 *   DKIMSIG_E_NOMEM		out of memory
 */
int	dkimsig_verifier_author(const struct dkimsig_verifier *verifier,
	    char *domain, size_t domainsize);

/* As dkimsig_signer_body() and dkimsig_signer_end(). */
int	dkimsig_verifier_body(struct dkimsig_verifier *verifier,
	    const void *chunk, size_t len);
int	dkimsig_verifier_end(struct dkimsig_verifier *verifier);

/* The number of signature fields in the message, or, with opts.wants, of those
 * that are verified; 0 before end_headers. */
size_t	dkimsig_verifier_count(const struct dkimsig_verifier *verifier);

/*
 * The DNS name whose TXT record signature i needs, in the form
 * "selector._domainkey.example.com", A-labels without a final dot; NULL if it
 * needs none (its verdict is known, or it has its key).
 *
 * Called when: after end_headers.  i counts from 0, the top signature.
 * Borrowed until free.
 *
 * Returns 0, DKIMSIG_E_STATE, or DKIMSIG_E_ARG for an i out of range.
 */
int	dkimsig_verifier_query(const struct dkimsig_verifier *verifier,
	    size_t i, const char **name);

/* What DNS answered. */
enum dkimsig_dns {
	DKIMSIG_DNS_FOUND,	/* one TXT record */
	DKIMSIG_DNS_NONE,	/* no such name, or no TXT record */
	DKIMSIG_DNS_MANY,	/* more than one TXT record */
	DKIMSIG_DNS_FAILED	/* no answer, SERVFAIL, bogus, ... */
};

/*
 * Supply the DNS answer for signature i.
 *
 * Called when: after end_headers, until the first result.
 *
 * txt, txtlen  with DKIMSIG_DNS_FOUND: the strings of the record, joined
 *              without separators; otherwise ignored.  Not kept.
 *
 * A record that cannot be used results in a verdict, not an error.  A second
 * call for the same i replaces the first.
 *
 * Returns 0, or DKIMSIG_E_STATE, DKIMSIG_E_ARG (i out of range),
 * DKIMSIG_E_NOMEM.
 *
 * RFC 6376 sections 3.6 and 6.1.2.
 */
int	dkimsig_verifier_key(struct dkimsig_verifier *verifier, size_t i,
	    enum dkimsig_dns status, const char *txt, size_t txtlen);

/*
 * The verdict on signature i.  Without an answer by dkimsig_verifier_key(), it
 * is temperror.
 *
 * Called when: after end.
 *
 * Returns 0, or DKIMSIG_E_STATE, DKIMSIG_E_ARG (i out of range),
 * DKIMSIG_E_NOMEM, DKIMSIG_E_CRYPTO.
 */
int	dkimsig_verifier_result(struct dkimsig_verifier *verifier, size_t i,
	    struct dkimsig_verdict *verdict);

/*
 * The n-th name in h= of signature i, n from 0, as written there: each
 * occurrence counts, whether the message has such a field or not.
 *
 * Called when: after end_headers.  *name is borrowed until free, and is not
 * NUL-terminated.
 *
 * Returns 0, DKIMSIG_E_STATE, DKIMSIG_E_ARG (i out of range, no n-th name),
 * or DKIMSIG_E_SYNTAX if the field could not be parsed.
 */
int	dkimsig_verifier_signs(const struct dkimsig_verifier *verifier,
	    size_t i, size_t n, const char **name, size_t *namelen);

/*
 * The block that signature i must have signed to be valid for this header: the
 * fields of h= in order, then its own with an empty b=, as from
 * dkimsig_signature_block().  For finding out what was changed.
 *
 * Called when: after end_headers.
 *
 * canon        the header canonicalization.  The verdict uses the one that the
 *              signature names; the other one shows a signer's mistake.
 * *block, *blocklen   borrowed until the next call, or free.
 *
 * Returns 0, DKIMSIG_E_STATE, DKIMSIG_E_ARG (i out of range),
 * DKIMSIG_E_SYNTAX if the field could not be parsed, DKIMSIG_E_TOOBIG or
 * DKIMSIG_E_NOMEM.
 *
 * RFC 6376 section 3.7.
 */
int	dkimsig_verifier_block(struct dkimsig_verifier *verifier, size_t i,
	    enum dkimsig_canon canon, const unsigned char **block,
	    size_t *blocklen);

/*
 * The SDID of a DKIM-Signature field (d=), whether or not the signature can be
 * verified; for telling signatures apart by signer.
 *
 * value, valuelen   everything after the colon, including folds.
 * sdid, sdidsize    gets the normalized domain and a NUL;
 *                   DKIMSIG_DOMAIN_SIZE is enough.
 *
 * Returns 0, or
 *   DKIMSIG_E_SYNTAX	not a tag list, or one without d=
 *   DKIMSIG_E_DOMAIN	d= is not a domain
 *   DKIMSIG_E_TOOBIG	over DKIMSIG_MAX_TAGS or DKIMSIG_MAX_TAGLIST
 *   DKIMSIG_E_NOSPACE, DKIMSIG_E_NOMEM
 *
 * RFC 6376 section 3.5.
 */
int	dkimsig_signature_sdid(const char *value, size_t valuelen,
	    char *sdid, size_t sdidsize);

/* -- Body hash ----------------------------------------------------------- */

/*
 * The hash of bh=, for finding out what was changed in a body: it can be
 * computed at any position, as if the body ended there.
 */
struct dkimsig_bodyhash;

/*
 * Create one.  length is l=, -1 for none.
 *
 * Returns 0, DKIMSIG_E_NOMEM, DKIMSIG_E_CRYPTO, or DKIMSIG_E_ARG for an
 * unknown canonicalization or a length below -1.
 */
int	dkimsig_bodyhash_new(struct dkimsig_bodyhash **bodyhash,
	    enum dkimsig_canon canon, int64_t length);

/* Free one.  NULL is allowed. */
void	dkimsig_bodyhash_free(struct dkimsig_bodyhash *bodyhash);

/* Add the next piece, like dkimsig_signer_body().  0 or DKIMSIG_E_CRYPTO. */
int	dkimsig_bodyhash_update(struct dkimsig_bodyhash *bodyhash,
	    const void *chunk, size_t len);

/*
 * Copy *from to *to, for going back to a position in a body.  The caller keeps
 * both.  Returns 0 or DKIMSIG_E_CRYPTO.
 */
int	dkimsig_bodyhash_copy(struct dkimsig_bodyhash *to,
	    const struct dkimsig_bodyhash *from);

/*
 * The hash as if the body ended here; more may be added.
 * Returns 0 or DKIMSIG_E_CRYPTO.
 */
int	dkimsig_bodyhash_hash(struct dkimsig_bodyhash *bodyhash,
	    unsigned char hash[DKIMSIG_HASH_SIZE]);

/* -- Key records --------------------------------------------------------- */

/* k= */
enum dkimsig_keytype {
	DKIMSIG_KEYTYPE_RSA,
	DKIMSIG_KEYTYPE_ED25519
};

/*
 * A key record, RFC 6376 section 3.6.1.  To print one, zero it, then set the
 * fields.
 */
struct dkimsig_keyrecord {
	enum dkimsig_keytype	type;
	bool		 hash_any;	/* no h= */
	bool		 hash_sha256;	/* h= has sha256 */
	bool		 service_email;	/* s= absent, "*" or with email */
	bool		 testing;	/* t=y */
	bool		 strict;	/* t=s */
	/*
	 * p= decoded: SubjectPublicKeyInfo or (parsed only) RSAPublicKey for
	 * RSA, 32 octets for Ed25519.  keylen 0: revoked.
	 */
	unsigned char	 key[DKIMSIG_MAX_KEYRECORD];
	size_t		 keylen;
	/* n= decoded, NUL-terminated; "" if there is none. */
	char		 notes[256];
};

/*
 * Parse a key record: txtlen octets, its strings joined.
 *
 * Returns 0, or
 *   DKIMSIG_E_TOOBIG	over DKIMSIG_MAX_KEYRECORD; n= over 255 octets
 *   DKIMSIG_E_SYNTAX	any other error; *reason is then set to
 *			DKIMSIG_REASON_KEY_SYNTAX, _KEY_VERSION or _KEY_TYPE
 *   DKIMSIG_E_NOMEM	*reason then says nothing
 * reason may be NULL.
 */
int	dkimsig_keyrecord_parse(const char *txt, size_t txtlen,
	    struct dkimsig_keyrecord *record, enum dkimsig_reason *reason);

/*
 * Print a key record as "v=DKIM1; k=rsa; h=sha256; p=...", in this order:
 * v k h s t n p; h=sha256 is omitted with hash_any, s=email without
 * service_email (the default is any service), t and n if they are empty.
 *
 * buf, bufsize   gets the text and a NUL; DKIMSIG_KEYRECORD_SIZE is enough.
 *
 * Returns 0, or
 *   DKIMSIG_E_ARG	unknown type, a key of the wrong length, or notes that
 *			are not printable ASCII
 *   DKIMSIG_E_NOSPACE	bufsize is too small
 *   DKIMSIG_E_NOMEM	out of memory
 */
#define DKIMSIG_KEYRECORD_SIZE	12288	/* octets */
int	dkimsig_keyrecord_print(const struct dkimsig_keyrecord *record,
	    char *buf, size_t bufsize);

/*
 * Write the text of a TXT record as in a zone file: quoted strings of at most
 * 255 octets, separated by one space, with '"' and '\' escaped.
 *
 * buf, bufsize   gets the text and a NUL; DKIMSIG_KEYRECORD_SIZE is enough for
 *                what dkimsig_keyrecord_print() makes.
 *
 * Returns 0, DKIMSIG_E_NOSPACE or DKIMSIG_E_NOMEM.
 *
 * RFC 1035 section 5.1, RFC 6376 section 3.6.2.2.
 */
int	dkimsig_txt_quote(const char *txt, char *buf, size_t bufsize);

/* -- Domain names and authors -------------------------------------------- */

/*
 * Convert a domain name to the form in which it is compared and looked up:
 * A-labels, lower case, no final dot.  UTF-8 labels are converted by IDNA2008
 * (strict, no transitional mapping).  Labels are letters, digits, hyphens
 * (not first or last; "_" is refused), 1 to 63 octets, at least two of them;
 * the last is not all digits.  One final dot is removed.
 *
 * domain, domainlen   input, need not be NUL-terminated.
 * buf, bufsize        gets the result and a NUL; DKIMSIG_DOMAIN_SIZE is
 *                     enough.  May not overlap the input.
 *
 * Returns 0, DKIMSIG_E_DOMAIN, DKIMSIG_E_NOSPACE or DKIMSIG_E_NOMEM.
 *
 * RFC 5321 section 2.3.5, RFC 5891, RFC 8616 section 3.
 */
int	dkimsig_domain_normalize(const char *domain, size_t domainlen,
	    char *buf, size_t bufsize);

/*
 * Whether two normalized names are the same, or domain is below parent at a
 * label boundary: sub.example.com is below example.com, notexample.com is
 * not.
 */
bool	dkimsig_domain_equal(const char *a, const char *b);
bool	dkimsig_domain_is_below(const char *domain, const char *parent);

/*
 * Whether a text is a valid selector: labels of letters, digits and inner
 * hyphens, 1 to 63 octets each, joined by dots, at most 63 octets in all.  RFC
 * 6376 section 3.1.
 */
bool	dkimsig_selector_is_valid(const char *selector);

/* -- Who a message says it is from --------------------------------------- */

/*
 * Two lists of domains, from all From fields of a message.
 *
 * Authors are the domains that a receiver may take as the author's.  For a
 * field that is valid by the grammar of RFC 5322, including its obsolete forms
 * and groups, these are the domains of its mailboxes; octets over 127 that are
 * not UTF-8 count as characters.  For any other field, these are all domains
 * that one of the lenient parsers in use may find: after each "@" outside of
 * quoted strings and comments, before and after decoding encoded words, and
 * inside of them if parsers disagree about their end.  A valid field about
 * which they disagree is treated the same way: one with a mailbox that has no
 * domain, an address literal, blanks, comments or odd characters in a domain,
 * more than one domain in a route, a quote, backslash or comment in a comment,
 * consecutive comments, or an encoded word that contains a bracket, quote or
 * parenthesis.
 *
 * Mentions are the domains of all other addr-specs, in quoted strings,
 * comments, encoded words and routes.  They have no effect.
 *
 * Names are in the form of dkimsig_domain_normalize(), except for the
 * following, because they are what a receiver would look up and not what may
 * be signed for: characters are mapped by UTS 46, and a name whose transitional
 * and nontransitional forms differ yields two names; "_" counts as a letter;
 * an A-label need not be valid; and a label that no name can have is replaced
 * by "?", as are the labels that make a name too long.  The last two labels
 * are never "?".  A name with a "?" cannot be signed for: it only tells whose
 * organization a receiver would find.
 */
struct dkimsig_authors;

/*
 * Create empty lists.  The caller owns *out and frees it with
 * dkimsig_authors_free().
 *
 * Returns 0 or DKIMSIG_E_NOMEM.
 */
int	dkimsig_authors_new(struct dkimsig_authors **out);

/* Free them, at any time.  NULL is allowed. */
void	dkimsig_authors_free(struct dkimsig_authors *authors);

/*
 * Add the domains of one From field.
 *
 * Called when: any number of times, once for each From field.
 *
 * value, len  everything after the colon, including folds; value may be NULL
 *             if len is 0.  Not kept.
 *
 * Returns 0, or DKIMSIG_E_NOMEM, then and on each later call.  Text that cannot
 * be parsed is not an error: see dkimsig_authors_uncertain().
 *
 * RFC 5322 sections 3.4, 3.6.2 and 4.4, RFC 2047, RFC 6532, RFC 6854, UTS 46.
 */
int	dkimsig_authors_field(struct dkimsig_authors *authors,
	    const char *value, size_t len);

/* The number of From fields. */
size_t	dkimsig_authors_nfields(const struct dkimsig_authors *authors);

/*
 * The authors, each once, in the order in which they were found.  A domain is
 * borrowed until the next dkimsig_authors_field(); it is NULL for an index
 * that is not below the count.
 */
size_t	dkimsig_authors_count(const struct dkimsig_authors *authors);
const char *dkimsig_authors_domain(const struct dkimsig_authors *authors,
	    size_t index);

/* The same for the mentions; none of them is an author too. */
size_t	dkimsig_authors_nmentions(const struct dkimsig_authors *authors);
const char *dkimsig_authors_mention(const struct dkimsig_authors *authors,
	    size_t index);

/*
 * Keep the addresses, too, not just their domains.
 *
 * Called when: before the first dkimsig_authors_field().
 */
void	dkimsig_authors_keep_addresses(struct dkimsig_authors *authors);

/*
 * All addresses, each once: those of authors, and those that are mentioned,
 * which a reader may take as the author's.  Their number is 0 without
 * dkimsig_authors_keep_addresses().
 *
 * The local part is UTF-8 without quotes and control characters, at most
 * DKIMSIG_MAX_LOCAL octets, in the case in which it is written; it is NULL if
 * readers may find different ones, as they do if it has comments, backslashes,
 * blanks around it or beyond ASCII, a route before it, or octets that are not
 * UTF-8.  The domain
 * is in the form of the lists above.  Both are borrowed until the next
 * dkimsig_authors_field(), and NULL for an index that is not below the count.
 */
size_t	dkimsig_authors_naddresses(const struct dkimsig_authors *authors);
const char *dkimsig_authors_address_local(
	    const struct dkimsig_authors *authors, size_t index);
const char *dkimsig_authors_address_domain(
	    const struct dkimsig_authors *authors, size_t index);

/*
 * Whether readers may find addresses that are not in the list: if a domain is
 * uncertain; if a limit was reached; if a field has a group; or if it is not
 * valid, unless it is a name without special characters, or an address, and one
 * address in "<>".
 */
bool	dkimsig_authors_addresses_uncertain(
	    const struct dkimsig_authors *authors);

/*
 * Whether a domain is uncertain: after an "@" where an author may be, there is
 * an address literal, a name that is not a domain (including those listed with
 * a "?"), or nothing at all; or an encoded word outside of a valid mailbox has
 * a charset, such as UTF-7, in which other octets may mean "@"; or comments are
 * nested more than 32 deep; or a limit was reached.
 */
bool	dkimsig_authors_uncertain(const struct dkimsig_authors *authors);

/*
 * Whether a limit was reached, so that the message may have authors that are
 * not in the list: DKIMSIG_MAX_HEADER for a field, DKIMSIG_MAX_AUTHORS, or
 * DKIMSIG_MAX_ADDRSPECS.  In a field about which parsers disagree, an "@"
 * counts once for each way of parsing it, up to 31 times.  Mentions over the
 * limits are omitted, and do not count here.
 */
bool	dkimsig_authors_overflow(const struct dkimsig_authors *authors);

#ifdef __cplusplus
}
#endif

#endif /* DKIMSIG_H */
