"""One action at work: what was asked for, on which lines, and in which form the answer is wanted."""

from __future__ import annotations

from dataclasses import dataclass

from tierlsp.actions.fences import fence_for
from tierlsp.actions.reading import Form, is_block_mark
from tierlsp.actions.scope import Target
from tierlsp.actions.types import ActionRequest, Document
from tierlsp.actions.workspace import Sample

WHOLE_LINES = 120
"""Lines up to which a model writes the whole text again.

Models of every size get that right: nothing has to be found again and no mark can be misplaced. Above, it costs more
than search and replace, and long copies are where models leave lines out.
"""

WHOLE_CHARS = 6_000
"""Characters up to which it does; 1,700 tokens, half a minute of a model on a laptop."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a prompt is written for."""

    request: ActionRequest
    target: Target
    sample: Sample | None = None
    """What is known of the workspace; `None` before anybody looked."""
    files: tuple[Document, ...] = ()
    """The files that an answer may change, for an action on several: `F1`, `F2` … in this order."""
    listing: tuple[str, ...] = ()
    """The names of the project's files, for an action that is about all of them."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that it is about."""
        return self.target.lines_in(self.request.document)

    @property
    def fence(self) -> str:
        """The fence around those lines, which an answer with their whole text must use too."""
        return fence_for(self.lines)

    @property
    def form(self) -> Form:
        """In which form an edit is wanted."""
        lines = self.lines
        is_short = len(lines) <= WHOLE_LINES and sum(map(len, lines)) <= WHOLE_CHARS
        return Form.WHOLE if is_short or any(map(is_block_mark, lines)) else Form.BLOCKS


@dataclass(frozen=True, slots=True)
class Wording:
    """What one action says to a model. The rules that hold for all stand in `prompts.py`."""

    rules: str
    """For the system's part: the same for every request of the action, so that providers keep it in their caches."""
    task: str
    """What is to be done here. It comes last."""
