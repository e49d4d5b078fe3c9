#!/usr/bin/python3 -B
"""`footprint disks` over a made host whose counters move while it looks, and beside iostat."""

import json
import os
import signal
import subprocess
import time

import harness
import host

FOOTPRINT = os.path.join(harness.BUILD, "src", "cli", "footprint")
# reads merged sectors ms, writes merged sectors ms, in flight, busy ms, weighted ms
AT_REST = "0 0 0 0 0 0"
BEFORE = {
    "dm-0": ("vg-lv", f"1000 0 8000 300 1500 0 12000 3500 0 2500 3800 {AT_REST}"),
    "dm-1": ("vg-new", f"900000000 0 70000000000 1 900000000 0 70000000000 1 0 1 1 {AT_REST}"),
    "sda": (None, f"1000 0 8000 300 1500 0 12000 3500 0 2500 3800 {AT_REST}"),
    "sdb": (None, f"10 0 80 4294967290 0 0 0 0 0 5 4294967290 {AT_REST}"),
}
# the volumes changed their names, sda began anew and sdb's milliseconds passed 2^32
AFTER = {
    "dm-0": ("vg-old", f"1001 0 8008 300 1500 0 12000 3500 0 2500 3800 {AT_REST}"),
    "dm-1": ("vg-lv", f"900000002 0 70000000016 1 900000000 0 70000000000 1 0 1 1 {AT_REST}"),
    "sda": (None, f"10 0 80 3 9000000 0 1000000000 3500 2 25 38 {AT_REST}"),
    "sdb": (None, f"11 0 96 14 0 0 0 0 0 25 14 {AT_REST}"),
}


class MadeHost:
    """A tree that `footprint disks` takes for a host."""

    def __init__(self, stage, name):
        self.root = stage.directory(name)
        self.changes = 100
        for directory in ("proc", "sys/kernel"):
            os.makedirs(f"{self.root}/{directory}")
        self.options = ["--proc", f"{self.root}/proc", "--sys", f"{self.root}/sys"]

    def write(self, devices):
        for minor, (device, (name, _)) in enumerate(devices.items()):
            folder = f"{self.root}/sys/class/block/{device}"
            os.makedirs(f"{folder}/dm" if name else folder, exist_ok=True)
            if name:
                host.write(f"{folder}/dm/name", f"{name}\n")
        self.changes += 1
        host.write(f"{self.root}/sys/kernel/uevent_seqnum", f"{self.changes}\n")
        text = "".join(f" 8 {minor} {device} {counters}\n"
                       for minor, (device, (_, counters)) in enumerate(devices.items()))
        host.write(f"{self.root}/proc/new", text)
        os.rename(f"{self.root}/proc/new", f"{self.root}/proc/diskstats")


def start(*arguments):
    return subprocess.Popen([FOOTPRINT, "disks", *arguments], stdout=subprocess.PIPE, text=True,
                            preexec_fn=host.die_with_parent)


def watch(made, *arguments):
    """What is printed where everything changes within the first of the intervals."""
    made.write(BEFORE)
    process = start(*made.options, *arguments)
    time.sleep(0.5)
    made.write(AFTER)
    return process.communicate()[0]


def check_speeds(stage, tap):
    first, second = [json.loads(line) for line in
                     watch(MadeHost(stage, "speeds"), "--json", "1", "2").splitlines()]
    tap.near(first["interval"], 1, 0.5, "the interval is what was asked for")
    tap.near(first["time"], time.time(), 10, "the time is that of the reading")
    disks = {one["name"]: one for one in first["disks"]}
    tap.equal(set(disks), {"vg-lv", "vg-old", "sda", "sdb"}, "volumes have their new names")
    for name, count in (("vg-old", 1), ("vg-lv", 2), ("sdb", 1)):
        tap.near(disks[name]["read_ops"] * first["interval"], count, 0.02,
                 f"{name}: speeds are of the device, not of who had its name before")
    tap.near(disks["vg-lv"]["read_bytes"] * first["interval"], 8192, 10, "bytes likewise")
    tap.equal(disks["vg-lv"]["read_request"], 4096, "a request's size is of the interval")
    tap.equal(disks["sdb"]["read_latency"], 20, "milliseconds that passed 2^32 go on")
    tap.equal(disks["sda"], {"name": "sda", "kernel": "sda", "pending": 2},
              "of a device that began anew no speed is told, only what waits")
    speeds = {one["name"]: one["write_ops"] for one in second["disks"]}
    tap.equal(speeds, dict.fromkeys(speeds, 0), "then nothing moves")
    tap.ok("read_latency" not in second["disks"][0], "and nothing has a latency")


def check_table(stage, tap):
    output = watch(MadeHost(stage, "table"), "--fields",
                   "name,read_latency,read_request,pending,util", "1", "2")
    head, *rows = output.split("\n\n")[0].splitlines()
    tap.equal(head.split(), ["DISK", "R-MS", "R-SIZE", "NOW", "UTIL%"], "a table has titles")
    tap.equal([row.split()[:4] for row in rows],
              [["sda", "-", "-", "2"], ["sdb", "20.00", "8K", "0"],
               ["vg-lv", "0.00", "4K", "0"], ["vg-old", "0.00", "4K", "0"]], "a row a device")
    tap.equal(output.count("DISK"), 2, "and each interval a table")


def check_names(stage, tap):
    made = MadeHost(stage, "names")
    made.write(AFTER)
    for sources, wanted in (("dm,kernel", {"vg-old": "dm-0", "vg-lv": "dm-1"}),
                            ("kernel", {"dm-0": "dm-0", "dm-1": "dm-1"})):
        process = start(*made.options, "--json", "--fields", "name,kernel", "--name", sources)
        found = {one["name"]: one["kernel"] for one in json.loads(process.communicate()[0])["disks"]}
        tap.equal(found, {**wanted, "sda": "sda", "sdb": "sdb"}, f"--name {sources}: by these names")


def check_csv(stage, tap):
    head, *rows = watch(MadeHost(stage, "csv"), "--csv", "1", "2").splitlines()
    tap.ok(head.startswith("time,name,kernel,read_ops,"), "CSV has titles", head)
    tap.equal(len(rows), 2 * len(AFTER), "once", *rows)
    times = [float(row.split(",")[0]) for row in rows]
    tap.near(times[-1] - times[0], 1, 0.5, "and the time in each row")


def check_stopped(stage, tap):
    """Intervals that passed while it was stopped are one, and none of no length follow."""
    made = MadeHost(stage, "stopped")
    made.write(BEFORE)
    process = start(*made.options, "--json", "1", "4")
    first = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGSTOP)
    time.sleep(4.5)
    process.send_signal(signal.SIGCONT)
    lengths = [json.loads(line)["interval"] for line in process.communicate()[0].splitlines()]
    tap.ok(first["interval"] > 0.9 and len(lengths) == 3, "all intervals come", lengths)
    tap.ok(lengths[0] > 4 and min(lengths) > 0.5,
           "the one of the stop is long, and the next are not short", lengths)


def check_iostat(stage, tap):
    """A device at work, looked at by both in the same seconds."""
    device = host.loop_device(stage, 64 << 20)
    disk = host.Disk(stage, device, 64 * 1024)
    ours = start("--disk", device, "--json", "4", "1")
    theirs = subprocess.Popen(["iostat", "-dxyk", "-o", "JSON", device, "4", "1"],
                              stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    for n in range(40):
        disk.read(n % 8 * 64 * 1024)
        disk.write(n % 8 * 64 * 1024)
        time.sleep(0.02)
    found = json.loads(ours.communicate()[0])["disks"][0]
    report = json.loads(theirs.communicate()[0])
    iostat = report["sysstat"]["hosts"][0]["statistics"][0]["disk"][0]
    for our, their, scale in (("read_ops", "r/s", 1), ("write_ops", "w/s", 1),
                              ("read_bytes", "rkB/s", 1024), ("write_bytes", "wkB/s", 1024)):
        tap.near(found[our], iostat[their] * scale, 0.02 * found[our] + 0.02 * scale,
                 f"{device}: {our} is iostat's {their}")
    tap.ok(found["read_ops"] > 5 and found["write_ops"] > 5, "it was at work", found)


def check_wrong(tap):
    for arguments, word in ((["0"], "SECONDS"), (["1", "0"], "COUNT"), (["1", "2", "3"], "COUNT"),
                            (["x"], "SECONDS"), (["--name", "dm,uid"], '"uid"'),
                            (["--name", "dm", "--name", "id"], "second one: id"),
                            (["--name", ",".join("abcdefghijklmnopq")], "more names")):
        done = subprocess.run([FOOTPRINT, "disks", *arguments], capture_output=True, text=True)
        tap.ok(done.returncode == 2 and word in done.stderr,
               f"{' '.join(arguments)}: refused", done.stderr)


def test(stage, tap):
    check_speeds(stage, tap)
    check_table(stage, tap)
    check_names(stage, tap)
    check_csv(stage, tap)
    check_stopped(stage, tap)
    check_iostat(stage, tap)
    check_wrong(tap)


harness.run(test)
