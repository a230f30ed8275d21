"""Checks licences and the direction of dependencies against deny.toml, without cargo-deny."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from typing import Any

from layout import ROOT, Problem


def check() -> None:
    """Raises with every finding; silent when there is none."""
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    argv = ["cargo", "metadata", "--locked", "--format-version", "1", "--all-features"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Problem(f"cargo metadata failed:\n{done.stderr}")
    metadata = json.loads(done.stdout)
    findings = _licences(metadata, set(rules["licenses"]["allow"]))
    findings += _bans(metadata, rules["bans"]["deny"])
    if findings:
        raise Problem("deny.toml is not kept:\n  " + "\n  ".join(sorted(findings)))


def _licences(metadata: dict[str, Any], allowed: set[str]) -> list[str]:
    return [
        f"{package['name']}: licence {package['license']} is not allowed"
        for package in metadata["packages"]
        if not satisfies(package["license"] or "", allowed)
    ]


def satisfies(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression can be met with the allowed licences."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def one(at: int) -> tuple[bool, int]:
        if at < len(tokens) and tokens[at] == "(":
            met, at = either(at + 1)
            return met, at + 1
        name = tokens[at] if at < len(tokens) else ""
        if tokens[at + 1 : at + 2] == ["WITH"]:
            return f"{name} WITH {tokens[at + 2]}" in allowed, at + 3
        return name in allowed, at + 1

    def both(at: int) -> tuple[bool, int]:
        met, at = one(at)
        while tokens[at : at + 1] == ["AND"]:
            other, at = one(at + 1)
            met = met and other
        return met, at

    def either(at: int) -> tuple[bool, int]:
        met, at = both(at)
        while tokens[at : at + 1] == ["OR"]:
            other, at = both(at + 1)
            met = met or other
        return met, at

    return either(0)[0]


def _bans(metadata: dict[str, Any], denied: list[dict[str, Any]]) -> list[str]:
    names = {package["id"]: package["name"] for package in metadata["packages"]}
    members = {names[member] for member in metadata["workspace_members"]}
    findings = []
    for rule in denied:
        may = set(rule.get("wrappers", ()))
        for node in metadata["resolve"]["nodes"]:
            user = names[node["id"]]
            uses = {names[d["pkg"]] for d in node["deps"] if _is_built(d, user in members)}
            if rule["crate"] in uses and user not in may:
                findings.append(f"{user} may not use {rule['crate']}: {rule['reason']}")
    return findings


def _is_built(dependency: dict[str, Any], member: bool) -> bool:
    """Members' dev-dependencies count, a library's own do not: they are never built."""
    return any(member or kind["kind"] != "dev" for kind in dependency["dep_kinds"])
