#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Judge the one DKIM signature of each message on standard input by Mail::DKIM.
# A line with the number of octets precedes each message, and a line with its
# result, and the reason if that is not "pass", answers it.

use strict;
use warnings;

use Mail::DKIM::Verifier;

# In pieces: Mail::DKIM takes long for one large string.
sub judge {
	my ($octets) = @_;
	my $dkim = Mail::DKIM::Verifier->new();
	for (my $i = 0; $i < length $octets; $i += 65536) {
		$dkim->PRINT(substr $octets, $i, 65536);
	}
	$dkim->CLOSE();
	return $dkim->result_detail();
}

binmode STDIN;
$| = 1;
while (my $length = <STDIN>) {
	read(STDIN, my $octets, $length) == $length or exit 1;
	my $result = eval { judge($octets) } || "error: $@";
	$result =~ s/\s+/ /g;
	print "$result\n";
}
