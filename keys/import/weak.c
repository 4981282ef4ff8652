/* SPDX-License-Identifier: ISC */

/*
 * Find weak keys.
 *
 * The private key is available, so its primes can be checked directly, while an
 * outsider would have to find them.  The requirements of FIPS 186-5, appendix
 * A.1, for the exponents and for the distance between the primes exclude all
 * keys that Fermat's and Wiener's methods can factor, and many more.
 *
 * A good key has:
 *
 *	- RSA: 2048 to 8192 bits.  RFC 8301 section 3.2 requires 1024 and
 *	  recommends 2048; receivers refuse or ignore shorter keys, and the
 *	  key store refuses them.
 *	- An odd public exponent from 65537 to 2^256.  Smaller ones are valid,
 *	  but with them, verifiers that are careless with padding accept
 *	  forgeries (CVE-2006-4339).
 *	- A private exponent with more than half the bits of the modulus.
 *	- Primes that differ in at least one of their first 100 bits (those of
 *	  CVE-2022-26320 did not).
 *	- No prime with less than a third of the bits of the modulus.  Primes
 *	  of some hundred bits can be found with elliptic curves, smaller ones
 *	  by division.  FIPS requires two of equal length; here, keys with
 *	  three primes are accepted.
 *	- Not made by the library whose primes are k * M + (65537^a mod M),
 *	  where M is the product of the first primes: M. Nemec, M. Sys,
 *	  P. Svenda, D. Klinec, V. Matyas, "The Return of Coppersmith's
 *	  Attack", ACM CCS 2017.  With such primes, the modulus is a power of
 *	  65537 modulo each of the first primes; of other keys, one in 2^154
 *	  has this property by chance.
 *	- Ed25519: a point that is not of small order.  RFC 8032 section 5.1
 *	  has eight of small order, and two have a second encoding; with them,
 *	  anybody can make a signature for any message.
 *
 * Keys made with a predictable generator, as Debian's were from 2006 to 2008,
 * are not detected: that would take a list of all of them.
 */

#include "import/weak.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#define MIN_BITS	2048
#define MAX_BITS	8192
#define MIN_EXPONENT	65537
#define MAX_EXPONENT	256	/* bits */
#define DISTANCE	100	/* first bits in which primes must differ */
#define POINT_SIZE	32
#define SIGN_BIT	0x80u	/* of the last octet of a point */

struct rsa {
	BIGNUM	*n, *e, *d, *p, *q;
};

/*
 * The odd ones of the first 39 primes: these divide M for every length of such
 * keys.
 */
static const unsigned int roca_primes[] = {
	3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67,
	71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139,
	149, 151, 157, 163, 167
};
#define NROCA_PRIMES	(sizeof(roca_primes) / sizeof(roca_primes[0]))

/*
 * The y of all points of small order, without the sign of x: 1, 0, -1, the two
 * of order 8, and the second encodings of 0 and 1, which add the prime of the
 * field.
 */
static const unsigned char small_points[][POINT_SIZE] = {
	{ 0x01 },
	{ 0x00 },
	{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
	    0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
	    0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
	    0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
	    0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
	{ 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
	{ 0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f }
};
#define NSMALL_POINTS	(sizeof(small_points) / sizeof(small_points[0]))

/* Whether r is a power of 65537 modulo a small prime. */
static bool
is_power(unsigned int r, unsigned int prime)
{
	unsigned int generator, power;

	generator = 65537 % prime;
	power = 1;
	do {
		if (power == r)
			return true;
		power = power * generator % prime;
	} while (power != 1);
	return false;
}

static bool
is_roca(const BIGNUM *n)
{
	size_t i;

	for (i = 0; i < NROCA_PRIMES; i++)
		if (!is_power((unsigned int)BN_mod_word(n, roca_primes[i]),
		    roca_primes[i]))
			return false;
	return true;
}

/* Whether p and q are far enough apart; also false if out of memory. */
static bool
are_apart(const BIGNUM *p, const BIGNUM *q, int bits)
{
	BIGNUM *difference;
	bool apart;

	difference = BN_secure_new();
	apart = difference != NULL && BN_sub(difference, p, q) == 1 &&
	    BN_num_bits(difference) > bits / 2 - DISTANCE;
	BN_clear_free(difference);
	return apart;
}

static unsigned int
check_numbers(const struct rsa *rsa, int bits)
{
	unsigned int weak;

	weak = 0;
	if (!BN_is_odd(rsa->n) || !BN_is_odd(rsa->e) || BN_is_one(rsa->e))
		weak |= WEAK_INCONSISTENT;
	if (BN_num_bits(rsa->e) < 64 && BN_get_word(rsa->e) < MIN_EXPONENT)
		weak |= WEAK_EXPONENT_SMALL;
	if (BN_num_bits(rsa->e) > MAX_EXPONENT)
		weak |= WEAK_EXPONENT_LARGE;
	if (BN_num_bits(rsa->d) <= bits / 2)
		weak |= WEAK_PRIVATE_SMALL;
	if (BN_num_bits(rsa->p) < bits / 3 || BN_num_bits(rsa->q) < bits / 3)
		weak |= WEAK_PRIME_SMALL;
	if (!are_apart(rsa->p, rsa->q, bits))
		weak |= WEAK_PRIMES_CLOSE;
	if (is_roca(rsa->n))
		weak |= WEAK_ROCA;
	return weak;
}

/*
 * Whether the crypto library finds that the primes are prime and all numbers
 * consistent.  The key store does the same check whenever it loads a key.
 */
static bool
is_consistent(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *ctx;
	int good;

	good = 0;
	if ((ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL)) != NULL)
		good = EVP_PKEY_check(ctx);
	EVP_PKEY_CTX_free(ctx);
	return good == 1;
}

static unsigned int
check_rsa(EVP_PKEY *pkey)
{
	struct rsa rsa;
	unsigned int weak;
	int bits;

	bits = EVP_PKEY_get_bits(pkey);
	/* Checking the numbers of a long key would take too long. */
	if (bits > MAX_BITS)
		return WEAK_LONG;
	weak = bits < MIN_BITS ? WEAK_SHORT : 0;
	memset(&rsa, 0, sizeof(rsa));
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &rsa.n) &&
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &rsa.e) &&
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_D, &rsa.d) &&
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1,
	    &rsa.p) &&
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2,
	    &rsa.q) && is_consistent(pkey))
		weak |= check_numbers(&rsa, bits);
	else
		weak |= WEAK_INCONSISTENT;
	BN_free(rsa.n);
	BN_free(rsa.e);
	BN_clear_free(rsa.d);
	BN_clear_free(rsa.p);
	BN_clear_free(rsa.q);
	return weak;
}

static unsigned int
check_ed25519(EVP_PKEY *pkey)
{
	unsigned char point[POINT_SIZE];
	size_t i, len;

	len = sizeof(point);
	if (EVP_PKEY_get_raw_public_key(pkey, point, &len) != 1 ||
	    len != sizeof(point))
		return WEAK_INCONSISTENT;
	point[POINT_SIZE - 1] &= (unsigned char)~SIGN_BIT;
	for (i = 0; i < NSMALL_POINTS; i++)
		if (memcmp(point, small_points[i], sizeof(point)) == 0)
			return WEAK_POINT;
	return 0;
}

unsigned int
weak_find(EVP_PKEY *pkey)
{
	unsigned int weak;

	if (EVP_PKEY_is_a(pkey, "RSA"))
		weak = check_rsa(pkey);
	else if (EVP_PKEY_is_a(pkey, "ED25519"))
		weak = check_ed25519(pkey);
	else
		weak = WEAK_KIND;
	ERR_clear_error();
	return weak;
}

const char *
weak_text(unsigned int weak)
{
	static const struct {
		unsigned int	 bit;
		const char	*text;
	} texts[] = {
		{ WEAK_KIND, "neither an RSA nor an Ed25519 key, the only "
		    "types in DKIM" },
		{ WEAK_SHORT, "RSA under 2048 bits, which receivers may ignore "
		    "and the signers refuse: generate a new key" },
		{ WEAK_LONG, "RSA over 8192 bits, which receivers need not "
		    "accept and the signers refuse: generate a new key" },
		{ WEAK_INCONSISTENT, "its numbers are inconsistent: the file "
		    "is damaged, or not a complete private key" },
		{ WEAK_EXPONENT_SMALL, "its public exponent is under 65537, "
		    "with which careless receivers accept forgeries" },
		{ WEAK_EXPONENT_LARGE, "its public exponent has over 256 bits, "
		    "which not all receivers accept" },
		{ WEAK_PRIVATE_SMALL, "its private exponent is so small that "
		    "it can be computed from the public key" },
		{ WEAK_PRIME_SMALL, "one of its primes is so small that it "
		    "can be computed from the public key" },
		{ WEAK_PRIMES_CLOSE, "its primes are so close to each other "
		    "that they can be computed from the public key" },
		{ WEAK_ROCA, "made by a faulty library (ROCA, "
		    "CVE-2017-15361): it can be computed from the public "
		    "key" },
		{ WEAK_POINT, "its public key is a point of small order: "
		    "anybody can sign with it" }
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if ((weak & texts[i].bit) != 0)
			return texts[i].text;
	return "nothing known";
}
