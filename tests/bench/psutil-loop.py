#!/usr/bin/python3 -B
"""psutil's way, as its users write it: psutil-loop.py MODE CYCLES [ARGUMENT].

all: every process in full. marked: those with FP_BENCH in their environment in full. process PID:
that one. disks TREE: the counters of all disks. Prints the CPU ns of each cycle, and for process
its bytes.
"""

import sys
import time

import psutil

MISSING = (psutil.NoSuchProcess, psutil.AccessDenied)


def everything(_argument):
    for process in psutil.process_iter():
        try:
            process.memory_full_info()
        except MISSING:
            pass


def marked(_argument):
    for process in psutil.process_iter():
        try:
            if "FP_BENCH" in process.environ():
                process.memory_full_info()
        except MISSING:
            pass


def one(pid):
    info = psutil.Process(int(pid)).memory_full_info()
    return f" rss={info.rss} uss={info.uss} pss={info.pss} swap={info.swap}"


def disks(tree):
    psutil.PROCFS_PATH = tree
    return f" devices={len(psutil.disk_io_counters(perdisk=True, nowrap=False))}"


def main(mode, cycles, argument=None):
    function = {"all": everything, "marked": marked, "process": one, "disks": disks}[mode]
    for _ in range(int(cycles)):
        begin, begin_wall = time.process_time_ns(), time.monotonic_ns()
        said = function(argument)
        used, passed = time.process_time_ns() - begin, time.monotonic_ns() - begin_wall
        print(f"process_ns={used} wall_ns={passed}{said or ''}", flush=True)


main(*sys.argv[1:])
