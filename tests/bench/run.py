#!/usr/bin/python3 -B
"""make bench: what the plugin costs, beside its peers and the least that is possible.

Environment: top_srcdir and top_builddir, as make sets them; BENCH, the cases to run, with commas
between (all); BENCH_JSON, where the figures go; BENCH_OPTIONS, more lines for the plugin's
configuration, with semicolons between; BENCH_SECONDS, after which no turn begins any more (960).
"""

import os
import signal
import subprocess
import sys
import time

import cases
import cases_large
import machine
import peers
import programs
from machine import Impossible
from programs import Stage
from report import Report

CASES = {
    "idle": cases.idle,
    "one": cases_large.one,
    "stall": cases_large.stall,
    "family": cases_large.family,
    "small": cases.small,
    "storm": cases_large.storm,
    "memory": cases.memory,
    "disks": cases_large.disks,
    "command": cases.command,
}


def chosen():
    names = [name for name in os.environ.get("BENCH", "").split(",") if name] or list(CASES)
    unknown = [name for name in names if name not in CASES]
    if unknown:
        sys.exit(f"bench: there is no case {', '.join(unknown)}; there are {', '.join(CASES)}")
    return names


def check_floor(stage):
    """What the floor adds up has to be what psutil adds up, or nothing can be compared with it."""
    if "python3-psutil" in peers.missing():
        return
    for forks in (0, 2):
        with stage.scene():
            target = programs.Target(stage, 32 << 20, forks=forks)
            with target.stopped():
                for pid in target.pids:
                    compare_floor(stage, pid)


def compare_floor(stage, pid):
    """
    Who reads maps the C library too, and so changes whose its pages are: one of the floor's rounds has
    to be right while both are there.
    """
    reader = stage.start([programs.program("floor"), "rollup", "40", "50", str(pid)],
                         stdout=subprocess.PIPE, text=True)
    psutil = peers.psutil(stage, "process", 1, pid)[0]
    floors = [programs.words(line) for line in reader.communicate()[0].splitlines()]
    slack = {"uss": 0, "pss": 65536, "swap": 0}
    right = [floor for floor in floors
             if floor["processes"] == 1 and floor["uss_kib"] > 0 and
             all(abs(floor[f"{name}_kib"] * 1024 - psutil[name]) <= bytes_off
                 for name, bytes_off in slack.items())]
    if not right:
        raise RuntimeError(f"the floor does not add up: {floors}, {psutil}")


def run(names, stage, report):
    check_floor(stage)
    for name in names:
        try:
            stage.check_time()
            CASES[name](stage, report)
        except Exception as reason:
            report.add(name, "all", reason)


def give_up(_received, _frame):
    raise Impossible("the time is over")


def refuse_sanitizers():
    with open(os.path.join(programs.BUILD, "src", "collectd", ".libs", "footprint.so"), "rb") as file:
        if b"__asan_init" in file.read():
            sys.exit("bench: this build has sanitizers in it, which cost more than the plugin")


def main():
    names = chosen()
    refuse_sanitizers()
    sys.stdout.reconfigure(line_buffering=True)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, frame: sys.exit(128 + received))
    missing = peers.missing()
    if missing:
        print(f"missing: {' '.join(missing)}; {machine.INSTALL} installs them")
    seconds = int(os.environ.get("BENCH_SECONDS") or 960)
    begin, facts, report = time.monotonic(), machine.describe(), Report()
    # whatever does not come back then is given up
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds + 60)
    with Stage(begin + seconds) as stage:
        run(names, stage, report)
    signal.alarm(0)
    facts["seconds"] = round(time.monotonic() - begin)
    path = os.environ.get("BENCH_JSON") or "bench.json"
    report.write(path, facts)
    print(f"\n{facts['kernel']}, {facts['cpus']} CPUs, {facts['memory_bytes'] >> 20} MiB, "
          f"load {facts['load_at_start']:.1f} at the start, {facts['seconds']} s\n")
    print(report.table())
    print(f"\nall figures: {path}")
    sys.exit(1 if report.failed else 0)


main()
