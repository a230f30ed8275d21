"""Where things are: the checkout, the build, and one folder per environment."""

from __future__ import annotations

import fcntl
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
VENV = LOCAL / "python"
STAMPS = LOCAL / "stamps"
WEB = ROOT / "web"
HERE = Path(__file__).resolve().parent


class Problem(Exception):
    """Something a person has to mend; printed without a traceback."""


def target_dir() -> Path:
    """Cargo's output folder; outside the checkout so that a fresh clone reuses the build."""
    given = os.environ.get("CARGO_TARGET_DIR")
    return Path(given) if given else Path.home() / ".cache" / "auterity" / "target"


def binary(profile: str = "debug") -> Path:
    """The built server."""
    return target_dir() / profile / "auterity"


@dataclass(frozen=True)
class Layout:
    """The files of one environment. Two environments share nothing but the build."""

    name: str
    home: Path
    port_offset: int

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def ports(self) -> Path:
        return self.home / "ports"

    @property
    def pids(self) -> Path:
        return self.home / "pids.json"

    @property
    def addresses(self) -> Path:
        return self.home / "addresses.json"

    @property
    def demo(self) -> Path:
        return self.home / "demo.json"

    @property
    def secret_key(self) -> Path:
        return self.home / "secret-key"

    @property
    def outside(self) -> Path:
        """Where Postgres keeps its files when its own user cannot reach the checkout."""
        digest = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
        return Path(f"/var/lib/auterity-{digest}") / self.name

    def prepare(self) -> None:
        """Makes the folders. They stay passable: as root, Postgres runs as another user."""
        for folder in (LOCAL, self.home, self.logs):
            folder.mkdir(parents=True, exist_ok=True)

    def lock(self) -> IO[str]:
        """Holds the environment for as long as the returned file stays open."""
        self.prepare()
        handle = open(self.home / "lock", "a+", encoding="utf-8")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            handle.close()
            raise Problem(f"the {self.name} environment is in use by process {holder}") from taken
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        return handle


RUN = Layout("run", LOCAL, 0)
DEV = Layout("dev", LOCAL / "dev", 0)
TEST = Layout("test", LOCAL / "test", 100)
BENCH = Layout("bench", LOCAL / "bench", 200)
FAULTS = Layout("faults", LOCAL / "faults", 300)
ALL = (RUN, DEV, TEST, BENCH, FAULTS)
