/* SPDX-License-Identifier: ISC */

/*
 * What the units of systemd may use: the user that they run as, and the
 * directories that they see and may write.  The configuration can name others
 * than the units do, and then a service fails although all permissions are
 * right.
 *
 * A unit that is not installed, or is not confined, may do everything.
 */

#include <stdio.h>
#include <string.h>

#include "chain/chain.h"
#include "chain/private.h"
#include "machine/run.h"

#define AREA		"services"
#define LIMIT_MS	10000

#define MILTER		"countersign-milter.service"
#define SIGNER		"countersign-signer.service"
#define ROTATE		"countersign-rotate.service"

/* Ask for properties of a unit that is installed; the caller frees *out. */
static bool
ask(const char *unit, const char *properties, struct machine_output *out)
{
	const char *argv[] = { "systemctl", "show", "--no-pager", "-p",
	    properties, unit, NULL };

	return machine_run(NULL, argv, LIMIT_MS, out) == 0 &&
	    strstr(out->text, "LoadState=loaded") != NULL;
}

/*
 * Whether a path is at or below one of those that systemd prints: "-/a /b", or
 * "/a:/a:rbind" for what is bound; "RuntimeDirectory=a" is /run/a, and
 * "StateDirectory=a" is /var/lib/a.
 */
static bool
is_below_one(const char *path, char *text)
{
	static const struct {
		const char	*property, *folder;
	} own[] = {
		{ "RuntimeDirectory=",	"/run/" },
		{ "StateDirectory=",	"/var/lib/" },
	};
	const char *rest;
	char *line, *word;
	size_t len, i;

	while ((line = strsep(&text, "\n")) != NULL) {
		rest = path;
		for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
			if (strncmp(line, own[i].property,
			    strlen(own[i].property)) != 0)
				continue;
			len = strlen(own[i].folder);
			rest = strncmp(path, own[i].folder, len) == 0 ?
			    path + len : "";
		}
		(void)strsep(&line, "=");
		while ((word = strsep(&line, " :")) != NULL) {
			word += strspn(word, "-+");
			len = strlen(word);
			if (len > 1 && strncmp(rest, word, len) == 0 &&
			    (rest[len] == '/' || rest[len] == '\0'))
				return true;
		}
	}
	return false;
}

bool
chain_unit_writes(const char *unit, const char *path)
{
	struct machine_output out;
	bool may = true;

	if (ask(unit, "LoadState,ProtectSystem,ReadWritePaths,"
	    "RuntimeDirectory,StateDirectory", &out) &&
	    strstr(out.text, "ProtectSystem=strict") != NULL)
		may = is_below_one(path, out.text);
	machine_output_finish(&out);
	return may;
}

/* Whether a unit with a root directory of its own sees a path. */
static bool
unit_sees(const char *unit, const char *path)
{
	struct machine_output out;
	bool does = true;

	if (ask(unit, "LoadState,RootDirectory,BindPaths,BindReadOnlyPaths",
	    &out) && strstr(out.text, "RootDirectory=/") != NULL)
		does = is_below_one(path, out.text);
	machine_output_finish(&out);
	return does;
}

const char *
chain_fix_unit(const char *unit, const char *name, const char *option,
    const char *path, char *fix, size_t size)
{
	char line[PATH_MAX + 64], word[2 * PATH_MAX];
	int n;

	if (strpbrk(path, " \t\"'\\%:") != NULL)
		return NULL;
	(void)snprintf(line, sizeof(line), "%s%s", option, path);
	if (chain_fix_word(word, sizeof(word), "printf '[Service]\\n%s\\n'",
	    line) == NULL)
		return NULL;
	n = snprintf(fix, size, "install -d /etc/systemd/system/%s.d\n"
	    "%s >/etc/systemd/system/%s.d/%s.conf\n"
	    "systemctl daemon-reload\nsystemctl try-restart %s", unit, word,
	    unit, name, unit);
	return n < 0 || (size_t)n >= size ? NULL : fix;
}

static void
add_path(struct findings *findings, const char *unit, bool is_right,
    const char *option, const char *path, const char *what)
{
	char fix[4 * PATH_MAX], name[64];

	if (is_right) {
		findings_add(findings, "unit-path", FINDING_WELL, AREA, path,
		    NULL, "%s may use it", unit);
		return;
	}
	(void)snprintf(name, sizeof(name), "path-%.*s",
	    (int)strcspn(option, "="), option);
	findings_add(findings, "unit-path", FINDING_PROBLEM, AREA, path,
	    chain_fix_unit(unit, name, option, path, fix, sizeof(fix)),
	    "The configuration names this directory, but %s may not use it, "
	    "so %s.", unit, what);
}

/* Whether a unit runs as the user that the configuration names. */
static void
check_user(struct findings *findings, const char *unit, const char *option,
    const char *user)
{
	struct machine_output out;
	char *text, *line;

	if (ask(unit, "LoadState,User", &out)) {
		text = out.text;
		while ((line = strsep(&text, "\n")) != NULL)
			if (strncmp(line, "User=", 5) == 0)
				break;
		if (line != NULL && line[5] != '\0' &&
		    strcmp(line + 5, user) != 0)
			findings_add(findings, "unit-user", FINDING_PROBLEM,
			    AREA, unit, NULL, "The unit runs as user %s, but "
			    "the option %s says %s. Use the same user: remove "
			    "the option, or set User= with 'systemctl edit "
			    "%s'.", line + 5, option, user, unit);
		else
			findings_add(findings, "unit-user", FINDING_WELL, AREA,
			    unit, NULL, "it runs as the user that the "
			    "configuration names");
	}
	machine_output_finish(&out);
}

void
chain_units(struct chain *chain, struct findings *findings)
{
	const struct config *config = chain->config;
	char folder[PATH_MAX];
	char *slash;

	/* Without its units, systemd does not start it. */
	if (config == NULL || !chain->has_units)
		return;
	check_user(findings, MILTER, "user", config->user);
	check_user(findings, SIGNER, "keys_user", config->keys_user);
	if (!config->keydir_mounted) {
		add_path(findings, SIGNER, unit_sees(SIGNER, config->keydir),
		    "BindPaths=", config->keydir, "the signers have no keys");
		add_path(findings, ROTATE, chain_unit_writes(ROTATE,
		    config->keydir), "ReadWritePaths=-", config->keydir,
		    "keys cannot be rotated");
	} else if (!unit_sees(SIGNER, config->keydir))
		findings_add(findings, "unit-path", FINDING_PROBLEM, AREA,
		    config->keydir, NULL, "%s does not see this directory, so "
		    "the signers have no keys. Add BindReadOnlyPaths=%s and "
		    "RestrictSUIDSGID=no with 'systemctl edit %s'.", SIGNER,
		    config->keydir, SIGNER);
	if (strncmp(config->socket, "unix:/", 6) != 0 ||
	    strlcpy(folder, config->socket + 5, sizeof(folder)) >=
	    sizeof(folder))
		return;
	slash = strrchr(folder, '/');
	*slash = '\0';
	if (slash != folder)
		add_path(findings, MILTER, chain_unit_writes(MILTER, folder),
		    "ReadWritePaths=-", folder, "the milter cannot create its "
		    "socket");
}
