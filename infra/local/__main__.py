"""`python3 infra/local <command>`: what `make` calls."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable

import check
import commands
import faults
import install
from client import ApiError
from layout import Problem


def interrupted(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main() -> int:
    table: dict[str, Callable[..., object]] = {
        "setup": install.everything,
        "run": commands.run,
        "test": check.test,
        "lint": check.lint,
        "advisories": check.watch_advisories,
        "bench": commands.bench,
        "dev-services": commands.dev_services,
        "faults": faults.main,
        "reset": commands.reset,
    }
    parser = argparse.ArgumentParser(prog="infra/local", description=__doc__)
    parser.add_argument("command", choices=sorted(table))
    given, rest = parser.parse_known_args()
    chosen = given.command
    # Only the fault run has options of its own.
    arguments = [rest] if chosen == "faults" else []
    if rest and not arguments:
        parser.error(f"unknown: {' '.join(rest)}")
    # A shell that runs this in the background has SIGINT ignored: ask for it again.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    try:
        status = table[chosen](*arguments)
        return status if isinstance(status, int) else 0
    except KeyboardInterrupt:
        return 0
    except (Problem, ApiError) as problem:
        print(f"\n{chosen}: {problem}", file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())
