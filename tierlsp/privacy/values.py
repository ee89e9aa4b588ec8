"""Is this string a secret, or a word, a filler, a piece of code? Judged by the characters alone."""

from __future__ import annotations

import itertools
import re

from tierlsp.privacy.rules import Rules

MIN_PASSWORD_CHARS = 6
"""Shorter ones are found in every test and protect nothing."""

MIN_RANDOM_CHARS = 16
"""Keys that nobody has to remember have at least as many characters: 80 bits in base 32."""

_LEAST_CHANGES = 0.22
"""How often the kind of character must change in what is random, with digits in it.

Random hex changes at 0.47 of its places, base 62 at 0.45; `PKCS12PrivateKeyTypes` at 0.2. The change from a capital to
a small letter does not count, since every name in CamelCase has it.
"""

_FEW_PIECE_CHARS = 2.9
"""Letters alone that fall into shorter words than that are no name, whatever their vowels."""

_MOST_PIECE_CHARS_OF_LETTERS = 4.2
_MOST_VOWELS = 0.3
"""The same for letters alone, and their share of vowels: chance gives 0.19, names have 0.35 and more."""

_LEAST_MIX = 0.5
"""How often the kind of character changes in what a password manager proposes."""

_MOST_PIECE_CHARS = 3.2
"""Letters that the words have on average that chance makes, split at capitals: 2.5; those of names have 4."""

_MOST_CHARS_WITH_FILLERS = 64
"""Longest value in which a filler is looked for."""

_MOST_JUDGED_CHARS = 256
"""Characters that are looked at; what is random is so from its beginning."""

_LEAST_WORD_CHARS = 3.5
"""Characters that the words of a name have on average, with digits behind them; chance makes them shorter."""

_WORDS = re.compile(r"[A-Z]?[a-z]++[0-9]{0,2}+|[A-Z]++[0-9]{0,2}+|[0-9]{1,4}+|[_\-. /:\\]++")
"""What names are made of: words, each with a digit or two behind it, and what joins them."""

_INTERPOLATION = re.compile(r"\$[{(A-Za-z_]|[{#]\{|\{[^{}\n]{0,40}+\}|%[(sdr]|%[A-Za-z_]{2,30}+%|\\\(")
"""Where another value is put in: `${VAR}`, `$(…)`, `{name}`, `%s`, `%APPDATA%`, `\\(name)`."""

_CODE = re.compile(
    r"[A-Za-z_][\w.]{0,80}+[(\[]|(?:self|this|os|process|env|config|settings|args|ctx|request|System|Deno|import)\b[.\[(?]"
    r"|(?:await|new|lambda|not|return)\b|->|::|=>|\?\.|&&|\|\|"
)
"""A call, a subscript, an attribute: the value comes from elsewhere."""

_JOINTS = re.compile(r"""[_\-. /:=;&,"'()%]++""")
"""What joins the parts of a value."""

_UNSPEAKABLE = re.compile(r"[bcdfghjklmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ]{8}")
"""More consonants in a row than even an abbreviation has."""

_HEX = re.compile(r"(?=.{0,400}[0-9])[0-9a-f]{16,400}+")

_PIECES = re.compile(r"[A-Z]?[a-z]++|[A-Z]{1,256}(?![a-z])|[A-Z]")
"""The words of a name in CamelCase, and what chance makes of letters."""

_PLACE = re.compile(r"\.{0,2}/|~/|[A-Za-z]:\\|[a-z][a-z0-9+.\-]{1,20}+://|#|@")
"""A path, an address, a colour, a name with an `@`: by how it begins."""

_TYPES = re.compile(
    r"[ui](?:8|16|32|64|128|size)|f(?:32|64)|u?int[0-9]*+\w{0,8}+|float[0-9]*+\w{0,8}+|utf-?[0-9]++|bytes[0-9]*+|vec[0-9]",
    re.I,
)
"""Types with digits in their names."""


def is_filler(value: str, rules: Rules) -> bool:
    """Whether `value` stands for a secret that somebody is to fill in, or masks one."""
    small = value.lower()
    # In a long one chance can spell any word.
    if len(value) <= _MOST_CHARS_WITH_FILLERS and any(filler in small for filler in rules.fillers):
        return True
    if "xxxx" in value or "XXXX" in value:
        return True
    return len(set(value[-32:])) < min(5, len(value))


def is_interpolated(value: str) -> bool:
    """Whether another value is put into it, and the rest is no secret by itself."""
    rest, count = _INTERPOLATION.subn("", value)
    is_chance = len(rest) >= MIN_PASSWORD_CHARS and has_letter_and_digit(rest) and not is_name(rest)
    return count > 0 and not is_chance


def is_code(value: str) -> bool:
    """Whether it is an expression, written without quotes."""
    return _CODE.match(value) is not None


def is_made_of_words(value: str, rules: Rules) -> bool:
    """Whether it is words of tests, digits and what joins them: `test_password_1`."""
    small = value.lower().strip("_-. /:!*#@&^?")
    if small in rules.words:
        return True
    words = re.findall(r"[a-z]++", small)
    return all(word in rules.words for word in words) and sum(map(len, words)) + 8 > len(small)


def is_name(value: str) -> bool:
    """Whether it reads as a name, a number, a type or a place: `application/json`, `access_token2`, `UInt64`."""
    if _TYPES.fullmatch(value):
        return True
    if _PLACE.match(value):
        # Base 64 may begin with a slash.
        return not (value[0] == "/" and value.count("/") <= len(value) // 12 and _is_mixed(value))
    position = 0
    words: list[str] = []
    while match := _WORDS.match(value, position):
        position = match.end()
        words += [match.group()] if match.group()[0].isalpha() else []
    if position < len(value) or _is_mixed(value):
        return False
    return sum(map(len, words)) >= _LEAST_WORD_CHARS * len(words) and not _UNSPEAKABLE.search(value)


def is_password(value: str, rules: Rules) -> bool:
    """Whether it can be a password that a person chose, given that it is one by its name."""
    if len(value) < MIN_PASSWORD_CHARS or not value.isprintable() or " " in value:
        return False
    if is_filler(value, rules) or is_interpolated(value) or is_made_of_words(value, rules):
        return False
    has_letter = any(char.isalpha() for char in value)
    has_other = any(not char.isalpha() and char not in "_-. /:" for char in value)
    if not (has_letter and has_other) or _PLACE.match(value) or _TYPES.fullmatch(value):
        return is_random(value, rules)
    # A word with digits at its end is the commonest of all passwords; several words with joints are a name.
    return not is_name(value) or re.fullmatch(r"[A-Za-z]{4,}+[0-9]{1,4}+", value) is not None


def is_key(value: str, rules: Rules) -> bool:
    """Whether it can be a key, given that it is one by its name: mixed, and no name."""
    if len(value) < MIN_PASSWORD_CHARS + 2 or not value.isprintable() or " " in value:
        return False
    if is_filler(value, rules) or is_interpolated(value) or is_made_of_words(value, rules) or is_name(value):
        return False
    return has_letter_and_digit(value) or is_random(value, rules)


def has_letter_and_digit(value: str) -> bool:
    """Whether it has both."""
    return any(char.isalpha() for char in value) and any(char.isdigit() for char in value)


def is_random(value: str, rules: Rules) -> bool:
    """Whether it looks drawn by lot, whatever it is called."""
    if len(value) < MIN_RANDOM_CHARS or not value.isascii() or not value.isprintable() or " " in value:
        return False
    if is_filler(value, rules) or is_interpolated(value):
        return False
    return _is_mixed(value[:_MOST_JUDGED_CHARS])


def is_generated(value: str, rules: Rules) -> bool:
    """Whether a password manager may have proposed it: ten characters and more, of all four kinds, well mixed."""
    if not 10 <= len(value) <= 64 or not value.isascii() or not value.isprintable() or " " in value:
        return False
    kinds = [_kind(char) for char in value]
    if len(set(kinds)) < 4 or kinds.count("+") * 3 > len(kinds) or _PLACE.match(value):
        return False
    mixed = sum(kind != following for kind, following in itertools.pairwise(kinds)) / (len(kinds) - 1)
    is_other = is_filler(value, rules) or is_interpolated(value) or is_name(value)
    return mixed >= _LEAST_MIX and not is_other


def _is_mixed(value: str) -> bool:
    """Whether the longest stretch without joints changes between kinds of characters as random text does."""
    if _is_uuid(value):
        return True
    longest = max(_JOINTS.split(value), key=len)
    if len(longest) < MIN_RANDOM_CHARS - 4 or len(set(longest)) < 8 or longest.isdigit():
        return False
    if _HEX.fullmatch(longest):
        return True
    pieces = _PIECES.findall(longest)
    piece_chars = sum(map(len, pieces)) / len(pieces) if len(pieces) >= 4 else len(longest)
    if any(char.isdigit() for char in longest):
        return piece_chars <= _MOST_PIECE_CHARS or _changes(longest) >= _LEAST_CHANGES
    vowels = sum(char in "aeiouAEIOU" for char in longest) / len(longest)
    is_unlike_words = piece_chars <= _MOST_PIECE_CHARS_OF_LETTERS and vowels <= _MOST_VOWELS
    return piece_chars <= _FEW_PIECE_CHARS or is_unlike_words


def _changes(text: str) -> float:
    """Return at which share of its places the kind of character changes, but for a capital before a small letter."""
    kinds = [_kind(char) for char in text]
    pairs = itertools.pairwise(kinds)
    return sum(kind != following and (kind, following) != ("A", "a") for kind, following in pairs) / (len(kinds) - 1)


def _is_uuid(value: str) -> bool:
    """Whether it is a UUID, of which many keys consist."""
    return re.fullmatch(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value) is not None


def _kind(char: str) -> str:
    """Return a letter for the kind of `char`."""
    if char.isdigit():
        return "0"
    if char.islower():
        return "a"
    return "A" if char.isupper() else "+"
