"""The verdict at the doors: the same findings everywhere, overrides in the account, value sets read again on SIGHUP, and
archives whose metadata lies."""
import io
import json
import unittest
import zipfile

import harness

LDL = (harness.SAMPLES / "ldl-ses.xml").read_bytes()
BROKEN = LDL.replace(b'<realmCode code="FR"/>', b'<realmCode code="US"/>')
SETS_OF_TYPES = """<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008">
<ValueSet id="1.2.250.1.213.1.1.5.471" displayName="JDV_J07_Essai" dateMaj="20300101000000"><ConceptList>
<Concept code="%s" codeSystem="2.16.840.1.113883.6.1"/></ConceptList></ValueSet></RetrieveValueSetResponse>"""


def rules_of(findings):
    return {f["rule"] for f in findings}


class Verdict(harness.Case):
    def reload(self):
        log = self.world.dir / "gateway.log"
        before = log.read_text().count('"config.loaded"')
        self.world.gateway.send_signal(1)
        harness.wait_for(lambda: log.read_text().count('"config.loaded"') > before)

    def events(self, kind):
        _, out, _ = self.world.run("ledger", "export", "--config", str(self.world.config))
        return [e for e in map(json.loads, out.splitlines()) if e["type"] == kind]

    def test_a_dry_run_says_the_same_and_stores_nothing(self):
        w = self.world
        before = len(self.events("submission.accepted")) + len(self.events("submission.refused"))
        status, dry = w.submit(BROKEN, "dmp=true&dry-run=true")
        self.assertEqual(status, 422)
        file = w.dir / "broken.xml"
        file.write_bytes(BROKEN)
        code, out, _ = w.run("check", str(file), "--json", "--environment", "test")
        self.assertEqual(code, 1)
        self.assertEqual(dry["findings"], json.loads(out)["findings"])
        after = len(self.events("submission.accepted")) + len(self.events("submission.refused"))
        self.assertEqual(before, after)

    def test_an_override_lets_pass_and_each_use_is_in_the_account(self):
        w = self.world
        good = w.config.read_text()
        override = '\n[[override]]\nrule = "HDR-003"\nseverity = "warning"\nreason = "essai"\nauthor = "Dr Fictif"\nuntil = %s\n'
        try:
            self.assertEqual(w.submit(BROKEN)[0], 422)
            w.config.write_text(good + override % "2999-12-31")
            self.reload()
            document = harness.variant(BROKEN, "1.2.250.1.999.2.8.61.1")
            status, answer = w.submit(document)
            self.assertEqual(status, 201, answer)
            used = self.events("rule.overridden")
            self.assertEqual([(e["actor"], e["fields"]["rule"], e["fields"]["submission"]) for e in used],
                             [("Dr Fictif", "HDR-003", answer["id"])])
            w.config.write_text(good + override % "2020-01-31")
            self.reload()
            status, answer = w.submit(harness.variant(BROKEN, "1.2.250.1.999.2.8.61.2"))
            self.assertEqual(status, 422)
            note = next(f["note"] for f in answer["findings"] if f["rule"] == "HDR-003")
            self.assertIn("2020-01-31", note["fr"])
            self.assertEqual(len(self.events("rule.overridden")), 1)
        finally:
            w.config.write_text(good)
            self.reload()

    def test_value_sets_are_read_again_on_sighup(self):
        w = self.world
        good = w.config.read_text()
        folder = w.dir / "jdv"
        folder.mkdir()
        file = folder / "JDV_J07.xml"
        try:
            file.write_text(SETS_OF_TYPES % "11490-0")
            w.config.write_text(good + '\n[check]\nvalue_sets = "jdv"\n')
            self.reload()
            status, answer = w.submit(LDL, "dmp=true&dry-run=true")
            self.assertEqual(status, 200, answer)
            file.write_text(SETS_OF_TYPES % "00000-0")
            self.reload()
            status, answer = w.submit(LDL, "dmp=true&dry-run=true")
            self.assertEqual(status, 422)
            self.assertIn("HDR-010", rules_of(answer["findings"]))
            file.write_text("<broken")  # a bad file changes nothing of the shipped set
            self.reload()
            self.assertEqual(w.submit(LDL, "dmp=true&dry-run=true")[0], 200)
            # and is told to whoever looks: in the log, and by `config check`
            told = [line for line in (w.dir / "gateway.log").read_text().splitlines() if '"value_set.refused"' in line]
            self.assertEqual(len(told), 1)
            self.assertIn("JDV_J07.xml", told[0])
            code, _, said = w.run("config", "check", str(w.config))
            self.assertEqual(code, 0)
            self.assertIn("JDV_J07.xml", said)
        finally:
            w.config.write_text(good)
            self.reload()

    def test_an_archive_whose_metadata_lies_is_refused_and_the_field_named(self):
        w = self.world
        document = harness.variant(LDL, "1.2.250.1.999.2.8.62.1")
        status, answer = w.submit(document, "recipients=dr.exemple@cabinet.mssante.example")
        self.assertEqual(status, 201, answer)
        w.finished(answer["id"])
        true = harness.archive_of(w.mails("dr.exemple@cabinet.mssante.example")[-1])
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as lying:
            for name in true.namelist():
                data = true.read(name)
                if name.endswith("METADATA.XML"):
                    self.assertIn(b'nodeRepresentation="11490-0"', data)
                    data = data.replace(b'nodeRepresentation="11490-0"', b'nodeRepresentation="11502-2"')
                lying.writestr(name, data)
        file = w.dir / "lying.zip"
        file.write_bytes(out.getvalue())
        code, said, _ = w.run("check", str(file), "--json", "--environment", "test")
        self.assertEqual(code, 1)
        found = [f for f in json.loads(said)["findings"] if f["rule"] == "XDM-09"]
        self.assertEqual(len(found), 1)
        self.assertIn("typeCode", found[0]["message"]["en"])
        status, answer = w.submit(out.getvalue(), "dmp=true&dry-run=true")
        self.assertEqual(status, 422)
        self.assertIn("XDM-09", rules_of(answer["findings"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
