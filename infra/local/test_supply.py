"""Advisories, versions and lock files, with entries that are made up."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
import unittest
from datetime import date
from pathlib import Path
from unittest import mock

import advisories
import check
import locks
import versions
from advisories import Advisory, Ignored

TODAY = date(2026, 12, 1)

CARGO_LOCK = """
[[package]]
name = "ours"
version = "0.1.0"
dependencies = ["direct", "twice 2.0.0"]

[[package]]
name = "direct"
version = "1.4.2"
source = "registry+https://github.com/rust-lang/crates.io-index"
dependencies = ["hidden"]

[[package]]
name = "hidden"
version = "0.3.1"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "twice"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "twice"
version = "2.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
"""


def entry(package: str, patched: str, informational: str = "") -> str:
    """A file as RustSec's database has them."""
    more = f'informational = "{informational}"\n' if informational else ""
    return (
        f'```toml\n[advisory]\nid = "RUSTSEC-2026-9999"\npackage = "{package}"\n{more}'
        f'[versions]\npatched = [{patched}]\n```\n\n# It breaks\n\nText.\n'
    )


class RustAdvisories(unittest.TestCase):
    def setUp(self) -> None:
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.database = Path(made.name)

    def found(self, text: str, ignored: list[Ignored] | None = None) -> list[str]:
        file = self.database / "crates" / "any" / "RUSTSEC-2026-9999.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        known = advisories.matches(
            advisories.crates(CARGO_LOCK), advisories.rustsec(self.database)
        )
        direct = advisories.workspace_crates(CARGO_LOCK)
        return advisories.findings(known, direct, ignored or [], TODAY)

    def test_a_vulnerable_crate_is_refused_wherever_it_is(self) -> None:
        (finding,) = self.found(entry("hidden", '">= 0.3.2"'))
        self.assertEqual(finding, "hidden 0.3.1: RUSTSEC-2026-9999, vulnerability: It breaks")

    def test_a_patched_version_passes(self) -> None:
        self.assertEqual(self.found(entry("hidden", '"^0.2.9", ">= 0.3.1"')), [])

    def test_each_version_is_looked_at_by_itself(self) -> None:
        (finding,) = self.found(entry("twice", '">= 2"'))
        self.assertIn("twice 1.0.0", finding)

    def test_what_nobody_maintains_counts_where_we_name_it(self) -> None:
        self.assertEqual(len(self.found(entry("direct", "", "unmaintained"))), 1)
        self.assertEqual(self.found(entry("hidden", "", "unmaintained")), [])
        self.assertEqual(self.found(entry("twice", '">= 2"', "unsound")), [])

    def test_what_is_ignored_needs_a_day_that_has_not_come(self) -> None:
        vulnerable = entry("hidden", "")
        until = [Ignored("RUSTSEC-2026-9999", "we never call it; until 2027-03-31")]
        self.assertEqual(self.found(vulnerable, until), [])
        over = [Ignored("RUSTSEC-2026-9999", "we never call it; until 2026-11-30")]
        self.assertIn("decide again", self.found(vulnerable, over)[0])
        for_ever = [Ignored("RUSTSEC-2026-9999", "we never call it")]
        self.assertIn("until when", self.found(vulnerable, for_ever)[0])

    def test_an_exception_that_is_needed_no_more_is_refused(self) -> None:
        left = [Ignored("RUSTSEC-2026-9999", "until 2027-03-31")]
        self.assertIn("take it out", self.found(entry("hidden", '">= 0.3"'), left)[0])

    def test_an_empty_database_is_not_taken_for_a_clean_one(self) -> None:
        with self.assertRaises(check.Problem):
            list(advisories.rustsec(self.database))


class Fetching(unittest.TestCase):
    def test_what_is_fetched_replaces_what_was_there_and_nothing_else_is_unpacked(self) -> None:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            archive, npm = folder / "db.tar.gz", folder / "npm.json"
            npm.write_text('{"left": {"vulnerabilities": [{"below": "2.0.0", "info": ["link"]}]}}')
            with tarfile.open(archive, "w:gz") as packed:
                for name in ("crates/hidden/RUSTSEC-2026-9999.md", "README.md", "../../out.md"):
                    content = entry("hidden", "").encode()
                    member = tarfile.TarInfo(f"advisory-db-main/{name}")
                    member.size = len(content)
                    packed.addfile(member, io.BytesIO(content))
            old = folder / "kept" / "rustsec" / "crates" / "gone--RUSTSEC-2020-0001.md"
            old.parent.mkdir(parents=True)
            old.write_text("")
            sources = {
                "RUSTSEC": archive.as_uri(),
                "RETIRE": npm.as_uri(),
                "FETCHED": folder / "kept",
            }
            with mock.patch.multiple(advisories, **sources), mock.patch.dict(os.environ):
                os.environ.pop("AUTERITY_TEST_ADVISORIES", None)
                advisories.fetch()
                self.assertEqual(advisories.folder(), folder / "kept")
            known = list(advisories.rustsec(folder / "kept" / "rustsec"))
            self.assertEqual([advisory.package for advisory in known], ["hidden"])
            (left,) = advisories.retire(folder / "kept" / advisories.RETIRE_FILE)
            self.assertTrue(left.affects("1.9.9") and not left.affects("2.0.0"))
            self.assertFalse((folder / "out.md").exists())


class NpmAdvisories(unittest.TestCase):
    LOCK = """{"packages": {
        "": {"name": "web"},
        "node_modules/left": {"version": "4.17.20"},
        "node_modules/a/node_modules/@scope/left": {"version": "2.0.0-beta.1"}}}"""

    def found(self, advisory: Advisory) -> list[str]:
        known = advisories.matches(advisories.npm_packages(self.LOCK), [advisory])
        return advisories.findings(known, set(), [], TODAY)

    def test_a_version_within_the_bounds_is_refused(self) -> None:
        def about(package: str, low: str, high: str) -> Advisory:
            return Advisory("GHSA-x", package, "", "vulnerability", at_or_above=low, below=high)

        self.assertEqual(len(self.found(about("left", "", "4.17.21"))), 1)
        self.assertEqual(self.found(about("left", "", "4.17.20")), [])
        self.assertEqual(self.found(about("left", "4.17.21", "5.0.0")), [])
        self.assertEqual(len(self.found(about("@scope/left", "1.0.0", "2.0.0"))), 1)


class Requirements(unittest.TestCase):
    def test_they_are_read_as_cargo_reads_them(self) -> None:
        for version, requirement, met in [
            ("1.2.3", ">= 1.2, < 2", True),
            ("2.0.0", ">= 1.2, < 2", False),
            ("1.9.0", "1.2", True),
            ("2.0.0", "1.2", False),
            ("0.3.9", "^0.3.1", True),
            ("0.4.0", "^0.3.1", False),
            ("0.0.4", "^0.0.3", False),
            ("1.2.9", "~1.2.1", True),
            ("1.3.0", "~1.2.1", False),
            ("1.0.0-rc.2", ">= 1.0.0", False),
            ("1.0.0-rc.10", "> 1.0.0-rc.9", True),
            ("2.0.0-alpha.1", "^1.2", False),
            ("1.0.0+build.5", "=1.0.0", True),
        ]:
            with self.subTest(version=version, requirement=requirement):
                self.assertEqual(versions.meets(version, requirement), met)


class LockFiles(unittest.TestCase):
    GOOD = {"version": "1.0.0", "integrity": "sha512-aaaa"}

    def test_a_package_without_a_hash_or_from_elsewhere_is_refused(self) -> None:
        self.assertEqual(locks.faults_of({"": {}, "node_modules/a": self.GOOD}), [])
        bare = {"node_modules/a": {"version": "1.0.0"}}
        self.assertEqual(len(locks.faults_of(bare)), 1)
        plain = {"node_modules/a": self.GOOD | {"resolved": "http://elsewhere.example/a.tgz"}}
        self.assertEqual(len(locks.faults_of(plain)), 1)

    def test_what_is_installed_is_what_is_locked(self) -> None:
        locked = {"node_modules/a": self.GOOD}
        self.assertEqual(locks.differences(locked, locked), ([], []))
        other = {"node_modules/a": self.GOOD | {"integrity": "sha512-bbbb"}}
        self.assertEqual(len(locks.differences(locked, other)[0]), 1)
        more = locked | {"node_modules/b": self.GOOD}
        self.assertEqual(len(locks.differences(locked, more)[0]), 1)
        binary = locked | {"node_modules/b-linux-x64": self.GOOD | {"optional": True}}
        self.assertEqual(len(locks.differences(locked, binary)[1]), 1)


if __name__ == "__main__":
    unittest.main()
