#!/usr/bin/python3 -B
"""footprint on a terminal: the list fits and is safe, watch shows what grows, heeds its keys, and
gives the terminal back however it ends."""

import os
import re
import signal
import subprocess
import sys
import termios
import time

import harness
import oracle
from daemon import SLOWNESS
from tap import wait_for
from terminal import JOBS, Screen, Terminal, columns, run, stops

TAG = f"fp{os.getpid()}"
COMMAND = os.path.join(harness.BUILD, "src", "cli", "footprint")
HOSTILE = ["--", "\x1b]0;owned\x07", "a\nb", b"\xff\xc2\x9b31m".decode(errors="surrogateescape"),
           "\u202e\u4e2d\u6587" * 40]


# All that end a program by default and that may be sent to it from outside
ENDS = [getattr(signal, f"SIG{name}") for name in (
    "TERM HUP INT QUIT SEGV ILL TRAP ABRT BUS FPE USR1 USR2 ALRM STKFLT XCPU XFSZ VTALRM PROF IO PWR "
    "SYS RTMIN RTMAX").split() if hasattr(signal, f"SIG{name}")]


def watch(stage, *arguments, **named):
    return Terminal(stage, [COMMAND, "watch", *arguments], **named)


def check_list(tap):
    """Without watch: as wide as the terminal, coloured there alone."""
    for width in (200, 80, 40, 20, 5):
        code, data = run([COMMAND, "--env", f"FP_TAG={TAG}"], width=width)
        screen = Screen(24, width)
        rest = screen.feed(data)
        tap.equal((code, rest, screen.faults), (0, b"", []), f"the list fits {width} columns",
                  screen.lines)
    code, data = run([COMMAND])
    tap.ok(b"\x1b[1m" in data, "a terminal gets colours", data)
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}):
        code, data = run([COMMAND], env=env)
        tap.ok(b"\x1b" not in data and code == 0, f"none with {env}", data)
    code, data = run([COMMAND], env={"NO_COLOR": ""})
    tap.ok(b"\x1b[1m" in data, "an empty NO_COLOR is none", data)
    done = subprocess.run([COMMAND], capture_output=True)
    tap.ok(b"\x1b" not in done.stdout, "a pipe gets none", done.stdout)
    done = subprocess.run([COMMAND, "--color", "always"], capture_output=True)
    tap.ok(b"\x1b[1m" in done.stdout, "but it may", done.stdout)


def check_growth(stage, tap, victim):
    terminal = watch(stage, "--env", f"FP_TAG={TAG}", "1", rows=12, width=100)
    row = rf"^ *{victim.pid} +root "
    terminal.wait(rf"{row} +[0-9.]+[KM] +0 ")
    victim.do("private=8M")
    terminal.wait(rf"{row} +[0-9.]+M +\+8[.]0M +[0-9.]+M +\+8[.]0M ")
    terminal.wait(r"^total +[0-9.]+M +\+8[.]0M .* 2 processes$")
    tap.ok(True, "what grew is seen")
    shown = terminal.wait(rf"{row} +([0-9.]+)M").group(1)
    tap.near(float(shown) * 1024 * 1024, oracle.process(victim.pid)["memory-uss"], 0.06 * 1024 * 1024,
             "and what it is now")
    terminal.press("0")
    terminal.wait(rf"{row} +[0-9.]+M +0 ")
    tap.ok(True, "growth begins anew")
    return terminal


def first_pid(terminal):
    return int(terminal.lines()[2].split()[0])


def check_keys(stage, tap, terminal, victim, other):
    pids = sorted((victim.pid, other.pid))
    terminal.press("n")
    terminal.wait(rf"^ *PID.*\n *{pids[0]} ")
    terminal.press("R")
    terminal.wait(rf"^ *PID.*\n *{pids[1]} ")
    tap.ok(True, "sorted by number, and the other way round")
    terminal.press("/w" + TAG)
    terminal.wait(rf"filter: w{TAG}_$")
    terminal.wait(rf"^ *PID.*\n *{other.pid} .*\ntotal ")
    terminal.press("\n")
    terminal.wait(rf"^footprint .* 1 with w{TAG}$")
    tap.ok(True, "a filter leaves what holds it")
    terminal.press("\x1b")
    terminal.wait(rf"^ *PID.*\n *{pids[1]} .*\n *{pids[0]} ")
    tap.ok(True, "and ends")
    terminal.press("h")
    terminal.wait("the other way round")
    terminal.press("x")
    terminal.wait(r"^ *PID")
    terminal.press(" ")
    terminal.wait(r"^footprint .* stopped$")
    terminal.press(" +")
    terminal.wait(r"^footprint .* every 2 s$")
    tap.ok(True, "help, stop and pause")
    # what is no key does nothing
    terminal.press("\x1b[999~\x1bOP\x00\x01\xff")
    terminal.press("u\x1b[B\x1b[A\x1b[6~\x1b[5~\x1b[H\x1b[F><")
    terminal.wait(r"^ *PID")
    tap.equal(terminal.screen.faults, [], "nothing but what fits was drawn")


def check_sizes(stage, tap, terminal):
    # no reading comes: a new size is heeded at once
    terminal.press("+" * 20)
    terminal.wait(r"^footprint .* every 22 s$")
    for rows, width in ((50, 132), (8, 40), (5, 20), (4, 10), (2, 7), (1, 1), (24, 80)):
        terminal.resize(rows, width)
        start = "footprint"[:width]
        found = terminal.wait(rf"^{start}", 5 * SLOWNESS)
        time.sleep(0.1)
        lines = terminal.lines()
        tap.ok(found and len(lines) == rows and not terminal.screen.faults,
               f"{rows} rows of {width}", terminal.screen.faults, *lines)
        widest = max(sum(columns(char) for char in line) for line in lines)
        tap.ok(widest <= width, f"no line is longer than {width}", *lines)


def check_end(stage, tap, terminal):
    terminal.press("q")
    tap.equal(terminal.end(), 0, "q ends it")
    tap.ok(terminal.is_as_before(), "and gives the terminal back", terminal.screen.modes)
    tap.equal(terminal.process.stderr.read(), b"", "nothing is said")


def check_signals(stage, tap):
    keys = {signal.SIGINT: "\x03", signal.SIGQUIT: "\x1c"}
    for number in ENDS:
        how = keys.get(number)
        terminal = watch(stage, "--env", f"FP_TAG={TAG}")
        terminal.wait(r"^total")
        tap.ok(not terminal.is_as_before(), "the terminal is taken")
        if how:
            terminal.press(how)
        else:
            terminal.signal(number)
        tap.equal(terminal.end(), -number, f"{number.name} ends it")
        tap.ok(terminal.is_as_before(), f"{number.name}: the terminal is given back",
               terminal.screen.modes)


def job_of(stage, seconds="1"):
    """watch as the job of a shell, and its process id."""
    terminal = Terminal(stage, [sys.executable, "-c", JOBS, COMMAND, "watch", "--env",
                                f"FP_TAG={TAG}", seconds])
    terminal.wait(r"^total")
    shell = terminal.process.pid
    with open(f"/proc/{shell}/task/{shell}/children") as file:
        return terminal, int(file.read())


def check_stop(stage, tap):
    terminal = watch(stage, "--env", f"FP_TAG={TAG}", "1")
    terminal.wait(r"^total")
    terminal.press("\x1a")
    stops(terminal.process.pid)
    tap.ok(terminal.is_as_before(), "stopped, it has given the terminal back")
    terminal.signal(signal.SIGCONT)
    terminal.wait(r"^total")
    tap.ok(not terminal.is_as_before(), "continued, it takes it again")
    terminal.signal(signal.SIGTERM)
    tap.equal(terminal.end(), -signal.SIGTERM, "and it ends")
    tap.ok(terminal.is_as_before(), "as ever")


def check_end_of_stopped(stage, tap):
    """As any program: what was sent while it was stopped ends it when it goes on."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        terminal, job = job_of(stage)
        terminal.press("\x1a")
        stops(job)
        terminal.signal(signal.SIGUSR1)
        wait_for(lambda: os.tcgetpgrp(terminal.master) != job, 20, "the terminal is the shell's")
        os.kill(job, number)
        os.kill(job, signal.SIGCONT)
        tap.equal(terminal.end(), number, f"{number.name} ends one that is stopped")
        tap.ok(terminal.is_as_before(), "and leaves the terminal as it was", terminal.screen.modes)


def check_background(stage, tap):
    """What goes on in the background leaves the terminal to whoever has it."""
    terminal, job = job_of(stage)
    os.kill(job, signal.SIGSTOP)
    stops(job)
    terminal.signal(signal.SIGUSR1)
    wait_for(lambda: os.tcgetpgrp(terminal.master) != job, 20, "the terminal is the shell's")
    termios.tcsetattr(terminal.slave, termios.TCSANOW, terminal.before)
    # nobody comes to know that it went on, but that it gives the screen back and stops again
    os.kill(job, signal.SIGCONT)
    wait_for(terminal.is_as_before, 20, "the screen is given back")
    stops(job)
    size = len(terminal.raw)
    os.kill(job, signal.SIGCONT)
    time.sleep(0.3)
    stops(job)
    tap.ok(terminal.is_as_before() and len(terminal.raw) == size,
           "in the background it takes and writes nothing", terminal.raw[size:])
    terminal.signal(signal.SIGUSR2)
    wait_for(lambda: os.tcgetpgrp(terminal.master) == job, 20, "the terminal is the job's")
    os.kill(job, signal.SIGCONT)
    terminal.wait(r"^total")
    tap.ok(not terminal.is_as_before(), "in the foreground it goes on")
    terminal.press("q")
    tap.equal(terminal.end(), 0, "and heeds its keys")
    tap.ok(terminal.is_as_before(), "and gives the terminal back", terminal.screen.modes)


def check_lost_terminal(stage, tap):
    """Without a stop: at the next key or the next picture it stops, and gives back what is its."""
    for seconds, key in (("3600", "x"), ("1", "")):
        terminal, job = job_of(stage, seconds)
        terminal.signal(signal.SIGUSR1)
        wait_for(lambda: os.tcgetpgrp(terminal.master) != job, 20, "the terminal is the shell's")
        terminal.press(key)
        stops(job)
        terminal.read()
        tap.ok(not terminal.screen.modes["1049"], f"every {seconds} s: the screen is given back",
               terminal.screen.modes)
        os.kill(job, signal.SIGTERM)
        os.kill(job, signal.SIGCONT)
        tap.equal(terminal.end(), signal.SIGTERM, "and it can be ended")


def check_gone(stage, tap):
    """A terminal that goes away is the end."""
    terminal = watch(stage, "--env", f"FP_TAG={TAG}", "1")
    terminal.wait(r"^total")
    os.close(terminal.master)
    terminal.master = os.open("/dev/null", os.O_RDONLY)
    terminal.process.wait(20 * SLOWNESS)
    tap.ok(terminal.process.returncode in (-signal.SIGHUP, 0, 4), "no terminal, no watch",
           terminal.process.returncode)


def check_groups(stage, tap, victim):
    terminal = watch(stage, "--by", "env:FP_TAG", "--sort", "name", "1", rows=10, width=90)
    terminal.wait(rf"^{TAG} +2 +[0-9.]+M +0 ")
    victim.do("private=4M")
    terminal.wait(rf"^{TAG} +2 +[0-9.]+M +\+4[.]0M ")
    tap.ok(True, "what a group grew is seen")
    terminal.press("q")
    tap.equal((terminal.end(), terminal.screen.faults), (0, []), "and it ends")


def check_refused(tap):
    code, data = run([COMMAND, "watch"], env={"TERM": "dumb"})
    tap.ok(code == 4 and b"\x1b" not in data, "a dumb terminal is refused", data)
    code, data = run([COMMAND, "watch", "--proc", "/dev"])
    tap.ok(code == 4 and data.endswith(b"\x1b[?1049l"), "a tree without processes is trouble", data)
    done = subprocess.run([COMMAND, "watch"], stdin=subprocess.DEVNULL, capture_output=True)
    tap.ok(done.returncode == 4 and done.stdout == b"", "and what is none", done.stdout)


def test(stage, tap):
    victim = stage.victim("private=1M", env={"FP_TAG": TAG})
    other = stage.victim(f"comm=w{TAG}", "private=2M", *HOSTILE, env={"FP_TAG": TAG})
    check_list(tap)
    terminal = check_growth(stage, tap, victim)
    check_keys(stage, tap, terminal, victim, other)
    check_sizes(stage, tap, terminal)
    check_end(stage, tap, terminal)
    check_signals(stage, tap)
    check_stop(stage, tap)
    check_end_of_stopped(stage, tap)
    check_background(stage, tap)
    check_lost_terminal(stage, tap)
    check_gone(stage, tap)
    check_groups(stage, tap, victim)
    check_refused(tap)


harness.run(test)
