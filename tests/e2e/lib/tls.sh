# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Certificates of the test's own CA, and one of another, made for each test.
# They have what strict clients want to see, as Python's since 3.13.

TLS=$SCRATCH/tls

tls_authority()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -days 2 -subj "/O=Test/CN=$2" -keyout "$TLS/$1.key" \
	    -addext keyUsage=critical,keyCertSign,cRLSign \
	    -out "$TLS/$1.pem" 2>>"$TLS/openssl.log"
}

# tls_certificate NAME CA COMMON-NAME
tls_certificate()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj "/O=Test/CN=$3" -keyout "$TLS/$1.key" \
	    -out "$TLS/$1.csr" 2>>"$TLS/openssl.log" &&
	openssl x509 -req -in "$TLS/$1.csr" -CA "$TLS/$2.pem" \
	    -CAkey "$TLS/$2.key" -CAcreateserial -days 2 -extfile <(
		echo 'subjectKeyIdentifier=hash'
		echo 'authorityKeyIdentifier=keyid') \
	    -out "$TLS/$1.pem" 2>>"$TLS/openssl.log"
}

# The server's; a provider's, which all its tenants share; one of the same
# name by another CA that is trusted, and by one that nobody trusts; one of
# another name.
tls_make()
{
	mkdir -p "$TLS"
	tls_authority ca "Test CA" && tls_authority rogue "Test CA" &&
	tls_authority another "Second CA" &&
	cat "$TLS/ca.pem" "$TLS/another.pem" >"$TLS/trusted.pem" &&
	tls_certificate second another mail.platform.example &&
	tls_certificate server ca relay.example.net &&
	tls_certificate provider ca mail.platform.example &&
	tls_certificate untrusted rogue mail.platform.example &&
	tls_certificate other ca mail.elsewhere.example ||
	    die "no certificates: $(tail -3 "$TLS/openssl.log")"
	chmod 0644 "$TLS"/*
}

# Postfix settings for it, a line each.
tls_postfix()
{
	cat <<-CONF
	smtpd_tls_security_level = may
	smtpd_tls_cert_file = $TLS/server.pem
	smtpd_tls_key_file = $TLS/server.key
	smtpd_tls_CAfile = $TLS/trusted.pem
	smtpd_tls_ask_ccert = yes
	smtpd_tls_fingerprint_digest = sha256
	CONF
}

tls_fingerprint()
{
	openssl x509 -in "$TLS/$1.pem" -noout -fingerprint -sha256 |
	    sed 's/.*=//'
}
