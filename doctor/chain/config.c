/* SPDX-License-Identifier: ISC */

/*
 * The configuration: all that "countersign-milter -n" reports, each as a
 * finding, who else could change it, and whether the users in it exist.
 *
 * The file is read with the code of the milter.  If it cannot be, or has
 * errors, chain->config stays NULL.
 */

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memstream.h"
#include "base/privileges.h"
#include "base/user_name.h"
#include "chain/chain.h"
#include "chain/private.h"
#include "config/means.h"
#include "config/overlap.h"

#define AREA		"configuration"

/* Lines that a function of lib/config writes, kept in memory. */
struct lines {
	FILE	*fp;
	char	*text;
	size_t	 size;
};

static bool
lines_begin(struct lines *lines)
{
	lines->text = NULL;
	lines->fp = memstream_open(&lines->text, &lines->size);
	return lines->fp != NULL;
}

/*
 * Split "FILE:LINE: text" behind the line, or "PATH: text" behind the path.
 * Returns the text, after the place that is now a string of its own.
 */
static char *
split_place(char *line)
{
	static const char warning[] = "warning: ";
	char *colon = strstr(line, ": ");

	if (colon == NULL)
		return line;
	*colon = '\0';
	colon += 2;
	if (strncmp(colon, warning, sizeof(warning) - 1) == 0)
		colon += sizeof(warning) - 1;
	return colon;
}

/* Add a finding for each line; returns how many. */
static size_t
lines_add(struct chain *chain, struct lines *lines,
    struct findings *findings, const char *id, enum finding_state state)
{
	char fix[CHAIN_FIX_SIZE], *line, *rest, *text;
	size_t n = 0;

	if (!memstream_close(lines->fp, &lines->text))
		findings->is_incomplete = true;
	else
		for (rest = lines->text;
		    (line = strsep(&rest, "\n")) != NULL;) {
			if (*line == '\0')
				continue;
			text = split_place(line);
			findings_add(findings, id, state, AREA,
			    text == line ? "-" : line, chain_fix_in(chain,
			    text, fix, sizeof(fix)), "%s", text);
			n++;
		}
	free(lines->text);
	return n;
}

/*
 * Add what a function says about the configuration, or that it says nothing.
 */
static void
add_warnings(struct chain *chain, struct findings *findings, const char *id,
    enum finding_state state, void (*warn)(const struct config *, FILE *),
    const char *well)
{
	struct lines lines;

	if (!lines_begin(&lines)) {
		findings->is_incomplete = true;
		return;
	}
	warn(chain->config, lines.fp);
	if (lines_add(chain, &lines, findings, id, state) == 0)
		findings_add(findings, id, FINDING_WELL, AREA,
		    chain->config_file, NULL, "%s", well);
}

static void
warn_unless_readable(const struct config *config, FILE *out)
{
	(void)config_can_be_read(config, out);
}

/* Whether there is a file, and it can be read by us. */
static bool
check_file(struct chain *chain, struct findings *findings)
{
	const char *file = chain->config_file;

	if (access(file, R_OK) == 0)
		return true;
	if (errno == ENOENT)
		findings_add(findings, "config-file", FINDING_PROBLEM, AREA,
		    file, NULL, "There is no configuration, so nothing is "
		    "signed. Create one with 'countersign-doctor setup', or "
		    "name it with -c.");
	else if (errno == EACCES && !chain->is_root)
		findings_add(findings, "config-file", FINDING_UNKNOWN, AREA,
		    file, NULL, "Only root and the users of countersign may "
		    "read this file: run countersign-doctor as root.");
	else
		findings_add(findings, "config-file", FINDING_PROBLEM, AREA,
		    file, NULL, "The file cannot be read: %s.",
		    strerror(errno));
	return false;
}

/* Read the file; a finding for each error. */
static bool
load(struct chain *chain, struct findings *findings)
{
	struct lines lines;
	size_t nfaults;

	if (!lines_begin(&lines)) {
		findings->is_incomplete = true;
		return false;
	}
	chain->config = config_load(chain->config_file, lines.fp, &nfaults);
	(void)lines_add(chain, &lines, findings, "config-error",
	    FINDING_PROBLEM);
	if (chain->config == NULL)
		return false;
	findings_add(findings, "config-error", FINDING_WELL, AREA,
	    chain->config_file, NULL, "no errors; %zu file%s, %zu source%s",
	    chain->config->files.n, chain->config->files.n == 1 ? "" : "s",
	    chain->config->nsources, chain->config->nsources == 1 ? "" : "s");
	return true;
}

/* Whoever can change the file decides whose mail is signed. */
static void
check_owner(const char *file, struct findings *findings)
{
	char fix[CHAIN_FIX_SIZE], owner[USER_NAME_SIZE];
	struct stat st;

	if (stat(file, &st) == -1)
		return;
	user_name(st.st_uid, owner);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		findings_add(findings, "config-owner", FINDING_PROBLEM, AREA,
		    file, chain_fix_word(fix, sizeof(fix), "chown root", file),
		    "The file belongs to user %s, who could have any mail "
		    "signed.", owner);
	else if ((st.st_mode & 0022) != 0)
		findings_add(findings, "config-owner", FINDING_PROBLEM, AREA,
		    file, chain_fix_word(fix, sizeof(fix), "chmod go-w", file),
		    "Mode %04o lets other users change the file, and so have "
		    "any mail signed.", (unsigned int)st.st_mode & 07777);
	else
		findings_add(findings, "config-owner", FINDING_WELL, AREA,
		    file, NULL, "only %s can change the file", owner);
}

/* Whether the user exists. */
static bool
check_user(struct findings *findings, const char *option, const char *user)
{
	char fix[CHAIN_FIX_SIZE];

	switch (privileges_user_exists(user)) {
	case 1:
		findings_add(findings, "user", FINDING_WELL, AREA, user, NULL,
		    "the user exists");
		return true;
	case 0:
		findings_add(findings, "user", FINDING_PROBLEM, AREA, user,
		    chain_fix_word(fix, sizeof(fix), "useradd --system "
		    "--no-create-home --shell /usr/sbin/nologin", user),
		    "The user does not exist, but the option %s names it, so "
		    "the milter does not start.", option);
		return false;
	default:
		findings_add(findings, "user", FINDING_UNKNOWN, AREA, user,
		    NULL, "The user cannot be looked up: %s.",
		    strerror(errno));
		return false;
	}
}

static void
check_users(struct chain *chain, struct findings *findings)
{
	const struct config *config = chain->config;
	const bool are_same = strcmp(config->user, config->keys_user) == 0;

	chain->has_user = check_user(findings, "user", config->user);
	if (!are_same)
		(void)check_user(findings, "keys_user", config->keys_user);
	findings_add(findings, "separate-users", are_same ? FINDING_PROBLEM :
	    FINDING_WELL, AREA, config->user, NULL, "%s", are_same ?
	    "The options user and keys_user name the same user, so the "
	    "process that reads mail can read the keys. Use two users." :
	    "keys and mail are read by different users");
}

/* What the sources do, all together. */
static void
check_sources(const struct config *config, struct findings *findings)
{
	size_t i, n = 0;

	for (i = 0; i < config->nsources; i++)
		n += config->sources[i].observe;
	if (config->nsources == 0)
		findings_add(findings, "sources", FINDING_PROBLEM, AREA,
		    config->file, NULL, "There is no source, so nothing is "
		    "signed. Add one with 'countersign-doctor setup', or as "
		    "countersign.conf(5) describes.");
	else if (config->observe || n == config->nsources)
		findings_add(findings, "sources", FINDING_NOTE, AREA,
		    config->file, NULL, "In mode observe, nothing is signed or "
		    "refused: what would happen is only logged. When the log "
		    "looks right, run 'countersign-doctor setup --enforce'.");
	else
		findings_add(findings, "sources", FINDING_WELL, AREA,
		    config->file, NULL, "%zu source%s sign%s",
		    config->nsources - n, config->nsources - n == 1 ? "" : "s",
		    config->nsources - n == 1 ? "s" : "");
}

void
chain_config(struct chain *chain, struct findings *findings)
{
	if (!check_file(chain, findings) || !load(chain, findings))
		return;
	check_owner(chain->config_file, findings);
	check_sources(chain->config, findings);
	check_users(chain, findings);
	add_warnings(chain, findings, "config-readable", FINDING_PROBLEM,
	    warn_unless_readable, "the users of countersign can read it");
	add_warnings(chain, findings, "trusted-platform", FINDING_PROBLEM,
	    config_print_risks, "no source trusts the networks of a platform");
	add_warnings(chain, findings, "config-warning", FINDING_NOTE,
	    config_print_oddities, "no unusual settings");
	add_warnings(chain, findings, "source-overlap", FINDING_NOTE,
	    config_warn_of_overlaps, "no source hides another one");
	add_warnings(chain, findings, "publication", FINDING_PROBLEM,
	    config_warn_of_means, "what publishes records can be used");
}

/* Not while the key store is missing: the keys may be where it was. */
void
chain_keyless(struct chain *chain, struct findings *findings)
{
	if (chain->has_keys)
		add_warnings(chain, findings, "no-keys", FINDING_PROBLEM,
		    config_warn_of_keyless, "each domain of a source has "
		    "keys");
}
