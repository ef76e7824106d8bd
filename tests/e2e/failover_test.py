"""Two gateways over a PostgreSQL primary with a synchronous standby. The primary is killed at random instants under load and
the standby promoted; the replaced primary comes back as if nothing had happened; the standby goes away; one gateway is cut
off. What was answered positively arrives, in the DMP exactly once, and the gateways find their way by themselves.
FAILOVERS=n says how often (2), SEED=n replays."""
import http.client
import json
import os
import pathlib
import random
import signal
import smtplib
import sys
import threading
import time
import unittest

import cluster_test
import harness
import wire
from crash_test import LDL, Emitter

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import postgresql  # noqa: E402

ROUNDS = int(os.environ.get("FAILOVERS", "2"))
SEED = int(os.environ.get("SEED", str(time.time_ns() % 1_000_000)))
LEASE = 4
PASSWORD = "of the gateways, only for tests"


class Pair:
    """A primary and its synchronous standby, which change places."""

    def __init__(self):
        self.primary = postgresql.Cluster()
        try:
            self.standby = postgresql.Cluster(self.primary)
        except BaseException:
            self.primary.close()
            raise
        self.synchronous()

    def ports(self):
        return self.primary.port, self.standby.port

    def synchronous(self):
        """From now on a commit is on both."""
        self.primary.set("SET synchronous_standby_names = '*'")
        harness.wait_for(lambda: self.primary.run("SELECT sync_state FROM pg_stat_replication") == "sync", 30)

    def fail_over(self):
        """The standby takes over, and works alone until it has one of its own. Gives back who was the primary."""
        self.primary, self.standby = self.standby, self.primary
        self.primary.promote()
        self.primary.set("RESET synchronous_standby_names")
        return self.standby

    def complete(self):
        """The replaced primary follows the one that took its place."""
        self.standby.copy(self.primary)
        self.standby.start(self.standby.port)
        self.synchronous()

    def close(self):
        for server in (self.standby, self.primary):
            server.close()


@unittest.skipIf(postgresql.binaries() is None, "PostgreSQL 15 or later is not installed (Debian: postgresql)")
class Failover(unittest.TestCase):
    arrived_once = cluster_test.Cluster.arrived_once

    @classmethod
    def setUpClass(cls):
        cls.pair = Pair()
        cls.addClassCleanup(cls.pair.close)
        cls.pair.primary.run(f"CREATE ROLE liaison LOGIN PASSWORD '{PASSWORD}'")
        cls.pair.primary.run("CREATE DATABASE liaison OWNER liaison")
        ports = cls.pair.ports()
        cls.wires = [wire.Wire(port) for port in ports]
        for w in cls.wires:
            cls.addClassCleanup(w.close)

        def servers(ports):
            return f"host=127.0.0.1,127.0.0.1 port={','.join(map(str, ports))}"

        def over_postgresql(text):
            text = text.replace('data = "data"\n', "").replace("lease_seconds = 120", f"lease_seconds = {LEASE}")
            return (text + f'\n[store]\nengine = "postgresql"\nconninfo = "{servers(ports)} user=liaison dbname=liaison '
                    'sslmode=disable"\npassword_file = "database.password"\n[limits]\nslow_disk_seconds = 1\n')

        cls.world = harness.World(over_postgresql, {"database.password": PASSWORD + "\n"})
        cls.addClassCleanup(cls.world.close)
        # Its wires to the database can be frozen.
        cls.other = harness.Node(cls.world, "other",
                                 lambda t: t.replace(servers(ports), servers([w.port for w in cls.wires])))
        cls.addClassCleanup(cls.other.close)
        cls.nodes = [cls.world, cls.other]

    def test_a_primary_that_dies_takes_no_answer_with_it(self):
        chance = random.Random(SEED)
        print(f"seed {SEED}, {ROUNDS} failovers", flush=True)
        over = threading.Event()
        emitters = [Emitter(cluster_test.Balancer(self.nodes), n, over) for n in range(4)]
        for e in emitters:
            e.start()

        def all_go_on():
            before = [len(e.accepted) for e in emitters]
            harness.wait_for(lambda: all(len(e.accepted) > b for e, b in zip(emitters, before)), 40)
        for _ in range(ROUNDS):
            all_go_on()
            time.sleep(chance.uniform(0, 0.5))
            self.pair.primary.kill()
            time.sleep(chance.uniform(0, 0.5))
            self.pair.fail_over()
            all_go_on()
            self.pair.complete()
        all_go_on()
        over.set()
        for e in emitters:
            e.join(60)
            self.assertFalse(e.is_alive())
            self.assertEqual(e.refused, [])
        self.drained()
        self.arrived_once({oid: found for e in emitters for oid, found in e.accepted.items()})

    def test_a_replaced_primary_that_comes_back_is_left_alone(self):
        self.drained()
        self.pair.primary.kill()
        old = self.pair.fail_over()
        for n, node in enumerate(self.nodes):
            self.handed_over(node, f"1.2.250.1.999.2.8.7991.{n}")
        # It knows of no other, takes writes, and half of the time the gateways try it first.
        old.start(old.port)
        old.set("RESET synchronous_standby_names")
        self.pair.primary.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name='liaison'")
        accepted = {}
        for n in range(6):
            oid = f"1.2.250.1.999.2.8.7992.{n}"
            accepted[oid] = self.handed_over(self.nodes[n % 2], oid)
        known = {identifier for identifier, _ in accepted.values()}
        there = set(old.run("SELECT id FROM submission", "liaison").split())
        self.assertEqual(known & there, set())
        self.drained()
        self.arrived_once(accepted, mailed=False)
        old.stop()
        self.pair.complete()

    def test_without_its_standby_intake_closes_and_opens_again_by_itself(self):
        self.drained()
        self.pair.standby.stop("immediate")
        document, got = harness.variant(LDL, "1.2.250.1.999.2.8.7993.1"), []
        waiting = threading.Thread(target=lambda: got.append(self.world.submit(document)))
        waiting.start()
        for node in self.nodes:
            harness.wait_for(lambda: self.closed(node), 20)
            status, _ = node.submit(harness.variant(LDL, "1.2.250.1.999.2.8.7993.2"))
            self.assertEqual(status, 503)
            with self.assertRaises(smtplib.SMTPResponseException) as refused:
                node.send(node.mail([document]), ["dmp@liaison.invalid"])
            self.assertEqual(refused.exception.smtp_code, 452)
        self.assertEqual(got, [], "answered while one disk alone had it")
        self.pair.standby.start(self.pair.standby.port)
        for node in self.nodes:
            harness.wait_for(node.ready, 60)
        waiting.join(60)
        self.assertEqual(got[0][0], 201, got)
        accepted = {"waited": (got[0][1]["id"], document)}
        for n, node in enumerate(self.nodes):
            accepted[n] = self.handed_over(node, f"1.2.250.1.999.2.8.7993.{n + 3}")
        self.drained()
        self.arrived_once(accepted, mailed=False)

    def test_work_of_a_node_that_is_cut_off_is_taken_over_within_the_lease(self):
        self.drained()
        self.world.faults.write_text('{"dmp": [{"action": "delay", "seconds": 2, "count": 1}]}')
        self.world.gateway.send_signal(signal.SIGSTOP)
        document = harness.variant(LDL, "1.2.250.1.999.2.8.7994.1")
        status, answer = self.other.submit(document)
        self.assertEqual(status, 201, answer)
        harness.wait_for(lambda: "sent" in self.pair.primary.run(
            "SELECT fixed FROM delivery WHERE state='leased'", "liaison"), 10, 0.02)
        for w in self.wires:
            w.freeze()
        self.world.gateway.send_signal(signal.SIGCONT)
        done = self.world.finished(answer["id"], LEASE + 8)
        self.assertEqual(done["state"], "done")
        harness.wait_for(lambda: self.closed(self.other), 10)
        self.assertEqual(self.other.submit(harness.variant(LDL, "1.2.250.1.999.2.8.7994.2"))[0], 503)
        for w in self.wires:
            w.thaw()
        harness.wait_for(self.other.ready, 60)
        done = self.other.submission(answer["id"])
        self.assertEqual([a["outcome"] for d in done["deliveries"] for a in d["attempts"]], ["delivered"])
        self.arrived_once({"cut off": (answer["id"], document)}, mailed=False)

    # --- the rest -----------------------------------------------------------------------------------------
    def drained(self):
        harness.wait_for(lambda: postgresql.waiting(self.pair.primary) == 0, 120, 0.2)

    @staticmethod
    def closed(node):
        """The store keeps everybody waiting, and emitters are not asked to wait with it."""
        status, body = node.admin("/readyz")
        said = json.loads(body)
        return status == 503 and said["intake"] == "closed" and set(said["shortages"]) <= {"slow", "store"}

    def handed_over(self, node, oid):
        """As an emitter does it: again until there is an answer."""
        document = harness.variant(LDL, oid)

        def answered():
            try:
                status, answer = node.submit(document)
            except (OSError, http.client.HTTPException):
                return None
            return (answer["id"], document) if status == 201 else None
        return harness.wait_for(answered, 40, 0.1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
