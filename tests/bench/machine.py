"""The machine: what it is, what it can do, and what the kernel says a process used of it."""

import os
import resource
import shutil
import statistics
import time

INSTALL = "contrib/install-packages bench"


class Impossible(Exception):
    """What is to be measured cannot be measured on this machine: the reason."""


def read(path):
    with open(path) as file:
        return file.read().strip()


def describe():
    info = os.uname()
    return {
        "kernel": f"{info.sysname} {info.release} {info.machine}",
        "cpus": len(os.sched_getaffinity(0)),
        "memory_bytes": memory("MemTotal"),
        "root": os.geteuid() == 0,
        "load_at_start": os.getloadavg()[0],
    }


def memory(name):
    """A line of /proc/meminfo in bytes."""
    for line in read("/proc/meminfo").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise Impossible(f"/proc/meminfo has no {name}")


def need_memory(size):
    if memory("MemAvailable") < size:
        raise Impossible(f"{size >> 20} MiB of memory are needed")


def need_processes(count):
    """Can there be so many more? A small one takes some 400 KiB with what the kernel keeps of it."""
    limits = [int(read(f"/proc/sys/kernel/{name}")) for name in ("pid_max", "threads-max")]
    limit = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    if limit != resource.RLIM_INFINITY:
        limits.append(limit)
    now = int(read("/proc/loadavg").split()[3].split("/")[1])
    if now + count + 1000 > min(limits):
        raise Impossible(f"there may be only {min(limits)} processes")
    need_memory(count * 400 * 1024 + (1 << 30))


def need_root():
    if os.geteuid() != 0:
        raise Impossible("only root may read all processes")


def find(name, folders="", mode=os.F_OK | os.X_OK):
    path = shutil.which(name, mode, os.environ.get("PATH", "") + ":/usr/sbin:" + folders)
    if not path:
        raise Impossible(f"{name} is missing: {INSTALL}")
    return path


def cpu_ns(pid):
    """
    What all threads of a process have used so far, those that ended too, by the scheduler's count.
    Exact while it sleeps; a thread that runs is counted up to the last tick.
    """
    return time.clock_gettime_ns((~pid << 3) | 2)


def median(values):
    return statistics.median(values)
