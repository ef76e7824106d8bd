"""SMTP both ways with a real peer: Postfix as the operator that we deliver to, and as the hospital's mail server that
delivers to us. Skipped without Postfix or root."""
import email
import email.policy
import pathlib
import re
import subprocess
import unittest

import harness
import postfix

LDL = (harness.SAMPLES / "ldl-ses.xml").read_bytes()
COLLEAGUE = "dr.exemple@cabinet.mssante.example"


@unittest.skipUnless(postfix.available(), "Postfix is not installed, or we are not root")
class WithPostfix(unittest.TestCase):
    def setUp(self):
        self.world = harness.World()
        self.addCleanup(self.world.close)

    def test_a_mail_that_we_deliver_is_taken_and_stored_by_postfix(self):
        w = self.world
        peer = postfix.Postfix(w.dir / "pki", """
virtual_mailbox_domains = cabinet.mssante.example
virtual_mailbox_base = {base}
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_tls_req_ccert = yes
smtpd_relay_restrictions = permit_tls_clientcerts, reject_unauth_destination
""".replace("{base}", str(w.dir / "virtual")))
        self.addCleanup(peer.close)
        base = w.dir / "virtual"
        base.mkdir()
        base.chmod(0o777)
        w.dir.chmod(0o755)
        text = w.config.read_text()
        w.config.write_text(re.sub(r'(host = "localhost"\nport = )\d+', rf"\g<1>{peer.port}", text))
        w.gateway.send_signal(1)
        harness.wait_for(lambda: '"config.loaded"' in (w.dir / "gateway.log").read_text())
        status, answer = w.submit(LDL, f"recipients={COLLEAGUE}")
        self.assertEqual(status, 201, answer)
        s = w.finished(answer["id"])
        self.assertEqual(s["state"], "done", str(s) + peer.words())
        self.assertIn("queued as", s["deliveries"][0]["receipts"][0]["detail"])
        stored = harness.wait_for(lambda: list((base / "box" / "new").glob("*")), 20)
        mail = email.message_from_bytes(pathlib.Path(stored[0]).read_bytes(), policy=email.policy.default)
        self.assertEqual(harness.archive_of(mail).read("IHE_XDM/SUBSET01/DOC00001.XML"), LDL)

    def test_a_mail_that_postfix_relays_is_taken_from_it(self):
        w = self.world
        peer = postfix.Postfix(w.dir / "pki", f"""
relayhost = [localhost]:{w.about["gateway"]["smtps"]}
smtp_tls_wrappermode = yes
smtp_tls_security_level = encrypt
smtp_tls_cert_file = {{keys}}/emitter.crt
smtp_tls_key_file = {{keys}}/emitter.key
smtp_tls_CAfile = {{keys}}/ca.crt
smtp_host_lookup = native
""")
        self.addCleanup(peer.close)
        message = w.mail([LDL]).as_bytes(policy=email.policy.SMTP.clone(linesep="\n"))
        subprocess.run(["sendmail", "-C", str(peer.config), "-f", w.about["gateway"]["emitterAddress"],
                        "dmp@liaison.invalid", COLLEAGUE], input=message, check=True)
        harness.wait_for(lambda: w.deposits() and w.mails(COLLEAGUE), 30)
        self.assertEqual((w.deposits()[0] / "document.xml").read_bytes(), LDL)
        self.assertEqual(harness.archive_of(w.mails(COLLEAGUE)[0]).read("IHE_XDM/SUBSET01/DOC00001.XML"), LDL)
        self.assertIn("accepted id=", harness.wait_for(lambda: "status=sent" in peer.words() and peer.words()))


class Starttls(harness.Case):
    @staticmethod
    def edit_config(text):
        return text.replace("implicit_tls = true", "implicit_tls = false")

    def test_the_operator_is_reached_by_starttls_and_never_in_clear(self):
        w = self.world
        text = w.config.read_text()
        w.config.write_text(re.sub(r'(host = "localhost"\nport = )\d+', rf'\g<1>{w.about["mssante"]["starttls"]}', text))
        w.gateway.send_signal(1)
        harness.wait_for(lambda: '"config.loaded"' in (w.dir / "gateway.log").read_text())
        status, answer = w.submit(LDL, f"recipients={COLLEAGUE}")
        self.assertEqual(status, 201, answer)
        self.assertEqual(w.finished(answer["id"])["state"], "done")


if __name__ == "__main__":
    unittest.main(verbosity=2)
