/* SPDX-License-Identifier: ISC */

/*
 * Messages between the front, the signers and the master, over
 * SOCK_SEQPACKET socketpairs, which keep message bounds.
 *
 * A packet is a header and a payload:
 *
 *	u8 version (1)  u8 type  u8 more  u8 zero  u32 id  payload
 *
 * Numbers are big-endian.  A string is a u32 length and that many octets.  A
 * message larger than IPC_MAX_PACKET is cut into packets of the same type and
 * id, all but the last with more = 1; the receiver joins the payloads up to
 * IPC_MAX_MESSAGE.  The peer is not trusted: any packet that breaks these
 * rules closes that one socket and is logged; it never ends the process.
 *
 * Front to signer, answered in order, one at a time on a socket:
 *
 *	IPC_KEYS_REQ	string domain
 *	IPC_KEYS_REP	u8 status, u32 n, n times (string selector, u8 algorithm)
 *	IPC_SIGN_REQ	string domain, string selector, u8 algorithm,
 *			string block (to be signed)
 *	IPC_SIGN_REP	u8 status, string signature
 *
 * The id of an answer is that of its request; the front drops answers whose
 * id is not the awaited one (those of a request that it gave up).
 *
 * Master to front and to signer, on the control socket of each:
 *
 *	IPC_CTL_PEER	u32 signer, with one socket attached (SCM_RIGHTS): use
 *			it to reach that signer, or to serve the front
 *	IPC_CTL_RELOAD	to the front: read the configuration again
 *	IPC_CTL_WANT	front to master: u32 signer, a socket to it was lost
 *	IPC_CTL_STOP	finish and exit
 *
 * A closed control socket means that the master is gone: exit.
 */

#ifndef IPC_H
#define IPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPC_VERSION	1
#define IPC_HEADER_SIZE	8
#define IPC_MAX_PACKET	65536		/* octets, header included */
#define IPC_MAX_MESSAGE	393216		/* octets of joined payload */
#define IPC_MAX_KEYS	64		/* active keys of a domain in an answer */

enum ipc_type {
	IPC_KEYS_REQ	= 1,
	IPC_KEYS_REP	= 2,
	IPC_SIGN_REQ	= 3,
	IPC_SIGN_REP	= 4,
	IPC_CTL_PEER	= 16,
	IPC_CTL_RELOAD	= 17,
	IPC_CTL_WANT	= 18,
	IPC_CTL_STOP	= 19
};

/* The status of an answer. */
enum ipc_status {
	IPC_OK		= 0,
	IPC_NO_KEY	= 1,	/* no active key of that domain or name */
	IPC_REFUSED	= 2,	/* the block is not one that may be signed */
	IPC_FAILED	= 3	/* key unreadable, unsafe, crypto failed */
};

#endif /* IPC_H */
