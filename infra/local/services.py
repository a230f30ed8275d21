"""The services beside Postgres: Redis, the mail catcher, the simulator, the server."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import client
import ports
from layout import HERE, Layout, Problem
from process import Supervisor, open_log, tail


def start_redis(supervisor: Supervisor, port: int) -> str:
    """Starts Redis without persistence: everything in it can be rebuilt."""
    program = shutil.which("redis-server")
    if program is None:
        raise Problem("redis-server is not installed; run `make setup`")
    argv = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    child = supervisor.start("redis", argv, cwd=supervisor.layout.home)
    supervisor.wait_until(lambda: ports.answers(port), "Redis accepting connections", child=child)
    return f"redis://127.0.0.1:{port}"


def start_mail(supervisor: Supervisor, layout: Layout, smtp: int, web: int) -> tuple[str, str]:
    """Starts the mail catcher; returns its SMTP address and its web address."""
    folder = layout.home / "mail"
    folder.mkdir(exist_ok=True)
    program = HERE / "node_modules" / "maildev" / "bin" / "maildev"
    if not program.exists():
        raise Problem("the mail catcher is not installed; run `make setup`")
    argv: list[str | Path] = [
        "node",
        program,
        "--ip",
        "127.0.0.1",
        "--smtp",
        str(smtp),
        "--web-ip",
        "127.0.0.1",
    ]
    argv += ["--web", str(web), "--mail-directory", folder]
    supervisor.start("maildev", argv)
    address = f"http://127.0.0.1:{web}"
    supervisor.wait_until(
        lambda: ports.answers(smtp) and client.is_up(f"{address}/healthz"),
        "the mail catcher accepting mail",
    )
    return f"smtp://127.0.0.1:{smtp}", address


def start_simulator(supervisor: Supervisor, program: Path, port: int) -> str:
    """Starts the stand-in for the AI provider and for Twilio; gives the address of the former."""
    argv: list[str | Path] = [program, "simulator", "--listen", f"127.0.0.1:{port}"]
    supervisor.start("simulator", argv, env=client.plain_environment())
    supervisor.wait_until(lambda: ports.answers(port), "the simulator accepting connections")
    return f"http://127.0.0.1:{port}/v1"


def start_server(supervisor: Supervisor, program: Path, env: Mapping[str, str], port: int) -> None:
    """Starts every role of the server in one process and waits until it is ready."""
    supervisor.start("auterity", [program, "up"], env=env)
    supervisor.wait_until(
        lambda: client.is_up(f"http://127.0.0.1:{port}/health/ready"), "the server getting ready"
    )


def migrate(layout: Layout, program: Path, env: Mapping[str, str]) -> None:
    """Brings the control schema and every tenant's schema up to date."""
    log = layout.logs / "migrate.log"
    with open_log(log) as output:
        done = subprocess.run(
            [str(program), "migrate"], stdout=output, stderr=subprocess.STDOUT, env=dict(env)
        )
    if done.returncode != 0:
        raise Problem(f"the migration failed; {log}:\n{tail('migrate', log)}")
