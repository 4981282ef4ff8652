/* SPDX-License-Identifier: ISC */

/*
 * Print advice as text, warnings first, or as JSON (RFC 8259).
 *
 * The texts of notes contain no control characters: adviser_note() replaces
 * them.  Write errors are found when the stream is flushed.
 */

#include "command/advice_print.h"

#include <string.h>

#include "base/json.h"
#include "base/terminal.h"

#define INDENT	2	/* columns */
#define HANG	4

static void
print_all_of(FILE *fp, const struct advice *advice,
    enum advice_severity severity, unsigned int columns)
{
	char text[ADVICE_TEXT_SIZE + DKIMSIG_DOMAIN_SIZE + 64];
	const struct advice_note *note;
	size_t i;

	for (i = 0; i < advice->nnotes; i++) {
		note = &advice->notes[i];
		if (note->severity != severity)
			continue;
		(void)snprintf(text, sizeof(text), "%s: %s: %s: %s",
		    advice_severity_name(severity), note->topic, note->name,
		    note->text);
		terminal_write(fp, text, INDENT, HANG, columns);
	}
}

void
advice_print(FILE *fp, const struct advice *advice, bool only_warnings,
    unsigned int columns)
{
	print_all_of(fp, advice, ADVICE_WARNING, columns);
	if (only_warnings)
		return;
	print_all_of(fp, advice, ADVICE_NOTE, columns);
	print_all_of(fp, advice, ADVICE_FINE, columns);
	if (advice->is_cut)
		(void)fprintf(fp, "  more advice was left out\n");
}

void
advice_print_json(FILE *fp, const struct advice *advice)
{
	const struct advice_note *note;
	size_t i;

	(void)fprintf(fp, "[");
	for (i = 0; i < advice->nnotes; i++) {
		note = &advice->notes[i];
		(void)fprintf(fp, "%s\n    {\"severity\": \"%s\", "
		    "\"topic\": \"%s\", \"name\": ", i == 0 ? "" : ",",
		    advice_severity_name(note->severity), note->topic);
		json_print_string(fp, note->name, strlen(note->name));
		(void)fprintf(fp, ", \"text\": ");
		json_print_string(fp, note->text, strlen(note->text));
		(void)fprintf(fp, "}");
	}
	(void)fprintf(fp, "]");
}
