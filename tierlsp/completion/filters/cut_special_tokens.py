"""Nothing of a model's own language reaches the person: `<|im_end|>`, `</s>`, `<EOT>` and their kind.

Servers stop at them by themselves where a model file was converted with care. Where it was not, they come as text.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tierlsp.backends.families import all_special_tokens
from tierlsp.completion.filters.base import Cut
from tierlsp.completion.site import Site
from tierlsp.text.language import Language
from tierlsp.text.languages import language_of
from tierlsp.text.surroundings import has_nearby

NAME = "cut_special_tokens"

CHAT_TOKENS = (
    "</s>",
    "<s>",
    "<fim-prefix>",
    "<fim-suffix>",
    "<fim-middle>",
    "<end_of_turn>",
    "<start_of_turn>",
    "[SYSTEM_PROMPT]",
    "[/SYSTEM_PROMPT]",
)
"""Tokens of chat models, which people point at completion too, and of the first StarCoder (SantaCoder), besides those
that `backends/families.py` knows and those that `_HEADS` tells by their first characters."""

_HEADS = (r"<\|[A-Za-z_]", r"<｜", r"<\[(?:fim-|begin▁|end▁)", r"<fim[_-]")
"""Beginnings that no code has: whatever follows, it is a special token of some family, known or not."""

_PIPE_LANGUAGES = frozenset({"elm", "fsharp"})
"""Languages in which `<|` is an operator, so that only a whole token counts."""

_WHOLE_PIPE_TOKEN = r"<\|[A-Za-z_]+\|>"

_TAGS = ("<s>", "</s>", "<PRE>")
"""Tokens that are tags where there are tags."""

_FILE_HEADER = re.compile(r"(?:\A|(?<=\n))\+{5} ")
"""Codestral begins another file with it."""

_HELD_BACK = re.compile(r"(?:(?:\A|(?<=\n))\+{1,5}|<\|?|<\|[A-Za-z_]+\|?)\Z")
"""What may become a file's header or a token with one more character."""


def cut_special_tokens(text: str, site: Site, is_final: bool) -> Cut:
    """End the text before the first special token. While it grows, hold back what may become one."""
    end = _find_token(text, site)
    if end is not None:
        return Cut(text[:end], stop=True, reason=NAME)
    return Cut(text if is_final else text[: _safe_length(text)])


def _find_token(text: str, site: Site) -> int | None:
    """Return where the first special token or header of another file begins, `None` if there is none."""
    language = language_of(site.cursor.language)
    begins_line = not site.cursor.prefix.strip()
    header = None if language.is_prose else _FILE_HEADER.search(text, 0 if begins_line else 1)
    end = len(text) if header is None else header.start()
    for match in _token_pattern(site.cursor.language in _PIPE_LANGUAGES).finditer(text, 0, end):
        if not _is_code(match.group(), text[: match.start()], site, language):
            return match.start()
    return None if header is None else end


def _is_code(token: str, before: str, site: Site, language: Language) -> bool:
    """Whether `token` means something in the person's code as well, and so is left alone.

    `<s>` and `<PRE>` are tags, `env[PREFIX]` and `List<EOT>` stand where the file has such names.
    """
    if token not in _tokens():
        return False
    if token in _TAGS and language.has_tags:
        return True
    name = token.strip("<>[]/")
    pattern = rf"<{name}\b" if token.startswith("</") else rf"\b{name}\b"
    if not name.replace("_", "").isalnum():
        return False
    return re.search(pattern, before) is not None or has_nearby(site.cursor, re.compile(pattern))


def _safe_length(text: str) -> int:
    """Return how much of `text` cannot be part of a special token."""
    length = len(text)
    held = _HELD_BACK.search(text, max(0, length - _longest_token()))
    if held is not None:
        length = held.start()
    for start in range(max(0, len(text) - _longest_token()), length):
        if text[start] in "<[" and any(token.startswith(text[start:]) for token in _tokens()):
            return start
    return length


@lru_cache(maxsize=1)
def _tokens() -> tuple[str, ...]:
    """Return all that is known by its full name."""
    return tuple(dict.fromkeys((*all_special_tokens(), *CHAT_TOKENS)))


@lru_cache(maxsize=1)
def _longest_token() -> int:
    return max(map(len, _tokens()))


@lru_cache(maxsize=2)
def _token_pattern(has_pipe_operator: bool) -> re.Pattern[str]:
    """Return the pattern of all special tokens, each of which begins with `<` or `[`.

    `has_pipe_operator` says that `<|` alone is code.
    """
    heads = (_WHOLE_PIPE_TOKEN, *_HEADS[1:]) if has_pipe_operator else _HEADS
    return re.compile(rf"(?=[<\[])(?:{'|'.join((*heads, *map(re.escape, _tokens())))})")
