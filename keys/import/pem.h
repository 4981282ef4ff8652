/* SPDX-License-Identifier: ISC */

/*
 * Read private keys in the forms in which other signers keep them.
 */

#ifndef IMPORT_PEM_H
#define IMPORT_PEM_H

#include <stddef.h>

#include <openssl/types.h>

/*
 * Read the first private key in PEM: PKCS#8 or PKCS#1, not encrypted.  Other
 * PEM blocks, and text before it, are skipped.  Returns the key, which the
 * caller frees, or NULL; *why, which is static, then says why.
 */
EVP_PKEY	*import_pem(const char *text, size_t len, const char **why);

/*
 * Read a key that is one line of a table: PEM whose line ends are missing or
 * written as "\n", or only the Base64 between its BEGIN and END.  Returns the
 * same as import_pem().
 */
EVP_PKEY	*import_pem_line(const char *line, const char **why);

#endif /* IMPORT_PEM_H */
