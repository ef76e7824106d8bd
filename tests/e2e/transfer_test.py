"""All of a gateway moves: SQLite to PostgreSQL and back (`store copy`), with deliveries in every state, a kill -9 in the
middle, the wrong keys, a target in use; or leaves as files and comes back under other keys (`export`, `import`). What the
commands say of the queue, the account and the figures stays the same."""
import json
import pathlib
import secrets
import shutil
import subprocess
import sys
import time
import unittest

import harness

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import postgresql  # noqa: E402

LDL = (harness.SAMPLES / "ldl-ses.xml").read_bytes()
COLLEAGUE = "dr.exemple@cabinet.mssante.example"
LABO = "labo@labo.mssante.example"
PASSWORD = "of the gateways, only for tests"


class Traffic:
    """Deliveries delivered, failed, deferred, cancelled, and one that the gateway was killed with."""

    def __init__(self, world):
        self.world, self.number = world, 0

    def faults(self, dmp=(), smtp=()):
        draft = self.world.faults.with_suffix(".new")
        draft.write_text(json.dumps({"dmp": list(dmp), "smtp": list(smtp)}))
        draft.rename(self.world.faults)

    def hand_over(self, query):
        self.number += 1
        status, answer = self.world.submit(harness.variant(LDL, f"1.2.250.1.999.2.8.{8100 + self.number}.1"), query)
        assert status == 201, answer
        return answer["id"]

    def in_state(self, identifier, state):
        def reached():
            s = self.world.submission(identifier)
            return s if all(d["state"] == state for d in s["deliveries"]) else None
        return harness.wait_for(reached)

    def make(self):
        w = self.world
        reply = {"action": "reply", "stage": "rcpt", "text": "5.1.1 no"}
        delivered = [self.hand_over(f"dmp=true&recipients={COLLEAGUE}") for _ in range(3)]
        for d in delivered:
            self.in_state(d, "delivered")
        self.faults(smtp=[{**reply, "code": 550, "recipient": LABO}])
        document = harness.variant(LDL, "1.2.250.1.999.2.8.8190.1")
        failed = harness.identifier_in(w.send(w.mail([document]), [LABO]))
        self.in_state(failed, "failed")
        harness.wait_for(lambda: any(r["kind"] == "dsn" for d in w.submission(failed)["deliveries"]
                                     for r in d["receipts"]))
        self.faults(smtp=[{**reply, "code": 450, "text": "4.2.1 later"}])
        deferred, cancelled = (self.hand_over(f"recipients={COLLEAGUE}") for _ in range(2))
        self.in_state(deferred, "deferred")
        given_up = self.in_state(cancelled, "deferred")["deliveries"][0]["id"]
        assert w.admin(f"/v1/deliveries/{given_up}/cancel", "POST", {"X-Liaison-Actor": "anne"})[0] == 200
        self.faults(dmp=[{"action": "delay", "seconds": 20, "count": 1}])
        leased = self.hand_over("dmp=true")
        self.in_state(leased, "leased")
        w.kill()
        self.faults()
        return {"delivered": delivered, "failed": failed, "deferred": deferred, "cancelled": cancelled,
                "leased": leased}


def command(config, *words, expected=0):
    done = subprocess.run([harness.LIAISON, *words, "--config", str(config)], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == expected, (words, done)
    return done.stdout


def account(config):
    """What is said of a store without a gateway."""
    return (json.loads(command(config, "ledger", "verify", "--json")),
            json.loads(command(config, "indicators", "--json")), command(config, "ledger", "export"))


@unittest.skipIf(postgresql.binaries() is None, "PostgreSQL 15 or later is not installed (Debian: postgresql)")
class StoreCopy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = postgresql.Cluster()
        cls.addClassCleanup(cls.database.close)
        cls.database.run(f"CREATE ROLE liaison LOGIN PASSWORD '{PASSWORD}'")
        cls.database.run("CREATE DATABASE liaison OWNER liaison")
        # What waits for its next attempt still waits when the comparison is made.
        cls.world = harness.World(
            lambda text: text.replace("first_seconds = 1\nmax_seconds = 5", "first_seconds = 3000\nmax_seconds = 3600"),
            {"database.password": PASSWORD + "\n"})
        cls.addClassCleanup(cls.world.close)
        cls.file = cls.world.config
        cls.over_postgresql = cls.config("pg.toml", postgresql=True)

    @classmethod
    def config(cls, name, data="data", postgresql=False, edit=lambda text: text):
        text = cls.file.read_text()
        if postgresql:
            where = f"host=127.0.0.1 port={cls.database.port} user=liaison dbname=liaison sslmode=disable"
            text = text.replace('data = "data"\n', "") + (
                f'\n[store]\nengine = "postgresql"\nconninfo = "{where}"\npassword_file = "database.password"\n')
        else:
            (cls.world.dir / data).mkdir(exist_ok=True)
            text = text.replace('data = "data"', f'data = "{data}"')
        path = cls.world.dir / name
        path.write_text(edit(text))
        return path

    def copy(self, source, target, expected=0, language="en"):
        done = subprocess.run([harness.LIAISON, "store", "copy", "--config", str(source), "--to", str(target), "--lang",
                               language], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, expected, done)
        return done.stdout + done.stderr

    def queue(self, ids):
        """What `list` and `show` print of all of it, but for what a start gives to the peers again."""
        w = self.world
        listed = [json.loads(line) for line in command(w.config, "list", "--json").splitlines()]
        shown = [json.loads(command(w.config, "show", i, "--json")) for i in ids]
        return listed, shown

    def test_everything_moves_both_ways(self):
        w = self.world
        made = Traffic(w).make()
        still = [*made["delivered"], made["failed"], made["deferred"], made["cancelled"]]
        before = account(self.file)
        self.assertGreater(sum(i["numerator"] for i in before[1]["indicators"]), 0)

        # Refusals first: none of them writes anything.
        (w.dir / "other.key").write_text("ab" * 32 + "\n")
        for key in ("master_file", "seal_file"):
            def other(text):
                lines = [f'{key} = "other.key"' if line.startswith(key) else line for line in text.splitlines()]
                return "\n".join(lines) + "\n"
            wrong = self.config("wrong.toml", postgresql=True, edit=other)
            self.assertIn("do not have the same [keys]", self.copy(self.file, wrong, 1))
            self.assertIn("mêmes clés", self.copy(self.file, wrong, 1, "fr"))
        self.assertIn("in use", self.copy(self.file, self.file, 1))

        # kill -9 in the middle: the target says that it is not whole, a new run starts over.
        self.killed_in_the_middle()
        code, _, err = w.run("serve", "--config", str(self.over_postgresql))
        self.assertEqual(code, 2)
        self.assertIn("interrupted", err)
        self.assertEqual(w.run("indicators", "--config", str(self.over_postgresql))[0], 2)
        said = self.copy(self.file, self.over_postgresql)
        self.assertIn("verified copy", said)
        self.assertEqual(account(self.over_postgresql), before)
        self.assertIn("not empty", self.copy(self.file, self.over_postgresql, 1))

        # And back, into another file: the same again.
        back = self.config("back.toml", "back")
        self.assertEqual(self.copy(self.over_postgresql, back), said)
        self.assertEqual(account(back), before)
        self.assertIn("not empty", self.copy(self.over_postgresql, back, 1))

        # Gateways over the origin and over both copies say the same of what does not move on a start.
        seen = []
        for config in (self.over_postgresql, back):
            w.config = config
            w.start()
            other = self.over_postgresql if config == back else back
            self.assertIn("in use" if config == back else "a gateway", self.copy(config, other, 1))
            listed, shown = self.queue(still)
            seen.append(([d for d in listed if d["submission"] in still], shown))
            if config == back:
                # What was on its way is taken up again, and arrives once.
                self.assertEqual(w.finished(made["leased"])["state"], "done")
                content = [p for p in w.deposits() if b"8.8106.1" in (p / "document.xml").read_bytes()]
                self.assertEqual(len(content), 1)
                status, _, body = w.https("GET", f"/v1/submissions/{made['delivered'][0]}/documents/1")
                self.assertEqual((status, body), (200, harness.variant(LDL, "1.2.250.1.999.2.8.8101.1")))
                self.assertTrue(*w.ledger_holds())
            else:
                w.kill()
        self.assertEqual(seen[0], seen[1])
        states = {d["submission"]: d["state"] for d in seen[0][0]}
        self.assertEqual([states[i] for i in still],
                         ["delivered"] * 3 + ["failed", "deferred", "cancelled"])

    def killed_in_the_middle(self):
        d = self.database
        hold = subprocess.Popen([d.bin / "psql", "-X", "-q", "-c", """DO $$ BEGIN
            LOOP EXIT WHEN EXISTS(SELECT FROM pg_class WHERE relname='unfinished'); PERFORM pg_sleep(0.001); END LOOP;
            LOCK TABLE ledger IN ACCESS EXCLUSIVE MODE; PERFORM pg_sleep(60); END $$""", d.conninfo("liaison", True)],
            stderr=subprocess.DEVNULL)
        harness.wait_for(lambda: d.run("SELECT COUNT(*) FROM pg_stat_activity WHERE query LIKE 'DO %'") == "1")
        copy = subprocess.Popen([harness.LIAISON, "store", "copy", "--config", str(self.file), "--to",
                                 str(self.over_postgresql)], stdout=subprocess.DEVNULL)
        harness.wait_for(lambda: d.run("SELECT COUNT(*) FROM pg_locks WHERE NOT granted") != "0")
        copy.kill()
        self.assertEqual(copy.wait(10), -9)
        d.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'DO %'")
        hold.wait(10)
        harness.wait_for(lambda: d.run("SELECT COUNT(*) FROM pg_stat_activity WHERE application_name='liaison'") == "0")


class ExportImport(unittest.TestCase):
    """An establishment leaves: everything in open formats, and into a fresh instance under keys of its own."""

    @classmethod
    def setUpClass(cls):
        cls.world = harness.World(
            lambda text: text.replace("first_seconds = 1\nmax_seconds = 5", "first_seconds = 3000\nmax_seconds = 3600"))
        cls.addClassCleanup(cls.world.close)

    def fresh(self):
        """A configuration with an empty store and keys of its own."""
        w = self.world
        (w.dir / "new-data").mkdir()
        for name in ("new-master", "new-seal"):
            (w.dir / name).write_text(secrets.token_hex(32) + "\n")
        lines = w.config.read_text().replace('data = "data"', 'data = "new-data"').splitlines()
        keys = {"master_file": "new-master", "seal_file": "new-seal"}
        lines = [f'{l.split()[0]} = "{keys[l.split()[0]]}"' if l.split()[:1] and l.split()[0] in keys else l for l in lines]
        path = w.dir / "new.toml"
        path.write_text("\n".join(lines) + "\n")
        return path

    def seen(self, config, ids):
        w = self.world
        w.config = config
        w.start()
        shown = [json.loads(command(config, "show", i, "--json")) for i in ids]
        documents = [w.https("GET", f"/v1/submissions/{i}/documents/1") for i in ids]
        self.assertEqual({d[0] for d in documents}, {200})
        w.kill()
        return shown, [d[2] for d in documents]

    def test_everything_leaves_and_comes_back(self):
        w = self.world
        old = w.config
        made = Traffic(w).make()
        still = [*made["delivered"], made["failed"], made["deferred"], made["cancelled"]]
        folder = w.dir / "export"
        said = command(old, "export", "--out", str(folder), "--as", "anne", "--lang", "en")
        self.assertIn("7 submissions, 7 documents, 7 contents", said)
        self.assertIn("is there already", self.fails(old, "export", "--out", str(folder), "--as", "anne", "--lang", "en"))
        self.assertIn("existe déjà", self.fails(old, "export", "--out", str(folder), "--as", "anne", "--lang", "fr"))
        first = made["delivered"][0]
        self.assertEqual((folder / "documents" / first[:2] / f"{first}.1.xml").read_bytes(),
                         harness.variant(LDL, "1.2.250.1.999.2.8.8101.1"))
        subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "SHA256SUMS"], cwd=folder, check=True)
        verified, figures, events = account(old)
        self.assertEqual((folder / "ledger.jsonl").read_text(), events)

        # Damage is found before anything is written.
        new = self.fresh()
        victim = folder / "documents" / first[:2] / f"{first}.1.xml"
        whole = victim.read_bytes()
        victim.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        self.assertIn("does not match its SHA-256", self.fails(new, "import", "--from", str(folder), "--as", "b", "--lang", "en"))
        self.assertIn("endommagé", self.fails(new, "import", "--from", str(folder), "--as", "b", "--lang", "fr"))
        self.assertFalse((w.dir / "new-data" / "liaison.sqlite").exists())
        victim.write_bytes(whole)

        key = next(l.split('"')[1] for l in old.read_text().splitlines() if l.startswith("seal_file"))
        self.assertIn("not that of the given key", self.fails(
            new, "import", "--from", str(folder), "--as", "b", "--seal-key", str(w.dir / "new-master"), "--lang", "en"))
        self.killed(new, folder, verified["events"] + 1)
        said = command(new, "import", "--from", str(folder), "--as", "bernard", "--seal-key", str(w.dir / key), "--lang", "en")
        self.assertIn("is proven", said)
        self.assertIn("not empty", self.fails(new, "import", "--from", str(folder), "--as", "b", "--lang", "en"))
        after = account(new)
        self.assertTrue(after[0]["valid"])
        self.assertEqual(after[0]["events"], verified["events"] + 1)
        self.assertEqual(after[1], figures)
        self.assertGreater(sum(i["numerator"] for i in figures["indicators"]), 0)
        self.assertTrue(after[2].startswith(events))
        last = json.loads(after[2][len(events):])
        self.assertEqual((last["type"], last["actor"], last["fields"]["head"]), ("store.imported", "bernard", verified["head"]))
        self.assertEqual(self.seen(new, still), self.seen(old, still))

    def killed(self, new, folder, events):
        """kill -9 at several instants: nothing that is not whole is taken for whole."""
        for delay in (0.01, 0.02, 0.04, 0.08, 0.16):
            done = subprocess.Popen([harness.LIAISON, "import", "--config", str(new), "--from", str(folder), "--as", "b"],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(delay)
            done.kill()
            done.wait(10)
            code, out, err = self.world.run("ledger", "verify", "--config", str(new), "--json")
            if code == 0:
                self.assertIn(json.loads(out)["events"], (0, events))
                if json.loads(out)["events"] == events:
                    shutil.rmtree(self.world.dir / "new-data")
                    (self.world.dir / "new-data").mkdir()
            else:
                self.assertEqual(code, 2, out)
                self.assertTrue("interrupted" in err or "SQLite" in err, err)

    def fails(self, config, *words):
        done = subprocess.run([harness.LIAISON, *words, "--config", str(config)], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 1, done)
        return done.stderr


if __name__ == "__main__":
    unittest.main(verbosity=2)
