/* SPDX-License-Identifier: ISC */

/*
 * Who is to be told of what in a run: see plan.h.
 *
 * A trouble that a contact was told of, and that is not there any more, has
 * ended, unless its domain cannot be read: then nothing is known about it.  If
 * it is there for another contact only, because the configuration has changed,
 * it is forgotten, as an event is.  Fails only if memory is short.
 */

#include "notify/plan.h"

#include <stdlib.h>
#include <string.h>

#include "notify/index.h"

/* The trouble of a domain that cannot be read. */
#define UNREADABLE	TROUBLE_KEY_STORE

struct planning {
	struct notify_plan	*plan;
	size_t			 size;		/* of plan->entries */
	const struct notify_facts *facts;
	struct ks_notified	*notified;
	struct notify_index	 index;
};

/* -- Order --------------------------------------------------------------- */

static int
compare_entries(const void *a, const void *b)
{
	const struct notify_entry *one = a, *other = b;
	const struct notify_key key = { one->domain, one->selector, one->word },
	    otherkey = { other->domain, other->selector, other->word };
	int r;

	if ((r = strcmp(one->contact, other->contact)) != 0 ||
	    (r = notify_key_compare(&key, &otherkey)) != 0)
		return r;
	return (one->trouble > other->trouble) -
	    (one->trouble < other->trouble);
}

/* Those for whom the program failed come last, and take turns. */
static int
compare_groups(const void *a, const void *b, void *entries)
{
	const struct notify_group *one = a, *other = b;
	const struct notify_entry *list = entries;

	if (one->tried != other->tried)
		return one->tried < other->tried ? -1 : 1;
	if (one->is_urgent != other->is_urgent)
		return one->is_urgent ? -1 : 1;
	return strcmp(list[one->first].contact, list[other->first].contact);
}

/* Entries refer to what was told, while the list in notified may grow. */
static int
copy_told(struct planning *p)
{
	const size_t n = p->notified->ntold;
	size_t i;

	p->plan->before = calloc(n + 1, sizeof(*p->plan->before));
	if (p->plan->before == NULL)
		return KS_E_NOMEM;
	for (i = 0; i < n; i++)
		p->plan->before[i] = p->notified->told[i];
	return 0;
}

/* -- Entries ------------------------------------------------------------- */

static struct notify_item
item_of(const struct planning *p, size_t told)
{
	struct notify_item item = { .was_told = told != NOTIFY_NOT_TOLD };

	if (item.was_told) {
		item.first = p->notified->told[told].first;
		item.last = p->notified->told[told].last;
		item.was_critical = p->notified->told[told].was_critical;
	}
	return item;
}

static int
add_entry(struct planning *p, const char *contact, const struct notify_key *key,
    const struct notify_trouble *trouble, size_t told)
{
	struct notify_plan *plan = p->plan;
	struct notify_entry *list, *entry;

	if (plan->n == p->size) {
		p->size = p->size == 0 ? 64 : 2 * p->size;
		list = reallocarray(plan->entries, p->size, sizeof(*list));
		if (list == NULL)
			return KS_E_NOMEM;
		plan->entries = list;
	}
	entry = &plan->entries[plan->n++];
	memset(entry, 0, sizeof(*entry));
	entry->contact = contact;
	entry->domain = key->domain;
	entry->selector = key->selector;
	entry->word = key->word;
	entry->trouble = trouble;
	entry->told = told;
	entry->item = item_of(p, told);
	entry->item.is_open = trouble != NULL;
	entry->item.is_critical = trouble != NULL &&
	    trouble->alarm->severity == TROUBLE_CRITICAL;
	if (trouble != NULL)
		entry->item.happened = trouble->alarm->happened;
	return 0;
}

/* The contact who is told of a trouble first. */
static const char *
contact_of(const struct planning *p, const struct notify_trouble *trouble)
{
	const char *contact = NULL;

	if (trouble->is_by_hand && p->facts->config != NULL)
		contact = config_rotation(p->facts->config,
		    trouble->alarm->domain)->contact;
	return contact != NULL ? contact : p->facts->general;
}

/* A trouble for its contact, and for the general one. */
static int
add_trouble(struct planning *p, const struct notify_trouble *trouble)
{
	const char *contact = contact_of(p, trouble);
	const struct notify_key key = notify_key_of(trouble);
	const struct notify_entry *entry;
	size_t told;
	int r;

	r = add_entry(p, contact, &key, trouble,
	    notify_index_told(&p->index, contact, &key));
	if (r != 0 || strcmp(contact, p->facts->general) == 0)
		return r;
	entry = &p->plan->entries[p->plan->n - 1];
	told = notify_index_told(&p->index, p->facts->general, &key);
	if (told == NOTIFY_NOT_TOLD &&
	    !notify_escalates(&entry->item, p->facts->now))
		return 0;
	return add_entry(p, p->facts->general, &key, trouble, told);
}

/* What was told and is not there any more. */
static int
add_ended(struct planning *p, size_t i)
{
	const struct ks_told *told = &p->plan->before[i];
	const struct notify_key key = notify_key_told(told), unreadable = {
		told->domain, "-", trouble_word(UNREADABLE)
	};

	if (notify_index_has(&p->index, &key)) {
		p->notified->told[i].is_over = true;
		return 0;
	}
	if (p->facts->is_partial || notify_index_has(&p->index, &unreadable))
		return 0;
	if (trouble_is_event(trouble_find(told->word))) {
		p->notified->told[i].is_over = true;
		return 0;
	}
	return add_entry(p, told->contact, &key, NULL, i);
}

static int
add_all(struct planning *p)
{
	bool *is_used;
	size_t i;
	int r = 0;

	for (i = 0; i < p->facts->ntroubles && r == 0; i++)
		r = add_trouble(p, &p->facts->troubles[i]);
	if (r != 0)
		return r;
	if ((is_used = calloc(p->notified->ntold + 1,
	    sizeof(*is_used))) == NULL)
		return KS_E_NOMEM;
	for (i = 0; i < p->plan->n; i++)
		if (p->plan->entries[i].told != NOTIFY_NOT_TOLD)
			is_used[p->plan->entries[i].told] = true;
	for (i = 0; i < p->notified->ntold && r == 0; i++)
		if (!is_used[i] && !p->notified->told[i].is_over)
			r = add_ended(p, i);
	free(is_used);
	return r;
}

/* Leave out new troubles for which the file has no room. */
static void
drop_surplus(struct planning *p)
{
	struct notify_plan *plan = p->plan;
	size_t i, n = 0, room = KS_MAX_TOLD - p->notified->ntold;

	for (i = 0; i < plan->n; i++) {
		if (plan->entries[i].told == NOTIFY_NOT_TOLD) {
			if (room == 0) {
				plan->nsurplus++;
				continue;
			}
			room--;
		}
		plan->entries[n++] = plan->entries[i];
	}
	plan->n = n;
}

/* Several troubles of the same key are one item. */
static void
join_repeated(struct notify_plan *plan)
{
	struct notify_entry *entry, *first = NULL;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		entry = &plan->entries[i];
		if (first == NULL ||
		    strcmp(entry->contact, first->contact) != 0 ||
		    strcmp(entry->domain, first->domain) != 0 ||
		    strcmp(entry->selector, first->selector) != 0 ||
		    strcmp(entry->word, first->word) != 0) {
			first = entry;
			continue;
		}
		entry->is_repeated = true;
		first->item.is_critical |= entry->item.is_critical;
		/* It is told with the same news. */
		entry->item.is_critical = first->item.is_critical;
	}
}

/* -- Groups -------------------------------------------------------------- */

static void
judge_group(struct planning *p, struct notify_group *group,
    struct notify_item *items)
{
	const struct notify_entry *entry = &p->plan->entries[group->first];
	const struct ks_contact *contact;
	int64_t last = NOTIFY_NEVER;
	size_t i;

	group->tried = NOTIFY_NEVER;
	contact = ks_notified_find(p->notified, entry->contact);
	if (contact != NULL) {
		last = contact->last;
		if (contact->since != KS_NEVER)
			group->tried = contact->tried;
	}
	for (i = 0; i < group->n; i++)
		items[i] = entry[i].item;
	group->is_urgent = notify_is_urgent(items, group->n, p->facts->now);
	group->is_due = notify_is_due(items, group->n, last, p->facts->now);
}

static int
make_groups(struct planning *p)
{
	struct notify_plan *plan = p->plan;
	struct notify_group *group = NULL;
	struct notify_item *items;
	size_t i;

	plan->groups = calloc(plan->n + 1, sizeof(*plan->groups));
	items = calloc(plan->n + 1, sizeof(*items));
	if (plan->groups == NULL || items == NULL) {
		free(items);
		return KS_E_NOMEM;
	}
	for (i = 0; i < plan->n; i++) {
		if (group == NULL || strcmp(plan->entries[i].contact,
		    plan->entries[group->first].contact) != 0) {
			group = &plan->groups[plan->ngroups++];
			group->first = i;
		}
		group->n++;
	}
	for (i = 0; i < plan->ngroups; i++)
		judge_group(p, &plan->groups[i], items);
	free(items);
	qsort_r(plan->groups, plan->ngroups, sizeof(*plan->groups),
	    compare_groups, plan->entries);
	return 0;
}

/* -- The plan ------------------------------------------------------------ */

static void
correct_time(int64_t *when, int64_t now)
{
	if (*when != KS_NEVER && *when > now)
		*when = now;
}

/* The clock may have been ahead. */
static void
correct_times(struct planning *p)
{
	struct ks_notified *notified = p->notified;
	const int64_t now = p->facts->now;
	struct notify_item item;
	size_t i;

	for (i = 0; i < notified->ntold; i++) {
		item = item_of(p, i);
		if (!notify_correct(&item, now))
			continue;
		notified->told[i].first = item.first;
		notified->told[i].last = item.last;
	}
	for (i = 0; i < notified->ncontacts; i++) {
		correct_time(&notified->contacts[i].last, now);
		correct_time(&notified->contacts[i].since, now);
		correct_time(&notified->contacts[i].tried, now);
	}
}

int
notify_plan_make(struct notify_plan *plan, const struct notify_facts *facts,
    struct ks_notified *notified)
{
	struct planning p = {
		.plan = plan, .facts = facts, .notified = notified
	};
	int r;

	memset(plan, 0, sizeof(*plan));
	correct_times(&p);
	if ((r = copy_told(&p)) == 0 && (r = notify_index_make(&p.index,
	    facts->troubles, facts->ntroubles, plan->before,
	    notified->ntold)) == 0)
		r = add_all(&p);
	if (r == 0) {
		drop_surplus(&p);
		if (plan->n > 0)
			qsort(plan->entries, plan->n, sizeof(*plan->entries),
			    compare_entries);
		join_repeated(plan);
		r = make_groups(&p);
	}
	notify_index_finish(&p.index);
	return r;
}

void
notify_plan_finish(struct notify_plan *plan)
{
	free(plan->entries);
	free(plan->groups);
	free(plan->before);
	memset(plan, 0, sizeof(*plan));
}

enum notify_news
notify_plan_news(const struct notify_entry *entry, int64_t now)
{
	return notify_news(&entry->item, now);
}

/* Enter one item. */
static int
enter(const struct notify_entry *entry, struct ks_notified *notified,
    int64_t now)
{
	struct notify_item item = entry->item;
	struct ks_told fresh, *told = &fresh;

	notify_told(&item, now);
	if (entry->told != NOTIFY_NOT_TOLD)
		told = &notified->told[entry->told];
	else {
		memset(&fresh, 0, sizeof(fresh));
		(void)strlcpy(fresh.word, entry->word, sizeof(fresh.word));
		(void)strlcpy(fresh.domain, entry->domain,
		    sizeof(fresh.domain));
		(void)strlcpy(fresh.selector, entry->selector,
		    sizeof(fresh.selector));
		(void)strlcpy(fresh.contact, entry->contact,
		    sizeof(fresh.contact));
	}
	told->is_over = !item.was_told;
	told->first = item.first;
	told->last = item.last;
	told->was_critical = item.was_critical;
	return told == &fresh ? ks_notified_add_told(notified, &fresh) : 0;
}

int
notify_plan_told(struct notify_plan *plan, const struct notify_group *group,
    struct ks_notified *notified, int64_t now)
{
	const struct notify_entry *entries = &plan->entries[group->first];
	struct ks_contact *contact;
	size_t i;
	int r = 0;

	contact = ks_notified_contact(notified, entries[0].contact);
	if (contact == NULL)
		return KS_E_NOMEM;
	contact->last = now;
	contact->since = contact->tried = KS_NEVER;
	contact->failure[0] = '\0';
	for (i = 0; i < group->n && r == 0; i++)
		if (!entries[i].is_repeated)
			r = enter(&entries[i], notified, now);
	return r;
}
