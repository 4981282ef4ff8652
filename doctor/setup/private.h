/* SPDX-License-Identifier: ISC */

/*
 * Shared by the files of this room only: what is known during a run, and the
 * parts that make the plan and carry it out.
 *
 * Functions that return int return 0, or -1 after they have printed why, unless
 * it says something else.
 */

#ifndef SETUP_PRIVATE_H
#define SETUP_PRIVATE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "config/presets.h"
#include "machine/postfix.h"
#include "machine/sendmail.h"
#include "setup/file.h"
#include "setup/ledger.h"
#include "setup/plan.h"
#include "setup/setup.h"

#define SETUP_MAX_DRAFTS	4
#define SETUP_MAX_NOTES		32
#define SETUP_MAX_ANSWERS	(8 * SETUP_MAX_WORDS)
/* Names of files in conf.d that are not sources. */
#define SETUP_SOCKET_NAME	"socket"
#define SETUP_ROTATION_NAME	"rotation"

#define SETUP_SOCKET_FILE	"milter.sock"	/* in the queue directory */

#define SETUP_PROGRAM_MS	60000	/* of other programs, but keys */
#define SETUP_KEYS_MS		900000
#define SETUP_HELLO_MS		5000

/* Exit status, as in doctor.h. */
enum setup_exit {
	SETUP_DONE	= 0,
	SETUP_FAILED	= 1,
	SETUP_USAGE	= 2,
	SETUP_NOT_YET	= 3
};

struct setup {
	struct setup_request *request;
	struct ledger	 ledger;
	struct preset_list *presets;
	char		 conf_dir[PATH_MAX];	/* conf.d */
	char		 keydir[PATH_MAX];	/* when the run began */
	struct config	*config;	/* as it is; NULL: no file, or broken */
	bool		 is_broken;	/* the configuration has errors */
	struct config	*draft;		/* as it will be */
	struct config_draft drafts[SETUP_MAX_DRAFTS];
	size_t		 ndrafts;	/* texts and paths are ours */
	struct postfix	*postfix;	/* NULL: none, or not used */
	struct sendmail	*sendmail;	/* the same */
	struct plan	 plan;
	/* What is left to a person. */
	char		*notes[SETUP_MAX_NOTES];
	size_t		 nnotes;
	char		*answers[SETUP_MAX_ANSWERS];	/* of the request */
	size_t		 nanswers;
};

/* Print "countersign-doctor: TEXT" on standard error; returns -1. */
int	setup_fail(const char *format, ...)
	    __attribute__((__format__(printf, 1, 2)));

/* Note what only a person can do; it makes the exit status SETUP_NOT_YET. */
void	setup_note(struct setup *setup, const char *format, ...)
	    __attribute__((__format__(printf, 2, 3)));

/* -- ask.c ---------------------------------------------------------------- */

/* Whether questions can be asked. */
bool	ask_is_possible(void);
/* Ask for everything about a source that the request does not have. */
int	ask_source(struct setup *setup);
/* Whether the answer to a question is yes. */
bool	ask_yes(const char *question);

/* -- request.c ------------------------------------------------------------ */

/* Make the request complete, from options and answers; an exit status. */
int	request_complete(struct setup *setup);

/* -- conf.c --------------------------------------------------------------- */

/* Read the configuration as it is. */
int	conf_load(struct setup *setup);
/*
 * Plan its files, and check the whole of it as it will be.  A source is added
 * if the request has a platform.
 */
int	conf_plan(struct setup *setup);
/* The path of a file in conf.d. */
void	conf_path(const struct setup *setup, const char *name, char *path,
	    size_t size);

/* -- conf_means.c --------------------------------------------------------- */

/*
 * How records are published.  Sets *text to that of the rotation file, for
 * free(3), or to NULL if the configuration already says so.
 */
int	conf_plan_means(struct setup *setup, char **text);

/* -- keys.c --------------------------------------------------------------- */

void	keys_plan(struct setup *setup);
int	keys_make(struct setup *setup, const char *domain);
/*
 * Print that keys and records of a domain stay, and how to remove them with the
 * configuration that is left, if they are there.
 */
void	keys_say_left(const struct setup *setup, const char *domain);
/* Whether the source's domains all sign; else prints what is missing. */
bool	keys_are_active(struct setup *setup, const struct source *source);
/*
 * Rotate until that is so, for at most so many seconds, or until rotation
 * reports what only a person can end; whether it is.
 */
bool	keys_wait(struct setup *setup, const struct source *source,
	    int64_t seconds);

/* -- units.c -------------------------------------------------------------- */

/* Whether systemd runs this host. */
bool	units_can_be_used(void);
int	units_plan(struct setup *setup);
/*
 * The state of a unit, "enabled, running" ..., for free(3); NULL: there is no
 * such unit.  Returns 0, or -1 with the reason if it is unknown.
 */
int	units_state(const char *unit, char **state, char *why, size_t size);
int	units_set(const char *unit, const char *state, char *why,
	    size_t size);
/* Plan that the milter may write to the folder of its socket. */
int	dropin_plan(struct setup *setup);
/* Whether a file is that of dropin_plan(). */
bool	dropin_is(const char *path);
/* Let systemd read unit files again, if the milter is to be restarted. */
int	units_reread(const struct setup *setup);
/* Whether systemd runs the milter. */
bool	units_milter_runs(void);
/* Reload or restart the milter, if that is due, and wait until it answers. */
int	units_settle(struct setup *setup);
/* Whether the milter answers a user; NULL: this one. */
bool	milter_answers(const struct config *config, const char *user,
	    char *why, size_t size);

/* -- mta.c ---------------------------------------------------------------- */

/* Find the MTA that is used: one of the two members is set, or none. */
int	mta_find(struct setup *setup);
/* Find all that are installed, whatever is used. */
int	mta_find_all(struct setup *setup);
/* Find Sendmail, if it is the MTA: only its settings are still checked. */
void	mta_find_sendmail(struct setup *setup);

/* -- postfix.c ------------------------------------------------------------ */

/* Not to be installed is no failure. */
int	postfix_find(struct setup *setup);
/* The socket that Postfix can reach, for the configuration; and its group. */
void	postfix_socket(const struct setup *setup, char *socket, size_t size);
int	postfix_group(const struct setup *setup, gid_t *gid, char *name,
	    size_t size);
/* The item of smtpd_milters for the socket of a configuration. */
int	postfix_item(const struct setup *setup, const struct config *config,
	    char *item, size_t size);
void	postfix_plan(struct setup *setup);
/* Whether any smtpd_milters, that of a service included, names a milter. */
bool	postfix_has_milters(const struct setup *setup);
/* Note how to take our milter out of Postfix. */
void	postfix_note_attached(struct setup *setup,
	    const struct config *config);
/* Whether its smtpd_milters, that of any service, names our socket. */
bool	postfix_is_attached(const struct setup *setup,
	    const struct config *config);

/* -- managed.c ------------------------------------------------------------ */

/* Why an edit of a file is left to a person; NULL: it is not. */
const char *managed_why(const char *path);

/* -- attach.c ------------------------------------------------------------- */

/* Set a value in main.cf; NULL removes it. */
int	attach_set(const char *directory, const char *name, const char *value,
	    char *why, size_t size);
/* Set it, reload and test; if anything fails, go back. */
int	attach_apply(struct setup *setup, const struct change *change);
/* Check, reload and test, if that is due. */
int	attach_settle(struct setup *setup);
int	attach_reload(const char *directory, char *why, size_t size);
/*
 * Take what setup put into a setting out again, if it is still there: the old
 * value is set, or, if somebody has changed it since, our item goes.  The value
 * is not loaded.  Returns 1 if it was there, 0, or -1 with the reason.
 */
int	attach_take_out(const struct change *change, char *why, size_t size);
/* Whether no change of this run is left in Postfix. */
bool	attach_is_undone(const struct setup *setup);
/* Whether an attached Postfix can use the milter; prints why not. */
int	attach_verify(struct setup *setup);

/* -- sendmail.c ----------------------------------------------------------- */

/* Whether sendmail.cf has our socket, for any service. */
bool	sendmail_is_attached(const struct setup *setup,
	    const struct config *config);
/*
 * Note what is missing in its settings, if Sendmail is used.  is_applied: the
 * milter should run with these settings.
 */
void	sendmail_check(struct setup *setup, bool is_applied);
/* Whether the milter may be stopped: 0, or -1 after printing what to do. */
int	sendmail_is_detached(struct setup *setup);

/* -- state.c -------------------------------------------------------------- */

/*
 * What is there now, in the form of the change's texts.  *text is for free(3),
 * and NULL if there is nothing.  Returns 0, or -1 with the reason.
 */
int	state_read(const struct change *change, char **text, char *why,
	    size_t size);
/* Put a text there; NULL: nothing. */
int	state_write(const struct change *change, const char *text, char *why,
	    size_t size);

/* -- apply.c -------------------------------------------------------------- */

int	apply_plan(struct setup *setup);

/* -- enforce.c, undo.c ---------------------------------------------------- */

/* Both return an exit status. */
int	enforce_run(struct setup *setup);
int	undo_run(struct setup *setup);

/*
 * Whether of two configurations the other one no longer observes one source,
 * and all others as before.
 */
bool	enforce_is_only(const struct config *before,
	    const struct config *after, size_t which);

#endif /* SETUP_PRIVATE_H */
