"""Everything that must hold before a change lands: formats, lints, types, tests, browser."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import advisories
import commands
import dependencies
import faults
import install
import locks
from environment import Environment
from install import say
from layout import HERE, ROOT, TEST, VENV, WEB, Problem, binary, target_dir


# Enough for two failed browser tests, each with its place in the source.
ENDING_LINES = 80


class Failed(Exception):
    """A command that failed, with the end of what it printed."""


@dataclass
class Summary:
    """The outcome of every step, in order."""

    results: list[tuple[str, bool, float]] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)

    def step(self, name: str, action: Callable[[], bool]) -> bool:
        """Runs one step; a failure is remembered and the next step runs all the same."""
        say(f"\n── {name} " + "─" * max(2, 72 - len(name)))
        started = time.monotonic()
        try:
            good = action()
        except Problem as problem:
            say(str(problem))
            self.failures.append((name, str(problem)))
            good = False
        except Failed as failed:
            self.failures.append((name, str(failed)))
            good = False
        self.results.append((name, good, time.monotonic() - started))
        return good

    def close(self) -> int:
        """Prints how what failed ended, then the summary, and returns the exit status.

        Whoever reads only the end of a long log finds there what to mend.
        """
        for name, ending in self.failures:
            say(f"\n── failed: {name} " + "─" * max(2, 64 - len(name)))
            say(ending)
        say("\n── summary " + "─" * 65)
        for name, good, seconds in self.results:
            say(f"  {'ok' if good else 'FAILED':<7} {name:<32} {seconds:7.1f} s")
        bad = sum(1 for _, good, _ in self.results if not good)
        say(f"\nsteps: {len(self.results) - bad} passed, {bad} failed")
        return 1 if bad else 0


def command(*argv: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> Callable[[], bool]:
    """A step that is one command; in a log, how it ended is remembered if it fails."""
    variables = os.environ | {"CARGO_TARGET_DIR": str(target_dir())} | (env or {})

    def run() -> bool:
        say(f"$ {' '.join(argv)}")
        if sys.stdout.isatty():
            if subprocess.run(argv, cwd=cwd, env=variables, check=False).returncode != 0:
                raise Failed("its output stands above")
            return True
        ending: deque[str] = deque(maxlen=ENDING_LINES)
        with subprocess.Popen(
            argv,
            cwd=cwd,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                sys.stdout.write(line)
                sys.stdout.flush()
                ending.append(line)
        if process.returncode != 0:
            raise Failed("".join(ending).rstrip())
        return True

    return run


def lint_steps(summary: Summary) -> None:
    """The steps that need no service."""
    summary.step("rust: format", command("cargo", "fmt", "--all", "--check"))
    summary.step("rust: dependencies", _dependencies)
    summary.step("npm: lock files", _lock_files)
    summary.step("advisories", _advisories)
    clippy = ("cargo", "clippy", "--locked", "--workspace", "--all-targets")
    summary.step("rust: clippy", command(*clippy, "--", "-D", "warnings"))
    summary.step("web: lint", command("npm", "run", "lint", cwd=WEB))
    summary.step("web: types", command("npm", "run", "typecheck", cwd=WEB))


def _dependencies() -> bool:
    dependencies.check()
    say("licences and the direction of dependencies are as deny.toml says")
    return True


def _lock_files() -> bool:
    for file in advisories.npm_locks():
        locks.check(file)
    say("every package of npm has the hash that it is installed by")
    return True


def _advisories(*, needed: bool = False) -> bool:
    """Without a network no database may be there; the nightly job is the one that needs it."""
    database = advisories.folder()
    if database is None:
        say("NOT CHECKED: no databases at AUTERITY_TEST_ADVISORIES, and none could be fetched")
        return not needed
    advisories.check(database, date.today())
    say(f"no crate and no npm package has a known vulnerability ({database})")
    return True


def watch_advisories() -> int:
    """`make advisories`: the nightly job, with databases of the day."""
    summary = Summary()
    if not os.environ.get("AUTERITY_TEST_ADVISORIES"):
        summary.step("advisories: fetch", _done(_fetch_advisories))
    summary.step("advisories", lambda: _advisories(needed=True))
    return summary.close()


def _fetch_advisories() -> None:
    try:
        advisories.fetch()
    except (OSError, tarfile.TarError) as error:
        raise Problem(f"the databases could not be fetched: {error}") from error


def lint() -> int:
    """`make lint`."""
    install.services()
    install.npm_packages(WEB, "web")
    summary = Summary()
    lint_steps(summary)
    return summary.close()


def test() -> int:
    """`make test`."""
    install.services(tests=True)
    install.npm_packages(WEB, "web")
    summary = Summary()
    lint_steps(summary)
    summary.step("infra: unit tests", command(sys.executable, "-B", "-m", "unittest", cwd=HERE))
    validator = str(VENV / "bin" / "openapi-spec-validator")
    summary.step("api: document", command(validator, "docs/openapi.json"))
    summary.step("web: unit tests", command("npm", "test", cwd=WEB))
    summary.step("web: build", _done(install.web_app))
    built = summary.step("rust: build", _done(install.server))
    if built:
        summary.step("faults: a short run", _short_fault_run)
    commands.remove(TEST)
    with Environment(TEST, disposable=True, fresh=True) as environment:
        environment.start_services(binary() if built else None)
        summary.step("rust: tests", _rust_tests(environment))
        if built and "e2e" in json.loads((WEB / "package.json").read_text())["scripts"]:
            summary.step("browser: tests", lambda: _browser_tests(environment))
    return summary.close()


def _done(action: Callable[[], object]) -> Callable[[], bool]:
    def run() -> bool:
        action()
        return True

    return run


def _short_fault_run() -> bool:
    """`make faults` in small: every kind of fault, on the paths that a change breaks first."""
    plan = faults.Plan(kills=20, restarts=2, rate=5, seed=faults.new_seed())
    return faults.run(plan, binary()).good


def _rust_tests(environment: Environment) -> Callable[[], bool]:
    """With nextest when it is installed (a process per test), else with cargo alone."""
    has_nextest = shutil.which("cargo-nextest") is not None
    argv = ["cargo", "nextest", "run"] if has_nextest else ["cargo", "test", "--no-fail-fast"]
    return command(*argv, "--locked", "--workspace", env=environment.test_variables())


def _browser_tests(environment: Environment) -> bool:
    environment.start_server()
    environment.write_addresses(None)
    chromium = next(filter(None, map(shutil.which, install.NEEDED_FOR_TESTS["chromium"])), "")
    variables = environment.test_variables() | {
        "AUTERITY_TEST_APP_URL": environment.app,
        "AUTERITY_TEST_ADDRESSES": str(environment.layout.addresses),
        "AUTERITY_TEST_CHROMIUM": chromium,
        "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1",
    }
    try:
        return command("npm", "run", "e2e", cwd=WEB, env=variables)()
    except Failed:
        say(complaints(environment.layout.logs / "auterity.log"))
        raise


def complaints(log: Path) -> str:
    """What a server warned of, the last of it."""
    lines = log.read_text(errors="replace").splitlines()
    warned = [line for line in lines if '"level":"WARN"' in line or '"level":"ERROR"' in line]
    return "\n".join(f"  {log.stem} | {line}" for line in warned[-30:])
