/* SPDX-License-Identifier: ISC */

/*
 * The DNS of a simulated decade.
 *
 * A change reaches the primary at once and each secondary when it may.  Of
 * each server and name, what was shown before is kept as long as a cache may
 * hold it: some receiver may have asked at the last moment.  So no cache has to
 * be simulated: what the worst one holds is known.
 */

#include "decade.h"

#include <stdlib.h>
#include <string.h>

size_t
outside_name(const char *text)
{
	struct name *name;
	size_t i;

	for (i = decade->nnames; i-- > 0;)
		if (strcmp(decade->names[i].text, text) == 0)
			return i;
	if (decade->nnames == NAMES)
		abort();
	name = &decade->names[decade->nnames];
	memset(name, 0, sizeof(*name));
	(void)strlcpy(name->text, text, sizeof(name->text));
	name->made = decade->now;
	if (decade->rotation.cname_zone != NULL)
		name->alias_from = decade->alias_from;
	return decade->nnames++;
}

static void
settle(struct answer *answer)
{
	if (answer->arrives > decade->now)
		return;
	answer->value = answer->next;
	answer->is_fault = answer->next_is_fault;
}

enum dns_alias_fault
outside_alias(size_t n)
{
	const struct name *name = &decade->names[n];

	if (decade->rotation.cname_zone == NULL)
		return DNS_ALIAS_UNASKED;
	if (name->alias_from > decade->now)
		return DNS_ALIAS_ABSENT;
	return name->alias_until > decade->now ? name->alias_fault :
	    DNS_ALIAS_RIGHT;
}

void
outside_break_alias(size_t n, enum dns_alias_fault fault, int64_t until)
{
	decade->names[n].alias_fault = fault;
	decade->names[n].alias_until = until;
	outside_observe();
}

void
outside_mend_alias(size_t n)
{
	struct name *name = &decade->names[n];

	name->alias_until = decade->now;
	if (name->alias_from > decade->now)
		name->alias_from = decade->now;
	outside_observe();
}

int
outside_record(size_t n, size_t j, bool *is_fault)
{
	const struct server *server = &decade->servers[j];
	const struct answer *answer = &decade->names[n].answers[j];

	*is_fault = true;
	if (server->manner == IS_SILENT)
		return SHOWS_SILENCE;
	if (server->lies_until > decade->now &&
	    (server->lies_at == n || server->lies_at == NAMES))
		return server->lie;
	*is_fault = answer->is_fault || server->stale_until > decade->now;
	return answer->value;
}

int
outside_shown(size_t n, size_t j, bool *is_fault)
{
	if (!dns_alias_is_wrong(outside_alias(n)))
		return outside_record(n, j, is_fault);
	*is_fault = true;
	return SHOWS_NOTHING;
}

static int64_t
hold(int value)
{
	return value == SHOWS_SILENCE ? 0 : value == SHOWS_NOTHING ?
	    decade->negative : decade->rotation.ttl;
}

/* Forget what no cache holds; without room, the oldest. */
static void
push_past(struct answer *answer, int value, int64_t until, bool is_fault)
{
	size_t i, n;

	for (i = n = 0; i < answer->npasts; i++)
		if (answer->pasts[i].until + hold(answer->pasts[i].value) >
		    decade->now)
			answer->pasts[n++] = answer->pasts[i];
	if (n == PASTS) {
		memmove(answer->pasts, answer->pasts + 1,
		    (PASTS - 1) * sizeof(answer->pasts[0]));
		n--;
	}
	answer->pasts[n++] = (struct past){ value, until, is_fault };
	answer->npasts = n;
}

void
outside_tidy(void)
{
	struct name *name;
	size_t n, j;

	for (n = 0; n < decade->nnames; n++) {
		name = &decade->names[n];
		for (j = 0; j < SERVERS; j++)
			if (name->answers[j].value != SHOWS_NOTHING ||
			    name->answers[j].next != SHOWS_NOTHING ||
			    name->answers[j].seen != SHOWS_NOTHING)
				break;
		name->is_quiet = j == SERVERS && name->made <
		    decade->now - 400 * DAY;
	}
}

void
outside_observe(void)
{
	struct answer *answer;
	bool is_fault;
	size_t n, j;
	int shown;

	for (n = 0; n < decade->nnames; n++)
		for (j = 0; j < SERVERS && !decade->names[n].is_quiet; j++) {
			answer = &decade->names[n].answers[j];
			if (answer->value != answer->next)
				settle(answer);
			shown = outside_shown(n, j, &is_fault);
			if (shown != answer->seen)
				push_past(answer, answer->seen, decade->now,
				    answer->seen_is_fault);
			answer->seen = shown;
			answer->seen_is_fault = is_fault;
		}
}

/* The key whose record this was has lost it. */
static void
note_withdrawal(size_t n, int value)
{
	struct truth *truth = &decade->truths[value > 0 ? value : 0];

	if (value > STRANGER && truth->name == n &&
	    truth->withdrawn == KS_NEVER)
		truth->withdrawn = decade->now;
}

void
outside_change(size_t n, int value, bool is_fault)
{
	struct answer *answer = &decade->names[n].answers[0];
	size_t j;

	settle(answer);
	if (!is_fault && answer->value != value)
		note_withdrawal(n, answer->value);
	decade->names[n].is_quiet = false;
	for (j = 0; j < SERVERS; j++) {
		answer = &decade->names[n].answers[j];
		settle(answer);
		answer->next = value;
		answer->next_is_fault = is_fault;
		if (j == 0)
			answer->arrives = decade->now;
		else
			answer->arrives = decade->servers[j].manner ==
			    ANSWERS && decade->servers[0].manner == ANSWERS ?
			    decade->now + decade_random(decade->propagation +
			    1) : INT64_MAX;
	}
	outside_observe();
}

void
outside_stop(size_t j, enum manner manner, int64_t until)
{
	struct server *server = &decade->servers[j];
	struct answer *answer;
	size_t n;

	server->manner = manner;
	server->since = decade->now;
	server->until = until;
	for (n = 0; n < decade->nnames && j > 0; n++) {
		answer = &decade->names[n].answers[j];
		settle(answer);
		if (answer->arrives > decade->now)
			answer->arrives = INT64_MAX;
	}
	outside_observe();
}

/* The changes that a server has not got arrive in time. */
static void
catch_up(size_t j, bool at_once)
{
	struct answer *answer;
	size_t n;

	for (n = 0; n < decade->nnames; n++) {
		answer = &decade->names[n].answers[j];
		if (answer->arrives == INT64_MAX)
			answer->arrives = decade->now + (at_once ? 0 :
			    decade_random(decade->propagation + 1));
	}
}

void
outside_start(size_t j)
{
	struct server *server = &decade->servers[j];
	const int64_t away = decade->now - server->since;
	const enum manner manner = server->manner;
	size_t i;

	server->manner = ANSWERS;
	server->until = 0;
	/* The product did not wait for it: what it then shows is old. */
	if (manner == IS_SILENT && away >= DAY)
		server->stale_until = decade->now + decade->propagation + HOUR;
	if (j == 0)
		for (i = 1; i < SERVERS; i++) {
			if (decade->servers[i].manner == ANSWERS)
				catch_up(i, false);
		}
	else if (decade->servers[0].manner == ANSWERS)
		catch_up(j, manner == IS_SILENT && away > decade->expire);
	outside_observe();
}

bool
outside_is_bad(size_t n, int id, bool faults)
{
	const struct answer *answer;
	const struct past *past;
	size_t i, j;

	for (j = 0; j < SERVERS; j++) {
		answer = &decade->names[n].answers[j];
		if (answer->seen != id && answer->seen != SHOWS_SILENCE &&
		    (faults || !answer->seen_is_fault))
			return true;
		for (i = 0; i < answer->npasts; i++) {
			past = &answer->pasts[i];
			if (past->value != id &&
			    past->value != SHOWS_SILENCE &&
			    past->until + hold(past->value) > decade->now &&
			    (faults || !past->is_fault))
				return true;
		}
	}
	return false;
}

bool
outside_has_key(size_t n, int id)
{
	const struct server *server;
	const struct answer *answer;
	size_t j;

	for (j = 0; j < SERVERS; j++) {
		server = &decade->servers[j];
		answer = &decade->names[n].answers[j];
		if (answer->seen == id && !answer->seen_is_fault)
			return true;
		if (server->manner == IS_SILENT && answer->value == id &&
		    server->since + decade->expire > decade->now)
			return true;
	}
	return false;
}

int
outside_resolve(size_t n)
{
	struct name *name = &decade->names[n];
	size_t i, j = (size_t)decade_random(SERVERS);
	bool is_fault;

	if (decade->split_until > decade->now)
		return SHOWS_NOTHING;
	if (name->outside_until > decade->now)
		return name->outside;
	for (i = 0; i < SERVERS && outside_shown(n, j, &is_fault) ==
	    SHOWS_SILENCE; i++)
		j = (j + 1) % SERVERS;
	name->outside = outside_shown(n, j, &is_fault);
	name->outside_until = decade->now + hold(name->outside);
	return name->outside;
}
