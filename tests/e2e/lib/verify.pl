#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Judge the one DKIM signature of the message on standard input by Mail::DKIM
# and print its result, with the reason when it is not "pass".
#
# With the argument "many" there is a line with the number of octets before
# each of any number of messages, and each is answered by a line.

use strict;
use warnings;

use Mail::DKIM::Verifier;

sub judge {
	my $dkim = Mail::DKIM::Verifier->new();
	$dkim->PRINT($_) for @_;
	$dkim->CLOSE();
	return $dkim->result_detail() . "\n";
}

binmode STDIN;
$| = 1;
if (@ARGV && $ARGV[0] eq 'many') {
	while (my $length = <STDIN>) {
		read(STDIN, my $octets, $length) == $length or exit 1;
		print eval { judge($octets) } || "error: $@";
	}
	exit 0;
}
my @pieces;
while (read(STDIN, my $octets, 65536)) {
	push @pieces, $octets;
}
print judge(@pieces);
