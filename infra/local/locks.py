"""What npm installs is what the lock file names, by its hash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from layout import Problem

Entries = dict[str, dict[str, Any]]


def check(lock: Path) -> None:
    """Raises when a package has no hash, or comes from elsewhere than a registry over TLS."""
    faults = faults_of(json.loads(lock.read_text())["packages"])
    if faults:
        raise Problem(f"{lock}:\n  " + "\n  ".join(faults))


def faults_of(entries: Entries) -> list[str]:
    """The root has no path; every other entry is fetched."""
    faults = []
    for path, entry in entries.items():
        if path and not entry.get("integrity", "").startswith("sha512-"):
            faults.append(f"{path} has no SHA-512 hash")
        if path and not entry.get("resolved", "https://").startswith("https://"):
            faults.append(f"{path} comes from {entry['resolved']}")
    return faults


def compare(lock: Path, modules: Path) -> list[str]:
    """Raises when something else is installed than the lock file says.

    Gives back optional packages that it does not know: binaries of this platform, of the version
    that the package which wants them names.
    """
    locked: Entries = json.loads(lock.read_text())["packages"]
    installed: Entries = json.loads((modules / ".package-lock.json").read_text())["packages"]
    here = {p: e for p, e in installed.items() if (modules.parent / p / "package.json").exists()}
    faults, unknown = differences(locked, here)
    if faults:
        raise Problem(f"installed otherwise than {lock} says:\n  " + "\n  ".join(faults))
    return unknown


def differences(locked: Entries, installed: Entries) -> tuple[list[str], list[str]]:
    """What is wrong, and what the lock file does not know and may."""
    faults, unknown = [], []
    for path, entry in installed.items():
        # A bundled package comes within its parent's archive, under its parent's hash.
        if entry.get("inBundle"):
            continue
        known = locked.get(path)
        if known is None:
            found = unknown if entry.get("optional") else faults
            found.append(f"{path} {entry.get('version')}")
            continue
        for what in ("version", "integrity"):
            if entry.get(what) != known.get(what):
                faults.append(f"{path}: {what} {entry.get(what)} instead of {known.get(what)}")
    return faults, unknown
