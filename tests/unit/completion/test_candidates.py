"""Candidates: what was made once is served again wherever its text still fits, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierlsp.completion.anchor import anchor_of
from tierlsp.completion.candidates import PER_DOCUMENT, Candidate, Candidates
from tierlsp.text.cursor import Cursor, cursor_in


def at(text: str) -> Cursor:
    """Return the cursor where `text` has its `█`."""
    before, _, after = text.partition("█")
    lines = (before + after).split("\n")
    return cursor_in(lines, before.count("\n"), len(before.rpartition("\n")[2]), uri="file:///a.py")


def store(text: str, completion: str) -> Candidates:
    candidates = Candidates()
    candidates.add("file:///a.py", Candidate(anchor_of(at(text)), completion, "model"))
    return candidates


def rest(candidates: Candidates, text: str) -> str | None:
    found = candidates.find(at(text))
    return None if found is None else found.rest


BEFORE = "import os\n\n\ndef area(r):\n    ret█\n\nprint(area(2))\n"


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (BEFORE, "urn 3.14 * r * r"),
        (BEFORE.replace("ret█", "retu█"), "rn 3.14 * r * r"),
        (BEFORE.replace("ret█", "return 3.14 * r * █"), "r"),
        # Everything typed: nothing is left to show.
        (BEFORE.replace("ret█", "return 3.14 * r * r█"), None),
        # Typed something else.
        (BEFORE.replace("ret█", "rev█"), None),
        (BEFORE.replace("ret█", "return 4█"), None),
        # Deleted past the place: it was made for more text than stands there.
        (BEFORE.replace("ret█", "re█"), None),
        # The file grew or shrank above: the place is the same.
        ("# a new first line\n" + BEFORE, "urn 3.14 * r * r"),
        (BEFORE.replace("import os\n", ""), "urn 3.14 * r * r"),
        (BEFORE.replace("import os\n\n\n", "import os\nimport sys\n\n\n"), "urn 3.14 * r * r"),
        # The lines next to it changed.
        (BEFORE.replace("def area(r)", "def area(x)"), None),
        (BEFORE.replace("█\n\n", "█\n    pass\n"), None),
        # Other text right of the cursor.
        (BEFORE.replace("ret█", "ret█ + 1"), None),
    ],
)
def test_a_candidate_fits_where_the_text_around_it_is_the_same(after: str, expected: str | None) -> None:
    assert rest(store(BEFORE, "urn 3.14 * r * r"), after) == expected


def test_a_block_is_typed_along_over_its_lines() -> None:
    candidates = store("def f(xs):\n    █\n", "for x in xs:\n        print(x)\n    return xs")
    assert rest(candidates, "def f(xs):\n    for x in xs:█\n") == "\n        print(x)\n    return xs"
    assert rest(candidates, "def f(xs):\n    for x in xs:\n    █\n") == "    print(x)\n    return xs"
    assert rest(candidates, "def f(xs):\n    for x in xs:\n        print(x)\n    re█\n") == "turn xs"
    assert rest(candidates, "def f(xs):\n    for y in xs:\n        █\n") is None


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        # The editor has closed the bracket by itself: the rest takes its place.
        ("x = f(█)", ("a, b)", 1)),
        ("x = f(a█)", (", b)", 1)),
        ("x = f(█", ("a, b)", 0)),
        # Another character behind the cursor than the completion ends with.
        ("x = f(█]", None),
    ],
)
def test_a_bracket_closed_by_the_editor_is_replaced_and_not_doubled(after: str, expected: object) -> None:
    found = store("x = f█", "(a, b)").find(at(after))
    assert (None if found is None else (found.rest, found.replaces)) == expected


def test_a_nested_pair_of_closers_is_replaced_together() -> None:
    found = store("x = █", "f([a])").find(at("x = f([█])"))
    assert found is not None
    assert (found.rest, found.replaces) == ("a])", 2)


def test_the_newest_that_fits_is_served_and_the_store_is_bounded() -> None:
    candidates = store("x█", "old")
    candidates.add("file:///a.py", Candidate(anchor_of(at("x█")), "new", "model"))
    assert rest(candidates, "x█") == "new"
    assert rest(candidates, "xo█") == "ld"
    for number in range(PER_DOCUMENT):
        candidates.add("file:///a.py", Candidate(anchor_of(at(f"y{number}█")), "z", "model"))
    assert rest(candidates, "x█") is None


def test_a_place_where_nothing_belongs_is_remembered_until_its_text_changes() -> None:
    candidates = store("x = 1█", "")
    found = candidates.find(at("x = 1█"))
    assert found is not None
    assert found.rest == ""
    assert candidates.find(at("x = 12█")) is None
    assert candidates.find(at("x = █")) is None


def test_another_document_has_its_own() -> None:
    candidates = store("x█", "yz")
    candidates.forget("file:///other.py")
    assert rest(candidates, "x█") == "yz"
    candidates.forget("file:///a.py")
    assert rest(candidates, "x█") is None


LINE = st.text(st.sampled_from("ab( )\t"), max_size=6)
TEXT = st.lists(LINE, min_size=1, max_size=4).map("\n".join)


@given(before=TEXT, completion=TEXT.filter(bool), after=st.just("\n\nend"), data=st.data())
def test_typing_along_shows_what_cutting_the_typed_text_off_leaves(
    before: str, completion: str, after: str, data: st.DataObject
) -> None:
    length = data.draw(st.integers(0, len(completion) - 1))
    candidates = store(f"{before}█{after}", completion)
    found = candidates.find(at(f"{before}{completion[:length]}█{after}"))
    assert found is not None
    # The place may be found further up or down where lines repeat; what is shown must still complete the text.
    assert completion.endswith(found.rest)
    assert found.replaces == 0
