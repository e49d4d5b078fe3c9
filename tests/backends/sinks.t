#!/usr/bin/python3 -B
"""Every sink of conf/ at once, each the real server: a minute of load, then what they hold against
the state file and the queries of the dashboards against what they hold."""

import os
import re
import sys
import time

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)),
                os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e")]

import alerts
import dashboards
import harness
import host
import network
import servers
import sinks
from node import Load, Node, StateReadings, file_of_conf
from tap import wait_for

SECONDS = int(os.environ.get("FP_BACKENDS_SECONDS", "60"))
CHUNK = 64 * 1024
GROUPS = ["app-blog", "app-shop", "shop"]
METRICS = ["uss", "pss", "rss", "swap_pss", "uss_max", "page_tables", "processes"]

# What the dashboards ask for and this version does not dispatch: an expression for the query
# in each of the three languages.
NOT_YET = [r"footprint-_self[.]", r"= '_self'", r"=\"_self\""]

# The same, as the daemon lists it
NOT_YET_LISTED = [
    "footprint-_self/total_time_in_ms-cpu", "footprint-_self/duration-longest_read",
    "footprint-_self/total_operations-walk", "footprint-_self/total_operations-rollup",
    "footprint-_self/total_operations-fast", "footprint-_self/total_events-lost",
    *(f"footprint-_self/count-{name}"
      for name in ("processes", "matched", "kept_files", "deferred", "stuck"))]


def configuration(stage, kafka, disk):
    changed = {"changes": [("/var/lib/collectd", stage.root)]}
    return [
        *file_of_conf("graphite.conf"), *file_of_conf("influxdb.conf"),
        *file_of_conf("prometheus.conf"), *file_of_conf("http.conf"),
        *file_of_conf("csv.conf", **changed), *file_of_conf("rrdtool.conf", **changed),
        *file_of_conf("kafka.conf", changes=[("127.0.0.1:9092", kafka.address)]),
        # VictoriaMetrics by the same file, on another port than carbon's
        *file_of_conf("graphite.conf", changes=[("2003", "2103"), ('"graphite"', '"victoria"')]),
        "<Plugin footprint>",
        f'StateFile "{stage.root}/state.json"',
        "ValuesPercentage true", "Activity true",
        '<Group "shop">', 'Comm "shop"', "</Group>",
        '<Group "app-%{env:APP}">', 'Env "APP"', "</Group>",
        "<Disks>", f'Disk "{disk}"', "</Disks>",
        "</Plugin>",
    ]


def expected(readings, when, whole_seconds):
    """What the state file had at that time: the values that a point may have."""
    if whole_seconds:
        return [value for time_s, value in readings
                if int(time_s - 0.05) <= int(when) <= int(time_s + 0.05)]
    return [value for time_s, value in readings if abs(time_s - when) < 0.05]


def between(readings, when):
    """The least and the most around an average over the second that ends then."""
    near = [value for time_s, value in readings if when - 3 <= time_s <= when + 2]
    return (min(near), max(near)) if near else None


def check_values(tap, name, sink, states):
    wrong, few, compared = [], [], 0
    for group in GROUPS:
        for metric in METRICS:
            readings = states.series(group, metric)
            points = sink.group(group, metric)
            for when, value in points:
                if sink.exact:
                    good = value in expected(readings, when, getattr(sink, "seconds", False))
                else:
                    near = between(readings, when)
                    good = near and near[0] - 1 <= value <= near[1] + 1
                compared += 1
                if not good:
                    wrong.append((group, metric, when, value))
            if len(points) < 0.8 * len(readings):
                few.append((group, metric, len(points), len(readings)))
    tap.equal(wrong[:5], [], f"{name}: values are the state file's", f"{len(wrong)} of {compared}")
    tap.equal(few, [], f"{name}: there are points of four of five readings at least")
    tap.note(f"{name}: {compared} values compared")


def check_names(tap, name, sink, disk):
    promised = sinks.names_of(servers.conf(name), HOST="e2e", GROUP="shop", DISK=disk)
    tap.equal([one for one in promised if not sink.has(one)], [],
              f"conf/{name}: the names that it tells of are there")
    tap.ok(len(promised) >= 2, f"conf/{name}: it tells of names")


def check_listed(tap, node, disk):
    """What the dashboards ask for is there by its name, but for what stands in a list above."""
    asked = set()
    for row in dashboards.page():
        for graph in row["graphs"]:
            for target in graph["targets"]:
                path = re.search(r"collectd\.\*\.(footprint[^,]+),", target).group(1)
                plugin, kind = path.split(".")[:2]
                asked.add(f"{plugin}/{kind}".replace("footprint-*", "footprint-shop").replace(
                    "footprint_disk-*", f"footprint_disk-{disk}"))
    missing = asked - node.listval()
    tap.equal(sorted(missing), sorted(NOT_YET_LISTED), "the daemon lists what the dashboards show")


def test(stage, tap):
    network.alone()
    device = host.loop_device(stage, 64 << 20)
    load = Load(stage, host.Disk(stage, device, CHUNK), CHUNK)
    influxdb = servers.InfluxDB(stage)
    carbon = servers.Carbon(stage, servers.conf("graphite-storage-schemas.conf").replace(
        "10s:7d", "1s:1h"))
    web = servers.GraphiteWeb(stage, carbon.whisper)
    prometheus = servers.Prometheus(stage, 1, alerts.hasten)
    victoria = servers.VictoriaMetrics(stage, interval=1)
    receiver = servers.Receiver(stage)
    kafka = sinks.Kafka()
    start = time.time()
    node = Node(stage, configuration(stage, kafka, device))
    states = StateReadings(stage, f"{stage.root}/state.json")
    node.wait_until_up()
    load.run(SECONDS)
    alerts.check_growth(tap, prometheus, "shop")
    check_listed(tap, node, device)
    end = time.time()
    alerts.check_rules(tap, prometheus)
    # what is buffered is sent when the daemon ends
    states.stop()
    tap.equal(node.complaints(), [], "nothing to complain about")
    node.ends_well(tap)
    alerts.check_gone(tap, prometheus)
    wait_for(lambda: fetch_settled(influxdb), 20, "InfluxDB writes its batch", 0.5)
    kafka.consume("collectd")
    tap.equal(kafka.keys, {b"HOST"}, "kafka: messages have the key of the file")
    tap.note(f"{len(states.found)} readings, {receiver.requests} requests by HTTP,"
             f" {len(kafka.told)} messages by Kafka")
    held = {
        "csv.conf": sinks.Csv(f"{stage.root}/csv"), "rrdtool.conf": sinks.Rrd(f"{stage.root}/rrd"),
        "graphite.conf": sinks.Graphite(web), "influxdb.conf": sinks.Influx(influxdb),
        "prometheus.conf": sinks.Prometheus(prometheus), "http.conf": sinks.Messages(receiver.told),
        "kafka.conf": kafka,
    }
    for name, sink in held.items():
        check_values(tap, name, sink, states)
        check_names(tap, name, sink, device)
    check_values(tap, "VictoriaMetrics by graphite.conf", sinks.Victoria(victoria, False), states)
    check_values(tap, "VictoriaMetrics by prometheus.conf", sinks.Victoria(victoria, True), states)
    dashboards.check_generated(tap)
    for backend in (dashboards.InfluxQueries(influxdb, start, end),
                    dashboards.PrometheusQueries(prometheus, start, end),
                    dashboards.GraphiteQueries(web, start, end)):
        dashboards.check_structure(tap, backend.file)
        dashboards.check_queries(tap, backend, GROUPS, device, NOT_YET)
    dashboards.check_page(tap, web, NOT_YET)


def fetch_settled(influxdb):
    """True when no point has come for a while."""
    count = 'SELECT count("value") FROM "footprint_value"'
    before = influxdb.ask(count)
    time.sleep(1.5)
    return influxdb.ask(count) == before


harness.run(test)
