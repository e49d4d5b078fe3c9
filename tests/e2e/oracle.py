"""What the memory of a process is, by psutil and by the kernel's own words.

Metrics are named as the plugin names them: "memory-uss" and so on, in bytes.
"""

import os

import psutil

import host

PAGE = os.sysconf("SC_PAGE_SIZE")

ROLLUP = {
    "memory-rss": ["Rss"],
    "memory-swap_pss": ["SwapPss"],
    "memory-pss_anon": ["Pss_Anon"],
    "memory-pss_file": ["Pss_File"],
    "memory-pss_shmem": ["Pss_Shmem"],
    "memory-pss_dirty": ["Pss_Dirty"],
    "memory-locked": ["Locked"],
    "memory-anon_huge": ["AnonHugePages"],
    "memory-hugetlb": ["Private_Hugetlb", "Shared_Hugetlb"],
    "memory-lazyfree": ["LazyFree"],
    "memory-ksm": ["KSM"],
}
STATM = {"bytes-vms": 0, "memory-shared": 2, "bytes-text": 3, "bytes-data": 5}

BASIC = ["memory-rss", "memory-uss", "memory-pss", "memory-swap", "memory-swap_pss",
         "memory-page_tables", "memory-uss_max"]


def kibibytes(path):
    """The lines of a file such as "Rss:  4 kB", in bytes."""
    found = {}
    # a process may call itself anything
    with open(path, errors="replace") as file:
        for line in file:
            words = line.split()
            if len(words) == 3 and words[2] == "kB":
                found[words[0].rstrip(":")] = int(words[1]) * 1024
    return found


def rollup(directory):
    """The metrics that smaps_rollup, status and statm of a process or thread hold."""
    lines = kibibytes(f"{directory}/smaps_rollup")
    found = {metric: sum(lines[name] for name in names)
             for metric, names in ROLLUP.items() if all(name in lines for name in names)}
    status = kibibytes(f"{directory}/status")
    found["memory-page_tables"] = status["VmPTE"] + status.get("VmPMD", 0)
    with open(f"{directory}/statm") as file:
        pages = file.read().split()
    found.update({metric: int(pages[n]) * PAGE for metric, n in STATM.items()})
    return found


def process(pid):
    found = rollup(f"/proc/{pid}")
    full = psutil.Process(pid).memory_full_info()
    found.update({"memory-uss": full.uss, "memory-pss": full.pss, "memory-swap": full.swap,
                  "memory-uss_max": full.uss})
    return found


def total(pids):
    """The sums over the processes; uss_max is the largest of them."""
    sums = {}
    for pid in pids:
        for metric, value in process(pid).items():
            if metric == "memory-uss_max":
                sums[metric] = max(sums.get(metric, 0), value)
            else:
                sums[metric] = sums.get(metric, 0) + value
    return sums


def distinct(pids):
    """One process for each memory among those of these."""
    found = []
    for pid in pids:
        if not any(host.shares_memory(pid, other) for other in found):
            found.append(pid)
    return found


def threads(pids):
    return sum(psutil.Process(pid).num_threads() for pid in pids)


def slack(metric, pids):
    """
    How far a reading may be from the truth: nothing, but PSS depends on who else maps a page, such
    as the vDSO that all share, and is cut to a KiB in each process.
    """
    return max(PAGE, 1024 * len(pids)) if "pss" in metric else 0


def same(tap, reading, before, after, pids, metrics, name):
    """One check: the reading agrees with what was measured before or after it, or lies between."""
    wrong = []
    for metric in metrics:
        low, high = sorted((before[metric], after[metric]))
        near = slack(metric, pids)
        value = reading[metric]
        if value is None or not low - near <= value <= high + near:
            wrong.append(f"{metric}: {value}, not {low} to {high}")
    return tap.ok(not wrong, name, *wrong)
