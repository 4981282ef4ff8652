/* SPDX-License-Identifier: ISC */

/*
 * Key store: whether private keys are sealed, and what that protects.
 *
 * Only what is on the disk is looked at: the file of the KEK, or the credential
 * that countersign-key(8) shows.  The beginning of an encrypted credential says
 * what encrypted it: the key of the host, which is on the same disk, or a TPM2.
 * Nobody but the signers can tell whether the KEK is the right one; they log
 * it.
 */

#include "chain/private.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define AREA		"key store"
#define CREDENTIAL	"/etc/credstore.encrypted/countersign.kek"

/*
 * The base64 of what credentials begin with that are encrypted with the key of
 * the host, or with none: systemd-creds(1).
 */
static const char *const on_disk[] = {
	"Whxqht+dQJax1aZeCGLx", "VbntHThZTUOoMZ0uuzMq", "BYRp2vb1QySABUnaD46i"
};

/* Whether the credential opens without a TPM2. */
static bool
needs_only_disk(FILE *fp)
{
	char text[32];
	size_t i;

	if (fgets(text, sizeof(text), fp) == NULL)
		return true;
	for (i = 0; i < sizeof(on_disk) / sizeof(on_disk[0]); i++)
		if (strncmp(text, on_disk[i], strlen(on_disk[i])) == 0)
			return true;
	return false;
}

static void
report_disk(const char *kek, struct findings *findings)
{
	findings_add(findings, "sealed-keys", FINDING_NOTE, AREA, kek, NULL,
	    "The private keys are sealed. A copy of the key store cannot sign, "
	    "but one of the whole disk can, because what opens the keys is on "
	    "it, too. A credential that is encrypted with a TPM2 would "
	    "prevent that.");
}

void
chain_seal(const struct chain *chain, struct findings *findings)
{
	const char *kek_file = chain->config->kek_file;
	char path[PATH_MAX];
	FILE *fp = NULL;

	(void)snprintf(path, sizeof(path), "%s/seal", chain->config->keydir);
	if (access(path, F_OK) == -1)
		findings_add(findings, "sealed-keys", FINDING_WELL, AREA,
		    chain->config->keydir, NULL, "the private keys are not "
		    "sealed");
	else if (kek_file != NULL && access(kek_file, F_OK) == 0)
		report_disk(kek_file, findings);
	else if (kek_file != NULL)
		findings_add(findings, "sealed-keys", FINDING_PROBLEM, AREA,
		    kek_file, NULL, "The private keys are sealed, and there is "
		    "no such file to open them, so mail is deferred after the "
		    "next restart of the signers. Restore it from the place "
		    "where its copy is.");
	else if ((fp = fopen(CREDENTIAL, "r")) == NULL)
		findings_add(findings, "sealed-keys", FINDING_UNKNOWN, AREA,
		    path, NULL, "The private keys are sealed, kek_file is not "
		    "set, and there is no " CREDENTIAL " that can be read, so "
		    "it is not known how they are opened.");
	else if (needs_only_disk(fp))
		report_disk(CREDENTIAL, findings);
	else
		findings_add(findings, "sealed-keys", FINDING_WELL, AREA,
		    CREDENTIAL, NULL, "the private keys are sealed, and open "
		    "only with the TPM2 of this host");
	if (fp != NULL)
		(void)fclose(fp);
}
