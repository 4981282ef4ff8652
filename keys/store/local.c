/* SPDX-License-Identifier: ISC */

/*
 * Whether the key directory is on a local file system, which writers need:
 * their locks must hold, what was synced and renamed must stay, and private
 * keys must not cross a network unencrypted.
 *
 * Network file systems are known by their numbers.  An unknown one counts as
 * local, and so does one that does not say.  Readers are not stopped: mail is
 * signed as before.
 */

#include "store/private.h"

#include <sys/vfs.h>

/* From statfs(2); not every version of <linux/magic.h> has them all. */
static const struct {
	unsigned int	 magic;
	const char	*name;
} networks[] = {
	{ 0x5346414f,	"AFS" },
	{ 0x00c36400,	"Ceph" },
	{ 0xff534d42,	"CIFS" },
	{ 0x73757245,	"Coda" },
	{ 0x0000564c,	"NCP" },
	{ 0x00006969,	"NFS" },
	{ 0x0000517b,	"SMB" },
	{ 0xfe534d42,	"SMB" }
};

int
store_check_local(struct keystore *ks, struct ks_error *error)
{
	struct place place = { .ks = ks, .dirfd = -1 };
	struct statfs fs;
	size_t i;

	if (fstatfs(ks->fd, &fs) == -1)
		return 0;
	for (i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		/* f_type is wider than the number, and may have a sign. */
		if ((unsigned int)fs.f_type == networks[i].magic)
			return place_fail(&place, error, KS_E_UNSAFE,
			    "is on a network file system (%s), where locks "
			    "and writes are not reliable and private keys "
			    "cross the network: move the key directory to a "
			    "local file system, and copy it to other hosts",
			    networks[i].name);
	return 0;
}
