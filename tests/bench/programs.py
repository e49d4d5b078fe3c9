"""The benchmark's own programs, and the stage on which everything is started and ended."""

import atexit
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time

import machine
from machine import Impossible

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("top_srcdir", os.path.join(HERE, "..", ".."))
BUILD = os.environ.get("top_builddir", SOURCE)
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
IMPOSSIBLE = 3  # exit status, see meter.h
ENVIRONMENT = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}


def die_with_parent():
    # who stands still would not see any other signal
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Stage:
    """What is started and made is ended and removed in reverse order, however the stage ends."""

    def __init__(self, deadline):
        self.deadline = deadline  # monotonic: no turn begins after it
        self.stack = contextlib.ExitStack()
        self.options = os.environ.get("BENCH_OPTIONS", "").split(";")
        self.baseline = None  # of an empty daemon, once it was measured

    def __enter__(self):
        self.root = tempfile.mkdtemp(prefix="footprint-bench-")
        atexit.register(self.stack.close)
        self.stack.callback(shutil.rmtree, self.root)
        os.chmod(self.root, 0o755)
        return self

    def __exit__(self, *unused):
        self.stack.close()

    @contextlib.contextmanager
    def scene(self):
        """What is deferred inside is done at its end, not only at the stage's."""
        outer, self.stack = self.stack, contextlib.ExitStack()
        outer.push(self.stack)
        try:
            yield
        finally:
            inner, self.stack = self.stack, outer
            inner.close()

    def defer(self, function, *arguments):
        self.stack.callback(function, *arguments)

    def directory(self, prefix):
        path = tempfile.mkdtemp(prefix=prefix + "-", dir=self.root)
        os.chmod(path, 0o755)
        return path

    def file(self, name, lines):
        path = os.path.join(self.directory("file"), name)
        with open(path, "w") as file:
            file.write("\n".join([*lines, ""]))
        return path

    def left(self):
        return self.deadline - time.monotonic()

    def check_time(self):
        if self.left() < 0:
            raise Impossible("the time is over")

    def start(self, command, **named):
        """A process that is ended with the stage."""
        self.check_time()
        named = {"stdin": subprocess.DEVNULL, "env": ENVIRONMENT, **named}
        process = subprocess.Popen(command, preexec_fn=die_with_parent, **named)
        self.defer(end, process)
        return process

    def run(self, command, **named):
        """The result of a command with its output as text; status 3 says that it is impossible."""
        self.check_time()
        named = {"env": ENVIRONMENT, "timeout": 180, **named}
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent, **named)
        if done.returncode == IMPOSSIBLE:
            raise Impossible(done.stderr.strip())
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.returncode}: {done.stderr.strip()}")
        return done

    def configuration(self, *groups):
        """The plugin's block, with what BENCH_OPTIONS adds."""
        return ["<Plugin footprint>", *self.options, *groups, "</Plugin>"]


def end(process):
    """Ends a process that may be stopped, and reaps it."""
    if process.poll() is None:
        process.terminate()
        process.send_signal(signal.SIGCONT)
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()


def program(name):
    return os.path.join(BUILD, "tests", "bench", name)


def words(line):
    """"a=1 b=2" as a dictionary."""
    return {key: int(value) for key, value in (word.split("=") for word in line.split())}


def lines(stage, name, *arguments):
    """The rounds that one of the programs printed."""
    command = [program(name), *(str(argument) for argument in arguments)]
    return [words(line) for line in stage.run(command).stdout.splitlines()]


def floor_idle(stage, rounds, pids=(), pause_ms=100):
    return lines(stage, "floor", "idle", rounds, pause_ms, *pids)


def floor_rollup(stage, rounds, pids=(), pause_ms=0):
    return lines(stage, "floor", "rollup", rounds, pause_ms, *pids)


def floor_files(stage, rounds, pids=(), pause_ms=0):
    return lines(stage, "floor", "files", rounds, pause_ms, *pids)


def rounds(stage, groups, count, pause_ms=0):
    """
    The first complete reading of the plugin's engine over these groups, and the rounds after it. A
    budget may spread that reading over several rounds, whose costs are added.
    """
    path = stage.file("rounds.conf", stage.configuration(*groups))
    found = lines(stage, "rounds", "groups", path, count, pause_ms)
    complete = next((at for at, row in enumerate(found) if "uss_kib" in row), None)
    if complete is None or complete + 2 > count:
        raise RuntimeError(f"the sums were not complete after {count} rounds")
    first = dict(found[complete])
    for clock in ("thread_ns", "process_ns", "wall_ns"):
        first[clock] = sum(row[clock] for row in found[:complete + 1])
    return [first, *found[complete + 1:]]


def group(*selectors):
    return ['<Group "bench">', *(f"  {line}" for line in selectors), "</Group>"]


MARKED = group('Env "FP_BENCH" "1"')


class Crowd:
    """So many processes at rest, of which some are marked; see crowd.c."""

    def __init__(self, stage, count, marked):
        machine.need_processes(count)
        self.marked = []
        self.process = stage.start(
            [program("crowd"), "rest", str(count), str(marked), program("rest")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if line == "ready\n":
                break
            self.marked.append(int(line.split()[1]))
        else:
            raise RuntimeError(f"the crowd ended: {self.process.wait()}")
        self.started = time.monotonic()
        # what the kernel puts off of so many new processes is not to be measured
        time.sleep(1)

    def end(self):
        end(self.process)
        time.sleep(1)


class Target:
    """A large process, or a family of them, one of which can tell its stalls; see target.c."""

    def __init__(self, stage, size, forks=0, creep_ms=0):
        machine.need_memory(size + (forks * size >> 8) + (1 << 30))
        self.process = stage.start(
            [program("target"), str(size), str(forks), str(creep_ms)], stdout=subprocess.PIPE,
            text=True, env={**ENVIRONMENT, "FP_TARGET": "1"})
        self.pids = []
        for line in self.process.stdout:
            if line == "ready\n":
                break
            self.pids.append(int(line.split()[1]))
        else:
            raise RuntimeError(f"the target ended: {self.process.wait()}")
        self.pid = self.pids[0]
        self.worker = self.pids[-1]

    def stalls(self, seconds):
        """How long each time took that it mapped, wrote and unmapped, while so long passed."""
        os.kill(self.worker, signal.SIGUSR1)
        time.sleep(seconds)
        os.kill(self.worker, signal.SIGUSR2)
        return words(self.process.stdout.readline())

    @contextlib.contextmanager
    def stopped(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in self.pids:
                os.kill(pid, signal.SIGCONT)
