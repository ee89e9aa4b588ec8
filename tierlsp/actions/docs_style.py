"""In which style a file writes the descriptions of its code, told from those that are there.

Rules of thumb: the first style that a file shows wins, else the one that its language expects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_LOOKED_AT = 600
"""Lines from the top that are looked at; a file that has shown no style by then has none, and a menu looks too."""


@dataclass(frozen=True, slots=True)
class Style:
    """One way to describe code."""

    name: str
    how: str
    """What a model is told."""


@dataclass(frozen=True, slots=True)
class _Sign:
    """What shows that a file writes in a style."""

    pattern: re.Pattern[str]
    style: Style


def _sign(pattern: str, name: str, how: str) -> _Sign:
    return _Sign(re.compile(pattern, re.MULTILINE), Style(name, how))


_PYTHON = (
    _sign(
        r"^\s+(?:Parameters|Returns|Raises|Yields)\n\s+-{3,}\s*$",
        "NumPy",
        "docstrings in NumPy style: a summary line, then sections such as Parameters, Returns and Raises, each "
        "underlined with dashes",
    ),
    _sign(
        r"^\s*:(?:param|returns?|raises|rtype)\b",
        "reST",
        "docstrings in reST style: a summary line, then fields such as :param name:, :returns: and :raises Error:",
    ),
    _sign(
        r"^\s+(?:Args|Arguments|Returns|Raises|Yields|Attributes):\s*$",
        "Google",
        "docstrings in Google style: a summary line, then sections such as Args:, Returns: and Raises:, indented",
    ),
)
_PLAIN_PYTHON = Style(
    "PEP 257",
    "docstrings as PEP 257 has them: one summary line in the imperative, and more sentences only where they help",
)

_DOXYGEN = (
    _sign(r"^\s*///\s*[\\@]\w+|^\s*///", "Doxygen", "Doxygen comments that begin with ///, as this file has them"),
    _sign(r"[\\@]brief\b", "Doxygen", "Doxygen comments between /** and */ with @brief, @param and @return"),
)
_TAGGED = (
    "comments between /** and */ directly above: a summary sentence, then {tags} where they say more than names do"
)


def _tagged(name: str, tags: str) -> Style:
    return Style(name, f"{name} {_TAGGED.format(tags=tags)}")


_SIGNS: Mapping[str, tuple[_Sign, ...]] = {
    "python": _PYTHON,
    "c": _DOXYGEN,
    "cpp": _DOXYGEN,
    "ruby": (_sign(r"#\s*@(?:param|return)", "YARD", "YARD comments with # and tags such as @param and @return"),),
    "csharp": (_sign(r"^\s*/\*\*", "Javadoc", _tagged("Javadoc", "@param and @return").how),),
}

_TSDOC = _tagged("TSDoc", "@param name - and @returns, without types,")
_SLASHES = "comments that begin with /// directly above"

_USUAL: Mapping[str, Style] = {
    "python": _PLAIN_PYTHON,
    "javascript": _tagged("JSDoc", "@param {type} name and @returns {type}"),
    "javascriptreact": _tagged("JSDoc", "@param {type} name and @returns {type}"),
    "typescript": _TSDOC,
    "typescriptreact": _TSDOC,
    "java": _tagged("Javadoc", "@param, @return and @throws"),
    "kotlin": _tagged("KDoc", "@param, @return and @throws"),
    "scala": _tagged("Scaladoc", "@param and @return"),
    "groovy": _tagged("Groovydoc", "@param and @return"),
    "php": _tagged("PHPDoc", "@param type $name and @return type"),
    "dart": Style("dartdoc", f"dartdoc {_SLASHES}, with names in [brackets]"),
    "rust": Style("rustdoc", f"rustdoc {_SLASHES}: a summary line, then # Errors, # Panics and # Safety as they apply"),
    "swift": Style("Swift", f"Swift {_SLASHES}, with - Parameter name:, - Returns: and - Throws:"),
    "go": Style("godoc", "godoc comments that begin with // directly above, whole sentences that begin with the name"),
    "csharp": Style("XML", f"XML {_SLASHES}: <summary>, <param name=…>, <returns>, <exception cref=…>"),
    "vb": Style("XML", "XML comments that begin with ''' directly above: <summary>, <param name=…>, <returns>"),
    "fsharp": Style("XML", f"XML {_SLASHES}: <summary>, <param name=…>, <returns>"),
    "c": _tagged("Doxygen", "@param and @return"),
    "cpp": _tagged("Doxygen", "@param and @return"),
    "ruby": Style("RDoc", "RDoc comments that begin with # directly above"),
    "lua": Style("LDoc", "LDoc comments that begin with --- directly above, with @param and @return"),
    "haskell": Style("Haddock", "Haddock comments that begin with -- | directly above"),
    "zig": Style("Zig", f"{_SLASHES}"),
    "perl": Style("comments", "comments that begin with # directly above"),
    "r": Style("roxygen2", "roxygen2 comments that begin with #' directly above, with @param and @return"),
    "julia": Style("comments", "comments that begin with # directly above"),
    "shellscript": Style("comments", "comments that begin with # directly above"),
    "sql": Style("comments", "comments that begin with -- directly above"),
}

_UNKNOWN = Style("comments", "the comments that this language and this file use for it")


def style_of(lines: Sequence[str], language_id: str) -> Style:
    """Return the style in which `lines` describe their code."""
    signs = _SIGNS.get(language_id, ())
    if signs:
        text = "\n".join(lines[:_LOOKED_AT])
        found = [(match.start(), sign.style) for sign in signs if (match := sign.pattern.search(text))]
        if found:
            return min(found, key=lambda pair: pair[0])[1]
    return _USUAL.get(language_id, _UNKNOWN)
