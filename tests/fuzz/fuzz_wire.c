/* SPDX-License-Identifier: ISC */

/*
 * Fuzz target: payloads.  The input is read as each request and answer is;
 * what is read whole gives the same octets when it is written again.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What a payload is made of: '1' a u8, '4' a u32, 's' a string, 't' a text. */
static const char *const shapes[] = {
	"4", "tt1", "ttt1s", "1s", "14t1", "ssss"
};

static void
copy_item(char kind, struct wire_reader *reader, struct wire_writer *writer)
{
	const unsigned char *string;
	char text[64];
	size_t len;

	switch (kind) {
	case '1':
		wire_put_u8(writer, wire_get_u8(reader));
		break;
	case '4':
		wire_put_u32(writer, wire_get_u32(reader));
		break;
	case 's':
		wire_get_string(reader, &string, &len);
		wire_put_string(writer, string, len);
		break;
	default:
		wire_get_text(reader, text, sizeof(text));
		if (memchr(text, '\0', sizeof(text)) == NULL)
			abort();
		wire_put_string(writer, text, strlen(text));
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct wire_reader reader;
	struct wire_writer writer;
	const char *kind;
	size_t i;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		wire_reader_init(&reader, data, len);
		wire_writer_init(&writer, len);
		for (kind = shapes[i]; *kind != '\0'; kind++)
			copy_item(*kind, &reader, &writer);
		if (wire_reader_is_complete(&reader) && (writer.failed ||
		    writer.len != len ||
		    memcmp(writer.data, data, len) != 0))
			abort();
		wire_writer_finish(&writer);
	}
	return 0;
}
