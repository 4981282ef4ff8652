# SPDX-License-Identifier: ISC
"""Differences between signers that RFC 6376 explains, each with its reason.

A reason holds for one peer only, by what it says or by what is in the message, so
that another difference is not hidden behind it.
"""

import dataclasses


@dataclasses.dataclass
class Case:
    number: int
    signer: str
    algorithm: str
    canons: str
    octets: bytes = b''
    is_changed: bool = False


def can_sign(peer, algorithm):
    return algorithm == 'rsa-sha256' or peer != 'Mail::DKIM'


def unsupported(case, result, text):
    return (case.algorithm == 'ed25519-sha256' and
            'unsupported algorithm ed25519-sha256' in text)


def has_open_end(case, result, text):
    """RFC 6376, sections 3.4.3 and 3.4.4: "a CRLF is added"."""
    body = case.octets.partition(b'\r\n\r\n')[2]
    return body != b'' and not body.endswith(b'\r\n')


def rejects_itself(case, result, text):
    """It also says of its own signature, unchanged, that it is bad."""
    return (case.signer == 'opendkim' and not case.is_changed and
            case.algorithm == 'ed25519-sha256' and
            case.canons.startswith('simple/') and result == 'fail')


RULES = [
    ('opendkim', 'signs badly with Ed25519 and a simple header',
     rejects_itself),
    ('Mail::DKIM', 'does not know Ed25519', unsupported),
    ('Mail::DKIM', 'adds no final line end to a body', has_open_end),
    ('dkimpy', 'adds no final line end to a body', has_open_end),
    ('opendkim', 'adds no final line end to a body', has_open_end),
    ('mailauth', 'adds no final line end to a body', has_open_end),
]


def reason(case, found):
    """Why they differ, or None.

    Without the peers that are explained, all must say the same; and that it is
    valid, if nothing was changed and the signer is none of them.
    """
    reasons = {peer: f'{peer}: {why}' for peer, why, holds in RULES
               if peer in found and holds(case, *found[peer])}
    results = {result for peer, (result, _) in found.items()
               if peer not in reasons}
    is_valid = not case.is_changed and case.signer not in reasons
    if not reasons or len(results) > 1 or (is_valid and results != {'pass'}):
        return None
    return ', '.join(sorted(reasons.values()))
