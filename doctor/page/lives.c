/* SPDX-License-Identifier: ISC */

/*
 * The lives of keys: see lives.h.
 *
 * A life has four phases, of which later ones may be missing: in reserve, from
 * its making; signing; retired, when only mail on its way needs the record; and
 * revoked, when the record says so.  What has not happened yet ends now.
 */

#include "page/lives.h"

#include "base/rfc3339.h"
#include "page/markup.h"

#define WIDTH	960
#define LEFT	300		/* of the names */
#define ROW	22		/* height */
#define TOP	8
#define BOTTOM	24
#define NAME	38		/* characters of a name that fit */

enum phase { RESERVE, SIGNING, RETIRED, REVOKED };
#define NPHASES	(REVOKED + 1)

static const struct {
	const char	*class, *name;
} phases[NPHASES] = {
	[RESERVE]	= { "reserve", "in reserve" },
	[SIGNING]	= { "signs", "signs" },
	[RETIRED]	= { "retired", "retired, record stays" },
	[REVOKED]	= { "revoked", "record revoked" },
};

struct axis {
	int64_t	from, now;
};

static double
place(const struct axis *axis, int64_t time)
{
	if (time < axis->from)
		time = axis->from;
	if (time > axis->now)
		time = axis->now;
	return LEFT + (WIDTH - LEFT) * (double)(time - axis->from) /
	    (double)(axis->now - axis->from);
}

/* The earlier of two times, of which either may be none. */
static int64_t
earlier(int64_t a, int64_t b)
{
	if (a == KEYLIST_NONE)
		return b;
	return b == KEYLIST_NONE || a < b ? a : b;
}

/* When phases begin; KEYLIST_NONE for those that a key has not. */
static void
begins_of(const struct keylist_key *key, int64_t now, int64_t begins[NPHASES])
{
	begins[RESERVE] = earlier(key->generated, key->published);
	begins[SIGNING] = key->active_from;
	begins[RETIRED] = key->retire_at;
	begins[REVOKED] = key->revoked;
	/* What is planned for later is no phase of today. */
	for (int i = 0; i < NPHASES; i++)
		if (begins[i] > now)
			begins[i] = KEYLIST_NONE;
}

static void
put_life(FILE *fp, const struct keylist_key *key, const struct axis *axis,
    int y)
{
	int64_t begins[NPHASES], end = key->removed;
	double x;
	int i;

	if (end == KEYLIST_NONE || end > axis->now)
		end = axis->now;
	begins_of(key, axis->now, begins);
	for (i = NPHASES - 1; i >= 0; i--) {
		if (begins[i] == KEYLIST_NONE || begins[i] >= end)
			continue;
		x = place(axis, begins[i]);
		(void)fprintf(fp, "<rect class=\"%s\" x=\"%.2f\" y=\"%d\" "
		    "width=\"%.2f\" height=\"%d\"/>", phases[i].class, x,
		    y + 4, place(axis, end) - x, ROW - 8);
		end = begins[i];
	}
}

/* As much of the name as fits; the table has all. */
static void
put_name(FILE *fp, const struct keylist_key *key, int y)
{
	char name[sizeof(key->selector) + sizeof(key->domain) + 8];
	int n;

	n = snprintf(name, sizeof(name), "%s %s", key->selector, key->domain);
	(void)fprintf(fp, "<text class=\"axis\" x=\"%d\" y=\"%d\" "
	    "text-anchor=\"end\">", LEFT - 10, y + ROW - 7);
	if (n > NAME)
		name[NAME] = '\0';
	markup_text(fp, name);
	(void)fputs(n > NAME ? "&#8230;</text>" : "</text>", fp);
}

static void
put_ends(FILE *fp, const struct axis *axis, int y)
{
	char from[RFC3339_SIZE], to[RFC3339_SIZE];

	if (!rfc3339_print(axis->from, from) || !rfc3339_print(axis->now, to))
		return;
	(void)fprintf(fp, "<text class=\"axis\" x=\"%d\" y=\"%d\">%.10s</text>"
	    "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"end\">"
	    "%.10s</text>\n", LEFT, y, from, WIDTH, y, to);
}

static void
put_chart(FILE *fp, const struct page_keys *keys, int64_t now)
{
	const int height = TOP + (int)keys->n * ROW + BOTTOM;
	struct axis axis = { now - 1, now };
	const struct keylist_key *key;
	int64_t first;
	size_t i;
	int y;

	for (i = 0; i < keys->n; i++) {
		key = &keys->list[i];
		first = earlier(earlier(key->generated, key->published),
		    key->active_from);
		if (first != KEYLIST_NONE && first < axis.from)
			axis.from = first;
	}
	(void)fprintf(fp, "<div class=\"wide\" "
	    "tabindex=\"0\"><svg class=\"chart\" viewBox=\"0 0 %d %d\" "
	    "role=\"img\" aria-labelledby=\"lives\">\n<title id=\"lives\">The "
	    "lives of %zu keys; their times are in the table below</title>\n",
	    WIDTH, height, keys->n);
	for (i = 0; i < keys->n; i++) {
		y = TOP + (int)i * ROW;
		put_name(fp, &keys->list[i], y);
		put_life(fp, &keys->list[i], &axis, y);
		(void)putc('\n', fp);
	}
	put_ends(fp, &axis, height - 6);
	(void)fputs("</svg></div>\n<ul class=\"legend\">", fp);
	for (i = 0; i < NPHASES; i++)
		(void)fprintf(fp, "<li><svg viewBox=\"0 0 10 10\" "
		    "aria-hidden=\"true\"><rect class=\"%s\" width=\"10\" "
		    "height=\"10\"/></svg>%s</li>\n", phases[i].class,
		    phases[i].name);
	(void)fputs("</ul>\n", fp);
}

static void
put_row(FILE *fp, const struct keylist_key *key)
{
	const int64_t times[] = {
		key->generated, key->active_from, key->retire_at, key->revoked,
		key->last_use
	};
	size_t i;

	(void)fputs("<tr class=\"key\"><th scope=\"row\">", fp);
	markup_value(fp, key->domain);
	(void)fputs("</th><td>", fp);
	markup_value(fp, key->selector);
	(void)fputs("</td><td>", fp);
	markup_value(fp, key->algorithm);
	(void)fputs("</td><td>", fp);
	markup_value(fp, key->status);
	if (key->is_compromised)
		(void)fputs(" <strong>compromised</strong>", fp);
	(void)fputs("</td>", fp);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		(void)fputs("<td>", fp);
		markup_time(fp, times[i]);
		(void)fputs("</td>", fp);
	}
	(void)fputs("<td class=\"alarm\">", fp);
	markup_value(fp, key->alarm);
	(void)fputs("</td></tr>\n", fp);
}

void
lives_print(FILE *fp, const struct page_keys *keys, int64_t now)
{
	size_t i;

	if (keys->n == 0) {
		(void)fputs("<p>There was no key in this period.</p>\n", fp);
		return;
	}
	put_chart(fp, keys, now);
	(void)fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" "
	    "aria-label=\"Keys\"><table>\n<caption>Keys, times in UTC"
	    "</caption>\n<thead><tr><th scope=\"col\">domain</th>"
	    "<th scope=\"col\">selector</th><th scope=\"col\">algorithm</th>"
	    "<th scope=\"col\">status</th><th scope=\"col\">made</th>"
	    "<th scope=\"col\">signs from</th><th scope=\"col\">until</th>"
	    "<th scope=\"col\">revoked</th><th scope=\"col\">last use</th>"
	    "<th scope=\"col\">alarm</th></tr></thead>\n<tbody>\n", fp);
	for (i = 0; i < keys->n; i++)
		put_row(fp, &keys->list[i]);
	(void)fputs("</tbody></table></div>\n", fp);
	if (keys->nleft_out > 0)
		(void)fprintf(fp, "<p>%zu more keys are not shown: "
		    "<code>countersign-key list</code> has all.</p>\n",
		    keys->nleft_out);
}
