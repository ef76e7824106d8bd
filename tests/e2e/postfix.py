"""A Postfix of our own: its own queue and configuration, one SMTPS port, no trace left behind."""
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time


def available():
    return os.geteuid() == 0 and shutil.which("postfix") is not None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Postfix:
    """`extra`: further lines of main.cf. Certificates come from a sandbox PKI."""

    def __init__(self, pki, extra):
        self.port = free_port()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="liaison-postfix-"))
        os.chmod(self.dir, 0o755)
        self.config, keys = self.dir / "etc", self.dir / "keys"
        shutil.copytree("/etc/postfix", self.config, symlinks=True)
        keys.mkdir(mode=0o755)
        for name in ("server.crt", "server.key", "emitter.crt", "emitter.key", "ca.crt"):
            shutil.copy(pathlib.Path(pki) / name, keys / name)
        queue, data = self.dir / "queue", self.dir / "data"
        queue.mkdir()
        data.mkdir()
        shutil.chown(data, "postfix")
        self.log = self.dir / "log"
        (self.config / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
myhostname = bench.example
mydestination =
inet_interfaces = 127.0.0.1
maillog_file = {self.log}
maillog_file_prefixes = {self.dir}
smtpd_tls_cert_file = {keys}/server.crt
smtpd_tls_key_file = {keys}/server.key
smtpd_tls_CAfile = {keys}/ca.crt
smtpd_tls_ask_ccert = yes
smtpd_tls_security_level = encrypt
smtpd_client_connection_rate_limit = 0
message_size_limit = 50000000
{extra}
""".replace("{keys}", str(keys)))
        master = (self.config / "master.cf").read_text().splitlines()
        kept = [l for l in master if not l.startswith(("smtp      inet", "submission inet", "smtps     inet"))]
        kept.append(f"127.0.0.1:{self.port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes")
        if not any(l.startswith("postlog") for l in kept):
            kept.append("postlog unix-dgram n - n - 1 postlogd")
        (self.config / "master.cf").write_text("\n".join(l.replace(" y       -", " n       -") for l in kept) + "\n")
        subprocess.run(["postfix", "-c", str(self.config), "start"], check=True, capture_output=True)

    def words(self):
        return self.log.read_text() if self.log.exists() else ""

    def close(self):
        subprocess.run(["postfix", "-c", str(self.config), "stop"], check=False, capture_output=True)
        time.sleep(1)
        shutil.rmtree(self.dir, ignore_errors=True)
