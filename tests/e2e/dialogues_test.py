"""SMTP dialogues and tortured mail from the shared examples, against the gateway's own doors. Skipped without them."""
import csv
import json
import smtplib
import socket
import ssl
import time
import unittest

import harness

EXAMPLES = harness.SHARED / "examples" / "mime"
LDL = (harness.SAMPLES / "ldl-ses.xml").read_bytes()
FROM = "dpi@hopital.mssante.example"
TO = "dr.exemple@cabinet.mssante.example"


def stuffed(message):
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in message.split(b"\r\n"))


class Peer:
    def __init__(self, case, world, tls_at_once, before=b""):
        self.case = case
        self.world = world
        port = world.about["gateway"]["smtps" if tls_at_once else "submission"]
        self.socket = socket.create_connection(("localhost", port), 15)
        if tls_at_once:
            self.tls()
        if before:
            self.socket.sendall(before)
        self.held = b""

    def tls(self):
        self.socket = self.world.tls().wrap_socket(self.socket, server_hostname="localhost")
        self.socket.settimeout(15)
        self.held = b""

    def line(self):
        while b"\r\n" not in self.held:
            try:
                more = self.socket.recv(65536)
            except (ConnectionError, ssl.SSLError):
                more = b""
            if not more:
                return None
            self.held += more
        line, self.held = self.held.split(b"\r\n", 1)
        return line.decode(errors="replace")

    def reply(self):
        """(code, lines); code "close" when the connection is closed."""
        lines = []
        while True:
            line = self.line()
            if line is None:
                return "close", lines
            lines.append(line)
            if line[3:4] != "-":
                return line[:3], lines


def fits(code, expected):
    return any(code == e or (e.endswith("xx") and code[:1] == e[0]) for e in expected.split("|"))


@unittest.skipUnless(EXAMPLES.exists(), "no shared examples beside the checkout")
class Dialogues(harness.Case):
    number = 0

    @staticmethod
    def edit_config(text):
        return text.replace("[smtp]\n", "[smtp]\nmax_recipients = 100\n")

    def accepted(self):
        text = self.world.admin("/metrics")[1].decode()
        return int(next(l for l in text.splitlines() if 'result="accepted"' in l).split()[-1])

    def message(self, dots=False):
        Dialogues.number += 1
        document = harness.variant(LDL, f"1.2.250.1.999.2.8.{5000 + Dialogues.number}.1")
        text = "Bonjour,\n.un point\n..deux points\n.\nfin" if dots else "Bonjour"
        return self.world.mail([document], text=text).as_bytes().rstrip(b"\r\n")

    def values(self, most_recipients):
        return {"FROM": FROM, "RCPT": TO, "RCPT_LOCAL": TO.split("@")[0], "RCPT_LINE": f"RCPT TO:<{TO}>",
                "OWN_DOMAIN": "hopital.mssante.example", "MAX_RCPT": str(most_recipients),
                "MSG": stuffed(self.message()).decode(), "MSG2": stuffed(self.message()).decode(),
                "MSG_DOTS": stuffed(self.message(True)).decode(), "MSG_DSN": stuffed(self.message()).decode()}

    @staticmethod
    def fill(text, values):
        for name, value in values.items():
            text = text.replace("${" + name + "}", value)
        return text

    def play(self, case):
        values = self.values(100)
        steps = case["steps"]
        needs_clear = any(s.get("do") == "tls" or "STARTTLS" in s.get("send", "") for s in steps)
        first = steps[0].get("do", "")
        peer = Peer(self, self.world, not needs_clear,
                    self.fill(first[11:], values).encode() if first.startswith("talk-first:") else b"")
        if not first.startswith("talk-first:"):
            self.assertEqual(peer.reply()[0], "220")
        self.addCleanup(lambda: peer.socket.close())
        for s in steps:
            if s.get("delay_ms"):
                time.sleep(s["delay_ms"] / 1000)
            do = s.get("do", "")
            if do == "tls":
                peer.tls()
            elif do == "drop":
                peer.socket.close()
                return
            elif do.startswith("repeat:"):
                _, times, rest = do.split(":", 2)
                text, expected = rest.rsplit(":", 1)
                for n in range(int(self.fill(times, values))):
                    line = self.fill(text, values)
                    if "RCPT" in line:
                        line = line.replace("dr.exemple@", f"dr.exemple{n}@")
                    peer.socket.sendall(line.encode())
                    code, lines = peer.reply()
                    self.assertTrue(fits(code, expected), (case["id"], n, lines))
            elif "send" in s:
                try:
                    peer.socket.sendall(self.fill(s["send"], values).encode("utf-8", "surrogateescape"))
                except OSError:
                    self.assertIn("close", "".join(s.get("expect", ["close"])))
                    return
                for expected in s.get("expect", []):
                    code, lines = peer.reply()
                    self.assertTrue(fits(code, expected), (case["id"], s["send"][:80], expected, code, lines))
                    words = [l[4:].split(" ")[0].upper() for l in lines]
                    for keyword in ([s["present"]] if isinstance(s.get("present"), str) else s.get("present", [])):
                        self.assertIn(keyword.upper(), words)
                    for keyword in ([s["absent"]] if isinstance(s.get("absent"), str) else s.get("absent", [])):
                        self.assertNotIn(keyword.upper(), words)
        peer.socket.close()

    def test_every_dialogue_is_answered_as_the_standards_say(self):
        for text in (EXAMPLES / "smtp" / "sessions.jsonl").read_text().splitlines():
            case = json.loads(text)
            with self.subTest(case=case["id"], trait=case["trait"]):
                before = self.accepted()
                self.play(case)
                time.sleep(0.15)
                taken = self.accepted() - before
                self.assertIn(str(taken), str(case["accepted"]).split("|"), case)

    def test_only_the_true_end_ends_the_data(self):
        with open(EXAMPLES / "smtp" / "end-of-data.tsv", newline="") as table:
            for row in csv.DictReader(table, delimiter="\t"):
                if row["expect"] == "end":
                    continue
                with self.subTest(name=row["name"]):
                    before = self.accepted()
                    peer = Peer(self, self.world, True)
                    peer.reply()
                    for command in (b"EHLO x", f"MAIL FROM:<{FROM}>".encode(), f"RCPT TO:<{TO}>".encode(), b"DATA"):
                        peer.socket.sendall(command + b"\r\n")
                        peer.reply()
                    second = f"MAIL FROM:<{FROM}>\r\nRCPT TO:<{TO}>\r\nDATA\r\n".encode() + self.message()
                    peer.socket.sendall(self.message() + bytes.fromhex(row["hex"]) + second + b"\r\n.\r\n")
                    code, _ = peer.reply()
                    peer.socket.close()
                    time.sleep(0.1)
                    if row["expect"] == "reject":
                        self.assertIn(code, ("550", "554", "521", "close"))
                        self.assertEqual(self.accepted(), before)
                    else:
                        self.assertLessEqual(self.accepted(), before + 1)

    def test_tortured_mail_is_refused_with_a_rule_and_kills_nothing(self):
        before = self.accepted()
        with open(EXAMPLES / "index.tsv", newline="") as table:
            for row in csv.DictReader(table, delimiter="\t"):
                with self.subTest(file=row["file"], trait=row["trait"]):
                    raw = (EXAMPLES / row["file"]).read_bytes()
                    wire = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
                    began = time.monotonic()
                    verdicts = []
                    for _ in range(2):
                        with self.assertRaises(smtplib.SMTPResponseException) as caught:
                            self.world.send(wire, [TO])
                        self.assertEqual(caught.exception.smtp_code // 100, 5)
                        verdicts.append(caught.exception.smtp_error)
                    self.assertEqual(verdicts[0], verdicts[1])
                    self.assertRegex(verdicts[0].decode(), r"(MIME|SMTP|XDM|XML|HDR|SUB)-\d+")
                    self.assertLess(time.monotonic() - began, 3)
        self.assertEqual(self.accepted(), before)
        self.assertIsNone(self.world.gateway.poll())


if __name__ == "__main__":
    unittest.main(verbosity=2)
