"""One generation of the model: what it has written so far, and what of it fits where the person is now.

**Law:** the answer has a budget; the generation has relevance. Neither cancels the other.
"""

from __future__ import annotations

from typing import NamedTuple

from tierlsp.completion.anchor import Anchor, anchor_of, typed_since
from tierlsp.completion.candidates import rest_after
from tierlsp.completion.filters import run
from tierlsp.completion.site import Site
from tierlsp.errors import BackendError
from tierlsp.text.cursor import Cursor
from tierlsp.text.lines import is_word
from tierlsp.trace import Source

TYPED_AHEAD_LINES = 2
"""Line ends that may be typed past what a generation has written so far, and still count as following it."""

FILTER_EVERY_CHARS = 12
"""How much text may come between two runs of the filters within a line: about three tokens.

A run takes 0.1 to 0.3 ms (`python -m bench.filters`). Shown are whole lines, so a line's end always runs them; in
between they can only stop the model earlier.
"""

EAGER_CHARS = 24
"""The length up to which every piece is looked at: here it shows whether the model goes the way the person types."""


class Reading(NamedTuple):
    """What a generation has for a cursor so far."""

    agrees: bool
    """Whether what was typed since its start is what it writes, as far as that can be told."""
    rest: str = ""
    """Whole lines that can be shown at the cursor now."""
    replaces: int = 0
    """Characters right of the cursor that `rest` takes the place of."""
    typed_chars: int = 0
    """How much of it was typed along."""
    words: str = ""
    """The words written so far of a line that is not whole yet; only where `rest` is empty."""


class Flight:
    """One generation and its text so far.

    Args:
        site: where its text is to stand, as the filters see it.
        model: who writes it.
        started_ms: when the model was asked, by the clock.
        source: what an answer taken from it names as its source.
        anchor: the place that leads to its text, if that is not the site itself.
        lead: what stands between the anchor and the site: a line end and the new line's blanks.
    """

    def __init__(
        self,
        site: Site,
        model: str,
        started_ms: float,
        *,
        source: Source = Source.MODEL,
        anchor: Anchor | None = None,
        lead: str = "",
    ) -> None:
        self.site = site
        self.model = model
        self.started_ms = started_ms
        self.source = source
        self.anchor: Anchor = anchor if anchor is not None else anchor_of(site.cursor)
        self.raw = ""
        """What the model has written."""
        self.text = lead
        """What the filters let through of it, behind the lead."""
        self.is_over = False
        self.line_ms: float | None = None
        """From its start until the first line that can be shown was whole."""
        self.error: BackendError | None = None
        self._lead = lead
        self._filtered_chars = 0

    @property
    def uri(self) -> str:
        """The document it writes for."""
        return self.site.cursor.uri

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be shown of it so far."""
        return len(self.text) <= len(self._lead)

    @property
    def whole_lines(self) -> str:
        """What may be shown now: all of it once it has come to its end, else the lines that are complete.

        A generation that broke off has not come to its end, and its last line may be half of one.
        """
        is_finished = self.is_over and self.error is None
        if self.is_empty:
            return ""
        return self.text if is_finished else self.text[: max(0, self.text.rfind("\n"))]

    def write(self, piece: str) -> bool:
        """Take a piece of what the model writes, and return whether the filters should look at it now."""
        self.raw += piece
        unseen = len(self.raw) - self._filtered_chars
        return "\n" in piece or len(self.raw) <= EAGER_CHARS or unseen >= FILTER_EVERY_CHARS

    def filter(self, *, is_final: bool) -> bool:
        """Run the filters on what is written, and return whether the model should go on.

        Law: what was shown is never taken back. The filters are made for that; should one of them think again, what
        was shown before stays and the generation is over.
        """
        self._filtered_chars = len(self.raw)
        cut = run(self.raw, self.site, is_final)
        text = self._lead + cut.text if cut.text else self._lead
        before = self.whole_lines
        if not text.startswith(before):
            self.text = before
            return False
        self.text = text
        return not cut.stop

    def decide(self) -> None:
        """End it where the filters have asked the model to stop, or where enough lines are there."""
        if self.source is Source.SPECULATION:
            # What is made ahead ends with a whole line, wherever the model was stopped.
            self.text = self.whole_lines
        self.is_over = True

    def end(self, error: BackendError | None) -> None:
        """End it with the model's own end, or with what broke it off."""
        self.error = error
        if error is None:
            self.filter(is_final=True)
        self.is_over = True

    def read(self, cursor: Cursor) -> Reading:
        """Return what it has for `cursor`."""
        if cursor.uri != self.uri:
            return Reading(agrees=False)
        typed = typed_since(self.anchor, cursor, self.text.count("\n") + TYPED_AHEAD_LINES, self.text)
        if typed is None:
            return Reading(agrees=False)
        if not self.text.startswith(typed.text):
            # What was typed may have gone past what is written so far; at the end that is a disagreement.
            return Reading(agrees=not self.is_over and typed.text.startswith(self.text))
        if fit := rest_after(self.whole_lines, typed, cursor.suffix):
            return Reading(True, *fit, typed_chars=len(typed.text))
        words = "" if self.is_empty or typed.auto_closed else _whole_words(self.text[len(typed.text) :])
        return Reading(agrees=True, typed_chars=len(typed.text), words=words)


def _whole_words(text: str) -> str:
    """Return the first line of `text` without a last word that may be half of one, unless that is all there is.

    Line ends and blanks in front of the line are kept: what comes behind a finished line begins with them.
    """
    body = text.lstrip()
    line = body.partition("\n")[0].rstrip()
    end = len(line)
    while end and is_word(line[end - 1]):
        end -= 1
    words = line[:end].rstrip() or line
    return text[: len(text) - len(body)] + words if words else ""
