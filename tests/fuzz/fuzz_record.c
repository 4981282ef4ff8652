/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: what DNS may have instead of the wanted record.  Each line is a
 * TXT record, also one of DMARC.  The wanted record is never at fault against
 * itself; a fault has a name, and its details lie in the text; what is the same
 * has no fault that keeps a verifier from it.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "advice/dmarc_record.h"
#include "keyrecord/fault.h"
#include "keyrecord/place.h"
#include "keyrecord/refused.h"

#define WANTED \
    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define REVOKED	"v=DKIM1; k=ed25519; p="

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_refused(const struct record_text *text)
{
	struct record_where where;
	enum record_fault fault;

	fault = record_fault_refused(text, &where);
	if (fault == RECORD_FAULT_ABSENT || record_fault_name(fault) == NULL ||
	    record_fault_code(fault) == NULL ||
	    record_fault_refused(text, NULL) != fault)
		abort();
	if (where.tag.name != NULL && (where.tag.name < text->text ||
	    where.tag.name + where.tag.namelen > text->text + text->len))
		abort();
}

static void
check_one(const struct record_text *text, const char *wanted)
{
	enum record_fault fault = record_fault_find(text, 1, wanted);

	if (record_fault_name(fault) == NULL || (fault == RECORD_FAULT_NONE &&
	    !record_fault_is_same(text, wanted)) ||
	    (record_fault_is_same(text, wanted) &&
	    !record_fault_is_harmless(fault)))
		abort();
	(void)record_fault_has_key(fault);
}

static void
check_dmarc(const struct record_text *text)
{
	struct dmarc_record record;
	const char *domain;
	char *copy;
	size_t n = 0;

	if ((copy = strndup(text->text, text->len)) == NULL)
		abort();
	if (dmarc_parse(copy, &record) && (record.percent > 100 ||
	    dmarc_policy_name(record.policy) == NULL ||
	    dmarc_policy_name(record.subdomains) == NULL))
		abort();
	for (domain = copy; (domain = dmarc_walk_next(domain, n == 0)) != NULL;)
		if (domain < copy || ++n > DMARC_MAX_WALK)
			abort();
	free(copy);
}

static bool
has_key(void *context, const char *name)
{
	const struct record_text *text = context;

	return strlen(name) % 3 == 0 && record_is_key(text->text, text->len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct record_text texts[RECORD_FAULT_MAX_TEXTS + 1];
	struct record_search search = { .selector = "s",
	    .domain = "a.example.com", .zone = "example.com",
	    .has_key = has_key };
	const char *p = (const char *)data, *end = p + len, *lf;
	char name[DKIMSIG_DOMAIN_SIZE];
	size_t n = 0;

	while (p < end && n < RECORD_FAULT_MAX_TEXTS + 1) {
		lf = memchr(p, '\n', (size_t)(end - p));
		if (lf == NULL)
			lf = end;
		texts[n].text = p;
		texts[n].len = (size_t)(lf - p);
		check_refused(&texts[n]);
		check_one(&texts[n], WANTED);
		check_one(&texts[n], REVOKED);
		check_dmarc(&texts[n]);
		search.context = &texts[n];
		(void)record_place_search(&search, name);
		n++;
		p = lf < end ? lf + 1 : end;
	}
	(void)record_fault_find(texts, n, WANTED);
	(void)record_fault_find(texts, n, REVOKED);
	return 0;
}
