/* SPDX-License-Identifier: ISC */

/*
 * Sendmail: says what sendmail.mc needs, and checks whether the sendmail.cf
 * that was made of it has that, and the Sendmail that runs has read it.
 *
 * Nothing is edited: sendmail.mc is a program for m4(1), in which the place of
 * a line matters.  Because of F=T, all mail is deferred while the milter cannot
 * be reached, so the lines are given only when it answers.
 */

#include <stdio.h>
#include <string.h>

#include "machine/sendmail_load.h"
#include "machine/sendmail_mc.h"
#include "setup/private.h"
#include "text/text.h"

#define NAME		"countersign"
#define TEXT_SIZE	4096

bool
sendmail_is_attached(const struct setup *setup, const struct config *config)
{
	const struct sendmail *s = setup->sendmail;
	const struct sendmail_milter *ours;
	bool is_attached;
	size_t i;

	if (s == NULL || (ours = sendmail_milter_on(s, config->socket)) == NULL)
		return false;
	is_attached = sendmail_uses(s, NULL, ours);
	for (i = 0; i < s->ndaemons; i++)
		is_attached |= s->daemons[i].filters != NULL &&
		    sendmail_uses(s, s->daemons[i].filters, ours);
	return is_attached;
}

/* Read it again: somebody may have changed it since. */
static int
read_again(struct setup *setup)
{
	char why[SETUP_WHY_SIZE];
	struct sendmail *now;

	if (sendmail_open(SENDMAIL_CF, &now, why, sizeof(why)) == -1)
		return setup_fail("%s", why);
	if (now == NULL)
		return setup_fail("%s does not exist any more", SENDMAIL_CF);
	sendmail_free(setup->sendmail);
	setup->sendmail = now;
	return 0;
}

/* Commands, each on a line of its own that is indented. */
static void
append_commands(char *text, size_t size, const char *commands)
{
	const char *end;

	for (; *commands != '\0'; commands = *end == '\n' ? end + 1 : end) {
		end = commands + strcspn(commands, "\n");
		(void)snprintf(text + strlen(text), size - strlen(text),
		    "\n    %.*s", (int)(end - commands), commands);
	}
}

static void
append_load(const struct setup *setup, bool makes, char *text, size_t size)
{
	char commands[1024];

	if (makes && sendmail_make_commands(commands, sizeof(commands)))
		append_commands(text, size, commands);
	if (sendmail_read_commands(setup->sendmail, commands,
	    sizeof(commands)))
		append_commands(text, size, commands);
}

/* What is wrong with our milter's line in sendmail.mc; false if nothing is. */
static bool
find_fault(const struct sendmail *s, const struct config *config, char *text,
    size_t size)
{
	const struct sendmail_milter *ours, *named = NULL;
	const bool has_order = sendmail_mc_has_order();
	size_t place = sendmail_find(s, config->socket), i;

	for (i = 0; i < s->nmilters; i++)
		if (strcmp(s->milters[i].name, NAME) == 0)
			named = &s->milters[i];
	ours = sendmail_milter_on(s, config->socket);
	if (ours == NULL && named == NULL)
		(void)snprintf(text, size, "add this line at its end, after "
		    "all other filters:\n    INPUT_MAIL_FILTER(`" NAME "', "
		    "`S=%s, F=T, T=" SENDMAIL_TIMES "')dnl%s", config->socket,
		    has_order ? "\n  and write " NAME " last in "
		    "confINPUT_MAIL_FILTERS" : "");
	else if (ours == NULL)
		(void)snprintf(text, size, "in the line of the filter " NAME
		    ", write S=%s instead of S=%s", config->socket,
		    named->socket);
	else if (place == s->norder)
		(void)snprintf(text, size, "the filter %s is defined, but not "
		    "used: define it with INPUT_MAIL_FILTER, not with "
		    "MAIL_FILTER, and if there is a confINPUT_MAIL_FILTERS, "
		    "add it there as the last one", ours->name);
	else if (ours->flag != 'T' && ours->flag != '4')
		(void)snprintf(text, size, "in the line of the filter %s, "
		    "write F=T%s: without it, mail is %s while the milter "
		    "cannot be reached", ours->name, ours->flag == 'R' ?
		    " instead of F=R" : "", ours->flag == 'R' ?
		    "refused for good" : "not signed");
	else if (place + 1 < s->norder)
		(void)snprintf(text, size, "%s%s%s: %s comes after it, and "
		    "what that changes in a message breaks the signature",
		    has_order ? "write the filter " : "move the line of the "
		    "filter ", ours->name, has_order ? " last in "
		    "confINPUT_MAIL_FILTERS" : " to the end",
		    s->milters[s->order[place + 1]].name);
	else
		return false;
	return true;
}

/* Services with milters of their own are a person's work. */
static void
note_services(struct setup *setup, const struct config *config)
{
	const struct sendmail *s = setup->sendmail;
	const struct sendmail_milter *ours;
	const struct sendmail_daemon *d;
	size_t i;

	ours = sendmail_milter_on(s, config->socket);
	for (i = 0; ours != NULL && i < s->ndaemons; i++) {
		d = &s->daemons[i];
		if (d->filters != NULL && !sendmail_uses(s, d->filters, ours))
			setup_note(setup, "the service %s has filters of its "
			    "own; if its mail is to be signed, add %s at the "
			    "end of InputMailFilters=%s in its "
			    "DAEMON_OPTIONS", d->name, ours->name, d->filters);
	}
}

/* Sendmail ignores a socket in a folder that others may write to. */
static bool
has_safe_folder(struct setup *setup, const struct config *config)
{
	char folder[PATH_MAX], word[PATH_MAX];

	switch (sendmail_check_folder(setup->sendmail, config->socket,
	    config->user, folder, sizeof(folder))) {
	case SENDMAIL_FOLDER_WELL:
		return true;
	case SENDMAIL_FOLDER_OPEN:
		if (text_shell_word(folder, word, sizeof(word)))
			setup_note(setup, "Sendmail uses no socket in a "
			    "folder that others can write to:\n"
			    "    chmod go-w %s", word);
		return false;
	case SENDMAIL_FOLDER_OTHER:
		break;
	}
	setup_note(setup, "Sendmail uses no socket in a folder that others "
	    "can write to, such as %s: put it into a folder of its own",
	    folder);
	return false;
}

/* Whether Sendmail can use the socket; notes why not. */
static bool
can_connect(struct setup *setup, const struct config *config)
{
	char why[SETUP_WHY_SIZE], buf[256];
	const char *user = sendmail_user(setup->sendmail, buf, sizeof(buf));

	if (!has_safe_folder(setup, config))
		return false;
	if (milter_answers(config, user, why, sizeof(why)))
		return true;
	setup_note(setup, "the milter does not answer the user %s, as which "
	    "Sendmail runs: %s%s.  %s", user != NULL ? user : "root", why,
	    user != NULL ? " (about RunAsUser, see countersign-milter(8))" :
	    "", sendmail_is_attached(setup, config) ? "Until it does, all "
	    "mail is deferred" : "When it does, run setup again, which then "
	    "says what sendmail.mc needs");
	return false;
}

/* sendmail.cf is right: is it what Sendmail uses? */
static void
note_stage(struct setup *setup, enum sendmail_stage stage)
{
	char text[TEXT_SIZE];

	if (stage == SENDMAIL_NOT_READ)
		(void)strlcpy(text, "Sendmail has not read sendmail.cf since "
		    "it was changed; run:", sizeof(text));
	else if (stage == SENDMAIL_NOT_RUNNING)
		(void)strlcpy(text, "Sendmail does not run; start it:",
		    sizeof(text));
	else {
		(void)printf("Sendmail has the milter, as the last filter, and "
		    "defers mail without it.\n");
		return;
	}
	append_load(setup, false, text, sizeof(text));
	setup_note(setup, "%s", text);
}

void
sendmail_check(struct setup *setup, bool is_applied)
{
	const struct config *config = is_applied ? setup->config :
	    setup->draft;
	char text[TEXT_SIZE], fault[TEXT_SIZE / 2];
	enum sendmail_stage stage;

	if (setup->sendmail == NULL || setup->postfix != NULL ||
	    config == NULL || read_again(setup) == -1 ||
	    (is_applied && !can_connect(setup, config)))
		return;
	stage = sendmail_stage(setup->sendmail);
	if (stage == SENDMAIL_NOT_MADE)
		(void)strlcpy(text, SENDMAIL_MC " was changed after "
		    "sendmail.cf was made of it; run:", sizeof(text));
	else if (find_fault(setup->sendmail, config, fault, sizeof(fault)))
		(void)snprintf(text, sizeof(text), "%s" SENDMAIL_MC ": %s\n"
		    "  then run:", is_applied ? "" :
		    "when the milter runs, in ", fault);
	else {
		note_services(setup, config);
		note_stage(setup, stage);
		return;
	}
	append_load(setup, true, text, sizeof(text));
	(void)strlcat(text, "\n  and run setup again, which checks it",
	    sizeof(text));
	setup_note(setup, "%s", text);
}

int
sendmail_is_detached(struct setup *setup)
{
	char text[TEXT_SIZE];
	bool makes = true;

	if (setup->sendmail == NULL || setup->config == NULL)
		return 0;
	if (sendmail_is_attached(setup, setup->config))
		(void)snprintf(text, sizeof(text), "Sendmail still has the "
		    "milter %s: take its line out of " SENDMAIL_MC ", then "
		    "run:", setup->config->socket);
	else if (!(makes = sendmail_stage(setup->sendmail) !=
	    SENDMAIL_NOT_READ))
		(void)strlcpy(text, "Sendmail has not read sendmail.cf since "
		    "it was changed, and may still have the milter; run:",
		    sizeof(text));
	else
		return 0;
	append_load(setup, makes, text, sizeof(text));
	return setup_fail("%s\n  and setup --undo again; the services go on "
	    "until then", text);
}
