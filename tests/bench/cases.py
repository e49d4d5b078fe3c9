"""The cases over crowds of small processes."""

import os
import resource
import subprocess
import time

import collectd
import machine
import peers
import programs
from machine import Impossible
from programs import BUILD, MARKED, Crowd
from report import alternate, middle

FOOTPRINT = os.path.join(BUILD, "src", "cli", "footprint")
NEW_S = 62
OF_CROWD = programs.group('Comm "rest"')


def column(rows, name="process_ns"):
    return [row[name] for row in rows]


def lazily(make, use):
    """A contender that is made at its first turn; what prevents that is found out once a turn."""
    made = []

    def measure():
        if not made:
            made.append(make())
        return use(made[0])

    return measure


def daemon_turns(make, intervals):
    """A daemon that stands still while others have their turn."""
    def paused():
        daemon = make()
        daemon.settle()
        daemon.pause()
        return daemon

    return lazily(paused, lambda daemon: daemon.turn(intervals))


def of_the_plugin(stage, daemon_values):
    """What the plugin adds to a daemon without it."""
    if isinstance(daemon_values, Exception):
        return daemon_values
    return [value - collectd.baseline(stage) for value in daemon_values]


def idle_contenders(stage, marked, interval, full):
    found = {
        "footprint": daemon_turns(lambda: collectd.Ours(stage, MARKED), 3),
        "sampler": lambda: column(programs.rounds(stage, MARKED, 12, 100))[2:],
        "floor": lambda: column(programs.floor_idle(stage, 12, marked))[2:],
        "collectd": daemon_turns(lambda: collectd.processes(stage, interval), 1),
        "psutil": lambda: column(peers.psutil(stage, "all", 2)),
        "psutil by environ": lambda: column(peers.psutil(stage, "marked", 2)),
    }
    if full:
        found["apps.plugin"] = daemon_turns(lambda: peers.apps_plugin(stage, interval), 1)
        found["exporter"] = lazily(
            lambda: peers.Exporter(stage, "^fp-marked"), lambda made: made.scrape())
        found["smem"] = lambda: [used for used, _ in peers.smem(stage)]
    return found


def idle_of(stage, report, count, marked):
    case, aimed = f"idle {count}", count == 5000
    with stage.scene():
        interval = max(1, round(count / 5000))
        found = alternate(stage, 2 if count > 5000 else 3,
                          idle_contenders(stage, marked, interval, aimed))
        ours_values = of_the_plugin(stage, found["footprint"])
        ours, sampler = middle(ours_values), middle(found["sampler"])
        report.add(case, "footprint in collectd, an interval", ours_values)
        report.add(case, "footprint's sampler alone", found["sampler"], ours=ours)
        floor = report.add(case, "floor: events, last pid, 50 statm", found["floor"], ours=sampler)
        collectd_row = report.add(case, "collectd's processes (RSS)", found["collectd"], ours=ours)
        psutil_row = report.add(case, "psutil, all in full", found["psutil"], ours=ours)
        report.add(case, "psutil, environ, then 50 in full", found["psutil by environ"], ours=ours)
        if not aimed:
            return ours
        report.add(case, "netdata's apps.plugin (RSS)", found["apps.plugin"], ours=ours)
        report.add(case, "process-exporter with smaps", found["exporter"], ours=ours)
        report.add(case, "smem", found["smem"], ours=ours)
        for row in (collectd_row, psutil_row):
            row.at_least_times(1000, "at least 1,000 x ours")
        floor.at_least_times(0.5, "at least 0.5 x the sampler")
        cross_check(stage, report, case, ours)
        return ours


def cross_check(stage, report, case, ours):
    """The plugin's own account of its cost has to fit what the kernel says of the whole daemon."""
    from_state, from_self = collectd.own_account(stage, MARKED, 8)
    for what, values in (("as its state file says", from_state), ("as footprint-_self says", from_self)):
        values = values or Impossible("it does not tell")
        row = report.add(case, f"footprint, {what}", values, ours=ours)
        # a millisecond is what footprint-_self counts in, and the rest is the daemon's own
        row.at_most(ours and 1.2 * ours + 1e6, "no more than the whole")


def idle(stage, report):
    """An interval in which little happens, with 50 processes chosen by a variable."""
    machine.need_root()
    curve = {}
    with stage.scene():
        crowds, marked = {}, []
        for total, more in ((1000, 1000), (5000, 4000), (20000, 15000)):
            try:
                crowds[total] = Crowd(stage, more, 0 if marked else 50)
            except Impossible as reason:
                report.add(f"idle {total}", "all", reason)
                break
            marked = marked or crowds[total].marked
        age(crowds)
        for total in sorted(crowds, reverse=True):
            curve[total] = idle_of(stage, report, total, marked)
            crowds[total].end()
    values = Impossible("one of the two was not")
    if curve.get(1000) and curve.get(20000):
        values = [curve[20000] / curve[1000]]
    report.add("idle", "footprint, 20,000 processes over 1,000", values, "x").at_most(
        2, "grows with what changed")


def age(crowds):
    """Waits until they are no longer new, since who is new is looked at again for a minute."""
    for crowd in crowds.values():
        time.sleep(max(0, crowd.started + NEW_S - time.monotonic()))


def small(stage, report):
    """5,000 small processes, all of them matched."""
    machine.need_root()
    case = "small 5000"
    files = []

    def sampler(take):
        rounds = programs.rounds(stage, MARKED, 20, 50)
        if rounds[-1]["matched"] != 5000:
            raise RuntimeError(f"{rounds[-1]['matched']} of 5000 matched")
        files.append(rounds[-1]["open_files"])
        return take(column(rounds))

    def floor():
        return column(programs.floor_rollup(stage, 3))

    with stage.scene():
        crowd = Crowd(stage, 5000, 5000)
        found = alternate(stage, 3, {
            "first": lambda: sampler(lambda costs: costs[:1]),
            "floor": floor,
            "files": lambda: column(programs.floor_files(stage, 3)),
            "psutil": lambda: column(peers.psutil(stage, "all", 2)),
            "exporter": lazily(lambda: peers.Exporter(stage, "."), lambda made: made.scrape()),
        })
        age({5000: crowd})
        later = alternate(stage, 3, {
            "idle": lambda: sampler(lambda costs: costs[2:]),
            "floor": floor,
            "footprint": daemon_turns(lambda: collectd.Ours(stage, MARKED), 3),
        })
    least, later_least = middle(found["floor"]), middle(later["floor"])
    first = middle(found["first"])
    report.add(case, "floor: rollup of all", found["floor"], ours=first)
    # by whose environment it is told apart, and its page tables, stand in other files
    report.add(case, "floor: rollup, stat, environ, status", found["files"],
               ours=first).at_least_times(1 / 1.2, "ours at most 1.2 x it")
    report.add(case, "footprint, first reading", found["first"], ours=first).at_most(
        least and 1.2 * least, "at most 1.2 x the floor")
    report.add(case, "footprint, idle reading", later["idle"], ours=first).at_most(
        later_least and 0.12 * later_least, "at most 12 % of the floor")
    report.add(case, "footprint in collectd, an interval",
               of_the_plugin(stage, later["footprint"]), ours=first)
    report.add(case, "psutil, all in full", found["psutil"], ours=first)
    report.add(case, "process-exporter with smaps", found["exporter"], ours=first)
    limit = min(512, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4)
    # a few it has anyway: its output, trees, sockets
    report.add(case, "descriptors open after a reading", files, "").at_most(
        limit + 16, f"at most {limit} kept")


def heap(stage, groups):
    """Bytes allocated after readings that change nothing any more, and how many were matched."""
    last = programs.rounds(stage, groups, 8)[-1]
    return last["heap_bytes"], last["processes"], last["matched"]


def memory(stage, report):
    """What the plugin allocates for each process."""
    machine.need_root()
    found = {}
    for count in (1000, 20000):
        with stage.scene():
            Crowd(stage, count, 50)
            found[count] = heap(stage, MARKED)
            if count == 20000:
                found["all"] = heap(stage, OF_CROWD)
    few, many, matched = found[1000], found[20000], found["all"]
    slope = (many[0] - few[0]) / (many[1] - few[1])
    report.add("memory", "a process not matched", [slope], "bytes").at_most(
        128, "at most 128 bytes")
    slope += (matched[0] - many[0]) / (matched[2] - many[2])
    report.add("memory", "a process matched", [slope], "bytes").at_most(
        2048, "at most 2 KiB")


def first_byte_ns():
    """From the start of the command to the first byte that it writes."""
    begin = time.monotonic_ns()
    process = subprocess.Popen([FOOTPRINT], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    process.stdout.read(1)
    passed = time.monotonic_ns() - begin
    process.stdout.read()
    process.stdout.close()
    process.wait()
    return passed


def check_command(stage, count):
    """It has to read them all: one that may be read by nobody is no reason to stop (status 3)."""
    done = subprocess.run([FOOTPRINT], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=stage.left() + 60)
    lines = done.stdout.splitlines()
    if done.returncode not in (0, 3) or len(lines) <= count:
        raise RuntimeError(f"footprint: {done.returncode}: {len(lines)} lines: {done.stderr}")


def command(stage, report):
    """The command, with all processes: how long who typed it waits, and what it cost."""
    machine.need_root()
    report.add("command", "first byte, as few processes as there are",
               [first_byte_ns() for _ in range(9)]).at_most(
                   50e6, "at most 50 ms")
    case = "command 5000"

    def both(rows):
        return [(row["process_ns"], row["wall_ns"]) for row in rows]

    with stage.scene():
        Crowd(stage, 5000, 0)
        check_command(stage, 5000)
        found = alternate(stage, 3, {
            "footprint": lambda: [peers.command(stage, FOOTPRINT, good=(0, 3)) for _ in range(2)],
            "floor": lambda: both(programs.floor_rollup(stage, 3)),
            "psutil": lambda: both(peers.psutil(stage, "all", 2)),
            "smem": lambda: peers.smem(stage),
        })
    peer = report_command(report, case, "by the clock", found, 1)
    peer["floor"].at_least_times(1 / 1.2, "ours at most 1.2 x it")
    peer["psutil"].at_least_times(1 / 0.6, "ours at most 60 % of it")
    report_command(report, case, "processor time", found, 0)


def report_command(report, case, clock, found, which):
    """A row for each of them, of the one or the other of their two times."""
    values = {name: pairs if isinstance(pairs, Exception) else [pair[which] for pair in pairs]
              for name, pairs in found.items()}
    ours = middle(values["footprint"])
    report.add(case, f"footprint, {clock}", values["footprint"])
    return {name: report.add(case, f"{what}, {clock}", values[name], ours=ours)
            for name, what in (("floor", "floor: rollup of all"), ("psutil", "psutil, all in full"),
                               ("smem", "smem"))}
