/* SPDX-License-Identifier: ISC */

/*
 * Salesforce record ids; that of an organization begins with 00D.
 *
 * An id has 15 letters and digits, and case matters: two ids that differ only
 * in case are different organizations.  The form of 18 adds three characters
 * that encode the case of the 15: one for each five, with bit i set if
 * character i is upper case, as a letter A to Z or a digit 0 to 5.  X-SFDC-LK
 * has the form of 15; people copy either form.
 */

#ifndef SALESFORCE_ID_H
#define SALESFORCE_ID_H

#include <stdbool.h>
#include <stddef.h>

#define SALESFORCE_ID_LENGTH	15
#define SALESFORCE_ID_SIZE	(SALESFORCE_ID_LENGTH + 1)
#define SALESFORCE_SUFFIX_SIZE	4

enum salesforce_id_error {
	SALESFORCE_ID_OK	= 0,
	SALESFORCE_ID_E_LENGTH	= -1,	/* neither 15 nor 18 */
	SALESFORCE_ID_E_CHAR	= -2,	/* not an ASCII letter or digit */
	SALESFORCE_ID_E_SUFFIX	= -3	/* the last 3 do not match the 15 */
};

/*
 * Parse an id of 15 or 18 characters; id gets the 15 and a NUL.  It is also set
 * after SALESFORCE_ID_E_SUFFIX, so that an error can name the right suffix.
 */
int	salesforce_id_parse(const char *text, size_t len,
	    char id[SALESFORCE_ID_SIZE]);

/* The three characters that the form of 18 adds to id, and a NUL. */
void	salesforce_id_suffix(const char id[SALESFORCE_ID_SIZE],
	    char suffix[SALESFORCE_SUFFIX_SIZE]);

/* Whether a text is that id, in the form of 15 or, with right suffix, 18. */
bool	salesforce_id_equal(const char id[SALESFORCE_ID_SIZE],
	    const char *text, size_t len);

#endif /* SALESFORCE_ID_H */
