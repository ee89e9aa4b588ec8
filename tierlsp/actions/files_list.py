"""The list of files that an answer may change. What is not in it cannot be named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tierlsp.actions.enclosing import scope_of_line
from tierlsp.actions.names import name_defined
from tierlsp.actions.protected import protection_of
from tierlsp.actions.reading import is_block_mark
from tierlsp.actions.types import ActionRequest, Document
from tierlsp.actions.workspace import Sample, is_empty
from tierlsp.text.languages import language_of

MOST_FILES = 200
"""Changed at once; …"""

MOST_LINES = 20_000
"""… their lines together; …"""

MOST_CHARS = 5_000_000
"""… and their characters: beyond, nobody reads what was changed."""


def listed_files(request: ActionRequest, sample: Sample | None, budget_chars: int) -> tuple[Document, ...]:
    """Return the file at hand and those of `sample`, each whole, as many as have `budget_chars` together.

    Where what is not committed is meant, the files are those that the request names; else the file at hand is always
    there. Files that no answer may change are left out; so are those of other languages than
    text and code. Those that are changed only with a yes come last, so that none of them takes another one's room.
    """
    found: list[Document] = []
    left, lines = budget_chars, 0
    if request.extent is None:
        found.append(request.document)
        left -= length_of(request.document)
        lines = len(request.document.lines)
        others = sample.files if sample is not None else ()
    else:
        others = tuple(portion.document for portion in request.portions)
    for document in _ordinary_first(others, request):
        if (request.extent is None and document.path == request.document.path) or is_empty(document):
            continue
        if any(map(is_block_mark, document.lines)):
            # An answer about it could not be told from its text.
            continue
        left -= length_of(document)
        lines += len(document.lines)
        if left < 0 or lines > MOST_LINES or len(found) == MOST_FILES:
            break
        found.append(document)
    return tuple(found)


def _ordinary_first(files: Sequence[Document], request: ActionRequest) -> list[Document]:
    """Return the files that may be changed, those that need a yes last."""
    protections = [(protection_of(document.path, root=request.root), document) for document in files]
    ordinary = [document for protection, document in protections if protection is None]
    return ordinary + [document for protection, document in protections if protection and protection.may_ask]


def length_of(document: Document) -> int:
    """Return the characters of a document, one for each line end."""
    return sum(map(len, document.lines)) + len(document.lines)


def named(files: Sequence[Document]) -> Mapping[str, Document]:
    """Return the files by the identifiers under which they are sent."""
    return {f"F{number}": document for number, document in enumerate(files, 1)}


def endings_of(files: Sequence[Document]) -> tuple[str, ...]:
    """Return the endings of the files in the list: new files may have these."""
    return tuple(dict.fromkeys(each.path.suffix for each in files if each.path is not None and each.path.suffix))


def symbol_of(lines: Sequence[str], language_id: str) -> str:
    """Return the name that the first definition among `lines` defines; empty where there is none."""
    language = language_of(language_id)
    for line in lines[:40]:
        if scope_of_line(line, language) is not None and (name := name_defined(line, language)):
            return name
    return ""


def folder_of(request: ActionRequest) -> Path | None:
    """Return the folder of the file at hand, inside of the workspace."""
    path, root = request.document.path, request.root
    if path is None or root is None or not path.is_relative_to(root):
        return None
    return path.parent
