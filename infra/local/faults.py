"""Kills workers, and crashes Postgres and Redis, at random moments under load; then counts.

What must come out: every acknowledged trigger has exactly one run, every run has ended well, and
every order has had exactly one mail, one text and one call.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
import signal
import statistics
import subprocess
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import client
import install
import services
from environment import Environment
from install import say
from layout import FAULTS, ROOT, Problem
from process import Child
from receivers import Books, Receivers

REPORT = ROOT / "docs" / "faults.md"
DEFINITION = Path(__file__).resolve().parent / "faults-workflow.json"
WORKERS = 3
# The shortest lease that is allowed, so that many takeovers fit into the time there is.
LEASE_SECONDS = 5


@dataclass(frozen=True)
class Plan:
    """What is done to the system, and how much it has to do meanwhile."""

    kills: int
    restarts: int
    rate: float
    seed: int


@dataclass
class Outcome:
    """What was counted at the end."""

    acknowledged: int = 0
    refused_meanwhile: int = 0
    lost: list[str] = field(default_factory=list)
    started_twice: list[str] = field(default_factory=list)
    not_succeeded: list[str] = field(default_factory=list)
    stuck: int = 0
    missing_effects: list[str] = field(default_factory=list)
    doubled_effects: list[str] = field(default_factory=list)
    settled_by_hand: int = 0
    repeated_under_one_key: int = 0
    takeovers: int = 0
    kills: int = 0
    server_kills: int = 0
    postgres_crashes: int = 0
    redis_restarts: int = 0
    seconds: float = 0
    seconds_to_end: list[float] = field(default_factory=list)

    @property
    def good(self) -> bool:
        faults = (self.lost, self.started_twice, self.not_succeeded)
        return not (any(faults) or self.stuck or self.missing_effects or self.doubled_effects)


def options(arguments: list[str]) -> tuple[Plan, bool]:
    """Reads the command line: the plan, and whether to write the report."""
    parser = argparse.ArgumentParser(prog="infra/local faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=300, help="kill -9 of workers")
    parser.add_argument("--restarts", type=int, default=20, help="of Postgres and of Redis, each")
    parser.add_argument("--rate", type=float, default=8, help="orders posted a second")
    parser.add_argument("--seed", type=int, default=None, help="repeats the moments of a run")
    parser.add_argument("--report", action="store_true", help="writes docs/faults.md")
    given = parser.parse_args(arguments)
    seed = given.seed if given.seed is not None else new_seed()
    return Plan(given.kills, given.restarts, given.rate, seed), given.report


def new_seed() -> int:
    """A seed that nobody has chosen; it is printed, so that a run can be repeated."""
    return random.SystemRandom().randrange(1 << 31)


def main(arguments: list[str]) -> int:
    """`make faults`."""
    plan, write_report = options(arguments)
    program = install.everything()
    outcome = run(plan, program)
    if write_report:
        REPORT.write_text(report(plan, outcome))
        say(f"\nwritten: {REPORT.relative_to(ROOT)}")
    return 0 if outcome.good else 1


def run(plan: Plan, program: Path) -> Outcome:
    """One fault run from an empty environment to the last count."""
    say(f"fault run: {plan.kills} kills, {plan.restarts} restarts each, seed {plan.seed}")
    books = Books(plan.seed)
    with Environment(FAULTS, disposable=False, fresh=True) as environment:
        receivers = Receivers(books)
        try:
            return Run(plan, environment, program, books, receivers).go()
        finally:
            receivers.close()


class Run:
    """The system under test, the load on it, and what is done to it."""

    def __init__(
        self, plan: Plan, environment: Environment, program: Path, books: Books, outside: Receivers
    ) -> None:
        self.plan = plan
        self.environment = environment
        self.program = program
        self.books = books
        self.outside = outside
        self.random = random.Random(plan.seed)
        self.outcome = Outcome()
        self.acknowledged: dict[str, str] = {}
        self.posting = True
        self.access = ""
        self.roles = itertools.cycle(["up", "serve"])

    def go(self) -> Outcome:
        began = time.monotonic()
        self._start_all()
        hook = self._workflow()
        poster = threading.Thread(target=self._post, args=(hook,), daemon=True)
        settler = threading.Thread(target=self._settle_for_ever, daemon=True)
        poster.start()
        settler.start()
        self._break_things()
        self.posting = False
        self.books.calm = True
        poster.join()
        self._wait_for_the_end()
        self._count()
        self.outcome.seconds = time.monotonic() - began
        self._say_outcome()
        return self.outcome

    def _start_all(self) -> None:
        environment = self.environment
        self.redis_port = environment.ports["redis"]
        environment.urls["postgres"] = environment.start_postgres()
        supervisor = environment.supervisor
        environment.urls["redis"] = services.start_redis(supervisor, self.redis_port)
        environment.urls["smtp"] = self.outside.smtp
        environment.simulated = True
        environment.urls["ai"] = services.start_simulator(
            supervisor, self.program, environment.ports["simulator"]
        )
        self.variables = environment.server_variables() | {
            "AUTERITY_OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8",
            "AUTERITY_HTTP_RATE_LIMITS": "false",
            "AUTERITY_WORK_LEASE_SECONDS": str(LEASE_SECONDS),
            "AUTERITY_SMS_BASE_URL": self.outside.http,
            "AUTERITY_SMS_ACCOUNT_SID": "AC" + "0" * 32,
            "AUTERITY_SMS_SECRET": "counted",
            "AUTERITY_SMS_FROM": "+15005550006",
        }
        services.migrate(environment.layout, self.program, self.variables)
        self.server = self._start_server()
        self.workers = [self._start_worker(number) for number in range(WORKERS)]
        self._start("tend", "tend")
        self._wait_ready()

    def _start_server(self) -> Child:
        supervisor = self.environment.supervisor
        # In turn a server that begins the runs it accepts, and one that leaves them to the workers.
        role = next(self.roles)
        return supervisor.start("server", [self.program, role], env=self.variables)

    def _start_worker(self, number: int) -> Child:
        return self._start(f"work-{number}", "work")

    def _start(self, name: str, role: str) -> Child:
        """A process that serves nobody."""
        variables = self.variables | {"AUTERITY_HTTP_INTERNAL_LISTEN": "127.0.0.1:0"}
        supervisor = self.environment.supervisor
        return supervisor.start(name, [self.program, role], env=variables)

    def _wait_ready(self) -> None:
        ready = f"{self.environment.app}/health/ready"
        _until(lambda: client.is_up(ready), "the server being ready", 60)

    # -- the dealership and its workflow -------------------------------------------------------

    def _workflow(self) -> str:
        api = f"{self.environment.app}/api/v1"
        email, password = "dana@faults.example", "correct horse battery"
        person = {"name": "Dana", "email": email}
        group = {"group_name": "Faults", "dealership_name": "Faults Motors"}
        client.call("POST", f"{api}/signup", group | person)
        _until(lambda: email in self.books.letters, "the verification mail", 30)
        letter = self.books.letters[email].replace("=\n", "").replace("=3D", "=")
        found = re.search(r"#token=([A-Za-z0-9]+)", letter)
        if found is None:
            raise Problem("the verification mail has no token")
        body = {"token": found[1], "password": password, "token_delivery": "body"}
        session = client.call("POST", f"{api}/signup/verify", body)
        self.login = {"tenant": session["tenant"]["slug"], "email": email, "password": password}
        self.access = session["access_token"]
        self._lift_limits(self.login["tenant"])
        definition = DEFINITION.read_text().replace("http://receiver", self.outside.http)
        made = client.call("POST", f"{api}/workflows", {"name": "Orders"}, token=self.access)
        path = f"{api}/workflows/{made['id']}"
        draft = {"definition": json.loads(definition)}
        saved = client.call("PUT", f"{path}/draft", draft, token=self.access)
        if saved.get("findings"):
            raise Problem(f"the workflow of the fault run has findings: {saved['findings']}")
        client.call("POST", f"{path}/publish", {}, token=self.access)
        workflow = client.call("GET", path, token=self.access)
        return next(str(one["url"]) for one in workflow["triggers"] if one.get("url"))

    def _lift_limits(self, slug: str) -> None:
        """Every run of the load sends a mail and a text; a fresh dealership may send few a day."""
        command = [str(self.program), "admin", "set-limits", slug]
        for limit in ("texts", "mails"):
            command += [f"--{limit}-per-day", "1000000"]
        done = subprocess.run(command, env=self.variables, capture_output=True, text=True)
        if done.returncode != 0:
            raise Problem(f"the limits could not be lifted: {done.stderr}")

    # -- load ----------------------------------------------------------------------------------

    def _post(self, hook: str) -> None:
        """Posts orders as a provider does: again, under the same name, until one is taken."""
        number = 0
        senders: list[threading.Thread] = []
        while self.posting:
            number += 1
            sender = threading.Thread(target=self._deliver, args=(hook, f"o{number}"), daemon=True)
            sender.start()
            senders.append(sender)
            time.sleep(self.plan.rate and 1 / self.plan.rate)
        for sender in senders:
            sender.join()

    def _deliver(self, hook: str, name: str) -> None:
        body = {"order": name, "email": f"{name}@buyer.example", "phone": "+12025550143"}
        body["items"] = [{"part": f"{name}-{part}"} for part in range(3)]
        while True:
            try:
                headers = {"X-Delivery-Id": name}
                answer = client.call("POST", hook, body, headers=headers)
                self.acknowledged[name] = answer["execution_id"]
                return
            except (OSError, ValueError, client.ApiError):
                self.outcome.refused_meanwhile += 1
                time.sleep(0.2)

    # -- faults --------------------------------------------------------------------------------

    def _break_things(self) -> None:
        plan = self.plan
        deeds = ["worker"] * plan.kills + ["postgres", "redis"] * plan.restarts
        deeds += ["server"] * (plan.kills // 10)
        self.random.shuffle(deeds)
        for number, deed in enumerate(deeds, 1):
            time.sleep(0.1 + self.random.random() * 0.9)
            getattr(self, f"_break_{deed}")()
            if number % 25 == 0:
                say(f"  {number} of {len(deeds)} faults, {len(self.acknowledged)} orders taken")

    def _break_worker(self) -> None:
        number = self.random.randrange(WORKERS)
        self.environment.supervisor.kill(self.workers[number])
        self.workers[number] = self._start_worker(number)
        self.outcome.kills += 1

    def _break_server(self) -> None:
        self.environment.supervisor.kill(self.server)
        self.server = self._start_server()
        self.outcome.server_kills += 1

    def _break_postgres(self) -> None:
        """Postgres ends without a checkpoint, as in a crash, and recovers from its log."""
        self.environment.restart_postgres(signal.SIGQUIT)
        self.outcome.postgres_crashes += 1
        self._revive()

    def _break_redis(self) -> None:
        supervisor = self.environment.supervisor
        child = next(one for one in supervisor.children if one.name == "redis")
        supervisor.kill(child)
        time.sleep(self.random.random())
        services.start_redis(supervisor, self.redis_port)
        self.outcome.redis_restarts += 1
        self._revive()

    def _revive(self) -> None:
        """A process that ended by itself is started again, as an orchestrator would."""
        supervisor = self.environment.supervisor
        for number, worker in enumerate(self.workers):
            if worker.process.poll() is not None:
                supervisor.kill(worker)
                self.workers[number] = self._start_worker(number)
        if self.server.process.poll() is not None:
            supervisor.kill(self.server)
            self.server = self._start_server()

    # -- effects of which nobody knows ---------------------------------------------------------

    def _settle_for_ever(self) -> None:
        while True:
            try:
                self._settle()
            except (OSError, ValueError, Problem, client.ApiError):
                # Whatever is broken right now is mended soon.
                pass
            time.sleep(1)

    def _settle(self) -> None:
        """Does what a person would: looks whether it arrived, and says so."""
        rows = self._query(
            "SELECT f.execution_id, f.key, f.kind, coalesce(f.request->'body'->>'order', e.input->>'order')"
            " FROM execution_effects f JOIN workflow_executions e ON e.id = f.execution_id"
            " WHERE f.state = 'unknown' AND f.settlement IS NULL"
        )
        for row in rows:
            execution, key, kind, order = row.split("|")
            book = {"email": self.books.mails, "sms": self.books.texts}
            arrived = book.get(kind, self.books.single_calls)[order] > 0
            arrived |= kind == "http" and key in self.books.keyed_calls.get(order, {})
            path = f"{self.environment.app}/api/v1/executions/{execution}/effects/{key}/settle"
            body = {"outcome": "sent" if arrived else "not_sent"}
            try:
                client.call("POST", path, body, token=self.access)
                self.outcome.settled_by_hand += 1
            except client.ApiError as refused:
                if refused.status == 401:
                    login = f"{self.environment.app}/api/v1/auth/login"
                    self.access = client.call("POST", login, self.login)["access_token"]

    # -- the end -------------------------------------------------------------------------------

    def _wait_for_the_end(self) -> None:
        """Gives the runs what they may take: the longest wait of the workflow and a takeover."""
        open_runs = (
            "SELECT count(*) FROM workflow_executions"
            " WHERE status NOT IN ('succeeded', 'failed', 'cancelled')"
        )
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            if self._query(open_runs) == ["0"]:
                return
            time.sleep(0.5)
        self.outcome.stuck = int(self._query(open_runs)[0])

    def _count(self) -> None:
        outcome = self.outcome
        outcome.acknowledged = len(self.acknowledged)
        runs: dict[str, list[tuple[str, str]]] = {}
        for row in self._query(
            "SELECT input->>'order', id, status, extract(epoch FROM ended_at - created_at)"
            " FROM workflow_executions WHERE parent_execution_id IS NULL"
        ):
            order, execution, status, seconds = row.split("|")
            runs.setdefault(order, []).append((execution, status))
            if seconds:
                outcome.seconds_to_end.append(float(seconds))
        for order, execution in self.acknowledged.items():
            found = runs.get(order, [])
            if execution not in [one for one, _ in found]:
                outcome.lost.append(order)
            if len(found) > 1:
                outcome.started_twice.append(order)
            if any(status != "succeeded" for _, status in found):
                outcome.not_succeeded.append(order)
            self._count_effects(order)
        taken = self._query("SELECT count(*) FROM execution_events WHERE kind = 'lease_taken'")
        outcome.takeovers = int(taken[0])

    def _count_effects(self, order: str) -> None:
        books = self.books
        single = {"mail": books.mails, "text": books.texts, "call": books.single_calls}
        for what, book in single.items():
            if book[order] == 0:
                self.outcome.missing_effects.append(f"{what} of {order}")
            if book[order] > 1:
                self.outcome.doubled_effects.append(f"{book[order]} × {what} of {order}")
        names = [order, *(f"{order}-{part}" for part in range(3))]
        for name in names:
            keys = books.keyed_calls.get(name, {})
            if len(keys) == 0:
                self.outcome.missing_effects.append(f"keyed call of {name}")
            if len(keys) > 1:
                self.outcome.doubled_effects.append(f"keyed call of {name} under {len(keys)} keys")
            self.outcome.repeated_under_one_key += sum(count - 1 for count in keys.values())

    def _query(self, sql: str) -> list[str]:
        """Asks the dealership's schema; rows as psql prints them."""
        answer = self.environment.query(f"SET search_path = {self._schema()}; {sql}")
        return [line for line in answer.splitlines() if line and line != "SET"]

    def _schema(self) -> str:
        if not hasattr(self, "_schema_name"):
            sql = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 't\\_%'"
            self._schema_name = self.environment.query(sql)
        return self._schema_name

    def _say_outcome(self) -> None:
        for line in summary(self.plan, self.outcome):
            say(line)


def summary(plan: Plan, outcome: Outcome) -> list[str]:
    """The counts, a line each."""
    ends = sorted(outcome.seconds_to_end) or [0.0]
    p99 = ends[min(len(ends) - 1, int(len(ends) * 0.99))]
    return [
        f"seed {plan.seed}, {outcome.seconds:.0f} s",
        f"{outcome.kills} kills of workers, {outcome.server_kills} of the server,"
        f" {outcome.postgres_crashes} crashes of Postgres, {outcome.redis_restarts} of Redis",
        f"{outcome.acknowledged} orders acknowledged,"
        f" {outcome.refused_meanwhile} deliveries had to be repeated",
        f"lost {len(outcome.lost)}, started twice {len(outcome.started_twice)},"
        f" stuck {outcome.stuck}, not succeeded {len(outcome.not_succeeded)}",
        f"effects: missing {len(outcome.missing_effects)}, doubled {len(outcome.doubled_effects)},"
        f" settled by a person {outcome.settled_by_hand},"
        f" repeated under their own key {outcome.repeated_under_one_key}",
        f"runs taken over {outcome.takeovers}; from accepted to ended:"
        f" median {statistics.median(ends):.1f} s, p99 {p99:.1f} s, longest {ends[-1]:.1f} s",
        *(f"  {name}: {found[:10]}" for name, found in asdict(outcome).items() if _is_fault(name, found)),
        "good" if outcome.good else "NOT GOOD",
    ]


def _is_fault(name: str, found: Any) -> bool:
    return isinstance(found, list) and bool(found) and name != "seconds_to_end"


def report(plan: Plan, outcome: Outcome) -> str:
    """The page about the latest full run."""
    lines = "\n".join(f"- {line.strip()}" for line in summary(plan, outcome))
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return f"""# Faults

What happens to runs when the processes under them are killed. `make faults` repeats this; it
prints its seed, and `python3 -B infra/local faults --seed <seed>` repeats the order of the faults
(not the moment in the life of each run, which is the scheduler's). A short run is part of
`make test`.

The system: one server (`auterity up`, which begins the runs it accepts, and `auterity serve` in
turn), {WORKERS} × `auterity work` with a lease of {LEASE_SECONDS} s, Postgres with fsync on, Redis.
The load: {plan.rate:g} orders a second at a webhook, delivered again under the same name until one
is acknowledged. Each run computes, calls out with a key, calls out without one, sends a mail and a
text, loops over three parts with a call each, waits, and ends. The receivers count; one call in
sixteen they refuse or cut off. The faults, in random order,
0.1 to 1 s apart: `kill -9` of a worker or the server, Postgres ended without a checkpoint, Redis
killed and gone for up to a second.

Counted: **lost** is an acknowledged order without its run; **stuck** is a run that has not ended 90 s
after the last fault; **doubled** is a mail, a text or a call without a key that arrived twice, or a
call under two keys. An effect of which a crash left no outcome asks a person (`unknown`); here a
script looks into the receivers' books and answers, as a person would.

## The latest full run, {day}

{lines}
"""


def _until(condition: Any, what: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Problem(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(0.1)
