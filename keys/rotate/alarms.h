/* SPDX-License-Identifier: ISC */

/*
 * The troubles of several domains in one list, for those who tell people about
 * them: monitoring, the list of what waits for a person, and notifications.
 * DNS is not asked: what the last run of rotation saw there is in the store.
 */

#ifndef ROTATE_ALARMS_H
#define ROTATE_ALARMS_H

#include <stdio.h>

#include "life/trouble.h"
#include "store/keystore.h"

struct domain_view;
struct rotation_run;

/* One trouble of one domain; domain is "" for rotation as a whole. */
struct alarm {
	char			 domain[DKIMSIG_DOMAIN_SIZE];
	char			 selector[KS_SELECTOR_SIZE];	/* or "-" */
	enum trouble		 trouble;
	enum trouble_severity	 severity;
	bool			 needs_person;
	int64_t			 since;
	int64_t			 happened;	/* an event: last; else 0 */
	char			*text;		/* owned by the list */
};

/* Zeroed: empty. */
struct alarms {
	struct alarm	*list;
	size_t		 n;
};

/* Add a copy of one, with that text.  Returns 0 or KS_E_NOMEM. */
int	alarms_add(struct alarms *alarms, const struct alarm *wanted,
	    const char *text);

/* Add that a domain, or for "" the key store, cannot be read. */
int	alarms_add_fault(struct alarms *alarms, const char *domain,
	    const char *text, int64_t now);

/*
 * Open the view of a domain, and add its troubles; all are critical if the end
 * of a key that signs is near.  A domain that cannot be read is a trouble
 * itself.  Returns 0 or KS_E_NOMEM; call domain_view_close() in either case.
 */
int	alarms_add_domain(struct alarms *alarms, struct domain_view *view,
	    struct rotation_run *run, const char *domain, int64_t now);

/*
 * Print "fix", the command in its text that fixes it, or null, as a member of a
 * JSON object, with a comma.  alarm may be NULL.
 */
void	alarm_print_fix(FILE *fp, const struct alarm *alarm);

/* Sort: critical ones first, then the oldest, then by name. */
void	alarms_sort(struct alarms *alarms);
void	alarms_finish(struct alarms *alarms);

#endif /* ROTATE_ALARMS_H */
