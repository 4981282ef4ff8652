#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""usage: check-messages.py SOURCE_ROOT

The ids of log lines, in lib/base/message_ids.h, are those in the code and those
under DIAGNOSTICS in the manual pages: each is used, in rooms that belong to its
page, and explained once, on that page; the lists there are sorted.  The lines
that a page shows for an id are those that the code logs with it: what stands in
the page for a value matches any value.

The troubles of keys, in keys/life/trouble.c, are explained the same way in
countersign-key(8).  They are words of programs, so the page shows no lines.

First, the comparison of lines is tested.
"""

import pathlib
import re
import sys

LITERAL = r'"((?:[^"\\\n]|\\.)*)"'
CALL = re.compile(r'\b(log_warnx?|log_info|log_record|fatalx?)\(')
USE = re.compile(r'\bM_[A-Z0-9_]+\b')
SPEC = re.compile(r'%[-+ #0]*[0-9]*(?:\.[0-9]+)?(?:hh?|ll?|z)?[a-zA-Z]')
FORMAT = re.compile(rf'(?:EX_\w+,\s*)?(?:M_\w+|id),\s*'
                    rf'((?:{LITERAL}|[A-Z_]+|\s)+)(?:,|$)')
PAGES = {'SERVICE': 'countersign-milter.8', 'FRONT': 'countersign-milter.8',
         'METRICS': 'countersign-metrics.8',
         'SIGNER': 'countersign-signer.8', 'FLEET': 'countersign-fleet.8'}
ROOMS = {'SERVICE': ('milter/', 'keys/signer/', 'lib/base/', 'lib/cell/'),
         'FRONT': ('milter/front/', 'milter/message/'),
         'METRICS': ('milter/metrics/',),
         'SIGNER': ('keys/signer/',), 'FLEET': ('keys/fleet/',)}


def page_lists(page):
    """The lists of ids under DIAGNOSTICS: (id, lines shown for it)."""
    section = page[page.index('\n.Sh DIAGNOSTICS\n'):]
    section = section[:section.index('\n.Sh ', 5)]
    lists = []
    for part in section.split('\n.El')[:-1]:
        entries = re.split(r'(?m)^\.It Li ([a-z0-9-]+)$', part)
        lists.append([
            (name, [re.sub(r'\\\((aq|dq)', lambda m: {'aq': "'", 'dq': '"'}[
                m[1]], line) for line in re.findall(
                    r'(?m)^\.D1 "(.*)"$', body)])
            for name, body in zip(entries[1::2], entries[2::2])])
    return lists


def pattern(words):
    """What a format prints, whatever its values are."""
    text = ' '.join(words)
    return '%'.join('.*'.join(re.escape(part) for part in SPEC.split(piece))
                    for piece in text.split('%%'))


def shows(line, text):
    """Whether a page's line is what this format prints."""
    words = text.split(' ')
    if not line.endswith('...'):
        return re.fullmatch(pattern(words), line) is not None
    line = line[:-3].rstrip()
    return any(re.fullmatch(pattern(words[:n]), line)
               for n in range(1, len(words) + 1))


def test_shows():
    for line, text, want in [
            ('a b', 'a b', True), ('a b', 'a c', False),
            ('a N b', 'a %04u b', True), ('a N c', 'a %u b', False),
            ('a WHY', 'a', False), ('N things', '%zu thing%s', True),
            ('a b ...', 'a b c', True), ('a b ...', 'a c d', False),
            ('"X": ...', '"%s": %s', True), ('1%', '1%%', True)]:
        if shows(line, text) != want:
            sys.exit(f'check-messages: {line!r} and {text!r}')


def arguments(text, start):
    """The text of a call's arguments."""
    depth, end = 1, start
    literal = re.compile(LITERAL)
    while depth > 0:
        match = literal.match(text, end)
        if match:
            end = match.end()
            continue
        depth += {'(': 1, ')': -1}.get(text[end], 0)
        end += 1
    return text[start:end - 1]


def calls(root):
    """(file, function, arguments) of each call that logs with an id."""
    for tree in ('lib', 'milter', 'keys', 'doctor'):
        for path in sorted(root.glob(f'{tree}/**/*.c')):
            name = str(path.relative_to(root))
            if name in ('lib/base/log.c', 'lib/base/message_ids.c'):
                continue
            text = path.read_text(encoding='utf-8')
            for match in CALL.finditer(text):
                yield name, match[1], arguments(text, match.end())


def table(root):
    """name, symbol and group of each id."""
    text = (root / 'lib/base/message_ids.h').read_text(encoding='utf-8')
    for group in re.finditer(r'#define MESSAGES_(\w+)\(X\) \\\n'
                             r'((?:.*\\\n)*.*\n)', text):
        for symbol, name in re.findall(r'X\((M_\w+), "([^"]+)"', group[2]):
            yield name, symbol, group[1]


def format_of(function, args):
    """The format of a call, with the reason that it appends."""
    match = FORMAT.match(args)
    if not match:
        return '%s'
    text = ''.join(part.replace('\\"', '"') if part else '%s'
                   for part in re.findall(rf'{LITERAL}|[A-Z_]+', match[1]))
    return text + ': %s' if function in ('log_warn', 'fatal') else text


def check_code(root, known, faults):
    """The formats with which each id is used; a fault for a wrong room."""
    used = {}
    for name, function, args in calls(root):
        symbols = USE.findall(args)
        if not symbols and re.match(r'id,|EX_\w+, id,', args):
            text = (root / name).read_text(encoding='utf-8')
            symbols = USE.findall(text)
            symbols = [s for s in symbols if f'= {s}' in text]
        if not symbols:
            faults.append(f'{name}: {function}({args[:40]}...): no id')
        for symbol in symbols:
            if symbol not in known:
                faults.append(f'{name}: {symbol} is not in the table')
                continue
            if not name.startswith(ROOMS[known[symbol][1]]):
                faults.append(f'{name}: {known[symbol][0]} is of another '
                              'program: give this line an id of its own')
            used.setdefault(known[symbol][0], []).append(
                format_of(function, args))
    return used


def check_lines(page, entries, used, faults):
    for name, lines in entries:
        formats = [text for text in used.get(name, [])]
        if '%s' in formats or name == 'decision':
            continue
        for line in lines:
            if not any(shows(line, text) for text in formats):
                faults.append(f'{page}: {name}: nothing logs "{line}"')
        for text in formats:
            if not any(shows(line, text) for line in lines):
                faults.append(f'{page}: {name}: does not show "{text}"')


def check_page(root, page, names, faults):
    """What the page explains; faults for what it lacks or has twice."""
    text = (root / 'man' / page).read_text(encoding='utf-8')
    lists = [entries for entries in page_lists(text) if entries]
    explained = [name for entries in lists for name, _ in entries]
    for entries in lists:
        order = [name for name, _ in entries]
        if order != sorted(order):
            faults.append(f'{page}: not sorted: {order}')
    faults += [f'{page}: explains {name} twice' for name in set(explained)
               if explained.count(name) > 1]
    faults += [f'{page}: does not explain {name}'
               for name in sorted(names - set(explained))]
    faults += [f'{page}: explains {name}, which is of no line'
               for name in sorted(set(explained) - names)]
    return [entry for entries in lists for entry in entries]


def main():
    test_shows()
    root = pathlib.Path(sys.argv[1])
    faults = []
    known = {symbol: (name, group) for name, symbol, group in table(root)}
    groups = {}
    for name, group in known.values():
        groups.setdefault(group, []).append(name)
    faults += [f'message_ids.h: {group} is not sorted'
               for group, names in groups.items() if names != sorted(names)]
    used = check_code(root, known, faults)
    faults += [f'message_ids.h: {name} is used nowhere'
               for name, _ in known.values() if name not in used]
    for page in sorted(set(PAGES.values())):
        names = {name for name, group in known.values()
                 if PAGES[group] == page}
        check_lines(page, check_page(root, page, names, faults), used, faults)
    trouble = (root / 'keys/life/trouble.c').read_text(encoding='utf-8')
    words = set(re.findall(r'\[TROUBLE_\w+\]\s*= \{ "([a-z-]+)"', trouble))
    check_page(root, 'countersign-key.8', words - {'none'}, faults)
    if len(known) < 50 or len(words) < 20:
        faults.append(f'only {len(known)} ids and {len(words)} troubles')
    sys.exit('\n'.join(faults) or 0)


main()
