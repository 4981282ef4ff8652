/* SPDX-License-Identifier: ISC */

/*
 * "fleet export": all that the database has of members and keys, from the
 * mirror of this host alone, with neither the database nor the daemon.
 *
 *	countersign-fleet-export 1
 *	members LENGTH		and as many octets: .fleet/members
 *	rows DOMAIN LENGTH	and as many octets: the file "fleet" of the
 *				domain; sorted by domain
 *	end NUMBER		how many domains there were
 *
 * Rows have their signatures, and private keys sealed under the keys of epochs,
 * which are not in it: it opens nothing without the files of a host.
 */

#include "command/fleet_export.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "store/fleet_file.h"

struct export {
	const struct tool	*tool;
	size_t			 ndomains;
};

static int
fail(const struct ks_error *error)
{
	warnx("fleet export: %s", error->text);
	return 1;
}

/* Called for each domain. */
static int
print_domain(const char *domain, void *context)
{
	struct export *export = context;
	struct ks_error error;
	size_t len;
	char *text;
	int r;

	r = ks_fleet_read_rows(export->tool->ks, domain, &text, &len,
	    &error);
	if (r == KS_E_NOKEY || r == KS_E_NODOMAIN)
		return 0;	/* it is not the fleet's */
	if (r != 0)
		return fail(&error);
	(void)printf("rows %s %zu\n", domain, len);
	(void)fwrite(text, 1, len, stdout);
	ks_fleet_free(text, len);
	export->ndomains++;
	return 0;
}

int
fleet_export(const struct tool *tool)
{
	struct export export = { .tool = tool };
	struct ks_error error;
	size_t len;
	char *text;
	int r;

	if (ks_fleet_read(tool->ks, "members", &text, &len, &error) != 0) {
		(void)fail(&error);
		return TOOL_FAILED;
	}
	(void)printf(FLEET_EXPORT_LINE "\nmembers %zu\n", len);
	(void)fwrite(text, 1, len, stdout);
	ks_fleet_free(text, len);
	r = ks_each_domain(tool->ks, print_domain, &export, &error);
	if (r < 0)
		(void)fail(&error);
	if (r == 0)
		(void)printf("end %zu\n", export.ndomains);
	return r == 0 ? TOOL_DONE : TOOL_FAILED;
}
