"""A terminal of a test's own: a program's screen as its user would see it."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unicodedata

import host
from tap import wait_for

SEQUENCE = re.compile(rb"\x1b\[(\??)([0-9;]*)([A-Za-z])")

# A shell that starts a program as a job, and gives it the terminal or takes that back as it is told
JOBS = """
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
os.setpgid(job, job)
os.tcsetpgrp(0, job or os.getpid())
if job == 0:
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGUSR1, lambda *_: os.tcsetpgrp(0, os.getpgrp()))
signal.signal(signal.SIGUSR2, lambda *_: os.tcsetpgrp(0, job))
sys.exit(-os.waitstatus_to_exitcode(os.waitpid(job, 0)[1]))
"""


def columns(char):
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class Screen:
    """Draws what a program writes, and notes what it may not do."""

    def __init__(self, rows, width):
        self.faults = []
        self.modes = {}
        self.styles = set()
        self.resize(rows, width)

    def resize(self, rows, width):
        self.rows, self.width = rows, width
        self.clear()

    def clear(self):
        self.lines = [""] * self.rows
        self.row = self.used = 0
        self.begun = False

    def put(self, char):
        if not self.begun and self.lines[self.row]:
            self.faults.append(f"written over {self.lines[self.row]!r}")
            self.lines[self.row] = ""
        self.begun = True
        self.used += columns(char)
        if self.used > self.width:
            self.faults.append(f"a line of more than {self.width}: {self.lines[self.row]!r}")
        self.lines[self.row] += char

    def newline(self):
        self.used = 0
        self.begun = False
        if self.row + 1 < self.rows:
            self.row += 1
        elif self.modes.get("1049"):
            self.faults.append("the screen scrolls")

    def erase(self, final):
        """From the cursor on: behind a full line that is still on the last column."""
        if not self.begun:
            self.lines[self.row] = ""
        elif self.used >= self.width:
            self.faults.append(f"the end of a full line is erased: {self.lines[self.row]!r}")
        if final == "J":
            self.lines[self.row + 1:] = [""] * (self.rows - self.row - 1)

    def sequence(self, private, numbers, final):
        if private:
            self.modes[numbers] = final == "h"
            if numbers == "1049":
                self.clear()
        elif final == "m":
            self.styles.add(numbers)
        elif final == "H" and not numbers:
            self.row = self.used = 0
            self.begun = False
        elif final in "JK" and not numbers:
            self.erase(final)
        else:
            self.faults.append(f"an unknown sequence: {private}{numbers}{final}")

    def feed(self, data):
        """Takes as much as is whole, and returns the rest."""
        while data:
            if data[0] == 0x1b:
                found = SEQUENCE.match(data)
                if not found:
                    if len(data) > 16:
                        self.faults.append(f"no sequence: {data[:16]!r}")
                        return b""
                    return data
                self.sequence(*(part.decode() for part in found.groups()))
                data = data[found.end():]
                continue
            length = 1 if data[0] < 0xc0 else 2 if data[0] < 0xe0 else 3 if data[0] < 0xf0 else 4
            if len(data) < length:
                return data
            char = data[:length].decode(errors="replace")
            data = data[length:]
            if char == "\n":
                self.newline()
            elif char == "\r":
                self.used = 0
            elif ord(char[0]) < 0x20 or 0x7f <= ord(char[0]) < 0xa0:
                self.faults.append(f"a control character: {char!r}")
            else:
                for one in char:
                    self.put(one)
        return data


class Terminal:
    """Runs a program in a terminal of that size."""

    def __init__(self, stage, command, rows=24, width=80, env=None):
        self.screen = Screen(rows, width)
        self.master, slave = os.openpty()
        self.size(rows, width)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.rest = b""
        self.raw = b""
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=subprocess.PIPE,
            env={"TERM": "xterm", "PATH": os.environ["PATH"], **(env or {})},
            start_new_session=True, preexec_fn=self.prepare)
        stage.defer(self.close)

    def prepare(self):
        host.die_with_parent()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        os.close(self.master)
        os.close(self.slave)

    def size(self, rows, width):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, width, 0, 0))

    def resize(self, rows, width):
        self.read()
        self.screen.resize(rows, width)
        self.size(rows, width)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def signal(self, number):
        self.process.send_signal(number)

    def read(self):
        while select.select([self.master], [], [], 0)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            self.raw += data
            self.rest = self.screen.feed(self.rest + data)

    def lines(self):
        self.read()
        return [line.rstrip() for line in self.screen.lines]

    def text(self):
        return "\n".join(self.lines())

    def wait(self, pattern, seconds=20):
        """Until the screen shows it; the match."""
        try:
            return wait_for(lambda: re.search(pattern, self.text(), re.M), seconds, pattern)
        except TimeoutError:
            raise TimeoutError(f"no {pattern} within {seconds} s on:\n{self.text()}")

    def end(self, seconds=20):
        """Its exit status, all that it wrote being read."""
        def over():
            self.read()
            return self.process.poll() is not None

        wait_for(over, seconds, "the program ends")
        self.read()
        return self.process.returncode

    def is_as_before(self):
        self.read()
        kept = [termios.tcgetattr(self.slave) == self.before]
        kept += [not self.screen.modes.get("1049"), self.screen.modes.get("25", True),
                 self.screen.modes.get("7", True)]
        return all(kept)


def stops(pid, seconds=20):
    """Waits until a process is stopped."""
    def stopped():
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "T"

    wait_for(stopped, seconds, "the process stops")


def run(command, env=None, width=80):
    """Runs a program in a terminal to its end: its exit status and what it wrote."""
    master, slave = os.openpty()
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=subprocess.DEVNULL,
                               env={"TERM": "xterm", **(env or {})})
    os.close(slave)
    data = b""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if not select.select([master], [], [], 1)[0]:
            continue
        try:
            more = os.read(master, 65536)
        except OSError:
            break
        if not more:
            break
        data += more
    os.close(master)
    process.send_signal(signal.SIGKILL) if process.poll() is None and not data else None
    return process.wait(), data
