"""What `tierlsp doctor` finds: one line each, with how it is to be taken and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    NOTE = "note"
    """Nothing is wrong; something could be better."""
    FAULT = "fault"
    """Something that the settings name cannot serve."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    topic: str
    verdict: Verdict
    text: str
    """One sentence: what was found."""
    mend: str = ""
    """What to do about it, as a command or a sentence; empty if nothing."""
