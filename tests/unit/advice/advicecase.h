/* SPDX-License-Identifier: ISC */

/*
 * What a resolver shows, and the notes that come of it.
 */

#ifndef ADVICECASE_H
#define ADVICECASE_H

#include "advice/advice.h"
#include "fakedns.h"

#define ADVICECASE_NOW	1795392000	/* 2026-11-23T00:00:00Z */
#define ADVICECASE_KEY	"s1._domainkey.example.com"
#define ADVICECASE_VALUE \
    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

struct advice_case {
	const char	*name, *topic;
	const char	*dns;		/* of fakedns */
	/* Lines "severity name: words"; the words are in the note's text. */
	const char	*want;
	const char	*domain;	/* NULL: example.com */
	const char	*alias;		/* wanted at ADVICECASE_KEY, or NULL */
};

/* The notes of the topic are those wanted, in order, or the test fails. */
void	advicecase_check(const char *name, const struct advice *advice,
	    const char *topic, const char *want);
void	advicecase_run(const struct advice_case *advice_case);

#endif /* ADVICECASE_H */
