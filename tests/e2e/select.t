#!/usr/bin/python3 -B
"""Every selector, alone and together. Each process has memory of a size of its own, so that the
sum of a group tells exactly who is in it."""

import os
import shutil
import time

import harness
import oracle
from tap import wait_for

TAG = f"fp{os.getpid()}"
MARK = f'Env "FP_SELECT" "{TAG}"'
UID = 64001
FREE_UID = 64002  # of a process that takes it later


class Cast:
    """The processes, by a letter each."""

    def __init__(self, stage):
        self.stage = stage
        self.victims = {}
        self.sizes = iter(1 << n for n in range(20))

    def add(self, letter, *steps, env=None, program=None, behind=()):
        env = {"FP_SELECT": TAG, **(env or {})}
        # the size is made last: it has to outlive an exec among the steps
        steps = [*steps, f"private={next(self.sizes) * 256}K", "--", *behind]
        self.victims[letter] = self.stage.victim(*steps, env=env, program=program)

    def pids(self, letters):
        return [pid for letter in letters for pid in self.victims[letter].pids]


def start(stage):
    cast = Cast(stage)
    other = stage.path("victim-d")
    shutil.copy(stage.victim_program(), other)
    cast.add("a", f"comm=a{TAG}", env={"APP": "shop"}, behind=["--pool", f"shop {TAG}"])
    cast.add("b", f"uid={UID}", env={"APP": "shop-2"}, behind=["--pool", "", "b"])
    cast.add("c", f"comm=c{TAG}", env={"APP": ""})
    cast.add("d", "fork=1", "end", program=other)
    cast.add("e", "set=APP=second", "exec", env={"APP": "first"})
    cast.add("f", "set=APPLE=1", "env-bytes=2M", f"set=FP_LATE={TAG}-beyond", "arg-bytes=2M",
             f"last-arg=needle {TAG}", "exec")
    cast.add("g", env={"APP": b"one\ntwo\xff"})
    cast.add("h", env={"APP": "x" * 100000 + "end"})
    for letter, text in (("a", "{}"), ("b", " \t{} \n"), ("c", "{}\nmore\n")):
        with open(stage.path(f"pid-{letter}"), "w") as file:
            file.write(text.format(cast.victims[letter].pid))
    return cast


# name, who must be in it, the lines of each block
def groups(stage):
    directory = stage.root
    return [
        ("env-exact", "a", [MARK, 'Env "APP" "shop"']),
        ("env-exists", "abcegh", [MARK, 'Env "APP"']),
        ("env-empty", "c", [MARK, 'Env "APP" ""']),
        ("env-regex", "ab", [MARK, 'Env "APP" "/^shop(-[0-9]+)?$/"']),
        ("env-not", "df", [MARK, 'Not Env "APP"']),
        ("env-not-value", "bcdefgh", [MARK, 'Not Env "APP" "shop"']),
        ("env-not-regex", "cdefgh", [MARK, 'Not Env "APP" "/^shop/"']),
        ("env-first", "e", [MARK, 'Env "APP" "first"']),
        ("env-second", "", [MARK, 'Env "APP" "second"']),
        ("env-case", "", [MARK, 'Env "APP" "/SHOP/"']),
        ("env-any-case", "ab", [MARK, 'Env "APP" "/(?i)^SHOP/"']),
        ("env-lines", "g", [MARK, 'Env "APP" "/^one.two/"']),
        ("env-long", "h", [MARK, 'Env "APP" "/^x+end$/"']),
        ("env-late", "f", [f'Env "FP_LATE" "{TAG}-beyond"']),
        ("env-two", "a", [MARK, 'Env "APP" "/shop/"', 'Env "APP" "/p$/"']),
        ("cmd-end", "f", [f'Cmdline "/ needle {TAG}$/"']),
        ("cmd-join", "a", [f'Cmdline "/^[^ ]+/victim comm=a{TAG} .* -- --pool shop {TAG}$/"']),
        ("cmd-empty-argument", "b", [MARK, 'Cmdline "/--pool  b$/"']),
        ("cmd-not", "cdefgh", [MARK, 'Not Cmdline "/--pool/"']),
        ("comm", "a", [f'Comm "a{TAG}"']),
        ("comm-regex", "ac", [f'Comm "/^[a-c]{TAG}$/"']),
        ("comm-not", "bcdefgh", [MARK, f'nOT cOMM "a{TAG}"']),
        ("exe", "d", [f'Exe "{directory}/victim-d"']),
        ("exe-regex", "abcdefgh", [f'Exe "/^{directory}/victim/"']),
        ("exe-not", "abcefgh", [MARK, f'Not Exe "{directory}/victim-d"']),
        ("user", "b", [f"User {UID}"]),
        ("user-quoted", "b", [f'User "{UID}"']),
        ("user-name", "acdefgh", [MARK, 'User "root"']),
        ("user-not", "acdefgh", [MARK, f"Not User {UID}"]),
        ("pid", "a", [f'PidFile "{directory}/pid-a"']),
        ("pid-spaces", "b", [f'PidFile "{directory}/pid-b"']),
        ("pid-lines", "c", [f'PidFile "{directory}/pid-c"']),
        ("pid-not", "bcdefgh", [MARK, f'Not PidFile "{directory}/pid-a"']),
        ("pid-none", "", [f'PidFile "{directory}/pid-none"']),
        ("and", "a", [MARK, 'User "root"', 'Env "APP" "/./"', f'Comm "/{TAG}/"']),
        ("or", "ad", [MARK, 'Env "APP" "shop"'], [f'Exe "{directory}/victim-d"']),
        ("or-both", "a", [MARK, 'Env "APP" "shop"'], [f'Comm "a{TAG}"']),
        ("none", "", [f'Comm "none{TAG}"']),
        ("late-comm", "", [f'Comm "z{TAG}"']),
        ("late-user", "", [f"User {FREE_UID}"]),
        ("late-env", "", [MARK, 'Env "FP_ONLY_LATER"']),
        ("late-pid", "", [f'PidFile "{directory}/pid-later"']),
    ]


def configure(table):
    for name, _, *blocks in table:
        for lines in blocks:
            yield from (f'<Group "{name}">', *lines, "</Group>")


def check(tap, name, reading, pids):
    """Who is in the group, seen from what it weighs."""
    wanted = oracle.total(pids)["memory-uss"] if pids else 0
    found = (reading["memory-uss"], reading["ps_count"], reading["count-denied"])
    return tap.equal(found, (wanted, (len(pids), oracle.threads(pids)), 0), name)


def check_empty(tap, reading):
    """A group without members is there and says so."""
    metrics = [*oracle.BASIC, "count-denied", "count-deferred", "count-stuck", "duration-age"]
    found = {metric: reading[metric] for metric in metrics}
    tap.equal(found, dict.fromkeys(metrics, 0), "none: zeros, and nothing is absent")


def check_changes(stage, tap, daemon, cast):
    """What a process becomes later, and who comes and goes."""
    victims = cast.victims
    victims["c"].do(f"comm=z{TAG}")
    victims["e"].do("set=FP_ONLY_LATER=1", "exec", "private=3M")
    victims["g"].do(f"uid={FREE_UID}")
    with open(stage.path("pid-later"), "w") as file:
        file.write(str(victims["h"].pid))
    victims["a"].end()
    stage_env = {"FP_SELECT": TAG, "APP": "shop-3"}
    victims["i"] = stage.victim("private=5M", env=stage_env)
    since = time.time()
    for name, who in (("late-comm", "c"), ("comm-regex", ""), ("late-env", "e"),
                      ("late-user", "g"), ("late-pid", "h"), ("env-exact", ""),
                      ("env-regex", "bi"), ("or", "d")):
        reading = daemon.readings(name, since=since)[0]
        check(tap, f"{name}: {who or 'nobody'} after the change", reading, cast.pids(who))


def check_interval(tap, daemon):
    """A group may be read less often than the plugin is."""
    def enough():
        readings = daemon.all_readings("seldom")
        return readings if len(readings) > 4 else None

    # the first comes at the start, when the daemon has no rhythm yet
    times = [reading.time for reading in wait_for(enough, 10, "readings")[1:]]
    gaps = [later - earlier for earlier, later in zip(times, times[1:])]
    wanted = 2 * daemon.interval
    tap.ok(all(abs(gap - wanted) < daemon.interval / 2 for gap in gaps),
           "a group's own interval", gaps)


def test(stage, tap):
    cast = start(stage)
    table = groups(stage)
    seldom = ['<Group "seldom">', MARK, "Interval 1", "</Group>"]
    daemon = stage.daemon(*configure(table), *seldom, interval=0.5)
    since = time.time()
    for name, who, *_ in table:
        reading = daemon.readings(name, since=since)[0]
        check(tap, f"{name}: {who or 'nobody'}", reading, cast.pids(who))
    check_empty(tap, daemon.readings("none", since=since)[0])
    tap.equal(daemon.instances(), sorted([*(name for name, *_ in table), "seldom"]),
              "these groups and no other are told")
    check_changes(stage, tap, daemon, cast)
    check_interval(tap, daemon)
    tap.equal(daemon.complaints(), [], "nothing to complain about")
    daemon.ends_well(tap)


harness.run(test)
