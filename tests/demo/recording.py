#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""recording.py record CAST COMMAND... | draw CAST SVG [--check]

A recording of the demo, as a terminal shows it.

record runs COMMAND in a terminal of its own, shows what it prints, and writes
that to CAST with the times, in the format asciicast v2; only if the command
succeeds.  draw makes of it an SVG that plays by itself: no script, only CSS.
Where motion is not wanted, and where CSS is not animated, it is a picture of
the end.  With --check it writes nothing, and fails if SVG is not as it would
write it.

Lines come one after another, so that they can be read, and pauses are short:
the note below says so, with the time that the command really took.
"""

import json
import os
import pathlib
import pty
import re
import shlex
import struct
import sys
import termios
import time
from fcntl import ioctl
from html import escape

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "common"))
# pylint: disable=wrong-import-position
from docfiles import read, settle  # noqa: E402

COLUMNS, ROWS = 96, 30
ADVANCE, LEADING, FONT = 8.4, 19, 14    # pixels: of a column, a row, a font
MARGIN, BAR, NOTE = 16, 34, 30          # pixels: around, above and below
LINE = 0.12         # seconds from a line to the next at least
PAUSE = 1.0         # and at most
BLANK = 1.2         # after a blank line: something else begins
HOLD = 10           # at the end
STYLE = """
.f { fill: #f6f8fa; stroke: #d0d7de }
.d { fill: #d0d7de }
text { font: %dpx ui-monospace, SFMono-Regular, Menlo, Consolas,
"Liberation Mono", "DejaVu Sans Mono", monospace; fill: #1f2328;
white-space: pre }
.p { fill: #59636e }
.c, .h { font-weight: bold }
.g { fill: #1a7f37; font-weight: bold }
@media (prefers-color-scheme: dark) {
.f { fill: #0d1117; stroke: #3d444d }
.d { fill: #3d444d }
text { fill: #f0f6fc }
.p { fill: #9198a1 }
.g { fill: #3fb950 }
}
.a { animation: %gs step-end infinite }
@media (prefers-reduced-motion: reduce) { .a { animation: none } }
"""


def record(cast, command):
    """Run the command in a terminal; write what it printed, and when."""
    begun, events = time.time(), []

    def keep(fd):
        octets = os.read(fd, 65536)
        events.append((round(time.time() - begun, 3),
                       octets.decode("utf-8", "replace")))
        return octets

    pid, master = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    ioctl(master, termios.TIOCSWINSZ,
          struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    try:
        while octets := keep(master):
            os.write(1, octets)
    except OSError:     # the terminal is gone with its last process
        pass
    _, status = os.waitpid(pid, 0)
    if status != 0:
        sys.exit(f"{cast}: not written, as the command failed")
    header = {"version": 2, "width": COLUMNS, "height": ROWS,
              "timestamp": int(begun), "command": shlex.join(command)}
    lines = [header] + [[when, "o", text] for when, text in events]
    pathlib.Path(cast).write_text(
        "".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def lines_of(events):
    """(time, text) of each line, in rows no longer than the terminal."""
    text, when = "", 0.0
    for when, _, more in events:
        text += more
        *lines, text = text.split("\n")
        for line in lines:
            line = line.rstrip("\r").rstrip()
            for begin in range(0, max(len(line), 1), COLUMNS):
                yield when, line[begin:begin + COLUMNS]
    if text:
        yield when, text


def paced(lines):
    """The lines, each with the time at which the picture shows it."""
    shown, before, pause = 0.0, 0.0, 1.5
    for when, line in lines:
        shown += max(pause, min(when - before, PAUSE))
        yield round(shown, 2), line
        before, pause = when, LINE if line else BLANK


def style_of(line):
    if line.startswith("# ./"):
        return "c"
    if line.startswith("# "):
        return "p"
    if line.startswith(("verdict:", "report:")):
        return "g"
    if re.match(r"message  |The life |How |    time  ", line):
        return "h"
    return ""


def row(number, line, moment):
    width = round(len(line) * ADVANCE, 1)
    style = f'{style_of(line)} a'.strip()
    return (f'<text class="{style}" style="animation-name:t{moment}" '
            f'x="{MARGIN}" y="{(number + 1) * LEADING - 5}" '
            f'textLength="{width}" lengthAdjust="spacingAndGlyphs">'
            f'{escape(line, quote=False)}</text>')


def animation(times, total):
    """When each moment's lines become visible, and how all lines move up."""
    moves = ["0%{transform:none}"]
    for moment, (when, last) in enumerate(times):
        percent = f"{when / total * 100:.2f}%"
        yield (f"@keyframes t{moment}{{0%{{visibility:hidden}}"
               f"{percent}{{visibility:visible}}}}")
        if last > ROWS:
            moves.append(f"{percent}{{transform:translateY("
                         f"{(ROWS - last) * LEADING}px)}}")
    yield f"@keyframes up{{{''.join(moves)}}}"


def picture(header, events):
    lines = [(0.0, "# " + header["command"])]
    lines += paced(lines_of(events))
    times, texts = [], []
    for number, (when, line) in enumerate(lines):
        if not times or times[-1][0] != when:
            times.append((when, number + 1))
        times[-1] = when, number + 1
        if line:
            texts.append(row(number, line, len(times) - 1))
    total = times[-1][0] + HOLD
    width = round(COLUMNS * ADVANCE + 2 * MARGIN)
    height = ROWS * LEADING
    day = time.strftime("%Y-%m-%d", time.gmtime(header["timestamp"]))
    note = (f"recorded {day}; it took {events[-1][0]:.0f} s; here its pauses "
            "are shorter")
    whole = height + BAR + NOTE
    end = min(0, (ROWS - len(lines)) * LEADING)
    return "\n".join((
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{whole}" viewBox="0 0 {width} {whole}" role="img" '
        'aria-labelledby="title">',
        '<title id="title">A recording of ./run demo in a terminal</title>',
        "<style>" + STYLE % (FONT, round(total, 2)),
        *animation(times, total), "</style>",
        f'<rect class="f" x="0.5" y="0.5" width="{width - 1}" '
        f'height="{whole - 1}" rx="8"/>',
        *(f'<circle class="d" cx="{x}" cy="17" r="6"/>' for x in (20, 40, 60)),
        f'<svg y="{BAR}" width="{width}" height="{height}">',
        f'<g class="a" style="animation-name:up" '
        f'transform="translate(0 {end})">',
        *texts, "</g>", "</svg>",
        f'<text class="p" x="{width - MARGIN}" y="{whole - 10}" '
        f'text-anchor="end" style="font-size:12px">{escape(note)}</text>',
        "</svg>", ""))


def draw(cast, svg, is_check):
    header, *events = map(json.loads, read(cast).splitlines())
    return settle({svg: picture(header, events)}, is_check,
                  f"not what {cast} says: run ./run demo draw")


def main():
    action, cast, *rest = sys.argv[1:]
    if action == "record":
        record(cast, rest)
        return 0
    return draw(cast, rest[0], "--check" in rest)


if __name__ == "__main__":
    sys.exit(main())
