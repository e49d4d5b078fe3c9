#!/usr/bin/python3 -B
"""Processes that the kernel holds up: one with its memory map locked, one in the middle of exec.

Whoever reads their memory maps, or even their stat, waits until the file system answers that they
wait for, and no signal wakes him. The daemon has to go on without them, and to end."""

import json
import os
import shutil
import subprocess
import time

import harness
import host
import oracle
from daemon import SLOWNESS, VALGRIND
from tap import Impossible, wait_for

TIMEOUT, INTERVAL = 0.5, 2
COMMAND = os.path.join(harness.BUILD, "src", "cli", "footprint")
COMMAND_TIMEOUT = 2


def group(name, *lines):
    return [f'<Group "{name}">', *lines, "</Group>"]


def serve(stage):
    """A file that never gives its data, and the process that has it."""
    if not os.path.exists("/dev/fuse"):
        raise Impossible("there is no /dev/fuse")
    path = stage.directory("served")
    stage.defer(host.LIBC.umount2, path.encode(), 2)
    try:
        server = stage.victim(f"serve={path}")
    except RuntimeError:
        raise Impossible("no FUSE file system may be mounted")
    return server, os.path.join(path, "file")


def blocks(path):
    """Does a reading of the file wait? Somebody else has to try."""
    reader = subprocess.Popen(["cat", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        reader.wait(0.5)
        return False
    except subprocess.TimeoutExpired:
        reader.kill()
        reader.wait()
        return True


class Cast:
    """Those who go on, and the two that are going to be held up."""

    def __init__(self, stage, server):
        self.well = [stage.victim("private=8M", env={"FP_WELL": "1"}) for _ in range(3)]
        self.memory = stage.victim("comm=in-memory", "private=4M", env={"FP_STUCK": "memory"})
        self.exec = stage.victim("comm=in-exec", "private=4M", env={"FP_STUCK": "exec"})
        # before them, since they do not end while it lives
        stage.defer(server.kill)

    def move(self, daemon):
        """In round after round, until the daemon keeps open what it reads of them."""
        def is_kept(victim):
            victim.do("private=64K")
            return f"/proc/{victim.pid}/stat" in daemon.open_files()

        for victim in (self.memory, self.exec):
            wait_for(lambda: is_kept(victim), 10 * INTERVAL, f"{victim.pid} is kept open",
                     pause=0.5)

    def hold(self, path):
        self.memory.send(f"hold-memory={path}")
        self.exec.send(f"hold-exec={path}")
        for victim, file in ((self.memory, "smaps_rollup"), (self.memory, "cmdline"),
                             (self.exec, "stat"), (self.exec, "environ")):
            wait_for(lambda: blocks(f"/proc/{victim.pid}/{file}"), 10, f"{file} is held up")


def next_reading(daemon, name, good, what):
    def look():
        reading = daemon.readings(name)[0]
        return reading if good(reading) else None

    return wait_for(look, 30 * SLOWNESS, what)


def is_complete(reading, victims):
    pids = [victim.pid for victim in victims]
    return (reading["memory-uss"] == oracle.total(pids)["memory-uss"] and
            reading["ps_count"] == (len(pids), oracle.threads(pids)) and
            (reading["count-stuck"], reading["count-denied"]) == (0, 0))


def check_in_time(tap, daemon, victims, what):
    """Of those who go on each reading so far was complete, and none was later than both that
    got stuck at once were waited for."""
    readings = daemon.all_readings("well")[1:-1]
    wrong = [reading.values for reading in readings if not is_complete(reading, victims)]
    tap.equal(wrong, [], f"{what}: the others are told completely")
    gaps = [after.time - before.time for before, after in zip(readings, readings[1:])]
    tap.ok(max(gaps) < daemon.interval + 2 * TIMEOUT + 0.25 * SLOWNESS, f"{what}: and in time", gaps)


def said(daemon, part):
    return [line for line in daemon.log() if part in line]


def check_stuck(tap, daemon, cast):
    for name, victim in (("memory", cast.memory), ("exec", cast.exec)):
        reading = next_reading(daemon, name, lambda reading: reading["count-stuck"] == 1,
                               f"{name} is stuck")
        tap.equal((reading["count-denied"], (reading["ps_count"] or [None])[0]), (0, 1),
                  f"stuck in {name}: it counts, and is not denied")
        tap.ok("memory-uss" in reading and reading["duration-age"] > INTERVAL / 2,
               f"stuck in {name}: its last sample is told, and how old it is", reading.values)
        lines = said(daemon, f"process {victim.pid} does not answer")
        tap.equal(len(lines), 1, f"stuck in {name}: it is said once", *daemon.log())
    check_in_time(tap, daemon, cast.well, "while two are stuck")


def check_free(tap, daemon, cast):
    for name, victim in (("memory", cast.memory), ("exec", cast.exec)):
        reading = next_reading(daemon, name, lambda reading: is_complete(reading, [victim]),
                               f"{name} is told again")
        tap.equal(reading["count-stuck"], 0, f"no more stuck in {name}: it is told as before")
        tap.equal(len(said(daemon, f"process {victim.pid} answers again")), 1,
                  f"no more stuck in {name}: it is said once", *daemon.log())
    check_in_time(tap, daemon, cast.well, "when they answer again")


def check_end(tap, daemon, what):
    began = time.monotonic()
    status = daemon.stop()
    took = time.monotonic() - began
    tap.equal(status, 0, f"{what}: the daemon ends with 0", *daemon.log())
    tap.ok(took < 2 * SLOWNESS, f"{what}: at once", took)


def check_unknown(tap, stage, cast):
    """A daemon that starts when they are stuck already: who they are is only known in part."""
    daemon = stage.daemon(
        f"ReadTimeout {TIMEOUT}",
        *group("well", 'Comm "victim"'), *group("named", 'Comm "/^in-/"'),
        *group("env", 'Env "FP_STUCK"'), interval=INTERVAL, leaks=False)
    since = time.time()
    reading = daemon.readings("named", since=since)[0]
    tap.equal((reading["count-stuck"], reading["count-denied"], reading["ps_count"][0]), (2, 0, 2),
              "stuck from the start: their names are known")
    tap.ok("memory-uss" not in reading, "stuck from the start: their memory is not",
           reading.values)
    reading = daemon.readings("env", since=since)[0]
    tap.equal((reading["count-stuck"], reading["count-denied"]), (2, 0),
              "stuck from the start: nobody knows their environment")
    tap.ok("memory-uss" not in reading and "ps_count" not in reading,
           "stuck from the start: so nobody knows the sum", reading.values)
    reading = daemon.readings("well", since=since)[0]
    tap.equal(reading["count-stuck"], 0, "stuck from the start: whom it is no matter of is told")
    tap.ok((reading["memory-uss"] or 0) > 3 * 8 << 20, "stuck from the start: with its sum",
           reading.values)
    check_end(tap, daemon, "stuck from the start")


def run_command(*options, command=(COMMAND,)):
    began = time.monotonic()
    done = subprocess.run([*command, "--json", *options], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60 * SLOWNESS)
    return done, time.monotonic() - began


def check_command(tap, stage, cast):
    """It ends, and tells who is missing: also where there are so many that it reads ahead."""
    pids = {victim.pid for victim in cast.well}
    many = stage.victim("fork=100", "end")
    for options in ([], ["--top", "1000"], ["--env", "FP_WELL"]):
        done, took = run_command(*options)
        what = f"the command {' '.join(options)}".rstrip()
        answer = json.loads(done.stdout)
        tap.equal((done.returncode, answer["stuck"]), (3, 2), f"{what}: two are missing",
                  done.stderr)
        tap.ok(took < 2.5 * COMMAND_TIMEOUT + 3 * SLOWNESS, f"{what}: and are not waited for", took)
        rows = {row["pid"]: row for row in answer["processes"]}
        tap.equal({pid: rows.get(pid, {}).get("uss") for pid in pids},
                  {pid: oracle.total([pid])["memory-uss"] for pid in pids},
                  f"{what}: the others are right")
        shown = [rows.get(victim.pid) for victim in (cast.memory, cast.exec)]
        tap.ok(shown == [None, None] if options[:1] == ["--env"] else
               all(row and "uss" not in row for row in shown),
               f"{what}: no value for those that are missing", shown)
        for victim in (cast.memory, cast.exec):
            tap.equal(done.stderr.count(f"process {victim.pid} does not answer"), 1,
                      f"{what}: {victim.pid} is said once", done.stderr)
    # whom this user may not read, his command line is asked for all the same
    user = str(harness.NOBODY)
    copy = shutil.copy(COMMAND, stage.directory("command"))
    done, took = run_command("--top", "1000", command=[
        "setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--inh-caps=-all", copy])
    rows = {row["pid"]: row for row in json.loads(done.stdout)["processes"]}
    tap.equal((done.returncode, took < 2.5 * COMMAND_TIMEOUT + 3 * SLOWNESS,
               rows[cast.memory.pid].get("cmdline"), bool(rows[many.pid].get("cmdline"))),
              (3, True, None, True), "the command of another user: it ends, too", took, done.stderr)
    many.end()


def test(stage, tap):
    if VALGRIND:
        raise Impossible("valgrind waits for every thread at the end")
    server, path = serve(stage)
    cast = Cast(stage, server)
    daemon = stage.daemon(
        f"ReadTimeout {TIMEOUT}", *group("well", 'Env "FP_WELL"', "Activity true"),
        *group("memory", 'Env "FP_STUCK" "memory"', "Activity true"),
        *group("exec", 'Env "FP_STUCK" "exec"', "Activity true"), interval=INTERVAL)
    for name, victims in (("memory", [cast.memory]), ("exec", [cast.exec])):
        tap.ok(is_complete(daemon.readings(name)[0], victims), f"{name}: well so far")
    cast.move(daemon)
    cast.hold(path)
    check_stuck(tap, daemon, cast)
    check_unknown(tap, stage, cast)
    check_command(tap, stage, cast)
    server.kill()
    check_free(tap, daemon, cast)
    complaints = daemon.complaints(lateness=False)
    tap.equal(len(complaints), 2, "nothing else to complain about", *complaints)
    check_end(tap, daemon, "when all is well again")
    tap.equal(daemon.leaks(), [], "nothing leaks")


harness.run(test)
