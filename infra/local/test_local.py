"""`python3 -m unittest` in this folder: what can be checked without starting anything."""

from __future__ import annotations

import contextlib
import io
import socket
import sys
import tempfile
import unittest
from pathlib import Path

import check
import demo
import dependencies
import ports
import process
from layout import Layout, Problem


class Licences(unittest.TestCase):
    ALLOWED = {"MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"}

    def test_either_side_of_or_is_enough(self) -> None:
        self.assertTrue(dependencies.satisfies("GPL-3.0 OR MIT", self.ALLOWED))
        self.assertTrue(dependencies.satisfies("MIT/GPL-3.0", self.ALLOWED))

    def test_and_needs_both(self) -> None:
        self.assertFalse(dependencies.satisfies("MIT AND GPL-3.0", self.ALLOWED))
        self.assertTrue(dependencies.satisfies("(GPL-3.0 OR MIT) AND Apache-2.0", self.ALLOWED))

    def test_an_exception_is_part_of_the_name(self) -> None:
        self.assertTrue(dependencies.satisfies("Apache-2.0 WITH LLVM-exception", self.ALLOWED))
        self.assertFalse(dependencies.satisfies("MIT WITH other-exception", self.ALLOWED))

    def test_no_licence_is_not_allowed(self) -> None:
        self.assertFalse(dependencies.satisfies("", self.ALLOWED))


class Folders(unittest.TestCase):
    def setUp(self) -> None:
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.layout = Layout("try", Path(made.name), 300)

    def test_a_taken_port_is_replaced_and_the_choice_kept(self) -> None:
        first = ports.choose(self.layout)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", first["app"]))
            taken.listen()
            second = ports.choose(self.layout)
        self.assertNotEqual(first["app"], second["app"])
        self.assertEqual(first["redis"], second["redis"])
        self.assertEqual(second, ports.choose(self.layout))

    def test_an_environment_is_held_by_one_process_at_a_time(self) -> None:
        with self.layout.lock(), self.assertRaises(Problem):
            self.layout.lock()


class Logs(unittest.TestCase):
    def test_a_log_is_read_by_its_owner_alone(self) -> None:
        with tempfile.TemporaryDirectory() as made:
            log = Path(made) / "server.log"
            log.touch(mode=0o644)
            for path in (log, log.with_name("new.log")):
                with process.open_log(path) as output:
                    output.write(b"started")
                self.assertEqual(path.stat().st_mode & 0o777, 0o600)
                self.assertEqual(path.read_bytes(), b"started")


class Leads(unittest.TestCase):
    def test_an_address_is_read_from_every_sample_that_has_one(self) -> None:
        found = {file.name: demo.addresses_in(file) for file in demo.LEADS.glob("*.xml")}
        self.assertGreaterEqual(len(found), 6)
        self.assertEqual(found.pop("06-phone-only.xml"), set())
        self.assertTrue(all(found.values()))

    def test_what_a_template_asks_without_a_default_is_answered(self) -> None:
        schema = {
            "required": ["to", "tone", "limit", "kept"],
            "properties": {
                "to": {"type": "string", "format": "email"},
                "tone": {"enum": ["warm", "brief"]},
                "limit": {"type": "integer", "minimum": 3},
                "kept": {"default": "x"},
            },
        }
        self.assertEqual(demo._parameters(schema), {"to": demo.EMAIL, "tone": "warm", "limit": 3})


class Summaries(unittest.TestCase):
    def test_how_a_failed_step_ended_is_said_after_all_steps(self) -> None:
        program = "print('the reason'); raise SystemExit(3)"
        with contextlib.redirect_stdout(io.StringIO()) as said:
            summary = check.Summary()
            summary.step("the broken one", check.command(sys.executable, "-c", program))
            summary.step("a good one", check.command(sys.executable, "-c", "print('fine')"))
            self.assertEqual(summary.close(), 1)
        end = said.getvalue().partition("fine")[2]
        self.assertIn("failed: the broken one", end)
        self.assertIn("the reason", end)
        self.assertIn("steps: 1 passed, 1 failed", end)


if __name__ == "__main__":
    unittest.main()
