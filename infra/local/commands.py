"""The commands behind the Makefile, except for the tests."""

from __future__ import annotations

import os
import shlex
import shutil
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import client
import demo
import install
from environment import Environment
from install import say
from layout import ALL, BENCH, DEV, ROOT, RUN, Layout, Problem, binary, target_dir
from process import MakeAbove


def run() -> None:
    """Sets up, builds, starts everything with a demo group in it, and stays until Ctrl-C."""
    program = install.everything()
    with Environment(RUN, disposable=False) as environment:
        environment.start_services(program)
        environment.start_server(program)
        found = None
        if environment.mail:
            found = demo.ensure(RUN, environment.app, environment.mail)
        addresses = environment.write_addresses(asdict(found) if found else None)
        show(addresses)
        watch(environment)


def show(addresses: dict[str, Any]) -> None:
    """Prints where everything is and how to look around."""
    login = addresses["demo"]
    say("\nAuterity is running. Ctrl-C stops it; the data stays (`make reset` removes it).\n")
    say(f"  app        {addresses['app']}")
    for name in ("mail", "texts", "metrics", "simulator", "postgres", "redis"):
        say(f"  {name:<10} {addresses[name] or 'your own server'}")
    if login is None:
        say("\n  Mail goes to your own server, so there is no demo group: sign up in the app.\n")
        return
    say("\nDemo login")
    for name in ("tenant", "email", "password"):
        say(f"  {name:<10} {login[name]}")
    say("\nPost a lead")
    say(f"  curl --data-binary @infra/local/leads/01-new-pickup.xml \\\n    {login['hook']}\n")


def bench() -> None:
    """Measures a release build of the server in an environment of its own."""
    program = install.everything(profile="release")
    build = ["cargo", "build", "--locked", "--release", "-p", "bench"]
    install.run(build, cwd=ROOT, env=os.environ | {"CARGO_TARGET_DIR": str(target_dir())})
    remove(BENCH)
    with Environment(BENCH, disposable=False) as environment:
        # One address sends everything, and a scenario's slow neighbour is on this machine.
        environment.extra = {
            "AUTERITY_HTTP_RATE_LIMITS": "false",
            "AUTERITY_OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8",
        }
        environment.start_services(program)
        environment.start_server(program)
        environment.write_addresses(None)
        variables = environment.test_variables() | {
            "AUTERITY_TEST_APP_URL": environment.app.replace("localhost", "127.0.0.1"),
            "AUTERITY_TEST_METRICS_URL": environment.metrics,
            "AUTERITY_BENCH_SERVER_PID": str(environment.pid_of("auterity")),
            "AUTERITY_BENCH_PGBENCH": str(environment.psql.with_name("pgbench")),
        }
        chosen = os.environ.get("BENCH", "all")
        command = [target_dir() / "release" / "bench", chosen, "--write", ROOT / "docs/benchmarks"]
        install.run(command, cwd=ROOT, env=client.plain_environment() | variables)


def dev_services() -> None:
    """Runs only the services, tuned for tests, until Ctrl-C."""
    install.services()
    with Environment(DEV, disposable=True) as environment:
        program = simulator()
        environment.start_services(program)
        exports = environment.test_variables()
        say("\nServices are running; Ctrl-C stops them. For tests in another shell:\n")
        for name, value in exports.items():
            say(f"export {name}={shlex.quote(value)}")
        say(f"\n# psql: {environment.psql} {shlex.quote(environment.urls['postgres'])}")
        if environment.mail:
            say(f"# mail: {environment.mail}")
        if program is None:
            say("# the simulator is part of the server, which is not built yet")
        watch(environment)


def simulator() -> Path | None:
    """The server's binary when it is built; this command does not build."""
    return binary() if binary().exists() else None


def watch(environment: Environment) -> None:
    """Stays until a signal comes or a service ends by itself."""
    make = MakeAbove()
    while not make.has_ended():
        environment.supervisor.check()
        time.sleep(0.5)


def reset() -> None:
    """Deletes the data of every environment that is not running; keeps what was installed."""
    busy = False
    for layout in ALL:
        try:
            lock = layout.lock()
        except Problem as in_use:
            say(f"{in_use}: left as it is")
            busy = True
            continue
        remove(layout)
        if layout is not RUN:
            shutil.rmtree(layout.home, ignore_errors=True)
        lock.close()
    if busy:
        raise Problem("stop what is running, then try again")
    # Also the copy of PostgreSQL's programs that root's Postgres may need.
    shutil.rmtree(RUN.outside.parent, ignore_errors=True)
    say("The local data is gone.")


def remove(layout: Layout) -> None:
    """Deletes one environment's data, also what Postgres keeps outside the checkout."""
    shutil.rmtree(layout.outside, ignore_errors=True)
    for name in ("postgres", "mail", "logs"):
        shutil.rmtree(layout.home / name, ignore_errors=True)
    for name in ("addresses.json", "demo.json", "secret-key", "postgres-password", "ports"):
        (layout.home / name).unlink(missing_ok=True)
