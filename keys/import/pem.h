/* SPDX-License-Identifier: ISC */

/*
 * Private keys as other signers keep them.
 */

#ifndef IMPORT_PEM_H
#define IMPORT_PEM_H

#include <stddef.h>

#include <openssl/types.h>

/*
 * The first private key in PEM: PKCS#8 or PKCS#1, not encrypted.  Other PEM
 * blocks and text before it are passed over.  Returns it, the caller's, or
 * NULL with a static text in *why.
 */
EVP_PKEY	*import_pem(const char *text, size_t len, const char **why);

/*
 * A key in one line, as in a table: PEM of which the line ends are gone, be
 * they written as "\n", or Base64 of the same without BEGIN and END.
 */
EVP_PKEY	*import_pem_line(const char *line, const char **why);

#endif /* IMPORT_PEM_H */
