"""Whether an answer has the shape of code: whole, changed, without words around it or marks left in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from tierlsp.text.language import Language
from tierlsp.text.lines import is_blank

_LINE_CHARS = 300
"""Characters of a line that are looked at: such words are short, and these patterns go back and forth."""

_LEFT_OUT = re.compile(
    r"""
      (?:\#|//|--|/\*|<!--|;|%|\(\*|\*)\s*
      (?: (?:\.{3}|…).*
        | \(?\s*(?:the\s+)?(?:rest|remainder|remaining|existing|other|previous|same|unchanged)\b.*
          \b(?:code|function|method|class|file|implementation|unchanged|same|here|above|before|as\s+is)\b.*
        | .*\b(?:remains?|stays?|is|are)\s+(?:the\s+same|unchanged)\b.*
        | .*\b(?:omitted|truncated|snipped|unchanged)\s+(?:for\s+brevity|here|above|below)\b.*
        | .*\b(?:code|lines)\s+(?:unchanged|omitted)\b.*
      )
    | (?:\.{3}|…)\s*(?:\(?(?:rest|remaining|existing|unchanged|same|other)\b.*)?\Z
    | \[(?:\.{3}|…)\]
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Words with which models leave code out."""

_CONFLICT = re.compile(r"<{7}(?: |\Z)|>{7}(?: |\Z)|={7}\Z|\|{7}(?: |\Z)")
_FENCE = re.compile(r"\s{0,3}(?:`{3,}|~{3,})")
_PROSE = re.compile(
    r"(?:sure|certainly|of course|okay)\b[,!.:]|here(?:'s| is| are)\b.*\b(?:code|version|fix|function|lines)\b.*:?\Z"
    r"|(?:the|this) (?:fixed|corrected|updated) (?:code|version)\b|i(?:'ve| have) (?:fixed|changed|updated)\b"
    r"|<\|(?:im_end|im_start|endoftext|eot_id|end|assistant)\|>|</s>\Z",
    re.IGNORECASE,
)
"""What models say before and after code, and the marks of their own format."""


def shape_mistake(old: Sequence[str], new: Sequence[str], language: Language) -> str | None:
    """Return what is wrong with `new` as new text of the lines `old`, as a sentence; `None` if nothing is."""
    if all(is_blank(line) for line in new):
        return "the answer is empty"
    if list(new) == list(old):
        return "the answer changes nothing"
    for line in _added(old, new):
        mistake = _mistake_of_line(line, language)
        if mistake:
            return f"{mistake}: “{line.strip()[:60]}”"
    return None


def _added(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Return the lines of `new` that are not in `old`, or more often."""
    left = Counter(line.strip() for line in old)
    added = []
    for line in new:
        text = line.strip()
        if left[text] > 0:
            left[text] -= 1
        elif text:
            added.append(line)
    return added


def _mistake_of_line(line: str, language: Language) -> str | None:
    text = line.strip()[:_LINE_CHARS]
    if _CONFLICT.match(text):
        return "the answer has a mark of a merge in it"
    if language.is_prose:
        return None
    if text != "..." and _LEFT_OUT.match(text):
        return "the answer leaves code out"
    if _FENCE.match(line):
        return "the answer has a fence in the code"
    if _PROSE.match(text):
        return "the answer has words in the code that are none of it"
    return None
