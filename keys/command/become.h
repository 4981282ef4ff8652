/* SPDX-License-Identifier: ISC */

/*
 * Giving up root, which is of no use for keys and DNS.
 */

#ifndef BECOME_H
#define BECOME_H

#include <stdbool.h>

#include "command/tool.h"

/*
 * If this process is root, become the owner of the key directory for good; if
 * that does not exist yet, keys_user.  If that is root or unknown, or the key
 * directory is mounted, stay root.
 *
 * Called when: the configuration and the key directory are open, and before
 * anything comes from DNS, from another host or from a program.
 *
 * Returns false, after printing an error, if it fails: then the caller exits.
 */
bool	become_owner(struct tool *tool);

#endif /* BECOME_H */
