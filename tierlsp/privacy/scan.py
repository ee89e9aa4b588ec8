"""Finds the secrets in a text, in bites, so that whoever runs it can rest in between.

Linear in the text: each rule is tried at the places where its beginning stands, and looks at a bounded stretch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierlsp.privacy import values
from tierlsp.privacy.beside import find_by_name
from tierlsp.privacy.names import STEMS, Found
from tierlsp.privacy.rules import Rules, TokenRule

BITE_CHARS = 8192
"""Characters looked at between two rests."""

TOKENS_BITE_CHARS = 4096
NAMES_BITE_CHARS = 1024
"""The same for what takes longer. Each is well below half a millisecond's work."""

_LONGEST_START = 64
"""More than any beginning that is looked for, so that none is lost between two bites."""

_LONG_RUN = re.compile(
    r"(?:[^A-Za-z0-9_\-.:~/+=%$,]++|[A-Za-z0-9_\-.:~/+=%$,]{1,15}+(?![A-Za-z0-9_\-.:~/+=%$,]))*+"
    r"([A-Za-z0-9_\-.:~/+=%$,]{16,}+)"
)
"""Past all that is too short for a key, the next 16 and more characters of which keys are made."""

_USER_INFO = re.compile(r"[^\s\"'`<>\\]{1,400}+")
"""What stands between `://` and the end of an address. A password in base 64 may hold a slash."""

_PEM_HEAD = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?-----")
_PEM_TAIL = re.compile(r"-----END [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?-----")
_PEM_LINE = re.compile(
    r"""[ \t+\-#/*"'>|,;]{0,20}+"""
    r"""(?:[A-Za-z0-9+/]{20,200}+={0,2}+|[A-Za-z0-9+/]{1,80}+={1,2}|[A-Z][A-Za-z\-]{3,30}+: [^\n]{0,120}+)?"""
    r"""(?:\\[nr]|[ \t\r"'+,;|\\]){0,20}+"""
)
"""A line of a key, with what a diff, a comment or a string puts around it."""

_BEFORE_BODY = re.compile(r"""(?:\\[nr]|[ \t\r\n"'+,;])*+""")
"""What stands between a key's first line and its body."""

_KEY_TEXT = re.compile(r"[A-Za-z0-9+/]{16}")
"""What every key has in it."""

MAX_PEM_CHARS = 16_384
"""The longest key: RSA with 16,384 bits takes some 12,500 characters."""


def scan(text: str, rules: Rules) -> Iterator[Found | None]:
    """Yield the secrets of `text`, in no order and possibly one inside another, and `None` after each bite.

    A key in PEM form is found without its first and last line, which tell a model what it is.
    """
    looking = _Look(text, rules)
    looks = (
        (looking.tokens, TOKENS_BITE_CHARS),
        (looking.names, NAMES_BITE_CHARS),
        (looking.addresses, BITE_CHARS),
        (looking.pem_keys, BITE_CHARS),
    )
    for look, bite in looks:
        position = 0
        while position < len(text):
            found, position = look(position, min(len(text), position + bite))
            yield from found
            yield None


class _Look:
    """Each method looks for beginnings from `start` to `end`, and returns where the next bite begins."""

    def __init__(self, text: str, rules: Rules) -> None:
        self._text = text
        self._rules = rules

    def tokens(self, start: int, end: int) -> tuple[list[Found], int]:
        """Find keys with a beginning of their own."""
        found: list[Found] = []
        position = start
        while run := _LONG_RUN.match(self._text, position, end + _LONGEST_START):
            if run.start(1) >= end:
                break
            more, after = self._tokens_in(run.start(1), run.end())
            found += more
            # What of the run lies behind this bite is looked at again in the next.
            position = max(after, min(run.end(), end))
        return found, max(position, end)

    def _tokens_in(self, start: int, end: int) -> tuple[list[Found], int]:
        """Find keys in a stretch of characters that can belong to keys; return also where the last one ends."""
        found: list[Found] = []
        position = start
        while match := self._rules.starts.search(self._text, position, end):
            position = match.start() + 1
            for rule in self._rules.tokens_by_start[match.group()]:
                token = _token_at(self._text, match.start(), rule)
                if token and not values.is_filler(token.group(), self._rules) and _is_drawn(token.group()):
                    found.append(Found(*token.span(), rule.kind))
                    position = max(position, token.end())
                    break
        return found, position

    def names(self, start: int, end: int) -> tuple[list[Found], int]:
        """Find what a name tells to be secret."""
        found: list[Found] = []
        position = start
        small = _made_small(self._text[start : end + _LONGEST_START])
        while (stem := STEMS.search(small, position - start)) and stem.start() + start < end:
            secret, position = find_by_name(self._text, stem.start() + start, stem.group(), self._rules)
            if secret:
                found.append(secret)
        return found, max(position, end)

    def addresses(self, start: int, end: int) -> tuple[list[Found], int]:
        """Find passwords in addresses: `https://user:password@host`."""
        found: list[Found] = []
        position = start
        while (mark := self._text.find("://", position, end + 2)) >= 0:
            position = mark + 3
            info = _USER_INFO.match(self._text, position)
            if info is None:
                continue
            user_info, at, _ = info.group().rpartition("@")
            user, colon, password = user_info.partition(":")
            if "/" in user or ("/" in password and ("." in user or not values.is_random(password, self._rules))):
                # The `@` is part of a path.
                position = info.end()
                continue
            secret = password if colon else user
            start_of_secret = position + (len(user) + 1 if colon else 0)
            if at and self._is_in_address(secret, user, is_password=bool(colon)):
                found.append(Found(start_of_secret, start_of_secret + len(secret), "address"))
            position = info.end()
        return found, max(position, end)

    def _is_in_address(self, secret: str, user: str, *, is_password: bool) -> bool:
        """Whether `secret` can be one, given where it stands."""
        if not is_password:
            return values.is_random(secret, self._rules)
        is_clean = (
            len(secret) < 4
            or secret == user
            or values.is_filler(secret, self._rules)
            or values.is_interpolated(secret)
            or values.is_made_of_words(secret, self._rules)
            or secret[0] in "$%{[(<"
        )
        return not is_clean

    def pem_keys(self, start: int, end: int) -> tuple[list[Found], int]:
        """Find private keys in PEM form, cut off at either end or whole."""
        found: list[Found] = []
        position = start
        while (mark := self._text.find("-----", position, end + 4)) >= 0:
            position = mark + 5
            if head := _PEM_HEAD.match(self._text, mark):
                body_end = _end_of_body(self._text, head.end())
                found += _trimmed(self._text, head.end(), body_end)
                position = max(position, body_end)
            elif (_PEM_TAIL.match(self._text, mark)) and not _is_headed(found, mark):
                found += _trimmed(self._text, _start_of_body(self._text, mark), mark)
        return found, max(position, end)


def _made_small(text: str) -> str:
    """Return `text` in small letters, each at its place."""
    small = text.lower()
    # One letter of Unicode, `İ`, becomes two.
    return small if len(small) == len(text) else text.replace("İ", "I").lower()


def _token_at(text: str, start: int, rule: TokenRule) -> re.Match[str] | None:
    """Return the key of `rule` whose mark stands at `start`."""
    for offset in rule.offsets:
        begin = start - offset
        if begin < 0 or _is_inside_word(text, begin, rule):
            continue
        if match := rule.pattern.match(text, begin):
            return match
    return None


def _is_inside_word(text: str, start: int, rule: TokenRule) -> bool:
    """Whether what begins at `start` is the later part of a word; escapes such as of a line end are none."""
    before = text[max(0, start - 3) : start]
    if rule.is_apart and before.endswith(("-", "_", ".")):
        return True
    if not before or not (before[-1].isascii() and before[-1].isalnum()):
        return False
    return before[-2:-1] != "\\" and before[-3:-2] != "%"


def _is_drawn(token: str) -> bool:
    """Whether it can have been drawn by lot: it has a digit, capitals among small letters, or nothing but capitals."""
    if token.isupper() or any(char.isdigit() for char in token):
        return True
    return sum(char.isupper() for char in token) >= 3 and any(char.islower() for char in token)


def _is_headed(found: list[Found], mark: int) -> bool:
    """Whether the last key found reaches up to `mark`."""
    return bool(found) and mark - found[-1].end <= 64


def _end_of_body(text: str, start: int) -> int:
    """Return where the key that begins at `start` ends: at its last line, or where its lines stop."""
    limit = min(len(text), start + MAX_PEM_CHARS)
    mark = text.find("-----END", start, limit)
    if mark >= 0 and "-----BEGIN" not in text[start:mark]:
        return mark
    position = start
    while position < limit:
        line_end = text.find("\n", position, limit)
        line_end = line_end if line_end >= 0 else limit
        if not _PEM_LINE.fullmatch(text, position, line_end):
            break
        position = line_end + 1
    return min(position, limit)


def _start_of_body(text: str, mark: int) -> int:
    """Return where the key begins whose last line stands at `mark`: it was cut off in front."""
    limit = max(0, mark - MAX_PEM_CHARS)
    position = text.rfind("\n", limit, mark) + 1 or mark
    while position > limit:
        line_start = max(limit, text.rfind("\n", limit, position - 1) + 1)
        if not _PEM_LINE.fullmatch(text, line_start, position - 1):
            break
        position = line_start
    return position


def _trimmed(text: str, start: int, end: int) -> list[Found]:
    """Return the body of a key without what surrounds it: line ends, quotes, a diff's marks."""
    start = _BEFORE_BODY.match(text, start, end).end()  # type: ignore[union-attr] # it matches nothing, too
    body = text[start:end].rstrip(" \t\r\n\"'+-,;#/*")
    while body.endswith(("\\n", "\\r")):
        body = body[:-2]
    return [Found(start, start + len(body), "pem")] if _KEY_TEXT.search(body[:400]) else []
