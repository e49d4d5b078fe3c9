#!/usr/bin/python3 -B
"""Processes that are not as others: zombies, kernel threads, dead leaders, odd names and files."""

import os
import shutil
import time

import harness
import host
import oracle
import psutil

TAG = f"fp{os.getpid()}"
ODD_NAMES = [") Z 1 (x", "a\tb) R", "\\n(", "x\ny z"]


def thread_of(pid):
    """The directory of a thread that lives; the leader's own says nothing any more."""
    living = [tid for tid in os.listdir(f"/proc/{pid}/task") if int(tid) != pid]
    return f"/proc/{pid}/task/{sorted(living)[0]}"


class Cast:
    def __init__(self, stage):
        self.parent = stage.victim(f"comm=z{TAG}", "private=2M", "zombie=3")
        self.dead_leader = stage.victim(f"comm=d{TAG}", "private=12M", "threads=2", "leader-exit",
                                        "private=1M", "--", f"dead {TAG}", env={"FP_DEAD": TAG})
        self.gone_program = stage.path("gone")
        shutil.copy(stage.victim_program(), self.gone_program)
        self.gone = stage.victim("private=3M", program=self.gone_program)
        os.unlink(self.gone_program)
        self.replaced_program = stage.path("replaced")
        shutil.copy(stage.victim_program(), self.replaced_program)
        self.replaced = [stage.victim("private=1M", program=self.replaced_program)]
        os.rename(self.copy(stage, "new"), self.replaced_program)
        self.replaced.append(stage.victim("private=2M", program=self.replaced_program))
        self.sharing = stage.victim("private=6M", "share=3", env={"FP_SHARE": TAG})
        self.odd = [stage.victim("comm=" + name, "private=1M", env={"FP_ODD": str(number)})
                    for number, name in enumerate(ODD_NAMES)]

    @staticmethod
    def copy(stage, name):
        return shutil.copy(stage.victim_program(), stage.path(name))


class PidFiles:
    """Files that name no process that is meant."""

    def __init__(self, stage, victim):
        self.victim = victim
        self.stale = self.write(stage.path("stale"), victim.pid)
        long_ago = psutil.Process(victim.pid).create_time() - 3600
        os.utime(self.stale, (long_ago, long_ago))
        self.garbage = self.write(stage.path("garbage"), "no pid")
        self.empty = self.write(stage.path("empty"), "")
        self.link = stage.path("link")
        os.symlink(self.write(stage.path("target"), victim.pid), self.link)

    @staticmethod
    def write(path, text):
        with open(path, "w") as file:
            file.write(str(text))
        return path


def regex(name):
    """A pattern that matches exactly this, without a backslash, which the daemon's parser eats."""
    return "/^" + "".join(c if c.isalnum() or c == " " else f"[{c}]" if c != "\\" else "."
                          for c in name) + "$/"


def configure(cast, files):
    groups = [
        ("zombies", f'Comm "z{TAG}"'),
        ("dead-comm", f'Comm "d{TAG}"'),
        ("dead-env", f'Env "FP_DEAD" "{TAG}"'),
        ("dead-cmdline", f'Cmdline "/ -- dead {TAG}$/"'),
        ("dead-exe", f'Exe "/victim$/"\nEnv "FP_DEAD" "{TAG}"'),
        ("sharing", f'Env "FP_SHARE" "{TAG}"'),
        ("gone", f'Exe "{cast.gone_program}"'),
        ("replaced", f'Exe "{cast.replaced_program}"'),
        ("stale", f'PidFile "{files.stale}"'),
        ("garbage", f'PidFile "{files.garbage}"'),
        ("empty", f'PidFile "{files.empty}"'),
        ("link", f'PidFile "{files.link}"'),
        *((f"odd{n}", f'Comm "{regex(name)}"\nEnv "FP_ODD"') for n, name in enumerate(ODD_NAMES)),
    ]
    for name, lines in groups:
        yield from (f'<Group "{name}">', *lines.split("\n"), "</Group>")


def check_members(tap, reading, pids, name):
    found = oracle.total(pids)
    oracle.same(tap, reading, found, found, pids, oracle.BASIC, f"{name}: the memory is right")
    tap.equal((reading["ps_count"], reading["count-denied"]),
              ((len(pids), oracle.threads(pids)), 0), f"{name}: they alone are counted")


def check_dead_leader(tap, reading, pid, name):
    found = oracle.rollup(thread_of(pid))
    tap.equal(reading["memory-rss"], found["memory-rss"], f"{name}: RSS of its live thread")
    tap.equal(reading["memory-page_tables"], found["memory-page_tables"],
              f"{name}: page tables of its live thread")
    uss = reading["memory-uss"] or 0
    tap.ok(13 << 20 <= uss < 15 << 20, f"{name}: USS holds what both threads made", uss)
    tap.equal((reading["ps_count"], reading["count-denied"]),
              ((1, psutil.Process(pid).num_threads()), 0), f"{name}: counted once")


def check_sharing(tap, reading, pids):
    """Four processes, of which each alone would be told the whole of their one address space."""
    found = oracle.total(pids[:1])
    oracle.same(tap, reading, found, found, pids[:1], oracle.BASIC,
                "one address space: its memory is counted once")
    tap.equal((reading["ps_count"], reading["count-denied"]), ((4, 4), 0),
              "one address space: all its processes are counted")


def check_slow_end(stage, tap):
    """
    A process that has given up its memory, and is not a zombie as yet, is gone: its leader is dead,
    and a thread of it still gives back a large file.
    """
    daemon = stage.daemon('<Group "slow">', f'Env "FP_SLOW" "{TAG}"', "</Group>",
                          '<Group "slow-exe">', 'Exe "/victim$/"', f'Comm "s{TAG}"', "</Group>",
                          interval=0.05)
    for _ in range(3):
        victim = stage.victim(f"comm=s{TAG}", "threads=2", "held=512M", env={"FP_SLOW": TAG})
        daemon.readings("slow")
        victim.kill()
    daemon.readings("slow")
    for name in ("slow", "slow-exe"):
        readings = daemon.all_readings(name)[1:-1]
        tap.equal({(reading["ps_count"] or [None])[0] for reading in readings}, {0, 1},
                  f"{name}: there, or gone")
        tap.equal([reading.values for reading in readings
                   if "memory-uss" not in reading or reading["count-denied"]], [],
                  f"{name}: never unreadable")
    tap.equal(daemon.complaints(lateness=False), [], "a slow end: nothing to complain about")
    daemon.ends_well(tap)


def check_kernel(stage, tap):
    """A kernel thread counts, and has nothing of its own. Only the host's /proc shows them."""
    groups = {"kernel": ['Comm "kthreadd"'],
              "kernel-not": ['Comm "kthreadd"', 'Not Env "X"', 'Not Exe "/./"', 'Cmdline ""',
                             'User "root"']}
    comm = f"{stage.host_proc}/2/comm"
    if not os.path.exists(comm) or host.read(comm) != "kthreadd":
        raise harness.Impossible("the kernel's threads are not to be seen")
    daemon = stage.daemon(f'ProcPath "{stage.host_proc}"',
                          *(line for name, lines in groups.items()
                            for line in (f'<Group "{name}">', *lines, "</Group>")))
    since = time.time()
    for name in groups:
        reading = daemon.readings(name, since=since)[0]
        tap.equal([reading[metric] for metric in oracle.BASIC], [0] * len(oracle.BASIC),
                  f"{name}: a kernel thread has no memory of its own")
        tap.equal((reading["ps_count"], reading["count-denied"]), ((1, 1), 0), f"{name}: it counts")
    tap.equal(daemon.complaints(), [], "kernel threads: nothing to complain about")
    daemon.ends_well(tap)


def check_thread_ids(stage, tap):
    """A thread that has the id of a process that has just ended is no process."""
    last_pid = "/proc/sys/kernel/ns_last_pid"
    if os.getpid() != 1 or not os.path.exists(last_pid):
        tap.skip("ids of threads", "nobody here chooses the next id")
        return
    daemon = stage.daemon('<Group "ids">', f'Comm "i{TAG}"', "</Group>")
    ended, lives = stage.victim(f"comm=i{TAG}"), stage.victim(f"comm=i{TAG}", "private=2M")
    tap.equal(daemon.readings("ids", since=time.time())[0]["ps_count"], (2, 2), "ids: two processes")
    ended.kill()
    host.write(last_pid, ended.pid - 1)
    lives.do("threads=1")
    tap.ok(os.path.exists(f"/proc/{lives.pid}/task/{ended.pid}"), "ids: a thread has that of one")
    since = time.time()
    for number, reading in enumerate(daemon.readings("ids", 3, since=since)):
        check_members(tap, reading, lives.pids, f"ids, reading {number}")
    daemon.ends_well(tap)


def check_files(stage, tap, daemon, files):
    for name in ("stale", "garbage", "empty", "link"):
        reading = daemon.readings(name)[0]
        tap.equal((reading["ps_count"], reading["memory-uss"], reading["count-denied"]),
                  ((0, 0), 0, 0), f"a {name} PID file names nobody")
    complaints = daemon.complaints()
    for name, path, why in (("stale", files.stale, "started after it was written"),
                            ("garbage", files.garbage, "not a process id"),
                            ("empty", files.empty, "not a process id"),
                            ("link", files.link, "symbolic link")):
        said = [line for line in complaints if f'"{path}"' in line and why in line]
        tap.equal(len(said), 1, f"a {name} PID file is said once", *complaints)
    tap.equal(len(complaints), 4, "nothing else to complain about", *complaints)
    # a service that starts again writes its file anew
    for path in (files.stale, files.garbage):
        files.write(path, f"{files.victim.pid}\n")
    since = time.time()
    for name in ("stale", "garbage"):
        reading = daemon.readings(name, since=since)[0]
        check_members(tap, reading, [files.victim.pid], f"the {name} PID file, written anew")


def test(stage, tap):
    cast = Cast(stage)
    files = PidFiles(stage, stage.victim("private=4M"))
    daemon = stage.daemon(*configure(cast, files))
    since = time.time()

    def reading(name):
        return daemon.readings(name, since=since)[0]

    tap.equal([psutil.Process(pid).status() for pid in cast.parent.zombies],
              [psutil.STATUS_ZOMBIE] * 3, "there are zombies")
    check_members(tap, reading("zombies"), cast.parent.pids, "zombies")
    for name in ("dead-comm", "dead-env", "dead-cmdline", "dead-exe"):
        check_dead_leader(tap, reading(name), cast.dead_leader.pid, name)
    check_sharing(tap, reading("sharing"), cast.sharing.pids)
    check_members(tap, reading("gone"), cast.gone.pids, "a deleted executable")
    check_members(tap, reading("replaced"), [v.pid for v in cast.replaced],
                  "an executable that was replaced, and its successor")
    for number, victim in enumerate(cast.odd):
        check_members(tap, reading(f"odd{number}"), victim.pids,
                      f"the name {ODD_NAMES[number]!r}")
    check_files(stage, tap, daemon, files)
    daemon.ends_well(tap)
    check_thread_ids(stage, tap)
    check_slow_end(stage, tap)
    check_kernel(stage, tap)


harness.run(test)
