"""Hours of a hospital's traffic in minutes: letters and results, replacements, documents handed over twice, documents that must
be refused, by both doors, while peers fail at random and the gateway is killed now and then. Afterwards the emitters' own books,
the answers, the deliveries, the account, the figures and what the peers hold agree to the unit.

REPLAY=n documents (200; 20000 is the day of a large hospital), SEED=s replays the same plan."""
import collections
import http.client
import json
import os
import random
import smtplib
import threading
import time
import unittest

import harness

LDL = (harness.SAMPLES / "ldl-ses.xml").read_bytes()
BIO = (harness.SAMPLES / "cr-bio.xml").read_bytes()
COLLEAGUE = "dr.exemple@cabinet.mssante.example"
DOCUMENTS = int(os.environ.get("REPLAY", "200"))
SEED = int(os.environ.get("SEED", str(time.time_ns() % 1_000_000)))
EMITTERS = 4


class Item:
    """What one emitter means to hand over, and what became of it."""
    def __init__(self, document, dmp, mail, door, key=None):
        self.document, self.dmp, self.mail, self.door, self.key = document, dmp, mail, door, key
        self.identifier, self.refused = None, False


def replacing(document, old, new, number):
    """The next version of a document in its set."""
    text = document.replace(b'<id root="' + old.encode() + b'"', b'<id root="' + new.encode() + b'"', 1)
    text = text.replace(b'<versionNumber value="1"', b'<versionNumber value="%d"' % number, 1)
    related = (b'<relatedDocument typeCode="RPLC"><parentDocument><id root="' + old.encode() +
               b'"/></parentDocument></relatedDocument>')
    return text.replace(b"<componentOf>", related + b"<componentOf>", 1)


class Plan:
    """Drawn from the seed: a list for each emitter, handed over in its order."""
    def __init__(self, seed, documents):
        chance = random.Random(seed)
        self.lists = [[] for _ in range(EMITTERS)]
        self.sets = 0
        made = 0
        while made < documents:
            mine = self.lists[made % EMITTERS]
            oid = f"1.2.250.1.999.2.8.{30_000 + made}.1"
            document = harness.variant(chance.choice((LDL, LDL, BIO)), oid)
            dmp, mail = chance.choice(((True, True), (True, False), (False, True)))
            door = chance.choice(("smtp", "https"))
            draw = chance.random()
            if draw < 0.03:
                mine.append(Item(document.replace(b"<recordTarget", b"<recordTargets", 1), dmp, mail, door))
                made += 1
                continue
            first = Item(document, dmp, mail, door)
            mine.append(first)
            made += 1
            if draw < 0.10:  # an emitter that has not seen the answer
                mine.append(Item(document, dmp, mail, door))
            elif draw < 0.18:
                mine.append(Item(replacing(document, oid, oid[:-1] + "2", 2), dmp, mail, door))
                made += 1


class Emitter(threading.Thread):
    def __init__(self, world, items):
        super().__init__(daemon=True)
        self.world, self.items, self.trouble = world, items, None

    def run(self):
        for item in self.items:
            while item.identifier is None and not item.refused:
                try:
                    self.hand_over(item)
                except (OSError, http.client.HTTPException, smtplib.SMTPException):
                    time.sleep(0.05)
                except Exception as unexpected:  # told by the test
                    self.trouble = unexpected
                    return

    def hand_over(self, item):
        recipients = ["dmp@liaison.invalid"] * item.dmp + [COLLEAGUE] * item.mail
        if item.door == "smtp":
            try:
                item.identifier = harness.identifier_in(self.world.send(self.world.mail([item.document]), recipients))
            except smtplib.SMTPResponseException as said:
                if said.smtp_code < 500:
                    raise
                item.refused = True
            return
        query = f"dmp={'true' if item.dmp else 'false'}" + (f"&recipients={COLLEAGUE}" if item.mail else "")
        status, answer = self.world.submit(item.document, query)
        if status == 201:
            item.identifier = answer["id"]
        elif status in (503, 500):
            raise OSError(status)
        elif status == 422:
            item.refused = True
        else:
            raise AssertionError((status, answer))


class Replay(harness.Case):
    def faults(self, chance):
        """What goes wrong in the next moment."""
        dmp = [{"action": "http", "status": 503}, {"action": "refuse", "code": "XDSRegistryBusy"}, {"action": "drop_after"},
               {"action": "drop_before"}, {"action": "garbage"}, {"action": "refuse", "code": "XDSPatientIdDoesNotMatch"}]
        smtp = [{"action": "reply", "stage": "data", "code": 451, "text": "4.3.0 later"}, {"action": "drop_after"},
                {"action": "reply", "stage": "rcpt", "code": 550, "text": "5.1.1 no such mailbox"}]
        some = lambda all_, n: [dict(chance.choice(all_), count=1) for _ in range(chance.randrange(n))]
        fresh = self.world.faults.with_suffix(".new")
        fresh.write_text(json.dumps({"dmp": some(dmp, 4), "smtp": some(smtp, 3)}))
        fresh.rename(self.world.faults)

    def test_the_day_reconciles_to_the_unit(self):
        w, chance, plan = self.world, random.Random(SEED), Plan(SEED, DOCUMENTS)
        print(f"SEED={SEED} REPLAY={DOCUMENTS}", flush=True)
        began = time.monotonic()
        emitters = [Emitter(w, items) for items in plan.lists]
        for e in emitters:
            e.start()
        kills = 0
        while any(e.is_alive() for e in emitters):
            self.faults(chance)
            time.sleep(chance.uniform(0.3, 1.0))
            if chance.random() < 0.15:
                w.kill()
                w.start()
                kills += 1
        for e in emitters:
            if e.trouble:
                raise e.trouble
        w.faults.write_text("{}")
        handed = time.monotonic() - began

        harness.wait_for(w.drained, 120 + DOCUMENTS / 20, 0.5)

        items = [i for e in emitters for i in e.items]
        _, out, _ = w.run("ledger", "export", "--config", str(w.config))
        events = [json.loads(line) for line in out.splitlines()]
        self.assertTrue(*w.ledger_holds())
        self.answers(items)
        views = {i.identifier: w.submission(i.identifier) for i in items if i.identifier}
        self.account(items, views, events)
        self.peers(items, views)
        self.figures(events)
        print(f"{len(items)} handed over in {handed:.0f} s, {kills} kills, {len(views)} submissions, {len(events)} events, "
              f"{sum(i.refused for i in items)} refused", flush=True)

    def answers(self, items):
        by_document = collections.defaultdict(set)
        for i in items:
            broken = b"<recordTargets" in i.document
            self.assertEqual(i.refused, broken)
            self.assertEqual(i.identifier is None, broken)
            if not broken:
                by_document[i.document].add(i.identifier)
        self.assertTrue(all(len(ids) == 1 for ids in by_document.values()), "one document, two submissions")

    def account(self, items, views, events):
        counted = collections.Counter(e["type"] for e in events)
        accepted = [e["fields"]["submission"] for e in events if e["type"] == "submission.accepted"]
        self.assertEqual(sorted(accepted), sorted(views))
        # A kill may come between the refusal's event and its answer: then it is refused once more.
        self.assertGreaterEqual(counted["submission.refused"], sum(i.refused for i in items))
        ends = collections.defaultdict(list)
        for e in events:
            if e["type"] in ("delivery.delivered", "delivery.failed", "delivery.cancelled"):
                ends[e["fields"]["delivery"]].append(e["type"].split(".")[1])
        states = {}
        for view in views.values():
            for d in view["deliveries"]:
                states[d["id"]] = d["state"]
                self.assertIn(d["state"], ("delivered", "failed"), d)
        self.assertEqual({d: [s] for d, s in states.items()}, dict(ends), "each delivery ends once, and as the account says")
        wanted = {}
        for i in items:
            if i.identifier:
                wanted[i.identifier] = i.dmp + i.mail
        self.assertEqual({k: len(v["deliveries"]) for k, v in views.items()}, wanted)

    def peers(self, items, views):
        document_of = {i.identifier: i.document for i in items if i.identifier}
        def sent(kind):
            return collections.Counter(document_of[k] for k, v in views.items() for d in v["deliveries"]
                                       if d["destination"]["kind"] == kind and d["state"] == "delivered")
        held = collections.Counter((p / "document.xml").read_bytes() for p in self.world.deposits())
        for document, times in sent("dmp").items():
            self.assertEqual(held[document], times)
        self.assertEqual(set(held.values()), {1}, "an entry of the DMP is doubled")
        mails = collections.defaultdict(set)
        for m in self.world.mails(COLLEAGUE):
            mails[harness.archive_of(m).read("IHE_XDM/SUBSET01/DOC00001.XML")].add(m["Message-ID"])
        for document, times in sent("mssante").items():
            self.assertEqual(len(mails[document]), times)
        self.assertTrue(all(len(ids) == 1 for ids in mails.values()), "a mail under two Message-IDs")
        # Versions of one set, in their order.
        order = {}
        for n, p in enumerate(self.world.deposits()):
            order[(p / "document.xml").read_bytes()] = n
        for document, n in order.items():
            if b'typeCode="RPLC"' not in document:
                continue
            first = document.split(b'<setId root="')[1].split(b'"')[0]
            for other, m in order.items():
                if b'typeCode="RPLC"' not in other and b'<setId root="' + first + b'"' in other:
                    self.assertLess(m, n, "a replacement overtook its original")

    def figures(self, events):
        code, out, err = self.world.run("indicators", "--config", str(self.world.config), "--json")
        self.assertEqual(code, 0, err)
        figures = {i["id"]: i["numerator"] for i in json.loads(out)["indicators"]}
        delivered = [e["fields"] for e in events if e["type"] == "delivery.delivered" and e["fields"]["kind"] == "dmp"]
        for indicator, code in (("sunes-v1-d1-ldl", "11490-0"), ("sunes-v1-d2-bio", "11502-2")):
            self.assertEqual(figures[indicator], len({f["setId"] for f in delivered if f["typeCode"] == code}))


if __name__ == "__main__":
    unittest.main(verbosity=2)
