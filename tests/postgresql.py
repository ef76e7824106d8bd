"""A PostgreSQL of its own for tests, from Debian's package, on a free port, gone afterwards.

`python3 tests/postgresql.py COMMAND…` runs the command with LIAISON_TEST_POSTGRESQL, the conninfo of its superuser. When
PostgreSQL is not installed the variable is missing, and the command says what it skips."""
import glob
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PASSWORD = "only for tests"


def binaries():
    """The newest installed version from 15 on, or None."""
    found = [p for p in glob.glob("/usr/lib/postgresql/*/bin") if int(p.split("/")[4]) >= 15]
    return pathlib.Path(max(found, key=lambda p: int(p.split("/")[4]))) if found else None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def as_postgres(*command):
    """PostgreSQL refuses to run as root."""
    return ["runuser", "-u", "postgres", "--", *map(str, command)] if os.geteuid() == 0 else [*map(str, command)]


class Cluster:
    """A server; with `origin` a standby that streams from it."""

    def __init__(self, origin=None, port=None):
        self.origin = origin
        self.bin = binaries()
        if self.bin is None:
            raise FileNotFoundError("PostgreSQL 15 or later is not installed (Debian: postgresql)")
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="liaison-postgresql-"))
        try:
            self.make()
            self.start(port)
        except BaseException:
            self.close()
            raise

    def make(self):
        secret = self.dir / "password"
        secret.write_text(PASSWORD + "\n")
        if os.geteuid() == 0:
            for path in (self.dir, secret):
                shutil.chown(path, "postgres", "postgres")
        if self.origin is not None:
            self.copy(self.origin)
            return
        subprocess.run(as_postgres(self.bin / "initdb", "-D", self.dir / "data", "-A", "scram-sha-256", "-U", "tests",
                                   "--pwfile", secret, "--encoding=UTF8", "--locale=C", "--no-sync"),
                       check=True, stdout=subprocess.DEVNULL, cwd="/")

    def copy(self, origin):
        """The data of another server, set up to follow it."""
        where = f"host=127.0.0.1 port={origin.port} user=tests password='{PASSWORD}' sslmode=disable"
        shutil.rmtree(self.dir / "data", ignore_errors=True)
        subprocess.run(as_postgres(self.bin / "pg_basebackup", "-D", self.dir / "data", "-R", "-d", where, "-c", "fast",
                                   "--no-sync"), check=True, cwd="/")

    def start(self, port=None):
        self.port = port or free_port()
        self.log = open(self.dir / "server.log", "ab")
        # In a session of its own: a signal to the test's group does not stop the server first.
        self.server = subprocess.Popen(
            as_postgres(self.bin / "postgres", "-D", self.dir / "data", "-p", self.port, "-k", self.dir,
                        "-c", "listen_addresses=127.0.0.1"),
            stdout=self.log, stderr=self.log, cwd="/", start_new_session=True)
        end = time.monotonic() + 30
        while subprocess.run([self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode:
            if self.server.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.dir / "server.log").read_text()[-2000:])
            time.sleep(0.05)

    def conninfo(self, database="postgres", password=False):
        secret = f" password='{PASSWORD}'" if password else ""
        return f"host=127.0.0.1 port={self.port} user=tests dbname={database} sslmode=disable{secret}"

    def run(self, sql, database="postgres"):
        done = subprocess.run([self.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql,
                               self.conninfo(database, True)], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def stop(self, mode="fast"):
        """Every session ends; `immediate` is a crash."""
        subprocess.run(as_postgres(self.bin / "pg_ctl", "stop", "-D", self.dir / "data", "-m", mode, "-w"),
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", check=False)
        self.server.wait(30)
        self.log.close()

    def processes(self):
        """The server and its backends, which live in sessions of their own."""
        lines = (self.dir / "data" / "postmaster.pid").read_text().splitlines()
        main = int(lines[0])
        return [main, *map(int, pathlib.Path(f"/proc/{main}/task/{main}/children").read_text().split())]

    def signal(self, number):
        for process in self.processes():
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass  # a session that ended meanwhile

    def kill(self):
        """As when its machine loses power: no process says good-bye."""
        self.signal(signal.SIGKILL)
        self.server.wait(30)
        self.log.close()
        (self.dir / "data" / "postmaster.pid").unlink()

    def promote(self):
        subprocess.run(as_postgres(self.bin / "pg_ctl", "promote", "-D", self.dir / "data", "-w"), check=True,
                       stdout=subprocess.DEVNULL, cwd="/")

    def set(self, how):
        """ALTER SYSTEM, in force at once."""
        self.run(f"ALTER SYSTEM {how}")
        self.run("SELECT pg_reload_conf()")

    def restart(self):
        self.stop()
        self.start(self.port)

    def close(self):
        if hasattr(self, "server") and self.server.poll() is None:
            self.stop("immediate")
        shutil.rmtree(self.dir, ignore_errors=True)


def waiting(server):
    """Deliveries that are not final, as the database itself has it: the figures of a gateway are a little old."""
    return int(server.run("SELECT COUNT(*) FROM delivery WHERE state IN ('queued','deferred','leased')", "liaison"))


def main(command):
    for s in (signal.SIGTERM, signal.SIGINT):
        signal.signal(s, lambda *_: sys.exit(1))
    try:
        cluster = Cluster()
    except FileNotFoundError as why:
        print(why, file=sys.stderr)
        return subprocess.run(command).returncode
    try:
        environment = {**os.environ, "LIAISON_TEST_POSTGRESQL": cluster.conninfo(password=True)}
        return subprocess.run(command, env=environment).returncode
    finally:
        cluster.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
