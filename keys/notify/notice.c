/* SPDX-License-Identifier: ISC */

/*
 * One notice: see notice.h.
 *
 * What is new and critical comes first, what has ended last, so that a reader
 * who sees only the beginning sees the worst.  Texts from DNS and from files
 * are escaped by JSON.  Write errors are found when the stream is closed.
 */

#include "notify/notice.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static const char *const news_words[] = {
	[NOTIFY_NOTHING] = "known", [NOTIFY_NEW] = "new",
	[NOTIFY_WORSE] = "worse", [NOTIFY_REMINDER] = "reminder",
	[NOTIFY_ENDED] = "ended"
};

void
notice_init_test(struct notice *notice, const char *contact, int64_t now)
{
	memset(notice, 0, sizeof(*notice));
	notice->event = "test";
	notice->severity = "ok";
	notice->domain = "-";
	notice->contact = contact;
	notice->now = now;
}

void
notice_init(struct notice *notice, const struct notify_plan *plan,
    const struct notify_group *group, int64_t now)
{
	const struct notify_entry *entries = &plan->entries[group->first];
	bool is_new = false, is_open = false, is_critical = false;
	enum notify_news news;
	size_t i;

	notice_init_test(notice, entries[0].contact, now);
	notice->entries = entries;
	notice->n = group->n;
	notice->domain = entries[0].domain;
	for (i = 0; i < group->n; i++) {
		news = notify_plan_news(&entries[i], now);
		is_new |= news == NOTIFY_NEW || news == NOTIFY_WORSE;
		is_open |= entries[i].item.is_open;
		is_critical |= entries[i].item.is_critical;
		if (strcmp(entries[i].domain, notice->domain) != 0)
			notice->domain = "";
	}
	if (notice->domain[0] == '\0')
		notice->domain = "-";
	notice->event = is_new ? "new" : is_open ? "reminder" : "ended";
	notice->severity = is_critical ? "critical" : is_open ? "warning" :
	    "ok";
}

/* Where it stands among the others: small numbers first. */
static int
rank(const struct notify_entry *entry, int64_t now)
{
	const enum notify_news news = notify_plan_news(entry, now);
	const bool is_new = news == NOTIFY_NEW || news == NOTIFY_WORSE;

	if (news == NOTIFY_ENDED)
		return 4;
	return (is_new ? 0 : 2) + (entry->item.is_critical ? 0 : 1);
}

struct ranked {
	int		 rank;
	const struct notify_entry *entry;
};

static int
compare(const void *a, const void *b)
{
	const struct ranked *one = a, *other = b;

	if (one->rank != other->rank)
		return one->rank - other->rank;
	return (one->entry > other->entry) - (one->entry < other->entry);
}

/* A member that is null if the value is the given one. */
static void
print_member(FILE *fp, const char *name, const char *value, const char *none)
{
	(void)fprintf(fp, "\"%s\": ", name);
	if (strcmp(value, none) == 0)
		(void)fprintf(fp, "null, ");
	else {
		json_print_string(fp, value, strlen(value));
		(void)fprintf(fp, ", ");
	}
}

static void
print_time(FILE *fp, const char *name, int64_t when)
{
	(void)fprintf(fp, "\"%s\": ", name);
	json_print_time(fp, when);
	(void)fprintf(fp, ", ");
}

static void
print_problem(FILE *fp, const struct notify_entry *entry, int64_t now)
{
	const struct notify_trouble *trouble = entry->trouble;
	const struct alarm *alarm = trouble == NULL ? NULL : trouble->alarm;
	const bool is_critical = alarm == NULL ? entry->item.was_critical :
	    alarm->severity == TROUBLE_CRITICAL;

	(void)fprintf(fp, "{");
	print_member(fp, "domain", entry->domain, "");
	print_member(fp, "selector", entry->selector, "-");
	print_member(fp, "trouble", entry->word, "");
	print_member(fp, "severity", is_critical ? "critical" : "warning", "");
	print_member(fp, "news", news_words[notify_plan_news(entry, now)], "");
	print_time(fp, "since", alarm == NULL ? NOTIFY_NEVER : alarm->since);
	print_time(fp, "first_told", entry->item.was_told ?
	    entry->item.first : NOTIFY_NEVER);
	(void)fprintf(fp, "\"needs_person\": %s, ", alarm != NULL &&
	    alarm->needs_person ? "true" : "false");
	print_member(fp, "text", alarm == NULL ? "" : alarm->text, "");
	alarm_print_fix(fp, alarm);
	(void)fprintf(fp, "\"todo\": [%s]}", trouble == NULL ||
	    trouble->todo == NULL ? "" : trouble->todo);
}

int
notice_print(FILE *fp, const struct notice *notice)
{
	struct ranked *list;
	size_t i;

	if ((list = calloc(notice->n + 1, sizeof(*list))) == NULL)
		return KS_E_NOMEM;
	for (i = 0; i < notice->n; i++) {
		list[i].entry = &notice->entries[i];
		list[i].rank = rank(list[i].entry, notice->now);
	}
	qsort(list, notice->n, sizeof(*list), compare);
	(void)fprintf(fp, "{");
	print_member(fp, "event", notice->event, "");
	print_member(fp, "severity", notice->severity, "");
	print_member(fp, "domain", notice->domain, "-");
	print_member(fp, "contact", notice->contact, "");
	print_time(fp, "time", notice->now);
	(void)fprintf(fp, "\"omitted\": %zu, \"problems\": [",
	    notice->n <= NOTIFY_MAX_LISTED ? 0 :
	    notice->n - NOTIFY_MAX_LISTED);
	for (i = 0; i < notice->n && i < NOTIFY_MAX_LISTED; i++) {
		(void)fprintf(fp, "%s\n", i == 0 ? "" : ",");
		print_problem(fp, list[i].entry, notice->now);
	}
	(void)fprintf(fp, "]}\n");
	free(list);
	return 0;
}
