/* SPDX-License-Identifier: ISC */

/*
 * What the subcommands of countersign-key share: reading operands and times,
 * taking locks, creating the key directory, and checking that records can be
 * published.
 *
 * A function that returns false has printed what is wrong and how to fix it, so
 * the command only has to stop.
 */

#include "command/tool.h"

#include <err.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/rfc3339.h"
#include "command/lease.h"
#include "config/config.h"
#include "life/queue_lifetime.h"
#include "life/rotation_policy.h"
#include "rotate/context.h"
#include "rotate/report.h"
#include "store/strays.h"
#include "store/wait.h"

bool
tool_domain(const char *operand, char domain[DKIMSIG_DOMAIN_SIZE])
{
	int r;

	r = dkimsig_domain_normalize(operand, strlen(operand), domain,
	    DKIMSIG_DOMAIN_SIZE);
	if (r == 0)
		return true;
	warnx("%s: %s: give a domain name such as example.com", operand,
	    dkimsig_strerror(r));
	return false;
}

bool
tool_selector(const char *operand, char selector[KS_SELECTOR_SIZE])
{
	if (ks_selector_normalize(operand, selector))
		return true;
	warnx("%s: not a selector: use letters, digits, hyphens and dots, "
	    "63 characters at most", operand);
	return false;
}

bool
tool_time(const struct tool *tool, int64_t *seconds)
{
	*seconds = tool->now;
	if (tool->at == NULL)
		return true;
	if (!rfc3339_parse(tool->at, strlen(tool->at), seconds)) {
		warnx("--at %s: not a time: write it in UTC as "
		    "2026-11-23T09:00:00Z", tool->at);
		return false;
	}
	if (*seconds < tool->now) {
		warnx("--at %s: is in the past: omit --at to mean now",
		    tool->at);
		return false;
	}
	return true;
}

int
tool_lock(struct tool *tool, const char *domain, bool create,
    struct ks_lock **lock, struct ks_error *error)
{
	int r;

	*lock = NULL;
	if (tool->dry_run)
		return 0;
	if ((r = lease_begin(tool, NULL, NULL, error)) != 0)
		return r;
	r = ks_lock_wait(tool->ks, domain, create, tool->wait_s, lock, error);
	if (r == 0)
		tool->now = tool->clock();
	return r;
}

void
tool_no_key(const struct tool *tool, const char *domain,
    const char *selector)
{
	warnx("%s/%s/state: no key %s: see '%s list %s'", tool->keydir,
	    domain, selector, tool->command, domain);
}

bool
tool_keydir_is_configured(const struct tool *tool)
{
	return tool->config != NULL && tool->keydir == tool->config->keydir;
}

bool
tool_keydir_is_mounted(const struct tool *tool)
{
	return tool_keydir_is_configured(tool) && tool->config->keydir_mounted;
}

bool
tool_make_keydir(const struct tool *tool)
{
	struct ks_error error;
	struct passwd *pw;

	if (access(tool->keydir, F_OK) == 0)
		return true;
	/* Whoever mounts it makes it. */
	if (tool_keydir_is_mounted(tool))
		return true;
	pw = NULL;
	if (geteuid() == 0 && tool->config != NULL &&
	    (pw = getpwnam(tool->config->keys_user)) == NULL) {
		warnx("%s: no such key directory, and no user %s to own it: "
		    "create the user with 'useradd --system --no-create-home "
		    "--shell /usr/sbin/nologin %s'", tool->keydir,
		    tool->config->keys_user, tool->config->keys_user);
		return false;
	}
	if (ks_make(tool->keydir, pw == NULL ? geteuid() : pw->pw_uid,
	    pw == NULL ? getegid() : pw->pw_gid, &error) != 0) {
		warnx("%s", error.text);
		return false;
	}
	return true;
}

bool
tool_run_init(const struct tool *tool, struct rotation_run *run)
{
	struct ks_error error;
	int r;

	r = rotation_run_init(run, tool->ks, tool->config, tool->clock,
	    &error);
	if (r == 0 && rotation_needs_queue_lifetime(tool->config)) {
		run->queue_lifetime = queue_lifetime_ask(NULL, error.text,
		    sizeof(error.text));
		if (error.text[0] != '\0')
			warnx("%s", error.text);
	}
	if (r == 0 && tool->config->sync_hosts.n > 0 &&
	    ks_hosts_read(tool->ks, &run->hosts, &error) != 0)
		warnx("%s", error.text);
	if (r == 0 && dns_silents_read(run->silents, tool->ks, &error) != 0)
		warnx("%s", error.text);
	run->keydir = tool->keydir;
	run->without = tool->without;
	run->nwithout = tool->nwithout;
	run->is_fleet = !tool->skips_hosts &&
	    tool->config->fleet_database != NULL &&
	    tool_keydir_is_configured(tool);
	run->wait_s = tool->wait_s;
	run->answer_s = tool->answer_s;
	run->dry_run = tool->dry_run;
	lease_use(tool, run);
	if (r != 0)
		warnx("%s", error.text);
	return r == 0;
}

bool
tool_check_publish(struct rotation_run *run, const struct rotation *rotation)
{
	struct publisher *publisher;
	struct ks_error error;

	if (rotation_run_publisher(run, rotation, &publisher, &error) == 0)
		return true;
	warnx("%s", error.text);
	return false;
}

static bool
publish_alike(const struct rotation *a, const struct rotation *b)
{
	return a->publish == b->publish &&
	    (a->tsig_key == b->tsig_key || (a->tsig_key != NULL &&
	    b->tsig_key != NULL && strcmp(a->tsig_key, b->tsig_key) == 0)) &&
	    (a->hook == b->hook || (a->hook != NULL && b->hook != NULL &&
	    strcmp(a->hook, b->hook) == 0));
}

bool
tool_check_publish_all(struct rotation_run *run, char *const *domains,
    size_t ndomains)
{
	const struct rotation *all = run->config->rotations;
	const size_t n = run->config->nrotations;
	bool *is_used, can = true;
	size_t i, j;

	if ((is_used = calloc(n, sizeof(*is_used))) == NULL) {
		warn(NULL);
		return false;
	}
	for (i = 0; i < ndomains; i++)
		is_used[config_rotation(run->config, domains[i]) - all] = true;
	for (i = 0; i < n; i++) {
		for (j = 0; j < i && !(is_used[j] &&
		    publish_alike(&all[i], &all[j])); j++)
			;
		if (is_used[i] && j == i && !tool_check_publish(run, &all[i]))
			can = false;
	}
	free(is_used);
	return can;
}

void
tool_warn_strays(const struct tool *tool, const struct ks_state *state)
{
	char names[KS_STRAYS_SIZE];
	struct ks_strays strays;
	struct ks_error error;

	if (ks_strays_find(tool->ks, state->domain, state, &strays,
	    &error) != 0)
		warnx("%s", error.text);
	else if (strays.n > 0) {
		ks_strays_print(&strays, names);
		warnx("warning: %s has key files that are not in its state "
		    "file: %s: their records may still be in DNS: enter them "
		    "with '%s adopt %s'", state->domain, names, tool->command,
		    state->domain);
	}
	ks_strays_finish(&strays);
}

void
tool_print_report(const struct tool *tool,
    const struct domain_report *report)
{
	if (!tool->json) {
		domain_report_print(stdout, report);
		return;
	}
	(void)printf("[\n  ");
	domain_report_print_json(stdout, report);
	(void)printf("\n]\n");
}
