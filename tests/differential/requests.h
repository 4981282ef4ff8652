/* SPDX-License-Identifier: ISC */

/*
 * The protocol of compare.py, for peers in C.
 *
 * A request is the line "verify LENGTH" or "sign:ALGORITHM:HEADER/BODY LENGTH",
 * with the canonicalizations of header and body, then LENGTH octets of a
 * message.  The answer is the line "RESULT LENGTH", then LENGTH octets: of a
 * verifier "pass" or "fail" and the reason; of a signer "signed" and what
 * follows "DKIM-Signature:" in the field; of both "refused" and the reason.
 *
 * The directory in argv[1] has the keys, ALGORITHM.pem, and their records,
 * ALGORITHM.txt.  The selector is the algorithm.
 */

#ifndef REQUESTS_H
#define REQUESTS_H

#include <stdbool.h>
#include <stddef.h>

#define REQUEST_DOMAIN		"example.com"
#define REQUEST_RECORD_SIZE	1024

struct request {
	bool		 is_signing;
	bool		 header_relaxed, body_relaxed;
	char		 algorithm[32];
	const char	*selector;	/* the algorithm */
	char		 key_file[4096];
	const char	*text;		/* of the message; until the next one */
	size_t		 len;
};

/* Whatever is wrong in a request or its files ends the program. */
void	request_init(int argc, char *argv[]);
/* False at the end of the input. */
bool	request_read(struct request *request);
void	request_answer(const char *result, const void *octets, size_t len);

/* The record at a name in DNS; false: there is none. */
bool	request_record(const char *name, char record[REQUEST_RECORD_SIZE]);

#endif /* REQUESTS_H */
