#!/usr/bin/python3 -B
"""Selectors by cgroup, unit and container: in cgroups of the test's own, and in a planted tree with
what systemd, Docker, Podman and Kubernetes write."""

import json
import os
import time

import harness
import oracle
from tap import wait_for

TAG = f"fp{os.getpid()}-{int(time.time())}"

SHOP = "3f2b8c0de1a94756b7d0c3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f302"
OLD = "00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee"
BLOG = "abcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcdefabcd"
WIKI = "1111111111111111111111111111111111111111111111111111111111111111"
POD = "5555555555555555555555555555555555555555555555555555555555555555"

# the file, the unit and the container of each
PLANTED = [
    ("0::/init.scope\n", "init.scope", None),
    ("0::/system.slice/php8.2-fpm.service\n", "php8.2-fpm.service", None),
    ("12:pids:/system.slice/cron.service\n11:freezer:/\n5:memory:/system.slice/cron.service\n"
     "1:name=systemd:/system.slice/cron.service\n0::/system.slice/cron.service\n",
     "cron.service", None),
    ("4:memory:/system.slice/old.service\n1:name=systemd:/system.slice/old.service\n",
     "old.service", None),
    ("0::/system.slice/system-getty.slice/getty@tty1.service\n", "getty_tty1.service", None),
    ("0::/system.slice/deep.service/payload/worker-1\n", "deep.service", None),
    ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/notes.service\n",
     "user_1000.service_notes.service", None),
    ("0::/user.slice/user-1000.slice/user@1000.service/init.scope\n",
     "user_1000.service_init.scope", None),
    ("0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope", None),
    ("0::/system.slice/docker.service\n", "docker.service", None),
    (f"0::/system.slice/docker-{SHOP}.scope\n", f"docker-{SHOP}.scope", "shop"),
    (f"11:memory:/docker/{OLD}\n2:freezer:/docker/{OLD}\n1:name=systemd:/docker/{OLD}\n0::/\n",
     None, "old-shop"),
    (f"0::/docker/{SHOP}/system.slice/pretender.service\n", None, "shop"),
    (f"0::/machine.slice/libpod-{BLOG}.scope/container\n", f"libpod-{BLOG}.scope", "blog"),
    (f"0::/machine.slice/libpod-conmon-{BLOG}.scope\n", f"libpod-conmon-{BLOG}.scope", None),
    (f"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{WIKI}.scope/container\n",
     f"user_1000.service_libpod-{WIKI}.scope", "wiki"),
    ("0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1a2b.slice/"
     f"cri-containerd-{POD}.scope\n", f"cri-containerd-{POD}.scope", POD[:12]),
    (f"3:cpu:/kubepods/burstable/pod1a2b/{POD}\n", None, POD[:12]),
    ("0::/\n", None, None),
]


def group(name, *lines):
    return [f'<Group "{name}">', *lines, "</Group>"]


def told(reading):
    return (reading["memory-uss"], reading["ps_count"][0], reading["count-denied"])


def plant_process(tree, pid, cgroup, kib):
    texts = {
        "stat": f"{pid} (planted) S 1 {pid} {pid} 0 -1 4194304 9 0 0 0 1 1 0 0 20 0 1 0 {pid} "
                f"4096000 100 18446744073709551615 {pid}000 1 {pid}000" + " 0" * 24 + "\n",
        "status": f"Name:\tplanted\nState:\tS (sleeping)\nPPid:\t1\nUid:\t0\t0\t0\t0\n"
                  "VmPTE:\t4 kB\nThreads:\t1\n",
        "statm": "1000 100 50 10 0 30 0\n",
        "cmdline": "planted\0",
        "environ": "",
        "cgroup": cgroup,
        "smaps_rollup": f"400000-500000 ---p 00000000 00:00 0 [rollup]\nRss: {kib} kB\n"
                        f"Pss: {kib} kB\nPrivate_Clean: 0 kB\nPrivate_Dirty: {kib} kB\n"
                        "Swap: 0 kB\nSwapPss: 0 kB\n",
    }
    os.mkdir(f"{tree}/{pid}")
    for name, text in texts.items():
        write(f"{tree}/{pid}/{name}", text)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def plant_containers(docker, podman):
    for container, name in ((SHOP, "shop"), (OLD, "old-shop")):
        write(f"{docker}/containers/{container}/config.v2.json",
              json.dumps({"State": {"Running": True}, "ID": container, "Name": f"/{name}"}))
    write(f"{podman}/overlay-containers/containers.json",
          json.dumps([{"id": name, "names": [text], "layer": "x"}
                      for name, text in ((BLOG, "blog"), (WIKI, "wiki"))]))


def expected_groups():
    """The name of each group, and what its members weigh together, a power of two each."""
    found = {}

    def add(name, number):
        found[name] = found.get(name, 0) + (1 << number)

    for number, (cgroup, unit, container) in enumerate(PLANTED):
        add(f"u.{unit or '_empty'}"[:63], number)
        add(f"k.{container or '_empty'}", number)
        if unit == "cron.service":
            add("cron", number)
        if unit and unit.startswith("user_1000"):
            add("of-user", number)
        if container == "shop":
            add("by-name", number)
            add("by-id", number)
        if container == "blog":
            add("by-short-id", number)
        if not container:
            add("outside", number)
        if cgroup.startswith("0::/kubepods") or cgroup.startswith("3:cpu:/kubepods"):
            add("g.1a2b", number)
    return found


def check_planted(stage, tap):
    tree, docker, podman = (stage.directory(name) for name in ("tree", "docker", "podman"))
    for number, (cgroup, _, _) in enumerate(PLANTED):
        plant_process(tree, 100 + number, cgroup, 1 << number)
    plant_containers(docker, podman)
    daemon = stage.daemon(
        f'ProcPath "{tree}"', f'DockerPath "{docker}"', f'PodmanPath "{podman}"',
        *group("u.%{unit}", 'Comm "planted"'),
        *group("k.%{container}", 'Comm "planted"'),
        *group("g.%{cgroup:1}", 'Cgroup "/^[/]kubepods.*pod([^/.]*)/"'),
        *group("cron", 'Unit "cron.service"'),
        *group("of-user", 'Unit "/^user@1000[.]service[/]/"'),
        *group("by-name", 'Container "shop"'),
        *group("by-id", f'Container "{SHOP}"'),
        *group("by-short-id", f'Container "{BLOG[:12]}"'),
        *group("nobody", 'Unit "pretender.service"'),
        *group("outside", 'Not Container "/./"'))
    since = time.time()
    expected = expected_groups()
    for name, kib in expected.items():
        reading = daemon.readings(name, since=since)[0]
        tap.equal(told(reading), (kib * 1024, bin(kib).count("1"), 0), f"{name}: its members")
    tap.equal(told(daemon.readings("nobody")[0]), (0, 0, 0),
              "nobody is in a unit that a container pretends")
    tap.equal(sorted(daemon.instances()), sorted([*expected, "nobody"]), "no other group is told")
    tap.equal(daemon.complaints(), [], "planted: nothing to complain about")
    daemon.ends_well(tap)


# ---- Real cgroups ----

def mounted():
    """Where hierarchies are mounted, by name; v2 is that of version 2."""
    found = {}
    with open("/proc/self/mounts") as file:
        for line in file:
            _, path, kind, options = line.split()[:4]
            if kind == "cgroup2":
                found["v2"] = path
            elif kind == "cgroup" and "freezer" in options.split(","):
                found["freezer"] = path
            elif kind == "cgroup" and "name=systemd" in options.split(","):
                found["systemd"] = path
    return found


def remove(path):
    def removed():
        try:
            os.rmdir(path)
        except OSError:
            return False
        return True

    wait_for(removed, 10, f"{path} is empty")


class Cgroups:
    """Cgroups below one of the test's own in a hierarchy."""

    def __init__(self, stage, mount):
        self.stage = stage
        self.top = f"{mount}/{TAG}"
        self.add("")

    def add(self, name):
        path = f"{self.top}/{name}".rstrip("/")
        os.mkdir(path)
        self.stage.defer(remove, path)
        return path

    def move(self, name, pid):
        with open(f"{self.top}/{name}/cgroup.procs", "w") as file:
            file.write(str(pid))


def own_path():
    """This process's path in the hierarchy of version 2, or None."""
    with open("/proc/self/cgroup") as file:
        for line in file:
            if line.startswith("0::"):
                return line[3:].rstrip("\n")
    return None


def check_hierarchy(stage, tap, kind, mount):
    try:
        cgroups = Cgroups(stage, mount)
    except OSError as error:
        tap.skip(f"cgroups of {kind}", error)
        return
    for name in ("pod-a", "pod-b"):
        cgroups.add(name)
    victims = [stage.victim(f"private={n}M", env={"FP_CGROUP": TAG}) for n in (1, 2, 4)]
    for victim, name in zip(victims, ("pod-a", "pod-a", "pod-b")):
        cgroups.move(name, victim.pid)
    daemon = stage.daemon(
        *group("p-%{cgroup:1}", f'Cgroup "/[/]{TAG}[/]pod-([a-z])$/"'),
        *group("exact", f'Cgroup "/{TAG}/pod-b"'),
        *group("not", 'Env "FP_CGROUP"', f'Not Cgroup "/[/]{TAG}[/]pod-a$/"'),
        *group("clock", 'Env "FP_CGROUP"'))
    pids = [victim.pid for victim in victims]
    since = time.time()
    check_members(tap, daemon, since, kind, {"p-a": pids[:2], "p-b": pids[2:], "exact": pids[2:],
                                             "not": pids[2:]})
    cgroups.move("pod-b", pids[0])
    since = time.time()
    check_members(tap, daemon, since, f"{kind}, moved",
                  {"p-a": pids[1:2], "p-b": [pids[0], pids[2]], "exact": [pids[0], pids[2]],
                   "not": [pids[0], pids[2]]})
    tap.equal(daemon.complaints(), [], f"{kind}: nothing to complain about")
    daemon.ends_well(tap)
    for victim in victims:
        victim.end()


def check_members(tap, daemon, since, what, groups):
    """All groups of the first round after a moment."""
    when = daemon.readings("clock", since=since)[0].time
    for name, pids in groups.items():
        near = [reading for reading in daemon.all_readings(name)
                if abs(reading.time - when) < daemon.interval / 3]
        tap.equal(told(near[0]) if near else None, (oracle.total(pids)["memory-uss"], len(pids), 0),
                  f"{what}: {name}")


def test(stage, tap):
    check_planted(stage, tap)
    hierarchies = mounted()
    for kind in ("v2", "systemd", "freezer"):
        if kind not in hierarchies:
            tap.skip(f"cgroups of {kind}", "not mounted here")
        elif kind != "v2" and own_path() not in (None, "/"):
            tap.skip(f"cgroups of {kind}", "that of version 2 says more")
        else:
            check_hierarchy(stage, tap, kind, hierarchies[kind])


harness.run(test)
