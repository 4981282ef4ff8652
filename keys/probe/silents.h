/* SPDX-License-Identifier: ISC */

/*
 * The name servers that give no usable answer, by zone and address: read from
 * the key store before a run, kept up to date by it, and written back.
 *
 * While a run watches the servers, each is asked for the zone's SOA record
 * when the zone is looked up, whether or not a key is due.  A server that
 * answers, but fails whenever it is asked for the record of a key, is as silent
 * as one that does not answer.  If no server of the zone gives an authoritative
 * answer, nothing is counted, because then the fault may be in the network of
 * this host.  Safe for any number of threads.
 */

#ifndef DNS_SILENTS_H
#define DNS_SILENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "life/silence.h"
#include "probe/zone.h"
#include "store/keystore.h"

struct dns_silents;

/*
 * A table for lookups, empty at first.
 *
 * clock   seconds since 1970
 */
struct dns_silents *dns_silents_new(int64_t (*clock)(void));
void	dns_silents_free(struct dns_silents *silents);

/*
 * Read the file of the store.  Returns 0 or KS_E_*; what was read until then
 * is kept, and the table can be used after an error, too.
 */
int	dns_silents_read(struct dns_silents *silents, struct keystore *ks,
	    struct ks_error *error);

/* Write the file of the store, if anything has changed.  0 or KS_E_*. */
int	dns_silents_write(struct dns_silents *silents, struct keystore *ks,
	    struct ks_error *error);

/* From now on, count silences; before, they are only known. */
void	dns_silents_watch(struct dns_silents *silents);

/* Whether silences are counted.  silents may be NULL. */
bool	dns_silents_watches(const struct dns_silents *silents);

/*
 * Count a query to a server of a zone for its SOA record: it gave a usable
 * answer, or none.  An answer ends the silence of the server with this run,
 * unless it fails then for the records of keys.  A second silence in a run is
 * not counted.  Does nothing if the table does not watch, or is NULL.
 */
void	dns_silents_note_start(struct dns_silents *silents, const char *apex,
	    const struct dns_zone_server *server, bool answers);

/* The same for the record of a key; an answer ends its silence at once. */
void	dns_silents_note(struct dns_silents *silents, const char *apex,
	    const struct dns_zone_server *server, bool answers);

/*
 * How long a server has been silent that gave no usable answer just now, even
 * if that is not counted.
 */
struct silence dns_silents_find(struct dns_silents *silents,
	    const char *apex, const struct dns_zone_server *server);

/* The time by the clock of the table; 0 if it is NULL. */
int64_t	dns_silents_now(const struct dns_silents *silents);

#endif /* DNS_SILENTS_H */
