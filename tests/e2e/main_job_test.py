"""The straight road: in by SMTPS and HTTPS, out to the DMP and to mailboxes, receipts back, figures right."""
import json
import pathlib
import re
import subprocess
import unittest
import xml.etree.ElementTree as ET

import harness

LDL = (harness.SAMPLES / "ldl-ses.xml").read_bytes()
BIO = (harness.SAMPLES / "cr-bio.xml").read_bytes()
NS = {"h": "urn:hl7-org:v3", "rim": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0",
      "lcm": "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"}
SCHEMAS = harness.SHARED / "spec" / "xds-schemas"


def header_facts(document):
    """Another reading of the CDA header than ours."""
    root = ET.fromstring(document)
    patient = root.find("h:recordTarget/h:patientRole", NS)
    ins = next(i for i in patient.findall("h:id", NS) if i.get("root").startswith("1.2.250.1.213.1.4."))
    return {"uniqueId": root.find("h:id", NS).get("root"), "typeCode": root.find("h:code", NS).get("code"),
            "title": root.find("h:title", NS).text, "language": root.find("h:languageCode", NS).get("code"),
            "patientId": f"{ins.get('extension')}^^^&{ins.get('root')}&ISO^NH",
            "facility": root.find(".//h:healthCareFacility/h:code", NS).get("code"),
            "practice": root.find("h:documentationOf//h:performer//h:standardIndustryClassCode", NS).get("code")}


def classification(entry, scheme):
    for c in entry.findall("rim:Classification", NS):
        if c.get("classificationScheme") == "urn:uuid:" + scheme:
            return c.get("nodeRepresentation")


def metadata_facts(entry):
    def external(name):
        for i in entry.findall("rim:ExternalIdentifier", NS):
            if i.find("rim:Name/rim:LocalizedString", NS).get("value") == name:
                return i.get("value")
    def slot(name):
        for s in entry.findall("rim:Slot", NS):
            if s.get("name") == name:
                return s.find("rim:ValueList/rim:Value", NS).text
    return {"uniqueId": external("XDSDocumentEntry.uniqueId"), "patientId": external("XDSDocumentEntry.patientId"),
            "typeCode": classification(entry, "f0306f51-975f-434e-a61c-c59651d33983"),
            "facility": classification(entry, "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1"),
            "practice": classification(entry, "cccf5598-8b07-4b77-a05e-ae952c785ead"),
            "title": entry.find("rim:Name/rim:LocalizedString", NS).get("value"), "language": slot("languageCode")}


def mime_parts(raw, content_type):
    """MTOM parts by another reading: split on the boundary."""
    boundary = content_type.split('boundary="')[1].split('"')[0].encode()
    parts = raw.split(b"--" + boundary)[1:-1]
    return [p.split(b"\r\n\r\n", 1)[1][:-2] for p in parts]


class MainJob(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        w = cls.world
        message = w.mail([LDL])
        cls.by_smtp = w.finished(harness.identifier_in(
            w.send(message, ["dmp@liaison.invalid", "dr.exemple@cabinet.mssante.example"])))
        status, answer = w.submit(BIO, "dmp=true&patient=true&recipients=dr.exemple@cabinet.mssante.example")
        assert status == 201, answer
        cls.by_https = w.finished(answer["id"])

    def deposit_of(self, document):
        found = [p for p in self.world.deposits() if (p / "document.xml").read_bytes() == document]
        self.assertEqual(len(found), 1)
        return found[0]

    def test_every_delivery_is_delivered_with_a_receipt(self):
        for s in (self.by_smtp, self.by_https):
            self.assertEqual(s["state"], "done")
            for d in s["deliveries"]:
                self.assertEqual(d["state"], "delivered")
                self.assertTrue(d["receipts"])
                self.assertEqual([a["outcome"] for a in d["attempts"]], ["delivered"])

    def test_documents_arrive_byte_for_byte(self):
        for document in (LDL, BIO):
            self.deposit_of(document)
        for mail in self.world.mails("dr.exemple@cabinet.mssante.example"):
            archive = harness.archive_of(mail)
            self.assertIsNone(archive.testzip())
            self.assertIn(archive.read("IHE_XDM/SUBSET01/DOC00001.XML"), (LDL, BIO))

    def test_mail_has_the_form_of_the_trust_space(self):
        mail = next(m for m in self.world.mails("dr.exemple@cabinet.mssante.example")
                    if m["X-MSS-CODECDA"] == "11490-0")
        self.assertTrue(mail["Subject"].startswith("XDM/1.0/DDM+Lettre de liaison"))
        self.assertTrue(mail["Subject"].endswith(" FICTIVE OCEANE 17/05/1985"))
        self.assertEqual((mail["X-MSS-INS"], mail["X-MSS-NIL"]), ("O", "SANDBOX"))
        self.assertIn("voir le document", mail.get_body().get_content())
        names = [a.get_filename() for a in mail.iter_attachments()]
        self.assertEqual(names[0], "IHE_XDM.ZIP")
        self.assertTrue(names[1].endswith("_FICTIVE_OCEANE.pdf"), names)
        pdf = list(mail.iter_attachments())[1].get_content()
        self.assertTrue(pdf.startswith(b"%PDF-"))
        self.assertEqual(mail.defects, [])

    def test_patient_gets_his_own_mail(self):
        mails = self.world.mails("285057599900197@patient.mssante.fr")
        self.assertEqual(len(mails), 1)
        self.assertEqual(harness.archive_of(mails[0]).read("IHE_XDM/SUBSET01/DOC00001.XML"), BIO)

    def test_metadata_agrees_with_the_header_by_another_reading(self):
        for mail in self.world.mails("dr.exemple@cabinet.mssante.example"):
            archive = harness.archive_of(mail)
            meta = archive.read("IHE_XDM/SUBSET01/METADATA.XML")
            entry = ET.fromstring(meta).find(".//rim:ExtrinsicObject", NS)
            self.assertEqual(metadata_facts(entry), header_facts(archive.read("IHE_XDM/SUBSET01/DOC00001.XML")))
            if SCHEMAS.exists():
                done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", SCHEMAS / "lcm.xsd", "-"],
                                      input=meta, capture_output=True)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_deposit_request_stands_before_independent_tools(self):
        for document in (LDL, BIO):
            folder = self.deposit_of(document)
            headers = (folder / "headers.txt").read_text()
            kind = next(l for l in headers.splitlines() if l.lower().startswith("content-type:"))
            envelope, cda, signature = mime_parts((folder / "request.mime").read_bytes(), kind)
            self.assertEqual(cda, document)
            soap = folder / "soap.xml"
            soap.write_bytes(envelope)
            pki = self.world.dir / "pki"
            trust = ["--trusted-pem", pki / "root.crt", "--untrusted-pem", pki / "intermediate.crt"]
            done = subprocess.run(["xmlsec1", "--verify", "--id-attr:ID",
                                   "urn:oasis:names:tc:SAML:2.0:assertion:Assertion", *trust, soap], capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            lot = folder / "lot.xml"
            lot.write_bytes(signature)
            done = subprocess.run(["xmlsec1", "--verify", "--ignore-manifests", "--id-attr:Id",
                                   "http://www.w3.org/2000/09/xmldsig#:Manifest", "--id-attr:Id",
                                   "http://uri.etsi.org/01903/v1.1.1#:SignedProperties", *trust, lot],
                                  capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            entries = ET.fromstring(envelope).findall(".//rim:ExtrinsicObject", NS)
            self.assertEqual(metadata_facts(entries[0]), header_facts(document))
            if SCHEMAS.exists():
                request = ET.fromstring(envelope).find(".//lcm:SubmitObjectsRequest", NS)
                done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", SCHEMAS / "lcm.xsd", "-"],
                                      input=ET.tostring(request), capture_output=True)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_handing_over_twice_has_one_effect_and_the_same_answer(self):
        before = len(self.world.deposits())
        status, answer = self.world.submit(
            BIO, "dmp=true&patient=true&recipients=dr.exemple@cabinet.mssante.example")
        self.assertEqual((status, answer["id"]), (201, self.by_https["id"]))
        self.assertEqual(len(self.world.deposits()), before)

    def test_same_idempotency_key_with_other_content_is_a_conflict(self):
        w = self.world
        one = harness.variant(LDL, "1.2.250.1.999.2.8.41.1")
        two = harness.variant(LDL, "1.2.250.1.999.2.8.41.2")
        first = w.submit(one, "dmp=true", {"Idempotency-Key": "k1"})
        self.assertEqual(first[0], 201)
        self.assertEqual(w.submit(one, "dmp=true", {"Idempotency-Key": "k1"})[1]["id"], first[1]["id"])
        status, answer = w.submit(two, "dmp=true", {"Idempotency-Key": "k1"})
        self.assertEqual((status, answer["findings"][0]["rule"]), (409, "SUB-07"))

    def test_multipart_carries_directives_and_documents(self):
        document = harness.variant(BIO, "1.2.250.1.999.2.8.42.1")
        directives = json.dumps({"dmp": True, "recipients": ["secretariat@cabinet.mssante.example"],
                                 "body": {"professional": "Texte choisi."}}).encode()
        body = (b'--b\r\nContent-Disposition: form-data; name="directives"\r\nContent-Type: application/json\r\n\r\n'
                + directives + b'\r\n--b\r\nContent-Disposition: form-data; name="document"; filename="x.xml"\r\n\r\n'
                + document + b"\r\n--b--\r\n")
        status, _, answer = self.world.https("POST", "/v1/submissions", body,
                                             {"Content-Type": "multipart/form-data; boundary=b"})
        self.assertEqual(status, 201, answer)
        self.world.finished(json.loads(answer)["id"])
        mail = self.world.mails("secretariat@cabinet.mssante.example")[-1]
        self.assertIn("Texte choisi.", mail.get_body().get_content())
        self.assertEqual(harness.archive_of(mail).read("IHE_XDM/SUBSET01/DOC00001.XML"), document)

    def test_an_archive_by_smtp_with_a_password_over_starttls(self):
        w = self.world
        mail = w.mails("dr.exemple@cabinet.mssante.example")[0]
        archive = next(a.get_content() for a in mail.iter_attachments() if a.get_filename() == "IHE_XDM.ZIP")
        message = w.mail([])
        message.replace_header("From", "labo@labo.mssante.example")
        message.add_attachment(archive, maintype="application", subtype="zip", filename="IHE_XDM.ZIP")
        with w.smtp(who=None, port="submission") as s:
            s.login("labo", (w.dir / "keys" / "labo.password").read_text().strip())
            refused = s.sendmail("labo@labo.mssante.example", ["secretariat@cabinet.mssante.example"],
                                 message.as_bytes())
        self.assertEqual(refused, {})

        def arrived():
            return [m for m in w.mails("secretariat@cabinet.mssante.example")
                    if m["From"] == "labo@labo.mssante.example"]
        self.assertEqual(harness.archive_of(harness.wait_for(arrived)[0]).read("IHE_XDM/SUBSET01/DOC00001.XML"),
                         harness.archive_of(mail).read("IHE_XDM/SUBSET01/DOC00001.XML"))

    def test_a_token_stands_for_a_certificate(self):
        w = self.world
        token = (w.dir / "keys" / "labo.token").read_text().strip()
        path = f"/v1/submissions/{self.by_https['id']}"
        self.assertEqual(w.https("GET", path, who=None)[0], 401)
        self.assertEqual(w.https("GET", path, headers={"Authorization": "Bearer wrong"}, who=None)[0], 401)
        # Known, but the submission is another emitter's: it does not exist for him.
        self.assertEqual(w.https("GET", path, headers={"Authorization": f"Bearer {token}"}, who=None)[0], 404)

    def test_reading_a_document_is_entered_in_the_account(self):
        w = self.world
        status, _, body = w.https("GET", f"/v1/submissions/{self.by_https['id']}/documents/1")
        self.assertEqual((status, body), (200, BIO))
        _, out, _ = w.run("ledger", "export", "--config", str(w.config))
        events = [json.loads(l) for l in out.splitlines()]
        reads = [e for e in events if e["type"] == "content.read"]
        self.assertEqual((reads[-1]["actor"], reads[-1]["fields"]["submission"]), ("dpi", self.by_https["id"]))
        self.assertEqual(w.https("GET", f"/v1/submissions/{self.by_https['id']}/documents/2")[0], 404)

    def test_figures_come_from_the_account(self):
        w = self.world
        code, out, err = w.run("indicators", "--config", str(w.config), "--json")
        self.assertEqual(code, 0, err)
        said = json.loads(out)
        self.assertEqual(said["environment"], "test")
        figures = {i["id"]: i["numerator"] for i in said["indicators"]}
        _, out, _ = w.run("ledger", "export", "--config", str(w.config))
        events = [json.loads(l) for l in out.splitlines()]
        delivered = [e["fields"] for e in events if e["type"] == "delivery.delivered"]
        expected = len({f["setId"] for f in delivered if f["kind"] == "dmp" and f["typeCode"] == "11502-2"})
        self.assertGreaterEqual(expected, 1)
        self.assertEqual(figures["sunes-v1-d2-bio"], expected)
        self.assertEqual(figures["sunes-v1-d1-ldl"],
                         len({f["setId"] for f in delivered if f["kind"] == "dmp" and f["typeCode"] == "11490-0"}))
        self.assertEqual(figures["sunes-v2-msscit"], len({f["delivery"] for f in delivered if f["kind"] == "patient"}))
        self.assertGreaterEqual(figures["sunes-v2-msspro"], 2)

    def test_account_verifies(self):
        self.assertTrue(*self.world.ledger_holds())

    def test_metrics_and_health(self):
        w = self.world
        status, text = w.admin("/metrics")
        self.assertEqual(status, 200)
        names = {l.split("{")[0].split(" ")[0] for l in text.decode().splitlines() if l and not l.startswith("#")}
        self.assertTrue(all(n.startswith("liaison_") for n in names), names)
        self.assertIn(b'liaison_submissions_total{result="accepted"}', text)
        self.assertEqual(w.admin("/healthz")[0], 200)
        self.assertEqual(w.admin("/readyz")[0], 200)
        self.assertEqual(w.admin("/metrics", headers={"Host": "evil.example"})[0], 421)

    def test_openapi_describes_the_api(self):
        status, _, body = self.world.https("GET", "/openapi.json")
        self.assertEqual(status, 200)
        api = json.loads(body)
        self.assertEqual(api["openapi"], "3.1.0")
        self.assertIn("/v1/submissions/{id}", api["paths"])

    def test_no_patient_data_in_the_log(self):
        whole = (self.world.dir / "gateway.log").read_text()
        # Digits of the clock, of ports and of ids that the gateway drew may spell a year by chance.
        log = re.sub(r'"(at|smtps|submission|https|admin)":\d+|"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"', "", whole)
        for secret in ("FICTIVE", "OCEANE", "285057599900197", "1985", "IPP-7001"):
            self.assertNotIn(secret, log)
        for line in whole.splitlines():
            json.loads(line)

    def test_queue_commands(self):
        w = self.world
        code, out, err = w.run("show", self.by_https["id"], "--config", str(w.config))
        self.assertEqual(code, 0, err)
        self.assertIn("delivered", out)
        self.assertNotIn("285057599900197", out)
        code, out, _ = w.run("list", "--state", "delivered", "--config", str(w.config), "--json")
        self.assertEqual(code, 0)
        self.assertGreaterEqual(len(out.splitlines()), 5)
        done = self.by_https["deliveries"][0]["id"]
        self.assertEqual(w.run("cancel", done, "--as", "test", "--config", str(w.config))[0], 1)
        self.assertEqual(w.run("show", "00000000-0000-0000-0000-000000000000", "--config", str(w.config))[0], 1)

    def test_check_takes_archives(self):
        w = self.world
        mail = w.mails("dr.exemple@cabinet.mssante.example")[0]
        archive = w.dir / "IHE_XDM.ZIP"
        archive.write_bytes(next(a.get_content() for a in mail.iter_attachments() if a.get_filename() == "IHE_XDM.ZIP"))
        code, out, err = w.run("check", str(archive), "--environment", "test", "--json")
        self.assertEqual(code, 0, out + err)
        self.assertEqual(len(json.loads(out)["documents"]), 1)

    def test_submit_command(self):
        w = self.world
        document = w.dir / "cli.xml"
        document.write_bytes(harness.variant(LDL, "1.2.250.1.999.2.8.43.1"))
        code, out, err = w.run("submit", str(document), "--dmp", "--to", "dr.exemple@cabinet.mssante.example",
                               "--sandbox", str(w.dir))
        self.assertEqual(code, 0, out + err)
        w.finished(harness.identifier_in(out))
        refused = harness.SAMPLES / "ldl-ses.refused.xml"
        code, out, _ = w.run("submit", str(refused), "--dmp", "--sandbox", str(w.dir))
        self.assertEqual(code, 1)
        self.assertIn("INS-", out)


class Operations(harness.Case):
    def test_reload_takes_new_settings_and_refuses_bad_ones(self):
        w = self.world
        good = w.config.read_text()
        document = harness.variant(LDL, "1.2.250.1.999.2.8.51.1")

        def loaded():
            return (w.dir / "gateway.log").read_text().count('"config.loaded"')
        before = loaded()
        w.config.write_text(good.replace('"cabinet.mssante.example", ', ""))
        w.gateway.send_signal(1)
        harness.wait_for(lambda: loaded() > before)
        status, answer = w.submit(document, "recipients=dr.exemple@cabinet.mssante.example")
        self.assertEqual((status, answer["findings"][0]["rule"]), (422, "MSS-002"))
        w.config.write_text("nonsense = 1\n")
        w.gateway.send_signal(1)
        harness.wait_for(lambda: '"config.refused"' in (w.dir / "gateway.log").read_text())
        self.assertEqual(w.admin("/readyz")[0], 200)
        w.config.write_text(good)
        w.gateway.send_signal(1)
        harness.wait_for(lambda: w.submit(document, "recipients=dr.exemple@cabinet.mssante.example")[0] == 201)

    def test_sigterm_stops_in_time_and_a_new_start_goes_on(self):
        w = self.world
        self.assertEqual(w.stop(15), 0)
        w.start()
        status, answer = w.submit(harness.variant(LDL, "1.2.250.1.999.2.8.52.1"))
        self.assertEqual(status, 201)
        self.assertEqual(w.finished(answer["id"])["state"], "done")
        self.assertTrue(*w.ledger_holds())

    def test_a_balancer_learns_at_the_door_whether_it_is_ready_and_nothing_else(self):
        w = self.world
        status, _, body = w.https("GET", "/readyz", who=None)
        self.assertEqual((status, json.loads(body)), (200, {"status": "ready"}))
        self.assertEqual(w.https("POST", "/readyz", b"x", who=None)[0], 405)
        self.assertEqual(w.https("GET", "/v1/submissions/x", who=None)[0], 401)
        good = w.config.read_text()
        w.config.write_text("queue_limit = 0\n" + good)
        w.gateway.send_signal(1)
        harness.wait_for(lambda: w.https("GET", "/readyz", who=None)[0] == 503)
        self.assertEqual(json.loads(w.https("GET", "/readyz", who=None)[2]), {"status": "short"})
        w.config.write_text(good)
        w.gateway.send_signal(1)
        harness.wait_for(lambda: w.https("GET", "/readyz", who=None)[0] == 200)

    def test_the_tables_go_back_and_forth_while_the_gateway_is_stopped(self):
        w = self.world

        def store(*what):
            code, out, err = w.run("store", *what, "--config", str(w.config))
            return code, out + err

        def version():
            code, said = store("version", "--json")
            self.assertEqual(code, 0, said)
            return json.loads(said)
        status, answer = w.submit(harness.variant(LDL, "1.2.250.1.999.2.8.53.1"))
        self.assertEqual(status, 201)
        newest = version()["known"]
        self.assertEqual(version()["version"], newest)
        code, said = store("migrate", "--to", "1")
        self.assertEqual(code, 1, "under a gateway that runs")
        self.assertIn("in use", said)
        self.assertEqual(w.stop(15), 0)
        self.assertEqual(store("migrate", "--to", "1")[0], 0)
        self.assertEqual(version()["version"], 1)
        self.assertEqual(store("migrate", "--to", str(newest + 1))[0], 1)
        self.assertEqual(version()["version"], 1)
        self.assertTrue(*w.ledger_holds())
        self.assertEqual(store("migrate")[0], 0)
        self.assertEqual(version()["version"], newest)
        w.start()
        self.assertEqual(w.finished(answer["id"])["state"], "done")
        self.assertTrue(*w.ledger_holds())


if __name__ == "__main__":
    unittest.main(verbosity=2)
