#!/usr/bin/python3 -B
"""footprint check: the dry run tells what a configuration would hold, and leaves nothing behind."""

import os
import re
import shutil
import signal
import subprocess
import time

import harness
import host
import oracle
from daemon import SLOWNESS, find_collectd
from tap import wait_for

TAG = f"fp{os.getpid()}"
COMMAND = os.path.join(harness.BUILD, "src", "cli", "footprint")


class Checker:
    """Runs the command with a folder of its own for what is temporary.

    It runs a copy, and shows it a copy of the plugin: a user without rights may not get into the
    folder that this was built in.
    """

    def __init__(self, stage, folder="tmp"):
        self.stage = stage
        self.plugins = stage.directory(f"{folder}-plugins")
        shutil.copy(stage.plugin, os.path.join(self.plugins, "footprint.so"))
        self.program = shutil.copy(COMMAND, self.plugins)
        self.temporary = stage.path(folder)
        self.collectd = find_collectd()
        if stage.preload:
            self.collectd = program(stage, "collectd", f'LD_PRELOAD="{stage.preload}" ' +
                                    f'exec {self.collectd} "$@"')
        os.mkdir(self.temporary)
        os.chmod(self.temporary, 0o777)

    def command(self, files, options=()):
        return [self.program, "check", "--collectd", self.collectd, "--plugin-dir", self.plugins,
                "--timeout", str(60 * SLOWNESS), *options, *files]

    def environment(self):
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C",
                "TMPDIR": self.temporary}

    def run(self, *files, options=(), prefix=()):
        return subprocess.run([*prefix, *self.command(files, options)], env=self.environment(),
                              stdin=subprocess.DEVNULL, capture_output=True, cwd=self.stage.root,
                              errors="surrogateescape")

    def start(self, *files, options=()):
        process = subprocess.Popen(self.command(files, options), env=self.environment(),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, preexec_fn=host.die_with_parent)
        self.stage.defer(process.wait)
        self.stage.defer(process.kill)
        return process

    def left(self):
        return os.listdir(self.temporary)


def write(stage, name, *lines):
    path = stage.path(name)
    with open(path, "w") as file:
        file.write("\n".join([*lines, ""]))
    return path


def program(stage, name, *lines):
    path = write(stage, name, "#!/bin/sh", *lines)
    os.chmod(path, 0o755)
    return path


def block(*lines):
    return ["LoadPlugin footprint", "<Plugin footprint>", *lines, "</Plugin>"]


def same_status(tap, done, code, name):
    return tap.equal(done.returncode, code, name, done.stdout, done.stderr)


def ends(tap, checker, done, code, pattern, name):
    """The exit status, a word on standard error, and nothing left."""
    same_status(tap, done, code, f"{name}: exit status {code}")
    tap.match(done.stderr, pattern, f"{name}: said")
    tap.equal(checker.left(), [], f"{name}: nothing is left")


def total(text, heading):
    """The numbers of the total below a group's heading: USS, PSS, SWAP, RSS, processes."""
    words = re.split(r"\n *total ", text.split(heading, 1)[1], 1)[1].split("\n")[0].split()
    return [int(word) for word in words[:5]]


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


def is_gone(pid):
    return not os.path.exists(f"/proc/{pid}")


def check_values(stage, tap, checker):
    victims = [stage.victim(f"private={size}M", "fork=1", "private=1M", "end", f"comm={TAG}",
                            env={"APP": app}) for size, app in ((8, "shop"), (16, "mail"))]
    pids = [pid for victim in victims for pid in victim.pids]
    path = write(stage, "good.conf", *block(
        '<Group "both">', f'Comm "/^{TAG}$|^victim$/"', 'Env "APP"', "</Group>",
        '<Group "app-%{env:APP}">', 'Env "APP"', f'Comm "/^{TAG}$|^victim$/"', "</Group>"))
    before = oracle.total(pids)
    done = checker.run(path, options=["--bytes"])
    same_status(tap, done, 0, "a right configuration: exit status 0")
    sums = total(done.stdout, '<Group "both">\n')
    found = {f"memory-{name}": value for name, value in zip(("uss", "pss", "swap", "rss"), sums)}
    oracle.same(tap, found, before, before, pids, list(found), "the total is psutil's")
    tap.equal(sums[4], 4, "all members are counted")
    for victim, app in zip(victims, ("shop", "mail")):
        shown = total(done.stdout, f'<Group "app-%{{env:APP}}">: app-{app}\n')
        tap.equal((shown[0], shown[4]), (oracle.total(victim.pids)["memory-uss"], 2),
                  f"the group of {app} holds its own")
    tap.equal(sorted(str(pid) for pid in pids),
              sorted(line.split()[0] for line in done.stdout.split('<Group "app')[0].splitlines()
                     if line.endswith("]")), "each member stands in a line", done.stdout)
    tap.equal((done.stderr, checker.left()), ("", []), "nothing to complain about, nothing is left")


def check_empty(stage, tap, checker):
    path = write(stage, "empty.conf", *block(
        '<Group "none">', f'Comm "no{TAG}"', "</Group>",
        '<Group "app-%{env:NONE}">', f'Env "NONE" "{TAG}-none"', "</Group>"))
    done = checker.run(path)
    same_status(tap, done, 1, "groups without a member: exit status 1")
    for name in ("none", "app-%{env:NONE}"):
        tap.ok(f'<Group "{name}">: no process matches\n' in done.stdout, f"{name}: said",
               done.stdout)


def check_strangers(stage, tap, checker):
    """A process may call itself anything; the terminal must not notice."""
    stage.victim(f"comm=\x1b]0;x\x07\udcff{TAG[:6]}", env={"FP_STRANGE": "1"})
    path = write(stage, "strange.conf", *block('<Group "s">', 'Env "FP_STRANGE"', "</Group>"))
    done = checker.run(path)
    same_status(tap, done, 0, "a strange name: exit status 0")
    tap.match(done.stdout, r"\[\\x1b\]0;x\\x07\ufffd" + TAG[:6] + r"\]",
              "a strange name: made safe")
    tap.ok(not set(done.stdout) & {"\x1b", "\x07", "\udcff"}, "a strange name: nothing gets through")


def check_wrong(stage, tap, checker):
    """What the daemon refuses, and what it would pass over in silence."""
    group = ['<Group "a">', 'Comm "x"', "</Group>"]
    cases = [
        ("a mistake in a selector", block('<Group "a">', 'Comm "/(/"', "</Group>"),
         r'footprint: <Group "a">: Comm: bad regular expression'),
        ("an unknown option", block("Colour 1", *group), "Colour: unknown option"),
        ("an interval that is no multiple",
         ["Interval 7", *block('<Group "a">', 'Comm "x"', "Interval 10", "</Group>")], "Interval"),
        ("a user that is not there", block('<Group "a">', f'User "no{TAG}"', "</Group>"),
         f'User: "no{TAG}" is not known on this host'),
        ("a state file in no folder", block('StateFile "/nonexistent/x.json"', *group),
         "StateFile: .*its folder has to be there"),
        ("a group of the state file that is not there",
         block(f'StateFile "{stage.root}/x.json"', f'StateFileGroup "no{TAG}"', *group),
         f'StateFileGroup: "no{TAG}" is not a group'),
        ("two state files", block('StateFile "/run/x.json"', *group, 'StateFile "/run/x.json"'),
         r"wrong.conf:7: <Plugin footprint>: StateFile: given twice"),
        ("a state file of two values", block('StateFile "/run/x.json" "y"', *group),
         "StateFile: takes one value in quotes, not 2 values"),
        ("a number as the state file's group", block("StateFileGroup 0", *group),
         'StateFileGroup: the value 0 must be quoted, as in StateFileGroup "0"'),
        ("nothing to measure", block("Detail true"), "there is no <Group> and no <Disks>"),
        ("disks of no host", block('ProcPath "/nonexistent"', "<Disks>", 'Disk "/./"', "</Disks>"),
         "ProcPath: /nonexistent cannot be opened"),
        ("a block before its LoadPlugin",
         ["<Plugin footprint>", *group, "</Plugin>", "LoadPlugin footprint"],
         r"wrong.conf:1: this block stands before LoadPlugin"),
        ("no block at all", ["LoadPlugin footprint"], "there is no <Plugin footprint> block"),
        ("a file that is cut", block(*group)[:-1], r"wrong.conf:2: <Plugin> is not closed"),
        ("what only the daemon's parser sees", ["# 1", "", *block("true 1", *group)],
         r"collectd: Parse error in file \S*/wrong.conf, line 5 near"),
    ]
    for name, lines, pattern in cases:
        done = checker.run(write(stage, "wrong.conf", *lines))
        ends(tap, checker, done, 2, pattern, name)


def check_includes(stage, tap, checker):
    """The interval and the blocks of all files count, and a mistake is told of its own line."""
    folder = stage.directory("conf")
    name = os.path.relpath(folder, stage.root)
    write(stage, f"{name}/b.conf", "<Plugin footprint>", '<Group "b">', f'Comm "b{TAG}"',
          "Interval 14", "</Group>", "</Plugin>")
    write(stage, f"{name}/a.conf", "", "<PLUGIN FootPrint>", '<Group "a">', f'Comm "a{TAG}"',
          "</Group>", "</PLUGIN>")
    path = write(stage, "main.conf", "Interval 7", 'LoadPlugin "footprint"',
                 f'<Include "{folder}">', '  Filter "*.conf"', "</Include>")
    done = checker.run(path)
    same_status(tap, done, 1, "blocks in included files: exit status 1, since nothing matches")
    tap.match(done.stdout, r'(?s)<Group "a">.*<Group "b">', "both files are read, in order")
    write(stage, f"{name}/c.conf", "", "", "<Plugin footprint>", "  ReadTimeout 1 2", "  on 1",
          "</Plugin>")
    ends(tap, checker, checker.run(path), 2, rf"in file {folder}/c.conf, line 5 near",
         "a mistake in the third file")


def check_editors(stage, tap, checker):
    """What an editor puts before the text, or between its words, is nothing to the daemon."""
    path = write(stage, "editor.conf", "\ufeff# by an editor", "\u00a0LoadPlugin footprint",
                 "<Plugin footprint>", '\u00a0<Group "a">', f'\u00a0 Comm "no{TAG}"', "</Group>",
                 "</Plugin>")
    done = checker.run(path)
    same_status(tap, done, 1, "a mark at the beginning: exit status 1, since nothing matches")
    tap.equal((done.stderr, checker.left()), ("", []), "a mark at the beginning: nothing is said")


def check_places(stage, tap, checker):
    """A folder for temporary files may have any name."""
    strange = Checker(stage, 'a "b\\c" $d `e')
    path = write(stage, "place.conf", *block('<Group "a">', f'Comm "no{TAG}"', "</Group>"))
    same_status(tap, strange.run(path), 1, "a strange TMPDIR: exit status 1, since nothing matches")
    tap.equal(strange.left(), [], "a strange TMPDIR: nothing is left")
    done = checker.run(path, options=["--plugin-dir", stage.root])
    ends(tap, checker, done, 4, "footprint.so is not there; --plugin-dir", "a wrong --plugin-dir")
    done = checker.run(path, options=["--collectd", stage.root])
    ends(tap, checker, done, 4, "no such daemon; --collectd", "a wrong --collectd")
    done = checker.run(stage.path("nothing"))
    ends(tap, checker, done, 4, "nothing: No such file", "a file that is not there")
    done = checker.run(path, options=["--timeout", "0"])
    ends(tap, checker, done, 2, "--timeout takes", "a wrong --timeout")
    same_status(tap, checker.run(), 2, "no file: exit status 2")


def check_disks_only(stage, tap, checker):
    done = checker.run(write(stage, "disks.conf", *block("<Disks>", 'Disk "/./"', "</Disks>")))
    same_status(tap, done, 0, "disks alone: exit status 0")
    tap.match(done.stdout, "no <Group> to show", "disks alone: said")
    tap.equal(done.stderr, "", "disks alone: nothing to complain about")
    # the daemon does not look at the place of what it does not write
    done = checker.run(write(stage, "disks.conf", *block(
        'StateFile "/nonexistent/x.json"', "<Disks>", 'Disk "/./"', "</Disks>")))
    same_status(tap, done, 0, "disks alone with a state file: exit status 0")
    tap.equal(done.stderr, "footprint: <Plugin footprint>: StateFile: there is no <Group>, so none is "
              "written\n", "disks alone with a state file: said")


def check_denied(stage, tap, checker):
    victim = stage.victim(f"comm=d{TAG}")
    path = write(stage, "denied.conf", *block(
        '<Group "denied">', f'Comm "d{TAG}"', "</Group>",
        '<Group "who">', 'Env "APP"', f'Comm "d{TAG}"', "</Group>"))
    user = str(harness.NOBODY)
    done = checker.run(path, prefix=["setpriv", f"--reuid={user}", f"--regid={user}",
                                     "--clear-groups", "--inh-caps=-all"])
    ends(tap, checker, done, 3, "may not be read: CAP_SYS_PTRACE", "what may not be read")
    tap.match(done.stdout, rf"(?s)\n +{victim.pid} .*\n  1 of them could not be read\n",
              "the member is shown, and that it lacks")
    tap.match(done.stdout, r'(?s)<Group "who">.*\n  1 more could not be told to match or not\n',
              "and who could not be told")


def check_deferred(stage, tap, checker):
    """The first reading of all takes longer than there is time for in an interval."""
    victim = stage.victim(f"comm=l{TAG}", "private=48M", "fork=20", "end")
    path = write(stage, "deferred.conf", "Interval 1", *block(
        "Budget 0.01", '<Group "large">', f'Comm "l{TAG}"', "</Group>"))
    done = checker.run(path)
    same_status(tap, done, 0, "members that wait for their first reading: exit status 0")
    tap.match(done.stdout, r"\n  [0-9]+ of them would be read in the next intervals, as Budget lets",
              "members that wait for their first reading: said")
    victim.end()


def stuck_daemon(stage, ending):
    """In place of collectd: never reads, and ends as told."""
    return ["--collectd", program(stage, "stuck", ending, "while :; do sleep 0.1; done")]


def check_late(stage, tap, checker):
    path = write(stage, "late.conf", *block('<Group "a">', 'Comm "x"', "</Group>"))
    begun = time.monotonic()
    done = checker.run(path, options=[*stuck_daemon(stage, "echo $$ >pid"), "--timeout", "1"])
    ends(tap, checker, done, 4, "no reading in time", "no reading in time")
    tap.ok(time.monotonic() - begun < 10 * SLOWNESS, "no reading in time: soon")
    done = checker.run(path, options=stuck_daemon(stage, "kill -SEGV $$"))
    ends(tap, checker, done, 4, "crashed", "a daemon that crashes")


def check_interrupted(stage, tap, checker):
    path = write(stage, "stop.conf", *block('<Group "a">', 'Comm "x"', "</Group>"))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process = checker.start(path, options=stuck_daemon(stage, ":"))
        pid = wait_for(lambda: children(process.pid), 10 * SLOWNESS, "the daemon starts")[0]
        process.send_signal(number)
        tap.equal(process.wait(20 * SLOWNESS), -number, f"{number.name}: ends by it")
        tap.ok(is_gone(pid), f"{number.name}: the daemon is ended")
        tap.equal(checker.left(), [], f"{number.name}: nothing is left")
        process.communicate()


def check_neighbour(stage, tap, checker):
    """A daemon that runs already goes on as if nothing were."""
    stage.victim(f"comm=n{TAG}", "private=2M")
    folder = stage.directory("state")
    lines = [f'StateFile "{folder}/state.json"', '<Group "n">', f'Comm "n{TAG}"', "</Group>"]
    daemon = stage.daemon(*lines)
    before = daemon.readings("n")[0]
    done = checker.run(write(stage, "same.conf", *block(*lines)))
    same_status(tap, done, 0, "beside a running daemon: exit status 0")
    after = daemon.readings("n", 2)[-1]
    tap.equal(after["memory-uss"], before["memory-uss"], "the running daemon reads on")
    tap.equal(os.listdir(folder), ["state.json"], "its state file is its own")
    tap.equal(daemon.complaints(), [], "nothing to complain about")
    daemon.ends_well(tap)


def test(stage, tap):
    checker = Checker(stage)
    check_values(stage, tap, checker)
    check_empty(stage, tap, checker)
    check_strangers(stage, tap, checker)
    check_wrong(stage, tap, checker)
    check_includes(stage, tap, checker)
    check_editors(stage, tap, checker)
    check_places(stage, tap, checker)
    check_disks_only(stage, tap, checker)
    check_denied(stage, tap, checker)
    check_deferred(stage, tap, checker)
    check_late(stage, tap, checker)
    check_interrupted(stage, tap, checker)
    check_neighbour(stage, tap, checker)


harness.run(test)
