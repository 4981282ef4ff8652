/* SPDX-License-Identifier: ISC */

/*
 * The SMTP reply for a fate.  The text names the author domain, which the
 * sender knows, the queue id, by which the reason is found in the log, and whom
 * to ask, if the configuration says so.  It names neither the source nor the
 * factor that failed, nor a value: that would help a forger.
 *
 * Enhanced status codes are those of RFC 3463:
 *
 *	X.7.1	delivery not authorized: not proven, or too much mail
 *	X.7.5	cryptographic failure: "necessary information such as key was
 *		not available"
 *	X.4.3	directory server failure, such as DNS; exists only as 4.4.3, so
 *		a refusal is 5.7.1
 *	X.6.0	other media error: a malformed message is not safe to sign
 *	X.6.2	conversion required and prohibited: it would break the
 *		signature; X.6.1 exists only as 5.6.1
 *	X.3.4	message too big for the system; exists only as 5.3.4
 *	X.3.0	other mail system error: signers, memory, the MTA
 *
 * The DKIM codes of RFC 7372 are for verifiers.
 */

#include "front/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* RFC 5321 section 4.5.3.1.5: a reply line has at most 512 octets. */
#define REPLY_TEXT_SIZE	480

struct reply {
	const char	*temporary, *permanent;	/* codes: "4.7.1" */
	/* The text before and after the author domain.  If after is NULL, there
	 * is no domain; if before is NULL, the text is the fate's reason, which
	 * names a limit. */
	const char	*before, *after;
};

static const struct reply replies[] = {
	[CAUSE_NONE]	= { "4.3.0", "5.7.1", "mail from ", " is not "
	    "accepted" },
	[CAUSE_MISMATCH] = { "4.7.1", "5.7.1",
	    "not authorized to send mail from ", "" },
	[CAUSE_UNCLEAR]	= { "4.7.1", "5.7.1",
	    "the From field does not clearly name one author domain", NULL },
	[CAUSE_NO_KEY]	= { "4.7.5", "5.7.5", "no key to sign mail from ",
	    "" },
	[CAUSE_DNS]	= { "4.4.3", "5.7.1", "authorization of mail from ",
	    " cannot be checked now" },
	[CAUSE_RATE]	= { "4.7.1", "5.7.1", "too much mail from ", "" },
	[CAUSE_LIMIT]	= { "4.7.1", "5.7.1", "too much mail from ", "" },
	[CAUSE_FRAGILE]	= { "4.6.2", "5.6.2", "mail from ", " with 8-bit text "
	    "or lines over 998 octets is not accepted" },
	[CAUSE_FAULT]	= { "4.6.0", "5.6.0", "mail from ",
	    " is malformed and cannot be signed" },
	[CAUSE_SIZE]	= { "4.3.0", "5.3.4", NULL, NULL },
	[CAUSE_SYSTEM]	= { "4.3.0", "5.3.0", "mail from ",
	    " cannot be signed now" },
};

/*
 * Append text, escaped for libmilter, which uses it as a format and refuses
 * line ends.  What does not fit is left out.
 */
static void
append(char *buf, size_t bufsize, const char *text)
{
	size_t n = strlen(buf);

	for (; *text != '\0' && bufsize - n > 2; text++) {
		if (*text == '%')
			buf[n++] = '%';
		buf[n++] = *text >= ' ' && *text <= '~' ? *text : '?';
	}
	buf[n] = '\0';
}

static void
make_text(char *buf, size_t bufsize, const struct fate *fate,
    const struct reply_about *about)
{
	const struct reply *reply = &replies[fate->cause];

	buf[0] = '\0';
	if (reply->before == NULL)
		append(buf, bufsize, fate->reason);
	else {
		append(buf, bufsize, reply->before);
		if (reply->after != NULL) {
			append(buf, bufsize, about->author_domain[0] != '\0' ?
			    about->author_domain : "this sender");
			append(buf, bufsize, reply->after);
		}
	}
	if (about->queue_id != NULL && about->queue_id[0] != '\0') {
		append(buf, bufsize, " (");
		append(buf, bufsize, about->queue_id);
		append(buf, bufsize, ")");
	}
	if (about->contact != NULL) {
		append(buf, bufsize, "; contact ");
		append(buf, bufsize, about->contact);
	}
}

sfsistat
reply_for(SMFICTX *ctx, const struct fate *fate,
    const struct reply_about *about)
{
	char code[4], enhanced[6], text[REPLY_TEXT_SIZE];
	const struct reply *reply = &replies[fate->cause];
	bool is_permanent = fate->action == ACTION_REJECT;

	if (fate->observed || action_delivers(fate->action))
		return SMFIS_ACCEPT;
	if (fate->action == ACTION_QUARANTINE)
		return SMFIS_CONTINUE;
	(void)strlcpy(code, !is_permanent ? "451" :
	    fate->cause == CAUSE_SIZE ? "552" : "550", sizeof(code));
	(void)strlcpy(enhanced, is_permanent ? reply->permanent :
	    reply->temporary, sizeof(enhanced));
	make_text(text, sizeof(text), fate, about);
	if (smfi_setreply(ctx, code, enhanced, text) != MI_SUCCESS)
		log_warnx(M_REPLY_TEXT_REFUSED,
		    "libmilter refused the reply text");
	return is_permanent ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

sfsistat
reply_out_of_memory(SMFICTX *ctx)
{
	const struct reply_about about = { .author_domain = "" };
	const struct fate fate = {
		.action = ACTION_TEMPFAIL, .cause = CAUSE_SYSTEM
	};

	return reply_for(ctx, &fate, &about);
}
