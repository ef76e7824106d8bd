"""The reference topology of deploy/topology as an admin starts it: what is handed over to the balancer arrives when a gateway
dies, and when the database fails over."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import harness

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import postgresql  # noqa: E402

FOLDER = harness.ROOT / "deploy" / "topology"
LDL = (harness.SAMPLES / "ldl-ses.xml").read_bytes()
HAPROXY = shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin")


class Site(harness.World):
    """The emitters' side of the balancer."""

    def __init__(self, folder):
        about = json.loads((folder / "topology.json").read_text())
        self.topology, self.dir = about, folder / about["sandbox"]
        self.about = json.loads((self.dir / "sandbox.json").read_text())
        self.about["gateway"].update(about["balancer"])
        self.config = pathlib.Path(about["gateways"]["gateway2"]["config"])


@unittest.skipIf(HAPROXY is None, "HAProxy is not installed (Debian: haproxy)")
@unittest.skipIf(postgresql.binaries() is None, "PostgreSQL 15 or later is not installed (Debian: postgresql)")
class Topology(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="liaison-topology-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        cls.act("start")
        cls.addClassCleanup(cls.act, "stop")
        cls.site = Site(cls.dir)

    @classmethod
    def act(cls, what):
        done = subprocess.run([FOLDER / what, cls.dir], env={**os.environ, "LIAISON": harness.LIAISON},
                              capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)

    def process(self, name):
        return next(p["pid"] for p in json.loads((self.dir / "processes.json").read_text()) if p["name"] == name)

    def handed_over(self, number):
        """By both doors, again until there is an answer, as emitters do it."""
        letters = [harness.variant(LDL, f"1.2.250.1.999.2.8.7995.{number}.{n}") for n in (1, 2)]

        def by_https():
            try:
                status, answer = self.site.submit(letters[0])
            except (OSError, http.client.HTTPException):
                return None
            return answer["id"] if status == 201 else None

        def by_smtp():
            try:
                return harness.identifier_in(self.site.send(self.site.mail([letters[1]]), ["dmp@liaison.invalid"]))
            except OSError:  # and what smtplib makes of it
                return None
        ids = [harness.wait_for(by, 60, 0.2) for by in (by_https, by_smtp)]
        for identifier in ids:
            harness.wait_for(lambda: self.done(identifier), 60, 0.2)
        arrived = [(p / "document.xml").read_bytes() for p in self.site.deposits()]
        for letter in letters:
            self.assertEqual(arrived.count(letter), 1)

    def done(self, identifier):
        try:
            return self.site.submission(identifier)["state"] == "done"
        except (OSError, http.client.HTTPException):
            return False

    def test_it_goes_on_without_a_gateway_and_without_its_primary(self):
        self.handed_over(1)
        os.kill(self.process("gateway1"), signal.SIGKILL)
        self.handed_over(2)
        # As the README has it: the primary is stopped, the standby promoted, and works alone for now.
        data = {name: self.dir / "postgresql" / name for name in ("primary", "standby")}
        binaries = pathlib.Path(self.site.topology["postgresqlBinaries"])

        def as_postgres(*command):
            subprocess.run(postgresql.as_postgres(*command), check=True, capture_output=True, cwd="/", timeout=60)
        as_postgres(binaries / "pg_ctl", "stop", "-D", data["primary"], "-m", "immediate")
        as_postgres(binaries / "pg_ctl", "promote", "-D", data["standby"])
        where = (f"host=127.0.0.1 port={self.site.topology['databases']['standby']} user=postgres dbname=postgres "
                 f"sslmode=disable passfile={self.dir / 'postgresql' / 'pgpass'}")
        for command in ("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()"):
            as_postgres(binaries / "psql", "-X", "-q", "-c", command, where)
        self.handed_over(3)
        self.assertTrue(*self.site.ledger_holds())


if __name__ == "__main__":
    unittest.main(verbosity=2)
