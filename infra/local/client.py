"""A small JSON client on urllib, enough for the public API and the mail catcher."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """An answer that is not 2xx."""

    def __init__(self, status: int, method: str, url: str, body: str) -> None:
        super().__init__(f"{method} {url} answered {status}: {body[:600]}")
        self.status = status


# A proxy of the machine has no business between local services.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def send(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    content_type: str | None = None,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """Sends a request and decodes the JSON answer (None when it is empty)."""
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        # Browsers know where that is; a minimal machine's resolver may not.
        parts = parts._replace(netloc=f"127.0.0.1:{parts.port or 80}")
    request = urllib.request.Request(parts.geturl(), data=body, method=method)
    request.add_header("Host", urllib.parse.urlsplit(url).netloc)
    request.add_header("Accept", "application/json")
    if content_type:
        request.add_header("Content-Type", content_type)
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with _opener.open(request, timeout=30) as response:
            answer = response.read()
    except urllib.error.HTTPError as refused:
        text = refused.read().decode(errors="replace")
        raise ApiError(refused.code, method, url, text) from refused
    return json.loads(answer) if answer else None


def call(
    method: str,
    url: str,
    body: Any = None,
    *,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """Sends JSON and decodes the JSON answer."""
    data = None if body is None else json.dumps(body).encode()
    content_type = None if body is None else "application/json"
    return send(method, url, body=data, content_type=content_type, token=token, headers=headers)


def is_up(url: str) -> bool:
    """True when the address answers with success."""
    try:
        send("GET", url)
    except ValueError:
        return True
    except (OSError, ApiError):
        return False
    return True


def plain_environment() -> dict[str, str]:
    """This process's environment without AUTERITY_ variables, of which the server is strict."""
    return {k: v for k, v in os.environ.items() if not k.startswith("AUTERITY_")}
