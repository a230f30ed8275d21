"""Checks both kinds of lock files against known advisories: RustSec's and those of retire.js."""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
import time
import tomllib
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import versions
from layout import HERE, LOCAL, ROOT, WEB, Problem

RUSTSEC = "https://github.com/rustsec/advisory-db/archive/refs/heads/main.tar.gz"
RETIRE = "https://raw.githubusercontent.com/RetireJS/retire.js/master/repository/npmrepository.json"
FETCHED = LOCAL / "advisories"
RETIRE_FILE = "retire-npmrepository.json"
FRESH_SECONDS = 24 * 3600
TIMEOUT_SECONDS = 20
CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"
# What a notice is about, where it is no vulnerability.
NOTICES = ("unmaintained", "unsound", "notice")


@dataclass(frozen=True)
class Advisory:
    """One entry of a database about one package."""

    id: str
    package: str
    title: str
    # A word of NOTICES, or "vulnerability".
    kind: str
    # Requirements; a version that meets one of them is not affected.
    safe: tuple[str, ...] = ()
    # For npm: from (inclusive, if given), and below which version it is affected.
    at_or_above: str = ""
    below: str = ""

    def affects(self, version: str) -> bool:
        if self.below:
            return versions.below(version, self.below) and not (
                self.at_or_above and versions.below(version, self.at_or_above)
            )
        return not any(versions.meets(version, requirement) for requirement in self.safe)


@dataclass(frozen=True)
class Ignored:
    """An advisory that somebody decided to live with, until a day."""

    id: str
    reason: str

    def fault(self, today: date) -> str | None:
        """What is wrong with it. cargo-deny knows no date, so that stands in the reason."""
        found = re.search(r"\buntil (\d{4}-\d{2}-\d{2})\b", self.reason)
        if found is None:
            return f"{self.id}: the reason to ignore it must say until when: `… until 2027-03-31`"
        if date.fromisoformat(found[1]) < today:
            return f"{self.id}: it was to be ignored until {found[1]}; decide again"
        return None


def folder() -> Path | None:
    """The databases that AUTERITY_TEST_ADVISORIES names, else fetched ones at most a day old.

    Without a network those of before are used, however old; None when there never were any.
    """
    given = os.environ.get("AUTERITY_TEST_ADVISORIES")
    if given:
        return Path(given)
    stamp = FETCHED / RETIRE_FILE
    if not stamp.exists() or time.time() - stamp.stat().st_mtime > FRESH_SECONDS:
        try:
            fetch()
        except (OSError, tarfile.TarError):
            return FETCHED if stamp.exists() else None
    return FETCHED


def fetch() -> None:
    """Replaces the fetched databases by the current ones."""
    crates = FETCHED / "rustsec" / "crates"
    crates.mkdir(parents=True, exist_ok=True)
    known = set()
    with tarfile.open(fileobj=io.BytesIO(_download(RUSTSEC))) as archive:
        for member in archive:
            parts = Path(member.name).parts
            # advisory-db-main/crates/<name>/RUSTSEC-….md; no other member is written.
            if member.isfile() and parts[1:2] == ("crates",) and len(parts) == 4:
                content = archive.extractfile(member)
                name = f"{parts[2]}--{parts[3]}"
                known.add(name)
                (crates / name).write_bytes(content.read() if content else b"")
    for file in crates.iterdir():
        if file.name not in known:
            file.unlink()
    (FETCHED / RETIRE_FILE).write_bytes(_download(RETIRE))


def _download(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:
        return bytes(answer.read())


def rustsec(database: Path) -> Iterator[Advisory]:
    """Every advisory about a crate that still stands."""
    files = sorted((database / "crates").rglob("*RUSTSEC-*.md"))
    if not files:
        raise Problem(f"{database} holds no advisories")
    for file in files:
        front, _, text = file.read_text().removeprefix("```toml\n").partition("\n```")
        entry = tomllib.loads(front)
        advisory, matched = entry["advisory"], entry["versions"]
        if "withdrawn" in advisory:
            continue
        title = re.search(r"^# (.+)$", text, re.MULTILINE)
        yield Advisory(
            id=advisory["id"],
            package=advisory["package"],
            title=title[1] if title else "",
            kind=advisory.get("informational", "vulnerability"),
            safe=(*matched.get("patched", ()), *matched.get("unaffected", ())),
        )


def retire(file: Path) -> Iterator[Advisory]:
    """Every advisory about an npm package."""
    for package, entry in json.loads(file.read_text()).items():
        for found in entry.get("vulnerabilities", ()):
            names = found.get("identifiers", {})
            known_as = names.get("githubID") or next(iter(names.get("CVE", ())), None)
            yield Advisory(
                id=known_as or found["info"][0],
                package=package,
                title=names.get("summary", ""),
                kind="vulnerability",
                at_or_above=found.get("atOrAbove", ""),
                below=found["below"],
            )


def crates(lock: str) -> list[tuple[str, str]]:
    """Name and version of every crate of a Cargo.lock that came from crates.io."""
    packages = tomllib.loads(lock)["package"]
    return [(p["name"], p["version"]) for p in packages if p.get("source") == CRATES_IO]


def workspace_crates(lock: str) -> set[tuple[str, str]]:
    """Those that a crate of the workspace names itself."""
    packages = tomllib.loads(lock)["package"]
    named = {d for p in packages if "source" not in p for d in p.get("dependencies", ())}
    every: dict[str, list[str]] = {}
    for package in packages:
        every.setdefault(package["name"], []).append(package["version"])
    direct = set()
    for dependency in named:
        name, _, version = dependency.partition(" ")
        # The version stands there only where there are several.
        direct.add((name, version or every[name][0]))
    return direct


def npm_packages(lock: str) -> list[tuple[str, str]]:
    """Name and version of every package of a package-lock.json."""
    entries = json.loads(lock)["packages"].items()
    return [
        (entry.get("name") or path.rpartition("node_modules/")[2], entry["version"])
        for path, entry in entries
        if path and not entry.get("link")
    ]


def matches(
    packages: Iterable[tuple[str, str]], advisories: Iterable[Advisory]
) -> list[tuple[Advisory, str]]:
    """Which advisories concern which versions."""
    held: dict[str, list[str]] = {}
    for name, version in packages:
        held.setdefault(name, []).append(version)
    return [
        (advisory, version)
        for advisory in advisories
        for version in held.get(advisory.package, ())
        if advisory.affects(version)
    ]


def findings(
    found: list[tuple[Advisory, str]],
    direct: set[tuple[str, str]],
    ignored: list[Ignored],
    today: date,
) -> list[str]:
    """What has to be mended: vulnerabilities anywhere, notices about what we name ourselves."""
    faults = [fault for entry in ignored if (fault := entry.fault(today))]
    known = {entry.id for entry in ignored}
    faults += [
        f"{entry.id} is ignored, and nothing here is affected by it: take it out"
        for entry in ignored
        if entry.id not in {advisory.id for advisory, _ in found}
    ]
    for advisory, version in found:
        counts = advisory.kind not in NOTICES or (advisory.package, version) in direct
        if counts and advisory.id not in known:
            what = f"{advisory.kind}: {advisory.title}"
            faults.append(f"{advisory.package} {version}: {advisory.id}, {what}")
    return faults


def check(database: Path, today: date) -> None:
    """Raises with every finding; silent when there is none."""
    rules = tomllib.loads((ROOT / "deny.toml").read_text())["advisories"]
    lock = (ROOT / "Cargo.lock").read_text()
    found = matches(crates(lock), rustsec(database / "rustsec"))
    faults = findings(found, workspace_crates(lock), _ignored(rules["ignore"]), today)
    own = tomllib.loads((HERE / "advisories.toml").read_text())
    packages = [p for file in npm_locks() for p in npm_packages(file.read_text())]
    found = matches(set(packages), retire(database / RETIRE_FILE))
    faults += findings(found, set(), _ignored(own["ignore"]), today)
    if faults:
        raise Problem("advisories:\n  " + "\n  ".join(sorted(faults)))


def _ignored(entries: list[dict[str, Any]]) -> list[Ignored]:
    return [Ignored(entry["id"], entry.get("reason", "")) for entry in entries]


def npm_locks() -> list[Path]:
    """Every lock file of npm that an installation follows."""
    return [WEB / "package-lock.json", HERE / "package-lock.json"]
