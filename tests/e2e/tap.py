"""Test Anything Protocol, and what else a test says or waits for."""

import re
import time


class Impossible(Exception):
    """What the test needs is not to be had on this machine: the reason."""


class Tap:
    """Test Anything Protocol: one line a check, the plan at the end."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, good, name, *why):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        if not good:
            self.note(*why)
        return good

    def equal(self, found, wanted, name, *why):
        return self.ok(found == wanted, name, f"found {found!r}, wanted {wanted!r}", *why)

    def near(self, found, wanted, slack, name, *why):
        good = found is not None and abs(found - wanted) <= slack
        return self.ok(good, name, f"found {found!r}, wanted {wanted!r} +- {slack!r}", *why)

    def match(self, text, pattern, name):
        return self.ok(re.search(pattern, text), name, f"no /{pattern}/ in:", text)

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}")

    def note(self, *texts):
        for text in texts:
            for line in str(text).splitlines():
                print(f"# {line}")

    def finish(self):
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed else 0


def wait_for(condition, seconds, what, pause=0.01):
    """The first true answer of condition(); an error when the time is over."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(pause)
