"""kill -9 at random instants under load: what was answered positively arrives (DMP exactly once, mail at least once
under one Message-ID), nothing vanishes, the ledger verifies. CRASHES=n says how often (30; 500 is a long run)."""
import http.client
import os
import random
import smtplib
import threading
import time
import unittest

import harness

LDL = (harness.SAMPLES / "ldl-ses.xml").read_bytes()
COLLEAGUE = "dr.exemple@cabinet.mssante.example"
ROUNDS = int(os.environ.get("CRASHES", "30"))
SEED = int(os.environ.get("SEED", str(time.time_ns() % 1_000_000)))


class Emitter(threading.Thread):
    """Hands documents over one after the other, and repeats each until it has an answer."""

    def __init__(self, world, number, over, set_oid=None):
        super().__init__(daemon=True)
        self.set_oid = set_oid
        self.world, self.number, self.over = world, number, over
        self.accepted, self.refused = {}, []

    def run(self):
        n = 0
        while not self.over.is_set():
            n += 1
            oid = f"1.2.250.1.999.2.8.{7000 + self.number}.{n}"
            document = harness.variant(LDL, oid, self.set_oid)
            while True:
                try:
                    identifier = self.by_smtp(document) if self.number % 2 else self.by_https(document)
                    self.accepted[oid] = (identifier, document)
                    break
                except (OSError, http.client.HTTPException, smtplib.SMTPException, ValueError) as why:
                    if isinstance(why, smtplib.SMTPResponseException) and why.smtp_code >= 500:
                        self.refused.append((oid, why))
                        break
                    if self.over.is_set():
                        return
                    time.sleep(0.05)

    def by_https(self, document):
        status, answer = self.world.submit(document, f"dmp=true&recipients={COLLEAGUE}")
        if status != 201:
            raise ValueError(f"HTTP {status}")
        return answer["id"]

    def by_smtp(self, document):
        message = self.world.mail([document])
        return harness.identifier_in(self.world.send(message, ["dmp@liaison.invalid", COLLEAGUE]))


class Crash(harness.Case):
    def test_nothing_that_was_answered_is_lost_or_doubled(self):
        w = self.world
        chance = random.Random(SEED)
        print(f"seed {SEED}, {ROUNDS} crashes", flush=True)
        over = threading.Event()
        emitters = [Emitter(w, n, over) for n in range(4)]
        for e in emitters:
            e.start()
        for _ in range(ROUNDS):
            time.sleep(chance.uniform(0.05, 0.8))
            w.kill()
            w.start()
        time.sleep(0.5)
        over.set()
        for e in emitters:
            e.join(60)
            self.assertFalse(e.is_alive())
            self.assertEqual(e.refused, [])
        accepted = {oid: found for e in emitters for oid, found in e.accepted.items()}
        self.assertGreater(len(accepted), ROUNDS)

        harness.wait_for(w.drained, 120, 0.2)

        deposits = {}
        for p in w.deposits():
            deposits.setdefault((p / "document.xml").read_bytes(), []).append(p.name)
        mails = {}
        for m in w.mails(COLLEAGUE):
            document = harness.archive_of(m).read("IHE_XDM/SUBSET01/DOC00001.XML")
            mails.setdefault(document, set()).add(m["Message-ID"])
        for oid, (identifier, document) in accepted.items():
            s = w.submission(identifier)
            self.assertEqual(s["state"], "done", s)
            self.assertEqual(len(deposits.get(document, [])), 1, oid)
            self.assertEqual(len(mails.get(document, ())), 1, oid)
        # What was committed without an answer got through may arrive too, and then only once as well.
        self.assertTrue(all(len(found) == 1 for found in deposits.values()))
        self.assertTrue(*w.ledger_holds())
        print(f"{len(accepted)} answered, {len(deposits)} deposited", flush=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
