/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: TSIG.  The first octet chooses: a key file, whose key must be
 * whole when it is taken, and sign; or an answer, which is never believed, as
 * the key's secret is not in it.
 */

#include "publish/tsig.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct tsig_key ours = {
	"update.example", "hmac-sha256.", "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
};

/* The MAC of a request that the key signs. */
static void
sign_request(const struct tsig_key *key, struct tsig_mac *mac)
{
	static const uint8_t header[PACKET_HEADER_SIZE] = { 0, 1, 0x28 };
	struct packet request = { 0 };

	packet_put(&request, header, sizeof(header));
	tsig_sign(key, &request, 0, mac);
	if (request.failed)
		abort();
	packet_finish(&request);
}

static void
try_file(const uint8_t *data, size_t len)
{
	struct file_user user;
	struct ks_error error;
	struct tsig_key key;
	struct tsig_mac mac;
	char path[32];
	int fd;

	fd = memfd_create("key", MFD_CLOEXEC);
	if (fd == -1 || fchmod(fd, 0600) == -1 ||
	    write(fd, data, len) != (ssize_t)len)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	user_file_find_user(&user, "", NULL);
	if (tsig_key_read(path, &user, &key, &error) == 0)
		sign_request(&key, &mac);
	tsig_key_wipe(&key);
	(void)close(fd);
}

static void
try_answer(const uint8_t *data, size_t len)
{
	struct tsig_mac mac;
	ldns_pkt *answer;

	if (ldns_wire2pkt(&answer, data, len) != LDNS_STATUS_OK)
		return;
	sign_request(&ours, &mac);
	if (tsig_fault(&ours, &mac, answer, data, len, 0) == NULL)
		abort();
	ldns_pkt_free(answer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len == 0)
		return 0;
	if (data[0] % 2 == 0)
		try_file(data + 1, len - 1);
	else
		try_answer(data + 1, len - 1);
	return 0;
}
