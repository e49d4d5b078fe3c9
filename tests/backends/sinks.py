"""What each database holds of the plugin's values, in one shape: [(time in s, value)...]."""

import glob
import json
import os
import re
import subprocess


def names_of(text, **names):
    """The names that a file of conf/ promises: lines of a comment set in by three blanks."""
    found = re.findall(r"^#   (\S.*)$", text, re.MULTILINE)
    for placeholder, name in names.items():
        found = [re.sub(rf"\b{placeholder}\b", name, line) for line in found]
    return found


def in_second(time_s, second):
    """
    Whether a reading stands at that whole second: collectd rounds to the nearest one, and the state
    file has only milliseconds.
    """
    return int(time_s + 0.498) <= int(second) <= int(time_s + 0.502)


class Csv:
    exact = True
    seconds = False

    def __init__(self, directory):
        self.directory = directory

    def rows(self, pattern):
        for path in sorted(glob.glob(f"{self.directory}/{pattern}")):
            with open(path) as file:
                for line in file.read().splitlines()[1:]:
                    yield [float(cell) for cell in line.split(",")]

    def group(self, group, metric):
        if metric == "processes":
            return [(row[0], row[1]) for row in self.rows(f"e2e/footprint-{group}/ps_count-*")]
        return [(row[0], row[1])
                for row in self.rows(f"e2e/footprint-{group}/memory-{metric}-2*")]

    def has(self, name):
        return any(self.rows(name.replace("DATE", "*")))


class Rrd:
    exact = False  # a row is an average over its second
    seconds = False

    def __init__(self, directory):
        self.directory = directory

    def fetch(self, name, source):
        path = f"{self.directory}/{name}"
        if not os.path.exists(path):
            return []
        done = subprocess.run(["rrdtool", "fetch", path, "AVERAGE", "-s", "-5min", "-r", "1"],
                              capture_output=True, text=True, check=True)
        lines = done.stdout.splitlines()
        column = lines[0].split().index(source)
        points = []
        for line in lines[2:]:
            when, numbers = line.split(":")
            value = float(numbers.split()[column])
            if value == value:
                points.append((float(when), value))
        return points

    def group(self, group, metric):
        if metric == "processes":
            return self.fetch(f"e2e/footprint-{group}/ps_count.rrd", "processes")
        return self.fetch(f"e2e/footprint-{group}/memory-{metric}.rrd", "value")

    def has(self, name):
        return bool(self.fetch(name, "processes" if "ps_count" in name else "value"))


class Graphite:
    exact = True
    seconds = True  # times are whole ones

    def __init__(self, web):
        self.web = web

    @staticmethod
    def name(group, metric):
        last = "ps_count.processes" if metric == "processes" else f"memory-{metric}"
        return f"collectd.e2e.footprint-{group}.{last}"

    def group(self, group, metric):
        return self.web.ask(self.name(group, metric)).get(self.name(group, metric), [])

    def has(self, name):
        return bool(self.web.ask(name).get(name))


class Influx:
    exact = True
    seconds = False

    def __init__(self, server):
        self.server = server

    def group(self, group, metric):
        where = f"instance = '{group}'"
        if metric == "processes":
            name = "footprint_processes"
        else:
            name = "footprint_value"
            where += f" AND type = 'memory' AND type_instance = '{metric}'"
        return [(when, row["value"]) for _, _, when, row in
                self.server.ask(f'SELECT "value" FROM "{name}" WHERE {where}')]

    def has(self, name):
        measurement, *tags = name.split(",")
        where = " AND ".join("\"{}\" = '{}'".format(*tag.split("=")) for tag in tags)
        return bool(self.server.ask(f'SELECT "value" FROM "{measurement}" WHERE {where}'))


def prometheus_name(group, metric):
    if metric == "processes":
        return f'collectd_footprint_ps_count_processes{{footprint="{group}"}}'
    return f'collectd_footprint_memory{{footprint="{group}",type="{metric}"}}'


class Prometheus:
    exact = True
    seconds = False

    def __init__(self, server):
        self.server = server

    def group(self, group, metric):
        return [(when, float(value))
                for series in self.server.ask(prometheus_name(group, metric) + "[10m]")
                for when, value in series["values"]]

    def has(self, name):
        return bool(self.server.ask(name + "[10m]"))


class Victoria:
    """By one of two ways: what it scraped, or what came by Graphite's protocol."""

    exact = True

    def __init__(self, server, scraped):
        self.server = server
        self.scraped = scraped
        self.seconds = not scraped

    def group(self, group, metric):
        if self.scraped:
            name = prometheus_name(group, metric)
        else:
            name = f'{{__name__="{Graphite.name(group, metric)}"}}'
        # where a scrape found a series no more, null says so
        return [point for _, points in self.server.export(name) for point in points
                if point[1] is not None]


class Messages:
    """Objects of write_http or write_kafka."""

    exact = True
    seconds = False

    def __init__(self, told):
        self.told = told

    def group(self, group, metric):
        kind, instance = ("ps_count", "") if metric == "processes" else ("memory", metric)
        return [(one["time"], one["values"][0]) for one in self.told
                if (one["plugin"], one["plugin_instance"], one["type"], one["type_instance"])
                == ("footprint", group, kind, instance)]

    def has(self, name):
        wanted = json.loads(name).items()
        return any(wanted <= {key: value for key, value in one.items()
                              if isinstance(value, str)}.items() for one in self.told)


class Kafka(Messages):
    """
    A broker that librdkafka has for tests, since Debian has no other: it is real in that messages
    go over TCP by Kafka's protocol.
    """

    def __init__(self):
        from confluent_kafka import Producer

        self.broker = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "none",
                                "log_level": 0})
        found = next(iter(self.broker.list_topics(timeout=10).brokers.values()))
        self.address = f"{found.host}:{found.port}"
        super().__init__([])
        self.keys = set()

    def consume(self, topic, objects=True):
        """Takes all that came as JSON, or as texts."""
        from confluent_kafka import Consumer, TopicPartition

        consumer = Consumer({"bootstrap.servers": self.address, "group.id": "test",
                             "auto.offset.reset": "earliest", "log_level": 0})
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
        while (message := consumer.poll(3)) is not None:
            if not message.error():
                self.keys.add(message.key())
                text = message.value().decode()
                self.told += json.loads(text) if objects else [text]
        consumer.close()
