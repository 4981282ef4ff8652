/* SPDX-License-Identifier: ISC */

/*
 * Kinds of mail: see kind.h.
 *
 * The first rule that fits counts.  A message of a list says so, and so does
 * one that was fetched from a mailbox, that a filter has marked, or that was
 * delivered before.  Of others, a client on this host either passes on mail
 * that came from elsewhere, as content filters do, or has made it, also if it
 * was told so by a browser and took older fields over.  Another client without
 * a hop before it, which has not logged in as a source wants it, has made the
 * message itself; a platform usually has hops of its own.  All of this is what
 * the header says, so it is advice, never proof.
 */

#include "report/kind.h"

#include <string.h>

static const struct {
	const char	*word, *name, *advice;
} kinds[] = {
	[KIND_PLATFORM]	= { "platform", "platform or client", NULL },
	[KIND_LIST]	= { "list", "mailing list",
	    "By its List-Id field, a mailing list sent this copy, and mail of "
	    "a list cannot be proven. In Postfix, name the milter only in the "
	    "services of master.cf that platforms use, not in the MX; or set "
	    "on_mismatch = \"pass\", but then forged mail passes, too, "
	    "unsigned." },
	[KIND_REINJECTED] = { "reinjected", "re-injected by a content filter",
	    "The message came from this host after another hop, as a content "
	    "filter re-injects mail. In Postfix, let the milter see mail "
	    "before the filter, and put '-o smtpd_milters=' on the service of "
	    "master.cf that takes it back." },
	[KIND_FETCHED]	= { "fetched", "fetched from a mailbox",
	    "A program such as fetchmail took the message out of a mailbox "
	    "elsewhere, where it had already arrived, so who sent it is not "
	    "proven. Let that program deliver it to the mailbox here without "
	    "the milter: by LMTP or a delivery command, or to a service of "
	    "master.cf with '-o smtpd_milters='." },
	[KIND_FORWARDED] = { "forwarded", "forwarded from another mailbox",
	    "The message was delivered before, and then forwarded, so who sent "
	    "it is not proven, and the signature that it came with is the one "
	    "that counts. In Postfix, name the milter only in the services of "
	    "master.cf that platforms use; or set on_mismatch = \"pass\", but "
	    "then forged mail passes, too, unsigned." },
	[KIND_LOCAL]	= { "local", "made on this host (cron, web form)",
	    "A program on this host made the message, such as cron or a web "
	    "form. To sign such mail, add a source with networks = "
	    "{ \"127.0.0.1\", \"::1\" } and trust_network = true: every "
	    "program of this host can then send as these domains." },
	[KIND_DIRECT]	= { "direct", "made by its client (web form, device)",
	    "The client made the message itself, as web forms and devices do. "
	    "To sign such mail, let the client log in, and add a source with "
	    "its login." },
};

static bool
is_this_host(const char *client)
{
	return client == NULL || strncmp(client, "127.", 4) == 0 ||
	    strcmp(client, "::1") == 0;
}

static bool
is_way(const struct logged_decision *d, const char *way)
{
	return d->way != NULL && strcmp(d->way, way) == 0;
}

/* Whether the client has logged in as a source wants it. */
static bool
has_login(const struct logged_decision *d)
{
	size_t i;

	for (i = 0; i < d->factors.n; i++)
		if (strcmp(d->factors.texts[i], "login:holds") == 0)
			return true;
	return false;
}

enum mail_kind
kind_of(const struct logged_decision *d)
{
	if (d->list_id != NULL)
		return KIND_LIST;
	if (is_way(d, "fetched"))
		return KIND_FETCHED;
	if (is_way(d, "filter"))
		return KIND_REINJECTED;
	if (is_way(d, "forwarded"))
		return KIND_FORWARDED;
	if (d->hops == DECISION_NO_HOPS)
		return KIND_PLATFORM;
	if (is_this_host(d->client))
		return d->hops > 0 && !is_way(d, "web") ? KIND_REINJECTED :
		    KIND_LOCAL;
	return d->hops > 0 || has_login(d) ? KIND_PLATFORM : KIND_DIRECT;
}

const char *
kind_name(enum mail_kind kind)
{
	return kinds[kind].name;
}

const char *
kind_word(enum mail_kind kind)
{
	return kinds[kind].word;
}

const char *
kind_advice(enum mail_kind kind)
{
	return kinds[kind].advice;
}
