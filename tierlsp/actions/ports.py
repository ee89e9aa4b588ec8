"""What a run works with, as it sees it: who decides, who calls, who lets text out and secrets back in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from tierlsp.actions.finding_memory import Memory
from tierlsp.actions.plan import Known
from tierlsp.actions.types import ActionRequest, Portion, Staged
from tierlsp.errors import TierlspError
from tierlsp.routing.calls import Caller
from tierlsp.routing.decision import Decision, Quote
from tierlsp.routing.facts import Facts


@dataclass(frozen=True, slots=True)
class Routed:
    """A decision and its price."""

    decision: Decision
    quote: Quote | None = None
    """Of the first candidate; `None` where there is none."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Where each candidate is, by `backend/model`."""
    here: frozenset[str] = frozenset()
    """The candidates on this machine."""
    higher_usd: Decimal | None = None
    """The most that one try of the tier above could cost, for the question whether to try it."""
    room_tokens: int | None = None
    """Where no model can take a prompt of this length: the longest that one on this machine could."""
    longest_tokens: int | None = None
    """The longest prompt that every one of the candidates can take; `None` where it is not known."""


class Router(Protocol):
    """Decides. It knows settings, keys, health and money, and makes no call."""

    async def route(self, request: ActionRequest, facts: Facts) -> Routed:
        """Return the decision for `facts`, and what it may cost."""


class Scrubs(Protocol):
    """Scrubs a text that comes in pieces (`privacy.gate.Scrubber`)."""

    def feed(self, piece: str) -> str:
        """Return what can be shown now."""

    def end(self) -> str:
        """Return what was held back."""


class Restores(Protocol):
    """What happens to placeholders in answers (`privacy.gate.Clearance`)."""

    def restore_edit(self, text: str, path: Path | None) -> str:
        """Return new text for the file at `path` with its own secrets put back.

        Raises:
            AlteredPlaceholder: one has been changed, multiplied or moved.
        """

    def scrub(self, text: str) -> str:
        """Return `text` fit to be shown."""

    def scrubber(self) -> Scrubs:
        """Return what scrubs a text that comes in pieces."""


@dataclass(frozen=True, slots=True)
class Way:
    """What one run works with: caller and clearance belong together."""

    caller: Caller
    clearance: Restores


class Opens(Protocol):
    """Begins runs."""

    def __call__(self, request: ActionRequest) -> Way:
        """Return what the run `request.run` works with."""


class Remembers(Protocol):
    """Opens what is remembered of findings."""

    def __call__(self, root: Path | None) -> Memory:
        """Return the memory of the workspace at `root`."""


class Knows(Protocol):
    """What is known of a request besides the request itself."""

    def __call__(self, request: ActionRequest) -> Known:
        """Return it."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The files that an action is about."""

    portions: tuple[Portion, ...]
    left_out: tuple[str, ...] = ()
    """A sentence for each file that is not looked at although it is meant."""


class Gathers(Protocol):
    """Finds what the workspace alone knows: what is not committed, what is in a folder, what is staged."""

    async def files(self, request: ActionRequest) -> Gathered:
        """Return the files that `request.extent` means.

        Raises:
            TierlspError: they cannot be found, or are too many.
        """

    async def staged(self, request: ActionRequest) -> Staged:
        """Return what is about to be committed.

        Raises:
            TierlspError: it cannot be told.
        """


class GathersNothing:
    """There is no workspace."""

    async def files(self, request: ActionRequest) -> Gathered:
        """Raise: there is nothing to find files in."""
        raise TierlspError("there is no folder to find files in; open one")

    async def staged(self, request: ActionRequest) -> Staged:
        """Raise: there is nothing to find changes in."""
        raise TierlspError("there is no folder to find staged changes in; open one")
