"""The official example documents on the whole road, by both doors. Skipped without the shared examples."""
import json
import subprocess
import unittest
import xml.etree.ElementTree as ET

import harness
from main_job_test import NS, SCHEMAS, header_facts, metadata_facts

EXAMPLES = harness.SHARED / "examples" / "cda"
COLLEAGUE = "dr.exemple@cabinet.mssante.example"


@unittest.skipUnless(EXAMPLES.exists(), "no shared examples beside the checkout")
class Official(harness.Case):
    def test_each_arrives_byte_for_byte_with_true_metadata(self):
        w = self.world
        arrived = 0
        verdicts = json.loads((EXAMPLES / "verdicts.json").read_text())["documents"]
        refused = {v["file"] for v in verdicts if v["verdict"] == "reject"}
        for number, path in enumerate(sorted(EXAMPLES.glob("*.xml"))):
            with self.subTest(document=path.name):
                document = path.read_bytes()
                if path.name in refused:
                    self.assertEqual(w.submit(document, f"recipients={COLLEAGUE}")[0], 422)
                    continue
                if number % 2:
                    status, answer = w.submit(document, f"dmp=true&recipients={COLLEAGUE}")
                    self.assertIn(status, (201, 422), answer)
                    if status == 422:  # the policy of a destination; the mailbox alone must do
                        rules = {f["rule"] for f in answer["findings"] if f["severity"] == "error"}
                        self.assertTrue(all(r.startswith(("DMP-", "INS-10")) for r in rules), answer["findings"])
                        status, answer = w.submit(document, f"recipients={COLLEAGUE}")
                        self.assertEqual(status, 201, answer)
                    identifier = answer["id"]
                else:
                    identifier = harness.identifier_in(w.send(w.mail([document]), [COLLEAGUE]))
                s = w.finished(identifier)
                if b'typeCode="RPLC"' in document:  # what it replaces is not in this DMP
                    dmp = [d for d in s["deliveries"] if d["destination"]["kind"] == "dmp"]
                    self.assertTrue(all("XDSReplaceFailed" in d["reason"] for d in dmp), dmp)
                    s["deliveries"] = [d for d in s["deliveries"] if d not in dmp]
                    self.assertEqual({d["state"] for d in s["deliveries"]}, {"delivered"})
                else:
                    self.assertEqual(s["state"], "done", s["deliveries"])
                archive = harness.archive_of(w.mails(COLLEAGUE)[-1])
                self.assertEqual(archive.read("IHE_XDM/SUBSET01/DOC00001.XML"), document)
                meta = archive.read("IHE_XDM/SUBSET01/METADATA.XML")
                if SCHEMAS.exists():
                    done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", SCHEMAS / "lcm.xsd", "-"],
                                          input=meta, capture_output=True)
                    self.assertEqual(done.returncode, 0, done.stderr)
                if any(d["destination"]["kind"] == "dmp" for d in s["deliveries"]):
                    deposit = w.deposits()[-1]
                    self.assertEqual((deposit / "document.xml").read_bytes(), document)
                    said = json.loads((deposit / "metadata.json").read_text())["documents"][0]
                    root = ET.fromstring(document)
                    if root.tag == "{urn:hl7-org:v3}ClinicalDocument":
                        facts = header_facts(document)
                        entry = metadata_facts(ET.fromstring(meta).find(".//rim:ExtrinsicObject", NS))
                        self.assertEqual(said["uniqueId"], entry["uniqueId"])
                        self.assertEqual(said["patientId"], facts["patientId"])
                        self.assertEqual(said["typeCode"]["code"], facts["typeCode"])
                        self.assertEqual(said["healthcareFacilityTypeCode"]["code"], facts["facility"])
                        self.assertEqual(said["practiceSettingCode"]["code"], facts["practice"])
                arrived += 1
        print(f"{arrived} documents arrived", flush=True)
        self.assertGreater(arrived, 30)
        self.assertTrue(*w.ledger_holds())


if __name__ == "__main__":
    unittest.main(verbosity=2)
