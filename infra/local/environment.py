"""One whole environment: its services, the server's variables and its addresses."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import client
import ports
import services
from layout import WEB, Layout, binary
from postgres import DATABASE, Postgres
from process import Supervisor

# Servers that are there already: used instead of private ones.
OUTSIDE = {
    "postgres": "AUTERITY_DATABASE_URL",
    "redis": "AUTERITY_REDIS_URL",
    "smtp": "AUTERITY_SMTP_URL",
    "ai": "AUTERITY_AI_BASE_URL",
    "sms": "AUTERITY_SMS_ACCOUNT_SID",
}

# The account at which the simulator takes texts (integrations/simulator/src/sms.rs).
SMS_ACCOUNT = "AC00000000000000000000000000000000"


class Environment(AbstractContextManager["Environment"]):
    """Holds the lock of its layout and stops on leaving whatever it started."""

    def __init__(self, layout: Layout, *, disposable: bool, fresh: bool = False) -> None:
        self.layout = layout
        self.disposable = disposable
        self.fresh = fresh
        self.mail: str | None = None
        self.urls: dict[str, str] = {}
        self.extra: dict[str, str] = {}

    def __enter__(self) -> Environment:
        self._lock = self.layout.lock()
        self.layout.addresses.unlink(missing_ok=True)
        self.supervisor = Supervisor(self.layout)
        self.ports = ports.choose(self.layout)
        return self

    def __exit__(self, *_: object) -> None:
        self.supervisor.stop_all()
        self._lock.close()

    def start_services(self, program: Path | None) -> None:
        """Starts the services, except those that the environment already names."""
        given = {name: os.environ.get(variable) for name, variable in OUTSIDE.items()}
        if self.disposable:
            given = dict.fromkeys(OUTSIDE)
        self.urls["postgres"] = given["postgres"] or self.start_postgres()
        self.urls["redis"] = given["redis"] or services.start_redis(
            self.supervisor, self.ports["redis"]
        )
        if given["smtp"]:
            self.urls["smtp"] = given["smtp"]
        else:
            self.urls["smtp"], self.mail = services.start_mail(
                self.supervisor, self.layout, self.ports["mail_smtp"], self.ports["mail_web"]
            )
        self.simulated = not given["ai"]
        if given["ai"]:
            self.urls["ai"] = given["ai"]
        if program is not None and not (given["ai"] and given["sms"]):
            simulator = services.start_simulator(
                self.supervisor, program, self.ports["simulator"]
            )
            self.urls.setdefault("ai", simulator)
            if not given["sms"]:
                self.urls["sms"] = simulator.removesuffix("/v1")

    def start_postgres(self) -> str:
        """Starts a private Postgres and gives the address of its database."""
        self.cluster = Postgres(self.layout, self.ports["postgres"], disposable=self.disposable)
        if self.fresh:
            self.cluster.remove()
        self.cluster.start(self.supervisor)
        self.psql = self.cluster.program("psql")
        return self.cluster.url()

    def restart_postgres(self, stop_signal: signal.Signals) -> None:
        """Ends the private Postgres with `stop_signal` and starts it again."""
        child = next(one for one in self.supervisor.children if one.name == "postgres")
        os.killpg(child.process.pid, stop_signal)
        child.process.wait(30)
        self.supervisor.children.remove(child)
        self.cluster.start(self.supervisor)

    def query(self, sql: str) -> str:
        """Asks the private Postgres as its superuser; what psql prints."""
        return self.cluster.query(sql, DATABASE)

    @property
    def app(self) -> str:
        """Where people and API clients find the app."""
        return f"http://localhost:{self.ports['app']}"

    @property
    def metrics(self) -> str:
        """Where health and metrics are served, apart from the app."""
        return f"http://127.0.0.1:{self.ports['metrics']}/metrics"

    def server_variables(self) -> dict[str, str]:
        """The server's settings; what the caller set and this file does not decide stays."""
        kept = {
            k: v
            for k, v in os.environ.items()
            if k.startswith("AUTERITY_") and not k.startswith("AUTERITY_TEST_")
        }
        decided = {
            "AUTERITY_DATABASE_URL": self.urls["postgres"],
            "AUTERITY_REDIS_URL": self.urls["redis"],
            "AUTERITY_SMTP_URL": self.urls["smtp"],
            "AUTERITY_AI_BASE_URL": self.urls["ai"],
            "AUTERITY_SECRET_KEY_FILE": str(self._secret_key()),
            "AUTERITY_HTTP_LISTEN": f"127.0.0.1:{self.ports['app']}",
            "AUTERITY_HTTP_INTERNAL_LISTEN": f"127.0.0.1:{self.ports['metrics']}",
            "AUTERITY_HTTP_PUBLIC_URL": self.app,
            "AUTERITY_HTTP_BASE_DOMAIN": "localhost",
            "AUTERITY_WEB_ROOT": str(WEB / "dist"),
        }
        usual = {
            "AUTERITY_MAIL_FROM": "Auterity <no-reply@auterity.localhost>",
            # Everybody on this machine is one network.
            "AUTERITY_SIGNUPS_HOURLY": "1000",
            "AUTERITY_SIGNUPS_PER_NETWORK_HOURLY": "1000",
        }
        if self.simulated:
            usual |= {
                "AUTERITY_AI_API_KEY": "simulated",
                "AUTERITY_AI_MODEL": "simulator-1",
                "AUTERITY_AI_SIMULATED": "true",
            }
        if "sms" in self.urls:
            usual |= {
                "AUTERITY_SMS_BASE_URL": self.urls["sms"],
                "AUTERITY_SMS_ACCOUNT_SID": SMS_ACCOUNT,
                "AUTERITY_SMS_SECRET": "simulated",
                "AUTERITY_SMS_FROM": "+15005550006",
                "AUTERITY_SMS_SIMULATED": "true",
            }
        if self.mail:
            usual |= {"AUTERITY_MAIL_SIMULATED": "true"}
        kept.pop("AUTERITY_SECRET_KEY", None)
        return client.plain_environment() | usual | kept | decided | self.extra

    def pid_of(self, name: str) -> int:
        """The process of a service that was started."""
        return next(c.process.pid for c in self.supervisor.children if c.name == name)

    def test_variables(self) -> dict[str, str]:
        """What tests need to find this environment's services."""
        found = {
            "AUTERITY_TEST_DATABASE_URL": self.urls["postgres"],
            "AUTERITY_TEST_REDIS_URL": self.urls["redis"],
            "AUTERITY_TEST_MAILDEV_SMTP_URL": self.urls["smtp"],
            "AUTERITY_TEST_MAILDEV_URL": self.mail or "",
        }
        if "ai" in self.urls:
            found["AUTERITY_TEST_AI_BASE_URL"] = self.urls["ai"]
        return found

    def start_server(self, program: Path | None = None) -> None:
        """Migrates and starts the server."""
        program = program or binary()
        variables = self.server_variables()
        services.migrate(self.layout, program, variables)
        services.start_server(self.supervisor, program, variables, self.ports["app"])

    def write_addresses(self, demo: dict[str, str] | None) -> dict[str, Any]:
        """Writes the addresses for people and programs that want to use this environment."""
        found = {
            "app": self.app,
            "metrics": self.metrics,
            "mail": self.mail,
            "smtp": self.urls["smtp"],
            "simulator": self.urls["ai"].removesuffix("/v1") if self.simulated else None,
            "texts": self._texts(),
            "postgres": self.urls["postgres"],
            "redis": self.urls["redis"],
            "demo": demo,
        }
        self.layout.addresses.touch(mode=0o600)
        self.layout.addresses.write_text(json.dumps(found, indent=2) + "\n")
        return found

    def _texts(self) -> str | None:
        """Where to read the texts that were sent; nothing when they really are."""
        if "sms" not in self.urls:
            return None
        return f"{self.urls['sms']}/2010-04-01/Accounts/{SMS_ACCOUNT}/Messages.json"

    def _secret_key(self) -> Path:
        path = self.layout.secret_key
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
        return path
