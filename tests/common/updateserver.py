# SPDX-License-Identifier: ISC
"""A primary DNS server on loopback for tests: UDP, TCP, UPDATE with TSIG.

One zone, whose records are a dictionary: (name, type) to a list of texts, as
a zone file has them.  Prerequisites and updates are evaluated as RFC 2136
says.  A test can have it do wrong: "before_update" is called before an update
is evaluated, and "spoil" is given the message of the answer to an update,
and returns what goes out: a message, octets, or None for a closed connection.
"""

import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.update

from dnsserver import open_sockets, serve

IN, NONE, ANY = (dns.rdataclass.IN, dns.rdataclass.NONE, dns.rdataclass.ANY)


class UpdateServer:
    """Serves from its own threads until the process ends."""

    def __init__(self, apex, records, keyring):
        self.apex = dns.name.from_text(apex)
        self.records = {}
        self.keyring = keyring
        self.before_update = None
        self.spoil = None
        self.nupdates = 0
        self.is_authoritative = True
        for (name, kind), texts in records.items():
            self.put(name, kind, texts)
        self.udp, self.tcp, self.port = open_sockets()
        serve(self.udp, self.tcp, self.replies)

    def put(self, name, kind, texts):
        """Make these the records of a name and type."""
        key = (dns.name.from_text(name), dns.rdatatype.from_text(kind))
        self.records[key] = {dns.rdata.from_text(IN, key[1], text, self.apex,
                                                  relativize=False)
                             for text in texts}

    def texts(self, name):
        """The TXT records of a name, joined."""
        key = (dns.name.from_text(name), dns.rdatatype.TXT)
        return sorted(b"".join(rdata.strings).decode()
                      for rdata in self.records.get(key, ()))

    def answer_query(self, query, reply):
        question = query.question[0]
        name = question.name
        if self.is_authoritative or question.rdtype == dns.rdatatype.SOA:
            reply.flags |= dns.flags.AA
        for kind in (question.rdtype, dns.rdatatype.CNAME):
            found = self.records.get((name, kind))
            if found and not reply.answer:
                reply.answer.append(dns.rrset.from_rdata_list(name, 60, found))
        if not reply.answer:
            exists = any(owner.is_subdomain(name) and rdatas
                         for (owner, _), rdatas in self.records.items())
            reply.set_rcode(dns.rcode.NOERROR if exists else
                            dns.rcode.NXDOMAIN)
            reply.authority.append(dns.rrset.from_rdata_list(
                self.apex, 60,
                self.records[(self.apex, dns.rdatatype.SOA)]))

    def prerequisites(self, update):
        """RFC 2136 section 3.2."""
        for rrset in update.prerequisite:
            found = self.records.get((rrset.name, rrset.rdtype), set())
            if rrset.deleting == NONE and found:
                return dns.rcode.YXRRSET
            if rrset.deleting == ANY and not found:
                return dns.rcode.NXRRSET
            if rrset.deleting is None and found != set(rrset):
                return dns.rcode.NXRRSET
        return dns.rcode.NOERROR

    def apply(self, update):
        """RFC 2136 section 3.4."""
        for rrset in update.update:
            found = self.records.setdefault((rrset.name, rrset.rdtype), set())
            if rrset.deleting == ANY:
                found.clear()
            elif rrset.deleting == NONE:
                found.difference_update(rrset)
            else:
                found.update(rrset)

    def answer_update(self, update, reply):
        self.nupdates += 1
        if self.before_update is not None:
            self.before_update()
        if update.zone[0].name != self.apex:
            code = dns.rcode.NOTAUTH
        elif not all(rrset.name.is_subdomain(self.apex)
                     for rrset in update.prerequisite + update.update):
            code = dns.rcode.NOTZONE
        elif not update.had_tsig:
            code = dns.rcode.REFUSED
        else:
            code = self.prerequisites(update)
            if code == dns.rcode.NOERROR:
                self.apply(update)
        reply.set_rcode(code)
        return reply if self.spoil is None else self.spoil(reply)

    def replies(self, wire, _):
        """What goes out for a message."""
        query = dns.message.from_wire(wire, keyring=self.keyring)
        reply = dns.message.make_response(query)
        if query.opcode() == dns.opcode.UPDATE:
            reply = self.answer_update(query, reply)
        else:
            self.answer_query(query, reply)
        if isinstance(reply, dns.message.Message):
            reply = reply.to_wire()
        return [] if reply is None else [reply]
