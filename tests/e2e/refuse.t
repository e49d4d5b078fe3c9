#!/usr/bin/python3 -B
"""Mistakes in the configuration: the daemon does not start, and one line says where and why."""

import os
import re

import harness

GROUP = '<Group "web">'

# what is wrong, the lines within <Plugin footprint>, what the message must match
MISTAKES = [
    ("an unknown option", ["Colour 1"], r'<Plugin footprint>.*Colour.*takes.*Group.*Disks'),
    ("an unknown option of a group", [GROUP, "Colour 1", "</Group>"],
     r'<Group "web">.*Colour.*takes.*Comm'),
    ("an unknown option of disks", ["<Disks>", "Colour 1", "</Disks>"], r"<Disks>.*Colour.*takes"),
    ("a group without a selector", [GROUP, "Detail true", "</Group>"],
     r'<Group "web">.*no selector'),
    ("a group without a name", ["<Group>", 'Comm "a"', "</Group>"], r"Group.*name"),
    ("a name that is a number", ["<Group 7>", 'Comm "a"', "</Group>"],
     r'7 must be quoted.*<Group "7">'),
    ("a name of ours", ['<Group "_self">', 'Comm "a"', "</Group>"], r'"_self".*begin with _'),
    ("a name that no file takes", ['<Group "a/b">', 'Comm "a"', "</Group>"], r'"a/b".*A-Z'),
    ("a name too long", [f'<Group "{"n" * 64}">', 'Comm "a"', "</Group>"], r"63"),
    ("a number for a variable", [GROUP, 'Env "PORT" 8080', "</Group>"],
     r'<Group "web">.*Env.*8080 must be quoted.*Env "PORT" "8080"'),
    ("a boolean for a variable", [GROUP, 'Env "DEBUG" true', "</Group>"],
     r'<Group "web">.*Env.*true.*must be quoted.*Env "DEBUG" "true"'),
    ("a name without quotes", [GROUP, "Comm php-fpm", "</Group>"], r"Comm.*quotes"),
    ("an equals sign", [GROUP, 'Env "APP=shop"', "</Group>"], r'Env.*Env "APP" "shop"'),
    ("a long Comm", [GROUP, 'Comm "systemd-journald"', "</Group>"],
     r'Comm.*"systemd-journald".*15.*Exe'),
    ("a bad expression", [GROUP, 'Exe "/(/"', "</Group>"], r'Exe.*"/\(/".*offset'),
    ("an empty expression", [GROUP, 'Exe "//"', "</Group>"], r'Exe.*"//".*"/./"'),
    ("an empty value", [GROUP, 'Comm ""', "</Group>"], r"Comm.*empty"),
    ("Not of a number", [GROUP, "Not 5", "</Group>"], r"Not.*takes a selector"),
    ("Not of no selector", [GROUP, 'Not Colour "a"', "</Group>"], r'Not.*"Colour".*Comm'),
    ("two values of one", [GROUP, 'Comm "a"', 'Comm "b"', "</Group>"],
     r'<Group "web">.*Comm.*second.*<Group "web">'),
    ("a contradiction", [GROUP, 'Comm "a"', 'Not Comm "a"', "</Group>"], r"Not Comm.*contradicts"),
    ("a relative PID file", [GROUP, 'PidFile "a.pid"', "</Group>"], r'PidFile.*absolute.*"a.pid"'),
    ("a switch in quotes", [GROUP, 'Comm "a"', 'Detail "true"', "</Group>"],
     r"Detail.*true or false"),
    ("options that disagree", [GROUP, 'Comm "a"', "Detail true", "</Group>",
                               GROUP, 'Comm "b"', "Detail false", "</Group>"],
     r'<Group "web">.*Detail.*disagrees'),
    ("an odd interval", [GROUP, 'Comm "a"', "Interval 0.7", "</Group>"],
     r'<Group "web">.*Interval.*multiple.*0\.5.*0\.7'),
    ("a group in a group", [GROUP, '<Comm "a">', 'x "y"', "</Comm>", "</Group>"],
     r"Comm.*not a block"),
    ("a relative path", ['ProcPath "proc"', GROUP, 'Comm "a"', "</Group>"],
     r'ProcPath.*absolute.*"proc"'),
    ("a path that is not there", ['ProcPath "/nonexistent/proc"', GROUP, 'Comm "a"', "</Group>"],
     r"ProcPath.*/nonexistent/proc.*No such file"),
    ("a number out of range", ["ReadTimeout 90", GROUP, 'Comm "a"', "</Group>"],
     r"ReadTimeout.*0\.1.*60.*90"),
    ("twice <Disks>", ["<Disks>", 'Disk "a"', "</Disks>", "<Disks>", 'Disk "b"', "</Disks>"],
     r"Disks.*twice"),
    ("an unknown kind of name", ["<Disks>", 'Name "colour"', "</Disks>"], r'Name.*"dm".*"colour"'),
    ("half a second", ["<Disks>", "StuckAfter 1.5", "</Disks>"], r"StuckAfter.*whole.*1\.5"),
    ("nothing to measure", ["Detail true"],
     r'no <Group> and no <Disks>.*<Plugin footprint> <Group "\w+"> \w+ "[^"]*" </Group>'),
    ("an empty group", [GROUP, "</Group>"], r'<Group "web">.*no selector'),
    ("an empty block, which the daemon drops", ["<Disks>", "</Disks>"],
     r"no <Group> and no <Disks>.*drops.*without content"),
    ("an empty plugin", [], r'no <Group> and no <Disks>.*<Group "'),
]


def check(stage, tap, what, lines, pattern):
    daemon = stage.start("<Plugin footprint>", *lines, "</Plugin>")
    status = daemon.process.wait(10 * harness.SLOWNESS)
    errors = [line for line in daemon.log() if re.search(r"\[error\] footprint: ", line)]
    tap.ok(status > 0, f"{what}: the daemon says that it failed", f"status {status}")
    tap.ok(len(errors) == 1 and re.search(pattern, errors[0]),
           f"{what}: one line says what is wrong", f"no /{pattern}/ in:", *daemon.log())
    tap.equal((os.path.exists(daemon.data), daemon.leaks()), (False, []),
              f"{what}: no value was told, no memory lost")


def smallest(stage, tap):
    """The block that the message shows works as it stands."""
    daemon = stage.start("<Plugin footprint>", "Detail true", "</Plugin>")
    daemon.process.wait(10 * harness.SLOWNESS)
    shown = re.search(r"<Plugin footprint> .* </Plugin>", "\n".join(daemon.log()))
    if not tap.ok(shown, "the smallest block is shown", *daemon.log()):
        return
    lines = re.sub(r" (?=<)|(?<=>) ", "\n", shown.group())
    daemon = stage.start(lines)
    daemon.wait_until_up()
    name = re.search(r'<Group "(\w+)">', lines).group(1)
    reading = daemon.readings(name)[0]
    tap.ok(reading["memory-uss"] > 0, "the smallest block measures something", reading.values)
    tap.equal(daemon.complaints(), [], "the smallest block: nothing to complain about")
    daemon.ends_well(tap)


def test(stage, tap):
    for what, lines, pattern in MISTAKES:
        check(stage, tap, what, lines, pattern)
    smallest(stage, tap)


harness.run(test)
