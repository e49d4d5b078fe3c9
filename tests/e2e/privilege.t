#!/usr/bin/python3 -B
"""A daemon that may not read everything: what it cannot know it leaves out, and says so once."""

import os
import re
import time

import harness
import host
import oracle

TAG = f"fp{os.getpid()}"
NOBODY = harness.NOBODY
FROM_SMAPS = ["memory-rss", "memory-uss", "memory-pss", "memory-swap", "memory-swap_pss",
              "memory-uss_max"]

GROUPS = [
    ("own", [f'Comm "own{TAG}"']),
    ("foreign", [f'Comm "root{TAG}"']),
    ("secretive", [f'Comm "secret{TAG}"']),
    ("mixed", [f'Comm "/^(own|root){TAG}$/"']),
    ("partial", [f'Comm "/^(own|root){TAG}$/"', "ReportPartial true"]),
    ("nothing", [f'Comm "root{TAG}"', "ReportPartial true"]),
    ("env", [f'Env "FP_PRIVILEGE" "{TAG}"']),
    ("env-own", [f'Env "FP_PRIVILEGE" "{TAG}"', f'Comm "own{TAG}"']),
    ("env-foreign", ['Env "FP_PRIVILEGE"', f'Comm "root{TAG}"']),
    ("env-not", ['Not Env "FP_PRIVILEGE"', f'Comm "root{TAG}"']),
    ("env-partial", [f'Env "FP_PRIVILEGE" "{TAG}"', "ReportPartial true",
                     f'Comm "/^(own|root){TAG}$/"']),
    ("cmdline", [f'Cmdline "/^[^ ]*victim comm=root{TAG} /"']),
]


class Cast:
    def __init__(self, stage):
        env = {"FP_PRIVILEGE": TAG}
        self.own = stage.victim(f"comm=own{TAG}", "private=8M", env=env, user=NOBODY)
        self.foreign = stage.victim(f"comm=root{TAG}", "private=16M", env=env)
        self.secretive = stage.victim(f"comm=secret{TAG}", "private=4M", "non-dumpable", env=env,
                                      user=NOBODY)


def configure():
    for name, lines in GROUPS:
        yield from (f'<Group "{name}">', *lines, "</Group>")


def measure(daemon, count=1):
    since = time.time()
    return {name: daemon.readings(name, count, since=since)[-1] for name, _ in GROUPS}


def check_whole(tap, reading, pids, name):
    found = oracle.total(pids)
    oracle.same(tap, reading, found, found, pids, oracle.BASIC, f"{name}: complete")
    tap.equal((reading["ps_count"], reading["count-denied"]), ((len(pids), len(pids)), 0),
              f"{name}: counted, and nobody denied")


def check_denied(tap, reading, name, count, denied):
    """The memory is absent, whether the count may be told or not."""
    tap.equal([metric for metric in FROM_SMAPS if metric in reading], [],
              f"{name}: no memory is told")
    tap.equal((reading["ps_count"], reading["count-denied"]), (count, denied),
              f"{name}: the counts are right, or absent")


def check_complaint(tap, daemon, capabilities, name):
    """One line names what is missing, and nothing that is not."""
    complaints = daemon.complaints()
    text = "\n".join(complaints)
    tap.equal(len(complaints), 1 if capabilities else 0, f"{name}: complains once", text)
    tap.equal(sorted(set(re.findall(r"CAP_[A-Z_]+", text))), sorted(capabilities),
              f"{name}: names what is missing", text)


def check_nobody(stage, tap, cast):
    """No capability at all."""
    daemon = stage.daemon(*configure(), user=NOBODY)
    readings = measure(daemon, 3)
    both = [cast.own.pid, cast.foreign.pid]
    check_whole(tap, readings["own"], [cast.own.pid], "one's own")
    check_denied(tap, readings["foreign"], "another user's", (1, 1), 1)
    check_denied(tap, readings["secretive"], "one's own that hides", (1, 1), 1)
    check_denied(tap, readings["mixed"], "one's own and another's", (2, 2), 1)
    check_denied(tap, readings["nothing"], "ReportPartial where nobody can be read", (1, 1), 1)
    found = oracle.total([cast.own.pid])
    oracle.same(tap, readings["partial"], found, found, both, FROM_SMAPS,
                "ReportPartial: the sum of those who can be read")
    tap.equal((readings["partial"]["ps_count"], readings["partial"]["count-denied"]), ((2, 2), 1),
              "ReportPartial: both are counted, one denied")
    check_denied(tap, readings["env-foreign"], "another's Env", None, 1)
    check_denied(tap, readings["env-not"], "Not of another's Env", None, 1)
    check_whole(tap, readings["env-own"], [cast.own.pid], "one's own Env")
    oracle.same(tap, readings["env-partial"], found, found, both, FROM_SMAPS,
                "ReportPartial and Env: the sum of those who can be read")
    tap.equal(readings["env-partial"]["count-denied"], 1, "ReportPartial and Env: one denied")
    check_denied(tap, readings["cmdline"], "another's command line", (1, 1), 1)
    everybody = readings["env"]
    tap.ok("memory-uss" not in everybody and "ps_count" not in everybody
           and everybody["count-denied"] > 1,
           "Env among all processes: many are denied, nothing is told", everybody.values)
    check_complaint(tap, daemon, ["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"], "no capability")
    daemon.ends_well(tap)


def check_ptrace(stage, tap, cast):
    """CAP_SYS_PTRACE alone opens the memory maps, not the environments."""
    daemon = stage.daemon(*configure(), user=NOBODY, capabilities=["sys_ptrace"])
    readings = measure(daemon)
    check_whole(tap, readings["foreign"], [cast.foreign.pid], "CAP_SYS_PTRACE: another user's")
    check_whole(tap, readings["secretive"], [cast.secretive.pid], "CAP_SYS_PTRACE: one that hides")
    check_denied(tap, readings["env-foreign"], "CAP_SYS_PTRACE: another's Env", None, 1)
    check_complaint(tap, daemon, ["CAP_DAC_READ_SEARCH"], "CAP_SYS_PTRACE")
    daemon.ends_well(tap)


def check_both(stage, tap, cast):
    """All that is needed, without being root."""
    daemon = stage.daemon(*configure(), user=NOBODY,
                          capabilities=["sys_ptrace", "dac_read_search"])
    readings = measure(daemon)
    three = [cast.own.pid, cast.foreign.pid, cast.secretive.pid]
    check_whole(tap, readings["env"], three, "both capabilities: all by Env")
    check_whole(tap, readings["mixed"], three[:2], "both capabilities: all by Comm")
    check_complaint(tap, daemon, [], "both capabilities")
    daemon.ends_well(tap)


def check_hidden(stage, tap, cast):
    """Where others cannot even be seen they cannot be counted either: said at the start."""
    try:
        path = host.proc_mount(stage, "hidepid=invisible")
    except harness.Impossible as reason:
        tap.skip("hidepid", reason)
        return
    daemon = stage.daemon(f'ProcPath "{path}"', *configure(), user=NOBODY)
    readings = measure(daemon)
    check_whole(tap, readings["own"], [cast.own.pid], "hidepid: one's own")
    tap.match("\n".join(daemon.complaints()),
              r"hidepid=2: .*cannot even be counted, unless .* \(gid=\)", "hidepid: said")
    daemon.ends_well(tap)


def test(stage, tap):
    cast = Cast(stage)
    check_nobody(stage, tap, cast)
    check_ptrace(stage, tap, cast)
    check_both(stage, tap, cast)
    check_hidden(stage, tap, cast)


harness.run(test)
