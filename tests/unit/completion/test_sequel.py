"""What is made ahead behind a finished line: where it stands, what of it is of use, and when there is enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.completion.flight import Flight
from tierlsp.completion.sequel import (
    MAX_BLANK_LINES,
    MAX_LEAD_CHARS,
    SEQUEL_LINES,
    after,
    has_enough,
    is_lead,
    sequel,
    text_behind,
)
from tierlsp.completion.site import Site
from tierlsp.text.cursor import WINDOW_ABOVE, Cursor, cursor_in
from tierlsp.trace import Source

LOOP = "def f(xs):\n    for x in xs:█\n\nprint(f([]))\n"


def at(text: str) -> Cursor:
    """Return the cursor where `text` has its `█`."""
    before, _, behind = text.partition("█")
    lines = (before + behind).split("\n")
    return cursor_in(lines, before.count("\n"), len(before.rpartition("\n")[2]), uri="file:///a.py", language="python")


def written(raw: str, text: str, where: str = "x = █\n", *, is_multiline: bool = False) -> Flight:
    """Return a generation of which the filters let `text` through."""
    flight = Flight(Site(at(where), is_multiline), "model", 0.0)
    flight.raw, flight.text = raw, text
    return flight


def made_ahead(behind: str) -> Flight:
    """Return the finished generation of `behind`."""
    flight = sequel(at(LOOP), behind, "model", 5.0)
    assert flight is not None
    flight.filter(is_final=False)
    flight.decide()
    return flight


def rest(flight: Flight, text: str) -> str:
    return flight.read(at(text)).rest


LINES = st.lists(st.text(st.sampled_from("ab( )\t"), max_size=6), min_size=1, max_size=5)


@given(before=LINES, text=LINES, behind=LINES)
def test_the_place_behind_a_text_is_where_it_ends_in_the_document(
    before: list[str], text: list[str], behind: list[str]
) -> None:
    start, put_in, end = "\n".join(before), "\n".join(text), "\n".join(behind)
    assert after(at(f"{start}█{end}"), put_in) == at(f"{start}{put_in}█{end}")


def test_the_place_behind_a_text_sees_no_more_lines_above_than_any_other() -> None:
    lines = [f"line {number}" for number in range(WINDOW_ABOVE + 5)]
    start = "\n".join(lines)
    end = after(at(f"{start}█"), "\na\nb")
    assert end == at(f"{start}\na\nb█")
    assert len(end.above) == WINDOW_ABOVE


@pytest.mark.parametrize(
    ("raw", "text", "behind"),
    [
        ("1\ny = 2", "1", "\ny = 2"),
        ("1\n", "1", "\n"),
        # Blanks at the end of the line are no difference.
        ("1  \ny", "1", "\ny"),
        ("1  \ny", "1 ", "\ny"),
        # The cursor's line was finished already.
        ("\ny = 2", "", "\ny = 2"),
        # Nothing has been written behind the line.
        ("1", "1", None),
        ("", "", None),
        # The filters have changed the line.
        ("1)\ny = 2", "1", None),
        ("1\ny = 2", "", None),
    ],
)
def test_what_stands_behind_a_line_is_of_use_where_the_line_is_as_the_model_wrote_it(
    raw: str, text: str, behind: str | None
) -> None:
    assert text_behind(written(raw, text)) == behind


def test_what_stands_behind_a_line_is_of_no_use_where_the_line_goes_on() -> None:
    assert text_behind(written("1\ny", "1", "x = █ + 2\n")) is None
    assert text_behind(written("1\ny", "1", "x = █  \n")) == "\ny"


def test_a_text_of_several_lines_has_nothing_behind_its_first() -> None:
    assert text_behind(written("1\ny", "1", is_multiline=True)) is None


def test_a_lead_is_blank_and_bounded() -> None:
    assert is_lead("")
    assert is_lead("\n \t")
    assert not is_lead("\n    x")
    assert is_lead("\n" + " " * (MAX_LEAD_CHARS - 1))
    assert not is_lead("\n" + " " * MAX_LEAD_CHARS)


def test_a_few_blank_lines_may_come_before_the_next_one() -> None:
    assert is_lead("\n" * (MAX_BLANK_LINES + 1))
    assert not is_lead("\n" * (MAX_BLANK_LINES + 2))


@pytest.mark.parametrize(
    "behind",
    [
        "",
        "\n    ",
        # Not on a line of its own.
        "x",
        " # more\n",
        # More than two blank lines: another part of the file.
        "\n" * (MAX_BLANK_LINES + 2) + "x",
        "\n" + " " * MAX_LEAD_CHARS + "x",
    ],
)
def test_a_sequel_begins_with_a_line_of_its_own(behind: str) -> None:
    assert sequel(at(LOOP), behind, "model", 0.0) is None


def test_a_sequel_stands_behind_its_blanks_and_says_what_it_is() -> None:
    flight = sequel(at(LOOP), "\n        print", "a model", 5.0)
    assert flight is not None
    assert flight.site == Site(at(LOOP.replace("█", "\n        █")), is_multiline=True)
    assert (flight.raw, flight.model, flight.started_ms) == ("print", "a model", 5.0)
    assert flight.source is Source.SPECULATION
    assert flight.is_empty


def test_a_sequel_is_reached_from_the_end_of_the_line_and_from_the_new_one() -> None:
    flight = made_ahead("\n        print(x)\n        y += x\n")
    whole = "\n        print(x)\n        y += x"
    assert rest(flight, LOOP) == whole
    for length in range(len(whole)):
        assert rest(flight, LOOP.replace("█", whole[:length] + "█")) == whole[length:]
    assert rest(flight, LOOP.replace("█", "\n        return█")) == ""


def test_a_half_line_of_a_sequel_is_not_shown() -> None:
    assert rest(made_ahead("\n        print(x)\n        y +"), LOOP) == "\n        print(x)"


@pytest.mark.parametrize(("lines", "enough"), [(0, False), (SEQUEL_LINES - 1, False), (SEQUEL_LINES, True)])
def test_a_sequel_has_enough_with_its_whole_lines(lines: int, enough: bool) -> None:
    flight = sequel(at(LOOP), "\n        " + "x += 1\n" * lines + "y", "model", 0.0)
    assert flight is not None
    assert has_enough(flight) is enough


def test_a_text_that_was_asked_for_is_never_ended_for_its_lines() -> None:
    assert not has_enough(written("x\n" * (SEQUEL_LINES + 3), "x"))
