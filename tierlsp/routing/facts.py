"""What a decision rests on: counts and names, never a text.

Whoever asks fills them from what is at hand; to decide costs no look at a document.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tierlsp.routing.tiers import Tier


class Kind(StrEnum):
    """What is asked for. The same words are the actions' names."""

    REFACTOR = "refactor"
    REFACTOR_FILES = "refactorFiles"
    EXPLAIN = "explain"
    ASK = "ask"
    REVIEW = "review"
    AUDIT = "audit"
    FIX = "fix"
    TESTS = "tests"
    DOCS = "docs"
    NAMES = "names"
    SQL = "sql"
    PLAN = "plan"
    COMMIT = "commit"
    OWN = "own"
    """Any action of the person's own."""


class Scope(StrEnum):
    """How much code is meant."""

    SELECTION = "selection"
    SYMBOL = "symbol"
    """One function or method."""
    CLASS = "class"
    FILE = "file"
    FILES = "files"
    """Several files."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a decision may look at."""

    kind: Kind
    language: str
    """LSP's language identifier, such as `rust`; empty if unknown."""
    scope: Scope = Scope.SELECTION
    files: int = 1
    lines: int = 0
    """Lines of code that are meant."""
    prompt_tokens: int = 0
    """Estimated length of the whole prompt; of the longest one, where there are several calls."""
    spare_tokens: int = 0
    """Of these, what the prompt can do without: it is left out for a model with a small context, and rules none out."""
    highest_prompt_tokens: int = 0
    """The most that it can have to any model, for the highest price alone; 0 where only the estimate is known."""
    max_output_tokens: int = 0
    """The most that may be written."""
    likely_output_tokens: int = 0
    """What is usually written for such a request."""
    calls: int = 1
    """How many calls the work is done in, each with a prompt and an answer of at most these lengths."""
    errors: int = 0
    """Diagnostics of severity error in the range."""
    warnings: int = 0
    public_names: int = 0
    """Names in the range that code elsewhere can use."""
    areas: tuple[str, ...] = ()
    """What the paths show the code to be about, where a mistake is dear: `auth`, `crypto`, `payment` …, sorted."""
    rejections: int = 0
    """Answers for this place that were turned down or undone lately."""
    failures: int = 0
    """Answers for this request that did not pass verification."""
    last_tier: Tier | None = None
    """The tier that served this place last, kept where the score leaves both open."""
    can_verify: bool = False
    """Whether an answer can be checked without a person."""
    tier: Tier | None = None
    """The tier that the person asked for."""
    model: str | None = None
    """The `backend/model` that the person asked for."""
    may_use_cloud: bool = True
    """Whether anything may leave this machine (`privacy.cloud`, the workspace's consent, an excluded file)."""
