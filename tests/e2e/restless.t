#!/usr/bin/python3 -B
"""Processes that fork, share their memory and become others all the time: once they stand still, what
is told is exact, whatever there was before."""

import os
import random
import signal
import subprocess
import time

import harness
import host
import oracle
from tap import Impossible, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
GROUP = f"restless{os.getpid()}"
STOPS, MEMBERS, LOOKS = 12, 10, 4
METRICS = ["memory-rss", "memory-uss", "memory-pss", "memory-swap"]
# rounds until nobody is suspected of having shared its memory with one that is gone, and one more
SETTLED = 4


class Group:
    """The other end of restless.c."""

    def __init__(self, stage, seed):
        program = stage.path(GROUP)
        subprocess.run([*os.environ.get("CC", "cc").split(), "-std=gnu11", "-D_GNU_SOURCE", "-O1",
                        "-static", "-o", program, os.path.join(HERE, "restless.c")], check=True)
        self.process = subprocess.Popen([program, str(seed), str(MEMBERS)],
                                        preexec_fn=host.die_with_parent)
        stage.defer(self.end)
        wait_for(lambda: len(self.states()) > MEMBERS, 10, "the members")

    def states(self):
        """Of all that live, by pid: the letter, and the name."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                name, _, rest = host.read(f"/proc/{pid}/stat").partition(" (")[2].rpartition(") ")
            except (FileNotFoundError, ProcessLookupError):
                continue
            words = rest.split()
            if int(words[2]) == self.process.pid and words[0] not in "ZX":
                found[int(pid)] = words[0], name
        return found

    def stop(self):
        """Members, all of which stand still now: also who waits for one that stopped before its exec."""
        looks = [{}]

        def stand():
            os.killpg(self.process.pid, signal.SIGSTOP)
            looks.append(self.states())
            last = looks[-LOOKS:]
            return last == LOOKS * last[:1] and {state for state, _ in last[0].values()} <= set("TD")

        wait_for(stand, 10, "all stand still", 0.02)
        return sorted(pid for pid, (_, name) in looks[-1].items() if name == GROUP)

    def go_on(self):
        os.killpg(self.process.pid, signal.SIGCONT)

    def end(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def check_stop(tap, daemon, group, number):
    pids = group.stop()
    reading = daemon.readings(GROUP, SETTLED, since=time.time())[-1]
    truth = oracle.total(oracle.distinct(pids))
    oracle.same(tap, reading, truth, truth, pids, METRICS, f"stop {number}: {len(pids)} members")
    tap.equal((reading["ps_count"][0], reading["count-deferred"]), (len(pids), 0),
              f"stop {number}: all of them, and nobody was put off")
    group.go_on()


def test(stage, tap):
    host.alone(stage)
    seed = int(time.time())
    random.seed(seed)
    group = Group(stage, seed)
    daemon = stage.daemon("Budget 100", f'<Group "{GROUP}">', f'Comm "{GROUP}"', "</Group>",
                          interval=0.1)
    daemon.readings(GROUP, 2)
    if not daemon.reads_fast():
        raise Impossible("here the kernel counts sizes in batches, so that small moves are seen late")
    for number in range(STOPS):
        time.sleep(random.uniform(0.2, 0.8))
        check_stop(tap, daemon, group, number)
    tap.equal(daemon.complaints(lateness=False), [], f"nothing to complain about (seed {seed})")
    daemon.ends_well(tap)


harness.run(test, alone=False)
