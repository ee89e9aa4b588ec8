"""Values that the name beside them tells to be secret: `DB_PASSWORD=…`, `"apiKey": "…"`, `Authorization: Bearer …`.

Every expression here is matched at one place and bounded, and places are looked at from left to right once, so the
time grows with the text and no faster.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from enum import Enum

from tierlsp.privacy import values
from tierlsp.privacy.rules import Names, Rules

STEMS = re.compile(
    "pass|pwd|pswd|secret|token|key|auth|cred|salt|cookie|session|bearer|basic |sid|psk|pat|sig|hash"
    "|kennwort|motdepasse|contrasena"
)
"""What every telling name has in it; looked for in text made small."""

MAX_NAME_CHARS = 60
"""Characters of a name that are looked at on either side of its stem."""

_NAME_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

_REST_OF_NAME = re.compile(rf"[A-Za-z0-9_\-]{{0,{MAX_NAME_CHARS}}}+")

_WORDS_OF_NAME = re.compile(r"[A-Z]{1,60}(?![a-z])|[A-Z]?[a-z]{1,60}|[0-9]{1,60}")

_SEPARATOR = re.compile(
    r"""(?P<close>[\\"'`\])]{0,4}+)
    (?:
        [ \t]{0,20}+(?:                                                                    # password: str = "…"
            \??:[ \t]{0,4}+[A-Za-z_&*?\[][\w.<>\[\],?&*]{0,40}+(?:[ \t]?\|[ \t]?[\w.\[\]]{1,40}+){0,3}+
            | [ \t]{1,4}+(?:string|str|\[\]byte)                                           # apiKey string = "…"
        )[ \t]{0,4}+=(?=[ \t]{0,4}+["'`])
        | [ \t]{0,20}+(?P<sign>:=|=>|={1,3}+|!==?|:|,|>|\()
    )""",
    re.VERBOSE,
)
"""From a name to its value."""

_VIA_VALUE = re.compile(
    r"""[\\"'`]{0,2}+[ \t]{0,4}+,?[ \t]{0,4}+(?:\r?\n[ \t+\-]{0,60}+)?+"""
    r"""[\\"'`]{0,2}+[vV]alue[\\"'`]{0,2}+[ \t]{0,4}+[:=]"""
)
"""From a name to its value where both are values themselves: `name: DB_PASSWORD`, `value: …`."""

_LOOSE = re.compile(r"""[\\"'`\])]{0,3}+[ \t]{1,4}+(?:(?:is|was|be|to|are|as|by)[: \t]{1,4}+)?+""")
"""From a name to its value in prose and on command lines."""

_QUOTE = re.compile(
    r"""[ \t]{0,20}+(?:\r?\n[ \t+\-]{0,60}+)?+(?:[rRbBfFuU]{1,2}|[@$])?(?P<quote>\\?["'`])(?:(?P=quote){2})?"""
)

_SCHEME = re.compile(
    r"[ \t]{0,4}+(?P<scheme>Bearer|Basic|Token|ApiKey|Api-Key|Key|token|bearer|basic|OAuth)[ \t]{1,4}+"
)
"""The first word in the value of an `Authorization` header."""

_BARE = re.compile(r"""[^\s"'`,;<>(){}\[\]|&\\]{1,400}+""")
"""A value without quotes, anywhere."""

_LINE_VALUE = re.compile(r"""(?P<value>[^\s"'`][^\s]{0,400}+)(?=[ \t]{0,20}+(?:\#[^\n]{0,400}+)?(?:[\r\n]|\Z))""")
"""A value without quotes that is the rest of its line."""

_BEFORE_LINE_NAME = re.compile(
    r"""[ \t+\-#/*>|"'$;]{0,40}+"""
    r"""(?:(?:export|set|setx|ENV|ARG|env|-e|--env|Environment=)[ \t]{0,4}+["']?)?(?:[\w\-]{1,40}+\.){0,6}+"""
)
"""What may stand before a name that is the first thing of its line."""

_MAX_VALUE_CHARS = 2048
"""The longest value between quotes."""

_MAX_LINE_HEAD = 100
"""Characters before a name on its line that are looked at."""


class Strength(Enum):
    """What a name tells of its value."""

    PASSWORD = "password"
    """A secret that a person chose; it may be short."""
    KEY = "key"
    """A secret that a machine made."""
    WEAK = "weak"
    """Possibly a secret; it counts if it looks random."""


@dataclass(frozen=True, slots=True)
class Found:
    """A secret in a text."""

    start: int
    end: int
    kind: str


def name_strength(name: str, names: Names) -> Strength | None:
    """Return what `name` tells of what is assigned to it, `None` for nothing."""
    words = [word.lower() for word in _WORDS_OF_NAME.findall(name)]
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in names.endings):
        words.pop()
    if not words:
        return None
    tails = {"".join(words[-count:]) for count in (1, 2, 3)}
    if tails & names.harmless:
        return None
    if tails & names.passwords:
        return Strength.PASSWORD
    if tails & names.keys:
        return Strength.KEY
    last = words[-1]
    if last.endswith(("password", "passwd", "passphrase")):
        return Strength.PASSWORD
    if last.endswith(("secret", "apikey", "accesskey", "privatekey", "secretkey", "authtoken", "accesstoken")):
        return Strength.KEY
    return Strength.WEAK if tails & names.weak else None


def find_by_name(text: str, place: int, stem: str, rules: Rules) -> tuple[Found | None, int]:
    """Look at the name around `place`, where `stem` stands, one of `STEMS`.

    Returns:
        The secret beside it, if there is one, and where to look on.
    """
    if stem in ("bearer", "basic "):
        return _find_by_scheme(text, place, stem.strip(), rules), place + len(stem)
    before = text[max(0, place - MAX_NAME_CHARS) : place]
    start = place - len(before) + len(before.rstrip(_NAME_CHARS))
    rest = _REST_OF_NAME.match(text, place)
    end = max(place + len(stem), rest.end() if rest else 0)
    strength = name_strength(text[start:end], rules.names)
    # `AWS::KMS::Key` is a type.
    if strength is None or text[max(0, start - 2) : start] == "::":
        return None, end
    span = _Value(text, start, end, strength, rules).find()
    if span is None:
        return None, end
    return Found(*span, f"named-{strength.value}"), max(end, span[1])


def _find_by_scheme(text: str, start: int, word: str, rules: Rules) -> Found | None:
    """Return what follows the word `Bearer` or `Basic`."""
    if text[start - 1 : start].isalnum():
        return None
    scheme = _SCHEME.match(text, start)
    value = _BARE.match(text, scheme.end()) if scheme else None
    if value is None:
        return None
    is_secret = _is_basic(value.group()) if word == "basic" else _is_bearer(value.group(), rules)
    return Found(value.start(), value.end(), word) if is_secret else None


def _is_bearer(value: str, rules: Rules) -> bool:
    """Whether it can be a bearer token."""
    return values.is_random(value, rules) and not values.is_code(value)


def _is_basic(value: str) -> bool:
    """Whether it is a name and a password, as `Authorization: Basic` has them."""
    if not 8 <= len(value) <= 400:
        return False
    try:
        decoded = base64.b64decode(value, validate=True).decode("utf-8")
    except ValueError:
        return False
    return ":" in decoded[1:] and decoded.isprintable()


@dataclass(frozen=True, slots=True)
class _Value:
    """The value of one name, in every form in which it may follow."""

    text: str
    start: int
    end: int
    """The name's."""
    strength: Strength
    rules: Rules

    def find(self) -> tuple[int, int] | None:
        """Return where the secret is, or `None` if there is none."""
        via = _VIA_VALUE.match(self.text, self.end)
        if via:
            return self._quoted(via.end()) or self._rest_of_line(via.end(), ":")
        separator = _SEPARATOR.match(self.text, self.end)
        if separator is None:
            return self._loose()
        sign = separator["sign"] or "="
        if sign in ("(", ","):
            return self._quoted(separator.end()) if self._is_telling else None
        position = separator.end()
        return self._quoted(position) or self._bare(position, sign, is_close=not separator["close"])

    @property
    def _is_option(self) -> bool:
        """Whether the name is an option of a command line."""
        return self.text.startswith("--", self.start)

    @property
    def _is_telling(self) -> bool:
        """Whether the name alone, with no sign of an assignment behind it, tells what follows."""
        name = self.text[self.start : self.end].lower()
        is_verb = name.startswith("pass") and not name.startswith("password")
        return self.strength is not Strength.WEAK and not is_verb

    def _quoted(self, position: int) -> tuple[int, int] | None:
        """Return the value between quotes that begins at `position`."""
        opening = _QUOTE.match(self.text, position)
        if opening is None:
            return None
        start = opening.end()
        end = self._closing(start, opening["quote"])
        scheme = _SCHEME.match(self.text, start, end)
        if scheme and scheme["scheme"].lower() == "basic":
            return (scheme.end(), end) if _is_basic(self.text[scheme.end() : end]) else None
        if scheme:
            start = scheme.end()
        value = self.text[start:end]
        return (start, end) if value and self._is_secret(value) else None

    def _closing(self, start: int, quote: str) -> int:
        """Return where the quotes close, or the line ends."""
        limit = min(len(self.text), start + _MAX_VALUE_CHARS)
        line_end = self.text.find("\n", start, limit)
        limit = line_end if line_end >= 0 else limit
        end = start
        while (end := self.text.find(quote, end, limit)) >= 0:
            escapes = end - len(self.text[start:end].rstrip("\\")) - start
            if escapes % 2 == 0 or len(quote) == 2:
                return end
            end += 1
        return limit

    def _bare(self, position: int, sign: str, *, is_close: bool) -> tuple[int, int] | None:
        """Return the value without quotes that begins at `position`; `is_close` if the sign follows the bare name."""
        if sign in ("=", ":", "=>"):
            found = self._rest_of_line(position, sign) if is_close or sign == ":" else None
            if found:
                return found
        scheme = _SCHEME.match(self.text, position)
        value = _BARE.match(self.text, scheme.end() if scheme else self._skip_blanks(position))
        if value is None or values.is_code(self.text[value.start() : value.end() + 1]):
            return None
        if scheme and scheme["scheme"].lower() == "basic":
            return value.span() if _is_basic(value.group()) else None
        before = self.text[max(0, self.start - 1) : self.start]
        # In an address, a connection string, on a command line and in XML nothing but values can stand there.
        is_certain = sign == ">" or before.endswith(("?", "&", ";")) or self._is_option
        is_secret = self._is_secret(value.group()) if is_certain else values.is_random(value.group(), self.rules)
        return value.span() if is_secret else None

    def _rest_of_line(self, position: int, sign: str) -> tuple[int, int] | None:
        """Return the value without quotes that is the rest of its line, as in `.env` and YAML."""
        line_start = self.text.rfind("\n", max(0, self.start - _MAX_LINE_HEAD), self.start) + 1
        if line_start == 0 and self.start > _MAX_LINE_HEAD:
            return None
        before = _BEFORE_LINE_NAME.match(self.text, line_start, self.start)
        if sign == "=" and (before is None or before.end() != self.start):
            return None
        found = _LINE_VALUE.match(self.text, self._skip_blanks(position))
        if found is None:
            return None
        value = found["value"].rstrip("\"'")
        is_env = sign == "=" and self.text[self.end : self.end + 1] == "=" and found.start() == self.end + 1
        if value.endswith((",", ";", "{", "(", "[", ":", "\\")) and not is_env:
            return None
        if values.is_code(value) or (value[0] in "([{<>|&*!" and not is_env):
            return None
        if is_env and value.endswith(",") and self.text[self.start : self.end].islower():
            return None
        is_secret = self._is_secret(value) or (is_env and self._is_plain_password(value))
        return (found.start(), found.start() + len(value)) if is_secret else None

    def _is_plain_password(self, value: str) -> bool:
        """Whether it is the password, of letters alone, of a variable of the environment."""
        if self.strength is not Strength.PASSWORD or not self.text[self.start : self.end].isupper():
            return False
        is_word = value.isalpha() and len(value) >= values.MIN_PASSWORD_CHARS
        return is_word and not values.is_made_of_words(value, self.rules) and not values.is_filler(value, self.rules)

    def _loose(self) -> tuple[int, int] | None:
        """Return the value that stands behind the name without a sign: in prose, on a command line, in SQL."""
        loose = _LOOSE.match(self.text, self.end)
        if loose is None:
            return None
        if self._is_telling and (found := self._quoted(loose.end())):
            return found
        value = _BARE.match(self.text, loose.end())
        if value is None or values.is_code(self.text[value.start() : value.end() + 1]):
            return None
        text = value.group().rstrip(".:")
        is_certain = self._is_option or self.text[max(0, self.start - 4) : self.start] in ("ENV ", "ARG ")
        is_secret = self._is_secret(text) if is_certain else values.is_random(text, self.rules)
        return (value.start(), value.start() + len(text)) if is_secret else None

    def _skip_blanks(self, position: int) -> int:
        """Return where the blanks at `position` end; at most 20 are skipped."""
        stretch = self.text[position : position + 20]
        return position + len(stretch) - len(stretch.lstrip(" \t"))

    def _is_secret(self, value: str) -> bool:
        """Whether `value` can be what the name says."""
        if value.startswith(self.text[self.start : self.end]):
            return False
        match self.strength:
            case Strength.PASSWORD:
                return values.is_password(value, self.rules)
            case Strength.KEY:
                return values.is_key(value, self.rules)
            case Strength.WEAK:
                is_sign_in = self.text[self.start : self.end].lower().endswith("auth") and _is_basic(value)
                return is_sign_in or (values.is_random(value, self.rules) and not values.is_name(value))
