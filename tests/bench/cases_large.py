"""The cases over large processes, storms and disks."""

import os
import signal
import subprocess
import time

import collectd
import machine
import peers
import programs
from machine import Impossible, cpu_ns
from programs import MARKED, Target
from report import alternate, middle

GIB = 1 << 30
TARGET = programs.group('Env "FP_TARGET" "1"')
NOBODY = programs.group('Env "FP_TARGET" "nobody"')
SHARE_S = 40
SUMS = ("uss_kib", "pss_kib", "swap_kib")


def rollup_sums(pids):
    """What smaps_rollup says of these processes, in KiB."""
    parts = {"Private_Clean": "uss_kib", "Private_Dirty": "uss_kib", "Private_Hugetlb": "uss_kib",
             "Pss": "pss_kib", "Swap": "swap_kib"}
    sums = dict.fromkeys(SUMS, 0)
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            for line in file:
                key, _, value = line.partition(":")
                if key in parts:
                    sums[parts[key]] += int(value.split()[0])
    return sums


def differences(stage, target):
    """
    How far our sums of processes that stand still are from smaps_rollup's, in KiB, by sum. That is read
    while ours reads, too: each of both maps libraries, and so changes whose their pages are.
    """
    path = stage.file("differences.conf", stage.configuration(*TARGET))
    with target.stopped():
        reader = stage.start([programs.program("rounds"), "groups", path, "60", "50"],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        time.sleep(1.5)
        before = rollup_sums(target.pids)
        time.sleep(0.5)
        after = rollup_sums(target.pids)
        ours = programs.words(reader.communicate()[0].splitlines()[-1])
    if before != after:
        raise RuntimeError("the processes did not stand still")
    absent = [name for name in SUMS if name not in ours]
    if absent:
        raise RuntimeError(f"the plugin tells no {absent}")
    return {name: abs(ours[name] - before[name]) for name in SUMS}


def one(stage, report):
    """One process of 4 GiB in small pages, read while it changes."""
    machine.need_root()
    case = "one 4 GiB"
    with stage.scene():
        target = Target(stage, 4 * GIB, creep_ms=5)

        def ours():
            # what a round costs besides is what it costs where the target matches nothing
            rest = programs.rounds(stage, NOBODY, 30, 20)[2:]
            with_it = programs.rounds(stage, TARGET, 30, 20)
            if with_it[-1]["matched"] != 1:
                raise RuntimeError("the target is not matched")
            without = machine.median([row["process_ns"] for row in rest])
            return [machine.median([row["process_ns"] for row in with_it[2:]]) - without]

        found = alternate(stage, 5, {
            "ours": ours,
            "rollup": lambda: [row["process_ns"] for row in
                               programs.floor_rollup(stage, 8, [target.pid], 20)],
            "psutil": lambda: [row["process_ns"] for row in
                               peers.psutil(stage, "process", 8, target.pid)],
        })
        cost = middle(found["ours"])
        report.add(case, "footprint, a reading of it", found["ours"])
        report.add(case, "floor: its rollup", found["rollup"], ours=cost)
        report.add(case, "psutil, in full", found["psutil"], ours=cost).at_least_times(
            300, "at least 300 x ours")
        for name, difference in differences(stage, target).items():
            slack = 1 if name == "pss_kib" else 0
            report.add(case, f"{name[:-4]} differs from smaps_rollup", [difference],
                       "KiB").at_most(slack, f"{slack} KiB")


class Reader:
    """A process that reads while it may run, and stands still while others have their turn."""

    def __init__(self, process, settle_s):
        self.process = process
        self.settle_s = settle_s
        self.process.send_signal(signal.SIGSTOP)

    def stalls(self, target, seconds):
        """The stalls of the target while this reads, and the CPU ns a second that it used."""
        self.process.send_signal(signal.SIGCONT)
        time.sleep(self.settle_s)
        before, begin = cpu_ns(self.process.pid), time.monotonic()
        found = target.stalls(seconds)
        found["share_ns"] = (cpu_ns(self.process.pid) - before) / (time.monotonic() - begin)
        self.process.send_signal(signal.SIGSTOP)
        if self.process.poll() is not None:
            raise RuntimeError(f"a reader ended: {self.process.returncode}")
        return [found]


def rollup_reader(stage, target):
    """A round over all of the target each second; of a family it takes longer than that."""
    arguments = [programs.program("floor"), "rollup", "1000000", "1000", *map(str, target.pids)]
    return Reader(stage.start(arguments, stdout=subprocess.DEVNULL), 0.5)


def stall_rows(report, case, found, longest_ns=0):
    """Rows of each reader's effect; ours is to be as good as none, or to have none that is longer."""
    for key, name in (("p50_ns", "median"), ("p999_ns", "99.9 %"), ("max_ns", "longest")):
        values = {who: rows if isinstance(rows, Exception) else [row[key] for row in rows]
                  for who, rows in found.items()}
        ours = middle(values["footprint"])
        for who in found:
            row = report.add(case, f"stall, {name}: {who}", values[who], ours=ours)
            quiet = values["no reader"]
            if who != "footprint" or key == "p50_ns" or isinstance(quiet, Exception):
                continue
            # a busy machine holds up whom nobody reads, too; its worst turn is no measure
            limit = sorted(quiet)[-2] if len(quiet) > 1 else None
            if longest_ns and limit is not None:
                row.at_most(max(limit, longest_ns), "at most 1 ms, or as no reader")
            else:
                row.at_most(limit, "within those of no reader")


def stall(stage, report):
    """How long a process of 4 GiB is held up by being read each second."""
    machine.need_root()
    with stage.scene():
        target = Target(stage, 4 * GIB)
        daemon = collectd.Ours(stage, TARGET, state=True)
        wait_complete(daemon, 1, 60)
        ours = Reader(daemon.process, 1)
        rollup = rollup_reader(stage, target)
        found = alternate(stage, 4, {
            "no reader": lambda: [target.stalls(4)],
            "rollup each second": lambda: rollup.stalls(target, 4),
            "footprint": lambda: ours.stalls(target, 4),
        })
        stall_rows(report, "stall 4 GiB", found)


def wait_complete(daemon, processes, seconds):
    """The sums of the daemon's group once they are complete, and how long that took."""
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        daemon.check()
        state = daemon.state()
        if state:
            group = state["groups"][0]
            if group.get("processes") == processes and "uss" in group["memory"]:
                return group["memory"], (time.monotonic() - begin) * 1e9
        time.sleep(0.2)
    raise Impossible(f"the sums were not complete within {seconds} s")


def family_exact(stage, report, case, target, daemon):
    """Of a family at rest, the daemon's sums are those of the rollups."""
    try:
        memory, took_ns = wait_complete(daemon, len(target.pids), 100)
    except Impossible as reason:
        report.add(case, "time to the first complete sums, wall", reason)
        return
    report.add(case, "time to the first complete sums, wall", [took_ns])
    rollup = programs.floor_rollup(stage, 1, target.pids)[0]
    for name in SUMS:
        # the kernel cuts each process's PSS to a KiB
        slack = len(target.pids) if name == "pss_kib" else 0
        difference = abs(memory[name[:-4]] // 1024 - rollup[name])
        report.add(case, f"sum of {name[:-4]} differs from the rollups'", [difference],
                   "KiB").at_most(slack, f"{slack} KiB")


def family(stage, report):
    """A parent and 200 forks over 1 GiB, one of which tells its stalls."""
    machine.need_root()
    case = "family 200"
    with stage.scene():
        target = Target(stage, GIB, forks=200)
        daemon = collectd.Ours(stage, TARGET, state=True)
        family_exact(stage, report, case, target, daemon)
        ours = Reader(daemon.process, 1)
        rollup = rollup_reader(stage, target)
        found = alternate(stage, 3, {
            "no reader": lambda: [target.stalls(4)],
            "rollups": lambda: rollup.stalls(target, 6),
            "footprint": lambda: ours.stalls(target, 6),
        })
        round_ns = [programs.floor_rollup(stage, 1, target.pids)[0]["process_ns"]]
        shares = {who: rows if isinstance(rows, Exception) else
                  [row["share_ns"] / 1e7 for row in rows]
                  for who, rows in found.items() if who != "no reader"}
        report.add(case, "floor: rollup of all, a round", round_ns)
        # one reading takes longer than an interval's share, so that only many intervals tell
        daemon.resume()
        time.sleep(5)
        share = [daemon.share(SHARE_S) / 1e7]
        row = report.add(case, "footprint in collectd, of one CPU", share, "%")
        row.at_most(1.2, "within Budget (1 %)")
        report.add(case, "rollups each second, of one CPU", shares["rollups"], "%", row.median)
        stall_rows(report, case, found, longest_ns=1e6)
    idle_family(stage, report)


def idle_family(stage, report):
    """A family that stands still: most of a host's workers wait most of the time."""
    case = "idle family 200"
    with stage.scene():
        target = Target(stage, 16 << 20, forks=200)
        found = alternate(stage, 3, {
            "ours": lambda: [row["process_ns"] for row in
                             programs.rounds(stage, TARGET, 40, 100)[8:]],
            "floor": lambda: [row["process_ns"] for row in
                              programs.floor_rollup(stage, 4, target.pids)],
        })
        ours = middle(found["ours"])
        report.add(case, "footprint, an interval", found["ours"])
        report.add(case, "floor: rollup of all", found["floor"], ours=ours)


def run_storm(stage, seconds):
    """5,000 fork, exec and exit a second: how many there were, and in how many seconds."""
    done = stage.run([programs.program("crowd"), "storm", "5000", str(seconds),
                      programs.program("gone")])
    found = programs.words(done.stdout)
    return found["made"], found["wall_ns"] / 1e9


def floor_in_storm(stage):
    """CPU ns an event of only draining them, once a second."""
    process = stage.start([programs.program("floor"), "idle", "6", "1000"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(0.5)
    run_storm(stage, 4)
    said, reason = process.communicate(timeout=20)
    if process.returncode == programs.IMPOSSIBLE:
        raise Impossible(reason.strip())
    rows = [programs.words(line) for line in said.splitlines()]
    busy = [row for row in rows if row["forks"] > 1000]
    return [row["thread_ns"] / (row["forks"] + row["execs"] + row["exits"]) for row in busy]


def storm(stage, report):
    """Processes that live for less than an interval."""
    machine.need_root()
    case, seconds = "storm", 10
    with stage.scene():
        daemon = collectd.Ours(stage, MARKED, tells=True)
        time.sleep(2)
        idle_ns = daemon.share(4)
        begin, before = time.monotonic(), cpu_ns(daemon.pid)
        made, took_s = run_storm(stage, seconds)
        # what the last of them left is taken in the next interval
        time.sleep(2)
        used = cpu_ns(daemon.pid) - before - idle_ns * (time.monotonic() - begin)
        report.add(case, "processes a second", [made / took_s], "")
        lost = [value for _, value in daemon.told("total_events-lost")]
        # who has no account of events may not see them, which costs nothing
        ours = report.add(case, "footprint in collectd, an event", [used / (3 * made)])
        ours.at_most(2000 if lost else None, "at most 2 µs")
        report.add(case, "events lost", lost[-1:] or Impossible("the plugin does not tell"),
                   "").at_most(0, "0, or a rescan")
        # nearly nothing at all, or less, is no measure for others
        measure = ours.median if ours.median > 100 else None
    try:
        floor = floor_in_storm(stage)
    except Impossible as reason:
        floor = reason
    report.add(case, "floor: draining, an event", floor, ours=measure)


def diskstats(count, step):
    """Lines of so many disks, whose counters grow by the step."""
    lines = []
    for number in range(count):
        fields = [1000 + number + step * (place + 1) for place in range(17)]
        fields[8] = number % 3
        lines.append(f"{8 + number // 256:4d} {number % 256:7d} sd{number:05d} " +
                     " ".join(map(str, fields)))
    return lines


def disks(stage, report):
    """10,000 devices, whose counters move between two readings."""
    case, count, rounds = "disks 10000", 10000, 8
    with stage.scene():
        tree = stage.directory("tree")
        for number in range(rounds):
            with open(os.path.join(tree, f"diskstats.{number}"), "w") as file:
                file.write("\n".join([*diskstats(count, 7 * number), ""]))
        os.link(os.path.join(tree, "diskstats.0"), os.path.join(tree, "diskstats"))
        config = stage.file("disks.conf", [
            "<Plugin footprint>", f'  ProcPath "{tree}"', f'  SysPath "{stage.directory("sys")}"',
            "  <Disks>", "    Partitions true", "  </Disks>", "</Plugin>"])

        def measured(rows):
            if rows[-1]["devices"] != count:
                raise RuntimeError(f"{rows[-1]['devices']} of {count} devices")
            # the first is the one that finds out names
            return [row["process_ns"] for row in rows[1:]]

        def floor():
            rows = programs.lines(stage, "floor", "disks", 8, f"{tree}/diskstats")
            with open(f"{tree}/diskstats") as file:
                wanted = sum(int(word) for line in file for word in line.split()[3:])
            if rows[-1]["sum"] != wanted:
                raise RuntimeError(f"the floor adds up {rows[-1]['sum']}, not {wanted}")
            return measured(rows)

        found = alternate(stage, 3, {
            "ours": lambda: measured(programs.lines(stage, "rounds", "disks", config, rounds)),
            "floor": floor,
            "psutil": lambda: measured(peers.psutil(stage, "disks", 4, tree)),
        })
        ours = middle(found["ours"])
        report.add(case, "footprint, reading and computing", found["ours"]).at_most(
            1e6, "at most 1 ms")
        report.add(case, "floor: its numbers", found["floor"], ours=ours)
        report.add(case, "psutil, disk_io_counters", found["psutil"], ours=ours)
