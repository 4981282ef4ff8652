/* SPDX-License-Identifier: ISC */

/*
 * Fate to SMTP reply.  The text names the reason and the queue id, so that
 * whoever gets it can have it found in the log; never a value that a factor
 * expects.
 */

#include "reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

/* RFC 5321 section 4.5.3.1.5: a reply line has at most 512 octets. */
#define REPLY_TEXT_SIZE	400

static const struct {
	enum fate_kind	 kind;
	const char	*code, *enhanced;
	sfsistat	 status;
} replies[] = {
	{ FATE_DEFER,		"451", "4.7.1",	SMFIS_TEMPFAIL },
	{ FATE_REFUSE,		"550", "5.7.1",	SMFIS_REJECT },
	{ FATE_REFUSE_SIZE,	"552", "5.3.4",	SMFIS_REJECT },
};

/* libmilter takes the text as a format, and refuses line ends. */
static void
make_text(char *buf, size_t bufsize, const char *reason, const char *queue_id)
{
	size_t n = 0;

	for (; *reason != '\0' && n + 3 < bufsize; reason++) {
		if (*reason == '%')
			buf[n++] = '%';
		buf[n++] = *reason >= ' ' && *reason <= '~' ? *reason : '?';
	}
	buf[n] = '\0';
	if (queue_id != NULL)
		(void)snprintf(buf + n, bufsize - n, " (%s)", queue_id);
}

sfsistat
reply_for(SMFICTX *ctx, const struct fate *fate, const char *queue_id)
{
	char code[4], enhanced[6], text[REPLY_TEXT_SIZE];
	size_t i;

	for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		if (replies[i].kind != fate->kind)
			continue;
		strlcpy(code, replies[i].code, sizeof(code));
		strlcpy(enhanced, replies[i].enhanced, sizeof(enhanced));
		make_text(text, sizeof(text), fate->reason, queue_id);
		if (smfi_setreply(ctx, code, enhanced, text) != MI_SUCCESS)
			log_warnx("the MTA's library took no reply text");
		return replies[i].status;
	}
	return fate->kind == FATE_ACCEPT ? SMFIS_ACCEPT : SMFIS_CONTINUE;
}

sfsistat
reply_tempfail(SMFICTX *ctx, const char *reason)
{
	struct fate fate = { .kind = FATE_DEFER };

	strlcpy(fate.reason, reason, sizeof(fate.reason));
	return reply_for(ctx, &fate, NULL);
}
