#!/usr/bin/python3 -B
"""Disks against Debian's iostat -dxy: of made counters, and of real devices under load."""

import json
import os
import random
import subprocess
import threading
import time

import host
import harness
from daemon import Reading
from tap import Impossible, wait_for

MIB = 1 << 20
CHUNK = 32 * 1024
TURN = 1 << 32
# what iostat writes is rounded to this
ROUNDING = 0.00501

# how far a made device comes in an interval at most, field by field, and those that have 32 bits
COMES = (3000, 500, 90000, 400000, 2000, 300, 80000, 300000, 0, 0, 900000, 700, 90, 200000, 20000,
         100, 9000)
TIMES = {3: 0, 7: 4, 9: None, 10: None, 14: 11, 16: 15}
IO_MS, IN_FLIGHT, READ_MS = 9, 8, 3


# ---- What both call differently ----

def grown(earlier, later, metric, column=None):
    old, new = earlier[metric], later[metric]
    return new - old if column is None else new[column] - old[column]


def share(part, whole):
    return 100 * part / (part + whole) if part + whole else 0


def in_iostats_words(earlier, later, seconds):
    """Two readings of ours as iostat tells them; what is absent here is 0 there."""
    words = {}
    sides = (("r", "read", 0), ("w", "write", 1))
    for letter, word, column in sides:
        ops = grown(earlier, later, "disk_ops", column)
        merged = grown(earlier, later, "disk_merged", column)
        words[f"{letter}/s"] = ops / seconds
        words[f"{letter}kB/s"] = grown(earlier, later, "disk_octets", column) / 1024 / seconds
        words[f"{letter}rqm/s"] = merged / seconds
        words[f"{letter}rqm"] = share(merged, ops)
        words[f"{letter}_await"] = later[f"latency-{word}"] or 0
        words[f"{letter}areq-sz"] = (later[f"bytes-{word}_request"] or 0) / 1024
    ops = grown(earlier, later, "total_operations-discard")
    merged = grown(earlier, later, "total_operations-discard_merged")
    words["d/s"] = ops / seconds
    words["dkB/s"] = grown(earlier, later, "total_bytes-discard") / 1024 / seconds
    words["drqm/s"] = merged / seconds
    words["drqm"] = share(merged, ops)
    words["d_await"] = later["latency-discard"] or 0
    words["dareq-sz"] = (later["bytes-discard_request"] or 0) / 1024
    words["f/s"] = grown(earlier, later, "total_operations-flush") / seconds
    words["f_await"] = later["latency-flush"] or 0
    words["aqu-sz"] = later["queue_length-average"]
    words["util"] = later["percent-util"]
    return words


def told_by_iostat(text):
    """For each report: device to what it tells."""
    reports = json.loads(text)["sysstat"]["hosts"][0]["statistics"]
    return [{disk.pop("disk_device"): disk for disk in report["disk"]} for report in reports]


def iostat_command(*arguments):
    return ["iostat", "-dxy", "-o", "JSON", *arguments]


ENGLISH = {**os.environ, "LC_ALL": "C", "S_TIME_FORMAT": "ISO"}


# ---- Made counters, and a made clock ----

def make_device(chance):
    """Counters of two intervals; times stand near the end of their 32 bits, in any other device."""
    near = chance.random() < 0.5
    values = [chance.randrange(TURN - 300000, TURN) if near and field in TIMES
              else chance.randrange(1 << 40) for field in range(17)]
    samples = []
    for seconds in (0, *INTERVALS):
        busy = chance.choice((0, 0.01, 1))
        came = [int(busy * chance.randrange(limit + 1)) for limit in COMES]
        came[IO_MS] = int(busy * chance.randrange(int(seconds * 1000) + 1))
        for field, count in TIMES.items():
            if count is not None and came[count] == 0:
                came[field] = 0
        values = [value + more for value, more in zip(values, came)]
        values[IN_FLIGHT] = chance.randrange(100)
        samples.append([value % TURN if field in TIMES else value
                        for field, value in enumerate(values)])
    return samples


INTERVALS = (7.31, 0.98)
START = 1000.5


class MadeHost:
    """
    What iostat reads, in a mount namespace of its own: /sys/block in memory, and /proc/uptime as a
    FIFO. Each sample of iostat begins with the uptime, so it waits there until its files are there.
    """

    def __init__(self, stage, devices):
        self.devices = devices
        self.block = stage.directory("block")
        self.uptime = os.path.join(stage.directory("uptime"), "fifo")
        os.mkfifo(self.uptime)

    def enter(self):
        host.die_with_parent()
        if host.LIBC.unshare(host.CLONE_NEWNS) < 0:
            raise OSError("unshare")
        host.mount("none", "/", None, host.MS_REC | host.MS_PRIVATE)
        host.mount(self.block, "/sys/block", None, host.MS_BIND)
        host.mount(self.uptime, "/proc/uptime", None, host.MS_BIND)

    def write(self, sample):
        for name, samples in self.devices.items():
            os.makedirs(os.path.join(self.block, name), exist_ok=True)
            host.write(os.path.join(self.block, name, "stat"),
                       " ".join(map(str, samples[sample])) + "\n")

    def is_read(self):
        """Has iostat the FIFO still open? Then it has not come to its next sample."""
        try:
            os.close(os.open(self.uptime, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            return False
        return True

    def serve(self):
        now = START
        for sample, seconds in enumerate((0, *INTERVALS)):
            now += seconds
            with open(self.uptime, "w") as fifo:
                # it has come here, so it is done with the sample before
                self.write(sample)
                fifo.write(f"{now:.2f} 0.00\n")
            wait_for(lambda: not self.is_read(), 10, "iostat reads the uptime", 0.001)

    def run(self):
        server = threading.Thread(target=self.serve, daemon=True)
        self.write(0)
        server.start()
        try:
            done = subprocess.run(iostat_command("1", str(len(INTERVALS))), capture_output=True,
                                  text=True, env=ENGLISH, preexec_fn=self.enter, timeout=60)
        except FileNotFoundError:
            raise Impossible("there is no iostat")
        if done.returncode != 0:
            raise RuntimeError(f"iostat: {done.stderr}")
        server.join(10)
        return told_by_iostat(done.stdout)


def script_of(devices):
    """For the made daemon, whose clock stands between its commands."""
    lines = ["config", "<Plugin footprint>", 'ProcPath "@dir@/proc"', 'SysPath "@dir@/none"',
             "<Disks>", 'Disk "/./"', "</Disks>", "</Plugin>", "end"]
    for sample, seconds in enumerate((0, *INTERVALS)):
        lines += [f"wait {seconds}", "write proc/diskstats <<END"]
        lines += [f"8 {minor} {name} {' '.join(map(str, samples[sample]))}"
                  for minor, (name, samples) in enumerate(devices.items())]
        lines += ["END", "read" if sample else "init\nread"]
    return "\n".join([*lines, "shutdown", ""])


def told_by_us(stage, devices):
    """For each reading: device to metrics."""
    directory = stage.directory("made")
    os.mkdir(os.path.join(directory, "proc"))
    script = os.path.join(directory, "script")
    host.write(script, script_of(devices))
    here = os.path.join(harness.HERE, "..", "fakecollectd", "types.db")
    program = os.path.join(harness.BUILD, "tests", "fakecollectd", "fakecollectd")
    module = os.path.join(harness.BUILD, "src", "collectd", ".libs", "footprint.so")
    done = subprocess.run([os.path.abspath(program), os.path.abspath(module),
                           os.path.abspath(here), script],
                          capture_output=True, text=True, cwd=directory, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"fakecollectd: {done.stdout[-2000:]}{done.stderr}")
    readings = []
    for line in done.stdout.splitlines():
        if line == "> read":
            readings.append({})
        if not line.startswith("  footprint_disk-"):
            continue
        name, text = line.strip().split(" ")
        device, metric = name[len("footprint_disk-"):].split("/")
        values = tuple(float(value) for value in text.split(","))
        told = readings[-1].setdefault(device, Reading(0))
        told.values[metric] = values[0] if len(values) == 1 else values
    return readings


def check_made(stage, tap):
    chance = random.Random(20140815)
    devices = {f"sd{number}": make_device(chance) for number in range(200)}
    wraps = sum(samples[1][READ_MS] < samples[0][READ_MS] for samples in devices.values())
    tap.ok(wraps > 10, "made: times pass 2^32", wraps)
    reports = MadeHost(stage, devices).run()
    readings = told_by_us(stage, devices)
    for number, seconds in enumerate(INTERVALS):
        tap.equal(set(reports[number]), set(devices), f"made {number}: iostat tells all devices")
        wrong = []
        for name in devices:
            ours = in_iostats_words(readings[number][name], readings[number + 1][name], seconds)
            theirs = reports[number][name]
            theirs["util"] = min(theirs["util"], 100)
            if set(ours) != set(theirs):
                raise RuntimeError(f"iostat tells other values: {sorted(theirs)}")
            wrong += [(name, word, ours[word], theirs[word]) for word in theirs
                      if abs(ours[word] - theirs[word]) > ROUNDING]
        tap.equal(wrong, [], f"made {number}: all {len(devices)} devices are as iostat tells them")


# ---- Real devices ----

def work(disk, seconds):
    """Everything that a device counts, at the pace that it goes; for so long."""
    end = time.monotonic() + seconds
    n = 0
    while time.monotonic() < end:
        offset = n * CHUNK % (8 * MIB)
        disk.read(offset)
        disk.read(offset)
        disk.write(offset)
        if n % 8 == 0:
            disk.flush()
            disk.discard(16 * MIB, CHUNK)
        n += 1


def all_readings(daemon, device):
    return daemon.all_readings(device, plugin="footprint_disk")


def readings_since(daemon, device, since):
    return [reading for reading in all_readings(daemon, device) if reading.time > since]


def wait_for_reading(daemon, device):
    """Returns when the next reading has just been made."""
    count = len(all_readings(daemon, device))
    wait_for(lambda: len(all_readings(daemon, device)) > count, 10 * daemon.interval,
             "a reading", 0.002)


def try_interval(daemon, disks):
    """Work within one interval of the daemon and one of iostat; what both tell of it."""
    first = next(iter(disks))
    wait_for_reading(daemon, first)
    since = time.time() - daemon.interval / 2
    theirs = subprocess.Popen(iostat_command(*disks, str(int(daemon.interval)), "1"),
                              stdout=subprocess.PIPE, text=True, env=ENGLISH,
                              preexec_fn=host.die_with_parent)
    time.sleep(0.2 * daemon.interval)
    for disk in disks.values():
        work(disk, 0.45 * daemon.interval / len(disks))
    text = theirs.communicate(timeout=30)[0]
    report = told_by_iostat(text)[0]
    found = {}
    # the one before the work, that of the work, one more, and one that shows that this is complete
    wait_for(lambda: all(len(readings_since(daemon, device, since)) > 3 for device in disks),
             10 * daemon.interval, "readings around the work", 0.05)
    for device in disks:
        told = readings_since(daemon, device, since)[:-1]
        busy = [(a, b) for a, b in zip(told, told[1:])
                if "disk_ops" in a and "disk_ops" in b and a["disk_ops"] != b["disk_ops"]]
        if len(busy) != 1:
            return None
        found[device] = (*busy[0], report[device])
    return found


def check_device(tap, device, earlier, later, theirs):
    ops = grown(earlier, later, "disk_ops", 0)
    seconds = later.time - earlier.time
    tap.near(theirs["r/s"], ops / seconds, 0.03 * ops / seconds,
             f"{device}: both have all of the work, in intervals of one length")
    # the lengths differ by what a timer does, so what depends on them is compared as if they did not
    ours = in_iostats_words(earlier, later, ops / theirs["r/s"])
    ours["util"] *= seconds / (ops / theirs["r/s"])
    ours["aqu-sz"] *= seconds / (ops / theirs["r/s"])
    free = ("r_await", "w_await", "d_await", "f_await", "rareq-sz", "wareq-sz", "dareq-sz", "rrqm",
            "wrqm", "drqm")
    wrong = {word: (ours[word], theirs[word]) for word in free
             if abs(ours[word] - theirs[word]) > ROUNDING}
    tap.equal(wrong, {}, f"{device}: latencies and sizes are iostat's")
    wrong = {word: (ours[word], theirs[word]) for word in theirs if word not in free
             and abs(ours[word] - theirs[word]) > ROUNDING + 0.005 * theirs[word]}
    tap.equal(wrong, {}, f"{device}: rates, utilisation and queue are iostat's")
    tap.ok(later["latency-read"] is not None and later["percent-util"] > 0,
           f"{device}: the device was busy", later.values)


def check_real(stage, tap):
    loop = host.loop_device(stage, 64 * MIB)
    zram = host.zram_device(stage, "64M")
    disks = {device: host.Disk(stage, device, CHUNK) for device in (loop, zram)}
    for disk in disks.values():
        disk.write(0)
    daemon = stage.daemon("<Disks>", f'Disk "/^({loop}|{zram})$/"', "</Disks>", interval=2)
    for _ in range(4):
        found = try_interval(daemon, disks)
        if found:
            break
    if tap.ok(found, "the work was within one interval"):
        for device, (earlier, later, theirs) in found.items():
            check_device(tap, device, earlier, later, theirs)
    tap.equal(daemon.complaints(), [], "nothing to complain about")
    daemon.ends_well(tap)


def test(stage, tap):
    check_made(stage, tap)
    check_real(stage, tap)


harness.run(test)
