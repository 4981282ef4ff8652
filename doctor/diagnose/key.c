/* SPDX-License-Identifier: ISC */

/*
 * Say what is wrong with a key record, RFC 6376 section 3.6.1.
 *
 * lib/keyrecord finds the fault and its place; this file makes a text of them.
 * Nothing here can fail.
 */

#include <string.h>

#include "diagnose/diagnose.h"
#include "keyrecord/refused.h"

#define SHOWN		60	/* octets of a tag in a finding */
#define STRING_MAX	255	/* octets of one string of a TXT record */

#define ADD(d, fault, ...) \
    diagnosis_add((d), DIAGNOSE_KEY, record_fault_code(fault), __VA_ARGS__)

static int
cut(size_t len)
{
	return len > SHOWN ? SHOWN : (int)len;
}

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* The text for a fault that has no details; NULL for other faults. */
static const char *
plain_text(enum record_fault fault)
{
	switch (fault) {
	case RECORD_FAULT_EMPTY:
		return "the record is empty";
	case RECORD_FAULT_ESCAPED:
		return "the record contains backslashes: the \"\\;\" of a "
		    "zone file was published as it is";
	case RECORD_FAULT_QUOTED:
		return "the record contains quotes: those of a zone file were "
		    "published as part of the text";
	case RECORD_FAULT_ZONE_LINE:
		return "the record is a line of a zone file: publish only the "
		    "value, from v= on";
	case RECORD_FAULT_PEM:
		return "p= contains the first or last line of a PEM file: "
		    "publish only the text between these lines";
	case RECORD_FAULT_NOT_A_KEY:
		return "the TXT record is not a key record";
	case RECORD_FAULT_NO_SEMICOLON:
		return "a semicolon is missing between two tags";
	case RECORD_FAULT_NO_KEY:
		return "the record has no p=";
	default:
		return NULL;
	}
}

static void
report_tag(enum record_fault fault, const struct record_where *where,
    struct diagnosis *d)
{
	const struct record_tag *tag = &where->tag;

	if (fault == RECORD_FAULT_DUPLICATE_TAG)
		ADD(d, fault, "%.*s= appears more than once",
		    cut(tag->namelen), tag->name);
	else if (where->place == 0)
		ADD(d, fault, "the record is longer than %d octets, or its n= "
		    "is longer than 255", DKIMSIG_MAX_KEYRECORD);
	else
		ADD(d, fault, "tag %zu %s: \"%.*s\"", where->place,
		    tag->has_equal && tag->namelen > 0 ?
		    "has an invalid name" : "is not of the form name=value",
		    cut(tag->namelen), tag->name);
}

static void
report_base64(const struct record_where *where, struct diagnosis *d)
{
	const enum record_fault fault = RECORD_FAULT_BASE64;

	if (where->place != 0)
		ADD(d, fault, "p= has '%c' at position %zu, which is not a "
		    "base64 character", where->octet, where->place);
	else if (where->nbase64 != 0)
		ADD(d, fault, "p= has %zu base64 character%s, but the number "
		    "must be a multiple of 4: some were lost or added",
		    where->nbase64, plural(where->nbase64));
	else
		ADD(d, fault, "p= has characters after the \"=\" at the end "
		    "of its base64");
}

static void
report_key(enum record_fault fault, size_t len,
    const struct record_where *where, struct diagnosis *d)
{
	if (fault == RECORD_FAULT_TRUNCATED)
		ADD(d, fault, "p= is truncated: it has %zu of the key's %zu "
		    "octets%s", where->have, where->want,
		    len % STRING_MAX == 0 ? "; the record ends where a string "
		    "of 255 octets ends, so later strings were lost" : "");
	else if (fault == RECORD_FAULT_PADDING && where->have < where->want)
		ADD(d, fault, "p= has the whole key, but its base64 is "
		    "incomplete: append %zu \"=\"",
		    where->want - where->have);
	else if (fault == RECORD_FAULT_PADDING)
		ADD(d, fault, "p= has the whole key, but its base64 ends with "
		    "%zu \"=\" instead of %zu", where->have, where->want);
	else if (fault == RECORD_FAULT_WRAPPED_ED25519)
		ADD(d, fault, "p= is an Ed25519 key as in a PEM file: publish "
		    "only its last %d octets (RFC 8463)",
		    RECORD_ED25519_SIZE);
	else if (where->want == RECORD_ED25519_SIZE)
		ADD(d, fault, "p= has %zu octet%s, but an Ed25519 key has %d",
		    where->have, plural(where->have), RECORD_ED25519_SIZE);
	else
		ADD(d, fault, "p= is not a public key of the type that k= "
		    "says");
}

/* Report a tag whose value does not allow this signature. */
static void
report_value(const struct record_text *text, const char *name,
    enum record_fault fault, const char *why, struct diagnosis *d)
{
	struct record_tag tag;

	if (record_tag_find(text, name, &tag))
		ADD(d, fault, "%s=%.*s: %s", name, cut(tag.valuelen),
		    tag.value, why);
	else
		ADD(d, fault, "no %s=: %s", name, why);
}

/* Report a record that the library cannot parse, or whose key it cannot use. */
static void
report_refused(const struct record_text *text, struct diagnosis *d)
{
	struct record_where where;
	enum record_fault fault = record_fault_refused(text, &where);
	const char *plain = plain_text(fault);

	if (plain != NULL) {
		ADD(d, fault, "%s", plain);
		return;
	}
	switch (fault) {
	case RECORD_FAULT_NOT_TEXT:
		ADD(d, fault, "the record has an octet that is not ASCII text "
		    "at position %zu, such as a curly quote or a line break",
		    where.place);
		break;
	case RECORD_FAULT_VERSION:
		report_value(text, "v", fault, "v= must be DKIM1 in capitals, "
		    "and it must be the first tag", d);
		break;
	case RECORD_FAULT_UNKNOWN_TYPE:
		report_value(text, "k", fault, "unknown type of key: it must "
		    "be rsa or ed25519", d);
		break;
	case RECORD_FAULT_DUPLICATE_TAG:
	case RECORD_FAULT_SYNTAX:
		report_tag(fault, &where, d);
		break;
	case RECORD_FAULT_BASE64:
		report_base64(&where, d);
		break;
	default:
		report_key(fault, text->len, &where, d);
		break;
	}
}

/* Whether the library can parse the record. */
static bool
is_read(const struct record_text *text)
{
	struct dkimsig_keyrecord record;

	return dkimsig_keyrecord_parse(text->text, text->len, &record,
	    NULL) == 0;
}

void
diagnose_key(const char *txt, size_t len, enum dkimsig_reason reason,
    struct diagnosis *d)
{
	const struct record_text text = { txt, len };

	switch (reason) {
	case DKIMSIG_REASON_KEY_SYNTAX:
	case DKIMSIG_REASON_KEY_VERSION:
		report_refused(&text, d);
		break;
	case DKIMSIG_REASON_KEY_TYPE:
		if (is_read(&text))
			report_value(&text, "k", RECORD_FAULT_OTHER_TYPE, "the "
			    "type of the key does not fit a= of the "
			    "signature", d);
		else
			report_refused(&text, d);
		break;
	case DKIMSIG_REASON_KEY_HASH:
		report_value(&text, "h", RECORD_FAULT_HASH,
		    "the record does not allow sha256", d);
		break;
	case DKIMSIG_REASON_KEY_SERVICE:
		report_value(&text, "s", RECORD_FAULT_SERVICE,
		    "the record is not for email", d);
		break;
	case DKIMSIG_REASON_KEY_STRICT:
		report_value(&text, "t", RECORD_FAULT_STRICT,
		    "the domain in i= must be d= itself, not a subdomain", d);
		break;
	case DKIMSIG_REASON_KEY_REVOKED:
		ADD(d, RECORD_FAULT_REVOKED,
		    "p= is empty: the owner revoked this key");
		break;
	default:
		break;
	}
}
