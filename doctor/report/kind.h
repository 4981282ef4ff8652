/* SPDX-License-Identifier: ISC */

/*
 * What kind of mail a message was, by the traces in its log line.
 */

#ifndef REPORT_KIND_H
#define REPORT_KIND_H

#include "journal/decision.h"

enum mail_kind {
	KIND_PLATFORM,		/* nothing says otherwise */
	KIND_LIST,		/* came from a mailing list */
	KIND_REINJECTED,	/* a content filter gave it back */
	KIND_FETCHED,		/* taken out of a mailbox elsewhere */
	KIND_FORWARDED,		/* delivered before, and sent on */
	KIND_LOCAL,		/* made on this host: cron, a web form */
	KIND_DIRECT		/* made by the client: a web form, a device */
};
#define KIND_COUNT	(KIND_DIRECT + 1)

enum mail_kind kind_of(const struct logged_decision *d);

/* "mailing list", ... */
const char *kind_name(enum mail_kind kind);
/* For JSON: "list", ... */
const char *kind_word(enum mail_kind kind);

/*
 * What to do about mail of this kind that is refused, in sentences; NULL for
 * KIND_PLATFORM.
 */
const char *kind_advice(enum mail_kind kind);

#endif /* REPORT_KIND_H */
