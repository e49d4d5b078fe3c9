#!/usr/bin/python3 -B
"""Where processes go that exec, fork, daemonize, write titles or get the pid of another."""

import os
import signal
import time

import harness
import host
import oracle
from daemon import SLOWNESS
from tap import wait_for

TAG = f"fp{os.getpid()}"


def group(name, *lines):
    return [f'<Group "{name}">', *lines, "</Group>"]


def weigh(pids):
    return (oracle.total(pids)["memory-uss"] if pids else 0,
            (len(pids), oracle.threads(pids)), 0)


def told(reading):
    return (reading["memory-uss"], reading["ps_count"], reading["count-denied"])


def at_once(daemon, clock, since, *names):
    """The first round after a moment, as a group that is always told dates it, of other groups."""
    when = daemon.readings(clock, since=since)[0].time
    found = []
    for name in names:
        near = [reading for reading in daemon.all_readings(name)
                if abs(reading.time - when) < daemon.interval / 3]
        found.append(told(near[0]) if near else None)
    return found


def check_exec(stage, tap):
    """A new image is in its group in the next round, and in no other any more."""
    victim = stage.victim("private=1M", env={"APP": "one", "FP_EXEC": TAG})
    daemon = stage.daemon(*group("x-%{env:APP}", 'Env "APP"', 'Env "FP_EXEC"'),
                          *group("clock", 'Env "FP_EXEC"'),
                          *group("one", 'Env "FP_EXEC"', 'Env "APP" "one"'))
    tap.equal(told(daemon.readings("x-one")[0]), weigh([victim.pid]), "exec: in its first group")
    for number, name in enumerate(("two", "three", "one", "two"), 2):
        victim.do("unset=APP", f"set=APP={name}", "exec", f"private={number}M")
        since = time.time()
        wanted = weigh([victim.pid])
        before = "x-one" if name == "two" else "x-two" if name == "three" else "x-three"
        found = at_once(daemon, "clock", since, f"x-{name}", before, "one")
        empty = (0, (0, 0), 0)
        tap.equal(found, [wanted, empty, wanted if name == "one" else empty],
                  f"exec: in x-{name} in the next round")
    tap.equal(daemon.complaints(), [], "exec: nothing to complain about")
    daemon.ends_well(tap)
    victim.end()


def check_vfork(stage, tap):
    """Until its exec a child by vfork() is its parent's memory, and then a process of its own."""
    victim = stage.victim("private=4M", env={"APP": "parent", "FP_VFORK": TAG})
    daemon = stage.daemon(*group("v-%{env:APP}", 'Env "FP_VFORK"', 'Env "APP"'),
                          *group("clock", 'Env "FP_VFORK"'))
    daemon.readings("v-parent")
    wait_s = 6 * daemon.interval
    victim.do("unset=APP", "set=APP=child", f"vfork={int(wait_s * 1000)}", "private=2M")
    since = time.time()
    reading = daemon.readings("v-parent", since=since)[0]
    tap.equal(reading["ps_count"][0], 2, "vfork: both are counted")
    # the child runs in the parent's memory and may change some pages of it
    tap.near(reading["memory-uss"], weigh([victim.pid])[0], 65536, "vfork: one memory is counted")
    time.sleep(max(0, since + wait_s + 0.3 * SLOWNESS - time.time()))
    victim.do("sleep=0")
    child, = victim.children
    since = time.time()
    found = at_once(daemon, "clock", since, "v-parent", "v-child")
    tap.equal(found, [weigh([victim.pid]), weigh([child])], "vfork: after its exec each is alone")
    daemon.ends_well(tap)
    victim.end()


def check_shared(stage, tap):
    """CLONE_VM for good: one memory in every group, whoever of them is in it."""
    victim = stage.victim("private=4M", "share=3", env={"APP": "sharing", "FP_SHARE": TAG})
    daemon = stage.daemon(*group("s-%{env:APP}", 'Env "FP_SHARE"', 'Env "APP"'),
                          *group("all", 'Env "FP_SHARE"'))
    since = time.time()
    for name in ("s-sharing", "all"):
        reading = daemon.readings(name, since=since)[0]
        tap.equal((reading["memory-uss"], reading["ps_count"]), (weigh([victim.pid])[0], (4, 4)),
                  f"{name}: one memory, four processes")
    daemon.ends_well(tap)
    victim.end()


def check_titles(stage, tap):
    """A child that writes a title over its environment keeps that of its image."""
    title = f"{TAG}: worker of a pool"
    env = {"APP": "shop", "FP_TITLE": TAG}
    victim = stage.victim("private=1M", "fork=1", "private=2M", f"title={title}", "end", env=env)
    daemon = stage.daemon(*group("t-%{env:APP}", 'Env "FP_TITLE"', 'Env "APP"'),
                          *group("env", f'Env "FP_TITLE" "{TAG}"'),
                          *group("worker", f'Cmdline "/^{TAG}: worker/"', 'Env "APP" "shop"'),
                          *group("w-%{env:APP}-%{cmdline:1}", 'Env "APP"',
                                 f'Cmdline "/^{TAG}: ([a-z]+) of/"'))
    old, = victim.children
    with open(f"/proc/{old}/environ", "rb") as file:
        tap.ok(b"APP=" not in file.read(), "title: it is written over the environment")
    tap.equal(host.read(f"/proc/{old}/cmdline").rstrip("\0"), title, "title: it can be seen")
    since = time.time()
    for name, who in (("t-shop", victim.pids), ("env", victim.pids), ("worker", [old]),
                      ("w-shop-worker", [old])):
        tap.equal(told(daemon.readings(name, since=since)[0]), weigh(who),
                  f"title: {name} has those of its image")
    # a child that comes and takes a title while the daemon runs, and one of that
    victim.do("fork=1", "private=3M", f"title={TAG}:later", "fork=1", "private=1M", "end", "end")
    since = time.time()
    found = at_once(daemon, "env", since, "t-shop", "env", "worker")
    tap.equal(found, [weigh(victim.pids), weigh(victim.pids), weigh([old])],
              "title: children of children too, in the next round")
    # what is a title may change as often as it likes
    tap.equal(daemon.complaints(), [], "title: nothing to complain about")
    daemon.ends_well(tap)
    victim.end()


def check_many(stage, tap):
    """So many that those which do not run are not looked at: one that does is seen at once."""
    victim = stage.victim("private=1M", "fork=60", "end", env={"FP_MANY": TAG})
    daemon = stage.daemon(*group("many", 'Env "FP_MANY"'))
    daemon.readings("many", 4)
    for steps in (["private=3M"], ["threads=2"], ["fork=1", "private=2M", "end"], ["private=1M"]):
        victim.do(*steps)
        reading = daemon.readings("many", since=time.time())[0]
        tap.equal(told(reading), weigh(victim.pids), f"one of many runs: {' '.join(steps)}")
    daemon.ends_well(tap)
    victim.end()


def check_swapped(stage, tap):
    """Of a family too large for walks, swap is told with what of its shared memory is out."""
    try:
        host.swap(stage)
    except harness.Impossible as reason:
        tap.skip("a family with swapped shared memory", reason)
        return
    family = stage.victim("shm=64M", "pageout", "private=192M", "fork=2", "end",
                          env={"FP_SWAP": TAG})
    daemon = stage.daemon(*group("swapped", 'Env "FP_SWAP"'))
    wanted = oracle.total(family.pids)
    reading = daemon.readings("swapped", since=time.time())[0]
    tap.equal({name: reading[name] for name in ("memory-swap", "memory-swap_pss", "memory-uss")},
              {"memory-swap": wanted["memory-swap"], "memory-swap_pss": 0,
               "memory-uss": wanted["memory-uss"]},
              "a family with swapped shared memory: told")
    # the kernel may leave some pages where they are
    tap.ok(3 * 60 << 20 < wanted["memory-swap"] <= 3 * 64 << 20,
           "a family with swapped shared memory: nearly all of it is out", wanted)
    tap.ok(daemon.readings("_self")[0]["total_operations-walk"] >= 3,
           "a family with swapped shared memory: read in slices")
    daemon.ends_well(tap)
    family.end()


def reap_orphans(pids):
    """The first process of a namespace inherits those whose parents end, and their deaths."""
    for pid in pids:
        try:
            os.waitpid(pid, 0)
        except ChildProcessError:
            pass


def check_descendants(stage, tap):
    """Whoever came of a member stays in its group, also when nobody is left in between."""
    victim = stage.victim(f"comm=d{TAG}", "private=1M",
                          "fork=1", "setsid", "comm=middle", "private=2M",
                          "fork=1", "setsid", "comm=lower", "private=3M", "end", "end")
    other = stage.victim("private=9M")
    daemon = stage.daemon(*group("family", f'Comm "d{TAG}"', "Descendants true"),
                          *group("alone", f'Comm "d{TAG}"'))
    middle, lower = sorted(victim.children,
                           key=lambda pid: host.read(f"/proc/{pid}/comm") == "lower")
    since = time.time()
    tap.equal(told(daemon.readings("family", since=since)[0]), weigh([victim.pid, middle, lower]),
              "descendants: all of them")
    tap.equal(told(daemon.readings("alone", since=since)[0]), weigh([victim.pid]),
              "descendants: only where they are wanted")
    os.kill(middle, signal.SIGKILL)
    wait_for(lambda: parent(lower) != middle, 10, "an orphan is adopted")
    tap.equal(told(daemon.readings("family")[0]), weigh([victim.pid, lower]),
              "descendants: an orphan stays")
    check_last(tap, daemon, victim, lower)
    other.end()
    daemon.ends_well(tap)


def parent(pid):
    with open(f"/proc/{pid}/stat") as file:
        return int(file.read().rsplit(")", 1)[1].split()[1])


def check_last(tap, daemon, victim, lower):
    """The first of the family ends: those that have nobody left are still of it."""
    # a victim ends with the first of its family, unless it stands still
    os.kill(lower, signal.SIGSTOP)
    os.kill(victim.pid, signal.SIGKILL)
    victim.process.wait()
    wait_for(lambda: parent(lower) == os.getpid() or parent(lower) == 1, 10, "adopted again")
    tap.equal(told(daemon.readings("family", 2)[-1]), weigh([lower]),
              "descendants: one stays when all others have ended")
    os.kill(lower, signal.SIGKILL)
    reap_orphans([lower])
    tap.equal(told(daemon.readings("family")[0]), (0, (0, 0), 0), "descendants: and ends with them")


def next_pid(pid):
    """Lets the next process of this namespace have that pid."""
    host.write("/proc/sys/kernel/ns_last_pid", pid - 1)


def check_pid_reuse(stage, tap):
    if os.getpid() != 1:
        tap.skip("pid reuse", "pids can be chosen only in a namespace of its own")
        return
    host.limit_pids(2000)
    first = stage.victim(f"comm=r{TAG}", "private=1M", "--", "first",
                         env={"APP": "first", "FP_REUSE": TAG})
    daemon = stage.daemon(*group("r-%{env:APP}", 'Env "FP_REUSE"', 'Env "APP"'),
                          *group("comm", f'Comm "r{TAG}"'),
                          *group("first", 'Cmdline "/ -- first$/"', 'Env "FP_REUSE"'),
                          *group("clock", 'Env "FP_REUSE"'))
    tap.equal(told(daemon.readings("r-first")[0]), weigh([first.pid]), "reuse: the first of a pid")
    victim = first
    for number in range(5):
        victim, since = reuse(stage, victim, number)
        found = at_once(daemon, "clock", since, f"r-{number}", "r-first", "comm", "first")
        empty = (0, (0, 0), 0)
        tap.equal(found, [weigh([first.pid]), empty, empty, empty],
                  f"reuse {number}: it is another")
    tap.equal(daemon.complaints(), [], "reuse: nothing to complain about")
    daemon.ends_well(tap)


def reuse(stage, before, number):
    """Ends a process, and starts another that gets its pid."""
    before.end()
    for _ in range(20):
        next_pid(before.pid)
        victim = stage.victim(f"private={number + 2}M", env={"APP": str(number), "FP_REUSE": TAG})
        if victim.pid == before.pid:
            return victim, time.time()
        victim.end()
    raise RuntimeError("nobody got the pid")


def test(stage, tap):
    check_exec(stage, tap)
    check_vfork(stage, tap)
    check_shared(stage, tap)
    check_titles(stage, tap)
    check_descendants(stage, tap)
    check_pid_reuse(stage, tap)
    check_many(stage, tap)
    check_swapped(stage, tap)


harness.run(test)
