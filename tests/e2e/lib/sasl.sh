# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# SMTP AUTH by Cyrus SASL, with a user database of the test's own.

SASL=$SCRATCH/sasl
SASLPASSWD=/usr/sbin/saslpasswd2
[ -x "$SASLPASSWD" ] || SASLPASSWD=$E2E_UNPACKED/sasl2-bin/usr/sbin/saslpasswd2

# sasl_make USER...: each with the password "secret".
sasl_make()
{
	local user

	# Debian 12's Postfix looks below its own configuration, and only there;
	# a later one where it is told to.
	mkdir -p "$SASL" "$SCRATCH/postfix/etc/sasl"
	tee "$SCRATCH/postfix/etc/sasl/smtpd.conf" >"$SASL/Sendmail.conf" <<-CONF
	pwcheck_method: auxprop
	auxprop_plugin: sasldb
	sasldb_path: $SASL/users
	mech_list: PLAIN LOGIN
	CONF
	for user; do
		printf secret | "$SASLPASSWD" -p -c -f "$SASL/users" \
		    -u relay.example.net "$user" || die "no SASL user $user"
	done
	chmod 0755 "$SASL"
	chmod 0644 "$SASL"/*
}

sasl_postfix()
{
	cat <<-CONF
	smtpd_sasl_auth_enable = yes
	smtpd_sasl_type = cyrus
	smtpd_sasl_path = smtpd
	cyrus_sasl_config_path = $SCRATCH/postfix/etc/sasl
	smtpd_sasl_local_domain = relay.example.net
	smtpd_sasl_security_options = noanonymous
	CONF
}

# Sendmail looks where the plugins are; the test's own file system shows its
# file there.
sasl_sendmail()
{
	local plugins

	plugins=$(dirname "$(dpkg -L libsasl2-modules | grep libplain.so | head -1)")
	chmod 0600 "$SASL"/*
	mount -t overlay overlay -o "lowerdir=$SASL:$plugins" "$plugins" ||
	    die "no overlay on $plugins"
}
