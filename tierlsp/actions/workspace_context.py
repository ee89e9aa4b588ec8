"""What a model gets of the workspace besides the file at hand.

How the project writes code, what the lines use, who uses them, the tables that a statement names. Each piece is a part
with its own path, so that the gate judges it like any other file.

What stays the same for a whole project comes first, for the providers' prompt caches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from tierlsp.actions.conventions import COMMITS, STYLE, lines_on
from tierlsp.actions.excerpts import defined_names
from tierlsp.actions.fences import fence_for, fenced, shown_path
from tierlsp.actions.files_list import symbol_of
from tierlsp.actions.import_paths import import_paths
from tierlsp.actions.imports import import_lines
from tierlsp.actions.job import Job
from tierlsp.actions.key_blocks import without_split_blocks
from tierlsp.actions.names import public_names
from tierlsp.actions.schema import tables_named
from tierlsp.actions.shares import Shares
from tierlsp.actions.types import ActionRequest
from tierlsp.actions.workspace import Excerpt, Sample, Sort, Wanted, words_of
from tierlsp.privacy.outbound import Part
from tierlsp.routing.estimate import MESSAGE_TOKENS, tokens_in
from tierlsp.routing.facts import Kind, Scope

MOST_SYMBOLS = 24
"""Names whose uses are looked for at once: those of a class or a file."""

_INTRO = {
    Sort.TABLE: "Statements on the tables that it names, in",
    Sort.DEFINITION: "Definitions of names that it uses, in",
    Sort.CALLER: "Where it is used, in",
}
_NOT_ASKED = ", to judge by"


def wanted_for(job: Job, shares: Shares, wanted: Wanted | None) -> Wanted:
    """Return what is looked for in the workspace.

    Args:
        job: what is asked for.
        shares: what the action gets of it; of which it gets nothing, nothing is looked for.
        wanted: what the action wants besides.
    """
    request = job.request
    document, root = request.document, request.root
    below = document.path is not None and root is not None and document.path.is_relative_to(root)
    name = document.path.relative_to(root).as_posix() if below and document.path and root else ""
    texts = [portion.document for portion in request.portions] or [document]
    lines = [line for each in texts for line in each.lines] if request.portions else job.lines
    imports = [each.lines[at] for each in texts for at in import_lines(each.lines, each.language)]
    # Of one file the prompt has the names anyhow; of several, each call has another one.
    own = defined_names(document) if shares.definitions and not request.portions else frozenset()
    return replace(
        wanted or Wanted(),
        has_conventions=shares.conventions > 0,
        defined=_used(lines, document.language, imports, own) if shares.definitions else (),
        used=_symbols(job, lines) if shares.callers else (),
        tables=tables_named(job.lines) if shares.tables else (),
        imported=frozenset().union(*(import_paths(each.lines, each.language, name) for each in texts)),
        language=document.language,
        beside=name,
    )


def _used(lines: Sequence[str], language: str, imports: Sequence[str], own: frozenset[str]) -> tuple[str, ...]:
    return tuple(word for word in words_of(lines, language, imports) if word not in own)


def _symbols(job: Job, lines: Sequence[str]) -> tuple[str, ...]:
    """Return the names that the code defines and others may use."""
    language_id = job.request.document.language
    if job.target.scope is Scope.SYMBOL:
        symbol = symbol_of(job.lines, language_id)
        return (symbol,) if symbol else ()
    return public_names(lines, language_id)[:MOST_SYMBOLS]


def convention_parts(sample: Sample, request: ActionRequest, tokens: int) -> list[Part]:
    """Return what the project says of its code, with at most `tokens`, the nearest file first."""
    topic = COMMITS if request.kind is Kind.COMMIT else STYLE
    ending = request.document.path.suffix if request.document.path is not None else ""
    parts = []
    for document in sample.conventions:
        if document.path is None:
            continue
        what = "the messages of commits" if topic is COMMITS else "style and layout"
        intro = f"The project's `{document.path.name}`. Follow what it says of {what}, and nothing else:"
        part, used = _part(intro, lines_on(document, topic, ending), document.path, "", tokens)
        if part is not None:
            parts.append(replace(part, is_stable=True))
            tokens -= used
    return parts


def excerpt_parts(
    excerpts: Iterable[Excerpt], request: ActionRequest, shares: Shares, *, is_review: bool = False
) -> list[Part]:
    """Return what other files say of the code, a part for each file and sort, within `shares`."""
    left = {Sort.TABLE: shares.tables, Sort.DEFINITION: shares.definitions, Sort.CALLER: shares.callers}
    parts = []
    for sort, tokens in left.items():
        of_sort = [each for each in excerpts if each.sort is sort]
        order = {path: at for at, path in enumerate(dict.fromkeys(each.path for each in of_sort))}
        of_sort.sort(key=lambda each: order[each.path])
        for path, group in groupby(of_sort, key=lambda each: each.path):
            found = list(group)
            intro = f"{_INTRO[sort]} `{shown_path(path, request.root)}`{_NOT_ASKED if is_review else ''}:"
            part, used = _part(intro, _joined(found), path, found[0].language, tokens)
            if part is not None:
                parts.append(part)
                tokens -= used
    return parts


def _joined(excerpts: Sequence[Excerpt]) -> list[str]:
    lines: list[str] = []
    for each in excerpts:
        lines += ["", *each.lines] if lines else each.lines
    return lines


def _part(intro: str, lines: Sequence[str], path: Path, language: str, tokens: int) -> tuple[Part | None, int]:
    """Return a part with as many of the first `lines` as have `tokens` together with our words, and how many it has."""
    fence = fence_for(lines)
    # A line end for each of the lines of our own.
    left = tokens - tokens_in(f"{intro}\n{fence}{language}\n{fence}\n\n").highest - MESSAGE_TOKENS
    kept: list[str] = []
    for line in lines:
        left -= tokens_in(line + "\n").highest
        if left < 0:
            break
        kept.append(line)
    if not any(map(str.strip, kept)):
        return None, 0
    return Part("user", f"{intro}\n{fenced(kept, language, fence)}", path), tokens - max(0, left)


def beginning(lines: Sequence[str], chars: int) -> list[str]:
    """Return the first lines with together at most `chars` characters, and no part of a key."""
    end, left = 0, chars
    while end < len(lines) and left - len(lines[end]) - 1 >= 0:
        left -= len(lines[end]) + 1
        end += 1
    first, end = without_split_blocks(lines, 0, end) if end else (0, 0)
    return list(lines[first:end])
