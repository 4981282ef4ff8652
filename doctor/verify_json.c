/* SPDX-License-Identifier: ISC */

/*
 * Print an examination as a JSON object (RFC 8259); countersign-doctor(8)
 * lists its members.
 *
 * Text from the message or DNS is escaped by json_print_string().  The caller
 * checks the stream for errors.
 */

#include <string.h>

#include "base/json.h"
#include "base/print.h"
#include "verify_text.h"

static void
string(FILE *fp, const char *name, const char *value)
{
	(void)fprintf(fp, ", \"%s\": ", name);
	json_print_text(fp, value);
}

static void
time_member(FILE *fp, const char *name, int64_t when)
{
	(void)fprintf(fp, ", \"%s\": ", name);
	if (when == -1)
		(void)fputs("null", fp);
	else {
		(void)putc('"', fp);
		print_time(fp, when);
		(void)putc('"', fp);
	}
}

static void
boolean(FILE *fp, const char *name, bool value)
{
	(void)fprintf(fp, ", \"%s\": %s", name, value ? "true" : "false");
}

static void
print_key(FILE *fp, const struct examined_signature *s)
{
	static const char *const states[] = {
		[DKIMSIG_DNS_FOUND]	= "found",
		[DKIMSIG_DNS_NONE]	= "none",
		[DKIMSIG_DNS_MANY]	= "many",
		[DKIMSIG_DNS_FAILED]	= "failed",
	};

	(void)fputs(", \"key\": ", fp);
	if (*s->query == '\0') {
		(void)fputs("null", fp);
		return;
	}
	(void)fputs("{\"name\": ", fp);
	json_print_string(fp, s->query, strlen(s->query));
	string(fp, "answer", states[s->answer.status]);
	string(fp, "error", s->answer.error);
	if (s->has_record && s->answer.status == DKIMSIG_DNS_FOUND) {
		string(fp, "type", s->record.type == DKIMSIG_KEYTYPE_RSA ?
		    "rsa" : "ed25519");
		(void)fprintf(fp, ", \"bits\": %u", s->record.type ==
		    DKIMSIG_KEYTYPE_RSA ? s->timeless.keybits : 256);
		boolean(fp, "testing", s->record.testing);
		boolean(fp, "strict", s->record.strict);
	} else
		(void)fputs(", \"type\": null, \"bits\": null, "
		    "\"testing\": null, \"strict\": null", fp);
	(void)putc('}', fp);
}

static void
print_aligned(FILE *fp, enum alignment alignment)
{
	(void)fprintf(fp, ", \"aligned\": {\"strict\": %s, \"relaxed\": %s}",
	    alignment == ALIGNMENT_STRICT ? "true" : "false",
	    alignment == ALIGNMENT_MAYBE ? "null" :
	    alignment == ALIGNMENT_NONE ? "false" : "true");
}

static void
print_diagnosis(FILE *fp, const struct examined_signature *s)
{
	static const char *const ends[] = {
		[DIAGNOSE_RIGHT]	= "unchanged",
		[DIAGNOSE_FOUND]	= "changed",
		[DIAGNOSE_UNKNOWN]	= "unknown-change",
		[DIAGNOSE_LIMIT]	= "search-limit",
	};
	static const char *const parts[] = {
		[DIAGNOSE_BODY]		= "body",
		[DIAGNOSE_HEADER]	= "header",
		[DIAGNOSE_KEY]		= "record",
	};
	const bool fails = s->timeless.result == DKIMSIG_RESULT_FAIL;
	const struct finding *f;
	size_t i;

	string(fp, "body", fails ? ends[s->diagnosis.body] : NULL);
	string(fp, "header", fails ? ends[s->diagnosis.header] : NULL);
	(void)fputs(", \"causes\": [", fp);
	for (i = 0; i < s->diagnosis.nfindings; i++) {
		f = &s->diagnosis.findings[i];
		(void)fprintf(fp, "%s{\"part\": \"%s\"", i == 0 ? "" : ", ",
		    parts[f->part]);
		string(fp, "code", f->code);
		string(fp, "text", f->text);
		(void)putc('}', fp);
	}
	(void)putc(']', fp);
}

static void
print_signed(FILE *fp, const struct examination *x, size_t i)
{
	const char *name;
	size_t n, len;

	(void)fputs(", \"signed\": [", fp);
	for (n = 0; dkimsig_verifier_signs(x->verifier, i, n, &name, &len) ==
	    0; n++) {
		(void)fputs(n == 0 ? "" : ", ", fp);
		json_print_string(fp, name, len);
	}
	(void)putc(']', fp);
}

static void
print_signature(FILE *fp, const struct examination *x, size_t i)
{
	static const char *const canons[] = { "simple", "relaxed" };
	const struct examined_signature *s = &x->signatures[i];
	const struct dkimsig_verdict *v = &s->verdict;
	const bool is_read = v->bodyhash != NULL;

	(void)fprintf(fp, "%s\n  {\"field\": %zu", i == 0 ? "" : ",",
	    v->field);
	string(fp, "result", dkimsig_result_name(v->result));
	string(fp, "reason", dkimsig_reason_text(v->reason));
	string(fp, "result_ignoring_times",
	    dkimsig_result_name(s->timeless.result));
	string(fp, "d", v->sdid);
	string(fp, "s", v->selector);
	string(fp, "i", is_read ? v->auid : NULL);
	string(fp, "a", is_read ? dkimsig_algorithm_name(v->algorithm) : NULL);
	string(fp, "header_canon", is_read ? canons[v->header_canon] : NULL);
	string(fp, "body_canon", is_read ? canons[v->body_canon] : NULL);
	time_member(fp, "signed_at", is_read ? v->timestamp : -1);
	time_member(fp, "expires", is_read ? v->expires : -1);
	if (is_read && v->body_length != -1)
		(void)fprintf(fp, ", \"length\": %lld, "
		    "\"unsigned_octets\": %llu", (long long)v->body_length,
		    (unsigned long long)v->body_unsigned);
	else
		(void)fputs(", \"length\": null, \"unsigned_octets\": null",
		    fp);
	print_key(fp, s);
	print_aligned(fp, s->alignment);
	print_diagnosis(fp, s);
	print_signed(fp, x, i);
	(void)putc('}', fp);
}

/* The chain of DKIM2 signatures, the topmost field first. */
static void
print_dkim2(FILE *fp, const struct examination *x)
{
	const struct mailfield *f;
	struct dkim2_field field;
	char fault[DKIM2_FAULT_SIZE];
	const char *comma = "";
	size_t i;

	(void)fprintf(fp, ", \"dkim2\": {\"hops\": %u, \"instances\": %u",
	    x->dkim2.hops, x->dkim2.instances);
	string(fp, "error", dkim2_chain_fault(&x->dkim2, fault));
	(void)fputs(", \"signatures\": [", fp);
	for (i = 0; i < x->mail.nfields; i++) {
		f = &x->mail.fields[i];
		if (dkim2_kind(f->name, f->namelen) != DKIM2_SIGNATURE ||
		    !dkim2_field_read(&field, DKIM2_SIGNATURE, f->value,
		    f->valuelen))
			continue;
		(void)fprintf(fp, "%s{\"field\": %zu, \"i\": %u, "
		    "\"m\": %u", comma, i, field.hop, field.instance);
		string(fp, "d", field.domain);
		(void)putc('}', fp);
		comma = ", ";
	}
	(void)fputs("]}", fp);
}

void
report_json(FILE *fp, const struct examination *x,
    const struct doctor *doctor)
{
	static const char *const ends[] = {
		[MAILFILE_CRLF]		= "crlf",
		[MAILFILE_LF]		= "lf",
		[MAILFILE_MIXED]	= "mixed",
	};
	size_t i;

	(void)fprintf(fp, "{\"line_ends\": \"%s\"", ends[x->mail.ends]);
	time_member(fp, "now", doctor->now);
	string(fp, "author_domain", x->author_error == 0 ? x->author : NULL);
	string(fp, "author_error", x->author_error == 0 ? NULL :
	    dkimsig_strerror(x->author_error));
	(void)fputs(", \"signatures\": [", fp);
	for (i = 0; i < x->nsignatures; i++)
		print_signature(fp, x, i);
	(void)fprintf(fp, "%s]", x->nsignatures > 0 ? "\n" : "");
	if (x->dkim2.nfields == 0)
		(void)fputs(", \"dkim2\": null", fp);
	else
		print_dkim2(fp, x);
	(void)fputs("}\n", fp);
}
