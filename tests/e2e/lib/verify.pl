#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Judge the one DKIM signature of the message on standard input by Mail::DKIM
# and print its result, with the reason when it is not "pass".

use strict;
use warnings;

use Mail::DKIM::Verifier;

binmode STDIN;
my $dkim = Mail::DKIM::Verifier->new();
while (read(STDIN, my $octets, 65536)) {
	$dkim->PRINT($octets);
}
$dkim->CLOSE();
print $dkim->result_detail(), "\n";
