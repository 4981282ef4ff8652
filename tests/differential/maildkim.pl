#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# maildkim.pl DIRECTORY: Mail::DKIM behind the protocol of compare.py.

use strict;
use warnings;

use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS::RR;

my $directory = $ARGV[0];

sub record {
	my ($name) = @_;
	my ($selector) = $name =~ m{^([^./]+)\._domainkey\.example\.com\.?$}
	    or return;
	open my $file, '<', "$directory/$selector.txt" or return;
	chomp(my $text = <$file>);
	return Net::DNS::RR->new(
	    name => $name,
	    type => 'TXT',
	    txtdata => [$text =~ /(.{1,255})/g],
	);
}

{
	no warnings 'redefine';
	*Mail::DKIM::DNS::query = sub { return record($_[0]) };
	*Mail::DKIM::DNS::query_async = sub {
		my ($name, $type, %callbacks) = @_;
		my @records = record($name);
		my $result = $callbacks{Callbacks}{Success}->(@records);
		return sub { return $result };
	};
}

sub feed {
	my ($dkim, $octets) = @_;
	for (my $i = 0; $i < length $octets; $i += 65536) {
		$dkim->PRINT(substr $octets, $i, 65536);
	}
	$dkim->CLOSE();
}

sub verify {
	my ($octets) = @_;
	my $dkim = Mail::DKIM::Verifier->new();
	feed($dkim, $octets);
	my $result = $dkim->result();
	return ($result =~ /^(pass|none)$/ ? $result : 'fail',
	    $dkim->result_detail());
}

sub sign {
	my ($algorithm, $canons, $octets) = @_;
	my $dkim = Mail::DKIM::Signer->new(
	    Algorithm => $algorithm,
	    Method => $canons,
	    Domain => 'example.com',
	    Selector => $algorithm,
	    KeyFile => "$directory/$algorithm.pem",
	);
	feed($dkim, $octets);
	my ($value) = $dkim->signature->as_string() =~ /^[^:]*:(.*)$/s;
	return ('signed', $value);
}

binmode STDIN;
binmode STDOUT;
$| = 1;
while (my $line = <STDIN>) {
	my ($operation, $length) = split ' ', $line;
	read(STDIN, my $octets, $length) == $length or exit 1;
	my (undef, $algorithm, $canons) = split /:/, $operation;
	my ($result, $text) = eval {
		$operation eq 'verify' ? verify($octets) :
		    sign($algorithm, $canons, $octets);
	};
	($result, $text) = ($operation eq 'verify' ? 'fail' : 'refused', $@)
	    if !defined $result;
	print "$result ", length $text, "\n$text";
}
