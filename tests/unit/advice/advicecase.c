/* SPDX-License-Identifier: ISC */

/*
 * A case of advice: a zone as text for fakedns, and the notes of one topic
 * that it must give, in order.
 *
 * A note is compared by severity, name and some of its words.  The first
 * difference fails the test and shows the note.
 */

#include "advicecase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void
advicecase_check(const char *name, const struct advice *advice,
    const char *topic, const char *want)
{
	char line[1024], words[512], got[1024];
	const struct advice_note *note;
	const char *colon;
	size_t i, len;

	for (i = 0; i < advice->nnotes; i++) {
		note = &advice->notes[i];
		if (strcmp(note->topic, topic) != 0)
			continue;
		(void)snprintf(got, sizeof(got), "%s %s: %s",
		    advice_severity_name(note->severity), note->name,
		    note->text);
		len = strcspn(want, "\n");
		if (len == 0)
			fail_msg("%s: unwanted: %s", name, got);
		(void)snprintf(line, sizeof(line), "%.*s", (int)len, want);
		want += len + 1;
		colon = strstr(line, ": ");
		(void)snprintf(words, sizeof(words), "%s", colon + 2);
		if (strncmp(got, line, (size_t)(colon + 2 - line)) != 0 ||
		    strstr(got, words) == NULL)
			fail_msg("%s: got \"%s\", want \"%s\"", name, got,
			    line);
	}
	if (*want != '\0')
		fail_msg("%s: missing: %s", name, want);
}

void
advicecase_run(const struct advice_case *advice_case)
{
	const struct advice_record record = {
		.name = ADVICECASE_KEY, .alias = advice_case->alias
	};
	struct advice_facts facts = {
		.domain = "example.com", .zone = "example.com",
		.cname_zone = "dkim.example.net", .random_label = "xq3v",
		.now = ADVICECASE_NOW, .records = &record, .nrecords = 1
	};
	struct fakedns dns = { .text = advice_case->dns };
	const struct advice_resolver resolver = { fakedns_ask, &dns };
	struct advice *advice = calloc(1, sizeof(*advice));

	assert_non_null(advice);
	if (advice_case->domain != NULL) {
		facts.domain = advice_case->domain;
		facts.zone = NULL;
	}
	advice_gather(&facts, &resolver, advice);
	advicecase_check(advice_case->name, advice, advice_case->topic,
	    advice_case->want);
	free(advice);
}
