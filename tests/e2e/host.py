"""What a test needs of the host: changes, each undone when the stage ends, and namespaces."""

import ctypes
import errno
import fcntl
import mmap
import os
import platform
import signal
import subprocess

from tap import Impossible, wait_for

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CLONE_NEWPID = 0x00020000, 0x20000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
BLKDISCARD = 0x1277
PR_SET_PDEATHSIG = 1
KCMP_VM = 1
SYS_KCMP = {"x86_64": 312, "i686": 349, "aarch64": 272, "riscv64": 272, "ppc64le": 354, "s390x": 343}
MNT_DETACH = 2

KSM = "/sys/kernel/mm/ksm"
HUGE_PAGES = "/proc/sys/vm/nr_hugepages"


def read(path):
    with open(path) as file:
        return file.read().strip()


def write(path, value):
    with open(path, "w") as file:
        file.write(str(value))


def call(*command):
    """Runs a command of the system and returns what it printed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        raise Impossible(f"there is no {command[0]}")
    if done.returncode != 0:
        raise Impossible(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout.strip()


def swap(stage, size="256M"):
    """A swap device in memory of its own, so that nobody else's is touched."""
    try:
        number = int(read("/sys/class/zram-control/hot_add"))
    except OSError as error:
        raise Impossible(f"no zram for swap: {error}")
    stage.defer(write, "/sys/class/zram-control/hot_remove", number)
    device = f"/dev/zram{number}"
    write(f"/sys/block/zram{number}/disksize", size)
    call("mkswap", device)
    call("swapon", "--priority", "32767", device)
    stage.defer(call, "swapoff", device)


def alone(stage):
    """Waits until no other test changes what the whole host has only once."""
    lock = os.open("/sys/kernel/mm", os.O_RDONLY | os.O_CLOEXEC)
    stage.defer(os.close, lock)
    fcntl.flock(lock, fcntl.LOCK_EX)


def huge_pages(stage, count):
    before = int(read(HUGE_PAGES))
    stage.defer(write, HUGE_PAGES, before)
    write(HUGE_PAGES, before + count)
    if int(read(HUGE_PAGES)) < before + count:
        raise Impossible("the kernel gives no huge pages")


def merge_pages(stage, merged):
    """Lets the kernel merge equal pages until merged() is true, and then stand still."""
    if not os.path.exists(f"{KSM}/run"):
        raise Impossible("the kernel has no KSM")
    if read(f"{KSM}/run") != "0" or read(f"{KSM}/pages_shared") != "0":
        raise Impossible("KSM is in use")
    for name, value in (("sleep_millisecs", 10), ("pages_to_scan", 10000)):
        stage.defer(write, f"{KSM}/{name}", read(f"{KSM}/{name}"))
        write(f"{KSM}/{name}", value)
    # 2 parts what was merged, and stops
    stage.defer(write, f"{KSM}/run", 0)
    stage.defer(write, f"{KSM}/run", 2)
    write(f"{KSM}/run", 1)
    wait_for(merged, 10, "pages are merged")
    write(f"{KSM}/run", 0)


def zram_device(stage, size):
    """A block device in memory."""
    try:
        number = int(read("/sys/class/zram-control/hot_add"))
    except OSError as error:
        raise Impossible(f"no zram: {error}")
    stage.defer(write, "/sys/class/zram-control/hot_remove", number)
    write(f"/sys/block/zram{number}/disksize", size)
    return f"zram{number}"


def attach(stage, path):
    """A block device over this file."""
    device = call("losetup", "--find", "--show", "--partscan", path)
    stage.defer(call, "losetup", "--detach", device)
    return os.path.basename(device)


def loop_device(stage, size, partitions=(), name="disk"):
    """A block device over a file of its own; partitions are (first sector, sectors)."""
    path = stage.path(name)
    with open(path, "wb") as file:
        file.truncate(size)
    device = f"/dev/{attach(stage, path)}"
    for number, (start, sectors) in enumerate(partitions, 1):
        call("addpart", device, str(number), str(start), str(sectors))
        stage.defer(call, "delpart", device, str(number))
    return os.path.basename(device)


def shares_memory(pid, other):
    """Have both one address space? No, if one of them has none any more."""
    number = SYS_KCMP.get(platform.machine())
    if number is None:
        raise Impossible(f"the number of kcmp is not known for {platform.machine()}")
    order = LIBC.syscall(number, pid, other, KCMP_VM, 0, 0)
    if order < 0 and ctypes.get_errno() != errno.ESRCH:
        raise OSError(ctypes.get_errno(), f"kcmp {pid} {other}")
    return order == 0


def mount(source, target, kind, flags=0, options=None):
    texts = [text and text.encode() for text in (source, target, kind, options)]
    if LIBC.mount(*texts[:3], flags, texts[3]) < 0:
        raise OSError(ctypes.get_errno(), f"mount {source} {target}")


def proc_mount(stage, options):
    """One more /proc, with these options of its own."""
    path = stage.directory("proc")
    try:
        mount("proc", path, "proc", options=options)
    except OSError as error:
        raise Impossible(str(error))
    stage.defer(LIBC.umount, path.encode())
    return path


def die_with_parent():
    """In a child before exec: no orphan outlives a test that was killed."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def enter_pid_namespace():
    """
    Goes on as the first process of a pid namespace with its own /proc, while this one waits for the
    result: nobody else's processes are seen, and none of the test's survive it. Returns a path of
    the host's /proc, which stays in sight; the same as ever where all this is not possible.
    """
    try:
        call("unshare", "--pid", "--fork", "--mount-proc", "true")
    except Impossible:
        return "/proc"
    if LIBC.unshare(CLONE_NEWPID | CLONE_NEWNS) < 0:
        raise OSError(ctypes.get_errno(), "unshare")
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY)
    child = os.fork()
    if child:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda received, frame: os.kill(child, received))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os._exit(status if status >= 0 else 128 - status)
    die_with_parent()
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    mount("proc", "/proc", "proc")
    return f"/proc/{os.getpid()}/fd/{proc}"


def limit_pids(limit):
    """In a namespace of its own: pids up to this number. False where one limit is for all."""
    if os.getpid() != 1:
        return False
    release = os.uname().release.split("-")[0].split(".")
    if tuple(int(number) for number in release[:2]) < (6, 14):
        return False
    write("/proc/sys/kernel/pid_max", limit)
    return True


class Disk:
    """Input and output past the page cache."""

    def __init__(self, stage, name, chunk):
        self.fd = os.open(f"/dev/{name}", os.O_RDWR | os.O_DIRECT)
        stage.defer(os.close, self.fd)
        self.chunk = mmap.mmap(-1, chunk)  # aligned to a page, as O_DIRECT wants it
        self.chunk.write(b"\x5a" * chunk)

    def read(self, offset):
        os.preadv(self.fd, [self.chunk], offset)

    def write(self, offset):
        os.pwritev(self.fd, [self.chunk], offset)

    def flush(self):
        os.fsync(self.fd)

    def discard(self, offset, length):
        span = (ctypes.c_uint64 * 2)(offset, length)
        if LIBC.ioctl(self.fd, BLKDISCARD, span) < 0:
            raise OSError(ctypes.get_errno(), "BLKDISCARD")


def diskstats(name):
    """The fields behind the device's name in /proc/diskstats."""
    with open("/proc/diskstats") as file:
        for line in file:
            words = line.split()
            if words[2] == name:
                return [int(word) for word in words[3:]]
    return None
