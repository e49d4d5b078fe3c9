#!/usr/bin/python3 -B
"""A process whose own memory moves, and now and then what it has of files: all that is told is true."""

import os
import random
import time

import harness
import host
import oracle

GROUP = f"mover{os.getpid()}"
METRICS = ["memory-rss", "memory-uss", "memory-pss", "memory-swap", "memory-page_tables"]
MIB = 1 << 20
ROUNDS = 24


def make(path):
    with open(path, "wb") as file:
        file.write(b"x" * (4 * MIB))
    return path


class Mover:
    """So large that it is not walked; the pages of one file that it reads are another's, too."""

    def __init__(self, stage):
        self.files = {"shared": make(stage.path("shared")), "own": make(stage.path("own"))}
        self.other = stage.victim(f"file-read=4M:{self.files['shared']}")
        self.victim = stage.victim(*self.begin())

    def begin(self):
        self.touched_kib = 256 * 1024
        self.file = "shared"
        return [f"file-read=4M:{self.files['shared']}", "reserve=512M", "touch=256M",
                f"comm={GROUP}"]

    def grow(self):
        self.touched_kib += 4 * random.randrange(1, 2000)
        return [f"touch={self.touched_kib}K"]

    def shrink(self):
        return [f"give-up={4 * random.randrange(1, 2000)}K"]

    def exchange(self):
        """As many pages of another file, in as large a mapping: only their sharing is another."""
        self.file = "own" if self.file == "shared" else "shared"
        return [f"exchange={self.files[self.file]}", *self.grow()]

    def exec(self):
        """What stays open of it in the daemon is of memory that is no more."""
        return ["exec", *self.begin()]

    def move(self):
        name = random.choice(["grow", "grow", "grow", "grow", "shrink", "exchange", "exec"])
        self.victim.do(*getattr(self, name)())
        return name


def check_round(tap, daemon, mover, number):
    """True if only its own pages were read: what is told is older than the round then."""
    name = mover.move()
    since = time.time()
    before = oracle.total([mover.victim.pid])
    reading = daemon.readings(GROUP, 1, since=since)[0]
    after = oracle.total([mover.victim.pid])
    oracle.same(tap, reading, before, after, [mover.victim.pid], METRICS,
                f"round {number}: {name}")
    return name == "grow" and reading["duration-age"] > daemon.interval / 2


def test(stage, tap):
    host.alone(stage)
    seed = int(time.time())
    random.seed(seed)
    mover = Mover(stage)
    daemon = stage.daemon(f'<Group "{GROUP}">', f'Comm "{GROUP}"', "</Group>")
    daemon.readings(GROUP, 2)
    only_own = sum(check_round(tap, daemon, mover, number) for number in range(ROUNDS))
    if daemon.reads_fast():
        tap.ok(only_own, "what it has of files was not always read again", f"seed {seed}", only_own)
    else:
        tap.skip("what it has of files was not always read again", "large processes are walked here")
    tap.equal(daemon.complaints(), [], f"nothing to complain about (seed {seed})")
    daemon.ends_well(tap)


harness.run(test, alone=False)
