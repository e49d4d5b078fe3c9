#!/usr/bin/python3 -B
"""Names of real devices by links and a database as udev makes them, which is not running here."""

import os
import stat
import time

import harness
import host
from tap import wait_for

CHUNK = 4096
SIZE = 16 << 20


class Udev:
    """What udev would keep of devices: nodes, links and its database."""

    def __init__(self, stage):
        self.dev = stage.directory("dev")
        self.run = stage.directory("run")
        self.labels = os.path.join(self.dev, "disk", "by-label")
        os.makedirs(self.labels)
        self.data = os.path.join(self.run, "udev", "data")
        os.makedirs(self.data)

    def config(self):
        return [f'DevPath "{self.dev}"', f'RunPath "{self.run}"']

    def node(self, name, number):
        os.mknod(os.path.join(self.dev, name), stat.S_IFBLK | 0o600, number)

    def label(self, label, name):
        """A link, put in the place of one that is there, as udev does."""
        path = os.path.join(self.labels, label)
        os.symlink(f"../../{name}", path + ".new")
        os.rename(path + ".new", path)

    def unlabel(self, label):
        os.unlink(os.path.join(self.labels, label))

    def entry(self, number, *lines):
        path = os.path.join(self.data, f"b{os.major(number)}:{os.minor(number)}")
        host.write(path + ".new", "".join(f"{line}\n" for line in lines))
        os.rename(path + ".new", path)


def number_of(device):
    return os.stat(f"/dev/{device}").st_rdev


def told_since(daemon, since):
    """The names of all devices of which something was told after that."""
    return {name for name in daemon.instances("footprint_disk")
            if any(reading.time > since
                   for reading in daemon.all_readings(name, plugin="footprint_disk"))}


def comes(daemon, *names):
    """Waits until these devices are told, and returns who is told from then on."""
    since = time.time()
    wait_for(lambda: set(names) <= told_since(daemon, since), 20 * daemon.interval,
             f"{names} are told, not only {told_since(daemon, since)}", 0.05)
    since = time.time() + daemon.interval / 2
    wait_for(lambda: told_since(daemon, since), 20 * daemon.interval, "a reading", 0.05)
    daemon.readings(names[0], plugin="footprint_disk")
    return told_since(daemon, since)


def check_links(tap, daemon, udev, first, second):
    told = comes(daemon, "shop", second)
    tap.ok(first not in told, "a device goes by its label", told)
    tap.ok("liar" not in told, "a link that leads to another device names none", told)
    udev.label("shop2", first)
    udev.unlabel("shop")
    told = comes(daemon, "shop2")
    tap.ok("shop" not in told, "a label that changes is seen", told)
    readings = daemon.all_readings("shop2", plugin="footprint_disk")
    tap.ok(all("percent-util" in reading for reading in readings),
           "and what is told of the device goes on", readings[0].values)


def check_late(stage, tap, daemon, udev):
    """A device that comes while the daemon runs."""
    free = os.path.basename(host.call("losetup", "--find"))
    number = number_of(free)
    udev.node(free, number)
    udev.label("late", free)
    tap.ok(free not in daemon.instances("footprint_disk"), "a loop device without a file is not told")
    path = stage.path("late")
    with open(path, "wb") as file:
        file.truncate(SIZE)
    device = host.attach(stage, path)
    if device != free:
        raise RuntimeError(f"{device} was attached, not {free}")
    with open(f"/dev/{device}", "rb") as file:
        file.read(CHUNK)
    comes(daemon, "late")
    tap.ok(device not in daemon.instances("footprint_disk"),
           "a device that comes has its name from the first reading on",
           daemon.instances("footprint_disk"))
    return device


def check_collision(tap, daemon, udev, first, late):
    for device in (first, late):
        udev.entry(number_of(device), "E:ID_FS_TYPE=btrfs", "E:ID_FS_LABEL_ENC=both")
    told = comes(daemon, first, late)
    tap.ok("both" not in told, "of two devices with one label neither has it", told)
    lines = [line for line in daemon.complaints(lateness=False) if '"both"' in line]
    tap.equal(len(lines), 2, "which is said once for each", *lines)
    udev.entry(number_of(late), "E:ID_FS_LABEL_ENC=other")
    told = comes(daemon, "both", "other")
    tap.ok(not {first, late} & told, "a label of one alone is its name again", told)


def check_gone(stage, tap, daemon, late):
    path = host.read(f"/sys/block/{late}/loop/backing_file")
    host.call("losetup", "--detach", f"/dev/{late}")
    wait_for(lambda: not os.path.exists(f"/sys/block/{late}/loop/backing_file"), 10, "it is gone")
    since = time.time() + daemon.interval
    daemon.readings("both", since=since, plugin="footprint_disk")
    tap.ok("other" not in told_since(daemon, since), "a device that goes away is not told",
           told_since(daemon, since))
    # for the stage, which detaches it in the end
    host.call("losetup", f"/dev/{late}", path)


def test(stage, tap):
    udev = Udev(stage)
    first = host.loop_device(stage, SIZE, name="first")
    second = host.loop_device(stage, SIZE, name="second")
    for device in (first, second):
        host.Disk(stage, device, CHUNK).read(0)
    udev.node(first, number_of(first))
    udev.label("shop", first)
    # a node of the right name, and of another device
    udev.node(second, os.makedev(os.major(number_of(second)), 250))
    udev.label("liar", second)
    daemon = stage.daemon(*udev.config(), "<Disks>", 'Name "label" "kernel"', "</Disks>")
    check_links(tap, daemon, udev, first, second)
    late = check_late(stage, tap, daemon, udev)
    check_collision(tap, daemon, udev, first, late)
    check_gone(stage, tap, daemon, late)
    complaints = [line for line in daemon.complaints(lateness=False) if '"both"' not in line]
    tap.equal(complaints, [], "nothing else to complain about")
    daemon.ends_well(tap)


harness.run(test)
