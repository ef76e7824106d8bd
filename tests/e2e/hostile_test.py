"""What an attacker on the hospital network, or a broken emitter, hands over: each input gets a clear refusal with the id
of a rule, nothing is committed, and the gateway goes on."""
import base64
import http.client
import io
import json
import smtplib
import socket
import ssl
import struct
import unittest
import zipfile

import harness

LDL = (harness.SAMPLES / "ldl-ses.xml").read_bytes()
COLLEAGUE = "dr.exemple@cabinet.mssante.example"
FROM = "dpi@hopital.mssante.example"


def changed(old, new):
    assert old in LDL, old
    return LDL.replace(old, new, 1)


def zip_of(files, **how):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **how) as z:
        for name, content in files:
            z.writestr(name, content)
    return out.getvalue()


class Hostile(harness.Case):
    @staticmethod
    def edit_config(text):
        return text.replace("[smtp]\n", "[smtp]\nmax_message_bytes = 3000000\n").replace(
            "[https]\n", "[https]\nmax_body_bytes = 3000000\n")

    def setUp(self):
        self.before = self.accepted()

    def tearDown(self):
        self.assertEqual(self.accepted(), self.before, "something was committed")
        self.assertIsNone(self.world.gateway.poll(), "the gateway died")
        self.assertEqual(self.world.admin("/readyz")[0], 200)

    def accepted(self):
        text = self.world.admin("/metrics")[1].decode()
        return next(l for l in text.splitlines() if 'result="accepted"' in l)

    # --- helpers ----------------------------------------------------------------------------------------------
    def refused_by_https(self, document, rule, query="dmp=true", status=422):
        got, answer = self.world.submit(document, query)
        self.assertEqual(got, status, answer)
        rules = [f["rule"] for f in answer["findings"]]
        self.assertIn(rule, rules)
        for f in answer["findings"]:
            self.assertTrue(f["message"]["fr"] and f["message"]["en"] and f["remedy"]["fr"] and f["remedy"]["en"])

    def refused_by_smtp(self, message, rule, recipients=("dmp@liaison.invalid",)):
        with self.assertRaises(smtplib.SMTPResponseException) as caught:
            self.world.send(message, list(recipients))
        text = caught.exception.smtp_error.decode()
        self.assertEqual(caught.exception.smtp_code // 100, 5, text)
        self.assertIn(rule, text)

    def raw(self):
        """A TLS socket on the SMTPS port, greeted and ready for MAIL."""
        s = self.world.tls().wrap_socket(socket.create_connection(("localhost", self.world.about["gateway"]["smtps"]), 20),
                                         server_hostname="localhost")
        f = s.makefile("rwb", buffering=0)
        self.assertTrue(self.line(f).startswith("220"))
        self.say(f, "EHLO x")
        while self.line(f)[3] == "-":
            pass
        return s, f

    @staticmethod
    def line(f):
        return f.readline().decode(errors="replace")

    @staticmethod
    def say(f, text):
        f.write(text.encode() + b"\r\n")

    def data(self, content):
        """Hands raw bytes over as DATA. Gives every reply line until the connection closes or goes quiet."""
        s, f = self.raw()
        self.say(f, f"MAIL FROM:<{FROM}>")
        self.line(f)
        self.say(f, "RCPT TO:<dmp@liaison.invalid>")
        self.line(f)
        self.say(f, "DATA")
        self.assertTrue(self.line(f).startswith("354"))
        f.write(content)
        s.settimeout(4)
        replies = []
        try:
            while text := self.line(f):
                replies.append(text.strip())
        except (TimeoutError, OSError):
            pass
        s.close()
        return replies

    # --- who are you ------------------------------------------------------------------------------------------
    def test_01_no_certificate_and_no_login_by_smtp(self):
        with self.world.smtp(who=None) as s:
            s.ehlo()
            code, text = s.mail(FROM)
        self.assertEqual(code, 530)
        self.assertIn(b"AUTH-01", text)

    def test_02_wrong_password(self):
        with self.world.smtp(who=None) as s:
            with self.assertRaises(smtplib.SMTPAuthenticationError) as caught:
                s.login("labo", "wrong")
        self.assertIn(b"AUTH-01", caught.exception.smtp_error)

    def test_03_no_certificate_by_https(self):
        status, _, body = self.world.https("POST", "/v1/submissions?dmp=true", LDL, who=None)
        self.assertEqual((status, json.loads(body)["findings"][0]["rule"]), (401, "AUTH-01"))

    def test_04_certificates_that_are_expired_or_revoked(self):
        for who in ("expired", "revoked"):
            with self.assertRaises((ssl.SSLError, OSError, http.client.HTTPException)):
                self.world.https("GET", "/openapi.json", who=who)

    def test_05_a_valid_certificate_of_nobody_we_know(self):
        status, _, body = self.world.https("POST", "/v1/submissions?dmp=true", LDL, who="operator")
        self.assertEqual((status, json.loads(body)["findings"][0]["rule"]), (401, "AUTH-01"))

    def test_06_clear_text_before_starttls(self):
        with smtplib.SMTP("localhost", self.world.about["gateway"]["submission"], timeout=20) as s:
            s.ehlo()
            self.assertNotIn("auth", s.esmtp_features)
            code, text = s.mail(FROM)
        self.assertEqual(code, 530)
        self.assertIn(b"AUTH-01", text)

    def test_07_commands_slipped_in_behind_starttls(self):
        s = socket.create_connection(("localhost", self.world.about["gateway"]["submission"]), 20)
        f = s.makefile("rwb", buffering=0)
        self.line(f)
        self.say(f, "EHLO x")
        while self.line(f)[3] == "-":
            pass
        f.write(b"STARTTLS\r\nEHLO injected\r\nMAIL FROM:<dpi@hopital.mssante.example>\r\n")
        self.assertTrue(self.line(f).startswith("220"))
        s = self.world.tls().wrap_socket(s, server_hostname="localhost")
        s.sendall(b"RCPT TO:<dmp@liaison.invalid>\r\n")
        self.assertTrue(s.recv(200).startswith(b"503"))  # nothing of what was slipped in has been heard
        s.close()

    def test_08_old_tls(self):
        context = self.world.tls()
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, OSError, ValueError)):
            context.wrap_socket(socket.create_connection(("localhost", self.world.about["gateway"]["smtps"]), 20),
                                server_hostname="localhost")

    # --- envelope ---------------------------------------------------------------------------------------------
    def test_09_sender_of_somebody_else(self):
        with self.world.smtp() as s:
            s.ehlo()
            code, text = s.mail("dr.exemple@cabinet.mssante.example")
        self.assertEqual(code, 550)
        self.assertIn(b"MSS-004", text)

    def test_10_recipient_outside_the_trust_space(self):
        with self.world.smtp() as s:
            s.ehlo()
            s.mail(FROM)
            code, text = s.rcpt("someone@gmail.com")
        self.assertEqual(code, 550)
        self.assertIn(b"MSS-002", text)
        self.refused_by_https(LDL, "MSS-002", "recipients=someone@gmail.com")

    def test_11_a_domain_that_ends_like_a_trusted_one(self):
        for to in ("x@evilcabinet.mssante.example", "x@cabinet.mssante.example.evil.com", "x@sub.cabinet.mssante.example"):
            self.refused_by_https(LDL, "MSS-002", f"recipients={to}")

    def test_12_recipient_with_line_ends(self):
        self.refused_by_https(LDL, "MSS-001", "recipients=x%0d%0aRCPT%20TO:%3Cy@evil.com%3E@cabinet.mssante.example")

    def test_13_patient_mailbox_of_somebody_else(self):
        self.refused_by_https(LDL, "MSS-012", "recipients=279035121518989@patient.mssante.fr")

    # --- smuggling --------------------------------------------------------------------------------------------
    def test_14_smuggled_end_of_data(self):
        document = self.world.mail([LDL]).as_bytes()
        second = (f"MAIL FROM:<{FROM}>\r\nRCPT TO:<dmp@liaison.invalid>\r\nDATA\r\n").encode()
        for end in (b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\r\n.\n", b"\r.\r\n", b"\n\n.\r\n"):
            with self.subTest(end=end):
                replies = self.data(document + end + second + document + b"\r\n.\r\n")
                self.assertEqual([r[:3] for r in replies], ["550"], replies)
                self.assertIn("SMTP-01", replies[0])

    def test_15_bare_line_feeds(self):
        replies = self.data(self.world.mail([LDL]).as_bytes().replace(b"\r\n", b"\n") + b"\r\n.\r\n")
        self.assertIn("SMTP-01", replies[0])

    def test_16_both_lengths_in_http(self):
        c = self.world.tls().wrap_socket(socket.create_connection(("localhost", self.world.about["gateway"]["https"]), 20),
                                         server_hostname="localhost")
        c.sendall(b"POST /v1/submissions?dmp=true HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
                  b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        self.assertIn(b" 400 ", c.recv(200))
        c.close()

    # --- size -------------------------------------------------------------------------------------------------
    def test_17_announced_too_large(self):
        with self.world.smtp() as s:
            s.ehlo()
            code, text = s.mail(FROM, ["SIZE=99999999"])
        self.assertEqual(code, 552)
        self.assertIn(b"SMTP-02", text)

    def test_18_sent_too_large(self):
        replies = self.data(b"Subject: x\r\n\r\n" + (b"a" * 76 + b"\r\n") * 50_000 + b".\r\n")
        self.assertTrue(replies[0].startswith("552"))
        self.assertIn("SMTP-02", replies[0])

    def test_19_a_line_too_long(self):
        replies = self.data(b"Subject: x\r\n\r\n" + b"a" * 5000 + b"\r\n.\r\n")
        self.assertIn("SMTP-03", replies[0])

    def test_20_http_body_too_large(self):
        status, _, _ = self.world.https("POST", "/v1/submissions?dmp=true", b"x" * 3_100_000)
        self.assertEqual(status, 413)

    def test_21_http_headers_too_large(self):
        status, _, _ = self.world.https("GET", "/openapi.json", headers={"X-Long": "a" * 40_000})
        self.assertEqual(status, 431)

    def test_21b_a_stranger_is_refused_before_his_body_is_read(self):
        s = self.world.tls(None).wrap_socket(
            socket.create_connection(("localhost", self.world.about["gateway"]["https"]), 20), server_hostname="localhost")
        s.sendall(b"POST /v1/submissions?dmp=true HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n")
        self.assertIn(b" 401 ", s.recv(200))
        s.close()

    # --- XML --------------------------------------------------------------------------------------------------
    def test_22_external_entity(self):
        head, body = LDL.split(b"?>\n", 1)
        self.refused_by_https(head + b'?>\n<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n' + body, "XML-03")

    def test_23_billion_laughs(self):
        head, body = LDL.split(b"?>\n", 1)
        bomb = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
        self.refused_by_https(head + b'?>\n<!DOCTYPE x [<!ENTITY l0 "lol">' + bomb + b"]>\n" + body, "XML-03")

    def test_24_nesting(self):
        self.refused_with_prefix(b"<a>" * 100_000, "XML-")

    def refused_with_prefix(self, document, prefix):
        status, answer = self.world.submit(document)
        self.assertEqual(status, 422)
        self.assertTrue(answer["findings"][0]["rule"].startswith(prefix), answer)

    def test_25_many_attributes(self):
        self.refused_with_prefix(b"<a " + b" ".join(b"a%d='1'" % n for n in range(5000)) + b"/>", "XML-")

    def test_26_not_xml(self):
        self.refused_with_prefix(b"\x00\x01\x02 not xml", "XML-")
        self.refused_with_prefix(LDL[:len(LDL) // 2], "XML-")

    def test_27_broken_utf8(self):
        self.refused_with_prefix(LDL.replace("é".encode(), b"\xc3\x28", 1), "XML-")

    def test_28_xml_of_another_kind(self):
        self.refused_by_https(b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "HDR-001")

    # --- identity ---------------------------------------------------------------------------------------------
    def test_29_matricule_of_the_wrong_form(self):
        self.refused_by_https(changed(b'extension="285057599900197"', b'extension="28505759990019"'), "INS-01")

    def test_30_without_an_ins_to_the_dmp_and_the_patient(self):
        anonymous = changed(b'<id root="1.2.250.1.213.1.4.10" extension="285057599900197"/>', b"")
        self.refused_by_https(anonymous, "INS-10")
        self.refused_by_https(anonymous, "INS-10", "patient=true")

    def test_31_two_matricules(self):
        status, answer = self.world.submit(changed(
            b'<id root="1.2.250.1.213.1.4.10" extension="285057599900197"/>',
            b'<id root="1.2.250.1.213.1.4.10" extension="285057599900197"/>'
            b'<id root="1.2.250.1.213.1.4.10" extension="279035121518989"/>'))
        self.assertEqual(status, 422)
        self.assertTrue(any(f["rule"].startswith("INS-") for f in answer["findings"]), answer)

    def test_32_two_patients_in_one_submission(self):
        other = harness.variant(changed(b"FICTIVE", b"AUTRE").replace(b"285057599900197", b"279035121518989"),
                                "1.2.250.1.999.2.8.60.1")
        self.refused_by_smtp(self.world.mail([LDL, other]), "SUB-01")

    def test_33_one_document_twice_under_one_id(self):
        self.refused_by_smtp(self.world.mail([LDL, changed(b"favorable", b"defavorable")]), "SUB-02")

    # --- containers -------------------------------------------------------------------------------------------
    def test_34_truncated_base64(self):
        message = self.world.mail([LDL]).as_bytes()
        coded = base64.encodebytes(LDL).replace(b"\n", b"\r\n")
        head = message.split(b"\r\n\r\n")[0]
        boundary = head.split(b'boundary="')[1].split(b'"')[0]
        broken = (head + b"\r\n\r\n--" + boundary + b"\r\nContent-Type: text/xml; name=a.xml\r\n"
                  b"Content-Transfer-Encoding: base64\r\n\r\n" + coded[:1999] + b"\r\n--" + boundary + b"--\r\n")
        self.refused_by_smtp(broken, "MIME-02")

    def test_35_multipart_without_its_end(self):
        message = self.world.mail([LDL]).as_bytes()
        self.refused_by_smtp(message[:message.rindex(b"--")][:-40], "MIME-0")

    def test_36_multipart_that_nests_too_deep(self):
        body = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(60))
        self.refused_by_smtp(b"From: a@b\r\n" + body + b"\r\nx\r\n", "MIME-0")

    def test_37_two_content_types(self):
        message = self.world.mail([LDL]).as_bytes()
        twice = message.replace(b"Content-Type: multipart/mixed", b"Content-Type: text/plain\r\nContent-Type: multipart/mixed", 1)
        self.refused_by_smtp(twice, "MIME-05")

    def test_38_mail_without_a_document(self):
        self.refused_by_smtp(self.world.mail([]), "MIME-04")

    def test_39_zip_bomb(self):
        self.refused_by_https(zip_of([("IHE_XDM/SUBSET01/METADATA.XML", b"\0" * 300_000_000)]), "XDM-03")
        self.refused_by_https(zip_of([(f"IHE_XDM/SUBSET01/D{n}.XML", b"x") for n in range(5000)]), "XDM-03")

    def test_40_zip_that_leaves_its_folder(self):
        for name in ("../../etc/cron.d/x", "/etc/passwd", "IHE_XDM\\..\\x", "C:x"):
            self.refused_by_https(zip_of([(name, b"x")]), "XDM-02")

    def test_41_zip_that_is_encrypted_or_broken(self):
        good = bytearray(zip_of([("IHE_XDM/SUBSET01/METADATA.XML", b"<a/>")]))
        locked = bytearray(good)
        at = locked.rindex(b"PK\x01\x02")
        struct.pack_into("<H", locked, at + 8, struct.unpack_from("<H", locked, at + 8)[0] | 1)
        struct.pack_into("<H", locked, 6, struct.unpack_from("<H", locked, 6)[0] | 1)
        status, answer = self.world.submit(bytes(locked))
        self.assertEqual(status, 422)
        self.assertIn(answer["findings"][0]["rule"], ("XDM-04", "XDM-01"))
        self.refused_by_https(bytes(good[:-10]), "XDM-01")

    def test_42_archive_without_metadata_or_with_a_wrong_hash(self):
        self.refused_by_https(zip_of([("IHE_XDM/SUBSET01/DOC00001.XML", LDL)]), "XDM-05")
        meta = (b'<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0" '
                b'xmlns:rim="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"><rim:RegistryObjectList>'
                b'<rim:ExtrinsicObject id="D1" mimeType="text/xml"><rim:Slot name="URI"><rim:ValueList>'
                b'<rim:Value>DOC00001.XML</rim:Value></rim:ValueList></rim:Slot><rim:Slot name="hash"><rim:ValueList>'
                b'<rim:Value>0000000000000000000000000000000000000000</rim:Value></rim:ValueList></rim:Slot>'
                b'</rim:ExtrinsicObject><rim:RegistryPackage id="S1"/></rim:RegistryObjectList></lcm:SubmitObjectsRequest>')
        self.refused_by_https(zip_of([("IHE_XDM/SUBSET01/METADATA.XML", meta), ("IHE_XDM/SUBSET01/DOC00001.XML", LDL)]),
                              "XDM-06")

    # --- requests ---------------------------------------------------------------------------------------------
    def test_43_malformed_form(self):
        for body in (b"", b"--b\r\n", b"--b\r\nContent-Disposition: form-data; name=document\r\n\r\nx",
                     b"--b\r\n\r\nx\r\n--b--"):
            status, _, answer = self.world.https("POST", "/v1/submissions", body,
                                                 {"Content-Type": "multipart/form-data; boundary=b"})
            self.assertEqual((status, json.loads(answer)["findings"][0]["rule"]), (422, "HTTP-01"), body)

    def test_44_directives_that_cannot_be_read(self):
        self.refused_by_https(LDL, "SUB-04", "dmp=perhaps")
        self.refused_by_https(LDL, "SUB-04", "nonsense=true")
        self.refused_by_https(LDL, "SUB-05", "")
        self.refused_by_https(b"", "SUB-03")

    def test_45_masked_and_hidden_at_once(self):
        self.refused_by_https(LDL, "DMP-02", "dmp=true&visibility.maskedToProfessionals=true&visibility.hiddenFromPatient=true")

    def test_46_ids_that_are_none(self):
        for path in ("/v1/submissions/../../etc/passwd", "/v1/submissions/%00", "/v1/submissions/' OR 1=1 --".replace(" ", "%20"),
                     "/v1/submissions/x/documents/-1", "/v1/submissions/x/documents/99999999999999999999"):
            self.assertEqual(self.world.https("GET", path)[0], 404, path)
        self.assertEqual(self.world.https("DELETE", "/v1/submissions")[0], 405)

    def test_47_admin_acts_without_a_name_or_from_another_site(self):
        w = self.world
        path = "/v1/deliveries/00000000-0000-0000-0000-000000000000/cancel"
        self.assertEqual(w.admin(path, "POST")[0], 400)
        self.assertEqual(w.admin(path, "POST", {"Host": "evil.example", "X-Liaison-Actor": "x"})[0], 421)


if __name__ == "__main__":
    unittest.main(verbosity=2)
