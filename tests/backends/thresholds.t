#!/usr/bin/python3 -B
"""conf/thresholds.conf: each of its thresholds fires and is all right again, and none does at the
start, at a restart of members or of the daemon, or when what may go has gone."""

import os
import re
import sys
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)),
                os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e")]

import harness
import host
import network
from frozen import FrozenDisk
from node import Node, file_of_conf
from servers import conf
from tap import wait_for

INTERVAL = 0.5

# What this version does not dispatch or does not let differ from 0: (plugin, type, type instance)
NOT_YET = [("footprint", "count", "stuck"), ("footprint", "duration", "age")]

GROUPS = [
    "ValuesPercentage true", "Activity true",
    *(line for name in ("shop", "big", "swapped", "grows")
      for line in (f'<Group "{name}">', f'Comm "{name}"', "</Group>")),
    '<Group "app-%{env:APP}">', 'Env "APP"', "Expire 1", "</Group>",
]


def thresholds():
    """What the file has: (plugin, type, type instance) of each block."""
    found, plugin = [], None
    for kind, name, body in re.findall(r"<(Plugin|Type) \"(\w+)\">(.*?)(?=<)", conf(
            "thresholds.conf"), re.DOTALL):
        if kind == "Plugin":
            plugin = name
        else:
            instance = re.search(r'^ *Instance "(\w+)"', body, re.MULTILINE)
            found.append((plugin, name, instance.group(1) if instance else ""))
    return found


class Watch:
    """Notifications of a daemon, and which of its values may have any."""

    def __init__(self, tap, node):
        self.tap = tap
        self.node = node
        self.allowed = set()

    def told(self, name):
        """Its severities; that it is all right the daemon says of each value's first, too."""
        found = [one[0] for one in self.node.notifications() if one[1:5] == name]
        return found[found[:1] == ["OKAY"]:]

    def wait(self, name, severity, what, seconds=10):
        """The next notification of a value has this severity."""
        self.allowed.add(name)
        before = len(self.told(name))

        def changed():
            return self.told(name)[before:]

        try:
            found = wait_for(changed, seconds, what, 0.05)
        except TimeoutError:
            found = ["nothing"]
        self.tap.equal(found[0], severity, f"{what}: {severity}", *self.node.log()[-5:])

    def quiet(self, what):
        """Nothing was told but of values that were waited for."""
        self.tap.equal([one[5] for one in self.node.notifications()
                        if one[0] != "OKAY" and one[1:5] not in self.allowed], [],
                       f"{what}: no alarm")


def configuration(disk, removable):
    total = int(re.search(r"MemTotal: +(\d+)", host.read("/proc/meminfo")).group(1)) * 1024
    percent = 100 * (400 << 20) / total
    text = file_of_conf("thresholds.conf", changes=[
        # on a host of any size, and with less memory
        ("WarningMax 40", f"WarningMax {percent}"), ("FailureMax 60", f"FailureMax {2 * percent}"),
        ("Hysteresis 1\n", "Hysteresis 0.001\n"), ("WarningMax 25600", "WarningMax 5120")])
    return [*text, "<Plugin footprint>", *GROUPS,
            "<Disks>", f'Disk "{disk}"', f'Disk "{removable}"', "StuckAfter 1", "</Disks>",
            "</Plugin>"]


def readings(count):
    time.sleep(count * INTERVAL)


def victim(stage, name, *steps, **named):
    return stage.victim(f"comm={name}", *steps, **named)


def removable_disk(stage):
    """A device that can be taken away, and how."""
    number = host.read("/sys/class/zram-control/hot_add")
    device = f"zram{number}"
    gone = []

    def remove():
        if not gone:
            host.write("/sys/class/zram-control/hot_remove", number)
            gone.append(True)

    stage.defer(remove)
    host.write(f"/sys/block/{device}/disksize", "4M")
    fd = os.open(f"/dev/{device}", os.O_RDWR)
    os.pwrite(fd, b"x" * 4096, 0)
    os.fsync(fd)
    os.close(fd)
    return device, remove


def check_absent(stage, watch, shop):
    """Without members for a moment: nothing. For long: a failure."""
    shop.end()
    shop = victim(stage, "shop", "private=4M")
    readings(4)
    watch.quiet("its members restart")
    name = ("footprint", "shop", "ps_count", "")
    shop.end()
    watch.wait(name, "FAILURE", "the group has no members")
    shop = victim(stage, "shop", "private=4M")
    watch.wait(name, "OKAY", "the group has members again")
    return shop


def check_memory(stage, watch):
    name, percent = ("footprint", "big", "memory", "uss_max"), ("footprint", "big", "percent", "pss")
    watch.allowed.update((name, percent))
    big = victim(stage, "big", "private=600M")
    watch.wait(name, "WARNING", "a member grows")
    watch.tap.equal(watch.told(percent), ["WARNING"], "its part of the memory: WARNING")
    big.do("private=600M")
    watch.wait(name, "FAILURE", "a member grows more")
    watch.tap.equal(watch.told(percent), ["WARNING", "FAILURE"], "its part of the memory: FAILURE")
    big.end()
    watch.wait(name, "OKAY", "the member has ended")
    watch.tap.equal(watch.told(percent)[2:], ["OKAY"], "its part of the memory: OKAY")


def check_growth(stage, watch):
    name = ("footprint", "grows", "ps_pagefaults", "")
    watch.allowed.add(name)
    grows = victim(stage, "grows")
    for _ in range(40):
        grows.do("private=4M")
        time.sleep(0.1)
    watch.tap.equal(watch.told(name), ["WARNING"], "a group grows: WARNING", *watch.node.log()[-5:])
    watch.wait(name, "OKAY", "it grows no more")
    grows.end()


def check_disk(watch, disk):
    names = [("footprint_disk", disk.name, kind, instance) for kind, instance in (
        ("latency", "read"), ("latency", "write"), ("queue_length", "average"))]
    watch.allowed.update(names)
    disk.start(32)
    readings(3)
    watch.quiet("a disk is in use")
    disk.shake(5)
    found = [watch.told(name) for name in names]
    watch.tap.equal([severities[-1:] for severities in found],
                    [["FAILURE"], ["FAILURE"], ["WARNING"]],
                    "a disk is slow: latencies FAILURE, queue WARNING", found)
    wait_for(lambda: all(watch.told(name)[-1] == "OKAY" for name in names), 10, "the disk is fast")
    watch.tap.ok(True, "a disk is fast again: OKAY")
    stuck = ("footprint_disk", disk.name, "count", "stuck")
    disk.freeze()
    watch.wait(stuck, "FAILURE", "a disk hangs")
    disk.thaw()
    watch.wait(stuck, "OKAY", "a disk goes on")
    readings(6)


def check_denied(stage, tap):
    """A daemon without the rights; its sums are absent, which is no other alarm."""
    node = Node(stage, [*file_of_conf("thresholds.conf"), "<Plugin footprint>", '<Group "denied">',
                        'Comm "denied"', "</Group>", "</Plugin>"],
                interval=INTERVAL, user=harness.NOBODY)
    node.wait_until_up()
    watch = Watch(tap, node)
    denied = victim(stage, "denied")
    name = ("footprint", "denied", "count", "denied")
    watch.wait(name, "FAILURE", "a member may not be read")
    denied.end()
    watch.wait(name, "OKAY", "it has ended")
    readings(5)
    watch.quiet("a daemon without rights")
    node.ends_well(tap)
    return watch


def check_leaving(stage, watch, dynamic, remove):
    """A dynamic group and a disk go, which is no alarm; that the daemon forgets them is waited for."""
    dynamic.end()
    remove()

    def forgotten():
        return not any("app-one" in name or "zram" in name for name in watch.node.listval())

    wait_for(forgotten, 20, "the daemon forgets the group and the disk", 0.2)
    watch.quiet("a dynamic group and a disk are gone")


def test(stage, tap):
    network.alone()
    host.swap(stage)
    disk = FrozenDisk(stage)
    device, remove = removable_disk(stage)
    config = configuration(disk.name, device)
    shop = victim(stage, "shop", "private=4M")
    dynamic = victim(stage, "one", env={"APP": "one"})
    node = Node(stage, config, interval=INTERVAL)
    node.wait_until_up()
    watch = Watch(tap, node)
    readings(6)
    watch.quiet("the start")
    swapped = victim(stage, "swapped", "private=8M", "pageout")
    swap_name = ("footprint", "swapped", "memory", "swap_pss")
    since = time.monotonic()
    shop = check_absent(stage, watch, shop)
    check_leaving(stage, watch, dynamic, remove)
    check_growth(stage, watch)
    watch.allowed.add(swap_name)
    wait_for(lambda: watch.told(swap_name), 30, "swapped out for long", 0.1)
    tap.equal(watch.told(swap_name), ["WARNING"], "swapped out for long: WARNING")
    tap.ok(time.monotonic() - since > 29 * INTERVAL, "not before it was long")
    swapped.end()
    watch.wait(swap_name, "OKAY", "nothing is swapped out")
    check_memory(stage, watch)
    check_disk(watch, disk)
    watch.quiet("all that")
    node.ends_well(tap)
    again = Node(stage, config, interval=INTERVAL)
    again.wait_until_up()
    readings(6)
    Watch(tap, again).quiet("a restart of the daemon")
    again.ends_well(tap)
    denied = check_denied(stage, tap)
    fired = {(plugin, kind, instance) for watched in (watch, denied)
             for severity, plugin, _, kind, instance, _ in watched.node.notifications()
             if severity != "OKAY"}
    missing = set(thresholds()) - fired
    tap.equal(sorted(missing), sorted(NOT_YET), "every threshold of the file has fired")


harness.run(test)
