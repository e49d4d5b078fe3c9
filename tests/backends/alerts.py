"""The rules of conf/prometheus-alerts.yml in a real Prometheus."""

import re

from servers import query
from tap import wait_for


def hasten(text):
    """Half hours become ten seconds, and a growth that a test can afford is one."""
    text = re.sub(r"for: \w+", "for: 1s", text)
    for minutes in (30, 60, 90):
        text = text.replace(f"offset {minutes}m", f"offset {minutes // 3}s")
    text = text.replace("[30m]", "[10s]").replace("> 1.1 *", "> 1.01 *")
    return text.replace("> 104857600", "> 1048576")


def firing(prometheus):
    """Names and groups of the alerts that fire."""
    answer = query(f"{prometheus.url}/api/v1/alerts")
    return {(one["labels"]["alertname"], one["labels"].get("footprint"))
            for one in answer["data"]["alerts"] if one["state"] == "firing"}


def check_grows(tap, prometheus, group):
    """It has grown until now."""
    tap.ok(("GroupGrows", group) in firing(prometheus), "GroupGrows fires", firing(prometheus))


def check_quiet(tap, prometheus):
    """Nothing grows any more, so that alerts go away by themselves."""
    wait_for(lambda: not firing(prometheus), 30, "no alert fires any more", 0.5)
    tap.ok(True, "GroupGrows ends, and no other alert fires")


def check_rules(tap, prometheus):
    """Every rule is evaluated, and what it compares is there."""
    answer = query(f"{prometheus.url}/api/v1/rules")
    rules = [rule for group in answer["data"]["groups"] for rule in group["rules"]]
    tap.ok(len(rules) >= 12, "Prometheus has the rules")
    for rule in rules:
        tap.equal(rule["health"], "ok", f"{rule['name']}: is evaluated", rule.get("lastError"))
        left = re.split(r" (?:<|>|==) ", rule["query"])[0]
        tap.ok(prometheus.ask(left), f"{rule['name']}: has something to compare", left)


def check_gone(tap, prometheus):
    wait_for(lambda: ("CollectdGone", None) in firing(prometheus), 20, "CollectdGone fires", 0.5)
    tap.ok(True, "CollectdGone fires when the daemon is gone")
