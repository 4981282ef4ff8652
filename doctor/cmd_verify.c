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

int
cmd_verify(struct doctor *doctor)
{
	struct examination x;
	struct keysource *keys;
	struct mailfile mail;
	const char *why;
	char error[256];
	int r, status = DOCTOR_NO;

	if (doctor->key_file != NULL && doctor->dns != NULL) {
		warnx("verify: use --dns or --key-file, not both");
		return DOCTOR_USAGE;
	}
	keys = doctor->key_file != NULL ?
	    keysource_file(doctor->key_file, error, sizeof(error)) :
	    keysource_dns(doctor->dns, error, sizeof(error));
	if (keys == NULL) {
		warnx("%s", error);
		return DOCTOR_NO;
	}
	if (!mailfile_read(&mail, stdin, &why)) {
		warnx("the message on standard input: %s", why);
		keysource_free(keys);
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
	keysource_free(keys);
	return status;
}
