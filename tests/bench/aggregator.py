#!/usr/bin/python3 -B
"""How many values a second the aggregator of conf/fleet takes, and what they cost it.

It gets encrypted packets as of a thousand nodes, at rates that double, and writes to a server that
throws all away. For each rate: what was offered, what came out, and the processor that it took.
Needs what contrib/install-packages backends installs; `make bench-aggregator' runs it.
"""

import hashlib
import multiprocessing
import os
import socket
import struct
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "backends"), os.path.join(HERE, "..", "e2e")]

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import harness
import network
import servers
from node import Node, file_of_conf

USER, PASSWORD = b"fleet", b"bench"
NODES, GROUPS = 1000, 5
METRICS = ["rss", "uss", "pss", "swap", "swap_pss", "page_tables", "uss_max"]
VALUES = NODES * GROUPS * len(METRICS)
RATES = [5000, 10000, 20000, 40000, 80000, 160000]
SECONDS = 15
INTERVAL = 10

HOST, PLUGIN, PLUGIN_INSTANCE, TYPE, TYPE_INSTANCE, NUMBERS, TIME, EVERY = 0, 2, 3, 4, 5, 6, 8, 9
ENCRYPTED = 0x0210


def text(part, value):
    return struct.pack(">HH", part, len(value) + 5) + value.encode() + b"\0"


def number(part, value):
    return struct.pack(">HHQ", part, 12, value)


def packet(node, group):
    """A node's values of a group as they go over the network, and where their time stands."""
    start = text(HOST, f"node{node}")
    body = start + number(TIME, 0) + number(EVERY, INTERVAL << 30)
    body += text(PLUGIN, "footprint") + text(PLUGIN_INSTANCE, f"group{group}")
    body += text(TYPE, "memory")
    for metric in METRICS:
        body += text(TYPE_INSTANCE, metric)
        body += struct.pack(">HHHB", NUMBERS, 15, 1, 1) + struct.pack("<d", 1e6 * node + group)
    return bytearray(body), len(start) + 4


def seal(key, body):
    iv = os.urandom(16)
    cipher = Cipher(algorithms.AES(key), modes.OFB(iv)).encryptor()
    sealed = cipher.update(hashlib.sha1(body).digest() + bytes(body)) + cipher.finalize()
    head = struct.pack(">H", len(USER)) + USER + iv
    return struct.pack(">HH", ENCRYPTED, 4 + len(head) + len(sealed)) + head + sealed


def send(rate, seconds, address):
    """Sends at this rate; each value's time grows with every round."""
    key = hashlib.sha256(PASSWORD).digest()
    packets = [packet(node, group) for group in range(GROUPS) for node in range(NODES)]
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    start, sent, at = time.time(), 0, 0
    while (now := time.time()) < start + seconds:
        while sent < (now - start) * rate:
            body, offset = packets[at]
            struct.pack_into(">Q", body, offset, int(now * (1 << 30)))
            sock.sendto(seal(key, body), address)
            sent += len(METRICS)
            at = (at + 1) % len(packets)
        time.sleep(0.001)


class Drain:
    """Takes Graphite's lines and counts those of nodes."""

    def __init__(self, address):
        self.lines = multiprocessing.Value("q", 0)
        self.server = socket.create_server(address)
        self.process = multiprocessing.Process(target=self.take, daemon=True)
        self.process.start()

    def take(self):
        while True:
            connection, _ = self.server.accept()
            threading.Thread(target=self.read, args=(connection,), daemon=True).start()

    def read(self, connection):
        while data := connection.recv(1 << 16):
            with self.lines.get_lock():
                self.lines.value += data.count(b"collectd.node")


def processor(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) // 1024


def measure(rate, node, drain):
    before, used = drain.lines.value, processor(node.pid)
    sender = multiprocessing.Process(target=send, args=(rate, SECONDS, ("127.0.0.1", 25826)))
    start = time.time()
    sender.start()
    sender.join()
    seconds = time.time() - start
    cost = processor(node.pid) - used
    # what is still in its queues
    time.sleep(2)
    arrived = (drain.lines.value - before) / SECONDS
    print(f"# {rate:8d} {arrived:10.0f} {100 * arrived / rate:7.1f} {100 * cost / seconds:9.0f}"
          f" {memory(node.pid):7d}", flush=True)
    return arrived / rate


def test(stage, tap):
    network.alone()
    drain = Drain(("127.0.0.1", 2003))
    stage.defer(drain.process.terminate)
    passwords = servers.write(stage.root, "passwd", f"{USER.decode()}: {PASSWORD.decode()}\n")
    node = Node(stage, file_of_conf("fleet/aggregator.conf", [
        ("/etc/collectd/fleet.passwd", passwords), ("192.0.2.10", "127.0.0.1"),
        ("192.0.2.20", "127.0.0.1")]), hostname="aggregator", interval=INTERVAL, measures=False)
    node.wait_until_up()
    print(f"# {NODES} nodes, {VALUES} values by name, {os.cpu_count()} processors")
    print("#  offered    written       %  one CPU %  PSS MiB")
    shares = [measure(rate, node, drain) for rate in RATES]
    tap.ok(shares[0] > 0.99, "the least rate arrives", shares)
    node.ends_well(tap)


harness.run(test)
