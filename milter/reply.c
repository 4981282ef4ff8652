/* SPDX-License-Identifier: ISC */

/*
 * Fate to SMTP reply.  The text names the author domain, which the sender
 * knows, and the queue id, by which the reason is found in the log.  It does
 * not say which source was asked or which factor failed: whoever forges would
 * learn from that.
 *
 * Enhanced status codes are those of RFC 3463: X.7.1 delivery not authorized,
 * X.7.5 cryptographic failure, X.4.3 directory server failure, X.6.1 media not
 * supported, X.3.4 message too big for the system, X.3.0 system trouble.
 */

#include "reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

/* RFC 5321 section 4.5.3.1.5: a reply line has at most 512 octets. */
#define REPLY_TEXT_SIZE	400

struct reply {
	const char	*temporary, *permanent;	/* codes: "4.7.1" */
	const char	*text;		/* "%s", once, is the author domain */
};

static const struct reply replies[] = {
	[CAUSE_NONE]	= { "4.3.0", "5.7.1", "mail from %s is not taken" },
	[CAUSE_MISMATCH] = { "4.7.1", "5.7.1", "not authorized to send mail "
	    "from %s" },
	[CAUSE_NO_KEY]	= { "4.7.5", "5.7.5", "no key to sign mail from %s" },
	[CAUSE_DNS]	= { "4.4.3", "5.4.3", "authorization of mail from %s "
	    "cannot be checked now" },
	[CAUSE_RATE]	= { "4.7.1", "5.7.1", "too much mail from %s" },
	[CAUSE_FRAGILE]	= { "4.6.1", "5.6.1", "mail from %s with 8-bit text "
	    "or lines over 998 octets is not taken" },
	/* NULL: the reason itself, which tells the limit. */
	[CAUSE_SIZE]	= { "4.3.4", "5.3.4", NULL },
	[CAUSE_SYSTEM]	= { "4.3.0", "5.3.0", "mail from %s cannot be signed "
	    "now" },
};

/* libmilter takes the text as a format, and refuses line ends. */
static void
append(char *buf, size_t bufsize, const char *text)
{
	size_t n = strlen(buf);

	for (; *text != '\0' && n + 3 < bufsize; text++) {
		if (*text == '%')
			buf[n++] = '%';
		buf[n++] = *text >= ' ' && *text <= '~' ? *text : '?';
	}
	buf[n] = '\0';
}

static void
make_text(char *buf, size_t bufsize, const struct fate *fate,
    const char *author_domain, const char *queue_id)
{
	const char *text = replies[fate->cause].text, *rest;
	char begin[REPLY_TEXT_SIZE];

	buf[0] = '\0';
	if (text == NULL)
		append(buf, bufsize, fate->reason);
	else {
		rest = strstr(text, "%s") + 2;
		strlcpy(begin, text, (size_t)(rest - text) - 1);
		append(buf, bufsize, begin);
		append(buf, bufsize, author_domain[0] != '\0' ?
		    author_domain : "this sender");
		append(buf, bufsize, rest);
	}
	if (queue_id == NULL || queue_id[0] == '\0')
		return;
	append(buf, bufsize, " (");
	append(buf, bufsize, queue_id);
	append(buf, bufsize, ")");
}

sfsistat
reply_for(SMFICTX *ctx, const struct fate *fate, const char *author_domain,
    const char *queue_id)
{
	char code[4], enhanced[6], text[REPLY_TEXT_SIZE];
	const struct reply *reply = &replies[fate->cause];
	bool is_permanent = fate->kind == FATE_REFUSE;

	if (fate->observed || fate->kind == FATE_ACCEPT)
		return SMFIS_ACCEPT;
	if (fate->kind != FATE_DEFER && fate->kind != FATE_REFUSE)
		return SMFIS_CONTINUE;
	strlcpy(code, !is_permanent ? "451" :
	    fate->cause == CAUSE_SIZE ? "552" : "550", sizeof(code));
	strlcpy(enhanced, is_permanent ? reply->permanent : reply->temporary,
	    sizeof(enhanced));
	make_text(text, sizeof(text), fate, author_domain, queue_id);
	if (smfi_setreply(ctx, code, enhanced, text) != MI_SUCCESS)
		log_warnx("the MTA's library took no reply text");
	return is_permanent ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

sfsistat
reply_out_of_memory(SMFICTX *ctx)
{
	const struct fate fate = { .kind = FATE_DEFER, .cause = CAUSE_SYSTEM };

	return reply_for(ctx, &fate, "", NULL);
}
