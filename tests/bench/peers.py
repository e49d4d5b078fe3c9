"""The peers: each measured at its own work on the same processes."""

import os
import socket
import subprocess
import sys
import time
import urllib.request

import machine
from collectd import Daemon
from machine import Impossible, cpu_ns
from programs import ENVIRONMENT, HERE, words

# what contrib/packages calls bench, and where to see whether it is there
PROGRAMS = {
    "collectd": "collectd-core",
    "smem": "smem",
    "prometheus-process-exporter": "prometheus-process-exporter",
    "apps.plugin": "netdata-core",
}
NETDATA = "/usr/lib/netdata/plugins.d:/usr/libexec/netdata/plugins.d"


def missing():
    """The names of what is not installed, as packages call it."""
    names = []
    for name, package in PROGRAMS.items():
        try:
            # not everybody may run all that is there
            machine.find(name, NETDATA, os.F_OK)
        except Impossible:
            names.append(package)
    command = [sys.executable, "-c", "import psutil"]
    if subprocess.run(command, stderr=subprocess.DEVNULL).returncode != 0:
        names.append("python3-psutil")
    return names


def psutil(stage, mode, cycles, *argument):
    if "python3-psutil" in missing():
        raise Impossible(f"psutil is missing: {machine.INSTALL}")
    script = os.path.join(HERE, "psutil-loop.py")
    done = stage.run([sys.executable, "-B", script, mode, str(cycles), *map(str, argument)])
    return [words(line) for line in done.stdout.splitlines()]


def command(stage, *arguments, good=(0,)):
    """CPU ns and wall ns of a command whose output nobody reads, and which ends with a good status."""
    stage.check_time()
    begin = time.monotonic_ns()
    process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, env=ENVIRONMENT)
    said = process.stderr.read()
    process.stderr.close()
    _, status, used = os.wait4(process.pid, 0)
    wall_ns = time.monotonic_ns() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in good:
        raise RuntimeError(f"{arguments[0]}: {process.returncode}: {said.decode().strip()}")
    return (used.ru_utime + used.ru_stime) * 1e9, wall_ns


def smem(stage):
    """As command()."""
    return [command(stage, machine.find("smem"))]


class Exporter:
    """prometheus-process-exporter with smaps, one scrape a cycle."""

    def __init__(self, stage, cmdline):
        config = stage.file("exporter.yml", [
            "process_names:", "- name: bench", f"  cmdline: ['{cmdline}']"])
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/metrics"
        program = machine.find("prometheus-process-exporter")
        self.daemon = Daemon(stage, [
            program, "-config.path", config, "-web.listen-address", f"127.0.0.1:{port}",
            "-gather-smaps=true", "-threads=false"], 1,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_until_up(stage, port)

    def wait_until_up(self, stage, port):
        end = time.monotonic() + 60
        while True:
            self.daemon.check()
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if time.monotonic() > end:
                    raise RuntimeError("the exporter does not listen")
            stage.check_time()
            time.sleep(0.05)

    def scrape(self):
        before = cpu_ns(self.daemon.pid)
        with urllib.request.urlopen(self.url, timeout=60) as answer:
            text = answer.read().decode()
        if 'namedprocess_namegroup_num_procs{groupname="bench"}' not in text:
            raise RuntimeError("the exporter does not see the processes")
        self.daemon.wait_quiet(worked=True)
        return [cpu_ns(self.daemon.pid) - before]


def apps_plugin(stage, interval):
    """netdata's apps.plugin by itself, which writes to nobody."""
    program = machine.find("apps.plugin", NETDATA)
    folder = stage.directory("netdata")
    with open(os.path.join(folder, "apps_groups.conf"), "w") as file:
        file.write("bench: *fp-marked*\n")
    environment = {**ENVIRONMENT, "NETDATA_USER_CONFIG_DIR": folder,
                   "NETDATA_STOCK_CONFIG_DIR": folder}
    # it ends at the end of its input
    return Daemon(stage, [program, str(interval)], interval, env=environment,
                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
