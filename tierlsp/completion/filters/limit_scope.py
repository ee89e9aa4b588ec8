"""A text of several lines ends with the block it is written into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.filters.draft import DraftLine, decided_lines
from tierlsp.completion.site import Site
from tierlsp.text.blocks import can_be_continued, continues_block, ends_block, opens_block
from tierlsp.text.brackets import CLOSERS, CODE, scan
from tierlsp.text.cursor import Cursor
from tierlsp.text.language import Blocks, Language
from tierlsp.text.languages import language_of
from tierlsp.text.lines import indent_width, is_blank

NAME = "limit_scope"


def limit_scope(text: str, site: Site, is_final: bool) -> Cut:
    """End the text where its indentation falls below the cursor's block, or where the block it began is over.

    What closes or carries on a block stands further out by right: `}`, `} else {`, `else:`, `end`. Widths are
    compared, never counted in steps, so that tabs, three spaces and aligned lines do as well as any other.
    """
    language = language_of(site.cursor.language)
    if language.is_prose or "\n" not in text:
        return Cut(text)
    lines = decided_lines(text, site, is_final)
    scope = _scope_at(site.cursor, lines, language)
    if scope is None:
        return Cut(text)
    is_after_blank = False
    for line in _lines_of_code(lines, site, language):
        if line.is_blank:
            is_after_blank = True
        elif scope.admits(line.full, is_after_blank):
            is_after_blank = False
        else:
            return Cut(text[: line.start].rstrip(), stop=True, reason=NAME)
    return Cut(text)


@dataclass(slots=True)
class _Scope:
    """Where among the blocks the text has come to."""

    cursor: Cursor
    language: Language
    base: int
    """Indentation of the block, as a width."""
    is_bounded: bool = False
    """Whether a line at `base` itself is outside, as it is where the cursor's own line has opened the block."""
    is_open: bool = True
    """Whether lines deeper than `base` may come."""
    has_inner: bool = False
    """Whether there was one."""
    lines: list[str] = field(default_factory=list)
    """The lines admitted so far that are not blank."""

    def admits(self, line: str, is_after_blank: bool) -> bool:
        """Whether `line` still belongs to what was begun, and take it in if so."""
        is_admitted = self._admits_inside(line, is_after_blank) if self._is_inside(line) else self._admits_outside(line)
        if is_admitted:
            self.lines.append(line)
        return is_admitted

    def _is_inside(self, line: str) -> bool:
        width = indent_width(line)
        return width > self.base or (width == self.base and not self.is_bounded)

    def _admits_inside(self, line: str, is_after_blank: bool) -> bool:
        if indent_width(line) > self.base:
            self.has_inner = True
            return self.is_open
        # A block is over and set apart from what follows: that is another one.
        return not (is_after_blank and self.has_inner)

    def _admits_outside(self, line: str) -> bool:
        """Whether `line` closes or carries on the block that it stands outside of."""
        width = indent_width(line)
        if line.startswith("#") and "#" not in self.language.line_comments:
            # The preprocessor's lines stand at the margin whatever they are in.
            return self.language.blocks is Blocks.BRACES
        if width < self.base and width not in _widths_above(self.cursor, self.base):
            return False
        opener = self._opener_of(width)
        if continues_block(line, self.language):
            if not can_be_continued(opener, line, self.language):
                return False
        elif not _begins_with_end(line, self.language) and line.strip() != "{":
            return False
        self.base, self.is_bounded, self.has_inner = width, True, False
        self.is_open = opens_block(line, self.language)
        return True

    def _opener_of(self, width: int) -> str:
        """Return the line that opened the block whose first and last lines stand at `width`."""
        for line in (*reversed(self.lines), *reversed(self.cursor.above)):
            if not is_blank(line) and indent_width(line) <= width:
                return line
        return ""


def _scope_at(cursor: Cursor, lines: list[DraftLine], language: Language) -> _Scope | None:
    """Return the scope that the text begins in, `None` if it has no line yet to tell it from."""
    first = next((line for line in lines if not line.is_blank), None)
    if first is None:
        return None
    if not is_blank(cursor.prefix):
        is_bounded = opens_block(lines[0].full, language)
        return _Scope(cursor, language, indent_width(cursor.prefix), is_bounded)
    if first is lines[0] or not cursor.prefix:
        return _Scope(cursor, language, indent_width(first.full))
    return _Scope(cursor, language, indent_width(cursor.prefix))


def _lines_of_code(lines: list[DraftLine], site: Site, language: Language) -> Iterator[DraftLine]:
    """Yield those of `lines` that do not begin inside of a string or comment, where indentation means nothing."""
    mode = scan(site.cursor.prefix, language).mode
    prefix_length = len(site.cursor.prefix)
    for index, line in enumerate(lines):
        if not mode.is_long and (index or is_blank(site.cursor.prefix)):
            yield line
        own = line.full if index else line.full[prefix_length:]
        end = scan(own, language, mode).mode
        mode = end if end.is_long else CODE


def _begins_with_end(line: str, language: Language) -> bool:
    """Whether `line` begins by closing something, whatever it goes on with."""
    text = line.strip()
    return text.startswith(("</", *CLOSERS)) or ends_block(line, language)


def _widths_above(cursor: Cursor, base: int) -> set[int]:
    """Return the indentations of the blocks around the cursor, as far as they are less than `base`."""
    widths: set[int] = set()
    for line in reversed(cursor.above):
        if base == 0:
            break
        if not is_blank(line) and indent_width(line) < base:
            base = indent_width(line)
            widths.add(base)
    return widths
