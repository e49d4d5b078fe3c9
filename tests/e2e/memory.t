#!/usr/bin/python3 -B
"""The sums of groups against psutil and the kernel's own text, for every kind of memory."""

import os
import pwd
import signal
import time

import harness
import host
import oracle
import psutil
from tap import wait_for

MIB = 1 << 20

# The environment of a victim tells its group, and the size is what it must at least find:
# group, steps, least (metric, MiB)
KINDS = [
    ("private", ["private=64M"], {"memory-uss": 64, "memory-pss_anon": 64}),
    ("huge", ["huge=32M"], {"memory-uss": 32}),
    ("shm", ["shm=16M"], {"memory-uss": 16, "memory-pss_shmem": 16, "memory-shared": 16}),
    ("memfd", ["memfd=16M"], {"memory-uss": 16, "memory-pss_shmem": 16}),
    ("sysv", ["sysv=16M"], {"memory-uss": 16, "memory-pss_shmem": 16}),
    ("tmpfs", ["file-shared=16M:{tmpfs}"], {"memory-uss": 16, "memory-pss_shmem": 16}),
    ("read", ["file-read=16M:{file}"], {"memory-uss": 16, "memory-pss_file": 16}),
    ("written", ["file-write=16M:{file}"], {"memory-uss": 16, "memory-pss_anon": 16}),
    ("mapped", ["file-shared=16M:{other}"], {"memory-uss": 16, "memory-pss_file": 16}),
    ("locked", ["private=8M", "mlock"], {"memory-locked": 8}),
    ("lazy", ["private=8M", "lazyfree"], {"memory-lazyfree": 8}),
    ("threads", ["threads=7", "private=4M"], {"memory-uss": 4}),
    ("family",
     ["private=64M", "shm=8M", "fork=5", "touch=8M", "private=2M", "end"],
     {"memory-pss": 82}),
    ("grown", ["private=4M"], {"memory-uss": 4}),
    ("two", ["private=32M", "fork=1", "end"], {"memory-pss": 32}),
]


class Group:
    def __init__(self, name, victims, selectors=None, least=None):
        self.name = name
        self.victims = victims
        self.selectors = selectors or [f'Env "FP_E2E" "{name}"']
        self.least = least or {}

    @property
    def pids(self):
        return [pid for victim in self.victims for pid in victim.pids]

    def config(self):
        return [f'<Group "{self.name}">', *self.selectors, "</Group>"]


def of_kinds(stage):
    tmpfs = f"/dev/shm/{os.path.basename(stage.root)}"
    stage.defer(remove, tmpfs)
    paths = {"tmpfs": tmpfs, "file": stage.path("file"), "other": stage.path("other")}
    for name, steps, least in KINDS:
        steps = [step.format(**paths) for step in steps]
        yield Group(name, [stage.victim(*steps, env={"FP_E2E": name})], least=least)


def remove(path):
    if os.path.exists(path):
        os.unlink(path)


def of_selectors(stage):
    """The same numbers must come whichever way the members are found."""
    tag = f"fp{os.getpid()}"
    copy = stage.path("copy")
    with open(stage.victim_program(), "rb") as source, open(copy, "wb") as target:
        target.write(source.read())
    os.chmod(copy, 0o755)
    by_comm = [stage.victim(f"comm={tag}", "private=3M") for _ in range(2)]
    by_exe = [stage.victim("private=5M", "fork=1", "touch=1M", "end", program=copy)]
    by_cmdline = [stage.victim("private=7M", "--", "--pool", tag)]
    by_user = [stage.victim("private=9M", env={"FP_E2E": "user"}, user=harness.NOBODY)]
    by_pidfile = [stage.victim("private=11M", "fork=2", "end")]
    by_pidfile[0].children.clear()  # only the first process stands in the file
    with open(stage.path("pid"), "w") as file:
        file.write(f"{by_pidfile[0].pid}\n")
    nobody = pwd.getpwuid(harness.NOBODY).pw_name
    yield Group("by-comm", by_comm, [f'Comm "{tag}"'], {"memory-uss": 6})
    yield Group("by-exe", by_exe, [f'Exe "{copy}"'], {"memory-pss": 6})
    yield Group("by-cmdline", by_cmdline, [f'Cmdline "/--pool {tag}$/"'], {"memory-uss": 7})
    yield Group("by-user", by_user, [f'User "{nobody}"', 'Env "FP_E2E"'], {"memory-uss": 9})
    yield Group("by-pidfile", by_pidfile, [f'PidFile "{stage.path("pid")}"'], {"memory-pss": 3})


def swapped(stage, tap):
    try:
        host.swap(stage)
    except harness.Impossible as reason:
        tap.skip("swapped memory", reason)
        return
    steps = ["private=24M", "pageout", "fork=2", "end"]
    # swapped pages, like others, are one per process and shared by those who inherited them
    yield Group("swap", [stage.victim(*steps, env={"FP_E2E": "swap"})],
                least={"memory-swap": 60, "memory-swap_pss": 20})


def reserved_huge(stage, tap):
    try:
        host.huge_pages(stage, 4)
    except harness.Impossible as reason:
        tap.skip("reserved huge pages", reason)
        return
    yield Group("hugetlb", [stage.victim("hugetlb=8M", env={"FP_E2E": "hugetlb"})],
                least={"memory-hugetlb": 8, "memory-uss": 8})


def merged(stage, tap):
    victim = stage.victim("private=4M", "mergeable", env={"FP_E2E": "ksm"})
    rollup = f"/proc/{victim.pid}/smaps_rollup"
    try:
        if "KSM" not in oracle.kibibytes(rollup):
            raise harness.Impossible("the kernel tells no KSM of a process")
        host.merge_pages(stage, lambda: oracle.kibibytes(rollup)["KSM"] >= 4 * MIB)
    except harness.Impossible as reason:
        tap.skip("merged memory", reason)
        return
    yield Group("ksm", [victim], least={"memory-ksm": 4})


def check_group(tap, group, readings, before, after):
    metrics = list(before)
    for number, reading in enumerate(readings, 1):
        oracle.same(tap, reading, before, after, group.pids, metrics,
                    f"{group.name}: memory as measured by others, reading {number}")
    last = readings[-1]
    small = {metric: last[metric] for metric, least in group.least.items()
             if (last[metric] or 0) < least * MIB}
    tap.ok(not small, f"{group.name}: at least the memory that was made", small, group.least)
    tap.equal(last["ps_count"], (len(group.pids), oracle.threads(group.pids)),
              f"{group.name}: processes and threads")
    tap.equal([last["count-denied"], len(set(before) ^ {m for m in last.values if is_memory(m)})],
              [0, 0], f"{group.name}: nobody denied, no metric lacks or is too many",
              sorted(set(before) ^ {m for m in last.values if is_memory(m)}))


def is_memory(metric):
    return metric.startswith(("memory-", "bytes-"))


def of_switches():
    """What is told of the same process where a group says what it wants."""
    always = {"ps_count", "count-denied", "count-deferred", "count-stuck", "duration-age"}
    shares = {"percent-uss", "percent-pss", "gauge-rss_percent"}
    return [
        ("plain", ["Detail false", "ValuesPercentage false"], always | set(oracle.BASIC)),
        ("both", ["Detail false"], always | shares | set(oracle.BASIC)),
        ("shares", ["ValuesAbsolute false"], always | shares),
        ("neither", ["ValuesAbsolute false", "ValuesPercentage false"], always),
    ]


def check_percent(tap, group, reading):
    total = psutil.virtual_memory().total
    for metric, source in (("percent-uss", "memory-uss"), ("percent-pss", "memory-pss"),
                           ("gauge-rss_percent", "memory-rss")):
        wanted = 100 * reading[source] / total
        tap.near(reading[metric], wanted, 1e-4 * wanted, f"{group.name}: {metric} is of MemTotal")
    wanted = psutil.Process(group.pids[0]).memory_percent("uss")
    tap.near(reading["percent-uss"], wanted, 1e-4 * wanted, f"{group.name}: percent as psutil's")


def check_family(tap, reading):
    """Shared once in PSS, in no USS; what the children made for themselves in both."""
    own = reading["memory-uss"] / MIB
    tap.ok(10 <= own < 12, "family: the sum of USS is what each has for itself", own)
    largest = reading["memory-uss_max"] / MIB
    tap.ok(2 <= largest < 3, "family: uss_max is one child's", largest)
    share = reading["memory-pss"] / MIB
    tap.ok(82 <= share < 84, "family: the sum of PSS counts shared memory once", share)
    tap.ok(reading["memory-rss"] / MIB > 6 * 72, "family: the sum of RSS counts it six times")


def check_changes(tap, daemon, groups):
    """What changes between readings is seen, also where nothing but a relative's end changed it."""
    grown, two = groups["grown"].victims[0], groups["two"].victims[0]
    uss_before = daemon.all_readings("two")[-2]["memory-uss"]
    grown.do("private=24M")
    child = two.children.pop()
    os.kill(child, signal.SIGKILL)
    two.zombies.append(child)
    wait_for(lambda: psutil.Process(child).status() == psutil.STATUS_ZOMBIE, 5, "its end")
    since = time.time()
    for group in (groups["grown"], groups["two"]):
        before = oracle.total(group.pids)
        reading = daemon.readings(group.name, 1, since=since)[0]
        after = oracle.total(group.pids)
        oracle.same(tap, reading, before, after, group.pids, list(before),
                    f"{group.name}: new numbers after a change")
    tap.ok(uss_before < 8 * MIB and reading["memory-uss"] > 32 * MIB,
           "two: what the dead child shared is its parent's alone now",
           uss_before, reading["memory-uss"])
    tap.equal(reading["ps_count"], (1, 1), "two: the zombie is not counted")


def test(stage, tap):
    host.alone(stage)
    groups = [*swapped(stage, tap), *reserved_huge(stage, tap), *of_kinds(stage),
              *of_selectors(stage), *merged(stage, tap)]
    config = [line for group in groups for line in group.config()]
    for name, switches, _ in of_switches():
        config += [f'<Group "{name}">', 'Env "FP_E2E" "private"', *switches, "</Group>"]
    daemon = stage.daemon("Detail true", "ValuesPercentage true", *config)
    since = time.time()
    before = {group.name: oracle.total(group.pids) for group in groups}
    readings = {g.name: daemon.readings(g.name, 2, since=since) for g in groups}
    after = {group.name: oracle.total(group.pids) for group in groups}
    for group in groups:
        name = group.name
        check_group(tap, group, readings[name], before[name], after[name])
    named = {group.name: group for group in groups}
    check_percent(tap, named["private"], readings["private"][-1])
    check_family(tap, readings["family"][-1])
    for name, switches, wanted in of_switches():
        told = set(daemon.all_readings(name)[-2].values)
        tap.equal(sorted(told ^ wanted), [], f"{name}: {', '.join(switches)}")
    check_changes(tap, daemon, named)
    tap.equal(daemon.complaints(), [], "nothing to complain about")
    daemon.ends_well(tap)


harness.run(test)
