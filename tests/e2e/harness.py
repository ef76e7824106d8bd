"""A sandbox and a gateway in a temporary folder, and the emitters' side of both doors."""
import email
import email.policy
import http.client
import io
import json
import os
import pathlib
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
import zipfile
from email.message import EmailMessage

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
SAMPLES = ROOT / "deploy" / "samples"
LIAISON = os.environ.get("LIAISON", str(ROOT / "build" / "release" / "bin" / "liaison"))


def wait_for(what, seconds=30, step=0.05):
    """Calls `what` until it gives something true; gives that back, or fails."""
    end = time.monotonic() + seconds
    while True:
        got = what()
        if got:
            return got
        if time.monotonic() > end:
            raise AssertionError(f"nothing within {seconds} s: {what}")
        time.sleep(step)


def variant(text, oid, set_oid=None):
    """A sample under another document id, so that it is another document."""
    old = text[text.index(b'<id root="1.2.250.1.999.2.8.'):]
    old = old[len(b'<id root="'):old.index(b'"/>')]
    changed = text.replace(b'<id root="' + old + b'"', b'<id root="' + oid.encode() + b'"')
    old_set = text[text.index(b'<setId root="') + 13:]
    old_set = old_set[:old_set.index(b'"')]
    return changed.replace(b'<setId root="' + old_set, b'<setId root="' + (set_oid or oid + ".9").encode())


class World:
    def __init__(self, edit_config=None, files=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="liaison-e2e-"))
        self.faults = self.dir / "faults.json"
        self.log = open(self.dir / "gateway.log", "ab")
        self.gateway = None
        with open(self.dir / "sandbox.log", "wb") as log:
            self.sandbox = subprocess.Popen([LIAISON, "sandbox", "--dir", str(self.dir), "--faults", str(self.faults)],
                                            stdout=log, stderr=subprocess.STDOUT)
        try:
            self.set_up(edit_config, files)
        except BaseException:
            self.close()
            raise

    def set_up(self, edit_config, files):
        wait_for(lambda: (self.dir / "sandbox.json").exists() or self.sandbox.poll() is not None, 90)
        self.about = json.loads((self.dir / "sandbox.json").read_text())
        self.config = self.dir / "gateway.toml"
        for name, text in (files or {}).items():
            (self.dir / name).write_text(text)
        if edit_config:
            self.config.write_text(edit_config(self.config.read_text()))
        self.start()

    def start(self):
        self.gateway = subprocess.Popen([LIAISON, "serve", "--config", str(self.config)], stdout=self.log,
                                        stderr=self.log)
        wait_for(self.ready)

    def ready(self):
        if self.gateway.poll() is not None:
            raise AssertionError("the gateway stopped: " + (self.dir / "gateway.log").read_text()[-2000:])
        try:
            return self.admin("/readyz")[0] == 200
        except OSError:
            return False

    def kill(self):
        self.gateway.send_signal(signal.SIGKILL)
        self.gateway.wait()

    def stop(self, seconds=30):
        self.gateway.send_signal(signal.SIGTERM)
        return self.gateway.wait(seconds)

    def close(self):
        self.end_processes()
        if not os.environ.get("KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def end_processes(self):
        for process in (self.gateway, self.sandbox):
            if process and process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in (self.gateway, self.sandbox):
            if process:
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self.log.close()

    # --- emitters ---------------------------------------------------------------------------------------------
    def tls(self, who="emitter"):
        context = ssl.create_default_context(cafile=str(self.dir / "pki" / "ca.crt"))
        if who:
            context.load_cert_chain(self.dir / "pki" / f"{who}.crt", self.dir / "pki" / f"{who}.key")
        return context

    def https(self, method, path, body=None, headers=None, who="emitter"):
        c = http.client.HTTPSConnection("localhost", self.about["gateway"]["https"], context=self.tls(who), timeout=60)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, dict(r.getheaders()), r.read()
        finally:
            c.close()

    def submit(self, document, query="dmp=true", headers=None):
        """One CDA by HTTPS. Gives (status, parsed answer)."""
        status, _, body = self.https("POST", "/v1/submissions?" + query, document,
                                     {"Content-Type": "application/xml", **(headers or {})})
        return status, json.loads(body)

    def admin(self, path, method="GET", headers=None):
        c = http.client.HTTPConnection("127.0.0.1", self.about["gateway"]["admin"], timeout=10)
        try:
            c.request(method, path, headers=headers or {})
            r = c.getresponse()
            return r.status, r.read()
        finally:
            c.close()

    def smtp(self, who="emitter", port="smtps"):
        if port == "smtps":
            return smtplib.SMTP_SSL("localhost", self.about["gateway"]["smtps"], context=self.tls(who), timeout=60)
        session = smtplib.SMTP("localhost", self.about["gateway"]["submission"], timeout=60)
        session.starttls(context=self.tls(who))
        return session

    def mail(self, documents, subject="Remise", text="Bonjour,\nvoir le document."):
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"] = self.about["gateway"]["emitterAddress"]
        message["To"] = "dmp@liaison.invalid"
        message["Subject"] = subject
        message["Message-ID"] = f"<{time.time_ns()}@hopital.mssante.example>"
        message.set_content(text)
        for number, document in enumerate(documents):
            message.add_attachment(document, maintype="text", subtype="xml", filename=f"document{number}.xml")
        return message

    def send(self, message, recipients, **session):
        """By SMTPS. Gives the reply text to DATA."""
        with self.smtp(**session) as s:
            s.ehlo()
            code, text = s.mail(self.about["gateway"]["emitterAddress"])
            if code != 250:
                raise smtplib.SMTPResponseException(code, text)
            for r in recipients:
                code, text = s.rcpt(r)
                if code != 250:
                    raise smtplib.SMTPResponseException(code, text)
            code, text = s.data(message if isinstance(message, bytes) else message.as_bytes())
            if code != 250:
                raise smtplib.SMTPResponseException(code, text)
            return text.decode()

    # --- what arrived -----------------------------------------------------------------------------------------
    def submission(self, identifier):
        status, _, body = self.https("GET", f"/v1/submissions/{identifier}")
        assert status == 200, (status, body)
        return json.loads(body)

    def drained(self):
        """Nothing waits, asked of the store itself: the figures of /metrics may be some seconds old."""
        for state in ("queued", "deferred", "leased"):
            status, body = self.admin(f"/v1/deliveries?state={state}&limit=1")
            if status != 200 or json.loads(body)["deliveries"]:
                return False
        return True

    def finished(self, identifier, seconds=40):
        def final():
            s = self.submission(identifier)
            over = all(d["state"] in ("delivered", "failed", "cancelled") for d in s["deliveries"])
            return s if over else None
        return wait_for(final, seconds)

    def deposits(self):
        folders = [p for p in (self.dir / "dmp").iterdir() if not p.name.startswith(".")]
        return sorted(folders, key=lambda p: int(p.name))

    def mails(self, address):
        box = self.dir / "mail" / address / "new"
        if not box.exists():
            return []
        return [email.message_from_bytes(p.read_bytes(), policy=email.policy.default)
                for p in sorted(box.iterdir(), key=lambda p: p.stat().st_mtime_ns)]

    def run(self, *arguments):
        done = subprocess.run([LIAISON, *arguments], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def ledger_holds(self):
        code, out, err = self.run("ledger", "verify", "--config", str(self.config), "--json")
        return code == 0 and json.loads(out)["valid"], out + err


class Node(World):
    """Another gateway over the sandbox and the database of the first, behind ports of its own."""

    def __init__(self, first, name, edit_config=None):
        self.dir, self.sandbox, self.gateway = first.dir, None, None
        self.log = open(self.dir / f"{name}.log", "ab")
        self.about = json.loads(json.dumps(first.about))
        text = first.config.read_text()
        for door in ("smtps", "submission", "https", "admin"):
            with socket.socket() as s:
                s.bind(("127.0.0.1", 0))
                port = s.getsockname()[1]
            text = text.replace(f"port = {self.about['gateway'][door]}\n", f"port = {port}\n")
            self.about["gateway"][door] = port
        self.config = self.dir / f"{name}.toml"
        self.config.write_text(edit_config(text) if edit_config else text)
        self.start()

    def close(self):
        self.end_processes()


def archive_of(mail):
    """The zip of a structured mail, opened by another implementation."""
    for part in mail.iter_attachments():
        if part.get_filename() == "IHE_XDM.ZIP":
            return zipfile.ZipFile(io.BytesIO(part.get_content()))
    raise AssertionError("no IHE_XDM.ZIP")


def identifier_in(reply):
    return reply.split("id=")[1].split()[0]


class Case(unittest.TestCase):
    """One world for all tests of a class."""
    edit_config = None

    @classmethod
    def setUpClass(cls):
        cls.world = World(cls.edit_config)

    @classmethod
    def tearDownClass(cls):
        cls.world.close()
