/* SPDX-License-Identifier: ISC */

/*
 * The members of a fleet, for hostcase.c: beginning it, admitting and expelling
 * hosts, with the keys of epochs.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

#include "hostcase.h"

/* An epoch's key for a host. */
static void
put_wrap(const struct fleet_epochs *epochs, unsigned int epoch,
    const char *host, X509 *cert)
{
	unsigned char signature[FLEET_SIGNATURE];
	char number[FLEET_NUMBER_SIZE];
	struct fleet_value values[5];
	struct fleet_wrap wrap;

	want(fleet_wrap_make(&wrap, epochs, epoch, &members, host, cert,
	    mirror.host, &error));
	sign(wrap.octets, wrap.len, signature);
	values[0] = fleet_number(epoch, number);
	values[1] = fleet_text(host);
	values[2] = fleet_octets(wrap.octets, wrap.len);
	values[3] = fleet_octets(signature, sizeof(signature));
	values[4] = fleet_octets(wrap.blob, wrap.bloblen);
	(void)run("SELECT countersign.put_wrap($1, $2, $3, $4, $5)", values,
	    5, NULL);
	fleet_wrap_finish(&wrap);
}

static void
set_fleet(const char *fleet)
{
	(void)strlcpy(mirror.marks.fleet, fleet, sizeof(mirror.marks.fleet));
	want(fleet_marks_write(mirror.taker.ks, &mirror.marks, &error));
}

void
cmd_begin(char *words[])
{
	unsigned char signature[FLEET_SIGNATURE];
	struct fleet_epochs epochs = { NULL, 0 };
	struct fleet_members first;
	struct fleet_value values[4];
	struct fleet_host host;
	char *octets, names[FLEET_NAME_SIZE + 2];
	size_t len;

	(void)words;
	want(fleet_hostkeys_host(&keys, mirror.host, &host));
	want(fleet_members_begin(&host, &octets, &len, &error));
	sign(octets, len, signature);
	memset(&first, 0, sizeof(first));
	want(fleet_members_take(&first, octets, len, signature, &error));
	(void)snprintf(names, sizeof(names), "{%s}", mirror.host);
	values[0] = fleet_text(first.fleet);
	values[1] = fleet_text(names);
	values[2] = fleet_octets(octets, len);
	values[3] = fleet_octets(signature, sizeof(signature));
	(void)run("SELECT countersign.begin_fleet($1, $2::text[], $3, $4)",
	    values, 4, NULL);
	free(octets);
	set_fleet(first.fleet);
	members = first;
	want(fleet_epoch_make(&epochs, 1, &error));
	put_wrap(&epochs, 1, mirror.host, keys.cert);
	fleet_epochs_finish(&epochs);
	/* The mirror puts it in force, and on disk. */
	printf("done %s\n", first.fleet);
	fleet_members_finish(&members);
}

void
cmd_join(char *words[])
{
	set_fleet(words[1]);
	puts("done");
}

void
cmd_register(char *words[])
{
	struct fleet_value values[2];
	struct fleet_host host;
	unsigned char *der = NULL;
	int len;

	(void)words;
	want(fleet_hostkeys_host(&keys, mirror.host, &host));
	if ((len = i2d_X509(keys.cert, &der)) <= 0)
		errx(1, "no certificate");
	values[0] = fleet_octets(host.sign, sizeof(host.sign));
	values[1] = fleet_octets(der, (size_t)len);
	(void)run("SELECT countersign.register($1, $2)", values, 2, NULL);
	OPENSSL_free(der);
	puts("done");
}

/* Sign the version that follows, with all names of admitted hosts. */
static void
change_members(const struct fleet_host *host)
{
	unsigned char signature[FLEET_SIGNATURE];
	char version[FLEET_NUMBER_SIZE], number[FLEET_NUMBER_SIZE];
	char names[1024] = "{", *octets;
	struct fleet_value values[5];
	const int64_t change = next_number();
	size_t i, len;

	values[0] = fleet_number(members.version, version);
	want(fleet_members_follow(&members, host, change, mirror.host,
	    &octets, &len, &error));
	sign(octets, len, signature);
	want(fleet_members_take(&members, octets, len, signature, &error));
	for (i = 0; i < members.nhosts; i++)
		if (!members.hosts[i].is_expelled) {
			(void)strlcat(names, names[1] == '\0' ? "" : ",",
			    sizeof(names));
			(void)strlcat(names, members.hosts[i].name,
			    sizeof(names));
		}
	(void)strlcat(names, "}", sizeof(names));
	values[1] = fleet_number(change, number);
	values[2] = fleet_text(names);
	values[3] = fleet_octets(octets, len);
	values[4] = fleet_octets(signature, sizeof(signature));
	(void)run("SELECT countersign.change_members($1, $2, $3::text[], $4, "
	    "$5)", values, 5, NULL);
	free(octets);
	/* As if it had come from the database: on disk, too. */
	fleet_members_finish(&members);
	mirror.members = 0;
	want(fleet_mirror_load_members(mirror.taker.ks, &members, NULL,
	    &error));
}

static X509 *
read_host(const char *name, struct fleet_host *host)
{
	const struct fleet_value value = fleet_text(name);
	const unsigned char *octets;
	struct fleet_rows *rows;
	size_t len;
	X509 *cert;

	memset(host, 0, sizeof(*host));
	(void)strlcpy(host->name, name, sizeof(host->name));
	(void)run("SELECT sign_key, wrap_cert FROM countersign.host "
	    "WHERE name = $1", &value, 1, &rows);
	octets = fleet_rows_octets(rows, 0, 0, &len);
	if (octets == NULL || len != sizeof(host->sign))
		errx(1, "%s has not registered", name);
	memcpy(host->sign, octets, len);
	octets = fleet_rows_octets(rows, 0, 1, &len);
	cert = d2i_X509(NULL, &octets, (long)len);
	if (cert == NULL)
		errx(1, "%s has no certificate", name);
	want(fleet_cert_digest(cert, host->wrap));
	fleet_rows_free(rows);
	return cert;
}

void
cmd_admit(char *words[])
{
	const char *name = words[1];
	struct fleet_host host;
	X509 *cert = read_host(name, &host);
	size_t i;

	change_members(&host);
	want(poll_once() ? 0 : -1);
	for (i = 0; i < mirror.epochs.n; i++)
		put_wrap(&mirror.epochs, mirror.epochs.list[i].number, name,
		    cert);
	X509_free(cert);
	puts("done");
}

void
cmd_expel(char *words[])
{
	struct fleet_epochs epochs = { NULL, 0 };
	struct fleet_host host;
	X509 *cert = read_host(words[1], &host);
	size_t i;

	X509_free(cert);
	host.to = atoll(words[2]);
	change_members(&host);
	want(poll_once() ? 0 : -1);
	want(fleet_epoch_make(&epochs, members.epoch, &error));
	for (i = 0; i < members.nhosts; i++)
		if (!members.hosts[i].is_expelled) {
			cert = read_host(members.hosts[i].name, &host);
			put_wrap(&epochs, members.epoch, host.name, cert);
			X509_free(cert);
		}
	fleet_epochs_finish(&epochs);
	puts("done");
}

/* The list alone: as if the host were killed after it. */
void
cmd_expel_list(char *words[])
{
	struct fleet_host host;
	X509 *cert = read_host(words[1], &host);

	X509_free(cert);
	host.to = next_number() - 1;
	change_members(&host);
	puts("done");
}
