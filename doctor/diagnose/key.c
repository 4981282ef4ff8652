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
		return "the record has a backslash: the \"\\;\" of a zone "
		    "file was taken as text";
	case RECORD_FAULT_QUOTED:
		return "the record has quotes in its text: those of a zone "
		    "file were taken as text";
	case RECORD_FAULT_ZONE_LINE:
		return "the record is the line of a zone file: only the value "
		    "belongs there, from v= on";
	case RECORD_FAULT_PEM:
		return "p= has a line of a PEM file: only what stands between "
		    "those lines belongs there";
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
		ADD(d, fault, "%.*s= stands there twice", cut(tag->namelen),
		    tag->name);
	else if (where->place == 0)
		ADD(d, fault, "the record is longer than %d octets, or its n= "
		    "than 255", DKIMSIG_MAX_KEYRECORD);
	else
		ADD(d, fault, "tag %zu has no %s: \"%.*s\"", where->place,
		    tag->has_equal && tag->namelen > 0 ? "good name" :
		    "name and \"=\"", cut(tag->namelen), tag->name);
}

static void
report_base64(const struct record_where *where, struct diagnosis *d)
{
	const enum record_fault fault = RECORD_FAULT_BASE64;

	if (where->place != 0)
		ADD(d, fault, "p= has '%c' at place %zu, which is not base64",
		    where->octet, where->place);
	else if (where->nbase64 != 0)
		ADD(d, fault, "p= has %zu character%s of base64, which must "
		    "be a multiple of 4: some were lost or added",
		    where->nbase64, plural(where->nbase64));
	else
		ADD(d, fault, "p= has characters after the \"=\" that ends "
		    "base64");
}

static void
report_key(enum record_fault fault, size_t len,
    const struct record_where *where, struct diagnosis *d)
{
	if (fault == RECORD_FAULT_TRUNCATED)
		ADD(d, fault, "p= is cut off: %zu octets of a key of %zu are "
		    "there%s", where->have, where->want,
		    len % STRING_MAX == 0 ? "; the record ends where a string "
		    "of 255 octets does, so further strings are lost" : "");
	else if (fault == RECORD_FAULT_PADDING && where->have < where->want)
		ADD(d, fault, "p= is a whole key, but its base64 is not "
		    "complete: add %zu \"=\" at its end",
		    where->want - where->have);
	else if (fault == RECORD_FAULT_PADDING)
		ADD(d, fault, "p= is a whole key, but its base64 has %zu "
		    "\"=\" at its end instead of %zu", where->have,
		    where->want);
	else if (fault == RECORD_FAULT_WRAPPED_ED25519)
		ADD(d, fault, "p= is an Ed25519 key in the form of a PEM file; "
		    "DKIM has its last %d octets alone (RFC 8463)",
		    RECORD_ED25519_SIZE);
	else if (where->want == RECORD_ED25519_SIZE)
		ADD(d, fault, "p= has %zu octet%s, and an Ed25519 key has %d",
		    where->have, plural(where->have), RECORD_ED25519_SIZE);
	else
		ADD(d, fault, "p= is no public key of the type of k=");
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
		ADD(d, fault, "the record has an octet outside ASCII at place "
		    "%zu, as of a typographic quote or a line break",
		    where.place);
		break;
	case RECORD_FAULT_VERSION:
		report_value(text, "v", fault, "v= must be DKIM1 in capitals, "
		    "and the first tag", d);
		break;
	case RECORD_FAULT_UNKNOWN_TYPE:
		report_value(text, "k", fault, "not a known type of key: it "
		    "is rsa or ed25519", d);
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
			    "record is for another type of key than a= of "
			    "the signature", d);
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
		    "the domain of i= must be d= itself, not one below", d);
		break;
	case DKIMSIG_REASON_KEY_REVOKED:
		ADD(d, RECORD_FAULT_REVOKED,
		    "p= is empty: the owner has revoked this key");
		break;
	default:
		break;
	}
}
