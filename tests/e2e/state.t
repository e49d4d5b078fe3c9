#!/usr/bin/python3 -B
"""The state file of a running daemon: the newest reading, whole, for those who may read it."""

import errno
import json
import os
import stat
import time

import harness
import host
import oracle
from daemon import SLOWNESS
from tap import wait_for

TAG = f"fp{os.getpid()}"
SECRET = "swordfish"
GID = 54321


def newest(path, since=None):
    """A file of a reading that began after this call, or since."""
    now = since or time.time()

    def fresh():
        if not os.path.exists(path):
            return None
        with open(path) as file:
            state = json.load(file)
        return state if state["time"] - 0.5 > now else None

    return wait_for(fresh, 20 * SLOWNESS, "a newer state file")


def check_values(stage, tap, path, victim):
    before = oracle.total(victim.pids)
    state = newest(path)
    after = oracle.total(victim.pids)
    groups = {group["name"]: group for group in state["groups"]}
    tap.equal((state["version"], state["interval"], sorted(groups)), (1, 0.5, ["all", "none"]),
              "version, interval and groups")
    group = groups["all"]
    sums = {f"memory-{name}": value for name, value in group["memory"].items()}
    oracle.same(tap, sums, before, after, victim.pids, oracle.BASIC, "the sums are psutil's")
    counts = ("processes", "threads", "denied", "undecided", "stuck")
    tap.equal([group[name] for name in counts], [2, 2, 0, 0, 0], "the counts")
    tap.ok(group["deferred"] <= 2, "on a busy host some may be put off, but not more than there are",
           group["deferred"])
    members = {member["pid"]: member for member in group["members"]}
    tap.equal(sorted(members), sorted(victim.pids), "the members")
    for pid in victim.pids:
        with open(f"/proc/{pid}/stat") as file:
            starttime = int(file.read().rsplit(")", 1)[1].split()[19])
        member = members[pid]
        tap.equal((member["starttime"], member["comm"], member["uid"], member["memory"]["uss"]),
                  (starttime, f"a\"{TAG}", 0, oracle.process(pid)["memory-uss"]),
                  "a member is who it is")
    empty = groups["none"]
    tap.equal((empty["processes"], empty["memory"]["uss"], empty["members"]), (0, 0, []),
              "an empty group is there, with zeros")
    tap.ok(state["self"]["processes"] >= 3 and state["self"]["matched"] == 2, "its own counts",
           state["self"])
    # the members were read at first, by one way or the other, and are kept in sight
    told = state["self"]
    readings = told["walks"] + told["rollups"] + told["fasts"]
    tap.ok(readings >= 2 and told["kept_files"] == 4 and told["total_cpu_ns"] > told["cpu_ns"] > 0,
           "what it did and cost", told)


def check_privacy(tap, path):
    with open(path) as file:
        text = file.read()
    tap.ok(SECRET not in text and "--password" not in text,
           "no environment and no command line", text)
    info = os.stat(path)
    tap.equal((stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid), (0o640, 0, GID),
              "only its owner and the group may read it")


def check_full(stage, tap, daemon, folder):
    """What cannot be written is said once; the file before stays, and nothing lies beside it."""
    path = os.path.join(folder, "state.json")
    filler = os.path.join(folder, "filler")
    newest(path)
    try:
        with open(filler, "wb", buffering=0) as file:
            while True:
                file.write(b"x" * 1024)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
    said = wait_for(daemon.complaints, 20 * SLOWNESS, "a complaint")
    tap.match("\n".join(said), f"StateFile {path} cannot be written: No space left on device",
              "a full file system is said")
    daemon.readings("all", 3)
    tap.equal(len(daemon.complaints()), 1, "only once", daemon.complaints())
    with open(path) as file:
        tap.equal(json.load(file)["version"], 1, "the file before is whole")
    tap.equal(sorted(os.listdir(folder)), ["filler", "state.json"], "nothing lies beside it")
    os.unlink(filler)
    newest(path)
    tap.match("\n".join(daemon.log()), "StateFile .* is written again", "it goes on with room")


def test(stage, tap):
    folder = stage.directory("state")
    host.mount("tmpfs", folder, "tmpfs", options="size=32k,mode=755")
    stage.defer(host.LIBC.umount, folder.encode())
    path = os.path.join(folder, "state.json")
    victim = stage.victim(f"comm=a\"{TAG}", "private=8M", "fork=1", "private=1M", "end", "--",
                          "--password", SECRET, env={"PASSWORD": SECRET})
    daemon = stage.daemon(f'StateFile "{path}"', f'StateFileGroup "{GID}"',
                          '<Group "all">', f'Env "PASSWORD" "{SECRET}"', "</Group>",
                          '<Group "none">', f'Comm "no{TAG}"', "</Group>")
    check_values(stage, tap, path, victim)
    check_privacy(tap, path)
    check_full(stage, tap, daemon, folder)
    daemon.ends_well(tap)


harness.run(test)
