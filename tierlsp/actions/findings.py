"""What a model answered to a review, read strictly: a finding counts only if its evidence stands in the code.

**Law:** no finding is shown whose evidence is not in the code that was sent, and nothing in one can hide, link or run.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tierlsp.actions.evidence import Found, find_evidence
from tierlsp.actions.hidden import hidden_in
from tierlsp.actions.hidden import name_of as name_of_char
from tierlsp.actions.markdown import safe_line
from tierlsp.actions.scope import definitions_in, lines_of_span
from tierlsp.actions.types import Category, Diagnostic, Document, Finding, Place, Severity, Span, TextEdit
from tierlsp.actions.units import Unit
from tierlsp.text.lines import is_blank, split_lines

MOST_FINDINGS = 25
"""Of one call. More is noise; the worst and surest stay."""

LEAST_CONFIDENCE = 30
"""Of 100. What a model holds for unlikely itself costs a person more than it gives."""

MESSAGE_CHARS = 400
EVIDENCE_LINES = 12
FIX_LINES = 40
"""What is longer was not written as it was asked for."""

_ANSWER_CHARS = 200_000
_MOST_OBJECTS = 200
"""Looked at; longer answers are hostile or broken."""

_SEVERITIES = {
    "critical": Severity.ERROR, "high": Severity.ERROR, "error": Severity.ERROR,
    "medium": Severity.WARNING, "warning": Severity.WARNING, "low": Severity.INFORMATION,
    "information": Severity.INFORMATION, "info": Severity.INFORMATION, "hint": Severity.HINT,
}  # fmt: skip
"""What models say, and what it is."""

_RANK = list(Severity)
_END = re.compile(r"\s*END\.?\s*\Z")
_BEGINS = re.compile(r"(?:^|(?<=\n))[ \t\[,]*(?=\{)")
_BETWEEN = re.compile(r"[\s,\]]*(?=\{)")
_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding and the piece of code that it is in."""

    unit: Unit
    finding: Finding


@dataclass(frozen=True, slots=True)
class Read:
    """What an answer held."""

    placed: tuple[Placed, ...]
    dropped: tuple[str, ...] = ()
    """Why others were left out, one each."""
    is_whole: bool = True
    """Whether the answer came to its end."""
    is_readable: bool = True
    """Whether it was an answer to the question at all."""


def read_findings(
    reply: str,
    units: Sequence[Unit],
    name_of: Callable[[Document], str],
    *,
    scrub: Callable[[str], str],
) -> Read:
    """Return the findings of `reply` that can be believed, the worst first.

    Args:
        reply: The whole answer, with the placeholders that stand for secrets.
        units: The code that was sent.
        name_of: How a file was called.
        scrub: Makes a text fit to be shown, placeholders and secrets alike.
    """
    text = reply[:_ANSWER_CHARS]
    objects = list(_objects(text))
    last = next((line for line in reversed(split_lines(text)[0]) if not is_blank(line) and "`" not in line), "")
    is_whole = bool(_END.match(last)) or text.rstrip().rstrip("`").rstrip().endswith("]")
    shown = {id(unit): _shown(unit.lines, scrub) for unit in units}
    placed: list[Placed] = []
    dropped: list[str] = []
    for each in objects:
        found = _placed(each, units, shown, name_of, scrub)
        if isinstance(found, str):
            dropped.append(found)
        else:
            placed.append(found)
    kept = _merged(placed)
    dropped += ["there were too many"] * max(0, len(kept) - MOST_FINDINGS)
    return Read(tuple(kept[:MOST_FINDINGS]), tuple(dropped), is_whole, bool(objects) or is_whole)


def fingerprint_of(document: Document, line: int, category: Category, evidence: Iterable[str]) -> str:
    """Return what stays the same for the same remark on the same code, wherever in the file that stands."""
    around = next(iter(definitions_in(document, line, line + 1)), None)
    header = document.lines[around.header].strip() if around is not None else ""
    path = document.path.name if document.path is not None else ""
    told = "\x1e".join((path, header, category.value, *(text.strip() for text in evidence)))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def is_said(finding: Finding, diagnostics: Sequence[Diagnostic], document: Document) -> bool:
    """Whether another tool said the same of the same lines: at least half of the words of the shorter are shared."""
    words = set(_WORD.findall(finding.message.lower()))
    for each in diagnostics:
        first, end = lines_of_span(each.span, document)
        if first > finding.span.end.line or end <= finding.span.start.line:
            continue
        theirs = set(_WORD.findall(each.message.lower()))
        if theirs and words and len(theirs & words) * 2 >= min(len(theirs), len(words)):
            return True
    return False


def worst_first(finding: Finding) -> tuple[int, int, Place]:
    """Return what findings are sorted by."""
    return _RANK.index(finding.severity), -finding.confidence, finding.span.start


def _shown(lines: tuple[str, ...], scrub: Callable[[str], str]) -> tuple[str, ...]:
    """Return `lines` fit to be shown; those of a secret that runs over lines one by one."""
    whole = tuple(split_lines(scrub("\n".join(lines)))[0])
    return whole if len(whole) == len(lines) else tuple(scrub(line) for line in lines)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of an answer: one a line, in a list, in a fence, or between prose."""
    decoder = json.JSONDecoder()
    position = 0
    for _ in range(_MOST_OBJECTS):
        match = _BETWEEN.match(text, position) if position else None
        match = match or _BEGINS.search(text, position)
        if match is None:
            return
        try:
            value, position = decoder.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            position = match.end() + 1
            continue
        if isinstance(value, dict):
            yield from _unwrapped(value)


def _unwrapped(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the findings of an object, which may hold the list of them."""
    inner = value.get("findings")
    if isinstance(inner, list):
        yield from (each for each in inner[:_MOST_OBJECTS] if isinstance(each, dict))
    else:
        yield value


def _placed(
    each: dict[str, Any],
    units: Sequence[Unit],
    shown: dict[int, tuple[str, ...]],
    name_of: Callable[[Document], str],
    scrub: Callable[[str], str],
) -> Placed | str:
    """Return a finding at its place, or why it is left out."""
    message = _message(each.get("message"), scrub)
    evidence = _evidence(each.get("evidence"), scrub)
    if not message or not evidence:
        return "it had no message or no evidence"
    confidence = _confidence(each.get("confidence"))
    if confidence < LEAST_CONFIDENCE:
        return "the model was not sure of it"
    names = [unit for unit in units if name_of(unit.document) == each.get("file")]
    line = each.get("line")
    hint = line - 1 if type(line) is int and line > 0 else None
    found = find_evidence(evidence, [(unit, shown[id(unit)]) for unit in names or units], hint)
    if found is None:
        return "its evidence is not in the code"
    return Placed(found.unit, _finding(each, found, message, confidence, scrub))


def _finding(each: dict[str, Any], found: Found, message: str, confidence: int, scrub: Callable[[str], str]) -> Finding:
    document = found.unit.document
    span = span_of_lines(document, found.first, found.end)
    category = _category(each.get("category"))
    return Finding(
        span=span,
        message=message,
        severity=_SEVERITIES.get(str(each.get("severity")).strip().lower(), Severity.WARNING),
        category=category,
        confidence=confidence,
        evidence=tuple(map(_visible, found.shown)),
        fingerprint=fingerprint_of(document, found.first, category, document.lines[found.first : found.end]),
        cwe=_cwe(each.get("cwe")),
        fix=_fix(each.get("fix"), found, span, scrub),
    )


def span_of_lines(document: Document, first: int, end: int) -> Span:
    """Return the span of whole lines, without the blanks before the first."""
    line = document.lines[first]
    return Span(Place(first, len(line) - len(line.lstrip())), Place(end - 1, len(document.lines[end - 1])))


def _visible(line: str) -> str:
    """Return a line of code as it can be shown: characters that nobody sees by their names."""
    hidden = hidden_in(line)
    return "".join(f"[{name_of_char(char)}]" if char in hidden else char for char in line) if hidden else line


def _message(value: Any, scrub: Callable[[str], str]) -> str:
    """Return the message on one line; empty if it is none. Joiners go too: nobody would see them."""
    if not isinstance(value, str):
        return ""
    text = safe_line(scrub(value[: MESSAGE_CHARS * 4])).replace("\u200c", "").replace("\u200d", "").strip()
    return text if len(text) <= MESSAGE_CHARS else f"{text[:MESSAGE_CHARS].rpartition(' ')[0]} …"


def _evidence(value: Any, scrub: Callable[[str], str]) -> tuple[str, ...]:
    """Return the quoted lines; none if there are too many."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = "\n".join(value)
    if not isinstance(value, str):
        return ()
    lines = [line for line in split_lines(scrub(value))[0] if not is_blank(line)]
    return tuple(lines) if len(lines) <= EVIDENCE_LINES else ()


def _confidence(value: Any) -> int:
    """Return 0 to 100; half where the model says nothing that could be read."""
    if type(value) is int:
        return max(0, min(100, value))
    if not isinstance(value, float) or not math.isfinite(value):
        return 50
    # 0.9 is meant as 90.
    return int(max(0.0, min(100.0, value * 100 if 0 <= value <= 1 else value)))


def _category(value: Any) -> Category:
    try:
        return Category(str(value).strip().lower())
    except ValueError:
        return Category.BUG


def _cwe(value: Any) -> int | None:
    """Return the number of a weakness; `None` where there is none."""
    text = str(value).strip().upper().removeprefix("CWE-") if not isinstance(value, bool) else ""
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) and int(text) > 0 else None


def _fix(value: Any, found: Found, span: Span, scrub: Callable[[str], str]) -> TextEdit | None:
    """Return the edit that a finding proposes, `None` where it is none that can be shown."""
    if not isinstance(value, str) or not found.is_whole_lines or scrub(value) != value or hidden_in(value):
        return None
    document = found.unit.document
    old = document.lines[found.first : found.end]
    if tuple(found.shown) != tuple(old):
        # Secrets stand in these lines, and the model has not seen them.
        return None
    lines = [line.rstrip() for line in split_lines(value.strip("\r\n"))[0]]
    if not any(lines) or len(lines) > FIX_LINES:
        return None
    indent = old[0][: len(old[0]) - len(old[0].lstrip())]
    own = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    if not own.startswith(indent):
        lines = [indent + line if line else line for line in lines]
    if [line.rstrip() for line in old] == lines:
        return None
    whole = Span(Place(span.start.line, 0), span.end)
    return TextEdit(whole, document.line_end.join(lines))


def _merged(placed: Iterable[Placed]) -> list[Placed]:
    """Return each remark once, the worst first."""
    found: dict[tuple[str, str], Placed] = {}
    for each in placed:
        key = (each.unit.document.uri, each.finding.fingerprint)
        held = found.get(key)
        if held is None:
            found[key] = each
            continue
        worse, other = sorted((held.finding, each.finding), key=worst_first)
        better = replace(worse, confidence=max(worse.confidence, other.confidence), fix=worse.fix or other.fix)
        found[key] = Placed(held.unit, better)
    return sorted(found.values(), key=lambda each: worst_first(each.finding))
