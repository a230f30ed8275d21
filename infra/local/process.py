"""Child processes: each in a session of its own, logged to a file, stopped by its id."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from layout import Layout, Problem


def open_log(path: Path) -> IO[bytes]:
    """An empty log that only its owner reads: what services write is not for every user."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(handle, 0o600)
    return os.fdopen(handle, "wb")


@dataclass
class Child:
    """One running service."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals


def as_user(user: str | None) -> dict[str, Any]:
    """What makes subprocess run something as another user, with none of our groups."""
    return {"user": user, "group": user, "extra_groups": []} if user else {}


def tail(name: str, log: Path, lines: int = 25) -> str:
    """The end of a service's log, each line marked with the service's name."""
    try:
        last = log.read_text(errors="replace").splitlines()[-lines:]
    except OSError:
        last = []
    return "\n".join(f"  {name} | {line}" for line in last)


def started_at(pid: int) -> str | None:
    """The kernel's start time of a process: tells it from a later one with the same id."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


class MakeAbove:
    """The `make` that called us: it passes SIGTERM on, but neither SIGKILL nor SIGINT."""

    def __init__(self) -> None:
        self.pid = os.getppid()
        self.is_make = self._read("comm").strip() == "make"

    def has_ended(self) -> bool:
        """True when make is gone or waits, inside its SIGINT handler, for us to end."""
        if not self.is_make:
            return False
        if os.getppid() != self.pid:
            return True
        blocked = re.search(r"^SigBlk:\s*([0-9a-f]+)", self._read("status"), re.MULTILINE)
        return bool(blocked and int(blocked[1], 16) >> (signal.SIGINT - 1) & 1)

    def _read(self, name: str) -> str:
        try:
            return Path(f"/proc/{self.pid}/{name}").read_text()
        except OSError:
            return ""


class Supervisor:
    """Starts services and stops every one of them again, last started first."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.children: list[Child] = []
        self._end_leftovers()

    def start(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> Child:
        """Runs a service, as another user when one is named (only root may)."""
        log = self.layout.logs / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        with open_log(log) as output:
            process = subprocess.Popen(
                [str(part) for part in argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env) if env is not None else None,
                cwd=cwd,
                start_new_session=True,
                **as_user(user),
            )
        child = Child(name, process, log, stop_signal)
        self.children.append(child)
        self._record()
        return child

    def wait_until(
        self,
        ready: Callable[[], bool],
        what: str,
        timeout: float = 60,
        child: Child | None = None,
    ) -> None:
        """Waits for a condition, and gives up at once when a service, or `child`, ends meanwhile."""
        deadline = time.monotonic() + timeout
        while not ready():
            self.check([child] if child else None)
            if time.monotonic() > deadline:
                ends = "\n".join(tail(c.name, c.log, 8) for c in self.children)
                raise Problem(f"{what} did not happen within {timeout:.0f} s\n{ends}")
            time.sleep(0.1)

    def check(self, children: list[Child] | None = None) -> None:
        """Raises when a service, or one of `children`, has ended by itself."""
        for child in children or self.children:
            code = child.process.poll()
            if code is not None:
                end = tail(child.name, child.log)
                raise Problem(f"{child.name} ended with status {code}; {child.log}:\n{end}")

    def stop(self, child: Child, grace: float = 20) -> None:
        """Asks a service to end and, after the grace period, makes it."""
        self._signal_group(child.process.pid, child.stop_signal)
        try:
            child.process.wait(grace)
        except subprocess.TimeoutExpired:
            self._signal_group(child.process.pid, signal.SIGKILL)
            child.process.wait(5)
        self.children.remove(child)
        self._record()

    def kill(self, child: Child) -> None:
        """Ends a service at once, as a power cut would."""
        self._signal_group(child.process.pid, signal.SIGKILL)
        child.process.wait(5)
        self.children.remove(child)
        self._record()

    def stop_all(self) -> None:
        """Stops everything this supervisor started."""
        for child in reversed(list(self.children)):
            self.stop(child)

    @staticmethod
    def _signal_group(pid: int, number: signal.Signals) -> None:
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            pass

    def _record(self) -> None:
        known = {c.name: [c.process.pid, started_at(c.process.pid)] for c in self.children}
        self.layout.pids.write_text(json.dumps(known, indent=2) + "\n")

    def _end_leftovers(self) -> None:
        """Ends services of an earlier run that was killed before it could stop them."""
        try:
            known = json.loads(self.layout.pids.read_text())
        except (OSError, ValueError):
            return
        alive = [pid for pid, start in known.values() if start and started_at(pid) == start]
        for pid in reversed(alive):
            self._signal_group(pid, signal.SIGINT)
        deadline = time.monotonic() + 10
        while any(started_at(pid) for pid in alive) and time.monotonic() < deadline:
            time.sleep(0.1)
        for pid in alive:
            if started_at(pid):
                self._signal_group(pid, signal.SIGKILL)
        self.layout.pids.unlink(missing_ok=True)
