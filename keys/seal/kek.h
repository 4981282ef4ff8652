/* SPDX-License-Identifier: ISC */

/*
 * The key-encryption key of a host: 32 octets, in a file as one line of base64.
 *
 * It comes from a credential of systemd.exec(5), a file in
 * $CREDENTIALS_DIRECTORY, or from a file.  It is kept in memory of its own,
 * which is locked, not in core files, and wiped when it is freed.
 */

#ifndef KEK_H
#define KEK_H

#include "store/keystore.h"

#define KEK_SIZE	32	/* octets */
#define KEK_ID_SIZE	8	/* octets */
#define KEK_NAME_SIZE	(2 * KEK_ID_SIZE + 1)

/* The names of the credentials. */
#define KEK_CREDENTIAL		"countersign.kek"
#define KEK_NEW_CREDENTIAL	"countersign.kek-new"

struct kek {
	unsigned char	octets[KEK_SIZE];
	/* Names it without telling it: the first octets of a digest. */
	unsigned char	id[KEK_ID_SIZE];
};

/*
 * Read a file.  It must belong to root, to this process's user or to owner, and
 * others may not read it.  Returns 0, KS_E_NOKEY if there is no such file,
 * KS_E_UNSAFE, KS_E_DAMAGED, or another KS_E_*.
 */
int	kek_read_file(struct kek **kek, const char *path, uid_t owner,
	    struct ks_error *error);

/* The same for a credential; KS_E_NOKEY if this process has none. */
int	kek_read_credential(struct kek **kek, const char *name,
	    struct ks_error *error);

/* The KEK in that text.  Returns 0, KS_E_DAMAGED or another KS_E_*. */
int	kek_parse(struct kek **kek, const char *text, size_t len);

void	kek_free(struct kek *kek);

/* The identifier in hexadecimal. */
void	kek_name(const unsigned char id[KEK_ID_SIZE],
	    char name[KEK_NAME_SIZE]);

#endif /* KEK_H */
