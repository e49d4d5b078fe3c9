"""Network namespaces of the test's own: what is sent stays in them."""

import ctypes
import os
import subprocess

import host
from tap import wait_for

CLONE_NEWNET = 0x40000000


def alone():
    """Goes on in a network namespace that leads nowhere: all ports are free."""
    if host.LIBC.unshare(CLONE_NEWNET) < 0:
        raise OSError(ctypes.get_errno(), "unshare")
    host.call("ip", "link", "set", "lo", "up")
    # getaddrinfo(AI_ADDRCONFIG) finds no 127.0.0.1 where there is nothing but loopback
    host.call("ip", "link", "add", "nowhere", "type", "veth", "peer", "name", "nobody")
    host.call("ip", "address", "add", "192.0.2.1/24", "dev", "nowhere")
    host.call("ip", "link", "set", "nobody", "up")
    host.call("ip", "link", "set", "nowhere", "up")


class Fleet:
    """Hosts of a network of their own, 192.0.2.0/24; this process is one of them, at .1."""

    def __init__(self, stage):
        self.stage = stage
        if host.LIBC.unshare(CLONE_NEWNET) < 0:
            raise OSError(ctypes.get_errno(), "unshare")
        host.call("ip", "link", "set", "lo", "up")
        host.call("ip", "link", "add", "fleet", "type", "bridge")
        host.call("ip", "address", "add", "192.0.2.1/24", "dev", "fleet")
        host.call("ip", "link", "set", "fleet", "up")

    def host(self, number):
        """A host at this address: what to put before a command that runs on it."""
        holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"],
                                  preexec_fn=host.die_with_parent)
        self.stage.defer(holder.wait)
        self.stage.defer(holder.kill)
        enter = ["nsenter", f"--net=/proc/{holder.pid}/ns/net"]
        own = os.readlink("/proc/self/ns/net")
        wait_for(lambda: os.readlink(f"/proc/{holder.pid}/ns/net") != own, 10, "a namespace")
        name = f"host{number}"
        host.call("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns",
                  str(holder.pid))
        host.call("ip", "link", "set", name, "master", "fleet", "up")
        host.call(*enter, "ip", "link", "set", "lo", "up")
        host.call(*enter, "ip", "address", "add", f"192.0.2.{number}/24", "dev", "eth0")
        host.call(*enter, "ip", "link", "set", "eth0", "up")
        return enter

    def cut(self, number):
        host.call("ip", "link", "set", f"host{number}", "nomaster")

    def mend(self, number):
        host.call("ip", "link", "set", f"host{number}", "master", "fleet")
