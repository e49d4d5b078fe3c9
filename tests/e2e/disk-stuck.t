#!/usr/bin/python3 -B
"""A disk that stops answering: a loop device whose file lies on a file system that does."""

import os
import re
import subprocess

import harness
import host
from tap import Impossible, wait_for

CHUNK = 4096
SIZE = 16 << 20
STUCK_AFTER = 2


class SlowFile:
    """A file of zeros on a file system of its own that can be stopped."""

    def __init__(self, stage):
        if not os.path.exists("/dev/fuse"):
            raise Impossible("there is no /dev/fuse")
        program = stage.path("slow-fuse")
        compiler = os.environ.get("CC", "cc").split()
        subprocess.run([*compiler, "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-o", program,
                        os.path.join(harness.HERE, "slow-fuse.c")], check=True)
        folder = stage.directory("slow")
        self.path = os.path.join(folder, "disk")
        self.process = subprocess.Popen([program, folder, str(SIZE)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, bufsize=0)
        stage.defer(host.LIBC.umount2, folder.encode(), host.MNT_DETACH)
        # whoever waits for it gets an error when it has ended
        stage.defer(self.end)
        if self.process.stdout.read(1) != b"r":
            raise Impossible("no file system of ours can be mounted")

    def command(self, letter):
        self.process.stdin.write(letter)
        if self.process.stdout.read(1) != letter:
            raise RuntimeError("the file system does not answer")

    def end(self):
        self.process.kill()
        self.process.wait()


def read_in_a_child(device):
    """Starts a process that reads a block of the device, and may well have to wait for it."""
    return subprocess.Popen(["dd", f"if=/dev/{device}", "of=/dev/null", f"bs={CHUNK}", "count=1",
                             "skip=100", "iflag=direct"], stderr=subprocess.DEVNULL)


def notifications(daemon):
    """Severity, plugin instance and message of each."""
    found = []
    for line in daemon.log():
        match = re.search(r"Notification: severity = (\w+), host = (\w+), plugin = footprint_disk, "
                          r"plugin_instance = ([^,]+), type = count, type_instance = stuck, "
                          r"message = (.*)", line)
        if match:
            found.append((match.group(1), match.group(3), match.group(4)))
    return found


def stuck_of(daemon, device):
    return [(reading["count-stuck"], reading["pending_operations"])
            for reading in daemon.readings(device, 2, plugin="footprint_disk")]


def check_when(tap, daemon, device):
    """It is the first reading StuckAfter seconds after the first that saw the I/O."""
    readings = daemon.all_readings(device, plugin="footprint_disk")
    pending = [reading for reading in readings if reading["pending_operations"]]
    since = {stuck: [reading.time - pending[0].time for reading in pending
                     if reading["count-stuck"] == stuck] for stuck in (0, 1)}
    tap.ok(min(since[1]) >= STUCK_AFTER - 0.05, "it is told when StuckAfter is over", since)
    tap.ok(max(since[0]) < STUCK_AFTER + 0.05, "and not later", since)


def test(stage, tap):
    slow = SlowFile(stage)
    device = host.attach(stage, slow.path)
    other = host.loop_device(stage, SIZE)
    for name in (device, other):
        host.Disk(stage, name, CHUNK).read(0)
    daemon = stage.daemon("<Disks>", f'Disk "/^({device}|{other})$/"', f"StuckAfter {STUCK_AFTER}",
                          "</Disks>")
    tap.equal(stuck_of(daemon, device), [(0, 0)] * 2, "a disk that answers is not stuck")

    slow.command(b"s")
    reader = read_in_a_child(device)
    stage.defer(reader.kill)
    wait_for(lambda: notifications(daemon), 10 * STUCK_AFTER, "a notification", 0.05)
    tap.equal(stuck_of(daemon, device), [(1, 1)] * 2, "count-stuck says so, with the I/O in flight")
    check_when(tap, daemon, device)
    tap.equal(stuck_of(daemon, other), [(0, 0)] * 2, "another disk is not stuck")
    told = notifications(daemon)
    tap.equal([(severity, name) for severity, name, _ in told], [("FAILURE", device)],
              "one notification, in all that time")
    tap.match(told[0][2], rf"^disk {device} is stuck: it has 1 I/O in flight and has finished none "
              r"for \d+ seconds$", "which says what is wrong")
    tap.equal(reader.poll(), None, "the reader still waits")
    latest = daemon.readings(device, plugin="footprint_disk")[0]
    tap.ok(latest["percent-util"] is not None and latest["latency-read"] is None,
           "a stuck disk has all values but latencies", latest.values)

    slow.command(b"g")
    tap.equal(reader.wait(10), 0, "the disk goes on")
    wait_for(lambda: len(notifications(daemon)) > 1, 10, "a second notification", 0.05)
    tap.equal(stuck_of(daemon, device), [(0, 0)] * 2, "it is not stuck any more")
    tap.equal(notifications(daemon)[1:], [("OKAY", device, f"disk {device} is no longer stuck")],
              "and one notification says so")
    latencies = [reading["latency-read"] for reading in
                 daemon.all_readings(device, plugin="footprint_disk") if reading["latency-read"]]
    tap.ok(any(latency > STUCK_AFTER * 1000 for latency in latencies),
           "its latency is all the time that it took", latencies)
    complaints = [line for line in daemon.complaints(lateness=False) if "is stuck" not in line]
    tap.equal(complaints, [], "nothing else to complain about")
    daemon.ends_well(tap)


harness.run(test)
