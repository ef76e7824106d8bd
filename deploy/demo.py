"""Drives the demonstration: a sandbox, a gateway, two documents, and what became of them."""
import argparse
import email.policy
import http.client
import json
import pathlib
import shutil
import signal
import smtplib
import ssl
import subprocess
import sys
import tempfile
import time
from email.message import EmailMessage

ROOT = pathlib.Path(__file__).resolve().parents[1]
LIAISON = ROOT / "build" / "release" / "bin" / "liaison"
SAMPLES = ROOT / "deploy" / "samples"
COLLEAGUE = "dr.exemple@cabinet.mssante.example"


class Failed(Exception):
    pass


def step(text):
    print(f"== {text}", flush=True)


def wait_for(what, why, seconds=60):
    end = time.monotonic() + seconds
    while not (got := what()):
        if time.monotonic() > end:
            raise Failed(f"{why}: nothing within {seconds} s")
        time.sleep(0.1)
    return got


class Demo:
    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="liaison-demo-"))
        self.processes = []
        self.seen = {"folder": str(self.dir)}

    def launch(self, name, *arguments):
        log = self.dir / f"{name}.log"
        with open(log, "wb") as out:
            process = subprocess.Popen([LIAISON, *arguments], stdout=out, stderr=subprocess.STDOUT)
        self.processes.append((name, process, log))

    def alive(self):
        for name, process, log in self.processes:
            if process.poll() is not None:
                raise Failed(f"{name} stopped with {process.returncode}:\n{log.read_text()[-2000:]}")
        return True

    def start(self):
        step(f"starting sandbox and gateway in {self.dir}")
        self.launch("sandbox", "sandbox", "--dir", str(self.dir))
        announced = self.dir / "sandbox.json"
        wait_for(lambda: self.alive() and announced.exists(), "the sandbox")
        self.about = json.loads(announced.read_text())
        self.config = self.dir / self.about["gateway"]["config"]
        self.launch("gateway", "serve", "--config", str(self.config))
        wait_for(lambda: self.alive() and self.ready(), "the gateway")

    def ready(self):
        try:
            return self.admin("/readyz")[0] == 200
        except OSError:
            return False

    def admin(self, path):
        c = http.client.HTTPConnection("127.0.0.1", self.about["gateway"]["admin"], timeout=10)
        try:
            c.request("GET", path)
            r = c.getresponse()
            return r.status, r.read()
        finally:
            c.close()

    def tls(self):
        pki = self.about["pki"]
        context = ssl.create_default_context(cafile=str(self.dir / pki["ca"]))
        context.load_cert_chain(self.dir / pki["emitterCertificate"], self.dir / pki["emitterKey"])
        return context

    def https(self, method, path, body=None, headers=None):
        c = http.client.HTTPSConnection("localhost", self.about["gateway"]["https"], context=self.tls(), timeout=30)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, r.read()
        finally:
            c.close()

    def hand_over_by_smtps(self):
        step("lettre de liaison de sortie by SMTPS, to the DMP and to a colleague")
        message = EmailMessage()
        message["From"] = self.about["gateway"]["emitterAddress"]
        message["To"] = COLLEAGUE
        message["Subject"] = "Lettre de liaison"
        message.set_content("Cher confrère,\nvoici la lettre de liaison de notre patiente.")
        message.add_attachment((SAMPLES / "ldl-ses.xml").read_bytes(), maintype="text", subtype="xml",
                               filename="ldl-ses.xml")
        with smtplib.SMTP_SSL("localhost", self.about["gateway"]["smtps"], context=self.tls(), timeout=30) as s:
            s.ehlo()
            s.mail(message["From"])
            for to in (self.about["gateway"]["dmpAddress"], COLLEAGUE):
                code, text = s.rcpt(to)
                if code != 250:
                    raise Failed(f"{to}: {code} {text.decode()}")
            code, text = s.data(message.as_bytes(policy=email.policy.SMTP))
        print(f"   {code} {text.decode()}")
        if code != 250:
            raise Failed("the letter was refused")
        return text.decode().split("id=")[1].split()[0]

    def hand_over_by_https(self):
        step("compte rendu de biologie by HTTPS, to the DMP, the patient and a colleague")
        status, body = self.https("POST", f"/v1/submissions?dmp=true&patient=true&recipients={COLLEAGUE}",
                                  (SAMPLES / "cr-bio.xml").read_bytes(), {"Content-Type": "application/xml"})
        answer = json.loads(body)
        print(f"   HTTP {status} id={answer.get('id')}")
        if status != 201:
            raise Failed(json.dumps(answer, ensure_ascii=False))
        return answer["id"]

    def hand_over_a_wrong_one(self):
        step("a letter with a wrong INS, which must be refused")
        status, body = self.https("POST", "/v1/submissions?dmp=true", (SAMPLES / "ldl-ses.refused.xml").read_bytes(),
                                  {"Content-Type": "application/xml"})
        finding = json.loads(body)["findings"][0]
        print(f"   HTTP {status} {finding['rule']} line {finding['line']}: {finding['message']['fr']}")
        if status != 422:
            raise Failed("it was not refused")
        self.seen["refused"] = finding

    def outcome(self, identifier):
        def over():
            self.alive()
            s = json.loads(self.https("GET", f"/v1/submissions/{identifier}")[1])
            final = all(d["state"] in ("delivered", "failed", "cancelled") for d in s["deliveries"])
            return s if final else None
        s = wait_for(over, f"submission {identifier}")
        for d in s["deliveries"]:
            to = d["destination"]
            said = "; ".join(r["detail"] for r in d["receipts"])
            print(f"   {to['kind']:8} {to['address']:38} {d['state']:10} {said}")
        if s["state"] != "done":
            raise Failed(f"submission {identifier} is {s['state']}")
        return s

    def show(self):
        step("deposits in the DMP")
        self.seen["deposits"] = []
        for folder in sorted(p for p in (self.dir / "dmp").iterdir() if not p.name.startswith(".")):
            same = [s.name for s in SAMPLES.glob("*.xml") if s.read_bytes() == (folder / "document.xml").read_bytes()]
            print(f"   {folder}/document.xml = {', '.join(same)} byte for byte")
            if not same:
                raise Failed("a deposit differs from what was handed over")
            self.seen["deposits"].append({"folder": str(folder), "sameAs": same})
        step("mailboxes")
        self.seen["mailboxes"] = {}
        for box in sorted((self.dir / "mail").iterdir()):
            mails = list((box / "new").iterdir())
            if mails:
                print(f"   {box.name}: {len(mails)} mail")
                self.seen["mailboxes"][box.name] = len(mails)
        step("indicators (test environment) and ledger")
        for name, arguments in (("indicators", ["indicators"]), ("ledger", ["ledger", "verify"])):
            done = subprocess.run([LIAISON, *arguments, "--config", str(self.config), "--json"], capture_output=True,
                                  text=True)
            if done.returncode != 0:
                raise Failed(f"{name}: {done.stdout}{done.stderr}")
            self.seen[name] = json.loads(done.stdout)
        for i in self.seen["indicators"]["indicators"]:
            print(f"   {i['id']:16} {i['numerator']:3}  {i['name']['fr']}")
        print(f"   ledger valid, {self.seen['ledger']['events']} events")

    def run(self):
        self.start()
        letter, report = self.hand_over_by_smtps(), self.hand_over_by_https()
        self.hand_over_a_wrong_one()
        step("outcomes")
        self.seen["submissions"] = [self.outcome(letter), self.outcome(report)]
        self.show()

    def hold(self):
        g = self.about["gateway"]
        step(f"running; stop it with: kill {' '.join(str(p.pid) for _, p, _ in self.processes)}")
        print(f"   API      https://localhost:{g['https']}/openapi.json")
        print(f"   figures  http://127.0.0.1:{g['admin']}/metrics")
        print(f"   try      curl --cacert {self.dir}/pki/ca.crt --cert {self.dir}/pki/emitter.crt "
              f"--key {self.dir}/pki/emitter.key -H 'Content-Type: application/xml' "
              f"--data-binary @{SAMPLES}/ldl-ses.xml 'https://localhost:{g['https']}/v1/submissions?dmp=true'")

    def stop(self):
        for _, process, _ in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for _, process, _ in self.processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(prog="deploy/demo")
    parser.add_argument("--keep", action="store_true", help="leave it running, and say how to try it")
    parser.add_argument("--json", metavar="FILE", help="write what was seen")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    demo = Demo()
    kept = False
    try:
        demo.run()
        if options.json:
            pathlib.Path(options.json).write_text(json.dumps(demo.seen, ensure_ascii=False, indent=1) + "\n")
        if options.keep:
            demo.hold()
            kept = True
        else:
            step("done")
        return 0
    except (Failed, OSError, smtplib.SMTPException, KeyError, ValueError) as why:
        print(f"FAILED: {why}", file=sys.stderr)
        return 1
    finally:
        if not kept:
            demo.stop()


if __name__ == "__main__":
    sys.exit(main())
