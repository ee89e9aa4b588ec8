"""Models trained on whole repositories begin files with a comment that names them, and so begin answers with it."""

from __future__ import annotations

import re

from tierlsp.completion.filters.base import Cut
from tierlsp.completion.site import Site
from tierlsp.text.language import Language
from tierlsp.text.languages import language_of

NAME = "drop_path_comment"

_PATH = re.compile(
    r"(?:(?P<label>(?:file|path|file ?name|file ?path)\s*:)\s*)?[\w.@~+\-/\\]*\.[A-Za-z]\w{0,7}", re.IGNORECASE
)
"""A path with an extension, as `src/a.py`; `and/or` and `n/a` are none."""

_MAY_BE_PATH = re.compile(r"(?:(?:file|path)[ :\w]*|[\w.@~+\-/\\:]*)\s*", re.IGNORECASE)


def drop_path_comment(text: str, site: Site, is_final: bool) -> Cut:
    """Drop a comment at the start of the text that holds nothing, or nothing but a path."""
    language = language_of(site.cursor.language)
    if site.cursor.prefix.strip() or language.is_prose:
        return Cut(text)
    begin = 0
    while True:
        step = _comment_length(text[begin:], language, site, is_final)
        if step < 0:
            return Cut("")
        if not step:
            return Cut(text[begin:], reason=NAME if begin else None)
        begin += step


def _comment_length(text: str, language: Language, site: Site, is_final: bool) -> int:
    """Return the length of the comment to drop with the line end behind it, 0 for none, -1 if it cannot be told yet."""
    stripped = text.lstrip(" \t\n")
    line, line_end, rest = stripped.partition("\n")
    marks = _marks(language)
    mark = next((mark for mark in marks if line.startswith(mark)), None)
    is_whole = is_final or bool(line_end)
    if mark is None:
        return -1 if line and not is_whole and any(mark.startswith(line) for mark in marks) else 0
    content = _content(line, mark, language)
    length = len(text) - len(rest)
    if not is_whole:
        return -1 if _MAY_BE_PATH.fullmatch(content) else 0
    if _names_file(content, site):
        return length
    return 0 if content else _empty_comment_length(rest, length, marks, is_final)


def _empty_comment_length(rest: str, length: int, marks: list[str], is_final: bool) -> int:
    """Return `length` if the comment holds nothing and no comment follows that it might be the frame of."""
    following = rest.lstrip(" \t\n")
    if any(following.startswith(mark) for mark in marks):
        return 0
    if not is_final and any(mark.startswith(following) for mark in marks):
        return -1
    return length


def _marks(language: Language) -> list[str]:
    """Return the marks that begin a comment, the longest first."""
    marks = [*language.line_comments, *(begin for begin, _ in language.block_comments)]
    return sorted(marks, key=len, reverse=True)


def _content(line: str, mark: str, language: Language) -> str:
    content = line[len(mark) :].strip()
    for begin, end in language.block_comments:
        if begin == mark:
            content = content.removesuffix(end).strip()
    return content


def _names_file(content: str, site: Site) -> bool:
    match = _PATH.fullmatch(content)
    if match is None or "://" in content:
        return False
    own_name = site.cursor.uri.rpartition("/")[2]
    return bool(match["label"]) or "/" in content or "\\" in content or content == own_name
