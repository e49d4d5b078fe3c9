#!/usr/bin/python3 -B
"""Groups that take their names from what strangers wrote."""

import glob
import json
import os
import re
import secrets
import time

import harness
import oracle
from daemon import SLOWNESS, VALGRIND
from tap import wait_for

TAG = f"fp{os.getpid()}"
NOBODY = harness.NOBODY
VALUES, MAX_GROUPS = 200, 50
EXPIRE = 8 if VALGRIND else 2  # seconds: four intervals

# of which a name is made, and which name that is
HOSTILE = [
    (b"a\nb", "a_b"),
    (b"../../etc/passwd", ".._.._etc_passwd"),
    (b"/", "_"),
    (b"..", ".."),
    (b"y" * 300, "y" * 300),
    (b"\xff\xfe\xc3", "___"),
    (b"", "_empty"),
    (b"_self", "_self"),
    (b"-x", "-x"),
    (b"100% %{user} $(id) `id`", "100____user____id___id_"),
    ("gr\u00fc\u00df".encode(), "gr____"),
    (b'a"b\\c', "a_b_c"),
]
COMMS = [(b"x\ny", "x_y"), (b"../p", ".._p"), (b"\xff\x01", "__"), (b") Z 1 (", "__Z_1__")]


def group(name, *lines):
    return [f'<Group "{name}">', *lines, "</Group>"]


def weigh(pids):
    return (oracle.total(pids)["memory-uss"], (len(pids), oracle.threads(pids)), 0)


def told(reading):
    return (reading["memory-uss"], reading["ps_count"], reading["count-denied"])


def said(daemon, part):
    return [line for line in daemon.log() if part in line]


def check_values(stage, tap):
    """More values than there may be groups."""
    victims = {f"v{n:03}": stage.victim(f"private={4 * n + 4}K", env={"VALUE": f"v{n:03}"})
               for n in range(VALUES)}
    daemon = stage.daemon(*group("app-%{env:VALUE}", 'Env "VALUE"', f"MaxGroups {MAX_GROUPS}"))
    since = time.time()
    daemon.readings("app-other", since=since)
    names = [name[4:] for name in daemon.instances() if name.startswith("app-v")]
    tap.equal(len(names), MAX_GROUPS, "as many groups as there may be", names)
    tap.equal(len(daemon.instances()), MAX_GROUPS + 1, "and one for the rest", daemon.instances())
    wrong = []
    for name in names:
        reading = daemon.readings(f"app-{name}", since=since)[0]
        if told(reading) != weigh([victims[name].pid]):
            wrong.append((name, reading.values))
    tap.equal(wrong, [], "each holds the one process of its value")
    rest = [victim.pid for name, victim in victims.items() if name not in names]
    tap.equal(told(daemon.readings("app-other")[0]), weigh(rest), "the rest is summed")
    daemon.readings("app-other", 3)
    tap.equal(len(said(daemon, f"more than MaxGroups {MAX_GROUPS} values")), 1, "said once")
    tap.equal(len(daemon.complaints()), 1, "nothing else to complain about", *daemon.complaints())
    tap.equal(sorted(daemon.instances()), sorted(["app-other", *(f"app-{n}" for n in names)]),
              "the groups stay the same")
    daemon.ends_well(tap)
    for victim in victims.values():
        victim.end()


def bare(name):
    """A name without a fixed part: what would begin with '_' does not, unless it is empty."""
    name = name[:63]
    return "-" + name[1:] if name.startswith("_") and name != "_empty" else name


def start_hostile(stage):
    """Each victim, and what is to be made of its value."""
    values = [(stage.victim(f"private={8 * n + 8}K", env={"HOSTILE": value}), name)
              for n, (value, name) in enumerate(HOSTILE)]
    comms = [(stage.victim(b"comm=" + comm, f"private={8 * n + 8}K", env={"ODD_COMM": "1"}), name)
             for n, (comm, name) in enumerate(COMMS)]
    lines = [(stage.victim(f"private={8 * n + 8}K", "--", TAG, value), name)
             for n, (value, name) in enumerate(HOSTILE) if value]
    return values, comms, lines


def check_hostile(stage, tap):
    values, comms, lines = start_hostile(stage)
    daemon = stage.daemon(
        *group("h.%{env:HOSTILE}", 'Env "HOSTILE"'),
        *group("%{env:HOSTILE}", 'Env "HOSTILE"'),
        *group("c.%{comm}", 'Env "ODD_COMM"'),
        *group("l.%{cmdline:1}", f'Cmdline "/ -- {TAG} (.*)$/"'))
    expected = {}
    for victim, name in values:
        expected["h." + name[:61]] = victim
        expected[bare(name)] = victim
    expected.update({"c." + name: victim for victim, name in comms})
    expected.update({"l." + name[:61]: victim for victim, name in lines})
    since = time.time()
    for name, victim in expected.items():
        reading = daemon.readings(name, since=since)[0]
        tap.equal(told(reading), weigh([victim.pid]), f"{name}: the one whose name that is")
    tap.equal(sorted(daemon.instances()), sorted(expected), "no other group is told")
    strange = [path for path in glob.glob(os.path.join(daemon.data, "**"), recursive=True)
               if not re.fullmatch("[A-Za-z0-9_./-]*", path[len(daemon.data):])]
    tap.equal(strange, [], "every file's name is safe")
    tap.equal(daemon.complaints(), [], "nothing to complain about")
    check_shared(stage, tap, daemon, expected["h.a_b"])
    with open(daemon.log_file, "rb") as file:
        odd = [line for line in file.read().split(b"\n")[:-1]
               if not re.fullmatch(rb"\[[a-z]+\] [ -~]*", line)]
    tap.equal(odd, [], "every line of the log is one line of plain text")
    daemon.ends_well(tap)


def check_shared(stage, tap, daemon, first):
    """Different values that become one name."""
    more = [stage.victim("private=1M", env={"HOSTILE": value}) for value in ("a b", "a/b")]
    reading = wait_for(lambda: next((r for r in daemon.readings("h.a_b") if r["ps_count"][0] == 3),
                                    None), 20 * SLOWNESS, "three share a name")
    tap.equal(told(reading), weigh([first.pid, *(victim.pid for victim in more)]),
              "values that become one name share a group")
    daemon.readings("h.a_b", 2)
    for name in ("h.a_b", "a_b"):
        tap.equal(len(said(daemon, f'different values become the name "{name}"')), 1,
                  f"{name}: said once", *daemon.log())
    tap.equal(len(daemon.complaints()), 2, "nothing else is said", *daemon.complaints())


def check_expiry(stage, tap):
    steady = stage.victim("private=1M", env={"APP": "steady"})
    first = stage.victim("private=2M", env={"APP": "passing"})
    daemon = stage.daemon(*group("app-%{env:APP}", 'Env "APP"', f"Expire {EXPIRE}"))
    tap.equal(told(daemon.readings("app-passing")[0]), weigh([first.pid]), "a group is there")
    first.end()
    ended = time.time()
    tap.equal(told(daemon.readings("app-passing")[0]), (0, (0, 0), 0), "zeros without members")
    daemon.readings("app-steady", 8)
    last = daemon.all_readings("app-passing")[-1].time
    tap.ok(EXPIRE - daemon.interval < last - ended < EXPIRE + 3 * daemon.interval,
           "and told no more after its Expire", last - ended)
    daemon.readings("app-steady", 2)
    tap.equal(daemon.all_readings("app-passing")[-1].time, last, "it stays away")
    again = stage.victim("private=3M", env={"APP": "passing"})
    tap.equal(told(daemon.readings("app-passing")[0]), weigh([again.pid]), "it comes again")
    tap.equal(told(daemon.readings("app-steady")[0]), weigh([steady.pid]), "others stay")
    tap.ok("app-other" not in daemon.instances(), "there is no rest", daemon.instances())
    tap.equal(daemon.complaints(), [], "expiry: nothing to complain about")
    daemon.ends_well(tap)


def written(directory, config):
    """All that a daemon wrote, by file."""
    found = {}
    for path in glob.glob(os.path.join(directory, "**"), recursive=True):
        if os.path.isfile(path) and path != config and not path.endswith(".so"):
            with open(path, "rb") as file:
                found[path] = path.encode() + b"\n" + file.read()
    return found


def check_secrets(stage, tap):
    """Values that nobody asked to see, of those who are selected, by them too, and of others."""
    secret = secrets.token_hex(16)
    env = {"APP": "shop", "API_TOKEN": secret, "UNNAMED": secret}
    who = stage.victim(f"comm={TAG}", "private=1M", "--", "shown", env=env)
    stage.victim("private=1M", env={"UNNAMED": secret})
    directory = stage.directory("state")
    daemon = stage.daemon(
        f'StateFile "{directory}/state.json"', "Detail true", "Activity true",
        *group("app-%{env:APP}", 'Env "APP"', 'Env "API_TOKEN"'),
        *group("regex", 'Env "API_TOKEN" "/^[0-9a-f]{32}$/"'),
        *group("not", 'Env "API_TOKEN"', 'Not Env "API_TOKEN" "x"'),
        *group("shown-%{cmdline:1}", 'Env "API_TOKEN"', 'Cmdline "/-- (.*)$/"'))
    since = time.time()
    for name in ("app-shop", "regex", "not", "shown-shown"):
        tap.equal(told(daemon.readings(name, since=since)[0]), weigh([who.pid]),
                  f"{name}: selected by a secret")
    state = wait_for(lambda: os.path.exists(f"{directory}/state.json"), 10 * SLOWNESS, "a state")
    tap.ok(state, "there is a state file")
    daemon.ends_well(tap)
    files = {**written(daemon.directory, daemon.config_file), **written(directory, None)}
    tap.ok(len(files) > 20, "something was written", len(files))
    with open(f"{directory}/state.json") as file:
        tap.ok(json.load(file)["groups"], "the state tells of groups")
    tap.equal([path for path, text in files.items() if secret.encode() in text], [],
              "no value that nobody asked for was written anywhere")
    who.end()


def check_denied(stage, tap):
    """Who may not read the environments of others has no sums, and no zeros in their place."""
    mine = stage.victim("private=1M", env={"APP": "mine"}, user=NOBODY)
    stage.victim("private=1M", env={"APP": "hidden"})
    daemon = stage.daemon(*group("app-%{env:APP}", 'Env "APP"'),
                          *group("uid-%{user}", f"User {NOBODY}",
                                 f'Exe "{stage.victim_program()}"'),
                          user=NOBODY)
    daemon.readings("app-other", 2)
    for name in ("app-mine", "app-other"):
        reading = daemon.readings(name)[0]
        absent = [metric for metric in oracle.BASIC if metric in reading]
        tap.equal((absent, reading["ps_count"]), ([], None), f"denied: {name} tells no sum")
        tap.ok((reading["count-denied"] or 0) > 0, f"denied: {name} tells that it is denied",
               reading.values)
    tap.equal(told(daemon.readings("uid-nobody")[0]), weigh([mine.pid]),
              "denied: what needs no permission is whole")
    tap.equal(sorted(daemon.instances()), ["app-mine", "app-other", "uid-nobody"],
              "denied: these groups alone")
    tap.equal(len(daemon.complaints()), 1, "denied: said once", *daemon.complaints())
    daemon.ends_well(tap)


def test(stage, tap):
    check_expiry(stage, tap)
    check_hostile(stage, tap)
    check_secrets(stage, tap)
    check_denied(stage, tap)
    check_values(stage, tap)


harness.run(test)
