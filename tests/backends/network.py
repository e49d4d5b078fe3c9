"""Network namespaces of the test's own: what is sent stays in them."""

import ctypes
import os

import host

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
