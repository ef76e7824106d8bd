"""The machine runs short or goes wrong under a gateway: emitters are asked to come back before anything fails, readiness
says why, what was accepted goes on and nothing of it is lost, and it all ends by itself. MACHINE names the shim."""
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness

LDL = (harness.SAMPLES / "ldl-ses.xml").read_bytes()
COLLEAGUE = "dr.exemple@cabinet.mssante.example"
GIB = 1 << 30


class World(harness.World):
    """A gateway under the shim."""
    def start(self):
        self.control = self.dir / "trouble"
        env = dict(os.environ, LD_PRELOAD=os.environ["MACHINE"], MACHINE_DIR=str(self.store_folder()),
                   MACHINE_CONTROL=str(self.control))
        self.gateway = subprocess.Popen([harness.LIAISON, "serve", "--config", str(self.config)], stdout=self.log,
                                        stderr=self.log, env=env)
        harness.wait_for(self.ready)

    def store_folder(self):
        for line in self.config.read_text().splitlines():
            if line.startswith("data"):
                return (self.dir / line.split('"')[1]).resolve()
        raise AssertionError("no data folder")

    def trouble(self, *lines):
        fresh = self.control.with_suffix(".new")
        fresh.write_text("".join(line + "\n" for line in lines))
        fresh.rename(self.control)

    def readiness(self):
        status, body = self.admin("/readyz")
        return status, json.loads(body)


class Machine(unittest.TestCase):
    settings = "[limits]\ndisk_reserve_bytes = 1073741824\nslow_disk_seconds = 2\n"

    @classmethod
    def setUpClass(cls):
        cls.world = World(lambda text: text + "\n" + cls.settings)
        cls.accepted, cls.number = {}, 0

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def tearDown(self):
        self.world.trouble()
        harness.wait_for(lambda: self.world.readiness()[0] == 200, 30)

    def document(self):
        type(self).number += 1
        return harness.variant(LDL, f"1.2.250.1.999.2.8.6100.{self.number}")

    def hand_over(self, document=None):
        """(status, headers) of a submission by HTTPS; what is accepted must arrive."""
        document = document or self.document()
        status, headers, body = self.world.https("POST", f"/v1/submissions?dmp=true&recipients={COLLEAGUE}", document,
                                                 {"Content-Type": "application/xml"})
        if status == 201:
            self.accepted[json.loads(body)["id"]] = document
        return status, headers

    def smtp_reply(self):
        with self.world.smtp() as s:
            s.ehlo()
            return s.mail(self.world.about["gateway"]["emitterAddress"])

    def short_of(self, what, intake):
        """Waits until readiness names it, intake being as said."""
        def seen():
            status, body = self.world.readiness()
            return status == 503 and what in body["shortages"] and body["intake"] == intake
        harness.wait_for(seen, 15)

    def closed(self, what):
        self.short_of(what, "closed")
        status, headers = self.hand_over()
        self.assertEqual(status, 503)
        self.assertIn("Retry-After", headers)
        code, text = self.smtp_reply()
        self.assertEqual(code, 452, text)
        self.assertIn(what.encode(), text)

    def open_again(self):
        self.world.trouble()
        harness.wait_for(lambda: self.world.readiness()[0] == 200, 15)
        self.assertEqual(self.hand_over()[0], 201)
        self.assertEqual(self.smtp_reply()[0], 250)

    def test_readiness_ends_before_the_disk_is_full_and_intake_before_a_write_fails(self):
        self.world.trouble(f"space {GIB + GIB // 2}")
        self.short_of("disk", "open")
        self.assertEqual(self.hand_over()[0], 201)
        self.world.trouble(f"space {GIB // 2}")
        self.closed("disk")
        self.open_again()

    def test_a_disk_that_is_full_at_once_costs_no_answer_and_no_document(self):
        stop, answers = threading.Event(), []

        def emitter():
            while not stop.is_set():
                answers.append(self.hand_over()[0])
        others = [threading.Thread(target=emitter) for _ in range(3)]
        for o in others:
            o.start()
        harness.wait_for(lambda: answers.count(201) > 10)
        self.world.trouble("full")
        harness.wait_for(lambda: 503 in answers)
        self.short_of("store" if "store" in self.world.readiness()[1]["shortages"] else "disk", "closed")
        self.world.trouble()
        enough = answers.count(201) + 10
        harness.wait_for(lambda: answers.count(201) > enough)
        stop.set()
        for o in others:
            o.join()
        self.assertEqual(set(answers), {201, 503})

    def test_a_file_system_that_turns_read_only(self):
        self.world.trouble("readonly")
        self.assertEqual(self.hand_over()[0], 503)
        self.closed("store")
        self.open_again()

    def test_a_disk_that_fails(self):
        self.world.trouble("broken")
        self.assertEqual(self.hand_over()[0], 503)
        self.short_of("store", "closed")
        self.open_again()

    def test_a_disk_that_takes_seconds_for_a_sync(self):
        self.world.trouble("slow 4000")
        late = threading.Thread(target=self.hand_over)
        late.start()
        self.closed("slow")
        self.world.trouble()
        late.join()
        self.open_again()

    def test_the_admin_is_answered_while_everybody_waits_for_the_disk(self):
        self.world.trouble("slow 3000")
        waiting = [threading.Thread(target=self.hand_over) for _ in range(20)]
        for w in waiting:
            w.start()
        harness.wait_for(lambda: "slow" in self.world.readiness()[1]["shortages"])
        began = time.monotonic()
        self.assertEqual(self.world.admin("/metrics")[0], 200)
        self.assertLess(time.monotonic() - began, 2.5)
        self.world.trouble()
        for w in waiting:
            w.join()

    def test_the_clock_steps_both_ways(self):
        for seconds in (-3600, 7200, -1800):
            self.world.trouble(f"clock {seconds}")
            time.sleep(0.3)
            self.assertEqual(self.hand_over()[0], 201)
            time.sleep(1)
        self.world.trouble()
        self.assertEqual(self.hand_over()[0], 201)
        for identifier in self.accepted:
            self.assertEqual(self.world.finished(identifier, 60)["state"], "done")

    def test_memory_runs_out(self):
        before = self.world.config.read_text()
        self.world.config.write_text(before.replace("[limits]\n", "[limits]\nmemory_bytes = 10000000\n"))
        self.world.gateway.send_signal(signal.SIGHUP)
        self.closed("memory")
        self.world.config.write_text(before)
        self.world.gateway.send_signal(signal.SIGHUP)
        self.open_again()

    def test_no_descriptor_is_left(self):
        process = self.world.gateway.pid
        before = resource.prlimit(process, resource.RLIMIT_NOFILE)
        used = len(os.listdir(f"/proc/{process}/fd"))
        resource.prlimit(process, resource.RLIMIT_NOFILE, (used + 8, before[1]))
        self.closed("descriptors")
        # And none at all: who waits outside is let in when there are some again.
        resource.prlimit(process, resource.RLIMIT_NOFILE, (used - 2, before[1]))
        late = threading.Thread(target=self.hand_over)
        late.start()
        time.sleep(1)
        resource.prlimit(process, resource.RLIMIT_NOFILE, before)
        late.join(30)
        self.assertFalse(late.is_alive())
        self.open_again()

    def test_z_everything_that_was_answered_has_arrived_once(self):
        for identifier in self.accepted:
            self.assertEqual(self.world.finished(identifier, 60)["state"], "done")
        deposits = [(p / "document.xml").read_bytes() for p in self.world.deposits()]
        for document in self.accepted.values():
            self.assertEqual(deposits.count(document), 1)
        self.assertTrue(*self.world.ledger_holds())


if __name__ == "__main__":
    unittest.main(verbosity=2)
