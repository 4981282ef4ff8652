/* SPDX-License-Identifier: ISC */

/*
 * The way of a message, by its header: see traces.h.
 *
 * Sendmail's submission program adds "Received: (from user@localhost) by ..." to
 * a message that was made on the host itself: that is no hop.  A signature whose
 * domain cannot be read is left out.  Nothing fails.
 */

#include "message/traces.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "config/names.h"
#include "text/text.h"

static bool
is_named(const char *name, size_t namelen, const char *wanted)
{
	return strlen(wanted) == namelen &&
	    strncasecmp(name, wanted, namelen) == 0;
}

static void
read_received(struct traces *traces, const char *value, size_t len)
{
	static const char local[] = "(from ";

	value = text_trim(value, &len);
	if (len < sizeof(local) - 1 ||
	    memcmp(value, local, sizeof(local) - 1) != 0)
		traces->nhops++;
}

/* The id is in the last angle brackets, after the name of the list. */
static void
read_list_id(struct traces *traces, const char *value, size_t len)
{
	const char *open, *close;

	if (traces->list_id[0] != '\0')
		return;
	if ((open = memrchr(value, '<', len)) != NULL) {
		len -= (size_t)(open + 1 - value);
		value = open + 1;
		if ((close = memchr(value, '>', len)) != NULL)
			len = (size_t)(close - value);
	}
	value = text_trim(value, &len);
	if (len >= sizeof(traces->list_id))
		len = sizeof(traces->list_id) - 1;
	memcpy(traces->list_id, value, len);
	traces->list_id[len] = '\0';
	/* An empty field still says that a list sent the message. */
	if (traces->list_id[0] == '\0')
		(void)strlcpy(traces->list_id, "?", sizeof(traces->list_id));
}

static void
read_signature(struct traces *traces, const char *value, size_t len)
{
	char *sdid = traces->signers[traces->nsigners];
	size_t i;

	if (traces->nsigners == TRACES_MAX_SIGNERS ||
	    dkimsig_signature_sdid(value, len, sdid, DKIMSIG_DOMAIN_SIZE) != 0)
		return;
	for (i = 0; i < traces->nsigners; i++)
		if (strcmp(traces->signers[i], sdid) == 0)
			return;
	traces->nsigners++;
}

void
traces_field(struct traces *traces, const char *name, size_t namelen,
    const char *value, size_t valuelen)
{
	namelen = names_length(name, namelen);
	if (is_named(name, namelen, "Received"))
		read_received(traces, value, valuelen);
	else if (is_named(name, namelen, "List-Id"))
		read_list_id(traces, value, valuelen);
	else if (is_named(name, namelen, "DKIM-Signature"))
		read_signature(traces, value, valuelen);
}
