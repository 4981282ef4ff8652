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
#include "store/last_run.h"
#include "store/notified.h"
#include "store/rotator.h"
#include "store/silence_file.h"

#define MAX_SILENCES	64

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
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t i;

	if (len == 0)
		return 0;
	if (ks == NULL) {
		if (mkdtemp(path) == NULL ||
		    ks_open(&ks, path, NULL, &error) != 0)
			abort();
		(void)atexit(remove_all);
	}
	i = data[0] % (sizeof(files) / sizeof(files[0]));
	put(files[i].name, data + 1, len - 1);
	files[i].try();
	return 0;
}
