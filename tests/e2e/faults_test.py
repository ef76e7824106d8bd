"""Peers that fail: transient errors are retried and arrive once, permanent ones end failed and say why; the other
destination of the same submission never suffers."""
import json
import smtplib
import time
import unittest

import harness

LDL = (harness.SAMPLES / "ldl-ses.xml").read_bytes()
COLLEAGUE = "dr.exemple@cabinet.mssante.example"


class Faults(harness.Case):
    number = 100

    def set_faults(self, dmp=(), smtp=()):
        draft = self.world.faults.with_suffix(".new")
        draft.write_text(json.dumps({"dmp": list(dmp), "smtp": list(smtp)}))
        draft.rename(self.world.faults)

    def tearDown(self):
        self.set_faults()

    def hand_over(self, query=f"dmp=true&recipients={COLLEAGUE}"):
        Faults.number += 1
        document = harness.variant(LDL, f"1.2.250.1.999.2.8.{Faults.number}.1")
        status, answer = self.world.submit(document, query)
        self.assertEqual(status, 201, answer)
        return document, answer["id"]

    def deliveries(self, identifier, seconds=40):
        return {d["destination"]["kind"]: d for d in self.world.finished(identifier, seconds)["deliveries"]}

    def deposits_of(self, document):
        return [p for p in self.world.deposits() if (p / "document.xml").read_bytes() == document]

    def mails_of(self, document):
        return [m for m in self.world.mails(COLLEAGUE)
                if harness.archive_of(m).read("IHE_XDM/SUBSET01/DOC00001.XML") == document]

    def arrives_once_after(self, fault, least_attempts=2):
        self.set_faults(dmp=[fault])
        document, identifier = self.hand_over()
        d = self.deliveries(identifier)
        self.assertEqual(d["dmp"]["state"], "delivered", d["dmp"])
        self.assertGreaterEqual(len(d["dmp"]["attempts"]), least_attempts)
        self.assertEqual(len(self.deposits_of(document)), 1)
        self.assertEqual((d["mssante"]["state"], len(d["mssante"]["attempts"])), ("delivered", 1))

    def test_dmp_unavailable(self):
        self.arrives_once_after({"action": "http", "status": 503, "count": 1})

    def test_dmp_busy(self):
        self.arrives_once_after({"action": "refuse", "code": "XDSRegistryBusy", "count": 2}, 3)

    def test_dmp_soap_fault_of_the_receiver(self):
        self.arrives_once_after({"action": "fault", "code": "Receiver", "count": 1})

    def test_dmp_answers_garbage(self):
        self.arrives_once_after({"action": "garbage", "count": 1})

    def test_dmp_drops_before_taking(self):
        self.arrives_once_after({"action": "drop_before", "count": 1})

    def test_dmp_drops_after_taking_and_no_second_entry_is_made(self):
        self.arrives_once_after({"action": "drop_after", "count": 1})

    def test_dmp_says_duplicate_for_what_it_holds(self):
        # Taken, answer lost, and the registry cannot be asked at first: the resend is met as a duplicate or found.
        self.set_faults(dmp=[{"action": "drop_after", "count": 1},
                             {"action": "http", "transaction": "iti18", "status": 503, "count": 2}])
        document, identifier = self.hand_over("dmp=true")
        self.assertEqual(self.deliveries(identifier)["dmp"]["state"], "delivered")
        self.assertEqual(len(self.deposits_of(document)), 1)

    def test_dmp_refuses_for_good(self):
        self.set_faults(dmp=[{"action": "refuse", "code": "DMPClosed", "count": 1}])
        document, identifier = self.hand_over()
        d = self.deliveries(identifier)
        self.assertEqual(d["dmp"]["state"], "failed")
        self.assertIn("DMPClosed", d["dmp"]["reason"])
        self.assertEqual(self.deposits_of(document), [])
        self.assertEqual(d["mssante"]["state"], "delivered")
        self.assertEqual(self.world.submission(identifier)["state"], "failed")

    def test_every_permanent_code_ends_failed(self):
        for code in ("XDSRepositoryMetadataError", "XDSUnknownPatientId", "XDSPatientIdDoesNotMatch",
                     "XDSNonIdenticalHash", "ACodeThatNobodyKnows"):
            with self.subTest(code=code):
                self.set_faults(dmp=[{"action": "refuse", "code": code, "count": 1}])
                _, identifier = self.hand_over("dmp=true")
                d = self.deliveries(identifier)["dmp"]
                self.assertEqual((d["state"], len(d["attempts"])), ("failed", 1))
                self.assertIn(code, d["reason"])

    def test_operator_transient_replies(self):
        for stage, code in (("mail", 421), ("rcpt", 450), ("data", 451)):
            with self.subTest(stage=stage):
                self.set_faults(smtp=[{"action": "reply", "stage": stage, "code": code, "text": "4.3.0 later", "count": 1}])
                document, identifier = self.hand_over()
                d = self.deliveries(identifier)
                self.assertEqual((d["mssante"]["state"], len(d["mssante"]["attempts"])), ("delivered", 2))
                self.assertEqual(len(self.mails_of(document)), 1)
                self.assertEqual(len(d["dmp"]["attempts"]), 1)

    def test_operator_drops_after_taking_and_the_same_message_comes_again(self):
        self.set_faults(smtp=[{"action": "drop_after", "count": 1}])
        document, identifier = self.hand_over()
        self.assertEqual(self.deliveries(identifier)["mssante"]["state"], "delivered")
        mails = self.mails_of(document)
        self.assertEqual(len(mails), 2)
        self.assertEqual(len({m["Message-ID"] for m in mails}), 1)
        self.assertEqual(len({m.as_bytes().split(b"\n", 2)[2] for m in mails}), 1)

    def test_operator_refuses_for_good_and_the_smtp_emitter_is_told(self):
        w = self.world
        self.set_faults(smtp=[{"action": "reply", "stage": "rcpt", "code": 550, "text": "5.1.1 no such mailbox",
                               "recipient": COLLEAGUE, "count": 1}])
        Faults.number += 1
        document = harness.variant(LDL, f"1.2.250.1.999.2.8.{Faults.number}.1")
        message = w.mail([document])
        reply = w.send(message, ["dmp@liaison.invalid", COLLEAGUE])
        d = self.deliveries(harness.identifier_in(reply))
        self.assertEqual((d["mssante"]["state"], d["dmp"]["state"]), ("failed", "delivered"))
        self.assertIn("5.1.1", d["mssante"]["reason"])

        def told():
            return [m for m in w.mails("dpi@hopital.mssante.example")
                    if m["In-Reply-To"] == message["Message-ID"]]
        dsn = harness.wait_for(told)[0]
        self.assertEqual(dsn.get_content_type(), "multipart/report")
        self.assertEqual(dsn["Return-Path"], "<>")
        status = next(p for p in dsn.walk() if p.get_content_type() == "message/delivery-status")
        fields = [dict(part.items()) for part in status.get_payload()]
        self.assertEqual(fields[1]["Final-Recipient"], f"rfc822; {COLLEAGUE}")
        self.assertEqual(fields[1]["Action"], "failed")
        self.assertIn("5.1.1 no such mailbox", fields[1]["Diagnostic-Code"])
        text = dsn.as_string()
        for secret in ("FICTIVE", "OCEANE", "285057599900197"):
            self.assertNotIn(secret, text)

    def test_the_account_keeps_the_codes_of_each_attempt_and_no_words(self):
        w = self.world
        self.set_faults(smtp=[{"action": "reply", "stage": "data", "code": 451, "text": "4.3.0 FICTIVE OCEANE", "count": 1}],
                        dmp=[{"action": "refuse", "code": "XDSRegistryBusy", "count": 1}])
        _, identifier = self.hand_over()
        self.deliveries(identifier)
        _, out, _ = w.run("ledger", "export", "--config", str(w.config))
        self.assertNotIn("OCEANE", out)
        events = [json.loads(l) for l in out.splitlines() if identifier in l]
        said = {(e["fields"]["kind"], e["type"], e["fields"]["peer"]) for e in events if e["type"].startswith("delivery.")}
        self.assertLessEqual({("mssante", "delivery.deferred", "451 4.3.0"), ("dmp", "delivery.deferred", "XDSRegistryBusy"),
                              ("dmp", "delivery.delivered", "Success"), ("mssante", "delivery.delivered", "250 2.0.0")}, said)

    def test_a_late_answer_is_waited_for(self):
        self.set_faults(dmp=[{"action": "delay", "seconds": 3, "count": 1}])
        document, identifier = self.hand_over()
        d = self.deliveries(identifier)
        self.assertEqual(len(d["dmp"]["attempts"]), 1)
        self.assertEqual(len(self.deposits_of(document)), 1)

    def test_retry_and_cancel_by_a_named_person(self):
        w = self.world
        self.set_faults(dmp=[{"action": "http", "status": 503}])
        document, identifier = self.hand_over("dmp=true")
        delivery = harness.wait_for(lambda: next((d for d in w.submission(identifier)["deliveries"]
                                                  if d["state"] == "deferred"), None))
        code, _, err = w.run("cancel", delivery["id"], "--as", "dr.admin", "--config", str(w.config))
        self.assertEqual(code, 0, err)
        self.assertEqual(self.deliveries(identifier)["dmp"]["state"], "cancelled")
        self.set_faults()
        self.assertEqual(self.deposits_of(document), [])
        _, out, _ = w.run("ledger", "export", "--config", str(w.config))
        acts = [json.loads(l) for l in out.splitlines() if delivery["id"] in l]
        self.assertTrue(any(e["actor"] == "dr.admin" for e in acts), acts)

    def test_z_account_verifies(self):
        self.assertTrue(*self.world.ledger_holds())


class Expiry(harness.Case):
    @staticmethod
    def edit_config(text):
        return text.replace("lifetime_hours = 1", "lifetime_hours = 0")

    def test_what_cannot_be_delivered_in_time_fails_and_says_so(self):
        self.world.faults.write_text(json.dumps({"dmp": [{"action": "http", "status": 503, "count": 99}], "smtp": []}))
        status, answer = self.world.submit(harness.variant(LDL, "1.2.250.1.999.2.8.900.1"))
        self.assertEqual(status, 201, answer)
        d = self.world.finished(answer["id"])["deliveries"][0]
        self.assertEqual(d["state"], "failed")
        self.assertIn("expired", d["reason"])


class FullQueue(harness.Case):
    @staticmethod
    def edit_config(text):
        return "queue_limit = 2\n" + text

    def test_a_full_queue_asks_emitters_to_come_back_and_loses_nothing(self):
        w = self.world
        w.faults.write_text(json.dumps({"dmp": [{"action": "http", "status": 503}]}))
        taken = []
        for n in range(4):
            status, answer = w.submit(harness.variant(LDL, f"1.2.250.1.999.2.8.{910 + n}.1"))
            if status == 201:
                taken.append(answer["id"])
            else:
                self.assertEqual(status, 503)
            time.sleep(1.1)
        self.assertEqual(len(taken), 2)
        document = harness.variant(LDL, "1.2.250.1.999.2.8.920.1")
        with self.assertRaises(smtplib.SMTPResponseException) as caught:
            w.send(w.mail([document]), ["dmp@liaison.invalid"])
        self.assertEqual(caught.exception.smtp_code, 452)
        w.faults.write_text("{}")
        for identifier in taken:
            self.assertEqual(w.finished(identifier)["state"], "done")
        time.sleep(1.1)
        self.assertEqual(w.submit(document)[0], 201)


if __name__ == "__main__":
    unittest.main(verbosity=2)
