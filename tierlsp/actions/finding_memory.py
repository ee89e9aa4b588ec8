"""What reviews found and what the person dismissed, kept from one session to the next.

Two files for each workspace, by its real path, that only the user can read. Neither holds source text but the few lines
that a finding quotes. A file that others could have written counts for nothing.

**Law:** a piece of code that was judged and has not changed is not paid for again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tierlsp.actions.findings import fingerprint_of, span_of_lines
from tierlsp.actions.review import PROMPT_VERSION
from tierlsp.actions.types import Category, Finding, Place, Severity, Span, TextEdit
from tierlsp.actions.units import Unit
from tierlsp.errors import SettingsError
from tierlsp.privacy.state_file import locked, why_not_private
from tierlsp.routing.facts import Kind
from tierlsp.settings.paths import cache_dir, state_dir, write_private

logger = logging.getLogger(__name__)

MOST_UNITS = 5_000
"""Pieces that are remembered for a workspace; the oldest go first. About a megabyte."""

MOST_DISMISSED = 5_000

_MAX_BYTES = 16_000_000
"""A larger file is none of ours."""

_DATED = re.compile(r"(?:[-@:_](?:\d{4}-\d{2}-\d{2}|\d{6,8}|latest|preview))+\Z")

Stored = dict[str, Any]
"""A finding as JSON, its lines counted from the first of its piece."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is known of a workspace."""

    units: Mapping[str, list[Stored]] = field(default_factory=dict)
    dismissed: frozenset[str] = frozenset()
    """Fingerprints."""


class Memory(Protocol):
    """What a review works with."""

    def load(self) -> Remembered:
        """Return what is known."""

    def keep(self, units: Mapping[str, list[Stored]]) -> None:
        """Keep what was found in pieces of code."""


def key_of(unit: Unit, kind: Kind, model: str, instruction: str) -> str:
    """Return under what the findings of `unit` are kept: its text, the model's family, the words that were used."""
    told = "\x1e".join((unit.digest, kind.value, family_of(model), str(PROMPT_VERSION), instruction.strip()))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def family_of(model: str) -> str:
    """Return the name of `backend/model` without who serves it and without its date."""
    return _DATED.sub("", model.rpartition("/")[2].lower())


def stored(finding: Finding, unit: Unit) -> Stored:
    """Return `finding` as it is kept."""
    return {
        "at": finding.span.start.line - unit.first,
        "lines": finding.span.end.line + 1 - finding.span.start.line,
        "message": finding.message,
        "severity": finding.severity.value,
        "category": finding.category.value,
        "confidence": finding.confidence,
        "evidence": list(finding.evidence),
        "cwe": finding.cwe,
        "fix": finding.fix.text if finding.fix else None,
    }


def recalled(value: Stored, unit: Unit) -> Finding | None:
    """Return the finding that was kept for `unit`, wherever that stands now; `None` for what cannot be read."""
    try:
        first = unit.first + int(value["at"])
        end = first + int(value["lines"])
        if not unit.first <= first < end <= unit.end:
            return None
        category, fix = Category(value["category"]), value["fix"]
        span = span_of_lines(unit.document, first, end)
        return Finding(
            span=span,
            message=str(value["message"]),
            severity=Severity(value["severity"]),
            category=category,
            confidence=int(value["confidence"]),
            evidence=tuple(map(str, value["evidence"])),
            fingerprint=fingerprint_of(unit.document, first, category, unit.document.lines[first:end]),
            cwe=None if value["cwe"] is None else int(value["cwe"]),
            fix=TextEdit(Span(Place(first, 0), span.end), fix) if isinstance(fix, str) else None,
        )
    except (KeyError, TypeError, ValueError):
        return None


class FindingMemory:
    """The two files of one workspace. Reading and writing touch the disk: call it in a thread."""

    def __init__(self, found: Path | None, dismissed: Path | None) -> None:
        """`None` where there is no such directory: then nothing is kept."""
        self._found = found
        self._dismissed = dismissed

    def load(self) -> Remembered:
        """Return what is known."""
        units = {key: value for key, value in _read(self._found).items() if isinstance(value, list)}
        return Remembered(units, frozenset(_read(self._dismissed)))

    def keep(self, units: Mapping[str, list[Stored]]) -> None:
        """Keep what was found in pieces of code. What cannot be written is only paid for again."""
        _update(self._found, units, MOST_UNITS)

    def dismiss(self, fingerprint: str) -> None:
        """Never show that finding again on that code."""
        _update(self._dismissed, {fingerprint: 1}, MOST_DISMISSED)

    def restore(self, fingerprint: str) -> bool:
        """Take a dismissal back; whether there was one."""
        if fingerprint not in _read(self._dismissed):
            return False
        return _update(self._dismissed, {}, MOST_DISMISSED, without=fingerprint)


def open_finding_memory(root: Path | None) -> FindingMemory:
    """Return the memory of the workspace at `root`."""
    name = hashlib.sha256(os.path.realpath(root or "/").encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return FindingMemory(_beside(cache_dir, "reviews", name), _beside(state_dir, "dismissed", name))


def _beside(directory: Callable[[], Path], kind: str, name: str) -> Path | None:
    try:
        return directory() / kind / f"{name}.json"
    except SettingsError:
        return None


def _read(path: Path | None) -> dict[str, Any]:
    """Return the entries of a file; none if it is not there, damaged, or not the user's alone."""
    if path is None:
        return {}
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return {}
    with os.fdopen(descriptor, "rb") as file:
        why_not = why_not_private(os.fstat(file.fileno()))
        if why_not:
            logger.warning("%s %s, so it counts for nothing", path, why_not)
            return {}
        try:
            tree = json.loads(file.read(_MAX_BYTES))
        except (OSError, ValueError, RecursionError):
            logger.warning("%s is damaged, so it counts for nothing", path)
            return {}
    entries = tree.get("entries") if isinstance(tree, dict) and tree.get("version") == 1 else None
    return entries if isinstance(entries, dict) else {}


def _update(path: Path | None, new: Mapping[str, Any], most: int, *, without: str = "") -> bool:
    """Write `new` into a file and take the entry `without` out; whether it was written."""
    if path is None or not (new or without):
        return False
    try:
        with locked(path.with_name(f".{path.name}.lock")):
            old = _read(path)
            # What is new comes last, and the first go.
            kept = ((key, value) for key, value in old.items() if key not in new and key != without)
            entries = [*kept, *new.items()]
            text = json.dumps({"version": 1, "entries": dict(entries[-most:])}, separators=(",", ":"))
            write_private(path, text, replace=True)
    except OSError as error:
        logger.warning("what was found cannot be kept in %s: %s", path, error.strerror)
        return False
    return True
