# SPDX-License-Identifier: ISC
"""Private PostgreSQL servers: a primary, and standbys of it.

Each has its folder below one scratch directory, a Unix socket there and no
other, and one process group.  As root they run as another user, because
PostgreSQL refuses to run as root.  The installed PostgreSQL is used; if there
is none, tests/fleet/unpack.sh unpacks the package into the build directory.
"""

import fcntl
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT_S = 120
MIN_MEMORY = 256 << 20
SETTINGS = """\
listen_addresses = ''
unix_socket_directories = '{folder}'
unix_socket_permissions = 0777
shared_buffers = 16MB
max_connections = 60
max_wal_senders = 4
wal_level = replica
hot_standby = on
fsync = off
dynamic_shared_memory_type = mmap
autovacuum_naptime = 600
jit = off
log_min_messages = warning
"""


class PgError(Exception):
    """A statement that failed: the SQLSTATE and the message."""

    def __init__(self, text):
        super().__init__(text)
        self.state = ""
        for line in text.splitlines():
            words = line.split()
            for before, word in zip(words, words[1:]):
                if before == "ERROR:" and word.endswith(":"):
                    self.state = self.state or word[:-1]


def find_programs(build):
    """The folder with initdb, postgres and psql."""
    patterns = ["/usr/lib/postgresql/*/bin/postgres",
                build + "/unpacked/postgres*/usr/lib/postgresql/*/bin/postgres"]
    if "E2E_UNPACKED" in os.environ:
        patterns.append(os.environ["E2E_UNPACKED"] +
                        "/postgres*/usr/lib/postgresql/*/bin/postgres")
    for attempt in range(2):
        for pattern in patterns:
            found = sorted(glob.glob(pattern))
            if found:
                return os.path.dirname(found[-1])
        if attempt == 0:
            subprocess.run([HERE + "/unpack.sh", build], check=True)
    raise SystemExit("no PostgreSQL here")


def find_client(programs):
    """psql, which may be in a package of its own."""
    for path in [programs + "/psql"] + glob.glob(
            programs.replace("/postgresql-", "/postgresql-client-", 1) +
            "/psql"):
        if os.path.exists(path):
            return path
    raise SystemExit("no psql here")


def new_folder(prefix):
    """A scratch directory for key stores; in memory, if there is much of it,
    because each change of a key waits for the disk several times."""
    memory = "/dev/shm"
    if os.access(memory, os.W_OK):
        room = os.statvfs(memory)
        if room.f_bavail * room.f_frsize >= MIN_MEMORY:
            return tempfile.mkdtemp(prefix=prefix, dir=memory)
    return tempfile.mkdtemp(prefix=prefix)


class Cluster:
    """A scratch directory for servers, removed at the end; a folder that is
    named stays, and a server that is there starts again."""

    def __init__(self, build, folder=None):
        self.programs = find_programs(build)
        self.psql = find_client(self.programs)
        self.build = build
        self.as_user = {}
        self.is_kept = folder is not None
        if self.is_kept:
            os.makedirs(folder, exist_ok=True)
        self.scratch = folder or tempfile.mkdtemp(prefix="countersign.pg.")
        os.chmod(self.scratch, 0o755)
        self.owner = pwd.getpwuid(os.getuid()).pw_name
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.owner = "nobody"
            self.as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid,
                            "extra_groups": []}
        self.servers = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self.servers:
            if self.is_kept:
                server.stop()
            else:
                server.kill()
        if not self.is_kept:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def new_folder(self, name):
        path = os.path.join(self.scratch, name)
        os.makedirs(path, 0o755, exist_ok=self.is_kept)
        if self.as_user:
            os.chown(path, self.as_user["user"], self.as_user["group"])
        return path

    def run(self, program, *args):
        done = subprocess.run(
            [os.path.join(self.programs, program), *args],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=self.scratch, timeout=LIMIT_S, check=False, **self.as_user)
        if done.returncode != 0:
            raise SystemExit(f"{program} failed:\n{done.stdout}")

    def make_data(self, folder):
        """A new database, a copy of the first that was made with this build: a
        copy takes a twentieth of the time.  All have the same identifier."""
        version = os.path.basename(os.path.dirname(self.programs))
        first = f"{self.build}/postgres-{version}-{self.owner}"
        with open(first + ".lock", "a", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not os.path.exists(first):
                self.run("initdb", "-D", folder, "-U", "postgres", "-A",
                         "trust", "-E", "UTF8", "--locale=C", "--no-sync",
                         "--no-instructions", "--wal-segsize=1")
                # One that was killed may have left a part.
                shutil.rmtree(first + ".new", ignore_errors=True)
                subprocess.run(["cp", "-a", folder, first + ".new"],
                               check=True)
                os.rename(first + ".new", first)
                return
        subprocess.run(["cp", "-a", first, folder], check=True)

    def primary(self, name="primary"):
        server = Server(self, name)
        if not os.path.exists(server.data):
            self.make_data(server.data)
            server.configure(SETTINGS.format(folder=server.folder))
        server.start()
        return server

    def standby(self, primary, name="standby", synchronous=True):
        """A copy that follows; commits of the primary wait for it."""
        server = Server(self, name)
        # -R writes primary_conninfo, from -d.
        self.run("pg_basebackup", "-D", server.data, "-d",
                 f"host={primary.folder} user=postgres "
                 f"application_name={name}", "-R", "-X", "stream", "-c", "fast",
                 "--no-sync")
        server.configure(
            f"unix_socket_directories = '{server.folder}'\n")
        server.start()
        if synchronous:
            primary.configure(f"synchronous_standby_names = '{name}'\n"
                              "synchronous_commit = remote_apply\n")
            primary.reload()
            primary.wait(f"SELECT count(*) FROM pg_stat_replication WHERE "
                         f"application_name = '{name}' AND "
                         "sync_state = 'sync'", "1")
        return server


class Server:
    """One server, running or not."""

    def __init__(self, cluster, name):
        self.cluster = cluster
        self.folder = cluster.new_folder(name)
        self.data = os.path.join(self.folder, "data")
        self.process = None
        self.sessions = {}
        cluster.servers.append(self)

    def configure(self, text):
        """Add settings; later ones win."""
        with open(self.data + "/postgresql.conf", "a", encoding="ascii") as file:
            file.write(text)

    def start(self):
        # A test that is killed leaves no server behind.
        with open(self.folder + "/log", "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL",
                 os.path.join(self.cluster.programs, "postgres"), "-D",
                 self.data], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, start_new_session=True,
                **self.cluster.as_user)
        self.wait("SELECT 1", "1")

    def wait(self, statement, want):
        """Until a statement gives that answer."""
        end = time.monotonic() + LIMIT_S
        while True:
            try:
                got = self.sql(statement)
            except PgError as error:
                got = str(error)
            if got == want:
                return
            if self.process.poll() is not None or time.monotonic() > end:
                with open(self.folder + "/log", encoding="utf-8") as file:
                    raise SystemExit(f"{statement}: {got}\n{file.read()}")
            time.sleep(0.05)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def forget(self):
        """Close the sessions of sql()."""
        for session in self.sessions.values():
            session.close()
        self.sessions = {}

    def stop(self):
        """An orderly end: open transactions are aborted."""
        self.forget()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(LIMIT_S)

    def kill(self):
        """The end of the machine: nothing is written any more."""
        if self.process is None or self.process.poll() is not None:
            return
        for pid in self.children() + [self.process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(LIMIT_S)
        self.forget()

    def children(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children",
                  encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]

    def promote(self):
        self.sql("SELECT pg_promote(true, 60)")

    def conninfo(self, user="postgres", database="postgres"):
        return f"host={self.folder} dbname={database} user={user}"

    def session(self, user="postgres", database="postgres"):
        return Session(self, user, database)

    def sql(self, statement, user="postgres", database="postgres"):
        """Run a statement; rows as lines, columns separated by |."""
        key = (user, database)
        if key not in self.sessions:
            self.sessions[key] = self.session(user, database)
        try:
            return self.sessions[key].sql(statement)
        except (PgError, BrokenPipeError) as error:
            # psql may end before it reads what is sent.
            if isinstance(error, BrokenPipeError) or \
                    not self.sessions[key].is_alive:
                self.sessions.pop(key).close()
            raise PgError(str(error)) from error

    def script(self, text, user="postgres", database="postgres"):
        """Run statements in one transaction."""
        done = subprocess.run(
            self.command(user, database) + ["--single-transaction"],
            input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=LIMIT_S, check=False)
        if done.returncode != 0:
            raise PgError(done.stdout)

    def command(self, user, database):
        return [self.cluster.psql, "-X", "-q", "-A", "-t", "-v",
                "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose",
                self.conninfo(user, database)]


class Session:
    """A connection that stays, for tests with several at once."""

    def __init__(self, server, user, database):
        self.process = subprocess.Popen(
            [word.replace("ON_ERROR_STOP=1", "ON_ERROR_STOP=0")
             for word in server.command(user, database)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, bufsize=1)
        self.is_alive = True

    def send(self, statement):
        """Send a statement; answer() gets what it prints."""
        self.process.stdin.write(f"{statement};\n\\echo end of answer\n")
        self.process.stdin.flush()

    def answer(self):
        lines = []
        for line in self.process.stdout:
            if line == "end of answer\n":
                text = "\n".join(lines)
                if "ERROR:" in text:
                    raise PgError(text)
                return text
            lines.append(line.rstrip("\n"))
        self.is_alive = False
        raise PgError("\n".join(lines))

    def sql(self, statement):
        self.send(statement)
        return self.answer()

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait(LIMIT_S)
        self.process.stdout.close()
