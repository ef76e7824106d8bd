"""Retention in the daemon: contents go when their time is over, and nothing else does; who asks for one hears why."""
import json
import os
import sqlite3
import unittest

import harness

LDL = (harness.SAMPLES / "ldl-ses.xml").read_bytes()
DAY = 86_400_000


class Retention(harness.Case):
    @staticmethod
    def edit_config(text):
        return text + "\n[retention]\ncontents_days = 30\n"

    def hand_over(self, number):
        document = harness.variant(LDL, f"1.2.250.1.999.2.8.{8300 + number}.1")
        status, answer = self.world.submit(document)
        self.assertEqual(status, 201, answer)
        return answer["id"], document

    def get(self, identifier, headers=None):
        return self.world.https("GET", f"/v1/submissions/{identifier}/documents/1", headers=headers or {})

    def command(self, *words, language="en"):
        done = harness.subprocess.run([harness.LIAISON, *words, "--config", str(self.world.config)], capture_output=True,
                                      text=True, timeout=60, env={**os.environ, "LC_ALL": language})
        return done.returncode, done.stdout, done.stderr

    def test_contents_go_after_their_time_and_everything_else_stays(self):
        w = self.world
        old, _ = self.hand_over(1)
        self.assertEqual(w.finished(old)["state"], "done")
        w.faults.write_text(json.dumps({"dmp": [{"action": "refuse", "code": "DMPClosed", "count": 1}]}))
        failed, _ = self.hand_over(2)
        delivery = w.finished(failed)["deliveries"][0]
        self.assertEqual(delivery["state"], "failed")
        young, document = self.hand_over(3)
        w.finished(young)
        figures = self.command("indicators", "--json")
        self.assertEqual(self.get(old)[0], 200)

        # A month passes for two of them.
        w.stop()
        db = sqlite3.connect(w.dir / "data" / "liaison.sqlite")
        self.assertEqual(db.execute("UPDATE submission SET ended_at=ended_at-? WHERE id IN (?,?)",
                                    (30 * DAY, old, failed)).rowcount, 2)
        db.execute("UPDATE submission SET ended_at=ended_at-? WHERE id=?", (29 * DAY, young))
        db.commit()
        db.close()
        w.start()
        harness.wait_for(lambda: "contentsPurgedAt" in w.submission(failed))
        harness.wait_for(lambda: "contentsPurgedAt" in w.submission(old))
        self.assertIn("liaison_submissions_purged_total 2", w.admin("/metrics")[1].decode())

        status, headers, body = self.get(old)
        self.assertEqual((status, headers["Content-Type"]), (410, "application/problem+json"))
        problem = json.loads(body)
        self.assertEqual(problem["findings"][0]["rule"], "RET-01")
        self.assertIn("purgé", problem["findings"][0]["message"]["fr"])
        self.assertEqual(self.get(young)[::2], (200, document))
        # Intake goes on, and a second handover is still the first.
        self.assertEqual(w.finished(self.hand_over(4)[0])["state"], "done")
        self.assertEqual(self.hand_over(1)[0], old)

        for language, words in (("en", "was purged at the end"), ("fr", "a été purgé")):
            code, _, err = self.command("retry", delivery["id"], "--as", "anne", language=language)
            self.assertEqual(code, 1)
            self.assertIn("RET-01", err)
            self.assertIn(words, err)
        shown = w.submission(failed)
        self.assertEqual(shown["state"], "failed")
        self.assertEqual(shown["deliveries"][0]["attempts"], delivery["attempts"])
        self.assertIn("contents purged", self.command("show", old)[1])
        self.assertTrue(*w.ledger_holds())
        events = [json.loads(line) for line in self.command("ledger", "export")[1].splitlines()]
        self.assertEqual(sorted(e["fields"]["submission"] for e in events if e["type"] == "content.purged"),
                         sorted([old, failed]))
        self.assertFalse([e for e in events if e["type"] == "content.read" and e["fields"]["submission"] == failed])
        numerators = [i["numerator"] for i in json.loads(figures[1])["indicators"]]
        after = [i["numerator"] for i in json.loads(self.command("indicators", "--json")[1])["indicators"]]
        self.assertTrue(all(b >= a for a, b in zip(numerators, after)))

    def test_a_period_that_is_no_period_is_refused(self):
        wrong = self.world.dir / "wrong.toml"
        wrong.write_text(self.world.config.read_text().replace("contents_days = 30", "contents_days = 40000"))
        code, _, err = self.world.run("config", "check", str(wrong))
        self.assertEqual(code, 78)
        self.assertIn("retention.contents_days", err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
