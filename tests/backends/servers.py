"""Databases of Debian's, each private: in a directory of the stage, on loopback, ended with it."""

import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request

import host
from tap import Impossible, wait_for

TREE = os.environ.get("top_srcdir", os.path.join(os.path.dirname(__file__), "..", ".."))
CONF = os.path.join(TREE, "conf")


def conf(name):
    """A file of conf/ as it is shipped."""
    with open(os.path.join(CONF, name)) as file:
        return file.read()


def fetch(url, data=None):
    """What the URL answers; None while nobody listens or the server is not ready."""
    try:
        with urllib.request.urlopen(url, data, timeout=10) as answer:
            return answer.read()
    except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
        if isinstance(error, urllib.error.HTTPError) and error.code < 500:
            raise RuntimeError(f"{url}: {error.code} {error.read()[:500]}")
        return None


def query(url, **parameters):
    """JSON that a running server answers to a question."""
    full = f"{url}?{urllib.parse.urlencode(parameters, doseq=True)}"
    answer = fetch(full)
    if answer is None:
        raise RuntimeError(f"{full}: no answer")
    return json.loads(answer)


def listens(port, address="127.0.0.1"):
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0


class Server:
    """A server's process; its output is in a file of its directory."""

    def __init__(self, stage, name, command, ready, directory=None, env=None, enter=()):
        program = shutil.which(command[0])
        if not program:
            raise Impossible(f"there is no {command[0]}: contrib/install-packages backends")
        self.name = name
        self.directory = directory or stage.directory(name)
        self.output = os.path.join(self.directory, "output")
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                [*enter, program, *command[1:]], stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, cwd=self.directory, preexec_fn=host.die_with_parent,
                env={**os.environ, "HOME": self.directory, **(env or {})})
        self.pid = self.process.pid
        stage.defer(self.stop)

        def up():
            if self.process.poll() is not None:
                raise RuntimeError(f"{name} ended:\n{self.said()}")
            return ready()

        try:
            wait_for(up, 60, f"{name} starts", 0.1)
        except TimeoutError as error:
            raise RuntimeError(f"{error}\n{self.said()}")

    def said(self):
        with open(self.output, errors="replace") as file:
            return file.read()[-3000:]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def write(directory, name, text):
    path = os.path.join(directory, name)
    with open(path, "w") as file:
        file.write(text)
    return path


class InfluxDB(Server):
    """InfluxDB 1 with the listener of conf/influxdb-listener.conf."""

    url = "http://127.0.0.1:8086"

    def __init__(self, stage):
        home = stage.directory("influxdb")
        config = write(home, "influxdb.conf", "\n".join([
            "reporting-disabled = true", 'bind-address = "127.0.0.1:8088"',
            "[meta]", f'dir = "{home}/meta"',
            "[data]", f'dir = "{home}/data"', f'wal-dir = "{home}/wal"',
            "[monitor]", "store-enabled = false",
            "[http]", 'bind-address = "127.0.0.1:8086"', "log-enabled = false",
            conf("influxdb-listener.conf")]))
        super().__init__(stage, "influxdb", ["influxd", "-config", config],
                         lambda: fetch(f"{self.url}/ping") is not None, home)

    def ask(self, text):
        """Rows of all series of one statement: (measurement, tags, time in s, values by column)."""
        done = subprocess.run(["influx", "-database", "collectd", "-precision", "ns", "-format",
                               "json", "-execute", text], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"influx: {text}: {done.stderr}{done.stdout}")
        rows = []
        # each series comes as a result of its own
        for series in (one for result in json.loads(done.stdout)["results"]
                       for one in result.get("series", [])):
            for values in series["values"]:
                row = dict(zip(series["columns"], values))
                when = row.pop("time", 0)
                rows.append((series["name"], series.get("tags", {}), when / 1e9, row))
        return rows


class Carbon(Server):
    """carbon-cache with whisper files below its directory."""

    def __init__(self, stage, schemas, address="127.0.0.1", enter=()):
        home = stage.directory("carbon")
        os.makedirs(f"{home}/whisper")
        self.whisper = f"{home}/whisper"
        config = write(home, "carbon.conf", "\n".join([
            "[cache]", f"STORAGE_DIR = {home}", f"LOCAL_DATA_DIR = {home}/whisper",
            f"CONF_DIR = {home}", f"LOG_DIR = {home}", f"PID_DIR = {home}",
            "MAX_UPDATES_PER_SECOND = inf", "MAX_CREATES_PER_MINUTE = inf",
            f"LINE_RECEIVER_INTERFACE = {address}", "LINE_RECEIVER_PORT = 2003",
            "PICKLE_RECEIVER_PORT = 0", "CACHE_QUERY_INTERFACE = 127.0.0.1",
            "CACHE_QUERY_PORT = 7002", ""]))
        write(home, "storage-schemas.conf", schemas)
        super().__init__(stage, "carbon",
                         ["carbon-cache", "--nodaemon", f"--config={config}", "start"],
                         lambda: "CarbonReceiverFactory starting on 2003" in self.said(), home,
                         enter=enter)


class GraphiteWeb(Server):
    """graphite-web over carbon's files: its development server, with paths of its own."""

    url = "http://127.0.0.1:8000"

    def __init__(self, stage, whisper):
        home = stage.directory("graphite")
        write(home, "private_settings.py", "\n".join([
            "from graphite.settings import *",
            "SECRET_KEY = 'private'", "LOG_ROTATION = False", f"LOG_DIR = '{home}'",
            f"STORAGE_DIR = '{home}'", f"WHISPER_DIR = '{whisper}'",
            f"INDEX_FILE = '{home}/index'", f"STANDARD_DIRS = ['{whisper}']",
            "CARBONLINK_HOSTS = ['127.0.0.1:7002']",
            "STATIC_ROOT = ''", "STATICFILES_DIRS = ['/usr/share/graphite-web/static']",
            "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3',"
            f" 'NAME': '{home}/graphite.db'}}}}", "ALLOWED_HOSTS = ['*']", "DEBUG = True", ""]))
        env = {"DJANGO_SETTINGS_MODULE": "private_settings", "PYTHONPATH": home}
        manage = ["graphite-manage"]
        done = subprocess.run([*manage, "migrate", "--run-syncdb"], capture_output=True, cwd=home,
                              env={**os.environ, **env}, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"graphite-manage migrate: {done.stderr}")
        super().__init__(stage, "graphite-web", [*manage, "runserver", "127.0.0.1:8000",
                         "--noreload"], lambda: listens(8000), home, env)

    def ask(self, target, seconds=600):
        """Points of the target that are not null: {name: [(time, value)...]}."""
        answer = query(f"{self.url}/render", target=target, format="json", **{
            "from": f"-{seconds}s", "noCache": "1"})
        return {series["target"]: [(when, value) for value, when in series["datapoints"]
                                   if value is not None] for series in answer}

    def picture(self, **parameters):
        full = f"{self.url}/render?{urllib.parse.urlencode(parameters, doseq=True)}"
        return fetch(full)


def scrape(interval):
    """conf/prometheus-scrape.yml with this interval, and the port of a second daemon besides."""
    text = re.sub(r"(scrape|evaluation)_interval: 10s", rf"\1_interval: {interval}s",
                  conf("prometheus-scrape.yml"))
    return text.replace('["127.0.0.1:9103"]', '["127.0.0.1:9103", "127.0.0.1:9104"]')


class Prometheus(Server):
    """Prometheus as conf/prometheus-scrape.yml and conf/prometheus-alerts.yml set it up."""

    url = "http://127.0.0.1:9090"

    def __init__(self, stage, interval, change_rules):
        home = stage.directory("prometheus")
        config = write(home, "prometheus.yml", scrape(interval))
        write(home, "prometheus-alerts.yml", change_rules(conf("prometheus-alerts.yml")))
        super().__init__(stage, "prometheus", [
            "prometheus", f"--config.file={config}", f"--storage.tsdb.path={home}/data",
            "--web.listen-address=127.0.0.1:9090"],
            lambda: fetch(f"{self.url}/-/ready") is not None, home)

    def ask(self, text):
        """The result of an instant query."""
        return query(f"{self.url}/api/v1/query", query=text)["data"]["result"]

    def ask_range(self, text, start, end, step):
        return query(f"{self.url}/api/v1/query_range", query=text, start=start, end=end,
                     step=step)["data"]["result"]


class VictoriaMetrics(Server):
    """One node of VictoriaMetrics that takes Graphite's lines and scrapes as Prometheus does."""

    def __init__(self, stage, address="127.0.0.1", graphite_port=2103, interval=None, enter=(),
                 home=None):
        home = home or stage.directory("victoria")
        self.url = f"http://{address}:8428"
        command = ["victoria-metrics", f"-storageDataPath={home}/data",
                   f"-httpListenAddr={address}:8428",
                   f"-graphiteListenAddr={address}:{graphite_port}",
                   "-search.latencyOffset=0s", "-search.disableCache"]
        if interval:
            config = write(home, "prometheus.yml", scrape(interval))
            command += [f"-promscrape.config={config}",
                        *re.findall(r"-promscrape.config.strictParse=\w+", conf("prometheus.conf"))]
        super().__init__(stage, "victoria-metrics", command, self.ready, home, enter=enter)

    def ready(self):
        return "started VictoriaMetrics" in self.said()

    def ask(self, text):
        """The result of an instant query, as of Prometheus."""
        return query(f"{self.url}/api/v1/query", query=text)["data"]["result"]

    def ask_range(self, text, start, end, step):
        return query(f"{self.url}/api/v1/query_range", query=text, start=start, end=end,
                     step=step)["data"]["result"]

    def draws(self):
        """Whether it answers as graphite-web does."""
        try:
            return query(f"{self.url}/render", target="collectd.*", format="json") is not None
        except RuntimeError:
            return False

    def export(self, selector):
        """All that was stored of the series: [(labels, [(time, value)...])...]."""
        url = f"{self.url}/api/v1/export?" + urllib.parse.urlencode({"match[]": selector})
        found = [json.loads(line) for line in (fetch(url) or b"").splitlines()]
        return [(series["metric"], list(zip([ms / 1000 for ms in series["timestamps"]],
                                            series["values"]))) for series in found]


class Receiver:
    """What write_http talks to: keeps the objects of all requests."""

    def __init__(self, stage, port=8080):
        self.told = []
        self.requests = 0
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.told += json.loads(body)
                receiver.requests += 1
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *unused):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stage.defer(server.server_close)
        stage.defer(server.shutdown)
