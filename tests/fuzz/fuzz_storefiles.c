/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: the small files of a key store, and resolv.conf.  The first
 * octet says which file the rest is.  What was read can be written, and is
 * then read again.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe/zone.h"
#include "store/generation.h"
#include "store/hosts_file.h"
#include "store/last_run.h"
#include "store/notified.h"
#include "store/rotator.h"
#include "store/silence_file.h"
#include "store/trouble_file.h"

#define MAX_SILENCES	64
#define DOMAIN		"example.com"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static char path[] = "/tmp/countersign-fuzz.XXXXXX";
static struct keystore *ks;
static struct ks_error error;

static int
remove_one(const char *name, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(name);
}

static void
remove_all(void)
{
	ks_close(ks);
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
put(const char *name, const uint8_t *data, size_t len)
{
	char file[64];
	int fd;

	(void)snprintf(file, sizeof(file), "%s/%s", path, name);
	if (unlink(file) == -1 && access(file, F_OK) == 0)
		abort();
	if ((fd = open(file, O_WRONLY | O_CREAT | O_EXCL, 0600)) == -1 ||
	    write(fd, data, len) != (ssize_t)len || close(fd) == -1)
		abort();
}

static int
add_silence(void *context, const struct ks_silence *silence)
{
	size_t *n = context;

	if (silence->name == NULL || silence->nlooks > KS_MAX_LOOKS ||
	    silence->name[0] == '\0')
		abort();
	return ++*n > MAX_SILENCES ? KS_E_ARG : 0;
}

static void
try_silences(void)
{
	size_t n = 0;

	(void)ks_silences_read(ks, add_silence, &n, &error);
}

static void
try_notified(void)
{
	struct ks_notified notified, again;

	ks_notified_init(&notified);
	ks_notified_init(&again);
	if (ks_notified_read(ks, &notified, &error) == 0 &&
	    (ks_notified_write(ks, &notified, &error) != 0 ||
	    ks_notified_read(ks, &again, &error) != 0 ||
	    again.ntold != notified.ntold ||
	    again.ncontacts != notified.ncontacts ||
	    strcmp(again.failure, notified.failure) != 0))
		abort();
	ks_notified_finish(&notified);
	ks_notified_finish(&again);
}

static void
try_last_run(void)
{
	int64_t when, again;

	if (ks_last_run_read(ks, &when, &error) == 0 && when != KS_NEVER &&
	    (ks_last_run_write(ks, when, &error) != 0 ||
	    ks_last_run_read(ks, &again, &error) != 0 || again != when))
		abort();
}

static void
try_rotator(void)
{
	struct ks_holder holder;

	if (ks_rotator_holder(ks, &holder, &error) == 0 &&
	    (!ks_host_name_is_valid(holder.name) ||
	    strlen(holder.id) != KS_STORE_ID_SIZE - 1))
		abort();
}

static void
check_host(const struct ks_host_record *record,
    const struct ks_host_record *again)
{
	size_t i;

	if (!ks_host_name_is_valid(record->host) || again == NULL ||
	    again->reached != record->reached ||
	    again->failing != record->failing ||
	    strlen(again->fault) != strlen(record->fault) ||
	    again->nkeys != record->nkeys)
		abort();
	for (i = 0; i < record->nkeys; i++)
		if (strcmp(again->keys[i].name, record->keys[i].name) != 0 ||
		    again->keys[i].used != record->keys[i].used ||
		    again->keys[i].is_final != record->keys[i].is_final)
			abort();
}

static void
try_hosts(void)
{
	struct ks_hosts hosts, again;
	size_t i;

	if (ks_hosts_read(ks, &hosts, &error) == 0) {
		if (hosts.n > KS_MAX_HOSTS ||
		    ks_hosts_write(ks, &hosts, 0, &error) != 0 ||
		    ks_hosts_read(ks, &again, &error) != 0 ||
		    again.n != hosts.n)
			abort();
		for (i = 0; i < hosts.n; i++)
			check_host(&hosts.list[i], ks_hosts_find(&again,
			    hosts.list[i].host));
		ks_hosts_finish(&again);
	} else if (hosts.n != 0)
		abort();
	ks_hosts_finish(&hosts);
}

static void
write_troubles(const struct ks_troubles *troubles)
{
	struct ks_lock *lock;

	if (ks_lock(ks, DOMAIN, false, &lock, &error) != 0 ||
	    ks_troubles_write(lock, troubles, &error) != 0)
		abort();
	ks_unlock(lock);
}

static void
try_troubles(void)
{
	struct ks_troubles troubles, again;
	size_t i;

	if (ks_troubles_read(ks, DOMAIN, &troubles, &error) == 0) {
		if (troubles.n > KS_MAX_TROUBLES)
			abort();
		write_troubles(&troubles);
		if (ks_troubles_read(ks, DOMAIN, &again, &error) != 0 ||
		    again.n != troubles.n)
			abort();
		for (i = 0; i < troubles.n; i++)
			if (again.list[i].since != troubles.list[i].since ||
			    ks_troubles_find(&again, troubles.list[i].word,
			    troubles.list[i].selector) == NULL)
				abort();
		ks_troubles_finish(&again);
	} else if (troubles.n != 0)
		abort();
	ks_troubles_finish(&troubles);
}

static void
try_resolvers(void)
{
	struct dns_resolvers resolvers;
	char file[64];

	(void)snprintf(file, sizeof(file), "%s/resolv.conf", path);
	if (dns_resolvers_read(&resolvers, file, NULL) != 0 ||
	    resolvers.naddresses == 0 ||
	    resolvers.naddresses > DNS_MAX_RESOLVERS)
		abort();
}

static const struct {
	const char	*name;
	void		(*try)(void);
} files[] = {
	{ "servers",	try_silences },
	{ "notified",	try_notified },
	{ "last-run",	try_last_run },
	{ "rotator",	try_rotator },
	{ "resolv.conf", try_resolvers },
	{ "hosts",	try_hosts },
	{ DOMAIN "/troubles", try_troubles },
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ks_lock *lock;
	size_t i;

	if (len == 0)
		return 0;
	if (ks == NULL) {
		if (mkdtemp(path) == NULL ||
		    ks_open(&ks, path, NULL, &error) != 0 ||
		    ks_lock(ks, DOMAIN, true, &lock, &error) != 0)
			abort();
		ks_unlock(lock);
		(void)atexit(remove_all);
	}
	i = data[0] % (sizeof(files) / sizeof(files[0]));
	put(files[i].name, data + 1, len - 1);
	files[i].try();
	return 0;
}
