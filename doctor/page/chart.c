/* SPDX-License-Identifier: ISC */

/*
 * Charts: see chart.h.
 *
 * Sizes are attributes, never style attributes, which the page's policy for
 * contents forbids; colours are classes, which the style sheet has for light
 * and for dark.  Nothing fails.
 */

#include "page/chart.h"

#include "base/rfc3339.h"
#include "page/markup.h"
#include "page/words.h"
#include "report/summary.h"

/* The chart over time, in units of its view box. */
#define WIDTH		960
#define HEIGHT		260
#define LEFT		64	/* of the numbers at the axis */
#define BOTTOM		28	/* of the times below */
#define TOP		12
#define PLOT_WIDTH	(WIDTH - LEFT)
#define PLOT_HEIGHT	(HEIGHT - TOP - BOTTOM)
#define NLABELS		6	/* times below, about */

/* The least of 1, 2, 5, 10, 20... that is not below n. */
static unsigned long
round_up(unsigned long n)
{
	static const unsigned int steps[] = { 2, 5, 10 };
	unsigned long power = 1;
	size_t i;

	if (n <= 1)
		return 1;
	for (;; power *= 10)
		for (i = 0; i < 3; i++)
			if (power * steps[i] >= n)
				return power * steps[i];
}

static void
put_grid(FILE *fp, unsigned long top)
{
	const unsigned long lines[] = { 0, top / 2, top };
	double y;
	size_t i;

	for (i = 0; i < 3; i++) {
		if (i == 1 && top < 2)
			continue;
		y = TOP + PLOT_HEIGHT * (1 - (double)lines[i] / (double)top);
		(void)fprintf(fp, "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" "
		    "x2=\"%d\" y2=\"%.1f\"/><text class=\"axis\" x=\"%d\" "
		    "y=\"%.1f\" text-anchor=\"end\">", LEFT, y, WIDTH, y,
		    LEFT - 8, y + 4);
		markup_number(fp, lines[i]);
		(void)fputs("</text>\n", fp);
	}
}

/* "2026-11-26", or "11-26 14:00" where parts are shorter than a day. */
static void
put_label(FILE *fp, const struct period *period, size_t i, double width)
{
	const int64_t time = period->begin + (int64_t)i * period->width;
	char text[RFC3339_SIZE];

	if (!rfc3339_print(time, text))
		return;
	(void)fprintf(fp, "<text class=\"axis\" x=\"%.1f\" y=\"%d\" "
	    "text-anchor=\"%s\">", LEFT + width * (double)i, HEIGHT - 8,
	    i == 0 ? "start" : "middle");
	if (period->width >= 86400)
		(void)fprintf(fp, "%.10s</text>\n", text);
	else
		(void)fprintf(fp, "%.5s %.5s</text>\n", text + 5, text + 11);
}

static void
put_column(FILE *fp, const struct period *period, size_t i, double width,
    unsigned long top)
{
	const double gap = width > 6 ? 2 : width / 4;
	double y = TOP + PLOT_HEIGHT, height;
	enum logged_action action;
	size_t j;

	for (j = 0; j < LOGGED_NACTIONS; j++) {
		action = action_order[j];
		if (period->counts[i][action] == 0)
			continue;
		height = PLOT_HEIGHT * (double)period->counts[i][action] /
		    (double)top;
		y -= height;
		(void)fprintf(fp, "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" "
		    "width=\"%.2f\" height=\"%.2f\"/>\n",
		    decision_action_name(action),
		    LEFT + width * (double)i + gap / 2, y, width - gap, height);
	}
}

void
chart_period(FILE *fp, const struct period *period)
{
	const unsigned long top = round_up(period_highest(period));
	const double width = (double)PLOT_WIDTH / (double)period->n;
	const size_t step = period->n > NLABELS ? period->n / NLABELS : 1;
	size_t i;

	(void)fprintf(fp, "<div class=\"wide\" "
	    "tabindex=\"0\"><svg class=\"chart\" viewBox=\"0 0 %d %d\" "
	    "role=\"img\" aria-labelledby=\"over-time\">\n"
	    "<title id=\"over-time\">Messages by %s, at most %lu; the figures "
	    "are in the table below</title>\n", WIDTH, HEIGHT,
	    period_width_name(period), period_highest(period));
	put_grid(fp, top);
	for (i = 0; i < period->n; i++)
		put_column(fp, period, i, width, top);
	for (i = 0; i + step / 2 < period->n; i += step)
		put_label(fp, period, i, width);
	(void)fputs("</svg></div>\n", fp);
}

void
chart_legend(FILE *fp)
{
	size_t i;

	(void)fputs("<ul class=\"legend\">", fp);
	for (i = 0; i < LOGGED_NACTIONS; i++)
		(void)fprintf(fp, "<li><svg viewBox=\"0 0 10 10\" "
		    "aria-hidden=\"true\"><rect class=\"%s\" width=\"10\" "
		    "height=\"10\"/></svg>%s</li>\n",
		    decision_action_name(action_order[i]),
		    summary_heading(action_order[i]));
	(void)fputs("</ul>\n", fp);
}

void
chart_shares(FILE *fp, const unsigned long counts[LOGGED_NACTIONS],
    unsigned long most)
{
	double x = 0, width;
	size_t i;

	(void)fputs("<svg class=\"shares\" viewBox=\"0 0 100 10\" "
	    "preserveAspectRatio=\"none\" aria-hidden=\"true\">", fp);
	for (i = 0; i < LOGGED_NACTIONS && most > 0; i++) {
		width = 100.0 * (double)counts[action_order[i]] / (double)most;
		if (width > 0)
			(void)fprintf(fp, "<rect class=\"%s\" x=\"%.2f\" "
			    "width=\"%.2f\" height=\"10\"/>",
			    decision_action_name(action_order[i]), x, width);
		x += width;
	}
	(void)fputs("</svg>", fp);
}
