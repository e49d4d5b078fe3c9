"""Daemons whose CPU is measured from outside while they do their work each interval."""

import glob
import json
import os
import shutil
import signal
import time

import machine
from machine import cpu_ns, median
from programs import BUILD

POLL_S = 0.005
QUIET_S = 0.06


class Daemon:
    """Something that works once in each interval and sleeps in between."""

    def __init__(self, stage, command, interval, **named):
        self.stage = stage
        self.interval = interval
        self.process = stage.start(command, **named)
        self.pid = self.process.pid

    def check(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.process.args[0]} ended: {self.process.returncode}")

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def wait_quiet(self, worked=False):
        """Until it has worked, if it has not yet, and then done nothing for a while."""
        begin = last = time.monotonic()
        used = cpu_ns(self.pid)
        while not worked or last - begin < QUIET_S:
            time.sleep(POLL_S)
            self.check()
            last, now = time.monotonic(), cpu_ns(self.pid)
            if now != used:
                begin, used, worked = last, now, True
            self.stage.check_time()

    def window(self, intervals):
        """CPU ns in each of so many intervals, from the end of one's work."""
        self.wait_quiet()
        return self.share(intervals * self.interval) * self.interval

    def share(self, seconds):
        """CPU ns a second, in so many seconds from now."""
        begin, before = time.monotonic(), cpu_ns(self.pid)
        time.sleep(seconds)
        self.check()
        return (cpu_ns(self.pid) - before) / (time.monotonic() - begin)

    def settle(self):
        """Until one interval costs no less than the one before: a start may take several."""
        before = self.window(1)
        for _ in range(20):
            now = self.window(1)
            if now > 0.8 * before:
                return
            before = now

    def turn(self, intervals):
        """One turn of several contenders: it runs only as long as it is measured."""
        self.resume()
        # what others started and ended meanwhile is none of its own
        self.settle()
        cost = self.window(intervals)
        self.pause()
        return [cost]


class Collectd(Daemon):
    """A collectd that loads one plugin, or none, and writes nothing."""

    def __init__(self, stage, config, interval=1, tells=False):
        self.directory = stage.directory("collectd")
        self.log_file = os.path.join(self.directory, "log")
        self.config_file = os.path.join(self.directory, "collectd.conf")
        with open(self.config_file, "w") as file:
            file.write("\n".join([*self.head(interval),
                                  *(self.teller() if tells else self.silencer()), *config, ""]))
        stderr = os.path.join(self.directory, "stderr")
        with open(stderr, "wb") as file:
            super().__init__(
                stage, [machine.find("collectd"), "-f", "-C", self.config_file], interval,
                stdout=file, stderr=file, cwd=self.directory)
        self.wait_until_up()

    def head(self, interval):
        return [
            'Hostname "bench"', "FQDNLookup false", f'BaseDir "{self.directory}"',
            f"Interval {interval}", "WriteThreads 1", "LoadPlugin logfile", "<Plugin logfile>",
            "  LogLevel info", f'  File "{self.log_file}"', "</Plugin>",
        ]

    def silencer(self):
        """Nothing is written: without a chain that ends there a line is logged for each value."""
        return ['PostCacheChain "bench"', '<Chain "bench">', '  Target "stop"', "</Chain>"]

    def teller(self):
        """What the plugin tells of itself is written, and nothing else."""
        return [
            "LoadPlugin match_regex", "LoadPlugin csv", "<Plugin csv>",
            f'  DataDir "{self.directory}/csv"', "  StoreRates false", "</Plugin>",
            'PostCacheChain "bench"', '<Chain "bench">', "  <Rule>", '    <Match "regex">',
            '      PluginInstance "^_self$"', "    </Match>", '    <Target "write">',
            '      Plugin "csv"', "    </Target>", "  </Rule>", '  Target "stop"', "</Chain>",
        ]

    def log(self):
        texts = []
        for name in ("stderr", "log"):
            path = os.path.join(self.directory, name)
            if os.path.exists(path):
                with open(path, errors="replace") as file:
                    texts.append(file.read())
        return "".join(texts)

    def wait_until_up(self):
        end = time.monotonic() + 30
        while "entering read-loop" not in self.log():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("collectd does not start:\n" + self.log())
            time.sleep(0.02)

    def told(self, metric):
        """All values so far of a metric of footprint-_self; none where it is not dispatched."""
        values = []
        for path in sorted(glob.glob(f"{self.directory}/csv/bench/footprint-_self/{metric}-2*")):
            with open(path) as file:
                rows = [row.split(",") for row in file.read().split("\n")[1:-1]]
            values += [(float(row[0]), float(row[1])) for row in rows]
        return values


class Ours(Collectd):
    """A collectd with the plugin under test."""

    def __init__(self, stage, groups, interval=1, tells=False, state=False):
        plugins = stage.directory("plugins")
        plugin = os.path.join(BUILD, "src", "collectd", ".libs", "footprint.so")
        # the daemon refuses a link
        shutil.copy(plugin, os.path.join(plugins, "footprint.so"))
        self.state_file = os.path.join(stage.directory("state"), "state.json")
        lines = [f'StateFile "{self.state_file}"'] if state else []
        super().__init__(
            stage, [f'PluginDir "{plugins}"', "LoadPlugin footprint",
                    *stage.configuration(*lines, *groups)], interval, tells)

    def state(self):
        """The newest state, or None before the first."""
        try:
            with open(self.state_file) as file:
                return json.load(file)
        except FileNotFoundError:
            return None


def baseline(stage):
    """CPU ns a second of a daemon without a plugin but the one that logs."""
    if stage.baseline is None:
        with stage.scene():
            empty = Collectd(stage, [])
            time.sleep(1)
            stage.baseline = median([empty.share(2) for _ in range(3)])
    return stage.baseline


def processes(stage, interval):
    """collectd's own plugin, which is asked for the marked processes by their command line."""
    return Collectd(stage, ["LoadPlugin processes", "<Plugin processes>",
                            '  ProcessMatch "bench" "^fp-marked"', "</Plugin>"], interval)


def own_account(stage, groups, intervals):
    """
    What the plugin itself says an interval costs, in ns: from its state file, and from
    footprint-_self; either is empty where it does not tell.
    """
    with stage.scene():
        daemon = Ours(stage, groups, tells=True, state=True)
        seen = {}
        end = time.monotonic() + intervals + 3
        while time.monotonic() < end:
            daemon.check()
            state = daemon.state()
            if state and "cpu_ns" in state.get("self", {}):
                seen[state["time"]] = state["self"]["cpu_ns"]
            time.sleep(0.1)
        counted = daemon.told("total_time_in_ms-cpu")
    # the first readings are dearer than all others
    from_state = [seen[when] for when in sorted(seen)][2:]
    from_self = []
    if len(counted) > 4:
        (begin, first), (last, value) = counted[2], counted[-1]
        from_self = [(value - first) / (last - begin) * 1e6]
    return from_state, from_self
