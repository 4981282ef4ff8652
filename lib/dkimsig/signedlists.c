/* SPDX-License-Identifier: ISC */

/*
 * Which header fields are signed unless the caller says otherwise: RFC 6376
 * section 5.4.1, RFC 8058 section 4 (List-Unsubscribe-Post), RFC 8601 and
 * trace fields left out because later hops add and remove them.
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

/* Fields of which a message has one, and a reader shows one. */
static const char *const oversigned_names[] = {
	"from", "sender", "reply-to", "subject", "date", "message-id", "to",
	"cc", "mime-version", "content-type", "content-transfer-encoding",
	"content-disposition", "in-reply-to", "references",
	"list-unsubscribe", "list-unsubscribe-post",
	"disposition-notification-to",
};

/*
 * Fields that no hop adds by right, and that change what a reader sees or
 * where the answer goes.  Content-Transfer-Encoding and MIME-Version decide
 * how the body is read; an MTA that adds them converts the body, which breaks
 * the signature anyway.  Not Date, Message-ID, To and the like: a later MTA
 * may supply them.  Not Sender and List-*: mailing lists add exactly these.
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
