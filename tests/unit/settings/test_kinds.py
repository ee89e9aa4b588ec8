"""What each kind of setting takes, what it makes of it, and what it says of the rest."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.settings.formats import MAX_GLOBS, Address, GlobList, KeepAlive, ModelList, ModelName, VariableName
from tierlsp.settings.keys import KEYS
from tierlsp.settings.kinds import Boolean, Choice, Integer, Kind, Money, WordOrInteger

INTEGER = Integer(1, 100)
CHOICE = Choice(("loose", "tight"))
WORD = WordOrInteger("adaptive", Integer(0, 100))


def read(kind: Kind, value: object) -> tuple[Any, list[str]]:
    complaints: list[str] = []
    return kind.read(value, complaints.append), complaints


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Boolean(), True, True),
        (Boolean(), False, False),
        (INTEGER, 1, 1),
        (INTEGER, 100, 100),
        (INTEGER, 60.0, 60),
        (CHOICE, "tight", "tight"),
        (CHOICE, " tight\n", "tight"),
        (WORD, "adaptive", "adaptive"),
        (WORD, " adaptive ", "adaptive"),
        (WORD, 0, 0),
        (ModelName(), " auto ", "auto"),
        (ModelName(), "ollama/codestral:22b", "ollama/codestral:22b"),
        (ModelName(), "ollama/hf.co/me/model:q4", "ollama/hf.co/me/model:q4"),
        (Address(), " http://127.0.0.1:11434/ ", "http://127.0.0.1:11434"),
        (KeepAlive(), "30m", "30m"),
        (KeepAlive(), "1h30m", "1h30m"),
        (KeepAlive(), " 1.5h ", "1.5h"),
        (KeepAlive(), -1, "-1s"),
        (KeepAlive(), "-1", "-1s"),
        (KeepAlive(), 0, "0s"),
        (KeepAlive(), 600.0, "600s"),
        (Money(), 25, Decimal(25)),
        (Money(), 0.1, Decimal("0.1")),
        (Money(), 1e-05, Decimal("0.00001")),
        (Money(), 0.0, Decimal(0)),
        (ModelList(), [], ()),
        (ModelList(), ["a/b", " a/b ", "openrouter/x/y:free"], ("a/b", "openrouter/x/y:free")),
        (ModelList(with_auto=True), ["auto", "a/b"], ("auto", "a/b")),
        (VariableName(), " OPENAI_API_KEY ", "OPENAI_API_KEY"),
        (VariableName(), "", ""),
        (GlobList(), [], ()),
        (GlobList(), [" *.pem ", "/a/", "*.pem"], ("*.pem", "/a/")),
    ],
)
def test_values_that_fit_are_taken_in_one_form(kind: Kind, value: object, expected: object) -> None:
    found, complaints = read(kind, value)
    assert found == expected
    assert type(found) is type(expected)
    assert complaints == []


@pytest.mark.parametrize(
    ("kind", "value", "complaint"),
    [
        (Boolean(), 1, "is 1, not true or false"),
        (Boolean(), "true", 'is "true", not true or false'),
        (INTEGER, True, "is true, not a whole number from 1 to 100"),
        (INTEGER, 0, "is 0, not a whole number from 1 to 100"),
        (INTEGER, 101, "is 101, not a whole number from 1 to 100"),
        (INTEGER, 60.5, "is 60.5, not a whole number from 1 to 100"),
        (INTEGER, float("inf"), "is inf, not a whole number from 1 to 100"),
        (INTEGER, float("nan"), "is nan, not a whole number from 1 to 100"),
        (INTEGER, 10**18, "is a huge number, not a whole number from 1 to 100"),
        (INTEGER, "60", 'is "60", not a whole number from 1 to 100'),
        (INTEGER, date(2020, 1, 1), "is a date, not a whole number from 1 to 100"),
        (CHOICE, "Tight", 'is "Tight", not "loose" or "tight"'),
        (CHOICE, ["loose"], 'is ["loose"], not "loose" or "tight"'),
        (WORD, "fast", 'is "fast", not "adaptive" or a whole number from 0 to 100'),
        (WORD, -1, 'is -1, not "adaptive" or a whole number from 0 to 100'),
        (ModelName(), "codestral:22b", 'is "codestral:22b", not "auto" or "backend/model"'),
        (ModelName(), "ollama/", 'is "ollama/", not "auto" or "backend/model"'),
        (ModelName(), "ollama/a b", 'is "ollama/a b", not "auto" or "backend/model"'),
        (ModelName(), "ollama/a\x1b[31m", 'is "ollama/a\\u001b[31m", not "auto" or "backend/model"'),
        (ModelName(), None, 'is null, not "auto" or "backend/model"'),
        (Money(), -0.01, "is -0.01, not an amount in US dollars from 0 to 1000000"),
        (Money(), 1_000_001, "is 1000001, not an amount in US dollars from 0 to 1000000"),
        (Money(), True, "is true, not an amount in US dollars from 0 to 1000000"),
        (Money(), "25", 'is "25", not an amount in US dollars from 0 to 1000000'),
        (Money(), float("nan"), "is nan, not an amount in US dollars from 0 to 1000000"),
        (Money(), 1e-300, "is 1e-300, not an amount in US dollars from 0 to 1000000"),
        (ModelList(), "a/b", 'is "a/b", not a list of models, each "backend/model"'),
        (ModelList(), ["auto"], 'holds "auto", which is not "backend/model" and is left out'),
        (
            VariableName(),
            "sk-hunter2",
            "is not the name of an environment variable such as `OPENAI_API_KEY`, or nothing for no key",
        ),
        (Address(), 11434, "is 11434, not a URL"),
        (Address(), "127.0.0.1", "does not begin with http:// or https://"),
        (KeepAlive(), "soon", 'is "soon", not a duration such as "30m" or "1h30m", or seconds (-1 is for ever)'),
        (KeepAlive(), True, 'is true, not a duration such as "30m" or "1h30m", or seconds (-1 is for ever)'),
        (GlobList(), "*.pem", 'is "*.pem", not a list of patterns such as `**/*.pem`'),
        (GlobList(), {"a": 1}, "is a table, not a list of patterns such as `**/*.pem`"),
    ],
)
def test_values_that_do_not_fit_are_complained_about(kind: Kind, value: object, complaint: str) -> None:
    assert read(kind, value) == (None, [complaint])


def test_a_number_that_python_refuses_to_write_out_is_complained_about() -> None:
    assert read(INTEGER, 10**5000) == (None, ["is a huge number, not a whole number from 1 to 100"])


def test_a_bad_pattern_is_left_out_and_the_others_count() -> None:
    found, complaints = read(GlobList(), ["*.pem", 5, "", "*.key"])
    assert found == ("*.pem", "*.key")
    assert complaints == [
        "holds 5, which is not a pattern and is left out",
        'holds "", which is empty and is left out',
    ]


def test_a_list_of_bad_patterns_alone_replaces_nothing() -> None:
    found, complaints = read(GlobList(), [5, "!"])
    assert found is None
    assert len(complaints) == 2


def test_no_list_has_more_patterns_than_the_limit() -> None:
    found, complaints = read(GlobList(), [f"*.{number}" for number in range(MAX_GLOBS + 5)])
    assert len(found) == MAX_GLOBS
    assert len(complaints) == 1


def test_an_address_with_a_password_is_not_repeated() -> None:
    _, complaints = read(Address(), "http://me:hunter2@box:11434")
    assert complaints
    assert "hunter2" not in complaints[0]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Boolean(), "true", True),
        (Boolean(), " OFF ", False),
        (Boolean(), "0", False),
        (Boolean(), "maybe", "maybe"),
        (INTEGER, " 60 ", 60),
        (INTEGER, "-5", -5),
        (INTEGER, "sixty", "sixty"),
        (INTEGER, "9" * 5000, "9" * 5000),
        (WORD, "adaptive", "adaptive"),
        (WORD, "75", 75),
        (Money(), " 2.50 ", Decimal("2.5")),
        (Money(), "much", "much"),
        (ModelList(), "a/b, c/d,", ["a/b", "c/d"]),
        (ModelList(), '["a/b"]', ["a/b"]),
        (ModelList(), "", []),
        (GlobList(), '["a", "b"]', ["a", "b"]),
        (GlobList(), "*.pem", "*.pem"),
        (GlobList(), "[" * 100_000, "[" * 80 + "…"),
    ],
)
def test_text_becomes_the_value_that_it_stands_for(kind: Kind, text: str, value: object) -> None:
    assert kind.from_text(text) == value


@pytest.mark.parametrize(
    ("kind", "new", "old", "loosens"),
    [
        (Boolean(), True, False, True),
        (Boolean(), False, True, False),
        (Boolean(tight=True), False, True, True),
        (Boolean(tight=True), True, False, False),
        (Money(), Decimal("1.1"), Decimal(1), True),
        (Money(), Decimal(1), Decimal("1.1"), False),
        (ModelList(), (), ("a/b",), True),
        (INTEGER, 2, 1, True),
        (INTEGER, 1, 2, False),
        (CHOICE, "loose", "tight", True),
        (CHOICE, "tight", "loose", False),
        (WORD, 1, 2, True),
        (WORD, 2, 2, False),
        (ModelName(), "ollama/a", "auto", True),
        (Address(), "http://a", "http://b", True),
        (KeepAlive(), "1m", "2m", True),
        (GlobList(), ("a",), ("a", "b"), True),
        (GlobList(), ("a", "b"), ("a",), False),
    ],
)
def test_what_allows_more_is_known(kind: Kind, new: object, old: object, loosens: bool) -> None:
    assert kind.loosens(new, old) is loosens


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(JSON)
def test_every_kind_takes_a_value_or_says_in_one_printable_line_why_not(value: object) -> None:
    for key in KEYS:
        found, complaints = read(key.kind, value)
        assert complaints or found is not None
        assert all(complaint.isprintable() for complaint in complaints)


@given(st.text())
def test_text_of_any_form_is_taken_or_complained_about(text: str) -> None:
    for key in KEYS:
        found, complaints = read(key.kind, key.kind.from_text(text))
        assert complaints or found is not None


@given(JSON)
def test_what_was_read_once_reads_the_same_again(value: object) -> None:
    for key in KEYS:
        found, _ = read(key.kind, value)
        if found is not None:
            assert read(key.kind, found) == (found, [])
