/* SPDX-License-Identifier: ISC */

/*
 * Weak keys, each made here to be weak in one way, and good ones.
 *
 * An RSA key is made from its two primes and its public exponent, so that the
 * crypto library has no say in them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "import/weak.h"

#define BITS	2048

static BIGNUM *
number(unsigned long value)
{
	BIGNUM *n;

	assert_non_null(n = BN_new());
	assert_int_equal(BN_set_word(n, value), 1);
	return n;
}

/* A prime of so many bits with its two highest set; not 1 modulo e. */
static BIGNUM *
make_prime(int bits, const BIGNUM *e, BN_CTX *ctx)
{
	BIGNUM *p, *rest;

	p = number(0);
	rest = number(0);
	do {
		assert_int_equal(BN_generate_prime_ex2(p, bits, 0, NULL, NULL,
		    NULL, ctx), 1);
		assert_int_equal(BN_mod(rest, p, e, ctx), 1);
	} while (BN_is_one(rest));
	BN_free(rest);
	return p;
}

/* The next prime after p. */
static BIGNUM *
next_prime(const BIGNUM *p, BN_CTX *ctx)
{
	BIGNUM *q;

	assert_non_null(q = BN_dup(p));
	do
		assert_int_equal(BN_add_word(q, 2), 1);
	while (BN_check_prime(q, ctx, NULL) != 1);
	return q;
}

/* k * M + (65537^a mod M), M the product of the first 126 primes. */
static BIGNUM *
roca_prime(unsigned long a, BN_CTX *ctx)
{
	BIGNUM *m, *p, *k, *base, *power;
	unsigned long i, j, n;

	m = number(2);
	for (i = 3, n = 1; n < 126; i += 2) {
		for (j = 3; j * j <= i && i % j != 0; j += 2)
			;
		if (j * j <= i)
			continue;
		assert_int_equal(BN_mul_word(m, i), 1);
		n++;
	}
	base = number(65537);
	power = number(a);
	k = number(0);
	p = number(0);
	assert_int_equal(BN_mod_exp(power, base, power, m, ctx), 1);
	do {
		assert_int_equal(BN_rand(k, BITS / 2 - BN_num_bits(m) + 1,
		    BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY), 1);
		assert_int_equal(BN_mul(p, k, m, ctx), 1);
		assert_int_equal(BN_add(p, p, power), 1);
	} while (BN_num_bits(p) != BITS / 2 ||
	    !BN_is_bit_set(p, BITS / 2 - 2) ||
	    BN_check_prime(p, ctx, NULL) != 1);
	BN_free(m);
	BN_free(base);
	BN_free(power);
	BN_free(k);
	return p;
}

static EVP_PKEY *
build(BIGNUM *const *numbers)
{
	static const char *const names[] = {
		OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E,
		OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1,
		OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT1,
		OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1
	};
	OSSL_PARAM_BLD *builder;
	OSSL_PARAM *params;
	EVP_PKEY_CTX *ctx;
	EVP_PKEY *pkey;
	size_t i;

	assert_non_null(builder = OSSL_PARAM_BLD_new());
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(OSSL_PARAM_BLD_push_BN(builder, names[i],
		    numbers[i]), 1);
	assert_non_null(params = OSSL_PARAM_BLD_to_param(builder));
	assert_non_null(ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL));
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	pkey = NULL;
	assert_int_equal(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR,
	    params), 1);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	return pkey;
}

/* Weaknesses of the key of these primes.  Takes them, and the exponent
 * whose inverse the other one is. */
static unsigned int
weak_of(BIGNUM *p, BIGNUM *q, BIGNUM *e, int swap, BN_CTX *ctx)
{
	BIGNUM *p1, *q1, *phi, *n, *d, *dp, *dq, *inverse;
	EVP_PKEY *pkey;
	unsigned int weak;

	n = number(0);
	phi = number(0);
	dp = number(0);
	dq = number(0);
	p1 = BN_dup(p);
	q1 = BN_dup(q);
	assert_int_equal(BN_sub_word(p1, 1), 1);
	assert_int_equal(BN_sub_word(q1, 1), 1);
	assert_int_equal(BN_mul(n, p, q, ctx), 1);
	assert_int_equal(BN_mul(phi, p1, q1, ctx), 1);
	d = BN_mod_inverse(NULL, e, phi, ctx);
	if (d == NULL)		/* e is even: any will do */
		d = number(65537);
	if (swap)
		BN_swap(d, e);
	assert_int_equal(BN_mod(dp, d, p1, ctx), 1);
	assert_int_equal(BN_mod(dq, d, q1, ctx), 1);
	assert_non_null(inverse = BN_mod_inverse(NULL, q, p, ctx));
	pkey = build((BIGNUM *const []){ n, e, d, p, q, dp, dq, inverse });
	weak = weak_find(pkey);
	EVP_PKEY_free(pkey);
	BN_free(n);
	BN_free(phi);
	BN_free(p1);
	BN_free(q1);
	BN_free(d);
	BN_free(dp);
	BN_free(dq);
	BN_free(inverse);
	BN_free(p);
	BN_free(q);
	BN_free(e);
	return weak;
}

static const struct {
	const char	*name;
	int		 pbits, qbits;
	unsigned long	 e;
	int		 swap;		/* small private exponent */
	unsigned int	 weak;
} rsa[] = {
	{ "good",		1024, 1024, 65537, 0, 0 },
	{ "short",		512, 512, 65537, 0, WEAK_SHORT },
	{ "one bit short",	1024, 1023, 65537, 0, WEAK_SHORT },
	{ "e = 3",		1024, 1024, 3, 0, WEAK_EXPONENT_SMALL },
	{ "e = 65539",		1024, 1024, 65539, 0, 0 },
	{ "e of 64 bits",	1024, 1024, 0xffffffffffffffc5ul, 0, 0 },
	{ "e is even",		1024, 1024, 65538, 0, WEAK_INCONSISTENT },
	{ "d = 65537",		1024, 1024, 65537, 1,
	    WEAK_EXPONENT_LARGE | WEAK_PRIVATE_SMALL },
	{ "not of one length",	1100, 948, 65537, 0, 0 },
	{ "a prime of 64 bits",	1984, 64, 65537, 0, WEAK_PRIME_SMALL },
	{ "a prime of 16 bits",	2033, 16, 65537, 0, WEAK_PRIME_SMALL }
};

static void
check_rsa(void **state)
{
	BIGNUM *e, *p, *q;
	BN_CTX *ctx;
	unsigned int weak;
	size_t i;

	(void)state;
	assert_non_null(ctx = BN_CTX_new());
	for (i = 0; i < sizeof(rsa) / sizeof(rsa[0]); i++) {
		e = number(rsa[i].e);
		p = make_prime(rsa[i].pbits, e, ctx);
		q = make_prime(rsa[i].qbits, e, ctx);
		weak = weak_of(p, q, e, rsa[i].swap, ctx);
		if (weak != rsa[i].weak)
			fail_msg("%s: %#x, want %#x", rsa[i].name, weak,
			    rsa[i].weak);
	}
	BN_CTX_free(ctx);
}

static void
check_primes(void **state)
{
	BIGNUM *e, *p, *q;
	BN_CTX *ctx;

	(void)state;
	assert_non_null(ctx = BN_CTX_new());

	/* Neighbours, and primes that agree in their first 113 bits. */
	e = number(65537);
	p = make_prime(BITS / 2, e, ctx);
	q = next_prime(p, ctx);
	assert_int_equal(weak_of(p, q, e, 0, ctx), WEAK_PRIMES_CLOSE);
	e = number(65537);
	p = make_prime(BITS / 2, e, ctx);
	q = BN_dup(p);
	assert_int_equal(BN_set_bit(q, 0), 1);
	(BN_is_bit_set(q, 910) ? BN_clear_bit : BN_set_bit)(q, 910);
	while (BN_check_prime(q, ctx, NULL) != 1)
		assert_int_equal(BN_add_word(q, 2), 1);
	assert_int_equal(weak_of(p, q, e, 0, ctx), WEAK_PRIMES_CLOSE);

	/* One of the two by the faulty library is not enough. */
	assert_int_equal(weak_of(roca_prime(123456789, ctx),
	    roca_prime(987654321, ctx), number(65537), 0, ctx), WEAK_ROCA);
	e = number(65537);
	assert_int_equal(weak_of(roca_prime(123456789, ctx),
	    make_prime(BITS / 2, e, ctx), e, 0, ctx), 0);

	/* Too long to be worth a look at the primes: odd numbers will do. */
	p = number(0);
	assert_int_equal(BN_set_bit(p, 4096), 1);
	assert_int_equal(BN_set_bit(p, 0), 1);
	q = BN_dup(p);
	assert_int_equal(BN_add_word(q, 2), 1);
	assert_int_equal(weak_of(p, q, number(65537), 0, ctx), WEAK_LONG);

	/* A factor that is not prime, and not too small. */
	e = number(3);
	p = number(0);
	while (!BN_is_bit_set(p, BITS / 2 - 1) ||
	    !BN_is_bit_set(p, BITS / 2 - 2)) {
		BN_free(p);
		p = make_prime(BITS / 4, e, ctx);
		q = make_prime(BITS / 4, e, ctx);
		assert_int_equal(BN_mul(p, p, q, ctx), 1);
		BN_free(q);
	}
	BN_free(e);
	e = number(65537);
	assert_int_equal(weak_of(p, make_prime(BITS / 2, e, ctx), e, 0, ctx),
	    WEAK_INCONSISTENT);
	BN_CTX_free(ctx);
}

static const struct {
	const char	*name;
	unsigned char	 first, rest, last;
	unsigned int	 weak;
} points[] = {
	{ "zero",		0x00, 0x00, 0x00, WEAK_POINT },
	{ "zero, signed",	0x00, 0x00, 0x80, WEAK_POINT },
	{ "one",		0x01, 0x00, 0x00, WEAK_POINT },
	{ "one, signed",	0x01, 0x00, 0x80, WEAK_POINT },
	{ "minus one",		0xec, 0xff, 0x7f, WEAK_POINT },
	{ "minus one, signed",	0xec, 0xff, 0xff, WEAK_POINT },
	{ "p",			0xed, 0xff, 0x7f, WEAK_POINT },
	{ "p + 1, signed",	0xee, 0xff, 0xff, WEAK_POINT },
	{ "p + 2",		0xef, 0xff, 0x7f, 0 },
	{ "two",		0x02, 0x00, 0x00, 0 }
};

static void
check_points(void **state)
{
	unsigned char raw[32];
	EVP_PKEY *pkey;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		memset(raw, points[i].rest, sizeof(raw));
		raw[0] = points[i].first;
		raw[31] = points[i].last;
		pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
		    raw, sizeof(raw));
		assert_non_null(pkey);
		if (weak_find(pkey) != points[i].weak)
			fail_msg("%s", points[i].name);
		EVP_PKEY_free(pkey);
	}
}

static void
check_kinds(void **state)
{
	EVP_PKEY *pkey;

	(void)state;
	assert_non_null(pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	assert_int_equal(weak_find(pkey), 0);
	EVP_PKEY_free(pkey);
	assert_non_null(pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"));
	assert_int_equal(weak_find(pkey), WEAK_KIND);
	EVP_PKEY_free(pkey);
	assert_non_null(pkey = EVP_PKEY_Q_keygen(NULL, NULL, "X25519"));
	assert_int_equal(weak_find(pkey), WEAK_KIND);
	EVP_PKEY_free(pkey);
}

/* Each bit has a text of its own. */
static void
check_texts(void **state)
{
	unsigned int bit, other;

	(void)state;
	for (bit = WEAK_KIND; bit <= WEAK_POINT; bit <<= 1)
		for (other = WEAK_KIND; other < bit; other <<= 1)
			assert_string_not_equal(weak_text(bit),
			    weak_text(other));
	assert_string_equal(weak_text(WEAK_ROCA | WEAK_SHORT),
	    weak_text(WEAK_SHORT));
	assert_string_equal(weak_text(0), "nothing known");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_rsa),
		cmocka_unit_test(check_primes),
		cmocka_unit_test(check_points),
		cmocka_unit_test(check_kinds),
		cmocka_unit_test(check_texts)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
