/* SPDX-License-Identifier: ISC */

/*
 * "fleet export": all that the database has of members and keys, from the
 * mirror of this host alone, with neither the database nor the daemon.
 *
 *	countersign-fleet-export 1
 *	members LENGTH		and as many octets: .fleet/members
 *	epochs HOST LENGTH	and as many octets: .fleet/epochs of this host
 *	rows DOMAIN LENGTH	and as many octets: the file "fleet" of the
 *				domain; sorted by domain
 *	ended DOMAIN LENGTH	and as many octets: the same of a domain that is
 *				archived; in no order
 *	end NUMBER		how many domains there are above; "part NUMBER"
 *				if others could not be read
 *
 * Rows have their signatures, and private keys sealed under the keys of epochs,
 * which are sealed for this host: it opens nothing without the keys of a host,
 * .fleet/wrap.key, and for the epochs in it, those of this one.
 */

#include "command/fleet_export.h"

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "store/fleet_file.h"

struct export {
	const struct tool	*tool;
	size_t			 ndomains;
	size_t			 nfailed;
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
	if (r != 0) {
		/* The others are not to be missing, too. */
		(void)fail(&error);
		export->nfailed++;
		return 0;
	}
	(void)printf("rows %s %zu\n", domain, len);
	(void)fwrite(text, 1, len, stdout);
	ks_fleet_free(text, len);
	export->ndomains++;
	return 0;
}

/* Called for each domain that is archived. */
static int
print_ended(void *context, const char *domain, char *text, size_t len)
{
	struct export *export = context;

	(void)printf("ended %s %zu\n", domain, len);
	(void)fwrite(text, 1, len, stdout);
	export->ndomains++;
	return 0;
}

static int
print_epochs(const struct tool *tool)
{
	struct ks_error error;
	size_t len;
	char *text;
	int r;

	r = ks_fleet_read(tool->ks, "epochs", &text, &len, &error);
	if (r == KS_E_NOKEY)
		return 0;
	if (r != 0)
		return fail(&error);
	(void)printf("epochs %s %zu\n", tool->config->fleet_host, len);
	(void)fwrite(text, 1, len, stdout);
	ks_fleet_free(text, len);
	return 0;
}

int
fleet_export(const struct tool *tool)
{
	struct export export = { .tool = tool };
	struct ks_error error;
	bool is_whole;
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
	if (print_epochs(tool) != 0)
		return TOOL_FAILED;
	r = ks_each_domain(tool->ks, print_domain, &export, &error);
	if (r == 0)
		r = ks_fleet_each_archived(tool->ks, print_ended, &export,
		    &error);
	if (r != 0)
		(void)fail(&error);
	/* What could be read is of use. */
	is_whole = r == 0 && export.nfailed == 0;
	(void)printf("%s %zu\n", is_whole ? "end" : "part", export.ndomains);
	return is_whole ? TOOL_DONE : TOOL_FAILED;
}
