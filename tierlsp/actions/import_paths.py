"""Which files of a workspace a file imports, told from its import statements and from the files' paths alone.

Nothing is resolved as a compiler would: a file counts as imported if its path ends as the statement's does. It says
which of several files of the same names is meant, and where to look first.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from tierlsp.actions.imports import HEAD_LINES, import_lines

_QUOTED = re.compile(r"[\"'<](?P<path>[\w@~./+-]+)[\"'>]")
_PYTHON = re.compile(r"from\s+(?P<module>[.\w]+)\s+import\s+(?P<names>\([^)]*\)?|[^\n;]+)|import\s+(?P<plain>[\w., ]+)")
_DOTTED = re.compile(r"^\s*(?:import|using|use)\s+(?:static\s+|function\s+|const\s+)?(?P<path>[\w.\\*]+)", re.MULTILINE)
_RUST = re.compile(r"\b(?:use|mod)\s+(?P<path>[^;]+);")
_ALSO: Mapping[str, re.Pattern[str]] = {
    "php": re.compile(r"\s*(?:use|require|require_once|include|include_once)\b"),
    "ruby": re.compile(r"\s*(?:require|require_relative|load|autoload)\b"),
    "rust": re.compile(r"\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+\w+\s*;"),
    "go": re.compile(r"\s*(?:[\w.]+\s+)?\"[\w./-]+\"\s*\Z"),
    "javascript": re.compile(r".*\bfrom\s+['\"]|\s*export\s.*\bfrom\b"),
}
"""Lines that import without beginning as `imports.import_lines` knows them."""

_JAVASCRIPT = frozenset({"javascript", "javascriptreact", "typescript", "typescriptreact", "vue", "svelte"})
_INDEX = frozenset({"index", "mod", "lib", "__init__", "main"})
"""Files that stand for their folder."""

_MOST = 400
"""Paths that are told of one file; more would be a table of contents."""


def import_paths(lines: Sequence[str], language: str, beside: str) -> frozenset[str]:
    """Return the paths that a file imports, without endings, and the ends of them by which files are known.

    Args:
        lines: the file's.
        language: LSP's identifier.
        beside: the file's own path below the workspace, with slashes.
    """
    found: set[str] = set()
    for path in _paths(_statements(lines, language), language, posixpath.dirname(beside)):
        parts = [part for part in path.split("/") if part not in ("", ".", "..")]
        # `example.com/app/shop/cart` is `shop/cart` below the workspace. One name alone could be anything.
        found.update("/".join(parts[at:]) for at in range(len(parts)) if at == 0 or len(parts) - at > 1)
        if len(found) > _MOST:
            break
    return frozenset(found)


def is_imported(name: str, imported: frozenset[str]) -> bool:
    """Whether the file `name`, a path below the workspace, is one of those that `import_paths` told of."""
    if not imported:
        return False
    folder, _, last = name.rpartition("/")
    stem = last.partition(".")[0]
    whole = f"{folder}/{stem}" if folder else stem
    ways = [whole, f"{folder}/*"]
    if stem in _INDEX and folder:
        ways.append(folder)
    return any(end in imported for way in ways for end in _ends(way))


def _ends(path: str) -> Iterator[str]:
    """Yield `path` and what is left of it without its first folders."""
    while path:
        yield path
        path = path.partition("/")[2]


def _statements(lines: Sequence[str], language: str) -> str:
    """Return the import statements near the top."""
    also = _ALSO.get("javascript" if language in _JAVASCRIPT else language)
    numbers = set(import_lines(lines, language))
    if also is not None:
        numbers |= {at for at, line in enumerate(lines[:HEAD_LINES]) if also.match(line[:400])}
    return "\n".join(lines[at][:400] for at in sorted(numbers))


def _paths(text: str, language: str, folder: str) -> Iterator[str]:
    """Yield the paths that `text`, import statements in a file of `folder`, names; `*` stands for all of a folder."""
    if language == "python":
        yield from _of_python(text, folder)
    elif language == "rust":
        for match in _RUST.finditer(text):
            yield from _of_rust(match["path"])
    elif language in _JAVASCRIPT or language in ("c", "cpp", "go", "dart", "ruby", "objective-c", "objective-cpp"):
        for match in _QUOTED.finditer(text):
            yield from _of_quoted(match["path"], language, folder)
    else:
        for match in _DOTTED.finditer(text):
            path = re.sub(r"[.\\]", "/", match["path"])
            # A class, what is in one, and all of a package or namespace.
            yield from (path, posixpath.dirname(path), f"{path}/*")


def _of_python(text: str, folder: str) -> Iterator[str]:
    for match in _PYTHON.finditer(text):
        if match["plain"]:
            yield from (each.split()[0].replace(".", "/") for each in match["plain"].split(",") if each.strip())
            continue
        module = match["module"]
        dots = len(module) - len(module.lstrip("."))
        path = module.lstrip(".").replace(".", "/")
        if dots:
            above = "/".join(folder.split("/")[: len(folder.split("/")) - dots + 1])
            path = posixpath.join(above, path) if path else above
        yield path
        for name in re.findall(r"(\w+)(?:\s+as\s+\w+)?", match["names"]):
            yield posixpath.join(path, name)


def _of_quoted(path: str, language: str, folder: str) -> Iterator[str]:
    if language == "go":
        yield f"{path}/*"
        return
    is_here = path.startswith(".") or language in ("c", "cpp")
    path = re.sub(r"\.(?:h|hh|hpp|hxx|c?m?[jt]sx?|vue|svelte|dart|rb)\Z", "", path)
    if is_here:
        yield posixpath.normpath(posixpath.join(folder, path))
    if not path.startswith("."):
        # `@/shop/cart`, `~/shop/cart`, `package:app/shop/cart`: roots with a name.
        yield path.lstrip("@~").lstrip("/")


def _of_rust(path: str) -> Iterator[str]:
    """Yield what one `use` names, with what stands in its braces."""
    head, brace, inside = path.partition("{")
    begin = [part for part in re.split(r"::|\s+as\s+\w+", head.strip()) if part and part not in _RUST_ROOTS]
    yield "/".join(begin)
    yield "/".join(begin[:-1])
    if brace:
        for each in re.findall(r"[\w:]+", inside):
            parts = [*begin, *(part for part in each.split("::") if part)]
            yield "/".join(parts)
            yield "/".join(parts[:-1])


_RUST_ROOTS = frozenset({"crate", "self", "super", "*"})
