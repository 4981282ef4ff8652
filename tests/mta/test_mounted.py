# SPDX-License-Identifier: ISC
"""Keys in mounted volumes (keydir_mounted), replaced as Kubernetes does it
while signers run: a new directory, the link "..data" renamed over the old
one, and the old directory removed.  What is only half there, or leads
elsewhere, is not used, and what is right again is used without a restart.

Usage: test_mounted.py BUILD-DIRECTORY
Everything in a volume belongs to root, so without root nothing is tested.
"""

import json
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import sys
import unittest

import milterclient as mc
from service import Service

USER, KEYS_USER = "nobody", "daemon"
RECHECK = 60        # seconds; signers look again after ten
DOMAINS = ("new", "lost", "torn", "keyless", "absolute", "outside", "loop",
           "empty", "readable")


class Volume:
    """One domain's: keydir/DOMAIN/..data -> ..NUMBER."""

    def __init__(self, keydir, domain):
        self.path = pathlib.Path(keydir, domain)
        self.path.mkdir()
        self.number = 0
        self.current = None

    def link(self, target):
        """Rename the link over the one that is there."""
        os.symlink(target, self.path / "..data_tmp")
        os.rename(self.path / "..data_tmp", self.path / "..data")

    def publish(self, source, change=lambda folder: None):
        """All files of a folder, as the kubelet writes them."""
        self.number += 1
        old, self.current = self.current, self.path / f"..2026_{self.number}"
        self.current.mkdir()
        for file in source.iterdir():
            if file.name == "state" or file.suffix == ".pem":
                copy = self.current / file.name
                shutil.copyfile(file, copy)
                os.chown(copy, 0, pwd.getpwnam(KEYS_USER).pw_gid)
                copy.chmod(0o440)
        change(self.current)
        self.link(self.current.name)
        if old is not None:
            shutil.rmtree(old)


class MountedTest(unittest.TestCase):
    build = None

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")
        self.service = Service(self.build)
        self.addCleanup(self.service.finish)
        # Where keys are made, elsewhere; its user is root.
        self.service.configure(self.sources())
        self.made = pathlib.Path(self.service.keydir)
        self.maker = self.service.config
        for domain in DOMAINS:
            self.make_key(domain)
        folder = pathlib.Path(self.service.directory)
        self.volumes = folder / "volumes"
        self.volumes.mkdir()
        self.uses = folder / "uses"
        self.uses.mkdir(mode=0o700)
        shutil.chown(self.uses, KEYS_USER)
        shutil.chown(folder, USER)
        self.service.config = str(folder / "mounted.conf")
        with open(self.service.config, "w", encoding="utf-8") as file:
            file.write(f'socket = "unix:{self.service.socket}"\n'
                       f'user = "{USER}"\nkeys_user = "{KEYS_USER}"\n'
                       f'keydir = "{self.volumes}"\nkeydir_mounted = true\n'
                       f'state_dir = "{self.uses}"\nsigners = 1\n' +
                       self.sources())
        self.volume = {}
        for domain in DOMAINS:
            self.volume[domain] = Volume(self.volumes, domain + ".example")
            self.volume[domain].publish(self.folder_of(domain))
        self.service.start()

    @staticmethod
    def sources():
        return "".join(f'source "{domain}" {{\n    login = "relay"\n'
                       f'    domains = "{domain}.example"\n}}\n'
                       for domain in DOMAINS)

    def folder_of(self, domain):
        return self.made / f"{domain}.example"

    def make(self, *arguments):
        subprocess.run([self.service.key, "-c", self.maker, *arguments],
                       check=True, capture_output=True)

    def make_key(self, domain):
        """One that signs instead of those before."""
        name = f"{domain}.example"
        before = self.selectors(domain)
        self.make("generate", name, "--algorithm", "ed25519")
        new = (self.selectors(domain) - before).pop()
        self.make("activate", "--force", name, new)
        for selector in before:
            self.make("retire", "--force", name, selector)

    def selectors(self, domain):
        state = self.folder_of(domain) / "state"
        return set(re.findall(r"^(\d+e\d+) ", state.read_text(), re.M)) \
            if state.exists() else set()

    def send(self, domain):
        """The selector of the signature, or the text of the refusal."""
        with mc.MilterClient(self.service.socket) as client:
            client.connect()
            client.mail(login="relay")
            for name, value in ((b"From", b" a@%s.example" % domain.encode()),
                                (b"To", b" b@example.org")):
                client.header(name, value)
            reply = client.end_of_headers()
            edits = []
            if reply[0] == b"c":
                client.body(b"Hello\r\n")
                edits, reply = client.end()
        if reply[0] != b"a":
            return reply[1].rstrip(b"\0").decode()
        found = re.search(rb"\bs=([^;]+);", mc.inserted(edits)[0][2])
        return found.group(1).decode()

    def becomes(self, domain, wanted):
        """Sent until that is what becomes of it."""
        self.service.wait_for(lambda: re.search(wanted, self.send(domain)),
                              RECHECK)

    def logged(self, domain, text):
        pattern = rf"keys of {domain}\.example cannot be used: .*{text}"
        self.assertRegex(self.service.log_text(), pattern)

    def listing(self):
        return sorted(str(path) for path in self.volumes.rglob("*"))

    def test_replaced(self):
        first = {domain: self.send(domain) for domain in DOMAINS}
        for domain in DOMAINS:
            self.assertEqual({first[domain]}, self.selectors(domain))
        pids = self.service.pids()
        self.break_all()
        files = self.listing()
        second = self.selectors("new") - {first["new"]}
        self.becomes("new", f"^{second.pop()}$")
        for domain in DOMAINS[1:]:
            if domain != "readable":
                self.becomes(domain, "^451 4")
        # Its key file cannot be read, but the key is the one that is held.
        self.assertEqual(self.send("readable"), first["readable"])
        self.logged("lost", "No such file|has been severed")
        self.logged("torn", "line ")
        self.logged("empty", "no keys for empty.example in this volume")
        self.assertRegex(self.service.log_text(),
                         r"key \S+ of keyless\.example cannot be used: ")
        for domain in ("absolute", "outside", "loop"):
            self.logged(domain, "leads out of its mount")
        self.assertEqual(self.listing(), files)
        self.mend_all()
        for domain in DOMAINS:
            selector = self.selectors(domain) - {first[domain]}
            self.becomes(domain, f"^{selector.pop()}$")
        self.assertEqual(self.service.pids(), pids)
        self.assertTrue(list(self.uses.rglob("*.used")))
        self.assertFalse(list(self.volumes.rglob("*.used")))
        self.refuses_changes()

    def break_all(self):
        def is_torn(folder):
            state = folder / "state"
            state.write_text(state.read_text()[:-30])

        def without_key(folder):
            for file in folder.glob("*.pem"):
                file.unlink()

        def readable(folder):
            for file in folder.glob("*.pem"):
                file.chmod(0o444)

        volume = self.volume
        for domain in ("new", "keyless"):
            self.make_key(domain)
        volume["new"].publish(self.folder_of("new"))
        volume["torn"].publish(self.folder_of("torn"), is_torn)
        volume["keyless"].publish(self.folder_of("keyless"), without_key)
        volume["readable"].publish(self.folder_of("readable"), readable)
        volume["empty"].publish(pathlib.Path(self.uses))
        volume["lost"].link("..2026_none")
        volume["loop"].link("..data")
        volume["absolute"].link(str(volume["absolute"].current))
        # Its files are as they should be, but they lie elsewhere.
        outside = pathlib.Path(self.service.directory, "outside")
        os.rename(volume["outside"].current, outside)
        volume["outside"].current = None
        volume["outside"].link("../../outside")

    def mend_all(self):
        for domain in DOMAINS:
            if domain not in ("new", "keyless"):
                self.make_key(domain)
            self.volume[domain].publish(self.folder_of(domain))

    def refuses_changes(self):
        done = subprocess.run(
            [self.service.key, "-c", self.service.config, "generate",
             "new.example"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("keydir_mounted", done.stderr)
        self.assertNotIn("no keys", subprocess.run(
            [self.service.milter, "-n", "-c", self.service.config],
            capture_output=True, text=True, check=True).stderr)


if __name__ == "__main__":
    MountedTest.build = sys.argv.pop(1)
    unittest.main(verbosity=2)
