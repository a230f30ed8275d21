"""Stand-ins for the outside world that count what reaches them: mails, texts and HTTP calls."""

from __future__ import annotations

import email.utils
import json
import random
import socketserver
import sys
import threading
import time
import urllib.parse
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Books:
    """What arrived, by the name of the order that it belongs to."""

    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)
        self.mails: Counter[str] = Counter()
        self.texts: Counter[str] = Counter()
        self.single_calls: Counter[str] = Counter()
        # Calls that may be repeated count by their key: the other side honours it.
        self.keyed_calls: dict[str, Counter[str]] = {}
        self.letters: dict[str, str] = {}
        self.calm = False

    def count(self, book: Counter[str], name: str) -> None:
        with self._lock:
            book[name] += 1

    def count_keyed(self, name: str, key: str) -> None:
        with self._lock:
            self.keyed_calls.setdefault(name, Counter())[key] += 1

    def keep_letter(self, to: str, text: str) -> None:
        with self._lock:
            self.letters[to] = text

    def mood(self) -> str:
        """How the next call is treated: well, slowly, refused, or cut off before it is done."""
        with self._lock:
            drawn = 0.0 if self.calm else self._random.random()
            pause = self._random.random() * 0.2
        if drawn > 0.5:
            time.sleep(pause)
        if drawn > 0.97:
            return "cut off"
        return "refused" if drawn > 0.94 else "well"


class Receivers:
    """The servers, each on a port of its own of the loopback interface."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self._smtp = _Smtp(("127.0.0.1", 0), _SmtpSession)
        self._smtp.books = books
        self._http = _Http(("127.0.0.1", 0), _HttpSession)
        self._http.books = books
        for server in (self._smtp, self._http):
            threading.Thread(target=server.serve_forever, daemon=True).start()

    @property
    def smtp(self) -> str:
        return f"smtp://127.0.0.1:{self._smtp.server_address[1]}?tls=none"

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def close(self) -> None:
        for server in (self._smtp, self._http):
            server.shutdown()
            server.server_close()


class _Smtp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    books: Books


class _SmtpSession(socketserver.StreamRequestHandler):
    """Enough of RFC 5321 for a client that speaks it properly."""

    server: _Smtp

    def handle(self) -> None:
        try:
            self._converse()
        except OSError:
            pass

    def _converse(self) -> None:
        self._say("220 receiver")
        while line := self.rfile.readline():
            verb = line[:4].decode(errors="replace").upper()
            if verb == "EHLO":
                self._say("250-receiver\r\n250 8BITMIME")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            elif verb == "DATA":
                # Refused or cut off before the mail is taken: nothing has happened then.
                mood = self.server.books.mood()
                if mood == "cut off":
                    return
                if mood == "refused":
                    self._say("451 come back later")
                    continue
                self._say("354 go on")
                self._take()
                self._say("250 taken")
            else:
                self._say("250 fine")

    def _take(self) -> None:
        lines: list[str] = []
        while (raw := self.rfile.readline()).rstrip(b"\r\n") != b".":
            if not raw:
                raise OSError("the client went away before the mail was complete")
            lines.append(raw.decode(errors="replace").rstrip("\r\n"))
        to = next((one for one in lines if one.lower().startswith("to:")), "")
        address = email.utils.parseaddr(to.partition(":")[2])[1]
        books = self.server.books
        books.keep_letter(address, "\n".join(lines))
        books.count(books.mails, address.partition("@")[0])

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    books: Books

    def handle_error(self, request: object, client_address: object) -> None:
        """A worker that was killed leaves a broken connection; that is the point of the run."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _HttpSession(BaseHTTPRequestHandler):
    """Orders under /keyed and /single, and text messages where Twilio's API has them."""

    server: _Http
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        try:
            self._take()
        except OSError:
            # Whoever called was killed before it heard the answer.
            self.close_connection = True

    def _take(self) -> None:
        books = self.server.books
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode(errors="replace")
        mood = books.mood()
        if mood == "cut off":
            self.close_connection = True
            self.connection.close()
            return
        if mood == "refused":
            self._answer(503, {"message": "come back later"})
        elif self.path.endswith("/Messages.json"):
            form = dict(urllib.parse.parse_qsl(body))
            name = form.get("Body", "").split()[-1]
            books.count(books.texts, name)
            self._answer(201, {"sid": f"SM{name}", "status": "queued", "to": form.get("To")})
        elif self.path == "/keyed":
            name = json.loads(body)["order"]
            books.count_keyed(name, self.headers.get("Idempotency-Key", ""))
            self._answer(200, {"taken": name})
        else:
            name = json.loads(body)["order"]
            books.count(books.single_calls, name)
            self._answer(200, {"taken": name})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: what matters is counted."""
