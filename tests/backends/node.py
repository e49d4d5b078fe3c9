"""A collectd that feeds real databases, set up by the files of conf/ as they are shipped."""

import json
import os
import re
import socket
import threading
import time

import host
from daemon import Daemon, find_collectd
from servers import conf


def plugin_directory():
    """Where the daemon's own plugins are."""
    found = re.search(r"Plugin directory +(\S+)", host.call(find_collectd(), "-h"))
    return found.group(1)


def file_of_conf(name, changes=()):
    """
    The lines of a file of conf/ for an interval of a second; each change, a text for another, has
    to be one.
    """
    text = conf(name).replace("FlushInterval 10", "FlushInterval 1")
    for old, new in changes:
        if old not in text:
            raise RuntimeError(f"conf/{name} has no {old!r}")
        text = text.replace(old, new)
    return text.splitlines()


class Node(Daemon):
    """
    A daemon without a sink of its own; enter is put before its command, to change namespaces. One
    that does not measure has no plugin.
    """

    def __init__(self, stage, config, hostname="e2e", enter=(), interval=1, user=None,
                 measures=True):
        self.hostname = hostname
        self.enter = list(enter)
        self.measures = measures
        super().__init__(stage, config, interval=interval, user=user)
        stage.defer(self.stop)

    def configuration(self, plugins, config):
        return "\n".join([
            f'Hostname "{self.hostname}"',
            "FQDNLookup false",
            f'BaseDir "{self.directory}"',
            f"Interval {self.interval}",
            "LoadPlugin logfile",
            "<Plugin logfile>",
            "  LogLevel info",
            f'  File "{self.log_file}"',
            "  PrintSeverity true",
            "</Plugin>",
            "LoadPlugin unixsock",
            "<Plugin unixsock>",
            f'  SocketFile "{self.directory}/socket"',
            '  SocketGroup "root"',
            "</Plugin>",
            f'PluginDir "{plugins}"',
            "LoadPlugin footprint" if self.measures else "",
            f'PluginDir "{plugin_directory()}"',
            *config,
            "",
        ])

    def command(self, user, capabilities):
        return [*self.enter, *super().command(user, capabilities)]

    def complaints(self, lateness=True):
        """Without what write_prometheus of 5.12 says at each start, with any library."""
        return [line for line in super().complaints(lateness)
                if "MHD_OPTION_EXTERNAL_LOGGER" not in line]

    def ask(self, command):
        """What the daemon answers to a command of collectd-unixsock(5), line by line."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(f"{self.directory}/socket")
            stream = sock.makefile("rw")
            stream.write(command + "\n")
            stream.flush()
            count = int(stream.readline().split()[0])
            if count < 0:
                raise RuntimeError(f"{command}: {stream.readline()}")
            return [stream.readline().rstrip("\n") for _ in range(count)]

    def listval(self):
        """The identifiers that the daemon has values of, without the host."""
        return {line.split(" ", 1)[1].split("/", 1)[1] for line in self.ask("LISTVAL")}

    def notifications(self):
        """
        All of thresholds so far, as (severity, plugin, instance, type, type instance, line). Those
        of the plugin itself begin with the disk.
        """
        found = []
        for line in self.log():
            if "Notification:" in line and "message = disk " not in line:
                fields = dict(re.findall(r"(\w+) = ([^,]*)[,]?", line.split("Notification:")[1]))
                found.append((fields["severity"], fields["plugin"],
                              fields.get("plugin_instance", ""), fields["type"],
                              fields.get("type_instance", ""), line))
        return found


class StateReadings:
    """Keeps every reading of a state file, by watching it."""

    def __init__(self, stage, path):
        self.path = path
        self.found = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        stage.defer(self.stop)

    def watch(self):
        last = None
        while not self.over.wait(0.05):
            try:
                info = os.stat(self.path)
                if (info.st_ino, info.st_mtime_ns) == last:
                    continue
                with open(self.path) as file:
                    self.found.append(json.load(file))
                last = (info.st_ino, info.st_mtime_ns)
            except FileNotFoundError:
                continue

    def stop(self):
        self.over.set()
        self.thread.join()

    def series(self, group, metric):
        """(time, value) of a sum of a group, such as "uss" or "processes"."""
        points = []
        for state in self.found:
            for one in state["groups"]:
                if one["name"] == group:
                    value = one.get(metric, one["memory"].get(metric))
                    if value is not None:
                        points.append((state["time"], value))
        return points


class Load:
    """Processes and a disk whose numbers change all the time."""

    def __init__(self, stage, disk, chunk):
        self.stage = stage
        self.disk = disk
        self.chunk = chunk
        self.over = threading.Event()
        self.victims = [
            stage.victim("comm=shop", "shm=24M", "private=8M", "fork=2", "private=4M", "end",
                         env={"APP": "shop"}),
            stage.victim("comm=blog", "private=16M", env={"APP": "blog"}),
        ]
        self.thread = threading.Thread(target=self.exercise, daemon=True)
        self.thread.start()
        stage.defer(self.stop)

    def exercise(self):
        n = 0
        while not self.over.wait(0.05):
            for _ in range(3):
                self.disk.read(n * self.chunk % (8 << 20))
            self.disk.write(n * self.chunk % (8 << 20))
            if n % 8 == 0:
                self.disk.flush()
                self.disk.discard(16 << 20, self.chunk)
            n += 1

    def run(self, seconds):
        """Grows in steps, so that each value stands for some readings."""
        end = time.monotonic() + seconds
        step = 0
        while time.monotonic() < end:
            time.sleep(4)
            self.victims[step % 2].do(f"private={1 + step % 5}M")
            step += 1

    def stop(self):
        self.over.set()
        self.thread.join()
