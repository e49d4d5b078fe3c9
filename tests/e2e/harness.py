"""A private collectd with the plugin in it, processes of known memory, and TAP.

A test is a function that is handed to run():

    def test(stage, tap):
        victim = stage.victim("private=64M", env={"FP_X": "1"})
        daemon = stage.daemon('<Group "x">', '  Env "FP_X"', "</Group>")
        for reading in daemon.readings("x", 2):
            tap.equal(reading["memory-uss"], oracle.total(victim.pids)["memory-uss"], "uss")

    harness.run(test)

Everything that a stage starts or makes is ended or removed when the test ends, however it ends.

Environment: top_srcdir and top_builddir, as make sets them; CC; COLLECTD, the daemon;
FP_E2E_PLUGIN, another footprint.so; FP_E2E_PRELOAD, a library for LD_PRELOAD (found by itself for
a plugin built with a sanitizer); FP_E2E_VALGRIND=1, the daemon under valgrind.
"""

import atexit
import contextlib
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

import host
from daemon import SLOWNESS, Daemon, find_collectd, find_sanitizer
from tap import Impossible, Tap
from victim import Victim

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("top_builddir", os.path.join(HERE, "..", ".."))
NOBODY = 65534
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run(test, alone=True):
    """
    Runs the test on a stage of its own, and ends the program. alone: among no processes but its own;
    some of what the kernel tells it tells only of the whole host, though, where a group had better not
    ask for what not everybody shows.
    """
    sys.stdout.reconfigure(line_buffering=True)
    host_proc = host.enter_pid_namespace() if alone else "/proc"
    for number in SIGNALS:
        signal.signal(number, lambda received, frame: sys.exit(128 + received))
    tap = Tap()
    try:
        with Stage(host_proc, alone) as stage:
            test(stage, tap)
    except Impossible as reason:
        if not tap.count:
            print(f"1..0 # SKIP {reason}")
            sys.exit(0)
        tap.skip("the rest", reason)
    except Exception:
        tap.note(traceback.format_exc())
        print("Bail out! the test itself failed")
        sys.exit(1)
    sys.exit(tap.finish())


def check_neighbours():
    """Outside a namespace, a process that nobody may read would be denied in many groups."""
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and int(name) != os.getpid():
                with open(f"/proc/{name}/environ", "rb") as file:
                    file.read(1)
        except (FileNotFoundError, ProcessLookupError):
            continue
        except PermissionError:
            raise Impossible(f"process {name} cannot be read, and there is no pid namespace")


class Stage:
    """What a test starts and makes, ended and removed in reverse order."""

    def __init__(self, host_proc, alone):
        self.alone = alone
        self.host_proc = host_proc  # where all processes of the host are seen
        self.stack = contextlib.ExitStack()
        self.program = None
        self.plugin = os.environ.get("FP_E2E_PLUGIN") or os.path.join(
            BUILD, "src", "collectd", ".libs", "footprint.so")
        self.preload = None

    def __enter__(self):
        if os.geteuid() != 0:
            raise Impossible("only root can start what is measured")
        find_collectd()
        if self.alone:
            check_neighbours()
        if not os.path.exists(self.plugin):
            raise RuntimeError(f"{self.plugin} is not there: make builds it")
        self.preload = os.environ.get("FP_E2E_PRELOAD") or find_sanitizer(self.plugin)
        self.root = tempfile.mkdtemp(prefix="footprint-e2e-")
        atexit.register(self.stack.close)
        self.defer(shutil.rmtree, self.root)
        os.chmod(self.root, 0o755)
        return self

    def __exit__(self, *unused):
        # who is impatient must not stop this half-way
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self.stack.close()

    def defer(self, function, *arguments, **named):
        """Calls the function when the test ends."""
        self.stack.callback(function, *arguments, **named)

    def directory(self, prefix="d"):
        path = tempfile.mkdtemp(prefix=prefix + "-", dir=self.root)
        os.chmod(path, 0o755)
        return path

    def path(self, name):
        return os.path.join(self.root, name)

    def victim_program(self):
        """Builds it once; statically, so that it shares no page with any other program."""
        if self.program:
            return self.program
        sources = sorted(glob.glob(os.path.join(HERE, "victim*.c")))
        program = self.path("victim")
        command = [*os.environ.get("CC", "cc").split(), "-std=gnu11", "-D_GNU_SOURCE", "-O1",
                   "-pthread", "-o", program, *sources]
        if subprocess.run([*command, "-static"], stderr=subprocess.DEVNULL).returncode != 0:
            subprocess.run(command, check=True)
        self.program = program
        return program

    def victim(self, *steps, env=None, user=None, program=None):
        """Starts a victim with this environment and nothing else in it; user is a number."""
        victim = Victim(program or self.victim_program(), steps, env or {}, user, user)
        self.defer(victim.end)
        return victim

    def start(self, *config, **named):
        """Starts a daemon with this configuration, which may well refuse it."""
        daemon = Daemon(self, config, **named)
        self.defer(daemon.stop)
        return daemon

    def daemon(self, *config, **named):
        """A daemon with these lines in its <Plugin footprint>, up and running."""
        # intervals are far shorter here than on any host, and what is read must not wait for that
        own = [] if any(line.startswith("Budget ") for line in config) else ["Budget 100"]
        daemon = self.start("<Plugin footprint>", *own, *config, "</Plugin>", **named)
        daemon.wait_until_up()
        return daemon
