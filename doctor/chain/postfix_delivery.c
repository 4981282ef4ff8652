/* SPDX-License-Identifier: ISC */

/*
 * What happens to the body of signed mail at delivery: conversion for a next
 * hop without 8BITMIME, and long lines.
 *
 * Every service that runs smtp(8) may have values of its own, so all of them
 * are checked, and the command changes the value where it is.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain/postfix_area.h"

#define MIN_LINE	998	/* octets, RFC 5322 section 2.1.1 */

/* The command that changes a parameter where a delivery service has it. */
static const char *
fix_for(const struct pf *pf, const struct postfix_service *s,
    const char *name, const char *value, char *fix, size_t size)
{
	char service[128];

	if (postfix_override(s, name) == NULL)
		return pf_fix_set(pf, name, value, fix, size);
	(void)snprintf(service, sizeof(service), "%s/%s", s->name, s->type);
	return pf_fix_override(pf, service, name, value, fix, size);
}

/* Returns whether the service is as it should be. */
static bool
check_8bit(const struct pf *pf, const struct postfix_service *s)
{
	const char *keywords = postfix_service_parameter(pf->postfix, s,
	    "smtp_discard_ehlo_keywords");
	char rest[512], fix[CHAIN_FIX_SIZE];

	if (!pf_list_has(keywords, "8bitmime") ||
	    postfix_is_yes(postfix_service_parameter(pf->postfix, s,
	    "disable_mime_output_conversion")))
		return true;
	pf_list_without(keywords, "8bitmime", rest, sizeof(rest));
	findings_add(pf->findings, "8bit-downgrade", FINDING_PROBLEM,
	    POSTFIX_AREA, s->name, fix_for(pf, s,
	    "smtp_discard_ehlo_keywords", rest, fix, sizeof(fix)),
	    "smtp_discard_ehlo_keywords has 8bitmime: each 8-bit message is "
	    "converted after it was signed, which breaks the signature.");
	return false;
}

static bool
check_line_length(const struct pf *pf, const struct postfix_service *s)
{
	const char *value = postfix_service_parameter(pf->postfix, s,
	    "smtp_line_length_limit");
	const long limit = strtol(value, NULL, 10);
	char fix[CHAIN_FIX_SIZE];

	if (limit == 0 || limit >= MIN_LINE)
		return true;
	findings_add(pf->findings, "line-length", FINDING_PROBLEM,
	    POSTFIX_AREA, s->name, fix_for(pf, s, "smtp_line_length_limit",
	    "998", fix, sizeof(fix)), "smtp_line_length_limit = %s: longer "
	    "lines are cut after the message was signed, which breaks the "
	    "signature. Lines may have %d octets.", value, MIN_LINE);
	return false;
}

void
pf_check_delivery(const struct pf *pf)
{
	const struct postfix_service *s;
	bool keeps_8bit = true, keeps_lines = true;
	size_t i;

	for (i = 0; i < postfix_nservices(pf->postfix); i++) {
		s = postfix_service(pf->postfix, i);
		if (strcmp(s->command, "smtp") != 0)
			continue;
		keeps_8bit = check_8bit(pf, s) && keeps_8bit;
		keeps_lines = check_line_length(pf, s) && keeps_lines;
	}
	if (keeps_8bit)
		findings_add(pf->findings, "8bit-downgrade", FINDING_WELL,
		    POSTFIX_AREA, "smtp_discard_ehlo_keywords", NULL,
		    "8-bit mail is converted only for a server without "
		    "8BITMIME, if at all; see on_fragile in "
		    "countersign.conf(5)");
	if (keeps_lines)
		findings_add(pf->findings, "line-length", FINDING_WELL,
		    POSTFIX_AREA, "smtp_line_length_limit", NULL,
		    "lines of the usual length are not cut");
}
