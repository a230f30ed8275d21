"""Semantic versions and Cargo's requirements, as far as advisories use them."""

from __future__ import annotations

import re

Identifier = tuple[int, int, str]
Version = tuple[tuple[int, int, int], bool, tuple[Identifier, ...]]


def parse(text: str) -> Version:
    """A key that sorts by precedence: a release comes after its pre-releases."""
    core, _, pre = text.strip().partition("+")[0].partition("-")
    numbers = [int("0" + re.sub(r"\D.*", "", part)) for part in core.split(".")]
    major, minor, patch, *_ = [*numbers, 0, 0, 0]
    # Numeric identifiers come before others, and are compared as numbers.
    identifiers = tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in (pre.split(".") if pre else ())
    )
    return (major, minor, patch), not pre, identifiers


def below(version: str, limit: str) -> bool:
    """Whether a version comes before another."""
    return parse(version) < parse(limit)


def meets(version: str, requirement: str) -> bool:
    """Whether a version meets all comparators of a requirement like `>= 1.2, < 2`."""
    return all(_one(parse(version), part) for part in requirement.split(","))


def _one(version: Version, comparator: str) -> bool:
    found = re.fullmatch(r"\s*(>=|<=|>|<|=|\^|~)?\s*(\S+)\s*", comparator)
    if found is None:
        raise ValueError(f"{comparator!r} is no comparator")
    operator, text = found[1] or "^", found[2]
    limit = parse(text)
    match operator:
        case ">=":
            return version >= limit
        case ">":
            return version > limit
        case "<=":
            return version <= limit
        case "<":
            return version < limit
        case "=":
            return version == limit
    return limit <= version < (_ceiling(limit[0], operator, text), False, ())


def _ceiling(numbers: tuple[int, int, int], operator: str, text: str) -> tuple[int, int, int]:
    """The first version that `^` or `~` does not take."""
    major, minor, patch = numbers
    given = text.partition("-")[0].count(".") + 1
    if operator == "~":
        return (major, minor + 1, 0) if given > 1 else (major + 1, 0, 0)
    if major > 0 or given == 1:
        return (major + 1, 0, 0)
    if minor > 0 or given == 2:
        return (0, minor + 1, 0)
    return (0, 0, patch + 1)
