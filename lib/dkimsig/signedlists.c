/* SPDX-License-Identifier: ISC */

/*
 * The header fields that are signed by default: RFC 6376 section 5.4.1, RFC
 * 8058 section 4 (List-Unsubscribe-Post).  Authentication-Results (RFC 8601)
 * and trace fields are not in the lists, because later hops add and remove
 * them.
 */

#include "dkimsig/dkimsig.h"
#include "dkimsig/internal.h"

static const char *const signed_names[] = {
	"from", "sender", "reply-to", "subject", "date", "message-id", "to",
	"cc", "mime-version", "content-type", "content-transfer-encoding",
	"content-disposition", "content-id", "content-description",
	"resent-date", "resent-from", "resent-sender", "resent-to",
	"resent-cc", "resent-message-id", "in-reply-to", "references",
	"list-id", "list-help", "list-unsubscribe", "list-unsubscribe-post",
	"list-subscribe", "list-post", "list-owner", "list-archive",
	"autocrypt", "feedback-id", "disposition-notification-to",
};

/* Fields that occur once, and of which a mail program shows only one. */
static const char *const oversigned_names[] = {
	"from", "sender", "reply-to", "subject", "date", "message-id", "to",
	"cc", "mime-version", "content-type", "content-transfer-encoding",
	"content-disposition", "in-reply-to", "references",
	"list-unsubscribe", "list-unsubscribe-post",
	"disposition-notification-to",
};

/*
 * Fields that no hop may add, and that change what a recipient sees or where a
 * reply goes.  Content-Transfer-Encoding and MIME-Version decide how the body
 * is interpreted; an MTA that adds them converts the body, which breaks the
 * signature anyway.  Date, Message-ID, To and the like are not listed, because
 * a later MTA may add them; nor are Sender and List-*, which mailing lists add.
 */
static const char *const guarded_names[] = {
	"reply-to", "subject", "cc", "mime-version", "content-type",
	"content-transfer-encoding",
};

DKIMSIG_API const char *const *
dkimsig_default_signed(size_t *n)
{
	*n = sizeof(signed_names) / sizeof(signed_names[0]);
	return signed_names;
}

DKIMSIG_API const char *const *
dkimsig_default_oversigned(size_t *n)
{
	*n = sizeof(oversigned_names) / sizeof(oversigned_names[0]);
	return oversigned_names;
}

DKIMSIG_API const char *const *
dkimsig_default_guarded(size_t *n)
{
	*n = sizeof(guarded_names) / sizeof(guarded_names[0]);
	return guarded_names;
}
