"""Which of Debian's packages collectd's plugins need beyond those that come with it."""

import glob
import os
import re
import subprocess

import host
from node import plugin_directory
from servers import CONF, TREE

def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def those_there():
    """Packages that come with the daemon or with what a run of the plugin needs."""
    depends = output("dpkg-query", "-W", "-f", "${Depends}", "collectd-core")
    listed = re.findall(r"^run +(\S+)", host.read(os.path.join(TREE, "contrib", "packages")),
                        re.MULTILINE)
    return {*listed, *re.findall(r"(?:^|[,|] )([a-z0-9.+-]+)", depends)}


def missing(plugin, there):
    """Packages of the libraries that a plugin of the daemon is linked to, without those there."""
    dynamic = output("readelf", "-d", f"{plugin_directory()}/{plugin}.so")
    found = set()
    for name in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
        # those of other architectures may have one of this name, too
        owners = {line.split(":")[0] for line in output("dpkg", "-S", f"*/{name}").splitlines()}
        found |= set() if owners & there else owners
    return found


def check_libraries(tap):
    """Each file of conf/ names the packages that its plugins need."""
    there = those_there()
    named = 0
    for path in sorted(glob.glob(f"{CONF}/**/*.conf", recursive=True)):
        text = host.read(path)
        plugins = set(re.findall(r"^<?LoadPlugin (\w+)", text, re.MULTILINE)) - {"footprint"}
        needed = set().union(*(missing(plugin, there) for plugin in plugins))
        named += len(needed)
        tap.equal([one for one in sorted(needed) if not re.search(rf"\b{one}\b", text)], [],
                  f"{os.path.relpath(path, TREE)}: names the packages that its plugins need")
    tap.ok(named >= 5, "there are such packages", named)
