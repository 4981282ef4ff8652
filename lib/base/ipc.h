/* SPDX-License-Identifier: ISC */

/*
 * Messages between the front, the signers and the master, over connected
 * SOCK_SEQPACKET sockets, which preserve packet boundaries.
 *
 * A packet is a header and a payload:
 *
 *	u8 version (4)  u8 type  u8 more  u8 zero  u32 id  payload
 *
 * Numbers are big-endian.  A string is a u32 length and that many octets.  A
 * message larger than IPC_MAX_PACKET is split into packets of the same type
 * and id, all but the last with more = 1; the receiver joins the payloads up to
 * IPC_MAX_MESSAGE.  The peer is not trusted: a packet that breaks these rules
 * is logged and closes that one socket; it never ends the process.
 *
 * From front to signer; one request at a time on a socket, answered in order:
 *
 *	IPC_KEYS_REQ	string domain, string stream, u8 refresh: 1 to look at
 *			the store first
 *	IPC_KEYS_REP	u8 status, u8 trusted: seconds for which this list
 *			holds, u32 n, n times (string selector, u8 algorithm,
 *			u8 strict: 1 if not for subdomains)
 *	IPC_SIGN_REQ	u32 n, n times (string domain, string stream, string
 *			selector, u8 algorithm, string block to be signed)
 *	IPC_SIGN_REP	u8 status (IPC_OK), u32 n, n times (u8 status of that
 *			block, string signature)
 *	IPC_OWN_REQ	string domain, string selector, string digest: SHA-256
 *			of the decoded p= of a key record
 *	IPC_OWN_REP	u8 status, u8 own: 1 if the store has or had that key
 *
 * A stream is the name of one, or "" for the keys that belong to none.  A key
 * of another stream is not listed, and a request for its signature is refused:
 * this finds mistakes, but a front that was taken over can name any stream.
 *
 * IPC_KEYS_REP lists the active keys.  The front may keep the list until the
 * signer checks the state file again, or until the next planned change.  When a
 * signer refuses a key of the list, because it has seen a newer state, the
 * front asks for keys with refresh = 1, and all agree.  The request to sign
 * comes later, after the body has been read, so a key still signs for
 * KS_HANDOVER seconds (keystore.h) after it has retired.
 *
 * IPC_OWN_REQ asks about the key of a signature that a message arrived with.
 * The key is ours if the state file of the domain has its selector or its
 * public key, in any state, removed included.  The selector may be any text.  A
 * domain that is not in the store has no key.  Neither is an error.
 *
 * An answer has the id of its request.  The front drops answers with any other
 * id: they belong to requests that it has given up.
 *
 * Between the master and the front or a signer, on its control socket:
 *
 *	IPC_CTL_PEER	u32 signer, with one socket attached (SCM_RIGHTS): use
 *			it to reach that signer, or to serve the front
 *	IPC_CTL_RELOAD	to the front: read the configuration again
 *	IPC_CTL_WANT	front to master: u32 signer, a socket to it was lost
 *	IPC_CTL_STOP	finish and exit
 *	IPC_CTL_READY	front and signer to master: I am serving
 *	IPC_CTL_RELOADED	front to master: u8 used, 1 if it uses what it
 *			has read, 0 if it keeps the old configuration; then,
 *			if something needs a restart, u32 its line
 *	IPC_CTL_PING	to the front or a signer: answer, if you work
 *	IPC_CTL_PONG	the answer
 *	IPC_CTL_EPOCH	to a signer: the front has exited; close all sockets
 *			received so far.  Sent before any socket to the next
 *			front
 *
 *	IPC_CTL_HOURLY	to a signer, with a descriptor attached: the table in
 *			which it counts signatures (hourly.h).  Sent first
 *	IPC_CTL_METERS	to the front or countersign-metrics, with a descriptor
 *			attached: the table for metrics (meters.h)
 *	IPC_CTL_ENDED	from the signers' master to that of the front: u32, how
 *			many signers ended although nobody had stopped them,
 *			since it said so last
 *
 * A signer reads everything that the master has sent before it serves a peer.
 *
 * If the control socket is closed, the master has exited: exit too.
 *
 * Under systemd, front and signers have a master each.  That of the front
 * connects to that of the signers; it passes on each IPC_CTL_PEER from there to
 * the front, and each IPC_CTL_WANT from the front there.  It counts what
 * IPC_CTL_ENDED says.
 */

#ifndef IPC_H
#define IPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wait_fd.h"

#define IPC_VERSION	4
#define IPC_HEADER_SIZE	8
#define IPC_MAX_PACKET	65536		/* octets, header included */
#define IPC_MAX_MESSAGE	393216		/* octets of joined payload */
#define IPC_MAX_KEYS	64		/* active keys in an answer */
#define IPC_MAX_BLOCKS	64		/* in a request to sign */
#define IPC_MAX_TRUST	10		/* seconds that a list holds */
#define IPC_MAX_SIGNERS	64		/* signer processes */
#define IPC_DIGEST_SIZE	32		/* octets of a SHA-256 */
#define IPC_PEERS	4		/* sockets between front and a signer */

#define IPC_CONTROL_FD	3		/* the control socket of a child */

enum ipc_type {
	IPC_KEYS_REQ	= 1,
	IPC_KEYS_REP	= 2,
	IPC_SIGN_REQ	= 3,
	IPC_SIGN_REP	= 4,
	IPC_OWN_REQ	= 5,
	IPC_OWN_REP	= 6,
	IPC_CTL_PEER	= 16,
	IPC_CTL_RELOAD	= 17,
	IPC_CTL_WANT	= 18,
	IPC_CTL_STOP	= 19,
	IPC_CTL_READY	= 20,
	IPC_CTL_EPOCH	= 21,
	IPC_CTL_PING	= 22,
	IPC_CTL_PONG	= 23,
	IPC_CTL_RELOADED = 24,
	IPC_CTL_HOURLY	= 25,
	IPC_CTL_METERS	= 26,
	IPC_CTL_ENDED	= 27
};

/* The status of an answer. */
enum ipc_status {
	IPC_OK		= 0,
	IPC_NO_KEY	= 1,	/* no such key, or it does not sign now */
	IPC_REFUSED	= 2,	/* this block must not be signed */
	IPC_FAILED	= 3,	/* key unreadable or unsafe, crypto failed */
	IPC_LIMITED	= 4	/* the domain has got all of this hour */
};

enum ipc_error {
	IPC_AGAIN	= 1,	/* no complete message has arrived yet */

	IPC_E_CLOSED	= -1,	/* the peer closed the connection */
	IPC_E_TIMEOUT	= -2,	/* the deadline has passed */
	IPC_E_MALFORMED	= -3,	/* the peer broke the rules above */
	IPC_E_TOOBIG	= -4,	/* message to send over IPC_MAX_MESSAGE */
	IPC_E_NOMEM	= -5,
	IPC_E_SYSTEM	= -6,	/* a system call failed */
	IPC_E_VERSION	= -7	/* the peer has another IPC_VERSION */
};

/* A static English text for any of these. */
const char *ipc_strerror(int error);

/*
 * One end of a socketpair.  After any error except IPC_E_TIMEOUT of a receive,
 * the owner closes it: a send that timed out may have sent half a message.
 */
struct ipc_channel {
	int		 fd;		/* -1: closed */
	bool		 takes_fds;	/* messages may carry a socket */

	/* The message that is being joined. */
	unsigned char	*data;
	size_t		 len;
	size_t		 size;		/* allocated octets */
	bool		 is_partial;
	uint8_t		 type;
	uint32_t	 id;
};

/* A received message. */
struct ipc_message {
	uint8_t		 type;		/* not checked; may be unknown */
	uint32_t	 id;
	const unsigned char *payload;	/* until the next receive, or finish */
	size_t		 len;
	int		 fd;		/* the receiver closes it; -1: none */
};

/*
 * Make a channel of fd, and set fd to non-blocking.  The channel owns fd from
 * now on, and finish closes it.  Allocates nothing.  A second finish is
 * allowed.
 */
void	ipc_channel_init(struct ipc_channel *channel, int fd, bool takes_fds);
void	ipc_channel_finish(struct ipc_channel *channel);

/* Create a pair of connected close-on-exec sockets; 0, or -1 with errno set. */
int	ipc_pair(int fds[2]);

/* Whether fd is such a socket; it is not if a child is started by hand. */
bool	ipc_is_socket(int fd);

#define IPC_NOWAIT	((int64_t)0)	/* a deadline: do not wait */
#define IPC_FOREVER	WAIT_FD_FOREVER

/*
 * Send a message, split into packets as needed.  Unless fd_attached is -1, a
 * copy of it is attached, and the message must fit into one packet.
 *
 * deadline_ms   on the clock of monotonic_ms(), or one of the two above.
 *
 * Returns 0, IPC_E_CLOSED, _TIMEOUT, _TOOBIG or _SYSTEM.
 */
int	ipc_send(struct ipc_channel *channel, enum ipc_type type, uint32_t id,
	    const void *payload, size_t len, int fd_attached,
	    int64_t deadline_ms);

/*
 * Receive at most one packet, without waiting; for a loop over many channels.
 * Returns 0 if it completes a message, IPC_AGAIN, or IPC_E_CLOSED, _MALFORMED,
 * _VERSION, _NOMEM, _SYSTEM.  If a socket is attached that the channel does not
 * take, it is closed and the message is IPC_E_MALFORMED.
 */
int	ipc_receive_packet(struct ipc_channel *channel,
	    struct ipc_message *message);

/* Receive one message.  As above, but IPC_E_TIMEOUT instead of IPC_AGAIN. */
int	ipc_receive(struct ipc_channel *channel, struct ipc_message *message,
	    int64_t deadline_ms);

#endif /* IPC_H */
