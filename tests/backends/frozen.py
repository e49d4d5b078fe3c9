"""A disk whose I/O stands still at a word: a loop device over a file system that freezes."""

import fcntl
import os
import threading
import time

import host

FIFREEZE, FITHAW = 0xC0045877, 0xC0045878
CHUNK = 64 * 1024
SIZE = 48 << 20


class FrozenDisk:
    def __init__(self, stage):
        image = stage.path("image")
        with open(image, "wb") as file:
            file.truncate(2 * SIZE)
        host.call("mkfs.ext4", "-q", "-F", image)
        self.stage = stage
        self.folder = stage.directory("frozen")
        lower = host.call("losetup", "--find", "--show", image)
        stage.defer(host.call, "losetup", "--detach", lower)
        host.mount(lower, self.folder, "ext4")
        stage.defer(host.call, "umount", self.folder)
        # allocated, so that only the freezing stops a write
        with open(f"{self.folder}/disk", "wb") as file:
            for _ in range(SIZE >> 20):
                file.write(b"\xa5" * (1 << 20))
            os.fsync(file.fileno())
        upper = host.call("losetup", "--find", "--show", f"{self.folder}/disk")
        stage.defer(host.call, "losetup", "--detach", upper)
        self.name = os.path.basename(upper)
        self.fd = os.open(self.folder, os.O_RDONLY)
        stage.defer(os.close, self.fd)
        self.over = threading.Event()
        self.busy = threading.Event()
        self.threads = []
        stage.defer(self.stop)
        # before all else, or nothing above would come back
        stage.defer(self.thaw)
        self.frozen = False

    def freeze(self):
        fcntl.ioctl(self.fd, FIFREEZE, 0)
        self.frozen = True

    def thaw(self):
        if self.frozen:
            fcntl.ioctl(self.fd, FITHAW, 0)
            self.frozen = False

    def start(self, workers):
        """One that reads and writes for ever, and others that do either while busy is set."""
        for number in range(workers):
            disk = host.Disk(self.stage, self.name, CHUNK)
            thread = threading.Thread(target=self.work, args=(disk, number), daemon=True)
            self.threads.append(thread)
            thread.start()

    def work(self, disk, number):
        while not self.over.is_set():
            if number > 0 and not self.busy.wait(0.1):
                continue
            # what a reader asks for waits behind the writers
            if number % 2 == 0:
                disk.write(number * CHUNK)
            if number % 2 == 1 or number == 0:
                disk.read(number * CHUNK)
            # about one each time that it is not frozen, so that no fast ones hide the slow
            time.sleep(0.06)

    def shake(self, seconds):
        """Busy, and most of the time frozen."""
        self.busy.set()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.freeze()
            time.sleep(0.45)
            self.thaw()
            time.sleep(0.05)
        self.busy.clear()

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join(10)
