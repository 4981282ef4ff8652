/* SPDX-License-Identifier: ISC */

#include "runner.h"

#include <err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A copy with every line end CRLF. */
static char *
with_crlf(const char *text, size_t len, size_t *outlen)
{
	bool has_crlf = memmem(text, len, "\r\n", 2) != NULL;
	char *out;
	size_t i, n = 0;

	if ((out = malloc(2 * len + 1)) == NULL)
		err(1, NULL);
	for (i = 0; i < len; i++) {
		if (text[i] == '\n' && !has_crlf)
			out[n++] = '\r';
		out[n++] = text[i];
	}
	*outlen = n;
	return out;
}

/* The end of the field at p: its CRLF, or end. */
static const char *
end_of_field(const char *p, const char *end)
{
	const char *crlf;

	for (;; p = crlf + 2) {
		crlf = memmem(p, (size_t)(end - p), "\r\n", 2);
		if (crlf == NULL)
			return end;
		if (end - crlf == 2 || (crlf[2] != ' ' && crlf[2] != '\t'))
			return crlf;
	}
}

void
runner_message_parse(struct runner_message *m, const char *text, size_t len)
{
	const char *p, *end, *stop, *colon;
	size_t n;

	m->nfields = 0;
	m->text = with_crlf(text, len, &n);
	p = m->text;
	end = p + n;
	while (p < end && memcmp(p, "\r\n", end - p > 1 ? 2 : 1) != 0) {
		stop = end_of_field(p, end);
		colon = memchr(p, ':', (size_t)(stop - p));
		if (colon == NULL || m->nfields == RUNNER_MAX_FIELDS)
			errx(1, "not a message: %.*s", (int)(stop - p), p);
		m->fields[m->nfields++] = (struct runner_field){ p,
		    colon + 1, (size_t)(colon - p),
		    (size_t)(stop - colon - 1) };
		p = stop < end ? stop + 2 : end;
	}
	m->body = end - p > 1 ? p + 2 : end;
	m->bodylen = (size_t)(end - m->body);
}

void
runner_message_finish(struct runner_message *m)
{
	free(m->text);
	m->text = NULL;
}

static struct dkimsig_verifier *
begin(const struct runner_message *m, int64_t now)
{
	const struct dkimsig_verifier_opts opts = { .now = now };
	struct dkimsig_verifier *v;
	size_t i;

	assert_int_equal(dkimsig_verifier_new(&v, &opts), 0);
	for (i = 0; i < m->nfields; i++)
		assert_int_equal(dkimsig_verifier_header(v,
		    m->fields[i].name, m->fields[i].namelen,
		    m->fields[i].value, m->fields[i].valuelen), 0);
	assert_int_equal(dkimsig_verifier_end_headers(v), 0);
	return v;
}

static void
end(struct dkimsig_verifier *v, runner_dns dns, void *arg,
    char verdicts[RUNNER_VERDICTS_SIZE])
{
	struct dkimsig_verdict verdict;
	const char *name, *txt;
	enum dkimsig_dns status;
	size_t i;

	assert_int_equal(dkimsig_verifier_end(v), 0);
	for (i = 0; i < dkimsig_verifier_count(v); i++) {
		assert_int_equal(dkimsig_verifier_query(v, i, &name), 0);
		if (name == NULL)
			continue;
		txt = "";
		status = dns(arg, name, &txt);
		assert_int_equal(dkimsig_verifier_key(v, i, status, txt,
		    strlen(txt)), 0);
	}
	verdicts[0] = '\0';
	for (i = 0; i < dkimsig_verifier_count(v); i++) {
		assert_int_equal(dkimsig_verifier_result(v, i, &verdict), 0);
		strlcat(verdicts, i > 0 ? " | " : "", RUNNER_VERDICTS_SIZE);
		strlcat(verdicts, dkimsig_result_name(verdict.result),
		    RUNNER_VERDICTS_SIZE);
		strlcat(verdicts, ": ", RUNNER_VERDICTS_SIZE);
		strlcat(verdicts, dkimsig_reason_text(verdict.reason),
		    RUNNER_VERDICTS_SIZE);
	}
	dkimsig_verifier_free(v);
}

/* The body in pieces of step octets, from a first one of cut octets. */
static void
feed(struct dkimsig_verifier *v, const struct runner_message *m, size_t cut,
    size_t step)
{
	size_t i, n;

	for (i = 0; i < m->bodylen; i += n) {
		n = i == 0 && cut > 0 ? cut : step;
		if (n > m->bodylen - i)
			n = m->bodylen - i;
		assert_int_equal(dkimsig_verifier_body(v, m->body + i, n),
		    0);
	}
}

static bool
is_cut(const struct runner_message *m, size_t cut)
{
	if (m->bodylen <= RUNNER_SMALL_BODY || cut < RUNNER_EDGE ||
	    m->bodylen - cut < RUNNER_EDGE)
		return true;
	return m->body[cut] == '\n' || m->body[cut] == '\r' ||
	    m->body[cut - 1] == '\n';
}

void
runner_verify(const struct runner_message *m, int64_t now, runner_dns dns,
    void *arg, char verdicts[RUNNER_VERDICTS_SIZE])
{
	char again[RUNNER_VERDICTS_SIZE];
	struct dkimsig_verifier *v;
	size_t cut, whole = m->bodylen > 0 ? m->bodylen : 1;

	v = begin(m, now);
	feed(v, m, 0, whole);
	end(v, dns, arg, verdicts);
	v = begin(m, now);
	feed(v, m, 1, 1);
	end(v, dns, arg, again);
	assert_string_equal(again, verdicts);
	for (cut = 1; cut < m->bodylen; cut++) {
		if (!is_cut(m, cut))
			continue;
		v = begin(m, now);
		feed(v, m, cut, whole);
		end(v, dns, arg, again);
		if (strcmp(again, verdicts) != 0)
			fail_msg("cut at %zu: %s", cut, again);
	}
}
