"""The reference topology as something that runs: a balancer, two gateways, a PostgreSQL primary with a synchronous standby,
and the sandbox as their peers. Everything lives in one folder, on free ports of loopback; `topology.json`, written last, says
where. On real machines each part is a machine of its own, with the same settings."""
import argparse
import glob
import http.client
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIAISON = pathlib.Path(os.environ.get("LIAISON", ROOT / "build" / "release" / "bin" / "liaison"))
HERE = pathlib.Path(__file__).resolve().parent
DOORS = ("smtps", "submission", "https")
DATABASES = ("primary", "standby")


def binaries():
    found = [p for p in glob.glob("/usr/lib/postgresql/*/bin") if int(p.split("/")[4]) >= 15]
    if not found:
        raise Failed("PostgreSQL 15 or later is missing: deploy/prerequisites --topology")
    return pathlib.Path(max(found, key=lambda p: int(p.split("/")[4])))


class Failed(Exception):
    pass


def step(text):
    print(f"== {text}", flush=True)


def wait_for(what, why, seconds=60):
    end = time.monotonic() + seconds
    while not (got := what()):
        if time.monotonic() > end:
            raise Failed(f"{why}: not within {seconds} s")
        time.sleep(0.1)
    return got


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def started_at(pid):
    """A process id alone may be another process's by now; together with its start it is one forever. None: it is gone."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


class Topology:
    def __init__(self, folder):
        self.dir = folder.resolve()
        self.running = self.dir / "processes.json"
        self.bin = binaries()

    def path(self, *parts):
        return self.dir.joinpath(*parts)

    # --- processes ----------------------------------------------------------------------------------------
    def launch(self, name, *command):
        log = open(self.path(f"{name}.log"), "ab")
        process = subprocess.Popen([*map(str, command)], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/",
                                   start_new_session=True)
        log.close()
        known = json.loads(self.running.read_text()) if self.running.exists() else []
        known.append({"name": name, "pid": process.pid, "started": started_at(process.pid)})
        self.running.write_text(json.dumps(known, indent=1) + "\n")

        def alive():
            if process.poll() is not None:
                raise Failed(f"{name} stopped:\n{self.path(f'{name}.log').read_text()[-2000:]}")
            return True
        return alive

    def stop(self):
        if not self.running.exists():
            raise Failed(f"nothing was started in {self.dir}")
        # The balancer first, the databases last: what is under way ends well.
        for one in reversed(json.loads(self.running.read_text())):
            def alive():
                return started_at(one["pid"]) == one["started"]
            if one["name"] in DATABASES and alive():
                self.as_postgres(self.bin / "pg_ctl", "stop", "-D", self.path("postgresql", one["name"]), "-m", "fast", "-w")
            for number, seconds in ((signal.SIGTERM, 30), (signal.SIGKILL, 10)):
                if alive():
                    os.kill(one["pid"], number)
                end = time.monotonic() + seconds
                while alive() and time.monotonic() < end:
                    time.sleep(0.1)
        self.running.unlink()

    # --- PostgreSQL ---------------------------------------------------------------------------------------
    def databases(self):
        self.sql_ports = dict(zip(DATABASES, free_ports(2)))
        self.secret, administrator = secrets.token_hex(16), secrets.token_hex(16)
        home = self.path("postgresql")
        home.mkdir()
        self.pass_file = home / "pgpass"
        self.pass_file.write_text(f"*:*:*:postgres:{administrator}\n")
        self.pass_file.chmod(0o600)
        password = home / "administrator"
        password.write_text(administrator + "\n")
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            for p in (home, password, self.pass_file):
                shutil.chown(p, "postgres", "postgres")
        self.as_postgres(self.bin / "initdb", "-D", home / "primary", "-A", "scram-sha-256", "-U", "postgres", "--pwfile",
                         password, "--encoding=UTF8", "--locale=C")
        self.database("primary")
        self.sql("primary", f"CREATE ROLE liaison LOGIN PASSWORD '{self.secret}'")
        self.sql("primary", "CREATE DATABASE liaison OWNER liaison")
        # application_name is the name by which synchronous_standby_names knows it.
        self.as_postgres(self.bin / "pg_basebackup", "-D", home / "standby", "-R", "-c", "fast", "-d",
                         f"{self.where('primary', 'postgres')} application_name=standby")
        self.database("standby")
        self.sql("primary", "ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (standby)'")
        self.sql("primary", "SELECT pg_reload_conf()")
        wait_for(lambda: self.sql("primary", "SELECT sync_state FROM pg_stat_replication") == "sync",
                 "the standby to be synchronous")

    def where(self, server, user):
        file = f" passfile={self.pass_file}" if user == "postgres" else ""
        return f"host=127.0.0.1 port={self.sql_ports[server]} user={user} sslmode=disable{file}"

    def switched(self, *command):
        prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        return [*prefix, *map(str, command)]

    def as_postgres(self, *command):
        done = subprocess.run(self.switched(*command), capture_output=True, text=True, cwd="/")
        if done.returncode != 0:
            raise Failed(f"{command[0]}: {done.stderr[-1000:]}")
        return done.stdout.strip()

    def sql(self, server, text):
        return self.as_postgres(self.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", text,
                                self.where(server, "postgres") + " dbname=postgres")

    def database(self, name):
        alive = self.launch(name, *self.switched(
            self.bin / "postgres", "-D", self.path("postgresql", name), "-p", self.sql_ports[name], "-k",
            self.path("postgresql"), "-c", "listen_addresses=127.0.0.1", "-c", f"cluster_name={name}"))
        ready = [self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.sql_ports[name])]
        wait_for(lambda: alive() and subprocess.run(ready).returncode == 0, name)

    # --- the sandbox and the gateways ---------------------------------------------------------------------
    def peers(self):
        alive = self.launch("sandbox", LIAISON, "sandbox", "--dir", self.path("sandbox"))
        announced = self.path("sandbox", "sandbox.json")
        wait_for(lambda: alive() and announced.exists(), "the sandbox")
        self.about = json.loads(announced.read_text())
        password = self.path("sandbox", "database.password")
        password.write_text(self.secret + "\n")
        password.chmod(0o600)

    def gateway(self, name):
        text = self.path("sandbox", "gateway.toml").read_text().replace('data = "data"\n', "")
        ports = dict(zip((*DOORS, "admin"), free_ports(len(DOORS) + 1)))
        for door, port in ports.items():
            text = text.replace(f"port = {self.about['gateway'][door]}\n", f"port = {port}\n")
        servers = ",".join(str(p) for p in self.sql_ports.values())
        text += (f'\n[store]\nengine = "postgresql"\nconninfo = "host=127.0.0.1,127.0.0.1 port={servers} user=liaison '
                 'dbname=liaison sslmode=disable"\npassword_file = "database.password"\n')
        config = self.path("sandbox", f"{name}.toml")
        config.write_text(text)
        alive = self.launch(name, LIAISON, "serve", "--config", config)
        wait_for(lambda: alive() and self.ready(ports["https"]), name)
        return {"config": str(config), **ports}

    def ready(self, https):
        context = ssl.create_default_context(cafile=str(self.path("sandbox", "pki", "ca.crt")))
        try:
            c = http.client.HTTPSConnection("localhost", https, context=context, timeout=10)
            c.request("GET", "/readyz")
            return c.getresponse().status == 200
        except OSError:
            return False
        finally:
            c.close()

    # --- the balancer -------------------------------------------------------------------------------------
    def balancer(self, gateways):
        ports = dict(zip(DOORS, free_ports(len(DOORS))))
        text = (HERE / "haproxy.cfg").read_text().replace("@CA@", str(self.path("sandbox", "pki", "ca.crt")))
        for door, port in ports.items():
            text = text.replace(f"@{door}@", str(port))
            for name, g in gateways.items():
                text = text.replace(f"@{name}.{door}@", str(g[door]))
        config = self.path("haproxy.cfg")
        config.write_text(text)
        program = shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None:
            raise Failed("HAProxy is missing: deploy/prerequisites --topology")
        alive = self.launch("balancer", program, "-db", "-f", config)
        wait_for(lambda: alive() and self.ready(ports["https"]), "the balancer")
        return ports

    def start(self):
        if self.dir.exists() and any(self.dir.iterdir()):
            raise Failed(f"{self.dir} is not empty")
        self.dir.mkdir(parents=True, exist_ok=True)
        self.dir.chmod(0o755)  # PostgreSQL has a user of its own
        try:
            step("PostgreSQL: a primary and its synchronous standby")
            self.databases()
            step("the sandbox, as DMP and MSSanté operator")
            self.peers()
            step("two gateways")
            gateways = {name: self.gateway(name) for name in ("gateway1", "gateway2")}
            step("the balancer")
            ports = self.balancer(gateways)
        except BaseException:
            if self.running.exists():
                self.stop()
            raise
        about = {"balancer": ports, "gateways": gateways, "databases": self.sql_ports, "sandbox": "sandbox",
                 "postgresqlBinaries": str(self.bin)}
        self.path("topology.json").write_text(json.dumps(about, indent=1) + "\n")
        self.tell(about)

    def tell(self, about):
        pki = self.path("sandbox", "pki")
        step(f"running in {self.dir}; deploy/topology/stop {self.dir} ends it")
        print(f"   hand over   {LIAISON} submit --dmp --url https://localhost:{about['balancer']['https']} "
              f"--ca {pki}/ca.crt --cert {pki}/emitter.crt --key {pki}/emitter.key {ROOT}/deploy/samples/ldl-ses.xml")
        for name, g in about["gateways"].items():
            print(f"   {name}    curl http://127.0.0.1:{g['admin']}/readyz")


def main():
    parser = argparse.ArgumentParser(prog="deploy/topology")
    parser.add_argument("act", choices=("start", "stop"))
    parser.add_argument("folder", type=pathlib.Path, metavar="DIR")
    options = parser.parse_args()
    try:
        topology = Topology(options.folder)
        topology.start() if options.act == "start" else topology.stop()
        return 0
    except (Failed, OSError, KeyError, ValueError) as why:
        print(f"FAILED: {why}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
