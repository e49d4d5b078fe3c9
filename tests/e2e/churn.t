#!/usr/bin/python3 -B
"""Members that come, exec and go between and during the reads, on a host full of such processes.

There are few pids, so that they are used again all the time."""

import shutil
import time

import harness
import host
import oracle

READINGS = 20

GROUPS = [
    ("steady", ['Env "FP_STEADY" "1"']),
    ("moving", ['Env "FP_MOVING"', 'Exe "/victim$/"']),
    ("titles", ['Cmdline "/victim/"', 'Not Comm "none"']),
    ("all", ['Comm "/./"']),
]


class Silent:
    """Takes the place of a Tap where a check is only part of another."""

    wrong = ()

    def ok(self, good, _name, *why):
        self.wrong = () if good else why
        return good


def check_steady(tap, readings, before, after, pids):
    wrong = []
    for reading in readings:
        silent = Silent()
        oracle.same(silent, reading, before, after, pids, oracle.BASIC, "")
        found = (reading["ps_count"], reading["count-denied"], reading["count-stuck"])
        if silent.wrong or found != ((len(pids), oracle.threads(pids)), 0, 0):
            wrong.append((silent.wrong, found))
    tap.equal(wrong, [], f"those who stand still: exact in each of {len(readings)} readings")


def check_moving(tap, name, readings):
    needed = {*oracle.BASIC, "ps_count", "count-denied", "duration-age"}
    lacking = [reading.values for reading in readings if needed - set(reading.values)]
    tap.equal(lacking, [], f"{name}: no sum is ever absent")
    denied = [reading.values for reading in readings if reading["count-denied"]]
    tap.equal(denied, [], f"{name}: nobody is denied")
    counts = [reading["ps_count"][0] for reading in readings if "ps_count" in reading]
    tap.ok(max(counts) > 5 and len(set(counts)) > 1, f"{name}: they are seen", counts)
    absurd = [reading.values for reading in readings
              if not 0 <= (reading["memory-uss"] or 0) <= (reading["memory-rss"] or 0) < 1 << 32]
    tap.equal(absurd, [], f"{name}: the sums make sense")


def test(stage, tap):
    tap.note("pids come round" if host.limit_pids(1000) else "pids go far")
    # a copy, since pages of the executable are shared with all that run it
    own = stage.path("steady")
    shutil.copy(stage.victim_program(), own)
    steady = stage.victim("private=16M", "fork=3", "private=1M", "end", env={"FP_STEADY": "1"},
                          program=own)
    moving = stage.victim("churn=150", env={"FP_MOVING": "1"})
    config = [line for name, lines in GROUPS for line in (f'<Group "{name}">', *lines, "</Group>")]
    daemon = stage.daemon(*config, interval=0.2)
    since = time.time()
    before = oracle.total(steady.pids)
    readings = daemon.readings("steady", READINGS, since=since)
    after = oracle.total(steady.pids)
    check_steady(tap, readings, before, after, steady.pids)
    for name in ("moving", "titles", "all"):
        check_moving(tap, name, daemon.readings(name, READINGS, since=since))
    tap.equal(daemon.complaints(lateness=False), [], "nothing to complain about")
    daemon.ends_well(tap)
    moving.end()


harness.run(test)
