"""Two gateways over one PostgreSQL; one is killed (kill -9) or frozen (SIGSTOP) at random instants under load, and the
database restarted once. What was answered positively by either arrives, in the DMP exactly once; the other takes the
work over within the lease time; versions of one set arrive in their order; the ledger verifies. ROUNDS=n says how often (4), SEED=n replays."""
import os
import pathlib
import random
import signal
import sys
import threading
import time
import unittest

import harness
from crash_test import COLLEAGUE, LDL, Emitter

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import postgresql  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "4"))
SEED = int(os.environ.get("SEED", str(time.time_ns() % 1_000_000)))
LEASE = 4
PASSWORD = "of the gateways, only for tests"


class Balancer:
    """What emitters see: each handover goes to the next node, so that a repeated one meets another."""

    def __init__(self, nodes):
        self.nodes, self.turn = nodes, 0

    def node(self):
        self.turn += 1
        return self.nodes[self.turn % len(self.nodes)]

    def submit(self, *arguments):
        return self.node().submit(*arguments)

    def mail(self, *arguments):
        return self.nodes[0].mail(*arguments)

    def send(self, *arguments):
        return self.node().send(*arguments)


@unittest.skipIf(postgresql.binaries() is None, "PostgreSQL 15 or later is not installed (Debian: postgresql)")
class Cluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = postgresql.Cluster()
        cls.addClassCleanup(cls.database.close)
        cls.database.run(f"CREATE ROLE liaison LOGIN PASSWORD '{PASSWORD}'")
        cls.database.run("CREATE DATABASE liaison OWNER liaison")
        where = f"host=127.0.0.1 port={cls.database.port} user=liaison dbname=liaison sslmode=disable"

        def over_postgresql(text):
            text = text.replace('data = "data"\n', "").replace("lease_seconds = 120", f"lease_seconds = {LEASE}")
            return text + f'\n[store]\nengine = "postgresql"\nconninfo = "{where}"\npassword_file = "database.password"\n'

        cls.world = harness.World(over_postgresql, {"database.password": PASSWORD + "\n"})
        cls.addClassCleanup(cls.world.close)
        cls.other = harness.Node(cls.world, "other")
        cls.addClassCleanup(cls.other.close)
        cls.nodes = [cls.world, cls.other]

    def test_a_node_that_dies_or_freezes_loses_and_doubles_nothing(self):
        chance = random.Random(SEED)
        print(f"seed {SEED}, {ROUNDS} rounds", flush=True)
        over = threading.Event()
        # All documents of the last one are versions of one set: they arrive one after the other.
        emitters = [Emitter(Balancer(self.nodes), n, over, "1.2.250.1.999.2.8.7900" if n == 3 else None)
                    for n in range(4)]
        for e in emitters:
            e.start()
        for n in range(ROUNDS):
            time.sleep(chance.uniform(0.3, 1))
            node = chance.choice(self.nodes)
            if n % 2 == 0:
                node.kill()
                time.sleep(chance.uniform(0, 1))
                node.start()
            else:
                node.gateway.send_signal(signal.SIGSTOP)
                time.sleep(LEASE + chance.uniform(0, 2))
                node.gateway.send_signal(signal.SIGCONT)
        self.database.restart()
        time.sleep(1)
        over.set()
        for e in emitters:
            e.join(60)
            self.assertFalse(e.is_alive())
            self.assertEqual(e.refused, [])
        accepted = {oid: found for e in emitters for oid, found in e.accepted.items()}
        self.assertGreater(len(accepted), ROUNDS)
        self.drained()
        self.arrived_once(accepted)
        arrived = [(p / "document.xml").read_bytes() for p in self.world.deposits()]
        came = [document for _, document in emitters[3].accepted.values()]
        self.assertEqual([d for d in arrived if d in came], came)

    def test_work_of_a_dead_node_is_taken_over_within_the_lease(self):
        self.drained()
        # The DMP takes its time, so that the node dies with the request on its way.
        self.world.faults.write_text('{"dmp": [{"action": "delay", "seconds": 2, "count": 1}]}')
        self.other.gateway.send_signal(signal.SIGSTOP)
        document = harness.variant(LDL, "1.2.250.1.999.2.8.7777.1")
        status, answer = self.world.submit(document)
        self.assertEqual(status, 201, answer)
        harness.wait_for(lambda: "sent" in self.database.run(
            "SELECT fixed FROM delivery WHERE state='leased'", "liaison"), 10, 0.02)
        self.world.kill()
        self.other.gateway.send_signal(signal.SIGCONT)
        done = self.other.finished(answer["id"], LEASE + 8)
        self.world.start()
        self.assertEqual(done["state"], "done")
        self.assertEqual([a["outcome"] for d in done["deliveries"] for a in d["attempts"]], ["delivered"])
        self.arrived_once({"dead": (answer["id"], document)}, mailed=False)

    def test_the_account_reads_the_same_from_each_node(self):
        exported = []
        for node in self.nodes:
            code, out, err = node.run("ledger", "export", "--config", str(node.config))
            self.assertEqual(code, 0, err)
            exported.append(out)
        self.assertEqual(*exported)
        code, out, err = self.other.run("indicators", "--config", str(self.other.config), "--json")
        self.assertEqual(code, 0, err)
        self.assertNotIn(PASSWORD, out + err)

    # --- the rest -----------------------------------------------------------------------------------------
    def drained(self):
        harness.wait_for(lambda: postgresql.waiting(self.database) == 0, 120, 0.2)

    def arrived_once(self, accepted, mailed=True):
        deposits = {}
        for p in self.world.deposits():
            deposits.setdefault((p / "document.xml").read_bytes(), []).append(p.name)
        mails = {}
        for m in self.world.mails(COLLEAGUE):
            document = harness.archive_of(m).read("IHE_XDM/SUBSET01/DOC00001.XML")
            mails.setdefault(document, set()).add(m["Message-ID"])
        for oid, (identifier, document) in accepted.items():
            s = self.other.submission(identifier)
            self.assertEqual(s["state"], "done", s)
            self.assertEqual(len(deposits.get(document, [])), 1, oid)
            if mailed:
                self.assertEqual(len(mails.get(document, ())), 1, oid)
        self.assertTrue(all(len(found) == 1 for found in deposits.values()))
        self.assertTrue(*self.other.ledger_holds())
        print(f"{len(accepted)} answered, {len(deposits)} deposited", flush=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
