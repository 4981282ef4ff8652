# SPDX-License-Identifier: ISC
"""What shows the numbers of the milter, with a call that fails.

In countersign-metrics, a fault changes nothing for mail: each message is signed
at once.  A page is whole and right, or there is none until the process was
started again, and then the numbers are still there.

countersign-doctor status shows the right numbers, or says what it could not find
out, or fails with a message.
"""

import http.client
import json
import re
import socket

from failing import LIMIT, NONE, Failat, Wrong
from service_faults import Service

METRICS = """
metrics {{
    listen = "unix:{folder}/metrics.sock"
    textfile = "{folder}/counts/ours.prom"
}}
"""
SIGNED = re.compile(r'^countersign_messages_total\{source="ours",decision='
                    r'"signed",reason="none",observed="false"\} (\d+)$',
                    re.M)


class Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=LIMIT)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Metrics(Service):
    """A milter that shows its numbers."""

    program = "countersign-metrics"

    def __init__(self, build, folder):
        self.sent = 0
        super().__init__(build, folder)

    def start(self, fault):
        if "metrics" not in self.configuration.read_text():
            with self.configuration.open("a") as file:
                file.write(METRICS.format(folder=self.folder))
        self.sent = 0
        super().start(fault)

    def page(self):
        """The number of signed messages; None: no page, or not yet."""
        connection = Connection(str(self.folder / "metrics.sock"))
        try:
            connection.request("GET", "/metrics")
            response = connection.getresponse()
            text = response.read().decode()
        except TimeoutError as error:
            raise Wrong(f"hangs: a page: {self.tail()}") from error
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        if response.status != 200:
            return None
        found = SIGNED.search(text)
        if found is None or not text.endswith("\n"):
            raise Wrong(f"a page that is not whole: {text[-300:]!r}")
        return int(found[1])

    def sign(self):
        """Mail does not wait for metrics, and a page comes in the end."""
        super().sign()
        if self.deferred or self.has_ended():
            raise Wrong(f"mail was not signed at once: {self.tail()}")
        self.sent += 1

        def is_shown():
            number = self.page()
            if number is not None and number > self.sent:
                raise Wrong(f"{number} messages, not {self.sent}")
            return number == self.sent or self.gave_up()
        self.until("a page", is_shown)

    def gave_up(self):
        """It cannot run as configured, so it is tried after a minute."""
        said = self.log.read_text(errors="replace")
        if "countersign-metrics" not in said:
            return False
        last = [line for line in said.split("\n") if "metrics: " in line]
        return bool(last) and "restarting in" in last[-1] and \
            int(last[-1].partition("restarting in ")[2].split()[0]) > 10000

    def stop(self):
        """Not before it serves: what was left is replaced by then."""
        self.until("a page", lambda: self.has_ended() or
                   self.page_is_there() or self.gave_up())
        return super().stop()

    def page_is_there(self):
        """Without a message, no page has a number."""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.folder / "metrics.sock"))
            except OSError:
                return False
        return True

    def left(self):
        """The textfile stays, to be replaced by the next life."""
        return {path for path in super().left()
                if path.name != "ours.prom"}


class Status(Service):
    """A milter that is looked at by countersign-doctor."""

    program = "nothing"

    def __init__(self, build, folder):
        self.wanted = None
        (folder / "doctor").mkdir()
        self.doctor = Failat(build, "countersign-doctor", folder / "doctor")
        super().__init__(build, folder)

    def first_life(self):
        self.start(NONE)
        self.sign()
        self.until("the master", lambda: self.master() != 0)
        status, text, said, report = self.look(NONE)
        self.wanted = json.loads(text)
        if self.wanted["pid"] is None or self.wanted["keys"] is None or \
                self.wanted["messages"]["signed"] != 1 or said:
            raise Wrong(f"without a fault: {status}: {text} {said}")
        return report.counts

    def finish(self):
        self.signal_and_wait()
        super().finish()

    def signal_and_wait(self):
        if self.process is not None and not self.has_ended():
            self.stop()

    def look(self, fault):
        return self.doctor.run(
            fault, [self.build / "countersign-doctor", "status", "--json",
                    "-c", self.configuration, "--pid", self.master()])

    def run(self, fault):
        status, text, said, report = self.look(fault)
        if report.struck is None:
            return None
        if status not in (0, 1):
            raise Wrong(f"exit status {status}: {said}")
        try:
            found = json.loads(text)
        except ValueError as error:
            if status == 1 and (said.strip() or report.may_be_silent()):
                return "failed with a message"
            raise Wrong(f"exit status {status}, {text[-300:]!r}") from error
        return self.compare(found)

    def compare(self, found):
        """Right, or known to be missing."""
        missing = []
        if found["pid"] is None:
            missing.append(found["missing"])
        elif found["messages"] != self.wanted["messages"] or \
                found["not_signed"] != self.wanted["not_signed"]:
            raise Wrong(f"wrong numbers: {found}")
        if found["keys"] is None or found["keys_missing"]:
            missing.append(found["keys_missing"])
        elif [key["selector"] for key in found["keys"]["list"]] != \
                [key["selector"] for key in self.wanted["keys"]["list"]]:
            raise Wrong(f"wrong keys: {found}")
        if not all(missing):
            raise Wrong(f"does not say why: {found}")
        return "said what is missing" if missing else "showed all"


SCENARIOS = {"metrics": Metrics, "status": Status}
