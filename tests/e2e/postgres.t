#!/usr/bin/python3 -B
"""A real PostgreSQL: its servers write the database into their command lines after the fork, over
the environment that they have of the first of them."""

import glob
import os
import subprocess
import time

import harness
import host
import oracle
from tap import Impossible, wait_for

TAG = f"fp{os.getpid()}"
NOBODY = harness.NOBODY
ENV = {"FP_POSTGRES": TAG, "APP": "database", "LC_ALL": "C", "PATH": "/usr/bin:/bin"}

GROUPS = [
    '<Group "pg-%{cmdline:1}">',
    '  Cmdline "/^postgres: [a-z]+ ([a-z]+) [[]local[]] /"',
    f'  Env "FP_POSTGRES" "{TAG}"',
    "</Group>",
    '<Group "app-%{env:APP}">',
    f'  Env "FP_POSTGRES" "{TAG}"',
    '  Env "APP"',
    "</Group>",
]


class Server:
    """A server of the test's own that nobody can reach but through its folder."""

    def __init__(self, stage):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
        if not found:
            raise Impossible("there is no PostgreSQL: install postgresql")
        self.stage = stage
        self.programs = os.path.dirname(found[-1])
        self.data = stage.directory("postgres")
        os.chown(self.data, NOBODY, NOBODY)
        self.call("initdb", "-D", f"{self.data}/db", "-A", "trust", "-U", "pg", "--no-sync",
                  "--locale=C")
        self.process = self.start("postgres", "-D", f"{self.data}/db", "-k", self.data, "-F",
                                  "-c", "listen_addresses=", "-c", "autovacuum=off",
                                  "-c", "max_connections=20", "-c", "shared_buffers=1MB")
        stage.defer(self.stop)
        self.pid = self.process.pid
        wait_for(lambda: os.path.exists(f"{self.data}/.s.PGSQL.5432"), 30, "PostgreSQL starts")
        self.clients = []

    def start(self, program, *arguments, **named):
        with open(f"{self.data}/log", "ab") as log:
            return subprocess.Popen(
                [f"{self.programs}/{program}", *arguments], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env=ENV, cwd=self.data, user=NOBODY, group=NOBODY, extra_groups=[],
                preexec_fn=host.die_with_parent, **named)

    def call(self, *command):
        if self.start(*command).wait() != 0:
            with open(f"{self.data}/log", errors="replace") as log:
                raise Impossible(f"{command[0]}: {log.read()}")

    def psql(self, database, *options):
        return [f"{self.programs}/psql", "-h", self.data, "-U", "pg", "-d", database, *options]

    def make(self, database):
        subprocess.run(self.psql("postgres", "-qc", f"create database {database}"), check=True,
                       cwd="/")

    def connect(self, database):
        """A client that stays; the pid of its server."""
        client = subprocess.Popen(
            self.psql(database, "-qAt"), text=True, cwd="/", stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, preexec_fn=host.die_with_parent)
        self.clients.append(client)
        client.stdin.write("select pg_backend_pid();\n")
        client.stdin.flush()
        pid = int(client.stdout.readline())
        wait_for(lambda: "idle" in host.read(f"/proc/{pid}/cmdline"), 10, "it is idle")
        return pid

    def family(self):
        """The first server and all that it forked."""
        with open(f"/proc/{self.pid}/task/{self.pid}/children") as file:
            return [self.pid, *map(int, file.read().split())]

    def stop(self):
        for client in self.clients:
            client.stdin.close()
            client.wait()
            client.stdout.close()
        self.process.terminate()
        self.process.wait(30)


def check(tap, daemon, since, expected, what):
    """
    Each group in the first round after a moment, dated by the group of all. The database works by
    itself, so that what it weighed before and weighs after are both no error.
    """
    before = {name: oracle.total(pids)["memory-uss"] for name, pids in expected.items()}
    when = daemon.readings("app-database", since=since)[0].time
    for name, pids in expected.items():
        near = [reading for reading in daemon.all_readings(name)
                if abs(reading.time - when) < daemon.interval / 3]
        count, uss = (near[0]["ps_count"][0], near[0]["memory-uss"]) if near else (None, None)
        tap.equal(count, len(pids), f"{what}: {name} has all of them")
        weights = (before[name], oracle.total(pids)["memory-uss"])
        tap.ok(uss is not None and min(weights) - 65536 <= uss <= max(weights) + 65536,
               f"{what}: {name} weighs as they do", uss, weights)


def test(stage, tap):
    server = Server(stage)
    for database in ("shop", "blog"):
        server.make(database)
    shop = [server.connect("shop") for _ in range(3)]
    blog = [server.connect("blog")]
    daemon = stage.daemon(*GROUPS)
    with open(f"/proc/{shop[0]}/environ", "rb") as file:
        tap.ok(b"FP_POSTGRES" not in file.read(), "a server has no environment of its own left")
    since = time.time()
    check(tap, daemon, since, {"pg-shop": shop, "pg-blog": blog,
                               "app-database": server.family()}, "at the start")
    blog.append(server.connect("blog"))
    shop.append(server.connect("shop"))
    since = time.time()
    check(tap, daemon, since, {"pg-shop": shop, "pg-blog": blog,
                               "app-database": server.family()}, "in the next round")
    tap.equal(sorted(daemon.instances()), ["app-database", "pg-blog", "pg-shop"],
              "these groups alone")
    tap.equal(daemon.complaints(), [], "nothing to complain about")
    daemon.ends_well(tap)


harness.run(test)
