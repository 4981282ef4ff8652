/* SPDX-License-Identifier: ISC */

/*
 * The presets, as data: rule, and why it is believed.
 *
 * Grades: documented by the vendor; observed in public samples of mail.
 * Names are compared whole: X-SFDC-X-LK, which a template's author can have
 * written (a Visualforce emailHeader "LK" is renamed to it), is not
 * X-SFDC-LK, and no rule here is ever about a prefix.
 */

#include "preset.h"

#include <string.h>

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const struct preset_rule salesforce_rules[] = {
	/*
	 * The organization's id in the form of 15.  Observed in every sample
	 * from 2018 to 2026; no documented way for a customer to set it.
	 */
	{ "X-SFDC-LK",	HEADER_SALESFORCE_ID,	false,	true },
	/*
	 * The same id again, on mail for an Email Relay only.  Observed, but
	 * in too few samples to refuse mail that lacks it.
	 */
	{ "X-SFDCOrgRelay", HEADER_SALESFORCE_ID, true,	false },
	/*
	 * Observed on mail that was not meant for a relay, and on that only:
	 * someone else brought it here.
	 */
	{ "X-SFDC-TLS-NoRelay", HEADER_ABSENT,	false,	false },
};

static const struct preset presets[] = {
	{ "salesforce", "2026-11-23", "organization id",
	    salesforce_rules, COUNT(salesforce_rules) },
};

const struct preset *
preset_find(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(presets); i++)
		if (strcmp(presets[i].name, name) == 0)
			return &presets[i];
	return NULL;
}

const char *
preset_names(void)
{
	return "salesforce";
}
