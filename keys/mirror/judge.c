/* SPDX-License-Identifier: ISC */

/*
 * Whether a row is news: see judge.h.
 *
 * The checks come in an order in which each may rely on those before: the
 * text, the columns beside it, the signature, the numbers, and at last what
 * the key was and is.  A host that was expelled signs no news, whatever number
 * it writes: its rows count only if they are on disk already.  A row whose
 * before is lower than the row on disk was written by a member that did not
 * know that one: the database has lost it.  Pure functions.
 */

#include "mirror/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = {
	[FLEET_NEWS]		= "news",
	[FLEET_SAME]		= "same",
	[FLEET_UNSIGNED]	= "unsigned",
	[FLEET_OLDER]		= "older",
	[FLEET_CHANGED]		= "changed",
	[FLEET_FORKED]		= "forked",
	[FLEET_REGRESSED]	= "regressed",
	[FLEET_BLOB]		= "blob",
	[FLEET_BROKEN]		= "broken",
};

const char *
fleet_verdict_word(enum fleet_verdict verdict)
{
	return words[verdict];
}

static enum fleet_verdict
alarm_of(const struct fleet_found *found, enum fleet_verdict verdict,
    struct ks_error *why, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static enum fleet_verdict
alarm_of(const struct fleet_found *found, enum fleet_verdict verdict,
    struct ks_error *why, const char *format, ...)
{
	char reason[512];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(reason, sizeof(reason), format, ap);
	va_end(ap);
	(void)snprintf(why->text, sizeof(why->text), "row %.64s of %.255s, "
	    "change %lld: %s", found->selector, found->domain,
	    (long long)found->change, reason);
	return verdict;
}

/* What the columns say must be what was signed. */
static const char *
compare_columns(const struct fleet_found *found, const struct fleet_row *row)
{
	if (strcmp(found->domain, row->domain) != 0)
		return "it was signed for another domain";
	if (strcmp(found->selector, row->selector) != 0)
		return "it was signed for another selector";
	if (found->change != row->change)
		return "it was signed with another change number";
	return NULL;
}

static bool
is_on_disk(const struct fleet_kept_row *known,
    const struct fleet_found *found)
{
	return known != NULL && known->octetslen == found->len &&
	    memcmp(known->octets, found->octets, found->len) == 0;
}

/* The signature, and who made it. */
static enum fleet_verdict
judge_signature(const struct fleet_members *members,
    const struct fleet_kept_row *known, const struct fleet_found *found,
    const struct fleet_row *row, struct ks_error *why)
{
	if (found->signaturelen != FLEET_SIGNATURE ||
	    !fleet_members_verify(members, row->by, row->change,
	    found->octets, found->len, found->signature))
		return alarm_of(found, FLEET_UNSIGNED, why, "not signed by "
		    "%s, or that host is not a member for this number",
		    row->by);
	if (is_on_disk(known, found))
		return FLEET_SAME;
	if (!fleet_members_admits(members, row->by))
		return alarm_of(found, FLEET_UNSIGNED, why, "signed by %s, "
		    "which was expelled, and not known here", row->by);
	return FLEET_NEWS;
}

static enum fleet_verdict
judge_numbers(const struct fleet_kept *kept, const struct fleet_row *old,
    const struct fleet_found *found, const struct fleet_row *row,
    struct ks_error *why)
{
	const struct fleet_kept_row *gone = fleet_kept_find(kept, FLEET_GONE);
	const int64_t highest = fleet_kept_highest(kept);

	if (row->change < old->change)
		return alarm_of(found, FLEET_OLDER, why, "change %lld is "
		    "known here: the database was restored from a backup, or "
		    "somebody put an old row back", (long long)old->change);
	if (row->change == old->change)
		return alarm_of(found, FLEET_CHANGED, why, "another row with "
		    "this number is known here: the fleet has two histories");
	if (gone != NULL && row->change <= gone->change)
		return alarm_of(found, FLEET_OLDER, why, "the rows of the "
		    "domain ended with change %lld: somebody put an old row "
		    "back", (long long)gone->change);
	if (row->kind == FLEET_ROW_GONE) {
		if (row->before < highest)
			return alarm_of(found, FLEET_FORKED, why, "it ends "
			    "the domain after change %lld, but change %lld is "
			    "known here", (long long)row->before,
			    (long long)highest);
		return FLEET_NEWS;
	}
	if (row->before < old->change)
		return alarm_of(found, FLEET_FORKED, why, "it replaces change "
		    "%lld, but change %lld is known here: the database lost "
		    "it", (long long)row->before, (long long)old->change);
	return FLEET_NEWS;
}

static bool
differs(const char *old, const char *new)
{
	return (old == NULL) != (new == NULL) ||
	    (old != NULL && strcmp(old, new) != 0);
}

static const char *
compare_keys(const struct ks_key *old, const struct ks_key *new)
{
	if (old->compromised && !new->compromised)
		return "it takes back that the key is compromised";
	if (old->algorithm != new->algorithm ||
	    (old->public != NULL && differs(old->public, new->public)))
		return "it changes the key";
	if (differs(old->stream, new->stream))
		return "it changes the stream of the key";
	if (old->generated != new->generated)
		return "it changes when the key was generated";
	if (old->revoked != KS_NEVER && new->revoked == KS_NEVER)
		return "it takes back that the key is revoked";
	if (old->removed != KS_NEVER && new->removed == KS_NEVER)
		return "it takes back that the key is removed";
	return NULL;
}

static enum fleet_verdict
judge_key(const struct fleet_row *old, const struct fleet_found *found,
    const struct fleet_row *row, struct ks_error *why)
{
	struct ks_state was, is;
	struct ks_error error;
	const char *reason;
	int r;

	if ((r = fleet_row_key(old, &was, &error)) != 0)
		return alarm_of(found, FLEET_BROKEN, why, "%s", error.text);
	if ((r = fleet_row_key(row, &is, &error)) == 0) {
		reason = compare_keys(&was.keys[0], &is.keys[0]);
		ks_state_finish(&is);
	}
	ks_state_finish(&was);
	if (r != 0)
		return alarm_of(found, FLEET_BROKEN, why, "%s", error.text);
	if (reason != NULL)
		return alarm_of(found, FLEET_REGRESSED, why, "%s signed that "
		    "%s", row->by, reason);
	if (old->epoch != row->epoch && row->epoch > 0)
		return alarm_of(found, FLEET_REGRESSED, why, "%s sealed the "
		    "key for another epoch", row->by);
	return FLEET_NEWS;
}

static enum fleet_verdict
judge_blob(const struct fleet_found *found, const struct fleet_row *row,
    struct ks_error *why)
{
	char digest[FLEET_HEX_SIZE] = "-";

	if (!found->has_blob)
		return FLEET_NEWS;
	if (found->blob != NULL &&
	    fleet_digest(found->blob, found->bloblen, digest) != 0)
		return alarm_of(found, FLEET_BROKEN, why,
		    "SHA-256 is unavailable");
	if (strcmp(digest, row->blob) != 0)
		return alarm_of(found, FLEET_BLOB, why, "its private key is "
		    "not the one that %s signed", row->by);
	return FLEET_NEWS;
}

static bool
is_ended(const struct fleet_kept *kept, const struct fleet_kept_row *row)
{
	const struct fleet_kept_row *gone = fleet_kept_find(kept, FLEET_GONE);

	return gone != NULL && gone != row && row->change < gone->change;
}

/* The row as the fleet's history allows it. */
static enum fleet_verdict
judge_history(const struct fleet_members *members,
    const struct fleet_kept *kept, const struct fleet_kept_row *known,
    const struct fleet_found *found, const struct fleet_row *row,
    struct ks_error *why)
{
	enum fleet_verdict verdict;
	struct fleet_row old;
	struct ks_error error;

	memset(&old, 0, sizeof(old));
	if (known != NULL && fleet_row_parse(known->octets, known->octetslen,
	    members->fleet, &old, &error) != 0)
		return alarm_of(found, FLEET_BROKEN, why, "the row on disk: "
		    "%s", error.text);
	/* The domain ended, and a key that is new has its selector. */
	if (known != NULL && row->before == 0 && is_ended(kept, known)) {
		known = NULL;
		memset(&old, 0, sizeof(old));
	}
	verdict = judge_numbers(kept, &old, found, row, why);
	if (verdict == FLEET_NEWS && known != NULL &&
	    row->kind == FLEET_ROW_KEY)
		verdict = judge_key(&old, found, row, why);
	return verdict;
}

enum fleet_verdict
fleet_judge(const struct fleet_members *members,
    const struct fleet_kept *kept, const struct fleet_found *found,
    struct fleet_row *row, struct ks_error *why)
{
	const struct fleet_kept_row *known;
	enum fleet_verdict verdict, blob;
	struct ks_error error;
	const char *reason;
	int r;

	if ((r = fleet_row_parse(found->octets, found->len, members->fleet,
	    row, &error)) != 0)
		return alarm_of(found, r == KS_E_DAMAGED ? FLEET_UNSIGNED :
		    FLEET_BROKEN, why, "%s", error.text);
	if ((reason = compare_columns(found, row)) != NULL)
		return alarm_of(found, FLEET_UNSIGNED, why, "%s", reason);
	known = fleet_kept_find(kept, row->selector);
	verdict = judge_signature(members, known, found, row, why);
	if (verdict == FLEET_NEWS)
		verdict = judge_history(members, kept, known, found, row,
		    why);
	if (verdict != FLEET_NEWS && verdict != FLEET_SAME)
		return verdict;
	blob = judge_blob(found, row, why);
	return blob == FLEET_NEWS ? verdict : blob;
}
