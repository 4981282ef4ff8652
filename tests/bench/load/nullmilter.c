/* SPDX-License-Identifier: ISC */

/*
 * usage: nullmilter SOCKET [KEY]
 *
 * The least that a signing milter can cost: the same negotiation as ours, each
 * callback returns at once, and the end of a message inserts one field of the
 * usual length.  With a file KEY, a private RSA key in PEM, it also makes one
 * signature for each message, in the thread of its connection.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmilter/mfapi.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#define HASH_SIZE	32
#define MAX_SIGNATURE	1024

static EVP_PKEY *pkey;
static char value[] =
    "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=20261127r1;\n"
    "\tt=1790000000; x=1791209600; h=From:From:To:To:Subject:Subject:Date:\n"
    "\tMessage-ID:MIME-Version:Content-Type:Content-Transfer-Encoding;\n"
    "\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\n"
    "\tb=0000000000000000000000000000000000000000000000000000000000000000000\n"
    "\t00000000000000000000000000000000000000000000000000000000000000000000\n"
    "\t00000000000000000000000000000000000000000000000000000000000000000000\n"
    "\t00000000000000000000000000000000000000000000000000000000000000000000\n"
    "\t00000000000000000000000000000000000000000000000000000000000000000==";
static char name[] = "DKIM-Signature";

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long protocol,
    unsigned long f2, unsigned long f3, unsigned long *want_actions,
    unsigned long *want_protocol, unsigned long *want_f2,
    unsigned long *want_f3)
{
	(void)ctx;
	(void)f2;
	(void)f3;
	*want_actions = actions & (SMFIF_ADDHDRS | SMFIF_CHGHDRS);
	*want_protocol = protocol & (SMFIP_NORCPT | SMFIP_NODATA |
	    SMFIP_NOUNKNOWN | SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_MAIL |
	    SMFIP_NR_HDR | SMFIP_NR_BODY | SMFIP_HDR_LEADSPC);
	if ((*want_protocol & SMFIP_NR_BODY) == 0)
		errx(1, "the MTA wants replies");
	*want_f2 = 0;
	*want_f3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
on_connect(SMFICTX *ctx, char *client, _SOCK_ADDR *address)
{
	(void)ctx;
	(void)client;
	(void)address;
	return SMFIS_NOREPLY;
}

static sfsistat
on_helo(SMFICTX *ctx, char *client)
{
	(void)ctx;
	(void)client;
	return SMFIS_NOREPLY;
}

static sfsistat
on_mail(SMFICTX *ctx, char **args)
{
	(void)ctx;
	(void)args;
	return SMFIS_NOREPLY;
}

static sfsistat
on_header(SMFICTX *ctx, char *field, char *text)
{
	(void)ctx;
	(void)field;
	(void)text;
	return SMFIS_NOREPLY;
}

static sfsistat
on_end_of_header(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *chunk, size_t len)
{
	(void)ctx;
	(void)chunk;
	(void)len;
	return SMFIS_NOREPLY;
}

static void
sign(void)
{
	static const unsigned char hash[HASH_SIZE];
	unsigned char sig[MAX_SIGNATURE];
	size_t siglen = sizeof(sig);
	EVP_PKEY_CTX *ctx;

	if ((ctx = EVP_PKEY_CTX_new(pkey, NULL)) == NULL ||
	    EVP_PKEY_sign_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) != 1 ||
	    EVP_PKEY_sign(ctx, sig, &siglen, hash, sizeof(hash)) != 1)
		errx(1, "cannot sign");
	EVP_PKEY_CTX_free(ctx);
}

static sfsistat
on_end(SMFICTX *ctx)
{
	if (pkey != NULL)
		sign();
	if (smfi_insheader(ctx, 0, name, value) != MI_SUCCESS)
		errx(1, "cannot insert a field");
	return SMFIS_ACCEPT;
}

static void
read_key(const char *path)
{
	FILE *f;

	if ((f = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	if ((pkey = PEM_read_PrivateKey(f, NULL, NULL, NULL)) == NULL)
		errx(1, "%s: no private key", path);
	(void)fclose(f);
}

int
main(int argc, char *argv[])
{
	char filter[] = "nullmilter";
	struct smfiDesc milter = {
		.xxfi_name = filter,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS,
		.xxfi_connect = on_connect,
		.xxfi_helo = on_helo,
		.xxfi_envfrom = on_mail,
		.xxfi_header = on_header,
		.xxfi_eoh = on_end_of_header,
		.xxfi_body = on_body,
		.xxfi_eom = on_end,
		.xxfi_negotiate = on_negotiate,
	};

	if (argc != 2 && argc != 3)
		errx(2, "usage: nullmilter SOCKET [KEY]");
	if (argc == 3)
		read_key(argv[2]);
	if (smfi_setconn(argv[1]) != MI_SUCCESS ||
	    smfi_register(milter) != MI_SUCCESS)
		errx(1, "%s: libmilter refuses it", argv[1]);
	return smfi_main() == MI_SUCCESS ? 0 : 1;
}
