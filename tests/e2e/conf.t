#!/usr/bin/python3 -B
"""conf/footprint.conf: the daemon takes it as it is, and with every option in it made active."""

import os
import re

import harness

TREE = os.environ.get("top_srcdir", os.path.join(harness.HERE, "..", ".."))


def everything(lines):
    """Without the # of options; that of prose has a blank behind it."""
    return [re.sub(r"^( *)#(?=[^ ])", r"\1", line) for line in lines]


def check(stage, tap, what, lines):
    daemon = stage.start(*lines)
    daemon.wait_until_up()
    reading = daemon.readings("collectd")[0]
    tap.ok(reading["memory-uss"] > 0, f"{what}: the daemon measures itself", reading.values)
    # the user of the example is not on every host
    complaints = [line for line in daemon.complaints() if "is not known on this host" not in line]
    tap.equal(complaints, [], f"{what}: nothing to complain about")
    daemon.ends_well(tap)


def test(stage, tap):
    with open(os.path.join(TREE, "conf", "footprint.conf")) as file:
        lines = file.read().splitlines()
    check(stage, tap, "as shipped", lines)
    active = everything(lines)
    folder = stage.directory("state")
    active = [line.replace("/run/footprint/", folder + "/") for line in active]
    tap.ok(len(active) == len(lines) and sum(a != b for a, b in zip(active, lines)) > 20,
           "removing the comments makes options active")
    check(stage, tap, "with every option", active)


harness.run(test)
