"""Ports on the loopback interface: the usual ones, or others when those are taken."""

from __future__ import annotations

import json
import socket

from layout import Layout

USUAL = {
    "app": 8080,
    "metrics": 9464,
    "postgres": 55432,
    "redis": 56379,
    "mail_web": 51080,
    "mail_smtp": 51025,
    "simulator": 54010,
}


def is_free(port: int) -> bool:
    """True when a server could listen on the port right now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """True when something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def choose(layout: Layout) -> dict[str, int]:
    """Picks a port per service and remembers it, so that addresses survive a restart."""
    try:
        saved = json.loads(layout.ports.read_text())
    except (OSError, ValueError):
        saved = {}
    chosen: dict[str, int] = {}
    for name, usual in USUAL.items():
        first = usual + layout.port_offset
        wishes = [saved.get(name, first), first, *range(first + 1000, 65536, 1000)]
        taken = set(chosen.values())
        chosen[name] = next(p for p in wishes if p not in taken and is_free(p))
    layout.ports.write_text(json.dumps(chosen, indent=2) + "\n")
    return chosen
