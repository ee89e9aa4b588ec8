r"""A model's Markdown made safe to show: nothing in it can be fetched, followed, run or hidden.

Viewers load images, follow links and take HTML, so an answer could carry code out of the machine in an address that a
comment in that very code made up. Links are shown as text here; images, HTML, automatic links, definitions of
references and control characters lose what makes them work.

It goes line by line with no look ahead, so it serves a stream as well as a whole text: `SafeMarkdown` gives out each
line as it is complete, and the pieces together are what `safe_markdown` makes of the whole.

How it can be sure, without being a Markdown parser: what it takes for code, every parser takes for code. A fence is
left alone only where its beginning and its end are certain, and one that is not is written anew. A code span is left
alone only on one line; every backtick that is not part of one is escaped. All else is escaped where it could begin
a link, an image, a tag or a definition, which shows as the same character.
"""

from __future__ import annotations

import re
import unicodedata

from tierlsp.text.lines import indent_width, is_blank, split_lines

_FENCE = re.compile(r"(?P<marks>`{3,}|~{3,})(?P<info>.*)\Z")
_INFO = re.compile(r"[ \t]*[\w+#.-]*[ \t]*\Z")
"""A fence's words that are left as they are. With others the line could be the head of a table, or hold links."""
_LIST_MARK = re.compile(r"(?P<indent>[ \t]*)(?P<mark>(?:[-*+]|\d{1,9}[.)])[ \t]+)(?=`{3,}|~{3,})")

_ADDRESS = re.compile(
    r"""
      [a-z][a-z0-9+.-]{0,30}:// [^\s`<>()\[\]|"'\\]*
    | (?:mailto|command|vscode(?:-insiders)?|file|data|javascript|vbscript|blob|about|xmpp|tel):(?=[^\s`])
      [^\s`<>()\[\]|"'\\]*
    | (?<![:/]) //[\w\[] [^\s`<>()\[\]|"'\\]*
    | (?<![\w.-]) www\.[^\s`<>()\[\]|"'\\]*
    | [\w.+%-]{1,64} @ [\w-]+ (?:\.[\w-]+)+
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What a viewer may make a link of without being told to."""

_RISKY = re.compile(r"\][\[(:]|<[A-Za-z/!?]")
"""What, with addresses, may not stand where it is not certain what is code."""

_BACKTICKS = re.compile(r"`+")
_TEXT_RISK = re.compile(r"(?<=\])[\[(:]|<(?=[A-Za-z/!?])|<\Z|`")

_MOST_CHARS = 100_000
"""Longer than any answer within the models' limits; what comes after is left out."""


def safe_markdown(text: str) -> str:
    """Return `text` in a form that is safe to show."""
    stream = SafeMarkdown()
    return stream.feed(text) + stream.finish()


def safe_line(text: str) -> str:
    """Return `text` as one line without control characters, to show in a message."""
    return _visible(" ".join(text.split()))


class SafeMarkdown:
    """The same for a text that comes in pieces: each complete line is given out, in order."""

    def __init__(self) -> None:
        self._rest: list[str] = []
        """The pieces of the line that is not complete yet."""
        self._fence = ""
        """What ends the fence that is open; empty outside of one."""
        self._indent = 0
        """The width by which that fence is indented in what was given out."""
        self._dedent = 0
        """The width that its lines lose."""
        self._left = _MOST_CHARS

    def feed(self, piece: str) -> str:
        """Take the next piece and return the lines that it completes."""
        piece = piece[: self._left]
        self._left -= len(piece)
        if "\n" not in piece and "\r" not in piece and not (self._rest and self._rest[-1].endswith("\r")):
            self._rest.append(piece)
            return ""
        lines, ends = split_lines("".join((*self._rest, piece)))
        if len(lines) > 1 and ends[-2] == "\r" and not lines[-1]:
            # Half of "\r\n", perhaps.
            self._rest = [lines[-2] + "\r"]
            lines = lines[:-1]
        else:
            self._rest = [lines[-1]]
        return "".join(self._line(line) + "\n" for line in lines[:-1])

    def finish(self) -> str:
        """Return what is left, with an open fence closed."""
        rest, self._rest = "".join(self._rest), []
        text = "".join(self._line(line) for line in [rest.removesuffix("\r")] if line)
        if rest.endswith("\r"):
            text += "\n"
        if not self._fence:
            return text
        end = ("" if text.endswith("\n") or not text else "\n") + " " * self._indent + self._fence
        self._fence = ""
        return text + end

    def _line(self, line: str) -> str:
        """Return one line, made safe."""
        line = _visible(line)
        return self._inside(line) if self._fence else self._outside(line)

    def _inside(self, line: str) -> str:
        """Return a line of a fence, which may be its end."""
        text = line.strip(" \t")
        if text.startswith(self._fence) and not text.strip(self._fence[0]):
            end, self._fence = " " * self._indent + self._fence, ""
            return end
        if self._dedent:
            return _without_indent(line, self._dedent)
        if is_blank(line) or indent_width(line) >= self._indent:
            return line
        # A list item that the fence stands in may end here, and the fence with it. Say so, whoever reads it.
        end, self._fence = " " * self._indent + self._fence, ""
        return f"{end}\n{self._outside(line)}"

    def _outside(self, line: str) -> str:
        """Return a line of text, which may begin a fence."""
        marker = _LIST_MARK.match(line)
        if marker and (match := _FENCE.match(line[marker.end() :])) and _is_fence(match):
            # Whether this is a list item depends on the lines before, so the fence gets a line and a place of its own.
            self._open(match, indent=0, dedent=indent_width(marker["indent"]) + len(marker["mark"]))
            return f"{line[: marker.end()].rstrip()}\n{_opening(match)}"
        body = line.lstrip(" \t")
        match = _FENCE.match(body)
        if match and _is_fence(match):
            width = indent_width(line)
            is_certain = width < 4 and "\t" not in line[: len(line) - len(body)]
            self._open(match, indent=width if is_certain else 0, dedent=0 if is_certain else width)
            return " " * (width if is_certain else 0) + _opening(match)
        return _safe_text(line)

    def _open(self, match: re.Match[str], *, indent: int, dedent: int) -> None:
        self._fence, self._indent, self._dedent = match["marks"], indent, dedent


def _is_fence(match: re.Match[str]) -> bool:
    """Whether it opens a fence: the words after backticks hold none."""
    return match["marks"][0] == "~" or "`" not in match["info"]


def _opening(match: re.Match[str]) -> str:
    """Return the line that opens a fence, without its indentation and without words that could be more than words."""
    return match.group() if _INFO.match(match["info"]) else match["marks"]


def _without_indent(line: str, width: int) -> str:
    """Return `line` without up to `width` columns of its indentation."""
    body = line.lstrip(" \t")
    return " " * max(0, indent_width(line) - width) + body


def _safe_text(line: str) -> str:
    """Return a line outside of fences: code spans as they are, the rest escaped."""
    spans = _spans(line)
    if any("|" in line[start:end] for start, end in spans) and _is_risky(line):
        # In a table the cell ends inside of the span, and what is code from there on is another matter.
        spans = []
    label = line.find("[")
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        span = line[start:end]
        if -1 < label < start and _is_risky(span):
            # The label of a definition would end inside of it. Its backticks are escaped with the text around.
            continue
        pieces += (_escaped_text(line[done:start]), span)
        done = end
    pieces.append(_escaped_text(line[done:]))
    return _joined(pieces)


def _spans(line: str) -> list[tuple[int, int]]:
    """Return where the code spans of a line begin and end."""
    found: list[tuple[int, int]] = []
    position = 0
    while match := _BACKTICKS.search(line, position):
        position = match.end()
        if not _is_escaped(line, match.start()) and (end := _span_end(line, match)) is not None:
            found.append((match.start(), end))
            position = end
    return found


def _is_risky(text: str) -> bool:
    return _RISKY.search(text) is not None or _ADDRESS.search(text) is not None


def _span_end(line: str, opening: re.Match[str]) -> int | None:
    """Return where the code span ends that the run of backticks `opening` begins, `None` if it does not on its line."""
    for match in _BACKTICKS.finditer(line, opening.end()):
        if len(match.group()) == len(opening.group()):
            return match.end()
    return None


def _escaped_text(text: str) -> str:
    """Return text without code spans: addresses as code, all that begins something escaped."""
    pieces: list[str] = []
    start = 0
    for match in _ADDRESS.finditer(text):
        before = _escaped(text[start : match.start()])
        if _is_escaped(before, len(before)):
            before += "\\"
        pieces += (before, f"`{match.group()}`")
        start = match.end()
    pieces.append(_escaped(text[start:]))
    return _joined(pieces)


def _escaped(text: str) -> str:
    r"""Return `text` with a backslash before what could begin a link, a definition, a tag or code."""
    return _TEXT_RISK.sub(
        lambda match: match.group() if _is_escaped(text, match.start()) else "\\" + match.group(), text
    )


def _is_escaped(text: str, offset: int) -> bool:
    """Whether an odd number of backslashes stands before `offset`."""
    start = offset
    while start > 0 and text[start - 1] == "\\":
        start -= 1
    return (offset - start) % 2 == 1


def _joined(pieces: list[str]) -> str:
    """Join `pieces` with a blank wherever two backticks would come to stand side by side."""
    joined: list[str] = []
    for piece in pieces:
        if not piece:
            continue
        if joined and joined[-1].endswith("`") and piece.startswith(("`", "\\`")):
            joined.append(" ")
        joined.append(piece)
    return "".join(joined)


def _visible(text: str) -> str:
    """Return `text` without control characters, and without those that nobody sees or that turn the reading around."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in text if char == "\t" or not _is_hidden(char))


def _is_hidden(char: str) -> bool:
    if char.isascii():
        return char < " " or char == "\x7f"
    # Joiners make one emoji of several, and words of some scripts.
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and char not in "\u200c\u200d"
