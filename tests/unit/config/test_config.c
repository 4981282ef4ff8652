/* SPDX-License-Identifier: ISC */

/*
 * countersign.conf: what a good file gives, and each fault of a bad one,
 * with its line.
 */

#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/private.h"

#define DOMAINS	"domains = example.com"
#define SIXTEEN "0123456789abcdef"
#define SIXTY_FOUR SIXTEEN SIXTEEN SIXTEEN SIXTEEN
#define LONG_LOCAL SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR "x"
#define TRUSTED	"networks = 10.0.0.0/8 trust_network = true " DOMAINS
#define ORG	"00D5f000001AbCd"
#define SPF8(n)	"_1.s" n ".example, _2.s" n ".example, _3.s" n ".example, " \
		"_4.s" n ".example, _5.s" n ".example, _6.s" n ".example, " \
		"_7.s" n ".example, _8.s" n ".example"
/* Behind the text, so that lines keep their numbers. */
#define PRESETS	"preset_dir = \"" TEST_PRESETS "\"\n"

/*
 * want: each fault as "LINE TEXT", one a line, in order; TEXT is a part of
 * the fault.  Line 0 is the file as a whole.
 */
static const struct {
	const char	*name, *text, *want;
} bad[] = {
	/* Text. */
	{ "string not closed", "user = a\nkeydir = \"/a\nuser = b\n",
	    "2 string not closed on its line\n3 duplicate \"user\"" },
	{ "string in two pairs of quotes", "keydir = \"\"/a\"\"\nuser = b\n",
	    "1 text directly after a closing quote; write one \" at each" },
	{ "string, then a word", "keydir = \"/a\"user = b\n",
	    "1 text directly after a closing quote" },
	{ "string not closed, single quotes", "user = 'a",
	    "1 add ' at its end" },
	{ "string not closed, nothing in it", "user = \"\n",
	    "1 string not closed on its line" },
	{ "string ends in an escape", "user = \"a\\\"\nsigners = x\n",
	    "1 string not closed on its line\n2 \"signers\"" },
	{ "string ends in a backslash", "user = \"a\\\\\nsigners = x\n",
	    "1 string not closed on its line\n2 \"signers\"" },
	{ "comment not closed", "user = a\n/* b\n c",
	    "2 comment not closed" },
	{ "escape", "user = a\nkeydir = \"/a\\n\"\n", "2 a backslash" },
	{ "octal escape", "keydir = \"/a\\000b\"\n", "1 a backslash" },
	{ "variable in a string", "\nkeydir = \"${HOME}\"\n",
	    "2 environment variables" },
	{ "variable as a word", "\nkeydir = ${HOME}\n",
	    "2 environment variables" },
	{ "star outside of quotes", "source \"a\" {\n" TRUSTED "\n}\n"
	    "source \"b\" { networks = 10.0.0.0/8 trust_network = true\n"
	    "domains = { *.example.com } }\n", "5 \"*\" outside of quotes" },
	{ "plus outside of quotes", "user = a+b\n", "1 \"+\" outside" },
	{ "control character", "user = a\n\n\001\n", "3 octet 1" },
	{ "control character in a string", "\nuser = \"a\033\"\n",
	    "2 octet 27" },
	{ "lines behind comments", "# one\n// two\n/* three\n four */ user = /"
	    "* five */ a\nuser = b # c\n", "5 first on line 4" },
	{ "line ends of DOS", "# one\r\nuser = a\r\nuser = b\r\n",
	    "3 first on line 2" },

	/* Statements. */
	{ "unknown option", "\ncolour = red\n", "2 unknown option \"colour\"" },
	{ "near name", "sokcet = a\n", "1 did you mean \"socket\"?" },
	{ "near name in a source", "source \"a\" {\n" TRUSTED
	    "\ntrustnetwork = no\n}\n", "3 did you mean \"trust_network\"?" },
	{ "capitals", "Keydir = /a\n", "1 did you mean \"keydir\"?" },
	{ "name of a section's option", "expire = 1d\n",
	    "1 it belongs in a section \"signature\"" },
	{ "name of the root's option", "limits { keydir = /a }\n",
	    "1 it belongs outside of any section" },
	{ "unknown ones of all shapes", "aaaa = 1\nbbbb = { 1, 2 }\n"
	    "cccc { dddd = 1 }\neeee \"t\" { f { } }\ngggg(\"x\")\n"
	    "hhhh += 1\nsigners = x\n",
	    "1 \"aaaa\"\n2 \"bbbb\"\n3 \"cccc\"\n4 \"eeee\"\n5 \"gggg\"\n"
	    "6 \"hhhh\"\n7 \"signers\"" },
	{ "include", "include(\"/etc/passwd\")\n",
	    "1 write include \"/DIRECTORY/*.conf\", without" },
	{ "option twice", "user = a\n\nuser = b\n", "3 first on line 1" },
	{ "section twice", "limits { }\nlimits { header_size = 1 }\n",
	    "2 first on line 1" },
	{ "option twice in a source", "source \"a\" { " TRUSTED "\n"
	    "networks = 192.0.2.0/24 }\n", "2 first on line 1" },
	{ "empty list", "source \"a\" {\nlogin = \n{\n}\n" TRUSTED "}\n",
	    "2 \"login\" is an empty list" },
	{ "list for a value", "user = { a, b }\nkeys_user = { a }\n",
	    "1 \"user\" takes one value\n2 \"keys_user\" takes one value" },
	{ "append", "source \"a\" {\n" TRUSTED "\nlogin += { a } }\n",
	    "3 \"+=\" is not supported" },
	{ "section with equal sign", "limits = 5\nsigners = x\n",
	    "1 write limits { ... }\n2 \"signers\"" },
	{ "section without title", "source { " TRUSTED " }\nsigners = x\n",
	    "1 write source \"...\"\n2 \"signers\"" },
	{ "title where there is none", "limits \"a\" { }\n",
	    "1 write limits { ... }" },
	{ "option as a section", "user { a }\nsigners = x\n",
	    "1 write user = ...\n2 \"signers\"" },
	{ "list without equal sign", "source \"a\" { networks = 10.0.0.0/8\n"
	    "domains { example.com }\ntrust_network = yes }\n",
	    "1 names no domains\n2 write domains = { ... }" },

	/* Syntax errors: what stands before and behind is checked, too. */
	{ "no equal sign", "signers = x\nuser a\nsigners = y\n",
	    "1 \"signers\"\n2 expected \"=\", found \"a\"\n"
	    "3 duplicate \"signers\"" },
	{ "no value", "user = \n", "1 write user = ..." },
	{ "no value, then a brace", "signers = x\nuser = }\n",
	    "1 \"signers\"\n2 expected a value, found \"}\"" },
	{ "closing brace", "signers = x\n}\n",
	    "1 \"signers\"\n2 expected the name of an option, found \"}\"" },
	{ "quoted name", "\"user\" = a\n",
	    "1 expected the name of an option, found \"user\"" },
	{ "comma", "user = a, b\n",
	    "1 expected the name of an option, found \",\"" },
	{ "list without comma", "source \"a\" { domains = { a.b c.d } }",
	    "1 expected \",\" or \"}\", found \"c.d\"" },
	{ "list with two commas", "source \"a\" { domains = { a.b,, c.d } }",
	    "1 expected a value or \"}\", found \",\"" },
	{ "section not closed", "signers = x\nsource \"a\" {\n" TRUSTED "\n",
	    "1 \"signers\"\n2 is never closed" },
	{ "inner section not closed", "source \"a\" {\n" TRUSTED
	    " header \"X-A\" { value = a \n\n",
	    "1 is never closed\n2 is never closed" },
	{ "list not closed", "source \"a\" {\ndomains = { a.b, \n",
	    "1 is never closed\n2 this list is never closed" },
	{ "unknown section not closed", "aaaa {\n\n",
	    "1 unknown option\n1 \"{\" is never closed" },
	{ "function not closed", "aaaa (\n\n",
	    "1 unknown option" },
	{ "faulty source says nothing of what it lacks", "source \"a\" {\n"
	    "networks = 192.0.2.1/24\nuser ?\n}\n",
	    "2 has bits set\n3 unknown option \"user\"" },

	/* Values outside of sources. */
	{ "socket without a kind", "socket = /run/x\n", "1 write unix:" },
	{ "socket, relative", "socket = unix:x\n", "1 is relative" },
	{ "socket, long", "socket = \"unix:/0123456789012345678901234567890123"
	    "4567890123456789012345678901234567890123456789012345678901234567"
	    "8901234567890\"\n", "1 longer than 103 octets, the limit" },
	{ "socket, no address", "socket = inet:8891\n",
	    "1 names no address" },
	{ "socket, port 0", "socket = inet:0@127.0.0.1\n", "1 the port" },
	{ "socket, port too big", "socket = inet:65536@127.0.0.1\n",
	    "1 the port" },
	{ "socket, port no number", "socket = inet:x@127.0.0.1\n",
	    "1 the port" },
	{ "socket, port with a sign", "socket = \"inet: 1@127.0.0.1\"\n",
	    "1 the port" },
	{ "socket, long port", "socket = inet:00000000001@127.0.0.1\n",
	    "1 the port" },
	{ "socket, bad address", "socket = inet:1@300.0.0.1\n",
	    "1 must be an IPv4 address" },
	{ "socket, IPv6 as inet", "socket = inet:1@::1\n", "1 write inet6:" },
	{ "socket, IPv4 as inet6", "socket = inet6:1@127.0.0.1\n",
	    "1 must be an IPv6 address" },
	{ "mode of an inet socket", "socket = inet:1@127.0.0.1\n"
	    "socket_mode = 0600\nsocket_group = g\n",
	    "2 only for a unix socket\n3 only for a unix socket" },
	{ "mode for all", "socket_mode = 0666\n",
	    "1 lets every local user" },
	{ "mode, no octal number", "socket_mode = 0689\n", "1 octal" },
	{ "mode, short", "socket_mode = 60\n", "1 octal" },
	{ "mode, too big", "socket_mode = 1660\n", "1 octal" },
	{ "group", "socket_group = \"a b\"\n", "1 must be a name" },
	{ "user, empty", "user = \"\"\n", "1 must be a name" },
	{ "user, option", "keys_user = -x\n", "1 must be a name" },
	{ "keydir, relative", "keydir = keys\n", "1 is relative" },
	{ "mounted without a state directory", "\nkeydir_mounted = true\n",
	    "2 \"keydir_mounted\" needs" },
	{ "state directory, not mounted", "state_dir = /s\n",
	    "1 \"state_dir\" has no effect" },
	{ "state directory, said not to be mounted",
	    "keydir_mounted = false\nstate_dir = /s\n",
	    "2 \"state_dir\" has no effect" },
	{ "state directory, relative",
	    "keydir_mounted = true\nstate_dir = s\n",
	    "1 needs\n2 is relative" },
	{ "signers, too many", "signers = 65\n", "1 a number from 0 to 64" },
	{ "signers, negative", "signers = -1\n", "1 a number from 0 to 64" },
	{ "timeout, no unit", "sign_timeout = 5\n", "1 from 1s to 60s" },
	{ "timeout, 0", "sign_timeout = 0s\n", "1 from 1s to 60s" },
	{ "timeout, long", "sign_timeout = 2m\n", "1 from 1s to 60s" },
	{ "expire, unit", "signature { expire = 7x }\n", "1 s, m, h, d or w" },
	{ "expire, short", "signature { expire = 59m }\n", "1 from 1h" },
	{ "expire, long", "signature { expire = 53w }\n", "1 to 366d" },
	{ "expire, overflow", "signature { expire = 99999999999999w }\n",
	    "1 to 366d" },
	{ "expire, only a unit", "signature { expire = d }\n", "1 to 366d" },
	{ "expire, sign", "signature { expire = \"-1d\" }\n", "1 to 366d" },
	{ "expire of sources", "source a { login = a " DOMAINS
	    "\nexpire = 59m }\nsource b { login = b " DOMAINS
	    "\nexpire = 367d }\n", "2 from 1h to 366d\n4 from 1h to 366d" },
	{ "oversign", "signature {\noversign = 1\n}\n",
	    "2 must be true or false" },
	{ "canonicalization", "signature { canonicalization = strict }\n",
	    "1 \"relaxed/relaxed\"" },
	{ "canonicalization, body", "signature { canonicalization = "
	    "relaxed/none }\n", "1 \"relaxed/relaxed\"" },
	{ "header size", "limits { header_size = 1\nheader_fields = 1001 }\n",
	    "1 from 4096 to 262144\n2 from 20 to 1000" },
	{ "connections", "limits { connections = 0 }\n", "1 from 1 to 100000" },

	/* Metrics. */
	{ "no place", "metrics { }\n", "1 neither \"listen\" nor" },
	{ "all addresses", "metrics { listen = \"inet:9000@0.0.0.0\" }\n",
	    "1 only for programs of this host" },
	{ "another host", "metrics { listen = \"inet6:9000@2001:db8::1\" }\n",
	    "1 only for programs of this host" },
	{ "a name", "metrics { listen = \"inet:9000@localhost\" }\n",
	    "1 inet:PORT@127.0.0.1" },
	{ "no address", "metrics { listen = \"inet:9000\" }\n",
	    "1 inet:PORT@127.0.0.1" },
	{ "a port of root", "metrics { listen = \"inet:1023@127.0.0.1\" }\n",
	    "1 with a port from 1024" },
	{ "a large port", "metrics { listen = \"inet:65536@127.0.0.1\" }\n",
	    "1 with a port from 1024" },
	{ "another kind", "metrics { listen = \"tcp:9000@127.0.0.1\" }\n",
	    "1 write unix:/PATH" },
	{ "relative path", "metrics { listen = \"unix:sock\" }\n",
	    "1 sock" },
	{ "name of textfile", "metrics { textfile = /a/b.txt }\n",
	    "1 only names that end in .prom" },
	{ "the file of rotation", "rotation { metrics_file = /a/b.prom }\n"
	    "metrics { textfile = /a/b.prom }\n",
	    "2 give them different names" },
	{ "sources", "metrics { listen = \"unix:/s\" metrics_sources = 1001 "
	    "}\n", "1 from 1 to 1000" },
	{ "user", "metrics { listen = \"unix:/s\" user = \"a b\" }\n",
	    "1 must be a name of letters" },
	{ "on_mismatch", "on_mismatch = drop\n",
	    "1 reject, quarantine, tempfail or pass" },
	{ "on_no_key", "on_no_key = drop\n",
	    "1 reject, quarantine, tempfail or pass" },

	/* Sources. */
	{ "no domains", "\nsource \"a\" {\nnetworks = 10.0.0.0/8\n"
	    "trust_network = yes }\n", "2 names no domains" },
	{ "every domain", "source \"a\" { networks = 10.0.0.0/8\n"
	    "trust_network = yes\ndomains = { \"*\" } }\n",
	    "3 every domain that has a key" },
	{ "no domain", "source \"a\" { networks = 10.0.0.0/8 trust_network = "
	    "yes domains = {\na_b.example,\n\"*.com\",\nlocalhost,\n\"\",\n"
	    "\"a.*.com\",\n\"-a.com\" } }\n",
	    "2 is not a domain\n3 is not a domain\n4 is not a domain\n5 is not "
	    "a domain\n"
	    "6 is not a domain\n7 is not a domain" },
	{ "domain twice", "source \"a\" { networks = 10.0.0.0/8 trust_network "
	    "= yes domains = { example.com,\nEXAMPLE.COM } }\n",
	    "2 duplicate \"example.com\"" },
	{ "bad networks", "source \"a\" { trust_network = yes " DOMAINS
	    " networks = {\nfoo,\n10.0.0.0/33,\n10.0.0.1/8,\n10.0.0.0/,\n"
	    "0.0.0.0/0,\n::/0,\n2001:db8::1/64,\n::ffff:10.0.0.0/104,\n"
	    "10.0/8,\n128.0.0.0/1,\n10.0.0.0/-1,\n2001:db8::/129 } }\n",
	    "2 is not a network\n3 from 0 to 32\n4 write 10.0.0.0/8\n"
	    "5 from 0 to 32\n6 addresses of several organizations\n"
	    "7 addresses of several organizations\n8 write 2001:db8::/64\n"
	    "9 IPv4 network in IPv6 form\n10 is not a network\n"
	    "11 the widest network allowed is /8\n12 from 0 to 32\n"
	    "13 from 0 to 128" },
	{ "network alone", "\n\nsource \"a\" { networks = 192.0.2.0/24\n"
	    DOMAINS " }\n", "3 EchoSpoofing" },
	{ "network alone, said to be untrusted", "source \"a\" { networks = "
	    "192.0.2.0/24\ntrust_network = false " DOMAINS " }\n",
	    "1 EchoSpoofing" },
	{ "no factor", "\nsource \"a\" { " DOMAINS " }\n", "2 has no factor" },
	{ "trust without networks", "source \"a\" { login = a\n"
	    "trust_network = true " DOMAINS " }\n",
	    "2 \"trust_network\" without networks" },
	{ "trust with a preset", "source \"a\" { networks = 10.0.0.0/8\n"
	    "trust_network = true preset = salesforce-header tenant = " ORG " "
	    DOMAINS " }\n" PRESETS, "2 remove trust_network" },
	{ "trust with a login", "source \"a\" { networks = 10.0.0.0/8\n"
	    "trust_network = true login = x " DOMAINS " }\n",
	    "2 remove trust_network" },
	{ "trust, no word", "source \"a\" { networks = 10.0.0.0/8 login = x\n"
	    "trust_network = 1 " DOMAINS " }\n", "2 must be true or false" },
	{ "any login alone", "source \"a\" { any_login = true " DOMAINS
	    " }\nsource b { any_login = false " DOMAINS " }\n",
	    "2 has no factor" },
	{ "any login, no word", "source \"a\" { login = a any_login = 1 "
	    DOMAINS " }\n", "1 must be true or false" },
	{ "any login with others", "source \"a\" { any_login = true\n"
	    "networks = \"!192.0.2.0/24\"\nlogin = a\ntrust_network = false\n"
	    DOMAINS " }\n", "2 \"networks\" beside \"any_login\"\n"
	    "3 \"login\" beside \"any_login\"\n"
	    "4 \"trust_network\" beside \"any_login\"" },
	{ "any login with a preset", "source \"a\" { any_login = true\n"
	    "preset = salesforce-header tenant = " ORG "\n" DOMAINS " }\n"
	    PRESETS, "2 \"preset\" beside \"any_login\"" },
	{ "header only", "\nsource \"a\" { header \"X-A\" { value = a }\n"
	    DOMAINS " }\n", "2 what anyone can write" },
	{ "exclusion is no hop", "\nsource \"a\" { header \"X-A\" { value = a }"
	    " networks = \"!192.0.2.0/24\" " DOMAINS " }\n",
	    "2 what anyone can write" },
	{ "nothing that proves", "\nsource \"a\" { helo = a.example tls = "
	    "TLSv1.2 envelope = \"*@a.example\" cert_issuer = ca "
	    DOMAINS " }\n", "2 has no factor" },
	{ "hops alone", "\nsource \"a\" { networks = 192.0.2.0/24 spf = "
	    "_spf.example.com ptr = \"*.example.com\" cert_cn = a.example "
	    "helo = a.example tls = TLSv1.3 envelope = \"a@b\" "
	    "salesforce_bounce = no " DOMAINS " }\n", "2 EchoSpoofing" },
	{ "optional bounce proves nothing", "\nsource \"a\" { spf = "
	    "_spf.example.com salesforce_bounce = optional tenant = " ORG " "
	    DOMAINS " }\n", "2 EchoSpoofing" },
	{ "absent only", "source \"a\" { networks = 192.0.2.0/24\nheader "
	    "\"X-A\" { compare = absent } " DOMAINS " }\n",
	    "1 only has header rules for absent or optional" },
	{ "optional only", "source \"a\" { networks = 192.0.2.0/24\nheader "
	    "\"X-A\" { value = a optional = true } " DOMAINS " }\n",
	    "1 absent or optional" },
	{ "unknown preset", "source \"a\" { login = a\npreset = salesfroce\n"
	    "tenant = " ORG " " DOMAINS " }\n" PRESETS,
	    "2 unknown preset \"salesfroce\"; known presets: generic-auth, " },
	{ "preset that is a path", "source \"a\" { login = a\npreset = "
	    "\"../presets/zendesk\" " DOMAINS " }\n" PRESETS,
	    "2 unknown preset \"../presets/zendesk\"" },
	{ "preset without tenant", "\nsource \"a\" { login = a preset = "
	    "salesforce-auth\n" DOMAINS " }\n" PRESETS,
	    "2 without a tenant" },
	{ "preset without its need", "\nsource \"a\" { preset = "
	    "salesforce-auth tenant = " ORG "\n" DOMAINS " }\n" PRESETS,
	    "2 needs \"login\"" },
	{ "options of a preset", "source \"a\" { preset = m365-header tenant "
	    "= example.com\npreset_options = { require_internal, x } " DOMAINS
	    " }\n" PRESETS, "2 no option \"x\"; it has: require_internal" },
	{ "options without a preset", "source \"a\" { login = a\n"
	    "preset_options = x " DOMAINS " }\n", "2 for a source with a "
	    "preset" },
	{ "tenant of another kind", "source \"a\" { preset = m365-dkim tenant "
	    "= {\nexample.com,\nabc } " DOMAINS " }\n" PRESETS,
	    "3 tenant \"abc\": expected domain" },
	{ "tenant without preset", "source \"a\" { login = a\ntenant = " ORG
	    " " DOMAINS " }\n",
	    "2 \"tenant\" is only for a source with a preset" },
	{ "bad tenants", "source \"a\" { login = a preset = salesforce-auth "
	    "tenant "
	    "= {\n00D5f000001AbC,\n00D5f000001AbCdEA,\n00D5f000001AbCdEAA,\n"
	    "0055f000001AbCd,\n\"00D5f000001AbC \",\n00d5f000001AbCd } "
	    DOMAINS " }\n" PRESETS,
	    "2 has 14 characters\n3 has 17 characters\n4 must be \"EAK\"\n"
	    "5 must begin with 00D\n6 than letters and digits\n"
	    "7 must begin with 00D" },
	{ "empty login", "source \"a\" { login = {\n\"\" } " DOMAINS " }\n",
	    "2 the login \"\" must be" },
	{ "name twice", "source \"a\" { " TRUSTED " }\nsource \"b\" { " TRUSTED
	    " }\nsource \"a\" { " TRUSTED " }\n",
	    "3 duplicate source \"a\", first on line 1" },
	{ "no name", "source \"\" { " TRUSTED " }\n", "1 1 to 64 octets" },
	{ "actions", "source \"a\" { " TRUSTED "\non_mismatch = no\n"
	    "on_no_key = drop\non_fragile = pass\nmode = on\n"
	    "on_fault = sign\non_unclear_author = sign }\n",
	    "2 \"on_mismatch\"\n3 \"on_no_key\"\n4 warn, tempfail or reject\n"
	    "5 sign or observe\n6 \"on_fault\"\n7 \"on_unclear_author\"" },

	/* Factors. */
	{ "spf", "source \"a\" { login = a " DOMAINS " spf = {\na,\n"
	    "\"a..b\",\n\"a.b.\",\n\"a b.c\" } }\n", "2 not a DNS name\n"
	    "3 not a DNS name\n4 not a DNS name\n5 not a DNS name" },
	{ "tls", "source \"a\" { login = a " DOMAINS " tls = TLSv1.1 }\n",
	    "1 must be TLSv1.2 or TLSv1.3" },
	{ "patterns of all", "source \"a\" { login = a " DOMAINS " ptr = \"*\""
	    "\nhelo = \"*.*\"\ncert_cn = \"*\"\nenvelope = \"*@*\" }\n",
	    "1 matches everything\n2 matches everything\n"
	    "3 matches everything\n4 matches everything" },
	{ "authors", "source \"a\" { login = a " DOMAINS " authors = {\n"
	    "example.com,\n\"@example.com\",\n\"a b@example.com\",\n"
	    "\"a@*\",\n\"\\\"!a\\\"@example.com\" } }\n",
	    "2 *@example.com for all addresses of a domain\n"
	    "3 is not an address\n4 in quotes\n5 does not end in a domain\n"
	    "6 write \"*\" for that character" },
	{ "authors that are too long", "source \"a\" { login = a " DOMAINS
	    " authors = \"" LONG_LOCAL "@example.com\" }\n",
	    "1 is too long before its last \"@\"" },
	{ "authors in two forms", "source \"a\" { login = a " DOMAINS
	    " authors = {\n\"a@Example.com\",\n\"\\\"a\\\"@example.com\" "
	    "} }\n", "3 duplicate" },
	{ "authors prove nothing", "\nsource \"a\" { authors = "
	    "\"*@example.com\" " DOMAINS " }\n", "2 envelope and authors "
	    "prove nothing" },
	{ "value twice", "source \"a\" { login = { a,\na } " DOMAINS " }\n",
	    "2 duplicate \"a\"" },
	{ "values twice and thrice", "source \"a\" { login = { b, a,\nb,\nc,\n"
	    "a,\nb } " DOMAINS " }\n", "2 duplicate \"b\"\n"
	    "4 duplicate \"a\"\n5 duplicate \"b\"" },
	{ "bounce", "source \"a\" { login = a salesforce_bounce = yes "
	    DOMAINS "\n}\n", "1 required, optional or no" },
	{ "bounce without tenant", "source \"a\" { login = a "
	    "salesforce_bounce = required " DOMAINS "\n}\n",
	    "1 needs tenant" },
	{ "short secret", "source \"a\" { " DOMAINS "\nsecret_header \"X-S\" "
	    "{ value = hunter2 } }\n", "2 must have at least 16 octets" },
	{ "three secrets", "source \"a\" { " DOMAINS "\nsecret_header \"X-S\" "
	    "{\nvalue = { 1234567890123456, 2234567890123456, "
	    "3234567890123456 } } }\n", "3 more than 2 values" },
	{ "no secret", "source \"a\" { " DOMAINS "\nsecret_header \"X-S\" { }"
	    " }\n", "2 has no value" },
	{ "secret in From", "source \"a\" { " DOMAINS "\nsecret_header From {"
	    " value = 1234567890123456 } }\n", "2 anyone can write a field" },
	{ "dkim of anybody", "source \"a\" { " DOMAINS "\ndkim { } }\n",
	    "2 anyone's signature" },
	{ "dkim of every customer", "source \"a\" { " DOMAINS " dkim { "
	    "domains = {\n\"*.onmicrosoft.com\",\n"
	    "\"*.20230601.GAPPSSMTP.com\",\nsalesforce.com } } }\n",
	    "2 every customer of onmicrosoft.com\n"
	    "3 every customer of gappssmtp.com\n"
	    "4 every customer of salesforce.com" },
	{ "dkim of who registers it", "source \"a\" { " DOMAINS " dkim { "
	    "domains = {\n\"*.com\",\n\"*example.com\",\n\"a.*\",\n"
	    "\"*.*\" } } }\n", "2 anyone can register\n"
	    "3 anyone can register\n4 anyone can register\n"
	    "5 matches everything" },
	{ "optional in each spelling", "source a { " DOMAINS
	    " spf = a.b header X-A { value = a optional = true } }\n"
	    "source b { " DOMAINS
	    " spf = a.b header X-A { value = a optional = yes } }\n"
	    "source c { " DOMAINS
	    " spf = a.b header X-A { value = a optional = on } }\n",
	    "1 absent or optional\n2 absent or optional\n"
	    "3 absent or optional" },
	{ "dkim values", "source \"a\" { " DOMAINS " dkim { domains = a.b\n"
	    "max_age = 8d\nmax_uses = 0 } }\n", "2 from 1m to 7d\n"
	    "3 from 1 to 1000" },
	{ "dkim of a domain of its own", "source \"a\" { " DOMAINS "\ndkim {\n"
	    "domains = example.com } }\n", "2 selectors = {" },
	{ "dkim of another source's domain",
	    "source \"a\" { domains = b.example"
	    "\ndkim { domains = \"mail*.example.com\" } }\nsource \"b\" { "
	    "login = a domains = \"*.example.com\" }\n",
	    "2 \"*.example.com\" of source \"b\"" },
	{ "dkim of a domain of also_sign", "source \"a\" { domains = b.example"
	    "\ndkim { domains = { c.example, d.example } } }\nsource \"b\" { "
	    "login = a domains = a.example also_sign = d.example }\n",
	    "2 \"d.example\" of source \"b\"" },
	{ "faulty selectors have one fault", "source \"a\" { " DOMAINS
	    " dkim { domains = example.com\nselectors = \"*\" } }\n",
	    "2 matches everything" },
	{ "what a platform leaves out is a fact", "source \"a\" { " DOMAINS
	    " dkim { domains = a.b\nleaves_out = cc } }\n",
	    "2 write uncovered = {" },
	{ "From uncovered", "source \"a\" { " DOMAINS " dkim { domains = a.b"
	    "\nuncovered = { Cc, FROM } } }\n",
	    "2 always covered by a signature" },
	{ "no field uncovered", "source \"a\" { " DOMAINS " dkim { domains = "
	    "a.b\nuncovered = { \"Cc:\", \"List-*\" } } }\n",
	    "2 not a field name\n2 not a field name" },
	{ "five dkims", "source \"a\" { " DOMAINS " dkim { domains = a.b } "
	    "dkim { domains = a.b } dkim { domains = a.b } dkim { domains = "
	    "a.b } dkim { domains = a.b } }\n", "1 at most 4 are allowed" },

	{ "nine SPF records", "source a { login = a spf = { _1.a.example, "
	    "_2.a.example, _3.a.example, _4.a.example, _5.a.example, "
	    "_6.a.example, _7.a.example, _8.a.example, _9.a.example } "
	    DOMAINS " }\n", "1 more than 8 SPF records" },
	{ "many SPF records in all",
	    "source s0 { login = a spf = { " SPF8("0") " } " DOMAINS " }\n"
	    "source s1 { login = a spf = { " SPF8("1") " } " DOMAINS " }\n"
	    "source s2 { login = a spf = { " SPF8("2") " } " DOMAINS " }\n"
	    "source s3 { login = a spf = { " SPF8("3") " } " DOMAINS " }\n"
	    "source s4 { login = a spf = { " SPF8("4") " } " DOMAINS " }\n",
	    "5 together name more than 32 SPF records" },

	/* What is done with a message. */
	{ "remove", "source \"a\" { login = a " DOMAINS " remove = {\n\"*\",\n"
	    "\"X-*\",\nfrom,\n\"Content-*\",\n\"Subject*\",\n"
	    "DKIM-Signature } }\n", "2 too much\n3 too much\n"
	    "4 cannot be removed\n5 cannot be removed\n"
	    "6 cannot be removed\n7 cannot be removed" },
	{ "signed fields", "source \"a\" { login = a " DOMAINS
	    " sign_headers = {\n\"-from\",\n\"+received\",\n\"+a:b\",\n\"+\" "
	    "} }\n", "2 always signed\n3 changes in transit\n"
	    "4 not a field name\n5 not a field name" },
	{ "mixed signed fields", "source \"a\" { login = a " DOMAINS
	    " oversign = { to,\n\"+cc\" } }\n", "2 mixes" },
	{ "mixed guarded fields", "source \"a\" { login = a " DOMAINS
	    " guard = { sender,\n\"+list-id\" } }\n", "2 mixes" },
	{ "lists without oversigning", "source \"a\" { login = a " DOMAINS
	    "\noversign = to\nguard = \"+sender\" }\n"
	    "signature { oversign = false }\n",
	    "2 has no effect\n3 has no effect" },
	{ "also_sign", "source \"a\" { login = a " DOMAINS " also_sign = "
	    "\"*.example.com\" }\n", "1 is not a domain" },
	{ "ceiling", "source \"a\" { login = a " DOMAINS " ceilings { "
	    "messages_per_hour = 0 } }\n", "1 from 1 to 100000000" },
	{ "ceilings", "source \"a\" { login = a " DOMAINS "\nceilings {\n"
	    "recipients_per_hour = 1000001\nrecipients_per_day = -1\n"
	    "messages_per_recipient_per_day = many\nrecipients_per_body = 0\n"
	    "unusual = 1\naction = reject\n}\n}\n",
	    "3 from 1 to 1000000\n4 from 1 to 1000000\n"
	    "5 from 1 to 100000000\n6 from 1 to 100000000\n"
	    "7 from 2 to 1000\n8 alarm or tempfail" },
	{ "no ceiling", "source \"a\" { login = a " DOMAINS "\n"
	    "ceilings { action = alarm } }\n", "2 has no ceiling" },
	{ "two ceilings", "source \"a\" { login = a " DOMAINS "\n"
	    "ceilings { unusual = 5 }\nceilings { unusual = 6 } }\n",
	    "3 duplicate" },
	{ "a relative folder", "counts_dir = counts\n", "1 is relative" },
	{ "no contact", "reply_contact = \"\"\n", "1 1 to 100 characters" },
	{ "a contact beyond ASCII", "reply_contact = \"B\303\274ro\"\n",
	    "1 1 to 100 characters" },
	{ "a long contact", "reply_contact = \""
	    "01234567890123456789012345678901234567890123456789"
	    "01234567890123456789012345678901234567890123456789"
	    "0\"\n", "1 1 to 100 characters" },
	{ "log and audit", "log_format = xml\naudit_file = a\npreset_dir = b\n"
	    "mode = off\neight_bit_safe = 1\n", "1 logfmt or json\n"
	    "2 is relative\n3 is relative\n4 sign or observe\n"
	    "5 true or false" },
	{ "dns", "dns {\nservers = { localhost,\n\"192.0.2.1@0\",\n"
	    "\"192.0.2.1@x\" }\ntimeout = 21s\ntrust_anchor = a\n}\n",
	    "2 not a DNS server\n3 not a DNS server\n4 not a DNS server\n"
	    "5 from 1s to 20s\n6 is relative" },

	/* Header sections. */
	{ "header without value", "source \"a\" { login = a " DOMAINS "\n"
	    "header \"X-A\" { } }\n", "2 has no value" },
	{ "bad header names", "source \"a\" { login = a " DOMAINS "\n"
	    "header \"X-A:\" { value = a }\nheader \"\" { value = a }\n"
	    "header \"X A\" { value = a }\n"
	    "header \"X\303\204\" { value = a } }\n",
	    "2 not a header field name\n3 not a header field name\n"
	    "4 not a header field name\n5 not a header field name" },
	{ "field of the author", "source \"a\" { login = a " DOMAINS "\n"
	    "header \"FROM\" { value = a }\n"
	    "header \"Authentication-Results\" { value = a } }\n",
	    "2 anyone can write a field\n3 anyone can write a field" },
	{ "compare", "source \"a\" { login = a " DOMAINS " header \"X-A\" {\n"
	    "value = a\ncompare = regex } }\n", "3 exact, nocase" },
	{ "value of an absent field", "source \"a\" { login = a " DOMAINS
	    " header \"X-A\" {\nvalue = a\ncompare = absent } }\n",
	    "2 has no value" },
	{ "bad values", "source \"a\" { login = a " DOMAINS " header \"X-A\" {"
	    " value = {\n\"\",\n\" a\",\n\"a \",\n"
	    "\"\303\244\",\n\"a\tb\" } } }\n",
	    "2 printable ASCII\n3 printable ASCII\n4 printable ASCII\n"
	    "5 printable ASCII\n6 printable ASCII" },
	{ "bad id", "source \"a\" { login = a " DOMAINS " header \"X-A\" {\n"
	    "value = abc compare = salesforce-id } }\n",
	    "2 has 3 characters" },
	{ "rule twice", "source \"a\" { login = a " DOMAINS "\n"
	    "header \"X-A\" { value = a }\nheader \"x-a\" { value = b } }\n",
	    "3 already has a rule about \"x-a\"" },
};

/* Load a text; what was printed goes into buf. */
static struct config *
load(const char *text, size_t len, char *buf, size_t bufsize,
    size_t *nfaults)
{
	struct config *config;
	FILE *faults;

	memset(buf, 0, bufsize);
	assert_non_null(faults = fmemopen(buf, bufsize - 1, "w"));
	config = config_load_text("f", text, len, faults, nfaults);
	fclose(faults);
	assert_true((config == NULL) == (*nfaults > 0));
	return config;
}

/* Compare the printed faults with what was wanted. */
static void
compare_faults(const char *name, char *printed, const char *wanted)
{
	char head[32], part[128], *line, *rest = printed;
	const char *end, *text;
	char *number_end;
	long number;

	while (*wanted != '\0') {
		number = strtol(wanted, &number_end, 10);
		text = number_end + 1;
		end = strchr(text, '\n');
		if (end == NULL)
			end = text + strlen(text);
		snprintf(part, sizeof(part), "%.*s", (int)(end - text), text);
		snprintf(head, sizeof(head), "f:%ld: ", number);
		line = strsep(&rest, "\n");
		if (line == NULL || strncmp(line, head, strlen(head)) != 0 ||
		    strstr(line, part) == NULL)
			fail_msg("%s: got %s, wanted %s... %s", name,
			    line == NULL ? "nothing" : line, head, part);
		wanted = *end == '\0' ? end : end + 1;
	}
	if (rest != NULL && *rest != '\0')
		fail_msg("%s: one fault more: %s", name, rest);
}

static void
reports_every_fault(void **state)
{
	char printed[8192];
	size_t nfaults, n, i;
	const char *p;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct config *config = load(bad[i].text, strlen(bad[i].text),
		    printed, sizeof(printed), &nfaults);

		if (config != NULL)
			fail_msg("%s: loaded", bad[i].name);
		for (n = 1, p = bad[i].want; *p != '\0'; p++)
			n += *p == '\n';
		compare_faults(bad[i].name, printed, bad[i].want);
		assert_int_equal(nfaults, n);
	}
}

static void
nul_octet(void **state)
{
	char printed[256];
	size_t nfaults;

	(void)state;
	assert_null(load("user = a\nuser\0= b\n", 18, printed,
	    sizeof(printed), &nfaults));
	assert_string_equal(printed,
	    "f:2: contains a NUL octet; is this a text file?\n");
}

static void
many_faults_are_counted(void **state)
{
	char text[4096], *printed;
	size_t nfaults, i;

	(void)state;
	for (i = 0; i < 1000; i++)
		memcpy(text + 4 * i, "a=b\n", 4);
	assert_non_null(printed = malloc(65536));
	assert_null(load(text, 4000, printed, 65536, &nfaults));
	assert_int_equal(nfaults, 1000);
	assert_non_null(strstr(printed, "f: 800 more errors\n"));
	free(printed);
}

static void
defaults(void **state)
{
	static const char *const empty[] = {
		"", "\n", "# nothing", "/**/", "signature { }\nlimits { }\n"
	};
	struct config *config;
	char printed[256];
	size_t nfaults, i;

	(void)state;
	for (i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		config = load(empty[i], strlen(empty[i]), printed,
		    sizeof(printed), &nfaults);
		assert_non_null(config);
		assert_string_equal(config->file, "f");
		assert_string_equal(config->socket,
		    "unix:/run/countersign/milter.sock");
		assert_int_equal(config->socket_mode, 0660);
		assert_null(config->socket_group);
		assert_string_equal(config->keydir,
		    "/var/lib/countersign/keys");
		assert_false(config->keydir_mounted);
		assert_null(config->state_dir);
		assert_string_equal(config->user, "countersign");
		assert_string_equal(config->keys_user, "countersign-keys");
		assert_true(config->signers >= 1);
		assert_int_equal(config->sign_timeout_ms, 5000);
		assert_int_equal(config->expire, 7 * 86400);
		assert_true(config->oversign);
		assert_int_equal(config->header_canon, DKIMSIG_CANON_RELAXED);
		assert_int_equal(config->body_canon, DKIMSIG_CANON_RELAXED);
		assert_int_equal(config->max_header, DKIMSIG_MAX_HEADER);
		assert_int_equal(config->max_fields, DKIMSIG_MAX_FIELDS);
		assert_int_equal(config->nsources, 0);
		assert_int_equal(config->header_names.n, 0);
		config_unref(config);
	}
}

static const char whole[] =
    "socket = \"inet:8891@127.0.0.1\"  # comment\n"
    "keydir = '/k' // comment\n"
    "user = u keys_user = k signers = 3 sign_timeout = 1m\n"
    "signature { expire = 0 oversign = no canonicalization = simple }\n"
    "limits { header_size = 65536 header_fields = 100 connections = 7 }"
    "metrics { listen = \"inet6:9000@::1\" textfile = /a.prom "
    "metrics_sources = 7 user = m }\n"
    "on_mismatch = quarantine on_no_key = pass on_fault = quarantine\n"
    "source \"one \\\"1\\\"\" {\n"
    "  preset = salesforce-auth\n"
    "  tenant = { /* in 18 */ 00D5f000001AbCdEAK, # and in 15\n"
    "      \"00D8d000009XyZw\", }\n"
    "  login = { a, \"b c\" }\n"
    "  domains = { Example.COM, \"*.b\303\274cher.example\" }\n"
    "  on_mismatch = tempfail\n"
    "}\n"
    "source two {\n"
    "  networks = { 192.0.2.1, 10.0.0.0/8, 2001:db8::/32 }\n"
    "  header \"X-Tenant\" { value = { a, b } compare = nocase }\n"
    "  header X-Bad { compare = absent }\n"
    "  domains = example.org on_no_key = tempfail on_fault = pass\n"
    "}\n" PRESETS;

static void
check_sources(const struct config *config)
{
	const struct source *one = &config->sources[0];
	const struct source *two = &config->sources[1];

	assert_string_equal(one->name, "one \"1\"");
	assert_int_equal(one->line, 7);
	assert_int_equal(one->login.n, 2);
	assert_string_equal(one->login.texts[1], "b c");
	assert_int_equal(one->nheaders, 3);
	assert_string_equal(one->headers[0].name, "X-SFDC-LK");
	assert_int_equal(one->headers[0].compare, HEADER_SALESFORCE_ID);
	assert_int_equal(one->headers[0].values.n, 2);
	assert_string_equal(one->headers[0].values.texts[0], ORG);
	assert_string_equal(one->headers[0].values.texts[1], "00D8d000009XyZw");
	assert_int_equal(one->domains.n, 2);
	assert_string_equal(one->domains.texts[0], "example.com");
	assert_string_equal(one->domains.texts[1], "*.xn--bcher-kva.example");
	assert_int_equal(one->organizations.n, 2);
	assert_string_equal(one->organizations.texts[0], "example.com");
	assert_string_equal(one->organizations.texts[1],
	    "xn--bcher-kva.example");
	assert_int_equal(one->on_mismatch, ACTION_TEMPFAIL);
	assert_int_equal(one->on_no_key, ACTION_PASS);
	assert_int_equal(one->on_fault, ACTION_QUARANTINE);

	assert_string_equal(two->name, "two");
	assert_int_equal(two->line, 15);
	assert_false(two->trust_network);
	assert_int_equal(two->nnetworks, 3);
	assert_int_equal(two->networks[0].prefix_length, 32);
	assert_int_equal(two->networks[2].family, AF_INET6);
	assert_int_equal(two->nheaders, 2);
	assert_int_equal(two->headers[0].compare, HEADER_NOCASE);
	assert_true(two->headers[0].proves_tenant);
	assert_int_equal(two->headers[1].compare, HEADER_ABSENT);
	assert_false(two->headers[1].proves_tenant);
	assert_int_equal(two->on_mismatch, ACTION_QUARANTINE);
	assert_int_equal(two->on_no_key, ACTION_TEMPFAIL);
	assert_int_equal(two->on_fault, ACTION_PASS);
}

static void
assert_warnings(const char *text, const char *wanted)
{
	struct config *config;
	size_t nfaults, len;
	char *printed;
	FILE *fp;

	config = config_load_text("f", text, strlen(text), stderr, &nfaults);
	assert_non_null(config);
	assert_non_null(fp = open_memstream(&printed, &len));
	config_print_warnings(config, fp);
	(void)fclose(fp);
	assert_string_equal(printed, wanted);
	free(printed);
	config_unref(config);
}

/* All customers of a platform share its network. */
static void
warns_of_platforms(void **state)
{
#define SHARED(line, platform, block) "f:" line ": warning: with " \
	    "\"trust_network\", mail of every customer of " platform " is " \
	    "signed, because they share " block " (EchoSpoofing); use a " \
	    "preset and tenant instead\n"
	static const char domains[] = "domains = { a.example, "
	    "\"*.a.example\" } }";
	char text[512];

	(void)state;
	(void)snprintf(text, sizeof(text), "source a { trust_network = true\n"
	    "networks = { 192.0.2.0/24,\n13.110.8.0/24,\n40.92.0.0/15 }\n%s",
	    domains);
	assert_warnings(text, SHARED("3", "Salesforce", "13.110.8.0/24")
	    SHARED("4", "Microsoft 365", "40.92.0.0/15"));
	/* Nothing is said of what is excluded, or proven otherwise. */
	(void)snprintf(text, sizeof(text), "source a { trust_network = true\n"
	    "networks = { 13.0.0.0/9, \"!13.110.0.0/16\" }\n%s", domains);
	assert_warnings(text, SHARED("2", "Salesforce", "13.0.0.0/9"));
	(void)snprintf(text, sizeof(text), "source a { login = a\n"
	    "networks = 13.110.0.0/16\n%s", domains);
	assert_warnings(text, "");
	(void)snprintf(text, sizeof(text), "source a { trust_network = true\n"
	    "networks = { 10.0.0.0/8, \"!13.110.0.0/16\" }\n%s", domains);
	assert_warnings(text, "");
#undef SHARED
}

/* Signatures that are valid for longer than the record of their key stays. */
static void
warns_of_lifetime(void **state)
{
#define STAYS(line, source, time, stays) "f:" line ": warning: signatures of " \
	    "source \"" source "\" are valid for " time ", but the record of " \
	    "a key may be revoked " stays " after it signed, as " \
	    "\"signature_lifetime\" says; set that to auto, or a shorter " \
	    "\"expire\"\n"
#define ALL(d) "domains = { " d ", \"*." d "\" } "
	(void)state;
	/* The times of "retain" and "queue_lifetime" count, too. */
	assert_warnings("signature { expire = 30d }\n"
	    "rotation { signature_lifetime = 1d\n"
	    "domain b.example { signature_lifetime = auto }\n"
	    "domain \"*.b.example\" { signature_lifetime = 25d } }\n"
	    "source a { login = a " ALL("a.example") "expire = 8d }\n"
	    "source b { login = b " ALL("b.example") "}\n"
	    "source c { login = c " ALL("c.example") "expire = 0 }\n"
	    "source d { login = d " ALL("d.example") "}\n"
	    "source e { login = e " ALL("e.example") "\nexpire = 9d }",
	    STAYS("8", "d", "30d", "8d") STAYS("10", "e", "9d", "8d"));
#undef STAYS
#undef ALL
}

/* Mail that waits longer than its signature is valid. */
static void
warns_of_expiry(void **state)
{
#define EXPIRES(line, source, time, queue) "f:" line ": warning: " \
	    "signatures of source \"" source "\" expire after " time ", but " \
	    "mail may wait in a queue for " queue " (queue_lifetime), and " \
	    "what is delivered late then fails DKIM; set a longer \"expire\" " \
	    "unless mail of this source is useless when it is late\n"
#define ALL(d) "domains = { " d ", \"*." d "\" } "
	(void)state;
	/* "auto" is the default of Postfix. */
	assert_warnings("source a { login = a " ALL("a.example")
	    "\nexpire = 1h }\n"
	    "source b { login = b " ALL("b.example") "expire = 5d }\n"
	    "source c { login = c " ALL("c.example") "expire = 0 }\n"
	    "source d { login = d " ALL("d.example") "\nexpire = 431999s }",
	    EXPIRES("2", "a", "1h", "5d")
	    EXPIRES("6", "d", "431999s", "5d"));
	/* The time of all, which a source need not have. */
	assert_warnings("signature { expire = 90m }\n"
	    "source a { login = a " ALL("a.example") "}\n"
	    "source b { login = b " ALL("b.example") "expire = 7d }",
	    EXPIRES("2", "a", "90m", "5d"));
	/* The longest queue of its domains. */
	assert_warnings("rotation { queue_lifetime = 1h\n"
	    "domain b.example { queue_lifetime = 2h }\n"
	    "domain \"*.b.example\" { queue_lifetime = 2d } }\n"
	    "source a { login = a " ALL("a.example") "expire = 1h }\n"
	    "source b { login = b " ALL("b.example") "expire = 26h }",
	    EXPIRES("5", "b", "26h", "2d"));
	assert_warnings("rotation { queue_lifetime = 10d }\n"
	    "source a { login = a " ALL("a.example") "}",
	    EXPIRES("2", "a", "7d", "10d"));
#undef ALL
#undef EXPIRES
}

/* Fewer signatures than one message needs. */
static void
warns_of_hourly(void **state)
{
#define SOURCE	"source a { login = a domains = { a.example, " \
	    "\"*.a.example\" } }\n"
	(void)state;
	assert_warnings("signers = 1\nsignatures_per_hour = 1\n" SOURCE,
	    "f:2: warning: with \"signatures_per_hour = 1\", mail of a domain "
	    "that has keys of two algorithms is never signed, because each "
	    "message needs two signatures; set at least 2, or 0 for any "
	    "number\n");
	assert_warnings("signatures_per_hour = 2\n" SOURCE, "");
	assert_warnings("signatures_per_hour = 0\n" SOURCE, "");
	assert_warnings(SOURCE, "");
#undef SOURCE
}

/* Which lifetimes of signatures there are, and the longest of them. */
static void
lifetimes(void **state)
{
#define DAYS(n)	((n) * INT64_C(86400))
	static const struct {
		const char	*text;
		int64_t		 first, longest, needed;
	} cases[] = {
		{ "", -1, DAYS(7), DAYS(7) },
		{ "signature { expire = 2d }", -1, DAYS(2), DAYS(2) },
		{ "signature { expire = 0 }", -1, 0, DAYS(7) },
		{ "source a { login = a " DOMAINS " }", DAYS(7), DAYS(7),
		    DAYS(7) },
		{ "source a { login = a " DOMAINS " expire = 1h }", 3600, 3600,
		    3600 },
		{ "source a { login = a " DOMAINS " expire = 0 }", 0, 0,
		    DAYS(7) },
		{ "source a { login = a " DOMAINS " expire = 1h }\n"
		    "source b { login = b " DOMAINS " }", 3600, DAYS(7),
		    DAYS(7) },
		{ "signature { expire = 1d }\n"
		    "source a { login = a " DOMAINS " expire = 30d }\n"
		    "source b { login = b " DOMAINS " }", DAYS(30), DAYS(30),
		    DAYS(30) },
		/* Without an end, but needed no longer than the other. */
		{ "source a { login = a " DOMAINS " expire = 0 }\n"
		    "source b { login = b " DOMAINS " expire = 30d }", 0, 0,
		    DAYS(30) },
		{ "source a { login = a " DOMAINS " expire = 0 }\n"
		    "source b { login = b " DOMAINS " expire = 1d }", 0, 0,
		    DAYS(7) },
	};
	struct config *config;
	size_t nfaults, i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("# %s\n", cases[i].text);
		config = config_load_text("f", cases[i].text,
		    strlen(cases[i].text), stderr, &nfaults);
		assert_non_null(config);
		if (config->nsources > 0)
			assert_int_equal(config->sources[0].expire,
			    cases[i].first);
		assert_int_equal(config->longest_expire, cases[i].longest);
		assert_int_equal(config->signature_lifetime, cases[i].needed);
		config_unref(config);
	}
#undef DAYS
}

/* What DKIM2 covers is not to be taken out. */
static void
warns_of_removals(void **state)
{
#define REMOVED(line, name) "f:" line ": warning: a message that arrives " \
	    "with DKIM2 signatures leaves with broken ones if \"" name "\" " \
	    "is removed; of fields that a source removes, DKIM2 leaves out " \
	    "only X-*\n"
	(void)state;
	assert_warnings("source a { login = a\ndomains = { a.example, "
	    "\"*.a.example\" }\nremove = { \"X-Org*\",\nFeedback-ID,\n"
	    "\"List-*\",\nReceived-SPF }\nsecret_header X-Our { value = "
	    "0123456789abcdef0 }\nsecret_header Our-Secret { value = "
	    "0123456789abcdef1 } }",
	    REMOVED("4", "Feedback-ID") REMOVED("5", "List-*")
	    REMOVED("8", "Our-Secret"));
#undef REMOVED
}

/* Patterns that match nothing, and domains without a pattern. */
static void
warns_of_authors(void **state)
{
#define OTHER(line, pattern) "f:" line ": warning: \"" pattern "\" matches " \
	    "no author of this source, because \"domains\" does not have " \
	    "its domain; correct one of them\n"
#define NONE(line, d) "f:" line ": warning: \"authors\" has no address of " \
	    d ", so this source never signs for it; add \"*@" d "\", or " \
	    "remove it from \"domains\"\n"
#define PARENT(line, d) "f:" line ": warning: \"authors\" has no address " \
	    "of " d ", so this source never signs for it; add \"*@" d "\", " \
	    "or leave it in \"domains\" only if its key signs for its " \
	    "subdomains\n"
#define BOTH "source a { login = a domains = { a.example, " \
	    "\"*.a.example\" } authors = {\n"
#define ALONE(d) "f:1: warning: \"" d "\" without \"*." d "\": mail from " \
	    "elsewhere that claims to be from one of its subdomains passes " \
	    "unsigned; add \"*." d "\" unless other hosts send for its " \
	    "subdomains\n"
#define TWO(a, b) "source a { login = a domains = { " a ", " b \
	    " } authors = {\n"

	(void)state;
	assert_warnings(BOTH "\"x@A.example\",\n\"*@b.a.example\" } }", "");
	assert_warnings(BOTH "\"x@a.example\",\n\"*@*.b.a.example\" } }",
	    "");
	assert_warnings(BOTH "\"!x@a.example\" } }", "");
	assert_warnings(BOTH "\"*@a.example\",\n\"!x@b.a.example\" } }",
	    NONE("2", "*.a.example"));
	assert_warnings(BOTH "\"x@a.example\" } }",
	    NONE("2", "*.a.example"));
	assert_warnings(BOTH "\"*@*.a.example\",\n\"!x@B.example\" } }",
	    OTHER("3", "!x@B.example") PARENT("2", "a.example"));
	assert_warnings(BOTH "\"x@xa.example\" } }", OTHER("2",
	    "x@xa.example") PARENT("2", "a.example")
	    NONE("2", "*.a.example"));
	assert_warnings(TWO("b.a.example", "A.example")
	    "\"x@b.a.example\" } }", ALONE("b.a.example")
	    ALONE("a.example") PARENT("2", "a.example"));
	assert_warnings(TWO("a.example", "\"*.b.a.example\"")
	    "\"x@c.b.a.example\" } }", ALONE("a.example")
	    PARENT("2", "a.example"));
	assert_warnings(TWO("b.a.example", "a.example")
	    "\"x@a.example\" } }", ALONE("b.a.example")
	    ALONE("a.example") NONE("2", "b.a.example"));
	assert_warnings(TWO("ba.example", "a.example")
	    "\"x@ba.example\" } }", ALONE("ba.example")
	    ALONE("a.example") NONE("2", "a.example"));
#undef OTHER
#undef NONE
#undef PARENT
#undef ALONE
#undef TWO
#undef BOTH
}

/* Forged mail of a subdomain that nobody names is let through. */
static void
warns_of_subdomains(void **state)
{
#define WARNING(line, d) "f:" line ": warning: \"" d "\" without \"*." d \
	    "\": mail from elsewhere that claims to be from one of its " \
	    "subdomains passes unsigned; add \"*." d "\" unless other hosts " \
	    "send for its subdomains\n"
	static const char more[] = "f: 5 more warnings\n";
	struct config *config;
	char *text, *warnings;
	size_t len, nfaults;
	FILE *fp;
	int i;

	(void)state;
	assert_warnings("", "");
	assert_warnings("source a { login = a\ndomains = example.com }",
	    WARNING("2", "example.com"));
	assert_warnings("source a { login = a\ndomains = { example.com,\n"
	    "\"*.example.com\",\nexample.org } }",
	    WARNING("4", "example.org"));
	/* Another source may name them, and a domain above. */
	assert_warnings("source a { login = a\ndomains = example.com }\n"
	    "source b { login = b domains = \"*.example.com\" }", "");
	assert_warnings("source a { login = a\ndomains = { mail.example.com,"
	    "\"*.example.com\",\nnotexample.com } }",
	    WARNING("3", "notexample.com"));
	/* No more than a person reads. */
	assert_non_null(fp = open_memstream(&text, &len));
	(void)fputs("source a { login = a domains = {\n", fp);
	for (i = 0; i < CONFIG_MAX_WARNINGS + 5; i++)
		(void)fprintf(fp, "a%d.example,\n", i);
	(void)fputs("} }\n", fp);
	(void)fclose(fp);
	config = config_load_text("f", text, len, stderr, &nfaults);
	assert_non_null(config);
	assert_int_equal(config->nwarnings, CONFIG_MAX_WARNINGS);
	assert_non_null(fp = open_memstream(&warnings, &len));
	config_print_warnings(config, fp);
	(void)fclose(fp);
	assert_string_equal(warnings + len - strlen(more), more);
	free(warnings);
	free(text);
	config_unref(config);
}

/* Said by the source, by the file, or by neither. */
static void
unclear_authors(void **state)
{
#define OWN	"source \"own\" { networks = 10.0.0.0/8 " \
		"trust_network = yes domains = a.b.example.co.uk "
#define THEIRS	"source \"theirs\" { login = a domains = example.com "
	static const struct {
		const char *file;
		enum action own, theirs;
	} files[] = {
		{ OWN "} " THEIRS "}", ACTION_PASS, ACTION_REJECT },
		{ "on_unclear_author = quarantine " OWN "} " THEIRS "}",
		    ACTION_QUARANTINE, ACTION_QUARANTINE },
		{ "on_unclear_author = pass " OWN "on_unclear_author = reject"
		    " } " THEIRS "on_unclear_author = tempfail }",
		    ACTION_REJECT, ACTION_TEMPFAIL },
	};
	struct config *config;
	size_t nfaults, i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		config = config_load_text("f", files[i].file,
		    strlen(files[i].file), stderr, &nfaults);
		assert_non_null(config);
		assert_int_equal(config->sources[0].on_unclear_author,
		    files[i].own);
		assert_int_equal(config->sources[1].on_unclear_author,
		    files[i].theirs);
		assert_string_equal(
		    config->sources[0].organizations.texts[0],
		    "example.co.uk");
		config_unref(config);
	}
}

static void
whole_file(void **state)
{
	static const char *const names[] = {
		"x-bad", "x-sfdc-lk", "x-sfdc-tls-norelay", "x-sfdcorgrelay",
		"x-tenant"
	};
	struct config *config, *again;
	char printed[1024];
	size_t nfaults, i;

	(void)state;
	config = load(whole, sizeof(whole) - 1, printed, sizeof(printed),
	    &nfaults);
	assert_string_equal(printed, "");
	assert_non_null(config);
	assert_string_equal(config->socket, "inet:8891@127.0.0.1");
	assert_string_equal(config->keydir, "/k");
	assert_string_equal(config->user, "u");
	assert_string_equal(config->keys_user, "k");
	assert_int_equal(config->signers, 3);
	assert_int_equal(config->sign_timeout_ms, 60000);
	assert_int_equal(config->expire, 0);
	assert_false(config->oversign);
	assert_int_equal(config->header_canon, DKIMSIG_CANON_SIMPLE);
	assert_int_equal(config->body_canon, DKIMSIG_CANON_SIMPLE);
	assert_int_equal(config->max_connections, 7);
	assert_string_equal(config->metrics_listen, "inet6:9000@::1");
	assert_string_equal(config->metrics_textfile, "/a.prom");
	assert_string_equal(config->metrics_user, "m");
	assert_int_equal(config->metrics_sources, 7);
	assert_int_equal(config->max_header, 65536);
	assert_int_equal(config->max_fields, 100);
	assert_int_equal(config->nsources, 2);
	check_sources(config);
	assert_int_equal(config->header_names.n, 5);
	for (i = 0; i < 5; i++)
		assert_string_equal(config->header_names.texts[i], names[i]);

	again = config_ref(config);
	config_unref(config);
	assert_string_equal(again->sources[0].domains.texts[0], "example.com");
	config_unref(again);
	config_unref(NULL);
}

/* The values of one option that a file may have, each by itself. */
static void
good_values(void **state)
{
	static const char *const texts[] = {
		"signature { expire = 7d }", "signature { expire = \"7d\" }",
		"signature { expire = 1h }", "signature { expire = 52w }",
		"signature { expire = 90m }", "signature { expire = 86400s }",
		"signature { canonicalization = relaxed/simple }",
		"signature { canonicalization = \"simple/relaxed\" }",
		"signature { canonicalization = relaxed }",
		"socket = unix:/run/a", "socket = inet:25@localhost",
		"socket = \"inet6:25@::1\"", "socket_mode = 0600",
		"socket_mode = 660", "socket_group = postfix",
		"signers = 0", "signers = 64", "sign_timeout = 60s",
		"on_mismatch = pass", "on_mismatch = reject",
		"on_no_key = tempfail", "user=a", "user\n=\na\n",
		"source a{" TRUSTED "}source b{" TRUSTED "}",
		"source a { login = x domains = \"*.example.com\" }",
		"source a { dkim { domains = { \"*.example.com\", "
		"\"contoso.onmicrosoft.com\", \"example-com.*.gappssmtp.com"
		"\" } } " DOMAINS " }",
		"source a { spf = a.b header X-A { value = a optional = off } "
		DOMAINS " }",
		"source a { login = x networks = 10.0.0.0/8 " DOMAINS " }",
		"keydir = /a //b\n", "keydir = /a /*b*/\n",
		"keydir = \"/a\"//b\n", "keydir = '/a'/*b*/\n",
		"keydir = \"/a\"#b\n", "source \"a\"{" TRUSTED "}",
	};
	struct config *config;
	char printed[1024];
	size_t nfaults, i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		config = load(texts[i], strlen(texts[i]), printed,
		    sizeof(printed), &nfaults);
		if (config == NULL)
			fail_msg("%s: %s", texts[i], printed);
		config_unref(config);
	}
}

/* As many values as a file can have: a second is far more than is needed. */
static void
many_values(void **state)
{
	const size_t most = CONFIG_MAX_FILE / 16;
	struct config *config;
	size_t nfaults, len, i;
	char *text;
	FILE *fp;

	(void)state;
	assert_non_null(fp = open_memstream(&text, &len));
	(void)fputs("source a { " DOMAINS " login = {\n", fp);
	for (i = 0; i < most - 4; i++)
		(void)fprintf(fp, "user%010zu,\n", i);
	(void)fputs("} }\n", fp);
	assert_int_equal(fclose(fp), 0);
	assert_true(len <= CONFIG_MAX_FILE);
	config = config_load_text("f", text, len, stderr, &nfaults);
	assert_non_null(config);
	assert_int_equal(config->sources[0].login.n, most - 4);
	assert_string_equal(config->sources[0].login.texts[most - 5],
	    "user0000065531");
	config_unref(config);
	free(text);
}

/* A faulty file must leave nothing behind for the next one. */
static void
good_after_bad(void **state)
{
	struct config *config;
	char printed[8192];
	size_t nfaults, i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(load(bad[i].text, strlen(bad[i].text), printed,
		    sizeof(printed), &nfaults));
		config = load(whole, sizeof(whole) - 1, printed,
		    sizeof(printed), &nfaults);
		if (config == NULL)
			fail_msg("after %s: %s", bad[i].name, printed);
		config_unref(config);
	}
}

/* Every text that a good one becomes when cut: no crash, no leak. */
static void
cut_anywhere(void **state)
{
	struct config *config;
	char printed[8192];
	size_t nfaults, len;

	(void)state;
	for (len = 0; len < sizeof(whole); len++) {
		config = load(whole, len, printed, sizeof(printed), &nfaults);
		config_unref(config);
	}
}

static void
load_file(const char *file, char *printed, size_t size, size_t *nfaults)
{
	FILE *faults;

	memset(printed, 0, size);
	assert_non_null(faults = fmemopen(printed, size - 1, "w"));
	config_unref(config_load(file, faults, nfaults));
	fclose(faults);
}

static void
write_file(const char *file, const char *text, size_t len)
{
	int fd;

	assert_int_not_equal(fd = open(file, O_WRONLY | O_CREAT | O_TRUNC,
	    0600), -1);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

/* What a full disk leaves of a file is used only if it ends with a line. */
static void
cut_files(void **state)
{
	char file[] = "/tmp/test_config.XXXXXX", printed[16384];
	size_t nfaults, len;
	int fd;

	(void)state;
	assert_int_not_equal(fd = mkstemp(file), -1);
	assert_int_equal(close(fd), 0);
	for (len = 0; len < sizeof(whole); len++) {
		write_file(file, whole, len);
		load_file(file, printed, sizeof(printed), &nfaults);
		if (len > 0 && whole[len - 1] == '\n')
			continue;
		assert_true(nfaults > 0);
		if (strstr(printed, "cut off?") == NULL &&
		    strstr(printed, "is not closed") == NULL)
			fail_msg("up to octet %zu: %s", len, printed);
	}
	/* A word that is cut is another one. */
	write_file(file, "keys_user = countersign", 23);
	load_file(file, printed, sizeof(printed), &nfaults);
	assert_int_equal(nfaults, 1);
	assert_non_null(strstr(printed, ":1: the last line does not end "));
	unlink(file);
}

static void
files(void **state)
{
	char folder[] = "/tmp/test_config.XXXXXX", file[64], printed[512];
	char big[4096];
	size_t nfaults, i;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	load_file(folder, printed, sizeof(printed), &nfaults);
	assert_int_equal(nfaults, 1);
	assert_non_null(strstr(printed, ": is a directory; "));

	snprintf(file, sizeof(file), "%s/f", folder);
	load_file(file, printed, sizeof(printed), &nfaults);
	assert_int_equal(nfaults, 1);
	assert_non_null(strstr(printed, "No such file or directory; "));

	assert_int_equal(mkfifo(file, 0600), 0);
	load_file(file, printed, sizeof(printed), &nfaults);
	assert_int_equal(nfaults, 1);
	assert_non_null(strstr(printed, ": is not a regular file; "));
	unlink(file);

	fd = open(file, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(write(fd, whole, sizeof(whole) - 1) ==
	    (ssize_t)sizeof(whole) - 1);
	load_file(file, printed, sizeof(printed), &nfaults);
	assert_int_equal(nfaults, 0);
	assert_string_equal(printed, "");

	memset(big, ' ', sizeof(big));
	for (i = 0; i < CONFIG_MAX_FILE / sizeof(big); i++)
		assert_true(write(fd, big, sizeof(big)) ==
		    (ssize_t)sizeof(big));
	close(fd);
	load_file(file, printed, sizeof(printed), &nfaults);
	assert_int_equal(nfaults, 1);
	assert_non_null(strstr(printed, ": larger than "));

	if (geteuid() != 0) {
		assert_int_equal(chmod(file, 0), 0);
		load_file(file, printed, sizeof(printed), &nfaults);
		assert_non_null(strstr(printed, "Permission denied"));
	}
	unlink(file);
	rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_every_fault),
		cmocka_unit_test(nul_octet),
		cmocka_unit_test(many_faults_are_counted),
		cmocka_unit_test(defaults),
		cmocka_unit_test(warns_of_removals),
		cmocka_unit_test(warns_of_authors),
		cmocka_unit_test(warns_of_subdomains),
		cmocka_unit_test(warns_of_platforms),
		cmocka_unit_test(warns_of_lifetime),
		cmocka_unit_test(warns_of_expiry),
		cmocka_unit_test(warns_of_hourly),
		cmocka_unit_test(lifetimes),
		cmocka_unit_test(unclear_authors),
		cmocka_unit_test(whole_file),
		cmocka_unit_test(good_values),
		cmocka_unit_test(many_values),
		cmocka_unit_test(good_after_bad),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(cut_files),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
