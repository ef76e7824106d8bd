"""Starts a gateway and a Postfix with the same certificates, and loads them in turn."""
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / "release" / "bin"
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
os.environ["LIAISON"] = str(BIN / "liaison")
import harness  # noqa: E402
from postfix import Postfix  # noqa: E402

SECONDS = sys.argv[1] if len(sys.argv) > 1 else "15"
SESSIONS = sys.argv[2] if len(sys.argv) > 2 else "8"
SIZE = 100_000


def document():
    """The sample letter with a comment that makes it 100 KB."""
    text = (harness.SAMPLES / "ldl-ses.xml").read_bytes()
    fill = b"<!-- " + b"x" * (SIZE - len(text) - 10) + b" -->\n"
    return text.replace(b"<realmCode", fill + b"  <realmCode", 1)


def load(world, port, path):
    pki = world.dir / "pki"
    done = subprocess.run([BIN / "smtp_load", str(port), pki / "ca.crt", pki / "emitter.crt", pki / "emitter.key",
                           "dpi@hopital.mssante.example", "dr.exemple@cabinet.mssante.example", SESSIONS, SECONDS, path],
                          capture_output=True, text=True)
    if done.returncode != 0 or done.stderr:
        print(done.stderr, file=sys.stderr)
    return json.loads(done.stdout)


def resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) // 1024


def main():
    world = harness.World()
    path = world.dir / "bench.xml"
    path.write_bytes(document())
    postfix = Postfix(world.dir / "pki", "smtpd_relay_restrictions = permit_tls_clientcerts, permit_mynetworks, reject\n"
                      "default_transport = discard:\nrelay_transport = discard:\n")
    try:
        time.sleep(1)
        rows = []
        for turn in (1, 2):
            rows.append(("postfix", load(world, postfix.port, path)))
            rows.append(("liaison, delivering too", load(world, world.about["gateway"]["smtps"], path)))
            print(f"   resident after turn {turn}: {resident_mb(world.gateway.pid)} MB", flush=True)
        world.sandbox.terminate()
        world.sandbox.wait()
        time.sleep(1)
        rows.append(("liaison, intake alone", load(world, world.about["gateway"]["smtps"], path)))
        rows.append(("postfix", load(world, postfix.port, path)))
        print(f"   resident at the end: {resident_mb(world.gateway.pid)} MB")
        for name, r in rows:
            print(f"{name:26} {r['perSecond']:8.1f} /s   p50 {r['p50ms']:7.1f} ms   p99 {r['p99ms']:7.1f} ms   "
                  f"max {r['maxms']:7.1f} ms")
        best = max(r["perSecond"] for n, r in rows if n == "postfix")
        for name, r in rows:
            if name != "postfix":
                print(f"ratio to Postfix: {name} {r['perSecond'] / best:.2f}")
    finally:
        postfix.close()
        world.close()


if __name__ == "__main__":
    main()
