"""The other end of victim.c."""

import subprocess

import host


class Victim:
    """A running victim; see victim.c for its steps."""

    def __init__(self, program, steps, env, user, group):
        self.children = []
        self.zombies = []
        self.process = subprocess.Popen(
            [program, *steps],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=env,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
            preexec_fn=host.die_with_parent,
        )
        self.pid = self.process.pid
        self.read_until_ready()

    @property
    def pids(self):
        """All that live: the first process and its children."""
        return [self.pid, *self.children]

    def read_until_ready(self):
        for line in self.process.stdout:
            word, pid = line.decode().split()
            if word == "ready":
                return
            {"child": self.children, "zombie": self.zombies}[word].append(int(pid))
        raise RuntimeError(f"the victim ended: {self.process.wait()}")

    def send(self, *steps):
        """More steps for the first process, which may never come to their end."""
        self.process.stdin.write((" ".join(steps) + "\n").encode())
        self.process.stdin.flush()

    def do(self, *steps):
        """More steps for the first process."""
        self.send(*steps)
        self.read_until_ready()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.end()

    def end(self):
        if self.process.stdin.closed:
            return
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
