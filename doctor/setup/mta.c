/* SPDX-License-Identifier: ISC */

/*
 * Which MTA this host has: Postfix, Sendmail, or none.
 *
 * If both are installed, it is the one that has our milter already; otherwise a
 * person must say which.
 */

#include "machine/run.h"
#include "machine/sendmail_load.h"
#include "setup/private.h"

static int
find_sendmail(struct setup *setup)
{
	char why[SETUP_WHY_SIZE];

	return sendmail_open(SENDMAIL_CF, &setup->sendmail, why,
	    sizeof(why)) == 0 ? 0 : setup_fail("%s", why);
}

static void
forget_postfix(struct setup *setup)
{
	postfix_free(setup->postfix);
	setup->postfix = NULL;
}

static void
forget_sendmail(struct setup *setup)
{
	sendmail_free(setup->sendmail);
	setup->sendmail = NULL;
}

/* Keep one of two MTAs. */
static int
choose(struct setup *setup)
{
	const struct config *config = setup->config;
	bool has_postfix = config != NULL &&
	    postfix_is_attached(setup, config);
	bool has_sendmail = config != NULL &&
	    sendmail_is_attached(setup, config);

	if (has_postfix && !has_sendmail)
		forget_sendmail(setup);
	else if (has_sendmail && !has_postfix)
		forget_postfix(setup);
	else
		return setup_fail("Postfix and Sendmail are both installed: "
		    "say which one the mail passes, with --mta postfix or "
		    "--mta sendmail");
	return 0;
}

int
mta_find(struct setup *setup)
{
	switch (setup->request->mta) {
	case SETUP_MTA_NONE:
		return 0;
	case SETUP_MTA_POSTFIX:
		if (postfix_find(setup) == -1)
			return -1;
		return setup->postfix != NULL ? 0 : setup_fail("there is no "
		    "Postfix on this machine: install it, or give another "
		    "--mta");
	case SETUP_MTA_SENDMAIL:
		if (find_sendmail(setup) == -1)
			return -1;
		return setup->sendmail != NULL ? 0 : setup_fail("there is no "
		    "Sendmail on this machine, as " SENDMAIL_CF " does not "
		    "exist: install it, or give another --mta");
	case SETUP_MTA_ANY:
		break;
	}
	if (mta_find_all(setup) == -1)
		return -1;
	if (setup->postfix != NULL && setup->sendmail != NULL)
		return choose(setup);
	return setup->postfix != NULL || setup->sendmail != NULL ? 0 :
	    setup_fail("there is no Postfix or Sendmail on this machine: "
	    "install one, or give --mta none");
}

int
mta_find_all(struct setup *setup)
{
	if (postfix_find(setup) == -1 || find_sendmail(setup) == -1)
		return -1;
	/* What a removed Sendmail has left needs nothing. */
	if (setup->postfix != NULL && sendmail_program() == NULL)
		forget_sendmail(setup);
	return 0;
}

void
mta_find_sendmail(struct setup *setup)
{
	const enum setup_mta mta = setup->request->mta;
	char path[PATH_MAX];

	if (mta == SETUP_MTA_SENDMAIL || (mta == SETUP_MTA_ANY &&
	    !machine_find("postconf", path, sizeof(path))))
		(void)find_sendmail(setup);
}
