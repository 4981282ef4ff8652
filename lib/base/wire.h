/* SPDX-License-Identifier: ISC */

/*
 * Payloads of messages between our processes (ipc.h): numbers and strings,
 * written to a growing buffer with a maximum, and read from a borrowed one.
 *
 * Failure is sticky: after the first one, every further call does nothing (a
 * read returns 0 or an empty string), so a caller writes or reads the whole
 * payload and checks once, at the end.
 */

#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_writer {
	unsigned char	*data;
	size_t		 len;
	size_t		 size;		/* allocated octets */
	size_t		 max;		/* octets that len may reach */
	bool		 failed;	/* out of memory, or over max */
};

/* Begin an empty payload of at most max octets; allocates nothing. */
void	wire_writer_init(struct wire_writer *writer, size_t max);
/* Free the payload; a zeroed writer is allowed. */
void	wire_writer_finish(struct wire_writer *writer);

void	wire_put_u8(struct wire_writer *writer, uint8_t value);
void	wire_put_u32(struct wire_writer *writer, uint32_t value);
/* A string: its length, then len octets; data may be NULL if len is 0. */
void	wire_put_string(struct wire_writer *writer, const void *data,
	    size_t len);

struct wire_reader {
	const unsigned char *data;	/* borrowed */
	size_t		 left;		/* octets at data not read yet */
	bool		 failed;	/* too short, or an invalid text */
};

/* Read from len octets at data, borrowed until the last call. */
void	wire_reader_init(struct wire_reader *reader, const void *data,
	    size_t len);

uint8_t	wire_get_u8(struct wire_reader *reader);
uint32_t wire_get_u32(struct wire_reader *reader);
/* A string: *data points into the payload, with no NUL after it. */
void	wire_get_string(struct wire_reader *reader,
	    const unsigned char **data, size_t *len);
/*
 * A string that is text: copied to buf, with a NUL.  A string that contains a
 * NUL or does not fit into size is a failure, and buf is then "".
 */
void	wire_get_text(struct wire_reader *reader, char *buf, size_t size);

/* Whether nothing failed and the whole payload was read. */
bool	wire_reader_is_complete(const struct wire_reader *reader);

#endif /* WIRE_H */
