/* SPDX-License-Identifier: ISC */

/*
 * What a message counts for the ceilings of its source: its recipients, by
 * their hashes, and its body.
 *
 * A message is counted when it is about to be signed, and taken back if it is
 * not signed or not delivered after all.  Recipients for whom there is no
 * memory are not counted: mail does not wait for that.
 */

#include "message/message.h"

#include <stdio.h>
#include <stdlib.h>

#include "message/private.h"

#define FIRST_RECIPIENTS	16
#define BODYHASH_SIZE		32	/* octets */

void
message_recipient(struct message *m, const char *address)
{
	uint64_t *list;
	size_t size = m->recipients_size;

	if (m->means->counts == NULL || !m->config->wants_recipients ||
	    m->nrecipients == MESSAGE_MAX_RECIPIENTS)
		return;
	if (m->nrecipients == size) {
		size = size == 0 ? FIRST_RECIPIENTS : 2 * size;
		list = reallocarray(m->recipients, size, sizeof(*list));
		if (list == NULL)
			return;
		m->recipients = list;
		m->recipients_size = size;
	}
	m->recipients[m->nrecipients++] = counts_recipient(m->means->counts,
	    address, m->means->now());
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static void
make_distinct(struct message *m)
{
	size_t n = 0, i;

	if (m->nrecipients < 2)
		return;
	qsort(m->recipients, m->nrecipients, sizeof(*m->recipients), compare);
	for (i = 0; i < m->nrecipients; i++)
		if (n == 0 || m->recipients[n - 1] != m->recipients[i])
			m->recipients[n++] = m->recipients[i];
	m->nrecipients = n;
}

static struct counts_message
counted_part(const struct message *m)
{
	const struct counts_message part = {
		.source = m->decision.source->name,
		.recipients = m->recipients,
		.nrecipients = m->nrecipients,
		.bodyhash = message_bodyhash(m),
		.bodyhashlen = BODYHASH_SIZE
	};

	return part;
}

/* The first ceiling that defers the message. */
static enum ceiling
deferring(const struct message *m)
{
	const unsigned int over = m->ceilings.over &
	    m->decision.source->ceilings.defers;
	unsigned int i = 0;

	while (i < CEILING_ROOM && (over & 1u << i) == 0)
		i++;
	return (enum ceiling)i;
}

bool
message_count_it(struct message *m)
{
	struct counts_message part;
	char reason[MESSAGE_REASON_SIZE];

	if (m->means->counts == NULL ||
	    !ceilings_any(&m->decision.source->ceilings))
		return true;
	make_distinct(m);
	part = counted_part(m);
	counts_take(m->means->counts, &part, m->means->now(), &m->ceilings);
	m->is_counted = !m->ceilings.is_refused;
	if (m->is_counted)
		return true;
	(void)snprintf(reason, sizeof(reason), "over the ceiling %s",
	    ceiling_name(deferring(m)));
	message_set_fate(m, ACTION_TEMPFAIL, CAUSE_RATE, reason);
	return false;
}

void
message_take_back(struct message *m)
{
	struct counts_message part;

	if (!m->is_counted)
		return;
	m->is_counted = false;
	part = counted_part(m);
	counts_return(m->means->counts, &part);
}

unsigned int
message_alarms(const struct message *m)
{
	return m->ceilings.alarms;
}

bool
message_is_over(const struct message *m)
{
	return m->ceilings.is_refused;
}

bool
message_is_counted(const struct message *m)
{
	return m->is_counted;
}
