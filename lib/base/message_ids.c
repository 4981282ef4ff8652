/* SPDX-License-Identifier: ISC */

/*
 * The ids of log lines as texts: their names and their MESSAGE_IDs for the
 * journal, from the table in message_ids.h.
 *
 * Nothing can fail; an id outside the table has empty texts.
 */

#include "base/message_ids.h"

#include <stddef.h>

#define MESSAGE_TEXTS(symbol, name, hex) [symbol] = { name, hex },

static const struct {
	const char	*name, *hex;
} messages[M_END] = {
	[M_NONE] = { "", "" },
	MESSAGE_IDS(MESSAGE_TEXTS)
};

const char *
message_name(enum message_id id)
{
	return (size_t)id < M_END ? messages[id].name : "";
}

const char *
message_hex(enum message_id id)
{
	return (size_t)id < M_END ? messages[id].hex : "";
}
