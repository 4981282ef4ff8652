/* SPDX-License-Identifier: ISC */

/*
 * What main.cf of Postfix gets, or why it is left alone.
 *
 * Our milter is appended to smtpd_milters with a default action of its own, so
 * that nothing else in main.cf changes.  A main.cf that another program writes,
 * and values in master.cf, are only shown: an edit there would be lost, or
 * would surprise.
 */

#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/milter_socket.h"
#include "machine/postfix_milters.h"
#include "setup/private.h"
#include "setup/setting.h"
#include "text/text.h"

#define SETTING		"smtpd_milters"
#define ITEM_SIZE	1200
#define WORD_SIZE	8192

int
postfix_find(struct setup *setup)
{
	char why[SETUP_WHY_SIZE];

	return postfix_open(setup->request->postfix_dir, &setup->postfix, why,
	    sizeof(why)) == 0 ? 0 : setup_fail("%s", why);
}

void
postfix_socket(const struct setup *setup, char *socket, size_t size)
{
	(void)snprintf(socket, size, "unix:%s/countersign/" SETUP_SOCKET_FILE,
	    postfix_queue_directory(setup->postfix));
}

int
postfix_group(const struct setup *setup, gid_t *gid, char *name, size_t size)
{
	const char *owner = postfix_mail_owner(setup->postfix);
	const struct passwd *pw;
	const struct group *gr;

	if ((pw = getpwnam(owner)) == NULL ||
	    (gr = getgrgid(pw->pw_gid)) == NULL)
		return setup_fail("mail_owner of Postfix is %s, a user that "
		    "does not exist", owner);
	*gid = gr->gr_gid;
	if (strlcpy(name, gr->gr_name, size) < size)
		return 0;
	return setup_fail("the name of the group %s is too long",
	    gr->gr_name);
}

/* Whether a service that receives mail is in a chroot. */
static bool
is_chrooted(const struct postfix *postfix)
{
	const struct postfix_service *service;
	size_t i;

	for (i = 0; i < postfix_nservices(postfix); i++) {
		service = postfix_service(postfix, i);
		if (strcmp(service->command, "smtpd") == 0 &&
		    service->is_chrooted)
			return true;
	}
	return false;
}

int
postfix_item(const struct setup *setup, const struct config *config,
    char *item, size_t size)
{
	const char *queue = postfix_queue_directory(setup->postfix);
	const size_t queuelen = strlen(queue);
	struct milter_socket socket;
	char why[SETUP_WHY_SIZE], address[ITEM_SIZE];

	if (!milter_socket_read(config->socket, &socket, why, sizeof(why)))
		return setup_fail("socket \"%s\": %s", config->socket, why);
	if (!socket.is_unix)
		(void)snprintf(address, sizeof(address), "inet:%s:%s",
		    socket.host, socket.port);
	else if (strncmp(socket.path, queue, queuelen) == 0 &&
	    socket.path[queuelen] == '/')
		(void)snprintf(address, sizeof(address), "unix:%s",
		    socket.path + queuelen + 1);
	else if (!is_chrooted(setup->postfix))
		(void)snprintf(address, sizeof(address), "unix:%s",
		    socket.path);
	else
		return setup_fail("smtpd of Postfix is in a chroot and cannot "
		    "reach the socket %s: set socket = "
		    "\"unix:%s/countersign/milter.sock\" in the "
		    "configuration", socket.path, queue);
	(void)snprintf(item, size, "{ %s, default_action=tempfail }", address);
	return 0;
}

/* Whether a value of smtpd_milters has the milter that listens on a socket. */
static bool
names_socket(const struct postfix *postfix, const char *value,
    const char *socket)
{
	struct postfix_milters milters;
	bool names;

	if (postfix_milters_read(value, &milters) == -1)
		return false;
	names = postfix_milters_find(postfix, false, &milters, socket) <
	    milters.n;
	postfix_milters_finish(&milters);
	return names;
}

/* The value that a service has instead of that of main.cf; NULL: none. */
static const char *
override_of(const struct postfix_service *service)
{
	return strcmp(service->command, "smtpd") == 0 ?
	    postfix_override(service, SETTING) : NULL;
}

bool
postfix_is_attached(const struct setup *setup, const struct config *config)
{
	const struct postfix *postfix = setup->postfix;
	const char *value;
	size_t i;

	if (names_socket(postfix, postfix_parameter(postfix, SETTING),
	    config->socket))
		return true;
	for (i = 0; i < postfix_nservices(postfix); i++) {
		value = override_of(postfix_service(postfix, i));
		if (value != NULL && names_socket(postfix, value,
		    config->socket))
			return true;
	}
	return false;
}

bool
postfix_has_milters(const struct setup *setup)
{
	const struct postfix *postfix = setup->postfix;
	const char *value = postfix_parameter(postfix, SETTING);
	size_t i;

	for (i = 0; value == NULL || value[0] == '\0'; i++) {
		if (i == postfix_nservices(postfix))
			return false;
		value = override_of(postfix_service(postfix, i));
	}
	return true;
}

/* Why main.cf is not edited; NULL if it is. */
static const char *
why_not_edit(const struct setup *setup, const char *path)
{
	const struct postfix *postfix = setup->postfix;

	if (!postfix_is_at_least(postfix, 3, 0))
		return "this Postfix is older than 3.0, which does not know "
		    "a default action for each milter";
	if (setup->request->postfix_dir == NULL && postfix_parameter(postfix,
	    "multi_instance_directories")[0] != '\0')
		return "there are several instances of Postfix: name the "
		    "directory of one with --postfix";
	return managed_why(path);
}

/* The shell's "SERVICE/TYPE/smtpd_milters=VALUE" for "postconf -P". */
static bool
override_word(const struct postfix_service *service, const char *value,
    char *quoted, size_t size)
{
	char *packed = setting_packed(value), *word = NULL;
	bool fits;

	fits = packed != NULL && asprintf(&word, "%s/%s/%s=%s", service->name,
	    service->type, SETTING, packed) != -1 &&
	    text_shell_word(word, quoted, size);
	free(packed);
	free(word);
	return fits;
}

/* Services of master.cf that have milters of their own are a person's work. */
static void
note_services(struct setup *setup, const char *item)
{
	const struct postfix_service *service;
	const char *value;
	char *with, word[WORD_SIZE];
	size_t i;

	for (i = 0; i < postfix_nservices(setup->postfix); i++) {
		service = postfix_service(setup->postfix, i);
		value = override_of(service);
		if (value == NULL || value[0] == '\0' || names_socket(
		    setup->postfix, value, setup->draft->socket))
			continue;
		if ((with = setting_with(value, item)) == NULL)
			setup->plan.no_memory = true;
		else if (override_word(service, with, word, sizeof(word)))
			setup_note(setup, "the service %s/%s in master.cf has "
			    "milters of its own; if its mail is to be "
			    "signed:\n    postconf -c %s -P %s\n"
			    "    postfix -c %s reload",
			    service->name, service->type,
			    postfix_config_directory(setup->postfix), word,
			    postfix_config_directory(setup->postfix));
		free(with);
	}
}

/* The value without the milter that listens on a socket; for free(3). */
static char *
without_socket(const struct postfix *postfix, const char *value,
    const char *socket)
{
	struct postfix_milters milters;
	char *text;

	if (postfix_milters_read(value, &milters) == -1)
		return NULL;
	postfix_milters_remove(&milters, postfix_milters_find(postfix, false,
	    &milters, socket));
	text = postfix_milters_text(&milters);
	postfix_milters_finish(&milters);
	return text;
}

/* The value that main.cf should have, as a command if it may be edited. */
static void
note_main(struct setup *setup, const char *value)
{
	const char *directory = postfix_config_directory(setup->postfix);
	char path[PATH_MAX], word[WORD_SIZE], *setting = NULL;

	(void)snprintf(path, sizeof(path), "%s/main.cf", directory);
	if (managed_why(path) != NULL)
		setup_note(setup, "take the milter out of main.cf, where that "
		    "comes from:\n    %s = %s", SETTING, value);
	else if (asprintf(&setting, "%s=%s", SETTING, value) != -1 &&
	    text_shell_word(setting, word, sizeof(word)))
		setup_note(setup, "take the milter out of main.cf:\n"
		    "    postconf -c %s -e %s", directory, word);
	free(setting);
}

void
postfix_note_attached(struct setup *setup, const struct config *config)
{
	const struct postfix *postfix = setup->postfix;
	const char *directory = postfix_config_directory(postfix), *value;
	const struct postfix_service *service;
	char *rest, word[WORD_SIZE];
	size_t i;

	value = postfix_as_set(postfix, SETTING);
	if (value != NULL && names_socket(postfix, value, config->socket) &&
	    (rest = without_socket(postfix, value, config->socket)) != NULL) {
		note_main(setup, rest);
		free(rest);
	}
	for (i = 0; i < postfix_nservices(postfix); i++) {
		service = postfix_service(postfix, i);
		value = override_of(service);
		if (value == NULL || !names_socket(postfix, value,
		    config->socket) || (rest = without_socket(postfix, value,
		    config->socket)) == NULL)
			continue;
		if (override_word(service, rest, word, sizeof(word)))
			setup_note(setup, "take the milter out of master.cf:\n"
			    "    postconf -c %s -P %s", directory, word);
		free(rest);
	}
	setup_note(setup, "then: postfix -c %s reload, and run setup --undo "
	    "again", directory);
}

void
postfix_plan(struct setup *setup)
{
	const char *directory, *raw, *reason;
	char item[ITEM_SIZE + 32], path[PATH_MAX], *with;

	if (setup->postfix == NULL || postfix_item(setup, setup->draft, item,
	    sizeof(item)) == -1)
		return;
	directory = postfix_config_directory(setup->postfix);
	if (!postfix_is_attached(setup, setup->draft)) {
		raw = postfix_as_set(setup->postfix, SETTING);
		if ((with = setting_with(raw, item)) == NULL) {
			setup->plan.no_memory = true;
			return;
		}
		(void)snprintf(path, sizeof(path), "%s/main.cf", directory);
		if ((reason = why_not_edit(setup, path)) != NULL)
			setup_note(setup, "%s is not changed: %s.  Where it "
			    "comes from, set\n    %s = %s\n  and then: "
			    "postfix -c %s reload", path, reason, SETTING,
			    with, directory);
		else
			(void)plan_add(&setup->plan, CHANGE_SETTING, directory,
			    SETTING, raw, with);
		free(with);
	}
	note_services(setup, item);
}
