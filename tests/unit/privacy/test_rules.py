"""The rules are sound, and no text can make looking for secrets slow.

Time is not measured: the expressions are read for what could make them slow, and the places looked at are counted.
"""

import random
import re
from collections.abc import Iterator
from re import _constants as codes  # type: ignore[attr-defined] # what `re` parses into; there is no public way
from re import _parser as parser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.privacy import planting
from tierlsp.privacy import beside, names, scan, value_forms
from tierlsp.privacy.redact import SecretReader
from tierlsp.privacy.rules import load_rules

FEW = settings(max_examples=60)

MAX_STEPS_PER_CHAR = 1500
"""The most characters that one rule may look at for each character of a text, however it is made.

A rule looks again where its beginning stands again, so that is its length divided by its beginning's.
"""

RULES = {rule.kind: rule for rules in load_rules().tokens_by_start.values() for rule in rules}


def repeats(tree: Any) -> Iterator[tuple[Any, int, int, Any]]:
    """Yield every repetition of a parsed expression."""
    for operation, argument in tree:
        if operation in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            yield (operation, *argument)
            yield from repeats(argument[2])
        elif operation is codes.SUBPATTERN:
            yield from repeats(argument[3])
        elif operation is codes.BRANCH:
            for branch in argument[1]:
                yield from repeats(branch)
        elif operation in (codes.ASSERT, codes.ASSERT_NOT):
            yield from repeats(argument[1])


def test_every_rule_is_named_once_and_says_whose_it_is() -> None:
    assert len(RULES) >= 60
    assert all(rule.title for rule in RULES.values())
    assert all(rule.starts and all(rule.starts) for rule in RULES.values())


@pytest.mark.parametrize("kind", RULES)
def test_no_rule_ever_goes_back(kind: str) -> None:
    for operation, low, high, _ in repeats(parser.parse(RULES[kind].pattern.pattern)):
        assert operation is codes.POSSESSIVE_REPEAT or low == high, RULES[kind].pattern.pattern


@pytest.mark.parametrize("kind", RULES)
def test_every_rule_looks_at_a_bounded_stretch(kind: str) -> None:
    rule = RULES[kind]
    least, most = parser.parse(rule.pattern.pattern).getwidth()
    assert least >= 16
    assert most <= 10_000
    if not rule.is_apart:
        shortest = min(map(len, rule.starts))
        assert most / shortest <= MAX_STEPS_PER_CHAR


@pytest.mark.parametrize(
    "pattern",
    [
        value
        for module in (names, scan, value_forms)
        for value in vars(module).values()
        if isinstance(value, re.Pattern)
    ],
    ids=lambda pattern: pattern.pattern[:30],
)
def test_the_expressions_for_names_are_bounded_and_hardly_go_back(pattern: re.Pattern[str]) -> None:
    flags = pattern.flags & re.VERBOSE
    for operation, low, high, body in repeats(parser.parse(pattern.pattern, flags)):
        assert high is not codes.MAXREPEAT or operation is codes.POSSESSIVE_REPEAT
        if operation is not codes.POSSESSIVE_REPEAT and low != high:
            # What may go back repeats one class, a few times, and holds no other repetition.
            assert high <= 60
            assert high == 1 or not list(repeats(body))


class Counting:
    """An expression that counts how often it is asked."""

    def __init__(self, pattern: re.Pattern[str], counts: list[int]) -> None:
        self._pattern = pattern
        self._counts = counts

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._pattern, name)
        if not callable(found):
            return found

        def counted(*arguments: Any) -> Any:
            self._counts[0] += 1
            return found(*arguments)

        return counted


PIECES = [
    *sorted({start for rule in RULES.values() for start in rule.starts}),
    "eyJ.",
    "eyJhbGciOiJIUzI1NiJ9.",
    "password=",
    "password",
    "token: ",
    "key" * 5,
    "://",
    "://a:b@",
    "a:b@",
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "-----",
    "A" * 64 + "\n",
    "\\n",
    '"',
    "'",
    "\\",
    "\n",
    " ",
    "=",
    ":",
    "Bearer ",
    "Basic ",
    "x" * 50,
    "1a" * 30,
    "{",
    "${",
    "%s",
    "_",
    "-" * 9,
    ".",
    "\u200b",
    "İ",
    "é",
    "\U0001f600",
]


@FEW
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4), st.integers(1, 400))
def test_the_work_grows_with_the_text_and_no_faster(pieces: list[str], times: int) -> None:
    text = "".join(pieces) * times
    counts = [0]
    with pytest.MonkeyPatch.context() as patch:
        for module in (names, scan, value_forms, beside):
            for name, value in list(vars(module).items()):
                if isinstance(value, re.Pattern):
                    patch.setattr(module, name, Counting(value, counts))
        bites = sum(found is None for found in scan.scan(text, load_rules()))
    assert counts[0] <= 12 * len(text) + 100
    sizes = (scan.BITE_CHARS, scan.BITE_CHARS, scan.TOKENS_BITE_CHARS, scan.NAMES_BITE_CHARS)
    assert bites <= sum(len(text) // size + 1 for size in sizes)


@FEW
@given(st.text(st.sampled_from("".join(PIECES)), max_size=500))
def test_any_text_can_be_read(text: str) -> None:
    for secret in SecretReader(load_rules(), rest=lambda: None).secrets_in(text):
        assert secret
        assert secret in text


def test_a_secret_on_the_border_of_two_bites_is_found() -> None:
    secret = planting.KINDS["anthropic"](random.Random(1))
    reader = SecretReader(load_rules(), rest=lambda: None)
    for border in (scan.TOKENS_BITE_CHARS, scan.NAMES_BITE_CHARS):
        assert_found_around(border, secret, reader)


def assert_found_around(border: int, secret: str, reader: SecretReader) -> None:
    for before in range(border - 130, border + 3):
        assert secret in reader.secrets_in("x = 1 \n" * 10 + " " * (before - 70) + secret)
        assert "k3Ym7Wq2xTz" in reader.secrets_in(" " * before + "db_password: 'k3Ym7Wq2xTz'")


def test_a_text_that_comes_again_is_not_read_again() -> None:
    rests = [0]

    def rest() -> None:
        rests[0] += 1

    reader = SecretReader(load_rules(), rest)
    assert reader.secrets_in("password = 'k3Ym7Wq2xTz'") == reader.secrets_in("password = 'k3Ym7Wq2xTz'")
    assert rests[0] == 4
