"""What comes behind a finished line: made ahead, for the moment after the person has taken that line.

Most often it costs no request of its own: the model is left to run on behind the line, and stopped as soon as it is
needed for something else.
"""

from __future__ import annotations

from dataclasses import replace

from tierlsp.completion.anchor import anchor_of
from tierlsp.completion.flight import Flight
from tierlsp.completion.site import Site
from tierlsp.text.cursor import WINDOW_ABOVE, Cursor
from tierlsp.text.lines import is_blank
from tierlsp.trace import Source

MAX_LEAD_CHARS = 200
"""How many blanks may come before the next line begins. A model that writes more has nothing to say."""

MAX_BLANK_LINES = 2
"""Blank lines between two lines. Behind more of them another part of the file begins."""

SEQUEL_LINES = 2
"""Lines that are made ahead. The first is wanted as soon as Enter is pressed; while it is looked at, the next one is
made by a request of its own, if that is worth its time."""


def after(cursor: Cursor, text: str) -> Cursor:
    """Return the cursor as it stands behind `text`, once that was put in at `cursor`."""
    lines = (cursor.prefix + text).split("\n")
    return replace(
        cursor,
        line=cursor.line + len(lines) - 1,
        above=(*cursor.above, *lines[:-1])[-WINDOW_ABOVE:],
        prefix=lines[-1],
    )


def text_behind(flight: Flight) -> str | None:
    """Return what the model has written behind a finished line; `None` where nothing of it can be made use of.

    That is so where the line goes on right of the cursor, and where the filters have changed it: then the model was
    somewhere else than the person will be. Where the cursor's line is finished already, it is all that was written.
    """
    line, line_end, behind = flight.raw.partition("\n")
    if flight.site.is_multiline or not line_end or not is_blank(flight.site.cursor.suffix):
        return None
    if line.rstrip() != flight.text.rstrip():
        return None
    return line_end + behind


def is_lead(text: str) -> bool:
    """Whether `text` may still be the blanks before the next line."""
    return is_blank(text) and len(text) <= MAX_LEAD_CHARS and text.count("\n") <= MAX_BLANK_LINES + 1


def sequel(cursor: Cursor, behind: str, model: str, now_ms: float) -> Flight | None:
    """Return the generation of the lines behind `cursor`, the end of a finished line; `None` if it has not begun.

    Its text is reached from the end of that line, and from the new one with the blanks that the editor puts there.
    """
    body = behind.lstrip()
    lead = behind[: len(behind) - len(body)]
    if not body or not lead.startswith("\n") or not is_lead(lead):
        return None
    site = Site(after(cursor, lead), is_multiline=True)
    flight = Flight(site, model, now_ms, source=Source.SPECULATION, anchor=anchor_of(cursor), lead=lead)
    flight.write(body)
    return flight


def has_enough(flight: Flight) -> bool:
    """Whether a sequel has as many whole lines as are made ahead."""
    return flight.source is Source.SPECULATION and flight.raw.count("\n") >= SEQUEL_LINES
