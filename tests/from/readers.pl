# SPDX-License-Identifier: ISC
#
# The domains that Mail::DKIM and Mail::Address find in values of From, each
# of which is preceded by its length and a line end: a line for each.

use strict;
use warnings;

use Mail::Address;
use Mail::DKIM::Verifier;

binmode STDIN;
binmode STDOUT;
local $SIG{__WARN__} = sub { };

sub originator
{
	my ($value) = @_;
	my $mail = Mail::DKIM::Verifier->new();

	$mail->PRINT("From: $value\r\nSubject: x\r\n\r\nbody\r\n");
	$mail->CLOSE;
	return $mail->message_originator;
}

while (defined(my $length = <STDIN>)) {
	my ($value, @hosts) = ('');

	read(STDIN, $value, $length) if $length > 0;
	for my $read (sub { originator($value) },
	    sub { Mail::Address->parse($value) }) {
		push @hosts, grep { defined } map { $_->host } eval { $read->() };
	}
	print join("\t", map { tr/\t\n//dr } @hosts), "\n";
}
