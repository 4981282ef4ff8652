/* SPDX-License-Identifier: ISC */

/*
 * What the areas of the chain share.
 */

#ifndef CHAIN_PRIVATE_H
#define CHAIN_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "chain/chain.h"

#define CHAIN_FIX_SIZE	4096

/*
 * The command in a text of another part of this program, which has it at the
 * end, "why: chmod 0700 PATH", or in quotes, "run 'countersign-key add X'".
 * Returns fix, or NULL if there is none, or one that is not safe to copy.
 */
const char *chain_fix_in(const struct chain *chain, const char *text,
	    char *fix, size_t size);

/*
 * Write "COMMAND WORD" with the word quoted for a shell.  Returns fix, or NULL
 * if the word cannot be quoted or does not fit.
 */
const char *chain_fix_word(char *fix, size_t size, const char *command,
	    const char *word);

/* Of the key store: what seals the private keys. */
void	chain_seal(const struct chain *chain, struct findings *findings);

/*
 * Write "countersign-key COMMAND WORD", with "-c FILE" unless the configuration
 * is the default one.  Returns as chain_fix_word().
 */
const char *chain_fix_key(const struct chain *chain, char *fix, size_t size,
	    const char *command, const char *word);

/* Report a key directory that cannot be opened, by errno. */
void	chain_keydir_unopened(const struct chain *chain,
	    struct findings *findings, int error);

/*
 * Report a key directory that is empty because its file system, which
 * /etc/fstab names, is not mounted; false if it is not so.
 */
bool	chain_keydir_unmounted(const struct chain *chain,
	    struct findings *findings);

struct dns_resolver;

/* What a child does with DNS; arg is what chain_ask_dns() got. */
typedef void chain_dns_work(const struct chain *chain,
	    struct dns_resolver *resolver, void *arg);

/*
 * Let a child do something with DNS as the user of the milter, with the servers
 * of the configuration, and write what it finds to size octets at result, which
 * this process then has, too; it must not believe them.  False if that fails.
 */
bool	chain_ask_dns(const struct chain *chain, chain_dns_work *work,
	    void *arg, void *result, size_t size);

/* Whether an address is one that hosts outside may have. */
bool	chain_is_public(int family, const unsigned char *octets);

/* Whether a unit of systemd may write at a path; true if there is none. */
bool	chain_unit_writes(const char *unit, const char *path);

/*
 * Write the commands that make a drop-in NAME.conf for a unit, with one option,
 * "ReadWritePaths=-", for a path.  Returns fix, or NULL if the path has
 * characters that mean something to systemd.
 */
const char *chain_fix_unit(const char *unit, const char *name,
	    const char *option, const char *path, char *fix, size_t size);

/*
 * What "countersign-key ARGUMENTS --json" prints, run as the owner of the key
 * store, as the hourly unit runs it; at most 8 arguments, which NULL ends.
 * NULL with the reason in why if it prints no JSON, or could not look at the
 * keys.  The caller releases it.
 */
json_t *chain_ask_keys(const struct chain *chain,
	    const char *const arguments[], unsigned int limit_ms, char *why,
	    size_t size);

/* The first source each that needs something from the MTA; NULL: none. */
struct chain_needs {
	const struct source *tls, *certificate, *login;
};

void	chain_find_needs(const struct config *config,
	    struct chain_needs *needs);

/*
 * The source of a platform that allows a part of the network, or NULL.  A
 * source that trusts its networks has own servers there.
 */
const struct source *chain_source_in(const struct config *config,
	    const struct network *network);

/* A member that is a string; "" if there is none. */
const char *chain_text(const json_t *object, const char *name);

/*
 * Whether the milter has to be in the MTA, and to run: not before there is a
 * source, unless the MTA has it already.  Advice to attach it to the MTA would
 * only have mail deferred.
 */
bool	chain_needs_milter(const struct chain *chain);

#endif /* CHAIN_PRIVATE_H */
