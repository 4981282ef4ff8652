/* SPDX-License-Identifier: ISC */

/*
 * countersign-doctor verify: check the signatures of the message on standard
 * input.
 *
 * The exit status is DOCTOR_YES if a signature passes, DOCTOR_NOT_YET if none
 * does but DNS did not answer for at least one, and DOCTOR_NO otherwise.  If
 * the message or the keys cannot be read, the command prints why.
 */

#include <err.h>
#include <stdio.h>

#include "doctor.h"
#include "examine.h"
#include "keysource.h"
#include "verify_text.h"

static int
exit_status(const struct examination *x)
{
	int status = DOCTOR_NO;
	size_t i;

	for (i = 0; i < x->nsignatures; i++) {
		if (x->signatures[i].verdict.result == DKIMSIG_RESULT_PASS)
			return DOCTOR_YES;
		if (x->signatures[i].verdict.result ==
		    DKIMSIG_RESULT_TEMPERROR)
			status = DOCTOR_NOT_YET;
	}
	return status;
}

enum { OPTION_KEY_FILE = OPTION_OWN };

static const struct option options[] = {
	{ "dns",	required_argument,	NULL, OPTION_DNS },
	{ "json",	optional_argument,	NULL, OPTION_JSON },
	{ "key-file",	required_argument,	NULL, OPTION_KEY_FILE },
	{ "no-color",	no_argument,		NULL, OPTION_NO_COLOR },
	{ NULL,		0,			NULL, 0 }
};

static int
verify(const struct doctor *doctor, struct keysource *keys)
{
	struct examination x;
	struct mailfile mail;
	const char *why;
	int r, status = DOCTOR_NO;

	if (!mailfile_read(&mail, stdin, &why)) {
		warnx("the message on standard input: %s", why);
		return DOCTOR_NO;
	}
	if ((r = examine(&x, &mail, keys, doctor->now)) != 0)
		warnx("the message on standard input: %s",
		    dkimsig_strerror(r));
	else {
		if (doctor->json)
			report_json(stdout, &x, doctor);
		else
			report_text(stdout, &x, doctor);
		status = exit_status(&x);
	}
	examination_finish(&x);
	return status;
}

static int
run(struct doctor *doctor, int argc, char **argv)
{
	const char *key_file = NULL;
	struct keysource *keys;
	char error[256];
	int option, status;

	while ((option = doctor_next_option(doctor, &command_verify, argc,
	    argv)) != -1)
		if (option == OPTION_KEY_FILE)
			key_file = optarg;
	if (!doctor_takes_message(&command_verify, argc))
		return DOCTOR_USAGE;
	if (key_file != NULL && doctor->dns != NULL) {
		warnx("verify: use --dns or --key-file, not both");
		return DOCTOR_USAGE;
	}
	keys = key_file != NULL ?
	    keysource_file(key_file, error, sizeof(error)) :
	    keysource_dns(doctor->dns, error, sizeof(error));
	if (keys == NULL) {
		warnx("%s", error);
		return DOCTOR_NO;
	}
	status = verify(doctor, keys);
	keysource_free(keys);
	return status;
}

const struct command command_verify = {
	.name = "verify",
	.synopsis = "verify [--dns SERVER[@PORT] | --key-file FILE] "
	    "[--json] [--no-color] < MESSAGE",
	.options = options,
	.run = run,
};
