"""Secrets that the name beside them tells: `DB_PASSWORD=…`, `"apiKey": "…"`, `Authorization: Bearer …`."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from tierlsp.privacy import value_forms as forms
from tierlsp.privacy import values
from tierlsp.privacy.names import Found, Strength, name_around
from tierlsp.privacy.rules import Rules


def find_by_name(text: str, place: int, stem: str, rules: Rules) -> tuple[Found | None, int]:
    """Look at the name around `place`, where `stem` stands, one of `names.STEMS`.

    Returns:
        The secret beside it, if there is one, and where to look on.
    """
    after = place + len(stem)
    if stem in ("bearer", "basic "):
        return _find_by_scheme(text, place, stem.strip(), rules), after
    if stem in forms.COMMANDS:
        return _find_in_command(text, after, stem, rules), after
    if stem == "identified by":
        span = Beside(text, place, after, Strength.PASSWORD, rules).quoted(after)
        return (Found(*span, "named-password") if span else None), after
    name, end = name_around(text, place, stem, rules.names)
    if name is None:
        return None, end
    span = Beside(text, name.start, name.end, name.strength, rules).find()
    if span is None:
        return None, end
    return Found(*span, f"named-{name.strength.value}"), max(end, span[1])


def _find_by_scheme(text: str, start: int, word: str, rules: Rules) -> Found | None:
    """Return what follows the word `Bearer` or `Basic`."""
    if text[start - 1 : start].isalnum():
        return None
    scheme = forms.SCHEME.match(text, start)
    value = forms.BARE.match(text, scheme.end()) if scheme else None
    if value is None:
        return None
    is_secret = _is_basic(value.group()) if word == "basic" else _is_bearer(value.group(), rules)
    return Found(value.start(), value.end(), word) if is_secret else None


def _find_in_command(text: str, start: int, stem: str, rules: Rules) -> Found | None:
    """Return the password that a command is given."""
    match = forms.COMMANDS[stem].match(text, start - 1)
    if match is None or not values.is_password(match["value"], rules):
        return None
    return Found(match.start("value"), match.end("value"), "command")


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
class Beside:
    """The value of one name, in every form in which it may follow. A method returns where the secret is, or `None`."""

    text: str
    start: int
    end: int
    """The name's."""
    strength: Strength
    rules: Rules

    def find(self) -> tuple[int, int] | None:
        """Look in every form."""
        if via := forms.VIA_VALUE.match(self.text, self.end):
            return self.quoted(via.end()) or self._rest_of_line(via.end(), ":")
        if formatted := forms.FORMATTED.match(self.text, self.end):
            return self.quoted(formatted.end())
        separator = forms.SEPARATOR.match(self.text, self.end)
        if separator is None:
            return self._loose()
        sign = separator["sign"] or "="
        position = separator.end()
        if sign == ",":
            return self.quoted(position) if self._is_telling else None
        if sign == "(":
            return (self.quoted(position) if self._is_telling else None) or self._second(position)
        return self.quoted(position) or self._second(position) or self._bare(position, sign, separator["close"])

    def quoted(self, position: int) -> tuple[int, int] | None:
        """Look at a value between quotes that begins at `position`."""
        opening = forms.QUOTE.match(self.text, position)
        if opening is None:
            return None
        start = opening.end()
        end = self._closing(start, opening["quote"])
        scheme = forms.SCHEME.match(self.text, start, end)
        if scheme and scheme["scheme"].lower() == "basic":
            return (scheme.end(), end) if _is_basic(self.text[scheme.end() : end]) else None
        if scheme:
            start = scheme.end()
        value = self.text[start:end]
        return (start, end) if value and self._is_secret(value) else None

    @property
    def _name(self) -> str:
        return self.text[self.start : self.end]

    @property
    def _is_option(self) -> bool:
        """Whether the name is an option of a command line."""
        return self.text.startswith("--", self.start)

    @property
    def _is_telling(self) -> bool:
        """Whether the name alone, with no sign of an assignment behind it, tells what follows."""
        name = self._name.lower()
        is_verb = name.startswith("pass") and not name.startswith("password")
        return self.strength is not Strength.WEAK and not is_verb

    def _second(self, position: int) -> tuple[int, int] | None:
        """Look at a password that follows a person's name: `BasicAuth("me", "…")`."""
        if not self._name.lower().endswith(("auth", "credential", "credentials")):
            return None
        opening = forms.QUOTE.match(self.text, position)
        if opening is None:
            return None
        second = forms.SECOND.match(self.text, self._closing(opening.end(), opening["quote"]))
        if second is None:
            return None
        return Beside(self.text, self.start, self.end, Strength.PASSWORD, self.rules).quoted(second.end())

    def _closing(self, start: int, quote: str) -> int:
        """Return where the quotes close, or the line ends."""
        limit = min(len(self.text), start + forms.MAX_VALUE_CHARS)
        line_end = self.text.find("\n", start, limit)
        limit = line_end if line_end >= 0 else limit
        end = start
        while (end := self.text.find(quote, end, limit)) >= 0:
            escapes = end - len(self.text[start:end].rstrip("\\")) - start
            if escapes % 2 == 0 or len(quote) == 2:
                return end
            end += 1
        return limit

    def _bare(self, position: int, sign: str, close: str) -> tuple[int, int] | None:
        """Look at a value without quotes that begins at `position`; `close` is what stands between name and sign."""
        if self.text[self.start - 1 : self.start] == sign == ":":
            # The name of a thing: `arn:aws:secretsmanager:eu-west-1:1234:secret:name`.
            return None
        if sign == ":" and (block := forms.BLOCK.match(self.text, position)):
            return self._rest_of_line(block.end(), sign)
        if sign in ("=", ":", "=>", ":=", "?=") and (not close or sign == ":"):
            found = self._rest_of_line(position, sign)
            if found:
                return found
        scheme = forms.SCHEME.match(self.text, position)
        value = forms.BARE.match(self.text, scheme.end() if scheme else self._skip_blanks(position))
        if value is None or values.is_code(self.text[value.start() : value.end() + 1]):
            return None
        if scheme and scheme["scheme"].lower() == "basic":
            return value.span() if _is_basic(value.group()) else None
        is_secret = (
            self._is_secret(value.group()) if scheme or self._is_certain(sign) else self._is_drawn(value.group())
        )
        return value.span() if is_secret else None

    def _is_certain(self, sign: str) -> bool:
        """Whether nothing but a value can follow: in an address, a connection string, on a command line, in XML."""
        before = self.text[max(0, self.start - 1) : self.start]
        return sign == ">" or before in ("?", "&", ";") or self._is_option or self._is_variable

    @property
    def _is_variable(self) -> bool:
        """Whether it is a variable of the environment, set on a command line: `docker run -e API_KEY=…`."""
        is_close = self.text[self.end : self.end + 1] == "=" and not self.text[self.end + 1 : self.end + 2].isspace()
        return (
            is_close and self._name.isupper() and self.text[max(0, self.start - 1) : self.start] in (" ", '"', "'", "=")
        )

    def _rest_of_line(self, position: int, sign: str) -> tuple[int, int] | None:
        """Look at a value without quotes that is the rest of its line, as in `.env` and YAML."""
        line_start = self.text.rfind("\n", max(0, self.start - forms.MAX_LINE_HEAD), self.start) + 1
        if line_start == 0 and self.start > forms.MAX_LINE_HEAD:
            return None
        before = forms.BEFORE_LINE_NAME.match(self.text, line_start, self.start)
        if sign != ":" and (before is None or before.end() != self.start):
            return None
        found = forms.LINE_VALUE.match(self.text, self._skip_blanks(position))
        if found is None:
            return None
        value = found["value"].rstrip("\"'")
        is_env = sign == "=" and self.text[self.end : self.end + 1] == "=" and found.start() == self.end + 1
        if self._is_syntax(value, is_env=is_env):
            return None
        is_secret = self._is_secret(value) or (is_env and self._is_plain_password(value))
        return (found.start(), found.start() + len(value)) if is_secret else None

    def _is_syntax(self, value: str, *, is_env: bool) -> bool:
        """Whether the rest of a line is code rather than a value; in a file of variables hardly anything is."""
        if values.is_code(value):
            return True
        if is_env:
            return value.endswith(",") and self._name.islower()
        return value.endswith((",", ";", "{", "(", "[", ":", "\\")) or value[0] in "([{<>|&*!"

    def _is_plain_password(self, value: str) -> bool:
        """Whether it is the password, of letters alone, of a variable of the environment."""
        if self.strength is not Strength.PASSWORD or not self._name.isupper():
            return False
        is_word = value.isalpha() and len(value) >= values.MIN_PASSWORD_CHARS
        return is_word and not values.is_made_of_words(value, self.rules) and not values.is_filler(value, self.rules)

    def _loose(self) -> tuple[int, int] | None:
        """Look at a value that stands behind the name without a sign: in prose, on a command line, in SQL."""
        loose = forms.LOOSE.match(self.text, self.end)
        if loose is None:
            return None
        if self._is_telling and (found := self.quoted(loose.end())):
            return found
        value = forms.BARE.match(self.text, loose.end())
        if value is None or values.is_code(self.text[value.start() : value.end() + 1]):
            return None
        text = value.group().rstrip(".:")
        is_certain = self._is_option or self.text[max(0, self.start - 4) : self.start] in ("ENV ", "ARG ")
        is_secret = self._is_secret(text) if is_certain else self._is_drawn(text)
        return (value.start(), value.start() + len(text)) if is_secret else None

    def _skip_blanks(self, position: int) -> int:
        """Return where the blanks at `position` end; at most 20 are skipped."""
        stretch = self.text[position : position + 20]
        return position + len(stretch) - len(stretch.lstrip(" \t"))

    def _is_drawn(self, value: str) -> bool:
        """Whether `value`, which may be anything, is a secret by its looks and the name together."""
        if values.is_random(value, self.rules):
            return True
        return self.strength is not Strength.WEAK and values.is_generated(value, self.rules)

    def _is_secret(self, value: str) -> bool:
        """Whether `value` can be what the name says."""
        if value.startswith(self._name):
            return False
        match self.strength:
            case Strength.PASSWORD:
                return values.is_password(value, self.rules)
            case Strength.KEY:
                return values.is_key(value, self.rules)
            case Strength.WEAK:
                is_sign_in = self._name.lower().endswith("auth") and _is_basic(value)
                return is_sign_in or (values.is_random(value, self.rules) and not values.is_name(value))
