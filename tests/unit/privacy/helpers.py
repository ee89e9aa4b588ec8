"""What the tests of the gate need: settings, a book and a log in a directory of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tierlsp.privacy.audit import AuditLog
from tierlsp.privacy.consent import Answer, ConsentBook
from tierlsp.privacy.exclude import Exclusion
from tierlsp.privacy.gate import Clearance, Gate
from tierlsp.privacy.outbound import Destination

CLOUD = Destination("openai", "api.openai.com", "gpt-5.4", is_local=False)
LOCAL = Destination("ollama", "127.0.0.1", "codestral:22b", is_local=True)
NOW = datetime(2026, 11, 26, 12, 0, 0, 250_000, tzinfo=UTC)


@dataclass(frozen=True)
class Privacy:
    cloud: Answer = "allow"
    redact: bool = True


def now() -> datetime:
    return NOW


@dataclass(frozen=True)
class Desk:
    """A gate over files in a temporary directory."""

    home: Path

    @property
    def root(self) -> Path:
        return self.home / "project"

    @property
    def book(self) -> ConsentBook:
        return ConsentBook(self.home / "state" / "consent.json")

    @property
    def audit_file(self) -> Path:
        return self.home / "state" / "audit.jsonl"

    def gate(
        self,
        cloud: Answer = "allow",
        *,
        redact: bool = True,
        exclude: Iterable[str] = ("**/.env*",),
        audit: AuditLog | None = None,
        known: Iterable[str] = (),
    ) -> Gate:
        log = audit or AuditLog(self.audit_file)
        return Gate(Exclusion(exclude), self.book, Privacy(cloud, redact), log, now, lambda: known)

    def begin(self, run: str = "run-1") -> Clearance:
        return self.gate().begin(self.root, run=run)
