/* SPDX-License-Identifier: ISC */

/*
 * The difference of two texts: see diff.h.
 *
 * Equal lines at both ends are left out first; the longest common subsequence
 * of the rest is found with a table, which is small, because configuration
 * files are.  Without memory for the table, the rest counts as replaced: longer
 * to read, but true.
 */

#include "setup/diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/print.h"

#define AROUND	3	/* equal lines shown before and after */

struct lines {
	const char	**starts;	/* n + 1 of them */
	size_t		 n;
};

struct comparison {
	struct lines	 a, b;
	size_t		 head, tail;	/* equal lines at the ends */
	uint16_t	*table;		/* of the rest; NULL: not compared */
	bool		 colours;
	FILE		*out;
};

static bool
split(const char *text, struct lines *lines)
{
	const char *p;
	size_t n = 0;

	if (text == NULL)
		text = "";
	for (p = text; *p != '\0'; p++)
		n += *p == '\n' || p[1] == '\0';
	if ((lines->starts = calloc(n + 1, sizeof(*lines->starts))) == NULL)
		return false;
	lines->n = 0;
	for (p = text; *p != '\0';) {
		lines->starts[lines->n++] = p;
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	lines->starts[lines->n] = p;
	return true;
}

static size_t
length(const struct lines *lines, size_t i)
{
	return (size_t)(lines->starts[i + 1] - lines->starts[i]);
}

static bool
is_equal(const struct comparison *c, size_t i, size_t j)
{
	return length(&c->a, i) == length(&c->b, j) && memcmp(c->a.starts[i],
	    c->b.starts[j], length(&c->a, i)) == 0;
}

static void
skip_ends(struct comparison *c)
{
	while (c->head < c->a.n && c->head < c->b.n &&
	    is_equal(c, c->head, c->head))
		c->head++;
	while (c->head + c->tail < c->a.n && c->head + c->tail < c->b.n &&
	    is_equal(c, c->a.n - 1 - c->tail, c->b.n - 1 - c->tail))
		c->tail++;
}

/* The length of the longest common subsequence from lines i and j on. */
static uint16_t *
cell(const struct comparison *c, size_t i, size_t j)
{
	size_t width = c->b.n - c->tail - c->head + 1;

	return &c->table[(i - c->head) * width + (j - c->head)];
}

static void
fill_table(struct comparison *c)
{
	size_t na = c->a.n - c->tail, nb = c->b.n - c->tail, i, j;

	if (na - c->head + nb - c->head > DIFF_MAX_LINES)
		return;
	c->table = calloc((na - c->head + 1) * (nb - c->head + 1),
	    sizeof(*c->table));
	if (c->table == NULL)
		return;
	for (i = na; i-- > c->head;)
		for (j = nb; j-- > c->head;) {
			uint16_t down = *cell(c, i + 1, j);
			uint16_t right = *cell(c, i, j + 1);

			*cell(c, i, j) = is_equal(c, i, j) ?
			    (uint16_t)(*cell(c, i + 1, j + 1) + 1) :
			    down >= right ? down : right;
		}
}

static void
print_line(const struct comparison *c, char sign, const struct lines *lines,
    size_t i)
{
	size_t len = length(lines, i);

	if (len > 0 && lines->starts[i][len - 1] == '\n')
		len--;
	print_colour(c->out, c->colours, sign == '+' ? PRINT_GOOD :
	    sign == '-' ? PRINT_BAD : PRINT_PLAIN);
	(void)fputc(sign, c->out);
	(void)fwrite(lines->starts[i], 1, len, c->out);
	if (sign != ' ')
		print_colour(c->out, c->colours, PRINT_PLAIN);
	(void)fputc('\n', c->out);
}

/* Whether the lines i and j are a pair of the common subsequence. */
static bool
is_pair(const struct comparison *c, size_t i, size_t j)
{
	return c->table != NULL && i < c->a.n - c->tail &&
	    j < c->b.n - c->tail && is_equal(c, i, j);
}

static void
print_middle(const struct comparison *c)
{
	size_t na = c->a.n - c->tail, nb = c->b.n - c->tail;
	size_t i = c->head, j = c->head;

	while (i < na || j < nb) {
		if (is_pair(c, i, j)) {
			print_line(c, ' ', &c->a, i++);
			j++;
		} else if (i < na && (j == nb || c->table == NULL ||
		    *cell(c, i + 1, j) >= *cell(c, i, j + 1)))
			print_line(c, '-', &c->a, i++);
		else
			print_line(c, '+', &c->b, j++);
	}
}

static void
print_all(const struct comparison *c)
{
	size_t first, last, i;

	first = c->head > AROUND ? c->head - AROUND : 0;
	last = c->a.n - c->tail + AROUND;
	if (last > c->a.n)
		last = c->a.n;
	if (first > 0)
		(void)fprintf(c->out, "@@ line %zu @@\n", first + 1);
	for (i = first; i < c->head; i++)
		print_line(c, ' ', &c->a, i);
	print_middle(c);
	for (i = c->a.n - c->tail; i < last; i++)
		print_line(c, ' ', &c->a, i);
}

void
diff_print(const char *before, const char *after, bool colours, FILE *out)
{
	struct comparison c = { .colours = colours, .out = out };

	if (split(before, &c.a) && split(after, &c.b)) {
		skip_ends(&c);
		fill_table(&c);
		if (c.head + c.tail < c.a.n || c.head + c.tail < c.b.n)
			print_all(&c);
	} else
		(void)fprintf(out, "(out of memory: not shown)\n");
	free(c.table);
	free(c.a.starts);
	free(c.b.starts);
}
