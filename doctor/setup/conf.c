/* SPDX-License-Identifier: ISC */

/*
 * The files of the configuration: which are missing, and what they will say.
 *
 * The main file is left as it is, but for an include statement if it has none
 * for conf.d.  Each source is a file of its own there.  All texts are drafts at
 * first, and the parser of countersign-milter reads the whole configuration
 * with them; with a single error, nothing is changed.
 *
 * Fails on such errors, if a file in the way was not written by setup, or a
 * source that is to be replaced already signs.
 */

#include <sys/stat.h>

#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/user_name.h"
#include "setup/conf_text.h"
#include "setup/private.h"

#define DEFAULT_SOCKET	"unix:/run/countersign/milter.sock"
#define SECRET_OCTETS	16	/* random; twice as many characters */

int
conf_load(struct setup *setup)
{
	const char *file = setup->request->config;
	char copy[PATH_MAX];
	size_t nfaults;

	(void)strlcpy(copy, file, sizeof(copy));
	(void)snprintf(setup->conf_dir, sizeof(setup->conf_dir), "%s/conf.d",
	    dirname(copy));
	if (access(file, F_OK) == -1)
		return 0;
	setup->config = config_load(file, stderr, &nfaults);
	if (setup->config != NULL)
		return 0;
	setup->is_broken = true;
	return setup->request->undo ? 0 : setup_fail("%s has errors: fix these "
	    "first", file);
}

void
conf_path(const struct setup *setup, const char *name, char *path, size_t size)
{
	(void)snprintf(path, size, "%s/%s.conf", setup->conf_dir, name);
}

/* Add a draft; text is taken over, and NULL if memory was out. */
static int
add_draft(struct setup *setup, const char *path, char *text)
{
	struct config_draft *draft = &setup->drafts[setup->ndrafts];

	if (text == NULL || (draft->path = strdup(path)) == NULL) {
		free(text);
		return setup_fail("out of memory");
	}
	draft->text = text;
	setup->ndrafts++;
	return 0;
}

/* The value of the secret header of a source that exists; else a new one. */
static const char *
secret_of(const struct setup *setup, const char *name,
    char fresh[HEX_SIZE(SECRET_OCTETS)])
{
	unsigned char octets[SECRET_OCTETS];
	const struct source *source;
	size_t i;

	for (i = 0; setup->config != NULL && i < setup->config->nsources;
	    i++) {
		source = &setup->config->sources[i];
		if (strcmp(source->name, name) == 0 && source->nsecrets > 0)
			return source->secrets[0].values.texts[0];
	}
	arc4random_buf(octets, sizeof(octets));
	hex_print(octets, SECRET_OCTETS, fresh);
	return fresh;
}

/*
 * Whether a file may get the text: 1 if it may, 0 if it says so already, except
 * that it may sign instead of observe; -1 after printing why not.
 */
static int
may_replace(const struct setup *setup, const char *path, const char *text,
    const char *enforced)
{
	const struct change *recorded;
	char why[SETUP_WHY_SIZE], *now;
	bool no_memory;
	int r = 1;

	if (file_read(path, &now, NULL, why, sizeof(why)) == -1)
		return setup_fail("%s", why);
	if (now == NULL)
		return 1;
	recorded = ledger_find(&setup->ledger, CHANGE_FILE, path, NULL);
	if (strcmp(now, text) == 0 || (enforced != NULL &&
	    strcmp(now, enforced) == 0))
		r = 0;
	else if (recorded == NULL || !ledger_is_ours(recorded, now))
		r = setup_fail("%s exists, and was written or changed by "
		    "somebody else: edit it, or give the source another "
		    "--name", path);
	else if (enforced != NULL) {
		char *without = conf_text_enforced(now, 1, &no_memory);

		if (without == NULL)
			r = setup_fail("the source of %s already signs: edit "
			    "this file, or give a new source another --name",
			    path);
		free(without);
	}
	free(now);
	return r;
}

static int
draft_source(struct setup *setup, const struct preset_summary *preset)
{
	struct setup_request *request = setup->request;
	const char *name = request->name, *secret = NULL;
	char path[PATH_MAX], fresh[2 * SECRET_OCTETS + 1], *text, *enforced;
	int r;

	conf_path(setup, name, path, sizeof(path));
	if (request->secret_header != NULL)
		secret = secret_of(setup, name, fresh);
	text = conf_text_source(request, preset, name, secret, true);
	enforced = conf_text_source(request, preset, name, secret, false);
	explicit_bzero(fresh, sizeof(fresh));
	if (text == NULL || enforced == NULL)
		r = setup_fail("out of memory");
	else
		r = may_replace(setup, path, text, enforced);
	free(enforced);
	if (r == 1 && secret != NULL)
		setup_note(setup, "let a rule at %s add the field %s to each "
		    "message, with the value that stands in %s",
		    request->platform, request->secret_header, path);
	if (r == 1)
		return add_draft(setup, path, text);
	free(text);
	return r;
}

static int
draft_means(struct setup *setup)
{
	char path[PATH_MAX], *text;
	int r;

	if (conf_plan_means(setup, &text) == -1)
		return -1;
	if (text == NULL)
		return 0;
	conf_path(setup, SETUP_ROTATION_NAME, path, sizeof(path));
	if ((r = may_replace(setup, path, text, NULL)) == 1)
		return add_draft(setup, path, text);
	free(text);
	return r;
}

/*
 * A socket that Postfix can reach, unless the configuration has another one, or
 * Postfix already uses this one: it would find nobody there any more.
 */
static int
draft_socket(struct setup *setup)
{
	char path[PATH_MAX], socket[PATH_MAX], group[USER_NAME_SIZE];
	gid_t gid;

	if (setup->postfix == NULL || (setup->config != NULL &&
	    (strcmp(setup->config->socket, DEFAULT_SOCKET) != 0 ||
	    postfix_is_attached(setup, setup->config))))
		return 0;
	if (postfix_group(setup, &gid, group, sizeof(group)) == -1)
		return -1;
	postfix_socket(setup, socket, sizeof(socket));
	conf_path(setup, SETUP_SOCKET_NAME, path, sizeof(path));
	return add_draft(setup, path, conf_text_socket(socket, group));
}

static bool
reads_drafts(const struct setup *setup, const struct config *config)
{
	size_t i, j;

	for (i = 0; i < setup->ndrafts; i++) {
		for (j = 0; j < config->files.n; j++)
			if (strcmp(config->files.list[j].path,
			    setup->drafts[i].path) == 0)
				break;
		if (j == config->files.n)
			return false;
	}
	return true;
}

/* The main file includes conf.d; it is made if it does not exist. */
static int
draft_main(struct setup *setup)
{
	char pattern[PATH_MAX + 8], why[SETUP_WHY_SIZE], *text, *new;
	const char *main = setup->request->config;

	(void)snprintf(pattern, sizeof(pattern), "%s/*.conf",
	    setup->conf_dir);
	if (!conf_text_is_quotable(pattern))
		return setup_fail("%s: this path cannot be written in a "
		    "configuration", pattern);
	if (file_read(main, &text, NULL, why, sizeof(why)) == -1)
		return setup_fail("%s", why);
	new = conf_text_main(text, pattern);
	free(text);
	return add_draft(setup, main, new);
}

/* The configuration with all drafts; NULL if it has an error. */
static struct config *
load_drafts(const struct setup *setup, FILE *faults)
{
	size_t nfaults;

	return config_load_drafts(setup->request->config, setup->drafts,
	    setup->ndrafts, faults, &nfaults);
}

static int
check_drafts(struct setup *setup)
{
	bool has_main = setup->config != NULL;

	if (has_main) {
		setup->draft = load_drafts(setup, stderr);
		if (setup->draft == NULL)
			return setup_fail("the configuration would have these "
			    "errors; nothing was changed");
		if (reads_drafts(setup, setup->draft))
			return 0;
		config_unref(setup->draft);
		setup->draft = NULL;
	}
	if (draft_main(setup) == -1)
		return -1;
	setup->draft = load_drafts(setup, stderr);
	return setup->draft != NULL ? 0 : setup_fail("the configuration would "
	    "have these errors; nothing was changed");
}

/* An account that the configuration names. */
static int
find_account(const char *name, uid_t *uid, gid_t *gid)
{
	const struct passwd *pw;

	if ((pw = getpwnam(name)) == NULL)
		return setup_fail("there is no user %s: create it with "
		    "'useradd --system --no-create-home --shell "
		    "/usr/sbin/nologin %s'", name, name);
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return 0;
}

/* Whether a draft is the file of a source with a secret. */
static bool
holds_secret(const struct setup *setup, const char *path)
{
	const struct source *source;
	size_t i;

	for (i = 0; i < setup->draft->nsources; i++) {
		source = &setup->draft->sources[i];
		if (source->nsecrets > 0 && strcmp(config_place(setup->draft,
		    source->line).file, path) == 0)
			return true;
	}
	return false;
}

/* Plan a file, with the owner and mode that it has or should have. */
static int
plan_file(struct setup *setup, const struct config_draft *draft, gid_t group)
{
	struct change_access access = { 0, 0, 0644 };
	char why[SETUP_WHY_SIZE], *now;
	struct change *change;
	bool is_secret = holds_secret(setup, draft->path);

	if (is_secret) {
		access.gid = group;
		access.mode = 0640;
	}
	if (file_read(draft->path, &now, &access, why, sizeof(why)) == -1)
		return setup_fail("%s", why);
	change = plan_add(&setup->plan, CHANGE_FILE, draft->path, NULL, now,
	    draft->text);
	free(now);
	if (change != NULL) {
		change->access = access;
		change->is_secret = is_secret;
	}
	return 0;
}

static void
plan_directory(struct setup *setup, const char *path, uid_t uid, gid_t gid,
    mode_t mode)
{
	struct change *change;

	if (access(path, F_OK) == 0 || plan_find(&setup->plan,
	    CHANGE_DIRECTORY, path) != NULL)
		return;
	change = plan_add(&setup->plan, CHANGE_DIRECTORY, path, NULL, NULL,
	    "");
	if (change != NULL)
		change->access = (struct change_access){ uid, gid, mode };
}

/*
 * The directory of the socket in Postfix's queue directory.  The socket
 * inherits its group, because a front that does not begin as root cannot change
 * it.
 */
static int
plan_socket_directory(struct setup *setup, uid_t uid)
{
	char path[PATH_MAX], group[USER_NAME_SIZE];
	gid_t gid;

	if (setup->postfix == NULL || strncmp(setup->draft->socket, "unix:",
	    5) != 0)
		return 0;
	(void)strlcpy(path, setup->draft->socket + 5, sizeof(path));
	(void)dirname(path);
	if (strncmp(path, "/run/", 5) == 0)
		return 0;
	if (postfix_group(setup, &gid, group, sizeof(group)) == -1)
		return -1;
	plan_directory(setup, path, uid, gid, 02750);
	return 0;
}

int
conf_plan(struct setup *setup)
{
	const struct setup_request *request = setup->request;
	const struct preset_summary *preset;
	uid_t uid = 0, keys_uid = 0;
	gid_t gid = 0, keys_gid = 0;
	size_t i;

	if (request->platform != NULL) {
		preset = preset_list_find(setup->presets, request->platform);
		if (draft_source(setup, preset) == -1)
			return -1;
	}
	if (draft_means(setup) == -1 || draft_socket(setup) == -1 ||
	    check_drafts(setup) == -1 ||
	    find_account(setup->draft->user, &uid, &gid) == -1 ||
	    find_account(setup->draft->keys_user, &keys_uid, &keys_gid) == -1)
		return -1;
	for (i = 0; i < setup->ndrafts; i++) {
		char path[PATH_MAX];

		(void)strlcpy(path, setup->drafts[i].path, sizeof(path));
		plan_directory(setup, dirname(path), 0, 0, 0755);
		if (plan_file(setup, &setup->drafts[i], gid) == -1)
			return -1;
	}
	return plan_socket_directory(setup, uid);
}
