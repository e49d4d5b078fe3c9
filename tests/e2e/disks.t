#!/usr/bin/python3 -B
"""Disks against /proc/diskstats, with input and output of known size on devices of the test."""

import time

import harness
import host
from tap import wait_for

MIB = 1 << 20
CHUNK = 64 * 1024
SECTOR = 512

# fields of /proc/diskstats behind the name
(READS, READS_MERGED, READ_SECTORS, READ_MS, WRITES, WRITES_MERGED, WRITE_SECTORS, WRITE_MS,
 IN_FLIGHT, IO_MS, WEIGHTED_MS, DISCARDS, DISCARDS_MERGED, DISCARD_SECTORS, DISCARD_MS, FLUSHES,
 FLUSH_MS) = range(17)

RATES = ["percent-util", "queue_length-average", "latency-read", "latency-write",
         "latency-discard", "latency-flush", "bytes-read_request", "bytes-write_request",
         "bytes-discard_request"]


def expected(stats):
    """What is dispatched of a line of /proc/diskstats."""
    return {
        "disk_ops": (stats[READS], stats[WRITES]),
        "disk_octets": (stats[READ_SECTORS] * SECTOR, stats[WRITE_SECTORS] * SECTOR),
        "disk_merged": (stats[READS_MERGED], stats[WRITES_MERGED]),
        "disk_time": (stats[READ_MS], stats[WRITE_MS]),
        "disk_io_time": (stats[IO_MS], stats[WEIGHTED_MS]),
        "pending_operations": stats[IN_FLIGHT],
        "total_operations-discard": stats[DISCARDS],
        "total_bytes-discard": stats[DISCARD_SECTORS] * SECTOR,
        "total_time_in_ms-discard": stats[DISCARD_MS],
        "total_operations-flush": stats[FLUSHES],
        "total_time_in_ms-flush": stats[FLUSH_MS],
        "count-stuck": 0,
    }


def check_counters(tap, daemon, device, name):
    """Nothing moves now, so that the counters have to be the same."""
    before = host.diskstats(device)
    reading = daemon.readings(device, plugin="footprint_disk")[0]
    tap.equal(host.diskstats(device), before, f"{name}: the device is at rest")
    wanted = expected(before)
    tap.equal({metric: reading[metric] for metric in wanted}, wanted,
              f"{name}: counters are those of /proc/diskstats")
    return reading


def work(disk, seconds):
    """Reads, writes and discards of CHUNK bytes, and flushes, for so long."""
    end = time.monotonic() + seconds
    n = 0
    while time.monotonic() < end:
        offset = n * CHUNK % (8 * MIB)
        for _ in range(3):
            disk.read(offset)
        disk.write(offset)
        if n % 8 == 0:
            disk.flush()
            disk.discard(16 * MIB, CHUNK)
        n += 1


def check_rates(tap, earlier, later, reading_of):
    """
    The rates of a reading against the counters of that reading and the one before. Both are of the
    same sample, so that only the true time between them is not known exactly.
    """
    seconds = later.time - earlier.time

    def grown(metric, column=None):
        old, new = earlier[metric], later[metric]
        return new - old if column is None else new[column] - old[column]

    exact = {
        "latency-read": grown("disk_time", 0) / grown("disk_ops", 0),
        "latency-write": grown("disk_time", 1) / grown("disk_ops", 1),
        "latency-discard": grown("total_time_in_ms-discard") / grown("total_operations-discard"),
        "latency-flush": grown("total_time_in_ms-flush") / grown("total_operations-flush"),
    }
    wrong = {metric: (later[metric], value) for metric, value in exact.items()
             if later[metric] is None or abs(later[metric] - value) > 1e-4}
    tap.equal(wrong, {}, f"{reading_of}: latencies are milliseconds an operation")
    # the kernel counts the bytes of a request before the request, and may be read in between
    for size, ops in (("bytes-read_request", grown("disk_ops", 0)),
                      ("bytes-discard_request", grown("total_operations-discard"))):
        tap.near(later[size], CHUNK, 1.001 * CHUNK / ops,
                 f"{reading_of}: {size} is the size that was used")
    # a flush counts as a write of nothing, too
    size = grown("disk_octets", 1) / grown("disk_ops", 1)
    tap.near(later["bytes-write_request"], size, 1e-3, f"{reading_of}: so have writes, on average")
    # when the sample was taken is known only roughly, but it is one time for both of these
    util, queue = later["percent-util"], later["queue_length-average"]
    busy, weighted = grown("disk_io_time", 0), grown("disk_io_time", 1)
    tap.near(util, min(100, busy / seconds / 10), 15, f"{reading_of}: utilisation", seconds)
    tap.near(queue, weighted / seconds / 1000, 0.15 * queue, f"{reading_of}: queue", seconds)
    if util < 100:
        tap.near(queue * busy, util * weighted / 100, 1e-3 * queue * busy,
                 f"{reading_of}: queue and utilisation are of the same time")


def check_work(stage, tap, daemon, device):
    disk = host.Disk(stage, device, CHUNK)
    work(disk, 4.5 * daemon.interval)
    readings = daemon.all_readings(device, plugin="footprint_disk")
    # the first and the last interval of the work are not full of it
    full = [(a, b) for a, b in zip(readings, readings[1:-1])
            if b["percent-util"] and all(b[metric] is not None for metric in RATES)]
    if not tap.ok(len(full) >= 2, "work: there are intervals full of it",
                  *(reading.values for reading in readings)):
        return
    for number, (earlier, later) in enumerate(full[:2], 1):
        check_rates(tap, earlier, later, f"work {number}")
    wait_for(lambda: host.diskstats(device)[IN_FLIGHT] == 0, 5, "the device is at rest")
    # an interval without any work lies between
    daemon.readings(device, plugin="footprint_disk")
    reading = check_counters(tap, daemon, device, "after the work")
    tap.equal({metric: reading[metric] for metric in RATES},
              {**dict.fromkeys(RATES), "percent-util": 0, "queue_length-average": 0},
              "at rest: no latency and no request size, and nothing is used")


def check_first(tap, daemon, device):
    wait_for(lambda: len(daemon.all_readings(device, plugin="footprint_disk")) > 2, 10,
                     "three readings")
    first, second = daemon.all_readings(device, plugin="footprint_disk")[:2]
    tap.equal([metric for metric in RATES if metric in first], [], "the first has no rates")
    tap.ok("disk_ops" in first and second["percent-util"] is not None,
           "the first has counters, the second has rates", first.values, second.values)


def check_selection(stage, tap, device):
    """Which devices are told."""
    part = f"{device}p1"
    sectors = host.diskstats(part)
    others = f'Disk "/^{device}(p[0-9]+)?$/"'
    cases = [
        ("a name", [f'Disk "{device}"'], {device}, set()),
        ("a pattern", [others], {device}, {part}),
        ("Partitions", [others, "Partitions true"], {device, part, f"{device}p2"}, set()),
        ("IgnoreSelected", [others, "Partitions true", "IgnoreSelected true"], set(),
         {device, part}),
        ("IgnoreSelected for others", ['Disk "none"', "IgnoreSelected true"], {device}, {part}),
        ("Name", [f'Disk "{device}"', 'Name "kernel"'], {device}, set()),
        ("no Disk line", ["StuckAfter 5"], {device}, {part}),
    ]
    tap.ok(sectors is not None, "there are partitions")
    daemons = [(stage.daemon("<Disks>", *lines, "</Disks>", '<Group "beat">', 'Comm "beat"',
                             "</Group>"), *case) for case in cases for lines in [case[1]]]
    since = time.time()
    for daemon, name, lines, present, absent in daemons:
        daemon.readings("beat", 2, since=since)
        told = set(daemon.instances("footprint_disk"))
        tap.ok(present <= told and not absent & told, f"{name}: who is told", sorted(told), *lines)
        if name in ("a name", "a pattern", "Name"):
            tap.equal(told, present, f"{name}: and nobody else")
        tap.equal(daemon.complaints(), [], f"{name}: nothing to complain about")
        daemon.ends_well(tap)


def test(stage, tap):
    device = host.loop_device(stage, 64 * MIB, [(2048, 16384), (20480, 16384)])
    host.Disk(stage, device, CHUNK).read(0)
    daemon = stage.daemon("<Disks>", f'Disk "/^{device}$/"', "</Disks>")
    check_first(tap, daemon, device)
    check_counters(tap, daemon, device, "before the work")
    check_work(stage, tap, daemon, device)
    tap.equal(daemon.complaints(), [], "nothing to complain about")
    daemon.ends_well(tap)
    check_selection(stage, tap, device)


harness.run(test)
