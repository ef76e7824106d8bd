"""What is stored gets damaged: what it concerns is named, fails and is told, the rest goes on, and the emitter mends it by
handing the same document over again."""
import sqlite3
import unittest

import harness

LDL = (harness.SAMPLES / "ldl-ses.xml").read_bytes()


class Damage(harness.Case):
    def database(self):
        return sqlite3.connect(next(self.world.dir.rglob("liaison.sqlite")))

    def test_a_damaged_content_fails_alone_and_is_mended_by_its_emitter(self):
        w = self.world
        w.faults.write_text('{"dmp": [{"action": "http", "status": 503, "count": 99}]}')
        documents = [harness.variant(LDL, f"1.2.250.1.999.2.8.640.{n}") for n in range(4)]
        ids = []
        for d in documents:
            status, answer = w.submit(d)
            self.assertEqual(status, 201, answer)
            ids.append(answer["id"])
        w.kill()
        with self.database() as db:
            size = db.execute("SELECT length(content) FROM document WHERE submission=?", (ids[1],)).fetchone()[0]
            content = bytearray(db.execute("SELECT content FROM document WHERE submission=?", (ids[1],)).fetchone()[0])
            content[size // 2] ^= 1
            db.execute("UPDATE document SET content=? WHERE submission=?", (bytes(content), ids[1]))
            db.execute("UPDATE submission SET body='{' WHERE id=?", (ids[2],))
        w.faults.write_text("{}")
        w.start()
        states = [w.finished(i)["state"] for i in ids]
        self.assertEqual(states, ["done", "failed", "failed", "done"])
        reason = w.submission(ids[1])["deliveries"][0]["reason"]
        self.assertIn("damaged", reason)
        self.assertIn("document 1", reason)
        figures = w.admin("/metrics")[1].decode()
        self.assertIn('liaison_damaged_total{peer="dmp"} 2', figures)
        self.assertIn("content.corrupt", (w.dir / "gateway.log").read_text())
        status, body, _ = w.https("GET", f"/v1/submissions/{ids[1]}/documents/1")
        self.assertEqual(status, 500)
        for n in (1, 2):
            status, answer = w.submit(documents[n])
            self.assertEqual((status, answer["id"]), (201, ids[n]))
            self.assertEqual(w.finished(ids[n])["state"], "done")
        deposits = [(p / "document.xml").read_bytes() for p in w.deposits()]
        for d in documents:
            self.assertEqual(deposits.count(d), 1)
        self.assertTrue(*w.ledger_holds())

    def test_a_master_key_of_another_store_is_refused_at_the_start(self):
        w = self.world
        self.assertEqual(w.stop(), 0)
        key = next(line.split('"')[1] for line in w.config.read_text().splitlines() if line.startswith("master_file"))
        path = w.dir / key
        before = path.read_text()
        path.write_text("ab" * 32 + "\n")
        code, _, said = w.run("serve", "--config", str(w.config))
        self.assertNotEqual(code, 0)
        self.assertIn("keys.master_file", said + (w.dir / "gateway.log").read_text())
        path.write_text(before)
        w.start()


if __name__ == "__main__":
    unittest.main(verbosity=2)
