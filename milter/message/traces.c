/* SPDX-License-Identifier: ISC */

/*
 * The way of a message, by its header: see traces.h.
 *
 * Fields come from the top, so the first Received field is the last server's.
 * A signature whose domain cannot be read is left out.  Nothing fails.
 */

#include "message/traces.h"

#include <string.h>
#include <strings.h>

#include "config/names.h"
#include "message/received.h"
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
	static const enum traces_way ways[] = {
		[RECEIVED_HOP] = TRACES_WAY_UNKNOWN,
		[RECEIVED_LOCAL] = TRACES_WAY_UNKNOWN,
		[RECEIVED_WEB] = TRACES_WAY_WEB,
		[RECEIVED_FETCHED] = TRACES_WAY_FETCHED,
		[RECEIVED_FILTER] = TRACES_WAY_FILTER,
	};
	const enum received received = received_read(value, len);

	if (received != RECEIVED_LOCAL && received != RECEIVED_WEB)
		traces->nhops++;
	/* This says more than that it was delivered before. */
	if (!traces->has_received && ways[received] != TRACES_WAY_UNKNOWN)
		traces->way = ways[received];
	traces->has_received = true;
}

/* Whether a delivery adds the field, or who forwards a message. */
static bool
is_of_delivery(const char *name, size_t namelen)
{
	static const char *const names[] = { "Delivered-To", "Resent-From",
	    "X-Forwarded-For", "X-Forwarded-To" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_named(name, namelen, names[i]))
			return true;
	return false;
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
	else if (dkim2_kind(name, namelen) != DKIM2_OTHER)
		dkim2_chain_field(&traces->dkim2, name, namelen, value,
		    valuelen);
	else if (traces->way == TRACES_WAY_UNKNOWN &&
	    is_of_delivery(name, namelen))
		traces->way = TRACES_WAY_FORWARDED;
}

const char *
traces_way_name(enum traces_way way)
{
	static const char *const names[] = {
		[TRACES_WAY_UNKNOWN] = NULL,
		[TRACES_WAY_WEB] = "web",
		[TRACES_WAY_FETCHED] = "fetched",
		[TRACES_WAY_FILTER] = "filter",
		[TRACES_WAY_FORWARDED] = "forwarded",
	};

	return names[way];
}
