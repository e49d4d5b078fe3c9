"""A collectd of its own with the plugin in it."""

import glob
import os
import re
import shutil
import subprocess
import time

import host
from tap import Impossible, wait_for

VALGRIND = os.environ.get("FP_E2E_VALGRIND") == "1"
SLOWNESS = 10 if VALGRIND else 1
HOSTNAME = "e2e"
OURS = re.compile(r"footprint\.so|src/(util|parse|compute|os|settings|sample|collectd)/")
LATE = re.compile(r"read-function of .* took|a reading takes longer than")
SUPPRESSIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "valgrind.supp")


def find_collectd():
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    found = shutil.which(os.environ.get("COLLECTD", "collectd"), path=path)
    if not found:
        raise Impossible("there is no collectd: install collectd-core, or set COLLECTD")
    return found


def find_sanitizer(plugin):
    """The run-time library that a plugin built with ASan needs to find loaded already."""
    with open(plugin, "rb") as file:
        if b"__asan_init" not in file.read():
            return None
    compiler = os.environ.get("CC", "cc").split()[0]
    # clang would name gcc's, too
    for name in (f"libclang_rt.asan-{os.uname().machine}.so", "libasan.so"):
        path = host.call(compiler, f"-print-file-name={name}")
        if os.path.isabs(path):
            return os.path.realpath(path)
    raise Impossible(f"the sanitizer's library of {compiler} is not to be found")


class Reading:
    """What one read of the plugin told of one instance: metric to value, or to a tuple of them."""

    def __init__(self, time_s):
        self.time = time_s
        self.values = {}

    def __getitem__(self, metric):
        return self.values.get(metric)

    def __contains__(self, metric):
        return metric in self.values


class Daemon:
    """A collectd of its own: its configuration, log and values lie in one directory."""

    def __init__(self, stage, config, user=None, capabilities=(), interval=0.5, leaks=True):
        self.directory = stage.directory("daemon")
        self.interval = interval * (4 if VALGRIND else 1)
        self.log_file = os.path.join(self.directory, "log")
        self.data = os.path.join(self.directory, "data")
        self.stderr_file = os.path.join(self.directory, "stderr")
        self.config_file = os.path.join(self.directory, "collectd.conf")
        plugins = os.path.join(self.directory, "plugins")
        os.mkdir(plugins)
        # the daemon refuses a link
        shutil.copy(stage.plugin, os.path.join(plugins, "footprint.so"))
        with open(self.config_file, "w") as file:
            file.write(self.configuration(plugins, config))
        if user is not None:
            os.chown(self.directory, user, user)
        with open(self.stderr_file, "wb") as stderr:
            self.process = subprocess.Popen(
                [*self.command(user, capabilities), "-f", "-C", self.config_file],
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
                cwd=self.directory,
                env=self.environment(stage, leaks),
                preexec_fn=host.die_with_parent,
            )
        self.pid = self.process.pid
        self.started = time.time()

    def configuration(self, plugins, config):
        return "\n".join(
            [
                f'Hostname "{HOSTNAME}"',
                "FQDNLookup false",
                f'BaseDir "{self.directory}"',
                f"Interval {self.interval}",
                "WriteThreads 1",
                "LoadPlugin logfile",
                "<Plugin logfile>",
                "  LogLevel info",
                f'  File "{self.log_file}"',
                "  Timestamp false",
                "  PrintSeverity true",
                "</Plugin>",
                "LoadPlugin csv",
                "<Plugin csv>",
                f'  DataDir "{self.data}"',
                "  StoreRates false",
                "</Plugin>",
                f'PluginDir "{plugins}"',
                "LoadPlugin footprint",
                *config,
                "",
            ]
        )

    @staticmethod
    def command(user, capabilities):
        command = []
        if VALGRIND:
            command += ["valgrind", "--quiet", "--leak-check=full", "--error-exitcode=99"]
            command += ["--errors-for-leak-kinds=definite", f"--suppressions={SUPPRESSIONS}"]
        if user is not None:
            # the change of the user would forget what die_with_parent() asked for
            given = ",".join(f"+{name}" for name in capabilities) or "-all"
            command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
                       f"--inh-caps={given}", f"--ambient-caps={given}", "--pdeathsig=TERM",
                       *command]
        return [*command, find_collectd()]

    @staticmethod
    def environment(stage, leaks):
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
        if stage.preload:
            env["LD_PRELOAD"] = stage.preload
            # an error aborts; a leak, which may be the daemon's own, is only reported
            env["ASAN_OPTIONS"] = f"abort_on_error=1:detect_leaks={int(leaks)}:exitcode=0"
            # where a module's thread-local variables lie the checker guesses, now and then wrongly,
            # and then it crashes; what leaks is not kept by one of them alone
            env["LSAN_OPTIONS"] = "use_tls=0"
            env["UBSAN_OPTIONS"] = "abort_on_error=1:print_stacktrace=1"
        return env

    def open_files(self):
        """Where its descriptors lead."""
        folder = f"/proc/{self.pid}/fd"
        paths = []
        for name in os.listdir(folder):
            try:
                paths.append(os.readlink(os.path.join(folder, name)))
            except FileNotFoundError:
                pass
        return paths

    def log(self):
        """All lines of the log, and what came before there was one."""
        lines = []
        for path in (self.stderr_file, self.log_file):
            if os.path.exists(path):
                with open(path, errors="replace") as file:
                    lines += file.read().splitlines()
        return lines

    def complaints(self, lateness=True):
        """What it logged as a warning or an error; lateness is a matter of the machine's load."""
        lines = [line for line in self.log() if re.search(r"\[(warning|error)\]", line)]
        return [line for line in lines if lateness or not LATE.search(line)]

    def reads_fast(self):
        """Says it that it does without walks? Then sizes are exact at any time, too."""
        told = "\n".join(self.log())
        fast, walked = (words in told for words in (
            "are read without a walk of their pages", "large processes are walked"))
        if fast == walked:
            raise RuntimeError("it does not say how large processes are read:\n" + told)
        return fast

    def wait_until_up(self):
        def up():
            if self.process.poll() is not None:
                raise RuntimeError("collectd ended:\n" + "\n".join(self.log()))
            return any("entering read-loop" in line for line in self.log())

        wait_for(up, 20 * SLOWNESS, "collectd starts")

    def lines(self, instance, plugin="footprint", metric="*"):
        """Time, metric and cells of each line of an instance's files."""
        lines = []
        for path in glob.glob(os.path.join(self.data, HOSTNAME, f"{plugin}-{instance}", metric)):
            name = re.sub(r"-\d{4}-\d\d-\d\d$", "", os.path.basename(path))
            with open(path) as file:
                # the last piece is an unfinished line or empty
                rows = [row.split(",") for row in file.read().split("\n")[:-1]]
            lines += [(float(row[0]), name, row[1:]) for row in rows if row[0] != "epoch"]
        return lines

    def all_readings(self, instance, plugin="footprint"):
        """Everything told so far, oldest first; the last may be incomplete as yet."""
        lines = self.lines(instance, plugin)
        readings = []
        for when, metric, row in sorted(lines):
            if not readings or when - readings[-1].time > self.interval / 3:
                readings.append(Reading(when))
            values = tuple(None if cell == "nan" else float(cell) for cell in row)
            readings[-1].values[metric] = values[0] if len(values) == 1 else values
        return readings

    def complete_readings(self, instance, plugin):
        """What was told so far and is whole."""
        # the values of a round have one time, and this is the last of those that each round has
        last = max((line[0] for line in self.lines("_self", metric="count-stuck-*")), default=0)
        told = self.all_readings(instance, plugin)
        # of disks the next one shows it
        return told[:-1] if plugin != "footprint" else [
            reading for reading in told if reading.time <= last]

    def readings(self, instance, count=1, plugin="footprint", since=None):
        """The next complete readings that began after this call, or since."""
        now = since or time.time()

        def fresh():
            told = self.complete_readings(instance, plugin)
            # each begins after the one before has ended
            found = [this for before, this in zip(told, told[1:]) if before.time > now]
            if self.process.poll() is not None:
                raise RuntimeError("collectd ended:\n" + "\n".join(self.log()))
            return found[:count] if len(found) >= count else None

        limit = (10 + (count + 4) * self.interval) * SLOWNESS
        return wait_for(fresh, limit, f"readings of {instance}", 0.05)

    def instances(self, plugin="footprint"):
        """The names of all groups or devices of which something was told; not the plugin itself."""
        paths = glob.glob(os.path.join(self.data, HOSTNAME, f"{plugin}-*"))
        names = (os.path.basename(path)[len(plugin) + 1:] for path in paths)
        return sorted(name for name in names if name != "_self")

    def stop(self):
        """Ends it as an init system does; its exit status, or None if it had to be killed."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(10 * SLOWNESS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def leaks(self):
        """Lines of the leak sanitizer's report that name code of the plugin."""
        return [line for line in self.log() if re.match(r"\s*#\d+ ", line) and OURS.search(line)]

    def ends_well(self, tap):
        """What each test asks of its daemon in the end."""
        status = self.stop()
        tap.equal((status, self.leaks()), (0, []), "the daemon ends with 0 in time", *self.log())
