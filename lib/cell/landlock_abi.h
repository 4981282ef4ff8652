/* SPDX-License-Identifier: ISC */

/*
 * The kernel's side of Landlock, up to its ABI 6; Debian 12's headers know only
 * ABI 2.  Numbers and layout as in landlock(7), "Kernel API".
 */

#ifndef CELL_LANDLOCK_ABI_H
#define CELL_LANDLOCK_ABI_H

#include <stdint.h>

/* Rights on files and directories. */
#define FS_EXECUTE	(UINT64_C(1) << 0)
#define FS_WRITE_FILE	(UINT64_C(1) << 1)
#define FS_READ_FILE	(UINT64_C(1) << 2)
#define FS_READ_DIR	(UINT64_C(1) << 3)
#define FS_REMOVE_DIR	(UINT64_C(1) << 4)
#define FS_REMOVE_FILE	(UINT64_C(1) << 5)
#define FS_MAKE_DIR	(UINT64_C(1) << 7)
#define FS_MAKE_REG	(UINT64_C(1) << 8)
#define FS_REFER	(UINT64_C(1) << 13)
#define FS_TRUNCATE	(UINT64_C(1) << 14)
#define FS_IOCTL_DEV	(UINT64_C(1) << 15)

/* All rights that an ABI knows, bit by bit from the first. */
#define FS_ALL_1	((UINT64_C(1) << 13) - 1)
#define FS_ALL_2	((UINT64_C(1) << 14) - 1)
#define FS_ALL_3	((UINT64_C(1) << 15) - 1)
#define FS_ALL_5	((UINT64_C(1) << 16) - 1)

/* From ABI 4. */
#define NET_BIND_TCP	(UINT64_C(1) << 0)
#define NET_CONNECT_TCP	(UINT64_C(1) << 1)

/* From ABI 6. */
#define SCOPE_ABSTRACT	(UINT64_C(1) << 0)
#define SCOPE_SIGNAL	(UINT64_C(1) << 1)

#define CREATE_VERSION	(1U << 0)
#define RULE_PATH	1
#define RULE_PORT	2

struct ruleset_attr {
	uint64_t	handled_fs;
	uint64_t	handled_net;
	uint64_t	scoped;
};

struct path_attr {
	uint64_t	allowed;
	int32_t		parent;
} __attribute__((__packed__));

struct port_attr {
	uint64_t	allowed;
	uint64_t	port;
};

#endif /* CELL_LANDLOCK_ABI_H */
