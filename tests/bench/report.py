"""Rows of what was measured, as one table and as JSON."""

import json
import traceback

import machine
from machine import Impossible

UNITS = {"ns": [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (0, "ns")]}
HEAD = ("case", "what", "median", "min - max", "x ours", "aim", "met")


def show(value, unit):
    if value is None:
        return ""
    if unit == "ns":
        size, unit = next(pair for pair in UNITS["ns"] if abs(value) >= pair[0])
        value = value / size if size else value
    digits = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return f"{digits} {unit}".rstrip()


class Row:
    """One thing measured: its values, and what they were to reach."""

    def __init__(self, case, what, values=(), unit="ns", ours=None, reason=None):
        self.case, self.what, self.unit, self.reason = case, what, unit, reason
        self.values = [float(value) for value in values]
        self.median = machine.median(self.values) if self.values else None
        self.times = None
        if self.median is not None and ours:
            self.times = self.median / ours
        self.aim = self.met = None

    def at_most(self, limit, text):
        """The median is to be no more than the limit, where there is one to compare with."""
        self.aim = text
        if self.median is not None and limit is not None:
            self.met = self.median <= limit
        return self

    def at_least_times(self, times, text):
        """It is to be so many times ours."""
        self.aim = text
        if self.times is not None:
            self.met = self.times >= times
        return self

    def cells(self):
        if self.reason:
            return (self.case, self.what, f"not measured: {self.reason}", "", "", self.aim or "", "")
        spread = ""
        if len(self.values) > 1:
            spread = f"{show(min(self.values), self.unit)} - {show(max(self.values), self.unit)}"
        times = "" if self.times is None else show(self.times, "")
        met = "" if self.met is None else "yes" if self.met else "NO"
        return (self.case, self.what, show(self.median, self.unit), spread, times,
                self.aim or "", met)

    def plain(self):
        found = {"case": self.case, "what": self.what, "unit": self.unit, "median": self.median,
                 "min": min(self.values, default=None), "max": max(self.values, default=None),
                 "values": self.values, "times_ours": self.times, "aim": self.aim,
                 "met": self.met, "not_measured": self.reason}
        return {key: value for key, value in found.items() if value not in (None, [])}


class Report:
    """All rows of a run."""

    def __init__(self):
        self.rows = []
        self.failed = False

    def add(self, case, what, values, unit="ns", ours=None):
        """values are numbers, or the reason why there are none."""
        if isinstance(values, Exception):
            self.see(values)
            row = Row(case, what, unit=unit, reason=" ".join(str(values).split()))
        elif values:
            row = Row(case, what, values, unit, ours)
        else:
            row = Row(case, what, unit=unit, reason="the time is over")
        self.rows.append(row)
        print(" ".join(cell for cell in row.cells() if cell), flush=True)
        return row

    def see(self, error):
        """What broke is told, and is no reason to leave out the rest."""
        if not isinstance(error, Impossible):
            self.failed = True
            traceback.print_exception(type(error), error, error.__traceback__)

    def table(self):
        lines = [HEAD, *(row.cells() for row in self.rows)]
        # a reason may be long, and stands alone
        widths = [max(len(line[i]) for line in lines if not line[2].startswith("not measured"))
                  for i in range(len(HEAD))]
        shown = []
        for line in lines:
            cells = [f"{cell:<{width}}" if i < 2 or i > 4 else f"{cell:>{width}}"
                     for i, (cell, width) in enumerate(zip(line, widths))]
            shown.append("  ".join(cells).rstrip())
        rule = "  ".join("-" * width for width in widths)
        return "\n".join([shown[0], rule, *shown[1:]])

    def write(self, path, facts):
        with open(path, "w") as file:
            json.dump({"version": 1, "machine": facts, "rows": [row.plain() for row in self.rows]},
                      file, indent=1)
            file.write("\n")


def alternate(stage, turns, contenders):
    """
    Each contender once a turn, turn after turn, so that a change of the machine's mood meets all. A
    contender is a function that returns a list of values. The values of all turns, or why there are
    none, by name.
    """
    found = {name: [] for name in contenders}
    for _ in range(turns):
        for name, measure in contenders.items():
            if isinstance(found[name], Exception):
                continue
            try:
                found[name] += measure()
            except Impossible as reason:
                # where the time is over, what the turns before it found stands
                found[name] = found[name] or reason
            except Exception as error:
                found[name] = error
    return found


def middle(values):
    """The median, or None where nothing was measured."""
    return None if isinstance(values, Exception) or not values else machine.median(values)
