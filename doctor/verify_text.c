/* SPDX-License-Identifier: ISC */

/*
 * Print an examination for people, with a block of lines for each signature.
 *
 * Text from the message or DNS goes through print_safe(), as it may be printed
 * on a terminal.  This file only prints what examine.c found.
 */

#include "verify_text.h"

#include <string.h>

#include "base/print.h"

static void
safe(FILE *fp, const char *text)
{
	print_safe(fp, text, strlen(text));
}

static void
label(FILE *fp, const char *name)
{
	(void)fprintf(fp, "  %-10s ", name);
}

static void
print_ends(FILE *fp, const struct mailfile *mail)
{
	static const char *const texts[] = {
		[MAILFILE_CRLF]		= "CRLF",
		[MAILFILE_LF]		= ("LF, converted to CRLF as an MTA "
		    "does"),
		[MAILFILE_MIXED]	= ("CRLF and LF, not converted "
		    "in the body"),
	};

	(void)fprintf(fp, "line ends: %s\n", texts[mail->ends]);
	if (mail->unix_from)
		(void)fprintf(fp, "the first line, \"From ...\" of a mailbox "
		    "file, was skipped\n");
	if (mail->bad_line != 0)
		(void)fprintf(fp, "line %zu is not a header field: the body "
		    "begins there\n", mail->bad_line);
}

static void
print_author(FILE *fp, const struct examination *x)
{
	(void)fputs("author domain: ", fp);
	if (x->author_error == 0)
		safe(fp, x->author);
	else
		(void)fprintf(fp, "none (%s)",
		    dkimsig_strerror(x->author_error));
	(void)putc('\n', fp);
}

static void
print_title(FILE *fp, const struct examination *x, size_t i,
    const struct doctor *doctor)
{
	const struct dkimsig_verdict *v = &x->signatures[i].verdict;
	bool pass = v->result == DKIMSIG_RESULT_PASS;

	(void)fprintf(fp, "\nsignature %zu of %zu (field %zu): ", i + 1,
	    x->nsignatures, v->field + 1);
	print_colour(fp, doctor->colours, pass ? PRINT_GOOD :
	    v->result == DKIMSIG_RESULT_TEMPERROR ? PRINT_DOUBT : PRINT_BAD);
	(void)fputs(dkimsig_result_name(v->result), fp);
	print_colour(fp, doctor->colours, PRINT_PLAIN);
	(void)fprintf(fp, ", %s\n", dkimsig_reason_text(v->reason));
}

static const char *
canon_name(enum dkimsig_canon canon)
{
	return canon == DKIMSIG_CANON_SIMPLE ? "simple" : "relaxed";
}

/* The tags of the field; if it could not be parsed, at most d= and s=. */
static void
print_claims(FILE *fp, const struct dkimsig_verdict *v)
{
	label(fp, "tags");
	(void)fputs("d=", fp);
	safe(fp, v->sdid);
	(void)fputs(" s=", fp);
	safe(fp, v->selector);
	if (v->bodyhash != NULL) {
		(void)fprintf(fp, " a=%s c=%s/%s",
		    dkimsig_algorithm_name(v->algorithm),
		    canon_name(v->header_canon), canon_name(v->body_canon));
		(void)fputs(" i=", fp);
		safe(fp, v->auid);
	}
	(void)putc('\n', fp);
}

static void
print_when(FILE *fp, const char *name, int64_t when, int64_t now,
    const char *none)
{
	label(fp, name);
	if (when == -1) {
		(void)fprintf(fp, "%s\n", none);
		return;
	}
	print_time(fp, when);
	(void)fputs(when > now ? ", in " : ", ", fp);
	print_span(fp, when > now ? when - now : now - when);
	(void)fputs(when > now ? "\n" : " ago\n", fp);
}

static void
print_length(FILE *fp, const struct dkimsig_verdict *v)
{
	if (v->body_length == -1)
		return;
	label(fp, "length");
	(void)fprintf(fp, "l=%lld: %llu octets of the body are not signed, and "
	    "anyone can add more\n", (long long)v->body_length,
	    (unsigned long long)v->body_unsigned);
}

static void
print_key(FILE *fp, const struct examined_signature *s)
{
	static const char *const states[] = {
		[DKIMSIG_DNS_FOUND]	= "found",
		[DKIMSIG_DNS_NONE]	= "no TXT record at this name",
		[DKIMSIG_DNS_MANY]	= "more than one TXT record",
		[DKIMSIG_DNS_FAILED]	= "DNS did not answer",
	};

	if (*s->query == '\0')
		return;
	label(fp, "key");
	safe(fp, s->query);
	(void)fputs(": ", fp);
	if (s->has_record && s->answer.status == DKIMSIG_DNS_FOUND) {
		(void)fputs(s->record.type == DKIMSIG_KEYTYPE_RSA ? "rsa" :
		    "ed25519", fp);
		if (s->timeless.keybits != 0)
			(void)fprintf(fp, ", %u bits", s->record.type ==
			    DKIMSIG_KEYTYPE_RSA ? s->timeless.keybits : 256);
		if (s->record.testing)
			(void)fputs(", t=y (testing: receivers may treat "
			    "the mail as unsigned)", fp);
		if (s->record.strict)
			(void)fputs(", t=s (not for subdomains)", fp);
	} else
		(void)fputs(states[s->answer.status], fp);
	if (s->answer.error[0] != '\0') {
		(void)fputs(": ", fp);
		safe(fp, s->answer.error);
	}
	(void)putc('\n', fp);
}

static void
print_alignment(FILE *fp, const struct examination *x,
    const struct examined_signature *s, const struct doctor *doctor)
{
	label(fp, "aligned");
	print_colour(fp, doctor->colours, s->alignment == ALIGNMENT_NONE ?
	    PRINT_BAD : s->alignment == ALIGNMENT_MAYBE ? PRINT_DOUBT :
	    PRINT_GOOD);
	switch (s->alignment) {
	case ALIGNMENT_STRICT:
		(void)fputs("yes, strict and relaxed", fp);
		break;
	case ALIGNMENT_RELAXED:
		(void)fputs("relaxed, not strict", fp);
		break;
	case ALIGNMENT_MAYBE:
		(void)fputs("not strict; relaxed only if their common parent "
		    "domain is the organization's", fp);
		break;
	case ALIGNMENT_NONE:
		(void)fputs(x->author_error != 0 ? "no: no author domain" :
		    "no: not the author's domain", fp);
		break;
	}
	print_colour(fp, doctor->colours, PRINT_PLAIN);
	(void)putc('\n', fp);
}

static void
print_finding(FILE *fp, const struct finding *f, const struct doctor *doctor)
{
	static const char *const parts[] = {
		[DIAGNOSE_BODY]		= "body",
		[DIAGNOSE_HEADER]	= "header",
		[DIAGNOSE_KEY]		= "record",
	};

	label(fp, parts[f->part]);
	print_colour(fp, doctor->colours, PRINT_BOLD);
	safe(fp, f->text);
	print_colour(fp, doctor->colours, PRINT_PLAIN);
	(void)putc('\n', fp);
}

/* Print a part that is unchanged, or that was changed in an unknown way. */
static void
print_end(FILE *fp, const char *part, enum diagnose_end end)
{
	if (end == DIAGNOSE_FOUND)
		return;
	label(fp, part);
	switch (end) {
	case DIAGNOSE_RIGHT:
		(void)fputs("as it was signed\n", fp);
		break;
	case DIAGNOSE_LIMIT:
		(void)fputs("changed; no known change fits, but the search "
		    "stopped at its limit\n", fp);
		break;
	default:
		(void)fputs("changed; no known change fits\n", fp);
		break;
	}
}

/* The names in h=; "(no field)" marks those that signed no field. */
static void
print_signed(FILE *fp, const struct examination *x, size_t i)
{
	const struct dkimsig_verdict *v = &x->signatures[i].verdict;
	const char *name;
	size_t n, j, len, there, before;

	label(fp, "signed");
	for (n = 0; dkimsig_verifier_signs(x->verifier, i, n, &name, &len) ==
	    0; n++) {
		for (there = 0, j = 0; j < x->mail.nfields; j++)
			there += j != v->field && mailfield_is(
			    &x->mail.fields[j], name, len);
		for (before = 0, j = 0; j < n; j++) {
			const char *other;
			size_t otherlen;

			if (dkimsig_verifier_signs(x->verifier, i, j, &other,
			    &otherlen) == 0 && otherlen == len &&
			    strncasecmp(other, name, len) == 0)
				before++;
		}
		(void)fputs(n == 0 ? "" : ", ", fp);
		print_safe(fp, name, len);
		if (before >= there)
			(void)fputs(" (no field)", fp);
	}
	(void)putc('\n', fp);
}

static void
print_signature(FILE *fp, const struct examination *x, size_t i,
    const struct doctor *doctor)
{
	const struct examined_signature *s = &x->signatures[i];
	const struct dkimsig_verdict *v = &s->verdict;
	size_t n;

	print_title(fp, x, i, doctor);
	print_claims(fp, v);
	if (v->bodyhash != NULL) {
		print_when(fp, "signed at", v->timestamp, doctor->now,
		    "unknown (no t=)");
		print_when(fp, "expires", v->expires, doctor->now,
		    "never (no x=)");
		print_length(fp, v);
	}
	print_key(fp, s);
	print_alignment(fp, x, s, doctor);
	if (v->result != s->timeless.result) {
		label(fp, "times");
		(void)fprintf(fp, "if t= and x= are ignored: %s, %s\n",
		    dkimsig_result_name(s->timeless.result),
		    dkimsig_reason_text(s->timeless.reason));
	}
	for (n = 0; n < s->diagnosis.nfindings; n++)
		print_finding(fp, &s->diagnosis.findings[n], doctor);
	if (s->timeless.result == DKIMSIG_RESULT_FAIL) {
		print_end(fp, "body", s->diagnosis.body);
		print_end(fp, "header", s->diagnosis.header);
	}
	if (v->bodyhash != NULL)
		print_signed(fp, x, i);
}

/* The signatures of one hop; none if it is missing. */
static void
print_hop(FILE *fp, const struct examination *x, unsigned int hop)
{
	struct dkim2_field field;
	const struct mailfield *f;
	size_t i;

	for (i = 0; i < x->mail.nfields; i++) {
		f = &x->mail.fields[i];
		if (dkim2_kind(f->name, f->namelen) != DKIM2_SIGNATURE ||
		    !dkim2_field_read(&field, DKIM2_SIGNATURE, f->value,
		    f->valuelen) || field.hop != hop)
			continue;
		(void)fprintf(fp, "  hop %-6u d=", hop);
		safe(fp, field.domain);
		(void)fprintf(fp, " m=%u (field %zu)\n", field.instance,
		    i + 1);
	}
}

/* The chain of DKIM2 signatures, hop by hop as they were added. */
static void
print_dkim2(FILE *fp, const struct examination *x, bool colours)
{
	char fault[DKIM2_FAULT_SIZE];
	unsigned int hop;

	if (x->dkim2.nfields == 0)
		return;
	(void)fprintf(fp, "\nDKIM2: %u hop%s, %u instance%s of the message "
	    "(not verified, because drafts still change the format)\n",
	    x->dkim2.hops, x->dkim2.hops == 1 ? "" : "s",
	    x->dkim2.instances, x->dkim2.instances == 1 ? "" : "s");
	for (hop = 1; hop <= x->dkim2.hops; hop++)
		print_hop(fp, x, hop);
	if (dkim2_chain_fault(&x->dkim2, fault)[0] == '\0')
		return;
	label(fp, "chain");
	print_colour(fp, colours, PRINT_BAD);
	(void)fprintf(fp, "broken: %s", fault);
	print_colour(fp, colours, PRINT_PLAIN);
	(void)putc('\n', fp);
}

void
report_text(FILE *fp, const struct examination *x,
    const struct doctor *doctor)
{
	size_t i;

	print_ends(fp, &x->mail);
	print_author(fp, x);
	for (i = 0; i < x->nsignatures; i++)
		print_signature(fp, x, i, doctor);
	if (x->nsignatures == 0)
		(void)fputs("no DKIM-Signature field\n", fp);
	print_dkim2(fp, x, doctor->colours);
}
