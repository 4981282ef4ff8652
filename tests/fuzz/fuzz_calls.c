/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: the functions of libdkimsig in any order, with any arguments.
 *
 * The input is a row of calls: an octet that names the function, one for the
 * number in its arguments, one for the length of its text, and the text, in
 * which a LF ends the first part.  A function that is called out of order says
 * so; every error and verdict has a text; what was wrong once is wrong the
 * second time; a copy of a body hash hashes as its original does.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dkimsig/dkimsig.h"

#define NOW	1790000000
#define NAMES	4	/* in one list */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The arguments of one call; the texts end with NUL. */
struct call {
	unsigned int	 number;
	char		*first, *second;
	size_t		 firstlen, secondlen;
};

static struct {
	struct dkimsig_signer	*signer;
	struct dkimsig_signature *signature;
	struct dkimsig_verifier	*verifier;
	struct dkimsig_authors	*authors;
	struct dkimsig_bodyhash	*body, *copy;
} objects;

/* An error has a text; returns whether there is none. */
static bool
is_well(int r)
{
	if (r > 0 || strcmp(dkimsig_strerror(r), "unknown error") == 0)
		abort();
	return r == 0;
}

static void
renew_signer(const struct call *call)
{
	const struct dkimsig_signer_opts opts = {
		.body_canons = call->number & 7,
		.max_header = (call->number & 8) != 0 ? call->firstlen : 0,
		.max_fields = (call->number & 16) != 0 ? call->secondlen : 0,
	};

	dkimsig_signature_free(objects.signature);
	objects.signature = NULL;
	dkimsig_signer_free(objects.signer);
	(void)is_well(dkimsig_signer_new(&objects.signer,
	    call->number == 0 ? NULL : &opts));
}

static void
sign_header(const struct call *call)
{
	if (objects.signer != NULL)
		(void)is_well(dkimsig_signer_header(objects.signer,
		    call->first, call->firstlen, call->second,
		    call->secondlen));
}

static void
sign_body(const struct call *call)
{
	const unsigned char *hash;

	if (objects.signer == NULL)
		return;
	switch (call->number % 5) {
	case 0:
		(void)is_well(dkimsig_signer_end_headers(objects.signer));
		break;
	case 1:
		(void)is_well(dkimsig_signer_body(objects.signer, call->first,
		    call->firstlen));
		break;
	case 2:
		(void)is_well(dkimsig_signer_end(objects.signer));
		break;
	case 3:
		(void)is_well(dkimsig_signer_omit(objects.signer,
		    call->firstlen));
		break;
	default:
		(void)is_well(dkimsig_signer_bodyhash(objects.signer,
		    (enum dkimsig_canon)(call->firstlen % 3), &hash));
		(void)dkimsig_signer_faults(objects.signer);
	}
}

/* The names of a text, separated by colons. */
static size_t
split(char *text, const char **names)
{
	char *name;
	size_t n = 0;

	while ((name = strsep(&text, ":")) != NULL && n < NAMES)
		names[n++] = name;
	return n;
}

/* "SDID:SELECTOR:AUID" and names; the number says what these are for. */
static void
make_signature(const struct call *call)
{
	const char *parts[NAMES] = { "", "", NULL, NULL }, *names[NAMES];
	struct dkimsig_sigspec spec = {
		.algorithm = (enum dkimsig_algorithm)(call->number & 1),
		.header_canon = (enum dkimsig_canon)(call->number >> 1 & 1),
		.body_canon = (enum dkimsig_canon)(call->number >> 2 & 1),
		.timestamp = (call->number & 8) != 0 ? 0 : NOW,
		.lifetime = (call->number & 16) != 0 ? NOW : 0,
		.no_oversign = (call->number & 32) != 0,
	};
	const unsigned char *block;
	struct dkimsig_tbs tbs;
	size_t n;

	if (objects.signer == NULL)
		return;
	(void)split(call->first, parts);
	n = split(call->second, names);
	spec.sdid = parts[0];
	spec.selector = parts[1];
	spec.auid = parts[2];
	if (call->number >> 6 == 1) {
		spec.sign = names;
		spec.nsign = n;
	} else if (call->number >> 6 == 2) {
		spec.oversign = names;
		spec.noversign = n;
	} else if (call->number >> 6 == 3) {
		spec.guard = names;
		spec.nguard = n;
	}
	dkimsig_signature_free(objects.signature);
	objects.signature = NULL;
	if (!is_well(dkimsig_signature_new(&objects.signature, objects.signer,
	    &spec)))
		return;
	block = dkimsig_signature_block(objects.signature, &n);
	if (dkimsig_tbs_parse(block, n, &tbs) == 0 &&
	    strcmp(tbs.sdid, spec.sdid) != 0)
		abort();
}

static void
finish_signature(const struct call *call)
{
	const char *value;
	size_t n;

	if (objects.signature != NULL && is_well(dkimsig_signature_field(
	    objects.signature, call->first, call->firstlen, &value, &n)) &&
	    memchr(value, '\0', n) != NULL)
		abort();
}

static bool
wants(void *arg, const struct dkimsig_verdict *claim)
{
	(void)arg;
	return claim->sdid[0] != 'n';
}

static void
renew_verifier(const struct call *call)
{
	const struct dkimsig_verifier_opts opts = {
		.now = call->firstlen == 1 ? 0 : NOW,
		.clock_skew = call->firstlen == 2 ? INT64_MAX : 300,
		.max_signatures = call->number & 31,
		.max_header = (call->number & 32) != 0 ? call->secondlen : 0,
		.max_fields = (call->number & 64) != 0 ? call->secondlen : 0,
		.wants = (call->number & 128) != 0 ? wants : NULL,
	};

	dkimsig_verifier_free(objects.verifier);
	(void)is_well(dkimsig_verifier_new(&objects.verifier,
	    call->number == 0 ? NULL : &opts));
}

static void
verify_header(const struct call *call)
{
	if (objects.verifier != NULL)
		(void)is_well(dkimsig_verifier_header(objects.verifier,
		    call->first, call->firstlen, call->second,
		    call->secondlen));
}

static void
verify_body(const struct call *call)
{
	char author[DKIMSIG_DOMAIN_SIZE];

	if (objects.verifier == NULL)
		return;
	switch (call->number % 5) {
	case 0:
		(void)is_well(dkimsig_verifier_end_headers(objects.verifier));
		break;
	case 1:
		(void)is_well(dkimsig_verifier_body(objects.verifier,
		    call->first, call->firstlen));
		break;
	case 2:
		(void)is_well(dkimsig_verifier_end(objects.verifier));
		break;
	case 3:
		(void)is_well(dkimsig_verifier_set_now(objects.verifier,
		    call->firstlen == 0 ? 0 : NOW + (int64_t)call->firstlen));
		break;
	default:
		(void)is_well(dkimsig_verifier_author(objects.verifier,
		    author, call->firstlen == 0 ? 4 : sizeof(author)));
	}
}

static void
give_key(const struct call *call)
{
	const char *name;

	if (objects.verifier == NULL)
		return;
	if (is_well(dkimsig_verifier_query(objects.verifier,
	    call->number / 8, &name)) && name != NULL &&
	    strstr(name, "._domainkey.") == NULL)
		abort();
	(void)is_well(dkimsig_verifier_key(objects.verifier,
	    call->number / 8, (enum dkimsig_dns)(call->number % 8),
	    call->first, call->firstlen));
}

static void
judge(const struct call *call)
{
	struct dkimsig_verdict verdict, again;
	const unsigned char *block;
	const char *name;
	size_t n;

	if (objects.verifier == NULL || !is_well(dkimsig_verifier_result(
	    objects.verifier, call->number, &verdict)))
		return;
	if (dkimsig_verifier_result(objects.verifier, call->number, &again) !=
	    0 || again.result != verdict.result ||
	    again.reason != verdict.reason ||
	    call->number >= dkimsig_verifier_count(objects.verifier) ||
	    dkimsig_result_name(verdict.result) == NULL ||
	    (verdict.result == DKIMSIG_RESULT_PASS) !=
	    (verdict.reason == DKIMSIG_REASON_NONE) ||
	    strcmp(dkimsig_reason_text(verdict.reason), "unknown reason") == 0)
		abort();
	(void)is_well(dkimsig_verifier_signs(objects.verifier, call->number,
	    call->firstlen, &name, &n));
	(void)is_well(dkimsig_verifier_block(objects.verifier, call->number,
	    (enum dkimsig_canon)(call->secondlen % 2), &block, &n));
}

static void
hash_body(const struct call *call)
{
	unsigned char hash[DKIMSIG_HASH_SIZE], other[DKIMSIG_HASH_SIZE];

	if (call->number % 4 == 0 || objects.body == NULL) {
		dkimsig_bodyhash_free(objects.body);
		(void)is_well(dkimsig_bodyhash_new(&objects.body,
		    (enum dkimsig_canon)(call->number / 4 % 3),
		    (int64_t)call->secondlen - 2));
	}
	if (objects.copy == NULL && dkimsig_bodyhash_new(&objects.copy,
	    DKIMSIG_CANON_SIMPLE, -1) != 0)
		abort();
	if (objects.body == NULL)
		return;
	if (!is_well(dkimsig_bodyhash_update(objects.body, call->first,
	    call->firstlen)) ||
	    !is_well(dkimsig_bodyhash_copy(objects.copy, objects.body)) ||
	    !is_well(dkimsig_bodyhash_hash(objects.body, hash)) ||
	    !is_well(dkimsig_bodyhash_update(objects.copy, call->second,
	    call->secondlen)) ||
	    !is_well(dkimsig_bodyhash_update(objects.body, call->second,
	    call->secondlen)) ||
	    !is_well(dkimsig_bodyhash_hash(objects.copy, hash)) ||
	    !is_well(dkimsig_bodyhash_hash(objects.body, other)) ||
	    memcmp(hash, other, sizeof(hash)) != 0)
		abort();
}

static void
read_names(const struct call *call)
{
	enum dkimsig_algorithm algorithm;
	char domain[DKIMSIG_DOMAIN_SIZE], quoted[2048];

	(void)is_well(dkimsig_signature_sdid(call->first, call->firstlen,
	    domain, call->number == 0 ? 8 : sizeof(domain)));
	(void)is_well(dkimsig_domain_normalize(call->first, call->firstlen,
	    domain, call->number == 0 ? 8 : sizeof(domain)));
	if (dkimsig_domain_is_below(call->first, call->second) &&
	    dkimsig_domain_equal(call->first, call->second))
		abort();
	(void)dkimsig_selector_is_valid(call->first);
	if (is_well(dkimsig_algorithm_parse(call->first, call->firstlen,
	    &algorithm)) && dkimsig_algorithm_name(algorithm) == NULL)
		abort();
	(void)is_well(dkimsig_txt_quote(call->first, quoted,
	    call->number == 0 ? 8 : sizeof(quoted)));
}

static void
read_record(const struct call *call)
{
	struct dkimsig_keyrecord record = {
		.type = (enum dkimsig_keytype)(call->number & 1),
		.hash_sha256 = (call->number & 2) != 0,
		.service_email = (call->number & 4) != 0,
		.testing = (call->number & 8) != 0,
		.keylen = call->firstlen,
	};
	char text[DKIMSIG_KEYRECORD_SIZE];
	enum dkimsig_reason reason;

	memcpy(record.key, call->first, call->firstlen);
	(void)strlcpy(record.notes, call->second, sizeof(record.notes));
	(void)is_well(dkimsig_keyrecord_print(&record, text,
	    (call->number & 16) != 0 ? 16 : sizeof(text)));
	(void)is_well(dkimsig_keyrecord_parse(call->first, call->firstlen,
	    &record, &reason));
}

static void
read_authors(const struct call *call)
{
	if (call->number % 4 == 0) {
		dkimsig_authors_free(objects.authors);
		objects.authors = NULL;
	}
	if (objects.authors == NULL && dkimsig_authors_new(&objects.authors) !=
	    0)
		abort();
	if (call->number % 4 == 1)
		dkimsig_authors_keep_addresses(objects.authors);
	(void)is_well(dkimsig_authors_field(objects.authors, call->first,
	    call->firstlen));
	if (dkimsig_authors_mention(objects.authors,
	    dkimsig_authors_nmentions(objects.authors)) != NULL ||
	    dkimsig_authors_address_domain(objects.authors,
	    dkimsig_authors_naddresses(objects.authors)) != NULL)
		abort();
}

static void (*const calls[])(const struct call *call) = {
	renew_signer, sign_header, sign_body, make_signature,
	finish_signature, renew_verifier, verify_header, verify_body,
	give_key, judge, hash_body, read_names, read_record, read_authors
};

/* Make one call of the input; how many octets it took. */
static size_t
take_call(const uint8_t *data, size_t len)
{
	struct call call = { .number = data[1] };
	size_t n = data[2] < len - 3 ? data[2] : len - 3;
	const uint8_t *cut = n == 0 ? NULL : memchr(data + 3, '\n', n);

	call.firstlen = cut != NULL ? (size_t)(cut - (data + 3)) : n;
	call.secondlen = cut != NULL ? n - call.firstlen - 1 : 0;
	/* In memory of their own, so that a sanitizer sees their ends. */
	call.first = strndup((const char *)data + 3, call.firstlen);
	call.second = strndup(cut != NULL ? (const char *)cut + 1 : "",
	    call.secondlen);
	if (call.first == NULL || call.second == NULL)
		abort();
	call.firstlen = strlen(call.first);
	call.secondlen = strlen(call.second);
	calls[data[0] % (sizeof(calls) / sizeof(calls[0]))](&call);
	free(call.first);
	free(call.second);
	return 3 + n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t used;

	while (len >= 3) {
		used = take_call(data, len);
		data += used;
		len -= used;
	}
	dkimsig_signature_free(objects.signature);
	dkimsig_signer_free(objects.signer);
	dkimsig_verifier_free(objects.verifier);
	dkimsig_authors_free(objects.authors);
	dkimsig_bodyhash_free(objects.body);
	dkimsig_bodyhash_free(objects.copy);
	memset(&objects, 0, sizeof(objects));
	return 0;
}
