/* SPDX-License-Identifier: ISC */

/*
 * How far this host has seen the fleet: see marks.h.
 *
 * A damaged file is an error: without it an older database would be taken for
 * the newest one.  A person who removes it says that this is right.
 */

#include "kept/marks.h"

#include <stdio.h>
#include <string.h>

#include "store/fleet_file.h"

#define FILE_NAME	"marks"
#define FIRST_LINE	"countersign-fleet-marks 1"

int
fleet_marks_read(struct keystore *ks, struct fleet_marks *marks,
    struct ks_error *error)
{
	struct fleet_lines lines;
	struct ks_error why;
	size_t len;
	char *text;
	int r;

	memset(marks, 0, sizeof(*marks));
	if ((r = ks_fleet_read(ks, FILE_NAME, &text, &len, error)) != 0)
		return r;
	fleet_lines_init(&lines, text, len);
	fleet_lines_expect(&lines, FIRST_LINE);
	fleet_lines_hex(&lines, "fleet", false, marks->fleet);
	marks->change = fleet_lines_number(&lines, "change", 0);
	marks->cursor = fleet_lines_number(&lines, "cursor", 0);
	marks->token = fleet_lines_number(&lines, "token", 0);
	marks->members = fleet_lines_number(&lines, "members", 0);
	marks->epoch = fleet_lines_number(&lines, "epoch", 0);
	fleet_lines_text(&lines, "system", marks->system,
	    sizeof(marks->system));
	if (!fleet_lines_end(&lines, &why)) {
		(void)snprintf(error->text, sizeof(error->text), "%s/%s: "
		    "%.500s: remove this file, " FLEET_ENTER_AGAIN,
		    KS_FLEET_FOLDER, FILE_NAME, why.text);
		r = KS_E_DAMAGED;
	}
	ks_fleet_free(text, len);
	return r;
}

int
fleet_marks_write(struct keystore *ks, const struct fleet_marks *marks,
    struct ks_error *error)
{
	char text[512];
	int n;

	n = snprintf(text, sizeof(text), FIRST_LINE "\nfleet %s\nchange %lld\n"
	    "cursor %lld\ntoken %lld\nmembers %lld\nepoch %lld\nsystem %s\n",
	    marks->fleet, (long long)marks->change, (long long)marks->cursor,
	    (long long)marks->token, (long long)marks->members,
	    (long long)marks->epoch,
	    marks->system[0] == '\0' ? "-" : marks->system);
	return ks_fleet_write(ks, FILE_NAME, false, text, (size_t)n, error);
}
