"""The queries of the dashboards, taken out of their files and asked of the databases."""

import json
import os
import re
import subprocess
import tempfile

from servers import TREE, query

CONTRIB = os.path.join(TREE, "contrib")


def load(name):
    with open(os.path.join(CONTRIB, name)) as file:
        return json.load(file)


def page():
    """The rows of the page for Graphite."""
    with open(os.path.join(CONTRIB, "graphite", "dashboard.html")) as file:
        text = file.read()
    return json.loads(re.search(r"const rows =\n(.*?);\nconst", text, re.DOTALL).group(1))


def check_generated(tap):
    """The files are what the script makes of its table."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([os.path.join(CONTRIB, "mk-dashboards"), folder], check=True)
        names = [os.path.relpath(os.path.join(where, name), folder)
                 for where, _, files in os.walk(folder) for name in files]
        for name in sorted(names):
            with open(os.path.join(folder, name)) as made, \
                    open(os.path.join(CONTRIB, name)) as kept:
                tap.ok(made.read() == kept.read(), f"{name} is what contrib/mk-dashboards writes")
        tap.equal(len(names), 4, "it writes four files", names)


def check_structure(tap, name):
    """What Grafana needs to import a dashboard and draw it."""
    board = load(name)
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    ids = [panel["id"] for panel in board["panels"]]
    tap.equal(len(set(ids)), len(ids), f"{name}: panels have ids of their own")
    cells = [(x, y) for panel in board["panels"] for at in [panel["gridPos"]]
             for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])]
    tap.ok(len(set(cells)) == len(cells) and max(x for x, _ in cells) < 24,
           f"{name}: panels do not overlap, in 24 columns")
    known = {one["name"] for one in board["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z_]+)\}?", json.dumps([
        [panel["targets"], panel["datasource"]] for panel in panels]
        + [one.get("query") for one in board["templating"]["list"]])))
    own = {"timeFilter", "__interval", "__rate_interval", "tag_instance", "timefilter"}
    used = {word for word in used if not word.startswith("__")} - own - {"time", "tag_instance"}
    tap.equal(used, known, f"{name}: variables that are used are those that are defined")
    tap.equal([panel["title"] for panel in panels if not panel["targets"] or len(
        {target["refId"] for target in panel["targets"]}) != len(panel["targets"])], [],
        f"{name}: each panel has queries with names of their own")


def queries(name, key):
    """(title of the panel, query) of each."""
    return [(panel["title"], target[key]) for panel in load(name)["panels"]
            for target in panel.get("targets", [])]


def variables(name):
    return [(one["name"], one["query"], one["regex"])
            for one in load(name)["templating"]["list"] if one["type"] == "query"]


def fill(text, values):
    for name, value in values.items():
        text = re.sub(rf"\$\{{?{name}\b\}}?", lambda _, value=value: value, text)
    return text


def choose(found, regex):
    """What Grafana offers: what the regular expression of the variable takes, or its group."""
    if not regex:
        return sorted(found)
    matches = [(one, re.search(regex.strip("/"), one)) for one in found]
    return sorted(match.group(1) if match.groups() else one for one, match in matches if match)


class InfluxQueries:
    file, key = "grafana/influxdb.json", "query"

    def __init__(self, server, start, end):
        self.server = server
        self.values = {"timeFilter": f"time >= {int(start * 1e9)} AND time <= {int(end * 1e9)}",
                       "__interval": "5s"}

    def offered(self, text):
        # Grafana offers once what several measurements have
        return sorted({row["value"] for _, _, _, row in self.server.ask(text)})

    @staticmethod
    def joined(many):
        return f"({'|'.join(many)})"

    def series(self, text):
        """Name of what the series is of: its number of points."""
        counts = {}
        for _, tags, _, _ in self.server.ask(text):
            counts[tags["instance"]] = counts.get(tags["instance"], 0) + 1
        return counts


class PrometheusQueries:
    file, key = "grafana/prometheus.json", "expr"

    def __init__(self, server, start, end):
        self.server = server
        self.start, self.end = start, end
        self.values = {"__rate_interval": "10s"}

    def offered(self, text):
        match, label = re.fullmatch(r"label_values\((.*), (\w+)\)", text).groups()
        answer = query(f"{self.server.url}/api/v1/label/{label}/values", **{"match[]": match})
        return answer["data"]

    @staticmethod
    def joined(many):
        return f"({'|'.join(many)})"

    def series(self, text):
        return {one["metric"].get("footprint") or one["metric"]["footprint_disk"]:
                len(one["values"])
                for one in self.server.ask_range(text, self.start, self.end, 5)}


class GraphiteQueries:
    file, key = "grafana/graphite.json", "target"

    def __init__(self, web, start, end):
        self.web = web
        self.values = {}

    def offered(self, text):
        found = query(f"{self.web.url}/metrics/find", query=text)
        return [one["text"] for one in found]

    @staticmethod
    def joined(many):
        return f"{{{','.join(many)}}}"

    def series(self, text):
        # the name ends in what the value is, where a panel has several
        return {name.split(" ")[0]: len(points) for name, points in self.web.ask(text).items()
                if points}


def check_queries(tap, backend, groups, disk):
    """Each query of a dashboard has points of all groups, of the disk or of the plugin itself."""
    values = dict(backend.values)
    for name, text, regex in variables(backend.file):
        offered = choose(backend.offered(fill(text, values)), regex)
        wanted = {"host": ["disks", "e2e"], "group": groups, "disk": [disk]}[name]
        tap.equal(offered, wanted, f"{backend.file}: ${name} offers what there is")
        values[name] = "e2e" if name == "host" else backend.joined(offered)
    for title, text in queries(backend.file, backend.key):
        found = backend.series(fill(text, values))
        if re.search(r"\$group", text):
            tap.ok(sorted(found) == groups and min(found.values()) >= 3,
                   f"{backend.file}: {title}: points of every group", text, found)
        elif re.search(r"\$disk", text):
            tap.ok(list(found) == [disk] and found[disk] >= 3,
                   f"{backend.file}: {title}: points of the disk", text, found)
        else:
            tap.ok(len(found) == 1 and min(found.values()) >= 3,
                   f"{backend.file}: {title}: points of the plugin itself", text, found)


def check_page(tap, web):
    """Each graph of the page: points for each target, and a picture."""
    graphs = [graph for row in page() for graph in row["graphs"]]
    tap.ok(len(graphs) > 15, "graphite/dashboard.html: it has graphs")
    for graph in graphs:
        title = graph["options"]["title"]
        for target in graph["targets"]:
            points = web.ask(target)
            tap.ok(points and all(points.values()) and "_self" not in "".join(points),
                   f"graphite/dashboard.html: {title}: points", target, points)
            hosts = {name.split(" ")[0] for name in points}
            wanted = {"e2e", "disks"} if "footprint_disk-" in target else {"e2e"}
            tap.equal(hosts, wanted, f"graphite/dashboard.html: {title}: legends tell the hosts")
        picture = web.picture(target=graph["targets"], width=420, height=250, format="png",
                              **graph["options"], **{"from": "-5min"})
        # one that says "No Data" has half of this
        tap.ok(picture.startswith(b"\x89PNG") and len(picture) > 3000,
               f"graphite/dashboard.html: {title}: a picture", len(picture))
