/* SPDX-License-Identifier: ISC */

/*
 * A list of findings: see finding.h.
 *
 * Subjects and texts may contain what other programs, DNS or the names of files
 * say, and are printed on terminals, so control characters in them become "?".
 * A fix is never changed: it is printed as it is, or not at all.
 *
 * Out of memory, a finding is lost and the list says so; nothing else fails.
 */

#include "chain/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE	64

static bool
is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/*
 * Whether a fix can be printed: several lines of ASCII.  Other characters may
 * not be what they look like, and some control terminals.
 */
static bool
is_printable(const char *fix)
{
	for (; *fix != '\0'; fix++)
		if ((is_control(*fix) && *fix != '\n') ||
		    (unsigned char)*fix > 0x7e)
			return false;
	return true;
}

static void
clean(char *text)
{
	for (; *text != '\0'; text++)
		if (is_control(*text))
			*text = '?';
}

static bool
has_room(struct findings *findings)
{
	struct finding *list;
	size_t size;

	if (findings->n < findings->size)
		return true;
	size = findings->size == 0 ? FIRST_SIZE : findings->size * 2;
	list = recallocarray(findings->list, findings->size, size,
	    sizeof(*list));
	if (list == NULL)
		return false;
	findings->list = list;
	findings->size = size;
	return true;
}

static void
finding_finish(struct finding *finding)
{
	free(finding->subject);
	free(finding->text);
	free(finding->fix);
}

void
findings_add(struct findings *findings, const char *id,
    enum finding_state state, const char *area, const char *subject,
    const char *fix, const char *format, ...)
{
	struct finding finding = { .id = id, .state = state, .area = area };
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&finding.text, format, ap) == -1)
		finding.text = NULL;
	va_end(ap);
	finding.subject = strdup(subject);
	if (fix != NULL && *fix != '\0' && is_printable(fix) &&
	    (finding.fix = strdup(fix)) == NULL)
		findings->is_incomplete = true;
	if (finding.text == NULL || finding.subject == NULL ||
	    !has_room(findings)) {
		findings->is_incomplete = true;
		finding_finish(&finding);
		return;
	}
	clean(finding.text);
	clean(finding.subject);
	findings->list[findings->n++] = finding;
}

void
findings_finish(struct findings *findings)
{
	size_t i;

	for (i = 0; i < findings->n; i++)
		finding_finish(&findings->list[i]);
	free(findings->list);
	memset(findings, 0, sizeof(*findings));
}

size_t
findings_count(const struct findings *findings, enum finding_state state)
{
	size_t i, n = 0;

	for (i = 0; i < findings->n; i++)
		n += findings->list[i].state == state;
	return n;
}

const char *
finding_state_name(enum finding_state state)
{
	static const char *const names[] = {
		[FINDING_WELL] = "well",
		[FINDING_NOTE] = "note",
		[FINDING_UNKNOWN] = "unknown",
		[FINDING_PROBLEM] = "problem",
	};

	return names[state];
}
