#!/usr/bin/python3 -B
"""The page readers against smaps_rollup, on stopped processes of random memory."""

import errno
import os
import shutil
import signal
import subprocess
import time

import harness
import host
import oracle
from tap import wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
SINGLES, FAMILIES = 24, 12
EXACT = ["rss", "uss", "pss", "pss_anon", "pss_file", "pss_shmem"]
SIZES = ["shared", "vms", "text", "data"]
LINES = {"rss": ["Rss"], "uss": ["Private_Clean", "Private_Dirty", "Private_Hugetlb"],
         "pss": ["Pss"], "pss_anon": ["Pss_Anon"], "pss_file": ["Pss_File"],
         "pss_shmem": ["Pss_Shmem"], "swap": ["Swap"], "swap_pss": ["SwapPss"]}
STATM = {"vms": 0, "shared": 2, "text": 3, "data": 5}

# What a kernel may lack, and what is told then all the same
LACKS = {
    "": EXACT,
    "query": EXACT,
    "scan": EXACT,
    "kinds": ["rss", "uss", "pss", "pss_anon"],
    "pfns": ["rss", "uss"],
    "pfns query scan": ["rss", "uss"],
}
WITHOUT_FRAMES = ("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin")
BUSY = {0, -errno.EAGAIN, -errno.ESRCH, -errno.E2BIG, -errno.EUCLEAN}


class Reader:
    """The other end of pages-tell.c."""

    def __init__(self, stage, lacks=""):
        # what the kernel gives by a right is taken away for good
        command = WITHOUT_FRAMES if "pfns" in lacks else ()
        program = os.path.join(harness.BUILD, "tests", "e2e", "pages-tell")
        self.process = subprocess.Popen(
            [*command, program, *lacks.replace("pfns", "").split()], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, preexec_fn=host.die_with_parent)
        stage.defer(self.end)
        self.can = self.take()
        # a zero page looks like one that a relative has too, and many pages like a huge one
        self.is_blind = "pfns" in lacks and "scan" in lacks

    def take(self):
        return {name: int(value) for name, value in
                (word.split("=") for word in self.process.stdout.readline().split())}

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.take()

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Population:
    """The other end of population.c."""

    def __init__(self, stage, program, seed, *words):
        folder = stage.path("files")
        os.makedirs(folder, exist_ok=True)
        self.process = subprocess.Popen(
            [program, str(seed), folder, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, preexec_fn=host.die_with_parent)
        stage.defer(self.end)
        self.pids = []
        for line in self.process.stdout:
            if line == "ready\n":
                return
            self.pids.append(int(line.split()[1]))
        raise RuntimeError(f"population {seed} ended: {self.process.wait()}")

    def stop(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)
        for pid in self.pids:
            wait_for(lambda: state(pid) == "T", 5, "a stopped process")
        return self

    def end(self):
        if self.process.stdin.closed:
            return
        self.process.stdin.close()
        self.process.stdout.close()
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        # children are not ours to wait for
        wait_for(lambda: all(state(pid) in ("", "Z") for pid in self.pids), 10, "their end")


def state(pid):
    try:
        return host.read(f"/proc/{pid}/stat").rpartition(") ")[2][0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def compile_population(stage, *flags):
    program = stage.path("population" + str(len(flags)))
    subprocess.run([*os.environ.get("CC", "cc").split(), "-std=gnu11", "-D_GNU_SOURCE", "-O1",
                    *flags, "-o", program, os.path.join(HERE, "population.c")], check=True)
    return program


def dynamic_population(stage):
    """With libraries of its own: what all programs map is mapped and unmapped all the time."""
    folder = stage.directory("lib")
    copies = {}
    for line in host.call("ldd", compile_population(stage)).splitlines():
        for word in line.split():
            if word.startswith("/"):
                copies[os.path.basename(word)] = shutil.copy(word, folder)
    loader = next(path for name, path in copies.items() if name.startswith("ld"))
    return compile_population(stage, f"-Wl,--dynamic-linker={loader}", f"-Wl,-rpath,{folder}")


def rollup(pid):
    lines = oracle.kibibytes(f"/proc/{pid}/smaps_rollup")
    found = {name: sum(lines[line] for line in of) for name, of in LINES.items()}
    pages = host.read(f"/proc/{pid}/statm").split()
    found.update({name: int(pages[n]) * oracle.PAGE for name, n in STATM.items()})
    return found


def differences(wanted, answer, names):
    """[vdso] is shared by all that lives, and PSS is cut to a KiB."""
    slack = {"pss": 1024, "pss_file": 1024}
    return {name: (answer.get(name), wanted[name]) for name in names
            if name not in answer or abs(answer[name] - wanted[name]) > slack.get(name, 0)}


def still(pid, ask):
    """What rollup says and what was answered meanwhile, of a time in which nothing changed."""
    for _ in range(5):
        before = rollup(pid)
        answer = ask()
        if not differences(before, rollup(pid), before):
            return before, answer
        time.sleep(0.05)
    raise RuntimeError(f"process {pid} does not stand still")


def too_many_files(wanted):
    """More of files than the walkless reader is for."""
    shared, anon = wanted["shared"], wanted["rss"] - wanted["shared"]
    return shared > anon + 4096 * oracle.PAGE


def told(names, swap=()):
    return set(names) | set(SIZES) | set(swap)


def wrong_single(reader, pid, names):
    """Of a process without relatives: exactly what rollup says, or a refusal that is due."""
    wanted, answer = still(pid, lambda: reader.ask("single", pid))
    if answer["status"] == -errno.E2BIG and too_many_files(wanted):
        return None
    if answer["status"] == -errno.EUCLEAN and reader.is_blind:
        return None
    if answer["status"]:
        return {pid: answer}
    extra = told(names) ^ (set(answer) & (set(LINES) | set(SIZES)))
    return differences(wanted, answer, [*names, *SIZES]) or ({pid: extra} if extra else None)


def has_huge(pid):
    found = oracle.kibibytes(f"/proc/{pid}/smaps_rollup")
    return found["AnonHugePages"] + found["ShmemPmdMapped"] > 0


def wrong_slices(reader, pid, names):
    wanted, answer = still(pid, lambda: reader.ask("slices", pid))
    if answer["status"] == -errno.E2BIG and (
            reader.is_blind or ("pss" not in names and has_huge(pid))):
        return None
    if answer["status"]:
        return {pid: answer}
    names = [*names, "swap", "swap_pss"]
    extra = told(names) ^ (set(answer) & (set(LINES) | set(SIZES)))
    return differences(wanted, answer, [*names, *SIZES]) or ({pid: extra} if extra else None)


def right(check, reader, pid, names):
    """
    None, or what is wrong. What is known of frames is as old as the round, and others may map or
    unmap them meanwhile, so that shares are looked at once more.
    """
    if not check(reader, pid, names):
        return None
    reader.ask("begin")
    return check(reader, pid, names)


def check_singles(stage, tap, programs, readers):
    singles = [Population(stage, programs[seed % 2], seed, *(["many"] if seed % 5 == 0 else []))
               .stop() for seed in range(1, SINGLES + 1)]
    for lacks, names in LACKS.items():
        reader = readers[lacks]
        label = f"without {lacks}" if lacks else "with all"
        for how, check in (("single", wrong_single), ("slices", wrong_slices)):
            reader.ask("begin")
            wrong = [(seed, found) for seed, single in enumerate(singles, 1)
                     if (found := right(check, reader, single.pids[0], names))]
            tap.equal(wrong, [], f"{how} {label}: as smaps_rollup, {SINGLES} processes")
    for single in singles:
        single.end()


def has_shared_anon(pid):
    """Does anybody else map a page of its anonymous memory?"""
    found = oracle.kibibytes(f"/proc/{pid}/smaps_rollup")
    return found["Pss_Anon"] + 1024 < found["Anonymous"]


def check_families(stage, tap, programs, readers):
    families = [Population(stage, programs[seed % 2], seed, "forks").stop()
                for seed in range(100, 100 + FAMILIES)]
    pids = [pid for family in families for pid in family.pids]
    for lacks, names in LACKS.items():
        reader = readers[lacks]
        label = f"without {lacks}" if lacks else "with all"
        reader.ask("begin")
        wrong = [found for pid in pids if (found := right(wrong_slices, reader, pid, names))]
        tap.equal(wrong, [], f"families, slices {label}: as smaps_rollup, {len(pids)} processes")
        taken = [(pid, answer) for pid in pids if has_shared_anon(pid)
                 and (answer := reader.ask("single", pid))["status"]
                 not in (-errno.EUCLEAN, -errno.E2BIG)]
        tap.equal(taken, [], f"families, single {label}: refused")
    tap.ok(sum(map(has_shared_anon, pids)) > FAMILIES, "most have pages in common")
    for family in families:
        family.end()


def keys(pid):
    words = host.read(f"/proc/{pid}/stat").rpartition(") ")[2].split()
    # startcode, startstack, start_brk is 47th and arg_start 48th of all
    return [words[n - 3] for n in (26, 28, 48)]


def check_forged(stage, tap, programs, reader):
    for number, program in enumerate(programs):
        family = Population(stage, program, 200 + number, "forks", "forge").stop()
        first = keys(family.pids[-1])
        same = [pid for pid in family.pids[:-1]
                if any(a == b for a, b in zip(keys(pid), first))]
        tap.equal((same, len(family.pids) > 1), ([], True), "forged: no key in common")
        answers = {reader.ask("single", pid)["status"] for pid in family.pids}
        tap.ok(answers <= {-errno.EUCLEAN, -errno.E2BIG} and -errno.EUCLEAN in answers,
               "forged: refused all the same", answers)
        family.end()


def check_special(stage, tap, programs, readers):
    hole = Population(stage, programs[0], 301, "hole").stop()
    for how, check in (("single", wrong_single), ("slices", wrong_slices)):
        tap.equal(right(check, readers[""], hole.pids[0], EXACT), None,
                  f"a hole of 256 GiB: {how}")
        seen = readers[""].ask(how, hole.pids[0])
        tap.ok(seen["entries"] < 40000, f"a hole of 256 GiB: {how} jumps over it", seen)
    tap.equal(readers["scan"].ask("single", hole.pids[0])["status"], -errno.E2BIG,
              "a hole of 256 GiB: refused where it cannot be jumped over")
    hole.end()
    many = Population(stage, programs[1], 302, "many").stop()
    seen = readers[""].ask("single", many.pids[0])
    tap.ok(seen["status"] == 0 and seen["mappings"] < 400, "mappings are jumped over", seen)
    many.end()
    tap.equal(readers[""].ask("single", 2 ** 22)["status"], -errno.ESRCH, "no such process")
    lone = readers[""].process.pid
    tap.equal(readers["statm"].ask("single", lone)["status"], -errno.ENOTSUP,
              "single needs a statm that is exact")


def check_hugetlb(stage, tap, readers):
    try:
        host.huge_pages(stage, 4)
    except harness.Impossible as reason:
        tap.skip("reserved huge pages", reason)
        return
    victim = stage.victim("private=1M", "hugetlb=4M")
    for how in ("single", "slices"):
        tap.equal(readers[""].ask(how, victim.pid)["status"], -errno.E2BIG,
                  f"reserved huge pages: {how} refuses")
    victim.end()


def check_merged(stage, tap, programs, readers):
    alike = stage.victim("private=4M", "mergeable")
    families = [Population(stage, programs[seed % 2], seed, "forks", "mergeable").stop()
                for seed in range(400, 404)]
    path = f"/proc/{alike.pid}/smaps_rollup"
    try:
        host.merge_pages(stage, lambda: oracle.kibibytes(path)["KSM"] >= 4 << 20)
    except harness.Impossible as reason:
        tap.skip("merged memory", reason)
        return
    pids = [alike.pid, *(pid for family in families for pid in family.pids)]
    readers[""].ask("begin")
    wrong = [found for pid in pids if (found := right(wrong_slices, readers[""], pid, EXACT))]
    tap.equal(wrong, [], f"merged memory: slices as smaps_rollup, {len(pids)} processes")
    for lacks in ("", "pfns"):
        tap.equal(readers[lacks].ask("single", alike.pid)["status"], -errno.EUCLEAN,
                  f"merged memory: single without {lacks or 'nothing'} refuses")
    for family in families:
        family.end()


def wrong_swapped(reader, pid, names):
    wanted, answer = still(pid, lambda: reader.ask("slices-swap", pid))
    return differences(wanted, answer, names)


def check_swapped(stage, tap, programs, readers):
    try:
        host.swap(stage)
    except harness.Impossible as reason:
        tap.skip("swapped memory", reason)
        return
    singles = [Population(stage, programs[seed % 2], seed, "pageout", "noshmem").stop()
               for seed in range(500, 508)]
    families = [Population(stage, programs[seed % 2], seed, "pageout", "noshmem", "forks").stop()
                for seed in range(510, 514)]
    sums = {"swap": 0}
    wrong = []
    for single in singles:
        pid = single.pids[0]
        wrong.append(right(wrong_single, readers[""], pid, EXACT))
        wrong.append(right(wrong_swapped, readers[""], pid, [*EXACT, "swap"]))
        wanted = rollup(pid)
        status = oracle.kibibytes(f"/proc/{pid}/status")
        sums["swap"] += wanted["swap"]
        wrong.append(differences(wanted, {name: status["VmSwap"] for name in ("swap", "swap_pss")},
                                 ["swap", "swap_pss"]))
    tap.equal([w for w in wrong if w], [], "swapped memory: both readers, and VmSwap")
    tap.ok(sums["swap"] > 1 << 18, "swapped memory: there is some", sums)
    wrong = [right(wrong_swapped, readers[""], pid, [*EXACT, "swap"])
             for family in families for pid in family.pids]
    tap.equal([w for w in wrong if w], [], "swapped memory: families")
    for population in singles + families:
        population.end()
    check_swapped_shared(stage, tap, programs, readers[""])


def shared_swap(reader, pid):
    """What both readers make of a process's swap, of which some is of shared memory; None: nothing."""
    wanted, answer = still(pid, lambda: [reader.ask("slices-swap", pid),
                                         reader.ask("single-swap", pid)])
    slices, single = answer
    own = oracle.kibibytes(f"/proc/{pid}/status")["VmSwap"]
    return wanted["swap"], slices.get("swap"), (
        own + single["shared_swapped"] if single["knows_shared_swap"] else None)


def check_swapped_shared(stage, tap, programs, reader):
    """Shared memory that is swapped out is in no process's page entries."""
    for steps in (("shm=8M", "pageout"), ("memfd=8M", "pageout"), ("sysv=8M", "pageout"),
                  ("shm=8M", "pageout", "touch=4M"), ("shm=256M", "pageout")):
        victim = stage.victim("private=4M", *steps)
        wanted, slices, single = shared_swap(reader, victim.pid)
        tap.ok(wanted >= 4 << 20 and slices == single == wanted,
               f"swapped shared memory: {' '.join(steps)}", wanted, slices, single)
        victim.end()
    # of most of these nobody knows, since they have private mappings with parts swapped out
    seen, wrong, known = 0, [], []
    for seed in range(520, 600):
        population = Population(stage, programs[seed % 2], seed, "pageout").stop()
        pid = population.pids[0]
        wanted, *answers = shared_swap(reader, pid)
        known += [] if None in answers else [wanted]
        wrong += [(pid, wanted, answer) for answer in answers if answer not in (None, wanted)]
        seen += wanted
        population.end()
    tap.equal(wrong, [], "swapped shared memory: as smaps_rollup, or nobody knows")
    tap.ok(seen > 1 << 18 and len(known) >= 10 and sum(map(bool, known)) >= 3,
           "swapped shared memory: of some it is known", seen, known)
    family = stage.victim("shm=8M", "pageout", "fork=3", "end")
    wanted, slices, _ = shared_swap(reader, family.pids[-1])
    tap.ok(slices == wanted == 8 << 20, "swapped shared memory: of a family", wanted, slices)
    family.end()


def check_busy(stage, tap, programs, readers):
    """Whatever happens meanwhile, an answer that is none says so, and one that is is right."""
    churn = Population(stage, programs[0], 601, "churn")
    pid = churn.pids[0]
    answers = [readers[""].ask(how, pid) for _ in range(200) for how in ("single", "slices")]
    singles = [answer for answer in answers[::2] if answer["status"] == 0]
    tap.ok(len(singles) > 100, "a process that maps and unmaps is read", len(singles))
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: state(pid) == "T", 5, "a stopped process")
    wanted = rollup(pid)
    far = [answer for answer in singles if abs(answer["uss"] - wanted["uss"]) > 17 * oracle.PAGE]
    tap.equal(far, [], "and what was read is right within what it maps")
    churn.end()
    for how in ("single", "slices"):
        tap.equal(readers[""].ask(how, pid)["status"], -errno.ESRCH, f"ended: {how}")
    changing = stage.victim("churn=20", "private=2M")
    statuses = set()
    end = time.monotonic() + 2
    while time.monotonic() < end:
        for name in os.listdir("/proc"):
            if name.isdigit():
                statuses |= {readers[""].ask(how, name)["status"] for how in ("single", "slices")}
    tap.ok(statuses <= BUSY, "processes that fork, exec and exit", statuses)
    changing.end()


def test(stage, tap):
    host.alone(stage)
    stage.defer(remove_shared)
    programs = [dynamic_population(stage), compile_population(stage, "-static")]
    readers = {lacks: Reader(stage, lacks) for lacks in [*LACKS, "statm"]}
    can = readers[""].can
    tap.note(f"this kernel: {can}")
    if not can["pfns"] or not can["statm"]:
        raise harness.Impossible(f"the kernel lacks what is tested: {can}")
    tap.equal([(lacks, reader.can) for lacks, reader in readers.items()
               if reader.can != {**can, **({"pfns": 0, "kinds": 0} if "pfns" in lacks else {})}],
              [], "without CAP_SYS_ADMIN there are no frames, as is found out by trying")
    check_singles(stage, tap, programs, readers)
    check_families(stage, tap, programs, readers)
    check_forged(stage, tap, programs, readers[""])
    check_special(stage, tap, programs, readers)
    check_busy(stage, tap, programs, readers)
    check_hugetlb(stage, tap, readers)
    check_merged(stage, tap, programs, readers)
    # last, since from then on any page may be swapped out
    check_swapped(stage, tap, programs, readers)


def remove_shared():
    for number in range(4):
        path = f"/dev/shm/fp-{number}"
        if os.path.exists(path):
            os.unlink(path)


harness.run(test)
